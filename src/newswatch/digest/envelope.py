"""What a letter's head names: mailboxes, the letter's own id, where to write to stop it.

Rule: whatever a configuration holds, what comes out can stand in a header, or is none.
"""

from __future__ import annotations

import re
from email.headerregistry import Address, Group
from urllib.parse import quote

from newswatch.address import mail_address
from newswatch.model import CHANNEL, Person, content_id
from newswatch.text import safe_line


def message_id(letter: str, sender: str) -> str:
    """The Message-ID of the letter with this id, in angle brackets."""
    address = mailbox("", sender)
    return f"<{slug(letter)}@{address.domain if address else 'newswatch.invalid'}>"


def mailbox(name: str, address: str) -> Address | None:
    """A mail address with its display name; None when it cannot stand in a header."""
    local, at, domain = mail_address(safe_line(address)).rpartition("@")
    return Address(literal(safe_line(name)[:80]), local, domain) if at else None


def recipient(person: Person) -> Address | Group:
    """Who a letter is to; of a reader with a channel in place of a mailbox, the name alone."""
    if found := mailbox(person.name, person.address):
        return found
    known = person.address.startswith(CHANNEL)
    return Group(literal(safe_line(person.name)[:80]) if known else "undisclosed-recipients")


def literal(said: str) -> str:
    """*said* for a header, which would decode what looks like an encoded word of RFC 2047, line breaks and all:
    a title could write the letter's head. A character that is not seen parts what begins one.
    """
    return said.replace("=?", "=\u200b?")


def slug(name: str) -> str:
    """*name* as a label of header values; a hash of it where its letters do not fit."""
    label = name.casefold()
    return label if re.fullmatch(r"[a-z0-9-]{1,24}", label) else content_id(name)


def leaving(name: str, sender: str) -> tuple[str, str]:
    """Where to write to get the digest *name* no more, and under which subject; ('', '') for nowhere."""
    address = mailbox("", sender)
    return (address.addr_spec, f"unsubscribe {slug(name)}") if address else ("", "")


def mailto(address: str, subject: str) -> str:
    """A mailto: address."""
    return f"mailto:{quote(address, safe='@+')}?subject={quote(subject)}"
