"""restore: a backup in the place of a store, which is kept beside it.

Law: never over a file that is in use; under the store's name stands the old store or the whole new
one, whenever it is interrupted.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from typing import NamedTuple

import attrs

from wixcrm_local import backup as backups
from wixcrm_local import connection as connections
from wixcrm_local import errors, faults, schema
from wixcrm_local.syncing import sync_folder

_SIDES = ("-wal", "-shm", "-journal")
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@attrs.frozen(kw_only=True)
class Restored:
    """A store that was put in place from a backup.

    `kept` is where the store that stood there is now, whole and a store itself; None where there
    was none. `contacts` and `bytes` are of the restored one.
    """

    path: str
    kept: str | None
    contacts: int
    bytes: int


def restore(
    backup: str | os.PathLike[str], path: str | os.PathLike[str], *, overwrite: bool = False
) -> Restored:
    """Puts a copy of `backup` at `path`; a store that is there is renamed, and kept.

    `overwrite` must say so where `path` holds a store. Raises `StoreBusy` where a program has it
    open, `NotAStore`, `StoreTooNew`, `StoreNotFound` and `StoreDamaged` where `backup` is none to
    go back to; `InvalidArgument`; and then `path` is as it was.
    """
    source, target = checked_file(backup, "backup"), checked_file(path, "path")
    if not os.path.exists(source):
        raise errors.StoreNotFound(
            f"{source}: there is no such file; give the path of a backup",
            details={"path": source},
        )
    if os.path.exists(target) and os.path.samefile(source, target):
        raise _refused("path", "is the backup itself; give the path of the store")
    if not connections.refuse_unknown(source, schema.VERSION):
        raise errors.NotAStore(
            f"{source}: is empty; give the path of a backup", details={"path": source}
        )
    stands = os.path.lexists(target)
    if stands and not overwrite:
        raise _refused("path", f"{target} holds a file already; pass overwrite=True to replace it")
    unfinished = f"{target}.unfinished-{os.urandom(4).hex()}"
    contacts = backups.copy_file(source, unfinished)
    try:
        with _held(target) if stands else nullcontext() as held:
            kept = None if held is None else _kept_beside(target, held)
            os.replace(unfinished, target)
        sync_folder(os.path.dirname(target))
    except errors.StoreError:
        raise
    except OSError as error:
        raise faults.from_operating_system(error, target) from error
    finally:
        with suppress(OSError):  # it has the store's name by now
            os.remove(unfinished)
    return Restored(path=target, kept=kept, contacts=contacts, bytes=os.path.getsize(target))


class _Held(NamedTuple):
    """A store that nobody else can open; `is_damaged` where its log could not be taken in."""

    connection: sqlite3.Connection
    is_damaged: bool


def _kept_beside(target: str, held: _Held) -> str:
    """Gives the store that stands there a second name, which is its only one right after."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = f"{target}.replaced-{stamp}-{os.urandom(2).hex()}"
    if os.name == "nt":  # where an open file can't be replaced
        held.connection.close()
    try:
        os.link(target, kept)
    except OSError:  # a file system without links: for a moment nothing stands there
        os.rename(target, kept)
    for side in _SIDES if held.is_damaged else ():
        with suppress(FileNotFoundError):
            os.rename(target + side, kept + side)
    return kept


@contextmanager
def held_as_it_is(path: str) -> Iterator[None]:
    """Nobody else has the file open, or can open it; nothing of it is changed.

    Raises `StoreBusy`.
    """
    with closing(connections.connect(path)) as connection:
        try:
            connection.execute("PRAGMA busy_timeout=0")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN")
            connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            if faults.primary_code(error) in _BUSY:
                raise _busy(path) from error
        yield


@contextmanager
def _held(path: str) -> Iterator[_Held]:
    """A store, made one file, while nobody else has it open or can open it.

    Raises `StoreBusy`, or `NotAStore` for what is none.
    """
    if not os.path.isfile(path):
        raise _refused("path", f"{path} is a folder or device; give the path of a store")
    connections.refuse_unknown(path)
    with closing(connections.connect(path)) as connection:
        is_damaged = False
        try:
            connection.execute("PRAGMA busy_timeout=0")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            if faults.primary_code(error) in _BUSY:
                raise _busy(path) from error
            if faults.primary_code(error) != sqlite3.SQLITE_CORRUPT:
                faults.reraise(error, path)
            is_damaged = True
        yield _Held(connection, is_damaged)


def _busy(path: str) -> errors.StoreBusy:
    return errors.StoreBusy(
        f"{path}: a program has it open; close all that use it, and try again",
        details={"path": path},
    )


def checked_file(given: str | os.PathLike[str], argument: str) -> str:
    """The absolute path of a file that may be a store. Raises `InvalidArgument`."""
    path = connections.resolve(given)
    if path is None:
        raise _refused(argument, "must be the path of a file; a store in memory has none")
    if path.endswith(_SIDES):
        raise _refused(argument, "is one of SQLite's own files; give the store they belong to")
    return path


def _refused(argument: str, sentence: str) -> errors.InvalidArgument:
    return errors.InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
