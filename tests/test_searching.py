"""`newswatch search`: its forms of output, its hints, and whatever a person may type."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry, report
from newswatch.cli import code_of, root


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    with Desk(tmp_path_factory.mktemp("searching")) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "=Leak, at Karvia", PIPELINE),), NOW)
        desk.poll("wire", (entry("http://wire.example/2", "Freight", MARKET),), NOW + HOUR)
        text = f"{MARKET}\nVladimir Zelenskyy flew AS-1234 there."
        desk.poll("wire", (entry("http://wire.example/2", "Freight", text),), NOW + 2 * HOUR)
        return desk.address


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_comma_separated_with_a_heading_and_no_formula(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "--store", store, "search", "--csv", "karvia")
    assert code == 0
    (found,) = csv.DictReader(io.StringIO(out))
    assert found["title"] == "'=Leak, at Karvia"
    assert found["url"] == "http://wire.example/1"


@pytest.mark.parametrize(
    "said", ["Gas;=1+1", "Gas; @SUM(1)", 'Gas;"=1+1"', "Gas, oil;-1+1", "=1;+1"]
)
def test_a_cell_is_no_formula_where_a_spreadsheet_parts_cells_at_semicolons_either(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    """As where a decimal has a comma."""
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/1", said, PIPELINE),), NOW)
    code, out, _ = run(capsys, "--store", desk.address, "search", "--csv", "karvia")
    assert code == 0
    for parted_at in ",;":
        for cells in csv.reader(io.StringIO(out), delimiter=parted_at):
            assert not [cell for cell in cells if cell.strip(' "')[:1] in tuple("=+-@")]


def test_a_form_names_a_hit_s_own_values_only(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form = "{published} {title:.4} {{x}}"
    _, out, _ = run(capsys, "--store", store, "search", "--format", form, "freight")
    assert out.split()[-2:] == ["Frei", "{x}"]
    for wrong in (
        "{nothing}",
        "{title.__class__}",
        "{title[0]}",
        "{}",
        "{title!r}",
        "{",
        "{title:{n}}",
        "{title:d}",
    ):
        code, out, err = run(capsys, "--store", store, "search", "--format", wrong, "freight")
        assert (code, out) == (2, ""), wrong
        assert "--format" in err
    assert run(capsys, "--store", store, "search", "--csv", "--json", "x")[0] == 2


def test_it_says_how_a_query_was_understood(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    typed = '(gas NEAR/8 transit) OR name:Zelensky -title:"old news" since:2026-01-01 trans*'
    _, _, err = run(capsys, "--store", store, "search", "--explain", typed)
    for said in (
        "one of", "all of", "without", "at most 8 words away", "the name zelensky in any usual spelling",
        "“old news” as written in the headline", "from 2026-01-01 00:00 UTC on", "begins with trans",
    ):  # fmt: skip
        assert said in err
    everything = "gas /x/ author:doe source:w changed:yes corrected:yes until:2027-01-01 U.S."
    assert "side by side" in run(capsys, "--store", store, "search", "--explain", everything)[2]


def test_what_no_text_holds_is_named_with_the_nearest_word(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "--store", store, "search", "compresors karvia")
    assert (code, out) == (1, "")
    assert 'no article holds "compresors" (did you mean "compressors"?)' in err
    assert "karvia" not in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("freight source:wier", 'no source is called "wier" (did you mean "wire"?)'),
        ("compresorz*", 'no article holds "compresorz" (did you mean "compressor'),
        ("name:Compresorx", 'no article holds "compresorx" (did you mean "compressor'),
        ("lang:xx", 'no lang is called "xx"'),
    ],
)
def test_what_stands_nowhere_is_named_with_what_is_nearest(
    store: str, capsys: pytest.CaptureFixture[str], typed: str, said: str
) -> None:
    code, out, err = run(capsys, "--store", store, "search", typed)
    assert (code, out) == (1, "")
    assert said in err


def test_what_is_not_wanted_is_not_looked_up(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = run(capsys, "--store", store, "search", "compresors -source:wier")
    assert "wier" not in err


def test_an_author_alone_is_looked_for_in_every_version_and_says_so(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "--store", store, "search", "author:nobody since:2020-01-01")
    assert code == 1
    assert "looked back to 2026-03-03" in err
    assert "looked" not in run(capsys, "--store", store, "search", "freight author:nobody")[2]


def test_a_pattern_says_how_far_back_it_has_looked(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "--store", store, "search", r"freight /AS-\d{4,6}/")
    assert code == 0
    assert "Freight" in out
    assert "looked back to 2026-03-03 09:00" in err
    _, _, err = run(capsys, "--store", store, "search", "--limit", "1", r"freight /AS-\d{4,6}/")
    assert "looked back to 2026-03-03 10:00, the limit" in err
    assert "looked" not in run(capsys, "--store", store, "search", "freight")[2]


def test_re2_is_imported_for_a_pattern_only(store: str) -> None:
    for typed, expected in (("freight", False), ("freight /AS/", True)):
        code = f"import sys; from newswatch.cli import code_of; code_of(['--store', {store!r}, 'search', {typed!r}]); print('re2' in sys.modules)"
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert found.stdout.split()[-1] == str(expected)


@pytest.mark.parametrize(
    "typed",
    [
        "(" * 3000, "(" * 3000 + "gas" + ")" * 3000, 'gas "oil', "“gas", "gas NEAR/0 oil", "gas NEAR/99999999 oil",
        "*", "gas *", "", " ", "AND", "gas AND", "NOT gas", "-gas", "gas /(/", "gas /(?=x)/", "/gas/",
        "gas /a{1000}{1000}/", "x" * 10_001, "name:", "title:title:x", "changed:maybe", "since:never",
        "gas OR", '")', "gas)", "\udcff", "name:\udcff",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_under_a_caret(
    store: str, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    code, out, err = run(capsys, "--store", store, "search", typed)
    assert out == ""
    assert "Traceback" not in err
    assert "fts5" not in err.lower()
    assert code == 2 or (code == 1 and "\udcff" in typed)
    if code == 2 and typed:
        assert "^" in err


@pytest.mark.parametrize(
    "typed",
    ["' OR 1=1 --", '" OR 1=1 --"', "gas; DROP TABLE version", "gas\x00oil", "gas \udcff", "{title} : gas", "gas^2",
     "NEAR(gas oil)", "rowid:1", "a:b", "café́", "½", "\u202egas", "gas + oil", "meta:x", "COLUMN", "gas\n-oil",
     "x " * 4999, '"' + "gas " * 2000 + '"', "name:" + "z" * 9000, "title:(" + "a OR " * 1500 + "b)"],
)  # fmt: skip
def test_whatever_is_typed_is_answered(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    given = ("--config", str(tmp_path), "--store", store)
    for command in (("search",), ("rules", "test"), ("rules", "add", "--dry-run", "new")):
        code, _, err = run(capsys, *given, *command, typed)
        assert code in (0, 1, 2), command
        assert "Traceback" not in err
        assert "syntax error" not in err
        assert "no such column" not in err


def test_an_empty_archive_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Desk(tmp_path) as desk:
        for typed in (
            "gas",
            "name:Zelensky",
            "tra*",
            "gas NEAR/3 oil",
            "gas /x/",
            "corrected:yes",
            "source:x",
            '"a b"',
        ):
            assert run(capsys, "--store", desk.address, "search", typed)[0] == 1
            assert (
                run(capsys, "--store", desk.address, "search", "--sort", "relevance", typed)[0] == 1
            )


def test_an_archive_under_an_active_writer_is_searched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Leak", PIPELINE),), NOW)
        written = 0
        stop = Event()

        def search() -> None:
            while not stop.is_set():
                codes.append(code_of(["--store", desk.address, "search", "--json", "compressors"]))

        codes: list[int] = []
        reader = Thread(target=search)
        reader.start()
        while len(codes) < 5:
            written += 1
            shown = entry(
                f"http://wire.example/{written}", f"Leak {written}", f"{PIPELINE} {written}"
            )
            desk.poll("wire", (shown,), NOW + written * HOUR)
        stop.set()
        reader.join()
    capsys.readouterr()
    assert set(codes) == {0}
    assert written


def test_a_saved_search_is_a_rule_by_its_name(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    (tmp_path / "rules.yaml").write_text("rules:\n  - name: leaks\n    query: karvia OR freight\n")
    options = ("--config", str(tmp_path), "--store", store, "search")
    assert run(capsys, *options, "--saved", "leaks")[0] == 0
    _, out, _ = run(capsys, *options, "--json", "--saved", "leaks", "title:freight")
    assert [json.loads(line)["title"] for line in out.splitlines()] == ["Freight"]
    assert run(capsys, *options, "--saved", "leaks", "--", "-zzz")[0] == 0
    assert run(capsys, *options, "--saved", "leaks", "--", "-karvia -freight")[0] == 1
    code, _, err = run(capsys, *options, "--saved", "leeks")
    assert code == 2
    assert "leaks" in err
    assert run(capsys, "--store", store, "search")[0] == 2
    assert completed(["--config", str(tmp_path), "search", "--saved"], "le") == ["leaks"]
    assert completed(["--config", str(tmp_path), "digest", "preview"], "no") == ["now"]
    assert completed(["--config", str(tmp_path), "digest", "send"], "no") == []


def completed(arguments: list[str], incomplete: str) -> list[str]:
    shell = ShellComplete(root, {}, "newswatch", "_NEWSWATCH_COMPLETE")
    return [item.value for item in shell.get_completions(arguments, incomplete)]


def test_only_an_address_on_the_web_is_opened(
    store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(click, "launch", opened.append)
    assert run(capsys, "--store", store, "search", "--open", "1", "karvia")[0] == 0
    assert opened == ["http://wire.example/1"]
    assert run(capsys, "--store", store, "search", "--open", "9", "karvia")[0] == 1


def test_watching_prints_what_comes_until_it_is_stopped(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Leak", PIPELINE),), NOW)
        # Whoever starts the tests in the background has them deaf to SIGINT, and their children too.
        heard = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "from newswatch.cli import main; main()"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", heard, "--store", desk.address, "search", "--watch", "--format", "{title}", "compressors"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "Leak\n"
            desk.poll(
                "wire",
                (entry("http://wire.example/5", "More", f"{MARKET} Two compressors."),),
                NOW + HOUR,
            )
            assert child.stdout.readline() == "More\n"
            child.send_signal(signal.SIGINT)
            assert child.wait(30) == 0
        finally:
            child.kill()
        assert "Traceback" not in child.communicate()[1]


# ── how many there are ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> str:
    """1,002 articles that hold "gas", ten of them twice, two of them "gas oil" and the rest "oil gas"."""
    with Desk(tmp_path_factory.mktemp("crowd")) as desk:
        first = tuple(
            entry(f"http://wire.example/{n}", f"{'Gas oil' if n < 2 else 'Oil gas'} {n}", report(n))
            for n in range(1002)
        )
        desk.poll("wire", first, NOW)
        again = tuple(
            entry(f"http://wire.example/{n}", f"Oil gas {n} now", report(n)) for n in range(2, 12)
        )
        desk.poll("wire", again, NOW + HOUR)
        return desk.address


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("gas",), "20 of 1,000+ articles"),
        (("gas", "--sort", "relevance"), "20 of 1,000+ articles"),
        (("now",), "10 articles"),
        (("now", "--limit", "4"), "4 of 10 articles"),
        (("now", "--limit", "10"), "10 articles"),
        (("gas", "--versions", "--limit", "5", "--since", "2026-03-03T08:30"), "5 of 10 versions"),
        (("gas", "--limit", "5", "--until", "2026-03-03T08:00"), "nothing found"),
        (("now", "--until", "2026-03-03"), "10 articles"),  # to the day's end, as until: takes it
        (("now", "--until", "2026-03"), "10 articles"),
        (("now", "--since", "2026-03", "--until", "2026-12"), "10 articles"),
        (("now", "--until", "2026-02"), "nothing found"),
        (("gas since:2026-03-03T08:30", "--limit", "5"), "5 of 10 articles"),
        (("changed:yes", "--limit", "5"), "5 of 10 articles"),
        (("oi*", "--limit", "1"), "1 of perhaps 1,000+ articles"),
        (('"gas oil"', "--limit", "1"), "1 of at most 2 articles"),
        (('now "gas oil"', "--limit", "1"), "nothing found"),
        (('now "oil gas"', "--limit", "1"), "1 of at most 10 articles"),
        (("now -/zzz/", "--limit", "1"), "looked back to 2026-03-03 09:00, the limit"),
        (("author:x OR gas", "--limit", "1"), "looked back to 2026-03-03 09:00, the limit"),
    ],
)  # fmt: skip
def test_it_says_how_many_there_are(
    crowd: str, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], said: str | None
) -> None:
    _, _, err = run(capsys, "--store", crowd, "search", *typed)
    assert err.strip().splitlines()[:1] == ([said] if said else [])


def test_a_source_of_an_import_is_known_though_no_feed_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"url": "http://a.example/1", "title": "Gas leak", "text": "Gas leaks.", "source": "s1"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    store = ("--store", f"sqlite:{tmp_path / 'a.db'}")
    assert run(capsys, *store, "import", str(tmp_path / "a.jsonl"))[0] == 0
    assert "no source is called" not in run(capsys, *store, "search", "source:s1 fooo")[2]
    assert 'no source is called "s2"' in run(capsys, *store, "search", "source:s2 gas")[2]
    assert '"||" says nothing here: write OR' in run(capsys, *store, "search", "gas || fooo")[2]


def test_programs_are_told_hits_only(crowd: str, capsys: pytest.CaptureFixture[str]) -> None:
    for form in (("--json",), ("--csv",), ("--format", "{id}")):
        _, out, err = run(capsys, "--store", crowd, "search", "gas", "--limit", "2", *form)
        assert err == ""
        assert len(out.splitlines()) == 2 + (form == ("--csv",))
    assert run(capsys, "-q", "--store", crowd, "search", "gas")[2] == ""


def test_stories_are_counted_as_stories(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "--store", store, "search", "--stories", "karvia OR freight")
    assert err == "2 stories\n"


# ── what the shell completes ────────────────────────────────────────────────────────────────


def test_names_are_completed(store: str, tmp_path: Path) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    (tmp_path / "digests.yaml").write_text(
        "people: {anna: {address: anna@example.org}}\ndigests: {desk: {to: anna}}\n"
    )
    (tmp_path / "rules.yaml").write_text("rules: [{name: gas, query: gas}]\n")
    given = ["--config", str(tmp_path), "--store", store]
    assert completed([*given, "feeds", "show"], "") == ["paper", "wire"]
    assert completed([*given, "feeds", "show"], "wi") == ["wire"]
    assert completed([*given, "digest", "preview"], "d") == ["desk"]
    assert completed([*given, "digest", "send"], "x") == []
    assert completed([*given, "rules", "add", "n", "q", "--tell"], "") == ["anna", "desk"]
    assert completed([*given, "rules", "history"], "g") == ["gas"]


def test_where_articles_come_from_is_completed_in_a_query(store: str) -> None:
    search = ["--store", store, "search"]
    assert completed(search, "source:") == ["source:paper", "source:wire"]
    assert completed([*search, "gas"], "newsroom:W") == ["newsroom:Wire"]
    assert completed(search, "lang:") == ["lang:en"]
    assert completed(search, "tag:x") == []
    assert completed(search, "title:x") == completed(search, "gas") == []
    # bash takes the colon for a word of its own, and what follows it for another
    assert completed([*search, "source"], ":") == ["paper", "wire"]
    assert completed([*search, "gas", "source", ":"], "wi") == ["wire"]
    assert completed([*search, ":"], "wi") == completed(search, ":") == []


@pytest.mark.parametrize("broken", ["sqlite:/nowhere/x.db", "postgres:x", "sqlite:{}/torn.db"])
def test_what_cannot_be_read_completes_to_nothing(tmp_path: Path, broken: str) -> None:
    (tmp_path / "torn.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    (tmp_path / "newswatch.yaml").write_text("rules: [\n")
    given = ["--config", str(tmp_path), "--store", broken.format(tmp_path)]
    assert completed([*given, "feeds", "show"], "") == []
    assert completed([*given, "search"], "source:") == []
    assert completed([*given, "digest", "send"], "") == []
    assert completed([*given, "rules", "add", "n", "q", "--tell"], "") == []
    assert completed([*given, "search", "--saved"], "") == []


# ── whatever comes ──────────────────────────────────────────────────────────────────────────

REFUSED = [
    ("gas /(?=x)y/", "invalid perl operator"), (r"gas /(a)\1/", "invalid escape sequence"),
    ("gas /a**/", "bad repetition"), ("gas /[z-a]/", "class range"), ("gas /(a/", "missing"),
    ("gas /x{99999}/", "invalid repetition size"), ("/AS-1/", "needs a word beside it"),
    ("gas NEAR/0 oil", "number of words"), ("gas NEAR/99999999 oil", "number of words"), ("*", "no word"),
    ('gas "oil', "never closed"), ("(" * 3000 + "gas" + ")" * 3000, "deep"), ("-gas", "NOT alone"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "reason"), REFUSED)
def test_what_is_refused_says_why_wherever_it_is_typed(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str, reason: str
) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: []  # ours\n")
    given = ("--config", str(tmp_path), "--store", store)
    for command in (("search",), ("rules", "test"), ("rules", "add", "new")):
        code, out, err = run(capsys, *given, *command, "--", typed)
        assert (code, out) == (2, ""), command
        assert reason in err
        assert "^" in err
    assert rules.read_text() == "rules: []  # ours\n"
    rules.write_text(json.dumps({"rules": [{"name": "new", "query": typed}]}))
    code, _, err = run(capsys, *given, "check")
    assert code == 2
    assert reason in err


def test_an_empty_archive_is_answered_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.yaml").write_text("{}\n")
    (tmp_path / "rules.yaml").write_text("rules: [{name: gas, query: gas}]\n")
    with Desk(tmp_path) as desk:
        given = ("--config", str(tmp_path), "--store", desk.address)
        for asked in (
            "--stories",
            "--versions",
            "--current",
            "--sort=relevance",
            "--csv",
            "--open=1",
        ):
            assert run(capsys, *given, "search", "gas", asked)[0] == 1, asked
        assert run(capsys, *given, "search", "--changed")[0] == 1
        assert run(capsys, *given, "search", "--saved", "gas")[0] == 1
        assert run(capsys, *given, "rules", "test", "gas")[0] == 1
        code, out, _ = run(capsys, *given, "rules", "check")
        assert code == 0
        assert "matches nothing in the archive" in out
        assert run(capsys, *given, "rules", "history", "gas")[0] == 1
        assert run(capsys, *given, "show", "0123")[0] == 1
        assert run(capsys, *given, "status")[0] == 0


WRITER = """
import sys
from pathlib import Path
from threading import Event, Thread
from archive_of import HOUR, NOW, PIPELINE, Desk, entry
from newswatch.model import Rule

