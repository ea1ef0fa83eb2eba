"""What letters look like: every kind of them in Chromium, as a phone and as a desk show it, by light and in
the dark; `make letters`, or `python bench/letters.py FOLDER`.

For each kind a KIND.html, KIND.txt and KIND-WIDTH-SCHEME.png; *-bare.png is without <style>, as some
mail programs have it. To be looked at: it fails only where Chromium does. Everything in them is made up.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from newswatch import digest
from newswatch.model import (
    Change,
    Copy,
    Digest,
    Footer,
    Item,
    Person,
    Revision,
    SourceTrouble,
    Trouble,
    Version,
)
from newswatch.query import match, read, view

AT = datetime(2026, 8, 20, 5, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Person("anna", "anna@example.org", "Europe/Berlin")
WIDTHS = (360, 640)
TALLEST = 1800  # pixels of a picture: what is further down looks as what is above
ASKED = "sanctions OR санкции OR عقوبات OR terminal"
FOOT = Footer(
    64, 1812,
    (SourceTrouble("tass-en", "HTTP 503 from its server", AT - 3 * HOUR),
     SourceTrouble("ria", "its host asked for it", resting_until=AT + HOUR),
     SourceTrouble("yonhap", "all 40 entries at 2026-08-20 02:10Z were other ones than at 2026-08-20 01:30Z:"
                   " 22 were recovered, others between may have been lost")),
    62, 1204, (212.0, 1900.0), (1.4, 6.2),
    (SourceTrouble("kyodo", "all 25 entries at 2026-08-20 03:40Z were other ones than at 2026-08-20 01:40Z;"
                   " all between were found, 9 of them new: none is lost"),
     SourceTrouble("dpa", "its server says that it is for good at https://dpa.example/feeds/english/all.xml",
                   AT - 30 * HOUR),
     *(SourceTrouble(f"local-{n}", "not one of the last 12 entries has a date that can be read", AT - 9 * HOUR)
       for n in range(5)),
     SourceTrouble("dpa", "2 of 3 new entries are dated ahead, up to 2026-08-20 07:00Z", AT - HOUR)),
)  # fmt: skip
LEAD = (
    "Envoys of nine states agreed late on Wednesday on sanctions against two insurers of tankers, three"
    " diplomats who had read the draft said, after a night of talks in Brussels."
)
BODY = (
    "They take effect in October, when the terminal at Karvia opens again.\n"
    + "Nobody at the ministry would speak about the list before it is printed. " * 4
    + "A further list of sanctions is being prepared for the winter, the diplomats said.\n"
)
CYRILLIC = (
    "Евросоюз согласовал санкции против двух страховщиков танкеров",
    (
        "Послы девяти стран поздно вечером в среду согласовали санкции против двух страховых компаний,"
        " сообщили три дипломата, знакомые с проектом решения.\nРешение вступит в силу в октябре."
    ),
)
ARABIC = (
    "الاتحاد الأوروبي يقر عقوبات على شركتين لتأمين الناقلات",
    (
        "اتفق مبعوثو تسع دول مساء الأربعاء على عقوبات ضد شركتين لتأمين الناقلات، وفق ما قاله ثلاثة"
        " دبلوماسيين اطلعوا على المسودة.\nوتدخل العقوبات حيز التنفيذ في أكتوبر."
    ),
)
HEBREW = (
    "שגרירים הסכימו על סנקציות נגד שתי חברות ביטוח",
    "שלושה דיפלומטים אמרו ש-9 מדינות הסכימו.",
)
JAPANESE = (
    "EU大使級会合、タンカー保険会社2社への制裁で合意",
    "欧州連合の大使らは水曜日深夜、タンカー保険会社2社への制裁で合意した。草案を読んだ外交官3人が明らかにした。"
    * 3,
)
HOSTILE = (
    "<script>alert(1)</script> & <b>bold</b> {{ 7*7 }}",
    "A\r\nBcc: x@example.org \x00\u2028 in two lines",
    "\u202ekcatta \u2066isolated \x1b[31mred",
    "Unbroken" * 1200,
    "a" + "\u0301" * 400 + " with a pile of accents",
    "  ",
    "=?utf-8?q?not_a_header?= --newswatch-- </style></table>",
)


def version(name: str, title: str, text: str = f"{LEAD}\n{BODY}", **kept: object) -> Version:
    given = {
        "url": f"https://wire.example/2026/08/20/{name}", "lang": "en", "source": "wire",
        "newsroom": "Northwire", "first_seen": AT - 2 * HOUR, "n": 1, "article": name,
    } | kept  # fmt: skip
    return Version(id=name, title=title, text=text, **given)  # type: ignore[arg-type]


def item(shown: Version, rule: str = "sanctions", **kept: object) -> Item:
    given = {"priority": "normal", "story": shown.article, "occasion": "first"} | kept
    spans = match(read(ASKED), view(shown)) or ()
    return Item(rule=rule, version=shown, spans=spans, **given)  # type: ignore[arg-type]


def made(*items: Item, name: str = "desk", **kept: object) -> Digest:
    given = {
        "id": "0123456789abcdef0123", "person": ANNA, "sender": "newswatch@example.org", "at": AT,
        "since": AT - 12 * HOUR, "until": AT, "footer": FOOT,
    } | kept  # fmt: skip
    return Digest(items=items, name=name, **given)  # type: ignore[arg-type]


def copies(count: int) -> tuple[Copy, ...]:
    names = (
        "Reuters",
        "BBC News",
        "Deutsche Welle",
        "Kyodo",
        "ANSA",
        "Le Monde",
        "NRK",
        "ERR",
        "LSM",
    )
    same = (
        Copy(names[n % 9] + ("" if n < 9 else f" {n}"), "Two insurers to be named on a list",
             f"https://other.example/{n}", AT - HOUR)
        for n in range(count)
    )  # fmt: skip
    related = Copy("Tanker News", "Insurers say they have had no word yet", "https://t.example/1",
                   AT - HOUR, "related")  # fmt: skip
    return (*same, related)


def corrected(number: int = 0, occasion: str = "correction") -> Item:
    told = version(f"c{number}", "Ten hurt in fire at Karvia terminal", first_seen=AT - 9 * HOUR)
    now = version(f"c{number}", "CORRECTED-Sixteen hurt in fire at Karvia terminal", n=2)
    revision = Revision(
        told.id, now.id, "correction",
        (Change("number", "10", "16"), Change("headline", told.title, now.title)),
        "(Corrects number of hurt to 16 from 10 in first paragraph)",
    )  # fmt: skip
    return item(now, occasion=f"{occasion}:{now.id}", revision=revision, told=told,
                told_at=AT - 8 * HOUR, at=AT - 2 * HOUR)  # fmt: skip


def kinds() -> Iterator[tuple[str, Digest]]:
    """Every kind of letter, by name."""
    one = item(version("eu", "EU envoys agree sanctions on two tanker insurers"), copies=copies(6))
    yield "empty", made()
    yield "one", made(one)
    yield "alone", made(one, name="now")
    yield "alone-urgent", made(Item(**_fields(one) | {"priority": "urgent"}), name="now")
    yield "alone-correction", made(corrected(), name="now")
    yield "two-hundred", made(*(
        item(version(f"s{n}", f"Story {n}: envoys agree sanctions on insurers number {n}",
                     first_seen=AT - n * HOUR / 20), rule=f"rule {n % 7}", copies=copies(n % 4))
        for n in range(200)
    ))  # fmt: skip
    yield "corrections", made(
        one, corrected(), corrected(1, "withdrawn"), corrected(2, "retraction"),
        item(version("u", "UPDATE 2-Terminal to open in October", n=3), rule="gas",
             told=version("u", "Terminal to open soon"), occasion="update:u"),
    )  # fmt: skip
    yield "late", made(one, late=True, missed=2, since=AT - 60 * HOUR)
    yield "flood", made(*(item(version(f"f{n}", f"Alert {n} on sanctions")) for n in range(4)),
                        name="now", together=20)  # fmt: skip
    yield "cyrillic", made(item(version("ru", *CYRILLIC, lang="ru", newsroom="Северные вести"), rule="санкции"),
                           name="Экономика", person=Person("Анна", "a@example.org", "Europe/Moscow", lang="ru"))  # fmt: skip
    yield "right-to-left", made(
        item(version("ar", *ARABIC, lang="ar", newsroom="وكالة الشمال"), copies=copies(2)),
        item(version("he", *HEBREW, lang="he", newsroom="חדשות הצפון")),
        item(version("en", "EU envoys agree sanctions")),
    )  # fmt: skip
    yield "japanese", made(item(version("ja", *JAPANESE, lang="ja", newsroom="北通信社")))
    yield "hostile", made(*(
        item(version(f"h{n}", title, f"{title}\n{LEAD}", newsroom=title, url=url), rule=title or "x",
             copies=(Copy(title, title, url, AT), Copy(title, title, url, AT, "related")))
        for n, (title, url) in enumerate(zip(HOSTILE, (
            "https://wire.example/" + "long-" * 200, "javascript:alert(1)", "jav&#x0A;ascript:alert(1)",
            "https://user:word@wire.example/", "https://wire.example/a?b=c&d", "", "https://[::1",
        ), strict=True))
    ), footer=Footer(64, 1812, tuple(SourceTrouble(t[:80], t, AT) for t in HOSTILE),
                  odd=tuple(SourceTrouble(t[:80], t, AT) for t in HOSTILE)))  # fmt: skip
    yield "operator", made(name="operator", footer=Footer(), troubles=(
        Trouble("feed", "tass-en", AT - 30 * HOUR, "HTTP 403 from its server"),
        Trouble("disk", "/var/lib/newswatch", AT - HOUR, "0.3 GB free: newswatch stops keeping anything when it is full"),
        Trouble("crash", "newswatch", AT - 2 * HOUR, "it ended without being told to, and was started again", AT - 2 * HOUR),
    ), over=(Trouble("overflow", "yonhap", AT - 40 * HOUR, "its window moves on whole between two polls: entries may have been missed", AT),))  # fmt: skip


def _fields(one: Item) -> dict[str, object]:
    return {name: getattr(one, name) for name in Item.__dataclass_fields__}


def bodies(value: Digest, *, trial: bool = False) -> tuple[str, str]:
    """The HTML and the text of a sealed letter, as a mail program finds them."""
    message = message_from_bytes(digest.seal(value, trial=trial), policy=SMTP)
    parts = (message.get_body((kind,)) for kind in ("html", "plain"))
    html, text = (str(part.get_content()) if part else "" for part in parts)
    return html, text.replace("\r\n", "\n")


def scheme(html: str, name: str) -> str:
    """*html* as it is shown by *name*, light or dark: headless Chromium has no switch for that. Or bare: what
    is left where a mail program drops <style>.
    """
    if name == "bare":
        return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    wanted = "all" if name == "dark" else "not all"
    return html.replace("(prefers-color-scheme: dark)", wanted)


def picture(chromium: str, page: Path, target: Path, width: int) -> None:
    """A PNG of *page* in a frame of *width*: Chromium has no window narrower than 500."""
    frame = page.with_name(f"frame-{page.name}")
    frame.write_text(
        f'<body style="margin:0;background:#888"><iframe src="{page.name}"'
        f' style="border:0;width:{width}px;height:{TALLEST}px"></iframe></body>',
        encoding="utf-8",
    )
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
             f"--window-size={max(width, 500)},{TALLEST}", f"--screenshot={target}", frame.as_uri()],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    frame.unlink()


def main(folder: Path, only: tuple[str, ...]) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is not installed: the Debian package is called chromium")
    folder.mkdir(parents=True, exist_ok=True)
    letters = [(name, *bodies(value)) for name, value in kinds()]
    letters.append(("test", *bodies(made(footer=Footer(64)), trial=True)))
    for name, html, text in letters:
        if only and name not in only:
            continue
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        shots = [(width, how) for width in WIDTHS for how in ("light", "dark")]
        for width, how in (*shots, (WIDTHS[0], "bare")):
            page = folder / f"{name}-{how}.html"
            page.write_text(scheme(html, how), encoding="utf-8")
            picture(chromium, page, folder / f"{name}-{width}-{how}.png", width)
            page.unlink()
        print(
            f"{name}: {len(html.encode()):,} bytes of HTML, {len(text.splitlines()):,} lines of text"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/letters"), tuple(sys.argv[2:]))
