"""Who is told? Every version is run against the rules, and a correction goes to whoever was told.

Rule: a notification is owed once a recipient, digest, rule, story and occasion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from newswatch import dedup, text, versions
from newswatch.ingest.standing import Standing
from newswatch.model import Match, Notification, Rule, Span, Version
from newswatch.store import Known

AT_ONCE = "now"
PROVISIONAL = timedelta(hours=6)  # for so long a headline related to what was told says nothing new


class Telling:
    """Matches and notifications of a changeset in the making. *version* finds a version by its id,
    *merged* names the stories that have become others.
    """

    def __init__(
        self,
        known: Known,
        standing: Standing,
        now: datetime,
        version: Callable[[str], Version | None],
        merged: Mapping[str, str],
    ) -> None:
        self._known = known
        self._standing = standing
        self._now = now
        self._version = version
        self._merged = merged
        self.matches: list[Match] = []
        self.owed: dict[tuple[str, str, str, str, str], Notification] = {}

    def judge(
        self, version: Version, story: str, *, quiet: bool, related: tuple[str, ...] = ()
    ) -> None:
        """Run the rules on a version; a *quiet* one's matches owe nobody. A headline whose *related*
        stories a rule told somebody of, within six hours and for the same words, tells them nothing.
        """
        for rule, spans in self._standing.rules.matches(version):
            self.matches.append(
                Match(rule.name, version.id, version.article, story, self._now, spans)
            )
            if rule.threshold is not None:
                continue  # it tells of how much it finds, and of no story
            if not quiet and not self._known.silent(rule.name, self._now):
                heard = self._heard(rule, version, spans, related)
                for recipient, digest in self._audience(rule):
                    if (recipient, digest) in heard:
                        continue
                    occasion = self._occasion(recipient, digest, rule, story, version)
                    self._owe(recipient, digest, rule, story, occasion, version)

    def _occasion(
        self, recipient: str, digest: str, rule: Rule, story: str, version: Version
    ) -> str:
        """On what a match tells somebody: "first", or "repeat" where they are told at once and want to hear
        of a story again that is still reported so long after they last did.
        """
        said = rule.grouping.repeat
        repeat = self._standing.repeats.get(recipient, 0) if said is None else said
        if not repeat or digest != AT_ONCE:
            return "first"
        told = [
            n.at
            for n in self._told_of(story)
            if (n.recipient, n.digest, n.rule) == (recipient, digest, rule.name)
        ]
        again = told and self._now - max(told) >= timedelta(seconds=repeat)
        return f"repeat:{version.id}" if again else "first"

    def _heard(
        self, rule: Rule, version: Version, spans: tuple[Span, ...], related: tuple[str, ...]
    ) -> set[tuple[str, str]]:
        """Who was just told by *rule* of a related story that says all this headline says."""
        found = set()
        for story in related:
            for n in self._told_of(story):
                if n.rule != rule.name or not self._now - PROVISIONAL <= n.at:
                    continue
                told = self._version(n.version)
                if told is not None and self._says_no_more(version, spans, told, rule):
                    found.add((n.recipient, n.digest))
        return found

    def _says_no_more(
        self, headline: Version, spans: tuple[Span, ...], told: Version, rule: Rule
    ) -> bool:
        words = {
            s.word for r, found in self._standing.rules.matches(told) for s in found if r == rule
        }
        said = f"{told.title}\n{told.text}"
        return (
            {span.word for span in spans} <= words
            and not dedup.names_another(headline, told)
            and set(text.numbers(headline.title)) <= set(text.numbers(said))
        )

    def _audience(self, rule: Rule) -> tuple[tuple[str, str], ...]:
        pairs = {pair: None for name in rule.tell for pair in self._standing.audience.get(name, ())}
        return tuple(pairs)

    def correct(
        self, version: Version, story: str, note: str, slips: tuple[versions.Slip, ...] = ()
    ) -> None:
        """Tell of a correction whoever was told of the story, but for those who were told of a text
        that has the same *note*, or where no note says more, what the *slips* put right: the same
        sentence, or the new figure or name and nowhere the old one.
        """
        told = self._told_of(story)
        heard = {
            (n.recipient, n.digest, n.rule)
            for n in told
            if self._same_text(n.version, version)
            or (note and note in self._notes(n.version))
            or ((not note or _names(note, slips)) and self._says(n.version, slips))
        }
        for n in told:
            if n.occasion == "first" and (n.recipient, n.digest, n.rule) not in heard:
                rule = Rule(n.rule, "", priority=n.priority)
                self._owe(n.recipient, n.digest, rule, story, f"correction:{version.id}", version)

    def update(self, version: Version, story: str) -> None:
        """Tell whoever was told of the story of an article that takes an older one's place."""
        for n in self._told_of(story):
            if n.occasion == "first" and n.article != version.article:
                rule = Rule(n.rule, "", priority=n.priority)
                self._owe(n.recipient, n.digest, rule, story, f"update:{version.id}", version)

    def retract(self, version: Version, story: str) -> None:
        """Tell whoever was told of the story that the wire takes it back in so many words, once."""
        told = self._told_of(story)
        heard = {(n.recipient, n.digest, n.rule) for n in told if _is(n, "retraction")}
        for n in told:
            if n.occasion == "first" and (n.recipient, n.digest, n.rule) not in heard:
                rule = Rule(n.rule, "", priority=n.priority)
                self._owe(n.recipient, n.digest, rule, story, f"retraction:{version.id}", version)

    def withdraw(self, version: Version, story: str) -> None:
        """Tell whoever was told of an article that its page is gone for good."""
        for told in self._by_reader(version.article, story):
            gone, back = _about(told, "withdrawn"), _about(told, "reinstated")
            if len(gone) == len(back) and not _about(told, "retraction"):
                occasion = f"withdrawn:{version.article}{_again(gone)}"
                self._owe_after(told[0], story, occasion, version, back[-1:])

    def reinstate(self, version: Version, story: str) -> None:
        """An article's page answers again: take back the word that it was gone."""
        for told in self._by_reader(version.article, story):
            gone, back = _about(told, "withdrawn"), _about(told, "reinstated")
            if len(gone) > len(back):
                occasion = f"reinstated:{version.article}{_again(back)}"
                self._owe_after(told[0], story, occasion, version, gone[-1:])

    def go_back(self, left: Version, version: Version, story: str) -> None:
        """The wire gave a text up for an older one: take the correction in it back, and tell whoever was
        first told of a text that says otherwise in figures or names. Once a text that was left: a
        cache that shows two texts by turns is no news each time.
        """
        for told in self._by_reader(version.article, story):
            untrue = [n for n in told if self._says_otherwise(n, version)]
            if untrue:
                self._owe_after(told[0], story, f"return:{left.id}", version, untrue)

    def _says_otherwise(self, n: Notification, version: Version) -> bool:
        """Whether *n* told of a later text than *version*, and of something else."""
        told = self._version(n.version)
        if told is None or told.n <= version.n:
            return False
        if _is(n, "correction") or _is(n, "retraction"):
            return True
        return n.occasion == "first" and bool(versions.slips(told, version))

    def _by_reader(self, article: str, story: str) -> Iterable[list[Notification]]:
        """What was told, or is to be, of an article: a list a recipient, digest and rule."""
        told: dict[tuple[str, str, str], list[Notification]] = {}
        for n in self._told_of(story):
            if n.article == article:
                told.setdefault((n.recipient, n.digest, n.rule), []).append(n)
        return told.values()

    def _owe_after(
        self, before: Notification, story: str, occasion: str, version: Version,
        unsaid: list[Notification],
    ) -> None:  # fmt: skip
        """Owe the reader of *before* a word that takes back what was *unsaid* by it."""
        rule = Rule(before.rule, "", priority=before.priority)
        unsays = tuple((n.story, n.occasion) for n in unsaid)
        self._owe(before.recipient, before.digest, rule, story, occasion, version, unsays)

    def tells_of(self, article: str, story: str) -> bool:
        """Whether anybody was, or is to be, told of an article."""
        return any(n.article == article for n in self._told_of(story))

    def told_of(self, story: str) -> bool:
        """Whether anybody was, or is to be, told of a story."""
        return bool(self._told_of(story))

    def _same_text(self, told: str, version: Version) -> bool:
        """Whether what was told is *version*'s to the letter, but for a mark before the headline: REFILE
        puts nothing right.
        """
        found = self._version(told)
        if found is None or not text.collapse(found.text) == text.collapse(version.text) != "":
            return False
        old, new = text.folded(found.title), text.folded(version.title)
        return new[-len(old) :] == old

    def _says(self, version: str, slips: tuple[versions.Slip, ...]) -> bool:
        found = self._version(version)
        said = text.collapse(f"{found.title} {found.text}") if found else ""
        words = f" {' '.join(text.folded(said))} "
        return all(
            text.collapse(slip.sentence) in said
            or (_stands(slip.change.new, words) and not _stands(slip.change.old, words))
            for slip in slips
        )

    def _told_of(self, story: str) -> tuple[Notification, ...]:
        """Every notification of a story, this draft included."""
        names = (story, *(old for old, into in self._merged.items() if into == story))
        before = (n for name in names for n in self._known.told(name))
        return (*before, *(n for n in self.owed.values() if n.story in names))

    def _notes(self, version: str) -> tuple[str, ...]:
        """The wire's own words on its story in a version's text."""
        found = self._version(version)
        return versions.own_words(found) if found else ()

    def _owe(
        self,
        recipient: str,
        digest: str,
        rule: Rule,
        story: str,
        occasion: str,
        version: Version,
        unsays: tuple[tuple[str, str], ...] = (),
    ) -> None:
        key = (recipient, digest, rule.name, story, occasion)
        before = ((n.recipient, n.digest, n.rule, story, n.occasion) for n in self._told_of(story))
        if key not in before:
            self.owed[key] = Notification(
                recipient=recipient,
                digest=digest,
                rule=rule.name,
                story=story,
                occasion=occasion,
                version=version.id,
                article=version.article,
                at=self._now,
                priority=rule.priority,
                unsays=unsays,
            )


def _names(note: str, slips: tuple[versions.Slip, ...]) -> bool:
    """Whether a note speaks of all that the *slips* put right, and so of nothing that they do not say."""
    words = f" {' '.join(text.folded(note))} "
    return bool(slips) and all(_stands(slip.change.new, words) for slip in slips)


def _stands(said: str, words: str) -> bool:
    """Whether *said* stands, word by word, among folded *words*."""
    sought = " ".join(text.folded(said))
    return bool(sought) and f" {sought} " in words


def _about(told: list[Notification], what: str) -> list[Notification]:
    return [n for n in told if _is(n, what)]


def _is(n: Notification, what: str) -> bool:
    return n.occasion.startswith(f"{what}:")


def _again(before: list[Notification]) -> str:
    return f":{len(before)}" if before else ""
