"""Letters by a real Postfix, read back by a real Dovecot: as they were sealed, none lost, none twice unseen."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

import post_office
from archive_of import ANNA, NOW, PIPELINE, Desk, entry
from newswatch import deliver
from newswatch.mail import transport
from newswatch.model import Person, Rule
from newswatch.store import open_archive

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
CHILD = Path(__file__).parent / "letters_child.py"
LETTERS = 500
KILLS = 25


@pytest.fixture
def office() -> Iterator[post_office.PostOffice]:
    if lacks := post_office.missing():
        if os.environ.get("NEWSWATCH_REQUIRE_MAIL"):
            pytest.fail(f"{lacks}, and this run is to have a mail server")
        pytest.skip(f"{lacks}: no letter is sent by a real mail server")
    with post_office.opened() as found:
        yield found


def owed(folder: Path, *people: Person) -> Desk:
    """A letter at once to each of *people* is sealed and waits."""
    rule = Rule("газ", "pipeline OR газ", tuple(person.name for person in people))
    found = Desk(folder, in_force=(rule,), people=people, plans=())
    found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
    shown = entry(
        "http://wire.example/1", "Газ: <b>leak</b> shuts pipeline", f"{PIPELINE}\n.\nFrom"
    )
    found.poll("wire", (shown,), NOW)
    deliver.seal_due(found.ledger.outbox, found.readers, NOW)
    return found


def states(found: Desk) -> Counter[str]:
    archive = open_archive(found.address)
    try:
        return Counter(letter["state"] for letter in archive.letters())
    finally:
        archive.close()


def sealed(found: Desk) -> dict[str, bytes]:
    """The letters as they were sealed, by Message-ID."""
    archive = open_archive(found.address)
    try:
        contents = [archive.letter(letter["id"])[1] for letter in archive.letters()]
    finally:
        archive.close()
    return {message_id(content): content for content in contents}


def message_id(content: bytes) -> str:
    return str(message_from_bytes(content, policy=policy.default)["Message-ID"])


def as_sealed(read: bytes) -> bytes:
    """What arrived, without the lines that servers put above it."""
    return read[read.index(b"Subject:") :]


def test_letters_arrive_as_they_were_sealed_and_an_unknown_reader_is_dead(
    tmp_path: Path, office: post_office.PostOffice
) -> None:
    text = Person("texter", "texter@example.org", "UTC", format="text")
    tagged = replace(ANNA, name="tagged", address="anna+news@example.org")
    nobody = replace(ANNA, name="nobody", address="nobody@example.org")
    with owed(tmp_path, ANNA, text, tagged, nobody) as found:
        send = transport(office.smtp)
        assert deliver.send_waiting(found.ledger.outbox, send, NOW) == (3, 1)
        assert states(found) == {"sent": 3, "dead": 1}
        office.settle()
        wanted = sealed(found)
        arrived = {message_id(read): as_sealed(read) for read in office.read()}
        assert len(arrived) == 3
        for name, content in arrived.items():
            assert content == wanted[name]
        shown = [message_from_bytes(c, policy=policy.default) for c in arrived.values()]
        assert Counter(m.get_content_type() for m in shown) == {
            "multipart/alternative": 2, "text/plain": 1
        }  # fmt: skip
        assert all("Газ: <b>leak</b> shuts pipeline" in m["Subject"] for m in shown)
        assert all(m["List-Unsubscribe"].startswith("<mailto:") for m in shown)


def test_five_hundred_letters_under_kill_9_are_all_there(
    tmp_path: Path, office: post_office.PostOffice
) -> None:
    people = [replace(ANNA, name=f"r{n}", address=f"r{n}@example.org") for n in range(LETTERS)]
    with owed(tmp_path, *people) as found:
        assert states(found) == {"waiting": LETTERS}
        wanted = sealed(found)
    chance = random.Random(20261128)
    kills = 0
    command = [sys.executable, str(CHILD), found.address, office.smtp, NOW.isoformat()]
    while True:
        child = subprocess.Popen(command)
        before = states(found)["sent"]
        try:
            while kills < KILLS and child.poll() is None:
                done = states(found)["sent"]
                if done - before >= chance.randint(1, 15):
                    child.kill()
                    break
            child.wait(120)
        finally:
            child.kill()
            child.wait()
        if child.returncode == 0:
            break
        assert child.returncode == -9
        kills += 1
    assert kills == KILLS
    assert states(found) == {"sent": LETTERS}
    office.settle()
    arrived = Counter(message_id(read) for read in office.read())
    assert set(arrived) == set(wanted)
    assert arrived.total() - LETTERS <= kills
