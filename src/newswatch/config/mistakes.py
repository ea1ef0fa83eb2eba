"""What was found wrong with the configuration, each with file, line and path, in plain words.

Rule: pydantic's own words reach nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from newswatch.config.documents import Document, Path_, line_of
from newswatch.config.settings import ConfigError, Wrong
from newswatch.text import safe_line, safe_text
from newswatch.wording import did_you_mean

MOST = 500  # mistakes told in words: where there are more, the file is another program's
_HINT = re.compile(r" \(did you mean .*\)")


@dataclass
class Mistakes:
    """What was found wrong so far; files are added as they are read."""

    found: list[Wrong] = field(default_factory=list)
    documents: dict[Path, Document] = field(default_factory=dict)

    def at(self, file: Path, path: Path_, said: str) -> None:
        """One mistake, at *path* in *file*."""
        path = tuple(step for step in path if step != "[key]")  # pydantic's word for a key itself
        line = line_of(self.documents.get(file), path)
        where = ".".join(f"[{step}]" if isinstance(step, int) else step for step in path)
        where = safe_line(where.replace(".[", "["))[:200]
        self.found.append(Wrong(str(file), line, where, safe_text(said, newlines=True)))

    def words(self) -> dict[str, str]:
        """Every mistake as it is told, by what stays of it when other entries are added: neither its
        line nor what may be meant.
        """
        told = sorted(set(self.found))
        return {_HINT.sub("", str(replace(wrong, line=0))): str(wrong) for wrong in told}

    def raise_if_any(self) -> None:
        """Raise ConfigError with every mistake, in the order of file and line."""
        if self.found:
            told = tuple(sorted(set(self.found)))
            said = [str(wrong) for wrong in told[:MOST]]
            if more := len(told) - MOST:
                said += [f"and {more:,} more"] if more > 0 else []
            raise ConfigError("\n".join(said), told)


def in_words(wrong: Any, shape: type[BaseModel]) -> str:
    """What is *wrong* with a file of this *shape*, in words for whoever wrote it."""
    kind, given = wrong["type"], wrong["input"]
    if kind == "extra_forbidden":
        key = str(wrong["loc"][-1])
        near = did_you_mean(key, _keys(shape, wrong["loc"][:-1]))
        return f'unknown key "{safe_line(key)[:60]}"{near}'
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", wrong["msg"])
        word = safe_line(str(given))[:60]
        return f'"{word}" is none of {", ".join(known)}{did_you_mean(word, known)}'
    if kind == "value_error":
        return str(wrong["ctx"]["error"])
    return f"must be {SHAPES.get(kind, 'something else')}"


# Whatever else is wrong is said by `values`, before pydantic sees it.
SHAPES = {
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "bool_type": "true or false",
}


def _keys(shape: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that may stand at *path* of *shape*."""
    here: Any = shape
    for step in path:
        fields = getattr(here, "model_fields", None)
        if fields is not None and step in fields:
            here = fields[step].annotation
        inner = [here, *getattr(here, "__args__", ())]
        here = next((t for t in inner if isinstance(t, type) and issubclass(t, BaseModel)), here)
    return list(getattr(here, "model_fields", {}))
