"""A letter's header fields as bytes.

Rule: what a field says is what is read of it. The standard library's folding (Python 3.11 to 3.13) loses
spaces between encoded words, and breaks one in two; fields that are not ASCII are folded here.
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address
from email.policy import EmailPolicy
from typing import Any


class Folding(EmailPolicy):
    """The policy of letters: 7 bits, CRLF, encoded words that hold whole fields."""

    def fold(self, name: str, value: Any) -> str:
        """The field as it is sent, ASCII, with its line end."""
        said = _encoded(name, value)
        if said is None:
            return str(super().fold(name, value))
        return f"{name}: {said}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes."""
        if _encoded(name, value) is None:
            return bytes(super().fold_binary(name, value))
        return self.fold(name, value).encode("ascii")


def _encoded(name: str, value: Any) -> str | None:
    """The value of a field that is not ASCII; None for one that is, which the library folds rightly."""
    if str(value).isascii():
        return None
    addresses: tuple[Address, ...] | None = getattr(value, "addresses", None)
    if addresses is None:
        return _words(name, str(value))
    return ",\r\n ".join(
        f"{_words(name, one.display_name)}\r\n <{one.addr_spec}>"
        if one.display_name
        else one.addr_spec
        for one in addresses
    )


def _words(name: str, said: str) -> str:
    return Header(said, "utf-8", header_name=name).encode(linesep="\r\n")


POLICY = Folding(linesep="\r\n", cte_type="7bit")  # passes servers that know no 8BITMIME unchanged
