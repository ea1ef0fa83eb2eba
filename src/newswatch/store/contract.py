"""What a store must do: Protocols of whole deeds in our nouns, and the values they answer with.

Rule: no SQL and no driver here. `Ledger` serves the two walks (with `Known`, what they ask, and
`Outbox`, letters), `Archive` serves readers, `Keeper` the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from newswatch.model import StoreError
from newswatch.query import Query

if TYPE_CHECKING:
    from newswatch.model import (
        ArticleState,
        Backfill,
        BackupPlan,
        Changeset,
        Copy,
        Counted,
        Digest,
        Evidence,
        Feed,
        Footer,
        Item,
        Judgement,
        Letter,
        Match,
        Noted,
        Notification,
        Recorded,
        Request,
        Retention,
        Revision,
        Rule,
        Sent,
        Surge,
        SurgeItem,
        Trouble,
        Version,
        Watch,
        Window,
        WindowEntry,
    )

DEFAULT_STORE = "sqlite:var/newswatch.db"
ExportKind = Literal["articles", "versions", "stories", "matches", "changes"]


POSTINGS = 64  # a word sequence found in more stories is no evidence; recall stays 1.000 at 1M
CANDIDATES = 20  # stories that a text is compared with at most
NO_LOOKS = {"waiting": 0, "due": 0, "made": 0, "found": 0}  # second looks at a feed's pages
LOOKS = 600  # second looks an hour and host: a sixth of what it is asked at one request a second
PASTS = 1200  # requests of backfills an hour and host: a third of what it is asked at one a second
LEAST_FREE = 500_000_000  # bytes of the store's disk, of which its operator is to hear
HEADLINE_SHARED = 2  # pairs of words that two headlines must share to be compared


def enough_shared(shared: int, one: int, other: int) -> bool:
    """Whether two texts with *one* and *other* sampled word sequences share enough of them to be
    compared: two, and 6 % of the fewer. Of 2,393 pairs of one text one shared less; two thirds of
    the stories that share two by chance are never read.
    """
    return shared >= max(2, 0.06 * min(one, other))


class NotFound(StoreError):
    """Nothing in the store has this id, or several things have it."""


class NotPossible(StoreError):
    """What was asked cannot be done to this thing as it stands; the store is sound."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """How far new and changed rules have been run over the archive: over *done* versions of *of*."""

    rules: tuple[str, ...]
    done: int
    of: int


class Known(Protocol):
    """What `ingest` asks before it decides."""

    def aliases(self, keys: Sequence[str]) -> dict[str, str]:
        """The articles that *keys* stand for; unknown keys are absent."""

    def article(self, article: str) -> ArticleState | None:
        """An article with its current version."""

    def shown_by(self, article: str, feed: str) -> bool:
        """Whether a feed, by its name, ever showed an article."""

    def version(self, version: str) -> Version | None:
        """A version by its id."""

    def revision(self, version: str) -> Revision | None:
        """What changed when a version came; None for an article's first."""

    def fullest(self, article: str) -> Version | None:
        """The newest version that held more than a lead."""

    def window(self, request: str) -> tuple[WindowEntry, ...]:
        """A feed's last good window."""

    def showing(self, article: str) -> frozenset[str]:
        """The feeds whose last good windows show an article."""

    def request(self, request: str) -> Request | None:
        """A request as it stands."""

    def stands(self, request: str) -> tuple[bool, datetime | None] | None:
        """Of a page or archive that was asked for before: whether it is pending, and the time that its text named
        where it was not kept; None for one that was not.
        """

    def archives(self, feed: str) -> int:
        """How many archives a feed's backfills have to walk, or have walked."""

    def succeeded(self, request: str) -> datetime | None:
        """When a request last had a good answer."""

    def exact(self, text_hash: str, since: datetime, until: datetime) -> str | None:
        """The story with exactly this normalised text."""

    def candidates(
        self, grams: Iterable[int], since: datetime, until: datetime
    ) -> tuple[tuple[tuple[str, int], ...], dict[int, int]]:
        """Stories that share sampled word sequences, and how common each sequence is."""

    def boilerplate(self, newsroom: str) -> tuple[Counted, ...]:
        """What is counted of the lines of a newsroom's texts."""

    def headlines(
        self, keys: Iterable[int], since: datetime, until: datetime
    ) -> tuple[Version, ...]:
        """The first articles of stories whose headlines share enough pairs of words, as they stand."""

    def texts(self, story: str) -> tuple[Version, ...]:
        """The texts that a story speaks with."""

    def story(self, story: str) -> str:
        """The id a story goes by now."""

    def newest(self, story: str, newsroom: str) -> Version | None:
        """The current version of a newsroom's newest article in a story."""

    def parted(self, article: str) -> frozenset[str]:
        """The stories out of which the operator took an article."""

    def alone(self, story: str) -> bool:
        """Whether a story has no more than one article."""

    def told(self, story: str) -> tuple[Notification, ...]:
        """Every notification of a story."""

    def silent(self, rule: str, now: datetime) -> bool:
        """Whether a rule was told to tell nobody for now."""


