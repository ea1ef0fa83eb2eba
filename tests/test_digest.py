"""Letters: the same digest the same bytes, readable, and safe whatever the wire wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch import digest
from newswatch.digest.columns import WIDTH, width
from newswatch.digest.page import href, page
from newswatch.model import (
    Change,
    Copy,
    Digest,
    Footer,
    Item,
    Person,
    Revision,
    SourceTrouble,
    Span,
    Surge,
    SurgeItem,
    Version,
)
from newswatch.query import match, read, view

AT = datetime(2026, 8, 20, 5, 30, tzinfo=UTC)
ANNA = Person("anna", "anna@example.org", "Europe/Berlin")
EU = (
    "Envoys agreed on sanctions against nine insurers, three diplomats said.\n"
    "They take effect in October.\n"
    + "Nothing else was said about it. " * 20
    + "A further list of sanctions is being prepared for the winter. "
    + "The rest of this paragraph goes on about something else entirely for quite a while. " * 4
)


def version(name="eu", title="EU agrees sanctions", text=EU, **kept):
    given_ = {"url": f"https://example.org/{name}", "lang": "en", "source": "north", "newsroom": "Northwire",
              "first_seen": AT - timedelta(hours=2), "n": 1, "article": name} | kept  # fmt: skip
    return Version(id=name, title=title, text=text, **given_)


def item(shown, rule="sanctions", asked="sanctions OR санкции", **kept):
    given_ = {"priority": "normal", "story": shown.article, "occasion": "first"} | kept
    spans = match(read(asked), view(shown)) or ()
    return Item(rule=rule, version=shown, **({"spans": spans} | given_))


def made(*items, **kept):
    given_ = {"id": "0123456789abcdef0123", "name": "desk", "person": ANNA, "sender": "newswatch@example.org",
              "at": AT, "since": AT - timedelta(hours=12), "until": AT}  # fmt: skip
    return Digest(items=items, **(given_ | kept))


def parsed(value):
    return message_from_bytes(digest.seal(value), policy=SMTP)


def part(value, kind):
    return parsed(value).get_body((kind,)).get_content().replace("\r\n", "\n")


class Tags(HTMLParser):
    """What a letter's HTML holds: each tag with its attributes, and the text between."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def links(html):
    hrefs = [attrs["href"] for tag, attrs in Tags(html).tags if tag == "a"]
    return [href for href in hrefs if not href.startswith("mailto:")]


# ── the envelope ────────────────────────────────────────────────────────────────────────────


def test_the_same_digest_gives_the_same_bytes():
    value = made(item(version()))
    assert digest.seal(value) == digest.seal(replace(value))
    assert digest.seal(value) != digest.seal(replace(value, id="f" * 20))
    assert all(line.endswith(b"\r\n") for line in digest.seal(value).splitlines(keepends=True))
    digest.seal(value).decode("ascii")


def test_headers_are_what_mail_programs_ask_for():
    message = parsed(made(item(version()), thread="<first@example.org>"))
    assert message["Message-ID"] == "<0123456789abcdef0123@example.org>"
    assert message["Message-ID"] == digest.message_id(
        "0123456789abcdef0123", "newswatch@example.org"
    )
    assert message["In-Reply-To"] == message["References"] == "<first@example.org>"
    assert message["Date"].datetime == AT
    assert str(message["From"]) == "newswatch <newswatch@example.org>"
    assert str(message["To"]) == "anna <anna@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<desk.newswatch.example.org>"
    assert (
        message["List-Unsubscribe"] == "<mailto:newswatch@example.org?subject=unsubscribe%20desk>"
    )
    assert message.get_boundary() == "newswatch-0123456789abcdef0123"
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert "References" not in parsed(made(item(version()), thread="not an id\r\nX: y"))
    assert parsed(made(item(version(), priority="urgent")))["Importance"] == "high"


