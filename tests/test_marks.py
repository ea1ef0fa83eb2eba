"""What wires write before a headline."""

from __future__ import annotations

import pytest

from newswatch import marks


@pytest.mark.parametrize(
    ("title", "rest", "put", "following"),
    [
        ("UPDATE 2-Oil rises", "Oil rises", "", "UPDATE 2"),
        ("REFILE-UPDATE 2-Oil rises", "Oil rises", "REFILE-", ""),
        ("(CORRECTED) Oil rises", "Oil rises", "(CORRECTED) ", ""),
        ("KILL: UPDATE 2-Oil rises", "Oil rises", "KILL: ", "KILL"),
        ("(STORY WITHDRAWN) Oil rises", "Oil rises", "(STORY WITHDRAWN) ", "STORY WITHDRAWN"),
        ("ИСПРАВЛЕНО - Нефть дорожает", "Нефть дорожает", "ИСПРАВЛЕНО - ", ""),
        ("АННУЛИРОВАНО: Нефть дорожает", "Нефть дорожает", "АННУЛИРОВАНО: ", "АННУЛИРОВАНО"),
        ("Update on oil", "Update on oil", "", ""),
        ("Killed in action: a report", "Killed in action: a report", "", ""),
        ("WITHDRAWN:", "", "", "WITHDRAWN"),
        ("", "", "", ""),
    ],
)
def test_the_marks_before_a_headline_are_told_from_it(
    title: str, rest: str, put: str, following: str
) -> None:
    assert marks.unmarked(title) == rest
    assert marks.taken_back_or_put_right(title) == put
    assert marks.next_mark(title) == following
