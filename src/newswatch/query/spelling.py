"""How a name sounds: spellings of one name in other languages and scripts share a key.

Rule: a key is what one way of writing makes of a word, in one alphabet of sounds (`S` for ш, `C`
for ч, `Z` for ж, `c` for ц, `x` for х). A Latin word has a key for each language that may have spelt
it, read by that language's letters throughout; a Cyrillic or Greek word has one for each nominative
it may be a case of. Two words may be one name when they share a key; nothing is measured by likeness,
so that look-alikes stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache

KEPT = 1 << 17
KEYS_KEPT = 1 << 13  # rules hear a new word before it is filed; some 4 MB when full
SHORTEST, LONGEST = 3, 24  # letters of a word that is read; others are themselves only
HOOKED = {"latin": 5, "greek": 5, "cyrillic": 4}  # letters from which on hooks may have been lost
EXOTIC = 5  # letters from which on a word is read as French, Spanish or Italian too

SOFT = "3"  # an s that sounds as z, to be told from a German z, which is a ts
Pairs = tuple[tuple[str, str], ...]


class _System:
    """One way of reading letters: the longest rule that applies at a place, first come first."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._sounds = [sound for _, sound in pairs]

    @cached_property
    def _rule(self) -> re.Pattern[str]:
        return re.compile("|".join(f"({letters})" for letters, _ in self._pairs))

    def read(self, word: str) -> str:
        return self._rule.sub(lambda m: self._sounds[(m.lastindex or 1) - 1], word)


# ── Latin ───────────────────────────────────────────────────────────────────────────────────

_SHARED: Pairs = (
    ("shch", "SC"), ("sh", "S"), ("zh", "Z"), ("kh", "x"), ("ph", "f"), ("th", "t"), ("ck", "k"),
    ("t[sz]", "c"), ("dj", "dZ"), ("x", "ks"), ("w", "v"), ("h", "x"), ("y", "i"),
)  # fmt: skip
_HARD_C: Pairs = (("c(?=[eiy])", "s"), ("c", "k"), ("qu?", "k"))
_ENGLISH: Pairs = (
    ("sch", "S"), ("tch", "C"), ("ch", "C"), ("dzh", "dZ"), ("ee", "i"), ("oo", "u"), ("gh", "g"),
    *_SHARED, ("j", "dZ"), *_HARD_C,
)  # fmt: skip
_GERMAN: Pairs = (
    ("schtsch", "SC"), ("dsch", "dZ"), ("tsch", "C"), ("ch", "x"), *_SHARED, ("z", "c"), (SOFT, "z"),
    ("j", "i"), ("ss", "s"), ("c(?=[eiy])", "c"), ("c", "k"), ("qu?", "k"),
)  # fmt: skip
_FRENCH: Pairs = (
    ("chtch", "SC"), ("tch", "C"), ("ch", "S"), ("ou", "u"), ("gu(?=[eiy])", "g"), *_SHARED,
    ("j", "Z"), *_HARD_C,
)  # fmt: skip
_SPANISH: Pairs = (
    ("sch", "SC"), ("ch", "C"), ("gu(?=[ei])", "g"), *_SHARED, ("j", "x"), *_HARD_C,
)  # fmt: skip
_ITALIAN: Pairs = (
    ("ch$", "x"), ("c$", "c"), ("sci(?=[aou])", "S"), ("sc(?=[ei])", "S"), ("ci(?=[aou])", "C"), ("c(?=[ei])", "C"), ("ch(?=[ei])", "k"), ("ch", "C"),
    ("gh", "g"), ("gi(?=[aou])", "dZ"), *_SHARED, ("z", "c"), ("j", "i"),
    ("c", "k"), ("qu?", "k"),
)  # fmt: skip
_POLISH_LETTERS: Pairs = (
    ("szcz", "SC"), ("sz", "S"), ("cz", "C"), ("rz", "Z"), ("ci(?=[aeou])", "C"), ("ch", "x"), ("j", "i"),
    ("w", "v"), ("h", "x"), ("y", "i"), ("x", "ks"), ("q", "k"),
)  # fmt: skip
_PLAIN: Pairs = (  # Serbian, Czech, ISO 9: a letter a sound, its hook lost in folding
    ("dj", "dz"), ("ch", "x"), ("lj(?![aeiou])", "l"), ("nj(?![aeiou])", "n"), ("lj", "li"), ("nj", "ni"), ("j", "i"), ("h", "x"),
    ("y", "i"), ("w", "v"), ("x", "ks"), ("q", "k"),
)  # fmt: skip
_HELLENIC: Pairs = (
    ("ou", "u"), ("ch", "x"), ("ei", "i"), ("oi", "i"), ("mp", "mb"), ("nt", "nd"), ("gk", "g"), *_SHARED,
    ("c", "k"), ("j", "i"),
)  # fmt: skip
_SYSTEMS = {
    "en": _System(_ENGLISH),
    "en-sch": _System((("sch", "SC"), *_ENGLISH)),
    "de": _System((("sch", "S"), *_GERMAN)),
    "de-s-ch": _System((("sch", "sx"), *_GERMAN)),
    "de-zh": _System((("schtsch", "SC"), ("tsch", "C"), ("sch", "Z"), *_GERMAN)),
    "fr": _System(_FRENCH),
    "es": _System(_SPANISH),
    "it": _System(_ITALIAN),
    "pl": _System(_POLISH_LETTERS),
    "plain": _System(_PLAIN),
    "plain-j": _System((("dj", "di"), *_PLAIN)),
    "el": _System(_HELLENIC),
}

