"""Brings a file to the schema of this version: creates it, or migrates an older one.

Law: DDL, data and user_version change in one transaction, after a verified backup beside the
file; whatever the path, the end is exactly schema.sql.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from wixcrm_local import connection as connections
from wixcrm_local import errors
from wixcrm_local.migrations import STEPS, Migration, migrations_of
from wixcrm_local.queries import SQL, read_package_text

VERSION = 1 + len(STEPS)
Progress = Callable[[int, int], object]  # statements done, statements in all


@cache
def statements() -> tuple[str, ...]:
    """The statements of schema.sql, each with the comments that stand inside it."""
    return tuple(split(read_schema()))


@cache
def views() -> dict[str, str]:
    """The statements that make the views, by the names of these."""
    return {text.split()[2]: text for text in statements() if text.startswith("CREATE VIEW ")}


def missing_views(connection: sqlite3.Connection) -> list[str]:
    """The views whose names nothing in the file has."""
    return [name for name, sql in _views_found(connection).items() if sql is None]


def foreign_views(connection: sqlite3.Connection) -> list[str]:
    """The views in whose place the file has something else that somebody made."""
    found = _views_found(connection).items()
    return [name for name, sql in found if sql and sql.split() != views()[name].split()]


def _views_found(connection: sqlite3.Connection) -> dict[str, str | None]:
    rows = {name: connection.execute(SQL["schema_entry"], (name,)).fetchone() for name in views()}
    return {name: row and str(row[0]) for name, row in rows.items()}


def read_schema() -> str:
    """schema.sql: inside the package where it was installed, else at the top of the checkout."""
    try:
        return read_package_text("schema.sql")
    except OSError:
        checkout = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(checkout, "schema.sql"), encoding="utf-8") as file:
            return file.read()


def split(script: str) -> Iterator[str]:
    """The single statements of a script: `executescript` would commit what is open."""
    pending = ""
    for line in script.splitlines(keepends=True):
        if not pending and (line.isspace() or line.startswith("--")):
            continue
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip().rstrip(";")
            pending = ""
    if pending.strip():
        raise ValueError(f"a statement without its end: {pending[:60]!r}")


def version_of(connection: sqlite3.Connection) -> int:
    """The number of the newest migration the file has seen; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def create(connection: sqlite3.Connection) -> None:
    """Makes the tables of an empty store, inside the caller's transaction."""
    for statement in statements():
        connection.execute(statement)


def connect_memory() -> sqlite3.Connection:
    """A connection to a new, empty store in memory, with its tables: copying those of another
    takes a fifth of the time of making them."""
    connection = connections.connect_memory()
    with connections.creating:
        _empty_store().backup(connection)
    return connection


@cache
def _empty_store() -> sqlite3.Connection:
    made = connections.connect_memory()
    made.execute("BEGIN")
    create(made)
    made.execute("COMMIT")
    return made


def bring_up_to_date(
    writer: sqlite3.Connection,
    path: str,
    deadline: float,
    migrations: Sequence[Migration] | None = None,
    progress: Progress | None = None,
) -> None:
    """Creates the tables of an empty file, or migrates those of an older one.

    Looks again once it holds the write lock: another process may have been first. What fails
    is rolled back.
    """
    writer.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction is open
    connections.begin_immediate(writer, deadline)
    try:
        if version_of(writer) == 0:
            create(writer)
        else:
            upgrade(writer, path, migrations, progress)
        writer.execute("COMMIT")
    except BaseException:
        if writer.in_transaction:
            writer.execute("ROLLBACK")
        raise
    finally:
        writer.execute("PRAGMA foreign_keys=ON")


def upgrade(
    writer: sqlite3.Connection,
    path: str,
    migrations: Sequence[Migration] | None = None,
    progress: Progress | None = None,
) -> None:
    """Takes an older store through `migrations`, inside the caller's write transaction.

    Raises `StoreDamaged`, and so changes nothing, where a row would point at nothing.
    """
    version = version_of(writer)
    if migrations is None:
        migrations = migrations_of(STEPS)
    if version > len(migrations):
        return
    from wixcrm_local import backup  # here, because most openings upgrade nothing

    backup.keep_before_upgrade(path, connections.backup_before_upgrade(path, version))
    steps = [[*split(migration.script)] for migration in migrations[version - 1 :]]
    done, total = 0, sum(map(len, steps))
    for number, migration in enumerate(migrations[version - 1 :], version + 1):
        for statement in steps[number - version - 1]:
            writer.execute(statement)
            done += 1
            if progress is not None:
                progress(done, total)
        if migration.data is not None:
            migration.data(writer)
        writer.execute(f"PRAGMA user_version={number}")
    broken = writer.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise errors.StoreDamaged(
            f"{path}: a row of {broken[0]} points at nothing, so the upgrade was not made; "
            "keep the file and report this",
            details={"path": path, "table": broken[0]},
        )
