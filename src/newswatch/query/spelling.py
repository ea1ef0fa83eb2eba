"""How a name sounds: spellings of one name in other languages and scripts share a key.

Rule: a key is what one way of writing makes of a word, in one alphabet of sounds (`S` for ш, `C`
for ч, `Z` for ж, `c` for ц, `x` for х). A Latin word has a key for each language that may have spelt
it, read by that language's letters throughout; a Cyrillic or Greek word has one for each nominative
it may be a case of. Two words may be one name when they share a key; nothing is measured by likeness,
so that look-alikes stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

KEPT = 1 << 17
SHORTEST, LONGEST = 3, 24  # letters of a word that is read; others are themselves only
EXOTIC = 5  # letters from which on a word is read as French, Spanish or Italian too

Pairs = tuple[tuple[str, str], ...]


class _System:
    """One way of reading letters: the longest rule that applies at a place, first come first."""

    def __init__(self, pairs: Pairs) -> None:
        self._sounds = [sound for _, sound in pairs]
        self._rule = re.compile("|".join(f"({letters})" for letters, _ in pairs))

    def read(self, word: str) -> str:
        return self._rule.sub(lambda m: self._sounds[(m.lastindex or 1) - 1], word)


# ── Latin ───────────────────────────────────────────────────────────────────────────────────

_SHARED: Pairs = (
    ("shch", "S"), ("sh", "S"), ("zh", "Z"), ("kh", "x"), ("ph", "f"), ("th", "t"), ("ck", "k"),
    ("t[sz]", "c"), ("dj", "dZ"), ("x", "ks"), ("w", "v"), ("h", "x"), ("y", "i"),
)  # fmt: skip
_HARD_C: Pairs = (("c(?=[eiy])", "s"), ("c", "k"), ("qu?", "k"))
_ENGLISH: Pairs = (
    ("sch", "S"), ("tch", "C"), ("ch", "C"), ("dzh", "dZ"), ("ee", "i"), ("oo", "u"), ("gh", "g"),
    *_SHARED, ("j", "dZ"), *_HARD_C,
)  # fmt: skip
_GERMAN: Pairs = (
    ("schtsch", "S"), ("dsch", "dZ"), ("tsch", "C"), ("ch", "x"), *_SHARED, ("z", "c"), ("j", "i"),
    ("ss", "s"), ("c(?=[eiy])", "c"), ("c", "k"), ("qu?", "k"),
)  # fmt: skip
_SOFT_S = r"(?<![a-z])s(?=[aeiouy])|(?<=[aeiouy])s(?=[aeiouybdglmnrw])"
_FRENCH: Pairs = (
    ("chtch", "S"), ("tch", "C"), ("ch", "S"), ("ou", "u"), ("gu(?=[eiy])", "g"), *_SHARED,
    ("j", "Z"), *_HARD_C,
)  # fmt: skip
_SPANISH: Pairs = (
    ("sch", "S"), ("ch", "C"), ("gu(?=[ei])", "g"), *_SHARED, ("j", "x"), *_HARD_C,
)  # fmt: skip
_ITALIAN: Pairs = (
    ("sci(?=[aou])", "S"), ("sc(?=[ei])", "S"), ("ci(?=[aou])", "C"), ("c(?=[ei])", "C"), ("ch", "k"),
    ("gh", "g"), ("gi(?=[aou])", "dZ"), ("g(?=[ei])", "dZ"), *_SHARED, ("z", "c"), ("j", "i"),
    ("c", "k"), ("qu?", "k"),
)  # fmt: skip
_POLISH: Pairs = (
    ("szcz", "S"), ("sz", "S"), ("cz", "C"), ("rz", "Z"), ("ci(?=[aeou])", "C"), ("ch", "x"), ("j", "i"),
    ("w", "v"), ("h", "x"), ("y", "i"), ("x", "ks"), ("q", "k"),
)  # fmt: skip
_PLAIN: Pairs = (  # Serbian, Czech, ISO 9: a letter a sound, its hook lost in folding
    ("dj", "dz"), ("sc", "s"), ("ch", "x"), ("lj", "li"), ("nj", "ni"), ("j", "i"), ("h", "x"),
    ("y", "i"), ("w", "v"), ("x", "ks"), ("q", "k"),
)  # fmt: skip
_HELLENIC: Pairs = (
    ("ou", "u"), ("ch", "x"), ("ei", "i"), ("oi", "i"), ("mp", "mb"), ("nt", "nd"), ("gk", "g"), *_SHARED,
    ("c", "k"), ("j", "i"),
)  # fmt: skip
_UKRAINIAN: Pairs = (
    ("shch", "S"), ("sh", "S"), ("zgh", "zg"), ("zh", "Z"), ("kh", "x"), ("ch", "C"), ("ts", "c"),
    ("w", "v"), ("h", "g"), ("j", "i"), ("y", "i"), ("x", "ks"), ("c", "k"),
)  # fmt: skip

_SYSTEMS = {
    "en": _System(_ENGLISH),
    "de": _System((("sch", "S"), *_GERMAN)),
    "de-soft": _System((("sch", "S"), (_SOFT_S, "z"), *_GERMAN)),
    "de-zh": _System((("schtsch", "S"), ("tsch", "C"), ("sch", "Z"), *_GERMAN)),
    "fr": _System(_FRENCH),
    "es": _System(_SPANISH),
    "it": _System(_ITALIAN),
    "pl": _System(_POLISH),
    "pl-zh": _System((("(?<![sc])z", "Z"), *_POLISH)),
    "plain": _System(_PLAIN),
    "el": _System(_HELLENIC),
    "uk": _System(_UKRAINIAN),
}

# How a Slavic name ends in Latin letters; only such words are read as from Ukrainian or ISO 9.
_SLAVIC = re.compile(
    r"(?:[oe]ff?|[oeiy][vw]|[iy]n|ine|[oe][vw]a|[iy]na|sk[aiy]\w{0,2}|ck[aiy]|tsk[iy]\w?|k[oa]|u[kc]h?|[iya]k"
    r"|i[ct]?z?h?|icz|itsch|vic|[iy]{2}|[aei][yij]|ets|ez|lo|an|a[iy]?a|al|el|ar)$"
)
_LATIN_CASES = (
    (re.compile(r"(sk|ck)(?:iego|iemu|im)$"), r"\1i"),  # Polish
    (re.compile(r"((?:[oe][vw]|sk[iy]j?|ski|enko|schenko))s$"), r"\1"),  # a German genitive
)
_FRENCH_MARK = re.compile(r"ou|tch|kh|ts|j")  # beside it, -ine is a Russian -ин


def _latin(word: str) -> Iterator[str]:
    slavic = _SLAVIC.search(word) is not None
    names = ["en", "de", "de-soft", "de-zh", "pl", "pl-zh"]
    if len(word) >= EXOTIC:
        names += ["fr", "es", "it"]
    if word.endswith(("s", "ou")):
        names.append("el")
    if slavic:
        names += ["uk", "plain"]
    for name in names:
        yield _sound(_SYSTEMS[name].read(word))
    if len(word) >= EXOTIC and word.endswith("ine") and _FRENCH_MARK.search(word):
        yield _sound(_SYSTEMS["fr"].read(word[:-1]))


# ── Cyrillic ────────────────────────────────────────────────────────────────────────────────

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ж": "Z", "з": "z",
        "и": "i", "і": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "x", "ц": "c", "ч": "C", "ш": "S",
        "щ": "S", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia", "є": "e", "ј": "i",
        "љ": "li", "њ": "ni", "ђ": "dZ", "ћ": "C", "џ": "dZ", "ѓ": "g", "ќ": "k", "ѕ": "dz",
    }
)  # fmt: skip
_VOWELS = "аеиоуыэюяіє"

# An ending, and what stands in its place in the nominative: Russian, Ukrainian, Belarusian, Serbian.
_CASES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("ого", "ому", "ым", "им", "ой", "ом", "ага", "аму", "ім", "его", "ему"), ("ий", "ой")),
    (("ких", "кие", "кими"), ("кий",)),
    (("ской", "скую", "ською", "ської", "ській", "ську"), ("ская",)),
    (("ої", "ою", "ой", "ій"), ("а",)),
    (("ових", "овых", "ови", "овы"), ("ов",)),
    (("евых", "евы"), ("ев",)),
    (("иных", "ины"), ("ин",)),
    (("ом", "ем", "ым", "им", "єм", "ові", "еві", "єві", "ам"), ("",)),
    (("а", "у", "е", "і"), ("",)),
    (("ы", "и", "у", "е", "і"), ("а",)),
    (("я", "ю", "ем", "єм", "е", "і", "ї", "и", "еві", "єві"), ("й",)),
    (("и", "і", "ю", "ї", "ей", "ею", "єю", "е"), ("я",)),
    (("ца", "цу", "цем", "цом", "це", "цеві"), ("ец",)),
)
_O_STEM = re.compile(r"(.*[клр])(?:а|у|ом|ові|ам|ем)$")  # Порошенка, Павлу
_OBLIQUE = re.compile(r"(?:[кн]ого|[кн]ому|ским|ськ[иі]м|[оеи]вым|[иы]ным|скага|скаму)$")


def _nominatives(word: str) -> set[str]:
    """What *word* may be a case of, itself left out."""
    found: set[str] = set()
    for endings, nominatives in _CASES:
        for ending in endings:
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < SHORTEST:
                continue
            if nominatives != ("",) or stem[-1] not in _VOWELS:
                found.update(stem + nominative for nominative in nominatives)
    if stem_in_o := _O_STEM.match(word):
        found.add(stem_in_o[1] + "о")
    found.discard(word)
    return found


def _cyrillic(word: str) -> Iterator[str]:
    word = re.sub("энка$", "энко", word)
    for letters in {word, word.replace("щ", "шт")}:
        read = letters.translate(_CYRILLIC)
        yield _sound(read)
        if "г" in letters:
            yield _sound(letters.replace("г", "х").translate(_CYRILLIC))


# ── Greek ───────────────────────────────────────────────────────────────────────────────────

_GREEK = _System(
    (
        ("ου", "u"), ("ει|οι|υι", "i"), ("αι", "e"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"), ("γκ", "g"),
        ("γχ", "nx"), ("(?<!.)μπ", "b"), ("μπ", "mb"), ("(?<!.)ντ", "d"), ("ντ", "nd"), ("τ[σζ]", "c"),
        ("α", "a"), ("β", "v"), ("γ", "g"), ("δ", "d"), ("ε", "e"), ("ζ", "z"), ("[ηιυ]", "i"), ("θ", "t"),
        ("κ", "k"), ("λ", "l"), ("μ", "m"), ("ν", "n"), ("ξ", "ks"), ("[οω]", "o"), ("π", "p"), ("ρ", "r"),
        ("[σς]", "s"), ("τ", "t"), ("φ", "f"), ("χ", "x"), ("ψ", "ps"),
    )
)  # fmt: skip
_GREEK_CASES = (
    ("η", "ησ"),
    ("α", "ασ"),
    ("ου", "οσ"),
    ("ο", "οσ"),
    ("ε", "οσ"),
    ("ησ", "η"),
    ("ασ", "α"),
)


def _greek(word: str) -> Iterator[str]:
    read = _sound(_GREEK.read(word))
    yield read
    if "ντ" in word:
        yield read.replace("nd", "nt")
    if "μπ" in word:
        yield read.replace("mb", "b")
        yield read.replace("mb", "mp")


# ── what is common ──────────────────────────────────────────────────────────────────────────

_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(.)\1+", r"\1"),  # Rossija, Filippov
        (r"SC|SS", "S"),
        (r"ts|tz", "c"),
        (r"i?e", "e"),
        (r"i+", "i"),
        (r"(?<=[SCZ])i?o", "e"),  # Gorbatschow, Chruschtschow
        (r"io(?!$)", "e"),  # Solovyov, Solovyev
        (r"([oe])f$", r"\1v"),  # Romanoff
        (r"skaia$", "ska"),
        (r"(.)\1+", r"\1"),
    )
)


def _sound(read: str) -> str:
    for pattern, sound in _SOUNDS:
        read = pattern.sub(sound, read)
    return read


_FLAT = str.maketrans("SZC", "szc")


def _flat(key: str) -> str:
    """A key as it sounds to who lost the hooks of š, ž, č, ć."""
    return "_" + key.translate(_FLAT)


def script(word: str) -> str:
    """The script of a folded word: latin, cyrillic, greek, or '' for another or several."""
    if word.isascii() and word.isalpha():
        return "latin"
    if all("\u0400" <= c <= "\u052f" for c in word):
        return "cyrillic"
    if all("\u0370" <= c <= "\u03ff" for c in word):
        return "greek"
    return ""


_READERS = {"latin": _latin, "cyrillic": _cyrillic, "greek": _greek}


def _read(writing: str, words: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for word in words:
        for key in _READERS[writing](word):
            found.add(key)
            if len(key) > EXOTIC and any(c in key for c in "SZC"):
                found.add(_flat(key))
        if writing == "latin" and len(word) > EXOTIC and _SLAVIC.search(word):
            found.add(_flat(_sound(_SYSTEMS["plain"].read(word))))
    return frozenset(found)


def _readable(word: str) -> str:
    return script(word) if SHORTEST <= len(word) <= LONGEST else ""


@lru_cache(maxsize=KEPT)
def keys(word: str) -> frozenset[str]:
    """The keys of a folded word that stands in a text, whatever its case; none for a word that is
    only itself.
    """
    writing = _readable(word)
    if not writing:
        return frozenset()
    words = {word}
    if writing == "cyrillic":
        words |= _nominatives(word)
    elif writing == "greek":
        words |= {word[: -len(a)] + b for a, b in _GREEK_CASES if word.endswith(a)}
    else:
        words |= {case.sub(to, word) for case, to in _LATIN_CASES}
    return _read(writing, words)


@lru_cache(maxsize=KEPT)
def asked_keys(word: str) -> frozenset[str]:
    """The keys of a folded word as somebody asks for it: in the nominative, unless its ending can
    be no nominative's.
    """
    writing = _readable(word)
    if not writing:
        return frozenset()
    words = {word}
    if writing == "cyrillic" and _OBLIQUE.search(word):
        words |= _nominatives(word)
    return _read(writing, words)
