"""A sealed letter goes to a chat, a phone or a webhook; what became of it comes back as a value.

Rule: as in `mail`: one letter, one answer, within the deadline. The letter is what the outbox keeps; its text is shortened
to what the channel takes, by whole stories. A channel's address is a secret, and stands in no message. Apprise's room:
as it bounds neither how long an answer drips nor how large it is, each letter is handed over in a process of its own
(0.6 s of CPU and 47 MB, measured).
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from newswatch.model import CHANNEL, Letter, Sent
from newswatch.text import safe_line

DEADLINE = 60.0  # seconds a letter may take, as by mail
BEGINS = 20.0  # seconds beyond them in which its process begins, on a machine that has much to do
ROOM = 300 * 1024**2  # bytes of address space that an answer may take; each thread reserves some
NOT_TAKEN = 450  # it is tried again for as long as a letter that a mail server puts off
UNKNOWN = 550  # to no channel that is configured
LEAST = 20  # characters of a text below which nothing is said
SECRET = 4  # characters from which on a part of an address may be one

# What Discord, Mattermost and Google Chat read in a plain text as well: a call to all or to one, and words that
# stand for an address, or an image that is loaded. A space without width between its signs leaves it to be read.
BREAK = "\u200b"
_CALLS = re.compile(
    r"@(?=(?:everyone|here|channel|all)\b)|(?<![\w/])@(?=\w)|<(?=[@!#])|\](?=[(\[:])", re.IGNORECASE
)

Send = Callable[[Letter], Sent]


class ChannelError(Exception):
    """A channel cannot be used; the message says which, and what to do."""


def installed() -> bool:
    """Whether the extra `notify` is."""
    return find_spec("apprise") is not None


def ways(
    mail: Send,
    addresses: Mapping[str, str],
    deadline: float = DEADLINE,
    hand_over: Callable[[Channel, Letter], Sent] | None = None,
) -> Send:
    """A way out for letters to readers of both kinds: by *mail*, and by the channel that a reader's name has
    in *addresses*, as Apprise writes them; *hand_over* is how, `apart` where none is given. Nothing is asked before
    the first letter. Raises ChannelError.

    Sent.code is 250 when the channel took it, 450 when it did not, or gave no answer: it is tried again.
    """
    if not addresses:
        return mail
    if not installed():
        raise ChannelError("a channel needs the extra notify: pip install 'newswatch[notify]'")
    channels = {name: Channel(name, said, deadline) for name, said in addresses.items()}
    for channel in channels.values():
        channel.service()
    return _Ways(mail, channels, hand_over or apart)


def shortened(text: str, most: int) -> str:
    """*text* in at most so many characters: its whole paragraphs, and how many more there are; of one that is too
    long alone, its beginning.
    """
    text = text.strip()
    if len(text) <= most:
        return text
    paragraphs = re.split(r"\n\n+", text)
    for kept in range(len(paragraphs) - 1, 0, -1):
        said = "\n\n".join([*paragraphs[:kept], f"… and {len(paragraphs) - kept} more"])
        if len(said) <= most:
            return said
    return text[: most - 1].rsplit(None, 1)[0] + "…"


@dataclass(frozen=True, slots=True)
class Channel:
    """One reader's channel."""

    name: str
    address: str = field(repr=False)
    deadline: float

    def service(self) -> Any:
        """What Apprise makes of the address. Raises ChannelError."""
        import apprise

        # It says nothing past our log, where a service's address could stand.
        logging.getLogger("apprise").propagate = False
        try:
            found = apprise.Apprise.instantiate(self.address)
        except Exception:  # noqa: BLE001 - whatever a plug-in makes of it
            found = None
        if found is None:
            raise ChannelError(
                f"the channel of {self.name} is no address that Apprise knows, or lacks a package of its own:"
                " see https://github.com/caronc/apprise/wiki"
            )
        found.overflow_mode = apprise.OverflowMode.TRUNCATE
        found.redirects = False  # most are followed without the letter: their 200 is of none
        return found

    def take(self, letter: Letter) -> Sent:
        """Hand the letter over and wait for the answer, at most until the deadline."""
        import apprise

        try:
            service = self.service()
            message = message_from_bytes(letter.content, policy=policy.default)
            title, body = _fitting(message, service)
            if isinstance(getattr(service, "headers", None), dict):
                # By it a webhook knows a letter that comes again.
                service.headers["X-Message-ID"] = str(message["Message-ID"])
            one = apprise.Apprise()
            one.add(service)
            answer = one.notify(
                body=body,
                title=title,
                body_format=apprise.NotifyFormat.TEXT,
                timeout=self.deadline,
                log_level=logging.WARNING,
            )
            said = [entry.message for entry in answer.logs()]
        except Exception as error:  # noqa: BLE001 - a plug-in's mistake is no answer
            return Sent(letter.id, NOT_TAKEN, self._told(f"{type(error).__name__}: {error}"))
        if answer:
            return Sent(letter.id, 250, "taken")
        return Sent(letter.id, NOT_TAKEN, self._told("; ".join(said) or "it was not taken"))

    def _told(self, said: str) -> str:
        """*said* on one line, without what stands in the address behind its scheme."""
        for secret in sorted(re.split(r"[/?&=:@,]+", self.address)[1:], key=len, reverse=True):
            if len(secret) >= SECRET:
                said = said.replace(secret, "…")
        return safe_line(said)[:300]


