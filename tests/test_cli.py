"""The command line as other programs rely on it: data, words for people, exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest

from archive_of import HOUR, MARKET, NOW, PIPELINE, Desk, entry
from newswatch.cli import COMMANDS, code_of, root
from newswatch.cli.output import when
from newswatch.model import Feed, Rule
from scripted_server import reply, serving


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small store: two stories, one changed; the working folder is empty beside it."""
    with Desk(tmp_path, in_force=(Rule("gas", '"gas pipeline"', ("anna",)),)) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Weather", "It rained."),), NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        changed = entry("http://wire.example/1", "Leak shuts line", PIPELINE.replace("48", "38"))
        desk.poll(
            "wire", (changed, entry("http://wire.example/2", "Market", MARKET)), NOW + 2 * HOUR
        )
        address = desk.address
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSWATCH_STORE", raising=False)
    monkeypatch.delenv("NEWSWATCH_CONFIG", raising=False)
    return address


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = code_of(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_every_command_has_help_and_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        code, out, _ = run(capsys, name, "--help")
        assert code == 0, name
        assert "Usage:" in out


@pytest.mark.parametrize("group", [(), ("digest",), ("mail",)])
def test_a_group_that_needs_a_command_says_its_help_once(
    group: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *group)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: newswatch")
    assert err.count("Usage:") == 1
    assert "Commands:" in err


@pytest.mark.parametrize("group", ["", "rules", "feeds", "digest", "outbox", "mail"])
def test_a_group_s_help_cuts_no_sentence(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, *group.split(), "--help")[1]
    assert "..." not in out.replace("[ARGS]...", "").replace("[QUERY]...", "")
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("command", ["show", "outbox show", "outbox retry", "outbox drop"])
def test_an_id_is_called_so(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, *command.split(), "--help")[1]
    assert re.search(r"\] ID( \[V1 V2\])?$", out.splitlines()[0])


def test_search_for_people_and_for_programs(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--store", store, "search", "compressors")
    assert code == 0
    assert err == "1 article\n"
    assert "Leak" in out
    code, out, _ = run(capsys, "--store", store, "search", "--json", "gas")
    (hit,) = objects(out)
    assert hit["title"] == "Leak shuts line"
    assert hit["spans"]
    assert hit["n"] == 2
    code, out, _ = run(capsys, "--store", store, "search", "--json", "--versions", "gas")
    assert [h["n"] for h in objects(out)] == [2, 1]


def test_an_article_shows_which_rules_found_what_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (Rule("gas", '"gas pipeline"', ("anna",)), Rule("late", "38", ("anna",)))
    with Desk(tmp_path, in_force=rules) as found:
        url = "http://wire.example/1"
        found.poll("wire", (entry(url, "Leak halts gas pipeline", PIPELINE),), NOW)
        put_right = PIPELINE.replace("48", "38")
        found.poll("wire", (entry(url, "Leak halts gas pipeline", put_right),), NOW + HOUR)
        shown = ("--store", found.address, "show", url)
        out = run(capsys, *shown)[1]
        assert 'rule gas: "gas pipeline"\n' in out
        assert "rule late, first in version 2: 38" in out
        (said,) = objects(run(capsys, *shown, "--json")[1])
        text = {"title": said["title"], "text": said["text"]}
        assert {m["rule"]: {text[f][a:b] for f, a, b, _ in m["spans"]} for m in said["matches"]} == {
            "gas": {"gas pipeline"}, "late": {"38"}
        }  # fmt: skip
        first, second = objects(run(capsys, *shown, "--versions", "--json")[1])
        assert [m["rule"] for m in first["matches"]] == ["gas"]
        assert [m["rule"] for m in second["matches"]] == ["gas", "late"]
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        plain = run(capsys, *shown)[1]
        bold = re.findall(r"\x1b\[33m\x1b\[1m(.*?)\x1b\[0m", plain)
        assert set(bold) == {"gas pipeline", "38"}
        assert put_right.split("\n")[-1] in re.sub(r"\x1b\[[0-9;]*m", "", plain)


def test_words_that_two_rules_share_and_words_over_a_paragraph_s_end_are_all_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (Rule("gas", "gas"), Rule("line", '"gas pipeline"'), Rule("over", '"calm ends"'))
    with Desk(tmp_path, in_force=rules) as found:
        shown = entry("http://wire.example/1", "Gas pipeline shut", "The calm.\nEnds soon.")
        found.poll("wire", (shown,), NOW)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        out = run(capsys, "--store", found.address, "show", "http://wire.example/1")[1]
    assert re.findall(r"\x1b\[33m\x1b\[1m(.*?)\x1b\[0m", out) == [
        "Gas",
        " pipeline",
        "calm.",
        "Ends",
    ]


def test_what_its_wire_rewrote_is_asked_for_with_or_without_words(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def titles(*asked: str) -> list[str]:
        return [hit["title"] for hit in objects(run(capsys, "--store", store, "search", *asked)[1])]

    assert titles("--changed", "--json") == ["Leak shuts line"]
    everything = titles("--json", "compressors OR market")
    assert len(everything) == 2
    assert titles("--changed", "--json", "compressors OR market") == ["Leak shuts line"]
    assert run(capsys, "--store", store, "search", "--changed", "market")[0] == 1


def test_nothing_found_is_one_and_a_mistake_is_two(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "--store", store, "search", "zebra")
    assert (code, out) == (1, "")
    assert "nothing found" in err
    assert "joins words" not in err
    _, _, err = run(capsys, "--store", store, "search", "zebra or gas")
    assert '"or" was looked for as a word: OR joins words' in err
    code, out, err = run(capsys, "--store", store, "search", "(gas")
    assert (code, out) == (2, "")
    assert "^" in err
    assert run(capsys, "--store", store, "search", "--since", "yesterdayish", "gas")[0] == 2
    assert run(capsys, "--store", store, "search", "--stories", "--versions", "gas")[0] == 2
    assert run(capsys, "serach", "gas")[0] == 2


def test_a_missing_store_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["search", "x"],
        ["show", "x"],
        ["story", "x"],
        ["status"],
        ["export"],
        ["outbox"],
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (1, ""), arguments
        assert "newswatch once" in err
    assert run(capsys, "--store", "postgres://x", "status")[0] == 2


def test_a_damaged_store_is_four(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.db").write_bytes(b"not a database, but long enough to be read as one" * 50)
    for command in (["status"], ["search", "x"], ["export"], ["import", "-"]):
        assert run(capsys, "--store", f"sqlite:{tmp_path / 'bad.db'}", *command)[0] == 4, command


def test_a_busy_store_is_five(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch)
    with Desk(tmp_path) as desk:
        for command in (
            ["once"],
            ["run"],
            ["restore", "--yes", "--from", str(tmp_path / "test.db")],
        ):
            code, _, err = run(capsys, "--store", desk.address, *command)
            assert code == 5, (command, err)


def config(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """A configuration in *folder*, which becomes the working folder."""
    (folder / "config").mkdir()
    (folder / "config" / "newswatch.yaml").write_text(files.get("newswatch", ""))
    (folder / "feeds.yaml").write_text(files.get("feeds", ""))
    for name in ("rules", "digests"):
        if name in files:
            (folder / "config" / f"{name}.yaml").write_text(files[name])
    monkeypatch.chdir(folder)


def test_show_story_and_why(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--store", store, "search", "--json", "gas")
    gas = objects(out)[0]["id"]
    _, out, _ = run(capsys, "--store", store, "search", "--json", "freight")
    market = objects(out)[0]["id"]
    code, out, _ = run(capsys, "--store", store, "show", gas[:8], "--diff")
    assert code == 0
    assert "48" in out
    assert "38" in out
    code, out, _ = run(
        capsys, "--store", store, "show", "--json", "--versions", "http://wire.example/1"
    )
    assert [v["n"] for v in objects(out)] == [1, 2]
    _, out, _ = run(capsys, "--store", store, "show", "http://wire.example/1")
    assert f"first seen {when(NOW + HOUR)} · so since {when(NOW + 2 * HOUR)}" in out
    _, out, _ = run(capsys, "--store", store, "show", "http://wire.example/2")
    assert f"first seen {when(NOW + 2 * HOUR)}" in out
    assert "so since" not in out
    code, out, _ = run(capsys, "--store", store, "story", "show", gas[:8], "--json")
    assert objects(out)[0]["articles"][0]["title"] == "Leak shuts line"
    code, out, _ = run(capsys, "--store", store, "why", gas, market, "--json")
    assert objects(out)[0]["same_story"] is False
    assert objects(out)[0]["features"]
    assert run(capsys, "--store", store, "why", gas, gas)[0] == 1
    assert run(capsys, "--store", store, "show", "no such id")[0] == 1


def test_export_and_import_give_the_same_articles(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "--store", store, "export", "--what", "articles")
    assert code == 0
    (tmp_path / "a.jsonl").write_text(out)
    other = f"sqlite:{tmp_path / 'other.db'}"
    code, out, err = run(capsys, "--store", other, "import", "--json", str(tmp_path / "a.jsonl"))
    assert code == 0, err
    assert objects(out)[0] == {"read": 3, "new_versions": 3, "wrong": 0}
    again = run(capsys, "--store", other, "import", "--json", str(tmp_path / "a.jsonl"))
    assert objects(again[1])[0]["new_versions"] == 0
    mine = objects(run(capsys, "--store", store, "export")[1])
    theirs = objects(run(capsys, "--store", other, "export")[1])
    keys = ("id", "url", "title", "text", "first_seen", "source", "story")
    assert [[a[k] for k in keys] for a in mine] == [[a[k] for k in keys] for a in theirs]


def test_import_names_wrong_lines_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = b'{"url": "http://a.example/1", "title": "One"}\nnonsense\n\n[1]\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    code, _, err = run(capsys, "import", "-")
    assert code == 1
    assert "-:2:" in err
    assert "-:4:" in err
    assert "1 article read, 1 new version; 2 lines were wrong" in err
    assert run(capsys, "import", "nowhere.jsonl")[0] == 2


def test_import_owes_nobody_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(
        tmp_path,
        monkeypatch,
        newswatch="mail: {server: 'file:letters'}",
        rules="rules: [{name: gas, query: gas, tell: [anna, desk]}]",
        digests="people: {anna: {address: anna@example.org}}\ndigests: {desk: {to: anna, at: '23:59'}}",
    )
    now = {"url": "http://a.example/1", "title": "Gas today"}
    (tmp_path / "a.jsonl").write_text(json.dumps(now))
    assert run(capsys, "import", "a.jsonl")[0] == 0
    assert run(capsys, "outbox")[0] == 1
    (tmp_path / "b.jsonl").write_text(
        json.dumps(now | {"url": "http://a.example/2", "title": "Gas gone"})
    )
    code, _, err = run(capsys, "import", "--alert", "b.jsonl")
    assert code == 0
    one = "1 notification to go out"
    said = [re.sub(r"\d{4}-\d\d-\d\d", "DAY", line) for line in err.splitlines()]
    assert said[1:] == [
        f"  anna: {one} with the next `once` or `run`",
        f"  anna, digest desk: {one} at DAY 23:59 UTC",
    ]
    (tmp_path / "c.jsonl").write_text(
        json.dumps(now | {"url": "http://a.example/3", "title": "No"})
    )
    (done,) = objects(run(capsys, "import", "--alert", "--json", "c.jsonl")[1])
    (waits,) = done["waiting"]  # hers at once is in a letter now
    assert (waits["to"], waits["digest"], waits["notifications"]) == ("anna", "desk", 1)
    code, out, _ = run(capsys, "outbox", "list", "--json")
    assert code == 0
    (letter,) = objects(out)
    assert (letter["to"], letter["state"]) == ("anna", "waiting")
    code, out, _ = run(capsys, "outbox", "show", letter["id"][:8])
    assert "Gas gone" in out
    assert run(capsys, "outbox", "drop", letter["id"][:8])[0] == 0
    assert objects(run(capsys, "outbox", "list", "--json")[1])[0]["state"] == "dropped"
    assert run(capsys, "outbox", "retry", "ffff")[0] == 1


def test_check_names_every_mistake_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(
        tmp_path,
        monkeypatch,
        newswatch="crawl: {spaceing: 2}\n",
        rules="rules:\n  - name: x\n    query: (gas\n    tell: [nobody]\n",
    )
    code, _, err = run(capsys, "check")
    assert code == 2
    assert 'did you mean "spacing"' in err
    assert "rules.yaml:3:" in err
    assert "nobody" in err
    code, out, said = run(capsys, "check", "--json")
    assert (code, said) == (2, err)
    (told,) = objects(out)
    key, _server, query, tell = told["mistakes"]
    assert (key["file"], key["line"], key["path"]) == ("config/newswatch.yaml", 1, "crawl.spaceing")
    assert (query["file"], query["line"], query["path"]) == (
        "config/rules.yaml",
        3,
        "rules[0].query",
    )
    assert query["message"].startswith("this bracket is never closed\n")
    assert tell["message"].startswith('there is no person or digest "nobody"')


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ("config/newswatch.yaml", ("config/newswatch.yaml", None, None)),
        ("config", (None, None, None)),
        ("secret", (None, None, None)),
    ],
)
def test_what_has_no_line_is_a_mistake_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    broken: str, place: tuple[str | None, int | None, str | None],
) -> None:  # fmt: skip
    config(
        tmp_path, monkeypatch, newswatch="mail: {server: 'smtp://a.example', password_file: secret}"
    )
    (tmp_path / "secret").write_text("geheim")
    (tmp_path / "secret").chmod(0o644)
    if broken != "secret":
        (tmp_path / "config/newswatch.yaml").unlink()
    if broken == "config":
        (tmp_path / "config").rmdir()
    code, out, err = run(capsys, "check", "--json")
    assert code == 2
    (told,) = objects(out)
    (wrong,) = told["mistakes"]
    assert (wrong["file"], wrong["line"], wrong["path"]) == place
    assert wrong["message"] in err


# Whatever takes --json, with arguments that make it ask store and configuration.
SPOKEN = (
    "once", "search gas", "show x", "story x", "story merge a b", "story split a", "why a b", "import a.jsonl",
    "export", "rules", "rules list", "rules test gas", "rules check", "rules history x", "rules add x gas",
    "rules remove x", "silence", "feeds", "feeds list", "feeds show x", "feeds test nowhere", "feeds add nowhere",
    "feeds import a.opml", "digest preview x", "digest send x", "mail test x", "outbox", "outbox list",
    "outbox show x", "outbox retry x", "outbox drop x", "quarantine", "quarantine list", "quarantine retry --all", "status", "doctor", "check", "verify", "backup", "restore",
    "cluster check", "init", "prune", "prune --texts 90d", "archive --before 2024-01", "backfill", "backfill x --from 2d", "backfill x --stop",
)  # fmt: skip


@pytest.mark.parametrize("command", SPOKEN)
@pytest.mark.parametrize("wrong", ["no store", "damaged store", "mistaken configuration"])
def test_what_goes_wrong_is_never_among_the_data(
    command: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Standard output is objects or nothing; what is said of the failure is on standard error."""
    main = "crawl: {spacing: often}" if wrong == "mistaken configuration" else ""
    config(tmp_path, monkeypatch, newswatch=main)
    monkeypatch.delenv("NEWSWATCH_STORE", raising=False)
    monkeypatch.delenv("NEWSWATCH_CONFIG", raising=False)
    (tmp_path / "a.jsonl").write_text("no json\n")
    (tmp_path / "a.opml").write_text("no opml")
    if wrong == "damaged store":
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "newswatch.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    code, out, err = run(capsys, *command.split(), "--json")
    assert all(isinstance(value, dict) for value in objects(out))
    assert code == 0 or err or out


def test_every_command_that_takes_json_is_tried() -> None:
    def leaves(group: click.Group, name: str = "") -> Iterator[str]:
        for sub in group.list_commands(click.Context(group)):
            command = group.get_command(click.Context(group), sub)
            if isinstance(command, click.Group):
                yield from leaves(command, f"{name}{sub} ")
            elif command and any("--json" in p.opts for p in command.params):
                yield f"{name}{sub}"

    tried = {" ".join(spoken.split()[:2]) for spoken in SPOKEN} | {s.split()[0] for s in SPOKEN}
    assert set(leaves(root)) - tried <= {"story show"}


def test_rules_are_added_with_comments_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(
        tmp_path,
        monkeypatch,
        newswatch="mail: {server: 'file:letters'}",
        rules="# ours\nrules:\n  - name: a   # first\n    query: gas\n",
        digests="people: {anna: {address: anna@example.org}}",
    )
    assert run(capsys, "rules", "add", "b", "oil OR нефть", "--tell", "anna")[0] == 0
    text = (tmp_path / "config" / "rules.yaml").read_text()
    assert "# ours" in text
    assert "# first" in text
    assert run(capsys, "rules", "add", "b", "coal")[0] == 2
    assert run(capsys, "rules", "add", "c", "coal", "--tell", "bob")[0] == 2
    assert run(capsys, "rules", "add", "c", "-coal")[0] == 2
    assert run(capsys, "rules", "remove", "a")[0] == 0
    assert run(capsys, "rules", "check", "--json")[1].count("\n") == 1


def test_rules_test_says_what_would_have_been_sent(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(
        capsys, "--store", store, "rules", "test", "gas OR freight", "--since", "2026-03-01"
    )
    assert code == 0
    assert len(out.splitlines()) == 2
    assert "2 stories" in err
    for bare in (["rules", "list", "--json"], ["rules", "--json"]):
        code, out, _ = run(capsys, "--store", store, *bare)
        assert code == 0
        assert objects(out)[0]["matches"] == 2
    assert run(capsys, "--store", store, "feeds", "--json")[0] == 0
    code, out, _ = run(capsys, "--store", store, "feeds", "show", "wire", "--json")
    assert objects(out)[0]["articles"] == 3
    assert run(capsys, "--store", store, "feeds", "show", "wirr")[0] == 1


def test_status_doctor_backup_restore(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "--store", store, "status", "--json")
    assert objects(out)[0]["articles"] == 3
    assert objects(out)[0]["running"] is None
    assert run(capsys, "--store", store, "doctor")[0] == 0
    code, out, _ = run(capsys, "--store", store, "backup", "--json")
    assert code == 0
    assert Path(objects(out)[0]["backup"]).exists()
    (tmp_path / "test.db").write_bytes(b"\x00" * 8192)
    assert run(capsys, "--store", store, "status")[0] == 4
    assert run(capsys, "--store", store, "restore")[0] == 0
    assert run(capsys, "--store", store, "restore", "--yes")[0] == 0
    assert run(capsys, "--store", store, "status")[0] == 0


def test_what_comes_from_outside_cannot_move_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Desk(tmp_path) as desk:
        evil = "\x1b[2Jcleared \u202egnp.exe \u2066 \U000e0041 [/bold] \x9b31m gas"
        desk.poll("wire", (entry("http://wire.example/1", evil, evil),), NOW)
        address = desk.address
    shown = "http://wire.example/1"
    for command in (
        ["search", "gas"], ["search", "gas", "--json"], ["search", "gas", "--csv"], ["export"], ["story", shown],
        ["story", shown, "--json"], ["show", shown], ["show", shown, "--json"],
    ):  # fmt: skip
        _, out, _ = run(capsys, "--store", address, *command)
        assert out.replace("\n", "").isprintable(), command
    (article,) = objects(run(capsys, "--store", address, "export")[1])
    assert "\u202egnp.exe" in article["title"]  # it is what the wire wrote


def test_a_reader_that_has_seen_enough_is_no_error(store: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "--store", store, "export", "--what", "changes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(30) == 0


def test_search_imports_nothing_slow() -> None:
    found = subprocess.run(
        [
            sys.executable, "-c",
            "import sys; from newswatch.cli import code_of; code_of(['--store', 'sqlite:/nonexistent/x.db', 'search', 'gas']); print(*sorted({m.partition('.')[0] for m in sys.modules}))",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    slow = {
        "pydantic", "sqlite_utils", "trafilatura", "aiohttp", "feedparser", "rapidfuzz", "rich",
        "jinja2", "ruamel", "apscheduler", "lxml", "numpy",
    }  # fmt: skip
    assert not slow & set(found.stdout.split())


def test_what_is_asked_of_a_thing_that_is_not_so_is_one_not_four(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "--store", store, "feeds", "show", "wier")[0] == 1
    assert run(capsys, "--store", "mysql:there", "search", "gas")[0] == 2
    code, _, err = run(capsys, "--store", store, "outbox", "drop", "ffff")
    assert code == 1
    assert "no letter begins so" in err


def test_a_damaged_store_is_said_before_a_bad_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").write_text("crawl: {spacing: often}")
    (tmp_path / "bad.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    (tmp_path / "a.jsonl").write_text('{"url": "http://a.example/1", "title": "x"}\n')
    for command in (["import", "a.jsonl"], ["run"], ["once"], ["doctor"]):
        code, _, err = run(capsys, "--store", "sqlite:bad.db", *command)
        assert code == 4, (command, err)


@pytest.mark.parametrize(
    "command",
    ["digest send", "feeds add", "feeds import", "rules add", "rules remove", "outbox retry",
     "outbox drop", "mail test", "story", "why", "show", "status", "doctor", "check", "backup"],
)  # fmt: skip
def test_commands_that_print_data_offer_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *command.split(), "--help")
    assert code == 0
    assert "--json" in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--store", "sqlite:afile/y.db", "once"], 4),
        (["--store", "sqlite:afile/y.db", "import", "a.jsonl"], 4),
        (["--store", "sqlite:folder", "search", "gas"], 4),
        (["demo", "--keep", "afile/x"], 2),
        (["feeds", "export", "nowhere/x.opml"], 2),
        (["mail", "test", "bogus"], 2),
        (["import", "folder"], 2),
        (["import", "/dev/null"], 1),
    ],
)
def test_a_path_that_cannot_be_used_is_an_error_with_a_word(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "afile").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newswatch.yaml").touch()
    (tmp_path / "a.jsonl").write_text('{"url": "http://a.example/1", "title": "x"}\n')
    found, _, err = run(capsys, *arguments)
    assert found == code, err
    assert err.strip()


def test_a_minus_is_the_querys_own_not(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--store", store, "search", "--json", "gas", "-zebra")
    assert code == 0
    assert len(objects(out)) == 1
    assert run(capsys, "--store", store, "search", "gas", "-the")[0] == 1
    assert run(capsys, "--store", store, "rules", "test", "gas", "-hyenas")[0] in {0, 1}


def test_once_makes_no_store_where_there_is_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "once")[0] == 2
    assert not (tmp_path / "var").exists()


# ── names that are not there ────────────────────────────────────────────────────────────────

READERS = "people: {anna: {address: anna@example.org}}\ndigests: {desk: {to: anna}}"
FILED = {
    "newswatch": "mail: {server: 'file:letters'}\ncrawl: {allow_networks: [127.0.0.0/8]}",
    "rules": "rules: [{name: gas, query: gas, tell: desk}]",
    "digests": READERS,
}


@pytest.mark.parametrize(
    ("command", "code", "hint"),
    [
        ("feeds show wier", 1, 'there is no feed "wier" (did you mean "wire"?)'),
        ("rules remove gsa", 1, 'there is no rule "gsa" (did you mean "gas"?)'),
        ("rules remove zebra", 1, 'there is no rule "zebra" (there is gas)'),
        ("digest preview dsek", 1, 'there is no digest "dsek" (did you mean "desk"?)'),
        ("digest send dsek", 1, 'there is no digest "dsek" (did you mean "desk"?)'),
        ("outbox show ffff", 1, "no letter begins so"),
        ("outbox retry ffff", 1, "no letter begins so"),
        ("outbox drop ffff", 1, "no letter begins so"),
        ("show ffff", 1, "ffff"),
        ("story ffff", 1, "ffff"),
        ("why ffff eeee", 1, "ffff"),
        # What would make the configuration wrong is a mistake, and so is a word of the command.
        ("rules add x coal --tell ana", 2, 'no person or digest "ana" (did you mean "anna"?)'),
        ("rules add x coal --tell dsek", 2, 'no person or digest "dsek" (did you mean "desk"?)'),
        ("fedes", 2, 'there is no command "fedes" (did you mean "feeds"?)'),
        ("feeds shwo wire", 2, "show"),
    ],
)
def test_a_name_that_is_not_there_is_one_and_the_nearest_is_told(
    command: str, code: int, hint: str, store: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    config(tmp_path, monkeypatch, **FILED)
    found, out, err = run(capsys, "--store", store, *command.split())
    assert (found, out) == (code, ""), err
    assert hint in err


def test_a_feeds_file_that_was_named_and_is_not_there_is_a_mistake(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    for command in ("check", "once", "feeds export", "digest preview desk"):
        code, out, err = run(capsys, "--feeds", "fedes.yaml", "--store", store, *command.split())
        assert (code, out) == (2, ""), command
        assert "fedes.yaml: there is no such file" in err
    (tmp_path / "feeds.yaml").unlink()
    assert run(capsys, "check")[0] == 0  # a default that is not there says nothing


def test_a_digest_that_owes_nothing_says_so(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    for more in ([], ["--dry-run"]):
        code, out, _ = run(capsys, "--store", store, "digest", "send", "desk", *more)
        assert code == 1
        assert "nothing is owed to anna" in out
    assert not (tmp_path / "letters").exists()


TWO_READERS = (
    "people: {anna: {address: anna@example.org}, ben: {address: ben@example.org}}\n"
    "digests: {desk: {to: [anna, ben], at: ['07:30']}}"
)


def test_a_digest_is_looked_at_as_html_and_since_a_time_and_sent_to_one_of_its_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(
        tmp_path, monkeypatch, **FILED | {"digests": TWO_READERS},
        feeds="feeds: [{name: wire, url: 'http://127.0.0.1:9/rss', pages: feed-only}]",
    )  # fmt: skip
    (tmp_path / "a.jsonl").write_text('{"url": "http://a.example/1", "title": "Gas <b> spill"}')
    assert run(capsys, "import", "--alert", "a.jsonl")[0] == 0
    code, out, err = run(capsys, "digest", "preview", "desk", "--html")
    assert (code, out) == (2, "")
    assert "desk goes to anna, ben: name one of them with --to" in err
    code, out, _ = run(capsys, "digest", "preview", "desk", "--html", "--to", "ben")
    assert code == 0
    assert out.startswith("<!DOCTYPE html>")
    assert "&lt;b&gt; spill" in out
    both = objects(run(capsys, "digest", "preview", "desk", "--html", "--json")[1])
    assert [(o["to"], o["html"][:9], o["stories"]) for o in both] == [
        ("anna", "<!DOCTYPE", 1), ("ben", "<!DOCTYPE", 1)
    ]  # fmt: skip
    sent = ("digest", "send", "desk", "--to", "ben")
    assert run(capsys, *sent, "--dry-run")[1] == "ben: 1 story (dry run)\n"
    assert not (tmp_path / "letters").exists()
    assert run(capsys, *sent)[1] == "ben: 1 story\n"
    (letter,) = (tmp_path / "letters").glob("*.eml")
    assert b"ben@example.org" in letter.read_bytes()
    assert run(capsys, *sent)[0] == 1
    assert "spill" not in run(capsys, "digest", "preview", "desk", "--to", "ben")[1]
    assert "spill" in run(capsys, "digest", "preview", "desk", "--to", "ben", "--since", "2h")[1]
    assert "spill" in run(capsys, "digest", "preview", "desk", "--to", "anna")[1]
    for command in ("preview", "send"):
        code, _, err = run(capsys, "digest", command, "desk", "--to", "bne")
        assert code == 1
        assert 'there is no reader of desk "bne" (did you mean "ben"?)' in err
    assert run(capsys, "digest", "preview", "now", "--html")[0] == 2


def test_a_letter_that_is_a_test_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    assert run(capsys, "mail", "test", "ben@example.org")[0] == 0
    (file,) = (tmp_path / "letters").glob("*.eml")
    letter = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    assert letter["Subject"].startswith("newswatch test letter, ")
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        said = " ".join(body.get_content().split())
        assert "This letter is a test." in said
        assert "Nothing new was found" not in said


# ── a feed is tried ─────────────────────────────────────────────────────────────────────────

FRONT = b"""<!doctype html><html><head><title>The Wire</title>
<link rel="stylesheet" href="/a.css"><LINK REL='alternate' TYPE='application/rss+xml' href=/rss.xml>
<link type="application/atom+xml" rel="home alternate" href="world.atom?a=1&amp;b=2"></head></html>"""
WHOLE = "".join(f"<p>Sentence {n} of it says what happened in the harbour.</p>" for n in range(30))
FEED = f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Wire</title><item><title>One</title><link>http://wire.example/1</link>
<content:encoded><![CDATA[{WHOLE}]]></content:encoded></item></channel></rss>""".encode()


def test_a_page_tried_as_a_feed_names_its_feeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    with serving(lambda asked: reply(FRONT, content_type="text/html")) as server:
        code, out, err = run(capsys, "feeds", "test", server.url("/news/"))
        assert (code, out) == (3, "")
        assert f"{server.url('/rss.xml')}, {server.url('/news/world.atom')}?a=1&b=2" in err


def test_a_refusal_says_how_long_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    with serving(lambda asked: reply(b"", 429, retry_after="120")) as server:
        code, _, err = run(capsys, "feeds", "test", server.url())
    assert code == 3
    assert "HTTP 429: it is asked too often; it asks to be left alone for 120 seconds" in err


def test_a_tried_feed_is_told_whole_to_programs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    with serving(lambda asked: reply(FEED, content_type="application/rss+xml")) as server:
        code, out, err = run(capsys, "feeds", "test", server.url(), "--json")
        assert code == 0, err
        (said,) = objects(out)
        assert (said["entries"], said["full_text"], said["pages"]) == (1, 1, "feed-only")
        assert said["format"] == "rss"
        code, out, _ = run(capsys, "feeds", "test", server.url())
        assert ": 1 entry (rss)\n" in out
        assert "suggested: pages: feed-only" in out
        # The file that a feed is added to need not be there.
        assert run(capsys, "--feeds", "new.yaml", "feeds", "add", server.url())[0] == 0
    assert "format: rss" in (tmp_path / "new.yaml").read_text()


def test_what_is_judged_of_a_feed_is_shown_wherever_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [
        reply(FEED, content_type="application/rss+xml"),
        reply(
            b"<!DOCTYPE html><html><title>Access denied</title></html>", content_type="text/html"
        ),
    ]
    with serving(lambda asked: answers[min(len(asked_so_far), 1)]) as server:
        asked_so_far: list[str] = []
        config(
            tmp_path, monkeypatch,
            newswatch="crawl: {allow_networks: [127.0.0.0/8], spacing: 0}",
            feeds=f"feeds: [{{name: wire, url: '{server.url()}', pages: feed-only}}]",
        )  # fmt: skip
        assert run(capsys, "once", "--now", "2026-03-03T10:00:00Z")[0] == 0
        asked_so_far.append("feed")
        run(capsys, "once", "--now", "2026-03-04T11:00:00Z")
        said = "it answers 200 with an HTML page, no feed: Access denied"
        _, out, _ = run(capsys, "feeds")
        assert f"error-page since 2026-03-04 11:00: {said}" in out
        _, out, _ = run(capsys, "feeds", "show", "wire")
        assert f"error-page: {said} (since 2026-03-04 11:00)" in out
        assert re.search(r"polls +█·{24}█ 2, at most 1 an hour", out)
        assert re.search(r"entries +·{26} 0", out)
        assert re.search(
            r"window +1 entry, other ones in about \d+ (hours|minutes)$", out, re.MULTILINE
        )
        _, out, _ = run(capsys, "status")
        assert out.count(said) == 1
        _, out, _ = run(capsys, "feeds", "show", "wire", "--json")
        shown = json.loads(out)
        assert [one["kind"] for one in shown["judgements"]] == ["error-page", "undated"]
        assert shown["lately"]["since"] == "2026-03-03T10:00:00Z"
        assert (sum(shown["lately"]["polls"]), shown["window"]) == (2, 1)
        _, out, _ = run(capsys, "status", "--json")
        judged = json.loads(out)["judged"]
        assert [(one["feed"], one["kind"]) for one in judged] == [
            ("wire", "error-page"),
            ("wire", "undated"),
        ]


def test_a_feed_that_comes_in_another_format_is_read_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(lambda asked: reply(FEED, content_type="application/rss+xml")) as server:
        config(
            tmp_path, monkeypatch,
            newswatch="crawl: {allow_networks: [127.0.0.0/8], spacing: 0}",
            feeds=f"feeds: [{{name: wire, url: '{server.url()}', format: atom}}]",
        )  # fmt: skip
        assert run(capsys, "once")[0] == 0
        code, out, _ = run(capsys, "feeds")
        assert code == 0
        assert "ok; came as rss, feeds.yaml says atom" in out
        (said,) = objects(run(capsys, "feeds", "show", "wire", "--json")[1])
        assert (said["format"], said["read_as"], said["articles"]) == ("atom", "rss", 1)
        feeds = tmp_path / "feeds.yaml"
        feeds.write_text(feeds.read_text().replace("atom", "rss"))
        run(capsys, "once")
        assert "feeds.yaml says" not in run(capsys, "feeds")[1]
        # An answer that brings nothing to read leaves what was known.
        assert "read_as    rss" in run(capsys, "feeds", "show", "wire")[1]


@pytest.mark.parametrize(("status", "moved"), [(301, True), (308, True), (302, False)])
def test_a_feed_that_has_moved_for_good_is_shown_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int, moved: bool
) -> None:  # fmt: skip
    answers = {"/old": [reply(b"", status, Location="/new")], "/new": [reply(FEED)]}
    with serving(lambda asked: answers[asked.path][0]) as server:
        at = f"//anna:geheim@{server.url('/old').partition('//')[2]}"
        config(
            tmp_path, monkeypatch,
            newswatch="crawl: {allow_networks: [127.0.0.0/8], spacing: 0, min_interval: 1, max_interval: 1}",
            feeds=f"feeds: [{{name: wire, url: 'http:{at}'}}]",
        )  # fmt: skip
        now = datetime.now(UTC) - timedelta(days=1)

        def once(hours: int) -> tuple[str, str, object]:
            run(capsys, "once", "--now", (now + timedelta(hours=hours)).isoformat())
            (said,) = objects(run(capsys, "feeds", "show", "wire", "--json")[1])
            return run(capsys, "feeds")[1], run(capsys, "feeds", "show", "wire")[1], said["moved"]

        new = server.url("/new")
        hint = f"ok; moved to {new}: write that in feeds.yaml"
        for hours in (0, 1):  # the second answer is unchanged
            listed, shown, said = once(hours)
            assert (hint in shown, f"moved to {new}" in listed) == (moved, moved)
            assert said == (new if moved else None)
            assert "geheim" not in listed + shown
        # A redirect that is gone again is no move.
        answers["/old"] = answers["/new"]
        assert once(2)[2] is None


def test_a_feed_is_tried_without_a_main_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    with serving(lambda asked: reply(FEED)) as server:
        for more in ((), ("--config", "config")):
            code, _, err = run(capsys, *more, "feeds", "test", server.url())
            assert (code, "not a public address" in err) == (3, True), err
        assert run(capsys, "--config", "confg", "feeds", "test", server.url())[0] == 2


def test_a_feed_is_tried_and_added_whatever_is_wrong_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "config"
    folder.mkdir()
    crawl = "crawl: {allow_networks: [127.0.0.0/8], spacing: 0}\n"
    (folder / "newswatch.yaml").write_text(crawl + "mail: {server: nowhere}\n")
    (folder / "rules.yaml").write_text("rules: [{name: a, query: '(x'}]")
    with serving(lambda asked: reply(FEED)) as server:
        code, out, err = run(capsys, "feeds", "test", server.url(), "--json")
        assert code == 0, err
        assert objects(out)[0]["entries"]
        assert "the configuration has mistakes" in err
        assert "newswatch check" in err
        assert run(capsys, "feeds", "add", server.url(), "--name", "wire")[0] == 0
        assert "wire" in (tmp_path / "feeds.yaml").read_text()
        # What it does need is held against it, with file and line.
        (folder / "newswatch.yaml").write_text("\ncrawl: {spacing: often}")
        code, _, err = run(capsys, "feeds", "test", server.url())
        assert code == 2
        assert "newswatch.yaml:2: crawl.spacing" in err
        (folder / "newswatch.yaml").write_text(crawl)
        (folder / "rules.yaml").unlink()
        assert "mistakes" not in run(capsys, "feeds", "test", server.url())[2]


def test_a_rule_that_tells_without_a_mail_server_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "newswatch.yaml").write_text("")
    (folder / "digests.yaml").write_text("people: {anna: {address: anna@example.org}}")
    for more in ((), ("--dry-run",)):
        code, out, err = run(capsys, "rules", "add", "gas", "gas", "--tell", "anna", *more)
        assert (code, out) == (2, "")
        assert "nothing is written" in err
        assert "mail.server: is needed" in err
        assert "file:var/outbox" in err
    assert sorted(path.name for path in folder.iterdir()) == ["digests.yaml", "newswatch.yaml"]
    assert run(capsys, "rules", "add", "gas", "gas")[0] == 0
    assert run(capsys, "check")[0] == 0


# ── one is not many ─────────────────────────────────────────────────────────────────────────


def test_one_is_counted_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(
        tmp_path, monkeypatch, **FILED,
        feeds="feeds: [{name: wire, url: 'http://127.0.0.1:9/rss', pages: feed-only}]",
    )  # fmt: skip
    assert "sound: 1 feed, 1 rule, 1 person, 1 digest;" in run(capsys, "check")[1]
    code, out, _ = run(capsys, "once")
    assert code == 1
    assert out == "1 feed and 0 pages: 0 new articles, 0 changed, 0 matches; 0 letters sent\n"
    (tmp_path / "a.jsonl").write_text('{"url": "http://a.example/1", "title": "Gas"}')
    assert "1 article read, 1 new version\n" in run(capsys, "import", "--alert", "a.jsonl")[2]
    assert "1 article, 1 version, 1 story, 1 match;" in run(capsys, "status")[1]
    assert "1 story since" in run(capsys, "rules", "test", "gas")[2]
    assert run(capsys, "digest", "send", "desk")[1] == "anna: 1 story\n"


@pytest.mark.parametrize(
    "typed",
    ["999999w", "²d", "999999999w", "2250-01-01", "1969-12-31", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", ""],
)  # fmt: skip
def test_a_time_no_store_can_hold_is_a_mistake(
    store: str, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    for command in (
        ["search", "gas", "--since", typed],
        ["search", "gas", "--until", typed],
        ["rules", "test", "gas", "--since", typed],
        ["once", "--now", typed],
    ):
        code, out, err = run(capsys, "--store", store, *command)
        assert (code, out) == (2, ""), command
        assert "is no time" in err or "outside the years 1970 to 2199" in err


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("gas since:2250-01-01", 1),
        ("gas since:9999-12-31", 1),
        ("gas until:2250-01-01", 0),
        ("gas until:9999-12-30", 0),
        ("gas since:1800-01-01", 0),
    ],
)
def test_a_query_may_name_any_year(
    store: str, capsys: pytest.CaptureFixture[str], query: str, found: int
) -> None:
    assert run(capsys, "--store", store, "search", query)[0] == found
    assert run(capsys, "--store", store, "search", "--sort", "relevance", query)[0] == found


def test_a_store_that_no_disk_can_name_is_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch)
    (tmp_path / "file").write_text("")
    for name in ("x" * 300, "file/x.db", "file/y/x.db"):
        for command in ("search x", "status", "once", "run", "stop", "doctor", "export"):
            code, _, err = run(capsys, "--store", f"sqlite:{name}", *command.split())
            if command == "stop" and "/" in name:
                assert code == 1
            elif command == "doctor":
                assert code == 4, err
            else:
                assert code == 4, (name, command, err)
                assert "name another file" in err


def test_output_that_cannot_be_written_is_said(store: str) -> None:
    newswatch = f"{sys.executable} -m newswatch --store {store}"
    for ending, code in ((">/dev/full", 1), (">&-", 0), (">&- 2>&-", 0), ("<&-", 0)):
        for command in ("search gas", "search --json gas", "export"):
            ended = subprocess.run(
                ["/bin/sh", "-c", f"{newswatch} {command} {ending}"],
                check=False, capture_output=True, text=True,
            )  # fmt: skip
            assert ended.returncode == code, (command, ending, ended.stderr)
            assert "Traceback" not in ended.stderr
            assert ("cannot be written" in ended.stderr) == (code == 1)


def test_a_password_in_an_address_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "http://bob:hunter2@127.0.0.1:9/rss"
    feed = Feed("wire", secret, "Wire", "en", pages="feed-only")
    config(tmp_path, monkeypatch, feeds=f"feeds: [{{name: wire, url: '{secret}'}}]")
    with Desk(tmp_path, feeds=(feed,)) as desk:
        linked = "http://bob:hunter2@127.0.0.1:9/1"
        desk.poll("wire", (entry(linked, "Leak", PIPELINE),), NOW)
        address = desk.address
    (tmp_path / "twice.yaml").write_text(
        f"feeds: [{{name: a, url: '{secret}'}}, {{name: b, url: '{secret}'}}]"
    )
    opml = '<opml version="2.0"><body><outline xmlUrl="{}" text="{}"/></body></opml>'
    (tmp_path / "in.opml").write_text(opml.format(secret, "in"))
    (tmp_path / "bad.opml").write_text(opml.format(secret.replace("http", "gopher"), "bad"))
    _, out, _ = run(capsys, "--store", address, "search", "--json", "gas")
    story, article = objects(out)[0]["story"], objects(out)[0]["id"]
    for command in (
        "feeds list --json", "feeds show wire", "feeds show wire --json", "feeds export",
        f"feeds test {secret}", f"feeds add {secret}", f"feeds add {secret} --name b",
        "feeds test gopher://bob:hunter2@x/", "feeds import in.opml", "feeds import in.opml --json",
        "feeds import bad.opml", "feeds import in.opml --dry-run", "--feeds twice.yaml check",
        "search gas", "search --json gas", "search --csv gas", "search --format {url} gas",
        f"show {article}", f"show {article} --json", f"story {story}", f"story {story} --json",
        "export", "export --what versions", "export --what stories", "once", "once --json",
        "once --verbose",
    ):  # fmt: skip
        _, out, err = run(capsys, "--store", address, *command.split())
        assert out + err, command
        assert "hunter2" not in out + err, command


@pytest.mark.parametrize(
    ("mail", "mode", "wrong"),
    [
        ("{server: 'smtps://mail.example.org', user: bob}", 0o600, "a user needs a password"),
        ("{user: bob, password_file: secret}", 0o644, "others may read it"),
        ("{user: bob, password_file: gone}", 0o600, "cannot be read"),
        ("{user: bob, password_file: secret}", 0o600, ""),
        ("{}", 0o600, ""),
    ],
)
def test_check_finds_what_run_would_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    mail: str, mode: int, wrong: str,
) -> None:  # fmt: skip
    monkeypatch.delenv("NEWSWATCH_MAIL_PASSWORD", raising=False)
    config(tmp_path, monkeypatch, newswatch=f"mail: {mail}")
    (tmp_path / "secret").write_text("geheim")
    (tmp_path / "secret").chmod(mode)
    code, out, err = run(capsys, "check")
    assert code == (2 if wrong else 0)
    assert wrong in err
    assert ("sound" in out) == (not wrong)


