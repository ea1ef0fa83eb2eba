"""What a letter says of a story that has changed: what we told when, what its wire made of it, what is new.

Rule: values in, words out. Nothing is said of what no letter has told, and nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from newswatch import newsrooms
from newswatch.dates import Local
from newswatch.digest.pieces import BEHIND, HEADLINE, PASSAGE, Piece, cut
from newswatch.model import Change, Item, Revision, Version
from newswatch.text import safe_line
from newswatch.wording import few

SWAPPED = 3  # changes named in a sentence
FIGURES = 6  # changes, and words that are gone, named in a list
FACTS = ("number", "name", "date")  # changes that are said as "10 → 16"


def about(carried: list[Item], occasion: str) -> bool:
    """Whether any of what is *carried* is owed for an *occasion* of that kind."""
    return any(item.occasion.startswith(f"{occasion}:") for item in carried)


def account(
    carried: list[Item], version: Version, revision: Revision | None, local: Local
) -> tuple[tuple[Piece, ...], frozenset[Change]]:
    """When the reader was told what, and what the wire made of it when: "At 14:05 we told you …; at
    16:20 Reuters changed *10* to *16*"; with the changes it names. Nothing of what no letter told.
    """
    item = next((i for i in carried if i.told_at is not None), None)
    if item is None or item.told_at is None or item.told is None:
        return (), frozenset()
    happened = item.at or version.first_seen
    if local.of(item.told_at).date() == local.of(happened).date():
        told_when, when = (f"at {local.time(at)}" for at in (item.told_at, happened))
    else:
        told_when, when = (f"on {local.moment(at)}" for at in (item.told_at, happened))
    whose = cut(newsrooms.named(version.newsroom or version.source, version.credit), 80)
    begun = f"{told_when[0].upper()}{told_when[1:]} we told you “{cut(item.told.title, HEADLINE)}”; {when}"
    if item.occasion.startswith("withdrawn:"):
        return (
            Piece(f"{begun} {whose} had taken the article away: its page is gone."),
        ), frozenset()
    if item.occasion.startswith("retraction:"):
        return (Piece(f"{begun} {whose} took it back."),), frozenset()
    if item.occasion.startswith("reinstated:"):
        return (Piece(f"{begun} its page, which was gone, was there again."),), frozenset()
    went_back = item.occasion.startswith("return:")
    if not went_back and not item.occasion.startswith("correction:"):
        return (Piece(f"{begun} {whose} brought this."),), frozenset()
    swapped = [
        c for c in (revision.changes if revision else ())
        if c.what in FACTS and c.old and c.new
    ][:SWAPPED]  # fmt: skip
    if not swapped:
        did = "went back to its earlier text" if went_back else "corrected it"
        return (Piece(f"{begun} {whose} {did}."),), frozenset()
    did = "went back to its earlier text and changed" if went_back else "changed"
    pieces = [Piece(f"{begun} {whose} {did} ")]
    for n, change in enumerate(swapped):
        if n:
            pieces.append(Piece(" and " if n == len(swapped) - 1 else ", "))
        pieces += [
            Piece(cut(change.old, 60), marked=True),
            Piece(" to "),
            Piece(cut(change.new, 60), marked=True),
        ]
    return (*pieces, Piece(".")), frozenset(swapped)


def facts(
    carried: list[Item],
    version: Version,
    revision: Revision | None,
    told: Version | None,
    first: str,
    said: frozenset[Change],
    shown: str,
) -> Iterator[tuple[str, str]]:
    """What changed beside what the account has *said* and the passages have *shown*."""
    headlines = {cut(version.title, HEADLINE), ""}
    if not told:  # nothing was told, or the account says it
        headlines |= {cut(i.told.title, HEADLINE) for i in carried if i.told is not None}
    changes = revision.changes if revision else ()
    before = [told.title if told else "", first, *(c.old for c in changes if c.what == "headline")]
    for old in dict.fromkeys(cut(said, HEADLINE) for said in before):
        if old not in headlines:
            yield "You were told" if told else "It said at first", old
            break
    if revision and revision.note:
        yield "The wire says", cut(revision.note.splitlines()[0], PASSAGE)
    late = {i.rule: i.first_found for i in carried if i.occasion == "first"}
    for found in sorted(set(late.values()) - {1}):
        by = [cut(rule, 80) for rule, number in late.items() if number == found]
        whose = f", by {few(by, 3)}" if len(late) > len(by) else ""
        yield "Found", f"first in version {found} of this article{whose}"
    gone = tuple(dict.fromkeys(word for i in carried for word in i.gone))[:FIGURES]
    if gone and not any(i.spans for i in carried):
        words = ", ".join(cut(word, 60) for word in gone)
        yield "No longer in it", f"{words}, which your rule found in an earlier text"
    figures = [_change(c) for c in changes if c.what in FACTS and c not in said]
    if figures and not about(carried, "retraction"):  # nothing of it holds
        yield "Changed", few(figures, FIGURES)
    passages = (
        c.new for c in changes
        if c.what in ("text", "quote") and c.new and c.new != c.old and safe_line(c.new[:BEHIND]) not in shown
    )  # fmt: skip
    if revision and revision.kind != "correction" and (new := next(passages, "")):
        yield "New", cut(new, 300)


def _change(change: Change) -> str:
    old, new = cut(change.old, 60), cut(change.new, 60)
    return f"{old} → {new}" if old and new else f"{new} is new" if new else f"{old} is gone"
