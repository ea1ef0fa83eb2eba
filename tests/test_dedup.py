"""Is this a story we have? Made-up stories as agencies carry, cut, rename and rewrite them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch import dedup
from newswatch.dedup import model
from newswatch.dedup.chain import slug_stem
from newswatch.dedup.traits import _id, _set, common, held, traits
from newswatch.model import Evidence, Version

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
TITLE = "River provinces agree to share the water of the northern canal"
STORY = """\
RIVERTOWN, March 5 (Northgate) - The ministers of eleven river provinces agreed on Thursday to share the water of the northern canal for another twenty years, ending a quarrel that had held up the harvest in the lowlands since 2019.
Under the deal signed in the old harbour town, the upper provinces will let through at least 420 cubic metres a second between May and September, and farmers downstream will pay for the upkeep of 37 locks and two dams.
"Nobody got everything, and everybody got something," said Anna Example, who led the talks for the province of Oberau. "That is how you know it is a fair bargain."
The canal, dug in 1884, carries grain, timber and gravel from the hills to the sea, and last summer it ran so low that barges lay stranded for six weeks near Millbridge.
Growers' unions welcomed the agreement but warned that it came too late for this year's rice, which is sown in April. Ben Sample, who heads the largest of them, said that some 9,000 farms had already turned to maize.
Engineers from the water office will fit gauges at fourteen points, and the readings will be open to anyone who asks for them, a demand that the lowlands had made for a decade.
The provincial assemblies have until the end of June to approve the text. Only Oberau and Steinfeld have said when they will vote."""
REWORDED = """\
After six years of dispute, eleven river provinces have settled how to share the water of the northern canal for another twenty years, a step that ends a quarrel which had held up the harvest in the lowlands.
The deal, signed on Thursday in the old harbour town, obliges the upper provinces to let through at least 420 cubic metres a second between May and September. In return farmers downstream will pay for the upkeep of 37 locks and two dams.
Anna Example, who led the talks for the province of Oberau, put it this way: "Nobody got everything, and everybody got something. That is how you know it is a fair bargain."
Last summer the canal, which was dug in 1884 and carries grain, timber and gravel from the hills to the sea, ran so low that barges lay stranded for six weeks near Millbridge.
The agreement came too late for this year's rice, growers' unions warned, although they welcomed it. According to Ben Sample, who heads the largest of them, some 9,000 farms had already turned to maize.
At fourteen points engineers from the water office will fit gauges, and the readings will be open to anyone who asks for them.
The text now goes to the provincial assemblies, which have until the end of June to approve it."""
OTHER = """\
HILLTON, March 5 - A court in the hill district of Westmark on Thursday fined the railway company 3 million crowns for the derailment of a goods train that blocked the only line to the coast for eleven days.
Judge Clara Muster found that the company had known of the worn points at the Eastgate junction since the autumn and had put their repair off twice to save money before the end of the year.
Nobody was hurt when nine wagons of gravel left the rails in January, but the ski resorts of the upper valley lost most of their winter guests, and two of them have closed for good.
The company said it would appeal. Its lawyer called the sum out of all proportion and said that the points had been inspected by the state's own office a month before the accident.
Hoteliers have brought a suit of their own, which will be heard in May, and ask for 12 million crowns."""


def version(
    text: str, title: str = TITLE, at: datetime = NOON, article: str = "", lang: str = "en"
) -> Version:
    return Version(
        id=article or f"v-{title}-{text}"[:60],
        article=article or f"{title}|{text}|{at}",
        n=1,
        url="https://wire.example/1",
        title=title,
        text=text,
        lang=lang,
        source="wire",
        newsroom="A wire",
        first_seen=at,
    )


def judged(new: Version, old: Version) -> Evidence:
    return dedup.judge(new, old, {})


def signed(text: str) -> dedup.Signature:
    return dedup.signature(version(text))


def feature(evidence: Evidence, name: str) -> float:
    return dict(evidence.features)[name]


# ── what is the same story ──────────────────────────────────────────────────────────────────

FULL = version(STORY)
CUT = "\n".join(STORY.split("\n")[:3])
AS_REPRINTED = (
    STORY.replace("RIVERTOWN, March 5 (Northgate) - ", "").replace("\n", "\n\n").replace('"', "”")
)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (STORY, TITLE),
        (AS_REPRINTED, TITLE),
        (AS_REPRINTED + "\nFollow us for more.", "Canal: a bargain after six years"),
        (CUT, TITLE),
        (STORY.partition("\n")[2], TITLE),
        (STORY, "UPDATE 2-" + TITLE),
        (STORY, "Quarrel over the canal is at an end"),
        (STORY + "\nThe prime minister of Steinfeld said on Friday that he would vote for it.", TITLE),
        (STORY.replace("420", "430").replace("37 locks", "39 locks"), TITLE),
        (REWORDED, "Eleven provinces settle quarrel over canal water"),
    ],
    ids=["itself", "reprint", "reprint with a foot", "cut", "without its lead", "update", "re-headlined",
         "continued", "two figures mended", "re-worded"],
)  # fmt: skip
def test_a_copy_joins(text: str, title: str) -> None:
    copy = version(text, title, NOON + timedelta(hours=3))
    for one, other in ((copy, FULL), (FULL, copy)):
        evidence = judged(one, other)
        assert evidence.relation == "same", evidence
        assert (evidence.article, evidence.other) == (one.article, other.article)
        assert evidence.decided_by == "threshold"


def test_copies_of_a_copy_days_later_join_too() -> None:
    late = version(AS_REPRINTED, TITLE, NOON + timedelta(days=5))
    assert judged(late, FULL).relation == "same"


def test_a_quotation_alone_makes_no_copy() -> None:
    quote = STORY.split("\n")[2]
    new = version(OTHER + "\n" + quote, "Railway fined over derailment")
    assert judged(new, FULL).relation != "same"


def test_another_story_is_another() -> None:
    evidence = judged(version(OTHER, "Railway fined over derailment"), FULL)
    assert evidence.relation == "other"
    assert evidence.score < 0.1


def test_a_phrase_that_many_stories_hold_is_no_trace_of_copying() -> None:
    """What the two share is in fifty stories: then what is rare in them tells them apart."""
    shared, own = STORY.split("\n", maxsplit=1)[0], OTHER
    one, other = version(f"{shared}\n{own}"), FULL
    common = dict.fromkeys(signed(shared).grams, 50)
    rare = "rare sequences shared"
    assert feature(dedup.judge(one, other, {}), rare) > 0.1
    assert feature(dedup.judge(one, other, common), rare) < 0.02


# ── series, short texts, headlines ──────────────────────────────────────────────────────────


def report(day: int, at: datetime, figures: tuple[int, ...]) -> Version:
    one, two, three, four, five = figures
    text = (
        f"The central exchange in Rivertown closed at {one}.{two % 100:02} points on day {day} of the"
        f" month. The index of the harbour companies gained {two} points and the index of the mills"
        f" lost {three} points. Turnover came to {four} million crowns, and {five} shares changed"
        " hands. Dealers said that trading had been quiet and that most buyers waited for the"
        " figures of the central bank, which are due at the end of the week. The crown stood"
        f" unchanged against the florin. Brokers expect the market to move between {one - 40} and"
        f" {one + 40} points until then. Volume was in line with the average of the season, and no"
        " single company stood out among the winners or the losers of the session, they added."
    )
    return version(text, "Rivertown exchange: closing report", at)


def test_issues_of_a_series_are_not_one_story() -> None:
    monday = report(2, NOON, (4120, 17, 23, 310, 8812))
    tuesday = report(3, NOON + timedelta(days=1), (4207, 44, 61, 295, 9140))
    for one, other in ((tuesday, monday), (monday, tuesday)):
        assert judged(one, other).relation != "same"
    again = report(2, NOON + timedelta(days=1), (4120, 17, 23, 310, 8812))
    assert judged(again, monday).relation == "same"


def test_a_brief_of_a_series_is_told_apart_within_the_hour() -> None:
    def quake(strength: str, depth: int, minute: int) -> Version:
        text = (
            f"An earthquake of magnitude {strength} struck the southern sea at a depth of {depth} km"
            f" at 12:{minute} on Thursday, the survey said. There were no reports of damage."
        )
        return version(text, f"Quake of magnitude {strength} in the southern sea", NOON)

    assert judged(quake("4.7", 12, 11), quake("5.3", 38, 47)).relation != "same"


MEASURED = {
    "days apart": 0.0, "length": 1.0, "figures shared": 1.0, "figures on both sides": 0.4,
    "differs in figures and names only": 0.0, "headlines name the same": 1.0,
    "length ratio": 1.0, "sentences kept": 0.6, "headlines alike": 1.0,
    "first sentence recognisable": 1.0, "longer text's first sentence recognisable": 1.0,
    "sentences of its own": 0.0,
}  # fmt: skip
NEITHER = {
    "first sentence recognisable": 0.1, "longer text's first sentence recognisable": 0.0,
    "headlines alike": 0.3, "headlines name the same": 0.0,
}  # fmt: skip
DATED = ("The stars on May 3", "The stars on 4 May")


def brief(subject: str, rest: str = "") -> str:
    return (
        f"{subject} opened steady to 0.50 dlr higher in light trade, private sources said."
        f" Receipts were estimated at 2,000 head, about as many as a week ago.{rest}"
    )


@pytest.mark.parametrize(
    ("one", "other", "days", "guard"),
    [
        (("EAST HAVEN HOGS OPEN HIGHER - BOARD", brief("Hogs")),
         ("MILLPORT HOGS OPEN HIGHER - BOARD", brief("Hogs")), 0, "another subject"),
        (("GRAIN FUTURES 12:40 EDT", brief("Wheat")), ("GRAIN FUTURES 12:50 EDT", brief("Wheat")), 0, "another hour"),
        (("CENTRAL BANK LEAVES ITS RATE UNCHANGED", brief("The rate")),
         ("CENTRAL BANK LEAVES ITS RATE UNCHANGED", brief("The rate")), 7, "another day"),
        (("COCOA HOLDS STEADY IN EAST HAVEN", brief("In East Haven cocoa", " More." * 80)),
         ("COCOA LITTLE CHANGED AT MILLPORT", brief("At Millport cocoa", " More." * 80)), 0, "not in the other"),
        (("EAST HAVEN HOGS UP A DOLLAR - STATE", brief("Hogs")),
         ("MILLPORT HOGS OPEN UP TWO DOLLARS - BOARD", brief("Hogs")), 0, "another subject"),
        (("COCOA CLOSES ABOVE YESTERDAY", brief("Cocoa closes and", " More." * 70)),
         ("COCOA MIDSESSION IS FIRM", brief("In midsession cocoa", " More." * 70)), 0, "another session"),
        (("COCOA UP AT MIDMORNING", brief("Cocoa", " More." * 70)),
         ("COCOA UP AT MIDDAY", brief("Cocoa", " More." * 70)), 0, "another session"),
        (("RAIN IN THE UPLANDS", brief("The past 24 hours")), ("RAIN IN THE UPLANDS", brief("Over the past 24 hours")),
         2, "another day"),
        (("RAIN IN THE UPLANDS", brief("The uplands")), ("RAIN IN THE UPLANDS", brief("Over the uplands")), 2, ""),
        (("BANK ADDS MONEY BY REPURCHASE", brief("Money")), ("BANK EXPECTED TO ADD MONEY", brief("Money")), 1,
         "another day's figures or headline"),
        (("BANK ADDS MONEY BY REPURCHASE", brief("Money")),
         ("(CORRECTED) - BANK ADDS MONEY BY REPURCHASES", brief("Money")), 1, ""),
        (("LENDER ADJUSTS NOTE RATES", brief("Notes", " 5-14 days 5.75 pct, 15-85 days 5.00 pct")),
         ("LENDER ADJUSTS NOTE RATES", brief("Notes", " 5-14 days 5.80 pct, 15-85 days 5.00 pct")), 2,
         "another day's figures or headline"),
        (("LENDER ADJUSTS NOTE RATES", brief("Notes", " 5-14 days 5.75 pct, 15-85 days 5.00 pct")),
         ("LENDER ADJUSTS NOTE RATES", brief("Notes", " 5-14 days 5.75 pct")), 2, ""),
        (("HIGHLAND MORTGAGE ISSUES CANADIAN DOLLAR BOND", brief("Highland Mortgage Corp", " More." * 80)),
         ("VICTORIA STATE BODY ISSUES CANADIAN DOLLAR EUROBOND", brief("Victorian Public Authorities", " More." * 80)),
         0, "not in the other"),
        (("COCOA CLOSES ABOVE YESTERDAY", brief("Cocoa", " More." * 70)),
         ("COCOA CLOSED ABOVE YESTERDAY AFTER LATE RISE", brief("Cocoa", " More." * 70)), 0, ""),
        (("HOUSE OF AKER <AKR> SAID IT IS SOUND", brief("The house")),
         ("HOUSE OF AKER PRESIDENT SAYS IT IS SOUND", brief("The house")), 0, ""),
        (("FIRM <FRM> WINS NAVY CONTRACT", brief("Firm")), ("FIRM <FRM> GETS NAVY CONTRACT", brief("Firm")), 0, ""),
        (("COCOA HOLDS STEADY AT MIDDAY", brief("By midday cocoa", " More." * 300)),
         ("COCOA LITTLE CHANGED AT MIDMORNING", brief("At midmorning cocoa", " More." * 300)), 0, ""),
    ],
)  # fmt: skip
def test_issues_of_a_series_are_told_by_what_their_headlines_name(
    one: tuple[str, str], other: tuple[str, str], days: int, guard: str
) -> None:
    new, old = (version(text, title, article=title + text) for title, text in (one, other))
    new = replace(new, article="new", first_seen=old.first_seen + timedelta(days=days))
    words = len(new.text.split())
    objection = dedup.veto(
        new, old, MEASURED | {"days apart": days / 14, "length": min(1.0, words / 200)}
    )
    assert (guard in objection) if guard else not objection
    elsewhere = replace(new, newsroom="Another wire")
    objection = dedup.veto(elsewhere, old, MEASURED | {"days apart": 0.0})
    assert objection in {"", "guard: each headline's subject is not in the other text"}


def test_a_quote_in_guillemets_goes_on_over_paragraphs_and_holds_others() -> None:
    said = f"«{'Воды хватит всем на это лето. ' * 30}\nТак решил совет «Большой канал» вчера»"
    read = traits("Канал", f"Министр сказал: {said}. Совет молчит.", "ru")
    outside = traits("Канал", "Министр сказал. Совет молчит.", "ru")
    assert read.outside == outside.sequence
    open_ended = "Министр сказал: «Воды хватит всем на это лето"
    assert len(traits("Канал", open_ended, "ru").outside) == 8


def test_headlines_name_the_same_in_another_case() -> None:
    one = traits("Шахтер Вернидуба обыграл Ислочь", STORY, "ru")
    other = traits("Успех Вернидуб и Шахтера с Ислочью", STORY, "ru")
    assert len(one.title_names & other.title_names) == 3


def test_a_newsroom_s_brief_in_the_words_of_last_week_s_is_no_copy() -> None:
    said = brief("The council left its rate unchanged, and money")
    old = version(said, "RATE UNCHANGED", article="old")
    again = replace(old, article="new", first_seen=old.first_seen + timedelta(days=7))
    assert dedup.exact(again, old).relation == "related"
    assert "another day" in dedup.exact(again, old).decided_by
    assert dedup.exact(replace(again, newsroom="Another wire"), old).relation == "same"
    assert dedup.exact(replace(again, first_seen=old.first_seen), old).relation == "same"
    assert dedup.exact(replace(again, text=STORY), replace(old, text=STORY)).relation == "same"


@pytest.mark.parametrize(
    ("change", "newsrooms", "titles", "vetoed"),
    [
        ({}, ("A", "A"), ("x", "x"), False),
        ({"days apart": 1 / 14, "figures shared": 0.5}, ("A", "A"), ("x", "x"), True),
        ({"days apart": 1 / 14, "figures shared": 0.5}, ("A", "B"), ("x", "x"), False),
        ({"days apart": 1 / 14, "figures shared": 0.5}, ("A", "A"), ("UPDATE 1-x", "x"), False),
        ({"figures shared": 0.5}, ("A", "A"), ("x", "x"), False),  # within hours: an update
        ({"length": 0.1, "headlines name the same": 0.3}, ("A", "A"), ("x", "y"), True),
        ({"length": 0.1, "headlines name the same": 0.3}, ("A", "B"), ("x", "y"), False),
        (
            {"days apart": 1 / 14, "figures shared": 0.3, "differs in figures and names only": 0.8},
            ("A", "B"), ("x", "x"), True,
        ),
        (NEITHER, ("A", "B"), ("x", "y"), True),
        (NEITHER | {"headlines alike": 0.7}, ("A", "B"), ("x", "y"), False),
        (NEITHER | {"first sentence recognisable": 0.5}, ("A", "B"), ("x", "y"), False),
        ({"sentences kept": 0.3}, ("A", "B"), DATED, True),
        ({"sentences kept": 0.9}, ("A", "B"), DATED, False),
        ({"sentences kept": 0.3}, ("A", "B"), ("4 мая: звёзды", "Звёзды 4 мая"), False),
        ({"sentences kept": 0.3}, ("A", "B"), ("Sums of 19 May 2020", "May 19 sums"), False),
        ({"sentences kept": 0.3}, ("A", "B"), ("5 marines hurt", "3 marines hurt"), False),
        ({"sentences kept": 0.3}, ("A", "B"), ("Звёзды на 4 мая", "Звёзды на 5 мая"), True),
        ({}, ("A", "B"), ("FIRM <ABC> QTR NET", "FIRM <XYZ> QTR NET"), True),
        ({}, ("A", "B"), ("FIRM <ABC> QTR NET", "FIRM <ABC> RAISES"), False),
        ({}, ("A", "B"), ("FIRM <ABC.O> QTR NET", "FIRM <ABC> QTR NET"), False),
        ({}, ("A", "B"), ("FIRM <ABC.O> QTR NET", "FIRM <XYZ.O> QTR NET"), True),
    ],
)  # fmt: skip
def test_guards_ask_who_wrote_it_what_differs_and_when(
    change: dict[str, float], newsrooms: tuple[str, str], titles: tuple[str, str], vetoed: bool
) -> None:
    new, old = (
        replace(version(STORY, title), newsroom=newsroom)
        for title, newsroom in zip(titles, newsrooms, strict=True)
    )
    objection = dedup.veto(new, old, MEASURED | change)
    assert bool(objection) == vetoed
    assert dedup.verdict(0.9, 0.9, 300, objection)[0] == ("related" if vetoed else "same")
    assert dedup.verdict(0.1, 0.9, 300, objection)[0] == "related"
    assert dedup.verdict(0.1, 0.1, 300, objection)[0] == "other"


@pytest.mark.parametrize(
    ("new", "old", "relation"),
    [
        (version(""), FULL, "related"),
        (FULL, version(""), "related"),
        (version(""), version("", article="another"), "related"),
        (version("", "Something else altogether"), FULL, "other"),
        (version("", ""), version("", "", article="another"), "other"),
        (version("", ""), FULL, "other"),
    ],
)
def test_a_headline_alone_is_never_the_same(new: Version, old: Version, relation: str) -> None:
    evidence = judged(new, old)
    assert evidence.relation == relation
    assert evidence.decided_by in {"headline only", "guard: one word is no headline"}


@pytest.mark.parametrize(
    ("headline", "relation"),
    [
        ("Canal's water to be shared by the river provinces", "related"),
        ("Ministers of eleven provinces agree on the northern canal", "related"),
        ("River provinces agree to share the water of 12 canals", "other"),  # a figure of its own
        ("Ministers meet in the old town of another country", "other"),
    ],
)
def test_a_headline_is_related_by_its_words_in_any_order(headline: str, relation: str) -> None:
    alone = version("", headline, article="link")
    assert judged(alone, FULL).relation == relation
    late = replace(alone, first_seen=FULL.first_seen + timedelta(days=3))
    assert judged(late, FULL).relation == "other"


@given(st.text(max_size=100), st.sampled_from(["", "en", "ru"]))
def test_headlines_are_filed_under_few_keys_whatever_their_order(title: str, lang: str) -> None:
    keys = dedup.signature(version("", title, lang=lang)).headline
    turned = " ".join(reversed(title.split()))
    assert len(keys) <= 28
    assert all(0 <= key < 2**63 for key in keys)
    if title.isascii() and title.replace(" ", "").isalnum():
        assert dedup.signature(version("", turned, lang=lang)).headline == keys


def test_a_short_text_needs_more() -> None:
    flash = version("The ministers agreed on Thursday to share the water of the canal.")
    assert judged(flash, FULL).threshold > judged(FULL, FULL).threshold


# ── evidence ────────────────────────────────────────────────────────────────────────────────


def test_evidence_can_be_read_and_is_rounded() -> None:
    evidence = judged(version(REWORDED), FULL)
    said = [name for name, _ in evidence.features]
    assert said[:3] == [
        "rare sequences shared", "word pairs shared", "sequences of three shared"
    ]  # fmt: skip
    assert all(name.replace("'", "").replace(" ", "").isalpha() for name in said)
    for value in (evidence.score, *(value for _, value in evidence.features)):
        assert 0.0 <= value <= 1.0
        assert round(value, 4) == value
    assert set(model.weights()["same"]) == set(model.weights()["related"])
    assert set(model.terms(dict(evidence.features))) == set(model.weights()["same"]) - {"bias"}
    sure = model.probability("same", model.terms(dict(evidence.features)))
    assert abs(evidence.score - sure) < 0.01


def test_a_relation_is_scored_by_the_question_that_decided_it() -> None:
    texts = [STORY, REWORDED, CUT, OTHER, AS_REPRINTED, STORY + "\n" + OTHER]
    texts += ['0"0']  # too little to be the same, even as itself
    found = [judged(version(one), version(other, article="b")) for one in texts for other in texts]
    related = [e for e in found if (e.relation, e.decided_by) == ("related", "threshold")]
    assert related
    for evidence in related:
        assert evidence.score >= evidence.threshold == dedup.RELATED
        sure = model.probability("related", model.terms(dict(evidence.features)))
        assert abs(evidence.score - sure) < 0.01
    for evidence in found:
        if evidence.relation == "same":
            assert evidence.score >= evidence.threshold
        elif evidence.decided_by == "threshold" and evidence.relation == "other":
            assert evidence.score < evidence.threshold


def test_evidence_hardly_depends_on_who_came_first() -> None:
    texts = [STORY, REWORDED, CUT, OTHER, AS_REPRINTED, STORY + "\n" + OTHER, ""]
    made = [version(text, article=str(n)) for n, text in enumerate(texts)]
    for one in made:
        for other in made:
            there, back = judged(one, other), judged(other, one)
            assert abs(there.score - back.score) <= 0.02
            assert there.relation == back.relation


def test_exact_is_evidence_of_the_same_words() -> None:
    evidence = dedup.exact(version(AS_REPRINTED), FULL)
    assert (evidence.relation, evidence.score, evidence.decided_by) == ("same", 1.0, "same words")


# ── signatures ──────────────────────────────────────────────────────────────────────────────


def test_a_reprint_has_the_signature_of_its_story() -> None:
    one = signed(STORY)
    other = dedup.signature(version(AS_REPRINTED, "Another headline", lang="en-gb"))
    assert (one.exact, one.grams, one.words) == (other.exact, other.grams, other.words)
    assert one.exact
    assert one.grams == tuple(sorted(set(one.grams)))
    assert all(0 <= gram < 2**63 for gram in one.grams)
    assert signed(STORY.replace("eleven", "twelve")).exact != one.exact


def test_about_one_sequence_in_four_is_kept_and_copies_share_theirs() -> None:
    one = set(signed(STORY).grams)
    words = signed(STORY).words
    assert words / 8 < len(one) < words / 2
    assert len(one & set(signed(REWORDED).grams)) >= 10
    assert len(one & set(signed(OTHER).grams)) < 2


@pytest.mark.parametrize("text", ["", "Too short to be told from others by its words alone"])
def test_a_short_text_has_no_exact_signature(text: str) -> None:
    assert signed(text).exact == ""


def test_the_dateline_of_an_agency_does_not_tell_copies_apart() -> None:
    plain = "Министры одиннадцати речных областей договорились делить воду северного канала ещё двадцать лет, сообщили в четверг чиновники водного ведомства после встречи в старом порту."
    exacts = {
        dedup.signature(version(f"{line}{plain}", lang="ru")).exact
        for line in ("", "МОСКВА, 5 марта. /ТАСС/. ", "РЕЧНОЙ, 5 марта /Вести/ — ")
    }
    assert len(exacts) == 1


def test_long_texts_are_judged_within_bounds() -> None:
    """A quadratic comparison of these would meet the suite's timeout."""
    long = version(" ".join(f"word{n}" for n in range(50_000)))
    quotes = version('"' * 100_000 + " ".join(["same"] * 20_000))
    for one in (long, quotes):
        for other in (long, quotes, FULL):
            judged(one, other)
            dedup.signature(one)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=40), st.sampled_from(["", "en", "ru", "x-y"]))  # fmt: skip
