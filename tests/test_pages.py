"""Pages that are not one running text: articles over several pages, live blogs, galleries, videos; and the
second extractor. The trip is walked over a real server, with a real fetcher.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import polled
from archive_of import HOUR, NOW, PIPELINE, Desk, entry, report
from asking import POLICY, request
from newswatch import extract, versions
from newswatch.address import canonical, host, request_id
from newswatch.cli import code_of
from newswatch.extract import exceptions, onward
from newswatch.model import Article, CrawlPolicy, Entry, Failure, Feed, Outcome, Shown
from newswatch.model import Version as VersionOf
from scripted_server import Asked, Server, reply, serving

URL = "https://wire.example/2026/03/05/river"


def sentences(n: int, of: str = "canal") -> list[str]:
    return [
        f"The {of} keepers of district {n}{letter} opened gate {letter.upper()} before dawn and let the spring water"
        f" run into the lower meadows, where farmers from {n} villages had waited for a week."
        for letter in "abcde"
    ]


def page(paragraphs: list[str], head: str = "", foot: str = "", title: str = "Gates opened") -> str:
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>'
        f"{body}{foot}</article></body></html>"
    )


def ld(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def read(markup: str, *, best: bool = False, url: str = URL) -> Article:
    return extract.page_article(markup.encode(), "text/html", url, "", best)


# ── an article over several pages ───────────────────────────────────────────────────────────


def trip(server: Server, path: str, policy: CrawlPolicy = POLICY) -> Outcome:
    return polled.trip(request(server.url(path), "page", etag='"old"'), policy)


def pages(count: int, link: Callable[[int], str]) -> dict[str, bytes]:
    """An article of so many pages; *link* is what page n's head says."""
    return {
        "/river" if n == 1 else f"/river/{n}": reply(
            page([sentences(1)[0], *sentences(n)], link(n)).encode(), Content_Type="text/html"
        )
        for n in range(1, count + 1)
    }


def onwards(last: int) -> Callable[[int], str]:
    return lambda n: f'<link rel="next" href="/river/{n + 1}">' if n < last else ""


def script(answers: dict[str, bytes], **others: bytes) -> Callable[[Asked], bytes]:
    known = answers | {f"/{name}": said for name, said in others.items()}
    return lambda asked: known.get(asked.path, reply(status=404))


def test_an_article_is_read_to_its_end_in_one_trip() -> None:
    with serving(script(pages(3, onwards(3)))) as server:
        outcome = trip(server, "/river")
        conditions = [asked.headers.get("if-none-match") for asked in server.asked]
    assert server.paths() == ["/river", "/river/2", "/river/3"]
    assert conditions == [b'"old"', None, None]
    article = outcome.article
    assert article is not None
    assert (article.quality, article.next) == ("full", "")
    lines = article.text.split("\n")
    assert lines == [s for n in (1, 2, 3) for s in sentences(n)]  # a repeated line stands once


def test_what_fails_on_the_way_leaves_what_there_is_and_says_that_it_is_a_part() -> None:
    answers = pages(3, onwards(3)) | {"/river/3": reply(status=503)}
    with serving(script(answers)) as server:
        article = trip(server, "/river").article
    assert article is not None
    assert article.quality == "part"
    assert article.text.split("\n") == [s for n in (1, 2) for s in sentences(n)]


def test_no_more_than_five_further_pages_and_none_twice() -> None:
    with serving(script(pages(9, onwards(9)))) as server:
        article = trip(server, "/river").article
    assert server.paths() == ["/river", *(f"/river/{n}" for n in range(2, 7))]
    assert article is not None
    assert article.quality == "part"
    with serving(script(pages(2, lambda n: '<link rel="next" href="/river/2">'))) as server:
        article = trip(server, "/river").article
    assert server.paths() == ["/river", "/river/2"]
    assert article is not None
    assert article.quality == "full"


