"""The words of a text: what is kept, what is safe to show, tokens, terms, sentences, figures, names.

Rule: pure, and the same everywhere. What search, rules and deduplication call a word is decided
here alone. Offsets always count characters of the string that was given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import Stemmer

LEAD_WORDS = 60
LEAD_CHARACTERS = 600  # where a script has no spaces between words, a paragraph would be one word
# Of the words of 16,000 texts in two languages 4.0 % are then read anew, 3.5 with twice as many kept; some 10 MB each when full.
STEMS_KEPT = 1 << 16

# ── what is safe, what is kept ──────────────────────────────────────────────────────────────

JOINERS = "\u200c\u200d"  # Persian words and emoji need them, and they turn nothing around
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = {c: None for c in (*range(32), *range(127, 160)) if not chr(c).isspace()}
_UNFIT = re.compile(
    f"[\ud800-\udfff{re.escape(''.join(map(chr, _CONTROL)))}]"
)  # few texts have any


def safe_text(s: str, *, newlines: bool = False) -> str:
    """*s* for a terminal, a letter or a log: nothing that moves a cursor, turns the writing's
    direction or cannot be printed. Tabs and other white space become spaces, newlines too unless
    they are asked for.
    """
    if s.isprintable():
        return s
    if newlines:
        return "\n".join(safe_text(line) for line in re.split("\r\n|[\n\r]", s))
    return "".join(c if c.isprintable() or c in JOINERS else " " if c.isspace() else "" for c in s)


def safe_line(s: str) -> str:
    """*s* made safe, on one line, without superfluous white space."""
    return collapse(safe_text(s))


def collapse(s: str) -> str:
    """All white space as single spaces, none at the ends."""
    return " ".join(s.split())


def clean(s: str) -> str:
    """*s* as the archive keeps it: NFC, no control character, lone surrogates as U+FFFD;
    paragraphs collapsed, none empty, each on its own line. Doing it twice changes nothing.
    """
    if _UNFIT.search(s):
        s = _SURROGATE.sub("\ufffd", s.translate(_CONTROL))
    s = unicodedata.normalize("NFC", s)
    return "\n".join(line for line in map(collapse, s.splitlines()) if line)


# ── tokens ──────────────────────────────────────────────────────────────────────────────────


class Token(NamedTuple):
    """One word: *text* folded, *start* and *end* where it stands in the original string."""

    text: str
    start: int
    end: int


# Marks carry vowels in many scripts, and Python's \w leaves them out. All the marks that ordinary
# words hold lie below U+3100; asking the whole of Unicode would cost 200 ms at import.


@cache
def _marks() -> str:
    """The marks as ranges: a class of a thousand single characters takes long to compile."""
    found: list[list[int]] = []
    for code in range(0x300, 0x3100):
        if unicodedata.category(chr(code))[0] == "M":
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in found)


_INSIDE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # what nobody sees does not end a word
# Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, Han. One token a character. So too
# Hangul, whose words hold their particles and each other: 서울 stands in 서울에서.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_APOSTROPHE_LETTERS = "ʹʻʼʽˈ"  # letters to Unicode, apostrophes to whoever types them
_SYMBOLS = "@#%&+$¢£¥€₤₦₩₪₫₱₴₹₺₽₿"  # what tells C++ from C, #tag from tag, AT&T from "at t"
_LETTER = rf"[^\W_{_ALONE}{_APOSTROPHE_LETTERS}]"
_PLAIN = "0-9A-Za-zÀ-ÖØ-öø-ʯЀ-џ"  # a class that the engine looks up at once, unlike _LETTER
_ASCII_TOKEN = re.compile(rf"[0-9A-Za-z]+|[{_SYMBOLS}]")
# Latin and Cyrillic news: such letters, and punctuation among which no mark and no joiner hides.
_PLAIN_TEXT = re.compile(rf"[\x00-\x7f{_PLAIN}§°·¿¡«»‐‑–—‘’“”„•…№{_SYMBOLS}\u00a0]*")
_PLAIN_TOKEN = re.compile(rf"[{_PLAIN}]+|[{_SYMBOLS}]")


@cache
def _any_token() -> re.Pattern[str]:
    """What is a word in any script; compiled when first needed, which takes as long as a search."""
    return re.compile(
        rf"[{_PLAIN}]++(?![^\x00-\x7f])"
        rf"|[{_SYMBOLS}]"
        r"|(?![\x00-/:-@\[-`{-\x7f])(?:"
        rf"{_LETTER}(?:{_LETTER}|[{_marks()}{_INSIDE}])*"
        rf"|(?=[^\W_])[{_ALONE}][{_marks()}]*)"
    )


def _token(text: str) -> re.Pattern[str]:
    """What is a word in *text*: the plainer it is, the quicker found."""
    if text.isascii():
        return _ASCII_TOKEN
    return _PLAIN_TOKEN if _PLAIN_TEXT.fullmatch(text) else _any_token()


_ACCENT = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    f"{_INSIDE}]"
)
_SHORT_I = re.compile("([иИ])\u0306")
_UNDECOMPOSED = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th",
        "æ": "ae", "œ": "oe",
        **dict.fromkeys("’‘‛ʹʻʼʽˈ`´′", "'"), **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)  # fmt: skip


@lru_cache(maxsize=1 << 12)  # names, and tokens that are new or not ASCII
def fold(word: str) -> str:
    """*word* without case and accents, apostrophes and dashes of one kind, digits as 0-9.

    ё becomes е, but й stays й: they are letters of their own, and only the first is often
    written without its dots.
    """
    if word.isascii():
        return word.lower()
    s = _SHORT_I.sub("й", unicodedata.normalize("NFKD", word))
    s = _ACCENT.sub("", s).casefold().translate(_UNDECOMPOSED)
    s = unicodedata.normalize("NFC", s)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in s)


@lru_cache(maxsize=STEMS_KEPT)
def _fold_token(word: str) -> str:
    """A token folded, still one token: of what a ligature unfolds into, the first word stays."""
    if word.isascii():
        return word.lower()
    folded_ = fold(word)
    found = _token(folded_).search(folded_)
    return found[0] if found else word


_CYRILLIC_ALIKE = "асеорхукмнтвіјѕһԁԛԝ"
_LATIN_ALIKE = "aceopxykmhtbijshdqw"
_TO_LATIN = str.maketrans(_CYRILLIC_ALIKE, _LATIN_ALIKE)
_TO_CYRILLIC = str.maketrans(_LATIN_ALIKE[:12], _CYRILLIC_ALIKE[:12])


def one_script(word: str) -> str:
    """A folded word that mixes Latin with Cyrillic letters, in the script of most of them: look-alike
    letters are how a copy hides. Other words as they are.
    """
    if word.isascii():
        return word
    cyrillic = sum("\u0400" <= c <= "\u052f" for c in word)
    latin = sum("a" <= c <= "z" for c in word)
    if not cyrillic or not latin:
        return word
    # Look-alikes say nothing of the script; what has none does.
    telling = sum("\u0400" <= c <= "\u052f" and c not in _CYRILLIC_ALIKE for c in word)
    telling -= sum("a" <= c <= "z" and c not in _LATIN_ALIKE for c in word)
    return word.translate(_TO_CYRILLIC if (telling or cyrillic - latin) > 0 else _TO_LATIN)


def self_bounded(word: str) -> bool:
    """Whether a folded token stays one whatever stands beside it: a sign, or a character of a
    script without spaces.
    """
    return re.fullmatch(rf"[{_ALONE}{_SYMBOLS}][{_marks()}]*", word) is not None


@lru_cache(maxsize=32)  # matching, indexing and recognition read one new text each in turn
def tokens(text: str) -> tuple[Token, ...]:
    """The words of *text*. What stands between white space or punctuation is a word; the signs
    @ # % & + and currencies are words too, so that C++, AT&T or 3.5% find exactly themselves as
    runs of adjacent words.
    """
    return tuple(
        Token(_fold_token(found[0]), found.start(), found.end())
        for found in _token(text).finditer(text)
    )


@lru_cache(maxsize=32)
def placed(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The folded words of *text*, and where each starts: what `tokens` says, at half its cost."""
    found = [(word[0], word.start()) for word in _token(text).finditer(text)]
    return tuple([_fold_token(word) for word, _ in found]), tuple([start for _, start in found])