def test_servers_are_told_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = f"newswatch/{version('newswatch')}"
    network = "crawl: {allow_networks: [127.0.0.0/8], spacing: 0"
    config(tmp_path, monkeypatch)
    for main, agent in (
        (f"{network}}}", f"Mozilla/5.0 (compatible; {own}; no contact configured)"),
        (f"contact: a@example.org\n{network}}}", f"Mozilla/5.0 (compatible; {own}; +a@example.org)"),
        (f"contact: a@example.org\n{network}, user_agent: mine}}", "mine"),
    ):  # fmt: skip
        (tmp_path / "config" / "newswatch.yaml").write_text(main)
        with serving(lambda asked: reply(b"<rss version='2.0'><channel/></rss>")) as server:
            run(capsys, "feeds", "test", server.url())
            assert {asked.headers["user-agent"].decode() for asked in server.asked} == {agent}


def test_another_program_s_config_folder_stands_in_nobody_s_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "in.jsonl").write_text(json.dumps({"url": "http://w.example/1", "text": PIPELINE}))
    code, _, err = run(capsys, "import", "in.jsonl")
    assert (code, err) == (0, "1 article read, 1 new version\n")
    assert run(capsys, "--config", "config", "import", "in.jsonl")[0] == 2


def test_a_dry_run_promises_what_the_command_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy_ = "crawl: {allow_networks: [127.0.0.0/8], spacing: 0}"
    rules = "rules: [{name: gas, query: pipeline}]"
    outline = '<outline xmlUrl="{}" text="{}"/>'
    with serving(lambda asked: reply(b"<rss version='2.0'><channel/></rss>")) as server:
        feeds = f"feeds: [{{name: wire, url: '{server.url('/a')}'}}]"
        config(tmp_path, monkeypatch, newswatch=policy_, feeds=feeds, rules=rules)
        outlines = (outline.format(server.url("/a"), "x"), outline.format(server.url("/z"), "z"))
        body = f'<opml version="2.0"><body>{"".join(outlines)}</body></opml>'
        (tmp_path / "in.opml").write_text(body)
        files = (tmp_path / "feeds.yaml", tmp_path / "config" / "rules.yaml")
        for command, code in (
            (["rules", "add", "gas", "oil"], 2),
            (["rules", "add", "o\nil", "oil"], 2),
            (["rules", "add", "oil", "oil"], 0),
            (["feeds", "add", server.url("/a"), "--name", "other"], 2),
            (["feeds", "add", server.url("/b"), "--name", "wire"], 2),
            (["feeds", "add", server.url("/b"), "--name", "o\nther"], 2),
            (["feeds", "add", server.url("/b"), "--name", "other"], 0),
            (["feeds", "import", "in.opml"], 1),
        ):
            before = [file.read_bytes() for file in files]
            dry = run(capsys, *command, "--dry-run")
            assert [file.read_bytes() for file in files] == before
            wet = run(capsys, *command)
            assert dry[0] == wet[0] == code, (command, dry, wet)
            assert dry[1].replace(" (dry run)", "") == wet[1]
            assert dry[2] == wet[2]


