"""How pages ask for money, by language: what is said where an article is broken off for those who do not pay.

Rule: data; a line of *HELD_BACK* says that the rest is not shown, so that what stands before it is a part, however
long. A line of *OFFERS* is a subscription offered and no more: whole articles have it, too, so that it counts only where
the page says that it is not for everybody. Each begins a sentence and is the page's own voice to its reader.
"""

from __future__ import annotations

import re

HELD_BACK: dict[str, tuple[str, ...]] = {
    "en": (
        (r"(?:please |you (?:must|need to|have to|can) )?(?:subscribe|sign (?:up|in)|log ?in|register|upgrade|create (?:an?|your) (?:free )?account"
        r"|become an? (?:paying |paid |premium )?(?:subscriber|member)|start (?:your|a) (?:free )?trial|(?:buy|get|purchase) an? (?:\w+ )?subscription|(?:you (?:will )?need )?an? (?:\w+ )?subscription(?: is (?:required|needed))?)\b.{0,60}\bto"
        r" (?:(?:continue|keep|finish) reading(?=\W*$|[,;]| (?:this|the (?:full|rest|whole|article|story)|your|more|and|or|with|for|now)\b)|(?:read|view|see|access|unlock) (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece|text|content)\b(?!['’]s))"),
        r"(?:subscribe|sign in|log ?in|register)(?: now)? to (?:continue )?read(?:ing)?$",
        r"to (?:continue|keep|finish) reading(?: (?:this|the|your)(?: \w+)?)?\W*(?:$|(?:please|subscribe|sign|log|register|become|create|you)\b)",
        r"to (?:read|see|view|unlock|access) (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece|text|content|analysis)\b(?!['’]s).{0,40}\b(?:subscribe|subscription|sign (?:up|in)|log ?in|register|free trial|become a)\b",
        r"(?:do you )?(?:want|would you like) to (?:keep|continue|finish) reading(?: (?:this|the) (?:article|story|post))?$",
        r"read (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece) with (?:an?|your)\b.{0,30}\b(?:trial|subscription|membership)\b",
        r"subscribe\b.{0,30}\bfor (?:full |unlimited )?access to (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece)\b",
        r"access to (?:this|the (?:full|rest of (?:this|the))) (?:article|story|post|content) requires a\b.{0,20}\b(?:subscription|membership)",
        r"(?:continue|keep) reading (?:(?:this|your|the) (?:article|story|post) )?(?:with (?:an?|your|our)\b.{0,30}\b(?:trial|subscription|membership|account|plan)\b|for (?:just |only |as little as )?(?:[£$€]|\d+ ?(?:[£$€p]|cents?|pence|dollars?|euros?|days?|weeks?|months?)\b|free$))",
        r"(?:sorry, )?(?:this|(?:the )?full|the (?:rest|remainder|remaining .{1,12}) of (?:this|the)) (?:premium |exclusive )?(?:article|story|post|content|text|piece|page|analysis) (?:is )?(?:reserved |exclusive(?:ly)? |only |available |accessible |locked )*(?:to|for) (?:our |all |only |paying |paid |premium |plus |digital |registered )*(?:subscribers\b|members(?: only)?$)",
        r"(?:the|this) (?:rest|remainder) (?:of (?:this|the) (?:article|story|post|text) )?is (?:locked|behind (?:a|our) paywall|hidden|reserved|(?:only )?for (?:paying |paid )?subscribers)",
        r"(?:this is an? )?(?:subscriber|member)s?(?:[- ]only (?:content|article|story|post)|[- ]exclusive)$",
        r"(?:exclusive(?:ly)? )?(?:to|for) (?:paying |paid |our |premium )*subscribers(?: only)$",
        r"exclusive(?:ly)? (?:to|for) (?:paying |paid |our |premium )*subscribers$",
        r"you(?:(?:'|’)re| are) reading a (?:free )?preview\b",
        r"you have (?:0|no)(?: more)? free (?:articles|stories) (?:left|remaining)",
        r"you(?:'|’)?(?:ve| have) (?:reached(?! the end)|hit|used (?:up )?all|exceeded|run out of|read your last)\b.{0,40}\b(?:free (?:articles?|stories|story)|article limit)\b",
        r"(?:unlock|get access to) (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece)\b(?!['’]s)",
        r"you must be (?:logged|signed) in to (?:read|view|see|access) (?:this|the (?:full|rest|whole))\b",
    ),
    "de": (
        r"(?:jetzt |sofort |hier )?(?:(?:diesen|den ganzen) artikel )?(?:weiter ?lesen|zu ende lesen|artikel freischalten) (?:mit|für)\b.{0,40}(?:abo\b|abonn|\bplus\b|\+|premium|probe|zugang|€|euro\b|cent\b)",
        r"(?:jetzt |sofort |hier )?(?:mit|für|als) .{0,30}(?:abo\b|abonn|\bplus\b|\+|premium|probe|zugang|€|euro\b|cent\b).{0,20}\b(?:weiterlesen|zu ende lesen|lesen sie weiter)$",
        r"mit dem passenden .{0,30}\babo$",
        r"zum weiterlesen\b.{0,30}(?:\babo|anmeld|registrier|einlogg)",
        r"(?:bitte )?(?:melden sie sich an|loggen sie sich ein|registrieren sie sich)\b.{0,30}\bum (?:den|diesen)(?: ganzen| vollständigen)? (?:artikel|text|beitrag)\b.{0,20}\blesen",
        r"(?:dieser|der) (?:artikel|text|beitrag|inhalt) ist kostenpflichtig$",
        r"noch \d+ ?% des (?:artikels|textes)$",
        r"um (?:weiterzulesen|(?:den|diesen)\b.{0,30}\b(?:artikel|text|beitrag)\b.{0,30}\bzu lesen)\b.{0,80}(?:\babo|anmeld|registrier|melden sie sich|einlogg|brauchen|benötigen)",
        r"(?:jetzt |hier |bitte )?(?:kostenlos |gratis )?(?:abonnieren|anmelden|einloggen|registrieren|testen|abo abschließen|melden sie sich an|abonnieren sie)\b.{0,30}\b(?:und|um)\b.{0,40}\b(?:weiterlesen|weiterzulesen|weiter zu lesen)",
        r"(?:dieser|der (?:vollständige|ganze|komplette|gesamte)) (?:artikel|text|beitrag|inhalt)\b(?=.{0,60}\b(?:nur|exklusiv|ausschließlich|vorbehalten|ist teil)\b).{0,60}\b(?:abonnent|abonnement|abos?\b|mitgliedern?(?= vorbehalten|$)|plus(?:$|[ -](?:abo|mitglied|leser|nutzer))|premium(?:$|[ -]?(?:abo|mitglied|leser|nutzer|kund)))",
        r"(?:nur|exklusiv|ausschließlich) für (?:unsere )?(?:abonnent(?:en|innen)\b.{0,20}|mitglieder)$",
        r"sie haben (?:ihre|alle|bereits)\b.{0,30}\b(?:kostenlosen|freien)\b.{0,20}\bartikel\b",
        r"(?:sie (?:möchten|wollen)|möchten sie|wollen sie|du (?:möchtest|willst)|möchtest du) (?:weiterlesen|den (?:ganzen|vollständigen|kompletten) (?:artikel|text) lesen)",
        r"(?:lesen sie )?(?:diesen|den (?:ganzen|vollständigen|kompletten)) (?:artikel|text|beitrag) (?:lesen )?(?:sie )?(?:nur )?(?:mit|als|im)\b.{0,40}(?:\babo|abonnent|plus\b|probemonat)",
    ),
    "fr": (
        r"il vous reste .{0,20}% (?:de (?:cet(?:te)?|ce|l(?:'|’)) ?(?:article|texte|contenu|enquête)|à lire).{0,30}",
        r"(?:la lecture de )?la suite (?:de (?:cet article|l(?:'|’)article|ce contenu) )?est (?:réservée|accessible|disponible)\b.{0,20}(?:\b|-)(?:abonn|membres)",
        r"(?:ce|cet|cette) (?:article|contenu|enquête|texte|reportage|entretien) est (?:exclusivement |uniquement )?(?:réservée?|(?:accessible|disponible) (?:aux|à nos|pour (?:nos|les)|uniquement|exclusivement|seulement))\b.{0,30}(?:\babonn|\bmembres$)",
        r"lisez la suite (?:de (?:cet article|l(?:'|’)article) )?avec\b.{0,30}\b(?:abonnement|essai)",
        r"pour accéder à (?:la suite|l(?:'|’)(?:article|intégralité)|cet article)\b.{0,40}(?:abonn|connect|inscri)",
        r"(?:article|contenu|la lecture de cet article est) (?:exclusivement )?réservée? (?:à nos|aux) abonnés",
        r"(?:pour|afin de) (?:lire (?:la suite|l(?:'|’)intégralité|cet article)|(?:continuer|poursuivre) (?:la|votre) lecture)\b.{0,60}(?:abonn|connect|inscri|compte|essai)",
        r"(?:abonnez-vous|connectez-vous|inscrivez-vous|identifiez-vous|créez (?:un|votre) compte|s(?:'|’)abonner)\b.{0,60}\bpour (?:lire (?:la suite|l(?:'|’)article(?! suivant)|l(?:'|’)intégralité|cet article)|(?:continuer|poursuivre) (?:la|votre|à lire)|accéder à (?:la suite|cet article|l(?:'|’)(?:intégralité|article)))",
        r"(?:poursuivez|continuez) (?:la|votre) lecture\b.{0,60}(?:abonn|€|essai|compte)",
        r"vous avez (?:atteint|épuisé|(?:déjà )?lu tous)\b.{0,40}\barticles? gratuits?\b",
        r"débloquez (?:cet|l(?:'|’)) ?article\b",
    ),
    "es": (
        r"(?:suscríb(?:ete|ase)|regístr(?:ate|ese)|inici(?:a|e)(?: la)? sesión|hazte (?:soci|suscript|premium)\w*|identifícate)\b.{0,60}\bpara (?:(?:seguir|continuar) (?:leyendo|con la lectura)|leer (?:el|este|esta) (?:artículo|texto|contenido|reportaje|noticia))",
        r"para (?:seguir|continuar) (?:leyendo|con la lectura)\b.{0,60}(?:suscr|regístr|inici|hazte|identif)",
        r"¿?quieres (?:seguir|continuar) leyendo$",
        r"(?:suscríb(?:ete|ase)|regístr(?:ate|ese)) y (?:sigue|siga|continúa|continúe) leyendo",
        r"has leído todos\b.{0,20}\bartículos gratis",
        r"(?:accede a|lee) est[ae] (?:noticia|artículo) con\b.{0,20}\bsuscripción",
        r"para leer (?:este|el) (?:artículo|contenido|texto|reportaje)\b.{0,60}(?:suscr|regístr|inici(?:a|e) )",
        r"(?:este|el|esta|la) (?:artículo|contenido|texto|reportaje|noticia|entrevista)(?: complet[oa])? (?:es|está) (?:exclusiv[oa]|reservad[oa]|s[oó]lo|disponible s[oó]lo) (?:para|a)\b.{0,30}(?:suscriptor|socios|abonad)",
        r"(?:contenido |artículo |noticia )?(?:exclusiv[oa]|s[oó]lo|reservad[oa]) para (?:nuestros )?(?:suscriptores|socios|abonados)$",
        r"(?:has|ha|usted ha) (?:alcanzado|agotado|llegado al|superado)\b.{0,40}\bartículos (?:gratuitos|gratis)\b",
    ),
    "it": (
        r"(?:abbonati|accedi|registrati|iscriviti)\b.{0,60}\bper (?:continuare (?:a leggere|la lettura)|leggere (?:l(?:'|’)(?:intero )?articolo|questo articolo|tutto l(?:'|’)articolo|il resto))",
        r"per (?:continuare a leggere|proseguire (?:la|nella) lettura|leggere (?:l(?:'|’)intero|tutto l(?:'|’)|questo) ?articolo)\b.{0,60}(?:abbon|acced|registr|iscri)",
        r"vuoi continuare a leggere$",
        r"(?:continua a leggere|prosegui la lettura|leggi l(?:'|’)articolo completo)\b.{0,20}\babbona",
        r"questo (?:articolo|contenuto) è per (?:gli|i nostri) abbonati$",
        r"(?:questo (?:articolo|contenuto|testo)|il resto (?:di questo articolo|dell(?:'|’)articolo)) è (?:riservato|disponibile solo|accessibile solo|esclusivo)\b.{0,30}abbonat",
        r"(?:contenuto|articolo) (?:riservato|esclusivo) (?:agli|ai nostri|per gli) abbonati\b",
        r"hai (?:raggiunto|esaurito)\b.{0,40}\barticoli gratuiti\b",
    ),
    "pt": (
        r"(?:assine|faça (?:o )?(?:seu )?login|cadastre-se|registe-se|inicie sessão|torne-se assinante|subscreva)\b.{0,60}\bpara (?:continuar (?:lendo|a ler|a leitura)|ler (?:o|a|este|esta) (?:artigo|texto|matéria|reportagem|conteúdo|notícia))",
        r"para continuar (?:lendo|a ler|a leitura)\b.{0,60}(?:assin|login|cadastr|regist|subscr)",
        r"quer continuar (?:lendo|a ler)$",
        r"continue (?:lendo|a ler) com\b.{0,20}\bassinatura",
        r"(?:este|esta|o|a) (?:artigo|conteúdo|texto|matéria|reportagem)(?: complet[oa])? (?:é|está) (?:exclusiv[oa]|restrit[oa]|reservad[oa]|só|apenas|disponível (?:apenas|só)) (?:para|a|aos)\b.{0,30}(?:assinante|subscritor)",
        r"(?:conteúdo |artigo |matéria )?(?:exclusiv[oa]|restrit[oa]|só|apenas|reservad[oa]) (?:para|a|aos) (?:os nossos |nossos )?(?:assinantes|subscritores)$",
        r"(?:você|já) (?:atingiu|chegou ao|esgotou)\b.{0,40}(?:matérias|textos|artigos) (?:gratuit|grátis)",
    ),
    "pl": (
        r"(?:do przeczytania )?pozostało .{0,4}\d+ ?% (?:artykułu|tekstu|materiału)$",
        r"(?:treść|(?:artykuł|materiał)(?: dostępny)?)(?: dostępna)? (?:jest )?(?:tylko )?dla (?:prenumeratorów|subskrybentów|abonentów)$",
        r"chcesz czytać dalej$",
        r"(?:dalsza część|pozostała część|dalszy ciąg) (?:artykułu|tekstu|materiału)\b.{0,60}(?:subskry|prenumer|abonam|zalogow|wykup|dostęp)",
        r"(?:ten|cały|pełny) (?:artykuł|tekst|materiał)\b.{0,30}\b(?:tylko|wyłącznie|dostępny|przeczytasz)\b.{0,40}(?:subskry|prenumer|abonent|abonamen|zalogowan)",
        r"artykuł (?:jest )?(?:dostępny )?(?:tylko|wyłącznie) dla (?:\w+ )?(?:subskrybentów|prenumeratorów|abonentów|zalogowanych)",
        r"(?:aby|żeby|by) (?:czytać dalej|przeczytać (?:(?:cały|ten) (?:artykuł|tekst|materiał)|całość|resztę|dalszą)|kontynuować czytanie)\b.{0,80}(?:subskry|prenumer|abonam|zaloguj|wykup|kup|dostęp|rejestr)",
        r"(?:zaloguj się|wykup|kup|zaprenumeruj|zasubskrybuj|zarejestruj się)\b.{0,60}\b(?:i|aby|żeby|by) (?:czytaj (?:dalej|bez ograniczeń)|czytać (?:dalej|całość)|przeczyta(?:j|ć) (?:(?:cały|ten) (?:artykuł|tekst|materiał)|całość|resztę|dalej)|kontynuować czytanie)",
        r"czytaj (?:dalej|cały (?:artykuł|tekst)) (?:z|w|dzięki|za|już za)\b.{0,40}(?:prenumerat|subskrypc|dostęp|abonament|\bzł\b)",
        r"wykorzystał(?:eś|aś|eś/aś)\b.{0,40}(?:darmowych|bezpłatnych) artykułów",
    ),
    "ru": (
        r"(?:для того,? )?чтобы (?:продолжить чтение|читать (?:дальше|далее)|прочитать (?:статью|материал|текст|полностью|целиком|весь (?:материал|текст)|всю статью)|дочитать)\b.{0,80}(?:подпис|авториз|войд|регистр|оформ|купи)",
        r"для продолжения чтения\b.{0,40}(?:подпис|авториз|войд|регистр|оформ|купи)",
        r"(?:доступно|читать (?:далее|дальше|полностью)) (?:только )?по подписке$",
        r"хотите (?:читать (?:дальше|далее)|дочитать)$",
        r"вам осталось прочитать .{0,4}\d+ ?%",
        r"(?:войдите|авторизуйтесь|зарегистрируйтесь|подпишитесь|оформите|купите|приобретите)\b.{0,60}чтобы (?:продолжить чтение|читать (?:дальше|далее|полностью|статью|материал|весь)|прочитать (?:статью|материал|текст|полностью|целиком|(?:весь|этот) (?:материал|текст)|(?:всю|эту) статью)|дочитать)",
        r"(?:полный текст|полная версия|весь материал|продолжение|эта статья|статья|этот (?:материал|текст)|материал|остальная часть|остаток)\b.{0,40}доступ(?:ен|на|но)\b(?! (?:всем|бесплатно)).{0,30}(?:подписчик|по подписке|авторизованн|зарегистрированн)",
        r"(?:только|исключительно) для (?:платных |наших )?подписчиков$",
        r"вы (?:исчерпали|прочитали (?:все|последн\w+|\d+)|достигли)\b.{0,40}(?:бесплатных (?:статей|материалов)|лимит\w* бесплатн)",
    ),
    "uk": (
        r"(?:щоб|аби) (?:продовжити читання|читати далі|прочитати (?:(?:повний|весь) (?:текст|матеріал)|всю статтю|статтю|матеріал|повністю)|дочитати)\b.{0,80}(?:передплат|підпис|увійд|авториз|зареєстр|оформ)",
        r"для продовження читання\b.{0,40}(?:передплат|підпис|увійд|авториз|зареєстр|оформ)",
        r"хочете (?:читати далі|дочитати)$",
        r"(?:оформіть|придбайте|купіть|увійдіть|зареєструйте|передплатіть|авторизуйте|підпишіть)\w*\b.{0,60}(?:щоб|аби) (?:продовжити читання|читати (?:далі|повністю|весь|статтю|матеріал)|прочитати (?:повний|весь|всю|статтю|матеріал|повністю)|дочитати)",
        r"(?:повний текст|повна версія|цей (?:матеріал|текст)|ця стаття|стаття|матеріал|продовження)\b.{0,40}доступн\w+\b(?! (?:всім|усім|безкоштовно)).{0,30}(?:передплатник|підписник|за передплатою|за підпискою)",
        r"(?:матеріал |стаття )?(?:тільки|лише|виключно) для (?:передплатників|підписників)$",
    ),
    "nl": (
        r"(?:dit|het volledige|dit volledige) (?:artikel|verhaal|stuk|bericht)\b.{0,20}\b(?:alleen|exclusief|enkel|uitsluitend)\b.{0,30}(?:abonnee|abonnement|leden\b|premium)",
        r"om (?:verder|door|dit artikel|het (?:hele|volledige) artikel) te lezen\b.{0,60}(?:abonn|log ?in|inlog|account|registr)",
        r"(?:(?:wil je|wilt u) )?(?:verder|dit artikel|het (?:hele|volledige) artikel) ?lezen$",
        r"(?:log in|neem een abonnement|word (?:nu )?(?:abonnee|lid)|abonneer|registreer|maak een (?:gratis )?account)\b.{0,60}(?:om|en)\b.{0,40}(?:verder te lezen|lees verder|artikel te lezen|lees het (?:hele|volledige))",
        r"(?:alleen|exclusief|enkel|uitsluitend) voor (?:onze )?(?:abonnees|leden)$",
        r"(?:lees verder|verder lezen) (?:met|voor|als)\b.{0,40}(?:abonn|account|per maand|€)",
    ),
    "sv": (
        r"(?:den här |denna |hela )?(?:artikeln|artikel|texten) är (?:bara |endast |enbart |exklusiv |låst )*för\b.{0,20}(?:prenumerant|premium|plus|inloggade|medlemmar)",
        r"(?:logga in|bli prenumerant|prenumerera|köp|teckna|skaffa|registrera dig|bli medlem)\b.{0,60}(?:för att|och) (?:fortsätta? läsa|läsa? (?:vidare|hela artikeln|resten))",
        r"(?:vill du|för att) (?:läsa (?:vidare|hela artikeln|resten)|fortsätta läsa)\b(?:.{0,60}(?:prenum|logga|konto|plus)|\W*$)",
        r"(?:fortsätt läsa|läs vidare|läs hela artikeln) (?:med|för|genom|som)\b.{0,40}(?:prenum|konto|\bkr\b|plus|månad)",
        r"(?:endast|bara|enbart) för prenumeranter$",
    ),
    "no": (
        r"(?:denne |hele )?(?:artikkelen|saken|saka|artikkel) er (?:kun |bare |forbeholdt |låst )*(?:for )?\b.{0,20}(?:abonnent|pluss|medlemmer)",
        r"(?:logg inn|bli abonnent|kjøp|bestill|tegn|prøv)\b.{0,60}(?:for å|og) (?:lese (?:videre|hele|saken|resten)|fortsette å lese|les (?:videre|hele|saken))",
        r"(?:vil du|for å) (?:lese (?:videre|hele saken|resten|saken)|fortsette å lese)\b(?:.{0,60}(?:abonn|logg|konto|kjøp|pluss)|\W*$)",
        r"(?:les (?:videre|hele saken|saken)|fortsett å lese) (?:med|for|som)\b.{0,40}(?:abonn|\bkr\b|pluss|måned)",
        r"(?:kun|bare) for abonnenter$",
    ),
    "da": (
        r"(?:denne |hele )?(?:artikel|artiklen|historien|historie) er (?:kun |forbeholdt |låst |eksklusiv )*(?:for )?\b.{0,20}(?:abonnent|medlemmer|plus)",
        r"(?:log ind|bliv abonnent|køb|tegn|prøv|opret)\b.{0,60}(?:for at|og) (?:læse? (?:videre|hele|resten|artiklen)|fortsætte? (?:med at læse|læsningen))",
        r"(?:vil du|for at) (?:læse (?:videre|hele artiklen|resten|artiklen)|fortsætte (?:med at læse|læsningen))\b(?:.{0,60}(?:abonn|log ind|konto|køb|plus)|\W*$)",
        r"læs (?:videre|hele artiklen|artiklen) (?:med|for|som)\b.{0,40}(?:abonn|\bkr\b|plus|måned)",
        r"kun for abonnenter$",
    ),
    "cs": (
        r"(?:celý |tento |zbytek |pokračování |zbývající část )?(?:článek|text|článku|textu|obsah)\b.{0,40}(?:pouze|jen|výhradně|určen|dostupn|přístupn|odemkn)\w*\b.{0,40}(?:předplatitel|předplatn|přihlášen)",
        r"(?:přihlaste se|předplaťte si|kupte si|pořiďte si|zaregistrujte se|odemkněte)\b.{0,60}\b(?:abyste|a)\b.{0,20}(?:pokračov\w+ ve čtení|pokračujte|doč(?:t|et)\w+|čtěte dál|přečet\w+ celý)",
        r"(?:pro|k) (?:pokračování ve čtení|přečtení celého|dočtení|zobrazení celého)\b.{0,60}(?:předpla|přihla|regist)",
        r"chcete (?:číst dál|dočíst|pokračovat ve čtení|přečíst celý)",
        r"(?:pouze|jen) pro předplatitele$",
    ),
    "tr": (
        r"(?:bu (?:içerik|haber|yazı|makale)|(?:haberin|yazının) (?:devamı|tamamı))\b.{0,30}\b(?:abone|üye)(?:lere|lerimize|lerin)\w*\b.{0,30}(?:özel|açık|görebilir|okuyabilir)",
        r"(?:okumaya devam etmek|devamını okumak|(?:yazının|haberin) tamamı(?:nı okumak)?) için\b.{0,60}(?:abone|üye|giriş|kayıt)",
        r"(?:abone ol|üye ol|giriş yap)\w*\b.{0,40}(?:okumaya devam|devamını oku|tamamını oku)",
        r"(?:sadece|yalnızca) abonelere (?:özel|açık)",
    ),
    "zh": (
        r"(?:本文|此文|这篇文章|這篇文章|本报道|本報道|本内容|本內容|此内容|此內容|全文|剩余内容|剩餘內容|以下内容|以下內容).{0,12}(?:仅限|僅限|仅供|僅供|只供|仅对|僅對|需).{0,12}(?:订阅|会员|付费|訂閱|會員|付費|订户|訂戶)",
        r"(?:请|請)?(?:登录|登入|订阅|訂閱|开通会员|成为会员|成為會員|付费|付費|注册|註冊|购买|購買).{0,14}(?:继续阅读|繼續閱讀|阅读全文|閱讀全文|查看全文|解锁全文|解鎖全文)",
        r"(?:继续阅读|繼續閱讀|阅读全文|閱讀全文|想看全文|解锁全文|解鎖全文).{0,8}(?:请|請|需)?.{0,6}(?:订阅|訂閱|登录|登入|会员|會員|付费|付費)",
        r"(?:您|你)?(?:需要|须|須)(?:订阅|訂閱|登录|登入|付费|付費).{0,6}才(?:能|可).{0,4}(?:继续阅读|繼續閱讀|阅读全文|閱讀全文)",
        r"(?:剩余|剩餘)\s?\d+\s?%.{0,10}(?:订阅|訂閱|会员|會員|付费|付費)",
        r"(?:本文|本篇)(?:为|為).{0,4}(?:付费|付費|订户|訂戶|订阅者|訂閱者|会员|會員)(?:内容|內容|文章|专享|專享|专属|專屬)",
        r"(?:您|你)(?:本月|今天)?的?(?:免费|免費)(?:文章|阅读|閱讀).{0,12}(?:用完|用尽|用盡|达到|達到|上限)",
    ),
    "ja": (
        r"この(?:記事|続き|コンテンツ)は.{0,14}(?:会員|有料|購読|登録).{0,12}(?:限定|のみ|専用|記事です|お読み|ご覧|読め)",
        r"(?:続きを|続きは|残りは|全文を|全文は|この先は|ここから先は).{0,20}(?:会員|有料|購読|登録|ログイン|購入)",
        r"(?:会員登録|ログイン|購読|有料会員).{0,20}(?:続き|全文).{0,16}(?:読|ご覧)",
        r"残り\s?[:：]?\s?[\d,]+\s?(?:文字|字)",
        r"(?:有料)?会員限定(?:記事)?$",
        r"(?:この|ここから先の?)続きは有料です",
    ),
    "fi": (
        r"(?:(?:tämä )?(?:artikkeli|juttu|sisältö)|jutun loppu|koko (?:artikkeli|juttu)) on (?:vain |luettavissa vain |tarkoitettu )*tilaajille",
        r"(?:kirjaudu(?: sisään)?|tilaa|osta|luo tunnus)\b.{0,60}(?:lukeaksesi|jatkaaksesi lukemista|ja (?:lue koko|jatka lukemista))",
        r"vain tilaajille$",
    ),
    "hu": (
        r"(?:ez a|a teljes|a) (?:cikk|tartalom)\b.{0,40}(?:csak|kizárólag)\b.{0,20}előfizet",
        r"(?:fizessen elő|fizess elő|lépjen be|jelentkezzen be|regisztráljon)\b.{0,60}(?:folyta\w+ az olvasást|tovább ?olvas|elolvas)",
    ),
    "ko": (
        r"(?:이|본) (?:기사|콘텐츠|글)(?:는|은)?.{0,14}(?:유료|구독|회원|멤버십).{0,12}(?:전용|만 |가능)",
        r"(?:구독|로그인|회원 ?가입|결제).{0,20}(?:계속 읽|전문을|기사 전문|이어서 읽|나머지 (?:기사|글|내용|부분))",
        r"(?:기사 )?전문은.{0,10}(?:구독자|회원)만",
    ),
    "ar": (
        r"(?:هذا المحتوى|هذا المقال|بقية المقال).{0,20}(?:للمشتركين|المشتركين)",
        r"(?:اشترك|سجل الدخول).{0,40}(?:لمتابعة القراءة|لقراءة (?:المقال\b|بقية))",
        r"(?:للاستمرار في|لمتابعة) القراءة.{0,20}(?:اشترك|سجل)",
    ),
    "el": (r"αυτό το άρθρο είναι (?:διαθέσιμο )?(?:μόνο|αποκλειστικά) για (?:τους )?συνδρομητές", r"(?:εγγραφείτε|συνδεθείτε|γίνετε συνδρομητής)\b.{0,40}για να (?:συνεχίσετε|διαβάσετε (?:όλο|ολόκληρο))"),
    "ro": (r"acest (?:articol|conținut) este (?:disponibil |accesibil )?(?:doar|numai|exclusiv) (?:pentru|abonaților)\b.{0,20}abona[tțţ]", r"(?:abonează-te|autentifică-te|abonați-vă)\b.{0,40}pentru a (?:citi (?:mai departe|tot articolul|articolul)|continua lectura)"),
    "sk": (r"(?:celý |tento |zvyšok )?(?:článok|článku|obsah)\b.{0,40}(?:iba|len|výhradne)\b.{0,30}predplatiteľ", r"(?:predplaťte si|prihláste sa)\b.{0,40}(?:aby ste (?:mohli )?(?:čítať ďalej|dočítali)|a čítajte ďalej)"),
    "id": (r"(?:artikel|konten|berita) ini (?:hanya |khusus )+untuk (?:para )?(?:pelanggan|anggota)", r"(?:berlangganan|masuk|daftar)\b.{0,40}untuk (?:melanjutkan membaca|terus membaca|membaca (?:artikel|berita) (?:ini|lengkap))"),
    "vi": (r"(?:bài viết|nội dung) (?:này )?(?:chỉ )?dành (?:riêng )?cho (?:thuê bao|hội viên|thành viên)", r"(?:đăng nhập|đăng ký|mua gói)\b.{0,40}để (?:đọc tiếp|tiếp tục đọc|đọc toàn bộ)"),
    "he": (r"(?:הכתבה|המאמר|התוכן)(?: המלאה?)?.{0,16}למנויים (?:בלבד|$)", r"(?:כדי|על מנת) להמשיך לקרוא.{0,30}(?:להירשם|מנוי|להתחבר)"),
    "bg": (r"(?:тази )?статията? е достъпна само за абонати", r"(?:абонирайте се|влезте)\b.{0,40}за да (?:продължите|прочетете (?:цялата|статията))"),
    "hr": (r"(?:ovaj|cijeli) (?:članak|sadržaj|tekst)\b.{0,30}(?:samo|isključivo)\b.{0,20}pretplatni", r"(?:pretplatite se|prijavite se)\b.{0,40}(?:da biste |kako biste )?(?:nastavili čitati|pročitali (?:cijeli|ostatak)|za nastavak čitanja)"),
    "ca": (r"aquest (?:article|contingut) és (?:exclusiu |només |reservat )+(?:per a|als)\b.{0,20}subscriptors", r"subscriu-te\b.{0,40}per (?:continuar|seguir) llegint"),
}  # fmt: skip

