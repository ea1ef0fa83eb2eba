"""No bytes from outside make a reader of ours raise what is not its own refusal: a sample of `make fuzz`."""

from __future__ import annotations

import pytest

from fuzzing import READERS, Reader, bent, played

FEW = {"pages": 10}  # each takes a tenth of a second


@pytest.mark.parametrize("name", READERS)
def test_bent_bytes_are_read_or_refused(name: str) -> None:
    assert played(READERS[name], range(FEW.get(name, 60))) == []


def test_what_is_raised_is_told_and_its_own_refusals_are_none() -> None:
    def read(body: bytes) -> object:
        raise ValueError("no") if body == b"" else KeyError("mistake")

    (wrong,) = played(Reader((b"",), read, (ValueError,)), range(1, 2))
    assert wrong.startswith("1: Traceback")
    assert "KeyError" in wrong
    assert bent((b"abc",), 7) == bent((b"abc",), 7)
