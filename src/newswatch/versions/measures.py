"""What is counted: money, shares of a whole, lengths, areas, weights, power, times; in the languages of wires.

Rule: pure, data first; every look-up takes a folded word. Two units of one kind can be told in each other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from newswatch.versions.lexicon import WORDS_KEPT


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_MONEY = {
    "$": "usd dollar dollars dolar dolares dolari dollari dolarow dolary dolarow dolara доллар дол",
    "€": "eur euro euros eura avro евро євро",
    "£": "gbp pound pounds sterling pfund libra libras sterline funt funtow фунт",
    "¥": "jpy yen yenes иен йен",
    "元": "cny yuan yuans renminbi rmb юан",
    "₽": "rub rouble roubles ruble rubles rubel rubli rublos rubles rubla рубл руб карбован",
    "₴": "uah hryvnia hryvnias hrywien hrywna гривн гривен",
    "zł": "pln zloty zlotys zlotych zlote zloties",
    "₺": "try lira liras lirasi",
    "fr": "chf franc francs franken franchi франк",
    "₹": "inr rupee rupees rupien rupias rupie рупи",
    "kr": "crown crowns krone kronen kronor krona kroner крон",
}
_MONEY_WORD = {word: sign for sign, words in _MONEY.items() for word in words.split()}
_MONEY_CASES = re.compile(
    r"(доллар|фунт|иен|йен|юан|рубл|гривн|гривен|франк|рупи|крон|карбован)\w{0,3}$"
)
SIGNS = frozenset("$€£¥₽₴₺₹")
_PERCENT = _words(
    "% percent pct procent procenta prozent yuzde проц процент процента процентов процентам відсотки"
    " відсоток відсотка відсотків процентів"
)
PER = frozenset(
    {("per", "cent"), ("pour", "cent"), ("por", "ciento"), ("por", "cento"), ("per", "cento")}
)


# What is measured, in its least usual unit: what one of each is worth, and its words, stems ending in -.
# The international yard and pound, the watt and its hour; a barrel of oil, a gallon of the United States.
_MEASURES: dict[str, dict[str, tuple[float, str]]] = {
    "m": {
        "km": (1000, ("km kilometer kilometers kilometre kilometres kilometern kilometros chilometri"
               " quilometros kilometrow kilometry kilometra км километр- кілометр-")),
        "m": (1, "meter meters metre metres metern metros metri metrow metra метр- м"),
        "mi": (1609.34, "mile miles meile meilen milla millas miglia milha milhas mil мил- миль"),
        "ft": (0.3048, "foot feet ft фут-"),
        "cm": (0.01, "cm centimetre centimetres centimeter centimeters zentimeter сантиметр- см"),
    },
    "ha": {
        "ha": (1, "hectare hectares hektar ha hectareas ettari hectares hektarow га гектар-"),
        "ac": (0.4047, "acre acres акр-"),
    },
    "kg": {
        "t": (1000, "ton tons tonne tonnes tonnen toneladas tonnellate ton тонн- тонна тонны тонну"),
        "kg": (1, "kg kilo kilos kilogram kilograms kilogramm kilogrammes kilogramos кг килограмм-"),
        "g": (0.001, "gram grams gramm grammes gramos грамм-"),
    },
    "W": {
        "kW": (1, "kw kilowatt kilowatts квт киловатт-"),
        "MW": (1000, "mw megawatt megawatts мвт мегаватт-"),
        "GW": (1e6, "gw gigawatt gigawatts гвт гигаватт-"),
        "TW": (1e9, "tw terawatt terawatts"),
    },
    "l": {
        "l": (1, "litre litres liter liters litros litri литр-"),
        "bbl": (158.99, "barrel barrels barriles barili баррел-"),
        "gal": (3.785, "gallon gallons галлон-"),
    },
    "h": {
        "min": (1 / 60, "minute minutes minuten minutos minuti минут-"),
        "h": (1, "hour hours stunde stunden heure heures hora horas ora ore час часа часов годин години"),
        "d": (24, "day days tag tage tagen jour jours dia dias giorno giorni день дня дней днів dni"),
        "w": (168, ("week weeks woche wochen semaine semaines semana semanas settimana settimane недел-"
              " тижд- тижн-")),
        "mo": (730, "month months monat monate monaten mois mes meses mese mesi месяц- місяц-"),
        "y": (8766, ("year years jahr jahre jahren an ans annee annees ano anos anni anno год года лет"
              " рік роки років")),
    },
}  # fmt: skip
_MEASURE = {
    word: (kind, name, worth)
    for kind, units in _MEASURES.items()
    for name, (worth, words) in units.items()
    for word in words.split()
}
_STEMMED = {word[:-1]: unit for word, unit in _MEASURE.items() if word.endswith("-")}
_WORTH = {name: (kind, worth) for kind, name, worth in _MEASURE.values()} | {"%": ("share", 0.01), "/": ("share", 1.0)}  # fmt: skip
NEAR = 0.04  # 60 miles are 100 km and a third is 33 %: of what is told in round figures

# Shares of a whole, in what part of it they are; a word that also counts a place in a row ("a third of",
# "two thirds", "one fifth") is read so by `parts`.
_SHARES: dict[str, dict[int, str]] = {
    "en": {2: "half halves", 3: "thirds", 4: "quarters", 5: "fifths", 10: "tenths"},
    "de": {2: "halfte", 3: "drittel", 4: "viertel", 5: "funftel", 10: "zehntel"},
    "fr": {2: "moitie", 3: "tiers", 4: "quart quarts"},
    "es": {2: "mitad", 3: "tercio tercios"},
    "it": {2: "meta", 3: "terzi"},
    "pt": {2: "metade", 3: "terco tercos"},
    "pl": {2: "polowa polowe polowy", 4: "cwierc"},
    "nl": {2: "helft", 4: "kwart"},
    "ru": {2: "половина половину половины половине", 3: "треть трети третью", 4: "четверть четверти"},
    "uk": {2: "половина половину половини", 3: "третина третину третини", 4: "чверть чверті"},
}  # fmt: skip
_SHARE = {
    language: {word: share for share, words in listed.items() for word in words.split()}
    for language, listed in _SHARES.items()
}


def share(word: str, lang: str) -> int | None:
    """2 for "half", 3 for "thirds", None for no share, in an article of language *lang*."""
    return _SHARE.get(lang[:2], {}).get(word)


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two amounts, each a figure and its unit, say one thing in two units of a kind: 25 mi and
    40 km, a third and 33 %. False for one unit.
    """
    (a, in_a), (b, in_b) = one, other
    if in_a == in_b or in_a not in _WORTH or in_b not in _WORTH:
        return False
    (kind, worth), (kind_b, worth_b) = _WORTH[in_a], _WORTH[in_b]
    try:
        x, y = float(a) * worth, float(b) * worth_b
    except ValueError:  # a row of figures
        return False
    return kind == kind_b and abs(x - y) <= NEAR * max(x, y)


@lru_cache(maxsize=WORDS_KEPT)
def unit(word: str) -> str:
    """The currency that a folded word names, by its sign; % for percent; a measure's short name; ''
    for none of them.
    """
    if word in SIGNS:
        return word
    if word in _PERCENT:
        return "%"
    if word in _MONEY_WORD:
        return _MONEY_WORD[word]
    if found := _MONEY_CASES.match(word):
        return _MONEY_WORD[found[1]]
    if word in _MEASURE:
        return _MEASURE[word][1]
    ends = (word[:-n] if n else word for n in range(4))
    return next((_STEMMED[stem][1] for stem in ends if stem in _STEMMED), "")
