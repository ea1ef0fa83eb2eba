"""The archive in a real Chromium: each page opened, searched, clicked through, by mouse and by keys, wide and narrow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archive_of import HOUR, MARKET, NOW, entry
from browsed import HOSTILE, Seen, Served, chromium, grown, reading, serving
from newswatch.store import open_keeper

pytestmark = pytest.mark.timeout(300)

WAYS = [(1280, False), (1280, True), (390, False), (390, True), (320, False)]
PICTURES = os.environ.get(
    "NEWSWATCH_PICTURES", ""
)  # a folder for pictures of each page, to be looked at

# What can be read on a page, with the contrast of each run of letters on what stands behind it (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const parsed = (said) => said.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const said = parsed(getComputedStyle(one).backgroundColor);
      if (said.length < 4 || said[3] === 1) return said;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !one.checkVisibility() || one.closest("svg, .unseen, script")) continue;
    const [a, b] = [light(parsed(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), walk.currentNode.textContent.trim().slice(0, 40), one.className || one.tagName]);
  }
  return found;
}"""
TARGETS = """() => [...document.querySelectorAll("nav a, button, input")].map((one) => one.getBoundingClientRect())
  .map((box) => Math.min(box.height, box.width))"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with grown(tmp_path_factory.mktemp("web")) as desk, serving(desk.address) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def sound(seen: Seen, served: Served) -> None:
    """Nothing was complained of, and nobody else asked for anything."""
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(served.address)] == []
    assert seen.requests


def looked_at(seen: Seen, name: str, width: int, *, dark: bool) -> None:
    """A page that fits, can be read, and is in order for who hears it."""
    page = seen.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    poor = [one for one in page.evaluate(CONTRAST) if one[0] < 4.5]
    assert poor == [], (name, dark)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map((one) => +one.tagName[1])"
    )
    assert levels[0] == 1, name
    assert levels.count(1) == 1, name
    assert all(b - a <= 1 for a, b in pairwise(levels)), (name, levels)
    assert (
        page.locator("main").count()
        == page.locator("header").count()
        == page.locator("footer").count()
        == 1
    )
    unnamed = page.evaluate(
        "[...document.querySelectorAll('a, button')].filter((one) => !one.textContent.trim()).length"
    )
    assert unnamed == 0, name
    twice = page.evaluate(
        "(ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map((one) => one.id))"
    )
    assert twice == 0, name
    if width <= 640:
        assert min(page.evaluate(TARGETS)) >= 24, name  # WCAG 2.2, 2.5.8
    if PICTURES:
        shade = "dark" if dark else "light"
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{shade}.png", full_page=True)


@pytest.mark.parametrize(("width", "dark"), WAYS)
def test_each_page_is_opened_searched_and_clicked_through(browser: Any, served: Served, width: int, dark: bool) -> None:  # fmt: skip
    with reading(browser, width=width, dark=dark) as seen:
        page = seen.page

        def at(name: str, heading: str) -> None:
            page.get_by_role("heading", level=1, name=heading).wait_for()
            page.wait_for_load_state("load")
            looked_at(seen, name, width, dark=dark)

        seen.open(served.address)
        at("stories", "Stories now")
        page.get_by_role("link", name="Older").click()
        page.get_by_text("Page 2").wait_for()
        page.get_by_role("searchbox").fill('"gas pipeline"')
        page.get_by_role("button", name="Search").click()
        at("search", "Search")
        assert page.locator("h2 mark").first.text_content() == "gas pipeline"
        page.get_by_text("How this was understood").click()
        page.get_by_text("“gas pipeline” as written").wait_for()
        page.get_by_role("link", name="stories", exact=True).click()
        page.get_by_role("link", name="Leak shuts Karvia").click()
        at("story", "Leak shuts Karvia terminal, halting gas pipeline to three countries, for days")
        assert page.locator("svg circle").count() == 3
        page.locator("a.hit").first.click()
        at(
            "article",
            "Leak shuts Karvia terminal, halting gas pipeline to three countries, for days",
        )
        page.get_by_role("link", name="beside version 1").click()
        page.get_by_role("heading", name="What version 2 changed of version 1").wait_for()
        page.wait_for_load_state("load")
        assert page.locator("del").all_text_contents() == ["countries", "48", "third"]
        assert page.locator("ins").all_text_contents() == ["countries, for days", "38", "quarter"]
        looked_at(seen, "versions", width, dark=dark)
        was, now = (
            page.locator(f".pair:has(del) .{side}").first.bounding_box() for side in ("was", "now")
        )
        assert (was["y"] == now["y"]) == (width > 640)  # side by side, or one below the other
        page.get_by_label("What rules found").get_by_role("link", name="gas").click()
        at("rule", "gas")
        page.get_by_role("link", name="Rules", exact=True).click()
        at("rules", "Rules")
        page.get_by_role("link", name="nothing at all").click()
        at("rule-of-nothing", "nothing at all")
        page.get_by_role("link", name="Feeds", exact=True).click()
        at("feeds", "Feeds")
        page.get_by_role("link", name="silent").click()
        at("feed", "silent")
        page.get_by_role("link", name="newswatch", exact=True).click()
        at("stories-again", "Stories now")
        sound(seen, served)
        for path, name, heading in (
            ("search?q=(gas", "wrong-query", "Search"),
            ("none", "nothing", "Not found"),
        ):
            seen.open(served.address + path)
            at(name, heading)
        seen.open(f"{served.address}feed/wire")
        at("feed-with-course", "wire")
        assert page.locator("svg rect").count() > 0
        seen.open(f"{served.address}search?q=zeppelin")
        at("search-of-nothing", "Search")
        assert all(
            re.fullmatch(r"Failed to load resource: .* 40[04] .*", said) for said in seen.complaints
        )


@pytest.mark.parametrize("width", [1280, 390])
def test_what_hostile_wires_wrote_is_read_and_not_run(
    browser: Any, served: Served, width: int
) -> None:
    with reading(browser, width=width) as seen:
        page = seen.page
        for path in ("", "?page=2", "feed/evil", "search?q=source:evil"):
            seen.open(served.address + path)
            looked_at(seen, f"hostile{path.replace('/', '-').replace('?', '-')}", width, dark=False)
            assert page.title().endswith("newswatch")
            assert page.locator("img, iframe, object, embed, main script").count() == 0
        links = page.eval_on_selector_all("main a.hit", "all => all.map((one) => one.href)")
        assert len(links) == len(HOSTILE) + 2
        for link in links:
            seen.open(link)
            looked_at(seen, "hostile-article", width, dark=False)
            assert page.locator("img, iframe, object, embed, main script").count() == 0
            schemes = page.eval_on_selector_all("a", "all => all.map((one) => one.protocol)")
            assert set(schemes) == {"http:"}
        seen.open(f"{served.address}search?q=source:evil+script")
        page.get_by_role("link", name=HOSTILE[0]).wait_for()
        sound(seen, served)


def test_a_reader_with_keys_alone_searches_and_reads(browser: Any, served: Served) -> None:
    with reading(browser) as seen:
        page = seen.page
        focused = "document.activeElement.textContent.trim() || document.activeElement.id"
        outlined = "getComputedStyle(document.activeElement).outlineStyle"
        seen.open(served.address)
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "Skip to the content"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        for wanted in ("newswatch", "Stories", "Rules", "Feeds", "q"):
            page.keyboard.press("Tab")
            assert page.evaluate(focused) == wanted
            assert page.evaluate(outlined) == "solid"
        page.keyboard.type("freight")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=freight")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('a.hit')"):
                break
        assert page.evaluate(outlined) == "solid"
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name="Grain freight rises for a ninth day").wait_for()
        page.wait_for_load_state("load")  # and its script is
        page.keyboard.press("/")
        assert page.evaluate(focused) == "q"
        page.keyboard.type("gas/oil")  # a stroke is a stroke within
        assert page.get_by_role("searchbox").input_value() == "gas/oil"
        seen.open(served.address)
        for key, nth in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
            page.keyboard.press(key)
            assert (
                page.evaluate(
                    "[...document.querySelectorAll('a.hit')].indexOf(document.activeElement)"
                )
                == nth
            )
        seen.open(served.address)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        sound(seen, served)


def test_times_are_the_reader_s_and_the_page_says_whose(browser: Any, served: Served) -> None:
    for zone, first in (("Asia/Tokyo", "17:00"), ("America/New_York", "03:00")):
        with reading(browser, zone=zone) as seen:
            seen.open(f"{served.address}feed/silent")
            assert (
                f"failing since 2026-03-03 {first}" in seen.page.locator(".summary").text_content()
            )
            assert seen.page.locator("#zone").text_content() == zone
            assert (
                seen.page.locator(".summary time").get_attribute("title") == "2026-03-03 08:00 UTC"
            )
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{served.address}feed/silent")
        assert "failing since 2026-03-03 08:00" in page.locator(".summary").text_content()
        assert page.locator("#zone").text_content() == "UTC"
    finally:
        context.close()


def test_a_copy_s_tables_are_looked_through_in_the_browser(browser: Any, tmp_path: Path) -> None:
    with grown(tmp_path) as desk:
        copy = open_keeper(desk.address).backup(NOW + 9 * HOUR)
        with serving(desk.address, "--copy", str(copy)) as served, reading(browser) as seen:
            seen.open(served.address)
            seen.page.get_by_role("link", name="Tables").click()
            seen.page.get_by_role("heading", level=1, name="copy").wait_for()
            seen.page.get_by_role("link", name="version", exact=True).first.click()
            seen.page.get_by_text("Karvia").first.wait_for()
            assert seen.page.locator("main img, td img").count() == 0
            outside = [url for url in seen.requests if not url.startswith(served.address)]
            assert outside == []
            # Scripts that stand in Datasette's pages are not run; nothing else is amiss.
            assert [said for said in seen.complaints if "Executing inline script" not in said] == []


def test_what_comes_meanwhile_is_there_when_the_page_is_asked_again(
    browser: Any, tmp_path: Path
) -> None:
    with (
        grown(tmp_path, hostile=False) as desk,
        serving(desk.address) as served,
        reading(browser) as seen,
    ):
        seen.open(served.address)
        assert seen.page.get_by_role("link", name="Ninth gain").count() == 0
        desk.poll("portal", (entry("http://portal.example/gain", "Ninth gain for grain freight", MARKET),), NOW + 9 * HOUR)  # fmt: skip
        seen.page.reload()
        seen.page.get_by_role("link", name="Ninth gain").click()
        seen.page.get_by_text("2 newsrooms: Northgate Wire, Harbour Press").wait_for()
        sound(seen, served)
