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


# The voices of services and languages, made up after them: challenges, consents, paywalls, regions, errors.
VOICES = [
    ("Just a moment...", "www.karsov.example needs to review the security of your connection before proceeding. Ray ID: 8f1c2a7b9e3d4f5a Performance & security by Cloudflare", "challenge"),
    ("Karsov Post", "Sorry, you have been blocked. You are unable to access karsov.example. Why have I been blocked? This website is using a security service to protect itself from online attacks. Cloudflare Ray ID: 8f1c2a7b", "challenge"),
    ("karsov.example", "Please enable JS and disable any ad blocker", "challenge"),
    ("Access to this page has been denied", "Press & Hold to confirm you are a human (and not a bot). Reference ID 6f1c-2a7b", "challenge"),
    ("Access Denied", 'You don\'t have permission to access "http://www.karsov.example/dam" on this server. Reference #18.2d351ab8.1557333295.a4e16ab', "challenge"),
    ("Pardon Our Interruption", "As you were browsing something about your browser made us think you were a bot.", "challenge"),
    ("Human Verification", "Let's confirm you are human. Complete the security check before continuing. This step verifies that you are not a bot.", "challenge"),
    ("Karsov Post", "JavaScript is disabled in your browser. Please enable JavaScript to proceed. A required part of this site couldn’t load.", "challenge"),
    ("The Karsov Post", "You need to enable JavaScript to run this app.", "challenge"),
    ("Karsov", "Bitte aktivieren Sie JavaScript, um diese Seite anzuzeigen.", "challenge"),
    ("Karsov", "Пожалуйста, включите JavaScript в вашем браузере, чтобы продолжить.", "challenge"),
    ("Cookie preferences", "TrustArc: we and third parties use cookies. You may exercise your preferences: required cookies, functional cookies, advertising cookies. Submit preferences. Powered by TrustArc", "consent"),
    ("Dam to close", "When you visit any website, it may store or retrieve information on your browser, mostly in the form of cookies. This information might be about you, your preferences or your device. Manage Consent Preferences. Strictly necessary cookies: always active. Confirm my choices", "consent"),
    ("Karsov Zeitung", "Mit Werbung und Tracking lesen: Besuchen Sie uns wie gewohnt mit Werbung und üblichem Tracking. Details zum Tracking finden Sie in der Datenschutzerklärung. Zustimmung jederzeit widerrufbar. Oder Pur-Abo: ohne Werbetracking für 4,99 Euro.", "consent"),
    ("Zustimmung", "Wir verarbeiten Ihre Daten, um Inhalte oder Anzeigen bereitzustellen. Unsere Partner speichern Informationen auf Ihrem Gerät. Mit einem Klick auf Alle akzeptieren stimmen Sie der Verarbeitung personenbezogener Daten zu.", "consent"),
    ("Le Karsov", "En poursuivant votre navigation, vous acceptez le dépôt de cookies. Continuer sans accepter. Avec nos partenaires, nous utilisons des cookies pour mesurer l'audience et vos données personnelles. Accepter et continuer", "consent"),
    ("Le Karsov", "Accéder gratuitement au site en acceptant les cookies, ou s'abonner. Nos partenaires et nous déposons des cookies et utilisons des données personnelles comme l'adresse IP.", "consent"),
    ("El Karsov", "Usamos cookies propias y de terceros para mostrar publicidad personalizada. Puede aceptar todas las cookies o rechazar y suscribirse. Política de cookies y datos personales.", "consent"),
    ("Портал", "Продолжая использовать наш сайт, вы даёте согласие на обработку файлов cookie и пользовательских данных.", "consent"),
    ("Il Karsov", "Se vuoi continuare a leggere gratuitamente accetta i cookie di profilazione. I nostri partner trattano dati personali come indirizzo IP. Accetta e continua. Rifiuta e abbonati", "consent"),
    ("Dam to close", "The council voted on Tuesday.\nYou have reached your limit of free articles this month.", "paywall"),
    ("Dam to close", "The council voted on Tuesday.\nYou’ve read 3 of 3 free articles. Subscribe for unlimited access.", "paywall"),
    ("Dam to close", "The council voted.\nThis content is for subscribers only.", "paywall"),
    ("Dam to close", "The council voted.\nYou must be logged in to view this content.", "paywall"),
    ("Damm", "Der Rat stimmte ab.\nDieser Artikel ist Teil von Karsov Plus. Jetzt testen und weiterlesen", "paywall"),
    ("Damm", "Der Rat stimmte ab.\nSie haben bereits ein Abo? Hier anmelden", "paywall"),
    ("Barrage", "Le conseil a voté.\nCet article est réservé aux abonnés.", "paywall"),
    ("Barrage", "Le conseil a voté.\nLa suite est réservée aux abonnés. Déjà abonné ? Se connecter", "paywall"),
    ("Presa", "El consejo votó.\nContenido exclusivo para suscriptores. ¿Ya eres suscriptor? Inicia sesión", "paywall"),
    ("Дамба", "Совет проголосовал.\nПолный текст доступен только подписчикам", "paywall"),
    ("Karsov Post", "This content is not available in your region.", "region"),
    ("Karsov Post", "451: Unavailable due to legal reasons. We recognize you are attempting to access this website from a country belonging to the European Economic Area (EEA) including the EU which enforces the General Data Protection Regulation (GDPR) and therefore access cannot be granted at this time.", "region"),
    ("Karsov", "Unfortunately, our website is currently unavailable in most European countries.", "region"),
    ("Karsov", "Dieser Inhalt ist in Ihrem Land nicht verfügbar.", "region"),
    ("Karsov", "Этот материал недоступен в вашем регионе.", "region"),
    ("Oops!", "The page you are looking for doesn't exist or has been moved.", "missing"),
    ("Oops! That page can’t be found.", "It looks like nothing was found at this location. Maybe try a search?", "missing"),
    ("We’ll be right back", "The site is down for scheduled maintenance.", "error"),
    ("503 Service Unavailable", "No server is available to handle this request.", "error"),
    ("Dam to close", "The council voted on Tuesday.\nTo read the full story, start your free trial today.", "paywall"),
    ("Karsov Post", "We couldn't find the page you were looking for. It may have been removed.", "missing"),
    ("Karsov", "This article has expired and is no longer available.", "missing"),
    ("Fehler 404", "Die angeforderte Seite konnte nicht gefunden werden.", "missing"),
    ("Erreur 404", "La page que vous recherchez n'existe pas ou plus.", "missing"),
    ("Service unavailable", "We are undergoing maintenance. Please check back soon.", "error"),
    ("Error", "An internal server error occurred. Please try again later.", "error"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "said", "standing"), VOICES)
