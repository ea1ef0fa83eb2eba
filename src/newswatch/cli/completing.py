"""What the shell may complete: names of rules, feeds, readers and digests, and where articles come from.

Rule: a shell that completes runs no command and hears no complaint; what cannot be read has no names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from newswatch.cli.settings import Mistake, Options
from newswatch.model import StoreError
from newswatch.store import open_archive

if TYPE_CHECKING:
    from newswatch.config import Configuration
    from newswatch.model import Feed


def rule_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names of the file's rules that begin so."""
    found = _configuration(ctx)
    return _begun(incomplete, (rule.name for rule in found.rules) if found else ())


def digest_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The names of digests that begin so."""
    found = _configuration(ctx)
    return _begun(incomplete, (plan.name for plan in found.digests) if found else ())


def previewed_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of digests that begin so, and `now` for the letters at once."""
    return [*digest_names(ctx, param, incomplete), *_begun(incomplete, ("now",))]


def people_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The names of people that begin so."""
    found = _configuration(ctx)
    return _begun(incomplete, (person.name for person in found.people) if found else ())


def reader_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of people and digests that begin so."""
    return people_names(ctx, param, incomplete) + digest_names(ctx, param, incomplete)


def feed_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The names of the store's feeds that begin so."""
    return _begun(incomplete, (feed.name for feed in _feeds(ctx)))


def origins(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """What may follow `source:`, `newsroom:`, `lang:`, `tag:` in a query. A shell that takes the colon
    for the end of a word (bash) asks for what follows it alone, and gets that alone.
    """
    from newswatch.suggestions import ORIGINS

    before = ctx.params.get(param.name or "") or ()
    field, colon, begun = incomplete.rpartition(":")
    prefix = f"{field}:" if field else ""
    if not colon and before[-1:] == (":",):
        before = before[:-1]
        colon = ":"
    if not field:
        field = before[-1] if colon and before else ""
    if field not in ORIGINS:
        return []
    names = {name for feed in _feeds(ctx) for name in ORIGINS[field](feed)}
    # What needs quotes in the query needs others in the shell: that is left to whoever types.
    plain = sorted(name for name in names if name and not set(name) & set(" \t\"'():“”«»"))
    return [prefix + name for name in _begun(begun, plain)]


def _begun(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _options(ctx: click.Context) -> Options:
    given = ctx.find_root().params
    return Options.given(
        given.get("config"), given.get("feeds"), given.get("store"),
        verbose=False, quiet=True, environ=os.environ,
    )  # fmt: skip


def _configuration(ctx: click.Context) -> Configuration | None:
    try:
        return _options(ctx).configuration_if_any()
    except (Mistake, OSError):
        return None


def _feeds(ctx: click.Context) -> tuple[Feed, ...]:
    try:
        archive = open_archive(_options(ctx).store())
    except (Mistake, StoreError, OSError):
        return ()
    try:
        return archive.configured()
    except StoreError:
        return ()
    finally:
        archive.close()