# How a Slavic name ends in Latin letters. Only in such a word an h may be a Ukrainian г, a plain letter
# one that lost its hook, and a doubled letter a habit of spelling.
_SLAVIC = re.compile(
    r"(?:[oe]ff?|[oeiy][vw]|[iy]ne?|[oe][vw]a|[iy]na|[sc]k[aiy]\w{0,2}|tsk[iy]\w?|k[oa]|u[kc]h?|[iya]k"
    r"|[iy](?:cz?|ch|t?sch|tch|tz)|[iy]{2}|[aei][yij]|ets|ez|lo|an|a[iyj]?a|ava|yj|[ae]l|dz?se|dze|vili|wili|bok|ny|sk|leh|hor|[ln]j|ij?a|i(?:c|ts)a)$|j[bcdfgklmnprstvz]"
)
_H = re.compile(r"(?<![cgkpstz])h")
_AKANYE = re.compile(r"(.{4}enk)a$")  # Belarusian: Lukashenka, Azarenka; not Zelenka
_LATIN_CASES = (
    (re.compile(r"([sc]k)(?:iego|iemu|im)$"), r"\1i"),  # Polish
    (re.compile(r"([oe][vw]|sk[iy]j?|enko)s$"), r"\1"),  # a German genitive
    (_AKANYE, r"\1o"),
)
# What a letter may stand for beside itself, in words of a language that could have written it so.
_SOFT_S = re.compile(r"(?<![a-z])s(?=[aeiouyjw])|(?<=[aeiouylmnrd])s(?=[aeiouyjbdglmnrw])")
_NOT_PLAIN = re.compile(r"[ksz]h|sch|tch|[sc]z|ou")  # who writes hooks needs none of these
_NOT_GERMAN = re.compile(r"[ksz]h|v|ou")  # no German writes so
_DOTTED_Z = re.compile(r"(?<![scr])z")
_NOT_POLISH = re.compile(r"[ksz]h|[vxq]|tch|sch|ou")
_POLISH = re.compile(r"w|[scr]z|ie|[kn][iy]$|yn$")
_SOFT_L = re.compile(r"l(?=[aou])")  # to a Pole, who has an ł for the other: Lapunow, Szalapin
_FRENCH_INE = re.compile(
    r"(?<!.[nrs]t)(?<![lr])(?<![nu]d)(?<!ph)(?<!^.[ao]b)[iy]ne$"
)  # Rogozine, Soljenitsyne; not Martine
_FRENCH_MARK = re.compile(r"(?:ou|tch).*ine$")  # Michoustine, Tchitcherine


