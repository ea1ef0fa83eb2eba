"""What a letter says, before it has a form: stories in order, excerpts, changes, footer.

Rule: every string that leaves this file is plain, safe and bounded; the templates only lay it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from newswatch import marks, newsrooms
from newswatch.dates import Local
from newswatch.digest import changed
from newswatch.digest.envelope import leaving, mailto
from newswatch.digest.foot import AT_ONCE, Foot, foot, period
from newswatch.digest.notices import notices as operator_notices
from newswatch.digest.pieces import (
    HEADLINE,
    PASSAGE,
    Piece,
    around,
    cut,
    direction,
    href,
    language,
    marked,
    plain_headline,
)
from newswatch.digest.standing_out import SurgeView, views
from newswatch.digest.standing_out import summary as surges_in_all
from newswatch.model import (
    Copy,
    Digest,
    Item,
    Span,
    Version,
)
from newswatch.text import lead, safe_line
from newswatch.wording import counted, sparkline

EXCERPTS = 2  # passages beyond the lead
FULL = 25  # stories shown with passages: a longer letter is leafed through, not read
CONTENTS = 12  # stories from which on a letter of several rules lists its contents
BARS, BARRED = 24, 5  # bars of a sparkline, and stories from which on a rule has one
LEAST_STEP = timedelta(minutes=5)
NEWSROOMS, RELATED = 8, 4

TRIAL = (
    "This letter is a test. It was sent by hand, to see whether letters from newswatch arrive; it"
    " tells of no story, and whoever reads it need do nothing."
)

CORRECTIONS = "Corrections"
PUTS_RIGHT = ("correction", "retraction", "return", "withdrawn", "reinstated")
Mark = Literal["", "Withdrawn", "Reinstated", "Corrected", "Updated"]
_RANK = {"urgent": 0, "normal": 1, "low": 2}


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
    lang: str  # '' where it is not known
    direction: Literal["ltr", "rtl"]

    @property
    def reported_by(self) -> str:
        """How other newsrooms' reports are introduced."""
        count = len(self.same) + self.more_same
        return f"Also reported by {count:,} newsrooms:" if count > 1 else "Also reported by"