OFFERS: dict[str, tuple[str, ...]] = {
    "en": (r"subscribe(?: now| today| for .{1,40})?", r"(?:try|get|buy|start|choose|take out)\b.{0,30}\b(?:subscription|membership|free trial)\b.{0,30}"),
    "de": (r"(?:jetzt )?abonnieren", r"(?:jetzt )?(?:\w+ )?(?:testen|bestellen|abschließen)\b.{0,40}\babo\b.{0,20}", r".{0,40}\babo(?:nnement)? (?:jetzt )?(?:testen|bestellen|abschließen|wählen)"),
    "fr": (r"(?:je m(?:'|’)abonne|abonnez-vous|s(?:'|’)abonner)\b.{0,40}", r"(?:essayez|choisissez|profitez de)\b.{0,30}\babonnement\b.{0,30}"),
    "es": (r"suscríb(?:ete|ase)\b.{0,40}", r"(?:prueba|elige|compra|hazte)\b.{0,30}\bsuscri(?:pción|ptor)\w*\b.{0,30}"),
    "it": (r"abbonati\b.{0,40}", r"(?:prova|scegli|acquista|attiva)\b.{0,30}\babbonamento\b.{0,30}"),
    "pt": (r"(?:assine|subscreva)\b.{0,40}", r"(?:experimente|escolha|compre)\b.{0,30}\bassinatura\b.{0,30}"),
    "pl": (r"(?:wypróbuj|kup|zamów|wybierz|wykup)\b.{0,20}\b(?:prenumerat|subskrypcj|dostęp|abonament)\w*.{0,40}",),
    "ru": (r"(?:оформите|оформить|купите|купить|попробуйте|выберите)\b.{0,20}\b(?:подписк|доступ)\w*.{0,40}",),
    "uk": (r"(?:оформіть|оформити|купіть|придбайте|спробуйте|оберіть)\b.{0,20}\b(?:передплат|підписк|доступ)\w*.{0,40}",),
    "nl": (r"(?:word (?:nu )?abonnee|abonneer(?: je| u)?)\b.{0,40}", r"(?:neem|kies|probeer)\b.{0,30}\babonnement\b.{0,30}"),
    "sv": (r"(?:prenumerera|bli prenumerant)\b.{0,40}", r"(?:prova|köp|välj|teckna)\b.{0,30}\bprenumeration\w*.{0,30}"),
    "no": (r"(?:bli abonnent|abonner)\b.{0,40}", r"(?:prøv|kjøp|velg|bestill|tegn)\b.{0,30}\babonnement\w*.{0,30}"),
    "da": (r"(?:bliv abonnent|abonner)\b.{0,40}", r"(?:prøv|køb|vælg|bestil|tegn)\b.{0,30}\babonnement\w*.{0,30}"),
    "cs": (r"(?:předplaťte si|kupte si|vyzkoušejte|vyberte si|objednejte si)\b.{0,30}(?:předplatn|přístup)\w*.{0,40}",),
    "tr": (r"(?:hemen )?abone ol\w*.{0,40}", r"abonelik\w*\b.{0,30}(?:seç|satın al|başlat|dene)\w*.{0,20}"),
    "zh": (r"(?:立即|马上|马上就|馬上)?(?:订阅|訂閱|开通会员|成为会员|成為會員|购买会员|購買會員).{0,20}",),
    "ja": (r"(?:今すぐ)?(?:購読|会員登録|有料会員|無料体験|定期購読).{0,24}",),
}  # fmt: skip


