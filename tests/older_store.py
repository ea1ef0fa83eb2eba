"""A store as an earlier newswatch kept it, made of one of today's."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from newswatch.store.schema import migrations
from newswatch.store.sqlite import APPLICATION_ID, sqlite3

SHADOWS = ("version_index", "sqlite_", "_sqlite_")


def make_older(new: Path, old: Path, before: str) -> int:
    """Make *old* with the tables there were before the migration named *before*, holding what *new*
    holds but for its search index; returns its schema's number.
    """
    connection = sqlite3.connect(old)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations.apply(Database(connection), stop_before=before)
    names = [m.name for m in migrations._migrations]
    number = names.index(before)
    connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("ATTACH ? AS new", (str(new),))
    tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    for (table,) in tables.fetchall():
        if not table.startswith(SHADOWS):
            both = f"SELECT name FROM pragma_table_info('{table}', 'new')"
            found = connection.execute(
                f"SELECT name, name IN ({both}) FROM pragma_table_info('{table}', 'main')"
            ).fetchall()
            columns = ", ".join(f'"{name}"' for name, _ in found)
            values = ", ".join(f'"{name}"' if stays else "''" for name, stays in found)
            connection.execute(
                f"INSERT OR REPLACE INTO main.{table}({columns}) SELECT {values} FROM new.{table}"
            )
    connection.commit()
    connection.close()
    return number