def _latin(word: str) -> Iterator[str]:
    slavic = _SLAVIC.search(word) is not None
    single = _single if slavic else _single_at_end
    for read in {
        r for w in ({word, _H.sub("g", word)} if slavic else {word}) for r in _readings(w)
    }:
        yield _sound(single(read))
    if word.endswith(("s", "ou")):
        word = re.sub("des$", "dis", word)  # Clerides
        for spelt in _either(word, _SOFT_S, "z"):  # as Germans write it: Kasantzakis
            yield _sound(_single(_SYSTEMS["el"].read(spelt)))


def _readings(word: str) -> Iterator[str]:
    sch = "sch" in word
    yield _SYSTEMS["en"].read(word)
    if sch:
        yield _SYSTEMS["en-sch"].read(word)
    if not _NOT_PLAIN.search(word):
        yield _SYSTEMS["plain"].read(word)
        if "dj" in word:  # Medvedjev, not Djindjic
            yield _SYSTEMS["plain-j"].read(word)
    for german in (word,) if _NOT_GERMAN.search(word) else _either(word, _SOFT_S, SOFT):
        for system in ("de", "de-zh", "de-s-ch") if sch else ("de",):
            yield _SYSTEMS[system].read(german)
    for polish in () if _NOT_POLISH.search(word) else _polish(word):
        yield _SYSTEMS["pl"].read(polish)
    if len(word) >= EXOTIC:
        # Italian has no j beside a ch: Chéjov is not Kiev.
        for system in ("fr", "es") if "ch" in word and "j" in word else ("fr", "es", "it"):
            yield _SYSTEMS[system].read(word)
        if _FRENCH_MARK.search(word) or (len(word) > EXOTIC and _FRENCH_INE.search(word)):
            yield _SYSTEMS["fr"].read(word[:-1])


def _polish(word: str) -> Iterator[str]:
    if not _POLISH.search(word):
        yield word
        return
    for spelt in _either(word, _DOTTED_Z, "Z"):
        yield spelt
        if _SOFT_L.search(spelt):
            yield _SOFT_L.sub("lj", spelt)


def _either(word: str, letter: re.Pattern[str], other: str) -> Iterator[str]:
    """*word* with each letter that may be another as it is and as the other; past two such letters,
    with all or none.
    """
    places = [found.start() for found in letter.finditer(word)]
    for n in range(1 << len(places)) if len(places) < 3 else (0, -1):
        yield "".join(
            other if i in places and n >> places.index(i) & 1 else c for i, c in enumerate(word)
        )


# ── Cyrillic ────────────────────────────────────────────────────────────────────────────────

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ж": "Z", "з": "z",
        "и": "i", "і": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "x", "ц": "c", "ч": "C", "ш": "S",
        "щ": "SC", "ъ": "", "ы": "i", "ь": "", "ә": "a", "э": "e", "ю": "iu", "я": "ia", "є": "e", "ј": "i",
        "љ": "li", "њ": "ni", "ђ": "dZ", "ћ": "C", "џ": "dZ", "ѓ": "g", "ќ": "k", "ѕ": "dz",
    }
)  # fmt: skip
_VOWELS = "аеиоуыэюяіє"

