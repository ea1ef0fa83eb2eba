"""What is taken back after it was told: a page that is gone, and there again; a text that a wire gives
up for the one before. From the server's answers to the letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from archive_of import PIPELINE
from newswatch.cli import code_of
from scripted_server import Asked, Server, reply, serving

PAGE = """<html lang="en"><head><title>Terminal shut</title></head><body><article><h1>Terminal shut</h1>
{}</article></body></html>""".format("".join(f"<p>{p}</p>" for p in PIPELINE.split("\n")))
ITEM = "<item><title>{}</title><link>{}</link><description>{}</description></item>"
CRASH = (
    "A freight train left the rails near Aldermoor on Monday and tore up the gas pipeline beside the"
    " line. The regional hospital counted {} injured passengers by noon. Crews from three counties"
    " were still cutting people out of the second carriage when rain set in."
)


class Wire:
    """A wire of two feeds that says what the test writes into it, watched by anna, who is told of gas
    pipelines at once and in a digest at 20:00 Berlin time, that is 19:00 UTC.
    """

    def __init__(self, folder: Path) -> None:
        self.letters = folder / "letters"
        self.entries: dict[str, tuple[str, str]] = {"weather": ("weather", "On weather.")}
        self.partner: dict[str, tuple[str, str]] = {"sport": ("sport", "On sport.")}
        self.gone: set[str] = set()
        self.server: Server

    def script(self, asked: Asked) -> bytes:
        name = asked.path.strip("/")
        shown = {"rss": self.entries, "partner": self.partner}.get(name)
        if shown is not None:
            items = "".join(
                ITEM.format(title, self.server.url(f"/{at}"), said)
                for at, (title, said) in shown.items()
            )
            body = f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'
            return reply(body.encode(), Content_Type="application/rss+xml")
        if name in self.gone:
            return reply(b"Gone", 410)
        if name == "leak":
            return reply(PAGE.encode(), Content_Type="text/html; charset=utf-8")
        return reply(b"", 404)

    def once(self, at: str) -> list[EmailMessage]:
        """The letters sent by a pass at that time of 3 March 2026, in UTC; the digest's last."""
        before = set(self.letters.glob("*.eml"))
        assert code_of(["once", "--now", f"2026-03-03T{at}Z"]) in (0, 1)
        came = [path.read_bytes() for path in set(self.letters.glob("*.eml")) - before]
        found = [message_from_bytes(said, policy=default) for said in came]
        return sorted(found, key=lambda letter: str(letter["Subject"]).startswith("evening"))


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "rules.yaml").write_text(
        "rules: [{name: gas, query: '\"gas pipeline\"', tell: [anna, evening]}]"
    )
    (tmp_path / "config" / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org, zone: Europe/Berlin, format: text}}\n"
        "digests: {evening: {to: [anna], at: ['20:00']}}\n"
    )
    (tmp_path / "config" / "newswatch.yaml").write_text(
        "crawl: {allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1, max_interval: 60}\n"
        f"mail: {{server: 'file:{wire.letters}'}}\n"
    )
    monkeypatch.chdir(tmp_path)
    with serving(wire.script) as server:
        wire.server = server
        (tmp_path / "feeds.yaml").write_text(
            f"feeds:\n- {{name: wire, newsroom: Wire, url: '{server.url('/rss')}'}}\n"
            f"- {{name: partner, newsroom: Partner, url: '{server.url('/partner')}', pages: feed-only}}\n"
        )
        assert wire.once("08:00") == []
        yield wire


