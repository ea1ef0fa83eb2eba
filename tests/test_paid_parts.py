"""The part of an article that those see who do not pay: by the line that asks for money, or by the page's own label."""

from __future__ import annotations

import gzip
import json

import pytest

from newswatch import extract, walls
from newswatch.extract import ExtractError, page_article
from newswatch.model import Article, Entry
from newswatch.walls import asking
from replayed import shared

SENTENCE = "Engineers found two cracks in the foot of the northern dam, and some 300 farms below it went without water."
LONG = "\n".join(f"{SENTENCE} Gate {n} stood open all night." for n in range(20))
PAGE = (
    "<html><head><title>Dam to close</title><meta property='og:title' content='Dam of Karsov to close'>{}</head>"
    "<body><article><h1>Dam of Karsov to close</h1>{}</article></body></html>"
)

# Made up after what such pages say; each stands under an article of some 500 words.
ASKING = {
    "en": ["Subscribe to continue reading", "This article is for subscribers only.", "To continue reading, please sign in or subscribe.",
           "You have reached your limit of free articles this month.", "Keep reading for just $1 a month", "Sign in to read the full article",
           "You need a subscription to read this article.", "A subscription is required to read the full article.",
           "Please purchase a subscription to continue reading.", "Want to keep reading?", "Read the rest of this story with a free trial.",
           "This article is available exclusively to Plus members.", "Exclusive to subscribers", "Access to this article requires a subscription.",
           "You have 0 free articles remaining this month.", "You’ve read your last free article.", "Subscribe now for full access to this story",
           "Subscribe to Karsov’s Newsletter to keep reading this post and get 7 days of free access"],
    "de": ["Jetzt weiterlesen mit Karsov Plus", "Dieser Artikel ist exklusiv für Abonnenten.", "Um weiterzulesen, benötigen Sie ein Abo.",
           "Nur für Abonnenten", "Mit dem passenden Karsov-Abo.", "Mit einem Abo lesen Sie weiter", "Für 1 € weiterlesen",
           "Sie wollen weiterlesen?", "Zum Weiterlesen bitte anmelden", "Dieser Artikel ist kostenpflichtig",
           "Bitte melden Sie sich an, um den Artikel zu lesen", "Jetzt kostenlos registrieren und weiterlesen", "Noch 78 % des Artikels"],
    "fr": ["Il vous reste 57.09% de cet article à lire. La suite est réservée aux abonnés.", "Cet article est réservé aux abonnés.",
           "Abonnez-vous dès 1 € pour lire la suite", "La suite de ce contenu est réservée aux abonnés",
           "Pour accéder à l’article complet, abonnez-vous", "Lisez la suite avec un abonnement", "Cet article est réservé aux membres"],
    "es": ["Suscríbete para seguir leyendo", "Este artículo es exclusivo para suscriptores.", "Para continuar leyendo, inicia sesión o suscríbete.",
           "Suscríbete y sigue leyendo", "¿Quieres seguir leyendo? Suscríbete", "Esta noticia es exclusiva para suscriptores",
           "Has leído todos tus artículos gratis"],
    "it": ["Abbonati per continuare a leggere", "Questo articolo è riservato agli abbonati", "Contenuto riservato agli abbonati",
           "Vuoi continuare a leggere? Abbonati", "Continua a leggere con l’abbonamento", "Questo articolo è per gli abbonati"],
    "pt": ["Assine para continuar lendo", "Este conteúdo é exclusivo para assinantes.", "Para continuar a ler, faça login ou assine.",
           "Continue lendo com uma assinatura", "Este artigo é só para assinantes", "Conteúdo restrito a assinantes", "Quer continuar lendo? Assine"],
    "pl": ["Dalsza część artykułu dostępna dla prenumeratorów", "Aby czytać dalej, wykup dostęp.",
           "Ten artykuł jest dostępny tylko dla subskrybentów.", "Pozostało 80% tekstu", "Dalszy ciąg materiału dostępny dla prenumeratorów",
           "Chcesz czytać dalej? Kup dostęp", "Materiał tylko dla prenumeratorów"],
    "ru": ["Чтобы продолжить чтение, оформите подписку", "Полный текст доступен только подписчикам.", "Войдите, чтобы прочитать статью полностью.",
           "Доступно только по подписке", "Для продолжения чтения оформите подписку", "Остаток материала доступен по подписке",
           "Вам осталось прочитать 70% статьи"],
    "uk": ["Щоб продовжити читання, оформіть передплату", "Повний текст доступний лише передплатникам.",
           "Для продовження читання оформіть передплату", "Хочете читати далі?", "Матеріал лише для передплатників"],
    "nl": ["Dit artikel is alleen voor abonnees", "Om verder te lezen heb je een abonnement nodig.", "Word abonnee en lees verder",
           "Verder lezen? Word abonnee", "Dit artikel lezen? Word abonnee"],
    "sv": ["Den här artikeln är bara för prenumeranter", "Logga in för att läsa vidare", "Vill du läsa hela artikeln? Bli prenumerant",
           "Artikeln är endast för prenumeranter"],
    "no": ["Denne saken er kun for abonnenter", "Logg inn for å lese videre", "Vil du lese videre?", "Saken er kun for abonnenter",
           "Artikkelen er forbeholdt abonnenter", "Fortsett å lese som abonnent"],
    "da": ["Denne artikel er kun for abonnenter", "Log ind for at læse videre", "Bliv abonnent og læs videre", "Artiklen er kun for abonnenter",
           "Læs hele artiklen som abonnent"],
    "cs": ["Celý článek je dostupný pouze pro předplatitele", "Chcete číst dál?", "Předplaťte si nás, abyste dočetli článek.",
           "Obsah je přístupný pouze předplatitelům"],
    "tr": ["Bu haber sadece abonelere özel", "Okumaya devam etmek için abone olun", "Devamını okumak için giriş yapın.",
           "Yazının tamamı için abone olun"],
    "zh": ["本文仅限订阅会员阅读", "请登录后继续阅读", "訂閱後閱讀全文", "阅读全文请订阅", "您需要订阅才能阅读全文", "剩余70%内容需付费阅读", "本文为付费内容", "本文為訂戶專享"],
    "ja": ["この記事は会員限定です", "続きを読むには会員登録が必要です。", "残り1,234文字", "この続きは有料です", "会員限定記事"],
    "fi": ["Tämä artikkeli on vain tilaajille", "Kirjaudu sisään lukeaksesi koko jutun", "Artikkeli on vain tilaajille"],
    "hu": ["A cikk folytatása csak előfizetőknek érhető el", "Fizessen elő, és folytassa az olvasást"],
    "ko": ["이 기사는 유료 회원 전용입니다", "구독하고 기사 전문을 읽어보세요", "기사 전문은 구독자만 볼 수 있습니다"],
    "ar": ["هذا المحتوى متاح للمشتركين فقط", "اشترك الآن لمتابعة القراءة", "للاستمرار في القراءة اشترك الآن"],
    "el": ["Αυτό το άρθρο είναι μόνο για συνδρομητές"],
    "ro": ["Acest articol este disponibil doar pentru abonați", "Abonează-te pentru a citi mai departe"],
    "sk": ["Tento článok je len pre predplatiteľov"],
    "id": ["Artikel ini khusus untuk pelanggan", "Berlangganan untuk melanjutkan membaca"],
    "vi": ["Bài viết dành cho thuê bao", "Đăng nhập để đọc tiếp"],
    "he": ["הכתבה למנויים בלבד", "כדי להמשיך לקרוא יש להירשם"],
    "bg": ["Статията е достъпна само за абонати"],
    "hr": ["Ovaj članak dostupan je samo pretplatnicima"],
    "ca": ["Aquest article és exclusiu per a subscriptors", "Subscriu-te per continuar llegint"],
}  # fmt: skip


