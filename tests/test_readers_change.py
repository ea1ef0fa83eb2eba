"""What becomes of what was told, and of what is owed, when digests and people change in the configuration:
a correction finds whoever was told, nobody is told of a story twice, and nothing waits for ever unseen.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newswatch.cli import code_of
from test_mail import Sink, serving
from test_taken_back import CRASH, Wire, said, wire

__all__ = ["wire"]

HIT = "Train hits gas pipeline"
NOTED = CRASH.format(84) + " (This story has been corrected to say 84, not 48, in paragraph 1)"


def configure(folder: Path, tell: str, digests: str, people: str = "anna") -> None:
    address = f"{{address: {people}@example.org, zone: Europe/Berlin, format: text}}"
    (folder / "config" / "rules.yaml").write_text(
        f"rules: [{{name: gas, query: '\"gas pipeline\"', tell: [{tell}]}}]"
    )
    (folder / "config" / "digests.yaml").write_text(
        f"people: {{{people}: {address}}}\ndigests: {{{digests}}}\n"
    )


EVENING = "evening: {to: [anna], at: ['20:00']}"
NIGHT = "night: {to: [anna], at: ['21:00']}"


def test_what_a_renamed_digest_told_is_told_on_and_not_again(wire: Wire, tmp_path: Path) -> None:
    configure(tmp_path, "evening", EVENING)
    wire.partner["crash"] = (HIT, CRASH.format(48))
    wire.once("09:00")
    (told,) = wire.once("19:05")
    assert HIT in said(told).replace("*", "")
    configure(tmp_path, "night", NIGHT)
    wire.once("19:10")
    wire.partner["copy"] = ("Gas pipeline hit by train", CRASH.format(48))
    wire.once("19:20")
    wire.partner["crash"] = (HIT, NOTED)
    wire.once("19:30")
    (corrected,) = wire.once("20:05")
    words = said(corrected).replace("*", "")
    assert f"CORRECTED: {HIT}" in words
    assert f"At 20:05 we told you “{HIT}”" in words
    assert words.count("CORRECTED") == 1


def test_what_a_renamed_digest_owed_comes_with_the_next(wire: Wire, tmp_path: Path) -> None:
    configure(tmp_path, "evening", EVENING)
    wire.partner["crash"] = (HIT, CRASH.format(48))
    assert wire.once("09:00") == []
    configure(tmp_path, "night", NIGHT)
    assert wire.once("10:00") == []
    (told,) = wire.once("20:05")
    assert HIT in said(told).replace("*", "")
    assert wire.once("23:00") == []


def test_without_its_digest_a_correction_comes_at_once(wire: Wire, tmp_path: Path) -> None:
    configure(tmp_path, "evening", EVENING)
    wire.partner["crash"] = (HIT, CRASH.format(48))
    wire.once("09:00")
    (told,) = wire.once("19:05")
    configure(tmp_path, "anna", "")
    wire.partner["crash"] = (HIT, NOTED)
    (corrected,) = wire.once("19:30")
    assert corrected["Subject"] == f"Corrected, gas: {HIT}"
    assert f"At 20:05 we told you “{HIT}”" in said(corrected)
    assert corrected["In-Reply-To"] == told["Message-ID"]


def test_a_rule_that_tells_at_once_in_place_of_a_digest_tells_nothing_twice(
    wire: Wire, tmp_path: Path
) -> None:
    configure(tmp_path, "evening", EVENING)
    wire.partner["crash"] = (HIT, CRASH.format(48))
    wire.once("09:00")
    (told,) = wire.once("19:05")
    configure(tmp_path, "anna", EVENING)  # the digest goes on, without this rule
    wire.partner["crash"] = (HIT, NOTED)
    (corrected,) = wire.once("19:30")
    assert corrected["Subject"] == f"Corrected, gas: {HIT}"
    assert corrected["In-Reply-To"] == told["Message-ID"]
    assert wire.once("20:30") == []


def test_what_is_owed_to_nobody_is_seen(
    wire: Wire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(tmp_path, "evening", EVENING)
    wire.partner["crash"] = (HIT, CRASH.format(48))
    wire.once("09:00")
    capsys.readouterr()
    assert code_of(["status"]) == 0
    assert "1 notification owed: 1 to anna (evening)" in capsys.readouterr().out
    assert code_of(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["owed_to"] == [
        {"recipient": "anna", "digest": "evening", "notifications": 1}
    ]
    configure(tmp_path, "night", NIGHT.replace("anna", "boris"), people="boris")
    assert wire.once("20:05") == []
    capsys.readouterr()
    assert code_of(["doctor"]) == 1
    assert "owed to nobody: 1 to anna (evening); name them in" in capsys.readouterr().out
    configure(tmp_path, "night", NIGHT)
    assert len(wire.once("21:30")) == 0  # no slot of hers has come since she is back
    assert code_of(["doctor"]) in (0, 1)
    assert "owed to nobody" not in capsys.readouterr().out


class Picky(Sink):
    """Knows one address only."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if address != "anna@example.org":
            return "550 no such user here"
        return await super().handle_RCPT(server, session, envelope, address, options)


def test_a_letter_to_a_wrong_address_is_sent_when_it_is_put_right(
    wire: Wire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(tmp_path, "anna", "")
    people = tmp_path / "config" / "digests.yaml"
    people.write_text(people.read_text().replace("anna@example.org", "ana@example.org"))
    main = tmp_path / "config" / "newswatch.yaml"
    sink = Picky()
    with serving(sink) as port:
        main.write_text(
            main.read_text().replace(f"file:{wire.letters}", f"smtp://127.0.0.1:{port}")
        )
        wire.partner["crash"] = (HIT, CRASH.format(48))
        wire.once("09:00")
        capsys.readouterr()
        code_of(["outbox", "--json"])
        letter = json.loads(capsys.readouterr().out)
        assert (letter["state"], letter["address"]) == ("dead", "ana@example.org")
        configure(tmp_path, "anna", "")
        assert code_of(["outbox", "retry", letter["id"][:6]]) == 0
        assert "at anna@example.org in place of ana@example.org" in capsys.readouterr().out
        assert code_of(["once"]) in (0, 1)  # by this machine's clock, as the hand's word was
    ((_, to, content),) = sink.letters
    assert to == ("anna@example.org",)
    assert f"Subject: gas: {HIT}".encode() in content
