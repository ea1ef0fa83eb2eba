"""Names and files that would lead a command elsewhere: nothing is written outside of what was named, nothing over what is
somebody's, and what is refused says what to do.

Rule: by the command line alone; what lies beside the folder at work is the same afterwards, whatever came of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import pytest

from archive_of import NOW, PIPELINE, Desk, entry
from newswatch.cli import code_of
from newswatch.model import Rule

Run = Callable[..., tuple[int, str, str]]
LONG, DEEP = "x" * 300, "y/" * 3000
TRICKS = (
    "../../precious", "/etc/newswatch", "..", "a/../../b", "a\nb\r\n- name: x", "-rf", "$(id)", "%2e%2e%2f", "~/x", "x" * 5000,
    "\u202egnp.exe", "C:\\x", "nul\u2400", "{a: b}", "feeds.yaml",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder at work, with a store and a configuration; beside it is what nobody may touch."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    monkeypatch.chdir(home)
    (home / "config" / "newswatch.yaml").write_text("store: sqlite:test.db\n")
    (home / "feeds.yaml").write_text("feeds: [{name: wire, url: 'http://127.0.0.1:9/'}]\n")
    with Desk(home, in_force=(Rule("gas", "gas", ("anna",)),)) as desk:
        desk.poll("wire", (entry("http://wire.example/1", "Leak", PIPELINE),), NOW)
    (tmp_path / "precious").write_text("somebody's")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "own").write_text("somebody's")
    before = beside(tmp_path)
    yield home
    assert beside(tmp_path) == before


def beside(outside: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() if path.is_file() else b""
        for path in outside.rglob("*")
        if outside / "home" not in (path, *path.parents)
    }


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = code_of(arguments)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def linked(name: str, to: str = "../precious") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(Path(to).absolute())


# ── files that are written where they are named ─────────────────────────────────────────────


WRITES = [["feeds", "export", "out.opml"], ["search", "leak", "--chart-to", "out.svg"]]


@pytest.mark.parametrize("to", ["../precious", "../nothing", "test.db", "feeds.yaml"])
@pytest.mark.parametrize("command", WRITES)
def test_a_file_that_is_a_link_is_not_written_through(
    home: Path, run: Run, command: list[str], to: str
) -> None:
    if command[0] == "search":
        pytest.importorskip("matplotlib")
    linked(command[-1], to)
    before = {path: path.read_bytes() for path in home.iterdir() if path.is_file()}
    code, _, err = run(*command)
    assert (code, "is a link: name the file that it leads to" in err) == (2, True), err
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    "file",
    ["test.db", "test.db-wal", "test.db.lock", "test.db.ballast", "./config/../test.db", "feeds.yaml", "config/rules.yaml",
     "backups/test-1.db", "backups/test.db.months/2020-01.db", "test.db.months/2020-01.db"],
)  # fmt: skip
def test_what_newswatch_lives_by_is_not_written_over(home: Path, run: Run, file: str) -> None:
    (home / "config" / "rules.yaml").write_text("rules: []\n")
    (home / file).parent.mkdir(parents=True, exist_ok=True)
    with (home / file).open("ab"):
        pass
    before = (home / file).read_bytes()
    code, _, err = run("feeds", "export", file)
    assert (code, err) == (
        2,
        f"newswatch: {Path(file)}: newswatch itself lives by this file: name another\n",
    )
    assert (home / file).read_bytes() == before


def test_what_lies_beside_a_store_that_a_link_leads_to_is_not_written_over(
    home: Path, run: Run
) -> None:
    (home / "elsewhere").mkdir()
    (home / "test.db").rename(home / "elsewhere" / "real.db")
    linked("test.db", "elsewhere/real.db")
    for end in (".lock", ".ballast"):
        beside_it = home / "elsewhere" / f"real.db{end}"
        beside_it.touch()
        assert run("feeds", "export", str(beside_it))[0] == 2
        assert beside_it.read_bytes() == b""


def test_a_file_of_before_and_what_is_no_file_are_written_to(home: Path, run: Run) -> None:
    (home / "out.opml").write_text("of yesterday")
    assert run("feeds", "export", "out.opml")[0] == 0
    assert "127.0.0.1" in (home / "out.opml").read_text()
    linked("null.opml", "/dev/null")
    assert run("feeds", "export", "null.opml")[0] == 0


@pytest.mark.parametrize("name", [LONG, DEEP])
@pytest.mark.parametrize(
    "command",
    [
        "feeds export NAME", "feeds import NAME", "import NAME", "restore --from NAME", "--feeds NAME check", "--config NAME check",
        "--config NAME feeds test http://127.0.0.1:9/", "why NAME NAME", "demo --keep NAME", "web --copy NAME",
        "--store sqlite:NAME search x", "--store sqlite:NAME once", "--store sqlite:NAME backup", "--store sqlite:NAME prune",
        "export --what changes --to https://127.0.0.1:9/ --authorization-file NAME", "export --what changes --to @NAME",
        "export --what changes --to parquet:NAME", "search leak --chart-to NAME.svg",
    ],
)  # fmt: skip
def test_a_name_too_long_is_a_word_and_no_traceback(
    home: Path, run: Run, command: str, name: str
) -> None:
    before = sorted(home.rglob("*"))
    code, _, err = run(*command.replace("NAME", name).split(" "))
    assert code in (1, 2, 3, 4), err
    assert err.startswith("newswatch: ")
    made = {path.suffix for path in home.rglob("*") if path not in before}
    assert made <= {".db-wal", ".db-shm"}


# ── copies ──────────────────────────────────────────────────────────────────────────────────


def test_a_copy_goes_through_no_link_in_its_folder(home: Path, run: Run) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        linked(f"backups/test.partial{end}")
    code, out, _ = run("backup")
    (made,) = (home / "backups").glob("*.db")
    assert (code, out, made.is_symlink()) == (0, f"backups/{made.name}\n", False)
    for end in ("", "-wal", "-shm", "-journal"):
        linked(f"test.db.restoring{end}")
    assert run("restore", "--yes")[0] == 0
    assert not (home / "test.db").is_symlink()
    assert run("search", "leak")[0] == 0


@pytest.mark.parametrize(
    ("link", "to", "command", "said"),
    [
        ("backups", "../nothing", "backup", "backups: no copy was made (it is no folder, or a link to none"),
        ("backups", "../precious", "backup", "backups: no copy was made (it is no folder, or a link to none"),
        ("backups/test.lock", "../precious", "backup", "test.lock is a link: remove it"),
        ("test.db.months", "../nothing", "archive --before 2026-04", "test.db.months: is no folder, or a link to none"),
        ("test.db.months", "../precious", "archive --before 2026-04", "test.db.months: is no folder, or a link to none"),
        ("test.db.months.lock", "../precious", "archive --before 2026-04", "test.db.months.lock is a link: remove it"),
        ("test.db.lock", "../precious", "import a.jsonl", "test.db.lock is a link: remove it"),
        ("test.db-wal", "../precious", "import a.jsonl", "test.db-wal is a link, which SQLite does not follow: remove it"),
        ("test.db-shm", "../precious", "search leak", "test.db-shm is a link, which SQLite does not follow: remove it"),
        ("test.db-journal", "../precious", "search leak", "test.db-journal is a link, which SQLite does not follow: remove it"),
        ("out/position.json.lock", "../precious", "export --what changes --to parquet:out", "position.json.lock: is a link: remove it"),
        ("out/position.json", "../precious", "export --what changes --to parquet:out", "is no note of how far the changes went: remove it"),
        ("out", "../precious", "export --what changes --to parquet:out", "out: cannot be written (it is no folder: name another)"),
        ("out", "../nothing", "export --what changes --to parquet:out", "out: cannot be written (it is no folder: name another)"),
        ("demo", "../precious", "demo --keep demo", "demo holds something else: name an empty folder"),
        ("demo", "../full", "demo --keep demo", "demo holds something else: name an empty folder"),
        ("demo", "../nothing", "demo --keep demo", "the demo cannot be kept there"),
    ],
)  # fmt: skip
def test_a_link_in_the_way_is_named_and_left(
    home: Path, run: Run, link: str, to: str, command: str, said: str
) -> None:
    if "parquet" in command:
        pytest.importorskip("pyarrow")
    (home / "a.jsonl").write_text('{"url": "http://a.example/1", "title": "x"}\n')
    linked(link, to)
    code, out, err = run(*command.split())
    assert (code in (1, 2, 4), said in out + err) == (True, True), (code, out + err)
    assert (home / link).is_symlink()


def test_a_month_s_file_goes_through_no_link(home: Path, run: Run) -> None:
    linked("test.db.months/2026-03.partial")
    assert run("archive", "--before", "2026-04")[0] == 0
    (made,) = (home / "test.db.months").iterdir()
    assert (made.suffix, made.is_symlink()) == (".db", False)
    assert "write a month" in run("archive", "--before", "../../2026-04")[2]


def test_a_month_s_file_that_was_moved_to_another_disk_is_copied_and_not_its_link(
    home: Path, run: Run
) -> None:
    assert run("archive", "--before", "2026-04")[0] == 0
    (made,) = (home / "test.db.months").iterdir()
    (home / "large").mkdir()
    made.rename(home / "large" / made.name)
    made.symlink_to(Path("../large") / made.name)
    assert run("backup")[0] == 0
    copy = home / "backups" / "test.db.months" / made.name
    assert (copy.is_symlink(), copy.is_file()) == (False, True)
    assert PIPELINE.split("\n", 1)[0] in run("--store", f"sqlite:{next((home / 'backups').glob('*.db'))}", "show", "http://wire.example/1")[1].replace("\n", " ")  # fmt: skip


def test_parquet_goes_through_no_link_in_its_folder(home: Path, run: Run) -> None:
    pytest.importorskip("pyarrow")
    block = "out/versions/month=2026-03/000000000001-000000010000.parquet"
    for name in (block, f"{Path(block).parent}/.{Path(block).name}.new", "out/.position.json.new"):
        linked(name)
    assert run("export", "--what", "changes", "--to", "parquet:out")[0] == 0
    assert (home / block).read_bytes()[:4] == b"PAR1"


# ── folders of letters ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("folder", ["%00", "a%00b", "", "%2e%2e/precious"])
def test_a_folder_of_letters_that_cannot_be_is_said(home: Path, run: Run, folder: str) -> None:
    (home / "config" / "newswatch.yaml").write_text(
        f"store: sqlite:test.db\nmail: {{server: 'file:{folder}'}}\n"
    )
    code, out, err = run("mail", "test", "anna@example.org")
    assert code in (2, 3), (out, err)
    assert re.search("needs a folder|file:FOLDER|File exists", err), err
    assert "WRONG" in run("doctor")[1]


def test_letters_go_through_no_link_in_their_folder(home: Path, run: Run) -> None:
    (home / "config" / "newswatch.yaml").write_text(
        "store: sqlite:test.db\nmail: {server: 'file:box', sender: a@example.org}\n"
    )
    assert run("mail", "test", "anna@example.org")[0] == 0
    for made in (home / "box").iterdir():
        linked(f"box/{made.name}")
        linked(f"box/.{made.name}")
    assert run("mail", "test", "anna@example.org")[0] == 0


def test_a_folder_of_parquet_named_in_a_file_holds_no_nul(home: Path, run: Run) -> None:
    (home / "to").write_bytes(b"parquet:a\0b")
    (home / "to").chmod(0o600)
    code, _, err = run("export", "--what", "changes", "--to", "@to")
    assert (code, "a folder is needed behind parquet:" in err) == (2, True), err


# ── names that are paths ────────────────────────────────────────────────────────────────────


def opml(names: tuple[str, ...]) -> str:
    def said(name: str) -> str:
        return escape(name).replace("\n", "&#10;").replace("\r", "&#13;").replace("\u2400", "&#0;")

    feeds = "".join(
        f'<outline text="{said(name)}" title="{said(name)}" type="rss" xmlUrl="http://127.0.0.1:9/{n}"/>'
        f'<outline text="{n}" type="rss" xmlUrl="{said(name)}"/>'
        for n, name in enumerate(names)
    )
    groups = "".join(f'<outline text="{said(name)}">' for name in names)
    return f"<opml version='2.0'><body>{groups}{feeds}{'</outline>' * len(names)}</body></opml>"


def test_names_of_feeds_and_folders_that_are_paths_are_names(home: Path, run: Run) -> None:
    (home / "in.opml").write_text(opml(TRICKS))
    store = (home / "test.db").read_bytes()
    code, out, err = run("feeds", "import", "in.opml", "--json")
    assert code == 1, "addresses that are none"
    assert err.count("is no web address") == len(TRICKS), err
    added = [json.loads(line) for line in out.splitlines()]
    assert [one["url"] for one in added] == [f"http://127.0.0.1:9/{n}" for n in range(len(TRICKS))]
    assert all(len(one["name"]) <= 200 and one["name"].isprintable() for one in added)
    assert sorted(path.name for path in home.iterdir() if not path.name.startswith("test.db")) == [
        "config", "feeds.yaml", "in.opml",
    ]  # fmt: skip
    assert (home / "test.db").read_bytes() == store
    # And on through all that goes by names.
    assert run("check")[0] == 0
    assert run("once")[0] == 1, "nobody answers"
    assert run("backup")[0] == 0
    assert run("feeds", "export", "out.opml")[0] == 0
    (home / "feeds.yaml").write_text("feeds: []\n")
    again = [
        json.loads(line) for line in run("feeds", "import", "out.opml", "--json")[1].splitlines()
    ]
    assert [one["name"] for one in again[1:]] == [one["name"] for one in added]


def test_names_of_rules_that_are_paths_are_names(home: Path, run: Run) -> None:
    pytest.importorskip("pyarrow")
    kept = [name for name in TRICKS if name.isprintable() and len(name) < 100]
    for name in kept:
        assert run("rules", "add", "--", name, "leak")[0] == 0, name
    for name in TRICKS:
        if name not in kept:
            assert run("rules", "add", "--", name, "leak")[0] == 2, name
    run("once")
    assert run("search", "leak")[0] == 0
    assert run("export", "--what", "changes", "--to", "parquet:out")[0] == 0
    found = {str(path.relative_to(home / "out")) for path in (home / "out").rglob("*.parquet")}
    assert all(re.fullmatch(r"(versions|matches|moves)/month=(\d{4}-\d\d|none)/[\w-]+\.parquet", one) for one in found)  # fmt: skip


def test_what_articles_say_of_themselves_names_no_file(home: Path, run: Run) -> None:
    lines = [
        {"url": url, "title": trick[:200], "source": trick[:200], "newsroom": trick[:200], "author": trick[:200], "tags": [trick[:80]]}
        for n, trick in enumerate(TRICKS)
        for url in (f"http://a.example/{n}/../../{trick[:50]}", f"file:///{trick[:50]}", trick)
    ]  # fmt: skip
    (home / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, _, err = run("import", "in.jsonl")
    assert code in (0, 1), err
    assert run("backup")[0] == 0
    allowed = {
        "config",
        "feeds.yaml",
        "in.jsonl",
        "backups",
        "test.db",
        "test.db-wal",
        "test.db-shm",
        "test.db.lock",
    }
    assert {path.name for path in home.iterdir()} <= allowed
