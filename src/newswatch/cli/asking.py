"""What a command asks servers itself, once and by the configuration's manners; nothing is kept.

Rule: whatever is wrong elsewhere in the configuration is only said; what a server refuses is an error of its
own (exit code 3).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newswatch.cli.output import note, progress, public
from newswatch.cli.settings import Mistake, Options, Refused, is_absent, is_folder, utc_now
from newswatch.model import CrawlPolicy, Failure, Outcome, Request
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.workers import LocalWorkers


def policy(options: Options) -> CrawlPolicy:
    """How to behave, as the configuration says; a folder without its main file says nothing. Whatever
    else is wrong with it is only said.
    """
    from newswatch.config import MAIN, ConfigError, crawl_policy, user_agent

    if is_absent(options.config / MAIN) and (is_folder(options.config) or not options.config_given):
        return CrawlPolicy(user_agent=user_agent())
    if not is_folder(options.config):
        return options.configuration().policy
    try:
        found = crawl_policy(options.config)
    except ConfigError as wrong:
        raise Mistake(str(wrong)) from wrong
    try:
        options.configuration()
    except Mistake:
        note("the configuration has mistakes, which do not matter here: see `newswatch check`")
    return found


@contextlib.contextmanager
def asking(options: Options) -> Iterator[LocalWorkers]:
    """Workers that ask as the configuration says, until the block ends. Raises Mistake."""
    from newswatch.workers import LocalWorkers

    workers = LocalWorkers(policy(options))
    try:
        yield workers
    finally:
        workers.stop(5.0)


def asked(options: Options, workers: LocalWorkers, url: str) -> Outcome:
    """What asking *url* once as a feed brings. Raises Mistake."""
    from newswatch.address import host

    now = utc_now()
    with progress(f"asking {host(url)}", quiet=options.quiet):
        return workers.submit(Request("test", "feed", url, "test", now, now)).result()


def checked(url: str) -> str:
    """*url*, which is an address of the web. Raises Mistake."""
    from newswatch.address import is_web

    if not is_web(url):
        raise Mistake(f"{public(url)!r} is no web address: http:// or https:// and a host")
    return url


def refused(url: str, failure: Failure) -> Refused:
    """That asking *url* came to nothing, in the words of the *failure*."""
    said = f"{public(url)}: {failure.says}"
    if failure.retry_after is not None:
        said += f"; it asks to be left alone for {counted(failure.retry_after, 'second')}"
    return Refused(said)