def test_any_two_texts_are_judged(one: str, other: str, title: str, lang: str) -> None:
    new, old = version(one, title, lang=lang), version(other, "T")
    evidence = judged(new, old)
    assert 0.0 <= evidence.score <= 1.0
    assert evidence.relation in {"same", "related", "other"}
    signature = dedup.signature(new)
    assert all(0 <= gram < 2**63 for gram in signature.grams)
    itself = judged(new, new)
    by_headline = not signature.words  # which joins nothing
    assert by_headline or (itself.relation == "other") == (itself.score < itself.threshold)


@pytest.mark.parametrize(
    ("url", "stem"),
    [
        ("http://w.example/energy/oil-rises-again-2026-05-03/", ("oil", "rises", "again")),
        ("http://w.example/oil-rises-again-update-2-2026-05-03.html", ("oil", "rises", "again")),
        ("http://w.example/idUSKBN2A?x=oil-rises", ()),
        ("http://w.example/%D0%BD%D0%B5%D1%84%D1%82%D1%8C-2", ("нефть",)),
        ("http://w.example", ()),
        ("nonsense", ("nonsense",)),
    ],
)
def test_a_slugs_stem_is_its_words(url: str, stem: tuple[str, ...]) -> None:
    assert slug_stem(url) == stem


LOOK_ALIKE = str.maketrans("aeopcxyKMHTBkmhtb", "аеорсхуКМНТВкмнтв")


