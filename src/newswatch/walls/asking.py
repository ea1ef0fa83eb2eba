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
        r"|become an? (?:paying |paid |premium )?(?:subscriber|member)|start (?:your|a) (?:free )?trial|(?:buy|get) a subscription)\b.{0,60}\bto"
        r" (?:(?:continue|keep|finish) reading(?! (?:about|our|on))|(?:read|view|see|access|unlock) (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece|text|content))"),
        r"(?:subscribe|sign in|log ?in|register)(?: now)? to (?:continue )?read(?:ing)?$",
        r"to (?:continue|keep|finish) reading(?: (?:this|the|your)(?: \w+)?)?\W*(?:$|(?:please|subscribe|sign|log|register|become|create|you)\b)",
        r"to (?:read|see|view|unlock|access) (?:this|the (?:full|rest|whole|entire))\b.{0,40}\b(?:subscribe|sign (?:up|in)|log ?in|register|free trial|become a)\b",
        r"(?:continue|keep) reading (?:this (?:article|story|post) )?(?:with (?:an?|your|our)\b.{0,30}\b(?:trial|subscription|membership|account|plan)\b|for (?:just |only |as little as )?(?:[£$€]|\d|free\b))",
        r"(?:this|the full|the rest of (?:this|the)|the remainder of (?:this|the)) (?:article|story|post|content|text|piece|page|analysis) is (?:reserved |exclusive(?:ly)? |only |available |accessible |locked )*(?:to|for) (?:our |all |only |paying |paid |premium |digital |registered )*(?:subscribers\b|members(?: only)?$)",
        r"(?:the|this) (?:rest|remainder) (?:of (?:this|the) (?:article|story|post|text) )?is (?:locked|behind (?:a|our) paywall|hidden|reserved|(?:only )?for (?:paying |paid )?subscribers)",
        r"(?:subscriber|member)s?[- ]only (?:content|article|story|post)$",
        r"for (?:paying |paid |our |premium )*subscribers only$",
        r"you(?:'|’)?(?:ve| have) (?:reached|hit|used (?:up )?all|exceeded|run out of)\b.{0,40}\b(?:free (?:articles?|stories|story)|article limit)\b",
        r"(?:unlock|get access to) (?:this|the (?:full|whole|entire|rest of (?:this|the))) (?:article|story|post|piece)\b",
        r"you must be (?:logged|signed) in to (?:read|view|see|access) (?:this|the (?:full|rest|whole))\b",
    ),
    "de": (
        r"(?:jetzt |sofort |hier )?(?:weiterlesen|zu ende lesen|artikel freischalten) mit\b",
        r"(?:jetzt |sofort |hier )?(?:mit|für) .{1,40}\b(?:weiterlesen|zu ende lesen)$",
        r"um (?:weiterzulesen|(?:den|diesen)\b.{0,30}\b(?:artikel|text|beitrag)\b.{0,30}\bzu lesen)\b.{0,80}(?:\babo|anmeld|registrier|melden sie sich|einlogg|brauchen|benötigen)",
        r"(?:jetzt |hier |bitte )?(?:abonnieren|anmelden|einloggen|registrieren|testen|abo abschließen|melden sie sich an|abonnieren sie)\b.{0,30}\b(?:und|um)\b.{0,40}\b(?:weiterlesen|weiterzulesen|weiter zu lesen)",
        r"(?:dieser|der (?:vollständige|ganze|komplette|gesamte)) (?:artikel|text|beitrag|inhalt)\b(?=.{0,60}\b(?:nur|exklusiv|ausschließlich|vorbehalten|ist teil)\b).{0,60}\b(?:abonnent|abonnement|abos?\b|mitglieder|plus\b|premium)",
        r"(?:nur|exklusiv|ausschließlich) für (?:unsere )?(?:abonnent(?:en|innen)\b.{0,20}|mitglieder)$",
        r"sie haben (?:ihre|alle|bereits)\b.{0,30}\b(?:kostenlosen|freien)\b.{0,20}\bartikel\b",
        r"(?:sie möchten|möchten sie|wollen sie|du möchtest|möchtest du) (?:weiterlesen|den (?:ganzen|vollständigen|kompletten) (?:artikel|text) lesen)",
        r"(?:lesen sie )?(?:diesen|den (?:ganzen|vollständigen|kompletten)) (?:artikel|text|beitrag) (?:lesen )?(?:sie )?(?:nur )?(?:mit|als|im)\b.{0,40}(?:\babo|abonnent|plus\b|probemonat)",
    ),
    "fr": (
        r"il vous reste .{0,20}% .{0,30}à (?:lire|découvrir)",
        r"la suite (?:de (?:cet article|l(?:'|’)article) )?est (?:réservée|accessible (?:aux|uniquement)|disponible (?:pour les|uniquement))",
        r"(?:ce|cet|cette) (?:article|contenu|enquête|texte|reportage|entretien) est (?:exclusivement |uniquement )?(?:réservée?|accessible|disponible)\b.{0,30}\babonn",
        r"(?:article|contenu|la lecture de cet article est) (?:exclusivement )?réservée? (?:à nos|aux) abonnés",
        r"(?:pour|afin de) (?:lire (?:la suite|l(?:'|’)intégralité|cet article)|(?:continuer|poursuivre) (?:la|votre) lecture)\b.{0,60}(?:abonn|connect|inscri|compte|essai)",
        r"(?:abonnez-vous|connectez-vous|inscrivez-vous|identifiez-vous|créez (?:un|votre) compte|s(?:'|’)abonner)\b.{0,60}\bpour (?:lire (?:la suite|l(?:'|’)article|l(?:'|’)intégralité|cet article)|(?:continuer|poursuivre) (?:la|votre|à lire)|accéder à (?:la suite|cet article|l(?:'|’)(?:intégralité|article)))",
        r"(?:poursuivez|continuez) (?:la|votre) lecture\b.{0,60}(?:abonn|€|essai|compte)",
        r"vous avez (?:atteint|épuisé|lu)\b.{0,40}\barticles? gratuits?\b",
        r"débloquez (?:cet|l(?:'|’)) ?article\b",
    ),
    "es": (
        r"(?:suscríb(?:ete|ase)|regístr(?:ate|ese)|inici(?:a|e)(?: la)? sesión|hazte (?:soci|suscript|premium)\w*|identifícate)\b.{0,60}\bpara (?:(?:seguir|continuar) (?:leyendo|con la lectura)|leer (?:el|este|esta) (?:artículo|texto|contenido|reportaje|noticia))",
        r"para (?:seguir|continuar) (?:leyendo|con la lectura)\W*(?:$|.{0,60}(?:suscr|regístr|inici|hazte|identif))",
        r"para leer (?:este|el) (?:artículo|contenido|texto|reportaje)\b.{0,60}(?:suscr|regístr|inici(?:a|e) )",
        r"(?:este|el) (?:artículo|contenido|texto|reportaje)(?: completo)? (?:es|está) (?:exclusivo|reservado|s[oó]lo|disponible s[oó]lo)\b.{0,30}(?:suscriptor|socios|abonad)",
        r"(?:contenido |artículo )?(?:exclusivo|s[oó]lo|reservado) para (?:nuestros )?(?:suscriptores|socios|abonados)$",
        r"(?:has|ha|usted ha) (?:alcanzado|agotado|llegado al|superado)\b.{0,40}\bartículos (?:gratuitos|gratis)\b",
    ),
    "it": (
        r"(?:abbonati|accedi|registrati|iscriviti)\b.{0,60}\bper (?:continuare (?:a leggere|la lettura)|leggere (?:l(?:'|’)(?:intero )?articolo|questo articolo|tutto|il resto))",
        r"per (?:continuare a leggere|proseguire (?:la|nella) lettura|leggere (?:l(?:'|’)intero|tutto l(?:'|’)|questo) ?articolo)\W*(?:$|.{0,60}(?:abbon|acced|registr|iscri))",
        r"(?:questo (?:articolo|contenuto|testo)|il resto (?:di questo articolo|dell(?:'|’)articolo)) è (?:riservato|disponibile solo|accessibile solo|esclusivo)\b.{0,30}abbonat",
        r"(?:contenuto|articolo) (?:riservato|esclusivo) (?:agli|ai nostri|per gli) abbonati\b",
        r"hai (?:raggiunto|esaurito)\b.{0,40}\barticoli gratuiti\b",
    ),
    "pt": (
        r"(?:assine|faça (?:o )?(?:seu )?login|cadastre-se|registe-se|inicie sessão|torne-se assinante|subscreva)\b.{0,60}\bpara (?:continuar (?:lendo|a ler|a leitura)|ler (?:o|a|este|esta) (?:artigo|texto|matéria|reportagem|conteúdo|notícia))",
        r"para continuar (?:lendo|a ler|a leitura)\W*(?:$|.{0,60}(?:assin|login|cadastr|regist|subscr))",
        r"(?:este|esta|o|a) (?:artigo|conteúdo|texto|matéria|reportagem)(?: complet[oa])? (?:é|está) (?:exclusiv[oa]|restrit[oa]|reservad[oa]|disponível (?:apenas|só))\b.{0,30}(?:assinante|subscritor)",
        r"(?:conteúdo |artigo |matéria )?(?:exclusiv[oa]|só|apenas|reservad[oa]) (?:para|a) (?:os nossos |nossos )?(?:assinantes|subscritores)$",
        r"(?:você|já) (?:atingiu|chegou ao|esgotou)\b.{0,40}(?:matérias|textos|artigos) (?:gratuit|grátis)",
    ),
    "pl": (
        r"(?:dalsza|pozostała) część (?:artykułu|tekstu|materiału)\b.{0,60}(?:subskry|prenumer|abonam|zalogow|wykup|dostęp)",
        r"(?:ten|cały|pełny) (?:artykuł|tekst|materiał)\b.{0,30}\b(?:tylko|wyłącznie|dostępny|przeczytasz)\b.{0,40}(?:subskry|prenumer|abonent|abonamen|zalogowan)",
        r"artykuł (?:jest )?(?:dostępny )?(?:tylko|wyłącznie) dla (?:\w+ )?(?:subskrybentów|prenumeratorów|abonentów|zalogowanych)",
        r"(?:aby|żeby|by) (?:czytać dalej|przeczytać (?:cały|całość|resztę|ten|dalszą)|kontynuować czytanie)\b.{0,80}(?:subskry|prenumer|abonam|zaloguj|wykup|kup|dostęp|rejestr)",
        r"(?:zaloguj się|wykup|kup|zaprenumeruj|zasubskrybuj|zarejestruj się)\b.{0,60}\b(?:i|aby|żeby|by) (?:czytaj (?:dalej|bez)|czytać (?:dalej|całość)|przeczyta(?:j|ć) (?:cały|całość|resztę|ten|dalej)|kontynuować czytanie)",
        r"czytaj (?:dalej|cały (?:artykuł|tekst)) (?:z|w|dzięki|za|już za)\b.{0,40}(?:prenumerat|subskrypc|dostęp|abonament|\bzł\b)",
        r"wykorzystał(?:eś|aś|eś/aś)\b.{0,40}(?:darmowych|bezpłatnych) artykułów",
    ),
    "ru": (
        r"(?:для того,? )?чтобы (?:продолжить чтение|читать (?:дальше|далее)|прочитать (?:статью|материал|текст|полностью|целиком|весь|всю)|дочитать)\b.{0,80}(?:подпис|авториз|войд|регистр|оформ|купи)",
        r"(?:войдите|авторизуйтесь|зарегистрируйтесь|подпишитесь|оформите|купите|приобретите)\b.{0,60}чтобы (?:продолжить чтение|читать (?:дальше|далее|полностью|статью|материал|весь)|прочитать (?:статью|материал|текст|полностью|целиком|весь|всю|этот|эту)|дочитать)",
        r"(?:полный текст|полная версия|весь материал|продолжение|эта статья|статья|этот (?:материал|текст)|материал|остальная часть)\b.{0,40}доступ(?:ен|на|но)\b.{0,30}(?:подписчик|по подписке|авторизованн|зарегистрированн)",
        r"(?:только|исключительно) для (?:платных |наших )?подписчиков$",
        r"вы (?:исчерпали|прочитали|достигли)\b.{0,40}(?:бесплатных (?:статей|материалов)|лимит\w* бесплатн)",
    ),
    "uk": (
        r"(?:щоб|аби) (?:продовжити читання|читати далі|прочитати (?:повний|весь|всю|статтю|матеріал|повністю)|дочитати)\b.{0,80}(?:передплат|підпис|увійд|авториз|зареєстр|оформ)",
        r"(?:оформіть|придбайте|купіть|увійдіть|зареєструйте|передплатіть|авторизуйте|підпишіть)\w*\b.{0,60}(?:щоб|аби) (?:продовжити читання|читати (?:далі|повністю|весь|статтю|матеріал)|прочитати (?:повний|весь|всю|статтю|матеріал|повністю)|дочитати)",
        r"(?:повний текст|повна версія|цей (?:матеріал|текст)|ця стаття|стаття|матеріал|продовження)\b.{0,40}доступн\w+\b.{0,30}(?:передплатник|підписник|за передплатою|за підпискою)",
        r"(?:тільки|лише|виключно) для (?:передплатників|підписників)$",
    ),
    "nl": (
        r"(?:dit|het volledige|dit volledige) (?:artikel|verhaal|stuk|bericht)\b.{0,20}\b(?:alleen|exclusief|enkel|uitsluitend)\b.{0,30}(?:abonnee|abonnement|leden|premium)",
        r"om (?:verder|door|dit artikel|het (?:hele|volledige) artikel) te lezen\b.{0,60}(?:abonn|log ?in|inlog|account|registr)",
        r"(?:wil je|wilt u) (?:verder|dit artikel|het (?:hele|volledige) artikel) ?lezen\b",
        r"(?:log in|neem een abonnement|word (?:nu )?(?:abonnee|lid)|abonneer|registreer|maak een (?:gratis )?account)\b.{0,60}(?:om|en)\b.{0,40}(?:verder te lezen|lees verder|artikel te lezen|lees het (?:hele|volledige))",
        r"(?:alleen|exclusief|enkel|uitsluitend) voor (?:onze )?(?:abonnees|leden)$",
        r"(?:lees verder|verder lezen) (?:met|voor|als)\b.{0,40}(?:abonn|account|per maand|€)",
    ),
    "sv": (
        r"(?:den här|denna|hela) (?:artikeln|artikel|texten) är (?:bara |endast |enbart |exklusiv |låst )*för\b.{0,20}(?:prenumerant|premium|plus|inloggade|medlemmar)",
        r"(?:logga in|bli prenumerant|prenumerera|köp|teckna|skaffa|registrera dig|bli medlem)\b.{0,60}(?:för att|och) (?:fortsätta? läsa|läsa? (?:vidare|hela artikeln|resten))",
        r"(?:vill du|för att) (?:läsa (?:vidare|hela artikeln|resten)|fortsätta läsa)\b(?:.{0,60}(?:prenum|logga|konto|plus)|\W*$)",
        r"fortsätt läsa (?:med|för|genom)\b.{0,40}(?:prenum|konto|\bkr\b|plus|månad)",
        r"(?:endast|bara|enbart) för prenumeranter$",
    ),
    "no": (
        r"(?:denne|hele) (?:artikkelen|saken|saka|artikkel) er (?:kun |bare |forbeholdt |låst )*(?:for )?\b.{0,20}(?:abonnent|pluss|medlemmer)",
        r"(?:logg inn|bli abonnent|kjøp|bestill|tegn|prøv)\b.{0,60}(?:for å|og) (?:lese (?:videre|hele|saken|resten)|fortsette å lese|les (?:videre|hele|saken))",
        r"(?:vil du|for å) (?:lese (?:videre|hele saken|resten|saken)|fortsette å lese)\b(?:.{0,60}(?:abonn|logg|konto|kjøp|pluss)|\W*$)",
        r"les (?:videre|hele saken|saken) (?:med|for)\b.{0,40}(?:abonn|\bkr\b|pluss|måned)",
        r"(?:kun|bare) for abonnenter$",
    ),
    "da": (
        r"(?:denne|hele) (?:artikel|artiklen|historien|historie) er (?:kun |forbeholdt |låst |eksklusiv )*(?:for )?\b.{0,20}(?:abonnent|medlemmer|plus)",
        r"(?:log ind|bliv abonnent|køb|tegn|prøv|opret)\b.{0,60}(?:for at|og) (?:læse? (?:videre|hele|resten|artiklen)|fortsætte? (?:med at læse|læsningen))",
        r"(?:vil du|for at) (?:læse (?:videre|hele artiklen|resten|artiklen)|fortsætte (?:med at læse|læsningen))\b(?:.{0,60}(?:abonn|log ind|konto|køb|plus)|\W*$)",
        r"læs (?:videre|hele artiklen|artiklen) (?:med|for)\b.{0,40}(?:abonn|\bkr\b|plus|måned)",
        r"kun for abonnenter$",
    ),
    "cs": (
        r"(?:celý|tento|zbytek|pokračování|zbývající část) (?:článek|text|článku|textu|obsah)\w*\b.{0,40}(?:pouze|jen|výhradně|určen|dostupn|odemkn)\w*\b.{0,40}(?:předplatitel|předplatn|přihlášen)",
        r"(?:přihlaste se|předplaťte si|kupte si|pořiďte si|zaregistrujte se|odemkněte)\b.{0,60}\b(?:abyste|a)\b.{0,20}(?:pokračov\w+ ve čtení|pokračujte|doč(?:t|et)\w+|čtěte dál|přečet\w+ celý)",
        r"(?:pro|k) (?:pokračování ve čtení|přečtení celého|dočtení|zobrazení celého)\b.{0,60}(?:předpla|přihla|regist)",
        r"chcete (?:číst dál|dočíst|pokračovat ve čtení|přečíst celý)",
        r"(?:pouze|jen) pro předplatitele$",
    ),
    "tr": (
        r"(?:bu (?:içerik|haber|yazı|makale)|(?:haberin|yazının) (?:devamı|tamamı))\b.{0,30}\b(?:abone|üye)(?:lere|lerimize|lerin)\w*\b.{0,30}(?:özel|açık|görebilir|okuyabilir)",
        r"(?:okumaya devam etmek|devamını okumak|(?:yazının|haberin) tamamını okumak) için\b.{0,60}(?:abone|üye|giriş|kayıt)",
        r"(?:abone ol|üye ol|giriş yap)\w*\b.{0,40}(?:okumaya devam|devamını oku|tamamını oku)",
        r"(?:sadece|yalnızca) abonelere (?:özel|açık)",
    ),
    "zh": (
        r"(?:本文|此文|这篇文章|這篇文章|本报道|本報道|本内容|本內容|此内容|此內容|全文|剩余内容|剩餘內容|以下内容|以下內容).{0,12}(?:仅限|僅限|仅供|僅供|只供|仅对|僅對|需).{0,12}(?:订阅|会员|付费|訂閱|會員|付費|订户|訂戶)",
        r"(?:请|請)?(?:登录|登入|订阅|訂閱|开通会员|成为会员|成為會員|付费|付費|注册|註冊|购买|購買).{0,14}(?:继续阅读|繼續閱讀|阅读全文|閱讀全文|查看全文|解锁全文|解鎖全文)",
        r"(?:继续阅读|繼續閱讀|阅读全文|閱讀全文|想看全文|解锁全文|解鎖全文).{0,8}(?:请|請|需)?.{0,6}(?:订阅|訂閱|登录|登入|会员|會員|付费|付費)",
        r"(?:您|你)(?:本月|今天)?的?(?:免费|免費)(?:文章|阅读|閱讀).{0,12}(?:用完|用尽|用盡|达到|達到|上限)",
    ),
    "ja": (
        r"この(?:記事|続き|コンテンツ)は.{0,14}(?:会員|有料|購読|登録).{0,12}(?:限定|のみ|専用|記事です|お読み|ご覧|読め)",
        r"(?:続きを|続きは|残りは|全文を|全文は|この先は|ここから先は).{0,20}(?:会員|有料|購読|登録|ログイン|購入)",
        r"(?:会員登録|ログイン|購読|有料会員).{0,20}(?:続き|全文).{0,16}(?:読|ご覧)",
        r"残り\s?[:：]?\s?[\d,]+\s?(?:文字|字)",
        r"有料会員限定(?:記事)?$",
    ),
    "fi": (
        r"(?:tämä (?:artikkeli|juttu|sisältö)|jutun loppu|koko (?:artikkeli|juttu)) on (?:vain |luettavissa vain |tarkoitettu )*tilaajille",
        r"(?:kirjaudu(?: sisään)?|tilaa|osta|luo tunnus)\b.{0,60}(?:lukeaksesi|jatkaaksesi lukemista|ja (?:lue koko|jatka lukemista))",
        r"vain tilaajille$",
    ),
    "hu": (
        r"(?:ez a|a teljes|a) (?:cikk|tartalom)\b.{0,40}(?:csak|kizárólag)\b.{0,20}előfizet",
        r"(?:fizessen elő|fizess elő|lépjen be|jelentkezzen be|regisztráljon)\b.{0,60}(?:folyta\w+ az olvasást|tovább ?olvas|elolvas)",
    ),
    "ko": (
        r"(?:이|본) (?:기사|콘텐츠|글)(?:는|은)?.{0,14}(?:유료|구독|회원|멤버십).{0,12}(?:전용|만 |가능)",
        r"(?:구독|로그인|회원 ?가입|결제).{0,20}(?:계속 읽|전문을|기사 전문|이어서 읽|나머지)",
    ),
    "ar": (
        r"(?:هذا المحتوى|هذا المقال|بقية المقال).{0,20}(?:للمشتركين|المشتركين)",
        r"(?:اشترك|سجل الدخول).{0,40}(?:لمتابعة القراءة|لقراءة (?:المقال|بقية))",
    ),
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


def _any_of(phrases: dict[str, tuple[str, ...]], end: str) -> re.Pattern[str]:
    return re.compile(
        rf"\W*(?:{'|'.join(one for several in phrases.values() for one in several)}){end}",
        re.IGNORECASE,
    )


HOLDS_BACK = _any_of(HELD_BACK, "")  # of a sentence without its end
OFFERS_ALONE = _any_of(OFFERS, r"\W*$")  # of a line
