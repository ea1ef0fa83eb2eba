"""What a letter's header fields say is what a reader's mail program reads of them."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import compat32, default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswatch.digest.folding import POLICY

WORDS = st.lists(
    st.text(
        st.sampled_from("абвгдежзиклмнопрстуфхцчшщъыьэюя–«»aé1,:;日本ق"), min_size=1, max_size=14
    ),
    min_size=1,
    max_size=30,
)


def read(subject: str, name: str = "") -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["Subject"] = subject
    message["To"] = Address(name, "anna", "example.org")
    message.set_content("x")
    said = message.as_bytes()
    assert said.isascii()
    assert all(len(line) <= 78 for line in said.split(b"\r\n"))
    found = message_from_bytes(said, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize(
    "subject",
    [
        "sanctions: Рынок нефти в конце года: дефицита в России нет, сообщил министр торговли",
        "рынок: В России нет дефицита зерна, а цены на него растут третий месяц подряд",
        "a: 日本の市場は三日続けて値を上げたと取引所が発表した、関係者は慎重な見方を示している",
        "gas: Leak shuts Karvia terminal – «halting» gas",
        "gas: Leak shuts Karvia terminal",
        "",
    ],
)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    assert read(subject)["Subject"] == subject


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS)
def test_any_subject_and_any_name_are_read_as_they_were_written(
    subject: list[str], name: list[str]
) -> None:
    who = " ".join(name)[:80].strip()
    found = read(" ".join(subject), who)
    assert found["Subject"] == " ".join(subject)
    (to,) = found["To"].addresses
    assert to.addr_spec == "anna@example.org"
    if who.isascii():
        assert to.display_name == who
    else:  # the library's own reader keeps the space between two encoded words of a name
        raw = message_from_bytes(found.as_bytes(policy=compat32), policy=compat32)["To"]
        said = "".join(
            part.decode(charset or "ascii") if isinstance(part, bytes) else part
            for part, charset in decode_header(raw)
        )
        assert said.split("<")[0].strip() == who
