"""How values of the archive come onto a page: headlines and passages with their marks, times, bars, differences.

Rule: pure; whatever a wire wrote comes out plain and safe, the templates escape it, and only web addresses are links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from newswatch import charts
from newswatch.address import redact
from newswatch.comparison import Word, compared
from newswatch.digest.pieces import HEADLINE, Piece, around, cut, href, marked, plain_headline
from newswatch.model import Span, Version
from newswatch.newsrooms import house, independent, named
from newswatch.text import lead, safe_line
from newswatch.wording import counted, few, sparkline, when

PASSAGE = 320  # characters of a list's passage
TEXT = 200_000  # characters of one text on a page: some thirty times the longest report of a wire
NAMED = 4  # newsrooms that a line names
BARRED = 5  # reports from which on a story has a sparkline
BARS = 24
ROWS, POINTS = 12, 200  # newsrooms of a story, and reports of each, that are drawn
EDITIONS = {"correction": "Corrected", "update": "Updated"}

Report = tuple[str, str, datetime]  # newsroom, the wire it credits, first seen


def headline(version: Version, spans: Iterable[Span] = ()) -> tuple[Piece, ...]:
    """A version's headline, what was found in it marked; never nothing."""
    title = version.title
    if len(title) <= HEADLINE and title.strip():
        found = [s for s in spans if s.field == "title"]
        pieces = tuple(p for p in marked(title, 0, len(title), found) if p.text)
        if any(p.text.strip() for p in pieces):
            return pieces
    return (Piece(plain_headline(version)),)


def passage(version: Version, spans: Iterable[Span] = ()) -> tuple[Piece, ...]:
    """The passage around the first word found in a text, marked; the text's beginning for none."""
    text, found = (
        version.text,
        sorted((s for s in spans if s.field == "text"), key=lambda s: s.start),
    )
    start, stop = 0, len(lead(text)[:PASSAGE])
    if found and found[0].start >= stop:
        start, stop = around(text, found[0], 0)
    if stop < len(text) and not text[stop].isspace():
        stop = max(text.rfind(" ", start, stop), start) or stop
    pieces = [*marked(text, start, stop, found)]
    before = [Piece("… ")] if start and text[start - 1] != "\n" else []
    behind = [Piece(" …")] if text[stop : stop + 1] not in ("", "\n") else []
    return (*before, *pieces, *behind) if pieces else ()


@dataclass(frozen=True, slots=True)
class Text:
    """A text in *paragraphs*; *more* of its characters are not shown."""

    paragraphs: tuple[tuple[Piece, ...], ...]
    more: int = 0


def text(version: Version, spans: Iterable[Span] = ()) -> Text:
    """A version's text, what was found in it marked."""
    said, found = version.text[:TEXT], [s for s in spans if s.field == "text"]
    paragraphs, start = [], 0
    for line in said.split("\n"):
        inside = [s for s in found if s.start < start + len(line) and start < s.end]
        paragraphs.append(tuple(marked(said, start, start + len(line), inside)))
        start += len(line) + 1
    return Text(tuple(p for p in paragraphs if p), len(version.text) - len(said))


def link(url: str) -> str:
    """*url* where a page may link to it, else ''."""
    return href(redact(url))


def whose(version: Version) -> str:
    """Whose a version is: "Harbour Press", "Reuters, via CNA"."""
    return cut(named(version.newsroom or version.source, version.credit), 80)


def newsrooms(reports: Sequence[Report]) -> tuple[str, ...]:
    """The independent newsrooms of a story, the first to report first."""
    return tuple(cut(name, 60) for name in independent((room, wire) for room, wire, _ in reports))


def also(reports: Sequence[Report], version: Version) -> str:
    """Who else reported a story than those whose *version* stands for it, in words; '' for nobody."""
    own = house(version.credit or version.newsroom or version.source)
    told = independent((room, wire) for room, wire, _ in reports)
    others = tuple(cut(name, 60) for name in told if house(name) != own)
    return f"{counted(len(others), 'newsroom')}: {few(others, NAMED)}" if others else ""


def course(reports: Sequence[Report]) -> str:
    """When the reports of a story came, from the first to the last, as a sparkline; '' where they are few or came at once."""
    if len(reports) < BARRED:
        return ""
    times = [at for _, _, at in reports]
    came = (("", at) for at in times)
    shown = charts.chart("", ("report", "reports"), came, min(times), max(times), BARS)
    figures = [n or 0 for n in shown.rows[0][1]]
    return sparkline(figures) if len(figures) > 2 else ""


# ── over time ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing of a row over time: its place from the left and its height, in percent, and what it stands for."""

    at: float
    high: int
    said: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of marks; *total* is how many things they stand for."""

    name: str
    total: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What happened from *since* to *until*, in rows; *wide* is a mark's width in percent, 0 for points."""

    heading: str
    since: datetime
    until: datetime
    rows: tuple[Row, ...]
    wide: float = 0.0


