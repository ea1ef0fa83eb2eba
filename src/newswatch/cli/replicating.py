"""An archive's changes as a stream, and an archive made of one: `export --what changes` and `import` of that.

Rule: the stream has no gap and says each change as it was sealed; whoever follows it notes the last id, and goes on
behind it.
"""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from newswatch.cli.intake import BATCH, Ended, Ending, arriving, opened
from newswatch.cli.keeping import head_of
from newswatch.cli.output import complain, emit, note, progress
from newswatch.cli.settings import Mistake, Options
from newswatch.model import Recorded
from newswatch.store import NotPossible, Replica, open_archive
from newswatch.wording import counted

if TYPE_CHECKING:
    from newswatch.exchange import Mistake as WrongLine

EACH = 1.0  # seconds between two looks for changes that came
FLUSHED = 500  # changes
UNREAD = 5.0  # seconds that whoever reads has for what is being written, once it is to end
MOST_AT_ONCE = 20_000  # changes between an article and its version: a poll or an import keeps 1,000 articles at most


def stream(options: Options, since: str | None, *, follow: bool) -> int:
    """Write the changes behind *since* (an id, or a head), and those that come where *follow* is asked for, until
    SIGTERM or SIGINT. Raises Mistake for a place that this history never came to.
    """
    last, sealed = place_of(since)
    ended = threading.Event()
    if follow:
        _end_at_signals(ended)
    with progress("exporting", quiet=options.quiet or sys.stdout.isatty()) as tell:
        while True:
            archive = open_archive(options.store())  # anew: another may stand there since, restored
            try:
                for n, change in enumerate(archive.changes(last, sealed), 1):
                    emit(change, whole=True)
                    last, sealed = change["id"], change["chain"]
                    if n % FLUSHED == 0:
                        tell(f"{n:,}")
                        sys.stdout.flush()
                    if ended.is_set():
                        break
            except NotPossible as elsewhere:
                raise Mistake(f"{elsewhere}; begin again with --since 0") from elsewhere
            finally:
                archive.close()
            sys.stdout.flush()
            if not follow:
                return 0
            if ended.wait(EACH):
                signal.setitimer(signal.ITIMER_REAL, 0)
                return 0


def _end_at_signals(ended: threading.Event) -> None:
    """Set *ended* at SIGTERM and SIGINT. Where nobody takes what is being written then, it ends as if the reader had
    gone: a write into a full pipe would be gone on with after the signal, and never end.
    """

    def gone(_number: int, _frame: object) -> None:
        raise BrokenPipeError

    def end(_number: int, _frame: object) -> None:
        ended.set()
        signal.setitimer(signal.ITIMER_REAL, UNREAD)

    signal.signal(signal.SIGALRM, gone)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def place_of(since: str | None) -> tuple[int, str]:
    """Where a stream goes on: a change's id, and its chain where that is known."""
    if since is None:
        return 0, ""
    if re.fullmatch(r"\d{1,18}", since.strip()):
        return int(since), ""
    head = head_of(since)
    assert head is not None
    return head


def take(
    replica: Replica | None, files: tuple[str, ...], ending: Ending, *, quiet: bool, as_json: bool
) -> int:
    """Make an archive a copy of the one whose changes stand in *files*, or bring such a copy up to date; None reads
    and keeps nothing.
    """
    read = new = 0
    wrong, goes_on = "", True
    batch: list[Recorded] = []
    found = _read(files)
    try:
        with progress("copying", quiet=quiet) as tell:
            while not wrong:
                with ending.at_once():
                    name, value = next(found, ("", None))
                if value is not None and not isinstance(value, Recorded):
                    wrong = f"{name}:{value.line}: {value.reason}"
                elif value is not None:
                    read += 1
                    batch.append(value)
                ends, waits = not name, value is None
                if read % BATCH == 0 or waits or wrong:
                    whole = _whole(batch)
                    if replica is not None and whole:
                        new += replica.take(batch[:whole])
                    del batch[:whole]
                    tell(counted(read, "change"))
                if len(batch) >= MOST_AT_ONCE or (ends and batch and not wrong):
                    wrong = f"change {batch[0].id:,}: of the article {batch[0].subject!a:.80} no version follows"
                if ends:
                    break
    except NotPossible as elsewhere:
        wrong, goes_on = str(elsewhere), False
    except Ended as ended:
        wrong = str(ended)
    return _tell(wrong, read, new, replica, goes_on=goes_on, as_json=as_json)


def _whole(changes: Sequence[Recorded]) -> int:
    """How many of *changes* may be kept: no reader meets an article whose first version has not come."""
    waiting: set[str] = set()
    whole = 0
    for n, change in enumerate(changes, 1):
        if change.kind == "article" and "current" not in change.data:
            waiting.add(change.subject)
        elif change.kind == "version":
            waiting.discard(str(change.data.get("article")))
        if not waiting:
            whole = n
    return whole


def _tell(
    wrong: str, read: int, new: int, replica: Replica | None, *, goes_on: bool, as_json: bool
) -> int:
    head = replica.head() if replica is not None else ""
    place = head.partition(":")[0]
    onward = (
        f", and goes on with `export --what changes --since {place}`" if wrong and goes_on else ""
    )
    if wrong:
        complain(
            f"{wrong}. What follows was left out; {counted(new, 'change')} before it were kept"
        )
    if as_json:
        emit({"read": read, "new": new, "head": head, "wrong": wrong or None})
    else:
        note(
            f"{counted(read, 'change')} read, {new:,} new"
            + (f"; the copy stands at {head}{onward}" if head else " (dry run: nothing kept)")
        )
    return 1 if wrong or not read else 0


def _read(files: tuple[str, ...]) -> Iterator[tuple[str, Recorded | WrongLine | None]]:
    """Each change with its file's name, and None where the next lets wait for it."""
    from newswatch.exchange import LONGEST_CHANGE, read_changes

    for name in files:
        with opened(name) as stream:
            number = 0
            for line in arriving(stream, LONGEST_CHANGE):
                if line is None:
                    yield name, None
                    continue
                number += 1
                for value in read_changes((line,), number):
                    yield name, value
