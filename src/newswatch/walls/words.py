"""What pages say of themselves that stand in an article's place, by kind and language.

Rule: data; each pattern is the page's own voice, in the first or second person where it can be.
"""

from __future__ import annotations

import re

# What only those say who report: that somebody said it, or on which day it was.
REPORTS = re.compile(
    r"\b(?:said|told|announced)\b|\bsays:|\b(?:on|by|until|since|last|next|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:sagten?|erklärten?|hieß es|mitgeteilt)\b|\bteilten? .{1,60} mit\b"
    r"|\b(?:am|seit|bis) (?:(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend)\b"
    r"|\b(?:a|ont) (?:dit|annoncé|déclaré|indiqué|affirmé)\b|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
    r"|\b(?:dijo|dijeron|anunció|informó|afirmó|declaró)\b|\b(?:el|este) (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b"
    r"|\bha(?:nno)? (?:detto|annunciato|dichiarato)\b|\b(?:luned|marted|mercoled|gioved|venerd)ì\b"
    r"|\b(?:disse|anunciou|afirmou)\b|\b(?:segunda|terça|quarta|quinta|sexta)-feira\b"
    r"|\b(?:сообщил|заявил|сказал|рассказал|объявил|пояснил)(?:а|о|и)?\b|\bпереда[её]т\b"
    r"|\bв(?:о)? (?:понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье)\b"
    r"|\b(?:powiedział|poinformował|ogłosił)[aoi]?\b|\bw(?:e)? (?:poniedziałek|wtorek|środę|czwartek|piątek|sobotę|niedzielę)\b"
    r"|\b(?:zei(?:den)?|meldde|maakte bekend)\b|\b(?:op )?(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)\b"
    r"|\b(?:söyledi|açıkladı|duyurdu)\b|\b(?:på|i) (?:måndag|tisdag|onsdag|torsdag|fredag|lördag|søndag|søndags|mandag|lørdag)s?\b"
    r"|記者|记者|と(?:述べた|発表した)|据.{1,12}报道",
    re.IGNORECASE,
)
CONSENT = re.compile(
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
    r"|\bсайт использует (?:файлы )?cookie\b|\bмы используем (?:файлы )?cookie\b"
    r"|\bwhen you visit any website, it may store\b|\bwe (?:and|use) .{0,30}third parties\b.{0,40}cookies"
    r"|\bwe and (?:selected )?third parties use cookies\b|\bmanage consent preferences\b"
    r"|\bmit werbung und (?:üblichem )?tracking\b|\bwir verarbeiten ihre daten\b|\bwir benötigen ihre zustimmung\b"
    r"|\bwir verwenden (?:technologien|cookies)\b|\bbevor sie (?:zu \w+ )?weiter(?:lesen|gehen|surfen)\b"
    r"|\bvous acceptez (?:le dépôt|l(?:'|’)utilisation) (?:de|des) cookies\b|\ben acceptant les cookies\b"
    r"|\bnos partenaires et nous\b|\bavec nos partenaires, nous\b"
    r"|\b(?:usamos|utilizamos) cookies\b|\bpuede aceptar (?:todas )?las cookies\b"
    r"|\bсоглас\w+ на обработку (?:файлов )?cookie\b|\bмы обрабатываем cookie\b"
    r"|\baccetta i cookie\b|\b(?:utilizziamo|usiamo) (?:i )?cookie\b|\b(?:utilizamos|usamos) (?:os )?cookies\b"
    r"|\bwij gebruiken cookies\b|\bużywamy (?:plików )?cookie|\bçerez(?:ler)? kullanıyoruz\b|\bvi (?:använder|bruger|bruker) cookies\b"
    r"|\bkäytämme evästeitä\b|(?:クッキー|cookie)を使用し|(?:我们|本网站|本站)使用 ?cookies?",
    re.IGNORECASE,
)
# What such pages speak of, sentence after sentence.
OF_CONSENT = re.compile(
    r"cookie|\bconsent|partner|partenaires|socios|партн[её]р|\bprivacy\b|datenschutz|einwillig|personal data"
    r"|personenbezogen|données|datos personales|персональн\w+ данн|dati personali|your (?:device|choices|settings)"
    r"|\b(?:accept|reject|agree|manage) (?:all|to|and|your)|preferences|purposes|vendors|iab\b|trustarc|onetrust"
    r"|tracking|zustimm|pur-abo|ihre daten|auf ihrem gerät|alle akzeptieren|dépôt|accepter|adresse ip|traceurs"
    r"|publicidad personalizada|aceptar|rechazar|согласи\w+|пользовательских данных|accetta|rifiuta|trattano"
    r"|indirizzo ip|your browser, mostly in the form|my choices|çerez|ciasteczk"
    r"|\beväste(?:itä|et)\b|persondata|samtyk|samtyck|クッキー|プライバシー|同意",
    re.IGNORECASE,
)
# A title that is this and no more, but for the site's name: "Access denied: convoy turned back" is news.
ALONE = r"\W*(?:[|–—-] ?[^|–—-]{0,40})?$"
CHALLENGE_TITLE = re.compile(
    r"^\W*(?:just a moment|human verification|security verification|one more step|bot check|access to this page has been denied"
    r"|request (?:blocked|rejected)|(?:error )?403(?: forbidden| error)?|forbidden|attention required|access denied|please wait|checking your browser|are you a (?:robot|human)"
    r"|robot or human|pardon our interruption|ddos-guard|security check|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|bot verification|один момент|проверка браузера|доступ (?:ограничен|запрещ[её]н)|вы не робот|(?:nur )?einen moment(?: bitte)?|un (?:momento|instant)|bir dakika lütfen"
    r"|sorry, you have been blocked|making sure you(?:'|’)re not a bot|vercel security checkpoint|sucuri website firewall|checking your browser before accessing .{1,60}"
    r"|ad ?blocker detected|(?:your )?browser (?:is )?(?:not supported|unsupported)|подтвердите, что запросы отправляли вы.{0,30}"
    r"|verificando que eres (?:un ser )?humano|請稍候|请稍[候等]|しばらくお待ちください)" + ALONE,
    re.IGNORECASE,
)
CHALLENGE = re.compile(
    r"\b(?:enable javascript and cookies to continue|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|complete the captcha|unusual (?:traffic|activity) from your|you(?:'|’)?(?:ve| have) been blocked"
    r"|checking (?:if the site connection is secure|your browser before)|подтвердите, что вы не робот"
    r"|request unsuccessful\. incapsula)",
    re.IGNORECASE,
)
PAYWALL = re.compile(
    r"(?:\b(?:reached|used|read|have) .{0,30}\bfree (?:articles|stories)\b|\bfree articles (?:left|remaining)\b"
    r"|\bmust be (?:logged|signed) in to (?:view|read|see|access)\b|\b(?:article|content|story) is for (?:our )?subscribers\b"
    r"|\bthis (?:article|content|story) is for (?:our )?(?:premium |registered )?(?:subscribers|members|users)\b"
    r"|\b(?:sie haben|du hast) (?:bereits|schon) ein abo\b|\bjetzt (?:testen|abonnieren|abo abschließen) und weiterlesen\b"
    r"|\b(?:artikel|text) ist teil (?:von|des) .{0,30}\b(?:plus|abo|premium)|\bquesto (?:contenuto|articolo) è riservato agli abbonati\b"
    r"|\bartikkeli on (?:vain )?tilaajille\b|\bden här artikeln är (?:bara |endast )?för prenumeranter\b|\bdit artikel is (?:alleen |exclusief )?voor abonnees\b"
    r"|\bdenne artikel er (?:kun )?for abonnenter\b|\bbu (?:içerik|haber) (?:sadece )?abonelere özel|\bartykuł (?:jest )?(?:dostępny )?tylko dla prenumeratorów\b"
    r"|この記事は(?:有料)?会員限定|\bdéjà abonnée? ?\?|\bréservée? (?:à nos|aux) abonnés\b"
    r"|\bya eres suscriptor\b|\bcontenido exclusivo para\b|\bsei già abbonato\b|\bjá é assinante\b|\bal abonnee\b"
    r"|\bполный текст доступен\b.{0,30}подпис|\bmasz już (?:konto|subskrypcję)\b|\b(?:subscribe|sign (?:up|in)|log ?in|register|create (?:a free |an )?account)\b.{0,40}\b(?:now to\b|to (?:continue\b|keep reading"
    r"|unlock|(?:read|access|finish|see|view)(?: reading)?(?:\W*$| (?:this|it|on|more|full|our|all|unlimited|premium|the (?:full|rest|whole|entire|article|story)))))"
    r"|\balready (?:a subscriber|have an account|subscribed)\?|\b(?:this|the) (?:article|story|content) is"
    r" (?:exclusively )?(?:for|available (?:only )?to) (?:our )?(?:subscribers|members)\b"
    r"|\bto (?:read|see|unlock) (?:this|the (?:full|rest|whole)).{0,40}\b(?:subscribe|free trial)\b"
    r"|\bto continue reading\b.{0,40}\bsubscri|\bunlock this (?:article|story)\b"
    r"|\b(?:weiterlesen|jetzt lesen) mit\b.{0,30}|\bnur für abonnenten\b|\bréservé (?:à nos|aux) abonnés\b"
    r"|\bil vous reste .{0,20}% de (?:cet article|l(?:'|’)article) à lire\b"
    r"|\b(?:exclusivo|solo) para suscriptores\b|\bsuscríbete para (?:seguir|continuar) leyendo\b"
    r"|\b(?:contenuto|articolo) riservato agli abbonati\b|\bexclusivo para assinantes\b"
    r"|\bдоступ\w* только (?:для )?подписчик\w*|\bоформите подписку\b|\bчтобы (?:продолжить чтение|прочитать)\b.{0,40}подпис)",
    re.IGNORECASE,
)
NO_SUCH = (
    r"(?:page|article|story|document) (?:was |is |could )?(?:not (?:be )?found|no longer (?:available|exists)"
    r"|does(?:n(?:'|’)t| not) exist)|we can(?:'|’|no)t find (?:that|the) page|страница не (?:найдена|существует)"
    r"|seite (?:wurde )?nicht gefunden|page (?:introuvable(?! d)|non trouvée)|página no (?:encontrada|existe)"
    r"|pagina non trovata|página não encontrada|strona nie (?:została znaleziona|istnieje)"
    r"|page can(?:'|’|no)t be found|it looks like nothing was found at this location"
    r"|(?:article|story|page) has (?:expired|been (?:removed|deleted))|couldn(?:'|’)t find the page"
    r"|seite konnte nicht gefunden werden|page que vous (?:re)?cherchez n(?:'|’)existe"
    r"|сторінку не знайдено|页面不存在|找不到(?:该)?页面|ページ[がは]見つかりません|お探しのページ|(?:访问|查看)的页面"
    r"|can(?:'|’|no)t seem to find the page|(?:content|article|page) (?:you requested )?(?:is )?(?:unavailable|archived)"
)
MISSING = re.compile(NO_SUCH, re.IGNORECASE)
# The same in words that news uses too: believed as a title, or as most of what is said.
NO_SUCH_EITHER = (
    r"diese seite (?:gibt es (?:leider )?nicht|existiert nicht)|(?:die )?(?:gewünschte |angeforderte )?seite existiert nicht"
    r"|page demandée n(?:'|’)existe|página que (?:busca|buscas|procura) não existe|página que buscas? no existe"
    r"|страница (?:была )?удалена|запрашиваемая страница|pagina (?:is )?niet gevonden|deze pagina bestaat niet"
    r"|sidan (?:hittades inte|finns inte|kunde inte hittas|du söker)|siden (?:blev |ble )?ikke fundet|siden (?:ble )?ikke funnet"
    r"|sivua ei löyt|(?:aradığınız )?sayfa bulunamadı|الصفحة (?:غير موجودة|التي تبحث عنها)|stránka (?:nenalezena|nebyla nalezena|neexistuje)"
    r"|oldal nem található"
)
OF_MISSING = re.compile(rf"{NO_SUCH}|{NO_SUCH_EITHER}", re.IGNORECASE)
MISSING_TITLE = re.compile(
    rf"^(?=\W*\w)(?!\W*[|–—-])\W*(?:(?:(?:(?:error|fehler|erreur|errore|erro|ошибка|fout|fel|hata|chyba|błąd|hiba) )?(?:404|410)(?: error| gone)?|not found|w?hoops|oops|oups|ups|hoppla|упс|sorry)\W*){{0,2}}"
    rf"\W*(?:(?:the |this |that |your |az )?(?:{NO_SUCH}|{NO_SUCH_EITHER}))?{ALONE}",
    re.IGNORECASE,
)