@pytest.mark.parametrize("hide", ["\u200b", "\u200d", "\u00ad", "\u2060"])
def test_a_copy_with_letters_that_nobody_sees_is_a_copy(hide: str) -> None:
    hidden = hide.join(STORY[n : n + 7] for n in range(0, len(STORY), 7))
    assert judged(version(hidden, article="x"), FULL).relation == "same"


def test_a_copy_with_look_alike_letters_is_a_copy() -> None:
    assert judged(version(STORY.translate(LOOK_ALIKE), article="x"), FULL).relation == "same"


def test_a_text_is_read_alike_whatever_was_read_before() -> None:
    """A stem that a numeral shares with another word: "hundreds" must not become a figure only once
    somebody wrote "hundred".
    """
    said = "Hundreds of people stood at the gate while the others went home by the northern road."
    readings = []
    for before in ("", "A hundred people came on foot."):
        _id.cache_clear()
        traits.cache_clear()
        traits("", before, "en")
        readings.append(traits("", said, "en").figured.tolist())
    assert readings[0] == readings[1]


HASHES = st.lists(st.integers(0, 12) | st.integers(2**64 - 6, 2**64 - 1), max_size=20)


@given(HASHES, HASHES)
def test_hashes_in_rising_order_are_sets(one: list[int], other: list[int]) -> None:
    mine, yours = (_set(np.array(said, np.uint64)) for said in (one, other))
    assert mine.tolist() == sorted(set(one))
    assert common(mine, yours) == len(set(one) & set(other))
    asked = held(np.array(one, np.uint64), yours).tolist()
    assert asked == [number in other for number in one]