@dataclass(frozen=True, slots=True)
class Section:
    """The stories first asked for by one rule, or, not *of_one_rule*, what puts right what was told; *more*
    of them left out here; *number* from 1. *bars* are a sparkline of when they were told, '' where there are few.
    """

    number: int
    heading: str
    stories: tuple[StoryView, ...]
    more: int = 0
    of_one_rule: bool = True
    bars: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole letter."""

    subject: str
    heading: str
    dateline: str
    opening: str  # how many stories, corrections and rules
    preheader: str
    late: str
    nothing: str  # what is said where no story is
    contents: tuple[tuple[str, int, int], ...]  # rules, their stories and their sections' numbers
    scale: str  # what the sections' bars show, '' where the contents have none
    notices: tuple[
        tuple[str, int, tuple[str, ...]], ...
    ]  # the operator's: heading, how many, lines
    rest: str  # what stands at the place where stories were left out
    surges: tuple[SurgeView, ...]
    sections: tuple[Section, ...]
    foot: Foot
    leave: tuple[str, str, str]  # an address to write to, the subject, both as a link; '' for none
    reader: str
    alone: bool  # one story or surge at once, not a digest


def page(digest: Digest, *, trial: bool = False) -> Page:
    """The letter's content, made from *digest* alone; a *trial* says of itself that it is one."""
    local = Local(ZoneInfo(digest.person.zone), digest.person.lang)
    where, _ = leaving(digest.name, digest.sender)
    sections = _shortened(_sections(digest, local))
    stories = [story for section in sections for story in section.stories]
    standing_out = views(digest.surges, local)
    letter_at_once = digest.name == AT_ONCE and not digest.together
    at_once = letter_at_once and len(stories) + len(standing_out) <= 1
    name = "alerts" if digest.together else cut(digest.name, 60)
    asked = [*(s.rule for s in standing_out), *(rule for story in stories for rule in story.rules)]
    heading = cut(" + ".join(dict.fromkeys(asked)) or "newswatch", 80)
    if letter_at_once and not at_once:
        name = heading
    summary = counted(len(stories), "story", "stories") if stories else "nothing new"
    if standing_out:
        summary = f"{surges_in_all(standing_out)}{f', {summary}' if stories else ''}"
    for mark in ("Corrected", "Withdrawn", "Reinstated"):
        if marked := sum(story.mark == mark for story in stories):
            summary = f"{summary}, {marked:,} {mark.lower()}"
    rules = set(asked)
    opening = f"{summary}, for {counted(len(rules), 'rule')}" if rules else summary
    nothing = "" if standing_out else "Nothing new was found for your rules."
    if trial:
        name, summary, nothing = "newswatch test letter", "a test, no news", TRIAL
        opening = summary
    notices = tuple(operator_notices(digest, local))
    if notices:
        name, nothing = "newswatch itself", ""
        summary = ", ".join(f"{count:,} {heading.lower()}" for heading, count, _ in notices)
        opening = summary
    subject = f"unsubscribe {heading if letter_at_once else name}"
    alone = standing_out[0] if at_once and standing_out else None
    return Page(
        subject=cut(f"{alone.kind}, {heading}: {alone.headline}", 180)
        if alone
        else _subject(name, heading, at_once, summary, local.day(digest.at), stories),
        heading=heading if at_once else name,
        dateline=local.moment(digest.at, year=True),
        opening=opening,
        preheader=cut(alone.said, 140) if alone else _preheader(stories, at_once),
        late=_late(digest, local),
        nothing=nothing,
        contents=_contents(sections),
        scale=f"Bars: when the stories were told, {period(digest.since, digest.until, local)}."
        if _contents(sections) and any(section.bars for section in sections)
        else "",
        notices=notices,
        rest="",
        surges=standing_out,
        sections=sections,
        foot=foot(digest, local),
        leave=("", "", "") if trial or not where else (where, subject, mailto(where, subject)),
        reader=cut(digest.person.name, 80),
        alone=at_once,
    )


# ── head ────────────────────────────────────────────────────────────────────────────────────


def _subject(
    name: str, heading: str, at_once: bool, summary: str, day: str, stories: list[StoryView]
) -> str:
    """What matters first: a phone shows some forty characters."""
    top = min(stories, key=lambda s: not s.urgent, default=None)
    if at_once and top:
        mark = f"{top.mark}, " if top.mark not in ("", "Updated") else ""
        said = top.plain_headline
        if mark:
            said = said[len(marks.taken_back_or_put_right(said)) :]
        return cut(f"{mark}{heading}: {said}", 180)
    return cut(f"{name}, {day}: {summary}{f' · {top.plain_headline}' if top else ''}", 180)


def _preheader(stories: list[StoryView], at_once: bool) -> str:
    """What an inbox shows beside the subject: what the subject does not say yet."""
    if at_once:
        shown_first = ((s.account,) if s.account else s.excerpts[:1] for s in stories)
        said = ["".join(p.text for p in passage) for found in shown_first for passage in found]
    else:
        said = [story.plain_headline for story in stories[1:4]]
    return cut(" · ".join(said), 140)


# ── stories ─────────────────────────────────────────────────────────────────────────────────


