"""Killed, refused and cut off at steps all over a run that moves months: all texts are there at once, and the next
run ends as one without a fault does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from faulting import COMMIT, FAULTS, NAME, SYNC, WRITE, Fault, Subject, playing, points

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SAMPLE = {
    "kill -9": 12,
    "power cut": 24,
    "ENOSPC": 8,
    "EIO": 8,
    "SQLITE_BUSY": 4,
    "ENOMEM": 12,
    "delay": 2,
}


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    with playing(tmp_path_factory.mktemp("faults"), "months_child.py") as found:
        yield found


@pytest.fixture(scope="module")
def steps(subject: Subject) -> list[int]:
    found = subject.steps()
    for kind, least in ((WRITE, 20), (SYNC, 8), (NAME, 4), (COMMIT, 4)):
        assert found.count(kind) >= least
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_loses_no_text(subject: Subject, steps: list[int], fault: Fault) -> None:
    lost = 0
    for at in points(fault, steps, SAMPLE[fault.name], random.Random(20260818)):
        answer = subject.meet(fault, at)
        assert answer["hit"], at
        assert answer["broken"] == [], (at, answer)
        lost += answer.get("torn", 0)
    assert lost or fault.name != "power cut"
