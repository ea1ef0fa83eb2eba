"""Whose report an article is: the house of a newsroom, and the wire that a copy credits.

Rule: pure; which newsrooms are one house stands in `houses.toml`, each family with what it rests on.
A copy that credits a wire is that wire's report, wherever it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re

__all__ = ["credit", "house", "independent", "named", "of_one_newsroom", "printed_by", "reprints"]

DESK = r"\s+[-–—|/]\s*|\s*[:|(]\s*"  # "BBC News - World", "RFI (Afrique)"


@cache
def _houses() -> tuple[dict[str, Any], ...]:
    import tomllib  # a search that counts nothing need not load these
    from importlib.resources import files

    return tuple(tomllib.loads((files(__name__) / "houses.toml").read_text("utf-8"))["house"])


@cache
def _house_of() -> Mapping[str, str]:
    return {
        _key(name): entry["name"]
        for entry in _houses()
        for name in (entry["name"], *entry.get("newsrooms", ()))
    }


@cache
def _credited() -> Mapping[str, str]:
    """Names in credits → the house, as written and in capitals."""
    found: dict[str, str] = {}
    for entry in _houses():
        for name in entry.get("credits", ()):
            found.setdefault(name, entry["name"])
    for name, wire in list(found.items()):
        found.setdefault(name.upper(), wire)
    return found


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    from newswatch.newsrooms.credits import pattern

    return pattern(tuple(_credited()))


@cache
def _owner() -> Mapping[str, str]:
    """Domains → the house one of whose newsrooms prints under them."""
    return {domain: entry["name"] for entry in _houses() for domain in entry.get("domains", ())}


def of_one_newsroom(one: str, other: str) -> bool:
    """Whether two hosts are known to show the same newsroom's articles: www.bbc.com and m.bbc.co.uk."""
    owner = _owner_of(one)
    return bool(owner) and owner == _owner_of(other)


def _owner_of(host: str) -> str:
    labels = host.split(".")
    above = (".".join(labels[n:]) for n in range(len(labels) - 1))
    return next((owner for domain in above if (owner := _owner().get(domain))), "")


def house(newsroom: str) -> str:
    """The house of a newsroom or feed, by its name in any case: "BBC News - World" and "bbc-world"
    are the BBC's. A name that stands in no family is its own house.
    """
    import re

    name = " ".join(newsroom.split())
    known = _house_of()
    first = re.split(DESK, name, maxsplit=1)[0]
    feed = name.split("-", 1)[0] if " " not in name and name == name.lower() else name
    return known.get(_key(name)) or known.get(_key(first)) or known.get(_key(feed)) or name


def _key(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())


def credit(text: str, author: str = "") -> str:
    """The house of the wire that an article names as its own source, '' for none: in the dateline
    of one of its first paragraphs, at its end, or as its author. A wire that a sentence mentions
    ("told Reuters"), that a photograph comes from or that a headline points to is no credit.
    """
    from newswatch.newsrooms.credits import credit_in

    return next(
        (wire for name in credit_in(text, author, _patterns()) if (wire := _credited().get(name))),
        "",
    )


def named(newsroom: str, credited: str) -> str:
    """The newsroom as people are shown it: "Reuters, via CNA" for a copy that credits a wire."""
    return f"{credited}, via {newsroom}" if printed_by(newsroom, credited) else newsroom


def printed_by(newsroom: str, credited: str) -> str:
    """*newsroom* where it prints another house's report, else ''."""
    if not credited or credited == newsroom:
        return ""  # a search that shows no copy need not load the houses
    return newsroom if house(credited) != house(newsroom) else ""


def independent(copies: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Who reported, one name a house, as its first copy gives it; *copies* are (newsroom, credit)."""
    first: dict[str, str] = {}
    for newsroom, credited in copies:
        first.setdefault(house(credited or newsroom), credited or newsroom)
    return tuple(first.values())


def reprints(copies: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The wires that copies credit, each with the newsrooms it was printed by; *copies* as above."""
    found: dict[str, list[str]] = {}
    for newsroom, credited in copies:
        if printed_by(newsroom, credited) and newsroom not in found.setdefault(credited, []):
            found[credited].append(newsroom)
    return found