def test_a_terminal_sees_that_something_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Desk(tmp_path, in_force=(Rule("gas", '"gas pipeline"', ("desk",)),)) as desk:
        desk.poll("wire", (entry("http://wire.example/0", "Weather", "It rained."),), NOW)
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW + HOUR)
        store = desk.address
    digests = "people: {anna: {address: anna@example.org}}\ndigests: {desk: {to: [anna]}}"
    network = "mail: {server: 'file:letters'}\ncrawl: {allow_networks: [127.0.0.0/8], spacing: 0}"
    rules = "rules: [{name: gas, query: gas, tell: [desk]}]"
    config(tmp_path, monkeypatch, newswatch=network, digests=digests, rules=rules)
    monkeypatch.setenv("TERM", "xterm")
    with serving(lambda asked: reply(b"<rss version='2.0'><channel/></rss>")) as server:
        for command, label in (
            (["feeds", "test", server.url()], "asking 127.0.0.1"),
            (["feeds", "add", server.url(), "--dry-run"], "asking 127.0.0.1"),
            (["mail", "test", "anna@example.org"], "asking file:letters"),
            (["digest", "send", "desk"], "sending to anna"),
            (["rules", "test", "gas"], "looking through the archive"),
            (["export"], "exporting"),
        ):
            with monkeypatch.context() as terminal:
                terminal.setattr(sys.stderr, "isatty", lambda: True)
                _, out, err = run(capsys, "--store", store, *command)
                assert label in err, (command, err)
                assert label not in out
                _, _, err = run(capsys, "--quiet", "--store", store, *command)
                assert label not in err