NOTICE = """We and our partners keep and read small files on your device to measure how our pages are used
and to show what may interest you. You can agree, refuse, or choose for each purpose, now or later at
the foot of any page. Your choice holds for this site alone and for one year from today."""


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("Terminal shut after leak", "Grain freight index rises a ninth day", "other"),
        ("Terminal shut after leak", "Terminal shut after gas leak, Velm says", "same"),
        ("What small files on your device are for", "Grain freight index rises", "same"),
    ],
)
def test_a_notice_shown_for_two_articles_makes_them_no_story(
    one: str, other: str, relation: str
) -> None:
    new = version(NOTICE, one, article="new")
    old = replace(version(NOTICE, other, article="old"), newsroom="Another")
    assert dedup.exact(new, old).relation == relation
    more = f"{NOTICE}\nThe rules of the country you are in are kept."
    assert dedup.judge(version(more, one, article="new"), old, {}).relation == relation


@pytest.mark.parametrize("held_at", [1, 3])
def test_a_briefing_or_a_live_page_joins_nothing_that_it_holds(held_at: int) -> None:
    items = [
        (
            "The town council of Oster voted on Monday to rebuild the swimming bath that burnt down in 2019,"
            " at a cost of nine million crowns, after a debate that went on into the night."
        ),
        (
            "A freight train left the rails near Aldermoor; nobody was hurt, and the line will be closed for"
            " two days while cranes lift nine wagons out of the wet meadow beside it."
        ),
        (
            "The national side lost to its neighbours after penalties in front of forty thousand people, and"
            " its trainer said that he would stay for the summer whatever the federation thinks of it."
        ),
        (
            "Teachers in the north will strike on Thursday for the third time this year over the length of"
            " their week, the union said, and parents are asked to keep their children at home."
        ),
    ]
    told = "\n".join(STORY.split("\n")[:2])
    items.insert(held_at, told)
    briefing = replace(
        version("\n".join(items), "Tuesday morning: five things to know", article="b"),
        newsroom="Paper",
    )
    item = version(told, TITLE, article="i")
    for new, old in ((briefing, item), (item, briefing)):
        evidence = dedup.judge(new, old, {})
        assert (evidence.relation, evidence.decided_by[:16]) == ("related", "guard: a roundup")
    cut = replace(
        version(STORY.split("\n", maxsplit=1)[0], "What we know", article="c"), newsroom="Paper"
    )
    assert dedup.judge(cut, version(STORY, article="s"), {}).relation == "same"


