"""Old months' texts in a browser: read as any others, and missed aloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from browsed import serving
from months_old import files, folder_of, made, moved


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store of two months, both moved."""
    store = made(tmp_path, (3, 4))
    moved(store)
    return store


def test_a_text_that_is_not_there_is_said_by_the_page_that_wants_it(store: str) -> None:
    file = folder_of(store) / files(store)[0]
    asked = ("/search?q=until:2026-03", "/search?q=%22gas+pipeline%22+until:2026-03")
    with serving(store) as served:
        assert all("is not there" not in served.asked(path)[1] for path in asked)
        away = file.rename(file.with_suffix(".away"))
        for path in asked:
            status, body, _ = served.asked(path)
            assert status == 200
            assert f"A text is not there: {file}" in body, path
        assert "is not there" not in served.asked("/rules")[1]
        away.rename(file)
        assert all("is not there" not in served.asked(path)[1] for path in asked)
