"""A page taken away after its article was told, from the server's 410 to the letter that says so."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from archive_of import PIPELINE
from newswatch.cli import code_of
from scripted_server import Asked, reply, serving

PAGE = """<html lang="en"><head><title>Terminal shut</title></head><body><article><h1>Terminal shut</h1>
{}</article></body></html>""".format("".join(f"<p>{p}</p>" for p in PIPELINE.split("\n")))
ITEM = "<item><title>{}</title><link>{}</link><description>{}</description></item>"


def test_whoever_was_told_of_a_page_gets_a_letter_in_the_same_thread_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ["weather"]
    gone: list[str] = []
    urls = {}

    def script(asked: Asked) -> bytes:
        if asked.path == "/rss":
            items = "".join(ITEM.format(n, urls[n], f"On {n}.") for n in shown)
            body = f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'
            return reply(body.encode(), Content_Type="application/rss+xml")
        if asked.path.strip("/") in gone:
            return reply(b"Gone", 410)
        if asked.path == "/leak":
            return reply(PAGE.encode(), Content_Type="text/html; charset=utf-8")
        return reply(b"", 404)

    def once(at: str) -> list[bytes]:
        """The letters sent by a pass at that time."""
        before = set(letters.glob("*.eml"))
        assert code_of(["once", "--now", f"2026-03-03T{at}Z"]) in (0, 1)
        return [path.read_bytes() for path in sorted(set(letters.glob("*.eml")) - before)]

    letters = tmp_path / "letters"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "rules.yaml").write_text(
        "rules: [{name: gas, query: '\"gas pipeline\"', tell: [anna]}]"
    )
    (tmp_path / "config" / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org, zone: Europe/Berlin}}"
    )
    (tmp_path / "config" / "newswatch.yaml").write_text(
        f"crawl: {{allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1}}\nmail: {{server: 'file:{letters}'}}\n"
    )
    monkeypatch.chdir(tmp_path)
    with serving(script) as server:
        urls |= {name: server.url(f"/{name}") for name in ("weather", "leak")}
        (tmp_path / "feeds.yaml").write_text(
            f"feeds: [{{name: wire, newsroom: Wire, url: '{server.url('/rss')}'}}]"
        )
        assert once("08:00") == []
        shown.append("leak")
        (first,) = once("09:00")
        gone.append("leak")
        assert once("09:30") == []  # the page is asked again an hour later, not before
        (second,) = once("10:10")
        assert once("12:00") == []
    told, withdrawn = (message_from_bytes(said, policy=default) for said in (first, second))
    assert withdrawn["In-Reply-To"] == told["Message-ID"]
    assert withdrawn["Subject"].startswith("Withdrawn, gas: ")
    body = withdrawn.get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "At 10:00 we told you “leak”; at 11:10 Wire had taken the article away" in said
