"""Figures, days and names where words stand without spaces, one character a token: Chinese and Japanese.

Rule: pure, data first. A character that may be a numeral or a family's name counts as one only beside what
makes it one.
"""

from __future__ import annotations

import re
from collections import Counter

NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 4, "萬": 4, "亿": 8, "億": 8, "兆": 12}

_DAYS = "一二三四五六日"
_ELEMENTS = "月火水木金土日"  # what Japanese names its days by, Monday first
_WEEK = re.compile(r"(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])")
_YOUBI = re.compile(r"([月火水木金土日])曜日?")

UNITS = {
    "美元": "$", "美金": "$", "欧元": "€", "歐元": "€", "英镑": "£", "英鎊": "£", "日元": "¥", "日圆": "¥",
    "人民币": "元", "人民幣": "元", "元": "元", "块": "元", "卢布": "₽", "盧布": "₽", "韩元": "₩",
    "港元": "hk$", "克朗": "kr", "法郎": "fr", "卢比": "₹", "里拉": "₺", "ドル": "$", "ユーロ": "€", "円": "¥",
    "公里": "km", "千米": "km", "キロ": "km", "英里": "mi", "公顷": "ha", "英亩": "ac", "吨": "t", "噸": "t",
    "トン": "t", "公斤": "kg", "千瓦": "kW", "兆瓦": "MW", "桶": "bbl", "升": "l", "小时": "h", "小時": "h",
    "分钟": "min", "天": "d", "周": "w", "个月": "mo", "年": "y", "米": "m",
}  # fmt: skip
LONGEST_UNIT = max(map(len, UNITS))

# The hundred commonest families of China, and some of two characters; from the census of 2020.
_FAMILIES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈葉閻鐘譚鄒陸龍錢湯喬賀賴龔"
)
_PERSON = re.compile(rf"(?=([{_FAMILIES}][\u4e00-\u9fff]{{2}}))")
REPEATED = 2  # times that three characters stand in a text before they are taken for a person


def number(run: str) -> int:
    """What a row of numerals says: 三十八 is 38, 十二万 120,000, 二〇二六 2026."""
    if not any(c in TENS or c in MYRIADS for c in run):
        return int("".join(str(NUMERALS[c]) for c in run))
    total = section = digit = 0
    for c in run:
        if c in NUMERALS:
            digit = NUMERALS[c]
        elif c in TENS:
            section += (digit or 1) * TENS[c]
            digit = 0
        else:
            total = (total + section + digit or 1) * 10 ** MYRIADS[c]
            section = digit = 0
    return total + section + digit


def numeral(word: str) -> bool:
    """Whether a folded token may stand in such a row."""
    return word in NUMERALS or word in TENS or word in MYRIADS


def weekday(sentence: str, start: int) -> tuple[int, int] | None:
    """The weekday (Monday 0) that is named at *start* of *sentence*, and its length in characters."""
    if found := _WEEK.match(sentence, start):
        return _DAYS.index("日" if found[1] == "天" else found[1]), len(found[0])
    if found := _YOUBI.match(sentence, start):
        return _ELEMENTS.index(found[1]), len(found[0])
    return None


def unit(sentence: str, start: int) -> tuple[str, int]:
    """The unit that stands at *start*, and its length in characters; ("", 0) for none."""
    for length in range(LONGEST_UNIT, 0, -1):
        if found := UNITS.get(sentence[start : start + length]):
            return found, length
    return "", 0


def people(said: str) -> frozenset[str]:
    """The rows of three characters in *said* that begin as a family's name does, twice or more."""
    found = Counter(m[1] for m in _PERSON.finditer(said))
    return frozenset(name for name, times in found.items() if times >= REPEATED)


def is_ideograph(character: str) -> bool:
    """Whether a character is a Chinese one or kana."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"