def _sections(digest: Digest, local: Local) -> Iterator[Section]:
    """What puts right what was told, then each story once, under the first rule that asked for it; urgent
    rules first.
    """
    ordered = sorted(digest.items, key=lambda item: _RANK[item.priority])
    stories: dict[str, list[Item]] = {}
    for item in ordered:
        stories.setdefault(item.story, []).append(item)
    sections: dict[tuple[bool, str], list[list[Item]]] = {}
    for carried in stories.values():
        put_right = _puts_right(carried)
        heading = CORRECTIONS if put_right else carried[0].rule
        sections.setdefault((not put_right, heading), []).append(carried)
    corrections_first = sorted(sections.items(), key=lambda section: section[0][0])
    for number, ((news, heading), groups) in enumerate(corrections_first, 1):
        newest = sorted(groups, key=lambda carried: carried[0].story)
        newest.sort(key=lambda carried: max(i.version.time for i in carried), reverse=True)
        newest.sort(key=lambda carried: _RANK[carried[0].priority])
        stories_of = tuple(_story(carried, local) for carried in newest)
        told = [max(i.version.time for i in carried) for carried in groups]
        bars = _bars(told, digest.since, digest.until)
        yield Section(number, cut(heading, 80), stories_of, of_one_rule=news, bars=bars)


