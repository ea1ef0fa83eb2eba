"""An archive's changes to where they are read elsewhere: `export --what changes --to`.

Rule: what was acknowledged is noted, and nothing before it was: whatever ends a run, the next goes on with what was not
noted, so that each change arrives at least once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newswatch.cli.intake import Ended, Ending
from newswatch.cli.output import complain, emit, note, progress
from newswatch.cli.replicating import place_of
from newswatch.cli.settings import Mistake, Options, Refused
from newswatch.model import StoreBusy, content_id
from newswatch.store import NotPossible, beside, open_archive
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.sinks import Position, Sink
    from newswatch.store import Archive

FOLDER = "parquet:"


@dataclass
class _Sent:
    """What was taken in this run: up to the change *last*, and whose documents were refused."""

    last: int = 0
    chain: str = ""
    changes: int = 0
    refused: list[str] = field(default_factory=list)


def send(
    options: Options,
    to: str,
    since: str | None,
    authorization_file: Path | None,
    *,
    follow: bool,
    as_json: bool,
) -> int:
    """Bring the changes behind the last that was acknowledged there to where *to* leads, and those that come where
    *follow* is asked for, until SIGTERM or SIGINT. Raises Mistake, Refused.
    """
    from newswatch.sinks import TRIES, NotTaken, Patience, SinkError, sink_to

    address, authorization = _secrets(to, authorization_file)
    if since is not None and address.startswith(FOLDER):
        raise Mistake("a folder of Parquet goes on where it is: without --since")
    sent = _Sent()
    named = ""
    try:
        ending = Ending()
        patience = Patience(time.sleep, note, None if follow else TRIES)
        sink = sink_to(address, authorization, patience)
        named = sink.named
        with ending, _position(options, address, sink) as position:
            _begin(options, sink, position, sent, since)
            _deliver(options, sink, position, sent, ending, follow=follow)
        code = 1 if sent.refused else 0
    except Ended as ended:
        code = 1 if sent.refused or not follow else 0
        if not follow:
            complain(f"{ended}; run it again for the rest")
    except NotTaken as refusing:
        _tell(named, sent, as_json=as_json)
        raise Refused(str(refusing)) from refusing
    except (SinkError, NotPossible) as wrong:
        raise Mistake(str(wrong)) from wrong
    _tell(named, sent, as_json=as_json)
    return code


def _secrets(to: str, authorization_file: Path | None) -> tuple[str, str]:
    """The address and the authorization, out of files where they stand there. Raises Mistake."""
    from newswatch.config import ConfigError, kept

    try:
        address = kept(Path(to[1:]), "the address") if to.startswith("@") else to
        said = kept(authorization_file, "the authorization") if authorization_file else ""
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    if authorization_file and not said:
        raise Mistake(f"{authorization_file}: holds no authorization")
    return address, said


@contextlib.contextmanager
def _position(options: Options, address: str, sink: Sink) -> Iterator[Position]:
    """How far this store's changes came there, held against a second run. Raises StoreBusy."""
    from newswatch.sinks import Position

    if address.startswith(FOLDER):
        path = Path(address.removeprefix(FOLDER)) / "position.json"
    else:
        path = beside(options.store(), f"to-{content_id('sink', address)[:16]}.json")
    position = Position(path, sink.named)
    open_archive(options.store()).close()  # a store that is none is said before anything is made
    if not position.hold():
        raise StoreBusy(f"{sink.named}: another newswatch brings changes there")
    try:
        yield position
    finally:
        position.close()


def _begin(
    options: Options, sink: Sink, position: Position, sent: _Sent, since: str | None
) -> None:
    """Begin where it was left, or behind *since*: what holds another history is not told this one for all that."""
    sent.last, sent.chain = position.read()
    if since is None:
        return
    if not sink.forgets:
        archive = open_archive(options.store())
        try:
            _has_come_to(archive, sink, sent, position)
        finally:
            archive.close()
    sent.last, sent.chain = place_of(since)


def _has_come_to(archive: Archive, sink: Sink, sent: _Sent, position: Position) -> bool:
    """Whether there are changes behind what was acknowledged. Raises Mistake for a place that this history never
    came to.
    """
    try:
        return next(archive.changes(sent.last, sent.chain), None) is not None
    except NotPossible as elsewhere:
        raise Mistake(
            f"{elsewhere}. {sink.named} was told of another history: {sink.anew}"
            f" (how far it came stands in {position.path})"
        ) from elsewhere


def _deliver(
    options: Options,
    sink: Sink,
    position: Position,
    sent: _Sent,
    ending: Ending,
    *,
    follow: bool,
) -> None:
    """Bring what is there, and what comes."""
    with progress(f"to {sink.named}", quiet=options.quiet) as tell:
        while True:
            with ending.at_once():
                archive = open_archive(options.store())  # anew: another may stand there since
            try:
                for batch in _batches(archive, sink, sent, position):
                    with ending.at_once():
                        refused = sink.take(batch, archive)
                    for one in refused:
                        complain(one)
                    sent.refused += refused
                    last, chain = batch[-1]["id"], batch[-1]["chain"]
                    position.note(last, chain)
                    sent.changes += last - sent.last
                    sent.last, sent.chain = last, chain
                    tell(counted(sent.changes, "change"))
            finally:
                archive.close()
            if not follow:
                return
            with ending.at_once():
                time.sleep(sink.each)


def _batches(
    archive: Archive, sink: Sink, sent: _Sent, position: Position
) -> Iterator[list[Mapping[str, Any]]]:
    """The changes that were not acknowledged, in batches, with those that the sink needs again. Raises Mistake."""
    if not _has_come_to(archive, sink, sent, position):
        return
    batch: list[Mapping[str, Any]] = []
    for change in archive.changes(sink.behind(sent.last)):
        batch.append(change)
        if sink.is_full(batch):
            yield batch
            batch = []
    if batch:
        yield batch


def _tell(named: str, sent: _Sent, *, as_json: bool) -> None:
    head = f"{sent.last}:{sent.chain}" if sent.chain else ""
    if as_json:
        emit({"to": named, "changes": sent.changes, "refused": sent.refused, "head": head or None})
        return
    left = f", {counted(len(sent.refused), 'document')} refused" if sent.refused else ""
    note(
        f"{named}: {counted(sent.changes, 'change')} taken{left}; it stands at {head or 'the beginning'}"
    )
