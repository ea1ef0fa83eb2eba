"""What wires say of their own stories in so many words: that they correct one, or take it back.

Rule: pure; said of the story itself, in a bracket of its own or as a sentence that begins with it, in ten
languages. What is said of markets, bridges and ministers is news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newswatch import text

LONGEST = 400  # characters of one quoted passage

# A wire's own words on a correction: said of the story itself, in a bracket of their own, or as a
# sentence that begins with them. "Correction in oil prices" and "a fix for the bridge" are news.
_ITSELF = r"(?:story|article|report|item|version|headline|graphic|chart|caption|text|copy)"
_PLACE = r"(?:para(?:graph)?s?|spelling|headline|dateline|byline|typos?|names?|title|attribution)"
_NOTE = re.compile(
    rf"\b{_ITSELF}\b[^.!?]{{0,80}}\b(?:has been|was) (?:corrected|refiled)\b(?!\s+by\b)"
    rf"|\ban? (?:earlier|previous) version of this {_ITSELF}\b"
    r"|[(\[]\s*(?:corrects|refiles|refiled|clarifies|fixes|corrected(?! for))\b"
    rf"|^\W*(?:corrects|corrected|refiles|refiled|clarifies|fixes)\s+(?:[\w']+\s+){{0,3}}{_PLACE}\b"
    rf"|\bthis version (?:corrects|clarifies|fixes)\s+(?:[\w']+\s+){{0,3}}{_PLACE}\b"
    r"|[(\[][^()\[\]]{0,200}\bthis version (?:corrects|clarifies|fixes)\b"
    r"|^\W*corrects\s+(?:to|that|day|date|figures?|numbers?|quote)\b"
    r"|^\W*(?:correction|corrected|clarification|refile)\s*(?::|\s[–—-]\s)"
    r"|(?:^|[.!?]\s|[(\[])\W*в (?:тексте|заголовке)(?: (?:новости|сообщения|материала|заметки|статьи))?"
    r" (?:исправлен|уточн[её]н)\w*"
    r"|[(\[]\s*(?:исправл|исправил|уточн[её]н|уточняет)"
    r"|^\W*(?:исправлен\w*|уточнен\w*|уточнени[ея]|поправка|исправляет)\s*(?::|\s[–—-]\s)"
    r"|\b(?:исправл\w+|уточн[её]н\w*|уточняет)\b.{0,60}\b(?:абзац|заголов|опечатк|верси|в тексте)"
    r"|[(\[]\s*(?:corrige|corrigée?|corregido|corregida|corrigido|korrigiert|berichtigt|corregge)\b"
    r"|^\W*(?:corrección|correção|rectificatif|korrektur|berichtigung|correzione)\s*:"
    r"|\b(?:ha sido corregid[ao]|foi corrigid[ao]|a été corrigée?|korrigiert|berichtigt)\b"
    r"(?=.{0,80}(?:p[aá]rrafo|par[aá]grafo|paragraph|Absatz|t[ií]tulo|titre|Überschrift))"
    r"|^\W*(?:виправлено|уточнено|düzeltme|sprostowanie|korekta|correctie|rectificatie)\s*(?::|\s[–—-]\s)"
    r"|[(\[]\s*(?:виправл|уточнює|düzeltildi|poprawia|gecorrigeerd)"
    r"|\b(?:виправл\w+|düzelt\w+|skorygowan\w*|gecorrigeerd)\b"
    r"(?=.{0,80}(?:абзац|заголов|paragraf|başlık|akapit|tytuł|alinea|kop\b))"
    r"|\best[ae] (?:nota|noticia|artículo|historia|información)\b[^.]{0,40}\bsido corregid[ao]\b",
    re.IGNORECASE,
)
# What every note holds one of; most texts hold none, and need not be searched for more.
_STEMS = (
    "correct", "refile", "clarif", "fixes", "version of this", "исправ", "уточн", "поправка",
    "corrig", "correg", "correzione", "correção", "corrección", "rectificatif", "korrig", "korrektur",
    "berichtig", "виправ", "düzelt", "sprostowanie", "korekta", "correctie", "rectificatie", "poprawia",
    "gecorrig", "skorygow",
)  # fmt: skip
_TITLE = re.compile(
    r"^\W*(?:CORRECTED|CORRECTION|REFILED?|CORRECTS|ИСПРАВЛЕНО|ИСПРАВЛЕНИЕ|УТОЧНЕНИЕ|CORREGIDO)\b"
    r"|^\W*(?i:corrected|correction|refile|исправлено|уточнение|corrección)\s*(?::|\s[–—-]\s)"
)

# A wire takes a story back: it asks that nobody use it, or says so of the story itself. Goods, bills and
# candidates are withdrawn *from* something.
_ADDRESS = r"(?:editors?|attention|attn|note to (?:editors|users|clients))"
_RETRACTION = re.compile(
    r"\bthis (?:story|article|report|item|version|headline)\b[^.!?]{0,60}\b(?:has been|was|is|had been)"
    r" (?:withdrawn|retracted|killed)\b(?!\s+(?:by|from|for)\b(?!\s+(?:the|our|this)\s+(?:wire|site|service|website)))"
    r"|^\W*(?:(?:story|article|report|item) (?:withdrawn|retracted|killed)|mandatory kill|kill notice"
    r"|(?:please )?kill (?:this|the) (?:story|article|item)|please kill this)\b"
    rf"|^\W*{_ADDRESS}\W.{{0,80}}\b(?:kill|do not use|withdr[ae]wn?|disregard)\b"
    r"|\b(?:reuters|ap|afp|we) (?:has|have) withdrawn (?:this|the|its|our) (?:story|article|report|alert|item)\b"
    r"|^\W*(?:сообщение|новость|материал|публикация)\s+(?:был[ао]?\s+)?(?:аннулирован|отозван|снят)\w*"
    r"|^\W*(?:просьба|просим)\b.{0,40}\b(?:аннулир|не использ|считать недействительн)"
    r"|\b(?:dépêche|nota|noticia|notícia|información)\s+(?:est\s+|ha sido\s+|foi\s+)?(?:annulée|anulada|retirada)\b"
    r"|\b(?:cette dépêche|cet article) (?:est|a été) (?:annulée?|retirée?)\b"
    r"|\bdiese[r]? (?:Meldung|Nachricht|Artikel) (?:wurde|ist|wird) (?:zurückgezogen|zurückgerufen)\b"
    r"|\bquesta notizia è stata (?:annullata|ritirata)\b"
    r"|^\W*(?:повідомлення|новину)\s+(?:анульовано|відкликано)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = (
    "withdraw", "withdrew", "retracted", "kill", "disregard", "do not use", "аннулир", "отозван", "снят",
    "не использ", "недействительн", "annulée", "annulé", "anulada", "retirada", "retiré", "zurückge",
    "annullata", "ritirata", "анульовано", "відкликано",
)  # fmt: skip
_TITLE_BACK = re.compile(
    r"^\W*(?:(?:STORY )?(?:WITHDRAWN|RETRACTED|KILLED)|MANDATORY KILL|KILL NOTICE|АННУЛИРОВАНО|ОТОЗВАНО"
    r"|ANNULÉ|ANULADA|ZURÜCKGEZOGEN)\b|^\W*(?:KILL|АННУЛИРОВАТЬ)\s*[-:–—]"
    r"|^\W*(?i:withdrawn|retracted|аннулировано|отозвано|annulé|anulada|zurückgezogen)\s*(?::|\s[–—-]\s|$)"
)


def retraction_note(said: str, title: str = "") -> str:
    """The sentence in which the wire says that it takes the story back; '' for none."""
    return next(iter(_noted(said, title, _TAKEN_BACK, _RETRACTION, _TITLE_BACK)), "")


def correction_note(said: str, title: str = "") -> str:
    """The sentence in which the wire says that it corrected the story; '' for none."""
    return next(iter(_noted(said, title, _STEMS, _NOTE, _TITLE)), "")


def notes(said: str, title: str = "") -> tuple[str, ...]:
    """All that the wire says of its own story, each note once: its corrections, then what takes it
    back.
    """
    found = [*_noted(said, title, _STEMS, _NOTE, _TITLE)]
    found += _noted(said, title, _TAKEN_BACK, _RETRACTION, _TITLE_BACK)
    return tuple(dict.fromkeys(found))


def _noted(
    said: str, title: str, stems: tuple[str, ...], words: re.Pattern[str], head: re.Pattern[str]
) -> Iterator[str]:
    lower = said.lower()
    none = True
    for paragraph in text.paragraphs(said) if any(stem in lower for stem in stems) else ():
        if not words.search(paragraph):
            continue
        inside = [s for s in text.sentences(paragraph) if words.search(s)] or [paragraph]
        for sentence in inside:
            none = False
            yield sentence.strip()[:LONGEST]
    if none and head.match(title):
        yield title[:LONGEST]
