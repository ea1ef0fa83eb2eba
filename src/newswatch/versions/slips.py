"""What a version puts right without a word on it: a figure, a name or a day in a sentence that stands.

Rule: pure. What a market, a count that runs or the calendar moves is no correction; nor is style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from newswatch import text
from newswatch.model import Change, Version
from newswatch.query.names import listed_name, one_name
from newswatch.versions import measures
from newswatch.versions.alignment import Known, Pair, Sentence, align, masked, minuses, misspelt
from newswatch.versions.parts import DATE, NAME, NUMBER, Part, figures

SLIPS = 3  # figures or names put right in one version; a text that changes more is written anew
FIGURES_GONE = 4  # figures of the old text that the new one has not; more are a market on the move
MOVED_ON = 1  # the same where a day changed: a forecast, a fixing or a diary of the next day
NAME_WORDS = 4  # of a name or an amount
PLAIN_WORDS = 4  # words that stand around what was put right in a text
HEADLINE_WORDS = 1  # the same in a headline, which is known to stand for the one before it

# Two decimals and more on both sides, but no thousands (4,000; 1.200, not 98.938) and no sum of millions.
_DECIMALS = r"\d(?:,(?!\d{3}(?!\d))|\.(?!\d\d0(?!\d)))\d{2,}%?"
_PRICE = re.compile(rf"{_DECIMALS}\s.*{_DECIMALS}$")
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*|\d{4,}")
ROUNDED = 0.01  # 5,603.81 and 5,600 are one sum, 2.69 and 2.7; 4.75 and 5 are two
_OF_MILLIONS = re.compile(
    r"\s*(?:bn|tn|mn|[mb]illi|trilli|mill|mrd|mio|mld|mln|млн|млрд|трлн|тыс|thousand|tys)",
    re.IGNORECASE,
)
# What moves by itself each day: said in a headline or in the sentence itself.
_DAILY = re.compile(
    r"\b(?:stocks?|shares|stock markets?|financial markets|index|indices|futures|bonds?|yields?|wall st"
    r"|bourse|forex|fixing|weather|temperatures?|degrees|sunny|showers|diary"
    r"|pictures of the day|horoscopes?|lottery|crude|(?:spot )?gold (?:price|fell|rose|slip|eased|was|hit)\w*|bullion"
    r"|borsa|börse|aktien|dax|wetter|météo|bolsas?|a barrel|баррел\w*|acciones|ações|el tiempo (?:en|para)|meteo|giełd\w*|pogod\w*|beurs|weer|hava|бирж\w*|индекс\w*|курс\w* (?:доллар|евро|рубл|валют|акци|юан)\w*"
    r"|погод\w*|прогноз\w*|осадк\w*|градус\w*|нефт\w*|індекс\w*|дощ\w*|акци\w+ компании)\b"
    r"|\d ?°",
    re.IGNORECASE,
)
# What says of a count that it goes on.
_RUNS = re.compile(
    r"\b(?:so far|(?:has|had|have) (?:now )?(?:risen|climbed|grown|passed|reached|contained)|(?:rose|climbed|rises|climbs) to"
    r"|(?:ballots?|votes?|precincts?|districts?) (?:were |have been |had been )?(?:counted|reporting)"
    r"|(?:its|the|their|his|her) \w+ (?:straight |consecutive )?(?:day|night|week)\b"
    r"|на данный момент|на сегодня|(?:уже|сейчас) составля\w+|(?:вырос|возрос|увеличил|достиг)\w* (?:до\b)?|обработан\w*|подсчитан\w*"
    r"|(?:ist|war|sind) (?:\w+ )?(?:auf .{1,30} )?gestiegen|bislang|bisher|ausgezählt|jusqu['’]ici|s['’]élève|est passé"
    r"|hasta ahora|ha subido|asciende|escrutad\w+|finora|è salit\w+|até agora|subiu para|dotychczas|wzrosła do)\b|截至|目前为止|これまでに",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"^\W*(?:additional |writing |with )?(?:reporting|editing|writing|compiled|reportage|redaktion)\b"
    r"[^.!?]{0,40}\bby\b|\b(?:editing|reporting) by\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"\s*(?:\([^()]{1,30}\)\s*)?[-–—:]")
DATELINE = 60  # characters before the date of a dateline
CAPITAL_NOUNS = frozenset({"de", "lb"})
_OF_A_LAND = frozenset({"an", "ese", "i", "ian", "ish"})


@dataclass(frozen=True, slots=True)
class Slip:
    """A figure, a name or a day put right in a *sentence* (of the new text) that is otherwise the
    same; *before* is that sentence of the old one.
    """

    change: Change
    sentence: str
    before: str = ""


@lru_cache(maxsize=4)  # `compare` and whoever tells of it ask for the same
def slips(old: Version, new: Version) -> tuple[Slip, ...]:
    """What *new* puts right without a word on it: figures, names and days that changed in sentences
    which otherwise stand. None where more than three changed, all are prices, or the text's figures
    moved at large: those are markets. A name that only became longer, shorter, an abbreviation or
    another spelling of the same is style; a day in a text that is written anew each day is none.

    What this finds on a real wire's day is told in docs/measurements.md.
    """
    laid = align(old, new)
    if laid.whole:
        return ()
    found: dict[Change, Slip] = {}
    known = Known(old, new)
    for pair in (_headlines(old, new), *laid.pairs):
        for change in _slipped(pair, known):
            assert pair.old is not None
            assert pair.new is not None
            found.setdefault(change, Slip(change, pair.new.said, pair.old.said))
    if not found:
        return ()
    gone = set(figures(old.text)) - set(figures(new.text))
    if len(gone) > FIGURES_GONE:
        found = {change: slip for change, slip in found.items() if change.what == "name"}
    dated = {
        f for slip in found.values() if slip.change.what == "date" for f in figures(slip.change.old)
    }
    daily = _DAILY.search(old.title) or _DAILY.search(new.title)
    if len(gone - dated) > MOVED_ON or daily:
        found = {change: slip for change, slip in found.items() if change.what != "date"}
    kept = tuple(found.values())
    if len(kept) > SLIPS or all(map(_is_price, kept)):
        return ()
    return kept


def written_otherwise(old: Version, new: Version) -> bool:
    """Whether *new* says what *old* says, sentence for sentence, and only writes its figures and days in
    another way: 60 percent and 60%, "four" and 4, Sept. 5 and 5 September.
    """
    laid = align(old, new)
    if laid.whole or laid.moved:
        return False
    known = Known(old, new)
    for pair in (_headlines(old, new), *laid.pairs):
        if pair.old is None or pair.new is None or pair.moved:
            return False
        if pair.old.bare == pair.new.bare:
            continue
        was, now = masked(pair.old.said, pair.new.said, (pair.old.lang, pair.new.lang), known)
        if [(a.mask, a.value) for a in was] != [(b.mask, b.value) for b in now]:
            return False
        if minuses(pair.old.said) != minuses(pair.new.said):
            return False
    return True


def _is_price(slip: Slip) -> bool:
    """Whether what changed is a price that moved, or was rounded: 1.1576 and 1.1586, 5,603.81 and 5,600. Two
    figures of the same digits are a slip of the keys: 9.85 and 9.58.
    """
    if slip.change.what != "number":
        return False
    _, _, behind = slip.sentence.partition(slip.change.new)
    if _OF_MILLIONS.match(behind):
        return False
    sides = slip.change.old, slip.change.new
    one, other = (figures(side) for side in sides)
    if len(one) == len(other) == 1 and one[0].count(".") + other[0].count(".") == 1:
        return _near(one[0], other[0])
    digits = [sorted(re.sub(r"\D", "", side)) for side in sides]
    return digits[0] != digits[1] and _PRICE.search(" ".join(sides)) is not None


def _rounds(one: str, other: str, places: int) -> bool:
    """Whether two figures are one with so many decimals; none would make 4.75 and 5 one."""
    return round(float(one.rstrip("%")), places) == round(float(other.rstrip("%")), places)


def _near(one: str, other: str) -> bool:
    """Whether two figures, as `text.numbers` writes them, are one and the same in round terms."""
    try:
        a, b = (float(said.rstrip("%")) for said in (one, other))
    except ValueError:  # a time of day
        return False
    return abs(a - b) <= ROUNDED * max(abs(a), abs(b))


def _headlines(old: Version, new: Version) -> Pair:
    return Pair(Sentence(old.title, 0, old.lang), Sentence(new.title, 0, new.lang))


def _slipped(pair: Pair, known: Known) -> Iterator[Change]:
    """The figures, names and days in which two sentences differ, where they differ in nothing else."""
    if pair.old is None or pair.new is None or pair.old.bare == pair.new.bare:
        return
    if not _may_slip(pair.old, pair.new) or _CREDIT.search(pair.new.said):
        return
    langs = pair.old.lang, pair.new.lang
    was, now = masked(pair.old.said, pair.new.said, langs, known)
    if not _same_frame(was, now, langs):
        return
    differing = [
        (a, b)
        for a, b in zip(was, now, strict=True)
        if _differ(a, b) and not (a.mask == DATE and known.one_day(a.value, b.value))
    ]
    if any(a.mask == NUMBER and a.value.count(" ") != b.value.count(" ") for a, b in differing):
        return  # several figures for one
    if not 0 < len(differing) <= SLIPS:
        return
    plain = sum(part.mask not in (NUMBER, NAME, DATE) for part in was)
    if plain < PLAIN_WORDS:
        stand = len(text.tokens(pair.old.said)) - sum(
            len(text.tokens(a.said)) for a, _ in differing
        )
        figures_only = all(
            a.mask == NUMBER and a.unit == b.unit and a.unit[1] != "%" for a, b in differing
        )
        # In a headline alone: no names, whose place another word may take, and no market's percents.
        if pair.old.paragraph or not figures_only or stand < HEADLINE_WORDS:
            return
    moving = _DAILY.search(pair.new.said) is not None
    for a, b in differing:
        if a.mask == NUMBER:
            if (
                moving
                and a.unit[1] == b.unit[1]
                and (a.unit[1] == "%" or ("." in a.value and "." in b.value))
            ):
                continue
            if _runs_on(pair.new.said, a, b):
                continue
            trimmed = a.unit == b.unit and a.unit[1] != "%"
            yield Change("number", a.bare if trimmed else a.said, b.bare if trimmed else b.said)
        elif a.mask == DATE:
            if moving or _in_dateline(pair.new, b.said):
                continue
            yield Change("date", a.said, b.said)
        elif not _same_name(a.value, b.value) and _is_name(a, b, langs):
            yield Change("name", a.said, b.said)


def _runs_on(sentence: str, a: Part, b: Part) -> bool:
    """Whether a figure went on in a sentence that says it does: a toll that has risen, the third day."""
    try:
        was, now = (float(_measured(part)[0].rstrip("×th")) for part in (a, b))
    except ValueError:  # a row of figures
        return False
    return now > was and _RUNS.search(sentence) is not None


def _may_slip(one: Sentence, other: Sentence) -> bool:
    """Whether two sentences are so alike that reading them part by part may be worth it."""
    most = max(sum(one.words.values()), sum(other.words.values()))
    return most - sum((one.words & other.words).values()) <= NAME_WORDS * SLIPS


def _same_frame(was: tuple[Part, ...], now: tuple[Part, ...], langs: tuple[str, str]) -> bool:
    """Whether two sentences are the same but for figures, names and days; a word beside a figure may
    have another ending, as the figure asks for it.
    """
    if len(was) != len(now):
        return False
    for n, (a, b) in enumerate(zip(was, now, strict=True)):
        if a.mask == b.mask:
            continue
        figure = any(
            was[m].mask == now[m].mask == NUMBER for m in (n - 1, n + 1) if 0 <= m < len(was)
        )
        if "#" in f"{a.mask}{b.mask}" or not figure:
            return False
        if text.stem(a.value, langs[0]) != text.stem(b.value, langs[1]):
            return False
    return True


def _in_dateline(sentence: Sentence, date: str) -> bool:
    """Whether *date* is when the text was filed: LONDON, Aug 19 (A wire) -."""
    before, _, after = sentence.said.partition(date)
    return len(before) <= DATELINE and _DATELINE.match(after) is not None


def _differ(a: Part, b: Part) -> bool:
    """Whether two parts of a kind say two things. Not "10th" and 10, 2.69 and 2.7, "8-4" and four."""
    if not a.mask.startswith("#") or a.mask != b.mask or a.value == b.value:
        return False
    if a.mask != NUMBER:
        return True
    if a.unit != b.unit:
        return not measures.alike(_measured(a), _measured(b))
    one, other = figures(a.bare), figures(b.bare)
    if (one == other and one) or _grouped(a.bare) == _grouped(b.bare) != "":
        return False
    return not _rounded(one, other)


def _grouped(said: str) -> str:
    """The digits of a figure whose thousands are parted, by whatever sign, or not: 1.200, 1 200, 1200."""
    if not _THOUSANDS.fullmatch(said):
        return ""
    return re.sub(r"\D", "", said)


def _measured(part: Part) -> tuple[str, str]:
    """A figure with its scale, and its unit."""
    figure, _, unit = part.value.partition(" ")
    return figure, unit


def _rounded(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one figure is the other with fewer decimals."""
    if len(one) != 1 or len(other) != 1:
        return False
    places = [len(said.rstrip("%").partition(".")[2]) for said in (one[0], other[0])]
    if places[0] == places[1]:
        return False
    return _near(one[0], other[0]) or (min(places) > 0 and _rounds(one[0], other[0], min(places)))