def test_each_voice_is_known(title: str, said: str, standing: str) -> None:
    assert walls.wall(title, said) == standing


@pytest.mark.parametrize("said", [said for _, said, _ in VOICES])
def test_an_article_that_such_a_line_stands_under_is_an_article(said: str) -> None:
    """But for what asks for money, which stands under stubs: a whole article is longer than those."""
    assert walls.wall("Dam to close", f"{BRIEF}\n{BRIEF}\n{BRIEF}\n{BRIEF}\n{said}") == ""


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
        ("Dam to close", f"{BRIEF}\nThis video is not available in your region."),
        ("Dam to close", f"{BRIEF}\nPlease enable JavaScript to view the comments."),
        ("Dam to close", f"{BRIEF}\nYou must be logged in to post a comment."),
        ("Internal server error halts trains", BRIEF),
        ("Forbidden city reopens", BRIEF),
        ("- Frykten vil øke", "Angrepet skaper spenning i Karsov, mener en ekspert."),
        ("Regulator fines portal", f"The portal had said: we use cookies and similar techniques. {BRIEF}"),
        ("Dam", ""),
        ("", BRIEF),
    ],
)  # fmt: skip
def test_what_only_speaks_of_it_is_an_article(title: str, said: str) -> None:
    assert walls.wall(title, said) == ""