# ── a process of its own ────────────────────────────────────────────────────────────────────


def apart(channel: Channel, letter: Letter) -> Sent:
    """Hand a letter over to its channel in a process that is killed at the deadline, whatever the answer does."""
    # A proxy that the environment names would see the letter, and the address with its secret.
    environment = {n: said for n, said in os.environ.items() if not n.lower().endswith("_proxy")}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", "from newswatch.channels import answer; answer()"],
            input=pickle.dumps((channel, letter)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, start_new_session=True, timeout=channel.deadline + BEGINS, check=True,
        )  # fmt: skip
        said = json.loads(done.stdout)
        return Sent(letter.id, int(said["code"]), str(said["detail"]))
    except subprocess.TimeoutExpired:
        return Sent(letter.id, NOT_TAKEN, f"no answer within {channel.deadline:g} s")
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        return Sent(letter.id, NOT_TAKEN, f"its process failed ({type(error).__name__})")


def answer() -> None:
    """In that process: what became of the letter on standard input, and its end, whoever still waits for bytes."""
    channel, letter = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    signal.setitimer(
        signal.ITIMER_REAL, channel.deadline + BEGINS
    )  # our parent may be dead by then
    channel.service()  # loads what it needs
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sent = channel.take(letter)
    os.write(1, json.dumps({"code": sent.code, "detail": sent.detail}).encode())
    os._exit(0)


# ── both ways ───────────────────────────────────────────────────────────────────────────────


class _Ways:
    """By mail, or by a channel: as the letter is addressed."""

    def __init__(
        self,
        mail: Send,
        channels: Mapping[str, Channel],
        hand_over: Callable[[Channel, Letter], Sent],
    ) -> None:
        self.mail, self.channels, self.hand_over = mail, channels, hand_over

    def __call__(self, letter: Letter) -> Sent:
        """Hand one letter over."""
        ((_, sent),) = self.each((letter,))
        return sent

    def each(self, letters: Iterable[Letter]) -> Iterator[tuple[Letter, Sent]]:
        """Hand letters over, one after the other, those by mail on one connection. A channel that did not take one
        is not asked with the next: a hung one would hold up the letters by mail.
        """
        failed: dict[str, str] = {}
        for by_channel, found in groupby(letters, lambda one: one.address.startswith(CHANNEL)):
            if by_channel:
                yield from ((letter, self._by_channel(letter, failed)) for letter in found)
            elif (several := getattr(self.mail, "each", None)) is not None:
                yield from several(found)
            else:
                yield from ((letter, self.mail(letter)) for letter in found)

    def _by_channel(self, letter: Letter, failed: dict[str, str]) -> Sent:
        name = letter.address.removeprefix(CHANNEL)
        if (channel := self.channels.get(name)) is None:
            return Sent(letter.id, UNKNOWN, f"{name} has no channel any more")
        if name in failed:
            return Sent(letter.id, NOT_TAKEN, failed[name])
        sent = self.hand_over(channel, letter)
        if sent.code != 250:
            failed[name] = sent.detail
        return sent


def _fitting(message: Any, service: Any) -> tuple[str, str]:
    """A letter's title and text in what a service takes; without a title where it knows none."""
    title, body = _uncalled(safe_line(str(message["Subject"]))), _uncalled(_text_of(message))
    if service.title_maxlen <= 0:
        return "", shortened(f"{title}\n{body}", service.body_maxlen)
    title = shortened(title, service.title_maxlen)
    taken = len(title) + 2 if service.overflow_amalgamate_title else 0
    return title, shortened(body, max(LEAST, service.body_maxlen - taken))


def _uncalled(said: str) -> str:
    """*said* so that it calls nobody and hides no address."""
    return _CALLS.sub(rf"\g<0>{BREAK}", said)


def _text_of(message: Any) -> str:
    part = message.get_body(("plain",))
    return "\n".join(str(part.get_content()).splitlines()) if part is not None else ""


__all__ = ["Channel", "ChannelError", "answer", "apart", "installed", "shortened", "ways"]
