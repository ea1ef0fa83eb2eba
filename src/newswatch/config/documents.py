"""YAML files as values: capped, without tags, aliases or duplicate keys, words as words (YAML 1.2).

Rule: the only place that knows ruamel.yaml, and of it only the events, as they carry their places.
Any bytes give a Document or a ConfigError that names the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from newswatch.config.files import contents, decoded
from newswatch.config.settings import ConfigError
from newswatch.text import safe_line

DEEPEST = 12

Path_ = tuple[str | int, ...]

# What a plain word means in YAML 1.2's core schema; everything else is a word.
_NULL = re.compile(r"(?:~|null|Null|NULL)?")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,5})?")
_ODD_FLOAT = {".inf": "inf", "-.inf": "-inf", "+.inf": "inf", ".nan": "nan"}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands in its text: *start* and *end* count characters, *line* and *column*
    from 0; *last* is the line in which its last word ends, blocks of text left out. *flow* nodes
    stand in brackets.
    """

    start: int
    end: int
    line: int
    column: int
    last: int
    flow: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value (dicts, lists, words, numbers, None), the line, from 1, where each path of
    it is written, and where its nodes stand in *text*.
    """

    value: Any
    lines: Mapping[Path_, int]
    spans: Mapping[Path_, Span]
    text: str


def read(path: Path) -> Document:
    """The document in *path*; an empty mapping for an empty file. Raises ConfigError with the
    line, and FileNotFoundError.
    """
    return parsed(path, decoded(path, contents(path)))


def parsed(path: Path, text: str) -> Document:
    """The document that *text* says; *path* is what mistakes are named by. Raises ConfigError."""
    try:
        return _Building(path, text).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = safe_line(str(error.problem or error.context or "not YAML"))
        raise ConfigError(f"{path}:{line}: {said}") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path}:{line}: holds a character that cannot stand here") from error
    except (YAMLError, AssertionError) as error:  # the library asserts what versions there are
        raise ConfigError(f"{path}:1: not YAML ({safe_line(str(error))[:200]})") from error


def line_of(document: Document | None, path: Path_) -> int:
    """The line, from 1, where *path* stands; that of what holds it where it is missing."""
    if document is not None:
        for length in range(len(path), 0, -1):
            if path[:length] in document.lines:
                return document.lines[path[:length]]
    return 1


class _Building:
    """One document built from the events of its text."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(StringIO(text))
        self._lines: dict[Path_, int] = {}
        self._spans: dict[Path_, Span] = {}
        self._last = 0

    def document(self) -> Document:
        """The one document there is. Raises ConfigError, and what ruamel.yaml raises."""
        value: Any = None
        seen = False
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if seen:
                    raise self._wrong(event, "a second document begins: write one in a file")
                seen = True
                value = self._node(next(self._events), (), 0)
        return Document({} if value is None else value, self._lines, self._spans, self._text)

    def _node(self, event: Any, here: Path_, depth: int) -> Any:
        self._refuse(event)
        if depth > DEEPEST:
            raise self._wrong(event, f"nested deeper than {DEEPEST}")
        start, mark = event.start_mark, event.end_mark
        self._lines.setdefault(here, start.line + 1)
        value: Any
        if isinstance(event, ScalarEvent):
            value = _scalar(event)
            if event.style not in ("|", ">"):
                self._last = mark.line
            flow = False
        else:
            flow = bool(event.flow_style)
            inside = self._sequence if isinstance(event, SequenceStartEvent) else self._mapping
            value, mark = inside(here, depth)
            if flow:
                self._last = mark.line
        self._spans[here] = Span(
            start.index, mark.index, start.line, start.column, self._last, flow
        )
        return value

    def _sequence(self, here: Path_, depth: int) -> tuple[list[Any], Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._node(event, (*here, len(found)), depth + 1))
        return found, event.end_mark

    def _mapping(self, here: Path_, depth: int) -> tuple[dict[str, Any], Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            self._refuse(event)
            if not isinstance(event, ScalarEvent):
                raise self._wrong(event, "a key must be one word")
            path = (*here, event.value)
            if path in self._lines:
                first = self._lines[path]
                raise self._wrong(event, f'"{event.value[:60]}" stands in line {first} already')
            self._lines[path] = event.start_mark.line + 1
            found[event.value] = self._node(next(self._events), path, depth + 1)
        return found, event.end_mark

    def _refuse(self, event: Any) -> None:
        """Refuse what a configuration never needs."""
        if isinstance(event, AliasEvent) or event.anchor:
            raise self._wrong(event, "anchors and aliases are not read here")
        if event.tag:
            raise self._wrong(event, f"tags ({event.tag}) are not read here")
        if isinstance(event, ScalarEvent) and _SURROGATE.search(event.value):
            raise self._wrong(event, "holds half a character (an escape of D800 to DFFF)")

    def _wrong(self, event: Any, said: str) -> ConfigError:
        return ConfigError(f"{self._path}:{event.start_mark.line + 1}: {safe_line(said)}")


def _scalar(event: ScalarEvent) -> Any:
    word: str = event.value
    if not event.implicit[0]:  # quoted, or a block of text
        return word
    if _NULL.fullmatch(word):
        return None
    if word in _BOOL:
        return _BOOL[word]
    if _INT.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return float(_ODD_FLOAT[word.lower()]) if word.lower() in _ODD_FLOAT else word
