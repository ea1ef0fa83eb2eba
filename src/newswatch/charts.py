"""How much there was of what over time, as lines of bars for a terminal of any width, and as a picture.

Rule: pure; times are told in UTC and the period, the unit and the step stand in the chart itself. Each chart has one
scale, so that its rows can be compared. What draws pictures is loaded where a picture is asked for.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newswatch.text import safe_line
from newswatch.wording import BARS, counted

EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday, so that steps of weeks begin with one
STEPS = tuple(
    timedelta(minutes=minutes)
    for minutes in (10, 30, 60, 180, 360, 720, 1440, 2880, 10080, 20160, 40320, 131040, 524160)
)
DAY = timedelta(days=1)
ROWS = 12  # that are told apart; the others are one row
LABEL = 24  # characters of a row's name
TITLE = 80  # characters of a picture's title
NARROWEST = 8  # bars, however narrow the terminal
PLAIN = ".:-=+*#@"  # for a terminal that shows no bars
FORMATS = (".png", ".svg")


class NoPicture(Exception):
    """A picture that cannot be drawn, and what to do."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures over time: each row a name and a figure for every *step* from *since* on, None where nobody looked;
    *unit* is what is counted, in the singular and the plural; *said* is what stands behind a row, by its name.
    """

    title: str
    unit: tuple[str, str]
    since: datetime
    step: timedelta
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def until(self) -> datetime:
        """The end of the last step."""
        return self.since + self.step * max((len(figures) for _, figures in self.rows), default=0)

    @property
    def most(self) -> int:
        """The largest figure."""
        return max((n or 0 for _, figures in self.rows for n in figures), default=0)


def step_of(since: datetime, until: datetime, most: int) -> timedelta:
    """The smallest step by which a period has at most *most*."""
    whole = max(until - since, timedelta(minutes=1))
    return next((step for step in STEPS if whole <= step * (most - 1)), STEPS[-1])


def chart(
    title: str,
    unit: tuple[str, str],
    came: Iterable[tuple[str, datetime]],
    since: datetime | None,
    until: datetime,
    most: int,
) -> Chart:
    """What *came*, each with its row's name and time, from *since* (the first that came) to *until*, in at most *most*
    steps; the rows with the most come first, and those beyond are one.
    """
    found = list(came)
    begins = since or min((at for _, at in found), default=until)
    step = step_of(begins, until, max(most, NARROWEST))
    begins = EPOCH + step * ((begins - EPOCH) // step)
    size = (until - begins) // step + 1
    figures: dict[str, Counter[int]] = {}
    for name, at in found:
        if 0 <= (place := (at - begins) // step) < size:
            figures.setdefault(name, Counter())[place] += 1
    ordered = sorted(figures, key=lambda name: (-figures[name].total(), name))
    if len(ordered) > ROWS:
        rest = f"{len(ordered) - ROWS + 1} others"
        figures[rest] = sum((figures[name] for name in ordered[ROWS - 1 :]), Counter())
        ordered = [*ordered[: ROWS - 1], rest]
    rows = tuple((name, tuple(figures[name][n] for n in range(size))) for name in ordered)
    return Chart(title, unit, begins, step, rows)


# ── lines ───────────────────────────────────────────────────────────────────────────────────


def room(width: int, names: Iterable[str]) -> int:
    """How many bars a row has on a terminal *width* columns wide."""
    return max(NARROWEST, width - _label(names) - len("  99,999"))


def widest() -> str:
    """A row's name that takes all the room there is for one."""
    return "x" * LABEL


def lines(shown: Chart, *, bars: bool = True) -> Iterator[str]:
    """The chart in lines; without *bars* in characters that every terminal shows."""
    label = _label(name for name, _ in shown.rows)
    yield heading(shown)
    for name, figures in shown.rows:
        drawn = "".join(_bar(n, shown.most, bars=bars) for n in figures)
        said = f"  {safe_line(shown.said[name])}" if name in shown.said else ""
        yield f"{_cut(name, label):{label}} {drawn} {sum(n or 0 for n in figures):,}{said}"
    if shown.rows:
        yield f"{'':{label}} {_axis(shown)}".rstrip()


def heading(shown: Chart) -> str:
    """What is shown, of when, by which step and scale, in one line."""
    one, many = shown.unit
    tallest = f"; the tallest is {counted(shown.most, one, many)}" if shown.most else ""
    return f"{safe_line(shown.title)}: {many} {by(shown.step)}, {_when(shown.since)} to {_when(shown.until)} UTC{tallest}"


