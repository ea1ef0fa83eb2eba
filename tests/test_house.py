"""The house rules as data: who imports whom, one room a library, no cycle, a docstring on top."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "newswatch"

# What each room may import of our own. A room's own folder is always allowed.
ROOMS: dict[str, set[str]] = {
    "model": set(),
    "address": {"model"},
    "moment": set(),
    "text": set(),
    "marks": set(),
    "walls": set(),
    "wording": set(),
    "kept": set(),
    "standings": {"address", "wording"},
    "comparison": {"model", "text"},
    "suggestions": {"model", "query", "store", "text", "wording"},
    "machine": set(),
    "dates": set(),
    "newsrooms": set(),
    "query": {"model", "text"},
    "rhythm": {"model"},
    "surges": {"model", "wording"},
    "lookout": {"model", "surges", "store"},
    "turnover": set(),
    "health": {"model", "address", "rhythm"},
    "frontier": {"model", "address", "rhythm"},
    "decode": set(),
    "fetch": {"model", "address", "decode"},
    "charset": set(),
    "references": set(),
    "markup": {"references"},
    "sitemap": set(),
    "hints": {"model"},
    "syndication": set(),
    "pieces": {"model"},
    "wholeness": {"markup"},
    "alternates": {"address", "references"},
    "discovery": {"model", "address", "alternates"},
    "archives": {"model", "address"},
    "parse": {
        "model", "address", "moment", "decode", "charset", "references", "markup", "sitemap",
        "syndication", "hints", "pieces", "wholeness", "alternates",
    },
    "extract": {"model", "address", "text", "moment", "newsrooms", "markup", "walls"},
    "walk": {"model", "address", "archives", "parse", "extract"},
    "crawl": {"model", "address", "archives", "cross_submits", "discovery", "parse", "extract", "turnover", "walk"},
    "cross_submits": {"model", "address", "discovery", "newsrooms"},
    "preload": {"crawl"},
    "workers": {"model", "address", "fetch", "crawl", "machine"},
    "cluster": {"model", "address", "crawl", "workers"},
    "dedup": {"model", "text", "marks"},
    "boilerplate": {"model"},
    "versions": {"model", "moment", "text", "query"},  # of query: when two spellings are one name
    "rules": {"model", "query", "text"},
    "ingest": {"model", "address", "archives", "discovery", "text", "frontier", "health", "turnover", "boilerplate", "dedup", "versions", "rules", "store"},
    "slots": {"model"},
    "troubles": {"model"},
    "rotation": {"model"},
    "liveness": {"wording"},
    "reporting": {"model", "troubles", "digest", "store"},
    "grouping": {"model"},
    "digest": {"model", "address", "text", "marks", "wording", "newsrooms", "dates", "surges"},
    "mail": {"model", "address"},
    "channels": {"model", "text"},
    "readers": {"model", "grouping"},
    "at_once": {"model", "grouping", "readers", "slots", "digest", "store", "versions"},
    "deliver": {"model", "at_once", "readers", "slots", "digest", "store"},
    "store": {"model", "address", "query", "text", "marks", "newsrooms", "rotation"},
    "sinks": {"address", "text"},
    "exchange": {"model", "address", "moment", "text", "newsrooms", "references"},
    "config": {"model", "query", "address", "text", "wording", "dates"},
    "monitoring": {"model", "address", "store", "liveness", "text", "kept"},
    "desk": {
        "model",
        "ingest",
        "deliver",
        "workers",
        "cluster",
        "store",
        "config",
        "mail", "channels",
        "rules",
        "reporting", "at_once", "readers", "lookout",
    },
    "daemon": {"desk", "machine", "rotation", "liveness", "monitoring", "reporting", "at_once", "readers", "model", "address", "ingest", "deliver", "store", "wording"},
    "demo": {"model", "desk", "daemon", "config", "store", "wording"},
    "cli": {
        "desk", "model", "address", "text", "query", "workers", "dedup", "rules", "digest",
        "channels", "charts", "cluster", "mail", "store", "exchange", "sinks", "config", "daemon", "demo", "wording", "newsrooms", "discovery", "machine", "liveness", "monitoring", "surges", "lookout", "dates", "comparison", "standings", "suggestions", "web",
    },
    "charts": {"text", "wording"},
    "web": {
        "model", "address", "text", "query", "rules", "store", "newsrooms", "wording", "charts", "comparison",
        "standings", "suggestions", "kept", "digest",
    },
    "__init__": set(),
    "__main__": {"cli"},
}  # fmt: skip

# The one room (or, with a reason, two) of each third-party library.
LIBRARIES: dict[str, set[str]] = {
    "feedparser": {"syndication"},
    "trafilatura": {"extract"},
    "htmldate": {"extract"},
    "resiliparse": {"extract"},
    "lxml": {"extract", "sitemap"},  # pages, and the one kind of feed that feedparser knows not
    "charset_normalizer": {"charset"},
    "py3langid": {"extract"},
    "apscheduler": {"daemon"},
    "sqlite_utils": {"store"},
    "pysqlite3": {"store"},
    "rapidfuzz": {"dedup", "wording"},  # of stories, and of a word typed wrong
    "numpy": {"dedup"},
    "aiohttp": {"fetch", "demo"},  # the demo's wires are an aiohttp server
    "multidict": {"fetch"},
    "yarl": {"fetch"},
    "brotli": {"decode"},
    "compression": {"decode"},  # the standard library's, from Python 3.14 on
    "backports": {"decode"},
    "protego": {"fetch"},
    "w3lib": {"address", "charset"},  # the web's rules for addresses, and for names of encodings
    "pebble": {"workers"},
    "tld": {"cross_submits"},  # the list of public suffixes, which trafilatura brings
    "Stemmer": {"text"},
    "re2": {"query"},
    "msgspec": {"store"},
    "pydantic": {"config"},
    "ruamel": {"config"},
    "jinja2": {"digest"},
    "markupsafe": {"digest"},
    "css_inline": {"digest"},
    "aiosmtplib": {"mail"},
    "apprise": {"channels"},
    "aiosmtpd": {"demo"},
    "click": {"cli"},
    "rich": {"cli"},
    "structlog": {"daemon"},
    "babel": {"dates"},
    "prometheus_client": {"monitoring"},
    "distributed": {"cluster"},
    "dask": {"cluster"},
    "matplotlib": {"charts"},
    "pyarrow": {"sinks"},
    "datasette": {"web"},
    "uvicorn": {"web"},
}


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def module(path: Path) -> str:
    parts = ("newswatch", *path.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every module the file names in an import, inside functions too, as absolute names."""
    package = ("newswatch", *path.relative_to(SOURCE).parent.parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package[: len(package) - node.level + 1]
                base = ".".join((*above, base) if base else above)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def own_rooms(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("newswatch.")} - {
        room(path)
    }


@pytest.mark.parametrize("path", files(), ids=module)
def test_imports_only_the_rooms_it_may(path: Path) -> None:
    assert room(path) in ROOMS, f"{room(path)} is no room of the house"
    # `from newswatch import __version__` names an attribute, not a room.
    forbidden = {name for name in own_rooms(path) - ROOMS[room(path)] if name in ROOMS}
    assert not forbidden


def test_no_room_may_import_what_it_does_not() -> None:
    """A permission nobody uses is a door left open."""
    used: dict[str, set[str]] = {}
    for path in files():
        used.setdefault(room(path), set()).update(own_rooms(path))
    idle = {name: allowed - used[name] for name, allowed in ROOMS.items() if allowed - used[name]}
    assert not idle


@pytest.mark.parametrize("path", files(), ids=module)
def test_each_library_has_its_room(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)}
    third_party = tops - set(sys.stdlib_module_names) - {"newswatch"}
    unknown = third_party - set(LIBRARIES)
    assert not unknown, f"no room is named for {unknown}"
    astray = {name for name in third_party if room(path) not in LIBRARIES[name]}
    assert not astray