# Made up: one newsroom's frame, filled in for two places, firms or provinces within the hour.
FRAMES = {
    "zh city": (
        "zh",
        (
            "上海市今日天气预报",
            "上海市气象台今天早晨发布天气预报，预计今天白天多云转阴，最高气温25度，最低气温18度，东南风三到四级。明天有小雨，请市民出行时注意携带雨具，注意交通安全。空气质量良好，适宜户外活动。",
        ),
        (
            "北京市今日天气预报",
            "北京市气象台今天早晨发布天气预报，预计今天白天多云转阴，最高气温22度，最低气温11度，东南风三到四级。明天有小雨，请市民出行时注意携带雨具，注意交通安全。空气质量良好，适宜户外活动。",
        ),
    ),
    "zh prov": (
        "zh",
        (
            "山西省一季度财政收入增长",
            "山西省财政厅周二公布，今年一季度全省一般公共预算收入完成812亿元，同比增长4.2%，其中税收收入完成563亿元，非税收入完成249亿元。财政支出保持增长，重点领域得到保障，民生支出占比超过八成。",
        ),
        (
            "山东省一季度财政收入增长",
            "山东省财政厅周二公布，今年一季度全省一般公共预算收入完成2115亿元，同比增长5.1%，其中税收收入完成1563亿元，非税收入完成552亿元。财政支出保持增长，重点领域得到保障，民生支出占比超过八成。",
        ),
    ),
    "ja": (
        "ja",
        (
            "札幌市の三月の人口、前月比で減少",
            "札幌市は三日、三月一日現在の推計人口を発表した。総人口は195万8412人で、前月に比べて1203人減少した。世帯数は98万1200世帯だった。市は若い世代の転出が続いていることが主な原因だとしている。",
        ),
        (
            "仙台市の三月の人口、前月比で減少",
            "仙台市は三日、三月一日現在の推計人口を発表した。総人口は109万3100人で、前月に比べて842人減少した。世帯数は53万4100世帯だった。市は若い世代の転出が続いていることが主な原因だとしている。",
        ),
    ),
    "ko": (
        "ko",
        (
            "삼성전자, 1분기 영업이익 발표",
            "삼성전자는 3일 1분기 연결 기준 영업이익이 6조6천억원을 기록했다고 밝혔다. 매출은 71조9천억원으로 지난해 같은 기간보다 12.8% 늘었다. 회사는 반도체 수요 회복이 실적을 이끌었다고 설명했다.",
        ),
        (
            "현대자동차, 1분기 영업이익 발표",
            "현대자동차는 3일 1분기 연결 기준 영업이익이 3조5천억원을 기록했다고 밝혔다. 매출은 40조6천억원으로 지난해 같은 기간보다 7.6% 늘었다. 회사는 반도체 수요 회복이 실적을 이끌었다고 설명했다.",
        ),
    ),
    "th": (
        "th",
        (
            "กรมอุตุนิยมวิทยาพยากรณ์อากาศเชียงใหม่วันนี้",
            "กรมอุตุนิยมวิทยาพยากรณ์อากาศจังหวัดเชียงใหม่วันนี้ มีเมฆบางส่วน อุณหภูมิต่ำสุด 22 องศาเซลเซียส สูงสุด 35 องศาเซลเซียส ลมตะวันตกเฉียงใต้ ความเร็ว 10-20 กิโลเมตรต่อชั่วโมง ขอให้ประชาชนดูแลสุขภาพเนื่องจากสภาพอากาศร้อน",
        ),
        (
            "กรมอุตุนิยมวิทยาพยากรณ์อากาศขอนแก่นวันนี้",
            "กรมอุตุนิยมวิทยาพยากรณ์อากาศจังหวัดขอนแก่นวันนี้ มีเมฆบางส่วน อุณหภูมิต่ำสุด 24 องศาเซลเซียส สูงสุด 37 องศาเซลเซียส ลมตะวันตกเฉียงใต้ ความเร็ว 10-20 กิโลเมตรต่อชั่วโมง ขอให้ประชาชนดูแลสุขภาพเนื่องจากสภาพอากาศร้อน",
        ),
    ),
}


