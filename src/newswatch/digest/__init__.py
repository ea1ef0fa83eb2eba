"""Notifications become a letter: text and HTML, the same digest always the same bytes.

Rule: no clock, no chance, no address of a machine. Message-ID and MIME boundary come from the
digest's id, so that a letter sent twice is recognised. Fields are made safe in `page`, and nothing
in a letter is loaded from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from importlib.resources import files

import css_inline
import jinja2

from newswatch.digest.columns import width, wrapped
from newswatch.digest.envelope import leaving, literal, mailbox, mailto, message_id, recipient, slug
from newswatch.digest.folding import POLICY
from newswatch.digest.foot import RULES
from newswatch.digest.page import Page, Report, first, page
from newswatch.digest.pieces import Piece
from newswatch.model import Digest
from newswatch.text import safe_line
from newswatch.wording import few

__all__ = ["html", "letter", "message_id", "plain", "seal"]

LARGEST = 90_000  # bytes of HTML: mail services cut a letter off at some 100 KB, where they like
LONGEST_HEADER = 76  # a longer word would be encoded by RFC 2047, and a List-Unsubscribe breaks so


Form = Callable[[Page, str], str]  # a page, and its letter's id, as a part of the letter


def letter(
    digest: Digest, *, trial: bool = False, text: Form | None = None, markup: Form | None = None
) -> EmailMessage:
    """The letter of *digest*, or a *trial* of the way to its reader: text, and HTML for who wants it.

    A form that cannot be laid out holds no letter up: without HTML the text goes alone, and without
    that a bare list of headlines and addresses.
    """
    content = page(digest, trial=trial)
    sender = mailbox("newswatch", digest.sender) or Address("newswatch", "newswatch", "localhost")
    domain = sender.domain
    message = EmailMessage(policy=POLICY)
    message["Subject"] = literal(content.subject)
    message["From"] = sender
    message["To"] = recipient(digest.person)
    message["Date"] = digest.at
    message["Message-ID"] = message_id(digest.id, digest.sender)
    roots = [root for root in digest.thread.split() if re.fullmatch(r"<[!-;=?-~]{1,200}>", root)]
    if len(roots) == 1:
        message["In-Reply-To"] = roots[0]
    if roots:
        message["References"] = " ".join(roots)
    message["Auto-Submitted"] = "auto-generated"
    listed = slug(digest.name)
    where, subject = leaving(digest.name, sender.addr_spec)
    for name, value in (
        ("List-Id", f"<{listed}.newswatch.{domain}>"),
        ("List-Unsubscribe", f"<{mailto(where, subject)}>"),
        ("List-Unsubscribe", f"<{mailto(where, 'unsubscribe')}>"),
    ):
        if name not in message and len(value) <= LONGEST_HEADER:
            message[name] = value
    of = [item.priority for item in digest.items] + [item.priority for item in digest.surges]
    if "urgent" in of:
        message["Importance"] = "high"
    form = _brief if digest.person.format == "brief" else _text
    said, wrong = _laid_out(text or form, content, digest.id)
    shown = ""
    if digest.person.format == "html":
        shown, worse = _laid_out(markup or _html, content, digest.id)
        wrong = wrong or worse
    plain = f"\nThis letter is plainer than it should be: {wrong}\n" if wrong else ""
    message.set_content((said or _bare(content)) + plain)
    if shown:
        message.add_alternative(shown, subtype="html")
        boundary = f"newswatch-{slug(digest.id)}"
        while boundary in said or boundary in shown:  # whatever a wire writes ends no part
            boundary += "-"
        message.set_boundary(boundary)
    return message


def seal(digest: Digest, *, trial: bool = False) -> bytes:
    """The letter's bytes, CRLF line ends: what the outbox keeps and every try sends."""
    return letter(digest, trial=trial).as_bytes()


def html(digest: Digest) -> str:
    """The HTML part alone, whatever the reader's format."""
    return _html(page(digest), digest.id)


def plain(digest: Digest) -> str:
    """The text part alone, safe to print."""
    return _text(page(digest), digest.id)


# ── the two forms ───────────────────────────────────────────────────────────────────────────


def _marked(pieces: Iterable[Piece]) -> str:
    return " ".join("".join(f"*{p.text}*" if p.marked else p.text for p in pieces).split())


def _unmarked(pieces: Iterable[Piece]) -> str:
    return " ".join("".join(p.text for p in pieces).split())


def _few(rules: tuple[str, ...]) -> str:
    return few(rules, RULES)


def _between(reports: tuple[Report, ...]) -> str:
    """What parts the newsrooms of a line: "Reuters, via CNA" has a comma of its own."""
    return "; " if any("," in report.newsroom for report in reports) else ", "


def _unbroken(said: str) -> str:
    """*said* with its figures kept beside what they count, where a line ends."""
    return re.sub(r"(?<=\d) (?=(?:s|min|h)\b)", "\u00a0", said)


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=name.endswith(".html.j2"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= dict[str, Callable[..., object]](
        {
            "between": _between,
            "few": _few,
            "marked": _marked,
            "columns": width,
            "unbroken": _unbroken,
            "unmarked": _unmarked,
            "wrapped": wrapped,
        }
    )
    source = files("newswatch.digest").joinpath(name).read_text(encoding="utf-8")
    return environment.from_string(source)


@cache
def _inliner() -> css_inline.CSSInliner:
    """Styles go into the elements; what depends on the screen (width, dark) stays in the head."""
    return css_inline.CSSInliner(
        keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False
    )


def _laid_out(form: Form, content: Page, letter: str) -> tuple[str, str]:
    """*content* in a form, or '' and why not: an ugly letter is better than one that is lost."""
    try:
        return form(content, letter), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the letter goes
        return "", safe_line(f"{type(error).__name__}: {error}")[:200]


def _bare(content: Page) -> str:
    stories = (story for section in content.sections for story in section.stories)
    told = "".join(f"{s.kind}, {s.rule}: {s.said}\n\n" for s in content.surges)
    return told + "".join(
        f"{s.plain_headline}\n{s.newsroom}, {s.time}\n{s.href}\n\n" for s in stories
    )


def _text(content: Page, _letter: str) -> str:
    lines = (line.rstrip() for line in _template("letter.txt.j2").render(page=content).splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def _brief(content: Page, _letter: str) -> str:
    """A paragraph a story, each on lines of any length, for what is no mail and shortens it by paragraphs."""
    said = _template("letter.brief.j2").render(page=content)
    return re.sub(r"\n{3,}", "\n\n", said).strip("\n") + "\n"


def _html(content: Page, letter: str) -> str:
    """HTML of at most 90 KB: beyond that the first stories, and where the others are."""
    shown = sum(len(section.stories) for section in content.sections)
    while True:
        html = _template("letter.html.j2").render(page=first(content, shown, letter))
        inlined: str = _inliner().inline(html)
        size = len(inlined.encode()) + inlined.count("\n")  # a line ends in two bytes
        if size <= LARGEST or shown <= 1:
            return inlined
        shown = max(1, min(shown - 1, shown * LARGEST // size))