def page(lines: str, label: object = None) -> bytes:
    head = f"<script type='application/ld+json'>{json.dumps(label)}</script>" if label else ""
    return PAGE.format(head, "".join(f"<p>{line}</p>" for line in lines.split("\n"))).encode()


def read(body: bytes) -> Article:
    return page_article(body, "text/html", "https://karsov.example/news/dam-to-close", "")


@pytest.mark.parametrize(
    ("lang", "line"), [(lang, one) for lang, several in ASKING.items() for one in several]
)
def test_a_line_that_asks_for_money_makes_a_part_of_any_text(lang: str, line: str) -> None:
    assert walls.part(f"{LONG}\n{line}") == LONG, lang
    assert walls.part(f"{LONG}\n{line}\n4.99 a month\nCancel at any time") == LONG


def test_each_language_has_phrases_of_its_own() -> None:
    assert asking.HELD_BACK.keys() == ASKING.keys()
    assert asking.HELD_BACK.keys() >= asking.OFFERS.keys()


def test_a_stub_is_stored_as_a_part_without_the_line() -> None:
    article = read(page(f"{LONG}\nSubscribe to continue reading"))
    assert (article.quality, article.text) == ("part", LONG)


def test_a_sentence_that_asks_at_the_end_of_a_paragraph_is_cut() -> None:
    assert walls.part(f"{LONG} Subscribe to continue reading.") == LONG


