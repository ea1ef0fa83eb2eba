"""How wires say of their own stories that they correct them, or take them back, in fourteen languages.

Rule: data; `notes` reads with it. What is said of others' papers, of markets and of laws is news.
"""

from __future__ import annotations

import re

# A wire's own words on a correction: said of the story itself, in a bracket of their own, or as a
# sentence that begins with them. "Correction in oil prices" and "a fix for the bridge" are news.
_ITSELF = r"(?:story|article|report|item|version|headline|graphic|chart|caption|text|copy)"
_PLACE = r"(?:para(?:graph)?s?|spelling|headline|dateline|byline|typos?|names?|title|attribution)"
_IN_BRACKETS_OR_FIRST = (
    rf"\b{_ITSELF}\b[^.!?]{{0,80}}\b(?:has been|was) (?:corrected|refiled)\b(?!\s+by\b)"
    rf"|\ban? (?:earlier|previous) version of this {_ITSELF}\b"
    r"(?! (?:was|were|has been|had been) (?:leaked|rejected|seen|obtained|submitted|approved|blocked|vetoed|shown|debated))"
    r"|[(\[]\s*(?:corrects|refiles|refiled|clarifies|fixes|corrected(?! for))\b"
    rf"|^\W*(?:corrects|corrected|refiles|refiled|clarifies|fixes)\s+(?:[\w']+\s+){{0,3}}{_PLACE}\b"
    rf"|\bthis version (?:corrects|clarifies|fixes)\s+(?:[\w']+\s+){{0,3}}{_PLACE}\b"
    r"|[(\[][^()\[\]]{0,200}\bthis version (?:corrects|clarifies|fixes)\b"
    r"|^\W*corrects\s+(?:to|that|day|date|figures?|numbers?|quote)\b"
    r"|^\W*(?:correction|corrected|clarification|refile)\s*(?::|\s[–—-]\s)"
    r"|(?:^|[.!?]\s|[(\[])\W{0,9}в (?:тексте|заголовке)(?: (?:новости|сообщения|материала|заметки|статьи))?"
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
    r"|\best[ae] (?:nota|noticia|artículo|historia|información)\b[^.]{0,40}\bsido corregid[ao]\b"
)
# "An earlier version of this article said …", "Diese Meldung wurde korrigiert": said of the article itself
# by a pronoun or a noun that means it; without one the words must say that it was wrong.
_START = r"(?:^|[.!?…]\s|[(\[])\W{0,9}(?:[^\W\d_][^.!?:]{0,30}:\s*)?"
_DE = r"(?:artikels?|beitrags?|meldung|berichts?|nachricht|überschrift|beitrages)"
_FR = r"(?:article|dépêche|papier)"
_ES = r"(?:artículo|nota|noticia|despacho|titular|reportaje)"
_IT = r"(?:articolo|notizia|lancio|titolo|pezzo)"
_PT = r"(?:artigo|reportagem|matéria|notícia|texto|nota|título|conteúdo)"
_PL = r"(?:artykułu|depeszy|materiału|wiadomości|informacji|tytułu|artykuł|materiał|depesza)"
_RU = r"(?:статьи|материала|новости|заметки|сообщения|публикации|заголовка)"
_RU_INTO = r"(?:текст|материал|новость|статью|заметку|сообщение|публикацию|заголовок)"
_UK = r"(?:статті|матеріалу|новини|повідомлення|публікації|заголовка)"
_UK_INTO = r"(?:текст|матеріал|новину|статтю|повідомлення|публікацію|заголовок)"
_NL = r"(?:artikel|bericht|verhaal|tekst|stuk|kop)"
_EARLIER = (
    rf"|{_START}in (?:einer|der) (?:früheren|vorherigen|vorigen|ersten|ursprünglichen|älteren)"
    rf" (?:version|fassung) (?:(?:(?:dieses|dieser|unseres|unserer) {_DE}|des artikels|der meldung)\b"
    r"|(?:hieß|stand|schrieben wir|lautete)\b|[^.!?]{0,120}\b(?:falsch|fälschlich|irrtümlich|fehlerhaft))"
    rf"|\bdiese[rs]?\s{_DE} (?:wurde|ist|worden)\b(?:(?!\bvo[nm]\b)[^.!?]){{0,60}}\b(?:korrigiert|berichtigt)\b"
    rf"|{_START}(?:der|die) {_DE} wurde (?:nachträglich |inzwischen |entsprechend )?(?:korrigiert|berichtigt)\b(?! vo[nm])"
    rf"|{_START}(?:dans )?une (?:version|première version) (?:précédente|antérieure|initiale) de (?:cet(?:te)?|ce|notre) {_FR}\b"
    rf"|\b(?:cet(?:te)?|ce) {_FR} a été (?:corrigée?|rectifiée?|modifiée? (?:pour|afin de) corriger)\b(?! par)"
    rf"|{_START}(?:en )?una versión (?:anterior|previa|inicial) de (?:est[ae]|nuestr[ao]) {_ES}\b"
    rf"|\best[ae] {_ES}\b[^.!?]{{0,40}}\b(?:ha sido|fue) (?:corregid[oa]|rectificad[oa]|actualizad[oa] para corregir)\b(?! por)"
    rf"|{_START}(?:in )?una versione (?:precedente|iniziale|anteriore) di (?:quest[oa]\s|quest['’]|nostr[oa]\s){_IT}\b"
    rf"|\b(?:quest[oa]\s|quest['’]){_IT} è stat[oa] (?:corrett[oa]|rettificat[oa]|modificat[oa] per correggere)\b(?! da)"
    rf"|{_START}(?:em |numa |n?uma )?(?:uma )?versão (?:anterior|prévia|inicial) d?(?:est[ae]|d[eo] nosso) {_PT}\b"
    rf"|\best[ae] {_PT} foi (?:corrigid[oa]|retificad[oa]|atualizad[oa] para corrigir)\b(?! p[eo]l?)"
    rf"|{_START}w (?:poprzedniej|wcześniejszej|pierwotnej|pierwszej) wersji (?:(?:tego |tej |naszego |naszej )?{_PL}\b"
    r"|(?:błędnie|omyłkowo|mylnie|podano|podaliśmy|napisano|napisaliśmy)\b)"
    rf"|\b(?:ten|ta|niniejszy) {_PL} został[ay]? (?:poprawion|skorygowan|sprostowan)[yea]\b(?! przez)"
    r"|(?:^|[.!?…]\s|[(\[])\W{0,9}(?:bu |bu haberin |bu makalenin |haberin |haberimizin |yazının )?(?:daha )?(?:önceki|ilk|eski)"
    r" (?:sürüm|versiyon|hal)\w*\b[^.!?]{0,120}\b(?:yanlış|hatalı|sehven|yazılmıştı|belirtilmişti|denilmişti|yer almıştı|ifade edilmişti)"
    r"|(?:^|[.!?…]\s|[(\[])\W{0,9}bu (?:haber|makale|yazı|metin|başlık)\b[^.!?]{0,60}\bdüzeltil(?:di|miştir)\b"
    rf"|{_START}в (?:предыдущей|первоначальной|прежней|первой|(?:более )?ранней|исходной) версии"
    rf" (?:(?:этой |этого |данной |данного |нашей |нашего )?{_RU}\b"
    r"|(?:говорилось|утверждалось|указывалось|было указано|ошибочно|неверно|неправильно)\b)"
    rf"|\bв (?:этот |эту |это |данный |данную )?{_RU_INTO}(?: (?:новости|сообщения|материала|заметки|статьи|были?|была|агентства|ранее))*"
    r" внес(?:ены|ено|ена|ли) (?:исправлени|поправк|уточнени)\w+\W*$"
    rf"|{_START}(?:в {_RU_INTO} )?внесен[оы]? (?:исправлени|уточнени)\w+(?: в {_RU_INTO})?\W*$"
    rf"|{_START}[ув] (?:попередній|первісній|первинній|початковій|ранішій|першій) версії (?:(?:цієї |цього |нашої |нашого )?{_UK}\b"
    r"|(?:йшлося|говорилося|повідомлялося|зазначалося|вказувалося|було вказано|помилково|неправильно)\b)"
    rf"|\b[ув] (?:цей |цю |це )?{_UK_INTO} внес(?:ено|ені|ли) (?:виправлен|уточнен)\w+\W*$"
    rf"|{_START}in een (?:eerdere|vorige|oudere) versie (?:van (?:dit|deze|ons) {_NL}\b|(?:stond|schreven wij|schreven we)\b"
    r"|[^.!?]{0,120}\b(?:ten onrechte|abusievelijk|foutief|verkeerd))"
    rf"|\bdit {_NL} (?:is|werd)\b(?:(?!\bdoor\b)[^.!?]){{0,40}}\b(?:gecorrigeerd|gerectificeerd)\b(?! door)"
    rf"|\bthis {_ITSELF}\b[^.!?]{{0,60}}\b(?:has been|was) (?:updated|amended|edited|revised|changed)"
    r"(?:\s+on [^.!?]{0,20})? to (?:correct|fix|reflect that|clarify|make clear|say|state)\b"
    rf"|\b(?:this|our) {_ITSELF}\b[^.!?]{{0,30}}\bwas amended (?:on|to)\b"
    r"|(?:^|[(\[])\W{0,9}(?:updated?|amended|amends|edited) to (?:correct|fix|clarify|amend)\b"
    r"|^\W*(?:editor['’]?s['’]? note|note to readers|a note to readers)\s*[:–—-].{0,250}"
    r"\b(?:correct(?:ed|s|ion)|an error|misstated|misspelled|misidentified|erroneous\w*|incorrect\w*)\b"
    r"|^\W*(?:errat(?:a|um)(?: corrige)?|fe de err(?:ores|atas)|rettifica|rectificación|retificação|rectificação)\s*(?::|\s[–—-]\s)"
)
# Where words stand without spaces, and in Arabic: the word with a colon or in brackets of its own, or said
# of this report. 记者更正说 and a court's تصحيح are news.
_ZH = r"(?:本文|此文|本报道|本報道|本稿|此稿|本新闻|本新聞)"
_AR = r"(?:هذا (?:الخبر|المقال|التقرير|النص)|هذه (?:المادة|القصة))"
_FURTHER = (
    r"|^\W*(?:更正|勘误|勘誤|更正启事|訂正|お詫びと訂正|修正)\s*[:：]"
    r"|[(（【\[]\s*(?:更正|已更正|勘误|勘誤|訂正|訂正版)(?:[)）】\]]|[^()（）【】]{0,60}(?:段|标题|標題|數字|数字|名|見出し|段落))"
    rf"|{_ZH}(?:的)?(?:此前|先前|早前|较早|較早|上一|前一)(?:的)?版本"
    rf"|(?:此前|先前|早前|较早|較早)版本的?{_ZH}[^。！？]{{0,40}}(?:误|誤|错|錯|有误|不准确)"
    rf"|{_ZH}(?:已|经|經|已经|已經)(?:更正|订正|訂正|修正)"
    r"|^\W*(?:本記事|この記事|記事|見出し)(?:の[^。]{0,20})?を(?:訂正|修正)し"
    r"|(?:以前|当初|先)の(?:版|記事|見出し)[^。]{0,60}(?:誤|訂正)"
    r"|^\W*(?:تصحيح|تنويه|تصويب)\s*[:：]"
    rf"|{_AR}[^.!؟]{{0,40}}(?:تم تصحيح|صُحح|جرى تصحيح)|(?:تم|جرى) تصحيح {_AR}"
    rf"|نسخة (?:سابقة|أولى) من {_AR}"
)
_FURTHER_BACK = (
    rf"|^\W*{_ZH}(?:已|现已|現已|予以|特此)?(?:撤回|撤销|撤銷|作废|作廢)|^\W*(?:撤稿|撤稿通知|撤回)\s*[:：]"
    r"|^\W*(?:本記事|この記事)を(?:取り消|撤回)"
    rf"|^\W*(?:تم|جرى) سحب {_AR}|^\W*(?:سُحب|ألغي) {_AR}|^\W*(?:سحب|إلغاء) (?:الخبر|التقرير)\W*$"
)
NOTE = re.compile(_IN_BRACKETS_OR_FIRST + _EARLIER + _FURTHER, re.IGNORECASE)
# One word and a colon is a note, and the head of a piece on a market or a law as well: what follows
# tells them apart, unless it says of itself that it was wrong.
ONE_WORD = re.compile(
    r"^\W*(?:correction|korrektur|berichtigung|поправка|corrección|correção"
    r"|correzione|rectificatif|rettifica|rectificación|корекція|поправки|korekta|düzeltme|correctie)\s*(?::|\s[–—-]\s)",
    re.IGNORECASE,
)
OF_MARKETS_AND_LAWS = re.compile(
    r"\b(?:dax|dow|s&p|nasdaq|nikkei|ftse|cac|ibex|ibovespa|bist|wig\w*|aex|bitcoin|stocks?|shares|markets?"
    r"|indexe?s?|indices|gold|crude|aktien\w*|kurse?|börsen?\w*|markt\w*|märkte|fällt|bourses?|marchés?|bolsas?|mercados?"
    r"|borsa|borse|mercat[oi]|giełd\w*|kurs\w*|beurs\w*|hisse\w*|piyasa\w*|акци[ийя]\w*|бирж\w*|индекс\w*|рын\w+|ринк\w*"
    r"|нефт\w*|рубл\w*|депутат\w*|закон\w*|дум[аыеу]|парламент\w*|сенат\w*|рад[аиіу]|бюджет\w*|комитет\w*|комітет\w*"
    r"|конституц\w*|lawmakers?|parliament|senate|bill|amendments?|sejm\w*|ustaw\w*|bundestag\w*|gesetz\w*)\b",
    re.IGNORECASE,
)
ON_ITSELF = re.compile(
    r"\b(?:version\w*|versión|versão|fassung|wersj\w+|versie|верси\w+|версі\w+|sürüm\w*|earlier|previous(?:ly)?|incorrect\w*|misstate\w*"
    r"|misspel\w*|wrong\w*|erroneous\w*|instead|statt|nicht|fälschlich\w*|irrtümlich\w*|ошиб\w+|неверно|вместо|а не|помилков\w+"
    r"|par erreur|por error|erróneamente|por erro|erroneamente|per errore|błędnie|yanlış\w*|ten onrechte|headline|paragraph"
    r"|absatz|überschrift|абзац\w*|заголов\w+|párrafo|parágrafo|akapi\w+|alinea)\b",
    re.IGNORECASE,
)
# A sentence in quotation marks, or that closes with who said it, is somebody else's word.
QUOTATION = re.compile(r"^\s*[“„«‹\"「『]")
SAID_BY = re.compile(
    r"[,”»\"]\s*(?:[–—-]\s*)?(?:(?:[\w'’-]+\s+){1,5}(?:said|says|told \w+(?: \w+)?|added)|(?:said|says) (?:[\w'’-]+\s*){1,5}"
    r"|(?:сказал|сообщил|заявил|отметил|пишет|передает|добавил|говорится|сообщается|рассказал)[аио]?\b[^,.]{0,80}"
    r"|(?:dijo|afirmó|según) [^,.]{1,60}|(?:a dit|a déclaré|selon) [^,.]{1,60}|(?:sagte|so) [^,.]{1,60}|(?:ha detto|secondo) [^,.]{1,60})[.!?]?\s*$",
    re.IGNORECASE,
)
# What every note holds one of; most texts hold none, and need not be searched for more.
STEMS = (
    "correct", "refile", "clarif", "fixes", "version of this", "исправ", "уточн", "поправка",
    "corrig", "correg", "correzione", "correção", "corrección", "rectificatif", "korrig", "korrektur",
    "berichtig", "виправ", "düzelt", "sprostowanie", "korekta", "correctie", "rectificatie", "poprawia",
    "gecorrig", "skorygow", "version", "versión", "versão",
    "wersji", "versie", "верси", "версі", "fassung", "sürüm", "versiyon", "haber", "amended", "edited",
    "editor", "readers", "errat", "de errores", "rettific", "rectific", "retific", "corrett", "poprawion",
    "sprostow", "внес", "düzelt", "gerectific", "更正", "勘", "版本", "订正", "訂正", "修正", "誤", "تصحيح",
    "تنويه", "تصويب", "صُحح", "نسخة",
)  # fmt: skip
TITLE = re.compile(
    r"^\W*(?:CORRECTED|CORRECTION|REFILED?|CORRECTS|ИСПРАВЛЕНО|ИСПРАВЛЕНИЕ|УТОЧНЕНИЕ|CORREGIDO)\s*(?:[-:–—)\]]|$)"
    r"|^\W*(?i:corrected|correction|refile|исправлено|уточнение|corrección)\s*(?::|\s[–—-]\s)"
    r"|^\W*(?:更正|勘误|勘誤|訂正)(?:\s*[:：]|[)）】\]])|^\W*(?:تصحيح|تصويب)\s*[:：]"
)

