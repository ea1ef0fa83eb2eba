"""What words mean that stand for figures: numbers, their scale, places in a row, days; in the languages of wires.

Rule: pure, data first; every look-up takes a folded word. Numbers: the words below 100 and the
hundreds of CLDR's spell-out rules, the cases of Slavic ones as reports of deaths use them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from newswatch import moment, text

# The words of a few articles and their versions. A wire's new words are nearly all none of these, and would fill what is kept for months.
WORDS_KEPT = 1 << 11


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A language's 2 to 20, the tens from 30, the hundreds; | between forms, - for what is said by two words.
_NUMBERS = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred",
    "de": "zwei drei vier fünf|fuenf sechs sieben acht neun zehn elf zwölf|zwoelf dreizehn vierzehn"
    " fünfzehn|fuenfzehn sechzehn siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig|fuenfzig"
    " sechzig siebzig achtzig neunzig hundert|einhundert zweihundert dreihundert vierhundert fünfhundert",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize - - -"
    " vingt|vingts trente quarante cinquante soixante - - - cent|cents",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis"
    " diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"
    " cien|ciento doscientos|doscientas trescientos|trescientas cuatrocientos|cuatrocientas"
    " quinientos|quinientas seiscientos|seiscientas setecientos|setecientas ochocientos|ochocientas"
    " novecientos|novecientas",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici"
    " sedici diciassette diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta"
    " novanta cento duecento trecento quattrocento cinquecento seicento settecento ottocento novecento",
    "pt": "dois|duas três quatro cinco seis sete oito nove dez onze doze treze catorze|quatorze quinze"
    " dezesseis|dezasseis dezessete|dezassete dezoito dezenove|dezanove vinte trinta quarenta cinquenta"
    " sessenta setenta oitenta noventa cem|cento duzentos|duzentas trezentos|trezentas"
    " quatrocentos|quatrocentas quinhentos|quinhentas seiscentos|seiscentas",
    "pl": "dwa|dwie|dwóch|dwoje trzy|trzech|troje cztery|czterech|czworo pięć|pięciu|pięcioro"
    " sześć|sześciu siedem|siedmiu osiem|ośmiu dziewięć|dziewięciu dziesięć|dziesięciu"
    " jedenaście|jedenastu dwanaście|dwunastu trzynaście|trzynastu czternaście|czternastu"
    " piętnaście|piętnastu szesnaście|szesnastu siedemnaście|siedemnastu osiemnaście|osiemnastu"
    " dziewiętnaście|dziewiętnastu dwadzieścia|dwudziestu trzydzieści|trzydziestu"
    " czterdzieści|czterdziestu pięćdziesiąt|pięćdziesięciu sześćdziesiąt|sześćdziesięciu"
    " siedemdziesiąt|siedemdziesięciu osiemdziesiąt|osiemdziesięciu"
    " dziewięćdziesiąt|dziewięćdziesięciu sto|stu dwieście|dwustu trzysta|trzystu czterysta|czterystu"
    " pięćset sześćset siedemset osiemset dziewięćset",
    "tr": "iki üç dört beş altı yedi sekiz dokuz on - - - - - - - - - yirmi otuz kırk elli altmış yetmiş"
    " seksen doksan yüz",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien"
    " zeventien achttien negentien twintig dertig veertig vijftig zestig zeventig tachtig negentig"
    " honderd tweehonderd driehonderd vierhonderd vijfhonderd",
    "ru": "два|две|двух|двое|двоих три|трех|трое|троих четыре|четырех|четверо|четверых"
    " пять|пяти|пятеро|пятерых шесть|шести|шестеро|шестерых семь|семи|семеро|семерых"
    " восемь|восьми|восьмеро девять|девяти десять|десяти|десятеро одиннадцать|одиннадцати"
    " двенадцать|двенадцати тринадцать|тринадцати четырнадцать|четырнадцати пятнадцать|пятнадцати"
    " шестнадцать|шестнадцати семнадцать|семнадцати восемнадцать|восемнадцати"
    " девятнадцать|девятнадцати двадцать|двадцати тридцать|тридцати сорок|сорока"
    " пятьдесят|пятидесяти шестьдесят|шестидесяти семьдесят|семидесяти восемьдесят|восьмидесяти"
    " девяносто|девяноста сто|ста двести|двухсот триста|трехсот четыреста|четырехсот пятьсот|пятисот"
    " шестьсот|шестисот семьсот|семисот восемьсот|восьмисот девятьсот|девятисот",
    "uk": "два|дві|двох|двоє три|трьох|троє чотири|чотирьох|четверо п'ять|п'яти|п'ятьох|п'ятеро"
    " шість|шести|шістьох|шестеро сім|семи|сімох|семеро вісім|восьми|вісьмох дев'ять|дев'яти|дев'ятьох"
    " десять|десяти|десятьох одинадцять|одинадцяти дванадцять|дванадцяти тринадцять|тринадцяти"
    " чотирнадцять|чотирнадцяти п'ятнадцять|п'ятнадцяти шістнадцять|шістнадцяти сімнадцять|сімнадцяти"
    " вісімнадцять|вісімнадцяти дев'ятнадцять|дев'ятнадцяти двадцять|двадцяти тридцять|тридцяти"
    " сорок|сорока п'ятдесят|п'ятдесяти шістдесят|шістдесяти сімдесят|сімдесяти вісімдесят|вісімдесяти"
    " дев'яносто|дев'яноста сто|ста двісті|двохсот триста|трьохсот чотириста п'ятсот шістсот сімсот"
    " вісімсот дев'ятсот",
}  # fmt: skip
_SLOTS = (*range(2, 21), *range(30, 100, 10), *range(100, 1000, 100))
_MORE = {
    "en": {"hundreds": 100, "dozen": 12, "one": 1},
    "es": {"veintiuno": 21, "veintiun": 21, "veintiuna": 21, "veintidos": 22, "veintitres": 23,
           "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27,
           "veintiocho": 28, "veintinueve": 29},
    "fr": {"dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30,
           "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "centaines": 100},
    "tr": {"bir": 1},
    "ru": {"один": 1, "одного": 1, "одна": 1, "одной": 1},
    "uk": {"один": 1, "одного": 1, "одна": 1},
    "pl": {"jeden": 1, "jednego": 1, "jedna": 1},
}  # fmt: skip
# "sechsundzwanzig", "zesentwintig"; "ventisei".
_ONE_WORD = {
    "de": re.compile(r"(ein|\w+?)und(\w+zig|dreissig)$"),
    "nl": re.compile(r"(een|\w+?)en(\w+tig)$"),
    "it": re.compile(r"(?:cento)?(venti?|\w+ant)(?:a|i)?(uno?|due|tre|quattro|cinque|sei|sette|otto|nove)$"),
}  # fmt: skip
# Numbers in one language, everyday words in another: none where the language is not known.
_ELSEWHERE = _words("on due sei sto once seize cent cento elf sept tien acht mil ста stu altri bir")  # fmt: skip


@cache
def _table(language: str) -> dict[str, int]:
    found = dict(_MORE.get(language, {}))
    for value, forms in zip(_SLOTS, _NUMBERS[language].split(), strict=False):
        found |= {
            text.fold(form).replace("'", ""): value for form in forms.split("|") if form != "-"
        }
    return found


@cache
def _any_table() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in _NUMBERS:
        for word, value in _table(language).items():
            found.setdefault(word, value)
    return {word: value for word, value in found.items() if word not in _ELSEWHERE}


@lru_cache(maxsize=WORDS_KEPT)
def number_word(word: str, lang: str) -> int | None:
    """What a folded word says as a number, in an article of language *lang*; None for no number."""
    language = lang[:2]
    table = _table(language) if language in _NUMBERS else _any_table()
    if word in table:
        return table[word]
    joined = _ONE_WORD.get(language)
    found = joined.match(word) if joined else None
    if found is None:
        return None
    one, other = found[1], found[2]
    if language == "it":
        tens = next((table[one + end] for end in ("", "i", "a") if one + end in table), None)
        unit = 1 if other in {"un", "uno"} else table.get(other)
    else:
        tens, unit = table.get(other), 1 if one in {"ein", "een"} else table.get(one)
    return tens + unit if tens and unit and unit < 10 <= tens < 100 else None


def said_number(values: list[int]) -> int:
    """What a row of number words says: twenty-one, two hundred six, quatre-vingt-dix."""
    total = 0
    for value in values:
        if value == 100 and 0 < total < 100:
            total *= 100
        elif value == 20 and total == 4:
            total = 80
        elif value == 12 and 0 < total < 10:  # two dozen
            total *= 12
        else:
            total += value
    return total


_SCALES = {
    4: "万 萬",
    8: "亿 億",
    3: "thousand thousands tausend mille mil mila duizend tysiac tysiace tysiecy tys bin тыс k",
    6: "million millions mln mio mn m millionen milione milioni millon millones milhao milhoes milion"
    " miliony milionow milyon miljoen млн",
    9: "billion billions bn bln b milliarde milliarden mrd milliard milliards miliardo miliardi miliard"
    " miliardy miliardow milyar miljard mld млрд bilhao bilhoes",
    12: "trillion trillions trln tn trilhao trilhoes trilyon billionen billones biliony biljoen трлн",
}
_SCALE = {word: power for power, words in _SCALES.items() for word in words.split()}
_SCALE_CASES = re.compile(
    r"(?:(тысяч|тисяч)|(миллион|мільион|мільйон)|(миллиард|мільярд)|(триллион|трильион|трильйон))\w{0,3}$"
)
_LETTERS = _words("k m b mn bn tn")  # a scale only where they stand at a figure: 38m


@lru_cache(maxsize=WORDS_KEPT)
def scale(word: str, *, attached: bool = False) -> int:
    """The power of ten of "million" and its like, 0 for none; *attached* are the letters of 38m."""
    if word in _SCALE:
        return _SCALE[word] if attached or word not in _LETTERS - {"bn", "mn", "tn"} else 0
    found = _SCALE_CASES.match(word)
    return 3 * (found.lastindex or 0) if found else 0


# Places in a row, from the first to the twelfth or as far as it goes; | between forms.
_PLACES = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "de": "erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft",
    "fr": "premier|premiere deuxieme|second|seconde troisieme quatrieme cinquieme sixieme septieme"
    " huitieme neuvieme dixieme onzieme douzieme",
    "es": "primer|primero|primera segundo|segunda tercer|tercero|tercera cuarto|cuarta quinto|quinta"
    " sexto|sexta septimo|septima octavo|octava noveno|novena decimo|decima",
    "it": "primo|prima secondo|seconda terzo|terza quarto|quarta quinto|quinta sesto|sesta settimo|settima"
    " ottavo|ottava nono|nona decimo|decima",
    "pt": "primeiro|primeira segundo|segunda terceiro|terceira quarto|quarta quinto|quinta sexto|sexta"
    " setimo|setima oitavo|oitava nono|nona decimo|decima",
    "pl": "pierwsz drug trzec czwart piat szost siodm osm dziewiat dziesiat",
    "tr": "birinci ikinci ucuncu dorduncu besinci altinci yedinci sekizinci dokuzuncu onuncu",
    "nl": "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende",
    "ru": "перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат",
    "uk": "перш друг трет четверт п'ят шост сьом восьм дев'ят десят",
}
# The endings of those that are stems here; "пять", "шести" and "drugi" of another kind have others.
_PLACE_ENDINGS = {
    "de": re.compile(r"e[nrsm]?$"),
    "pl": re.compile(r"(?:i?ego|i?emu|i?ej|y|i|ym|im|a|ia|e|ie)$"),
    "ru": re.compile(
        r"(?:ый|ой|ий|ая|ья|ое|ье|ого|ьего|ому|ьему|ым|ьим|ом|ьем|ую|ью|ьей|ые|ьи|ых|ьих)$"
    ),
    "uk": re.compile(r"(?:ий|ій|а|я|е|є|ого|ього|ої|ьої|ому|ьому|ою|ьою|у|ю|им|ім)$"),
}


@cache
def _places(language: str) -> dict[str, int]:
    return {
        text.fold(form).replace("'", ""): n
        for n, forms in enumerate(_PLACES[language].split(), start=1)
        for form in forms.split("|")
    }


@lru_cache(maxsize=WORDS_KEPT)
def place(word: str, lang: str) -> int | None:
    """The place in a row that a folded word names, 1 for "first"; None for none."""
    language = lang[:2]
    if language not in _PLACES:
        return None
    listed = _places(language)
    endings = _PLACE_ENDINGS.get(language)
    if endings is None:
        return listed.get(word)
    return next(
        (
            listed[word[:-n]]
            for n in range(1, 5)
            if word[:-n] in listed and endings.match(word[-n:])
        ),
        None,
    )


# How often: once, twice, thrice.
_TIMES = {
    "en": "once twice thrice",
    "de": "einmal zweimal dreimal viermal",
    "nl": "eenmaal tweemaal driemaal",
    "ru": "однажды дважды трижды",
    "uk": "одного двічі тричі",
}
_TIMES_SAID = {
    language: {word: n for n, word in enumerate(words.split(), start=1)}
    for language, words in _TIMES.items()
}


def times(word: str, lang: str) -> int | None:
    """2 for "twice", None for a word that does not say how often."""
    return _TIMES_SAID.get(lang[:2], {}).get(word)


# Monday first, a day a paragraph.
_WEEKDAYS = """
mon monday mondays montag lundi lunes lunedi segunda poniedzialek poniedzialku pazartesi maandag
понедельник понедельника понедельнику понедельником понеділок понеділка

