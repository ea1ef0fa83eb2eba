"""Make the man page and the shells' completions: python deploy/manual.py FOLDER (deploy/share).

Rule: all of it comes out of the command line itself, so that it cannot say anything else; what no help
says (files, environment, exit codes) stands here. The layout below FOLDER is that of `share/` beside `bin/`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from newswatch.cli import root

PROGRAM = "newswatch"
COMPLETIONS = {
    BashComplete: "bash-completion/completions/newswatch",
    ZshComplete: "zsh/site-functions/_newswatch",
    FishComplete: "fish/vendor_completions.d/newswatch.fish",
}
FILES = (
    ("config/newswatch.yaml", "The store, the crawl, the mail server; each key has a default."),
    ("config/rules.yaml", "What to look for, and whom to tell."),
    ("config/digests.yaml", "People, and the digests they get."),
    ("feeds.yaml", "The feeds that are watched."),
    ("var/newswatch.db", "The store; its copies are in backups beside it."),
    ("var/outbox", "Letters, as files, where no mail server is named."),
)
ENVIRONMENT = (
    ("NEWSWATCH_CONFIG", "Stands for --config."),
    ("NEWSWATCH_STORE", "Stands for --store."),
    ("NO_COLOR", "No colour, also on a terminal."),
)
EXITS = (
    ("0", "Done."),
    ("1", "Nothing was found, or some of it failed and was named."),
    ("2", "A mistake in the command, the query or the configuration."),
    ("3", "The other side refused, where reaching it was all that was asked."),
    ("4", "The store is damaged or cannot be used."),
    ("5", "Another newswatch writes to the store."),
)


def made() -> dict[str, str]:
    """Each file by its path below the folder."""
    found = {"man/man1/newswatch.1": "\n".join(_page()) + "\n"}
    for spoken, path in COMPLETIONS.items():
        script = spoken(root, {}, PROGRAM, "_NEWSWATCH_COMPLETE").source()
        found[path] = script.strip() + "\n"
    return found


def _page() -> Iterator[str]:
    context = click.Context(root, info_name=PROGRAM)
    yield f".TH NEWSWATCH 1 {_quoted('')} {_quoted(PROGRAM)} {_quoted('User Commands')}"
    yield ".SH NAME"
    yield f"{PROGRAM} \\- a news monitor: one alert a story, every version kept"
    yield ".SH SYNOPSIS"
    yield f".B {PROGRAM}"
    yield "[OPTIONS] COMMAND [ARGUMENTS]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(root.help)
    yield ".SH OPTIONS"
    yield from _options(context)
    yield ".SH COMMANDS"
    yield from _commands(root, context)
    for heading, rows in (("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT), ("EXIT STATUS", EXITS)):
        yield f".SH {_quoted(heading)}"
        for term, said in rows:
            yield from _item(term, said)


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        below = click.Context(command, info_name=name, parent=context)
        usage = " ".join(command.collect_usage_pieces(below))
        path = below.command_path.removeprefix(f"{PROGRAM} ")
        yield f".SS {_quoted(f'{path} {usage}')}"
        yield from _paragraphs(command.help)
        yield from _options(below)
        if isinstance(command, click.Group):
            yield from _commands(command, below)


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        said = parameter.get_help_record(context)
        if said is not None and said[1] and "--help" not in parameter.opts:
            yield from _item(*said)


def _item(term: str, said: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_plain(term)}"
    yield _plain(said)


def _paragraphs(said: str | None) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(said or ""))):
        if number:
            yield ".PP"
        as_it_stands = paragraph.startswith("\b\n")  # click's own mark
        lines = paragraph.removeprefix("\b\n").splitlines()
        if as_it_stands:
            yield ".nf"
        yield from (map(_plain, lines) if as_it_stands else [_plain(" ".join(lines))])
        if as_it_stands:
            yield ".fi"


def _plain(text: str) -> str:
    """Text that troff prints as it is."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped


def _quoted(text: str) -> str:
    return '"' + _plain(text).replace('"', '""') + '"'


def main() -> None:
    """Write each file below the folder that the command line names."""
    folder = Path(sys.argv[1])
    for path, body in made().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body, encoding="utf-8")
        print(folder / path)


if __name__ == "__main__":
    main()