def said(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_whoever_was_told_of_a_page_gets_a_letter_in_the_same_thread_when_it_is_gone(
    wire: Wire,
) -> None:
    wire.entries["leak"] = ("leak", "On leak.")
    (told,) = wire.once("09:00")
    wire.gone.add("leak")
    assert wire.once("09:10") == []  # the page is asked again twenty minutes later, not before
    (withdrawn,) = wire.once("10:10")
    assert wire.once("12:00") == []
    assert withdrawn["In-Reply-To"] == told["Message-ID"]
    assert withdrawn["Subject"].startswith("Withdrawn, gas: ")
    gone = "At 10:00 we told you “leak”; at 11:10 Wire had taken the article away"
    assert gone in said(withdrawn)


def test_whoever_was_told_that_a_page_is_gone_is_told_when_it_is_there_again(wire: Wire) -> None:
    wire.entries["leak"] = ("leak", "On leak.")
    (told,) = wire.once("09:00")
    wire.gone.add("leak")
    (withdrawn,) = wire.once("10:10")
    wire.gone.clear()
    (back,) = wire.once("12:00")
    assert back["In-Reply-To"] == told["Message-ID"]
    assert back["Subject"].startswith("Reinstated, gas: ")
    assert "At 11:10 we told you “leak”; at 13:00 its page, which was gone, was there" in said(back)
    (digest,) = wire.once("19:05")  # told of it for the first time, and of no more
    assert "WITHDRAWN" not in said(digest)
    assert "REINSTATED" not in said(digest)
    assert "was gone" not in said(digest)
    wire.gone.add("leak")
    wire.entries["leak"] = ("Leak is over", "On leak.")  # the feed's new words wake the page
    (again,) = wire.once("20:00")
    assert again["Subject"].startswith("Withdrawn, gas: ")
    assert withdrawn["Message-ID"] != again["Message-ID"]


def test_a_text_given_up_for_the_one_before_is_told_to_whoever_was_told_of_it(wire: Wire) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (told,) = wire.once("09:00")
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(84))
    (corrected,) = wire.once("10:00")
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (back,) = wire.once("11:00")
    assert back["In-Reply-To"] == corrected["In-Reply-To"] == told["Message-ID"]
    assert corrected["Subject"] == back["Subject"] == "Corrected, gas: Train hits gas pipeline"
    assert "; at 11:00 Partner changed *48* to *84*." in said(corrected)
    assert (
        "At 11:00 we told you “Train hits gas pipeline”; at 12:00 Partner went back to its earlier"
        " text and changed *84* to *48*." in said(back)
    )
    # By turns, as a cache shows them, is no news each time.
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(84))
    assert wire.once("12:00") == []
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    assert wire.once("13:00") == []
    # The digest tells of it for the first time, as it stands.
    (digest,) = wire.once("19:05")
    assert "CORRECTED" not in said(digest)
    assert "84 injured" not in said(digest)
    assert "counted 48 injured" in said(digest)


def test_a_kill_names_the_text_it_takes_back(wire: Wire) -> None:
    first = CRASH.format(48)
    wire.partner["crash"] = ("Train hits gas pipeline", first)
    wire.once("09:00")
    more = f"{first} Farmers blocked the road with hay."
    wire.partner["farmers"] = ("UPDATE 2-Farmers block road at gas pipeline", more)
    (updated,) = wire.once("10:00")
    assert "Updated" in updated["Subject"] or "Farmers" in updated["Subject"]
    wire.partner["kill"] = (
        "KILL: UPDATE 2-Farmers block road at gas pipeline", "This story has been withdrawn."
    )  # fmt: skip
    (killed,) = wire.once("11:00")
    assert "At 11:00 we told you “UPDATE 2-Farmers block road" in said(killed)


def test_an_article_that_speaks_of_a_kill_is_told_of_all_the_same(wire: Wire) -> None:
    long = " ".join(CRASH.format(n) for n in (48, 12, 7, 3))
    wire.partner["crash"] = ("Train hits gas pipeline", f"{long} This story has been withdrawn.")
    (told,) = wire.once("09:00")
    assert told["Subject"] == "gas: Train hits gas pipeline"


def test_a_correction_that_a_copy_brings_with_a_note_is_told_once(wire: Wire) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    wire.once("09:00")
    copy = CRASH.replace(
        "counted {} injured passengers by noon", "had {} injured passengers at noon"
    )
    wire.partner["copy"] = ("Train hits gas pipeline", copy.format(48))
    assert wire.once("09:30") == []
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(84))
    (corrected,) = wire.once("10:00")
    assert "changed *48* to *84*" in said(corrected)
    note = "(Corrects number of injured to 84, not 48, in paragraph 1)"
    wire.partner["copy"] = ("Train hits gas pipeline", f"{copy.format(84)} {note}")
    assert wire.once("10:30") == []
    other = "(Corrects the name of the town in paragraph 1)"  # a note of something else is news
    wire.partner["copy"] = ("Train hits gas pipeline", f"{copy.format(84)} {other}")
    assert len(wire.once("11:00")) == 1


