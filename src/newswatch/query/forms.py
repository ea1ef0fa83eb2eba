"""The terms that a word stands for in a query: its own, and those of its forms that Snowball parts.

Rule: only here, on the side of who asks, so that nothing is joined in the index: `Газпром` stands for
`Газпром` and `Газпрома`, which have two stems, while no text's words become one. A term is added only
where a known row of endings leads to it, and none that is a word of its own (APART).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import prod

from newswatch.text import STEMS_KEPT, filed_as, stemmed, word_term

SHORTEST = 3  # letters of what an ending is taken from
SHORTEST_ADDED = (
    4  # letters of a stem that is added: shorter ones are too many words' (SHORT, KNOWN but)
)

MOST = 64  # ways in which words side by side are asked for in their forms

# ── Russian and Ukrainian, which are filed by one stemmer ───────────────────────────────────

# What may follow a hard, a soft consonant, a vowel: each is taken off, and the others put in its place.
_HARD = (
    "", "а", "у", "ом", "е", "ы", "и", "о", "ам", "ами", "ах", "ов", "ой",
    "і", "ів", "ою",
)  # fmt: skip
_SOFT = ("ь", "я", "ю", "ем", "е", "и", "ей", "ям", "ями", "ях", "ью", "і", "єм", "ів", "ею")
_OPEN = ("й", "я", "ю", "ем", "е", "и", "ев", "ям", "ями", "ях", "і", "єм", "ів", "єю")
_OPEN_RUSSIAN = _OPEN[:-4]  # behind an и, which Ukrainian has as і
_AFTER_A = ("й", "я", "е", "и", "ев", "ях")
_HUSHED = "жшщчц"
_ALL = sorted({*_HARD, *_SOFT, *_OPEN})
_VELARS = "гкх"
_OF_PEOPLES = ("", "е", "ам", "ами", "ах")
_AFTER_VELAR = tuple(ending for ending in _HARD if ending != "о")
_VOWELS = frozenset("аеиоуыэюяіє")
_OF_NAMES = ("ов", "ев")  # Лавров, Ростов: мировой and годовых are no forms of such
_ENDINGS_OF_NAMES = ("", "а", "у", "е")
# What is a verb's or an adjective's, and no noun's: создан, решены, видимо, получать, рискуете.
_VERBAL = re.compile(
    r"(?:[оеу]ван|з[вн]ан|[здр]ан|сан|[чжш]ан)\|"
    r"|[щчждшрлтвсн]ен\|"
    r"|[ие]м\|(?:о|ой|ою)$|[аеиоуыя]т\|ь$|[аеуюя]ет\|"
    r"|[аеияё]нн\|"
)
_VERBAL_BUT = re.compile(r"(?:иран|уран|экран|ресторан|тиран|обмен|экзамен|член)\|")


def _slavic(word: str) -> Iterator[str]:
    """The forms of the nouns that *word* may be a form of."""
    ukrainian = "і" in word or "є" in word
    if word.endswith(("ів", "їв")):
        yield from _opened(word)
    for ending in _ALL:
        base = word[: -len(ending)] if ending else word
        if not word.endswith(ending) or len(base) < SHORTEST or _VOWELS.isdisjoint(base):
            continue
        if ending == "о":
            continue  # an adverb's as often, and the stemmer's own
        if base.endswith((*_OF_NAMES, "єв")):
            yield from _closed(base)
        if base.endswith(_OF_NAMES) and ending not in _ENDINGS_OF_NAMES:
            continue
        last = base[-1]
        if last in _VOWELS:
            if ending in (_AFTER_A if last in "ая" else _OPEN) and last != "у":
                yield from (base + other for other in (_OPEN if last != "и" else _OPEN_RUSSIAN))
            continue
        if last in "ьйъ" or _verbal(f"{base}|{ending}"):
            continue
        if (ending in _HARD and (ending != "и" or last in _VELARS or ukrainian)) or last in _HUSHED:
            fitting = _AFTER_VELAR if last in _VELARS else _HARD
            # Иванова is no form of Иван, which is what the stemmer makes of Иванов.
            of_a_name = ending and base.endswith(_OF_NAMES)
            yield from (base + other for other in (fitting[1:] if of_a_name else fitting))
            yield from _peoples(base, ending)
            if last in _HUSHED:
                yield from (base + other for other in ("ем", "ей"))
            yield from _filled(base) if ending else _emptied(base)
        if last not in _HUSHED and ending in _SOFT:
            yield from (base + other for other in _SOFT)
            if last == "н":
                yield from _soft_n(base, ending)


def _closed(base: str) -> Iterator[str]:
    """Ukrainian's form of a name without an ending: Львова, Львів; Києва, Київ."""
    yield f"{base[:-2]}{'ї' if base[-3] in _VOWELS else 'і'}в"


def _opened(word: str) -> Iterator[str]:
    """The other way round: Харків, Харкова, Харкові; Київ, Києва."""
    yield from (
        f"{word[:-2]}{vowel}в{ending}" for vowel in "оеє" for ending in ("а", "у", "ом", "і")
    )


def _peoples(base: str, ending: str) -> Iterator[str]:
    """гражданин, граждане"""
    if base.endswith(("анин", "янин")):
        yield from (base[:-2] + other for other in _OF_PEOPLES)
    elif base.endswith(("ан", "ян")) and ending in _OF_PEOPLES:
        yield from (f"{base}ин{other}" for other in ("", "а") if ending)


def _verbal(parted: str) -> bool:
    return _VERBAL.search(parted) is not None and _VERBAL_BUT.search(parted) is None