def test_robots_forbid_further_pages_too() -> None:
    robots = reply(b"User-agent: *\nDisallow: /river/\n", Content_Type="text/plain")
    with serving(script(pages(2, onwards(2)) | {"/robots.txt": robots})) as server:
        article = trip(server, "/river", replace(POLICY, robots=True)).article
    assert server.paths() == ["/robots.txt", "/river"]
    assert article is not None
    assert article.quality == "part"


@pytest.mark.parametrize(
    ("first", "following"),
    [
        ("https://wire.example/a/river", "https://wire.example/a/river/2"),
        ("https://wire.example/a/river/", "/a/river/page/2/"),
        ("https://wire.example/a/river.html", "river-2.html"),
        ("https://wire.example/a/river-2196g.htm", "https://wire.example/a/river-2196g-p2.htm"),
        ("https://wire.example/a/river", "/a/river/seite-2"),
        ("https://wire.example/a/river?id=7", "?id=7&page=2"),
        ("https://wire.example/a/river", "?paged=2#text"),
    ],
)
def test_the_next_page_of_an_article(first: str, following: str) -> None:
    tree = extract.page.load(page(sentences(1), f'<link rel="next" href="{following}">').encode())
    assert onward.next_page(tree, first)


@pytest.mark.parametrize(
    "following",
    [
        "https://wire.example/a/flood",  # what a blog calls its next article
        "https://wire.example/a/river-2",  # another article of the same name
        "https://wire.example/a/river/3",
        "https://wire.example/a/river/20",
        "https://other.example/a/river/2",
        "https://wire.example/page/2",
        "https://wire.example/a/river?next=2",
        "https://wire.example/a/river?page=2&x=1",
        "#next-2",
        "javascript:void(2)",
        "http://[",
    ],
)
def test_what_rel_next_names_besides_is_no_next_page(following: str) -> None:
    for mark in (
        f'<link rel="next" href="{following}">',
        f'<a rel="next" href="{following}">2</a>',
    ):
        tree = extract.page.load(page(sentences(1), foot=mark).encode())
        assert onward.next_page(tree, "https://wire.example/a/river") == ""


# ── live blogs ──────────────────────────────────────────────────────────────────────────────


def update(at: str, headline: str, body: str) -> dict[str, str]:
    return {"@type": "BlogPosting", "datePublished": at, "headline": headline, "articleBody": body}


UPDATES = [
    update("2026-03-05T10:20:00Z", "Third gate opens", "<p>The third gate opened.</p><p>Nobody was hurt.</p>"),
    update("2026-03-05T08:00:00Z", "First gate opens", sentences(1)[0]),
    update("2026-03-05T09:10:00Z", "", sentences(2)[0]),
]  # fmt: skip


def blog(updates: Any, title: str = "Gates: live") -> Article:
    said = {
        "@type": "LiveBlogPosting",
        "headline": title,
        "description": "All that happens at the gates.",
        "liveBlogUpdate": updates,
    }
    return read(page([sentences(2)[0]], ld({"@graph": [said]}), title=title))


def test_a_live_blogs_entries_are_its_text_the_oldest_first() -> None:
    assert blog(UPDATES).text.split("\n") == [
        "All that happens at the gates.",
        "2026-03-05 08:00 First gate opens",
        sentences(1)[0],
        "2026-03-05 09:10",
        sentences(2)[0],
        "2026-03-05 10:20 Third gate opens",
        "The third gate opened.",
        "Nobody was hurt.",
    ]


@pytest.mark.parametrize("as_strings", [False, True])
def test_a_live_blogs_entries_by_reference_are_read_where_the_page_holds_them(
    *, as_strings: bool
) -> None:
    """They are no articles of the page's, though they have their addresses in it."""
    names = [f"{URL}#update-{n}" for n in range(300)]
    held = [
        update(
            f"2026-03-05T{8 + n // 60:02}:{n % 60:02}:00Z", f"Gate {n} opens", f"It is gate {n}."
        )
        | {"@id": name}
        for n, name in enumerate(names)
    ]
    told = {
        "@type": "LiveBlogPosting",
        "@id": f"{URL}#blog",
        "headline": "Gates: live",
        "datePublished": "2026-03-05T07:00:00Z",
        "liveBlogUpdate": names if as_strings else [{"@id": name} for name in names],
    }
    article = read(page([sentences(2)[0]], ld({"@graph": [*held, told]}), title=""))
    lines = article.text.split("\n")
    assert lines[:2] == ["2026-03-05 08:00 Gate 0 opens", "It is gate 0."]
    assert lines[-1] == "It is gate 299."
    assert len(lines) == 600
    assert article.title == "Gates: live"
    assert article.published == datetime(2026, 3, 5, 7, tzinfo=UTC)