# A wire takes a story back: it asks that nobody use it, or says so of the story itself. Goods, bills and
# candidates are withdrawn *from* something.
_ADDRESS = r"(?:(?:attention |attn:? ?)?editors?|attention|attn|note to (?:editors|users|clients))"
_STORY = r"(?:story|article|report|item|alert|headline)"
_DONE = r"(?:withdrawn|retracted|killed)"
_WHY = r"(?:\s*(?:[.!?)\]»”]|$)|\s+(?:because|due to|as (?:it|the)|pending|after (?:it|we|the wire)|by (?:the )?(?:wire|agency|reuters|ap|afp)|from (?:the|our|this) (?:wire|site|service|website)))"
RETRACTION = re.compile(
    rf"^\W*(?:(?:reuters|ap|afp|tass)\W+)?(?:please note (?:that )?)?this (?:{_STORY}|version)\b[^.!?]{{0,60}}\b(?:has been|was|is|had been) {_DONE}{_WHY}"
    rf"|^\W*(?:the )?(?:story|article) (?:has been|was|is) {_DONE}\s*(?:[.!?)\]»”]|$)"
    rf"|^\W*(?:{_STORY} {_DONE}\b(?! (?:by|from|for)\b)|mandatory kill\b|kill notice\b"
    rf"|(?:please )?kill (?:this|the) {_STORY}\b|please kill this\b)"
    rf"|^\W*{_ADDRESS}\s*(?:[:,–—-]\s*|please )[^.!?]{{0,80}}\b(?:kill\b|withdr[ae]wn?\b|disregard\b|do not use (?:this|the) {_STORY}\b)"
    rf"|^\W*(?:reuters|ap|afp) (?:has|have) withdrawn (?:this|the|its) {_STORY}\b|^\W*we have withdrawn (?:this|our) {_STORY}\b"
    r"|^\W*(?:это |данное |эта |этот |данный )?(?:сообщение|новость|материал|публикация)\s+(?:был[ао]?\s+)?(?:аннулирован|отозван|снят)\w*"
    r"(?:\s*(?:[.!?)\]»”]|$)|\s+(?:редакцией|агентством|по (?:просьбе|решению) редакции|с ленты|как ошибочн\w+|в связи с ошибк\w+))"
    r"|^\W*(?:просьба|просим)\b(?! жител)[^.!?]{0,40}\b(?:аннулир\w+|не использовать|считать недействительн\w+)[^.!?,]{0,20}\b(?:сообщени|новост|материал|текст|публикаци|заметк)"
    r"|^\W*(?:просьба|просим)\s+(?:сообщение|новость|материал|текст)\b.{0,40}\b(?:аннулир|не использ|считать недействительн)"
    r"|^\W*(?:la |a )?(?:dépêche|nota|noticia|notícia|información)\s+(?:annulée|anulada|retirada)(?:\s*(?:[.!?)\]»”]|$)| no debe usarse| não deve ser usada)"
    r"|^\W*(?:cette dépêche|cet article) (?:est|a été) (?:annulée?|retirée?)(?:\s*(?:[.!?)\]»”]|$)| (?:par (?:la rédaction|l['’]agence)|en raison|car ))"
    r"|^\W*est[ae] (?:nota|noticia|notícia|información) (?:ha sido|fue|foi|queda) (?:anulada|retirada)\s*(?:[.!?)\]»”]|$)"
    r"|^\W*diese[r]? (?:Meldung|Nachricht|Artikel) (?:wurde|ist|wird) (?:hiermit )?(?:zurückgezogen|zurückgerufen)(?:\s*(?:[.!?)\]»”]|$)|, (?:weil|da) )"
    r"|^\W*questa notizia è stata (?:annullata|ritirata)\s*(?:[.!?)\]»”]|$)"
    r"|^\W*(?:повідомлення|новину)\s+(?:анульовано|відкликано)\b" + _FURTHER_BACK,
    re.IGNORECASE,
)
TAKEN_BACK = (
    "withdraw", "withdrew", "retracted", "kill", "disregard", "do not use", "аннулир", "отозван", "снят",
    "не использ", "недействительн", "annulée", "annulé", "anulada", "retirada", "retiré", "zurückge",
    "annullata", "ritirata", "анульовано", "відкликано", "撤", "作废", "作廢", "取り消", "سحب", "إلغاء",
    "سُحب", "ألغي",
)  # fmt: skip
# In small letters "Withdrawn: the drug that made a town ill" heads a feature, and a note only above few words.
TITLE_BACK_SMALL = re.compile(
    r"^\W*(?i:withdrawn|retracted|annulé|anulada|zurückgezogen)\s*(?::|\s[–—-]\s|$)"
)
TITLE_BACK = re.compile(
    r"^\W*(?:(?:STORY )?(?:WITHDRAWN|RETRACTED|KILLED)|MANDATORY KILL|KILL NOTICE|АННУЛИРОВАНО|ОТОЗВАНО"
    r"|ANNULÉ|ANULADA|ZURÜCKGEZOGEN)\s*(?:[-:–—)\]]|$)|^\W*(?:BULLETIN )?(?:KILL|АННУЛИРОВАТЬ)\s*[-:–—]"
    r"|^\W*(?i:story withdrawn|story killed|story retracted|аннулировано|отозвано)\s*(?::|\s[–—-]\s|$)"
    r"|^\W*(?:撤稿|撤回|取り消し)(?:\s*[:：]|[)）】\]])"
)