def reported(came: Sequence[tuple[str, datetime]]) -> Course | None:
    """Which newsroom reported when, each report a point, the first newsroom first; None where there is nothing to
    compare.
    """
    since, until = (
        min((at for _, at in came), default=None),
        max((at for _, at in came), default=None),
    )
    if since is None or until is None or since == until:
        return None
    by: dict[str, list[datetime]] = {}
    for name, at in sorted(came, key=lambda one: one[1]):
        by.setdefault(name, []).append(at)
    rows = [
        Row(name, len(times), tuple(_point(at, since, until) for at in times[:POINTS]))
        for name, times in list(by.items())[:ROWS]
    ]
    left = sum(len(times) for times in list(by.values())[ROWS:])
    more = (
        f"; {counted(left, 'report')} of {counted(len(by) - ROWS, 'other newsroom')} are not drawn"
        if left
        else ""
    )
    return Course(f"Each report is a point{more}.", since, until, tuple(rows))


def _point(at: datetime, since: datetime, until: datetime) -> Mark:
    return Mark(round(100 * ((at - since) / (until - since)), 2), 100, f"{when(at)} UTC")


def bars(shown: charts.Chart) -> Course | None:
    """A chart's figures as bars, None for one of nothing."""
    if not shown.most:
        return None
    width = 100 / max(len(figures) for _, figures in shown.rows)
    rows = tuple(
        Row(cut(name, 60), sum(n or 0 for n in figures), tuple(_bars(shown, figures, width)))
        for name, figures in shown.rows
    )
    most = counted(shown.most, *shown.unit)
    said = f"{shown.unit[1].capitalize()} {charts.by(shown.step)}; the tallest bar is {most}."
    return Course(said, shown.since, shown.until, rows, round(width * 0.8, 2))


def _bars(shown: charts.Chart, figures: Sequence[int | None], width: float) -> Iterator[Mark]:
    for place, n in enumerate(figures):
        if n:
            said = f"{counted(n, *shown.unit)} from {when(shown.since + shown.step * place)} UTC"
            yield Mark(round(width * (place + 0.1), 2), max(8, round(100 * n / shown.most)), said)


def span(seconds: int) -> str:
    """How long that is, in the largest unit of which it has two: "90 seconds", "15 hours"."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return counted(round(seconds / size), unit)
    return counted(seconds, "second")


@dataclass(frozen=True, slots=True)
class Said:
    """A run of words, or a time that stands among them."""

    text: str
    at: datetime | None = None


def timed(words: str) -> Iterator[Said]:
    """Words with the times in them, as `wording.when` and judgements write them, apart: so that a page can tell them in the reader's
    own zone.
    """
    for n, run in enumerate(_TIME.split(safe_line(words))):
        try:
            yield Said(run, datetime.fromisoformat(f"{run}Z") if n % 2 else None)
        except ValueError:  # somebody else's figures
            yield Said(run)


_TIME = re.compile(r"\b([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2})(?:Z| UTC)?(?!\w|[:.][0-9])")

# ── two versions ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one kind, "same", "gone" or "come"."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A paragraph as it was and as it is; *skipped* are how many stand unchanged before it and are left out."""

    was: tuple[Run, ...]
    now: tuple[Run, ...]
    changed: bool
    skipped: int = 0


def differences(old: Version, new: Version) -> tuple[tuple[Beside, ...], int]:
    """Two versions side by side, as `newswatch show --diff` compares them, each change with the paragraphs before and
    after it; and how many paragraphs stand unchanged at the end.
    """
    pairs = compared(old, new)
    changed = [any(word.kind != "same" for word in (*was, *now)) for was, now in pairs]
    rows: list[Beside] = []
    skipped = 0
    for n, (was, now) in enumerate(pairs):
        if not any(changed[max(0, n - 1) : n + 2]):
            skipped += 1
            continue
        rows.append(Beside(tuple(_runs(was)), tuple(_runs(now)), changed[n], skipped))
        skipped = 0
    return tuple(rows), skipped


def _runs(words: Sequence[Word]) -> Iterator[Run]:
    """Neighbours of one kind as one run; the space beside a change stands outside it."""
    said, kind = "", "same"
    for n, word in enumerate(words):
        space = "" if word.glued or not n else " "
        if word.kind == kind:
            said += space + word.said
        elif kind == "same":
            if said + space:
                yield Run(said + space, kind)
            said, kind = word.said, word.kind
        else:
            yield Run(said, kind)
            said, kind = space + word.said, word.kind
    if said:
        yield Run(said, kind)