@pytest.mark.parametrize(
    "sender", ["n@" + "long" * 14 + ".example.org", "n" * 60 + "@example.org", "a@b.c"]
)
def test_list_headers_stay_whole_or_away(sender):
    value = made(sender=sender, name="Экономика")
    raw = digest.seal(value).decode("ascii")
    for line in re.findall(r"^List-.*(?:\r\n .*)*(?=\r\n)", raw, re.MULTILINE):
        assert "=?" not in line
        assert line.endswith(">")
        assert all(len(piece) <= 78 for piece in line.splitlines())
    leave = parsed(value)["List-Unsubscribe"]
    assert leave is None or re.fullmatch(
        rf"<mailto:{sender}\?subject=unsubscribe(%20[0-9a-f]+)?>", leave
    )
    assert (leave is None) == (len(sender) > 50)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna@example.org\r\nBcc: all@example.org", None),
        ("a@bücher.example", "anna <a@xn--bcher-kva.example>"),
        ("анна@example.org", None),
        ("anna@example.org (a comment)", None),
        ("a..b@example.org", "anna <a..b@example.org>"),
        ("no address", None),
        ("", None),
    ],
)
def test_an_odd_address_never_breaks_the_head(address, expected):
    message = parsed(made(person=Person("anna", address)))
    assert str(message["To"]) == (expected or "undisclosed-recipients:;")
    assert "Bcc" not in message
    parsed(made(sender=address))


# ── the subject ─────────────────────────────────────────────────────────────────────────────


def test_the_subject_says_what_matters():
    first = item(version())
    assert parsed(made(first, name="now"))["Subject"] == "sanctions: EU agrees sanctions"
    corrected = replace(first, occasion="correction:eu")
    assert parsed(made(corrected, name="now"))["Subject"] == (
        "Corrected, sanctions: EU agrees sanctions"
    )
    other = item(version("gas", "Gas halted", "Gas."), rule="gas", asked="gas")
    assert parsed(made(other, corrected))["Subject"] == (
        "desk, Thu 20 Aug: 2 stories, 1 corrected · EU agrees sanctions"
    )
    urgent = replace(other, priority="urgent")
    assert parsed(made(urgent, corrected))["Subject"].endswith("· Gas halted")
    assert parsed(made())["Subject"] == "desk, Thu 20 Aug: nothing new"


# ── stories ─────────────────────────────────────────────────────────────────────────────────


def test_a_story_stands_once_under_its_first_rule():
    shown = version()
    value = made(
        item(shown, "low one", priority="low"),
        item(shown),
        item(version("b", "Another"), "low one"),
    )
    sections = page(value).sections
    assert [(s.heading, [t.plain_headline for t in s.stories]) for s in sections] == [
        ("sanctions", ["EU agrees sanctions"]),
        ("low one", ["Another"]),
    ]
    assert "Asked for by sanctions, low one" in digest.plain(value)


def test_matched_words_are_marked_where_they_stand():
    value = made(item(version()))
    said = part(value, "plain")
    assert "EU agrees *sanctions*" in said
    assert "agreed on *sanctions* against" in said
    assert "list of *sanctions* is being" in said
    assert said.count("Nothing else was said") < 6
    html = part(value, "html")
    assert len([tag for tag, _ in Tags(html).tags if tag == "mark"]) == 3
    neighbours = item(version(title="The gas pipeline", text=""), asked="gas pipeline")
    assert "The *gas pipeline*" in digest.plain(made(neighbours))


def test_other_newsrooms_are_named_same_and_related_apart():
    copies = (
        Copy("Reuters", "Late", "https://e.org/2", AT),
        Copy("Reuters", "Early", "https://e.org/1", AT - timedelta(hours=1)),
        Copy("Northwire", "Own", "https://e.org/3", AT),
        Copy("Bay Times", "Beside", "javascript:alert(1)", AT, "related"),
    )
    value = made(item(version(), copies=copies))
    assert "Also reported by Reuters\n" in digest.plain(value)
    assert "Related: Bay Times, Beside" in digest.plain(value)
    assert links(part(value, "html")) == ["https://example.org/eu", "https://e.org/1"]


def test_a_copy_that_credits_its_wire_is_the_wires_and_counts_once():
    copies = (
        Copy("CNA", "Printed", "https://e.org/1", AT - timedelta(hours=2), credit="Reuters"),
        Copy("Bay Times", "Again", "https://e.org/2", AT - timedelta(hours=1), credit="Reuters"),
        Copy("BBC News", "Seen", "https://e.org/3", AT),
        Copy("BBC Sport", "Seen too", "https://e.org/4", AT),
    )
    value = made(item(version(), copies=copies))
    assert "Also reported by 2 newsrooms: Reuters, via CNA; BBC News\n" in digest.plain(value)
    html = part(value, "html")
    assert "Also reported by" in html
    assert "Reuters, via CNA</a>; <a" in re.sub(r"\s+", " ", html)
    assert links(html) == ["https://example.org/eu", "https://e.org/1", "https://e.org/3"]
    assert len(page(value).sections[0].stories[0].same) == 2


