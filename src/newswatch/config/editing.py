"""Entries added to, or taken from, a YAML list, as a careful hand would do it.

Rule: only the lines of those entries change, every other byte stays (comments, order, line ends, byte
order mark). What comes out is read back and must say exactly what was meant, else nothing is
written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from newswatch.address import redact
from newswatch.config.documents import Document, Span, parsed
from newswatch.config.files import alone, contents, decoded, replace
from newswatch.config.settings import ConfigError, NoSuchEntry

Value = str | Sequence[str]

BOM = b"\xef\xbb\xbf"
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029]|$)")  # as YAML counts
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()*+=?&%~-]|:(?=\S)|(?<=\S)#)*")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_WORD = re.compile(r"[^\W\d_][\w./-]*(?: [\w./-]+)*")


def append(
    path: Path,
    section: str,
    entries: Sequence[Mapping[str, Value]],
    unique: Sequence[str],
    *,
    keep: bool = True,
    agree: Callable[[str], None] = lambda _text: None,
) -> tuple[str, ...]:
    """Add *entries* to the list under *section*, the file written once, and only to *keep* it. Returns for each why it was
    left out, '' where it was added: none is whose value of one of the *unique* keys is there
    already. Raises ConfigError when the file cannot be read or written, and what *agree*, which is
    shown the new text before anything is written, raises.
    """
    with alone(path):
        return _append(path, section, entries, unique, keep, agree)


def _append(
    path: Path,
    section: str,
    entries: Sequence[Mapping[str, Value]],
    unique: Sequence[str],
    keep: bool,
    agree: Callable[[str], None],
) -> tuple[str, ...]:
    body = _contents_if_any(path)
    document = parsed(path, decoded(path, body))
    standing = _entries(path, document, section)
    taken = {
        (key, entry[key])
        for entry in standing
        if isinstance(entry, dict)
        for key in unique
        if isinstance(entry.get(key), str)
    }
    reasons: list[str] = []
    fresh: list[Mapping[str, Value]] = []
    for entry in entries:
        twice = [key for key in unique if (key, entry[key]) in taken]
        if twice:
            reasons.append(
                f"{path}: there is already one with {twice[0]} {_shown(entry[twice[0]])}"
            )
            continue
        taken |= {(key, entry[key]) for key in unique}
        fresh.append(entry)
        reasons.append("")
    if fresh:
        added = [{k: v if isinstance(v, str) else list(v) for k, v in e.items()} for e in fresh]
        meant = {**document.value, section: [*standing, *added]}
        text = _with(document, section, fresh)
        changed = _checked(path, body, text, meant, section)
        agree(text)
        if keep:
            replace(path, changed)
    return tuple(reasons)


def _shown(value: Value) -> str:
    """A value as a message gives it: an address without user and password."""
    return redact(value) if isinstance(value, str) else ", ".join(value)


def remove(path: Path, section: str, name: str) -> None:
    """Take the entry called *name* from the list under *section*. Raises NoSuchEntry when there is
    none, ConfigError when the file cannot be read or written.
    """
    with alone(path):
        _remove(path, section, name)


def _remove(path: Path, section: str, name: str) -> None:
    body = _contents_if_any(path)
    document = parsed(path, decoded(path, body))
    entries = _entries(path, document, section)
    for position, standing in enumerate(entries):
        if isinstance(standing, dict) and standing.get("name") == name:
            rest = [*entries[:position], *entries[position + 1 :]]
            meant = {**document.value, section: rest}
            text = _without(document, section, position, len(entries))
            replace(path, _checked(path, body, text, meant, section))
            return
    names = (entry.get("name") for entry in entries if isinstance(entry, dict))
    known = tuple(name for name in names if isinstance(name, str))
    raise NoSuchEntry(f"{path}: there is none called {name}", known)


def _contents_if_any(path: Path) -> bytes:
    try:
        return contents(path)
    except FileNotFoundError:
        return b""


def _entries(path: Path, document: Document, section: str) -> list[Any]:
    if not isinstance(document.value, dict):
        raise ConfigError(f"{path}:1: must hold `{section}:` and a list")
    entries = document.value.get(section)
    if entries is None:
        return []
    if not isinstance(entries, list):
        line = document.lines.get((section,), 1)
        raise ConfigError(f"{path}:{line}: {section} must be a list")
    return entries


# ── where the entry goes, and which lines are its own ───────────────────────────────────────


def _with(document: Document, section: str, fresh: Sequence[Mapping[str, Value]]) -> str:
    text = document.text
    newline = "\r\n" if "\r\n" in text else "\n"
    place, root = document.spans.get((section,)), document.spans.get(())
    if place is None or root is None:
        margin = " " * (root.column if root and not root.flow else 0)
        lines = [f"{margin}{section}:", *_lines(fresh, f"{margin}  ")]
        return _ended(text, newline) + newline.join(lines) + newline
    entries = document.value[section]
    if place.flow and (entries or root.flow):
        # Before the closing bracket, behind whatever stands there.
        inside = text[place.start + 1 : place.end - 1].rstrip()
        comma = ", " if entries and not inside.endswith(",") else " " if entries else ""
        cut = place.start + 1 + len(inside)
        return text[:cut] + comma + ", ".join(map(_in_brackets, fresh)) + text[cut:]
    lines = _LINE.findall(text)
    if entries:
        last = document.spans[section, len(entries) - 1]
        after, margin = _own_lines(lines, last, place.column)[1], " " * place.column
    else:
        # Nothing yet, or `[]`, `null`: the key keeps its line and loses that word.
        text = text[: place.start] + text[place.end :]
        lines = _LINE.findall(text)
        key = document.lines[(section,)]
        after, margin = key, " " * (root.column + 2)
    above = _ended("".join(lines[:after]), newline)
    return above + newline.join(_lines(fresh, margin)) + newline + "".join(lines[after:])


def _without(document: Document, section: str, position: int, count: int) -> str:
    text, place = document.text, document.spans[(section,)]
    own = document.spans[section, position]
    if not place.flow:
        lines = _LINE.findall(text)
        first, after = _own_lines(lines, own, place.column)
        first = _with_comment(lines, first, place.column, document.lines[(section,)])
        return "".join((*lines[:first], *lines[after:]))
    if position + 1 < count:
        return text[: own.start] + text[document.spans[section, position + 1].start :]
    start = document.spans[section, position - 1].end if position else own.start
    return text[:start] + text[own.end :]


def _own_lines(lines: Sequence[str], entry: Span, dash: int) -> tuple[int, int]:
    """The lines, from 0, of an entry whose dash stands in column *dash*: first, and one behind
    the last. What is indented deeper than the dash is the entry's; empty lines behind it are not.
    """
    first = entry.line
    while first > 0 and lines[first][: dash + 1].strip() != "-":
        first -= 1
    after = first + 1
    while after < len(lines) and (not lines[after].strip() or _indent(lines[after]) > dash):
        after += 1
    after = max(after, entry.last + 1)
    while after > first + 1 and not lines[after - 1].strip():
        after -= 1
    return first, after


def _with_comment(lines: Sequence[str], first: int, dash: int, after: int) -> int:
    """The line where what belongs to the entry at *first* begins: a comment right above it, with no empty
    line between, is its own. What is indented deeper than the *dash* is the entry's before it.
    """
    above = first
    while (
        above > after
        and lines[above - 1].lstrip().startswith("#")
        and _indent(lines[above - 1]) <= dash
    ):
        above -= 1
    return above


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _ended(text: str, newline: str) -> str:
    """*text* with its last line ended."""
    return text if not text or text[-1] in "\n\r\x85\u2028\u2029" else text + newline


# ── how the entry is written ────────────────────────────────────────────────────────────────


def _lines(fresh: Iterable[Mapping[str, Value]], margin: str) -> list[str]:
    return [
        f"{margin}{' ' if number else '-'} {key}: {_text(v) if isinstance(v, str) else _list(v)}"
        for entry in fresh
        for number, (key, v) in enumerate(entry.items())
    ]


def _in_brackets(entry: Mapping[str, Value]) -> str:
    pairs = [
        f"{key}: {_word(value) if isinstance(value, str) else _list(value)}"
        for key, value in entry.items()
    ]
    return "{" + ", ".join(pairs) + "}"


def _list(words: Sequence[str]) -> str:
    return "[" + ", ".join(map(_word, words)) + "]"


def _text(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and _is_word(value) else _quoted(value)


def _word(value: str) -> str:
    """*value* as it may stand in brackets."""
    return value if _WORD.fullmatch(value) and _is_word(value) else _quoted(value)


def _is_word(value: str) -> bool:
    return value == value.strip() and value.casefold() not in {"true", "false", "null"}


def _quoted(value: str) -> str:
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return (
        '"'
        + "".join(c if c.isprintable() and c not in _ESCAPES else _escape(c) for c in value)
        + '"'
    )


def _escape(char: str) -> str:
    code = ord(char)
    wide = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _ESCAPES.get(char) or (f"\\x{code:02x}" if code < 0x100 else wide)


def _checked(path: Path, before: bytes, text: str, meant: Mapping[str, Any], section: str) -> bytes:
    """The file's new body, which says what is *meant*. Raises ConfigError where it does not."""
    try:
        said = parsed(path, text).value
    except ConfigError:
        said = None
    if isinstance(said, dict):
        said[section] = said.get(section) or []  # an emptied list may be read as nothing
    if said != meant:
        raise ConfigError(f"{path}: is written in a way that only a person should change")
    return (BOM if before.startswith(BOM) else b"") + text.encode()
