"""digest, mail, outbox: what will be sent, whether it can be, and what became of it.

Rule: `preview` keeps and sends nothing; `outbox` works beside a running daemon.
"""

from __future__ import annotations

import sys
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import click

from newswatch.cli.completing import digest_names, people_names, previewed_names
from newswatch.cli.groups import Group
from newswatch.cli.output import answer, emit, note, progress, say, table, when
from newswatch.cli.reading import JSON, worded
from newswatch.cli.settings import MOMENT, Mistake, Options, Refused, not_there, utc_now
from newswatch.model import CHANNEL, Digest, DigestPlan, Footer, Letter, Person, content_id
from newswatch.store import open_archive, open_outbox
from newswatch.wording import counted, did_you_mean

AT_ONCE = "now"


@click.group(cls=Group)
def digest() -> None:
    """Digests: preview or send one now."""


def _plan(
    options: Options, name: str, to: str | None = None
) -> tuple[Any, DigestPlan, tuple[Person, ...]]:
    """The configuration, the digest called *name* and its readers, or the one of them called *to*."""
    configuration = options.configuration()
    plans = {plan.name: plan for plan in configuration.digests}
    if name not in plans:
        raise not_there("digest", name, plans)
    people = {person.name: person for person in configuration.people}
    if to is not None and to not in plans[name].to:
        raise not_there(f"reader of {name}", to, plans[name].to)
    readers = (to,) if to is not None else plans[name].to
    return configuration, plans[name], tuple(people[who] for who in readers)


TO = click.option("--to", help="To this one of its readers only.", shell_complete=people_names)


@digest.command()
@click.argument("name", shell_complete=previewed_names)
@click.option(
    "--html", is_flag=True, help="As HTML, to put into a file; --to where it has several readers."
)
@click.option(
    "--since", type=MOMENT, help="With what was found since then, told already or not: 7d."
)
@TO
@JSON
@click.pass_obj
def preview(
    options: Options, name: str, html: bool, since: datetime | None, to: str | None, as_json: bool
) -> int:
    """The digest as it would go out now, as text; `now` for the letters at once that wait. Nothing is
    kept or sent.
    """
    from newswatch import desk
    from newswatch import digest as room

    if name == AT_ONCE:
        if html or since or to:
            raise Mistake("--html, --since and --to are for digests, not for the letters at once")
        return _preview_at_once(options, as_json=as_json)
    configuration, plan, people = _plan(options, name, to)
    if html and len(people) > 1 and not as_json:
        names = ", ".join(person.name for person in people)
        raise Mistake(f"{name} goes to {names}: name one of them with --to")
    force = desk.in_force(configuration)
    outbox = open_outbox(options.store())
    for person in people:
        letter = desk.preview(outbox, force, plan, person, utc_now(), since)
        if as_json:
            said = {
                "digest": name, "to": person.name, "stories": len({i.story for i in letter.items}),
                "text": room.plain(letter),
            }  # fmt: skip
            emit(said | ({"html": room.html(letter)} if html else {}))
        else:
            say(room.html(letter) if html else room.plain(letter))
    return 0


def _preview_at_once(options: Options, *, as_json: bool) -> int:
    """The letters at once that wait, by reader; 1 where none does."""
    from newswatch import desk
    from newswatch import digest as room

    configuration = options.configuration()
    force, outbox, now = desk.in_force(configuration), open_outbox(options.store()), utc_now()
    waiting = [
        (person, letter, goes)
        for person in configuration.people
        for letter, goes in desk.preview_at_once(outbox, force, person, now)
    ]
    for person, letter, goes in waiting:
        stories = len({item.story for item in letter.items})
        if as_json:
            emit(
                {
                    "digest": AT_ONCE, "to": person.name, "goes": goes, "stories": stories,
                    "text": room.plain(letter),
                }
            )  # fmt: skip
        else:
            say(f"to {person.name}, {'as soon as letters leave' if goes <= now else when(goes)}:")
            say(room.plain(letter))
    if not waiting:
        note("no letter at once is owed to anybody")
    return 0 if waiting else 1


@digest.command()
@click.argument("name", shell_complete=digest_names)
@click.option("--dry-run", is_flag=True, help="Say what would be sent.")
@TO
@JSON
@click.pass_obj
def send(options: Options, name: str, dry_run: bool, to: str | None, as_json: bool) -> int:
    """Send what a digest owes now, without waiting for its time; 1 when it owes nothing."""
    from newswatch import desk

    configuration, plan, people = _plan(options, name, to)
    force = desk.in_force(configuration)
    outbox = open_outbox(options.store())
    now = utc_now()
    transport = options.sender(configuration)
    owing = refused = 0
    for person in people:
        letter = desk.preview(outbox, force, plan, person, now)
        stories = len({item.story for item in letter.items})
        failed = 0
        if stories and not dry_run:
            with progress(f"sending to {person.name}", quiet=options.quiet):
                failed = desk.send_digest(outbox, force, plan, person, transport, now)
        owing += bool(stories)
        refused += failed
        done = f"{person.name}: {counted(stories, 'story', 'stories')}"
        answer(
            {"digest": name, "to": person.name, "stories": stories, "refused": failed,
             "dry_run": dry_run},
            (done if stories else f"nothing is owed to {person.name}")
            + (" (dry run)" if dry_run else ""),
            as_json=as_json,
        )  # fmt: skip
    if refused:
        raise Refused(
            f"{counted(refused, 'letter was', 'letters were')} not taken: see `newswatch outbox`"
        )
    return 0 if owing else 1


@click.group(cls=Group)
def mail() -> None:
    """The way letters leave: test it."""


