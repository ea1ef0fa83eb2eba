"""What newswatch is installed with: the image's recipe, the man page, the completions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from newswatch.cli import COMMANDS

HOUSE = Path(__file__).parents[1]
DEPLOY = HOUSE / "deploy"
BIN = Path(sys.executable).parent


def ran(*arguments: str | Path, **environ: str) -> str:
    done = subprocess.run(
        [str(one) for one in arguments],
        env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_the_dockerfile_has_nothing_that_its_linter_would_change() -> None:
    assert ran(BIN / "hadolint", DEPLOY / "Dockerfile") == ""


def test_the_image_runs_as_nobody_special_on_a_root_that_is_not_written_to() -> None:
    recipe = (DEPLOY / "Dockerfile").read_text()
    assert re.findall(r"(?m)^USER (.+)$", recipe) == ["2002"]
    assert recipe.count("--require-hashes") == 2
    told = YAML(typ="safe").load(DEPLOY / "compose.yaml")["services"]["newswatch"]
    assert (told["read_only"], told["cap_drop"], told["init"]) == (True, ["ALL"], True)
    assert (DEPLOY / told["build"]["context"] / told["build"]["dockerfile"]).samefile(
        DEPLOY / "Dockerfile"
    )


def test_a_cluster_in_containers_speaks_tls_and_runs_as_the_image_does() -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    told = YAML(typ="safe").load(DEPLOY / "dask" / "compose.yaml")
    services = told["services"]
    assert set(services) == {"scheduler", "worker"}
    for name, one in services.items():
        assert (one["read_only"], one["cap_drop"], one["init"]) == (True, ["ALL"], True)
        context = DEPLOY / "dask" / one["build"]["context"]
        assert (context / one["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")
        assert one["entrypoint"][:2] == ["dask", name]
        assert one["environment"]["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "True"
        ran(sys.executable, "-m", *one["entrypoint"], *one["command"], "--help")
    assert "--no-nanny" in services["worker"]["entrypoint"]
    assert services["scheduler"]["ports"] == ["127.0.0.1:8786:8786"]


CLUSTER = ("newswatch-scheduler.service", "newswatch-worker.service")


@pytest.mark.parametrize("name", CLUSTER)
def test_the_units_of_a_cluster_are_shut_in_as_the_daemons_is(name: str) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    daemons, unit = (
        dict(re.findall(r"(?m)^(\w+)=(.*)$", (DEPLOY / path).read_text()))
        for path in ("newswatch.service", f"dask/{name}")
    )
    shut = set(daemons) - {
        "Description", "Documentation", "Type", "WatchdogSec", "TimeoutStartSec", "RestartPreventExitStatus", "ExecStart",
        "ExecReload", "Environment", "WorkingDirectory", "StateDirectory", "ConfigurationDirectory", "Restart",
    }  # fmt: skip
    assert {key: unit.get(key) for key in shut} == {key: daemons[key] for key in shut}
    assert "--protocol tls" in unit["ExecStart"]
    assert "REQUIRE_ENCRYPTION=True" in (DEPLOY / "dask" / name).read_text()
    words = unit["ExecStart"].replace("${SCHEDULER}", "tls://127.0.0.1:8786").split()
    ran(sys.executable, "-m", "dask", *words[1:], "--help")


@pytest.mark.parametrize("name", CLUSTER)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_the_units_of_a_cluster(name: str, tmp_path: Path) -> None:
    unit = tmp_path / name
    unit.write_text(
        (DEPLOY / "dask" / name).read_text().replace("/opt/newswatch/bin/dask", "/bin/true")
    )
    verified = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert [line for line in verified.stderr.splitlines() if name in line] == []


def test_what_the_image_is_built_of_is_let_in() -> None:
    let_in = re.findall(r"(?m)^!(.+)$", (HOUSE / ".dockerignore").read_text())
    recipe = (DEPLOY / "Dockerfile").read_text()
    copied = " ".join(re.findall(r"(?m)^COPY (?!--)(.+) \S+$", recipe)).split()
    assert sorted(copied) == sorted(let_in)
    assert [name for name in copied if not (HOUSE / name).exists()] == []


def test_the_man_page_and_the_completions_are_those_of_the_command_line(tmp_path: Path) -> None:
    ran(sys.executable, DEPLOY / "manual.py", tmp_path)
    made = {
        path.relative_to(tmp_path): path.read_text()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    for path, body in made.items():
        assert (DEPLOY / "share" / path).read_text() == body, f"{path} is old: run `make manual`"
    page = (tmp_path / "man" / "man1" / "newswatch.1").read_text()
    assert [name for name in COMMANDS if f'.SS "{name} ' not in page] == []
    assert '.SS "outbox retry ' in page


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_man_page_is_set_without_a_warning() -> None:
    page = DEPLOY / "share" / "man" / "man1" / "newswatch.1"
    assert "NEWSWATCH(1)" in ran("groff", "-ww", "-k", "-man", "-Tutf8", page)


def test_bash_completes_commands_and_options() -> None:
    script = DEPLOY / "share" / "bash-completion" / "completions" / "newswatch"
    asked = """
        source "$0"
        COMP_WORDS=(newswatch "$@") COMP_CWORD=$#
        _newswatch_completion newswatch
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    path = f"{BIN}:{os.environ['PATH']}"
    assert ran("bash", "-c", asked, script, "do", PATH=path).split() == ["doctor"]
    assert "--now" in ran("bash", "-c", asked, script, "once", "--", PATH=path).split()