class Outbox(Protocol):
    """Letters: what is owed, sealed, waiting, and what became of it."""

    def owed(self, recipient: str = "", digest: str = "") -> tuple[Notification, ...]:
        """Notifications no letter carries yet; of one recipient and digest where they are named."""

    def found_since(self, recipient: str, digest: str, since: datetime) -> tuple[Notification, ...]:
        """Notifications of one recipient and digest after *since*, told or not."""

    def item(self, owed: Notification) -> Item:
        """What a letter says of a notification."""

    def surge(self, owed: Notification) -> SurgeItem:
        """What a letter says of a notification of a surge."""

    def footer(self, since: datetime, until: datetime) -> Footer:
        """How newswatch itself did in a period."""

    def first_letter(self, recipient: str, story: str, article: str) -> str:
        """The id of the letter that first told somebody of a story, of the one that *article* was told
        as where several became one.
        """

    def letters_since(self, recipient: str, digest: str, since: datetime, now: datetime) -> int:
        """How many letters were sealed for somebody from then to *now*."""

    def told_of(
        self, recipient: str, story: str, since: datetime, now: datetime
    ) -> datetime | None:
        """When somebody last had a letter at once on a story, after *since*."""

    def told_by(self, recipient: str, rule: str, since: datetime, now: datetime) -> datetime | None:
        """When somebody last had a letter at once from a rule, after *since*."""

    def urgent(
        self, recipient: str, digest: str, story: str
    ) -> tuple[tuple[Notification, str], ...]:
        """What urgent rules tell somebody of a story, each with its letter, '' for none yet."""

    def inhibit(self, n: Notification, by: str, letter: str, now: datetime) -> None:
        """Note that a letter which carries another rule's word stands for what is owed."""

    def last_slot(self, digest: str, person: str) -> datetime | None:
        """The last slot that is over."""

    def told_until(self, digest: str, person: str) -> datetime | None:
        """The last slot that brought a letter, the first of all where none did."""

    def pass_slot(self, digest: str, person: str, due: datetime) -> None:
        """Note a slot that brought no letter."""

    def sealed(self, letter: str) -> bool:
        """Whether there is a letter with this id."""

    def undone(self, letter: str) -> bool:
        """Whether the slot of the digest's letter with this id is to come again, as the clock was set back."""

    def seal(
        self,
        digest: Digest,
        content: bytes,
        carried: Iterable[Notification],
        held: datetime | None = None,
    ) -> bool:
        """Store a letter's bytes with what it carries, or nothing: then something was sealed before.
        *held* is when it may be sent by whoever sends what waits, at once without it.
        """

    def unsent(self, now: datetime, limit: int = 100) -> tuple[Letter, ...]:
        """Letters whose next try has come."""

    def next_try(self) -> datetime | None:
        """When the next waiting letter may be tried."""

    def sent(self, told: Sent, now: datetime, *, again: datetime | None) -> None:
        """Mark what became of a letter."""

    def told_through(self) -> tuple[tuple[str, str, str], ...]:
        """Every (recipient, digest, rule) that something was or is to be told through."""

    def readdress(self, recipient: str, digest: str, rule: str, to: str, now: datetime) -> None:
        """Let what a rule told somebody through one digest be told through another from now on."""

    def silence(self, rule: str, until: datetime, why: str, now: datetime) -> None:
        """Let a rule tell nobody until then; until *now* ends it."""

    def retry(self, letter: str, now: datetime, address: str = "") -> None:
        """Let a letter be tried at once, at another address where one is given. Raises StoreError."""

    def drop(self, letter: str, now: datetime) -> None:
        """Give up a letter. Raises StoreError."""