def test_a_wires_own_article_is_named_before_its_copies():
    copies = (
        Copy("CNA", "Printed", "https://e.org/1", AT - timedelta(hours=2), credit="Reuters"),
        Copy("Reuters", "First-hand", "https://e.org/2", AT, credit="Reuters"),
    )
    value = made(item(version(), copies=copies))
    assert "Also reported by Reuters\n" in digest.plain(value)
    assert links(part(value, "html")) == ["https://example.org/eu", "https://e.org/2"]


def test_prints_of_the_same_report_are_no_other_reports():
    """A letter of the wire's own article, and one of a paper that printed it."""
    printed = (
        Copy("CNA", "Printed", "https://e.org/1", AT, credit="Northwire"),
        Copy("Northwire", "Its other address", "https://e.org/2", AT),
    )
    said = digest.plain(made(item(version(), copies=printed)))
    assert "Also reported by" not in said
    assert "Same report: Northwire, via CNA\n" in said
    copies = (
        Copy("Reuters", "First-hand", "https://e.org/2", AT),
        Copy("BBC News", "Seen", "https://e.org/3", AT),
    )
    value = made(item(version(newsroom="CNA", credit="Reuters"), copies=copies))
    said = digest.plain(value)
    assert "Reuters, via CNA, Thu 20 Aug" in said
    assert "Also reported by BBC News\n" in said
    assert "Same report: Reuters\n" in said
    assert "Same report: " in part(value, "html")


def test_what_changed_since_told_is_said():
    changes = (
        Change("headline", "EU agrees ban", "EU agrees sanctions"),
        Change("number", "11", "9"),
        Change("number", "", "12%"),
        Change("name", "Smith", ""),
    )
    revision = Revision(
        "a", "eu", "correction", changes, "Corrects figure in paragraph 1\nmore", 0.9
    )
    value = made(
        item(
            version(),
            revision=revision,
            told=version(title="EU agrees ban"),
            occasion="correction:eu",
        )
    )
    said = digest.plain(value)
    assert "CORRECTED: EU agrees *sanctions*" in said
    assert "You were told: EU agrees ban" in said
    assert "The wire says: Corrects figure in paragraph 1\n" in said
    assert "Changed: 11 → 9, 12% is new, Smith is gone" in said
    update = made(item(version(), revision=replace(revision, kind="update", note="")))
    assert "UPDATED: EU" in digest.plain(update)


def test_what_is_new_is_not_said_twice():
    lead, behind = EU.split("\n", maxsplit=1)[0], "A second round of talks was called for Friday."
    changes = (Change("text", "", lead), Change("text", "", behind))
    update = Revision("a", "eu", "update", changes, "", 0.9)
    said = " ".join(digest.plain(made(item(version(), revision=update))).split())
    assert f"New: {behind}" in said
    only = replace(update, changes=changes[:1])
    assert "New:" not in digest.plain(made(item(version(), revision=only)))


def test_a_day_that_was_put_right_and_a_new_quote_are_told():
    changes = (
        Change("date", "Monday", "Tuesday"),
        Change("quote", "", "“We pay,” the mayor said."),
    )
    revision = Revision("a", "eu", "correction", changes, "", 0.9)
    kept = {"revision": revision, "told": version(title="EU meets"), "told_at": AT}
    said = digest.plain(made(item(version(), occasion="correction:eu", **kept)))
    assert "Northwire changed *Monday* to *Tuesday*." in " ".join(said.split())
    update = made(item(version(), revision=replace(revision, kind="update")))
    said = " ".join(digest.plain(update).split())
    assert "Changed: Monday → Tuesday" in said
    assert "New: “We pay,” the mayor said." in said


def test_a_correction_says_when_what_was_told_and_what_was_changed_to_what():
    changes = (
        Change("number", "10", "16"),
        Change("name", "Smith", "Smyth"),
        Change("number", "", "7"),
    )
    revision = Revision("a", "eu", "correction", changes, "", 0.9)
    kept = {
        "revision": revision,
        "told": version(title="EU meets"),
        "told_at": AT - timedelta(hours=3),
    }
    value = made(item(version(), occasion="correction:eu", at=AT - timedelta(minutes=45), **kept))
    said = " ".join(digest.plain(value).split())
    assert "At 04:30 we told you “EU meets”; at 06:45 Northwire changed *10* to *16* and *Smith* to *Smyth*." in said  # fmt: skip
    assert "Changed: 7 is new" in said
    assert said.count("EU meets") == 1
    assert "changed <mark" in part(value, "html")
    other_day = made(item(version(), occasion="correction:eu", at=AT + timedelta(days=1), **kept))
    said = " ".join(digest.plain(other_day).split())
    assert "On Thu 20 Aug, 04:30 we told you “EU meets”; on Fri 21 Aug, 07:30 Northwire" in said
    wordless = replace(revision, changes=(), note="This story has been corrected.")
    kept |= {"revision": wordless, "at": AT}
    said = digest.plain(made(item(version(), occasion="correction:eu", **kept)))
    assert "Northwire corrected it." in " ".join(said.split())