def _soft_n(base: str, ending: str) -> Iterator[str]:
    """день, дня; песня, песен; уровень, уровня: not of летней, летнем."""
    if ending == "ь":
        if base.endswith("ен"):
            yield from (f"{base[:-2]}н{other}" for other in _SOFT)
    elif ending not in ("ей", "ем", "е") and base[-2] not in _VOWELS:
        yield f"{base[:-1]}ень"


def _filled(base: str) -> Iterator[str]:
    """The form without an ending, where a vowel fills it: рынок, конец, китаец."""
    before, last = base[:-1], base[-1]
    if last not in "кц" or before[-1] in _VOWELS:
        return
    yield f"{before.rstrip('ьй')}е{last}"
    if last == "к":
        yield f"{before}ок"


def _emptied(word: str) -> Iterator[str]:
    """The forms with an ending of a word whose last vowel is only a filling."""
    if len(word) < 5 or word[-2] not in "ое" or word[-1] not in "кц":
        return
    before, last = word[:-2], word[-1]
    if before[-1] in _VOWELS:
        before += "й"
    elif before[-1] == "л" and last == "ц":
        before += "ь"
    yield from (before + last + other for other in _HARD)


# ── Arabic ──────────────────────────────────────────────────────────────────────────────────

_BEFORE = ("", "ال", "وال", "بال", "كال", "فال", "لل")


def _arabic(word: str) -> Iterator[str]:
    """*word* with and without the article, and what is written as one word with that."""
    base = word
    for before in _BEFORE[1:]:
        if word.startswith(before) and len(word) - len(before) >= SHORTEST:
            base = word.removeprefix(before)
            break
    yield from (before + base for before in _BEFORE)


# ── what is common ──────────────────────────────────────────────────────────────────────────


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FORMS = {"ru": _slavic, "ar": _arabic}
# Stems that are other words' too, read off a real day's words: остр is острый, рост is no Ростов, нача
# is начать; what ends in -ов is an adjective's.
APART = _words(
    """
    нача случ обща остр рост знак аллерг герман стара жесток немног испытан создан назван признан башар
    башаров смол смолов малыш корол денис кирилл порыв широк прав имен знамен разв верн дерев степ основан
    настроен указан занят понят получат продолжат перемен дела голос васил роман борис пуст перв стан
    алекс макс никол велик воров могил мороз орл волк баран соло стар толст бело

    финансов долларов годов торгов налогов часов тестов литров продуктов планов газов метров стволов
    спутников кругов
    домов фондов боев правов лесов видов целев полев массов валов долгов рядов штрафов судов пусков ценов
    миров звуков цветов трудов бытов парков портов голосов пищев языков танков кассов сетев базов уровнев
    деловых делов игров силов ветров снегов грузов классов плодов садов заводов рублев цехов кадров медиков
    биржев фруктов паспортов поисков бронев шлюзов веков банков рынков учетов мостов городов верхов низов
    типов размеров центров методов образцов ходов слов выборов договоров вирусов рисков островов песен
    """
)
SHORT = _words("реж муз кит гер")
# Nouns that no row leads to: the stems of each, which stand for each other.
_KNOWN = """
    ден дн дня дни дне днем; ветер ветр; отец отц; сын сынов; земл земел; сестр сестер
    сотн сотен; гривн гривен; числ чисел; доч дочер; церкв церков; любов любв
    угол угл; уровен уровн; корен корн; парен парн; боец бойц; байд байден; кита кит; ребенок ребенк дет
    лед льд; павел павл; огон огн; кашел кашл; деньг денег; киев ки; врем времен; котел котл
    узел узл; орел орл; судьб судеб; кораб корабл; тысяч тыщ
"""
_TOGETHER = {
    stem: tuple(other for other in line.split() if other != stem)
    for line in _KNOWN.replace("\n", ";").split(";")
    for stem in line.split()
}
# What has no forms, but looks as if it had.
_UNINFLECTED = _words(
    "весь такси такова таковы после если только вместе динамо помимо видимо реалити кофе"
)


@lru_cache(maxsize=STEMS_KEPT)
def _terms(word: str, filed: str) -> tuple[str, ...]:
    own = word_term(word, filed)
    stem, _, language = own.rpartition("_")
    forms = _FORMS.get(language)
    if forms is None or len(word) < SHORTEST or word in _UNINFLECTED:
        return (own,)
    # What ends in -ся the stemmer takes for a verb's.
    made = {form for form in forms(word) if form[-2:] not in ("ся", "сь")}
    stems = stemmed(list(made), language)
    least = SHORTEST_ADDED if language == "ru" else SHORTEST  # an Arabic root has three letters
    added = {s for s in stems if s in SHORT or (len(s) >= least and s not in APART)}
    if "нн" not in word:  # временный, whose stem is that of времени
        added.update(_TOGETHER.get(stem, ()))
    return own, *(f"{s}_{language}" for s in sorted(added - {stem}))


@lru_cache(maxsize=STEMS_KEPT)
def _rows(words: tuple[str, ...], filed: str) -> tuple[tuple[str, ...], ...]:
    each = tuple(_terms(word, filed) for word in words)
    return each if prod(map(len, each)) <= MOST else tuple(terms[:1] for terms in each)


def form_terms(words: tuple[str, ...], lang: str) -> tuple[tuple[str, ...], ...]:
    """Of each of these folded words, side by side in an article of language *lang*, the terms of its
    forms, its own first; that alone where there would be more than MOST ways to take one of each.
    """
    return _rows(words, filed_as(lang))