class Troubles(Protocol):
    """What troubles newswatch itself, for its operator."""

    def seen(self, now: datetime) -> tuple[Trouble, ...]:
        """What the store knows of that lasts at *now*."""

    def noted(self) -> tuple[Noted, ...]:
        """What lasts, or is not told to its end."""

    def note(self, troubles: Iterable[Trouble], now: datetime, *, heard: bool) -> None:
        """Keep troubles that are new or over; those over are done with where nobody hears of them."""

    def reported(self, operator: str, since: datetime, now: datetime) -> bool:
        """Whether a letter to the operator was sealed between *since* and *now*, or one still waits."""

    def seal(self, digest: Digest, content: bytes) -> None:
        """Store a letter's bytes, and which troubles it tells of."""

    def begin(self, now: datetime) -> Trouble | None:
        """A daemon begins: the trouble that the one before ended without `end`, if it did."""

    def end(self) -> None:
        """The daemon ends as it was told to."""


class Surges(Protocol):
    """What rules with a threshold are judged by, and what they told."""

    def counts(self, rule: str, windows: Sequence[Window]) -> tuple[tuple[Window, int], ...]:
        """How many stories a rule found that were first told in each of the *windows*."""

    def last_story(self, rule: str, now: datetime) -> datetime | None:
        """When the last story that a rule found was first told; None for never."""

    def stories(self, rule: str, since: datetime, until: datetime) -> tuple[str, ...]:
        """The newest stories of a window."""

    def watch(self, since: datetime) -> Watch:
        """When the machine watched and its feeds answered."""

    def unwell(self, feeds: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
        """Of the feeds that a rule names, those that do not answer, where those are too many."""

    def told(self, rule: str) -> Surge | None:
        """What a rule told last by the wording that is in force."""

    def fingerprint(self, rule: str) -> str:
        """The wording of a rule that is in force."""

    def look(self, now: datetime) -> bool:
        """Note that the machine watches, where enough of its feeds answer; whether they do."""

    def keep(self, surge: Surge, owed: Iterable[Notification]) -> None:
        """Keep what a rule tells, and whom it owes that."""


class Ballast(Protocol):
    """Room on the store's disk that is given back when it is needed; *size* in bytes."""

    size: int

    def free(self) -> int:
        """The bytes left on the store's disk."""

    def make(self) -> bool:
        """Take up the room, unless it is taken up; False where the disk has none for it."""

    def release(self) -> bool:
        """Give the room back; whether there was any."""


class Replica(Protocol):
    """An archive made from another's stream of changes."""

    def head(self) -> str:
        """The last change taken, "1204:9f86d0…": where the stream is to go on; "0:000…" for none."""

    def take(self, changes: Sequence[Recorded]) -> int:
        """Keep *changes*, in the stream's order, in one transaction; those that were kept before are passed over.
        Returns how many were new. Raises NotPossible, and nothing is kept, where one is missing, is not as it was
        sealed, or this archive has a history of its own.
        """


class Ledger(Protocol):
    """What the two walks do; one writer a store."""

    @property
    def replica(self) -> Replica:
        """This archive as the copy of another."""

    @property
    def known(self) -> Known:
        """What was kept so far."""

    @property
    def outbox(self) -> Outbox:
        """The letters."""

    @property
    def troubles(self) -> Troubles:
        """What troubles newswatch itself."""

    @property
    def surges(self) -> Surges:
        """What rules with a threshold are judged by."""

    def last(self) -> datetime | None:
        """The latest time anything was kept at."""

    def begin(self, run: str, now: datetime) -> None:
        """Start a run: leases of earlier ones are void."""

    def set_back(self, now: datetime) -> timedelta:
        """Go by a clock that shows less than the store's last time: what was to be done then is due as
        much earlier, and after hours the slots of digests that are ahead come again. Returns by how much.
        """

    def configure(
        self, feeds: Iterable[Feed], rules: Iterable[tuple[Rule, str]], now: datetime
    ) -> None:
        """Put feeds and rules (with their fingerprints) in force."""

    def rules(self) -> tuple[Rule, ...]:
        """The rules in force."""

    def frequencies(self) -> dict[str, int]:
        """In how many of the newest versions a term stands, of the commonest terms."""

    def behind(self) -> tuple[Rule, ...]:
        """Rules not yet run over what was stored before them."""

    def versions_after(self, row: int) -> tuple[tuple[int, Version], ...]:
        """The next versions in the order of their rows."""

    def keep_matches(
        self, matches: Iterable[Match], caught_up: Iterable[str], now: datetime
    ) -> None:
        """Record what rules found in the archive."""

    def left_at(self) -> int:
        """The row up to which the rules that are `behind` have been run; negative for the beginning."""

    def reached(self, row: int | None) -> CatchUp | None:
        """Note how far the rules that are `behind` have been run: over all up to *row*, a negative one for
        the beginning. Returns it, None when all are through.
        """

    def tidy(self) -> bool:
        """Do some of what can wait for a quiet moment, so that searches stay quick; False when nothing
        is left.
        """

    def prune(self, plan: Retention, now: datetime) -> None:
        """Let go what *plan* says, in quiet moments (`tidy`), if that was not done within a week."""

    def due(
        self, now: datetime, limit: int = 1000, share: int | None = None, looks: int = LOOKS
    ) -> tuple[Request, ...]:
        """What is due, claimed; no more than *share* of one feed at once, feeds before pages, and second
        looks, *looks* an hour and host, where nothing else of a host waits.
        """

    def past(
        self, now: datetime, hourly: int = PASTS, *, alone: bool = False
    ) -> tuple[Request, ...]:
        """What backfills ask for, each claimed for this run: behind all that `due` has, or by itself (*alone*)."""

    def past_due(self) -> datetime | None:
        """When the next of what backfills ask for is due; None where nothing is left of them."""

    def feeds(self) -> dict[str, Feed]:
        """Every feed ever configured."""

    def late(self, now: datetime) -> dict[str, int]:
        """What nobody has seen to in time by *now*: `polls_late`, `letters_late`."""

    def judged(self) -> tuple[tuple[str, Judgement], ...]:
        """What is wrong with which feed: by feed, the gravest first."""

    def keep_all(self, found: Iterable[Changeset]) -> tuple[bool, ...]:
        """Keep several in one transaction, or none of them; for each whether its lease was not over."""

    def keep(self, changes: Changeset) -> bool:
        """Keep a changeset, whole or not at all."""

    def shorten(self) -> None:
        """Give the log's room back to the disk."""

    def close(self) -> None:
        """Give the store back."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a search's answer: an article by its newest version that matches."""

    version: Version
    story: str
    newsrooms: int = 1


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with all that is known of it: versions oldest first, when each was *last_seen*, in the
    same order, revisions between them; what rules found, by version; of whom another rule's word stood
    for a rule's ("rule", "recipient", "by", "occasion"); since when a version's text is gone (*pruned*, by id).
    """

    state: ArticleState
    versions: tuple[Version, ...]
    revisions: tuple[Revision, ...]
    copies: tuple[Copy, ...]
    addresses: tuple[str, ...]
    feeds: tuple[str, ...]
    matches: tuple[Match, ...] = ()
    last_seen: tuple[datetime, ...] = ()
    inhibited: tuple[dict[str, str], ...] = ()
    pruned: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of a story's history: *kind* is merge or split, *story* came to or went from *other*
    with *articles*; *by* is "text" (a later text showed it) or "hand" (the operator said so).
    """

    at: datetime
    kind: Literal["merge", "split"]
    story: str
    articles: tuple[str, ...]
    why: str
    by: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story: its articles by first sight, the evidence that joined or related them, and what was
    joined to it or taken out later, the oldest first.
    """

    id: str
    articles: tuple[ArticleState, ...]
    related: tuple[Copy, ...]
    evidence: tuple[Evidence, ...]
    history: tuple[Verdict, ...] = ()


class Archive(Protocol):
    """What readers ask; opened read-only, beside a running writer."""

    def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        since: datetime | None = None,
        until: datetime | None = None,
        sort: Literal["newest", "relevance"] = "newest",
        every_version: bool = False,
        current: bool = False,
        stories: bool = False,
        looked: Callable[[datetime], None] = lambda _at: None,
    ) -> Iterator[Hit]:
        """Versions that satisfy *query*, newest first; one an article, or a story, or each.
        *looked* is told the time of each version that had to be looked at.
        """

    def count(
        self,
        query: Query,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        every_version: bool = False,
        current: bool = False,
        stories: bool = False,
    ) -> tuple[int, bool] | None:
        """How many hits `search` would bring without a limit, reading no text: up to 1,000, more as
        1,001; and whether that is exact or "at most". None where only the texts can say.
        """

    def resembling(self, word: str) -> tuple[str, ...]:
        """The archive's words that a folded *word* may be a slip of; () when a text holds it."""

    def show(self, prefix: str) -> ArticleView:
        """The article (or the article of the version) whose id begins so; raises StoreError."""

    def story(self, prefix: str) -> StoryView:
        """The story, or that of the article, whose id begins so; raises StoreError."""

    def reports(self, story: str) -> tuple[tuple[str, str, datetime], ...]:
        """Who reported a story (id), the first report first: the newsroom, the wire that it credits, when it was first
        seen. No text is read for it.
        """

    def evidence(self, one: str, other: str) -> tuple[Evidence, ...]:
        """The stored evidence between two articles."""

    def export(self, what: ExportKind) -> Iterator[dict[str, Any]]:
        """Every article, version, story, match or change, as JSON-ready objects."""

    def changes(self, since: int, sealed: str = "") -> Iterator[dict[str, Any]]:
        """Every change behind the one with the id *since* as an object of docs/changes.schema.json, in the order
        of commits and without a gap. *sealed* is that change's chain, 64 hex digits, '' for any. Raises
        NotPossible where this history never came there.
        """

    def described(self, article: str) -> dict[str, Any] | None:
        """An article (id) as `export` gives it, with the names of the `rules` that a version of it satisfies; None
        for one that is gone.
        """

    def matched_before(self, rule: str, change: int) -> tuple[str, ...]:
        """The articles (ids) of which the history before a *change* (id) tells that they satisfied a *rule*."""

    def feeds(self) -> tuple[dict[str, Any], ...]:
        """Every feed with its state."""

    def configured(self) -> tuple[Feed, ...]:
        """Every feed ever configured, without its state."""

    def rules(self) -> tuple[dict[str, Any], ...]:
        """Every rule in force with its matches and letters."""

    @property
    def surges(self) -> Surges:
        """What rules with a threshold are judged by, and what they told; only to be read."""

    def notifications(self) -> tuple[dict[str, Any], ...]:
        """Who was told, or is to be told, of what, by which letter; the oldest first."""

    def found_by(self, since: datetime, step: timedelta) -> tuple[tuple[str, int, int, int], ...]:
        """What each rule found in every *step* from *since* on: rule, which step, matches, stories."""

    def silences(self, now: datetime) -> tuple[dict[str, str], ...]:
        """The rules that tell nobody now: rule, since, until, why."""

    def letters(self) -> tuple[dict[str, Any], ...]:
        """The outbox, newest first."""

    def letter(self, prefix: str) -> tuple[dict[str, Any], bytes]:
        """One letter, with the wordings of the rules it tells of, and its bytes; raises StoreError."""

    def wordings(self, rule: str) -> tuple[dict[str, Any], ...]:
        """The wordings a rule has had, each with when it was put in force, the oldest first."""

    def absent(self) -> tuple[str, ...]:
        """Of which months texts were asked for and are not there, and what to do: they read as ''."""

    def troubles(self) -> tuple[dict[str, Any], ...]:
        """What troubles newswatch itself as far as a running one has seen: kind, subject, since, says."""

    def late(self, now: datetime) -> dict[str, int]:
        """What nobody has seen to in time by *now*: `polls_late`, `letters_late`."""

    def durations(
        self, since: datetime, until: datetime
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The seconds that each entry seen in a period took from being published, and each match told of at once
        from being seen.
        """

    def quarantine(self) -> tuple[dict[str, Any], ...]:
        """Feeds and pages whose readers had to be ended: id, kind, feed, url, tries, since, last, reason."""

    def backfills(self) -> tuple[dict[str, Any], ...]:
        """Every feed's newest backfill, those under way first."""

    def site(self, feed: str, url: str) -> tuple[str, ...]:
        """The hosts of the site of a feed at *url*."""

    def known(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of *addresses* under which an article is known."""

    def pulse(self, now: datetime) -> dict[str, Any]:
        """How it goes at *now*: what was last polled and told, what is late, how fast news travel, how the store
        grows.
        """

    def status(self) -> dict[str, Any]:
        """How it goes, in figures."""

    def close(self) -> None:
        """Give the file back."""


class Filed(Protocol):
    """What a text is filed under: the hash of all of it, '' for a short one, its sampled word
    sequences, and pairs of its headline's words.
    """

    @property
    def exact(self) -> str:
        """The hash of all of it."""

    @property
    def grams(self) -> tuple[int, ...]:
        """Its sampled word sequences."""

    @property
    def headline(self) -> tuple[int, ...]:
        """Pairs of its headline's words."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of following an archive's history: its *head* ("1204:9f86d0…"), how many *changes*, and how many
    *versions* and *letters* were held against their hashes. *found* says what is not as it was kept. *copied* is the
    last change that came from another archive's stream, 0 for none: what readers were told up to there is not held.
    """

    head: str
    changes: int
    versions: int
    letters: int
    found: tuple[str, ...]
    copied: int = 0


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went of an archive: texts of versions, articles with their stories, and the bytes of the texts."""

    texts: int = 0
    articles: int = 0
    stories: int = 0
    bytes: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            self.texts + other.texts,
            self.articles + other.articles,
            self.stories + other.stories,
            self.bytes + other.bytes,
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """A month ("2025-12") with how many texts lie, or lay, in the store and their bytes in UTF-8."""

    month: str
    texts: int
    bytes: int


class Keeper(Protocol):
    """What an operator does."""

    def movable(self, before: datetime) -> tuple[Moved, ...]:
        """The whole months before a time whose texts `archive` would move."""

    def archive(self, before: datetime, tell: Callable[[str, int, int], None]) -> tuple[Moved, ...]:
        """Move the texts of whole months before a time into a file each, beside a running daemon; what was moved. *tell*
        hears of a month how many of how many texts are through, of 0 while its file is written. Raises StoreBusy, StoreError, NotPossible.
        """

    def absent(self) -> tuple[str, ...]:
        """Which months' files are missing or are not those that were written, in words."""

    def left(self) -> int:
        """How many texts that were pruned are still in months' files, for the next `archive` to take out."""

    def prune(
        self, plan: Retention, now: datetime, tell: Callable[[Pruned], None], *, dry: bool
    ) -> Pruned:
        """Remove what *plan* lets go, in short transactions beside a running daemon; *tell* hears what went so
        far. With *dry* nothing goes, and what would is counted.
        """

    def verify(self, against: tuple[int, str] | None, tell: Callable[[int, int], None]) -> Proof:
        """Whether anything was changed behind the history's back, or since a head *against* which to hold it
        (change id, 64 hex digits); *tell* hears how many changes of how many were read.
        """

    def head(self) -> str:
        """The history's head, "1204:9f86d0…": to be kept elsewhere."""

    def join(self, one: str, other: str, why: str, now: datetime) -> tuple[str, str]:
        """Make two stories (ids) one; returns the one that stays and the other. Raises NotPossible."""

    def part(
        self, article: str, why: str, now: datetime, filed: Mapping[str, Filed]
    ) -> tuple[str, ...]:
        """Take an article (id) out of its story; returns the articles that moved, the new story's own
        first. *filed* says what each article of the story is filed under. Raises NotPossible.
        """

    def let_out(self, requests: Iterable[str], now: datetime) -> int:
        """Let what is in quarantine (ids) be asked and read at once; returns how many were in it."""

    def backfill(self, wanted: Sequence[tuple[Backfill, Sequence[str]]], now: datetime) -> None:
        """Write down backfills, each with the archives at which it begins; whoever crawls works them off."""

    def end_backfills(self, feeds: Iterable[str], now: datetime) -> int:
        """End the backfills of *feeds*; how many were under way."""

    def check(self) -> tuple[str, ...]:
        """What is wrong with the file, in words; empty when it is sound."""

    def backup(self, now: datetime) -> Path:
        """A copy beside the store while it runs; returns its path."""

    def must_be_sound(self) -> None:
        """Raises StoreDamaged for a file that is not, with the name of the newest good copy."""

    def ended_well(self) -> bool:
        """Whether the last daemon ended as it was told to, or none ever ran."""

    def was_looked_through(self, since: datetime, until: datetime) -> bool:
        """Whether it was noted between these times that the file is sound, and no daemon was killed after that."""

    def note_looked_through(self, now: datetime) -> None:
        """Note that the file was found sound, in a short transaction."""

    def size(self) -> int:
        """Bytes of the file."""

    def copied(self, now: datetime) -> datetime | None:
        """When the newest copy up to *now* was made; where there is none, when the store's history begins."""

    def rotate(self, plan: BackupPlan, now: datetime) -> int:
        """Remove the copies up to *now* that do not stay; returns how many."""

    def backups(self) -> tuple[Path, ...]:
        """The copies there are, the newest first."""

    def newest_good(self, now: datetime | None = None) -> Path:
        """The newest copy that is sound, one of after *now* behind all others. Raises StoreError when there is none."""

    def restore(self, source: Path, now: datetime) -> Path | None:
        """Put a copy in the store's place; returns where the old file was kept, if there was one."""