tue tues tuesday tuesdays dienstag mardi martes martedi terca wtorek wtorku sali dinsdag вторник
вторника вторнику вторником вівторок вівторка

wed wednesday wednesdays mittwoch mercredi miercoles mercoledi quarta sroda srode srody carsamba
woensdag среда среду среды среде средой средам середа середу середи

thu thurs thursday thursdays donnerstag jeudi jueves giovedi quinta czwartek czwartku persembe
donderdag четверг четверга четвергу четвергом четвер четверга

fri friday fridays freitag vendredi viernes venerdi sexta piatek piatku cuma vrijdag пятница
пятницу пятницы пятнице пятницей пятницам пятниця пятницю пятниці

sat saturday saturdays samstag sonnabend samedi sabado sabato sobota sobote soboty cumartesi
zaterdag суббота субботу субботы субботе субботой субботам субота суботу суботи

sun sunday sundays sonntag dimanche domingo domenica niedziela niedziele niedzieli pazar zondag
воскресенье воскресенья воскресенью воскресеньем воскресеньям неділя неділю неділі
"""
_WEEKDAY = {
    text.fold(w): n
    for n, words in enumerate(_WEEKDAYS.strip().split("\n\n"))
    for w in words.split()
}
# Days and months only where they are written with a capital: "sat", "may", "sun", "march"
_CAPITAL = _words(
    "mon tue tues wed thu thurs fri sat sun sali cuma pazar segunda terca quarta quinta sexta may march"
)
_SHORT_MONTHS = frozenset({"mai", "мая", "май", "мае", "маи", "mei", "maj", "maja"})
_MONTH_CASES = re.compile(
    r"(январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр|ма(?=ю$|е$|ем$))\w{0,2}$"
)
_STEMS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр",
          "ноябр", "декабр")  # fmt: skip


@cache
def _months() -> dict[str, int]:
    return {text.fold(word): number for word, number in moment.MONTHS.items()}


def weekday(word: str, *, capital: bool) -> int | None:
    """The day of the week that a folded word names, Monday 0; None for none."""
    return None if word in _CAPITAL and not capital else _WEEKDAY.get(word)


@lru_cache(maxsize=WORDS_KEPT)
def month(word: str, *, capital: bool) -> int | None:
    """The month that a folded word names, January 1; None for none."""
    if found := _MONTH_CASES.match(word):
        return _STEMS.index(found[1]) + 1
    if not capital and (word in _CAPITAL or (len(word) < 4 and word not in _SHORT_MONTHS)):
        return None
    return _months().get(word)
