"""Changes as rows of Parquet files by month, for DuckDB and Polars. pyarrow's room.

Rule: a file's name is its block of change ids, whatever came when, so that a repeat writes the same file again, and the
block that still grows is written anew, whole or not at all. Columns are a contract (docs/streams.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newswatch.sinks.position import put
from newswatch.sinks.translating import Change, Standing, rows

BLOCK = 10_000  # changes

_AT = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.string())


def _shape(**columns: Any) -> Any:
    # `at` is a word of its own in SQL.
    own = {"change_id": pa.int64(), "changed_at": _AT}
    return pa.schema([pa.field(name, kind) for name, kind in (own | columns).items()])


SHAPES: Mapping[str, Any] = {
    "versions": _shape(
        version=pa.string(), article=pa.string(), n=pa.int64(), kind=pa.string(), url=pa.string(), title=pa.string(),
        text=pa.string(), lang=pa.string(), source=pa.string(), newsroom=pa.string(), author=pa.string(), published=_AT,
        published_from=pa.string(), quality=pa.string(), text_from=pa.string(), credit=pa.string(), first_seen=_AT,
        tags=_TEXTS, relations=_TEXTS, pruned=pa.bool_(), replaces=pa.string(), note=pa.string(), kept=pa.float64(),
        changes=pa.list_(pa.struct([("what", pa.string()), ("old", pa.string()), ("new", pa.string())])),
    ),
    "matches": _shape(
        rule=pa.string(), version=pa.string(), article=pa.string(), story=pa.string(), matched=_AT,
        spans=pa.list_(pa.struct([("field", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("word", pa.string())])),
    ),
    "moves": _shape(
        kind=pa.string(), article=pa.string(), story=pa.string(), version=pa.string(), rule=pa.string()
    ),
}  # fmt: skip


class Parquet:
    """A *folder* of Parquet."""

    anew = "name a new folder"
    forgets = False
    each = 60.0  # a block that grows is written anew each time

    def __init__(self, folder: Path, block: int = BLOCK) -> None:
        """*block* is how many changes a file is of: with another, a folder is begun anew."""
        self.named = f"parquet:{folder}"
        self.folder = folder
        self._block = block

    def behind(self, last: int) -> int:
        """The whole block is needed again."""
        return last // self._block * self._block

    def is_full(self, changes: Sequence[Change]) -> bool:
        """A block."""
        return bool(changes[-1]["id"] % self._block == 0)

    def take(self, changes: Sequence[Change], _archive: Standing) -> Sequence[str]:
        """Write a block, or the beginning of one. Raises SinkError."""
        first = self.behind(changes[0]["id"] - 1) + 1
        name = f"{first:012}-{first + self._block - 1:012}.parquet"
        found: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for change in changes:
            for table, row in rows(change):
                found[table, change["at"][:7]].append(row)
        for (table, month), kept in found.items():
            made = pa.Table.from_pylist(kept, schema=SHAPES[table])
            put(
                self.folder / table / f"month={month}" / name,
                partial(pq.write_table, made, compression="zstd"),
            )
        for table, shape in SHAPES.items():  # a table that has no rows yet can be asked as well
            empty = self.folder / table / "month=none" / "none.parquet"
            if not (self.folder / table).exists():
                put(empty, partial(pq.write_table, shape.empty_table()))
        return ()