# An ending, and what stands in its place in the nominative: Russian, Ukrainian (its ї folded), Belarusian,
# Serbian.
_CASES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("ого", "ому", "ым", "им", "ом", "ага", "аму", "ім", "его", "ему"), ("ий", "ой")),
    (("ких", "кие", "кими"), ("кий",)),
    (("ской", "скую", "ською", "ськоі", "ській", "ську"), ("ская",)),
    (("ной", "ную", "ною", "ноі", "ній"), ("ная",)),
    (("скай",), ("ская",)),
    (("цкой", "цкую"), ("цкая",)),
    (("цькоі", "цьку", "цькою", "цькій"), ("цька",)),
    (("овоі", "ову", "овою", "овій"), ("ова",)),
    (("євоі", "єву", "євою", "євій"), ("єва",)),
    (("іноі", "іну", "іною", "іній"), ("іна",)),
    (("ског", "скога", "ском", "скому"), ("ски",)),
    (("я", "ю", "и"), ("ь",)),
    (("оі", "ою", "ой", "ій"), ("а",)),
    (("ових", "овых", "ови", "овы"), ("ов",)),
    (("евых", "евы"), ("ев",)),
    (("иных", "ины"), ("ин",)),
    (("ом", "ем", "ым", "им", "єм", "ові", "еві", "єві", "ам"), ("",)),
    (("а", "у", "е", "і"), ("",)),
    (("ы", "и", "у", "е", "і"), ("а",)),
    (("я", "ю", "ем", "єм", "е", "і", "і", "и", "еві", "єві"), ("й",)),
    (("и", "і", "ю", "і", "ей", "ею", "єю", "е"), ("я",)),
    (("ца", "цу", "цем", "цом", "це", "цеві"), ("ец", "ац")),
    (("цей", "цею"), ("ца",)),
    (("ці",), ("ка",)),
    (("ова", "ову", "овом", "ові", "єва", "єву", "євом", "єві"), ("ів",)),  # Харкова, Миколаєва
    (("ья", "ью", "ьем"), ("ье",)),
    (("ах", "ам", "ами"), ("ы", "и")),  # Афинах
)
_O_STEM = re.compile(r"(.*[клрн])(?:а|у|ом|ові|ам|ем)$")  # Порошенка, Павлу
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


# What only Belarusian writes: an ў, folded to у, at the end; і beside ы or э; -скі without a soft sign.
_BELARUSIAN = re.compile(
    r"[аое]у$|[ыэ].*і|і.*[ыэ]|[сц]кі$|і.*[^ь]ск$|эн[кч]|дзі|аул[ья]|[аое]уск$|[чржш]анка$"
)
_SHORT_U = re.compile(r"(?<=[аеоыэюя])у(?![аеоыэюяі])")
_TSEKANYE = re.compile(r"(дз|ц)(?=[іеёяюь])")  # Барадзін
_HUSHED_Y = re.compile(r"(?<=[ржшчц])ы")


def _belarusian(word: str) -> Iterator[str]:
    """What a name would be elsewhere, of which Belarusian writes what it hears: an а may be an о, a я an
    е, a дз a д, a ц a т; and ў is в.
    """
    if not _BELARUSIAN.search(word):
        return
    plain = _HUSHED_Y.sub("и", _SHORT_U.sub("в", word).replace("э", "е"))
    plain = re.sub("(?:е|(?<=[чржш])а)нка$", "енко", plain)
    hard = _TSEKANYE.sub(lambda m: "д" if m[1] == "дз" else "т", plain)
    for spelt in {plain, hard}:
        for with_e in _either(spelt, _YA, "е"):
            yield from _either(with_e, _A, "о")


_YA, _A = re.compile("я"), re.compile("а")


def _cyrillic(word: str) -> Iterator[str]:
    for heard_ in _belarusian(word):
        yield _sound(_single(heard_.translate(_CYRILLIC)))
    word = re.sub("энка$", "энко", word).replace("ьо", "йо")  # Алфьоров
    word = re.sub("ця$", "ца", word)  # Подгориця
    word = re.sub("([љњ])(?![аеиоу])", lambda m: "л" if m[1] == "љ" else "н", word)
    bulgarian = re.sub("ъ(?![еюя])", "а", word.replace("щ", "шт"))
    for letters in {word, re.sub("ъ(?![еюя])", "ы", word), bulgarian, word.replace("дз", "ц")}:
        for spelt in {letters, letters.replace("г", "х")}:
            read = spelt.translate(_CYRILLIC)
            yield _sound(_single(read))
            yield _sound(_single_at_end(read))


