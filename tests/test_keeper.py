"""Check, backup, restore: a copy is whole and good, and nothing that was there is written over."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive_of import MARKET, MINUTE, NOW, PIPELINE, Desk, entry
from newswatch.model import BackupPlan, Rule, StoreBusy, StoreDamaged, StoreError, StoreMissing
from newswatch.store import NotPossible, open_archive, open_keeper, open_ledger
from newswatch.store.schema import migrations
from newswatch.store.sqlite import open_reader, sqlite3

GAS = Rule("gas", "gas", ("anna",))

# A process of its own that writes: `N` articles of a line each at every line it reads, for ever
# when it is told so, and that can be made to die with what it wrote still in its log.
WRITER = """
import os, sys
from pathlib import Path
from datetime import timedelta
sys.path.insert(0, sys.argv[1])
from archive_of import Desk, NOW, entry
from newswatch.model import Rule
desk = Desk(Path(sys.argv[2]), in_force=(Rule("gas", "gas", ("anna",)),))
desk.poll("wire", (entry("http://wire.example/0", "Weather"),), NOW)
number = 0
for line in sys.stdin:
    if line.strip() == "die":
        os._exit(9)
    for _ in range(int(line)):
        number += 1
        shown = entry(f"http://wire.example/{number}", f"Gas {number}", f"Text {number} of gas.")
        desk.poll("wire", (shown,), NOW + timedelta(seconds=number))
        print(number, flush=True)
