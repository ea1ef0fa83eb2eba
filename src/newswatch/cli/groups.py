"""A group of commands whose help says of each, in whole sentences, what it does.

Rule: click cuts what does not fit in a line; here it goes on in the next.
"""

from __future__ import annotations

import click

SENTENCE = 500  # characters of a command's first sentence: all of it


class Group(click.Group):
    """Commands, listed with the first sentence of each."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands below the options."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, said.get_short_help_str(SENTENCE)) for name, said in found if said]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