WHOLE = [
    f"{LONG}\nSign up for our newsletter to get the news each morning.",
    f"{LONG}\nWant more stories like this? Subscribe to get unlimited access and support local journalism.",
    f"{LONG}\nFollow us on Telegram to read more.",
    f"{LONG}\nLog in or create an account to continue",
    f"{LONG}\nYou must be logged in to post a comment.",
    f"{LONG}\nReaders will have to subscribe to continue reading the paper.",
    f"{LONG}\nReaders must “subscribe to continue reading”.",
    f"{LONG}\nSubscribe to continue reading, the page said on Monday.",
    f"Subscribe to continue reading\n{LONG}",
    f"{LONG}\nSubscribe to continue reading\n{LONG}",
    f"{LONG}\nLa ministre assure que la suite est réservée aux juges.",
    f"{LONG}\nПодпишитесь на наш канал, чтобы узнавать новости первыми.",
    f"{LONG}\nIl vous reste 10 jours pour voter.",
    f"{LONG}\nAlready a subscriber? Log in",
    f"{LONG}\nSubscribe now",
    f"{LONG}\nHe waited...",
    f"{LONG}\nand then nobody in the whole town of Karsov knew what",
]


# Newsletters, thanks, other things to read: what stands under whole articles.
BESIDE = [
    "Register to read this article in your inbox",
    "Log in to view this story's comments.",
    "Become a member to read this story ad-free.",
    "To read the full report, sign up on the ministry's website.",
    "To see the full list of winners, sign up for our sports newsletter.",
    "Support our journalism. Subscribe to keep reading independent reporting.",
    "You have reached the end of the free article.",
    "Unlock the full story of the dam in our new podcast.",
    "Keep reading for 5 more stories on the dam",
    "‘Subscribe to continue reading’",
    "The page read: 'subscribe to continue reading'",
    "Jetzt weiterlesen mit unserem kostenlosen Newsletter",
    "Weiterlesen mit diesen Artikeln:",
    "Mit Kindern weiterlesen",
    "Für alle Leser zum Weiterlesen",
    "Dieser Artikel erschien nur gedruckt im Mitgliedermagazin.",
    "Dieser Beitrag ist Teil der Premium-Partnerschaft mit dem Museum.",
    "Abonnieren Sie unseren Newsletter, um auch morgen weiterzulesen.",
    "La suite est disponible uniquement en librairie.",
    "Ce contenu est disponible pour tous, abonnés ou non.",
    "Cet article est accessible gratuitement grâce aux abonnés.",
    "Vous avez lu un article gratuit. Faites un don.",
    "Connectez-vous pour lire l'article suivant.",
    "Il vous reste 20 % de chances à découvrir.",
    "Abonnez-vous à notre newsletter pour lire la suite de nos enquêtes.",
    "Para seguir leyendo:",
    "Suscríbete a nuestro boletín para seguir leyendo noticias como esta.",
    "Hazte socio para leer el artículo sin publicidad.",
    "Per continuare a leggere:",
    "Iscriviti al canale WhatsApp per leggere tutto in anteprima.",
    "Questo contenuto è disponibile solo grazie ai nostri abbonati.",
    "Para continuar a ler",
    "Este conteúdo é exclusivo; assinantes o apoiam.",
    "Zaloguj się i przeczytaj cały wątek na forum.",
    "Cały tekst dostępny jest bezpłatnie dzięki naszym abonentom.",
    "Aby przeczytać ten raport, zarejestruj się na stronie ministerstwa.",
    "Подпишитесь на наш телеграм-канал, чтобы прочитать весь текст первыми.",
    "Чтобы прочитать весь доклад, зарегистрируйтесь на сайте министерства.",
    "Этот материал доступен всем благодаря подписчикам.",
    "Вы прочитали один из бесплатных материалов. Поддержите нас.",
    "Підпишіться на наш телеграм, щоб читати матеріал без реклами.",
    "Dit artikel verscheen alleen in het ledenblad.",
    "Abonneer op onze nieuwsbrief en lees verder over dammen",
    "Prenumerera på vårt nyhetsbrev för att läsa vidare om dammen.",
    "Bültenimize abone olun, okumaya devam edin.",
    "订阅我们的频道继续阅读更多新闻",
    "구독하고 나머지 뉴스도 받아보세요",
    "اشترك في نشرتنا لقراءة المقالات كل صباح",
    "A cikk csak előfizetőink támogatásával készülhetett el.",
    "Tilaa uutiskirje ja jatka lukemista huomenna.",
]


