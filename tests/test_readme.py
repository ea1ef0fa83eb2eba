"""The README keeps its word: short, its first commands real, its tests and commands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newswatch.cli import COMMANDS

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")
TARGETS = sorted(set(re.findall(r"^    make ([a-z -]+?)(?:  |$)", README, re.MULTILINE)))
FILES = sorted(set(re.findall(r"`((?:docs|deploy|config)/[\w./]*)`", README)))


def test_it_is_read_in_two_minutes() -> None:
    assert len(README.splitlines()) <= 150


def test_a_newcomer_meets_demo_and_test_first() -> None:
    assert re.findall(r"\bmake (\w+)", README)[:2] == ["demo", "test"]


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_each_target(target: str) -> None:
    known = re.findall(r"^([\w-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(target.split()) <= set(known)


def test_each_promise_names_tests_that_are_there() -> None:
    tests = "\n".join(p.read_text(encoding="utf-8") for p in (TOP / "tests").glob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)\(", tests, re.MULTILINE))
    rows = re.findall(r"^\| (\d) \|.*\| ((?:`test_\w+` ?)+) ?\|$", README, re.MULTILINE)
    assert [number for number, _ in rows] == [str(n) for n in range(1, 10)]
    named = {name for _, cell in rows for name in re.findall(r"`(test_\w+)`", cell)}
    assert named <= there


def test_every_command_is_named_and_no_other() -> None:
    table = README.partition("## Commands")[2].partition("## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(COMMANDS)


@pytest.mark.parametrize("path", FILES)
def test_each_file_it_names_is_there(path: str) -> None:
    assert (TOP / path).exists()
