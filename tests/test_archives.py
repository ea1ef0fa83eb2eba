"""What of an archive belongs to a period: by sitemaps' words and by addresses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newswatch import archives
from newswatch.model import Backfill


def day(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


PLAN = Backfill("wire", day("2024-03-01"), day("2024-04-01"), hosts=("www.wire.example",))
HOME = "https://wire.example"


@pytest.mark.parametrize(
    ("address", "archive", "since", "until"),
    [
        ("/2024/03/09/leak", False, "2024-03-09", "2024-03-10"),
        ("/news/2024/3/9/leak", False, "2024-03-09", "2024-03-10"),
        ("/news/leak-2024-03-09.html", False, "2024-03-09", "2024-03-10"),
        ("/news/20240309-leak", False, "2024-03-09", "2024-03-10"),
        ("/2024/12/leak", False, "2024-12-01", "2025-01-01"),
        ("/2024/leak", False, "2024-01-01", "2025-01-01"),
        ("/sitemap-2024-03.xml", True, "2024-03-01", "2024-04-01"),
        ("/sitemap_202403.xml.gz", True, "2024-03-01", "2024-04-01"),
        ("/sitemaps/2024/03/", True, "2024-03-01", "2024-04-01"),
        ("/sitemap?yyyy=2024&mm=3&dd=9", True, "2024-03-09", "2024-03-10"),
        ("/sitemap.xml?year=2024&month=03", True, "2024-03-01", "2024-04-01"),
        ("/sitemap-2024-1.xml", True, "2024-01-01", "2025-01-01"),
    ],
)
def test_an_address_names_a_time(address: str, archive: bool, since: str, until: str) -> None:
    assert archives.span(HOME + address, archive=archive) == archives.Span(day(since), day(until))


@pytest.mark.parametrize(
    "address",
    ["/leak", "/vote-2024-preview", "/a/12345678", "/2024-30-45-x", "/2024/02/30/x", "/202403/x1"],
)
def test_what_is_no_day_of_an_article_is_none(address: str) -> None:
    found = archives.span(HOME + address)
    assert found is None or found.until - found.since > archives.SLACK


def test_parts_of_other_times_sites_and_kinds_are_not_walked() -> None:
    listed = {
        "/sitemap-2024-02.xml": None,  # a day of another zone
        "/sitemap-2023-12.xml": None,
        "/sitemap-2024-03-09.xml": None,
        "/sitemap-2024.xml": None,
        "/sitemap-1.xml": day("2025-01-01"),
        "/sitemap-0.xml": day("2023-01-01"),
        "/author-sitemap.xml": None,
        "/image-sitemap-1.xml": None,
        "/news-sitemap.xml": None,
    }
    found = archives.parts([(HOME + path, at) for path, at in listed.items()], PLAN)
    assert [url.removeprefix(HOME) for url in found] == [
        "/sitemap-2024-02.xml", "/sitemap-2024-03-09.xml", "/sitemap-2024.xml", "/sitemap-1.xml", "/news-sitemap.xml",
    ]  # fmt: skip
    assert archives.parts([("https://elsewhere.example/sitemap-2024-03.xml", None)], PLAN) == ()


@pytest.mark.parametrize(
    ("path", "published", "modified", "within", "verdict"),
    [
        ("/a1", "2024-03-09", None, None, ("in", "2024-03-09", "feed")),
        ("/2024/03/09/a1", "2022-03-09", None, None, ("outside", "2022-03-09", "feed")),
        ("/2024/03/09/a1", None, None, None, ("in", "2024-03-09", "address")),
        ("/2023/03/09/a1", None, "2024-03-20", None, ("outside", None, "")),
        ("/a1", None, "2024-01-20", None, ("outside", None, "")),
        ("/a1", None, "2024-03-20", None, ("in", "2024-03-20", "modified")),
        ("/a1", None, "2025-03-20", None, ("undated", None, "")),
        ("/a1", None, "2025-03-20", "2024-03", ("in", "2024-03-01", "month")),
        ("/a1", None, None, "2024", ("undated", None, "")),
        ("/a1", None, None, "2022", ("outside", None, "")),
        ("/a1", None, None, None, ("undated", None, "")),
        ("/", None, "2024-03-20", None, ("other", None, "")),
        ("/tag/gas", None, "2024-03-20", None, ("other", None, "")),
        ("/en/authors/anna", None, "2024-03-20", None, ("other", None, "")),
        ("/picture.jpg", None, "2024-03-20", None, ("other", None, "")),
        ("/a" * 1500, None, "2024-03-20", None, ("other", None, "")),
    ],
)
def test_an_entry_is_placed(
    path: str, published: str | None, modified: str | None, within: str | None, verdict: tuple[str, ...]
) -> None:  # fmt: skip
    span = archives.span(f"{HOME}/sitemap-{within}.xml", archive=True) if within else None
    found = archives.placed(
        HOME + path,
        day(published) if published else None,
        day(modified) if modified else None,
        PLAN,
        span,
    )
    said = (found[0], f"{found[1]:%Y-%m-%d}" if found[1] else None, found[2])
    assert said == verdict


def test_another_site_is_none_of_ours() -> None:
    found = archives.placed("https://x.example/a1", day("2024-03-09"), None, PLAN, None)
    assert found[0] == "other"
