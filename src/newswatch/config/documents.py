"""YAML files in and out: capped, without tags, aliases or duplicate keys, with lines and comments.

Rule: the only place that knows ruamel.yaml; a file is replaced whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from newswatch.config.settings import ConfigError

LARGEST = 2_000_000  # bytes; ten thousand rules of 200 characters
DEEPEST = 12

Path_ = tuple[str | int, ...]


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def read(path: Path) -> Any:
    """The document in *path*: mappings and sequences that know their lines, words as words; an
    empty mapping for an empty file. Raises ConfigError with the line.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if len(body) > LARGEST:
        raise ConfigError(f"{path}: larger than {LARGEST:,} bytes")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8") from error
    try:
        _refuse(path, text)
        value = _yaml().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = " ".join(str(error.problem or error.context or "not YAML").split())
        raise ConfigError(f"{path}:{line}: {said}") from error
    except (YAMLError, ValueError, RecursionError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        raise ConfigError(f"{path}:1: not YAML ({said or type(error).__name__})") from error
    return {} if value is None else value


def _refuse(path: Path, text: str) -> None:
    """Refuse what a configuration never needs: tags, aliases, depth."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(StringIO(text)):
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise ConfigError(f"{path}:{line}: anchors and aliases are not read here")
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            depth += 1
            if depth > DEEPEST:
                raise ConfigError(f"{path}:{line}: nested deeper than {DEEPEST}")
        if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            depth -= 1
        if isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent)) and event.tag:
            raise ConfigError(f"{path}:{line}: tags ({event.tag}) are not read here")


def line_of(document: Any, path: Path_) -> int:
    """The line, from 1, where *path* stands in a document; that of what holds it where it is
    missing.
    """
    line, value = 1, document
    for step in path:
        position = getattr(value, "lc", None)
        try:
            if isinstance(value, Mapping) and position is not None:
                line = position.key(step)[0] + 1
            elif isinstance(value, Sequence) and position is not None:
                line = position.item(step)[0] + 1
            value = value[step]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def plain(value: Any) -> Any:
    """A document as plain dicts, lists and scalars."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return value


def append(path: Path, section: str, value: dict[str, object], also_unique: str = "name") -> None:
    """Add *value* to the list under *section*. Raises ConfigError when its name, or its
    *also_unique*, is there already.
    """
    document = read(path) if path.exists() else {}
    entries = _entries(path, document, section)
    for entry in entries:
        for key in {"name", also_unique}:
            if isinstance(entry, Mapping) and entry.get(key) == value[key]:
                raise ConfigError(f"{path}: there is already one with {key} {value[key]}")
    entries.append(value)
    document[section] = entries
    _write(path, document)


def remove(path: Path, section: str, name: str) -> None:
    """Remove the entry called *name* from the list under *section*."""
    document = read(path) if path.exists() else {}
    entries = _entries(path, document, section)
    for position, entry in enumerate(entries):
        if isinstance(entry, Mapping) and entry.get("name") == name:
            del entries[position]
            _write(path, document)
            return
    raise ConfigError(f"{path}: there is none called {name}")


def _entries(path: Path, document: Any, section: str) -> Any:
    if not isinstance(document, Mapping):
        raise ConfigError(f"{path}:1: must hold `{section}:` and a list")
    entries = document.get(section)
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise ConfigError(f"{path}:{line_of(document, (section,))}: {section} must be a list")
    return entries


def _write(path: Path, document: Any) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as stream:
            _yaml().dump(document, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