def test_a_reference_to_nothing_that_the_page_holds_is_no_entry() -> None:
    assert blog([{"@id": "#elsewhere"}, {"@id": 5}, "#x"]).text == sentences(2)[0]
    to_itself = {"@type": "LiveBlogPosting", "@id": "#b", "liveBlogUpdate": [{"@id": "#b"}]}
    assert read(page(sentences(1), ld(to_itself))).text == "\n".join(sentences(1))


def test_entries_without_times_stand_as_they_stood() -> None:
    untimed = [{k: v for k, v in one.items() if k != "datePublished"} for one in UPDATES]
    lines = blog(untimed).text.split("\n")
    assert [line for line in lines if line.endswith("opens")] == [
        "Third gate opens",
        "First gate opens",
    ]


@pytest.mark.parametrize("updates", [[], None, "x", [5, {"a": 1}], {"headline": {}}])
def test_a_live_blog_without_entries_is_its_page(updates: Any) -> None:
    assert blog(updates).text == sentences(2)[0]


def test_the_last_few_entries_alone_do_not_stand_for_a_long_page() -> None:
    told = {
        "@type": "LiveBlogPosting",
        "liveBlogUpdate": [update("2026-03-05T10:20:00Z", "Gate", "Open.")],
    }
    assert read(page(sentences(1), ld(told))).text == "\n".join(sentences(1))


def test_a_new_entry_makes_an_update_and_no_correction() -> None:
    before = blog(UPDATES[:2], "Gates: 12 villages flooded")
    after = blog([*UPDATES[:2], update("2026-03-05T11:00:00Z", "Fourteen now", "14 villages are flooded.")],
                 "Gates: 14 villages flooded")  # fmt: skip

    def version(article: Article, n: int) -> VersionOf:
        return VersionOf(
            str(n), "a", n, URL, article.title, article.text, "en", "wire", "Wire", NOW
        )

    assert versions.compare(version(before, 1), version(after, 2)).kind == "update"
    # What was said of the past is put right all the same.
    mended = blog([UPDATES[0], update("2026-03-05T08:00:00Z", "First gate opens", sentences(1)[0].replace("from 1 villages", "from 3 villages"))])  # fmt: skip
    first = blog(UPDATES[:2])
    assert versions.compare(version(first, 1), version(mended, 2)).kind == "correction"


# ── galleries and videos ────────────────────────────────────────────────────────────────────

CAPTIONS = [f"Keepers of gate {n} walk home along the canal at noon." for n in "ABCD"]


@pytest.mark.parametrize(
    ("head", "figures"),
    [
        ("", "".join(f"<figure><img src='/{n}.jpg'><figcaption>{c}</figcaption></figure>" for n, c in enumerate(CAPTIONS))),
        (ld({"@type": "ImageGallery", "associatedMedia": [{"@type": "ImageObject", "caption": c} for c in CAPTIONS]}), ""),
        (ld({"@graph": [{"@type": "ImageGallery", "image": [{"@id": f"#{n}"} for n in range(4)]}, *({"@type": "ImageObject", "@id": f"#{n}", "caption": c} for n, c in enumerate(CAPTIONS))]}), ""),
        ("", "".join(f"<figure><img src='/{n}.jpg' alt='{c}'></figure>" for n, c in enumerate(CAPTIONS))),
        ("", "".join(f"<figure><a href='/{n}.jpg'><img src='/{n}.jpg' alt='{c}'></a></figure>" for n, c in enumerate(CAPTIONS))),
        ("", "".join(f"<figure><img alt='{c}'></figure>" for c in CAPTIONS[:2]) + "".join(f"<figure><img alt='x'><figcaption>{c}</figcaption></figure>" for c in CAPTIONS[2:])),
    ],
)  # fmt: skip
def test_a_gallery_is_its_captions(head: str, figures: str) -> None:
    article = read(page(["The gates in pictures."], head, figures))
    assert article.quality == "gallery"
    assert all(caption in article.text for caption in CAPTIONS)


