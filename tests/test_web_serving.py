"""`newswatch web` as a command: how it begins, what it refuses, how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from browsed import grown, serving
from newswatch.cli import code_of


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    with grown(tmp_path_factory.mktemp("web"), hostile=False) as desk:
        return desk.address


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(store: str, number: int) -> None:
    with serving(store) as served, socket.create_connection(("127.0.0.1", served.port)) as idle:
        assert served.asked("/")[0] == 200
        idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")  # and never more
        assert served.end(number) == (0, "Ctrl-C ends it\n")


def test_mistakes_are_said_before_anything_is_served(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments, code, said in (
            (
                ["--store", store, "web", "--port", port],
                2,
                "cannot be listened on (Address already in use)",
            ),
            (["--store", store, "web", "--host", "0.0.0.0"], 2, "--beyond-loopback"),
            (["--store", store, "web", "--host", "example.org"], 2, "write 127.0.0.1"),
            (["--store", store, "web", "--port", "70000"], 2, "70000"),
            (["--store", f"sqlite:{tmp_path / 'none.db'}", "web"], 1, "there is no store yet"),
        ):
            assert code_of(arguments) == code, arguments
            assert said in capsys.readouterr().err, arguments


def test_a_name_may_be_given_and_more_than_loopback_be_meant(store: str) -> None:
    with serving(
        store, "--name", "Desk.example", "--host", "0.0.0.0", "--beyond-loopback"
    ) as served:
        assert served.asked("/rules", Host="desk.example")[0] == 200
        assert served.asked("/rules", Host="other.example")[0] == 421


def test_without_the_extra_it_says_what_to_install_and_nothing_is_loaded_for_a_search(
    store: str,
) -> None:
    program = (
        "import sys, importlib.util\n"
        "sys.modules['datasette'] = None\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'datasette' else find(name, *rest)\n"
        "from newswatch.cli import main\n"
        f"main(['--store', {store!r}, 'web'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "newswatch: web needs the extra of that name: pip install 'newswatch[web]'\n")  # fmt: skip
    program = (
        "import sys\nfrom newswatch.cli import code_of\n"
        f"assert code_of(['--store', {store!r}, 'search', 'freight']) == 0\n"
        "print([m for m in sys.modules if m.partition('.')[0] in ('datasette', 'uvicorn', 'jinja2') or 'newswatch.web' in m])"
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
