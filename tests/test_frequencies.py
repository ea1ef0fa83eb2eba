"""The record of how common words are, and that rules are filed by it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from archive_of import NOW, Desk, report
from newswatch import desk as room
from newswatch import rules
from newswatch.model import Article, Imported, Rule
from newswatch.store.frequencies import AGED, COUNTED, KEPT, Frequencies, terms_of


def counted(*batches: tuple[int, set[str]]) -> Frequencies:
    made = Frequencies()
    for times, terms in batches:
        for _ in range(times):
            made.count(terms)
    return made


def test_counts_add_up_and_begin_anew() -> None:
    made = counted((3, {"gas_en", "oil_en"}), (1, {"oil_en"}))
    assert not made.enough
    record = made.added_to("")
    assert terms_of(record) == {"oil_en": 4, "gas_en": 3}
    assert terms_of(made.added_to(record)) == terms_of(record)
    assert terms_of(counted((2, {"gas_en"})).added_to(record)) == {"gas_en": 5, "oil_en": 4}
    assert terms_of("") == {}
    assert counted((COUNTED, {"gas_en"})).enough


def test_a_record_holds_the_commonest_only_and_forgets_the_old_by_halves() -> None:
    many = {f"w{n}_en" for n in range(KEPT + 100)}
    kept = terms_of(counted((1, many), (1, {"w7_en"})).added_to(""))
    assert len(kept) == KEPT
    assert kept["w7_en"] == 2
    old = json.dumps({"versions": AGED, "terms": {"old_en": 1001}})
    assert terms_of(counted((1, {"new_en"})).added_to(old)) == {"old_en": 501, "new_en": 1}


def test_rules_are_filed_by_what_the_archive_holds(tmp_path: Path) -> None:
    """Every text holds the long word, few the short one: lengths would say it the other way."""
    with Desk(tmp_path) as desk:
        assert desk.ledger.frequencies() == {}
        intake = room.Import(desk.ledger, None, NOW, alert=False)
        for start in range(0, COUNTED + 50, 50):
            intake.keep(
                Imported(
                    Article(
                        f"http://w.example/{n}",
                        f"Spokesperson {n}",
                        report(n) + (" An oryx." if n % 40 == 0 else ""),
                        "en",
                    ),
                    NOW + timedelta(seconds=n),
                    "wire",
                )
                for n in range(start, start + 50)
            )
        found = desk.ledger.frequencies()
        assert found["spokesperson_en"] >= COUNTED
        assert found.get("oryx_en", 0) < COUNTED // 10
        index = rules.index((Rule("r", "oryx spokesperson"),), {})
        assert list(index.filing("en").filed) == ["spokesperson_en"]
        assert list(index.weighed(found).filing("en").filed) == ["oryx_en"]
