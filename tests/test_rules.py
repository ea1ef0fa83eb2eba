"""Percolation: the index answers as if every rule were evaluated."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch import rules
from newswatch.model import Rule, Version
from newswatch.query import QueryError, match, read, show, view

SEEN = datetime(2026, 8, 20, 10, tzinfo=UTC)


def version(text, lang="en", *, title="", source="tass", tags=()):
    return Version(
        "v", "a", 1, "https://example.org", title, text, lang, source, "TASS", SEEN, tags
    )


def names(index, shown):
    return [rule.name for rule, _ in index.matches(shown)]


def test_rules_that_match_come_in_their_own_order_with_their_places():
    index = rules.index(
        (
            Rule("gas", "gas pipeline"),
            Rule("all", "source:tass"),
            Rule("sport", "football OR tennis"),
            Rule("pipes", "pipe*"),
            Rule("sanctions", "санкции OR sanctions"),
        ),
        {},
    )
    shown = version("Sanctions hit the gas pipeline.", title="Gas")
    assert names(index, shown) == ["gas", "all", "pipes", "sanctions"]
    spans = {rule.name: spans for rule, spans in index.matches(shown)}
    assert [(s.field, s.word) for s in spans["gas"]] == [
        ("title", "gas"), ("text", "gas"), ("text", "pipeline"),
    ]  # fmt: skip
    assert spans["all"] == ()
    assert names(index, version("Введены санкциями", "ru", source="x")) == ["sanctions"]
    assert rules.index((), {}).matches(shown) == ()


def test_a_rule_is_filed_under_its_rarest_word_only():
    index = rules.index((Rule("r", "gas pipeline"),), {"gas_en": 900, "pipelin_en": 2})
    filing = index.filing("en-us")
    assert filing is index.filing("en")
    assert list(filing.filed) == ["pipelin_en"]
    assert filing.always == ()
    assert list(index.filing("fr").filed) == ["pipelin_fr"]


def test_feeds_and_tags_are_conjuncts():
    rule = Rule("r", "oil OR gas", feeds=("TASS", "reuters"), tags=("Energy",))
    assert show(rules.conjoined(rule)) == "(oil OR gas) (source:tass OR source:reuters) tag:energy"
    index = rules.index((rule,), {})
    assert names(index, version("gas", tags=("energy", "x"))) == ["r"]
    assert names(index, version("gas", source="Reuters", tags=("ENERGY",))) == ["r"]
    assert names(index, version("gas", source="bbc", tags=("energy",))) == []
    assert names(index, version("gas")) == []


def test_an_unreadable_rule_is_named():
    with pytest.raises(QueryError, match='rule "pipes"') as refused:
        rules.index((Rule("fine", "gas"), Rule("pipes", "gas (oil")), {})
    assert refused.value.position == 4
    assert "gas (oil" in str(refused.value)


def test_a_fingerprint_follows_what_a_rule_finds():
    plain = rules.fingerprint(Rule("r", "oil gas"))
    assert plain == rules.fingerprint(Rule("r", " Oil  AND (GAS)", tell=("anna",), priority="low"))
    others = (
        Rule("r", "oil OR gas"), Rule("s", "oil gas"), Rule("r", "oil gas", feeds=("tass",)),
        Rule("r", "oil gas", tags=("tass",)),
    )  # fmt: skip
    assert len({plain, *map(rules.fingerprint, others)}) == 5


WORDS = [
    "gas",
    "oil",
    "sanctions",
    "санкция",
    "Газпром",
    "систему",
    "Киева",
    "день-рынок",
    "日本",
    "U.S.",
    "transit",
    "pipeline",
    "goal",
    "2026",
]
LEAVES = st.sampled_from(
    [*WORDS, '"gas pipeline"', "tran*", "title:oil", "lead:gas", "source:tass", "lang:ru", "tag:energy",
     "since:2026-08-20", "until:2026-08-19", "title:san*", "gas-pipelines"]
)  # fmt: skip
QUERIES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds("({} {})".format, inner, inner)
        | st.builds("({} OR {})".format, inner, inner)
        | st.builds("({} -{})".format, inner, inner)
    ),
    max_leaves=6,
)
VERSIONS = st.builds(
    lambda words, title, lang, source, tags: version(
        " ".join(words), lang, title=" ".join(title), source=source, tags=tuple(tags)
    ),
    st.lists(
        st.sampled_from(
            [
                *WORDS,
                "pipelines",
                "санкциями",
                "Газпрома",
                "системы",
                "Киев",
                "дня рынка",
                "transition",
                "the",
                "\n",
            ]
        ),
        max_size=12,
    ),
    st.lists(st.sampled_from(WORDS), max_size=3),
    st.sampled_from(["en", "ru", "ru-ru", "ja", "", "de"]),
    st.sampled_from(["tass", "bbc"]),
    st.lists(st.sampled_from(["energy", "world"]), max_size=2),
)
FREQUENCIES = st.dictionaries(
    st.sampled_from(["gas_en", "oil_en", "sanction_en", "санкц_ru", "2026_x", "u_en"]),
    st.integers(0, 1000),
)


def agrees(typed, shown, frequencies):
    readable = []
    for n, query in enumerate(typed):
        rule = Rule(f"r{n}", query, feeds=("bbc",) if n % 5 == 4 else ())
        try:
            rules.conjoined(rule)
        except QueryError:
            continue
        readable.append(rule)
    expected = [
        (rule, spans)
        for rule in readable
        if (spans := match(rules.conjoined(rule), view(shown))) is not None
    ]
    assert list(rules.index(tuple(readable), frequencies).matches(shown)) == expected


@settings(max_examples=150)
@given(st.lists(QUERIES, max_size=8), VERSIONS, FREQUENCIES)
def test_the_index_answers_as_each_rule_alone(typed, shown, frequencies):
    agrees(typed, shown, frequencies)


@pytest.mark.acceptance
@settings(max_examples=2000, deadline=None)
@given(st.lists(QUERIES, max_size=8), VERSIONS, FREQUENCIES)
def test_the_index_answers_as_each_rule_alone_at_length(typed, shown, frequencies):
    agrees(typed, shown, frequencies)


def test_the_generated_queries_do_match_something():
    """A property that only ever saw empty answers would prove nothing."""
    assert match(read("(gas -oil)"), view(version("gas")))


def test_a_word_s_marks_are_known_from_then_on():
    """The second article asks nothing anew, and says the same."""
    index = rules.index((Rule("b", "tran* gas"), Rule("n", "name:Zelensky")), {})
    for _ in range(3):
        assert names(index, version("Transit of gas; Selenskyj spoke")) == ["b", "n"]
        assert names(index, version("Gas; Zelenka spoke")) == []


def test_rules_weighed_anew_are_filed_under_what_has_become_rare():
    index = rules.index((Rule("r", "gas pipeline"),), {})
    for common, rare in (("gas_en", "pipelin_en"), ("pipelin_en", "gas_en")):
        weighed = index.weighed({common: 900, rare: 2})
        assert list(weighed.filing("en").filed) == [rare]
        assert names(weighed, version("gas pipeline")) == ["r"]
    assert weighed.fingerprinted() == tuple((r, rules.fingerprint(r)) for r in index.rules)
