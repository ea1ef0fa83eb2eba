"""What is built is what works: the wheel, installed alone in a fresh environment, without what tests need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

HOUSE = Path(__file__).parents[1]
PACKAGE = HOUSE / "src" / "newswatch"
DOCKERFILE = HOUSE / "deploy" / "Dockerfile"
SHARE = HOUSE / "deploy" / "share"


def ran(*arguments: str | Path, cwd: Path, **environ: str) -> str:
    done = subprocess.run(
        [str(one) for one in arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": "", **environ}, capture_output=True, text=True, timeout=400,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of what the image is built of: what deploy/Dockerfile copies and nothing else."""
    source = tmp_path_factory.mktemp("source")
    for copied in re.findall(r"(?m)^COPY (?!--)(.+) \S+$", DOCKERFILE.read_text()):
        for name in copied.split():
            place = source / name
            place.parent.mkdir(parents=True, exist_ok=True)
            whole = shutil.copytree if (HOUSE / name).is_dir() else shutil.copy
            whole(HOUSE / name, place)
    ran(sys.executable, "-m", "hatchling", "build", "--target", "wheel", cwd=source)
    (found,) = (source / "dist").glob("newswatch-*.whl")
    return found


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as shipped:
        held = {name for name in shipped.namelist() if not name.endswith("/")}
        own = {name: shipped.read(name) for name in held if name.startswith("newswatch/")}
    source = {
        path.relative_to(PACKAGE.parent).as_posix(): path.read_bytes()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    samples = {
        f"newswatch/samples/{path.name}": path.read_bytes()
        for path in (HOUSE / "feeds.yaml", *(HOUSE / "config").glob("*.yaml"))
    }
    assert own == source | samples
    beside = {name.partition("/")[2] for name in held - set(own)}
    shared = {
        path.relative_to(SHARE.parent).as_posix() for path in SHARE.rglob("*") if path.is_file()
    }
    assert len(shared) == 4
    assert beside == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"} | {
        f"data/{path}" for path in shared
    }


EVERY_MODULE = """
import importlib, pkgutil, sys
import newswatch
extra = {"newswatch.sinks.parquet", "newswatch.web.serving", "newswatch.web.site"}  # need what is not installed
for module in pkgutil.walk_packages(newswatch.__path__, "newswatch."):
    if not module.name.endswith("__main__") and module.name not in extra:
        importlib.import_module(module.name)
print(*{m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "newswatch"}, sep="\\n")
"""


def test_installed_alone_it_begins_checks_and_watches(wheel: Path, tmp_path: Path) -> None:
    ran(sys.executable, "-m", "venv", "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    ran(*pip, "--require-hashes", "-r", HOUSE / "constraints.txt", cwd=tmp_path)
    ran(*pip, "--no-deps", wheel, cwd=tmp_path)
    there = ran(python, "-m", "pip", "list", "--format", "freeze", cwd=tmp_path).lower()
    assert "pytest" not in there
    assert "hypothesis" not in there
    ran(python, "-m", "pip", "check", cwd=tmp_path)
    files = ran(python, "-c", EVERY_MODULE, cwd=tmp_path).splitlines()
    assert len(files) > 50
    assert all(Path(file).is_relative_to(tmp_path / "env") for file in files), files
    newswatch = tmp_path / "env" / "bin" / "newswatch"
    home = tmp_path / "home"
    home.mkdir()
    assert "wrote feeds.yaml" in ran(newswatch, "init", cwd=home)
    assert "sound: " in ran(newswatch, "check", cwd=home)
    demo = ran(newswatch, "demo", cwd=home)
    assert "Corrected" in demo