@pytest.mark.parametrize("path", files(), ids=module)
def test_opens_with_a_docstring(path: Path) -> None:
    assert (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()


def test_no_import_cycle() -> None:
    """Modules, not rooms: an import of a package's name counts as an import of the package."""
    names = {module(path): path for path in files()}
    edges: dict[str, set[str]] = {}
    for name, path in names.items():
        targets = set()
        for wanted in imports(path):
            target = wanted if wanted in names else wanted.rpartition(".")[0]
            if target in names and target != name:
                targets.add(target)
        edges[name] = targets

    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " → ".join((*above, name))
        if name not in done:
            for target in sorted(edges[name]):
                walk(target, (*above, name))
            done.add(name)

    for name in edges:
        walk(name, ())


def test_the_check_itself_sees_what_it_should() -> None:
    """A house test that finds no import proves nothing."""
    assert "newswatch.model.Feed" in imports(SOURCE / "frontier.py")
    assert "model" in own_rooms(SOURCE / "frontier.py")


def test_a_reason_stands_beside_each_ignore() -> None:
    lines = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    begun, ended = lines.index("[tool.ruff.lint]"), lines.index("[tool.ruff.lint.pydocstyle]")
    ignored = [line for line in lines[begun:ended] if line.startswith('    "')]
    assert len(ignored) > 30
    assert [line for line in ignored if "# " not in line] == []
