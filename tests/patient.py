"""Tests that take minutes: `make faults` plays them, and no other run does by accident."""

from __future__ import annotations

import os

import pytest

LONG = [
    pytest.mark.long,
    pytest.mark.skipif(
        not os.environ.get("NEWSWATCH_LONG"), reason="takes minutes: `make faults` plays it"
    ),
]