def word_end(text: str, start: int) -> int:
    """Where the word that starts at *start* ends."""
    found = _token(text).match(text, start)
    return found.end() if found else start


def folded(text: str) -> tuple[str, ...]:
    """The folded words of *text*, without their places."""
    return placed(text)[0]


# ── stems and terms ─────────────────────────────────────────────────────────────────────────

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "fa": "persian", "fi": "finnish",
    "fr": "french", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
_LATIN = (
    "en", "ca", "cs", "da", "de", "es", "et", "fi", "fr", "hu", "id", "it", "lt", "nl", "no", "pl",
    "pt", "ro", "sv", "tr",
)  # fmt: skip
# A script's first letters, and the languages whose words it writes; the first is the default.
_SCRIPTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("a", "\u02af", _LATIN),
    ("\u0370", "\u03ff", ("el",)),
    ("\u0400", "\u052f", ("ru",)),
    ("\u0530", "\u058f", ("hy",)),
    ("\u0620", "\u06ff", ("ar", "fa")),
    ("\u0900", "\u097f", ("hi",)),
    ("\u0b80", "\u0bff", ("ta",)),
    ("\u1e00", "\u1eff", _LATIN),
    ("\u1f00", "\u1fff", ("el",)),
)
_SAME_STEMS = {"nb": "no", "nn": "no", "uk": "ru", "be": "ru", "bg": "ru", "in": "id", "ms": "id"}
_UNTAGGED = "x"


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _SNOWBALL[language]
    return Stemmer.Stemmer(name, 0) if name in Stemmer.algorithms() else None