def _is_name(a: Part, b: Part, langs: tuple[str, str]) -> bool:
    """Whether two parts with a capital are names: in German every noun has one, and a lone word is one
    only where it is listed or misspelt.
    """
    if all(lang[:2] not in CAPITAL_NOUNS for lang in langs):
        return True
    lone = " " not in a.value and " " not in b.value
    return (
        not lone
        or (listed_name(a.value) and listed_name(b.value))
        or misspelt(a.value, b.value, langs)
    )


def _same_name(one: str, other: str) -> bool:
    """Whether two names differ in fullness or in spelling only: one holds the other's words, their
    beginnings, or their initials; or each word is the other's in another transliteration. Two that are
    listed apart (Sudan, South Sudan) are two.
    """
    a, b = one.split(), other.split()
    if len(a) == len(b) and all(
        v == w or one_name(v, w) or _american(v) == _american(w) for v, w in zip(a, b, strict=True)
    ):
        return True
    if listed_name(one) and listed_name(other) and len(a) != len(b):
        return False
    alone, there = [w for w in a if w not in b], [w for w in b if w not in a]
    short, long = (alone, there) if len("".join(alone)) < len("".join(there)) else (there, alone)
    if "".join(short) == "".join(word[0] for word in long):
        return True
    return all(any(_shortened(v, w) for w in long) for v in short)


def _american(word: str) -> str:
    """An English word as it is spelt in America: defence, labour, centre, organisation."""
    return re.sub(r"our$", "or", re.sub(r"tre$", "ter", re.sub(r"is(?=ation|e[ds]?$)", "iz", word))).replace("efenc", "efens")  # fmt: skip


def _shortened(short: str, long: str) -> bool:
    """Whether *long* goes on as *short* begins: twice as far, or as a land's people do."""
    if long[: len(short)] != short:
        return False
    rest = long[len(short) :]
    return len(rest) >= len(short) or (
        len(short) > 3 and (rest in _OF_A_LAND or (rest == "n" and short[-1] in "ae"))
    )
