"""The wheel: what is shipped is all that is needed, and works away from its source."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from replayed import own_host

HOUSE = Path(__file__).parents[1]
PACKAGE = HOUSE / "src" / "newswatch"

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built without any network."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", str(HOUSE), "--no-deps", "--no-build-isolation",
         "--no-index", "--disable-pip-version-check", "--quiet", "--wheel-dir", str(place)],
        check=True, timeout=110, cwd=place,
    )  # fmt: skip
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path) -> Path:
    """A folder that holds what the wheel holds and nothing else."""
    place = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as shipped:
        shipped.extractall(place)
    return place


def python(unpacked: Path, place: Path, *arguments: str) -> str:
    """What Python says with the unpacked wheel before everything else on its path."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("NEWSWATCH")
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment | {"PYTHONPATH": str(unpacked), "NO_COLOR": "1"},
        cwd=place, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as shipped:
        names = {name for name in shipped.namelist() if not name.endswith("/")}
        own = {name for name in names if name.startswith("newswatch/")}
        source = {
            f"newswatch/{path.relative_to(PACKAGE).as_posix()}"
            for path in PACKAGE.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert own == source
        data = {name for name in own if not name.endswith(".py")}
        assert {name.rpartition(".")[2] for name in data} == {"j2", "toml", "json", "txt"}
        for name in data:
            assert shipped.read(name) == (PACKAGE.parent / name).read_bytes(), name
        beside = {name.partition("/")[2] for name in names - own}
        assert beside == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def test_the_command_line_works_from_the_unpacked_wheel(unpacked: Path, tmp_path: Path) -> None:
    said = python(unpacked, tmp_path, "-m", "newswatch", "--help")
    assert "Usage: newswatch" in said
    assert "search" in said
    version = python(unpacked, tmp_path, "-m", "newswatch", "--version")
    assert f"newswatch-{version.split()[-1]}.dist-info" in os.listdir(unpacked)  # noqa: PTH208
    assert list(tmp_path.iterdir()) == []


EVERY_MODULE = """
import importlib, pkgutil, sys
import newswatch
for module in pkgutil.walk_packages(newswatch.__path__, "newswatch."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*{m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "newswatch"}, sep="\\n")
"""


def test_every_module_is_the_wheels_own(unpacked: Path, tmp_path: Path) -> None:
    files = python(unpacked, tmp_path, "-c", EVERY_MODULE).splitlines()
    assert len(files) > 50
    assert all(Path(file).is_relative_to(unpacked) for file in files), files


# The demo's whole way: its wires are read, stories recognised, letters written from the templates.
DEMO = """
import contextlib, sys
from newswatch import demo, digest
@contextlib.contextmanager
def quiet(_label):
    yield lambda _line: None
code = demo.play(sys.argv[1], tell=lambda line="", **_: None, progress=quiet, program="x", host=sys.argv[2])
print(digest.__file__)
sys.exit(code)
"""


def test_the_demo_plays_from_the_unpacked_wheel(unpacked: Path, tmp_path: Path) -> None:
    file = python(unpacked, tmp_path, "-c", DEMO, str(tmp_path / "demo"), own_host())
    assert Path(file.strip()).is_relative_to(unpacked)
    store = f"sqlite:{tmp_path / 'demo' / 'demo.db'}"
    letters = python(unpacked, tmp_path, "-m", "newswatch", "--store", store, "outbox", "--json")
    assert '"state": "sent"' in letters
    stories = python(
        unpacked, tmp_path, "-m", "newswatch", "--store", store, "search", "--json", "the"
    )
    assert stories.count("\n") > 5