def by(step: timedelta) -> str:
    """A step in words: "by the hour", "by 3 hours"."""
    for unit, seconds in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60)):
        n, rest = divmod(int(step.total_seconds()), seconds)
        if n and not rest:
            return f"by the {unit}" if n == 1 else f"by {n} {unit}s"
    return f"by {step}"


def _label(names: Iterable[str]) -> int:
    return min(LABEL, max((len(safe_line(name)) for name in names), default=0))


def _cut(name: str, width: int) -> str:
    name = safe_line(name)
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _bar(n: int | None, most: int, *, bars: bool) -> str:
    if n is None:
        return " " if bars else "?"
    if n <= 0:
        return "·" if bars else " "
    of = BARS if bars else PLAIN
    return of[-(-len(of) * n // most) - 1]


def _axis(shown: Chart) -> str:
    """Where days, months or years begin, under the bars."""
    size = (shown.until - shown.since) // shown.step
    line, before = "", ""
    for n in range(size):
        at = shown.since + shown.step * n
        mark = _mark(at, shown.step)
        if mark != before and len(line) <= n and n + len(mark) <= max(size, len(mark)):
            line = f"{line:{n}}{mark} "
        before = mark
    return line.rstrip()


def _mark(at: datetime, step: timedelta) -> str:
    if step >= 365 * DAY:
        return f"{at:%Y}"
    if step >= 7 * DAY:
        return f"{at:%b %Y}"
    if step >= DAY / 8:
        return f"{at.day} {at:%b}"
    return f"{at.day} {at:%b} {at.hour // 6 * 6:02d}h"


def _when(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y %H:%M}"


# ── for programs and as a picture ───────────────────────────────────────────────────────────


def spoken(shown: Chart) -> Mapping[str, object]:
    """The chart for the command line's JSON."""
    return {
        "title": shown.title,
        "counted": shown.unit[1],
        "since": f"{shown.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{shown.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "step": int(shown.step.total_seconds()),
        "rows": [{"name": name, "figures": list(figures)} for name, figures in shown.rows],
    }


def picture(shown: Chart, file: Path) -> None:
    """Draw the chart into a PNG or SVG *file*. Raises NoPicture."""
    if file.suffix.lower() not in FORMATS:
        raise NoPicture(f"{file}: a picture ends in {' or '.join(FORMATS)}")
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as error:
        raise NoPicture(
            "pictures need the extra plot: pip install 'newswatch[plot]' (without it, --chart draws here)"
        ) from error
    mpl.rcParams["svg.hashsalt"] = "newswatch"  # the same chart, the same bytes
    drawn = Figure(figsize=(10, 5), layout="constrained")
    axes: Any = drawn.add_subplot()
    starts = [
        shown.since + shown.step * n for n in range((shown.until - shown.since) // shown.step)
    ]
    days = shown.step / DAY
    below = [0] * len(starts)
    for number, (name, figures) in enumerate(shown.rows):
        axes.bar(
            [at.replace(tzinfo=None) for at in starts], [n or 0 for n in figures], width=days, align="edge", bottom=below,
            label=_plain(_cut(name, LABEL)), color=_colour(number), edgecolor="white", linewidth=0.3,
        )  # fmt: skip
        below = [low + (n or 0) for low, n in zip(below, figures, strict=True)]
    axes.set_title(_plain(_cut(shown.title, TITLE)), loc="left")
    axes.set_ylabel(f"{shown.unit[1]} {by(shown.step)}")
    axes.set_xlabel(f"{_when(shown.since)} to {_when(shown.until)}, UTC")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    if shown.rows:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
    dated = {"Date": None} if file.suffix.lower() == ".svg" else None
    try:
        with warnings.catch_warnings(category=UserWarning, action="ignore"):  # a letter is a box
            drawn.savefig(file, dpi=150, metadata=dated)
    except OSError as error:
        raise NoPicture(f"{file}: cannot be written ({error.strerror})") from error


def _plain(words: str) -> str:
    """Words that are not read as a formula, nor left off the legend, as those that begin with a line are."""
    said = safe_line(words).replace("$", r"\$")
    return f" {said}" if said.startswith("_") else said


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


# Told apart by those who see fewer colours (Okabe and Ito, 2008), then their lighter kin.
_COLOURS: Sequence[str] = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000", "#7FB8D8",
    "#F2CF80", "#80CFB9", "#999999",
)  # fmt: skip