@lru_cache(maxsize=STEMS_KEPT)
def _languages(word: str) -> tuple[str, ...]:
    """The languages that may inflect a folded word; none for figures, signs and other scripts."""
    if not word.isalpha() and any(c.isdigit() for c in word):
        return ()
    for first, last, languages in _SCRIPTS:
        if first <= word[0] <= last:
            return languages
    return ()


@lru_cache(maxsize=1024)
def _primary(lang: str) -> str:
    primary = re.split("[-_]", lang.casefold(), maxsplit=1)[0]
    return _SAME_STEMS.get(primary, primary)


@lru_cache(maxsize=STEMS_KEPT)
def _stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    stem: str = stemmer.stemWord(word) if stemmer else word
    return stem or word


@lru_cache(maxsize=STEMS_KEPT)
def _term(word: str, primary: str) -> str:
    languages = _languages(word)
    if not languages:
        return f"{word}_{_UNTAGGED}"
    language = primary if primary in languages else languages[0]
    return f"{_stem(word, language)}_{language}"


def stemmed(words: list[str], language: str) -> list[str]:
    """The stems of folded words of a Snowball *language*, not kept in mind: words that were made up would
    drive out those of texts.
    """
    stemmer = _stemmer(language)
    return list(stemmer.stemWords(words)) if stemmer else words


def filed_as(lang: str) -> str:
    """The language whose stems an article of language *lang* is filed under, '' for none of its own:
    articles with the same answer have the same terms for the same words, those of the answer itself.
    """
    primary = _primary(lang)
    return primary if primary in _SNOWBALL else ""


def word_terms(words: Iterable[str], lang: str) -> tuple[str, ...]:
    """The term of each folded word, in order: see `terms`."""
    primary = _primary(lang)
    return tuple([_term(word, primary) for word in words])


def word_term(word: str, lang: str) -> str:
    """The term of one folded word for an article of language *lang*: see `terms`."""
    return _term(word, _primary(lang))


def terms(text: str, lang: str) -> tuple[str, ...]:
    """What the index files *text* under: one term a token, in order, tagged by the language whose
    stemmer made it (`sanction_en`, `санкц_ru`), or `_x` where there is none (`2026_x`, `日_x`).

    The language is the article's where it is written in the token's script and Snowball knows it,
    else the script's first (Latin: English, Cyrillic: Russian). A term holds neither white space
    nor a double quote.
    """
    return word_terms(folded(text), lang)


@cache
def _alone() -> re.Pattern[str]:
    return re.compile(f"[{_ALONE}]")


def stands_alone(word: str) -> bool:
    """Whether a word is a token a character: of a script without spaces, or Hangul."""
    return not word.isascii() and _alone().match(word) is not None


def paired(words: Iterable[str]) -> tuple[str, ...]:
    """*words* with neighbours that stand alone taken two and two, as 上海 is one name: 上海市 is 上海 and 海市."""
    found: list[str] = []
    before = ""
    for word in words:
        if not stands_alone(word):
            found.append(word)
            before = ""
        else:
            if before:
                found.append(before + word)
            before = word
    return tuple(found)


def stems(text: str, lang: str) -> tuple[str, ...]:
    """The stems of *text* without tags, one a token, for comparing texts."""
    return tuple(term.rpartition("_")[0] for term in terms(text, lang))


def stem(word: str, lang: str) -> str:
    """The stem of one folded word."""
    return word_term(word, lang).rpartition("_")[0]


# ── paragraphs, sentences ───────────────────────────────────────────────────────────────────

