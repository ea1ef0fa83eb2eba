"""How the command line speaks: objects as lines of JSON, words for people, complaints apart.

Rule: whatever came from outside passes `safe_text` before a terminal sees it; colour only on a
terminal and never under NO_COLOR; rich is imported only for a terminal.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from newswatch import wording
from newswatch.model import Span
from newswatch.text import safe_text

ADDRESSES = frozenset(
    {"url", "addresses", "moved", "parts", "sitemap"}
)  # keys of JSON under which addresses stand
when = wording.when  # a time for people, as all commands give it


def coloured() -> bool:
    """Whether standard output wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def say(line: str = "", **style: Any) -> None:
    """A line for people on standard output."""
    safe = "\n".join(safe_text(part) for part in line.split("\n"))
    click.echo(click.style(safe, **style) if style and coloured() else safe)


def note(line: str) -> None:
    """A line for people on standard error."""
    click.echo(safe_text(line), err=True)


def complain(message: str) -> None:
    """What went wrong, on standard error."""
    lines = [safe_text(line) for line in message.split("\n")]
    click.echo("newswatch: " + "\n".join(lines), err=True)


def public(url: str) -> str:
    """An address for whoever may read it: without user and password."""
    if "@" not in url:
        return url
    from newswatch.address import redact

    return redact(url)


def emit(value: Mapping[str, Any], *, whole: bool = False) -> None:
    """One object as one line of JSON on standard output; passwords in its addresses stay out but where it is needed
    *whole*, and what moves a cursor or turns the writing's direction is an escape.
    """
    shown = value if whole else _shown(value)
    line = json.dumps(shown, ensure_ascii=False, default=_plain)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
    try:
        click.echo(line)
    except UnicodeEncodeError:
        click.echo(json.dumps(shown, default=_plain))


def _shown(value: Any, key: str = "") -> Any:
    """*value*, which stands under *key*, as it may be shown."""
    if isinstance(value, Mapping):
        return {k: _shown(v, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(v, key) for v in value]
    return public(value) if key in ADDRESSES and isinstance(value, str) else value


def answer(value: Mapping[str, Any], line: str, *, as_json: bool) -> None:
    """One result: as an object, or as a *line* for people."""
    if as_json:
        emit(value)
    else:
        say(line)


def looked(label: str, looks: Mapping[str, int]) -> None:
    """Say under a *label* what became of second looks, where there are any."""
    if looks["waiting"] or looks["made"]:
        say(
            f"{label} {looks['waiting']:,} waiting, {looks['due']:,} due;"
            f" {looks['found']:,} of {looks['made']:,} found another text"
        )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def marked(text: str, spans: Sequence[Span], field: str) -> str:
    """*text* with the words a query found set off: bold on a terminal, as it is elsewhere."""
    if not coloured():
        return safe_text(text)
    out, at = [], 0
    for span in sorted((s for s in spans if s.field == field), key=lambda s: s.start):
        start = max(span.start, at)  # two rules may share words
        if start < span.end:
            out.append(safe_text(text[at:start]))
            out.append(click.style(safe_text(text[start : span.end]), bold=True, fg="yellow"))
            at = span.end
    return "".join((*out, safe_text(text[at:])))


def snippet(text: str, spans: Sequence[Span], width: int = 160) -> str:
    """The passage around the first word found in the text, marked; the beginning for none."""
    inside = [s for s in spans if s.field == "text"]
    start = 0
    if inside and inside[0].start > width // 2:
        start = text.rfind(" ", 0, inside[0].start - width // 3) + 1
    end = min(len(text), start + width)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    moved = tuple(
        Span("text", s.start - start, s.end - start, s.word)
        for s in inside
        if s.start >= start and s.end <= end
    )
    passage = text[start:end].replace("\n", " ")
    return (
        f"{'… ' if start else ''}{marked(passage, moved, 'text')}{' …' if end < len(text) else ''}"
    )


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, str]]) -> None:
    """*rows* as a table of (key, heading) *columns*; plain columns when it is no terminal."""
    cells = [[safe_text(cell(row[key])) for key, _ in columns] for row in rows]
    headings = [heading for _, heading in columns]
    if coloured():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(box=None, pad_edge=False, header_style="bold")
        for heading in headings:
            drawn.add_column(heading, overflow="fold")
        for line in cells:
            drawn.add_row(*(Text(cell) for cell in line))
        Console().print(drawn)
        return
    widths = [
        min(60, max([len(heading), *(len(line[i]) for line in cells)]))
        for i, heading in enumerate(headings)
    ]
    for line in [headings, *cells]:
        click.echo("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())


def cell(value: object) -> str:
    """A value in a word or line for people, "-" for none."""
    if value is None or value == "":
        return "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {said}" for name, said in value.items()) or "-"
    return str(value)


@contextlib.contextmanager
def progress(label: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line that says how long work goes; on a terminal it moves, elsewhere it is silent."""
    if quiet or not sys.stderr.isatty():
        yield lambda _line: None
        return
    from rich.console import Console

    def shown(line: str) -> str:
        return safe_text(line).replace("[", r"\[")

    with Console(stderr=True).status(shown(label)) as status:
        yield lambda line: status.update(shown(f"{label}: {line}"))


def upgrade(*, quiet: bool) -> Callable[[int, int], None]:
    """Says how far a store that an older newswatch kept is brought up to date, a tenth at a time."""
    said = -1

    def tell(done: int, of: int) -> None:
        nonlocal said
        tenths = 10 * done // of
        if tenths > said and not quiet:
            note(f"an older newswatch kept this store; filed anew: {done:,} of {of:,} versions")
        said = tenths

    return tell
