"""Charts on the command line: as wide as the terminal, as JSON, or into a file.

Rule: a chart is one answer: nothing else is printed beside it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch import charts
from newswatch.charts import Chart
from newswatch.cli.output import emit, note, say
from newswatch.cli.settings import Mistake, utc_now
from newswatch.store import Archive
from newswatch.wording import counted

PIECES = 72  # bars of a picture at most
SAID = 30  # columns for what is said behind a feed's row
LATELY = 48  # hours
WIDEST = 200  # columns: a line that is longer is read by nobody


def draw(
    title: str,
    unit: tuple[str, str],
    came: Iterable[tuple[str, datetime]],
    since: datetime | None,
    until: datetime | None = None,
    *,
    to: Path | None = None,
    as_json: bool = False,
) -> int:
    """Draw what *came*; 1 where nothing did. Raises Mistake for a picture that cannot be drawn."""
    found = list(came)
    most = PIECES if to else charts.room(width(), {name for name, _ in found})
    shown = charts.chart(title, unit, found, since, until or utc_now(), most)
    return show(shown, to=to, as_json=as_json)


def show(shown: Chart, *, to: Path | None = None, as_json: bool = False) -> int:
    """Show a chart; 1 where there is nothing in it."""
    if to is not None:
        try:
            charts.picture(shown, to)
        except charts.NoPicture as wrong:
            raise Mistake(str(wrong)) from wrong
        note(f"drawn into {to}")
    if as_json:
        emit(charts.spoken(shown))
    elif to is None:
        for line in charts.lines(shown, bars=_shows_bars()):
            say(line)
    return 0 if shown.most else 1


def width() -> int:
    """Columns there are to draw in."""
    return min(WIDEST, shutil.get_terminal_size().columns)


def _shows_bars() -> bool:
    try:
        "█·".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def hours(feeds: Iterable[dict[str, Any]]) -> Chart:
    """What each feed brought in its last hours, blank where it was not polled, with how often it was and what may
    be missing.
    """
    watched = [(feed, feed["lately"]) for feed in feeds if feed["lately"]]
    hour = timedelta(hours=1)
    begun = {feed["name"]: datetime.fromisoformat(lately["since"]) for feed, lately in watched}
    ends = max(
        (begun[f["name"]] + hour * len(lately["polls"]) for f, lately in watched), default=utc_now()
    )
    names = [feed["name"] for feed, _ in watched]
    size = min(charts.room(width() - SAID, names), LATELY)
    since = ends - hour * size
    rows, said = [], {}
    for feed, lately in watched:
        figures: list[int | None] = [None] * size
        for n, (polls, entries) in enumerate(zip(lately["polls"], lately["entries"], strict=True)):
            place = (begun[feed["name"]] - since) // hour + n
            if polls and place >= 0:
                figures[place] = entries
        rows.append((feed["name"], tuple(figures)))
        judged = [one["kind"] for one in feed["judgements"] if one["kind"] == "overflow"]
        parts = [counted(sum(lately["polls"]), "poll"), *judged]
        said[feed["name"]] = ", ".join(
            parts + ([counted(feed["gaps"], "gap")] if feed["gaps"] else [])
        )
    return Chart("feeds", ("entry", "entries"), since, hour, tuple(rows), said)


def found(archive: Archive, since: datetime) -> Chart:
    """What rules found from *since* on, by the day or some days: each with its matches, and under them the stories
    they were of.
    """
    first = since.replace(hour=0, minute=0, second=0, microsecond=0)
    most = charts.room(width() - len(" matches"), [charts.widest()])
    step = max(timedelta(days=1), charts.step_of(first, utc_now(), most))
    size = (utc_now() - first) // step + 1
    matches: dict[str, list[int]] = {}
    told: dict[str, list[int]] = {}
    for rule, place, n, of in archive.found_by(first, step):
        if place < size:
            matches.setdefault(rule, [0] * size)[place] = n
            told.setdefault(rule, [0] * size)[place] = of
    names = sorted(matches, key=lambda rule: (-sum(matches[rule]), rule))
    rows = [
        row
        for rule in names
        for row in ((rule, tuple(matches[rule])), (f"  of {rule}", tuple(told[rule])))
    ]
    said = dict.fromkeys(names, "matches") | {f"  of {rule}": "stories" for rule in names}
    return Chart("rules", ("match or story", "matches and stories"), first, step, tuple(rows), said)