_LEAD = re.compile(rf"\s*(?:\S+[^\S\n]+){{0,{LEAD_WORDS - 1}}}\S*")
# Compiled when first used: a search needs none of them, and compiling costs it 20 ms.
_SENTENCE_END = r"((?<![.!?…])[.!?…]+[\"'”’»)\]]*)\s+(?=[\"'“‘«„(\[—–-]*\s?[^\W_a-zа-яё])|[。！？]+"
_ABBREVIATION = (
    r"(?i:(?:^|[\s(.«\"“])(?:\w|mrs?|ms|dr|st|sr|jr|gen|gov|sen|rep|lt|col|sgt|prof|rev|no|vs|inc|corp|"
    r"ltd|co|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|тыс|млн|млрд|трлн|ул|им|руб|долл|проц|стр)$)"
)


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a kept text."""
    return tuple(line for line in text.split("\n") if line.strip())


def lead(text: str) -> str:
    """How *text* begins: its first paragraph, cut at 60 words or 600 characters, never within
    a word. Always a beginning of *text* itself, so that the rest is `text[len(lead(text)):]`.
    """
    found = _LEAD.match(text)
    start = found[0] if found else ""
    if len(start) <= LEAD_CHARACTERS:
        return start
    words = tokens(start)
    cut = next((word.start for word in words[1:] if word.end > LEAD_CHARACTERS), len(start))
    return start[:cut].rstrip()


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of *text*, paragraph by paragraph; initials and usual abbreviations end none."""
    found: list[str] = []
    for paragraph in paragraphs(text):
        start = 0
        for end in re.finditer(_SENTENCE_END, paragraph):
            before = paragraph[max(start, end.start() - 12) : end.start()]
            if paragraph[end.start()] == "." and re.search(_ABBREVIATION, before):
                continue
            found.append(paragraph[start : end.end()].strip())
            start = end.end()
        if rest := paragraph[start:].strip():
            found.append(rest)
    return tuple(found)


# ── figures and names ───────────────────────────────────────────────────────────────────────

_FIGURE = (
    rf"(?i:(?<![^\W_{_ALONE}])"  # no part of a code; but 气温12度 and 12월 hold figures
    r"(?:\d{1,3}(?:(?P<sep>[ \u00a0\u202f\u2009,.'’])\d{3}(?!\d))(?:(?P=sep)\d{3}(?!\d))*"
    r"(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?P<percent>\s?(?:%|percent\b|per cent\b|процент|проц\b))?)"
)


def numbers(text: str) -> tuple[str, ...]:
    """The figures of *text* in order, written one way: 1,234.50 and 1 234,5 are "1234.5", 12 %
    and 12 percent are "12%". A lone comma before three digits groups, a lone point divides.
    """
    return tuple(_figure(found) for found in re.finditer(_FIGURE, text))


def _figure(found: re.Match[str]) -> str:
    figure = fold(
        found[0][: found.start("percent") - found.start()] if found["percent"] else found[0]
    )
    groups = found["sep"]
    if groups == "." and figure.count(".") == 1 and "," not in figure:
        groups = None
    if groups:
        figure = figure.replace("'" if groups == "’" else groups, "")
        figure = "".join(figure.split())
    figure = figure.replace(",", ".")
    if "." in figure:
        figure = figure.rstrip("0").rstrip(".")
    return figure + ("%" if found["percent"] else "")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_WITHIN_NAMES = _words("al bin da de del della den der di du el ibn la le of van von zu")
_NO_NAMES = _words(
    "a an and as at but by for from he her his i if in it its mr mrs ms no not of on or our she so "
    "that the their there these they this those to we what when where which while who why with you "
    "а без в во вот где для до его ее если за и из или их к как когда кто мы на не но о об он она "
    "они от по под после при с со так также там то у что это этот я"
)


def names(text: str) -> tuple[str, ...]:
    """Capitalised words and runs of them, in order, each once, as written; a word that is only
    the first of its sentence counts when it stands capitalised elsewhere too. A simple reading:
    German nouns and headlines in capitals come along.
    """
    inside: list[str] = []
    first: list[tuple[int, str]] = []
    for sentence in sentences(text):
        for run, at_start in _runs(sentence):
            if at_start:
                first.append((len(inside), run))
            else:
                inside.append(run)
    known = {fold(word) for run in inside for word in run.split()}
    for place, run in reversed(first):
        if " " in run or fold(run) in known:
            inside.insert(place, run)
    return tuple(dict.fromkeys(inside))


def _runs(sentence: str) -> list[tuple[str, bool]]:
    """Runs of capitalised words in one sentence, and whether the run opens the sentence."""
    words = tokens(sentence)
    found: list[tuple[str, bool]] = []
    at = 0
    while at < len(words):
        if not sentence[words[at].start].isupper() or words[at].text in _NO_NAMES:
            at += 1
            continue
        begin = end = at
        while (step := _next_of_name(sentence, words, end)) > end:
            end = step
        found.append((collapse(sentence[words[begin].start : words[end].end]), begin == 0))
        at = end + 1
    return found


def _next_of_name(sentence: str, words: tuple[Token, ...], at: int) -> int:
    """The index of the word that goes on with the name after *at*, or *at*."""
    for step in (1, 2, 3):
        if at + step >= len(words):
            return at
        gap = sentence[words[at + step - 1].end : words[at + step].start]
        initial = words[at].end - words[at].start == 1
        if gap.strip("-‑'’.") not in ("", " ") or (". " in gap and not initial):
            return at
        if sentence[words[at + step].start].isupper():
            return at + step
        if words[at + step].text not in _WITHIN_NAMES:
            return at
    return at