# What the same pages say in more languages: as a whole title, or as most of the text.
OTHERS = [
    ("403 ERROR", "The request could not be satisfied. Request blocked. We can't connect to the server for this app or website at this time. Generated by cloudfront (CloudFront) Request ID: x7", "challenge"),
    ("Nur einen Moment…", "Bestätigen Sie, dass Sie ein Mensch sind. Dies kann einige Sekunden dauern.", "challenge"),
    ("karsov.example", "Verifica que eres un ser humano. Esto puede tardar unos segundos.", "challenge"),
    ("karsov.example", "Vérifiez que vous êtes humain en effectuant l'action ci-dessous.", "challenge"),
    ("Bir dakika lütfen...", "İnsan olduğunuz doğrulanıyor. Bu işlem birkaç saniye sürebilir.", "challenge"),
    ("請稍候", "正在验证您是否是真人。这可能需要几秒钟时间。", "challenge"),
    ("Fehler 404", "Versuchen Sie die Suche.", "missing"),
    ("Karsov", "Diese Seite gibt es leider nicht.", "missing"),
    ("Erreur 404", "La page demandée n'existe pas ou plus.", "missing"),
    ("Ошибка 404", "Запрашиваемая страница не найдена или удалена.", "missing"),
    ("Pagina niet gevonden | Karsov", "Deze pagina bestaat niet meer.", "missing"),
    ("Sidan hittades inte", "Sidan du söker finns inte.", "missing"),
    ("Sayfa bulunamadı", "Aradığınız sayfa bulunamadı.", "missing"),
    ("الصفحة غير موجودة", "عذرا، الصفحة التي تبحث عنها غير موجودة.", "missing"),
    ("Stránka nenalezena", "Omlouváme se, stránka nebyla nalezena.", "missing"),
    ("Az oldal nem található", "A keresett oldal nem található.", "missing"),
    ("Diga", "Il consiglio ha votato.\nQuesto contenuto è riservato agli abbonati.", "paywall"),
    ("Pato", "Neuvosto äänesti.\nTämä artikkeli on tilaajille.", "paywall"),
    ("Damm", "Rådet röstade.\nDen här artikeln är för prenumeranter.", "paywall"),
    ("ダム", "市議会は決めた。\nこの記事は有料会員限定です。残り1234文字", "paywall"),
    ("Dam", "De raad stemde.\nDit artikel is alleen voor abonnees.", "paywall"),
    ("Baraj", "Meclis oyladı.\nBu içerik abonelere özeldir.", "paywall"),
    ("Tama", "Rada głosowała.\nTen artykuł jest dostępny tylko dla prenumeratorów.", "paywall"),
    ("Evästeet", "Käytämme evästeitä. Hyväksy kaikki evästeet.", "consent"),
    ("Cookies", "Vi bruger cookies. Vi og vores partnere behandler persondata.", "consent"),
    ("クッキー", "当サイトはクッキーを使用しています。同意する。詳細はプライバシーポリシーをご覧ください。", "consent"),
    ("Cookie", "我们使用Cookie来改善您的体验。接受所有Cookie。", "consent"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "said", "standing"), OTHERS)
def test_each_voice_is_known_in_other_languages(title: str, said: str, standing: str) -> None:
    assert walls.wall(title, said) == standing


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Seite gesucht", "Der Forscher fand das Heft im Keller des Klosters. Diese Seite existiert nicht mehr, nur ein Foto blieb. Das Foto hängt in Karsov."),
        ("ダム閉鎖", "この地図はカルソフ市が作成した。人間であることを確認する装置が市役所に置かれた。市長は喜んでいる。装置は来年も使われる予定だ。"),
        ("Evästeet kielletään", f"Neuvosto kieltää evästeet. {BRIEF}"),
    ],
)  # fmt: skip
def test_what_only_speaks_of_it_in_other_languages_is_an_article(title: str, said: str) -> None:
    assert walls.wall(title, said) == ""