# ── Greek ───────────────────────────────────────────────────────────────────────────────────

_GREEK = _System(
    (
        ("ου", "u"), ("ει|οι|υι", "i"), ("αι", "e"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"), ("γκ", "g"),
        ("γχ", "nx"), ("ντσ", "nc"), ("γι(?=[αεηοωυ])", "i"), ("(?<!.)μπ", "b"), ("μπ", "mb"), ("(?<!.)ντ", "d"), ("ντ", "nd"), ("τ[σςζ]", "c"),
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


_F_FOR_V = re.compile("f(?=[sktcx])")


def _greek(word: str) -> Iterator[str]:
    read = _sound(_single(_GREEK.read(word)))
    yield read
    if "f" in read:  # Χαμπάροφσκ
        yield _F_FOR_V.sub("v", read)
    if "ντ" in word:
        yield read.replace("nd", "nt")
        yield read.replace("nd", "d")
    if "μπ" in word:
        yield read.replace("mb", "b")
        yield read.replace("mb", "mp")


# ── what is common ──────────────────────────────────────────────────────────────────────────

_DOUBLED = re.compile(r"(.)\1+")
_DOUBLED_END = re.compile(r"(.)\1+$")


def _single(read: str) -> str:
    """Without doubled sounds: Rossija, Filippov."""
    return _DOUBLED.sub(r"\1", read)


def _single_at_end(read: str) -> str:
    return _DOUBLED_END.sub(r"\1", read)


_TS = re.compile(r"t[sz]")
_IOTATED = re.compile(r"i?e")
_IS = re.compile(r"ii+")
_O_AFTER_HUSH = re.compile(r"(?<=[SCZ])i?o")  # Gorbatschow, Chruschtschow
_YO = re.compile(r"io(?!$)")  # Solovyov, Solovyev
_OFF = re.compile(r"([oe])f$")  # Romanoff
_VOWELS_TWICE = re.compile(r"([aeou])\1+")


def _sound(read: str) -> str:
    """What readings that differ by habit only have in common."""
    if "t" in read:
        read = _TS.sub("c", read)
    if "e" in read:
        read = _IOTATED.sub("e", read)
    if "ii" in read:
        read = _IS.sub("i", read)
    if "o" in read:
        read = _YO.sub("e", _O_AFTER_HUSH.sub("e", read))
    if read.endswith("f"):
        read = _OFF.sub(r"\1v", read)
    if read.endswith(("skaia", "ckaia")):
        read = read[:-3] + "a"
    return _VOWELS_TWICE.sub(r"\1", read)


_FLAT = str.maketrans("SZC", "szc")


def _flat(key: str) -> str:
    """A key as it sounds to who lost the hooks of š, ž, č, ć."""
    return "_" + key.translate(_FLAT)


def script(word: str) -> str:
    """The script of a folded word: latin, cyrillic, greek, or '' for another or several."""
    if word.replace("ə", "a").isascii() and word.isalpha():
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
        found.update(_READERS[writing](word))
        hooked = _hooked(writing, word) if len(word) >= HOOKED[writing] else ()
        found.update(_flat(_sound(_single(read))) for read in set(hooked))
    return frozenset(found)


_HOOKED = re.compile("[SZC]")
_SLAVIC_IN_GREEK = re.compile(r"(?:[οε]φ|ιν|κο|ιτσ|ιτς|σκι|σκ|τσουκ|ινα|οβα)$")
_DJ = re.compile("ђ|дж.*ич$")  # Đinđić
_O_FOR_E = re.compile(r"(?<=[csz])(?<!t[sz])o")  # Gorbačov, Šostakovič


def _hooked(writing: str, word: str) -> Iterator[str]:
    """What *word* is read as by who writes hooks: they may have been lost in other spellings."""
    if writing == "cyrillic":
        readings = [word.translate(_CYRILLIC)]
        readings += [heard_.translate(_CYRILLIC) for heard_ in _belarusian(word)]
        yield from {readings[0].replace("dZ", "d")} if _DJ.search(word) else ()
    elif writing == "latin":
        if _SLAVIC.search(word) and not _NOT_PLAIN.search(word):
            plain = _SYSTEMS["plain"].read(word)
            yield from {plain, _O_FOR_E.sub("e", plain)}
        systems = ["en", "de", "de-zh"]
        systems += [] if _NOT_POLISH.search(word) else ["pl"]
        systems += ["fr"] if len(word) > EXOTIC + 2 or "j" in word else []
        systems += ["es"] if "ch" in word and "j" in word else []  # Chéjov
        readings = [_SYSTEMS[system].read(word) for system in systems]
        if len(word) > EXOTIC and _FRENCH_INE.search(word):  # Ovetchkine
            readings.append(_SYSTEMS["fr"].read(word[:-1]))
    else:  # Greek has an s for ш and a ts for ч
        for read in _greek(word) if _SLAVIC_IN_GREEK.search(word) else ():
            yield from {read, _O_FOR_E.sub("e", read)}
        return
    yield from (read for read in readings if _HOOKED.search(read))


def _readable(word: str) -> str:
    return script(word) if SHORTEST <= len(word) <= LONGEST else ""


@lru_cache(maxsize=KEYS_KEPT)
def keys(word: str) -> frozenset[str]:
    """The keys of a folded word that stands in a text, whatever its case; none for a word that is
    only itself.
    """
    writing = _readable(word)
    if not writing:
        return frozenset()
    words = {word.replace("ə", "a")}  # Əliyev
    if writing == "cyrillic":
        words |= _nominatives(word)
    elif writing == "greek":
        words |= {word[: -len(a)] + b for a, b in _GREEK_CASES if word.endswith(a)}
    else:
        words |= {case.sub(to, word) for case, to in _LATIN_CASES}
    return _read(writing, words)


class _Heard:
    """The words of texts by their keys, turned round as they come: a text's words are looked through
    once, whatever the number of names asked for.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.by_key: dict[str, set[str]] = {}

    def hear(self, words: Iterable[str]) -> None:
        # A difference of sets would walk through all the words there ever were.
        for word in [word for word in words if word not in self.words]:
            for key in keys(word):
                self.by_key.setdefault(key, set()).add(word)
            self.words.add(word)  # last, so that who finds it here finds its keys


_heard = _Heard()


def heard(words: Iterable[str]) -> Mapping[str, AbstractSet[str]]:
    """Words by their keys: at least all of a text's folded *words*."""
    global _heard  # noqa: PLW0603 - a memo of a pure function, begun anew when it is full
    known = _heard
    known.hear(words)
    if len(known.words) > KEPT:
        _heard = _Heard()
    return known.by_key


@lru_cache(maxsize=KEYS_KEPT)
def asked_keys(word: str) -> frozenset[str]:
    """The keys of a folded word as somebody asks for it: in the nominative, unless its ending can
    be no nominative's.
    """
    writing = _readable(word)
    if not writing:
        return frozenset()
    words = {word.replace("ə", "a")}
    if writing == "cyrillic" and _OBLIQUE.search(word):
        words |= _nominatives(word)
    elif writing == "greek":  # headlines have names in the accusative: Σαμαρά
        words |= {word + "σ"} if word.endswith(("η", "α")) else set()
    elif writing == "latin":
        words.add(_AKANYE.sub(r"\1o", word))
    return _read(writing, words)


def one_name(one: str, other: str) -> bool:
    """Whether two folded words are one name in two transliterations: Zelensky and Zelenskiy. A key in
    common is not enough where no letters had to be carried over: Smith is not Smyth.
    """
    if one == other:
        return True
    writings = _readable(one), _readable(other)
    if not all(writings) or writings == ("cyrillic", "cyrillic"):
        return False  # in one alphabet a letter more is another case, or another person
    if writings == ("latin", "latin") and not (_SLAVIC.search(one) and _SLAVIC.search(other)):
        return False
    return not keys(one).isdisjoint(keys(other))
