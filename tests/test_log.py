"""The log: one event a line, whatever a title holds, and never the end of what is watched."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch.daemon import LogFile, hear_libraries, log_to
from newswatch.daemon.log import LONGEST, LogFormat

FORMS: tuple[LogFormat, ...] = ("console", "json")
HOSTILE = (
    "two\nlines", "a\r\ntimestamp='2026' level='error' event='forged'", "\x1b[2J\x1b]0;title\x07", "\x9b31m",
    "\u202ereversed\u2066", "\u2028and\u2029", "\x00\x7f\x85", '"} {"event": "forged"}', "' event='forged'", "\ud800",
    "\U000e0001tag", "\\n", "Нефть подорожала – 石油",
)  # fmt: skip


def lines(form: LogFormat, *titles: Any) -> list[str]:
    out = io.StringIO()
    log = log_to(out, form=form)
    for title in titles:
        log.info("read", title=title, new=1)
    assert out.getvalue().endswith("\n")
    return out.getvalue()[:-1].split("\n")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("title", HOSTILE, ids=ascii)
def test_a_hostile_title_is_one_line_that_moves_nothing(title: str, form: LogFormat) -> None:
    (line,) = lines(form, title)
    assert line.isprintable()
    assert line.isascii() or "Нефть" in line
    if form == "json":
        said = json.loads(line)
        assert (said["title"], said["event"], said["new"]) == (title, "read", 1)
    else:
        assert re.fullmatch(
            r"timestamp='[^']*' level='info' event='read' title=(['\"]).*\1 new=1", line
        )


@given(st.text())
def test_any_title_comes_back_as_it_was(title: str) -> None:
    (line,) = lines("json", title)
    assert line.isprintable()
    assert json.loads(line)["title"] == title
    (line,) = lines("console", title)
    assert line.isprintable()


class Spoken:
    """A value that speaks for itself."""

    def __str__(self) -> str:
        return "\x1b[31m\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value", [Spoken(), ["\x1b[31m\n"], {"\n": Spoken()}, b"\x1b\n", 1.5, None, True]
)
def test_whatever_is_no_text_is_one_line_too(value: Any, form: LogFormat) -> None:
    (line,) = lines(form, value)
    assert line.isprintable()


@pytest.mark.parametrize("form", FORMS)
def test_a_title_without_end_is_cut(form: LogFormat) -> None:
    (line,) = lines(form, "x" * 1_000_000)
    assert LONGEST < len(line) < LONGEST + 200


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), ValueError("closed file")]
)
def test_a_log_that_cannot_be_written_ends_nothing(error: Exception) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise error

        def flush(self) -> None:
            raise error

    log_to(Full()).error("in trouble")


@pytest.fixture
def heard() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What libraries and threads say, as it stands in the log."""
    out, before = io.StringIO(), threading.excepthook
    with warnings.catch_warnings():  # as Dask does when it is loaded, and whoever runs it undoes
        logging.captureWarnings(capture=True)
    hears = hear_libraries(log_to(out, form="json"))
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.getLogger().removeHandler(hears)
    logging.captureWarnings(capture=False)
    threading.excepthook = before


def test_what_libraries_say_is_an_event(heard: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        raise LookupError("no\nsuch thing")
    except LookupError:
        logging.getLogger("some.library").exception("It failed\nfor %s", "x\x1b[31m")
    logging.getLogger("some.library").info("It goes on")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old\nways", DeprecationWarning, stacklevel=1)
    (failed, old) = heard()
    assert (failed["level"], failed["event"], failed["library"]) == (
        "error",
        "a library says",
        "some.library",
    )
    assert failed["says"].startswith("It failed\nfor x\x1b[31m")
    assert failed["says"].endswith("LookupError: no\nsuch thing\n")
    assert "old\nways" in old["says"]


def test_what_ends_a_thread_is_an_event(heard: Callable[[], list[dict[str, Any]]]) -> None:
    def ends() -> None:
        raise LookupError("no such thing")

    thread = threading.Thread(target=ends, name="post")
    thread.start()
    thread.join()
    (ended,) = heard()
    assert (ended["event"], ended["thread"]) == ("a thread ended", "post")
    assert "LookupError: no such thing" in ended["reason"]


def test_a_full_file_is_begun_anew_with_the_one_before_beside_it(tmp_path: Path) -> None:
    beside = os.open(tmp_path / "beside", os.O_WRONLY | os.O_CREAT)
    file = LogFile(tmp_path / "w.log", most=2000, following=(beside,))
    log = log_to(file, form="json")
    for n in range(100):
        log.info("read", n=n)
    os.write(beside, b"said by a library\n")
    os.close(beside)
    file.close()
    said = (tmp_path / "w.log").read_text()
    assert said.endswith("said by a library\n")
    before = (tmp_path / "w.log.1").read_text()
    numbers = [json.loads(line)["n"] for line in (before + said).splitlines()[:-1]]
    assert numbers == list(range(numbers[0], 100))
    assert 1500 < len(before) <= 2000
    assert len(said) <= 2000
    again = LogFile(tmp_path / "w.log", most=2000)
    again.write("more\n")
    again.close()
    assert (tmp_path / "w.log").read_text() == f"{said}more\n"