def test_a_rule_is_silenced_and_speaks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **FILED)
    with Desk(tmp_path, in_force=(Rule("gas", "gas", ("anna",)),)) as found:
        store = ("--store", found.address)
        assert run(capsys, *store, "silence")[0] == 1
        code, out, err = run(capsys, *store, "silence", "gas", "--for", "3d", "--why", "known")
        assert code == 0, err
        assert "gas is silent until 20" in out
        code, out, _ = run(capsys, *store, "silence")
        assert code == 0
        assert "known" in out
        (said,) = objects(run(capsys, *store, "silence", "--json")[1])
        lasts = datetime.fromisoformat(said["until"]) - datetime.fromisoformat(said["since"])
        assert (said["rule"], lasts.days) == ("gas", 3)
        assert "gas tells nobody until 20" in run(capsys, *store, "status")[1]
        (figures,) = objects(run(capsys, *store, "status", "--json")[1])
        assert [silent["rule"] for silent in figures["silent"]] == ["gas"]
        assert run(capsys, *store, "silence", "gas", "--end")[0] == 0
        assert run(capsys, *store, "silence", "gas", "--end")[0] == 1
        code, _, err = run(capsys, *store, "silence", "gaz")
        assert code == 1
        assert 'did you mean "gas"?' in err
        for wrong in (["gas", "--for", "0h"], ["gas", "--for", "soon"], ["gas", "--for", "²h"],
                      ["gas", "--for", "999999999w"], ["--why", "x"], ["gas", "--end", "--for", "1h"]):  # fmt: skip
            assert run(capsys, *store, "silence", *wrong)[0] == 2, wrong


