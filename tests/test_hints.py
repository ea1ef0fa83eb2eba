"""What a channel asks of whoever polls it; anything may stand there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch import hints, parse
from newswatch.model import Hints

ITEM = b"<item><title>Leak</title><link>http://a.example/1</link><ttl>9</ttl><hour>3</hour></item>"


def rss(head: str, tail: str = "") -> bytes:
    return (
        b"<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title>"
        + head.encode()
        + ITEM
        + tail.encode()
        + b"</channel></rss>"
    )


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("<ttl>15</ttl>", Hints(900)),
        ("<ttl><![CDATA[ 60 ]]></ttl>", Hints(3600)),
        ("<skipHours><hour>1</hour>\n<hour> 23 </hour></skipHours>", Hints(None, frozenset({1, 23}))),
        ("<SkipHours><hour>24</hour><hour>25</hour><hour>x</hour></SkipHours>", Hints(None, frozenset({0}))),
        ("<skipDays><day>Saturday</day><day> SUNDAY </day><day>Caturday</day></skipDays>",
         Hints(None, frozenset(), frozenset({5, 6}))),
        ("<skipHours><hour>1</hour>", Hints(None, frozenset({1}))),
        ("<skipDays/><skipHours></skipHours><ttl>-1</ttl>", Hints()),
        ("<hour>3</hour><day>Monday</day>", Hints()),
        ("", Hints()),
    ],
)  # fmt: skip
def test_what_a_channel_asks_for(head: str, asked: Hints) -> None:
    assert hints.of(rss(head)) == hints.of(rss("", head)) == asked
    window = parse.window(rss(head), "text/xml", "http://a.example/rss", frozenset())
    assert (window.hints, len(window.entries)) == (asked, 1)


@given(st.binary(max_size=300))
def test_any_bytes_ask_for_something_bounded(body: bytes) -> None:
    found = hints.of(b"<ttl>" + body + b"<skipHours><hour>" + body)
    assert found.skip_hours <= set(range(24))
    assert found.ttl is None or 60 <= found.ttl <= 7 * 86400