# Forms to log in, whose pages have a field for a password.
FORMS = [
    ("Log in | The Karsov Post", "Log in to your account. Email. Password. Forgot your password? Don't have an account? Create one."),
    ("The Karsov Post", "Enter your email and password to continue reading.\nRemember me\nForgot your password?"),
    ("Sign in to continue reading", "Welcome back to the Karsov Post."),
    ("Sign in", ""),
    ("Anmelden - Karsov Zeitung", "Benutzername\nPasswort\nAngemeldet bleiben\nPasswort vergessen?"),
    ("Se connecter", "Votre identifiant. Votre mot de passe. Mot de passe oublié ?"),
    ("El Karsov", "Inicia sesión con tu correo y contraseña. ¿Olvidaste tu contraseña?"),
    ("Вход", "Введите логин и пароль. Забыли пароль?"),
    ("Karsovské listy", "Zadejte e-mail a heslo."),
    ("カルソフ新聞", "パスワードを入力してください。"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "said"), FORMS)
def test_a_form_to_log_in_is_no_article(title: str, said: str) -> None:
    assert walls.wall(title, said, password=True, called=False) == "login"
    assert walls.says("login")


@pytest.mark.parametrize(("title", "said"), FORMS)
def test_an_article_whose_page_has_such_a_form_aside_is_an_article(title: str, said: str) -> None:
    whole = f"{BRIEF}\n{BRIEF}\n{said}"
    assert walls.wall("Dam to close", whole, password=True, called=True) == ""
    assert walls.wall("Dam to close", whole, password=True, called=False) == ""


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Dam to close", BRIEF),
        ("Dam", "The northern dam of Karsov closes for a year."),
        ("Firms drop passwords", "Enter your password no more: two banks in Karsov do without one from May, they said."),
        ("Log in to see your bill: Karsov's water goes online", "The waterworks of Karsov put bills on the web from May. Households are asked for their number."),
        ("Пароль", "Пароль от кошелька с тысячей монет нашли в Карсове, сообщила полиция."),
    ],
)  # fmt: skip
def test_short_news_beside_a_field_for_a_password_is_news(title: str, said: str) -> None:
    assert walls.wall(title, said, password=True, called=True) == ""


def test_without_a_field_for_a_password_only_a_title_and_most_of_the_text_tell_a_form() -> None:
    said = "Enter your email to continue. Forgot your password?"
    assert walls.wall("Log in", said) == "login"
    assert walls.wall("Two banks of Karsov do without passwords", said) == ""
    assert walls.wall("Entrar", "El puente de Karsov abre en mayo tras dos años de obras.") == ""


def test_a_form_to_log_in_is_told_by_its_page() -> None:
    form = '<form><input type="{}" name="p"><button>Go</button></form>'
    page = "<html><head>{}<title>Karsov</title></head><body><main><p>{}</p>{}</main></body></html>"
    of_article = '<meta property="og:type" content="article">'
    told = "The dam of Karsov closes."

    def read(head: str, said: str, field: str) -> Article | Failure:
        body = page.format(head, said, form.format(field)).encode()
        return read_page(body, "text/html", "http://a.example/x/y", "", False)

    wall = Failure("wall", "a form to log in stands in its place")
    assert read("", "Willkommen! Passwort vergessen?", "Password") == wall
    assert read(of_article, "Passwort vergessen? Angemeldet bleiben.", "password") == wall
    assert isinstance(read(of_article, told, "password"), Article)
    assert isinstance(read("", told, "text"), Article)
    assert isinstance(read("", f"{BRIEF} {BRIEF}", "password"), Article)


# What a script would show, or lead to.
SCRIPTS = [
    ("Loading...", ""),
    ("Loading… | The Karsov Post", "Loading, please wait."),
    ("Karsov Post", "Loading"),
    ("Redirecting...", "If you are not redirected automatically, click here."),
    ("The Karsov Post", "You are being redirected to the page that you asked for."),
    ("Karsov", "Redirecting to https://karsov.example/dam"),
    ("Weiterleitung", "Sie werden in wenigen Sekunden weitergeleitet."),
    ("Le Karsov", "Vous allez être redirigé vers la page demandée."),
    ("Загрузка", "Загрузка..."),
    ("Портал", "Вы будете автоматически перенаправлены."),
    ("正在跳转", "正在为您跳转到目标页面。"),
]


