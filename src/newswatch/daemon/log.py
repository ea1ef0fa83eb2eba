"""The log of a running newswatch: one event a line, for people (key=value) or for machines (JSON).

Rule: what comes from outside is escaped here, and nowhere else: no newline, no cursor, no direction of writing reaches
a terminal or another reader of the log. A log that cannot be written ends nothing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Literal, Protocol, TextIO, cast

import structlog

from newswatch.address import redact
from newswatch.model import Changeset, JudgementKind, Outcome

LogFormat = Literal["console", "json"]
LARGEST = 16_000_000  # bytes of a log's file: weeks of sixty feeds
LONGEST = 2000  # characters of one value: journald parts lines of 48 KB
# What a robots.txt closes, by what is judged of the feed.
CLOSED: dict[JudgementKind, str] = {"feed-closed": "its own address", "pages-closed": "its pages"}


class Sink(Protocol):
    """What a log is written to."""

    def write(self, text: str, /) -> object:
        """Take text."""

    def flush(self) -> None:
        """Give it to the system."""


class _Lines:
    """A stream that takes what it can: a full disk under the log must not end what is watched."""

    def __init__(self, stream: Sink) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class LogFile:
    """The file of a log: begun anew when it has *most* bytes, with the one before beside it (`.1`). What the
    descriptors *following* are written to goes into it, too. Raises OSError.
    """

    def __init__(self, path: Path, *, most: int = LARGEST, following: tuple[int, ...] = ()) -> None:
        self._path, self._most, self._following = path, most, following
        self._stream = self._begun()

    def _begun(self) -> TextIO:
        stream = self._path.open("a", encoding="utf-8")
        for descriptor in self._following:
            os.dup2(stream.fileno(), descriptor)
        return stream

    def write(self, text: str) -> None:
        """Add text, at the head of a new file where this one is full."""
        if (
            os.fstat(self._stream.fileno()).st_size + len(text.encode("utf-8", "replace"))
            > self._most
        ):
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            full, self._stream = self._stream, self._begun()
            full.close()
        self._stream.write(text)

    def flush(self) -> None:
        """Give what was written to the system."""
        self._stream.flush()

    def close(self) -> None:
        """Write no more."""
        self._stream.close()


def log_to(stream: Sink, *, level: int = logging.INFO, form: LogFormat = "console") -> Any:
    """A logger of lines, one an event."""
    keys = ["timestamp", "level", "event"]
    render: Any = structlog.processors.KeyValueRenderer(key_order=keys)  # by repr, which escapes
    if form == "json":
        render = _as_json
    return structlog.wrap_logger(
        structlog.WriteLogger(cast(TextIO, _Lines(stream))),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _bounded,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def _bounded(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with no value longer than a line takes."""
    for key, value in event.items():
        said = value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
        long = isinstance(said, str) and len(said) > LONGEST
        event[key] = f"{said[:LONGEST]}…" if isinstance(said, str) and long else said
    return event


def _as_json(_logger: Any, _name: str, event: Mapping[str, Any]) -> str:
    """The event as one line of JSON: letters of any script as they are, what cannot be printed as an escape."""
    first = {key: event[key] for key in ("timestamp", "level", "event") if key in event}
    line = json.dumps(first | dict(event), ensure_ascii=False)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


class _Libraries(logging.Handler):
    """What libraries log, as events of ours."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # a wrong format of theirs is none of ours
            said = record.getMessage()
            if record.exc_info and record.exc_info[1]:
                said += "".join(traceback.format_exception(record.exc_info[1]))
            tell = self._log.error if record.levelno >= logging.ERROR else self._log.warning
            tell("a library says", library=record.name, says=said)


def hear_libraries(log: Any) -> logging.Handler:
    """Let *log* have what libraries log and what ends a thread, which else would be lines of any shape beside it;
    returns what hears them.
    """
    hears = _Libraries(log)
    logging.getLogger().addHandler(hears)
    logging.captureWarnings(
        capture=False
    )  # a library's own asking may have been undone since, unseen
    logging.captureWarnings(capture=True)

    def ended(what: threading.ExceptHookArgs) -> None:
        name = what.thread.name if what.thread else ""
        said = "".join(
            traceback.format_exception(what.exc_type, what.exc_value, what.exc_traceback)
        )
        log.error("a thread ended", thread=name, reason=said)

    threading.excepthook = ended
    return hears


def say_quarantined(log: Any, outcome: Outcome, changes: Changeset) -> None:
    """Say once that something went into quarantine, and that it came out."""
    if (request := changes.request) is None or request.quarantined == outcome.request.quarantined:
        return
    tell, event = (
        (log.error, "in quarantine") if request.quarantined else (log.info, "out of quarantine")
    )
    tell(event, id=request.id, kind=request.kind, feed=request.feed, url=redact(request.url))


def say_settled(log: Any, outcome: Outcome, changes: Changeset | None) -> None:
    """Say what became of an outcome; *changes* is None where its lease was over."""
    if outcome.failure is not None and outcome.failure.kind != "quarantined":
        log.warning(
            "not read",
            feed=outcome.request.feed,
            url=redact(outcome.request.url),
            kind=outcome.failure.kind,
            reason=outcome.failure.says,
        )
    if changes is not None:
        say_closed(log, outcome, changes)
        say_quarantined(log, outcome, changes)
    for flaw in changes.flaws if changes else ():
        log.error("a mistake of ours, settled in spite of it", reason=flaw)
    if changes is None:
        log.warning("late outcome dropped", url=redact(outcome.request.url))
        return
    if changes.articles or changes.revisions:
        log.info(
            "read",
            feed=outcome.request.feed,
            new=len(changes.articles),
            changed=len(changes.revisions),
            matches=len(changes.matches),
        )
    if (gap := changes.gap) is not None:
        log.warning(
            "its window moved on whole between two polls",
            feed=gap.feed,
            since=f"{gap.since:%Y-%m-%dT%H:%MZ}",
            recovered=gap.recovered,
            lost="none" if gap.closed else "maybe",
        )


def say_closed(log: Any, outcome: Outcome, changes: Changeset) -> None:
    """Say once what a source's robots.txt has come to forbid, and once that it allows it again."""
    if changes.request is None or outcome.request.kind != "feed":
        return
    before = {one.kind: one for one in outcome.request.health.judgements}
    now = {one.kind: one for one in changes.request.health.judgements}
    feed = outcome.request.feed
    for kind, what in CLOSED.items():
        if kind in now and kind not in before:
            log.warning("closed to robots", feed=feed, reason=now[kind].evidence)
        elif kind in before and kind not in now:
            log.info("open to robots again", feed=feed, what=what)
