"""The nouns that travel: frozen, slotted values, and the errors a store may raise.

Rule: no library, no clock, no settings. Tuples not lists, aware UTC datetimes, ids from content.
Seconds are seconds, bytes are bytes; an empty string means "not known" wherever None is not offered.
A noun's file is read when the noun is first asked for: making all of them costs a search, which needs
four, a third of its start.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newswatch.model.archived import CHANGES_SCHEMA as CHANGES_SCHEMA
    from newswatch.model.archived import ArticleState as ArticleState
    from newswatch.model.archived import Change as Change
    from newswatch.model.archived import Copy as Copy
    from newswatch.model.archived import Counted as Counted
    from newswatch.model.archived import Evidence as Evidence
    from newswatch.model.archived import Match as Match
    from newswatch.model.archived import Recorded as Recorded
    from newswatch.model.archived import Revision as Revision
    from newswatch.model.archived import Sighting as Sighting
    from newswatch.model.basics import EARLIEST as EARLIEST
    from newswatch.model.basics import EPOCH as EPOCH
    from newswatch.model.basics import FUTURE_ALLOWED as FUTURE_ALLOWED
    from newswatch.model.basics import ID_BYTES as ID_BYTES
    from newswatch.model.basics import FeedFormat as FeedFormat
    from newswatch.model.basics import GroupBy as GroupBy
    from newswatch.model.basics import LetterFormat as LetterFormat
    from newswatch.model.basics import PagesMode as PagesMode
    from newswatch.model.basics import Priority as Priority
    from newswatch.model.basics import Quality as Quality
    from newswatch.model.basics import Relation as Relation
    from newswatch.model.basics import RequestKind as RequestKind
    from newswatch.model.basics import SurgeKind as SurgeKind
    from newswatch.model.basics import TextFrom as TextFrom
    from newswatch.model.basics import VersionKind as VersionKind
    from newswatch.model.basics import content_id as content_id
    from newswatch.model.changed import Changeset as Changeset
    from newswatch.model.changed import Gap as Gap
    from newswatch.model.changed import Notification as Notification
    from newswatch.model.changed import WindowEntry as WindowEntry
    from newswatch.model.configured import CHANNEL as CHANNEL
    from newswatch.model.configured import Ages as Ages
    from newswatch.model.configured import BackupPlan as BackupPlan
    from newswatch.model.configured import Cluster as Cluster
    from newswatch.model.configured import CrawlPolicy as CrawlPolicy
    from newswatch.model.configured import DigestPlan as DigestPlan
    from newswatch.model.configured import Feed as Feed
    from newswatch.model.configured import Grouping as Grouping
    from newswatch.model.configured import Person as Person
    from newswatch.model.configured import Retention as Retention
    from newswatch.model.configured import Rule as Rule
    from newswatch.model.configured import Threshold as Threshold
    from newswatch.model.crawled import DEADLY as DEADLY
    from newswatch.model.crawled import KILLS as KILLS
    from newswatch.model.crawled import PAST as PAST
    from newswatch.model.crawled import UNREGISTERED as UNREGISTERED
    from newswatch.model.crawled import Article as Article
    from newswatch.model.crawled import Backfill as Backfill
    from newswatch.model.crawled import Closed as Closed
    from newswatch.model.crawled import Entry as Entry
    from newswatch.model.crawled import Failure as Failure
    from newswatch.model.crawled import FailureKind as FailureKind
    from newswatch.model.crawled import Imported as Imported
    from newswatch.model.crawled import Led as Led
    from newswatch.model.crawled import Outcome as Outcome
    from newswatch.model.crawled import Page as Page
    from newswatch.model.crawled import Request as Request
    from newswatch.model.crawled import Shown as Shown
    from newswatch.model.crawled import Source as Source
    from newswatch.model.crawled import Walked as Walked
    from newswatch.model.errors import StoreBusy as StoreBusy
    from newswatch.model.errors import StoreDamaged as StoreDamaged
    from newswatch.model.errors import StoreError as StoreError
    from newswatch.model.errors import StoreFull as StoreFull
    from newswatch.model.errors import StoreMissing as StoreMissing
    from newswatch.model.errors import StoreOutdated as StoreOutdated
    from newswatch.model.letters import OPERATOR as OPERATOR
    from newswatch.model.letters import Digest as Digest
    from newswatch.model.letters import Footer as Footer
    from newswatch.model.letters import Item as Item
    from newswatch.model.letters import Letter as Letter
    from newswatch.model.letters import Noted as Noted
    from newswatch.model.letters import Sent as Sent
    from newswatch.model.letters import SourceTrouble as SourceTrouble
    from newswatch.model.letters import Trouble as Trouble
    from newswatch.model.letters import Waiting as Waiting
    from newswatch.model.surges import Surge as Surge
    from newswatch.model.surges import SurgeItem as SurgeItem
    from newswatch.model.surges import Watch as Watch
    from newswatch.model.surges import Window as Window
    from newswatch.model.version import Span as Span
    from newswatch.model.version import Version as Version
    from newswatch.model.version import version_time as version_time
    from newswatch.model.watched import UNASKED as UNASKED
    from newswatch.model.watched import UNHEARD as UNHEARD
    from newswatch.model.watched import UNJUDGED as UNJUDGED
    from newswatch.model.watched import Health as Health
    from newswatch.model.watched import Hints as Hints
    from newswatch.model.watched import Judgement as Judgement
    from newswatch.model.watched import JudgementKind as JudgementKind
    from newswatch.model.watched import Rhythm as Rhythm

_FILES = {
    "archived": "ArticleState CHANGES_SCHEMA Change Copy Counted Evidence Match Recorded Revision Sighting",
    "basics": "EARLIEST EPOCH FUTURE_ALLOWED FeedFormat GroupBy ID_BYTES LetterFormat PagesMode Priority Quality Relation RequestKind SurgeKind TextFrom VersionKind content_id",
    "changed": "Changeset Gap Notification WindowEntry",
    "configured": "Ages BackupPlan CHANNEL Cluster CrawlPolicy DigestPlan Feed Grouping Person Retention Rule Threshold",
    "crawled": "Article Backfill Closed DEADLY Entry Failure FailureKind Imported KILLS Led Outcome PAST Page Request Shown Source UNREGISTERED Walked",
    "errors": "StoreBusy StoreDamaged StoreError StoreFull StoreMissing StoreOutdated",
    "letters": "Digest Footer Item Letter Noted OPERATOR Sent SourceTrouble Trouble Waiting",
    "surges": "Surge SurgeItem Watch Window",
    "version": "Span Version version_time",
    "watched": "Health Hints Judgement JudgementKind Rhythm UNASKED UNHEARD UNJUDGED",
}
_WHERE = {noun: file for file, nouns in _FILES.items() for noun in nouns.split()}


def __getattr__(noun: str) -> object:
    """A noun, from its file."""
    if noun not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {noun!r}")
    found: object = getattr(importlib.import_module(f"newswatch.model.{_WHERE[noun]}"), noun)
    globals()[noun] = found
    return found