# The page's own voice on why it shows nothing, sentence after sentence: most of what it says.
OF_CHALLENGE = re.compile(
    r"\benable (?:js|javascript)\b|\bjavascript (?:is|must be) (?:disabled|required|enabled)\b|\bdisable any ad ?blocker"
    r"|\bpress (?:&|and) hold\b|\bconfirm (?:that )?you are (?:a )?human\b|\byou are not a (?:bot|robot)\b"
    r"|\bcomplete the security check\b|\bsecurity service to protect\b|\brequired part of this site\b|\breference (?:id|#)"
    r"|\bjavascript (?:aktivieren|einschalten|zulassen)|aktivieren sie (?:bitte )?javascript\b|\bактивируйте javascript\b"
    r"|\bвключите (?:поддержку )?javascript\b|\bactive[rz]? (?:le )?javascript\b|\b(?:active|habilite) (?:el )?javascript\b"
    r"|\babilita(?:re)? javascript\b|\bray id\b|\bnot a bot\b|\brequest (?:could not be satisfied|blocked)\b|\bgenerated by cloudfront\b"
    r"|\bbestätigen sie, dass sie ein mensch sind\b|\bverifi(?:ca|que) que (?:eres|es) un ser humano\b|\bvérifiez que vous êtes (?:un )?humain\b"
    r"|\bverifica di essere (?:un essere )?umano\b|\bverifique que você é humano\b|\binsan olduğunuzu? doğrula|是否是真人|人間であることを確認"
    r"|\bthink (?:that )?you (?:were|are) a bot\b|\badministrator of this website has set up\b|\b(?:verifying|checking) your browser\b|\bsecurity solution\b"
    r"|\bowner\W+\(?or you manage this site\b|\bbrowser will (?:automatically )?redirect to\b|\bзапросы с вашего устройства\b"
    r"|\busing an ad ?blocker\b|\b(?:disable|turn off|pause) (?:it|your ad ?blocker)\b|\bwhitelist (?:our|this) site\b"
    r"|\b(?:upgrade|update) (?:to a (?:modern|newer) |your )browser\b|\bbrowser is (?:not supported|out of date|outdated)\b"
    r"|\bmust be (?:at least )?(?:18|21)(?: years old)? to (?:view|enter|see)\b|\bconfirm your age\b|\bopen it in (?:our|the) app\b",
    re.IGNORECASE,
)
OF_REGION = re.compile(
    r"\b(?:not|un|no longer) ?available in (?:your|most|some) (?:country|countries|region|area|location|territory|european)\b"
    r"|\bcurrently unavailable in (?:most|your|some)\b|\bunavailable (?:due to|for) legal reasons\b"
    r"|\b(?:access|your|website)\b.{0,100}\beuropean economic area\b|\beuropean economic area\b.{0,100}\b(?:access|your|website)\b|\bgdpr\b.{0,60}\baccess\b|\bin (?:ihrem land|ihrer region|deinem land) nicht verfügbar\b"
    r"|\b(?:pas|plus) disponible dans votre (?:pays|région)\b|\bno (?:está )?disponible en (?:su|tu) (?:país|región)\b"
    r"|\bнедоступ\w+ в ваш(?:ем|ей) (?:регионе|стране)\b|\bnon (?:è )?disponibile nel tuo paese\b",
    re.IGNORECASE,
)
OF_ERROR = re.compile(
    r"\b(?:internal )?server error\b|\bundergoing maintenance\b|\b(?:try|check|come) (?:us )?(?:again|back) (?:later|soon|shortly)\b"
    r"|\bservice (?:is )?(?:temporarily )?unavailable\b|\bbad gateway\b|\bgateway time-?out\b|\berror establishing a database\b"
    r"|\bno server is available to handle\b|\b(?:(?:web)?site is|we are|we(?:'|’)re) (?:currently )?(?:down|offline) for (?:scheduled )?maintenance\b"
    r"|\b(?:web)?site is (?:currently |temporarily )?undergoing\b|\bunavailable for scheduled maintenance\b|\bcritical error on this website\b"
    r"|\baccount has been suspended\b|\bcontact your (?:hosting provider|registrar)\b|\binquire about this domain\b|\bcheck your site admin email\b|\b(?:this|the) domain has expired\b"
    r"|\b(?:nginx web|http) server (?:is successfully installed|installed at this site)\b|\bfurther configuration is required\b|\busing nginx\b|\bdefault (?:welcome )?page used to test\b"
    r"|\bcall to undefined function\b|\bstack trace: #\d|\buncaught \w*(?:error|exception): |\bclient-side exception\b|\bmysqli?_\w+\(\)|^\W*it works!?\W*$|^name last modified size"
    r"|\bsomething went wrong\b|\bтехническ\w+ работ|\bпопробуйте (?:зайти )?позже\b|\bwartungsarbeiten\b"
    r"|\bversuchen sie es (?:später|bitte später)|\bréessayez plus tard\b|\binténtelo (?:de nuevo )?más tarde\b",
    re.IGNORECASE,
)
# A form to log in, which stands alone where an article would: its title, and what such forms say.
LOGIN_TITLE = re.compile(
    r"^\W*(?:(?:please |you (?:must|need to) )?(?:be )?(?:log(?:ged)?[ -]?in|sign(?:ed)?[ -]?in)(?: or (?:register|sign ?up|subscribe))?"
    r"(?: to (?:your account|continue|read|view|see)\b.{0,30})?|(?:member|user|subscriber|account) (?:log ?in|sign ?in)"
    r"|anmeld(?:en|ung)|einloggen|bitte (?:anmelden|einloggen|melden sie sich an)|se connecter|connexion|s(?:'|’)identifier|identifiez-vous"
    r"|inici(?:ar|a|e) (?:de )?sesi[óo]n|iniciar sessão|accedi|acceder|entrar|fazer login|вход|войти|авторизация|вход в (?:личный кабинет|аккаунт|систему)|увійти"
    r"|zaloguj się|logowanie|inloggen|aanmelden|giriş(?: yap)?|üye girişi|logga in|log ind|logg inn|kirjaudu(?: sisään)?|přihlášení|bejelentkezés"
    r"|ログイン|会員ログイン|登录|登入|登錄|로그인|تسجيل الدخول)" + ALONE,
    re.IGNORECASE,
)
_NOUN = (
    r"(?:password|passwor[td]\w*|kennwort|mot de passe|contraseña|senha|palavra-passe|парол[ья]|hasł[oa]|wachtwoord|şifre\w*|lösenord\w*"
    r"|adgangskode|passord\w*|salasana\w*|heslo|jelszó\w*|パスワード|密码|密碼|비밀번호|كلمة (?:المرور|السر))"
)
_FORGOT = r"(?:forgot(?:ten)?|vergessen|oublié|olvid\w+|esquec\w+|dimenticat\w+|забыли|zapomnia\w+|vergeten|unuttu\w*|gl[öe]mt|unohtui\w*|zapomenut\w+|elfelejtett|忘れ|忘记|忘記)"
_ENTER = r"(?:enter|reset|your|eingeben|geben sie|ihr|saisissez|entrez|votre|introdu[cz]\w*|ingres[ea]|tu|su|sua|inserisci|введите|ваш|podaj|voer|girin(?:iz)?|ange|indtast|skriv|syötä|zadejte|adja meg|入力|输入|輸入)"
OF_LOGIN = re.compile(
    rf"^\W*(?:[\w-]+(?: or | and | und | oder | et | y | e | и | или |\W{{1,3}})){{0,3}}{_NOUN}\W*$"
    rf"|\b{_FORGOT}.{{0,30}}{_NOUN}|{_NOUN}.{{0,20}}{_FORGOT}|\b{_ENTER}\b.{{0,40}}{_NOUN}|{_NOUN}.{{0,10}}{_ENTER}"
    r"|\bremember me\b|\bkeep me (?:logged|signed) in\b|\b(?:log|sign)[ -]?in (?:to (?:your|continue|read)|with|below|here|using)\b|^\W*(?:please )?(?:log|sign)[ -]?in\W*$"
    r"|^\W*(?:e-?mail|user ?name)\W*$|\b(?:no|don(?:'|’)t have|new here|need) an? account\b|\b(?:create|enter) (?:an?|your) (?:free )?(?:account|e-?mail)\b|\bcreate one\W*$|\b(?:subscriber|member)s? (?:log ?in|sign ?in)\b"
    r"|^\W*(?:benutzername|identifiant|usuario|логин)\W*$|\bangemeldet bleiben\b|\bmelden sie sich (?:bitte )?(?:mit|an)\b|\bvotre identifiant\b|\bconnectez-vous\b"
    r"|\binici(?:a|e|ar) (?:de )?sesión\b|\bвойдите\b|\bавторизуйтесь\b|\bзапомнить меня\b",
    re.IGNORECASE | re.MULTILINE,
)
# A page that a script builds, or leads away from.
SCRIPT_TITLE = re.compile(
    r"^\W*(?:loading|redirecting|(?:you are )?being redirected|wird geladen|(?:sie werden )?weiter(?:leitung|geleitet)|chargement(?: en cours)?|redirection(?: en cours)?"
    r"|cargando|redirigiendo|caricamento|reindirizzamento|carregando|redirecionando|загрузка|идёт загрузка|идет загрузка|перенаправление|wczytywanie|ładowanie|przekierowanie"
    r"|laden|doorsturen|yükleniyor|yönlendiriliyor(?:sunuz)?|読み込み中|加载中|載入中|正在(?:跳转|加载|載入))"
    + ALONE,
    re.IGNORECASE,
)
OF_SCRIPT = re.compile(
    r"^\W*(?:now )?(?:loading|redirecting)(?:,? (?:to|page|content|article|please wait|you)\b.{0,200}|\W*)$|\byou (?:are|will) (?:now |being |shortly )*be(?:ing)? (?:automatically )?redirected\b|\byou are (?:now )?(?:leaving|redirected)\b"
    r"|\bif (?:you are|your browser (?:does|is)|this page|the page|nothing) .{0,40}\b(?:redirect|reload|happens)|\bwait while (?:we|you|the page|this page)\b.{0,30}\b(?:redirect|load)|\bclick here (?:if|to continue)\b"
    r"|^\W*(?:bitte warten|wird geladen)\W*$|\b(?:sie werden|du wirst)\b.{0,40}\bweitergeleitet\b|\bvous (?:allez être|êtes|serez)\b.{0,30}\bredirigée?s?\b|\bestá siendo redirigido\b|\bserá redirigido\b"
    r"|\b(?:verrai|verrete|sarai|stai per essere)\b.{0,20}\breindirizzat|\bvocê será redirecionado\b|\bвы будете (?:автоматически )?перенаправлены\b|\bесли (?:этого не произошло|перенаправление)\b"
    r"|\bzostaniesz (?:za chwilę )?przekierowan|\bu wordt doorgestuurd\b|\byönlendiriliyorsunuz\b|^\W*(?:chargement|cargando|caricamento|carregando|загрузка|идёт загрузка|идет загрузка|подождите|yükleniyor)\W*$"
    r"|読み込んでいます|リダイレクト|正在为您跳转|页面跳转中|頁面跳轉",
    re.IGNORECASE | re.MULTILINE,
)