def test_a_note_in_other_words_is_told_once(wire: Wire) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    wire.once("09:00")
    wire.partner["crash"] = (
        "Train hits gas pipeline",
        f"{CRASH.format(84)} (Corrects number of injured to 84)",
    )
    assert len(wire.once("10:00")) == 1
    wire.partner["crash"] = (
        "Train hits gas pipeline",
        f"{CRASH.format(84)} (Corrects figure of injured to 84)",
    )
    assert wire.once("10:30") == []


def test_a_correction_taken_back_and_made_again_before_the_digest_stands_in_it(wire: Wire) -> None:
    for at, number in (("09:00", 48), ("10:00", 84), ("11:00", 48), ("12:00", 84)):
        wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(number))
        wire.once(at)
    (digest,) = wire.once("19:05")
    assert "CORRECTED: Train hits *gas pipeline*" in said(digest)
    assert "Changed: 48 → 84" in said(digest)


def test_a_digest_says_that_the_words_found_are_gone(wire: Wire) -> None:
    wire.partner["crash"] = ("Train derails", CRASH.format(48).replace("gas pipeline", "fence"))
    assert wire.once("09:00") == []
    wire.partner["crash"] = ("Train derails", CRASH.format(48))
    (told,) = wire.once("10:00")
    assert "first in version 2" in said(told)
    wire.partner["crash"] = ("Train derails", CRASH.format(48).replace("gas pipeline", "fence"))
    assert wire.once("11:00") == []  # no figure and no name of what was told is wrong
    (digest,) = wire.once("19:05")
    assert 'No longer in it: "gas pipeline", which your rule found in an earlier text' in said(
        digest
    )
    assert "It said at first" not in said(digest)
    assert "Changed" not in said(digest)


def test_a_wires_word_on_a_correction_is_told_when_it_stands_in_a_copy(wire: Wire) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (told,) = wire.once("09:00")
    note = "(This story has been corrected to say 84, not 48, were injured, in paragraph 1)"
    wire.partner["again"] = ("Train hits gas pipeline", f"{CRASH.format(84)} {note}")
    (corrected,) = wire.once("10:00")
    assert corrected["In-Reply-To"] == told["Message-ID"]
    assert corrected["Subject"].startswith("Corrected, gas: ")
    assert "The wire says: (This story has been corrected to say 84" in said(corrected)


def test_whoever_was_told_of_two_stories_hears_of_each_after_they_became_one(wire: Wire) -> None:
    wire.entries["leak"] = ("leak", "On leak.")
    (leak,) = wire.once("09:00")
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (crash,) = wire.once("09:30")
    both = [wire.server.url(f"/{at}") for at in ("leak", "crash")]
    assert code_of(["story", "merge", *both, "--why", "one accident"]) == 0
    wire.gone.add("leak")
    (withdrawn,) = wire.once("10:10")
    assert withdrawn["In-Reply-To"] == leak["Message-ID"]
    assert "At 10:00 we told you “leak”; at 11:10 Wire had taken the article away" in said(
        withdrawn
    )
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(84))
    (corrected,) = wire.once("11:00")
    assert corrected["In-Reply-To"] == crash["Message-ID"]
    assert "At 10:30 we told you “Train hits gas pipeline”" in said(corrected)


KILL = "Editors: please do not use the story on the train. Its source was wrong."


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Train hits gas pipeline", "This story has been withdrawn because its source was wrong."),
        ("WITHDRAWN-Train hits gas pipeline", CRASH.format(48)),
        ("Train hits gas pipeline", KILL),
    ],
)
def test_a_story_that_its_wire_takes_back_is_told_as_withdrawn(
    wire: Wire, title: str, text: str
) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (told,) = wire.once("09:00")
    wire.partner["crash"] = (title, text)
    (back,) = wire.once("10:00")
    assert back["In-Reply-To"] == told["Message-ID"]
    assert back["Subject"].startswith("Withdrawn, gas: ")
    took = "At 10:00 we told you “Train hits gas pipeline”; at 11:00 Partner took it back."
    assert took in said(back)
    assert "WITHDRAWN: Train hits *gas pipeline*" in said(back)
    assert "Changed" not in said(back)
    (digest,) = wire.once("19:05")
    assert "Corrected" not in said(digest)
    wire.gone.add("crash")
    assert wire.once("20:30") == []  # it is gone, as was told


