"""The command line: one function a command, a file a group; the only place that prints.

Rule: this file imports nothing heavy, and each command's file only when it is called, so that
`newswatch search` starts at once. Data goes to standard output, all else to standard error.
Exit: 0 done; 1 nothing found or part failed; 2 a mistake; 3 the other side refused; 4 the store
cannot be used; 5 another newswatch writes to it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from newswatch.cli.groups import Group

# Where each command lives: looked up by name, imported when called.
COMMANDS = {
    "init": "newswatch.cli.beginning:init",
    "run": "newswatch.cli.watching:run",
    "stop": "newswatch.cli.watching:stop",
    "once": "newswatch.cli.watching:once",
    "backfill": "newswatch.cli.backfilling:backfill",
    "demo": "newswatch.cli.watching:demo",
    "search": "newswatch.cli.searching:search",
    "show": "newswatch.cli.reading:show",
    "story": "newswatch.cli.stories:story",
    "why": "newswatch.cli.stories:why",
    "web": "newswatch.cli.browsing:web",
    "export": "newswatch.cli.exchanging:export",
    "import": "newswatch.cli.exchanging:import_",
    "rules": "newswatch.cli.ruling:rules",
    "silence": "newswatch.cli.silencing:silence",
    "feeds": "newswatch.cli.feeding:feeds",
    "digest": "newswatch.cli.posting:digest",
    "mail": "newswatch.cli.posting:mail",
    "outbox": "newswatch.cli.posting:outbox",
    "quarantine": "newswatch.cli.quarantining:quarantine",
    "cluster": "newswatch.cli.clustering:cluster",
    "status": "newswatch.cli.status:status",
    "doctor": "newswatch.cli.doctor:doctor",
    "check": "newswatch.cli.keeping:check",
    "verify": "newswatch.cli.keeping:verify",
    "backup": "newswatch.cli.keeping:backup",
    "restore": "newswatch.cli.keeping:restore",
    "prune": "newswatch.cli.pruning:prune",
    "archive": "newswatch.cli.archiving:archive",
}


class Commands(Group):
    """The commands by name, each imported when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest right word for a wrong one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from newswatch.wording import did_you_mean

            hint = did_you_mean(args[0], COMMANDS) or " (see newswatch --help)"
            raise click.UsageError(f'there is no command "{args[0]}"{hint}', ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="DIR", help="Folder of the configuration (config).")
@click.option("--feeds", metavar="FILE", help="The feeds' file (feeds.yaml).")
@click.option("--store", metavar="ADDRESS", help="The store (sqlite:var/newswatch.db).")
@click.option("-v", "--verbose", is_flag=True, help="Say more on standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Say less: no progress, only errors.")
@click.version_option(package_name="newswatch")
@click.pass_context
def root(
    ctx: click.Context,
    config: str | None,
    feeds: str | None,
    store: str | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Watch news wires: one alert a story, every version kept, corrections told."""
    from newswatch.cli.settings import Options

    ctx.obj = Options.given(config, feeds, store, verbose=verbose, quiet=quiet, environ=os.environ)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the shell: or the store would get its number
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open for good
    sys.exit(code_of(arguments))


def code_of(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code in place of an exit."""
    from newswatch.cli.output import complain
    from newswatch.model import StoreBusy, StoreError, StoreMissing
    from newswatch.store import NotFound, NotPossible

    try:
        result: Any = root.main(
            args=None if arguments is None else list(arguments),
            prog_name="newswatch",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
            click.echo(wrong.format_message(), err=True)  # the help, which begins with the usage
            return wrong.exit_code
        complain(wrong.format_message())
        if isinstance(wrong, click.UsageError) and wrong.ctx is not None:
            click.echo(f"  {wrong.ctx.get_usage()}", err=True)
        return wrong.exit_code
    except (StoreMissing, NotFound, NotPossible) as wrong:
        complain(str(wrong))
        return 1
    except StoreBusy as wrong:
        complain(str(wrong))
        return 5
    except StoreError as wrong:
        complain(str(wrong))
        return 4
    except (BrokenPipeError, SystemExit):
        # The reader has seen enough (`| head`): click turns that into an exit of its own, and the
        # interpreter must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as wrong:
        if wrong.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(f"the output cannot be written ({wrong.strerror})")
        return 1
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return 130
    return result if isinstance(result, int) else 0
