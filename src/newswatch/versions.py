"""What changed between two versions of an article, and whether the wire calls it a correction.

Rule: pure; cost is bounded for any length. Passages are compared sentence by sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from newswatch import text
from newswatch.model import Change, Revision, Version, VersionKind

PASSAGES = 12  # passages of each kind that a revision quotes
LONGEST = 400  # characters of one quoted passage
SENTENCES = 2000  # compared one by one; beyond, only whole texts are

# The wires' own words on a correction, as a sentence or a bracket of its own.
_NOTE = re.compile(
    r"\bhas been (?:corrected|refiled)\b|\bwas (?:corrected|refiled) (?:to|on)\b"
    r"|^\W*(?:corrects?|corrected|correction|refiles?|refiled|fixes|clarifies)\b(?=.{0,80}[:;—–-]|\s+(?:to|in|the|para|spelling|headline|day|date|name|title|figure|first|second|third|typo))"
    r"|\bcorrects? (?:paragraph|spelling|headline|name|day|date|figure|typo|to )"
    r"|\b(?:an? (?:earlier|previous) version of this (?:story|article|report))\b"
    r"|\b(?:исправлен[аоы]?|исправляет|уточнен[аоы]?|уточняет)\b.{0,60}\b(?:абзац|заголов|дат|сумм|циф|имя|текст|верси)"
    r"|\b(?:ha sido corregid[ao]|corrige|corrigée?|foi corrigid[ao]|korrigiert|berichtigt|corretto|corregge)\b(?=.{0,80}(?:p[aá]rrafo|p[áa]rafo|paragraph|Absatz|paragrafo|título|titre|Überschrift|título))",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^\W*(?:CORRECTED|CORRECTION|REFILE|CORRECTS|ИСПРАВЛЕНО|УТОЧНЕНИЕ)\b", re.IGNORECASE
)


def correction_note(said: str, title: str = "") -> str:
    """The sentence in which the wire says that it corrected the story; '' for none."""
    for paragraph in text.paragraphs(said):
        if not _NOTE.search(paragraph):
            continue
        for sentence in text.sentences(paragraph):
            if _NOTE.search(sentence):
                return sentence.strip()[:LONGEST]
        return paragraph[:LONGEST]
    return title[:LONGEST] if _TITLE.match(title) else ""


def compare(old: Version, new: Version) -> Revision:
    """What *new* says that *old* did not, and the other way round."""
    before, after = _bare(old), _bare(new)
    if before == after:
        changes: tuple[Change, ...] = ()
        if old.title != new.title:
            changes = (Change("headline", old.title, new.title),)
        return Revision(old.id, new.id, "cosmetic", changes, "", 1.0)
    note = correction_note(new.text, new.title)
    if note and note == correction_note(old.text, old.title):
        note = ""
    kind: VersionKind = "correction" if note else "update"
    return Revision(
        old.id, new.id, kind, tuple(_changes(old, new)), note, round(_kept(old, new), 4)
    )


def _bare(version: Version) -> tuple[str, str]:
    """Title and text without case, punctuation and white space."""
    return _letters(version.title), _letters(version.text)


def _letters(said: str) -> str:
    return "".join(c for c in text.fold(said) if c.isalnum() or c in "%$€£")


def _changes(old: Version, new: Version) -> list[Change]:
    changes = []
    if _letters(old.title) != _letters(new.title):
        changes.append(Change("headline", old.title, new.title))
    for what, read in (("number", text.numbers), ("name", text.names)):
        was, now = (
            Counter(read(f"{old.title}\n{old.text}")),
            Counter(read(f"{new.title}\n{new.text}")),
        )
        gone = [v for v in was if v not in now][:PASSAGES]
        come = [v for v in now if v not in was][:PASSAGES]
        if len(gone) == len(come) == 1:
            changes.append(Change(what, gone[0], come[0]))  # type: ignore[arg-type]
        else:
            changes += [Change(what, v, "") for v in gone]  # type: ignore[arg-type]
            changes += [Change(what, "", v) for v in come]  # type: ignore[arg-type]
    return changes + _passages(old.text, new.text)


def _passages(old: str, new: str) -> list[Change]:
    was, now = _sentences(old), _sentences(new)
    if len(was) > SENTENCES or len(now) > SENTENCES:
        return []
    found = []
    matcher = SequenceMatcher(None, [_letters(s) for s in was], [_letters(s) for s in now], False)
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