# What is offered beside an article, and whoever is thanked for it: a sentence that names one holds nothing back. A
# newsletter may be what is read ("subscribe to our newsletter to keep reading this post").
BESIDE = re.compile(
    r"\bnewsletter\b(?! to (?:continue|keep|finish) reading(?:$| this))|\b(?:podcast|telegram|whatsapp|youtube|inbox|comments?|ads?[ -]free|without ads|by e-?mail)\b"
    r"|\b(?:rundbrief|boletín|nieuwsbrief|nyhetsbrev|uutiskirje|hírlev|bülten)|\bnotre lettre\b|\b(?:al|no|nuestro|nosso) cana(?:le|l)\b|werbefrei"
    r"|\b(?:sin (?:publicidad|anuncios)|sem anúncios|sans publicité|senza pubblicità|ohne werbung|bez reklam)\b"
    r"|телеграм|рассылк|розсилк|\bканал|\bбез реклам|\bприложени|\bкнигу\b|\b(?:благодаря|завдяки) (?:\w+ )?(?:подписчик|підписник|передплатник)"
    r"|\b(?:grâce (?:à nos|aux)|grazie a[ig]|gracias a|graças a|dzięki|dank|dankzij|tack vare|takket være)\b.{0,12}\b(?:abonn|abbonat|suscriptor|assinante|abonent|prenumeratorom|subskrybentom)"
    r"|\btámogat|\bdestek(?:le|ol)|频道|頻道|电子报|電子報|公众号|公眾號|メルマガ|ニュースレター|뉴스레터|نشرت",
    re.IGNORECASE,
)


def _any_of(phrases: dict[str, tuple[str, ...]], end: str) -> re.Pattern[str]:
    return re.compile(
        rf"\W*(?:{'|'.join(one for several in phrases.values() for one in several)}){end}",
        re.IGNORECASE,
    )


HOLDS_BACK = _any_of(HELD_BACK, "")  # of a sentence without its end
OFFERS_ALONE = _any_of(OFFERS, r"\W*$")  # of a line