desk.close()
print("closed", flush=True)
"""


@contextmanager
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process with its own connection to the store in *folder*."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def told(process: subprocess.Popen[str], said: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{said}\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str], number: int) -> int:
    """Wait until the writer has kept its *number*-th article; which it was."""
    assert process.stdout is not None
    while (line := process.stdout.readline()).strip() != str(number):
        assert line.strip().isdigit(), line
    return number


def exported(path: Path, what: Any = "articles") -> list[dict[str, Any]]:
    archive = open_archive(f"sqlite:{path}")
    try:
        return list(archive.export(what))
    finally:
        archive.close()


def titles(path: Path) -> set[str]:
    return {article["title"] for article in exported(path)}


def store(folder: Path, *names: str) -> str:
    """A store in *folder* with articles of these titles; its address."""
    with Desk(folder) as desk:
        for number, name in enumerate(names):
            shown = entry(f"http://wire.example/{name}", name, (PIPELINE, MARKET)[number % 2])
            desk.poll("wire", (shown,), NOW + number * MINUTE)
        return desk.address


def damage(path: Path, first: int = 1, count: int = 5) -> None:
    """Write over *count* pages from page *first* (from 0)."""
    body = bytearray(path.read_bytes())
    body[4096 * first : 4096 * (first + count)] = b"\x13" * (4096 * count)
    path.write_bytes(bytes(body))


# ── backup ──────────────────────────────────────────────────────────────────────────────────


def test_a_backup_while_another_process_writes_is_one_moment_of_the_store(tmp_path: Path) -> None:
    with writer(tmp_path) as process:
        told(process, "20")
        before = heard(process, 20)
        keeper = open_keeper(f"sqlite:{tmp_path / 'test.db'}")
        told(process, "400")  # it goes on writing while the copies are made
        for number in range(5):
            before = heard(process, before + 15)
            copy = keeper.backup(NOW + number * MINUTE)
            assert open_keeper(f"sqlite:{copy}").check() == ()
            articles = exported(copy)
            gas = [a for a in articles if a["title"].startswith("Gas")]
            # What was kept before it is in it, and what is in it is whole.
            assert len(gas) >= before
            assert {a["title"] for a in gas} == {f"Gas {n + 1}" for n in range(len(gas))}
            versions = {v["id"] for v in exported(copy, "versions")}
            assert {a["version"] for a in articles} == versions
            assert {m["version"] for m in exported(copy, "matches")} == {a["version"] for a in gas}
        heard(process, 420)
        assert len(exported(tmp_path / "test.db")) == 421


def test_a_backup_leaves_nothing_but_itself(tmp_path: Path) -> None:
    address = store(tmp_path, "Leak")
    copy = open_keeper(address).backup(NOW)
    assert copy == tmp_path / "backups" / "test-20260303T080000Z.db"
    assert sorted(path.name for path in copy.parent.iterdir()) == [
        "test-20260303T080000Z.db",
        "test.lock",
    ]
    assert titles(copy) == {"Leak"}


def test_two_backups_of_one_second_are_two_and_the_later_is_the_newer(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        keeper = open_keeper(desk.address)
        copies = []
        for number in range(11):
            shown = entry(f"http://wire.example/{number}", f"Item {number}")
            desk.poll("wire", (shown,), NOW + number * MINUTE)
            copies.append(keeper.backup(NOW))
        copies.append(keeper.backup(NOW + timedelta(seconds=1)))
    assert keeper.backups() == tuple(reversed(copies))
    assert [len(titles(copy)) for copy in copies] == [*range(1, 12), 11]


def test_only_this_stores_copies_are_its_backups(tmp_path: Path) -> None:
    keeper = open_keeper(store(tmp_path, "Leak"))
    assert keeper.backups() == ()
    good = keeper.backup(NOW)
    for name in (
        "test-eu-20260304T080000Z.db", "other-20260304T080000Z.db", "test-20260304T080000Z.db.gz",
        "test-20260304T080000Z.db-wal", "test-latestZ.db", "test.partial", "xtest-20260304T080000Z.db",
    ):  # fmt: skip
        (good.parent / name).write_bytes(good.read_bytes())
    assert keeper.backups() == (good,)
    assert keeper.newest_good() == good


def test_a_damaged_store_is_not_backed_up_as_good(tmp_path: Path) -> None:
    keeper = open_keeper(store(tmp_path, "Leak"))
    damage(tmp_path / "test.db")
    with pytest.raises(StoreDamaged, match="newswatch restore"):
        keeper.backup(NOW)
    assert keeper.backups() == ()
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["test.lock"]
    with pytest.raises(StoreMissing):
        open_keeper(f"sqlite:{tmp_path / 'none.db'}").backup(NOW)


def test_a_second_backup_beside_a_running_one_is_told_so(tmp_path: Path) -> None:
    address = store(tmp_path, "Leak")
    (tmp_path / "backups").mkdir()
    holder = (
        "import fcntl, os, sys; f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path / "backups" / "test.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy):
            open_keeper(address).backup(NOW)
        process.communicate(timeout=60)
    assert open_keeper(address).backup(NOW).exists()


# A copy made by a process that may write no file larger than 64 KB, as where the disk is full.
FULL = """
import resource, sys
from newswatch.cli import code_of
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
sys.exit(code_of(["--store", sys.argv[1], "backup"]))
"""


def test_a_full_disk_is_said_of_the_copy_and_not_of_the_store(tmp_path: Path) -> None:
    address = store(tmp_path, "Leak", "Market")
    done = subprocess.run(
        [sys.executable, "-c", FULL, address], capture_output=True, text=True, check=False
    )
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"newswatch: {tmp_path}/backups: no copy was made (")
    assert "disk is full" in line
    assert (done.returncode, done.stdout) == (1, "")
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["test.lock"]
    assert open_keeper(address).check() == ()


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder nobody may write to")
def test_a_folder_nobody_may_write_to_is_named(tmp_path: Path) -> None:
    keeper = open_keeper(store(tmp_path, "Leak"))
    (tmp_path / "backups").symlink_to("/sys/kernel")
    with pytest.raises(NotPossible, match=r"backups: no copy was made \(Permission denied\)"):
        keeper.backup(NOW)


@pytest.mark.parametrize("name", ["missing/none.db", "none.db", "folder"])
def test_what_is_no_store_gets_no_folder_for_its_copies(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StoreError, match="is a folder" if name == "folder" else "no store yet"):
        open_keeper(f"sqlite:{tmp_path / name}").backup(NOW)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_the_disk_refuses_is_the_stores_own_error(tmp_path: Path) -> None:
    keeper = open_keeper(store(tmp_path, "Leak"))
    (tmp_path / "backups").write_text("a file where a folder should be")
    with pytest.raises(NotPossible, match=r"no copy was made \(it is no folder"):
        keeper.backup(NOW)
    assert keeper.backups() == ()
    with pytest.raises(StoreError, match="no sound backup"):
        keeper.newest_good()


def test_copies_that_do_not_stay_are_removed_and_a_good_one_never(tmp_path: Path) -> None:
    keeper = open_keeper(store(tmp_path, "Leak"))
    assert keeper.copied(NOW) == NOW  # when its history begins
    copies = [keeper.backup(NOW + timedelta(days=n)) for n in range(12)]
    again = keeper.backup(NOW + timedelta(days=11))  # a second one of that second
    assert keeper.copied(NOW + timedelta(days=99)) == NOW + timedelta(days=11)
    assert keeper.copied(NOW + timedelta(days=4)) == NOW + timedelta(days=4)
    assert keeper.newest_good() == again
    assert keeper.newest_good(NOW + timedelta(days=4)) == copies[4], "a clock was set back since"
    other = copies[0].with_name("other-20260101T000000Z.db")
    other.write_bytes(b"")
    plan = BackupPlan(daily=3, weekly=2, monthly=1)
    damage(again)
    assert keeper.rotate(plan, NOW + timedelta(days=99)) == 0, "the newest is no good"
    again.unlink()
    assert keeper.rotate(plan, NOW + timedelta(days=99)) == 8
    assert set(keeper.backups()) == {copies[5], *copies[9:]}
    assert keeper.rotate(plan, NOW + timedelta(days=99)) == 0
    assert other.exists()


# ── check ───────────────────────────────────────────────────────────────────────────────────


def test_check_finds_any_damaged_page(tmp_path: Path) -> None:
    copy = open_keeper(store(tmp_path, "Leak", "Market")).backup(NOW)
    body = copy.read_bytes()
    pages = len(body) // 4096
    assert pages > 50
    keeper = open_keeper(f"sqlite:{copy}")
    assert keeper.check() == ()
    for page in range(pages):
        copy.write_bytes(body[: 4096 * page] + b"\x13" * 4096 + body[4096 * (page + 1) :])
        found = keeper.check()
        assert found, f"page {page} of {pages}"
        assert all(words.isprintable() or "\n" in words for words in found)
    copy.write_bytes(body)
    assert keeper.check() == ()


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 8192, 40_000])
def test_check_says_what_is_wrong_with_a_torn_file(tmp_path: Path, size: int) -> None:
    copy = open_keeper(store(tmp_path, "Leak")).backup(NOW)
    copy.write_bytes(copy.read_bytes()[:size])
    keeper = open_keeper(f"sqlite:{copy}")
    try:
        found = keeper.check()
    except StoreMissing as empty:
        found = (str(empty),) if size == 0 else ()
    assert found


def test_an_empty_store_that_has_copies_was_not_left_half_made(tmp_path: Path) -> None:
    address = store(tmp_path, "Leak")
    copy = open_keeper(address).backup(NOW)
    copy.with_name(copy.name.replace("2026", "2027")).touch()
    path = Path(address.removeprefix("sqlite:"))
    path.write_bytes(b"")
    with pytest.raises(StoreDamaged, match=copy.name):
        open_keeper(address).must_be_sound()


def test_check_of_no_store_and_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="there is no store yet"):
        open_keeper(f"sqlite:{tmp_path / 'none.db'}").check()
    (found,) = open_keeper(f"sqlite:{tmp_path}").check()
    assert found.startswith(str(tmp_path))


def test_a_damaged_store_is_refused_with_the_newest_good_copy(tmp_path: Path) -> None:
    keeper = open_keeper(store(tmp_path, "Leak", "Market"))
    keeper.must_be_sound()
    copies = [keeper.backup(NOW + n * MINUTE) for n in range(2)]
    damage(tmp_path / "test.db", first=20)
    damage(copies[1])
    with pytest.raises(StoreDamaged, match=re.escape(str(copies[0]))):
        keeper.must_be_sound()
    copies[0].unlink()
    with pytest.raises(StoreDamaged, match="no good copy"):
        keeper.must_be_sound()


# ── restore ─────────────────────────────────────────────────────────────────────────────────


def test_restore_takes_the_newest_copy_that_is_good(tmp_path: Path) -> None:
    copies = []
    with Desk(tmp_path) as desk:
        keeper = open_keeper(desk.address)
        for number, name in enumerate(("One", "Two", "Three", "Four")):
            desk.poll("wire", (entry(f"http://wire.example/{name}", name),), NOW + number * MINUTE)
            if name != "Four":
                copies.append(keeper.backup(NOW + number * MINUTE))
    damage(copies[2])
    assert keeper.newest_good() == copies[1]
    kept = keeper.restore(keeper.newest_good(), NOW)
    assert titles(tmp_path / "test.db") == {"One", "Two"}
    assert kept is not None
    assert titles(kept) == {"One", "Two", "Three", "Four"}
    assert copies[1].exists()
    damage(copies[1])
    damage(copies[0])
    with pytest.raises(StoreError, match="no sound backup"):
        keeper.newest_good()


def test_what_was_only_in_the_log_is_kept_with_the_replaced_file(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    keeper = open_keeper(f"sqlite:{path}")
    with writer(tmp_path) as process:
        told(process, "3")
        heard(process, 3)
        copy = keeper.backup(NOW)
        told(process, "4")
        heard(process, 7)
        told(process, "die")
        assert process.wait(timeout=60) == 9
    assert (tmp_path / "test.db-wal").stat().st_size > 0
    kept = keeper.restore(copy, NOW)
    assert titles(path) == {"Weather", "Gas 1", "Gas 2", "Gas 3"}
    assert not (tmp_path / "test.db-wal").exists() or not (tmp_path / "test.db-wal").stat().st_size
    assert kept is not None
    assert titles(kept) == {"Weather", *(f"Gas {n}" for n in range(1, 8))}
    assert keeper.check() == ()


def test_a_source_whose_log_holds_data_is_restored_with_it(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "here").mkdir()
    address = store(tmp_path / "here", "Old")
    with writer(tmp_path / "live") as process:
        told(process, "5")
        heard(process, 5)
        assert (tmp_path / "live" / "test.db-wal").stat().st_size > 0
        open_keeper(address).restore(tmp_path / "live" / "test.db", NOW)
    assert titles(tmp_path / "here" / "test.db") == {"Weather", *(f"Gas {n}" for n in range(1, 6))}


def test_two_restores_within_one_second_keep_both_files(tmp_path: Path) -> None:
    address = store(tmp_path, "One")
    keeper = open_keeper(address)
    first = keeper.backup(NOW)
    with Desk(tmp_path) as desk:
        desk.poll("wire", (entry("http://wire.example/Two", "Two"),), NOW + MINUTE)
    kept = [keeper.restore(first, NOW) for _ in range(3)]
    assert len(set(kept)) == 3
    assert [titles(path) for path in kept if path] == [{"One", "Two"}, {"One"}, {"One"}]


def test_restore_where_there_is_no_store_any_more(tmp_path: Path) -> None:
    address = store(tmp_path, "One")
    keeper = open_keeper(address)
    copy = keeper.backup(NOW)
    (tmp_path / "test.db").unlink()
    assert keeper.restore(copy, NOW) is None
    assert titles(tmp_path / "test.db") == {"One"}


def test_a_store_that_is_a_link_is_restored_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    store(tmp_path / "disk", "Leak")
    link, real = tmp_path / "test.db", tmp_path / "disk" / "test.db"
    link.symlink_to(real)
    keeper = open_keeper(f"sqlite:{link}")
    copy = keeper.backup(NOW)
    damage(real)
    was = real.read_bytes()
    kept = keeper.restore(copy, NOW)
    assert link.is_symlink()
    assert titles(real) == {"Leak"}
    assert kept is not None
    assert not kept.is_symlink()
    assert (kept.parent, kept.read_bytes()) == (real.parent, was)


@pytest.mark.parametrize("rights", [0o600, 0o640])
def test_a_copy_and_what_is_restored_of_it_may_be_read_by_no_one_else(
    tmp_path: Path, rights: int
) -> None:
    address = store(tmp_path, "Leak")
    real = tmp_path / "test.db"
    real.chmod(rights)
    copy = open_keeper(address).backup(NOW)
    assert copy.stat().st_mode & 0o777 == rights
    copy.chmod(0o644)
    open_keeper(address).restore(copy, NOW)
    assert real.stat().st_mode & 0o777 == rights


def test_a_restored_store_is_written_on(tmp_path: Path) -> None:
    address = store(tmp_path, "One")
    keeper = open_keeper(address)
    keeper.restore(keeper.backup(NOW), NOW)
    with Desk(tmp_path, in_force=(GAS,)) as desk:
        desk.poll("wire", (entry("http://wire.example/gas", "Gas"),), NOW + MINUTE)
        # The rule has gone over what was restored, and over what came.
        matches = exported(tmp_path / "test.db", "matches")
        assert [m["rule"] for m in matches] == ["gas", "gas"]
    assert titles(tmp_path / "test.db") == {"One", "Gas"}


def test_restore_is_refused_while_another_process_writes(tmp_path: Path) -> None:
    with writer(tmp_path) as process:
        told(process, "1")
        heard(process, 1)
        keeper = open_keeper(f"sqlite:{tmp_path / 'test.db'}")
        copy = keeper.backup(NOW)
        with pytest.raises(StoreBusy, match=f"newswatch {process.pid} is writing"):
            keeper.restore(copy, NOW)
        told(process, "1")
        heard(process, 2)


@pytest.mark.parametrize("kind", ["damaged", "torn", "text", "foreign", "missing"])
def test_a_source_that_is_no_good_changes_nothing(tmp_path: Path, kind: str) -> None:
    address = store(tmp_path, "One")
    keeper = open_keeper(address)
    source = keeper.backup(NOW)
    if kind == "damaged":
        damage(source)
    elif kind == "torn":
        source.write_bytes(source.read_bytes()[:20_000])
    elif kind == "text":
        source.write_text("no database at all, however long it may be" * 100)
    else:
        source.unlink()
    if kind == "foreign":
        other = sqlite3.connect(source)
        other.execute("CREATE TABLE t (x)")
        other.close()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(StoreMissing if kind == "missing" else StoreDamaged):
        keeper.restore(source, NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert titles(tmp_path / "test.db") == {"One"}
    open_ledger(address).close()  # the lock was given back


# The disk takes only so many bytes, and the process dies of the next one.
SHORT_OF_DISK = """
import resource, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from newswatch.store import open_keeper
keeper = open_keeper("sqlite:" + sys.argv[2])
now = datetime(2026, 3, 3, 9, tzinfo=UTC)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
keeper.backup(now) if sys.argv[1] == "backup" else keeper.restore(Path(sys.argv[3]), now)
"""


@pytest.mark.parametrize("deed", ["backup", "restore"])
def test_killed_in_the_middle_of_a_copy_nothing_is_half_there(tmp_path: Path, deed: str) -> None:
    keeper = open_keeper(store(tmp_path, "One", "Two"))
    copy = keeper.backup(NOW)
    child = subprocess.run(
        [sys.executable, "-c", SHORT_OF_DISK, deed, str(tmp_path / "test.db"), str(copy)],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGXFSZ
    assert keeper.backups() == (copy,)
    assert keeper.check() == ()
    assert titles(tmp_path / "test.db") == {"One", "Two"}
    # What it left behind stands in nobody's way.
    assert keeper.backup(NOW + MINUTE).exists()
    assert keeper.restore(copy, NOW) is not None
    assert {name for name in os.listdir(tmp_path) if "restoring" in name} == set()  # noqa: PTH208
    assert {path.suffix for path in copy.parent.iterdir()} == {".db", ".lock"}


def test_a_copy_of_an_older_newswatch_is_brought_up_to_date(tmp_path: Path) -> None:
    first = min(migration.name for migration in migrations._migrations)
    later = sorted(m.name for m in migrations._migrations if m.name != first)
    old = tmp_path / "old.db"
    connection = sqlite3.connect(old)
    connection.execute("PRAGMA application_id = 0x6E777331")
    migrations.apply(Database(connection), stop_before=later[0])
    connection.close()
    keeper = open_keeper(f"sqlite:{tmp_path / 'test.db'}")
    assert keeper.restore(old, NOW) is None
    with Desk(tmp_path, in_force=(GAS,)) as desk:
        desk.poll("wire", (entry("http://wire.example/gas", "Gas"),), NOW)
    reader = open_reader(tmp_path / "test.db")
    applied = {row[0] for row in reader.execute("SELECT name FROM _sqlite_migrations")}
    reader.close()
    assert applied == {first, *later}
    assert keeper.check() == ()


def test_a_history_is_replayed_on_the_disk_and_nothing_of_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory it would take a gigabyte for a million articles; where no folder takes a file, there is nothing else."""
    address = store(tmp_path, "Leak")
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    met: list[str] = []

    def look(_done: int, _of: int) -> None:
        met.extend(file.name for file in place.rglob("*.db"))

    assert open_keeper(address).verify(None, look).found == ()
    assert met == ["history.db"]
    assert [*place.iterdir()] == []
    place.rmdir()
    assert open_keeper(address).verify(None, look).found == ()
    assert met == ["history.db"]