def test_feeds_of_a_host_that_asked_for_rest_are_resting_and_not_failing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds = ["busy", "one", "two"]
    with serving(lambda asked: reply(b"", 429, retry_after="7200")) as server:
        listed = ", ".join(f"{{name: {n}, url: '{server.url(f'/{n}')}'}}" for n in feeds)
        crawl = "crawl: {allow_networks: [127.0.0.0/8], spacing: 0, per_host: 1}"
        config(tmp_path, monkeypatch, newswatch=crawl, feeds=f"feeds: [{listed}]")
        code, _, err = run(capsys, "once")
        assert len(server.asked) == 1
    assert code == 1
    assert "429" in err
    assert "not asked, as their host wants rest: " in err
    states = {feed["name"]: feed for feed in objects(run(capsys, "feeds", "--json")[1])}
    asked = [name for name, state in states.items() if state["failing_since"]]
    resting = [name for name, state in states.items() if state["resting_until"]]
    assert len(asked) == 1
    assert sorted(asked + resting) == feeds
    assert all(states[name]["failure"] is None and states[name]["polls"] == 0 for name in resting)
    until = when(states[resting[0]]["resting_until"])
    assert run(capsys, "feeds")[1].count(f"resting until {until}, its host asked for it") == 2
    out = run(capsys, "status")[1]
    assert "3 feeds, 1 failing, 2 resting" in out
    assert f"{resting[0]}: resting until {until}, its host asked for it" in out