def test_a_withdrawn_article_is_told_as_such_before_all_else():
    gone = item(version(), occasion="withdrawn:eu", told=version(title="EU agrees sanctions"),
                told_at=AT - timedelta(hours=3), at=AT)  # fmt: skip
    value = made(gone, name="now")
    assert parsed(value)["Subject"].startswith("Withdrawn, sanctions: ")
    said = " ".join(digest.plain(value).split())
    assert "WITHDRAWN: EU agrees" in said
    assert "at 07:30 Northwire had taken the article away: its page is gone." in said
    assert "Withdrawn</span>" in part(value, "html")


def test_a_rule_that_found_a_later_version_says_which():
    said = digest.plain(made(item(version(n=3), first_found=3)))
    assert "Found: first in version 3 of this article" in said
    assert "first in version" not in digest.plain(made(item(version())))
    both = made(item(version(n=3), first_found=3), item(version(n=3), "ministers", "ministers"))
    assert "Found: first in version 3 of this article, by sanctions" in digest.plain(both)


def test_an_article_that_takes_an_older_ones_place_is_an_update_of_what_was_told():
    said = digest.plain(made(item(version(), told=version(title="EU meets"), occasion="update:eu")))
    assert "UPDATED: EU agrees" in said
    assert "You were told: EU meets" in said


def test_late_letters_and_the_foot():
    resting = SourceTrouble("ria", "its host asked for it", resting_until=AT + timedelta(hours=3))
    failing = SourceTrouble("tass", "HTTP 503", AT - timedelta(hours=2))
    foot = Footer(
        64,
        1812,
        (failing, resting),
        62,
        1204,
        (212.0, 1900.0),
        (2.0, 31.0),
    )
    said = digest.plain(made(item(version()), late=True, footer=foot, since=AT - timedelta(days=1)))
    joined = " ".join(said.split())
    assert "This letter is late. It covers Wed 19 Aug, 07:30 to Thu 20 Aug, 07:30." in joined
    assert "tass: HTTP 503, since Thu 20 Aug, 05:30" in joined
    assert "ria: resting until Thu 20 Aug, 10:30, its host asked for it" in joined
    assert "64 sources watched, 62 of them answered 1,204 polls; 1,812 articles read." in joined
    at_once = digest.plain(made(item(version()), footer=foot, name="now"))
    assert "1,812 articles read in the last day." in " ".join(at_once.split())
    assert "From publication to being seen: half within 4 min, 95% within 32 min." in joined
    assert "From being seen to a letter at once: half within 2 s, 95% within 31 s." in joined
    assert "Sent by your rule sanctions." in joined
    assert "To get this no more, write to newswatch@example.org: unsubscribe desk" in joined
    assert "Covers" not in at_once
    in_time = " ".join(digest.plain(made(item(version()))).split())
    assert "Covers Wed 19 Aug, 19:30 to Thu 20 Aug, 07:30." in in_time
    assert "late" not in digest.plain(made(item(version())))


def test_the_foot_says_of_a_few_odd_sources_each_in_one_line_what_is_odd():
    moved = SourceTrouble(
        "dpa", "its server says that it is for good at https://dpa.example/rss", AT
    )
    more = [SourceTrouble(f"f{n}", "its one entry has no date that can be read") for n in range(5)]
    again = SourceTrouble("dpa", "2 of 3 new entries are dated ahead", AT - timedelta(hours=1))
    value = made(item(version()), footer=Footer(9, odd=(moved, *more, again)))
    said = digest.plain(value)
    foot = " ".join(said[said.index("\n--\n") :].split())
    assert "Not everything could be read" not in foot
    assert (
        "Odd, though no entry is lost by it: - dpa: its server says that it is for good at"
        " https://dpa.example/rss, since Thu 20 Aug, 07:30; 2 of 3 new entries are dated ahead,"
        " since Thu 20 Aug, 06:30 - f0: its one entry has no date that can be read"
        " - f1: its one entry has no date that can be read - and 3 more: newswatch feeds" in foot
    )
    html = part(value, "html")
    assert html.count("its one entry has no date that can be read") == 2
    assert "and 3 more: newswatch feeds" in html
    few = digest.plain(made(item(version()), footer=Footer(9, odd=(moved, again))))
    assert "more: newswatch feeds" not in few