@pytest.mark.parametrize(
    "figures",
    [
        "".join(f"<a href='/other/{n}'><figure><img alt='{c}'></figure></a>" for n, c in enumerate(CAPTIONS)),
        "".join(f"<figure><a href='/other/{n}'><img alt='{c}'></a></figure>" for n, c in enumerate(CAPTIONS)),
        "<aside>" + "".join(f"<figure><img alt='{c}'></figure>" for c in CAPTIONS) + "</aside>",
        "".join(f"<img src='/{n}.jpg' alt='{c}'>" for n, c in enumerate(CAPTIONS)),
        "".join(f"<figure><img alt='karvia_gates_large_version_{n}.jpg'></figure>" for n in range(4)),
    ],
)  # fmt: skip
def test_pictures_that_lead_elsewhere_or_say_nothing_are_no_gallery(figures: str) -> None:
    assert read(page(["The gates in pictures."], "", figures)).quality != "gallery"


def test_an_article_with_pictures_is_no_gallery() -> None:
    shown = "".join(f"<figure><figcaption>{c}</figcaption></figure>" for c in CAPTIONS)
    article = read(page(sentences(1), foot=shown))
    assert article.quality == "full"
    assert sentences(1)[4] in article.text


def test_a_video_is_what_is_said_of_it() -> None:
    told = {
        "@type": "VideoObject",
        "name": "Gates",
        "description": "The keepers open <b>all</b> gates at dawn.",
    }
    alone = read(page(["Watch."], ld(told)))
    assert (alone.text, alone.quality) == ("The keepers open all gates at dawn.", "video")
    held = {"@type": "NewsArticle", "headline": "Gates opened", "video": told}
    assert read(page(["Watch."], ld(held))).quality == "video"
    named = "<meta property='og:type' content='video.other'><meta property='og:description' content='The keepers open all gates at dawn.'>"
    assert (read(page(["Watch."], named)).text, read(page(["Watch."], named)).quality) == (
        "The keepers open all gates at dawn.",
        "video",
    )
    beside = read(page(sentences(1), ld(told)))
    assert (beside.quality, "all gates at dawn" in beside.text) == ("full", False)


# ── the second extractor ────────────────────────────────────────────────────────────────────

PARTED = "".join(
    f"<div><div class='article-content'>{''.join(f'<p>{s}</p>' for s in sentences(n, of))}</div></div>"
    for n, of in enumerate(("canal", "river", "lake", "delta"), 1)
)
LOST = f"<html><head><title>Gates</title></head><body><main><h1>Gates</h1>{PARTED}</main></body></html>"


def test_the_second_extractor_finds_what_the_first_lost() -> None:
    whole = [
        s for n, of in enumerate(("canal", "river", "lake", "delta"), 1) for s in sentences(n, of)
    ]
    first, second = read(LOST).text, read(LOST, best=True).text
    assert first.split("\n") == whole[:5]
    assert [s for s in whole if s not in second] == []
    assert read(LOST, url="https://www.wired.com/story/gates/").text == second


def test_the_second_extractor_only_checks_the_first() -> None:
    plain = page(sentences(1))
    assert read(plain, best=True) == read(plain)


