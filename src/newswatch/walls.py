"""Is this page an article, or what stands in its place: a consent page, a challenge, a paywall's stub, an
error answered with 200?

Rule: pure; asked of the text that was found, by what such pages say of themselves. A text of ordinary
length is an article whatever it speaks of; in doubt it is one.
"""

from __future__ import annotations

import re
from typing import Literal

Wall = Literal["", "consent", "challenge", "paywall", "missing"]

SHORT = 150  # words; longer texts are no stubs, challenges or errors
LONG_CONSENT = 700  # words: consent pages list their purposes and partners
LAST_LINES, PROMPT = (
    3,
    160,
)  # lines at the end in which a stub asks for money, and characters of one
HEAD = 600  # characters in which a consent page says what it is

_SAYS = {
    "consent": "a consent page stands in its place",
    "challenge": "a challenge for robots stands in its place",
    "paywall": "only subscribers may read it",
    "missing": "the page says that there is no such page",
}

_CONSENT = re.compile(
    r"\bwe,? (?:and|with) (?:our|up to|some of our) .{0,40}\b(?:partners|vendors)\b"
    r"|\bwir (?:und|sowie) (?:unsere|bis zu) .{0,30}partner\b"
    r"|\bnous et (?:nos|certains de nos) .{0,30}partenaires\b"
    r"|\bnosotros y (?:nuestros|algunos de nuestros) .{0,30}(?:socios|proveedores)\b"
    r"|\bnoi e (?:i nostri |terze parti|\d+ ?|alcuni ).{0,30}(?:partner|fornitori|selezionate)\b"
    r"|\bnós e os nossos .{0,30}parceiros\b|\bmy i nasi .{0,30}partnerzy\b|\bwij en onze .{0,30}partners\b"
    r"|\bмы и наши (?:\d+ )?партн[её]р"
    r"|\bstore and/or access information on a device\b|\bbefore you continue to \w+"
    r"|\b(?:this (?:site|website)|we) uses? cookies\b|\bdiese (?:web)?seite verwendet cookies\b"
    r"|\bce site utilise des cookies\b|\beste sitio (?:web )?utiliza cookies\b"
    r"|\bсайт использует (?:файлы )?cookie\b|\bмы используем (?:файлы )?cookie\b",
    re.IGNORECASE,
)
# What such pages speak of, sentence after sentence.
_OF_CONSENT = re.compile(
    r"cookie|\bconsent|partner|partenaires|socios|партн[её]р|\bprivacy\b|datenschutz|einwillig|personal data"
    r"|personenbezogen|données|datos personales|персональн\w+ данн|dati personali|your (?:device|choices|settings)"
    r"|\b(?:accept|reject|agree|manage) (?:all|to|and|your)|preferences|purposes|vendors|iab\b",
    re.IGNORECASE,
)
# A title that is this and no more, but for the site's name: "Access denied: convoy turned back" is news.
_ALONE = r"\W*(?:[|–—-] ?[^|–—-]{0,40})?$"
_CHALLENGE_TITLE = re.compile(
    r"^\W*(?:just a moment|attention required|access denied|please wait|checking your browser|are you a (?:robot|human)"
    r"|robot or human|pardon our interruption|ddos-guard|security check|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|bot verification|один момент|проверка браузера|доступ (?:ограничен|запрещ[её]н)|вы не робот|einen moment|un momento)"
    + _ALONE,
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"\b(?:enable javascript and cookies to continue|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|complete the captcha|unusual (?:traffic|activity) from your|you(?:'|’)?(?:ve| have) been blocked"
    r"|checking (?:if the site connection is secure|your browser before)|подтвердите, что вы не робот"
    r"|request unsuccessful\. incapsula)",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:\b(?:subscribe|sign (?:up|in)|log ?in|register|create (?:a free |an )?account)\b.{0,40}\b(?:to (?:continue|read"
    r"|keep reading|unlock|access|finish)|now to)\b"
    r"|\balready (?:a subscriber|have an account|subscribed)\?|\b(?:this|the) (?:article|story|content) is"
    r" (?:exclusively )?(?:for|available (?:only )?to) (?:our )?(?:subscribers|members)\b"
    r"|\bto continue reading\b.{0,40}\bsubscri|\bunlock this (?:article|story)\b"
    r"|\b(?:weiterlesen|jetzt lesen) mit\b.{0,30}|\bnur für abonnenten\b|\bréservé (?:à nos|aux) abonnés\b"
    r"|\bil vous reste .{0,20}% de (?:cet article|l(?:'|’)article) à lire\b"
    r"|\b(?:exclusivo|solo) para suscriptores\b|\bsuscríbete para (?:seguir|continuar) leyendo\b"
    r"|\b(?:contenuto|articolo) riservato agli abbonati\b|\bexclusivo para assinantes\b"
    r"|\bдоступ\w* только (?:для )?подписчик\w*|\bоформите подписку\b|\bчтобы (?:продолжить чтение|прочитать)\b.{0,40}подпис)",
    re.IGNORECASE,
)
_NO_SUCH = (
    r"(?:page|article|story|document) (?:was |is |could )?(?:not (?:be )?found|no longer (?:available|exists)"
    r"|does(?:n(?:'|’)t| not) exist)|we can(?:'|’|no)t find (?:that|the) page|страница не (?:найдена|существует)"
    r"|seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)|página no (?:encontrada|existe)"
    r"|pagina non trovata|página não encontrada|strona nie (?:została znaleziona|istnieje)"
    r"|сторінку не знайдено|页面不存在|找不到(?:该)?页面|ページが見つかりません"
)
_MISSING = re.compile(_NO_SUCH, re.IGNORECASE)
_MISSING_TITLE = re.compile(
    rf"^\W*(?:(?:error )?(?:404|410)(?: error)?|not found|oops|sorry)?\W*(?:(?:the |this |your )?(?:{_NO_SUCH}))?{_ALONE}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+")


def wall(title: str, said: str, *, free: bool = True) -> Wall:
    """What stands in the place of an article of this *title* and text, '' for nothing. *free* is False
    where the page says of itself that it is not for everybody: a label that full texts have too.
    """
    words = len(said.split())
    if (
        words <= LONG_CONSENT
        and _CONSENT.search(f"{title}\n{said[:HEAD]}")
        and _mostly_of_consent(said)
    ):
        return "consent"
    if words > SHORT:
        return ""
    if _CHALLENGE_TITLE.match(title) or (words <= SHORT // 2 and _CHALLENGE.search(said)):
        return "challenge"
    if (title and _MISSING_TITLE.match(title)) or (words <= SHORT // 3 and _MISSING.search(said)):
        return "missing"
    ends = said.rstrip(" \n”»\"')").endswith((".", "!", "?", "。"))
    lines = said.split("\n")[-LAST_LINES:]
    if any(len(line) <= PROMPT and _PAYWALL.search(line) for line in lines) or (
        not free and not ends
    ):
        return "paywall"
    return ""


def says(standing: Wall) -> str:
    """What a person reads of a wall."""
    return _SAYS.get(standing, "")


def _mostly_of_consent(said: str) -> bool:
    sentences = [one for one in _SENTENCE.findall(said) if one.strip()]
    of_it = sum(len(one) for one in sentences if _OF_CONSENT.search(one))
    return 2 * of_it >= sum(map(len, sentences))