@pytest.mark.parametrize("name", FRAMES)
def test_series_are_told_apart_where_a_word_is_a_character(name: str) -> None:
    lang, one, other = FRAMES[name]
    first, second = (version(said, title, lang=lang) for title, said in (one, other))
    evidence = dedup.judge(second, first, {})
    assert evidence.relation == "related"
    assert evidence.decided_by.startswith("series guard: same newsroom, another subject")
    cut = version(one[1][: len(one[1]) * 2 // 3], one[0], lang=lang)
    for newsroom in ("A wire", "A paper"):
        assert dedup.judge(replace(cut, newsroom=newsroom), first, {}).relation == "same"


PACKAGE = """The ambassadors of the union agreed on Wednesday on the {0} package of measures against the
shipping of contraband grain, diplomats said. It adds {1} vessels to the list and forbids insurers to
cover them. The ministers are to confirm it on Monday without debate, and it will be in force a day
after. A first reading had failed last month over the objections of one member, which were met."""


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("Union agrees on 12th grain package", "Union agrees on 13th grain package", "related"),
        ("Union agrees on twelfth grain package", "Union agrees on 13th grain package", "related"),
        ("Союз одобрил 12-й зерновой пакет", "Союз одобрил тринадцатый зерновой пакет", "related"),
        ("Union agrees on 2nd grain package", "Second grain package agreed on by union", "same"),
        ("Союз одобрил 2-й зерновой пакет", "Второй зерновой пакет одобрен союзом", "same"),
        ("Union agrees on 12th grain package", "Ambassadors: grain package agreed on", "same"),
    ],
)
def test_the_next_of_a_numbered_series_is_another_story_in_any_newsroom(
    one: str, other: str, relation: str
) -> None:
    text = PACKAGE.format("new", 14)
    new, old = version(text, one), replace(version(text, other), newsroom="Another")
    assert dedup.judge(new, old, {}).relation == relation


