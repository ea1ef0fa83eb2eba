"""Words: what is kept, what is shown, and what finds what."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch import text

ANYTHING = st.text(st.characters(), max_size=300) | st.text(
    "ab Яйё\n\r\t\x00\x1b\x85\u2028\u202e\ud800\u0301\u200d.,1%日ก-'’&+", max_size=200
)


def words(s: str) -> list[str]:
    return [token.text for token in text.tokens(s)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("U.S.", ["u", "s"]),
        ("AT&T", ["at", "&", "t"]),
        ("C++", ["c", "+", "+"]),
        ("it's", ["it", "s"]),
        ("it’s", ["it", "s"]),
        ("COVID-19", ["covid", "19"]),
        ("3.5%", ["3", "5", "%"]),
        ("@user #tag", ["@", "user", "#", "tag"]),
        ("日本語", ["日", "本", "語"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("co\u00adoperate", ["cooperate"]),
        ("Łódź Gdańsk naïve", ["lodz", "gdansk", "naive"]),
        ("snake_case", ["snake", "case"]),
        ("٢٠٢٦ 2026", ["2026", "2026"]),
        ("हिन्दी", ["हिन्दी"]),
        ("— … !!!", []),
        ("", []),
    ],
)
def test_tokens_of_what_people_type(written, expected):
    assert words(written) == expected


def test_short_i_stays_a_letter_of_its_own_and_yo_does_not():
    assert words("Йод йод и\u0306од ёлка Её") == ["йод", "йод", "йод", "елка", "ее"]
    assert words("каин") != words("кайн")


def test_offsets_count_the_original():
    written = "Ёлка — e\u0301t\u00e9, U.S."
    assert [written[t.start : t.end] for t in text.tokens(written)] == [
        "Ёлка", "e\u0301t\u00e9", "U", "S",
    ]  # fmt: skip


@given(ANYTHING)
def test_tokens_of_any_string_are_words_in_order(s):
    end = 0
    for token in text.tokens(s):
        assert end <= token.start < token.end <= len(s)
        assert token.text
        assert words(token.text) == [token.text]
        end = token.end


@given(ANYTHING)
def test_a_cut_at_white_space_cuts_no_word(s):
    """The index holds lead and rest apart; together they must hold what the whole text holds."""
    kept = text.clean(s)
    lead = text.lead(kept)
    assert kept.startswith(lead)
    assert words(lead) + words(kept[len(lead) :]) == words(kept)


def test_every_letter_of_unicode_has_a_word():
    for number in range(0x110000):
        letter = chr(number)
        if letter.isalnum():
            for word in words(letter):
                assert word
                assert words(word) == [word], hex(number)
                assert text.fold(text.fold(letter)) == text.fold(letter), hex(number)


PLAIN = st.text("aZ09 éØßąžЁжя@#%€—–’“”«»…•°·²ªµ\u00a0\u0301\u00ad\u0437-'", max_size=40)


@given(PLAIN)
def test_words_are_the_same_however_plain_the_text_around_them_is(s):
    alone = text.tokens(s)
    # A Georgian word, which no quicker way of reading knows.
    assert text.tokens(f"{s} \u10d0")[:-1] == alone
    assert text.placed(s) == (tuple(t.text for t in alone), tuple(t.start for t in alone))


@given(ANYTHING)
def test_clean_text_is_stable_and_keepable(s):
    kept = text.clean(s)
    assert text.clean(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    kept.encode("utf-8")
    for line in kept.split("\n") if kept else ():
        assert line
        assert line == text.collapse(line)
    assert not any(unicodedata.category(c) == "Cc" for c in kept.replace("\n", ""))


def test_clean_keeps_paragraphs_case_and_punctuation():
    assert text.clean("A\x00b \t c.\r\n\r\n\u00a0\nZweiter\u2028dritter\ud800") == (
        "Ab c.\nZweiter\ndritter\ufffd"
    )
    assert text.collapse(" a\n\u00a0b\t") == "a b"


@given(ANYTHING)
def test_safe_text_prints(s):
    safe = text.safe_text(s)
    assert all(c.isprintable() or c in "\u200c\u200d" for c in safe)
    safe.encode("utf-8")
    assert text.safe_text(safe) == safe
    assert "\n" not in text.safe_line(s)
    assert text.safe_text(s, newlines=True).replace("\n", "") != "\x1b"


def test_safe_text_drops_what_moves_and_keeps_what_reads():
    assert text.safe_text("a\x1b[31m\tb\u202ec\x9bd\ud800e\x00") == "a[31m bcde"
    assert text.safe_text("one\r\ntwo", newlines=True) == "one\ntwo"
    assert text.safe_text("one\r\ntwo") == "one  two"
    assert text.safe_line(" one\r\ntwo ") == "one two"
    assert text.safe_text("می\u200cخواهم 👩\u200d🚒 Й") == "می\u200cخواهم 👩\u200d🚒 Й"


@pytest.mark.parametrize(
    ("typed", "printed", "lang"),
    [
        ("sanctions", "Sanction", "en"),
        ("санкции", "санкциями", "ru"),
        ("санкции", "Санкций", "ru-ru"),
        ("санкции", "санкциями", ""),
        ("санкции", "санкциями", "en"),
        ("sanction", "sanctions", "zh"),
        ("Sanktion", "Sanktionen", "de"),
        ("président", "PRESIDENTS", "fr-FR"),
        ("елка", "ёлки", "ru"),
        ("2026", "2026", "ru"),
        ("日", "日", "ja"),
        ("صحيفة", "صحيفة", "ar"),
    ],
)
def test_a_word_finds_its_inflections(typed, printed, lang):
    (term,) = text.terms(printed, lang)
    assert term == text.word_term(text.fold(typed), text.filed_as(lang))


def test_a_word_finds_no_other():
    assert text.terms("каин", "ru") != text.terms("кайн", "ru")
    assert text.terms("sanity", "en") != text.terms("sanctions", "en")


@given(
    st.text(st.characters(), min_size=1, max_size=12),
    st.sampled_from(["en", "ru", "de", "tr", "", "x", "ja"]),
)
def test_a_word_finds_itself_in_every_language(s, lang):
    for token, term in zip(text.tokens(s), text.terms(s, lang), strict=True):
        assert (term,) == text.terms(s[token.start : token.end], text.filed_as(lang))
        assert term == text.word_term(token.text, text.filed_as(lang))
        assert not any(c.isspace() or c == '"' for c in term)


def test_terms_are_tagged_and_stems_are_not():
    assert text.terms("Sanctions санкции 2026 日", "en-US") == (
        "sanction_en", "санкц_ru", "2026_x", "日_x",
    )  # fmt: skip
    assert text.stems("Sanctions 2026", "en") == ("sanction", "2026")


def test_lead_is_the_first_paragraph_or_sixty_words():
    assert text.lead("First one.\nSecond.") == "First one."
    long = " ".join(f"w{n}" for n in range(100))
    assert text.lead(long).split() == long.split()[:60]
    unspaced = "日" * 5000
    assert text.lead(unspaced) == "日" * 600
    assert text.lead("") == ""
    assert text.lead("x" * 5000) == "x" * 5000


def test_sentences_know_abbreviations():
    assert text.sentences(
        "The U.S. said on Aug. 5 it is. Mr. Smith left! «Да». Он ушел.\nNext。次の。"
    ) == (
        "The U.S. said on Aug. 5 it is.", "Mr. Smith left!", "«Да».", "Он ушел.", "Next。", "次の。",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "figures"),
    [
        ("1,234.50 barrels", ("1234.5",)),
        ("1 234,5 and 1\u00a0234,5", ("1234.5", "1234.5")),
        ("12%, 12 %, 12 percent, 12 процентов", ("12%",) * 4),
        ("1.234.567,8", ("1234567.8",)),
        ("1.234", ("1.234",)),
        ("1,234", ("1234",)),
        ("in 2023 450 people", ("2023", "450")),
        ("$5 000", ("5000",)),
        ("1’000’000", ("1000000",)),
        ("F16 and COVID-19", ("19",)),
        ("3.0 = 3", ("3", "3")),
        ("10,", ("10",)),
        ("٣٫٥", ("3", "5")),
        ("", ()),
    ],
)
def test_numbers_are_written_one_way(written, figures):
    assert text.numbers(written) == figures


def test_names_are_more_than_sentence_starts():
    assert text.names(
        "The European Commission said Ursula von der Leyen met Joe Biden. Biden agreed. "
        "Oil rose. In Moscow the U.S. Treasury spoke."
    ) == (
        "European Commission",
        "Ursula von der Leyen",
        "Joe Biden",
        "Biden",
        "Moscow",
        "U.S. Treasury",
    )
    assert text.names("Oil rose.") == ()


@settings(max_examples=150)
@given(ANYTHING)
def test_reading_survives_any_string(s):
    text.sentences(s)
    text.numbers(s)
    text.names(s)
    text.paragraphs(s)
    text.lead(s)
    assert len(text.terms(s, "en")) == len(text.tokens(s)) == len(text.stems(s, "en"))


@pytest.mark.parametrize(
    "piece", ["a", "1", "1,111", ".", " ", "A. ", "!", "!)", ".”", "! ", "日", "“", "A b ", "1 "]
)
def test_long_monotony_costs_no_more_than_its_length(piece):
    s = piece * (200_000 // len(piece))
    text.tokens(s)
    text.lead(s)
    text.numbers(s)
    text.sentences(s)
    text.names(s)


@pytest.mark.parametrize(
    ("word", "whole"),
    [
        ("раyрal", "paypal"),  # four Cyrillic letters among Latin ones
        ("мocквы", "москвы"),  # Latin ones among Cyrillic
        ("москва", "москва"),
        ("paypal", "paypal"),
        ("x‑ray", "x‑ray"),
        ("日本a", "日本a"),
        ("", ""),
    ],
)
def test_a_word_of_two_scripts_is_one_of_one(word: str, whole: str) -> None:
    assert text.one_script(word) == whole


def test_a_figure_may_follow_a_character_that_is_a_word() -> None:
    assert text.numbers("最高气温12度，3月5日，1.5亿元，서울 12월") == ("12", "3", "5", "1.5", "12")
    assert text.numbers("A320 and C4 are codes") == ()
