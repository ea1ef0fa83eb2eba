"""Where a text names the wire it was taken from: dateline, last lines, author.

Rule: pure, in linear time, and only the first and the last thousand characters are read. Names are
taken as the wires write them or in capitals: what merely looks alike credits nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

EDGE = 1_000  # characters read at either end
OPENING, CLOSING = 5, 4  # paragraphs that may hold a dateline, a credit
SHORT = 120  # characters of a line that is nothing but a credit

_JOINERS = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_MONTHS = (
    "jan feb mar apr may jun jul aug sep sept oct nov dec "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic "
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro "
    "gen mag giu lug set ott"
)
_SMALL = frozenset(
    f"{_MONTHS} de del du la le les el of and und y et e on the an der am im a auf di da do dos das"
    " near off aboard bei u. и на в".split()
)
_WORD = re.compile(r"[^\s,./·|—–:()-]+")


def pattern(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The patterns of the places in which one of *names* is a credit, for `credit_in`."""
    wire = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    # "(Reuters/AFP)", "Reuters/fh(ec)", "AFP, Reuters": the first named is the one credited. A name
    # after the slash ("REUTERS/Jane Doe") is a photographer's.
    more = (
        r"(?:(?:\s?[/,|&+]\s?|\s(?:and|und|et|y|и)\s|-)"
        rf"(?:{wire}|[a-z]{{1,6}}(?:\([a-z]{{1,6}}\))?|[A-Z]{{2,6}}|[Aa]genc\w{{2,4}})){{0,4}}"
    )
    dash = r"\s*(?:[.:]?\s*[-–—]+(?=\s|\w)|[.:](?=\s|$)|$)"
    brackets = rf"[(\[/]\s?(?:[Кк]орр\.\s)?(?P<a>{wire})(?:{more}|(?:\s\w+){{0,3}})\s?[)\]/]"
    capitals = "|".join(re.escape(name) for name in sorted(names, key=len) if name.isupper())
    said = (
        r"(?:об этом )?(?:сообща[её]т|сообщил[аои]?|передал[аои]?|переда[её]т|пишет|пишут|сообщают|"
        r"повідомляє|передає)"
    )
    label = (
        r"(?:sources?|source de l'article|quellen?|fuentes?|fontes?|fonti|источники?|джерел[оа]|"
        r"kaynak|bron|źródło|nguồn|来源|來源|出典|via|from|по материалам|по сообщению|"
        r"credits?|agency|agence|agencia|agentur|агентство)"
    )
    byline = r"(?:by|von|par|por|di|da|от)"
    return (
        # LONDON, May 1 (Reuters) - · Berlin (dpa/AFP) – · МОСКВА, 1 мая. /ТАСС/. · (ANSA) - ROMA
        re.compile(rf"(?P<place>[^()\[\]]{{0,80}}?){brackets}{dash}"),
        # МОСКВА, 1 мая — РИА Новости. · Москва. 1 мая. INTERFAX.RU - · MADRID, EFE - · AFP –
        re.compile(
            rf"(?P<place>[^()\[\]]{{1,60}}?(?:[,.–—-]|\d|\b(?:{_MONTHS.replace(' ', '|')}))\s)"
            rf"(?P<a>{wire})\s*(?:\.\s?[-–—]*|[-–—]+)\s"
        ),
        # (Reuters) Shares rose · ТАСС, 3 мая. · REUTERS: Shares rose · Moscow, Russia | AFP |
        re.compile(
            rf"(?P<place>)(?:[(\[](?P<a>{wire})[)\]]\s|(?P<b>{wire}),\s\d{{1,2}}\s\w{{3,9}}\.\s"
            rf"|(?P<c>{capitals}):\s)"
        ),
        re.compile(rf"(?P<place>[^()\[\]]{{1,60}}?\|\s?)(?P<a>{wire})\s?(?:\||$)"),
        # 新华社北京5月1日电
        re.compile(rf"(?P<place>[(（]?)(?P<a>{wire})[^\s。，]{{0,25}}[电電](?=[\s)）]|$)"),
        # a line that is nothing but the credit
        re.compile(
            rf"[-–—•·*|©\s]*(?:\(c\)\s*)?(?:[12]\d{{3}}(?:-[12]\d{{3}})?\s+)?[(\[/]?\s*"
            rf"(?:(?i:{label}\s*[:：–—-]|{label}(?=\s)|{byline}(?=\s)|{said}(?=\s))\s*)?"
            rf"(?i:агентство\s|the\s(?={wire}))?[«\"(/]?(?P<a>{wire}){more}[»\")\]/]*\s*[.]?"
        ),
        # Jane Doe, The Associated Press · This report by The Canadian Press was first published …
        re.compile(
            rf"(?:This (?:report|article|story) by (?P<a>{wire}) was first published .{{1,40}}"
            rf"|(?P<place>[^,]{{3,40}}(?:, [^,]{{3,40}}){{0,3}}), (?P<b>{wire}))"
        ),
        # … the ministry said. (Reuters) · … — AP · … сказал он. /ТАСС/
        re.compile(
            rf"[.!?…。»”\"'’)]\s*(?:[(\[/]\s?(?P<a>{wire}){more}\s?[)\]/]|[-–—]{{1,2}}\s?(?P<b>{wire}))\s*[.]?$"
        ),
        # the author: By Reuters · Jane Doe, Associated Press · Agence France-Presse in Paris
        re.compile(
            rf"(?:(?i:{byline}|with)\s)?(?P<a>{wire})"
            r"(?:\s(?:in|en|à|a|в)\s.{1,40}|(?i:\s(?:staff|agency|news|news agency|writer|writers))|/\w{1,12})?"
        ),
    )


def credit_in(text: str, author: str, places: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    """The names under which wires are credited, the surest first."""
    *datelines, alone, signed, trailing, byline = places
    head = _lines(text[:EDGE])[:OPENING]
    tail = _lines(text[-EDGE:])[-CLOSING:]
    for line in head:
        for dateline in datelines:
            if (found := dateline.match(line)) and _dateline(found["place"]):
                yield _wire(found)
    for line in reversed(tail):
        if len(line) <= SHORT:
            # A bare name, or one after a person's, stands under a photograph as often as not,
            # unless it is the last word.
            last = line is tail[-1]
            if (found := alone.fullmatch(line)) and (last or found["a"] != line):
                yield found["a"]
            person = found["place"] or "" if (found := signed.fullmatch(line)) else ""
            if found and (last or not person) and _dateline(person):
                yield _wire(found)
    if tail and (found := trailing.search(tail[-1])):
        yield _wire(found)
    for part in _parts(_JOINERS.sub("", author[:EDGE])):
        if found := byline.fullmatch(part):
            yield found["a"]


def _wire(found: re.Match[str]) -> str:
    """The name in whichever of a pattern's places it stood."""
    places = found.groupdict()
    return next(name for place in "abc" if (name := places.get(place)))


def _parts(author: str) -> Iterator[str]:
    """The names in an author's line, the wire in brackets after a person's too."""
    for part in re.split(r"[,;|·•]| – | — | - |[()]", author):
        if part.strip():
            yield part.strip()


def _lines(said: str) -> list[str]:
    return [line for line in map(str.strip, _JOINERS.sub("", said).splitlines()) if line]


def _dateline(place: str) -> bool:
    """Whether what stands before the wire's name is a place and a day: no word of a sentence."""
    return all(
        not w[0].islower() or w.casefold() in _SMALL or w[0].isdigit() for w in _WORD.findall(place)
    )