def test_a_feed_of_two_parts_is_one_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    xmlns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    pages: dict[str, bytes] = {}
    with serving(lambda asked: pages[asked.path]) as server:
        parts = "".join(f"<sitemap><loc>{server.url(f'/{n}')}</loc></sitemap>" for n in "ab")
        entries = f"<url><loc>{server.url('/x')}</loc></url>"
        pages["/"] = reply(f"<sitemapindex {xmlns}>{parts}</sitemapindex>".encode())
        pages["/a"] = pages["/b"] = reply(f"<urlset {xmlns}>{entries}</urlset>".encode())
        config(
            tmp_path, monkeypatch,
            newswatch="crawl: {allow_networks: [127.0.0.0/8], spacing: 0}",
            feeds=f"feeds: [{{name: map, url: '{server.url('/')}', pages: link-only}}]",
        )  # fmt: skip
        code, out, err = run(capsys, "once")
        assert (code, out[:7]) == (0, "1 feed "), err
        assert {"/", "/a", "/b"} <= set(server.paths())


LISTED = {
    "newswatch": "mail: {server: 'file:letters'}",
    "feeds": "feeds: [{name: wire, url: 'http://wire.example/rss', newsroom: Northwire},"
    " {name: late, url: 'http://late.example/rss'}]",
    "rules": "rules: [{name: oil, query: oil}, {name: gas, query: gas}]",
    "digests": "people: {anna: {address: anna@example.org}}",
}


