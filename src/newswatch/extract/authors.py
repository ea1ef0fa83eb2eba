"""Who wrote it: the names in what a page says of its authors.

Rule: pure; a name is a person's or, where no person is named, the house's own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST = 20
WORDS = 5  # of a name
NAME = 100  # characters
BYLINE = 120  # characters of a line that a page sets its authors in

# Between two names: "A and B", "A und B, dpa".
_JOINED = re.compile(
    r"\s*(?:,|;|\||/(?=\s)|、|\s(?:and|und|et|en|och|og|ja|та|și|ve|with|mit|avec|con|&)\s)\s*"
)
# One letter between two names, or inside one: "José Ortega y Gasset".
_JOINED_OR_INSIDE = re.compile(r"\s+[yeiиі]\s+")
_BYLINE = re.compile(
    r"^(?:by|von|par|por|di|da|af|av|door|text:|автор:?|author:?)\s+", re.IGNORECASE
)
_ASIDE = re.compile(r"\s*\([^()]{1,60}\)\s*$|\s*<[^<>]*>\s*$")
_PARTICLES = "de del della der den di da do dos das du la le van von zu zur zum af al el bin bint ibn ben ter ten te y e"
_SMALL = frozenset(_PARTICLES.split())
_WORD = re.compile(r"[^\W\d_][\w.'’`-]*")


def names(said: Iterable[str]) -> tuple[str, ...]:
    """The names in what one place says, each once whatever its case, at most twenty."""
    found: dict[str, str] = {}
    for one in said:
        for name in _apart(_BYLINE.sub("", one.strip())):
            bare = _ASIDE.sub("", name).strip(" \t,;:-–—")[:NAME].strip()
            if bare and not bare.isdigit() and "@" not in bare and not _is_address(bare):
                found.setdefault(bare.casefold(), bare)
    return tuple(found.values())[:MOST]


def persons(said: Iterable[str]) -> tuple[str, ...]:
    """The names of the first line that holds names and nothing else."""
    for one in said:
        bare = _BYLINE.sub("", one.strip())
        if bare and len(bare) <= BYLINE:
            parts = _apart(bare)
            if all(map(_is_name, parts)):
                return names(parts)
    return ()


def is_slug(name: str) -> bool:
    """Whether a name is only an account's: `anna-example`, `annaex`."""
    return (
        name == name.lower() and " " not in name and any(c.isascii() and c.isalpha() for c in name)
    )


def _apart(said: str) -> list[str]:
    """The names in a line of names; the line as it is where its parts are none."""
    if ";" in said:
        return [part for whole in said.split(";") for part in _apart(whole)]
    parts = [part for whole in _JOINED.split(said) if whole for part in _by_a_letter(whole)]
    if len(parts) < 2 or not _is_name(parts[0]):
        return [said]
    kept = [part for part in parts if _is_name(part) or _is_wire(part)]
    # Behind one name stands what he is: "Anna Example, professor of law".
    return kept if len(kept) == len(parts) else kept[:1]


def _by_a_letter(said: str) -> list[str]:
    parts = _JOINED_OR_INSIDE.split(said)
    return parts if all(map(_is_name, parts)) else [said]


def _is_name(said: str) -> bool:
    """Two to five words that have a capital, but for the small ones of names."""
    told = _ASIDE.sub("", said).split()
    if not 2 <= len(told) <= WORDS:
        return False
    return all(
        _WORD.fullmatch(word) is not None and (word[0].isupper() or word in _SMALL) for word in told
    )


def _is_wire(said: str) -> bool:
    """One word, an agency's or a place's."""
    return " " not in said and len(said) <= 20 and any(c.isalpha() for c in said)


def _is_address(said: str) -> bool:
    return said.startswith(("http:", "https:", "www.")) or said.endswith((".html", ".php"))
