"""What changed between two versions of an article, and whether the wire calls it a correction.

Rule: pure; cost is bounded for any length. Passages are compared sentence by sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Literal

from newswatch import moment, text
from newswatch.model import Change, Revision, Version, VersionKind

PASSAGES = 12  # passages of each kind that a revision quotes
LONGEST = 400  # characters of one quoted passage
SENTENCES = 2000  # compared one by one; beyond, only whole texts are

# A wire's own words on a correction: said of the story itself, in a bracket of their own, or as a
# sentence that begins with them. "Correction in oil prices" and "a fix for the bridge" are news.
_ITSELF = r"(?:story|article|report|item|version|headline|graphic|chart|caption|text|copy)"
_PLACE = r"(?:para(?:graph)?s?|spelling|headline|dateline|byline|typos?|names?|title|attribution)"
_NOTE = re.compile(
    rf"\b{_ITSELF}\b[^.!?]{{0,80}}\b(?:has been|was) (?:corrected|refiled)\b"
    rf"|\ban? (?:earlier|previous) version of this {_ITSELF}\b"
    r"|[(\[]\s*(?:corrects|refiles|refiled|clarifies|fixes|corrected(?! for))\b"
    rf"|^\W*(?:corrects|corrected|refiles|refiled|clarifies|fixes)\s+(?:[\w']+\s+){{0,3}}{_PLACE}\b"
    r"|^\W*corrects\s+(?:to|that|day|date|figures?|numbers?|quote)\b"
    r"|^\W*(?:correction|corrected|clarification|refile)\s*(?::|\s[–—-]\s)"
    r"|[(\[]\s*(?:исправл|исправил|уточн[её]н|уточняет)"
    r"|^\W*(?:исправлен\w*|уточнен\w*|уточнени[ея]|поправка|исправляет)\s*(?::|\s[–—-]\s)"
    r"|\b(?:исправл\w+|уточн[её]н\w*|уточняет)\b.{0,60}\b(?:абзац|заголов|опечатк|верси|в тексте)"
    r"|[(\[]\s*(?:corrige|corrigée?|corregido|corregida|corrigido|korrigiert|berichtigt|corregge)\b"
    r"|^\W*(?:corrección|correção|rectificatif|korrektur|berichtigung|correzione)\s*:"
    r"|\b(?:ha sido corregid[ao]|foi corrigid[ao]|a été corrigée?|korrigiert|berichtigt)\b"
    r"(?=.{0,80}(?:p[aá]rrafo|par[aá]grafo|paragraph|Absatz|t[ií]tulo|titre|Überschrift))"
    r"|\best[ae] (?:nota|noticia|artículo|historia|información)\b[^.]{0,40}\bsido corregid[ao]\b",
    re.IGNORECASE,
)
# What every note holds one of; most texts hold none, and need not be searched for more.
_STEMS = (
    "correct", "refile", "clarif", "fixes", "version of this", "исправ", "уточн", "поправка",
    "corrig", "correg", "correzione", "correção", "corrección", "rectificatif", "korrig", "korrektur",
    "berichtig",
)  # fmt: skip
_TITLE = re.compile(
    r"^\W*(?:CORRECTED|CORRECTION|REFILED?|CORRECTS|ИСПРАВЛЕНО|ИСПРАВЛЕНИЕ|УТОЧНЕНИЕ|CORREGIDO)\b"
    r"|^\W*(?i:corrected|correction|refile|исправлено|уточнение|corrección)\s*(?::|\s[–—-]\s)"
)
_MINUS = re.compile(r"(?<![^\s(])[-−–](?=\d)")
# Written with a capital, and no name: "Tuesday" for "Monday" is when, not who.
_CALENDAR = re.compile(
    "|".join(
        (
            *map(re.escape, moment.MONTHS),
            r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
            r"(?:январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр)\w{0,2}",
            r"ма(?:ю|е|ем)|(?:понедельник|вторник|четверг)\w{0,2}|сред(?:а|ы|е|у|ой|ам|ах)",
            r"(?:пятниц|суббот|воскресень|воскресен)\w{1,2}",
        )
    ),
    re.IGNORECASE,
)


def correction_note(said: str, title: str = "") -> str:
    """The sentence in which the wire says that it corrected the story; '' for none."""
    lower = said.lower()
    for paragraph in text.paragraphs(said) if any(stem in lower for stem in _STEMS) else ():
        if not _NOTE.search(paragraph):
            continue
        for sentence in text.sentences(paragraph):
            if _NOTE.search(sentence):
                return sentence.strip()[:LONGEST]
        return paragraph[:LONGEST]
    return title[:LONGEST] if _TITLE.match(title) else ""


def compare(old: Version, new: Version) -> Revision:
    """What *new* says that *old* did not, and the other way round."""
    if _bare(old.title) == _bare(new.title) and _bare(old.text) == _bare(new.text):
        changes: tuple[Change, ...] = ()
        if old.title != new.title:
            changes = (Change("headline", old.title, new.title),)
        return Revision(old.id, new.id, "cosmetic", changes, "", 1.0)
    note_before, note = (correction_note(v.text, v.title) for v in (old, new))
    # What a note says is about the story: its figures and names are not the story's.
    before = _without(note_before, old)
    after = _without(note, new)
    changes = (
        *_headline(old, new),
        *_swapped("number", text.numbers(before), text.numbers(after)),
        *_swapped("name", _names(before), _names(after)),
        *_passages(old.text, new.text),
    )
    note = "" if note == note_before else note
    kind: VersionKind = "correction" if note else "update"
    return Revision(old.id, new.id, kind, changes, note, round(_kept(old, new), 4))


def _without(note: str, version: Version) -> str:
    body = version.text.replace(note, "", 1) if note else version.text
    return f"{version.title}\n{body}"


def _names(said: str) -> tuple[str, ...]:
    """The names in *said*; a day or a month alone is none, "Theresa May" and "May Day" are."""
    return tuple(
        name
        for name in text.names(said)
        if not all(_CALENDAR.fullmatch(token.text) for token in text.tokens(name))
    )


def _headline(old: Version, new: Version) -> tuple[Change, ...]:
    if _bare(old.title) == _bare(new.title):
        return ()
    return (Change("headline", old.title, new.title),)


def _bare(said: str) -> tuple[str, tuple[str, ...]]:
    """*said* without case, punctuation and white space, and its figures, whose points and signs
    are no punctuation.
    """
    return "".join(text.folded(said)), (*text.numbers(said), *_MINUS.findall(said))


def _swapped(
    what: Literal["number", "name"], was: tuple[str, ...], now: tuple[str, ...]
) -> list[Change]:
    """What went and what came; one for one, it is taken for a change of the one into the other."""
    before, after = set(was), set(now)
    gone = [value for value in dict.fromkeys(was) if value not in after]
    come = [value for value in dict.fromkeys(now) if value not in before]
    if len(gone) == len(come) == 1:
        return [Change(what, gone[0], come[0])]
    return [
        *(Change(what, value, "") for value in gone[:PASSAGES]),
        *(Change(what, "", value) for value in come[:PASSAGES]),
    ]


def _passages(old: str, new: str) -> list[Change]:
    was, now = _sentences(old), _sentences(new)
    if len(was) > SENTENCES or len(now) > SENTENCES:
        return []
    found = []
    matcher = SequenceMatcher(None, [_bare(s) for s in was], [_bare(s) for s in now])
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            gone, come = " ".join(was[a:b]), " ".join(now[c:d])
            found.append(Change("text", gone[:LONGEST], come[:LONGEST]))
    return found[:PASSAGES]


def _sentences(said: str) -> list[str]:
    return [s for p in text.paragraphs(said) for s in text.sentences(p) if s]


def _kept(old: Version, new: Version) -> float:
    """The share of the old words that still stand, counted."""
    was = Counter(token.text for token in text.tokens(old.text))
    now = Counter(token.text for token in text.tokens(new.text))
    total = sum(was.values())
    return sum((was & now).values()) / total if total else 1.0