@pytest.mark.parametrize("line", BESIDE)
def test_what_is_offered_beside_an_article_makes_no_part_of_it(line: str) -> None:
    assert walls.part(f"{LONG}\n{line}") is None


@pytest.mark.parametrize("said", WHOLE)
def test_a_whole_article_is_no_part(said: str) -> None:
    assert walls.part(said) is None
    assert read(page(said)).quality == "full"


def label(*, free: object = False, place: str = "") -> dict[str, object]:
    said: dict[str, object] = {
        "@type": "NewsArticle",
        "headline": "Dam",
        "isAccessibleForFree": free,
    }
    if place:
        said["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": place}  # fmt: skip
    return said


@pytest.mark.parametrize("end", ["All...", "The council will…", "The council will [...]"])
@pytest.mark.parametrize("before", [LONG, SENTENCE])
def test_a_label_makes_a_part_of_a_text_that_trails_off(end: str, before: str) -> None:
    article = read(page(f"{before}\n{end}", label()))
    assert article.text == f"{before}\n{end}"
    assert article.quality == ("part" if before == LONG else "lead")
    assert read(page(f"{LONG}\n{end}", label(free=True))).quality == "full"


@pytest.mark.parametrize("line", ["Already a subscriber? Log in", "Subscribe now", "Try a digital subscription", "Wypróbuj prenumeratę cyfrową", "S’abonner"])  # fmt: skip
def test_a_label_makes_a_part_of_a_text_under_which_a_subscription_is_offered(line: str) -> None:
    article = read(page(f"{LONG}\n{line}\nTerms of use", label()))
    assert (article.quality, article.text) == ("part", LONG)


LOCKED = [
    '<meta property="article:content_tier" content="locked">',
    '<meta property="og:article:content_tier" content="locked">',
    '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "http://schema.org/False"}</script>',
    '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": ["FALSE"]}</script>',
]
MARKED = "<article itemscope itemtype='https://schema.org/{}'><meta itemprop='isAccessibleForFree' content='{}'>"
OFFERED = f"{LONG}\nSubscribe now"


@pytest.mark.parametrize("said", LOCKED)
def test_a_label_may_be_a_meta_tag_or_the_vocabularys_own_word(said: str) -> None:
    body = page(OFFERED)
    assert read(body.replace(b"</head>", said.encode() + b"</head>")).quality == "part"
    other = said.replace("locked", "metered").replace("False", "True").replace("FALSE", "TRUE")
    assert read(body.replace(b"</head>", other.encode() + b"</head>")).quality == "full"