def test_a_digest_opens_with_its_counts_and_what_puts_right():
    later = [item(version(f"s{n}", f"Story {n}"), rule=f"r{n}") for n in range(3)]
    wrong = item(version("w", "Ten hurt"), rule="r2", occasion="correction:w")
    said = digest.plain(made(*later, wrong))
    assert "4 stories, 1 corrected, for 3 rules\n" in said
    headings = re.findall(r"^(.+)\n=+$", said, re.MULTILINE)
    assert headings == ["CORRECTIONS", "R0", "R1", "R2"]
    assert said.index("CORRECTED: Ten hurt") < said.index("Asked for by r2") < said.index("Story 0")


ARABIC = "الاتحاد الأوروبي يقر عقوبات"


def test_what_is_written_from_the_right_is_set_so():
    shown = version(title=ARABIC, text=f"{ARABIC}.", lang="ar")
    tags = Tags(part(made(item(shown), item(version("b"))), "html")).tags
    headlines = [attrs for tag, attrs in tags if tag == "h2"]
    assert [(a["lang"], a.get("dir")) for a in headlines] == [("en", None), ("ar", "rtl")]
    assert "text-align: right" in headlines[1]["style"]
    passages = [a for t, a in tags if t == "p" and "passage" in a.get("class", "")]
    assert passages[-1]["dir"] == "rtl"
    odd = Tags(part(made(item(version(lang='x" onclick="y'))), "html")).tags
    assert all("lang" not in attrs for tag, attrs in odd if tag == "h2")


@pytest.mark.parametrize(
    "title",
    ["word " * 40, "日本政府は、" * 20, "Правительство " * 12, "한국 정부는 " * 20, "x" * 200],
)
def test_the_text_part_is_72_columns_wide(title):
    shown = version(title=title, text=f"{title}\n" * 3, newsroom=title)
    named = made(item(shown, rule=title), item(version("b"), rule=title), name=title,
                 person=replace(ANNA, name=title), footer=Footer(1, 1, (SourceTrouble(title, title),)))  # fmt: skip
    for line in digest.plain(named).splitlines():
        assert width(line) <= WIDTH or " " not in line.strip("- *")


def test_each_address_stands_once_in_the_text_part():
    shown = version()
    copies = (
        Copy("Reuters", "EU agrees", "https://r.example/1", AT),
        Copy("BBC", "Gas", "https://b.example/2", AT, "related"),
    )
    found = re.findall(r"https?://\S+", digest.plain(made(item(shown, copies=copies))))
    assert found == [shown.url, "https://b.example/2"]


def test_a_pile_of_accents_covers_no_other_story():
    pile = "a" + "\u0301" * 400 + "b"
    html = part(made(item(version(title=pile, text=pile, newsroom=pile))), "html")
    assert "\u0301" * 4 in html
    assert "\u0301" * 5 not in html


def _luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_letter_stands_out_from_its_ground():
    """4.5 to 1 is what WCAG 2.1 (1.4.3) asks of text; by light and in the dark."""
    source = files("newswatch.digest").joinpath("letter.html.j2").read_text(encoding="utf-8")
    light, dark = source.split("prefers-color-scheme: dark")
    for css, sheet in ((light, "#ffffff"), (dark, "#1d1d1b")):
        for selector, body in re.findall(r"^ +([^{}@\n]+) \{ ([^}]*)\}", css, re.MULTILINE):
            colour = re.search(r"(?:^|; )color: (#\w{6})", f"; {body}")
            ground = re.search(r"background: (#\w{6})", body)
            if colour and selector != ".preheader":
                one = _luminance(colour[1]) + 0.05
                other = _luminance(ground[1] if ground else sheet) + 0.05
                assert max(one, other) / min(one, other) >= 4.5, (selector, sheet)


def test_times_are_the_reader_s():
    tokyo = replace(ANNA, zone="Asia/Tokyo")
    assert "Northwire, Thu 20 Aug, 12:30" in digest.plain(made(item(version()), person=tokyo))
    assert "Northwire, Thu 20 Aug, 05:30" in digest.plain(made(item(version())))