QUARTER = """{0} said on Thursday that its net profit of the first quarter rose to {1} million crowns from {2}
million a year earlier, helped by demand for its pumps and by cheaper steel, and kept its outlook.
Revenue climbed by four percent. The board will propose the dividend of last year once more.
"We have made a good start to the year and our order books are well filled," its chief executive
said. "Despite the uncertain environment we are confident of reaching our targets for the year."
{0} still expects revenue to grow in the middle single digits, with a margin at about last year's
level. It said it would continue its programme to cut costs, under which nine hundred jobs are to go
by the end of next year, mostly in administration. Analysts had on average expected a little less,
according to a poll. Shares in {0} were up two percent in early trading, outperforming the market.
The company's works council said it had not been told of the cuts before the morning."""


@pytest.mark.parametrize("newsroom", ["A wire", "Another"])
def test_two_firms_quarters_in_one_frame_are_two_stories_in_any_newsroom(newsroom: str) -> None:
    one = version(
        QUARTER.format("Veltrin", 214, 191), "Veltrin quarterly profit rises on pump demand"
    )
    other = version(QUARTER.format("Osterbach", 87, 80), "Osterbach quarterly profit rises on pump demand")  # fmt: skip
    assert dedup.judge(replace(other, newsroom=newsroom), one, {}).relation == "related"
    copy = version(QUARTER.format("Veltrin", 214, 191).replace("said", "says"), "Pump maker grows")
    assert dedup.judge(replace(copy, newsroom="Another"), one, {}).relation == "same"
    spelt = version(QUARTER.format("Feltrin", 214, 191), "Feltrin earns more in first quarter")
    assert dedup.judge(replace(spelt, newsroom="Another"), one, {}).relation == "same"


