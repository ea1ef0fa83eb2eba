"""What stands in an article's place, and what only speaks of it."""

from __future__ import annotations

import pytest

from newswatch import walls
from newswatch.crawl import read_page
from newswatch.model import Article, Failure

CONSENT = (
    "We and our 842 partners store and read small files on your device to measure how our pages are used.\n"
    "With your consent we and our partners may use exact data on where you are. You may accept or refuse.\n"
    "Your choices apply to this site only. Manage your preferences at any time in the privacy settings."
)
BRIEF = (
    "The town council of Karsov voted on Tuesday to close the northern dam for a year after engineers found"
    " two cracks in its foot. Some 300 farms below it will get water by lorry until spring, the mayor said."
)


@pytest.mark.parametrize(
    ("title", "said", "standing"),
    [
        ("Dam to close", CONSENT, "consent"),
        ("Bevor Sie lesen", "Wir und unsere 214 Partner verwenden Cookies. Ihre Einwilligung gilt für alle Seiten.", "consent"),
        ("Портал", "Мы и наши партнёры используем файлы cookie. Согласие на обработку персональных данных можно отозвать.", "consent"),
        ("Just a moment...", "Verifying you are human. This may take a few seconds.", "challenge"),
        ("Access denied | The Karsov Post", "You do not have access to this page.", "challenge"),
        ("", "Request unsuccessful. Incapsula incident ID: 70300016", "challenge"),
        ("404", "The page you look for is gone.", "missing"),
        ("Page not found - The Karsov Post", "Try our front page.", "missing"),
        ("Karsov", "Страница не найдена. Вернитесь на главную.", "missing"),
        ("Dam to close", "The council voted on Tuesday.\nSubscribe to continue reading", "paywall"),
        ("Dam to close", "Il vous reste 78% de cet article à lire.", "paywall"),
        ("Damm", "Der Rat stimmte ab. Nur für Abonnenten", "paywall"),
    ],
)  # fmt: skip
def test_what_stands_in_an_articles_place_is_named(title: str, said: str, standing: str) -> None:
    assert walls.wall(title, said) == standing
    assert walls.says(walls.wall(title, said))


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Dam to close", BRIEF),
        ("Access denied: convoy turned back at the Karsov dam", BRIEF),
        ("404 people missing after Karsov flood", BRIEF),
        ("Cookies and consent: court fines a firm", f"{BRIEF}\nThe firm had said: we and our partners value privacy."),
        ("Page not found in Karsov archive stirs a quarrel", BRIEF),
        ("Paper to charge its readers", f"{BRIEF}\nReaders must subscribe to continue reading it, the editor said. {BRIEF}"),
        ("Captcha maker sued", f"Users are asked to complete the captcha again and again, the suit says. {BRIEF * 2}"),
        ("Dam", ""),
        ("", BRIEF),
    ],
)  # fmt: skip
def test_what_only_speaks_of_it_is_an_article(title: str, said: str) -> None:
    assert walls.wall(title, said) == ""


def test_a_label_alone_makes_no_stub() -> None:
    assert walls.wall("Dam to close", BRIEF, free=False) == ""
    assert walls.wall("Dam to close", BRIEF[:120], free=False) == "paywall"


def test_a_wall_is_a_misfortune_and_no_text() -> None:
    page = "<html><head><title>{}</title></head><body><article>{}</article></body></html>"
    paragraphs = "".join(f"<p>{line}</p>" for line in CONSENT.split("\n"))
    found = read_page(page.format("Dam to close", paragraphs).encode(), "text/html", "http://a.example/x/y", "", False)  # fmt: skip
    assert found == Failure("wall", "a consent page stands in its place")
    found = read_page(page.format("Dam to close", f"<p>{BRIEF}</p>" * 2).encode(), "text/html", "http://a.example/x/y", "", False)  # fmt: skip
    assert isinstance(found, Article)
