"""How well `name:` finds a name's spellings and keeps look-alikes apart: `python bench/names/measure.py`.

Every spelling of every line is asked for as a rule, and every spelling, form and look-alike stands in a
text of its own; the rules are matched as the daemon does it. Recall is the share of a line's texts that a
line's query finds. Precision is the share of right finds among all: wrong ones are look-alikes found, and
texts of other lines. `tuned.txt` and `third.txt` (names that each country has
its own way with) are what rules and lists were made on, `kept.txt` was kept back from that; with `--show` the
errors of the first two are listed, those of the third never are.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from newswatch import rules
from newswatch.model import Rule, Version
from newswatch.text import folded

HERE = Path(__file__).parent
SEEN = datetime(2026, 1, 1, tzinfo=UTC)


class Line(NamedTuple):
    """One name: spellings asked for, forms only found, look-alikes."""

    spellings: tuple[str, ...]
    forms: tuple[str, ...]
    others: tuple[str, ...]


def table(name: str) -> list[Line]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if line and not line.startswith("#"):
            right, _, others = line.partition("!")
            spellings, _, forms = right.partition("|")
            found.append(Line(*(parted(part) for part in (spellings, forms, others))))
    return found


def parted(listed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in listed.split(",") if word.strip()))


def measure(name: str, *, show: bool) -> tuple[float, float]:
    lines = table(name)
    asked = {f"{n}:{spelling}": n for n, line in enumerate(lines) for spelling in line.spellings}
    index = rules.index(tuple(Rule(key, f'name:"{key.partition(":")[2]}"') for key in asked), {})
    finds = {
        text: {rule.name for rule, _ in index.matches(said(text))}
        for line in lines
        for text in (*line.spellings, *line.forms, *line.others)
    }
    due = right = wrong = 0
    for n, line in enumerate(lines):
        queries = {key for key, owner in asked.items() if owner == n}
        mine = {folded(text) for text in (*line.spellings, *line.forms)}
        for text, found in finds.items():
            if text in line.spellings or text in line.forms:
                due += len(queries)
                right += len(queries & found)
                if show and queries - found:
                    print(f"missed  {text}: {', '.join(sorted(queries - found))}")
            elif folded(text) not in mine and queries & found:
                wrong += len(queries & found)
                if show:
                    print(f"wrong   {text}: {', '.join(sorted(queries & found))}")
    recall, precision = right / due, right / (right + wrong)
    looks = sum(len(line.others) for line in lines)
    print(
        f"{name}: {len(lines)} names, {len(asked)} spellings asked, {len(finds)} texts, {looks} look-alikes:"
        f" recall {recall:.4f}, precision {precision:.4f} ({due} due, {wrong} wrong)"
    )
    return recall, precision


def said(text: str) -> Version:
    return Version("v", "a", 1, "", "", f"— {text} —", "", "s", "n", SEEN)


if __name__ == "__main__":
    for name in ("tuned.txt", "third.txt"):
        measure(name, show="--show" in sys.argv)
    if "--kept" in sys.argv:
        measure("kept.txt", show=False)