def many(count, rules=1):
    return made(*(
        item(version(f"v{n}", f"Story {n} about sanctions that the council has agreed on"), rule=f"r{n % rules}")
        for n in range(count)
    ))  # fmt: skip


@pytest.mark.parametrize(("count", "rules"), [(1, 1), (25, 2), (130, 1), (500, 7), (300, 300)])
def test_html_stays_below_what_mail_services_cut_and_says_where_the_rest_is(count, rules):
    value = many(count, rules)
    html = parsed(value).get_body(("html",)).get_content()
    text = part(value, "plain")
    assert len(html.encode()) <= 90_000
    shown = html.count("<h2")
    left = count - shown
    ids = {a["id"] for _, a in Tags(html).tags if "id" in a}
    assert {link[1:] for link in links(html) if link.startswith("#")} <= ids
    assert shown == count or shown >= 50
    assert (f"{left} more stor" in html) == (left > 0)
    assert ("`newswatch outbox show 01234567`" in html) == (left > 0)
    assert len(re.findall(r"^Story \d+ about", text, re.MULTILINE)) == count
    assert "more stor" not in text


def test_a_cut_letter_shows_some_of_every_rule():
    value = made(*many(200).items, *(
        item(version(f"w{n}", f"Rare {n}"), rule="rare") for n in range(3)
    ))  # fmt: skip
    html = parsed(value).get_body(("html",)).get_content()
    assert len(html.encode()) <= 90_000
    assert html.count(">Rare ") == 3
    shown = html.count("<h2") - 3
    assert f"· 200 stories, the first {shown} here" in html
    assert f"{200 - shown} more stories" in html


def test_a_long_letter_of_several_rules_begins_with_its_contents():
    value = many(13, rules=3)
    assert "- r0: 5\n- r1: 4\n- r2: 4\n" in part(value, "plain")
    tags = Tags(part(value, "html")).tags
    targets = [a["href"] for t, a in tags if t == "a" and a["href"].startswith("#")]
    assert targets == ["#rule-1", "#rule-2", "#rule-3"]
    assert {f"#{a['id']}" for _, a in tags if "id" in a} == set(targets)
    for short in (many(11, rules=3), many(40)):
        assert "- r0: " not in part(short, "plain")
        assert "#rule" not in "".join(links(part(short, "html")))


def test_the_contents_of_a_long_letter_show_when_stories_were_told():
    """Two bursts and a quiet night between them, as bars under the rule; none for a rule with a few."""
    early = [
        item(version(f"e{n}", first_seen=AT - timedelta(hours=11, minutes=40 + n)), rule="gas") for n in range(8)
    ]  # fmt: skip
    late = [
        item(version(f"l{n}", first_seen=AT - timedelta(minutes=20 + n)), rule="gas") for n in range(4)
    ]  # fmt: skip
    few = [item(version(f"f{n}"), rule="oil") for n in range(2)]
    said = part(made(*early, *late, *few), "plain")
    assert f"- gas: 12\n  █{'·' * 22}▄\n- oil: 2\n" in said
    assert "Bars: when the stories were told, Wed 19 Aug, 19:30 to Thu 20 Aug, 07:30." in " ".join(said.split())  # fmt: skip
    assert "Bars:" not in part(made(*early, *few, *[replace(i, story=f"x{n}") for n, i in enumerate(few * 2)]), "plain")  # fmt: skip


def spike(**kept):
    told = {"id": "s", "rule": "gas", "fingerprint": "f", "kind": "spike", "at": AT, "since": AT - timedelta(hours=1),
            "until": AT, "count": 30, "against": (("weekdays", (2, 1, 5)),), "days": 14,
            "stories": ("eu",), "figures": (0, 1, 30)} | kept  # fmt: skip
    return SurgeItem(Surge(**told), "normal", (version(),), (("Northwire", 29), ("Paper", 1)))


def test_a_surge_alone_is_told_with_what_it_compared_its_stories_and_newsrooms():
    value = made(name="now", surges=(spike(),))
    message = parsed(value)
    assert message["Subject"] == "Spike, gas: 30 stories in the hour to 07:30"
    said = " ".join(part(value, "plain").split())
    assert "30 stories in the hour to 07:30; the same hour in the last 14 days: 2.7 on average, at most 5 (3 weekdays)." in said  # fmt: skip
    assert "·▁█ stories by the hour since Thu 20 Aug, 04:30, at most 30" in said
    assert "From Northwire (29), Paper (1)" in said
    assert "EU agrees sanctions" in said
    assert "and 29 more" in said
    assert "Sent by your rule gas." in said
    assert "Nothing new" not in said
    assert "https://example.org/eu" in links(part(value, "html"))
    assert digest.seal(value) == digest.seal(value)


