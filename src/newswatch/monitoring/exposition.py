"""What is counted and looked at as Prometheus wants it: names, units and labels by its conventions.

Rule: the library is imported when first asked, as it is an extra. Counters begin with the process; what a label says of
outside is made safe.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from newswatch.model import JudgementKind
from newswatch.text import safe_text

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from newswatch.monitoring.state import State
    from newswatch.monitoring.watched import Watched

NAMED = 200  # feeds that are named with what is judged of them: the gravest
JUDGEMENTS = get_args(JudgementKind)
LETTERS = ("waiting", "sent", "dead", "dropped")


class Exposition:
    """The metrics of one running newswatch."""

    def __init__(
        self,
        watched: Watched,
        state: Callable[[], State],
        wrong: Callable[[], tuple[str, ...]],
        now: Callable[[], datetime],
    ) -> None:
        from prometheus_client import CollectorRegistry, ProcessCollector

        self._watched, self._state, self._wrong, self._now = watched, state, wrong, now
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> tuple[bytes, str]:
        """All of it, and its content type."""
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def collect(self) -> Iterator[Metric]:
        """Every metric; asked by the library."""
        state = self._state()
        yield self._build(state)
        yield _gauge("healthy", "Whether /healthz says that all goes on.", float(not self._wrong()))
        yield from self._counted()
        yield self._turned()
        yield _gauge("store_readable", "Whether the store can be read.", float(not state.unread))
        yield _histogram(
            "published_to_seen_seconds",
            "From a feed's own date of an entry to its being stored.",
            state.seen,
        )
        yield _histogram(
            "seen_to_told_seconds", "From a match to the letter at once being taken.", state.told
        )
        if not state.unread:
            yield from _feeds(state)
            yield from _stored(state)

    def _build(self, state: State) -> Metric:
        from importlib.metadata import version

        from prometheus_client.core import GaugeMetricFamily

        said = {
            "version": version("newswatch"),
            "python": sys.version.split()[0],
            "sqlite": state.figures.get("sqlite", ""),
        }
        made = GaugeMetricFamily("newswatch_build_info", "What runs, always 1.", labels=list(said))
        made.add_metric(list(said.values()), 1)
        return made

    def _counted(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily

        counts = self._watched.counts
        answers = CounterMetricFamily(
            "newswatch_answers",
            "Answers to what was asked, by what came.",
            labels=["kind", "outcome"],
        )
        for (kind, outcome), count in sorted(counts.answers.copy().items()):
            answers.add_metric([kind, outcome], count)
        yield answers
        letters = CounterMetricFamily(
            "newswatch_letters_tried",
            "Letters handed to the mail server, by what it said.",
            labels=["outcome"],
        )
        said = counts.letters.copy()
        for outcome in ("taken", "deferred", "refused"):
            letters.add_metric([outcome], said[outcome])
        yield letters

    def _turned(self) -> Metric:
        from prometheus_client.core import GaugeMetricFamily

        made = GaugeMetricFamily(
            "newswatch_last_progress_timestamp_seconds",
            "When each loop last turned.",
            labels=["loop"],
        )
        now = self._now().timestamp()
        for loop, age in self._watched.going_on.ages().items():
            made.add_metric([loop], now - age)
        return made


def _feeds(state: State) -> Iterator[Metric]:
    figures = state.figures
    yield _gauge("feeds", "Feeds that are watched.", figures["feeds"])
    yield _gauge("feeds_failing", "Of these, those that fail.", figures["failing"])
    yield _gauge("feeds_resting", "Of these, those whose host asked for rest.", figures["resting"])
    judged = figures["judged"]
    kinds = [one["kind"] for one in judged]
    counts = {(kind,): kinds.count(kind) for kind in JUDGEMENTS}
    yield _gauges("feeds_judged", "Feeds by what is judged of them.", ["judgement"], counts)
    named = {(one["feed"], one["kind"]): 1 for one in judged[:NAMED]}
    yield _gauges(
        "feed_judged",
        f"What is judged of which feed, the gravest {NAMED}.",
        ["feed", "judgement"],
        named,
    )
    held = figures["quarantined"]
    yield _gauges(
        "quarantined", "Feeds and pages that are not read.", ["kind"],
        {("feed",): held["feeds"], ("page",): held["pages"]},
    )  # fmt: skip
    yield _gauge("polls_late", "Polls that nobody saw to in time.", figures["polls_late"])
    yield _gauge("pages_waiting", "New pages that wait to be read.", figures["pages_waiting"])
    yield _gauge("looks_waiting", "Second looks that wait.", figures["looks"]["waiting"])
    yield _gauge("looks_due", "Of these, those that are due.", figures["looks"]["due"])
    yield _gauge("gaps", "Windows that moved on whole between two polls.", figures["gaps"])
    if polled := figures["polled"]:
        yield _gauge(
            "last_poll_timestamp_seconds", "When a feed was last polled.", polled.timestamp()
        )


def _stored(state: State) -> Iterator[Metric]:
    figures = state.figures
    for key in ("articles", "versions", "stories", "matches"):
        yield _gauge(key, f"Stored {key}.", figures[key])
    letters = {(kind,): figures["letters"].get(kind, 0) for kind in LETTERS}
    yield _gauges("letters", "Letters by what became of them.", ["state"], letters)
    yield _gauge("letters_late", "Letters that nobody tried in time.", figures["letters_late"])
    yield _gauge("notifications_owed", "What is owed and sealed in no letter yet.", figures["owed"])
    if told := figures["told"]:
        yield _gauge(
            "last_letter_timestamp_seconds", "When a letter was last taken.", told.timestamp()
        )
    kinds = [one["kind"] for one in state.troubles]
    troubles = {(kind,): kinds.count(kind) for kind in kinds}
    yield _gauges("troubles", "What troubles newswatch itself.", ["kind"], troubles)
    yield _gauge("store_size_bytes", "The store's size.", figures["bytes"])
    yield _gauge("store_free_bytes", "What is free on the store's disk.", state.free)
    if state.copied:
        yield _gauge(
            "last_backup_timestamp_seconds",
            "When the store was last copied.",
            state.copied.timestamp(),
        )


def _gauge(name: str, says: str, value: float) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"newswatch_{name}", says, value=value)


def _gauges(name: str, says: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    made = GaugeMetricFamily(f"newswatch_{name}", says, labels=labels)
    for label, value in values.items():
        made.add_metric([safe_text(said) for said in label], value)
    return made


def _histogram(name: str, says: str, took: Any) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    return HistogramMetricFamily(
        f"newswatch_{name}", says, buckets=took.buckets(), sum_value=took.sum
    )