enough = Event()
Thread(target=lambda: (sys.stdin.read(), enough.set()), daemon=True).start()
with Desk(Path(sys.argv[1]), in_force=(Rule("gas", "compressors"),)) as desk:
    n = 0
    while n < 3 or not enough.is_set():
        n += 1
        shown = tuple(entry(f"http://wire.example/{n}", f"Leak {n}", f"{PIPELINE} {n}") for n in (2 * n, 2 * n + 1))
        desk.poll("wire", shown, NOW + n * HOUR)
        print(n, flush=True)
"""


def test_an_archive_that_another_process_writes_to_is_searched_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
    )  # fmt: skip
    address = f"sqlite:{tmp_path / 'test.db'}"
    every = ("--store", address, "search", "compressors", "--json", "--limit", "9999")
    found: list[int] = []
    with started as child:
        try:
            assert child.stdout is not None
            assert child.stdin is not None
            assert child.stdout.readline() == "1\n"
            for _ in range(8):
                code, out, err = run(capsys, *every)
                assert (code, err) == (0, "")
                found.append(len(out.splitlines()))
                _, _, err = run(capsys, "--store", address, "search", "compressors", "--limit", "1")
                assert int(err.split()[2].rstrip("+").replace(",", "")) >= found[-1]
                assert run(capsys, "--store", address, "rules", "list")[0] == 0
            assert child.poll() is None
            child.stdin.close()
            written = int(child.stdout.read().split()[-1])
        finally:
            child.kill()
    assert found == sorted(found)
    assert all(n % 2 == 0 for n in found), "a poll is seen whole or not at all"
    _, out, _ = run(capsys, *every)
    assert len(out.splitlines()) == 2 * written