def _bars(told: list[datetime], since: datetime, until: datetime) -> str:
    """A sparkline of when so many stories were told in a period; '' for a few, which are read sooner than it."""
    step = (until - since) / BARS
    if len(told) < BARRED or step < LEAST_STEP:
        return ""
    places = [(at - since) // step for at in told if since <= at < until]
    return sparkline([places.count(n) for n in range(BARS)]) if len(set(places)) > 1 else ""


def _late(digest: Digest, local: Local) -> str:
    """What is said of a letter that stands for others, or comes after its time."""
    said = []
    if digest.together:
        said.append(
            f"More than {counted(digest.together, 'letter')} within an hour: here is the rest in one. What"
            " comes now waits for the hour to be over, unless it is urgent."
        )
    if digest.late:
        said.append("This letter is late.")
    if digest.missed:
        missed = counted(digest.missed, "digest")
        said.append(f"You missed {missed}: this one carries what would have stood there.")
    if digest.late or digest.missed:
        said.append(f"It covers {period(digest.since, digest.until, local)}.")
    return " ".join(said)


def _contents(sections: tuple[Section, ...]) -> tuple[tuple[str, int, int], ...]:
    counts = tuple((s.heading, len(s.stories), s.number) for s in sections)
    return counts if len(counts) > 1 and sum(n for _, n, _ in counts) >= CONTENTS else ()


def first(page: Page, stories: int, letter: str) -> Page:
    """*page* with the first of each rule's stories, *stories* in all at most, shared out evenly, and at
    the end where the rest of *letter* stands. A rule without any is left out.
    """
    sizes = [len(section.stories) for section in page.sections]
    left = sum(sizes) - stories
    if left <= 0:
        return page
    shares = _shared_out(stories, sizes)
    kept = tuple(
        replace(section, stories=section.stories[: shares[n]], more=sizes[n] - shares[n])
        for n, section in enumerate(page.sections)
        if shares[n]
    )
    more = counted(left, "more story", "more stories")
    rest = f"{more}: this letter's text part has them, and `newswatch outbox show {letter[:8]}`."
    contents = tuple(entry for entry in page.contents if shares[entry[2] - 1])
    return replace(page, sections=kept, rest=rest, contents=contents)


def _shared_out(room: int, sizes: list[int]) -> list[int]:
    """How much of *room* each of *sizes* has, evenly, what the small ones leave going to the others."""
    shares = [0] * len(sizes)
    for done, n in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[n] = min(sizes[n], -(-room // (len(sizes) - done)))
        room -= shares[n]
    return shares


def _shortened(sections: Iterable[Section]) -> tuple[Section, ...]:
    """The sections as they are, but for the stories beyond 25, shared out, which have no passages."""
    whole = tuple(sections)
    shares = _shared_out(FULL, [len(section.stories) for section in whole])
    found = []
    for section, share in zip(whole, shares, strict=True):
        short = (replace(story, excerpts=(), related=()) for story in section.stories[share:])
        found.append(replace(section, stories=(*section.stories[:share], *short)))
    return tuple(found)


def _puts_right(carried: list[Item]) -> bool:
    return any(changed.about(carried, what) for what in PUTS_RIGHT)


def _mark(carried: list[Item], version: Version, told: Version | None) -> Mark:
    """What became of a story since the reader was told of it, in a word."""
    if changed.about(carried, "withdrawn") or changed.about(carried, "retraction"):
        return "Withdrawn"
    if changed.about(carried, "correction") or changed.about(carried, "return"):
        return "Corrected"
    if changed.about(carried, "reinstated"):
        return "Reinstated"
    altered = any(i.revision for i in carried) or version.n > 1 or told is not None
    return "Updated" if altered else ""


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
    account, said = changed.account(carried, version, revision, local)
    excerpts = tuple(tuple(passage) for passage in _excerpts(version, spans))
    told_already = safe_line(" ".join("".join(p.text for p in passage) for passage in excerpts))
    first = next((i.first_title for i in carried if i.first_title), "")
    copies = tuple(dict.fromkeys(copy for i in carried for copy in i.copies))
    own = newsrooms.house(version.credit or version.newsroom)
    others, prints = _by_house((c for c in copies if c.relation == "same"), own, version.newsroom)
    related, _ = _by_house((c for c in copies if c.relation == "related"), "", "")
    mark = _mark(carried, version, told)
    return StoryView(
        headline=tuple(_headline(version, spans, mark)),
        plain_headline=plain_headline(version),
        href=href(version.url),
        newsroom=cut(newsrooms.named(version.newsroom or version.source, version.credit), 80),
        time=local.moment(version.time),
        urgent=any(i.priority == "urgent" for i in carried),
        mark=mark,
        account=account,
        excerpts=excerpts,
        facts=tuple(
            changed.facts(
                carried, version, revision, None if account else told, first, said, told_already
            )
        ),
        same=_reports(others[:NEWSROOMS], local),
        more_same=max(0, len(others) - NEWSROOMS),
        elsewhere=_reports(prints[:NEWSROOMS], local),
        more_elsewhere=max(0, len(prints) - NEWSROOMS),
        related=_reports(related[:RELATED], local),
        rules=tuple(cut(rule, 80) for rule in dict.fromkeys(i.rule for i in carried)),
        lang=language(version),
        direction=direction(version.title or version.text),
    )


def _headline(version: Version, spans: tuple[Span, ...], mark: Mark) -> list[Piece]:
    if len(version.title) > HEADLINE or not safe_line(version.title):
        return [Piece(plain_headline(version))]
    found = [s for s in spans if s.field == "title"]
    said = mark in ("Corrected", "Withdrawn")
    start = len(marks.taken_back_or_put_right(version.title)) if said else 0
    return list(marked(version.title, start, len(version.title), found))


def _excerpts(version: Version, spans: tuple[Span, ...]) -> Iterator[list[Piece]]:
    """The lead, and passages around what was found beyond it."""
    text = version.text
    end = len(lead(text))
    found = sorted((s for s in spans if s.field == "text"), key=lambda s: s.start)
    if end:
        passage = list(marked(text, 0, min(end, PASSAGE), found))
        rest = text[end : end + 1] not in ("", "\n") or end > PASSAGE
        yield [*passage, Piece(" …")] if rest else passage
    windows: list[tuple[int, int]] = []
    for span in found:
        if span.start >= end and len(windows) < EXCERPTS:
            start, stop = around(text, span, end)
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], min(max(stop, windows[-1][1]), start + PASSAGE))
            else:
                windows.append((start, stop))
    for start, stop in windows:
        passage = list(marked(text, start, stop, found))
        if start and text[start - 1] != "\n":
            passage.insert(0, Piece("… "))
        if stop < len(text) and text[stop] != "\n":
            passage.append(Piece(" …"))
        yield passage


# ── who else has it ─────────────────────────────────────────────────────────────────────────


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
            cut(newsrooms.named(c.newsroom, c.credit), 80) or "another wire",
            cut(c.title, HEADLINE),
            href(c.url),
            local.moment(c.first_seen),
        )
        for c in copies
    )