def test_a_text_in_json_ld_is_believed_where_the_page_goes_on() -> None:
    whole = [s for n in (1, 2, 3) for s in sentences(n)]
    told = ld({"@type": "NewsArticle", "articleBody": "\n".join(whole)})
    short = read(page([sentences(1)[0]], told))  # several times as much
    assert short.text == "\n".join(whole)
    half = read(page(whole[:8], told))  # not twice as much, and the page shows no more
    assert half.text == "\n".join(whole[:8])


def test_exceptions_name_their_page_and_are_of_their_host() -> None:
    told = tomllib.loads((Path(exceptions.__file__).parent / "exceptions.toml").read_text("utf-8"))
    assert told["source"]
    for source in told["source"]:
        of = host(source["page"])
        assert of == source["host"] or of.endswith(f".{source['host']}"), source
        assert len(source["why"]) > 20
    assert exceptions.asks_for_best("www.wired.com")
    assert exceptions.asks_for_best("wired.com")
    assert not exceptions.asks_for_best("notwired.com")
    assert not exceptions.asks_for_best("com")
    assert not exceptions.asks_for_best("")


# ── AMP, print and canonical addresses ──────────────────────────────────────────────────────

WIRE = Feed("wire", "http://www.wire.example/rss", "Wire", "en")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, feeds=(WIRE,)) as desk:
        desk.poll(
            "wire", (entry("http://www.wire.example/0", "Hail", "It hailed.", quality="lead"),), NOW
        )
        yield desk


def shown(desk: Desk, url: str, canonical_url: str, hour: int, text: str = PIPELINE) -> str:
    """The article that an entry at *url* becomes, whose page names a canonical address."""
    lead = text.partition("\n")[0]
    told = entry(url, "Leak shuts Karvia terminal", lead, quality="lead")
    desk.poll("wire", (told,), NOW + hour * HOUR)
    content = Article(
        url, "Leak shuts Karvia terminal", text, "en", quality="full", canonical=canonical_url
    )
    desk.page(desk.claim(request_id("page", url), NOW + hour * HOUR), content, NOW + hour * HOUR)
    found = desk.ledger.known.aliases([f"u:{canonical(url)}"])
    return found[f"u:{canonical(url)}"]


@pytest.mark.parametrize(
    "view",
    [
        "http://amp.wire.example/2026/leak",
        "http://www.wire.example/2026/leak/amp",
        "http://www.wire.example/print/2026/leak",
        "http://m.wire.example/2026/leak",
    ],
)
def test_another_view_of_an_article_is_that_article(desk: Desk, view: str) -> None:
    plain = "http://www.wire.example/2026/leak"
    assert shown(desk, plain, plain, 1) == shown(desk, view, plain, 2)


def test_another_view_that_came_first_is_found_again(desk: Desk) -> None:
    plain = "http://www.wire.example/2026/leak"
    assert shown(desk, "http://amp.wire.example/2026/leak", plain, 1) == shown(
        desk, plain, plain, 2
    )


def both(desk: Desk, first: str, second: str, said: dict[str, Article]) -> set[str]:
    """The articles of two entries of one window, whose pages are read in this order."""
    told = [
        entry(
            url, "Leak shuts Karvia terminal", PIPELINE.partition("\n")[0], guid=url, quality="lead"
        )
        for url in (first, second)
    ]
    desk.poll("wire", tuple(told), NOW + HOUR)
    asked = {row.url: row for row in desk.ledger.due(NOW + HOUR) if row.kind == "page"}
    for url in (first, second):
        desk.page(asked[url], said[url], NOW + HOUR)
    keys = [f"u:{canonical(url)}" for url in (first, second)]
    return set(desk.ledger.known.aliases(keys).values())


