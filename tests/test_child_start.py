"""The start of a reader's process is refused or ends whoever starts it: what was to be read is lost and due again.

Rule: refused by `faults.c` where the kernel would, in the daemon's process and in the server that forks readers.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from errno import EAGAIN
from pathlib import Path

import pytest

from faulting import CHILD, CONTROL_BYTES, compiled

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

KILL = -1
STARTS = {"the tracker": 1, "the fork server": 2, "a reader": 3}
READS = """
import mmap, os, struct, sys
from test_workers import LONG, submit, working

if __name__ == "__main__":
    with open(os.environ["FAULTS"], "r+b") as file:
        told = mmap.mmap(file.fileno(), 48)
    struct.pack_into("6l", told, 0, *map(int, sys.argv[1:]), 0, 0)
    said = []
    with working(children=1, child_seconds=20.0) as workers:
        for _ in range(3):
            found = submit(workers, "pid").result(LONG)
            said.append(found.failure.kind if found.failure else "read")
        struct.pack_into("l", told, 0, 0)  # there is room for processes again
        found = submit(workers, "pid").result(LONG)
        said.append(found.failure.kind if found.failure else "read")
    print([*said, struct.unpack_from("6l", told)[5] > 0])
"""


@pytest.mark.parametrize(
    ("fault", "start", "lasting"),
    [(EAGAIN, "the tracker", 1), (EAGAIN, "the fork server", 1), (EAGAIN, "a reader", 1), (EAGAIN, "a reader", 0),
     (KILL, "a reader", 0)],
)  # fmt: skip
def test_what_no_process_can_be_started_for_is_lost_and_the_next_is_read(
    tmp_path: Path, fault: int, start: str, lasting: int
) -> None:
    library = compiled(tmp_path)
    if library is None:
        pytest.skip("faults need a C compiler and glibc")
    control = tmp_path / "control"
    with control.open("wb") as file:
        file.truncate(CONTROL_BYTES)
    (tmp_path / "reads.py").write_text(READS)
    numbers = map(str, (CHILD, STARTS[start], fault, lasting))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "reads.py"), *numbers],
        env=os.environ | {
            "LD_PRELOAD": str(library), "FAULTS": str(control),
            "PYTHONPATH": f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}",
        },
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    *while_refused, afterwards, met = ast.literal_eval(done.stdout)
    assert met, "no start was refused"
    assert set(while_refused) <= ({"lost"} if lasting else {"lost", "read"})
    assert afterwards == "read"
