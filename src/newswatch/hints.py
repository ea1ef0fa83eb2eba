"""How often a channel wants to be asked: `ttl`, `skipHours`, `skipDays` of RSS.

Rule: pure; any bytes give Hints, and what is absurd says nothing. Read from the text itself:
feedparser keeps only the last hour of a list.
"""

from __future__ import annotations

import re

from newswatch.model import Hints

LONGEST_TTL = 7 * 1440  # minutes
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ENTRY = re.compile(rb"<(?:item|entry)[\s/>]")
_TTL = re.compile(
    rb"<ttl\s*>\s*(?:<!\[CDATA\[)?\s*([0-9]{1,9})\s*(?:\]\]>)?\s*</ttl\s*>", re.IGNORECASE
)
_HOUR = re.compile(rb"<hour\s*>\s*([0-9]{1,2})\s*</hour\s*>", re.IGNORECASE)
_DAY = re.compile(rb"<day\s*>\s*([a-z]{6,9})\s*</day\s*>", re.IGNORECASE)


def of(body: bytes) -> Hints:
    """What the channel in *body* (RSS as UTF-8) asks for, its entries aside. Hour 24 is midnight's, as
    early RSS counted from 1.
    """
    entry = _ENTRY.search(body)
    begin = entry.start() if entry else -1
    end = max(body.rfind(b"</item"), body.rfind(b"</entry"))
    frame = body[:begin] + body[end:] if 0 <= begin < end else body
    ttl = _TTL.search(frame)
    minutes = int(ttl[1]) if ttl else 0
    hours = {
        int(hour) % 24 for hour in _HOUR.findall(_list(frame, b"skiphours")) if int(hour) <= 24
    }
    named = {day.lower().decode() for day in _DAY.findall(_list(frame, b"skipdays"))}
    return Hints(
        minutes * 60 if 0 < minutes <= LONGEST_TTL else None,
        frozenset(hours),
        frozenset(number for number, day in enumerate(WEEK) if day in named),
    )


def _list(frame: bytes, name: bytes) -> bytes:
    lower = frame.lower()
    begin = lower.find(b"<" + name)
    return frame[begin : lower.find(b"</" + name, begin)] if begin >= 0 else b""