def test_a_digest_tells_of_surges_before_its_stories():
    value = made(
        item(version()), surges=(spike(), spike(id="t", kind="silence", rule="oil", count=0))
    )
    assert "1 spike, 1 silence, 1 story" in parsed(value)["Subject"]
    said = part(value, "plain")
    assert said.index("SPIKE: GAS") < said.index("SILENCE: OIL") < said.index("SANCTIONS")
    assert "The last story before that:" in said


def test_a_hostile_rule_and_headline_are_shown_as_text_in_a_surge():
    bad = "<script>alert(1)</script>\u202e\r\nBcc: x@example.org"
    hostile = replace(spike(rule=bad), stories=(version(title=bad, url="javascript:alert(1)"),))
    value = made(name="now", surges=(hostile,) * 40)
    assert "Bcc" not in parsed(value)
    for form in ("plain", "html"):
        assert "\u202e" not in part(value, form)
    assert "<script" not in part(value, "html")
    assert "javascript:" not in " ".join(links(part(value, "html")))


def test_who_wants_text_gets_nothing_else():
    message = parsed(made(item(version()), person=replace(ANNA, format="text")))
    assert message.get_content_type() == "text/plain"
    assert "EU agrees *sanctions*" in message.get_content()


def _fails(page, letter):
    raise ZeroDivisionError(f"of {letter} {page.heading}")


def test_a_letter_that_cannot_be_laid_out_goes_plain():
    value = made(item(version()))
    without_html = digest.letter(value, markup=_fails)
    assert without_html.get_content_type() == "text/plain"
    said = without_html.get_content()
    assert said.startswith(digest.plain(value))
    assert "plainer than it should be: ZeroDivisionError: of 0123456789abcdef0123 desk" in said
    bare = digest.letter(value, text=_fails)
    assert bare.get_body(("html",)) is not None
    text = bare.get_body(("plain",)).get_content()
    assert "EU agrees sanctions" in text
    assert "https://example.org/eu" in text
    assert "plainer" in text


def test_a_letter_of_very_many_stories_stays_one():
    items = [item(version(f"s{n}", f"Headline {n}")) for n in range(300)]
    said = digest.plain(made(*items))
    assert all(f"Headline {n}" in said for n in range(300))
    assert said.count("Envoys agreed") == 25


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a?b=c&d=%20", True),
        ("http://пример.example/путь", True),
        ("javascript:alert(1)", False),
        ("jav\nascript:alert(1)", False),
        ("jav&#x0A;ascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("\x01javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("https://a b", False),
        ('https://a/"><script>', False),
        ("https://user@evil.example/", False),
        ("https://", False),
        ("//example.org", False),
        ("data:text/html,x", False),
        ("https://[::1", False),
        ("https://example.org/\u202e", False),
        ("https://example.org/" + "x" * 3000, False),
        ("", False),
    ],
)
def test_only_web_addresses_are_linked(url, linked):
    assert bool(href(url)) is linked
    html = part(made(item(version(url=url))), "html")
    assert links(html) == ([url] if linked else [])


def test_the_html_loads_nothing_and_keeps_what_the_screen_decides():
    html = part(made(item(version())), "html")
    tags = Tags(html).tags
    assert not {"img", "script", "link", "iframe", "object", "form", "video"} & {t for t, _ in tags}
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 480px" in html
    sheet = next(a for t, a in tags if t == "table" and a.get("class") == "sheet")
    assert "max-width: 600px" in sheet["style"]
    assert all("src" not in attrs for _, attrs in tags)


# ── anything a wire may write ───────────────────────────────────────────────────────────────

NASTY = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["a\r\nBcc: x@example.org", "a\x00b", "\u2066a\u2069\u200f", "\u202ekcatta", "x" * 10_000, "\ud800", "\x1b[31mred", "<script>alert(1)</script>",
     "<b>&amp;", "{{ 7*7 }}", "{% raw %}", "\n\n.\n", "--newswatch-0123456789abcdef0123--", "From me", "",
     "日" * 3000, "a " * 5000, "=?utf-8?q?x?=", "\u2028\u2029\x85", "</style></head>", "%s%n", "é" * 300]
)  # fmt: skip