@pytest.mark.parametrize(("title", "said"), SCRIPTS)
def test_a_page_that_only_a_script_would_show_is_no_article(title: str, said: str) -> None:
    assert walls.wall(title, said) == "script"
    assert walls.says("script")


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Loading of ships halts at Karsov", BRIEF),
        ("Redirecting rivers", "Two rivers of the north will be led to Karsov. You will be redirected, they were told, said a farmer."),
        ("Loading", "The loading of grain at Karsov has begun again after a week of storm, and four ships wait."),
        ("Laden", "Der letzte Laden des Dorfes schließt im Mai. Kunden fahren dann nach Karsov."),
        ("Trains redirected", "Trains to Lodva are redirected by Karsov from May. Loading takes an hour longer."),
    ],
)  # fmt: skip
def test_news_of_loading_and_leading_is_news(title: str, said: str) -> None:
    assert walls.wall(title, said) == ""


# Real news of few words on what walls speak of: told by somebody, or on a day.
REPORTS = [
    ("Browser to drop trackers", "The firm said on Tuesday it would let users choose. We and our partners will offer more choices, said its head of privacy. Groups said consent for cookies was still missing. Vendors fear losing personal data."),
    ("Datenschützer gegen Banner", "Diese Webseite verwendet Cookies: Diesen Satz kennt jeder. Das Ministerium will die Banner abschaffen. Nutzer sollen ihre Einwilligung einmal geben. Der Rat stimmt am Freitag über den Datenschutz ab."),
    ("Scouts sell cookies", "Scouts of Karsov started their cookie sale on Monday. We use cookies to fund camps, a leader said. Partners include two banks. Cookies cost six crowns."),
    ("Captcha farm broken up", "Police in Karsov arrested four people. Customers were asked to complete the captcha for a fee, police said."),
    ("Banks", "Banks saw unusual activity from your accounts, the regulator told parliament."),
    ("Court", "You've been blocked, the minister told the journalist on Monday. A court ruled it unlawful."),
    ("Access denied", "Ministers said that access for aid convoys to the north was denied by both armies."),
    ("Forbidden", "The new film Forbidden by the Lodva director opens on Friday in Karsov."),
    ("One more step", "The Senate took one more step to a budget. It is to be voted in May, after the talks on pensions, and three parties have promised to vote for it, among them the farmers of the north."),
    ("Un momento", "La película Un momento se estrena en Lodva, dijo su director."),
    ("Please wait - Karsov's queues", "The people of Karsov wait longer for doctors than ever before, figures showed on Monday."),
    ("Sorry", "The song Sorry tops the charts again after ten years. The singer thanked fans on Monday."),
    ("404", "Schau über die Band 404 in Karsov. Die Band spielt am Montag zum ersten Mal seit 2004."),
    ("Lost page is found", "A page no longer available to scholars since 1945 was found in Karsov on Monday."),
    ("Une page introuvable", "La page introuvable du manuscrit a été retrouvée à Karsov par un étudiant."),
    ("Tickets", "The club opens its sale on Monday. Fans can register to access tickets."),
    ("Library", "The library gives away cards. Create a free account to read e-books, the mayor said."),
    ("Kurz notiert", "Die Ausstellung ist nur für Abonnenten des Museums geöffnet, teilte das Haus mit."),
    ("Paper tightens its rules", "The paper will limit readers to five articles.\nReaders who have used their free articles must subscribe to continue reading, the paper said."),
    ("Watchdog", 'The watchdog sued a newspaper.\nIts pages read "Subscribe to continue reading".'),
    ("Ministry offline", 'The website of the ministry was down on Monday. Visitors saw "internal server error". A spokesman said it was undergoing maintenance.'),
    ("Технические работы в банке", "На сайте банка проводятся технические работы, сообщил регулятор. Они завершатся вечером."),
    ("Bahn-App steht still", "Wartungsarbeiten haben am Montag die App der Bahn lahmgelegt. Die Bahn bittet um Geduld."),
    ("Countries agree", "Countries of the European Economic Area agreed to share gas. Ministers of the European Economic Area meet again in May."),
]  # fmt: skip


