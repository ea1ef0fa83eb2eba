"""What a letter says, before it has a form: stories in order, excerpts, changes, footer.

Rule: every string that leaves this file is plain, safe and bounded; the templates only lay it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from newswatch import marks, newsrooms
from newswatch.dates import Local
from newswatch.model import (
    Change,
    Copy,
    Digest,
    Item,
    Revision,
    SourceTrouble,
    Span,
    Trouble,
    Version,
)
from newswatch.text import lead, safe_line, safe_text
from newswatch.wording import counted, few

AT_ONCE = "now"
HEADLINE = 240  # characters; longer ones are cut, as no wire's headline is
PASSAGE = 600  # characters of one passage
BEFORE, BEHIND = 90, 150  # characters shown around a found word
EXCERPTS = 2  # passages beyond the lead
FULL = 25  # stories shown with passages: a longer letter is leafed through, not read
CONTENTS = 12  # stories from which on a letter of several rules lists its contents
NEWSROOMS, RELATED, FIGURES, TROUBLES = 8, 4, 6, 10
NOTICES = 50
SWAPPED = 3  # changes named in a sentence
FACTS = ("number", "name", "date")  # changes that are said as "10 → 16"

TRIAL = (
    "This letter is a test. It was sent by hand, to see whether letters from newswatch arrive; it"
    " tells of no story, and whoever reads it need do nothing."
)

PUTS_RIGHT = ("correction", "retraction", "return", "withdrawn", "reinstated")
Mark = Literal["", "Withdrawn", "Reinstated", "Corrected", "Updated"]
_RANK = {"urgent": 0, "normal": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked where a query's word stands."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Another newsroom's article on the story; *newsroom* as shown: "Reuters, via CNA"."""

    newsroom: str
    title: str
    href: str
    time: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story as a letter shows it; *account* is a sentence on what we told and what became of it,
    *facts* are (label, text) of what else changed. *same* are reports of other houses, one each;
    *elsewhere* is the same house's report printed by others.
    """

    headline: tuple[Piece, ...]
    plain_headline: str
    href: str
    newsroom: str
    time: str
    urgent: bool
    mark: Mark
    account: tuple[Piece, ...]
    excerpts: tuple[tuple[Piece, ...], ...]
    facts: tuple[tuple[str, str], ...]
    same: tuple[Report, ...]
    more_same: int
    elsewhere: tuple[Report, ...]
    more_elsewhere: int
    related: tuple[Report, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The stories first asked for by one rule, *more* of them left out here; *number* from 1."""

    number: int
    rule: str
    stories: tuple[StoryView, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A whole letter."""

    subject: str
    heading: str
    dateline: str
    summary: str
    preheader: str
    late: str
    nothing: str  # what is said where no story is
    contents: tuple[tuple[str, int, int], ...]  # rules, their stories and their sections' numbers
    notices: tuple[
        tuple[str, int, tuple[str, ...]], ...
    ]  # the operator's: heading, how many, lines
    rest: str  # what stands at the place where stories were left out
    sections: tuple[Section, ...]
    figures: tuple[str, ...]
    troubles: tuple[str, ...]
    more_troubles: int
    reader: str
    alone: bool  # one story at once, not a digest


def page(digest: Digest, *, trial: bool = False) -> Page:
    """The letter's content, made from *digest* alone; a *trial* says of itself that it is one."""
    local = Local(ZoneInfo(digest.person.zone), digest.person.lang)
    sections = _shortened(_sections(digest.items, local))
    stories = [story for section in sections for story in section.stories]
    letter_at_once = digest.name == AT_ONCE and not digest.together
    at_once = letter_at_once and len(stories) <= 1
    name = "alerts" if digest.together else _cut(digest.name, 60)
    if letter_at_once and not at_once:
        name = _alone_heading(stories)
    corrected = sum(story.mark == "Corrected" for story in stories)
    count = counted(len(stories), "story", "stories") if stories else "nothing new"
    summary = f"{count}, {corrected} corrected" if corrected else count
    nothing = "Nothing new was found for your rules."
    if trial:
        name, summary, nothing = "newswatch test letter", "a test, no news", TRIAL
    notices = tuple(_notices(digest, local))
    if notices:
        name, nothing = "newswatch itself", ""
        summary = ", ".join(f"{count:,} {heading.lower()}" for heading, count, _ in notices)
    return Page(
        subject=_subject(name, at_once, summary, local.day(digest.at), stories),
        heading=_alone_heading(stories) if at_once else name,
        dateline=local.moment(digest.at, year=True),
        summary=summary,
        preheader=_preheader(stories, at_once),
        late=_late(digest, local),
        nothing=nothing,
        contents=_contents(sections),
        notices=notices,
        rest="",
        sections=sections,
        figures=tuple(_figures(digest)),
        troubles=tuple(_trouble(t, local) for t in digest.footer.troubles[:TROUBLES]),
        more_troubles=max(0, len(digest.footer.troubles) - TROUBLES),
        reader=_cut(digest.person.name, 80),
        alone=at_once,
    )


# ── head ────────────────────────────────────────────────────────────────────────────────────


def _subject(name: str, at_once: bool, summary: str, day: str, stories: list[StoryView]) -> str:
    """What matters first: a phone shows some forty characters."""
    top = min(stories, key=lambda s: not s.urgent, default=None)
    if at_once and top:
        mark = f"{top.mark}, " if top.mark not in ("", "Updated") else ""
        said = top.plain_headline
        if mark:
            said = said[len(marks.taken_back_or_put_right(said)) :]
        return _cut(f"{mark}{_alone_heading(stories)}: {said}", 180)
    return _cut(f"{name}, {day}: {summary}{f' · {top.plain_headline}' if top else ''}", 180)


def _alone_heading(stories: list[StoryView]) -> str:
    rules = " + ".join(dict.fromkeys(rule for story in stories for rule in story.rules))
    return _cut(rules or "newswatch", 80)


def _preheader(stories: list[StoryView], at_once: bool) -> str:
    """What an inbox shows beside the subject: what the subject does not say yet."""
    if at_once:
        said = ["".join(p.text for p in passage) for s in stories for passage in s.excerpts[:1]]
    else:
        said = [story.plain_headline for story in stories[1:4]]
    return _cut(" · ".join(said), 140)


# ── stories ─────────────────────────────────────────────────────────────────────────────────


def _sections(items: tuple[Item, ...], local: Local) -> Iterator[Section]:
    """Each story once, under the first rule that asked for it; urgent rules first."""
    ordered = sorted(items, key=lambda item: _RANK[item.priority])
    stories: dict[str, list[Item]] = {}
    for item in ordered:
        stories.setdefault(item.story, []).append(item)
    rules: dict[str, list[list[Item]]] = {}
    for carried in stories.values():
        rules.setdefault(carried[0].rule, []).append(carried)
    for number, (rule, groups) in enumerate(rules.items(), 1):
        newest = sorted(groups, key=lambda carried: carried[0].story)
        newest.sort(key=lambda carried: max(i.version.time for i in carried), reverse=True)
        newest.sort(key=lambda carried: (_RANK[carried[0].priority], not _puts_right(carried)))
        yield Section(number, _cut(rule, 80), tuple(_story(carried, local) for carried in newest))


def _late(digest: Digest, local: Local) -> str:
    """What is said of a letter that stands for others, or comes after its time."""
    said = []
    if digest.together:
        said.append(
            f"More than {counted(digest.together, 'letter')} within an hour: here is the rest in one."
        )
    if digest.late:
        said.append("This letter is late.")
    if digest.missed:
        missed = counted(digest.missed, "digest")
        said.append(f"You missed {missed}: this one carries what would have stood there.")
    if digest.late or digest.missed:
        said.append(f"It covers {_span(digest.since, digest.until, local)}.")
    return " ".join(said)


def _contents(sections: tuple[Section, ...]) -> tuple[tuple[str, int, int], ...]:
    counts = tuple((s.rule, len(s.stories), s.number) for s in sections)
    return counts if len(counts) > 1 and sum(n for _, n, _ in counts) >= CONTENTS else ()


def first(page: Page, stories: int, letter: str) -> Page:
    """*page* with the first of each rule's stories, *stories* in all at most, shared out evenly, and at
    the end where the rest of *letter* stands. A rule without any is left out.
    """
    sizes = [len(section.stories) for section in page.sections]
    left = sum(sizes) - stories
    if left <= 0:
        return page
    shares = dict[int, int]()
    room = stories
    for done, n in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[n] = min(sizes[n], -(-room // (len(sizes) - done)))
        room -= shares[n]
    kept = tuple(
        replace(section, stories=section.stories[: shares[n]], more=sizes[n] - shares[n])
        for n, section in enumerate(page.sections)
        if shares[n]
    )
    more = counted(left, "more story", "more stories")
    rest = f"{more}: this letter's text part has them, and `newswatch outbox show {letter[:8]}`."
    contents = tuple(entry for entry in page.contents if shares[entry[2] - 1])
    return replace(page, sections=kept, rest=rest, contents=contents)


def _shortened(sections: Iterable[Section]) -> tuple[Section, ...]:
    """The sections as they are, the stories beyond the first 25 without passages."""
    room = FULL
    found = []
    for section in sections:
        short = (replace(story, excerpts=(), related=()) for story in section.stories[room:])
        found.append(replace(section, stories=(*section.stories[:room], *short)))
        room = max(0, room - len(section.stories))
    return tuple(found)


def _about(carried: list[Item], occasion: str) -> bool:
    return any(item.occasion.startswith(f"{occasion}:") for item in carried)


def _puts_right(carried: list[Item]) -> bool:
    return any(_about(carried, what) for what in PUTS_RIGHT)


def _mark(carried: list[Item], version: Version, told: Version | None) -> Mark:
    """What became of a story since the reader was told of it, in a word."""
    if _about(carried, "withdrawn") or _about(carried, "retraction"):
        return "Withdrawn"
    if _about(carried, "correction") or _about(carried, "return"):
        return "Corrected"
    if _about(carried, "reinstated"):
        return "Reinstated"
    changed = any(i.revision for i in carried) or version.n > 1 or told is not None
    return "Updated" if changed else ""


def _story(carried: list[Item], local: Local) -> StoryView:
    version = max((i.version for i in carried), key=lambda v: (v.first_seen, v.n, v.id))
    spans = tuple(
        s
        for i in carried
        if i.version.id == version.id
        for s in i.spans
        if 0 <= s.start < s.end <= len(version.title if s.field == "title" else version.text)
    )
    revision = next((i.revision for i in carried if i.revision), None)
    told = next((i.told for i in carried if i.told is not None), None)
    account, said = _account(carried, version, revision, local)
    excerpts = tuple(tuple(passage) for passage in _excerpts(version, spans))
    shown = safe_line(" ".join("".join(p.text for p in passage) for passage in excerpts))
    first = next((i.first_title for i in carried if i.first_title), "")
    copies = tuple(dict.fromkeys(copy for i in carried for copy in i.copies))
    own = newsrooms.house(version.credit or version.newsroom)
    others, prints = _by_house((c for c in copies if c.relation == "same"), own, version.newsroom)
    related, _ = _by_house((c for c in copies if c.relation == "related"), "", "")
    mark = _mark(carried, version, told)
    return StoryView(
        headline=tuple(_headline(version, spans, mark)),
        plain_headline=_plain_headline(version),
        href=href(version.url),
        newsroom=_cut(newsrooms.named(version.newsroom or version.source, version.credit), 80),
        time=local.moment(version.time),
        urgent=any(i.priority == "urgent" for i in carried),
        mark=mark,
        account=account,
        excerpts=excerpts,
        facts=tuple(
            _facts(carried, version, revision, None if account else told, first, said, shown)
        ),
        same=_reports(others[:NEWSROOMS], local),
        more_same=max(0, len(others) - NEWSROOMS),
        elsewhere=_reports(prints[:NEWSROOMS], local),
        more_elsewhere=max(0, len(prints) - NEWSROOMS),
        related=_reports(related[:RELATED], local),
        rules=tuple(_cut(rule, 80) for rule in dict.fromkeys(i.rule for i in carried)),
    )


def href(url: str) -> str:
    """*url* when it is a plain web address that a letter may link to, else ''."""
    if len(url) > 2000 or url != "".join(safe_text(url).split()) or '"' in url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else ""


def _plain_headline(version: Version) -> str:
    return _cut(version.title, HEADLINE) or _cut(lead(version.text), 120) or "(no headline)"


def _headline(version: Version, spans: tuple[Span, ...], mark: Mark) -> list[Piece]:
    if len(version.title) > HEADLINE or not safe_line(version.title):
        return [Piece(_plain_headline(version))]
    found = [s for s in spans if s.field == "title"]
    said = mark in ("Corrected", "Withdrawn")
    start = len(marks.taken_back_or_put_right(version.title)) if said else 0
    return list(_pieces(version.title, start, len(version.title), found))


def _excerpts(version: Version, spans: tuple[Span, ...]) -> Iterator[list[Piece]]:
    """The lead, and passages around what was found beyond it."""
    text = version.text
    end = len(lead(text))
    found = sorted((s for s in spans if s.field == "text"), key=lambda s: s.start)
    if end:
        passage = list(_pieces(text, 0, min(end, PASSAGE), found))
        rest = text[end : end + 1] not in ("", "\n") or end > PASSAGE
        yield [*passage, Piece(" …")] if rest else passage
    windows: list[tuple[int, int]] = []
    for span in found:
        if span.start >= end and len(windows) < EXCERPTS:
            start, stop = _window(text, span, end)
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], min(max(stop, windows[-1][1]), start + PASSAGE))
            else:
                windows.append((start, stop))
    for start, stop in windows:
        passage = list(_pieces(text, start, stop, found))
        if start and text[start - 1] != "\n":
            passage.insert(0, Piece("… "))
        if stop < len(text) and text[stop] != "\n":
            passage.append(Piece(" …"))
        yield passage


def _window(text: str, span: Span, floor: int) -> tuple[int, int]:
    """Where the passage around *span* begins and ends: its paragraph, cut between words."""
    low = max(floor, text.rfind("\n", 0, span.start) + 1, span.start - BEFORE)
    if low and not text[low - 1].isspace():
        space = text.find(" ", low, span.start)
        low = space + 1 if space >= 0 else low
    while low < span.start and text[low].isspace():
        low += 1
    line = text.find("\n", span.start)
    high = min(len(text) if line < 0 else line, span.start + PASSAGE, span.end + BEHIND)
    if high < len(text) and not text[high].isspace():
        space = text.rfind(" ", span.end, high)
        high = space if space >= 0 else high
    return low, high


def _pieces(text: str, start: int, stop: int, spans: Iterable[Span]) -> Iterator[Piece]:
    """text[start:stop] in runs, those of *spans* marked; neighbours with a space between are one."""
    runs: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        low, high = max(span.start, start), min(span.end, stop)
        if low >= high:
            continue
        if runs and not text[runs[-1][1] : low].strip():
            runs[-1] = (runs[-1][0], max(runs[-1][1], high))
        else:
            runs.append((low, high))
    at = start
    for low, high in runs:
        if at < low:
            yield Piece(safe_text(text[at:low]))
        yield Piece(safe_text(text[low:high]), marked=True)
        at = high
    if at < stop:
        yield Piece(safe_text(text[at:stop]))


# ── what changed ────────────────────────────────────────────────────────────────────────────


def _account(
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
    whose = _cut(newsrooms.named(version.newsroom or version.source, version.credit), 80)
    begun = f"{told_when[0].upper()}{told_when[1:]} we told you “{_cut(item.told.title, HEADLINE)}”; {when}"
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
            Piece(_cut(change.old, 60), marked=True),
            Piece(" to "),
            Piece(_cut(change.new, 60), marked=True),
        ]
    return (*pieces, Piece(".")), frozenset(swapped)


def _facts(
    carried: list[Item],
    version: Version,
    revision: Revision | None,
    told: Version | None,
    first: str,
    said: frozenset[Change],
    shown: str,
) -> Iterator[tuple[str, str]]:
    """What changed beside what the account has *said* and the passages have *shown*."""
    headlines = {_cut(version.title, HEADLINE), ""}
    if not told:  # nothing was told, or the account says it
        headlines |= {_cut(i.told.title, HEADLINE) for i in carried if i.told is not None}
    changes = revision.changes if revision else ()
    before = [told.title if told else "", first, *(c.old for c in changes if c.what == "headline")]
    for old in dict.fromkeys(_cut(said, HEADLINE) for said in before):
        if old not in headlines:
            yield "You were told" if told else "It said at first", old
            break
    if revision and revision.note:
        yield "The wire says", _cut(revision.note.splitlines()[0], PASSAGE)
    late = {i.rule: i.first_found for i in carried if i.occasion == "first"}
    for found in sorted(set(late.values()) - {1}):
        by = [_cut(rule, 80) for rule, number in late.items() if number == found]
        whose = f", by {few(by, 3)}" if len(late) > len(by) else ""
        yield "Found", f"first in version {found} of this article{whose}"
    gone = tuple(dict.fromkeys(word for i in carried for word in i.gone))[:FIGURES]
    if gone and not any(i.spans for i in carried):
        words = ", ".join(_cut(word, 60) for word in gone)
        yield "No longer in it", f"{words}, which your rule found in an earlier text"
    figures = [_change(c) for c in changes if c.what in FACTS and c not in said]
    if figures and not _about(carried, "retraction"):  # nothing of it holds
        yield "Changed", few(figures, FIGURES)
    passages = (
        c.new for c in changes
        if c.what in ("text", "quote") and c.new and c.new != c.old and safe_line(c.new[:BEHIND]) not in shown
    )  # fmt: skip
    if revision and revision.kind != "correction" and (new := next(passages, "")):
        yield "New", _cut(new, 300)


def _change(change: Change) -> str:
    old, new = _cut(change.old, 60), _cut(change.new, 60)
    return f"{old} → {new}" if old and new else f"{new} is new" if new else f"{old} is gone"


def _by_house(copies: Iterable[Copy], own: str, newsroom: str) -> tuple[list[Copy], list[Copy]]:
    """One copy a house other than *own*: its own before one printed elsewhere, then the first. And
    what other newsrooms than *newsroom* print of the *own* house's, one each.
    """
    houses: dict[str, Copy] = {}
    prints: dict[str, Copy] = {}
    for copy in sorted(copies, key=lambda c: (c.first_seen, c.url)):
        house = newsrooms.house(copy.credit or copy.newsroom)
        if own and house == own:
            if copy.newsroom != newsroom:
                prints.setdefault(copy.newsroom, copy)
            continue
        known = houses.setdefault(house, copy)
        if _printed(known) and not _printed(copy):
            houses[house] = copy
    return list(houses.values()), list(prints.values())


def _printed(copy: Copy) -> bool:
    return bool(newsrooms.printed_by(copy.newsroom, copy.credit))


def _reports(copies: Iterable[Copy], local: Local) -> tuple[Report, ...]:
    return tuple(
        Report(
            _cut(newsrooms.named(c.newsroom, c.credit), 80) or "another wire",
            _cut(c.title, HEADLINE),
            href(c.url),
            local.moment(c.first_seen),
        )
        for c in copies
    )


# ── for the operator ────────────────────────────────────────────────────────────────────────

WHOSE = {
    "feed": "feed {}", "overflow": "feed {}", "letter": "letters to {}",
    "mail": "the {}", "store": "store {}", "disk": "the disk of {}", "clock": "{}", "crash": "{}",
}  # fmt: skip


def _notices(digest: Digest, local: Local) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """What troubles newswatch, and what does no more, a line each, the first 50."""
    lasting = [t for t in digest.troubles if t.until is None]
    happened = [t for t in digest.troubles if t.until is not None]
    for heading, found in (
        ("In trouble", lasting), ("Over already", happened), ("Well again", digest.over),
    ):  # fmt: skip
        lines = tuple(_notice(trouble, local) for trouble in found[:NOTICES])
        if len(found) > NOTICES:
            lines = (*lines, f"and {len(found) - NOTICES:,} more: see `newswatch status`")
        if lines:
            yield heading, len(found), lines


def _notice(trouble: Trouble, local: Local) -> str:
    whose = WHOSE.get(trouble.kind, "{}").format(_cut(trouble.subject, 80))
    when = f"since {local.moment(trouble.since)}"
    if trouble.until is not None:
        when = local.moment(trouble.since)
        if trouble.until > trouble.since:
            when = f"{when} to {local.moment(trouble.until)}"
    return f"{whose[:1].upper()}{whose[1:]}, {when}: {_cut(trouble.says, 300)}"


# ── foot ────────────────────────────────────────────────────────────────────────────────────


def _trouble(trouble: SourceTrouble, local: Local) -> str:
    feed, reason = _cut(trouble.feed, 80), _cut(trouble.reason, 200)
    if trouble.resting_until is not None:
        return f"{feed}: resting until {local.moment(trouble.resting_until)}, {reason}"
    since = f", since {local.moment(trouble.since)}" if trouble.since else ""
    return f"{feed}: {reason}{since}"


def _figures(digest: Digest) -> Iterator[str]:
    foot = digest.footer
    if foot.feeds:
        yield f"{counted(foot.feeds, 'source')} watched"
    if foot.articles:
        period = " in the last day" if digest.name == AT_ONCE else ""
        yield f"{counted(foot.articles, 'article')} read{period}"
    if foot.latency is not None:
        yield f"half of them seen within {_lasting(foot.latency)} of publication"


# ── words for figures ───────────────────────────────────────────────────────────────────────


def _cut(said: str, longest: int) -> str:
    line = safe_line(said[: longest * 4])
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _span(since: datetime, until: datetime, local: Local) -> str:
    return f"{local.moment(since)} to {local.moment(until)}"