def builds(title, text, name, url, number):
    shown = version(title=title, text=text, newsroom=name, url=url)
    spans = (
        Span("title", 0, number, "w"),
        Span("text", number, number * 2 + 1, "w"),
        Span("text", 5, 2, "w"),
    )
    revision = Revision(
        "a", "b", "correction", (Change("headline", text, title), Change("number", name, "")), text
    )
    thing = item(shown, rule=name, spans=spans, occasion="correction:x", revision=revision, told=version(title=text),
                 copies=(Copy(name, title, url, AT), Copy(title, name, url, AT, "related")))  # fmt: skip
    value = made(thing, name=title, person=Person(name, url), sender=text, thread=title, late=True,
                 footer=Footer(1, 1, (SourceTrouble(name, text, AT),), 1, 1, (1.0, 2.0)))  # fmt: skip
    for built in (value, replace(value, name="now", sender="newswatch@example.org")):
        sealed = digest.seal(built)
        assert sealed == digest.seal(built)
        message = message_from_bytes(sealed, policy=SMTP)
        assert len(list(message.iter_parts())) == 2
        assert not message.defects
        assert set(message.keys()) <= {
            "Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
            "List-Id", "List-Unsubscribe", "Importance", "MIME-Version", "Content-Type",
        }  # fmt: skip
        assert all(len(line) <= 998 for line in sealed.split(b"\r\n"))
        html = Tags(message.get_body(("html",)).get_content())
        assert not {"script", "b"} & {tag for tag, _ in html.tags}
        said = digest.plain(built)
        assert all(c.isprintable() or c in "\n\u200c\u200d" for c in said)
        said.encode()


@settings(max_examples=60, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY, st.integers(0, 200))
def test_any_words_make_a_letter(title, text, name, url, number):
    builds(title, text, name, url, number)


@pytest.mark.acceptance
@settings(max_examples=500, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY, st.integers(0, 200))
def test_any_words_make_a_letter_at_length(title, text, name, url, number):
    builds(title, text, name, url, number)


def test_no_headline_ends_a_part():
    title = "--newswatch-0123456789abcdef0123--"
    for said in (title, f"{'x ' * 30}{title}"):
        message = parsed(made(item(version(title=said), rule=title)))
        assert not message.defects
        assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
        assert "Sent by your rule" in message.get_body(("plain",)).get_content()


def test_each_nasty_word_alone_makes_a_letter():
    builds("x" * 10_000, "日" * 10_000, "\ud800\r\n\u202e", "javascript:alert(1)", 9000)
    assert "<script>" not in part(made(item(version(title="<script>alert(1)</script>"))), "html")
    assert "49" not in part(made(item(version(title="{{ 7*7 }}", text=""))), "plain")


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?Gas=0D=0ABcc=3A_evil=40example=2Eorg?= Gas",
        "=?utf-8?q?Gas=0D=0A=0D=0Amine=20alone?=",
        "=?utf-8?b?R2FzDQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
        "=?utf-8?q?Gas=00=1B[2J?= =?utf-8?q?=E2=80=AE?=",
        "=?utf-8?q?Gas=0ABcc=3A_a?=" * 20,
        "Газ =?utf-8?q?=0D=0ABcc=3A_evil?=",
    ],
)
@pytest.mark.parametrize("name", ["now", "desk"])
def test_an_encoded_word_in_a_title_writes_no_header(title: str, name: str) -> None:
    plain = message_from_bytes(
        digest.seal(made(item(version(title="Gas")), name=name)), policy=SMTP
    )
    sealed = digest.seal(made(item(version(title=title)), name=name))
    message = message_from_bytes(sealed, policy=SMTP)
    assert message.keys() == plain.keys()
    assert sealed.count(b"\r\nBcc") == 0
    for value in map(str, message.values()):
        assert not set(value) & set("\0\r\n\x1b\u202e"), value
    assert message["To"] == plain["To"]
    assert "=\u200b?utf-8" in str(message["Subject"])


def test_a_brief_letter_tells_of_surges_and_stories_each_in_a_paragraph() -> None:
    value = made(
        item(version()), surges=(spike(), spike(id="t", kind="silence", rule="oil", count=0))
    )
    brief = digest.letter(replace(value, person=replace(value.person, format="brief")))
    paragraphs = str(brief.get_content()).strip().split("\n\n")
    first_lines = [paragraph.splitlines()[0] for paragraph in paragraphs[:3]]
    assert {line.partition(":")[0] for line in first_lines[:2]} == {"Spike", "Silence"}
    assert "EU" in first_lines[2]
    assert not any(line == "" for paragraph in paragraphs for line in paragraph.splitlines())
