"""Makes `query/places.txt`: what countries and the cities of time zones are called in seventeen languages, of
the Unicode CLDR as the Babel library carries it (Unicode licence v3): `python bench/names/places.py`.

Rule: only names that the rules do not find by themselves, so that the file stays small. Babel is needed for
this only and is none of the project's dependencies.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from babel import Locale  # type: ignore[import-not-found,unused-ignore]

from newswatch.query import spelling
from newswatch.query.names import liquids
from newswatch.text import folded


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


LANGUAGES = _words("en de fr es it pl ru uk be bg sr sr_Latn el zh zh_Hant ja ko ar")
AREAS = ("Africa", "Asia", "Europe")
ELSEWHERE = _words(
    "New_York Chicago Los_Angeles Detroit Denver Phoenix Boise Toronto Vancouver Winnipeg Edmonton Montreal Halifax"
    " Mexico_City Tijuana Monterrey Havana Panama Bogota Lima Quito Guayaquil Caracas La_Paz Asuncion Montevideo"
    " Santiago Sao_Paulo Buenos_Aires Cordoba Managua Tegucigalpa Guatemala El_Salvador Costa_Rica Kingston"
    " Port-au-Prince Santo_Domingo Puerto_Rico Nassau Jamaica Barbados Reykjavik Azores Madeira Canary Sydney"
    " Melbourne Perth Brisbane Adelaide Darwin Hobart Auckland Honolulu Fiji Guam Maldives Mauritius"
)
HEAD = """\
# Countries, and the cities that name time zones, as other languages write them, where no reading of letters
# does; made by bench/names/places.py from the Unicode CLDR (copyright Unicode, Inc., licence Unicode-3.0).
# A line a name, its writings between commas; a writing of several words is looked for as it stands.
"""
HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "src" / "newswatch" / "query" / "places.txt"
# What another meaning in news is commoner of, or what is no name.
LEFT_OUT = _words("EU EZ UN ZZ QO XA XB AQ HM BV TF UM IO AC CP DG EA IC TA")


def names() -> list[list[str]]:
    """Each name's writings, English first; what is no plain name left out."""
    found: dict[str, list[str]] = {}
    for locale in map(Locale.parse, LANGUAGES):
        for code, name in locale.territories.items():
            if code.isalpha() and code not in LEFT_OUT:
                found.setdefault(code, []).append(name)
        for zone, parts in locale.time_zones.items():
            area, _, city = zone.rpartition("/")
            if area in AREAS or city in ELSEWHERE:
                named = found.setdefault(zone, [city.replace("_", " ")])
                named += [parts["city"]] if isinstance(parts.get("city"), str) else []
    by_first: dict[str, list[str]] = {}
    for line in found.values():  # Singapore is a land and a city
        by_first.setdefault(line[0], []).extend(line)
    return list(by_first.values())


def needed(line: list[str]) -> list[str]:
    """Those writings of a name that no other in their script is found by; none where readings of letters
    join all.
    """
    kept: dict[tuple[str, ...], str] = {}
    for name in line:
        words = folded(name)
        plain = not any(c in name for c in "(),–/") and " - " not in name
        if (
            plain
            and words
            and not any(joined(words, other) for other in kept if alike(words, other))
        ):
            kept[words] = name.replace("’", "'")
    whole = all(joined(one, other) for one, other in combinations(kept, 2))
    return [] if whole else list(kept.values())


def joined(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two writings find each other by their letters."""
    if len(words) > 1 or len(other) > 1:
        return words == other
    (one,), (two,) = words, other
    return one == two or not spelling.asked_keys(one).isdisjoint(spelling.asked_keys(two))


def alike(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a line that has the *other* may be found by *words*."""
    one, two = "".join(words), "".join(other)
    return spelling.script(one) == spelling.script(two) and liquids(one) == liquids(two)


if __name__ == "__main__":
    lines = sorted({", ".join(line) for line in map(needed, names()) if line})
    TARGET.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} names")
