"""A digest of 500 stories sealed; 1,000 readers' letters sealed, and sent to a mail server on loopback.

`python bench/post.py`; a part of `make bench`. By Postfix where it is installed, else by aiosmtpd.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

READERS, STORIES = 1000, 20


@contextlib.contextmanager
def server() -> Iterator[tuple[str, str]]:
    """A mail server's name and address."""
    import post_office
    from newswatch.demo.wires import PostBox

    if post_office.missing():
        with tempfile.TemporaryDirectory() as folder, PostBox(Path(folder) / "box") as box:
            yield "aiosmtpd", box.address
    else:
        with post_office.opened() as office:
            yield "Postfix", office.smtp


def sealing() -> float:
    """Seconds that a digest of 500 stories takes to be sealed, the median of five."""
    from letters import item, made, version

    from newswatch import digest

    stories = (
        item(version(f"s{n}", f"Story {n}: envoys agree sanctions"), rule=f"rule {n % 7}")
        for n in range(500)
    )
    value = made(*stories)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        digest.seal(value)
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def post() -> None:
    from archive_of import ANNA, HOUR, MINUTE, NOW, Desk, entry, report
    from newswatch import deliver
    from newswatch.mail import transport
    from newswatch.model import DigestPlan, Rule

    people = tuple(
        replace(ANNA, name=f"r{n}", address=f"{'nobody' if n == 9 else f'r{n}'}@example.org")
        for n in range(READERS)
    )
    plan = DigestPlan("all", tuple(person.name for person in people), ("18:00",))
    stories = tuple(
        entry(f"http://wire.example/{n}", f"Pipeline {report(n)[:40]}", report(n))
        for n in range(1, STORIES + 1)
    )
    with tempfile.TemporaryDirectory() as folder, server() as (name, address):
        rule = Rule("gas", "pipeline", ("all",))
        with Desk(Path(folder), in_force=(rule,), people=people, plans=(plan,)) as found:
            outbox, evening = found.ledger.outbox, NOW + 10 * HOUR
            deliver.begin_slots(outbox, found.readers, NOW)
            found.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
            found.poll("wire", stories, NOW + MINUTE)
            begun = time.perf_counter()
            deliver.seal_due(outbox, found.readers, evening)
            sealed = time.perf_counter() - begun
            begun = time.perf_counter()
            taken, refused = deliver.send_waiting(outbox, transport(address), evening)
            sent = time.perf_counter() - begun
    print(
        f"post       a digest of 500 stories sealed in {sealing():.2f} s; {READERS:,} readers' digests of"
        f" {STORIES} stories sealed in {sealed:.1f} s, sent to {name} in {sent:.1f} s:"
        f" {taken:,} taken, {refused:,} refused",
        flush=True,
    )


if __name__ == "__main__":
    post()
