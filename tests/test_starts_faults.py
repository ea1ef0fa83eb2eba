"""The start of a reader's process refused, killed and delayed: what was to be read is read later, and nobody is blamed.

A step of each fault, the same each time; `make faults` plays all.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faulting import CHILD, STARTS, Fault, Subject, playing

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

# The tracker is the first to be started, the fork server the second, readers come behind.
STEP = {
    "start: EAGAIN": 1,
    "start: ENOMEM": 3,
    "start: child killed": 2,
    "start: starter killed": 4,
    "start: delay": 3,
}


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    with playing(tmp_path_factory.mktemp("starts"), "starts_child.py") as found:
        yield found


@pytest.fixture(scope="module")
def steps(subject: Subject) -> list[int]:
    found = subject.steps()
    assert found.count(CHILD) >= 4  # the tracker, the fork server and two readers
    return found


@pytest.mark.parametrize("fault", STARTS, ids=lambda fault: fault.name)
def test_a_start_that_fails_breaks_nothing(
    subject: Subject, steps: list[int], fault: Fault
) -> None:
    at = STEP[fault.name]
    answer = subject.meet(fault, at)
    assert answer["hit"], at
    assert answer["broken"] == [], (at, answer)
