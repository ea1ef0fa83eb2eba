"""Web addresses: one form for two spellings, nothing dropped that tells stories apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch import address

URLISH = st.text(max_size=100) | st.text("htps:/?#[]@&=;%.а1u_m \n", max_size=60).map(
    lambda rest: f"http://{rest}"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://wire.example/a", "https://wire.example/a"),
        ("https://WIRE.example:443/a", "https://wire.example/a"),
        ("http://wire.example:80/a", "https://wire.example/a"),
        ("https://wire.example", "https://wire.example/"),
        ("https://wire.example/a#top", "https://wire.example/a"),
        ("https://wire.example/a?b=2&a=1", "https://wire.example/a?a=1&b=2"),
        ("https://wire.example/a?utm_source=rss&id=3", "https://wire.example/a?id=3"),
        ("https://wire.example/a?fbclid=x", "https://wire.example/a"),
        ("https://wire.example/a?UTM_Medium=x", "https://wire.example/a"),
        ("https://wire.example/новости", "https://wire.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
        ("https://вести.example/a", "https://xn--b1agj9af.example/a"),
        ("https://user:secret@wire.example/a", "https://wire.example/a"),
        (" https://wire.example/a\n", "https://wire.example/a"),
        ("https://wire.example./a", "https://wire.example/a"),
        ("https://wire.example/a;jsessionid=1A2B.node3?id=3", "https://wire.example/a?id=3"),
        ("https:\\\\wire.example\\a\\b?c=\\d", "https://wire.example/a/b?c=\\d"),
        ("https://wire.example/a?PHPSESSID=0f2c&id=3", "https://wire.example/a?id=3"),
        ("https://wire.example/a?ASPSESSIONIDQACTRB=LKJ", "https://wire.example/a"),
        ("https://wire.example/(S(lit3py55t21z5v55vlm25s55))/a", "https://wire.example/a"),
        ("https://www-wire-example.cdn.ampproject.org/c/s/www.wire.example/a/amp?id=3&usqp=mq3&amp_js_v=0.1#aoh=7", "https://www.wire.example/a/amp?id=3"),
        ("https://cdn.ampproject.org/v/s/wire.example/a?amp_gsa=1", "https://wire.example/a"),
        ("https://wire-example.cdn.ampproject.org/c/wire.example/a", "http://wire.example/a"),
        ("https://www.google.com/amp/s/wire.example/a%20b", "https://wire.example/a%20b"),
        ("https://www.google.co.uk/amp/wire.example/a", "https://wire.example/a"),
        ("https://www.google.com/amp/s/wire-example.cdn.ampproject.org/c/s/wire.example/a", "https://wire.example/a"),
        ("https://wire-example.bing-amp.com/c/s/wire.example/a", "https://wire.example/a"),
        ("https://www.bing.com/amp/s/wire.example/a", "https://wire.example/a"),
    ],
)  # fmt: skip
def test_spellings_of_one_page_are_one(one: str, other: str) -> None:
    assert address.canonical(one) == address.canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://wire.example/?id=3", "https://wire.example/?id=4"),
        ("https://wire.example/a", "https://wire.example/A"),
        ("https://wire.example/a", "https://news.wire.example/a"),
        ("https://wire.example:8443/a", "https://wire.example/a"),
        ("https://wire.example/a?page=2", "https://wire.example/a"),
        ("https://wire.example/a/", "https://wire.example/a"),
        ("https://wire.example/a;v=2", "https://wire.example/a"),
        ("https://wire.example/(a)/b", "https://wire.example/b"),
        ("https://wire.example/story?number=1", "https://wire.example/story"),
        ("https://wire-example.cdn.ampproject.org/i/s/wire.example/a", "https://wire.example/a"),
        ("https://cdn.ampproject.org.example/c/s/wire.example/a", "https://wire.example/a"),
        ("https://www.google.com/amp/s/a", "https://a/"),
        ("https://news.google.com/amp/s/wire.example/a", "https://wire.example/a"),
        ("https://wire.example/amp/s/wire.example/a", "https://wire.example/a"),
        ("https://wire.example/a?amp_js_v=1", "https://wire.example/a"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert address.canonical(one) != address.canonical(other)


@pytest.mark.parametrize(
    "odd", ["", "mailto:a@b", "http://[", "http://x:port/", "/a", "a b", "http://"]
)
def test_what_is_no_web_address_is_left_or_kept_apart(odd: str) -> None:
    assert isinstance(address.canonical(odd), str)
    assert isinstance(address.redact(odd), str)
    assert isinstance(address.join("https://wire.example/", odd), str)


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("https://wire.example/", True),
        ("HTTP://wire.example", True),
        ("http://127.0.0.1:8000/a", True),
        ("ftp://wire.example/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//wire.example/a", False),
        ("http:///a", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_only_http_with_a_host_is_web(url: str, web: bool) -> None:
    assert address.is_web(url) is web


def test_host_is_lower_case_and_without_port() -> None:
    assert address.host("https://User:pw@WIRE.Example:8443/a") == "wire.example"
    assert address.host("http://[::1]:80/") == "::1"
    assert address.host("nothing") == ""
    assert address.host("http://[") == ""


def test_join_sees_an_address_from_its_feed() -> None:
    assert address.join("https://wire.example/rss/all.xml", "/a") == "https://wire.example/a"
    assert address.join("https://wire.example/rss/", " b \n") == "https://wire.example/rss/b"
    assert address.join("https://wire.example/", "//other.example/a") == "https://other.example/a"
    assert address.join("https://wire.example/", "http://[") == "http://["


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://anna:secret@wire.example/a?b=c@d", "https://wire.example/a?b=c@d"),
        ("https://token@wire.example/", "https://wire.example/"),
        ("https://a:se@cret@wire.example/", "https://wire.example/"),
        ("https://wire.example/@anna", "https://wire.example/@anna"),
        ("//anna:secret@wire.example/", "//wire.example/"),
        ("no address", "no address"),
    ],
)
def test_redact_takes_user_and_password_out(url: str, shown: str) -> None:
    assert address.redact(url) == shown


def test_a_page_has_one_request_whatever_its_spelling() -> None:
    one = address.request_id("page", "http://wire.example/a?utm_source=x")
    assert one == address.request_id("page", "https://wire.example/a")
    feeds = {address.request_id("feed", f"{s}://wire.example/rss") for s in ("http", "https")}
    assert len(feeds) == 2
    assert one not in feeds


@given(URLISH)
def test_no_text_makes_it_raise_and_canonical_stands_still(url: str) -> None:
    once = address.canonical(url)
    assert address.canonical(once) == once
    if address.is_web(once):
        assert address.is_web(url)
    address.host(url)
    address.redact(url)
    address.join("https://wire.example/", url)
    address.join(url, "/a")
    address.request_id("page", url)


@pytest.mark.parametrize(
    ("said", "sound"),
    [
        ("anna@example.org", "anna@example.org"),
        ("a.b+c@localhost", "a.b+c@localhost"),
        ("anna@münchen.example", "anna@xn--mnchen-3ya.example"),
        ("mül@x.org", ""),
        ("анна@example.org", ""),
        ("anna(news)@example.org", ""),
        ("anna@example.org (news)", ""),
        ("Anna <anna@example.org>", ""),
        ('"anna b"@example.org', ""),
        ("anna", ""),
        ("@x.org", ""),
        ("a@", ""),
        ("a@b c", ""),
        ("a@b\r\nX: y", ""),
        ("a b@c", ""),
        (f"{'a' * 65}@b", ""),
        (f"a@{'b' * 64}", ""),
        ("", ""),
    ],
)
def test_a_mail_address_is_judged_in_one_place(said: str, sound: str) -> None:
    assert address.mail_address(said) == sound