def test_a_briefing_that_holds_the_lead_of_a_longer_story_does_not_join_it() -> None:
    briefing = "\n".join(
        (
            "Good morning. Here is what you need to know today.",
            STORY.split("\n", maxsplit=1)[0],
            "In sport, Rovers beat Kingsport 2-0 to go second, and tennis opens with 64 players in Limena.",
            "And finally: a goat was found on the roof of the town hall in Dorset, where it stayed for a day.",
        )
    )
    item = replace(version(briefing, "Morning briefing: canal, sport, a goat"), newsroom="Paper")
    assert dedup.judge(item, version(STORY), {}).relation == "related"
    assert dedup.judge(version(STORY), item, {}).relation == "related"


WEATHER = """Strong winds and {0} will reach the capital on {1}, the weather office said, with gusts of {2}
kilometres an hour and a high of {3} degrees in the afternoon.
Residents should keep windows shut and stay away from trees and scaffolding, the office added. Older people
and those with asthma were told to spend less time out of doors.
The airport put {4} flights back, and the railway ran fewer trains on the northern line. Schools stay open.
The index of bad air stood at {5} by noon, and forecasters expect it to fall towards the end of the week,
when rain comes in from the sea."""


@pytest.mark.parametrize(
    ("days", "figures", "relation"),
    [
        (1.0, ("sand", "Wednesday", 71, 13, 31, 214), "related"),
        (
            0.1,
            ("sand", "Wednesday", 71, 13, 31, 214),
            "same",
        ),  # within hours a wire corrects itself
        (
            1.0,
            ("dust", "Tuesday", 84, 9, 12, 86),
            "same",
        ),  # a late copy opens with the first one's day
        (1.0, ("dust", "Wednesday", 84, 9, 12, 86), "same"),  # and may put its day right
    ],
)
def test_the_weather_of_two_days_is_two_stories_in_any_newsroom(
    days: float, figures: tuple[str | int, ...], relation: str
) -> None:
    old = version(WEATHER.format("dust", "Tuesday", 84, 9, 12, 86), "Winds to reach the capital")
    later = NOON + timedelta(days=days)
    new = version(WEATHER.format(*figures), "Winds reach the capital", at=later)
    assert judged(replace(new, newsroom="Another"), old).relation == relation


def test_a_copy_behind_a_paragraph_and_under_a_headline_of_its_own_is_a_copy() -> None:
    own = "Rice traders at the sea fear a bad year after the news from the valley, dealer Petra Voss said."
    cut = "\n".join(STORY.split("\n")[:4])
    copy = version(f"{own}\n{cut}", "Dealer Voss fears for rice")
    old = version(STORY, "Too late for this year's rice, says Sample of the growers")
    assert judged(replace(copy, newsroom="Another"), old).relation == "same"


DEAL = """Veltrin Inc said its distributor Monza Corp <MNZ> has recalled all lots of a pill that it makes.
Monza acted after a druggist in the north found two pills of another kind in one packet, it said.
Veltrin will pay for the recall, which it put at two million crowns, and sees no loss in the year.
A spokesman for Monza said that nobody had been hurt, and that stocks would be full again by autumn."""


@pytest.mark.parametrize(
    ("text", "title", "decided_by"),
    [
        ("\n".join(DEAL.split("\n")[1:]), "Distributor Monza <MNZ> recalls pills", "threshold"),
        (DEAL.replace("acted", "did so"), "VELTRIN <VLTR.N> RECALLS PILLS", "threshold"),
        (DEAL.replace("acted", "did so"), "VELTRIN <VTLR> RECALLS PILLS", "threshold"),
        (DEAL.replace("acted", "did so"), "VELTRIN <OST> RECALLS PILLS", "guard: other tickers"),
    ],
)
def test_a_copy_headed_by_the_other_side_of_a_deal_is_a_copy(
    text: str, title: str, decided_by: str
) -> None:
    old = version(DEAL, "VELTRIN <VLTR> RECALLS PILLS")
    evidence = judged(replace(version(text, title), newsroom="Another"), old)
    assert evidence.decided_by == decided_by
    assert (evidence.relation == "same") is (decided_by == "threshold")


def test_the_weather_of_two_days_is_two_stories_where_no_space_stands_before_a_figure() -> None:
    said = (
        "海门市气象台{}日发布天气预报：白天多云转阴，有小雨，偏北风三四级，最高气温{}摄氏度；夜间阴，最低气温{}摄氏度。"
        "气象台提醒，雨天路滑，市民出行请注意交通安全，早晚温差较大，请及时增添衣物。未来三天仍有降雨，请关注最新预报。"
    )
    old = version(said.format(3, 12, 5), "海门今日有小雨", lang="zh")
    new = version(said.format(4, 9, 1), "海门今日小雨", NOON + timedelta(days=1), lang="zh")
    assert judged(replace(new, newsroom="Another"), old).relation == "related"
    copy = version(said.format(3, 12, 5).replace("请", "请您"), "海门小雨", NOON + timedelta(days=1), lang="zh")  # fmt: skip
    assert judged(replace(copy, newsroom="Another"), old).relation == "same"