@pytest.mark.parametrize("mark", ["WITHDRAWN-", "(STORY WITHDRAWN) ", "BULLETIN KILL: "])
def test_a_kill_note_at_an_address_of_its_own_is_told_to_whoever_was_told_and_to_nobody_else(
    wire: Wire, mark: str
) -> None:
    title = "Freight train hits gas pipeline near Aldermoor"
    wire.partner["crash"] = (title, CRASH.format(48))
    (told,) = wire.once("09:00")
    wire.partner["kill"] = (f"{mark}{title}", KILL)
    (back,) = wire.once("10:00")
    assert back["In-Reply-To"] == told["Message-ID"]
    assert back["Subject"] == f"Withdrawn, gas: {title}"
    wire.partner["another"] = (f"{mark}Gas pipeline to the south is mended, Velm says", KILL)
    assert wire.once("11:00") == []


def test_a_headline_alone_takes_a_page_back(wire: Wire) -> None:
    wire.entries["leak"] = ("leak", "On leak.")
    (told,) = wire.once("09:00")
    wire.entries["leak"] = ("leak", "This story has been withdrawn.")
    wire.gone.add("leak")
    (back,) = wire.once("09:30")
    assert back["In-Reply-To"] == told["Message-ID"]
    assert "Wire took it back" in said(back)


def test_a_figure_that_one_copy_put_right_is_not_told_again_by_another_in_its_own_words(
    wire: Wire,
) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (told,) = wire.once("09:00")
    own = CRASH.replace(
        "counted {} injured passengers by noon", "had {} injured passengers at noon"
    )
    wire.partner["copy"] = ("Train hits gas pipeline", own.format(48))
    assert wire.once("09:30") == []
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(84))
    (corrected,) = wire.once("10:00")
    assert corrected["In-Reply-To"] == told["Message-ID"]
    wire.partner["copy"] = ("Train hits gas pipeline", own.format(84))
    assert wire.once("10:30") == []
    wire.partner["copy"] = ("Train hits gas pipeline", own.format(91))
    (again,) = wire.once("11:00")
    assert "changed *84* to *91*" in said(again)


def test_a_story_that_its_wire_takes_back_and_then_stands_by_is_told_as_such(wire: Wire) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    wire.once("09:00")
    wire.partner["crash"] = ("Train hits gas pipeline", "This story has been withdrawn.")
    (back,) = wire.once("10:00")
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    (again,) = wire.once("11:00")
    assert again["In-Reply-To"] == back["In-Reply-To"]
    assert "Partner went back to its earlier text" in said(again)


def test_a_note_on_what_was_put_right_without_a_word_is_no_second_correction(wire: Wire) -> None:
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    wire.once("09:00")
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(84))
    (corrected,) = wire.once("10:00")
    assert corrected["Subject"].startswith("Corrected, gas: ")
    note = "(This story has been corrected to say 84, not 48, in paragraph 1)"
    wire.partner["crash"] = ("Train hits gas pipeline", f"{CRASH.format(84)} {note}")
    assert wire.once("11:00") == []
    wire.partner["crash"] = ("Train hits gas pipeline", f"{CRASH.format(91)} {note}")
    assert len(wire.once("12:00")) == 1


def test_a_figure_that_moves_at_each_look_is_put_right_twice_and_then_goes_on(wire: Wire) -> None:
    """A counter on the page: of how many read it, of how many answered."""
    wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(48))
    wire.once("09:00")
    told = []
    for minute, count in enumerate((52, 57, 61, 70, 74), 10):
        wire.partner["crash"] = ("Train hits gas pipeline", CRASH.format(count))
        told.append(len(wire.once(f"10:{minute}")))
    assert told == [1, 1, 0, 0, 0]
    note = "(This story has been corrected to say 84, not 74, in paragraph 1)"
    wire.partner["crash"] = ("Train hits gas pipeline", f"{CRASH.format(84)} {note}")
    (noted,) = wire.once("12:00")
    assert noted["Subject"].startswith("Corrected, gas: ")


def test_a_refiled_text_puts_nothing_right(wire: Wire) -> None:
    title = "Freight train hits gas pipeline near Aldermoor"
    wire.partner["crash"] = (title, CRASH.format(48))
    assert len(wire.once("09:00")) == 1
    wire.partner["again"] = (f"REFILE-{title}", CRASH.format(48))
    assert wire.once("10:00") == []
    wire.partner["crash"] = (f"CORRECTED-{title.replace('gas', 'oil')}", CRASH.format(48))
    (corrected,) = wire.once("11:00")
    assert corrected["Subject"].startswith("Corrected, gas: ")