@pytest.mark.parametrize(("title", "said"), REPORTS)
def test_news_of_few_words_on_walls_is_news(title: str, said: str) -> None:
    assert walls.wall(title, said) == ""


def test_a_stub_that_reports_and_asks_for_money_is_a_stub() -> None:
    stub = "The minister said on Monday that he would resign. Subscribe to continue reading"
    assert walls.wall("Minister quits", stub) == "paywall"


def test_a_missing_page_may_show_the_newest_articles() -> None:
    said = "Page not found.\nMinister quits, he said on Monday.\nDam of Karsov to close."
    assert walls.wall("Page not found | Karsov Post", said) == "missing"


def test_words_are_counted_in_scripts_that_part_none() -> None:
    news = "カルソフの市議会は北のダムを一年間閉鎖することを決めた。" * 10
    assert walls.wall("ダム閉鎖", f"{news}ページが見つかりませんという表示が出た。") == ""


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


# ── answered 200 by machines ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "said", "standing"),
    [
        ("Sorry, you have been blocked", "The action you just performed triggered the security solution. There are several actions that could trigger this block.", "challenge"),
        ("Making sure you're not a bot!", "You are seeing this because the administrator of this website has set up a gate against crawlers. This makes its resources inaccessible for everyone.", "challenge"),
        ("Karsov Post", "We're verifying your browser", "challenge"),
        ("Подтвердите, что запросы отправляли вы, а не робот", "Нам очень жаль, но запросы с вашего устройства похожи на автоматические.", "challenge"),
        ("Dam to close", "We have noticed that you are using an ad blocker. Please disable it or whitelist our site to read on.", "challenge"),
        ("Your browser is not supported", "Please upgrade to a modern browser to use this website.", "challenge"),
        ("We'll be right back", "Our website is currently undergoing scheduled maintenance. Thank you for your patience.", "error"),
        ("Account Suspended", "This Account has been suspended. Contact your hosting provider for more information.", "error"),
        ("karsov.example", "This domain has expired. If you are the owner, contact your registrar to renew it.", "error"),
        ("Welcome to nginx!", "If you see this page, the nginx web server is successfully installed and working. Further configuration is required. Thank you for using nginx.", "error"),
        ("", "It works!", "error"),
        ("", "Fatal error: Uncaught Error: Call to undefined function get_header() in /var/www/index.php:12 Stack trace: #0 {main}", "error"),
        ("404 Not Found", "nginx/1.18", "missing"),
        ("Whoops!", "We can't seem to find the page you're looking for.", "missing"),
        ("抱歉，您访问的页面不存在", "您要查看的页面可能已被删除。", "missing"),
    ],
)  # fmt: skip
def test_what_a_machine_answers_with_200_is_no_article(
    title: str, said: str, standing: str
) -> None:
    assert walls.wall(title, said) == standing


@pytest.mark.parametrize("title", ["Page not found | Karsov", "404", "Oops!", "Ошибка 404"])
def test_a_missing_page_is_none_however_many_articles_stand_under_it(title: str) -> None:
    latest = "\n".join(f"{BRIEF} The {n}th gate was opened on Monday, the keeper said." for n in range(30))  # fmt: skip
    assert walls.length(latest) > 500
    assert walls.wall(title, latest, called=False) == "missing"
    assert walls.wall(title, latest, called=True) == ""
    assert walls.wall("🔥", latest, called=False) == ""
    assert walls.wall("Page not found in Karsov archive stirs a quarrel", latest, called=False) == ""  # fmt: skip