@pytest.mark.parametrize("names", ["canonical", "amphtml"])
@pytest.mark.parametrize("amp_first", [False, True])
def test_two_views_in_one_window_are_one_article(
    desk: Desk, names: str, *, amp_first: bool
) -> None:
    plain, amp = "http://www.wire.example/2026/leak", "http://www.wire.example/2026/leak/amp"
    said = {
        plain: Article(plain, "Leak", PIPELINE, "en", quality="full", canonical=plain, amp=amp),
        amp: Article(amp, "Leak", f"{PIPELINE}\nRead on.", "en", quality="full", canonical=plain),
    }
    if names == "canonical":
        said[plain] = replace(said[plain], amp="")
    else:
        said[amp] = replace(said[amp], canonical="")
    order = (amp, plain) if amp_first else (plain, amp)
    articles = both(desk, *order, said)
    assert len(articles) == 1
    state = desk.ledger.known.article(articles.pop())
    assert state is not None
    assert state.current.text == (PIPELINE if amp_first or names == "canonical" else said[amp].text)


def test_the_plain_view_speaks_and_the_other_adds_nothing_at_each_look(desk: Desk) -> None:
    plain, amp = "http://www.wire.example/2026/leak", "http://www.wire.example/2026/leak/amp"
    said = {
        plain: Article(plain, "Leak", PIPELINE, "en", quality="full", canonical=plain),
        amp: Article(amp, "Leak", f"{PIPELINE}\nRead on.", "en", quality="full", canonical=plain),
    }
    article = both(desk, plain, amp, said).pop()
    rows = [desk.ledger.known.request(request_id("page", url)) for url in (plain, amp)]
    assert [row and row.look for row in rows] == [1, 0]
    lead = entry(amp, "Leak shuts Karvia terminal", "Anew.", guid=amp, quality="lead")
    desk.poll("wire", (lead,), NOW + 73 * HOUR)
    desk.page(desk.claim(request_id("page", amp), NOW + 73 * HOUR), said[amp], NOW + 73 * HOUR)
    state = desk.ledger.known.article(article)
    assert state is not None
    assert (state.current.text, state.versions) == (PIPELINE, 1)


def test_views_that_say_other_things_are_two_articles(desk: Desk) -> None:
    plain, amp = "http://www.wire.example/2026/leak", "http://www.wire.example/2026/fair/amp"
    said = {
        plain: Article(plain, "Leak", PIPELINE, "en", quality="full", canonical=plain),
        amp: Article(amp, "Fair", report(3), "en", quality="full", canonical=plain),
    }
    assert len(both(desk, amp, plain, said)) == 2


def test_a_canonical_address_of_other_words_joins_nothing(desk: Desk) -> None:
    plain = "http://www.wire.example/2026/leak"
    first = shown(desk, plain, plain, 1)
    told = entry(
        "http://www.wire.example/2026/fair",
        "Fair opens at Aker",
        report(3).split("\n")[0],
        quality="lead",
    )
    desk.poll("wire", (told,), NOW + 2 * HOUR)
    content = Article(
        told.url, "Fair opens at Aker", report(3), "en", quality="full", canonical=plain
    )
    desk.page(desk.claim(request_id("page", told.url), NOW + 2 * HOUR), content, NOW + 2 * HOUR)
    found = desk.ledger.known.aliases([f"u:{canonical(told.url)}"])
    assert set(found.values()) != {first}


@pytest.mark.parametrize(
    ("page_url", "href", "learnt"),
    [
        ("https://amp.wire.example/story/1", "https://www.wire.example/story/1", True),
        ("https://www.wire.example/story/1/amp", "https://wire.example/story/1", True),
        ("https://m.wire.example/story/1", "https://wire.example/story/1", True),
        ("https://anna.blogs.example/story/1", "https://blogs.example/story/1", False),
        ("https://www.wire.example/story/1", "https://original.example/story/1", False),
        ("https://amp.example/story/1", "https://m.example/story/1", False),
        (
            "https://www-wire-example.cdn.ampproject.org/c/s/www.wire.example/1/amp",
            "https://wire.example/1",
            True,
        ),
        (
            "https://www-wire-example.cdn.ampproject.org/c/s/www.wire.example/1",
            "https://other.example/1",
            False,
        ),
        (
            "https://other-example.cdn.ampproject.org/c/s/other.example/1",
            "https://wire-example.cdn.ampproject.org/c/s/wire.example/1",
            False,
        ),
        ("https://edition.cnn.com/2026/1", "https://www.cnn.com/2026/1", True),
        ("https://www.bbc.co.uk/news/1", "https://www.bbc.com/news/1", True),
        ("https://www.bbc.co.uk/news/1", "https://www.cnn.com/news/1", False),
        ("https://notbbc.com/news/1", "https://www.bbc.com/news/1", False),
    ],
)
def test_a_canonical_address_is_learnt_within_one_site(
    page_url: str, href: str, learnt: bool
) -> None:
    markup = page(sentences(1), f'<link rel="canonical" href="{href}">')
    assert bool(read(markup, url=page_url).canonical) == learnt
    markup = page(sentences(1), f'<link rel="amphtml" href="{href}">')
    assert bool(read(markup, url=page_url).amp) == learnt