@pytest.mark.parametrize(
    ("kind", "value", "quality"),
    [
        ("NewsArticle", "false", "part"),
        ("NewsArticle", "true", "full"),
        ("WebPageElement", "false", "full"),
    ],
)
def test_a_label_may_be_microdata_of_the_article(kind: str, value: str, quality: str) -> None:
    body = page(OFFERED).replace(b"<article>", MARKED.format(kind, value).encode())
    assert read(body).quality == quality


BROKEN = f"{LONG}\nThe council said it would build a new dam below the old one and"


@pytest.mark.parametrize("place", [".paywall", "div.paid.more", "#rest", "[data-lock]", ".old"])
def test_a_text_that_breaks_off_is_a_part_where_the_paid_place_is_not_there(place: str) -> None:
    body = page(BROKEN, label(place=place)).replace(b"</article>", b"<div class='old'> </div></article>")  # fmt: skip
    assert read(body).quality == "part"


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (BROKEN, ""),
        (BROKEN, "article"),
        (BROKEN, "article > p:first-child"),
        (LONG, ".paywall"),
        (f"{LONG}\nMore Great Stories", ".paywall"),
        (f"{LONG}\nTranslation: Ada Berg, editing: Jon Lund, sound: Eva Holm", ".paywall"),
    ],
)
def test_a_label_alone_makes_no_part(said: str, place: str) -> None:
    assert read(page(said, label(place=place))).quality == "full"


def test_what_asks_and_shows_nothing_else_is_a_wall() -> None:
    with pytest.raises(ExtractError):
        read(page("Subscribe to continue reading", label()))


def test_a_further_page_that_is_a_part_is_not_read() -> None:
    body = page(f"{LONG}\nSubscribe to continue reading")
    with pytest.raises(ExtractError):
        extract.further_page(body, "https://karsov.example/news/dam?page=2", "https://karsov.example/news/dam", 2, False)  # fmt: skip


def test_a_feeds_text_that_asks_is_a_part_too() -> None:
    markup = "".join(f"<p>{line}</p>" for line in f"{LONG}\nThis post is for paid subscribers".split("\n"))  # fmt: skip
    entry = Entry("g", "g", "https://karsov.example/dam", "Dam to close", html=markup, full=True)
    article = extract.entry_article(entry, "en")
    assert (article.quality, article.text) == ("part", LONG)


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(
    ("said", "quality"),
    [("", "headline"), (SENTENCE, "lead")],
)
def test_a_feeds_stub_keeps_no_line_that_asks(said: str, quality: str, *, full: bool) -> None:
    markup = f"<p>{said}</p><p>Subscribe to continue reading</p>"
    entry = Entry("g", "g", "https://karsov.example/dam", "Dam to close", html=markup, full=full)
    article = extract.entry_article(entry, "en")
    assert (article.quality, article.text) == (quality, said)
    assert article.text_from == ("feed" if said else "")


@pytest.mark.acceptance
def test_of_all_recorded_pages_four_are_parts() -> None:
    folder = shared("data/site-newspapers")
    parts = []
    for route in json.loads((folder / "manifest.json").read_text("utf-8"))["routes"]:
        if route["kind"] == "page":
            body = gzip.decompress((folder / "files" / route["file"]).read_bytes())
            try:
                article = page_article(body, route["ctype"], f"https://{route['host']}{route['path']}", "")  # fmt: skip
            except ExtractError:
                continue
            if article.quality in {"part", "lead"} and len(article.text.split()) > 40:
                parts.append((route["host"], article.quality))
    assert sorted(parts) == [
        ("trojmiasto.wyborcza.pl", "lead"),
        ("www.lemonde.fr", "part"),
        ("www.wsj.com", "lead"),
        ("www.wsj.com", "lead"),
    ]


@pytest.mark.acceptance
def test_of_the_recorded_articles_none_is_a_part() -> None:
    for name in ("docs.jsonl.gz", "synthetic_docs.jsonl.gz"):
        with gzip.open(shared("data/dedup") / name, "rt", encoding="utf-8") as file:
            for one in map(json.loads, file):
                assert walls.part(one["text"].replace("\n\n", "\n")) is None, one["id"]