def test_what_is_configured_is_listed_before_there_is_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **LISTED)
    code, out, err = run(capsys, "feeds")
    assert (code, err) == (0, "")
    assert re.findall(r"^(\w+) .*not polled yet$", out, re.MULTILINE) == ["late", "wire"]
    code, out, _ = run(capsys, "feeds", "show", "wire")
    assert code == 0
    assert "not polled yet" in out
    assert {row["standing"] for row in objects(run(capsys, "feeds", "--json")[1])} == {"new"}
    code, out, _ = run(capsys, "rules")
    assert code == 0
    assert len(re.findall(r"  new$", out, re.MULTILINE)) == 2
    assert [row["name"] for row in objects(run(capsys, "rules", "--json")[1])] == ["oil", "gas"]
    grouped = "rules: [{name: oil, query: oil, group_by: rule, group_wait: 300}]"
    (tmp_path / "config" / "rules.yaml").write_text(grouped)
    (oil,) = objects(run(capsys, "rules", "--json")[1])
    assert oil["grouping"] == {"group_by": "rule", "group_wait": 300}
    assert not (tmp_path / "var").exists()


def test_files_and_store_are_listed_as_one(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is both; late and oil are new; paper is gone; gas is worded otherwise than in the store."""
    main = f"store: {store}\n{LISTED['newswatch']}"
    config(tmp_path, monkeypatch, **LISTED | {"newswatch": main})
    code, out, err = run(capsys, "feeds")
    assert (code, err) == (0, "no longer in feeds.yaml: paper\n")
    assert re.search(r"^late .* not polled yet$", out, re.MULTILINE)
    assert re.search(r"^wire  Northwire .* 2026-03-03 10:00  ok; undated: .*$", out, re.MULTILINE)
    said = {row["name"]: row for row in objects(run(capsys, "feeds", "--json")[1])}
    assert {name: row["standing"] for name, row in said.items()} == {
        "late": "new", "wire": "in force", "paper": "gone"
    }  # fmt: skip
    assert said["late"].keys() == said["wire"].keys() == said["paper"].keys()
    assert "no longer in feeds.yaml" in run(capsys, "feeds", "show", "paper")[1]
    moved = LISTED["feeds"].replace("wire.example/rss", "wire.example/new")
    (tmp_path / "feeds.yaml").write_text(moved)
    (wire,) = [row for row in objects(run(capsys, "feeds", "--json")[1]) if row["name"] == "wire"]
    assert (wire["standing"], wire["polls"], wire["articles"]) == ("new", 0, 3)
    rules = {row["name"]: row for row in objects(run(capsys, "rules", "--json")[1])}
    assert [(name, row["standing"]) for name, row in rules.items()] == [
        ("oil", "new"), ("gas", "changed")
    ]  # fmt: skip
    assert rules["gas"]["query"] == "gas"
    assert rules["gas"]["matches"] == 2
    (tmp_path / "config" / "rules.yaml").write_text("rules: [{name: oil, query: oil}]")
    code, out, err = run(capsys, "rules")
    assert err.splitlines() == [
        "what is new or changed is in force from the next run or SIGHUP on",
        "no longer in config/rules.yaml, in force until the next run or SIGHUP: gas",
    ]
    assert "gas" not in out


def test_another_store_than_the_configuration_s_is_listed_alone(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, monkeypatch, **LISTED)
    names = [row["name"] for row in objects(run(capsys, "--store", store, "feeds", "--json")[1])]
    assert names == ["paper", "wire"]
    asked = ("--config", "config", "--store", store, "feeds", "--json")
    assert [row["name"] for row in objects(run(capsys, *asked)[1])] == ["late", "wire", "paper"]