def test_a_part_gives_way_to_the_whole_and_never_the_other_way(desk: Desk) -> None:
    url = "http://www.wire.example/2026/river"
    part = Article(url, "Gates opened", "\n".join(sentences(1)), "en", quality="part")
    whole = replace(part, text="\n".join([*sentences(1), *sentences(2)]), quality="full")
    for hour, content in enumerate((part, whole, part, Failure("dns", "no such name")), 1):
        at = NOW + hour * HOUR  # a feed that words its lead anew has the page asked again
        lead = entry(url, "Gates opened", f"{hour} gates opened.", guid=url, quality="lead")
        desk.poll("wire", (lead,), at)
        desk.page(desk.claim(request_id("page", url), at), content, at)
    known = desk.ledger.known
    article = known.aliases([f"u:{canonical(url)}"])[f"u:{canonical(url)}"]
    state = known.article(article)
    assert state is not None
    assert (state.current.quality, state.current.text, state.versions) == ("full", whole.text, 2)


# ── where a text came from ──────────────────────────────────────────────────────────────────


def offered(url: str, said: list[str], *, full: bool) -> Shown:
    """An entry as its feed's bytes are read."""
    markup = "".join(f"<p>{one}</p>" for one in said)
    read_as = extract.entry_article(Entry(url, url, url, "Gates opened", markup, full), "en")
    return Shown(url, url, url, read_as)


def test_the_feeds_text_first_where_it_is_the_whole_else_the_pages(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, teased, shut = (
        f"http://www.wire.example/2026/{name}" for name in ("whole", "teased", "shut")
    )
    told = (
        offered(whole, sentences(1), full=True),
        offered(teased, sentences(2)[:1], full=False),
        offered(shut, sentences(3, "lake")[:1], full=False),
    )
    desk.poll("wire", told, NOW + HOUR)
    asked = {row.url: row for row in desk.ledger.due(NOW + HOUR) if row.kind == "page"}
    assert asked.keys() & {whole, teased, shut} == {teased, shut}  # what we have whole is not asked
    desk.page(asked[teased], read(page(sentences(2)), url=teased), NOW + HOUR)
    desk.page(asked[shut], Failure("wall", "only subscribers may read it"), NOW + HOUR)
    assert code_of(["--store", desk.address, "search", "--json", "gates"]) == 0
    found = {o["url"]: o for o in map(json.loads, capsys.readouterr().out.splitlines())}
    said = {url: (o["quality"], o["text_from"]) for url, o in found.items()}
    assert said == {whole: ("full", "feed"), teased: ("full", "page"), shut: ("lead", "feed")}
    assert code_of(["--store", desk.address, "show", "--json", found[teased]["id"]]) == 0
    one = json.loads(capsys.readouterr().out)
    assert (one["quality"], one["text_from"]) == ("full", "page")
    assert code_of(["--store", desk.address, "show", found[teased]["id"]]) == 0
    assert "full (page)" in capsys.readouterr().out
    assert code_of(["--store", desk.address, "export", "--what", "articles"]) == 0
    exported = {o["url"]: o for o in map(json.loads, capsys.readouterr().out.splitlines())}
    assert exported[whole]["text_from"] == "feed"
