"""Moves the months of a store again and again, and meets a fault in each: `faulting.Subject` asks, `faults.c` refuses.

Rule: wherever it ends, all texts are there at once, and the next run brings it to the end of one without a fault.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from fault_child import CUT, GAVE_UP, SHIM, armed, forked, named_step
from months_old import exported, files, folder_of, gone_on, made, moved, path_of, proof
from newswatch.model import StoreError
from orphans import orphans
from power_cut import torn


class Runs:
    """Runs on copies of one store, of which months were moved before; one has a text more by now, and of both some were pruned."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._undo = Path(os.environ["FAULTS"] + ".undo")
        self._original = made(folder / "original", (4, 5))
        moved(self._original)
        gone_on(self._original)
        self._wanted = exported(self._original)
        for _ in range(2):  # the first loads what the others then have
            place = self._place()
            moved(place)
        self._files = files(place)
        assert not self._broken(place), self._broken(place)

    def _place(self) -> str:
        place = self._folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self._folder / "original", place)
        return f"sqlite:{place / 'test.db'}"

    def _broken(self, store: str) -> list[str]:
        try:
            broken = [] if exported(store) == self._wanted else ["it tells other texts"]
        except StoreError as error:
            broken = [str(error)]
        return broken + list(proof(store).found) + orphans(path_of(store))

    def meet(self, fault: dict[str, int]) -> dict[str, Any]:
        """As `fault_child.Play.meet`."""
        store = self._place()
        self._undo.write_bytes(b"")
        told = armed(fault)

        def first() -> None:
            told.kinds = fault["kinds"]
            moved(store, boundary=named_step)

        ended, words = forked(first)
        told.kinds = 0
        answer = {"hit": told.hit, "ended": ended, "said": words}
        if told.fault == CUT:
            answer["torn"] = torn(path_of(store).parent, self._undo, random.Random(fault["at"]))
        if not fault["at"]:
            return answer | {"steps": [told.kind[n] for n in range(told.step)], "broken": []}
        broken = [] if ended in {0, GAVE_UP, -signal.SIGKILL} else [f"ended by {ended}: {words}"]
        broken += [f"as it was left: {wrong}" for wrong in self._broken(store)]

        def next_one() -> None:
            moved(store)

        code, words = forked(next_one)
        broken += [] if code == 0 else [f"the next run ended by {code}: {words}"]
        broken += self._broken(store)
        if files(store) != self._files:
            broken.append(f"left in {folder_of(store)}: {files(store)}, not {self._files}")
        return answer | {"broken": broken}


def main(folder: Path) -> None:
    assert SHIM.faults_of_memory(b"_sqlite3"), "SQLite is not where its memory is refused"
    runs = Runs(folder)
    print("ready", flush=True)  # noqa: T201 - whoever started us waits for it
    for line in sys.stdin:
        print(json.dumps(runs.meet(json.loads(line))), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
