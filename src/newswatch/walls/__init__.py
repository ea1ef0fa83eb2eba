"""Is this page an article, or what stands in its place: a consent page, a challenge, a form to log in, a paywall's
stub, a word on regions, an error answered with 200?

Rule: pure; asked of the text that was found, by what such pages say of themselves. A text of ordinary
length is an article whatever it speaks of, and so is a short one that reports: somebody said it, it was on a
Monday. In doubt it is an article.
"""

from __future__ import annotations

import re
from typing import Literal

from newswatch.walls import words
from newswatch.walls.parts import held_back, own, sentences, trails_off
from newswatch.walls.parts import length as length
from newswatch.walls.parts import part as part

Wall = Literal[
    "", "consent", "challenge", "login", "script", "paywall", "region", "missing", "error"
]

SHORT = 150  # words; longer texts are no stubs, challenges or errors
BRIEF = 30  # words beside which a title alone says that the page is none
FORM = 60  # words of a form to log in and what stands around it
LONG_CONSENT = 700  # words: consent pages list their purposes and partners
LAST_LINES, PROMPT = (
    3,
    160,
)  # lines at the end in which a stub asks for money, and characters of one
HEAD = 600  # characters in which a consent page says what it is

_SAYS = {
    "consent": "a consent page stands in its place",
    "challenge": "a challenge for robots stands in its place",
    "login": "a form to log in stands in its place",
    "script": "only a script would show it or lead to it",
    "paywall": "only subscribers may read it",
    "region": "it is not shown where newswatch runs",
    "missing": "the page says that there is no such page",
    "error": "its server says that it is in trouble",
}

_OF: tuple[tuple[Wall, re.Pattern[str]], ...] = (
    ("challenge", words.OF_CHALLENGE), ("region", words.OF_REGION), ("error", words.OF_ERROR),
)  # fmt: skip


def wall(
    title: str, said: str, *, free: bool = True, password: bool = False, called: bool = True
) -> Wall:
    """What stands in the place of an article of this *title* and text, '' for nothing. *free* is False
    where the page says of itself that it is not for everybody: a label that full texts have too. *password* says that
    the page has a field for one, as many articles' pages have aside, *called* that it calls itself an article.
    """
    long = length(said)
    if not called and title and words.MISSING_TITLE.match(title):
        return "missing"  # whatever else it shows: the newest articles, however many
    if long > LONG_CONSENT or (long > SHORT and not _consents(title, said)):
        return ""
    reports = words.REPORTS.search(said) is not None
    if not reports and (standing := _instead(title, said, long)):
        return standing
    if long > SHORT:
        return ""
    if not reports and _asks_to_log_in(title, said, long, password=password, called=called):
        return "login"
    if reports and words.MISSING_TITLE.match(title) and words.MISSING.search(own(said)):
        return "missing"  # and under it the newest articles
    ends = said.rstrip(" \n”»\"')").endswith((".", "!", "?", "。"))
    ends = ends or trails_off(said)  # a publisher's own lead, which is a part
    lines = said.split("\n")[-LAST_LINES:]
    asks = any(len(line) <= PROMPT and _asks(line) for line in lines)
    return "paywall" if asks or (not free and not ends) else ""


def _asks(line: str) -> bool:
    return words.PAYWALL.search(own(line)) is not None or held_back(line) is not None


def _instead(title: str, said: str, length: int) -> Wall:
    """What a text of so many words that reports nothing is instead of an article, stubs aside."""
    if _consents(title, said) and _mostly(words.OF_CONSENT, said):
        return "consent"
    if length > SHORT:
        return ""
    brief = length <= BRIEF
    challenged = words.CHALLENGE.search(said) is not None
    if (challenged and length <= SHORT // 2) or (
        words.CHALLENGE_TITLE.match(title)
        and (brief or challenged or words.OF_CHALLENGE.search(said))
    ):
        return "challenge"
    if words.SCRIPT_TITLE.match(title) and (not said or _mostly(words.OF_SCRIPT, said)):
        return "script"
    if length <= SHORT // 2 and _mostly(words.OF_SCRIPT, said):
        return "script"
    missing = words.MISSING.search(said) is not None or _mostly(words.OF_MISSING, said)
    if (missing and length <= SHORT // 3) or (
        title and words.MISSING_TITLE.match(title) and (brief or missing)
    ):
        return "missing"
    return next((standing for standing, of_it in _OF if _mostly(of_it, said)), "")


def _consents(title: str, said: str) -> bool:
    """Whether a page may be one that asks for consent, by its title and beginning."""
    return words.CONSENT.search(f"{title}\n{said[:HEAD]}") is not None


def _asks_to_log_in(title: str, said: str, length: int, *, password: bool, called: bool) -> bool:
    """Whether a form to log in is all there is: by its title, by most of what is said, or by a word of it where a page calls
    itself no article and says hardly more.
    """
    titled = words.LOGIN_TITLE.match(title) is not None
    if length <= BRIEF and titled and (password or not said):
        return True
    if length <= BRIEF and password and not called and words.OF_LOGIN.search(said):
        return True
    return length <= FORM and (titled or password) and _mostly(words.OF_LOGIN, said)


def says(standing: Wall) -> str:
    """What a person reads of a wall."""
    return _SAYS.get(standing, "")


def _mostly(of_it: re.Pattern[str], said: str) -> bool:
    """Whether at least half of what is said are sentences *of it*."""
    found = [one.strip() for one in sentences(said)]
    length = sum(len(one) for one in found if of_it.search(one))
    return bool(length) and 2 * length >= sum(map(len, found))
