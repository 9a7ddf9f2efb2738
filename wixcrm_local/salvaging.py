"""Reads what can still be read of a damaged file into a new one; the damaged one is only copied.

Law: a page that can't be read costs the rows on it, and those alone; nothing is made up.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress

import attrs

from wixcrm_local import connection as connections
from wixcrm_local import errors, faults, restoring, schema
from wixcrm_local.model import ReadOnlyDict

_SIDES = ("", "-wal")
_SMALLEST_ROW = 8  # octets: a file has no more rows than this allows
_DERIVED = ("search_", "sqlite_")


@attrs.frozen(kw_only=True)
class Salvaged:
    """What `salvage` could read: `rows` of each table are in the store at `path`."""

    path: str
    rows: Mapping[str, int] = attrs.field(hash=False)


def salvage(damaged: str | os.PathLike[str], target: str | os.PathLike[str]) -> Salvaged:
    """Makes the store `target` of what is readable in a damaged one, which is left as it is.

    Call `repair` of the new store then: rows may point at others that could not be read. Raises
    `StoreBusy` where a program has the damaged one open, `StoreDamaged` where not even the names of
    its tables can be read, `StoreNotFound`, `NotAStore`, `StoreTooNew`, and `InvalidArgument` where
    `target` exists.
    """
    path, place = (
        restoring.checked_file(damaged, "damaged"),
        restoring.checked_file(target, "target"),
    )
    if os.path.lexists(place):
        raise errors.InvalidArgument(
            f"target {place} exists already; give a new path", details={"argument": "target"}
        )
    if not os.path.exists(path):
        raise errors.StoreNotFound(
            f"{path}: there is no such file; give the path of a store", details={"path": path}
        )
    connections.refuse_unknown(path, schema.VERSION)
    return Salvaged(path=place, rows=ReadOnlyDict(_salvaged(path, place)))


def _salvaged(path: str, target: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory(prefix="wixcrm-salvage-") as folder:
        copy = os.path.join(folder, "damaged.db")
        with restoring.held_as_it_is(path):
            for side in _SIDES:
                if os.path.exists(path + side):
                    shutil.copyfile(path + side, copy + side)
        connections.ensure_file(target)
        try:
            with closing(connections.connect(copy)) as source:
                return _copied(source, target)
        except BaseException as error:
            for side in (*_SIDES, "-shm", "-journal"):
                with suppress(OSError):
                    os.remove(target + side)
            faults.reraise(error, path)


def _copied(source: sqlite3.Connection, target: str) -> dict[str, int]:
    source.text_factory = lambda raw: raw.decode("utf-8", "replace")
    version = schema.version_of(source)
    found: dict[str, int] = {}
    with closing(connections.connect(target)) as made:
        for statement in _statements(source, version):
            made.execute(statement)
        made.execute(f"PRAGMA application_id={connections.APPLICATION_ID}")
        made.execute(f"PRAGMA user_version={version}")
        made.execute("BEGIN")
        for table in _tables(made):
            found[table] = _copy_table(source, made, table)
        made.execute("COMMIT")
    return found


def _statements(source: sqlite3.Connection, version: int) -> list[str]:
    """What makes the tables; of an older file its own, as it is upgraded when it is opened."""
    if version == schema.VERSION:
        return list(schema.statements())
    query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'table' DESC"
    return [sql for (sql,) in source.execute(query) if not _is_derived(sql)]


def _is_derived(sql: str) -> bool:
    return any(f" {prefix}" in sql.split("(")[0] for prefix in _DERIVED)


def _tables(made: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in made.execute(query)]


def _copy_table(source: sqlite3.Connection, made: sqlite3.Connection, table: str) -> int:
    columns = list(made.execute(f"PRAGMA table_info({table})"))
    key = min((column for column in columns if column[5]), key=lambda column: int(column[5]))
    place = f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(columns))})"
    rows = _by_number if key[2] == "INTEGER" else _from_both_ends
    copied = 0
    for row in rows(source, table, key[1], int(key[0])):
        with suppress(sqlite3.IntegrityError):  # a row that damage made impossible
            copied += made.execute(place, row).rowcount
    return copied


def _by_number(
    source: sqlite3.Connection, table: str, key: str, place: int
) -> Iterator[tuple[object, ...]]:
    """All rows that can be read; where one can't, the numbers behind it are halved and halved."""
    query = f"SELECT * FROM {table} NOT INDEXED WHERE {key} BETWEEN ? AND ? ORDER BY {key}"
    ranges = [(0, _highest(source, table, key))]
    while ranges:
        first, last = ranges.pop()
        try:
            for row in source.execute(query, (first, last)):
                first = row[place] + 1
                yield row
        except sqlite3.DatabaseError:
            if first < last:
                middle = (first + last) // 2
                ranges += [(middle + 1, last), (first, middle)]


def _highest(source: sqlite3.Connection, table: str, key: str) -> int:
    """The last number of a table; where that can't be read, one behind which there is nobody."""
    with suppress(sqlite3.DatabaseError):
        return int(source.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0)
    pages = int(source.execute("PRAGMA page_count").fetchone()[0])
    return pages * int(source.execute("PRAGMA page_size").fetchone()[0]) // _SMALLEST_ROW


def _from_both_ends(
    source: sqlite3.Connection, table: str, key: str, place: int
) -> Iterator[tuple[object, ...]]:
    """The rows of a small table, up to what can't be read, from either end."""
    for order in ("ASC", "DESC"):
        try:
            yield from source.execute(f"SELECT * FROM {table} ORDER BY {key} {order}")
        except sqlite3.DatabaseError:
            continue
        return