@mail.command()
@click.argument("address")
@JSON
@click.pass_obj
def test(options: Options, address: str, as_json: bool) -> None:
    """Send one letter to ADDRESS, a mail address or the name of a reader, by the way that is configured."""
    from newswatch import digest as room
    from newswatch.address import mail_address

    configuration = options.configuration()
    person = next((p for p in configuration.people if p.name == address), None)
    if person is None:
        if not mail_address(address):
            readers = did_you_mean(address, [p.name for p in configuration.people])
            hint = readers or ": write one like anna@example.org"
            raise Mistake(f"{address!r} is neither a mail address nor a reader's name{hint}")
        person = Person("you", address)
    by_channel = person.address.startswith(CHANNEL)
    way = f"the channel of {person.name}" if by_channel else configuration.mail.server
    now = utc_now()
    value = Digest(
        id=content_id("mail test", address, now.isoformat()),
        name="test",
        person=person,
        sender=configuration.mail.sender,
        at=now,
        since=now,
        until=now,
        footer=Footer(feeds=len(configuration.feeds)),
    )
    letter = Letter(
        value.id,
        person.name,
        person.address,
        configuration.mail.sender,
        room.seal(value, trial=True),
    )
    transport = options.sender(configuration)
    with progress(f"asking {way}", quiet=options.quiet):
        said = transport(letter)
    if said.code != 250:
        why = said.detail or str(said.code or "no answer")
        raise Refused(f"{way} did not take it: {why}")
    answer(
        {"server": way, "code": said.code, "said": said.detail},
        f"{way} took it: {said.detail or said.code}",
        as_json=as_json,
    )


@click.group(cls=Group, invoke_without_command=True)
@JSON
@click.pass_context
def outbox(ctx: click.Context, as_json: bool) -> int:
    """Letters waiting, sent, refused, dead."""
    return ctx.invoke(list_, as_json=as_json) if ctx.invoked_subcommand is None else 0


@outbox.command("list")
@JSON
@click.pass_obj
def list_(options: Options, as_json: bool) -> int:
    """The letters, the newest first."""
    archive = open_archive(options.store())
    try:
        letters = archive.letters()
    finally:
        archive.close()
    if as_json:
        for letter in letters:
            emit(letter)
    elif letters:
        rows = [
            letter | {"id": letter["id"][:8], "slot": when(letter["slot"])} for letter in letters
        ]
        table(
            rows,
            [
                ("id", "letter"),
                ("slot", "for"),
                ("to", "to"),
                ("digest", "digest"),
                ("state", "state"),
                ("attempts", "tries"),
                ("detail", "the server said"),
            ],
        )
    else:
        note("no letters yet")
    return 0 if letters else 1


@outbox.command()
@click.argument("id_", metavar="ID")
@click.option("--raw", is_flag=True, help="The bytes as they go out.")
@JSON
@click.pass_obj
def show(options: Options, id_: str, raw: bool, as_json: bool) -> None:
    """One letter, by the beginning of its id."""
    archive = open_archive(options.store())
    try:
        letter, content = archive.letter(id_)
    finally:
        archive.close()
    if raw:
        sys.stdout.buffer.write(content)
        return
    message: EmailMessage = BytesParser(policy=policy.default).parsebytes(content)
    body = message.get_body(("plain",))
    text = body.get_content().replace("\r\n", "\n") if body is not None else ""
    if as_json:
        emit(letter | {"subject": str(message["Subject"]), "text": text})
        return
    for name in ("From", "To", "Date", "Subject", "Message-ID"):
        say(f"{name}: {message[name]}")
    tries = counted(letter["attempts"], "try", "tries")
    say(f"State: {letter['state']} after {tries} at {letter['address']}; {letter['detail']}")
    for wording in letter["rules"]:
        say(f"Rule {wording['name']}, in force since {when(wording['at'])}: {worded(wording)}")
    for one in letter["inhibited"]:
        say(f"Inhibited: {one['rule']}, by {one['by']} on the same story {one['story'][:8]}")
    say()
    say(text)


def _decide(options: Options, id_: str, *, drop_it: bool, as_json: bool) -> None:
    archive = open_archive(options.store())
    try:
        letter, _ = archive.letter(id_)
    finally:
        archive.close()
    box = open_outbox(options.store())
    address = letter["address"]
    if drop_it:
        box.drop(letter["id"], utc_now())
        done = "dropped"
    else:
        address = _address_now(options, letter["to"]) or address
        box.retry(letter["id"], utc_now(), address if address != letter["address"] else "")
        done = f"will be tried again, at {address}"
        done += f" in place of {letter['address']}" if address != letter["address"] else ""
    answer(
        {
            "id": letter["id"], "to": letter["to"], "address": address,
            "state": "dropped" if drop_it else "waiting",
        },
        f"{letter['id'][:8]} to {letter['to']}: {done}",
        as_json=as_json,
    )  # fmt: skip


def _address_now(options: Options, name: str) -> str:
    """What the configuration has for a reader's address, which may have been put right since the letter
    was sealed; '' where it has none, or cannot be read.
    """
    try:
        people = options.configuration().people
    except Mistake:
        return ""
    return next((person.address for person in people if person.name == name), "")


@outbox.command()
@click.argument("id_", metavar="ID")
@JSON
@click.pass_obj
def retry(options: Options, id_: str, as_json: bool) -> None:
    """Try a waiting or dead letter again at once, at the address that the configuration has now."""
    _decide(options, id_, drop_it=False, as_json=as_json)


@outbox.command()
@click.argument("id_", metavar="ID")
@JSON
@click.pass_obj
def drop(options: Options, id_: str, as_json: bool) -> None:
    """Give up a letter that was not sent; it stays on record."""
    _decide(options, id_, drop_it=True, as_json=as_json)
