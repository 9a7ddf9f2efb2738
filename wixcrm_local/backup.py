"""Copies a store that is in use into one file: for `crm.backup`, and before each upgrade.

Law: under the name of the copy stands nothing, or a whole one that was verified and synced; what
is unfinished says so in its name, and is private before it holds a byte.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from typing import NamedTuple, NoReturn, Protocol, TypeVar

import attrs

from wixcrm_local import connection as connections
from wixcrm_local import errors, faults
from wixcrm_local.queries import SQL
from wixcrm_local.syncing import sync_folder

T = TypeVar("T")
Progress = Callable[[int, int], object]  # bytes done, bytes in all

EXISTS = "exists"  # why a path is refused that `overwrite` would allow

_STEP = 1024  # pages that are copied before progress is told, and Ctrl-C heard
_SIDES = ("-journal", "-wal", "-shm")  # what SQLite puts beside a file that is in use


@attrs.frozen(kw_only=True)
class Backup:
    """A whole copy of a store: all that was stored before `taken_at` (UTC) is in it.

    `path` is absolute, `contacts` their number, `bytes` the size of the file.
    """

    path: str
    contacts: int
    bytes: int
    taken_at: datetime


class Readable(Protocol):
    """What a backup needs of an open store."""

    path: str | None

    @property
    def in_transaction(self) -> bool: ...

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T: ...


class _Place(NamedTuple):
    """Where a copy belongs, and the name it has until then."""

    path: str
    unfinished: str


class _Stopped(Exception):
    """What `progress` raised, on its way past the store, which would take it for its own fault."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Facts(NamedTuple):
    """What a store and its copy must agree on."""

    application_id: int
    version: int
    contacts: int


def take(
    store: Readable,
    target: str | os.PathLike[str],
    *,
    now: Callable[[], str],
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Backup:
    """Copies an open store to `target`, one state of it, while others go on writing.

    Raises `InvalidArgument` where `target` can't be the place or `overwrite` is missing, and
    inside a transaction; `NotAStore` where `target` holds something else than a store;
    `StoreFull`, `StoreFailed` and `StoreReadOnly` where it can't be written; `StoreDamaged`
    where the store itself, and so the copy, contradicts itself.
    """
    if store.in_transaction:
        raise errors.InvalidArgument(
            "leave the transaction before making a backup: what it did may still be undone"
        )
    if progress is not None and not callable(progress):
        _refuse("progress", "must be callable; pass a function of bytes done and bytes in all")
    path = _checked_target(store.path, target, overwrite)
    # A name of its own: two backups to one place must not write into each other.
    place = _Place(path, f"{path}.unfinished-{os.urandom(4).hex()}")
    taken_at = datetime.fromisoformat(now())
    with _temporary(place.unfinished):
        facts = _read(store, place, progress)
        _verify(place, facts, store.path)
        size = os.stat(place.unfinished).st_size
        _refuse_occupied(path, overwrite)  # looked at again: copying takes its time
        _put_in_place(place)
    return Backup(path=path, contacts=facts.contacts, bytes=size, taken_at=taken_at)


def _read(store: Readable, place: _Place, progress: Progress | None) -> _Facts:
    def work(source: sqlite3.Connection) -> _Facts:
        # Where calls take turns, as in memory, others would wait for what `progress` does.
        return _copied(source, place, None if store.in_transaction else progress)

    try:
        return store.read(work)
    except _Stopped as stopped:
        error = stopped.error
    raise error


def copy_file(path: str, target: str) -> int:
    """Copies the store at `path`, which is only read, to the new file `target`, and gives how many
    contacts it has. Raises `StoreDamaged` where it contradicts itself, and leaves no `target`."""
    place = _Place(target, target)
    done = False
    try:
        connections.ensure_file(target)
        try:
            facts = _verified_copy(path, place)
        except sqlite3.Error as error:
            faults.reraise(error, path)
        done = True
        return facts.contacts
    finally:
        if not done:
            _remove(target)


def keep_before_upgrade(path: str, target: str) -> None:
    """Copies the store at `path` to `target`, while its write lock is held; an older copy there,
    and the rest of one that was killed, is replaced."""
    place = _Place(target, f"{target}.unfinished")
    _remove(place.unfinished)
    with _temporary(place.unfinished):
        _verified_copy(path, place)
        _put_in_place(place)


def _verified_copy(path: str, place: _Place) -> _Facts:
    with closing(connections.connect(path)) as source:
        source.execute("BEGIN")
        facts = _copied(source, place)
    _verify(place, facts, path)
    return facts


def _copied(source: sqlite3.Connection, place: _Place, progress: Progress | None = None) -> _Facts:
    """Copies what `source` sees, which has an unused transaction open, and tells what it was."""
    # Nothing was done in the transaction so far, and from one that may write SQLite can't copy.
    source.execute("COMMIT")
    source.execute("BEGIN")
    facts = _facts(source)  # begins the reading: all pages are of this moment
    size_of_page = int(source.execute("PRAGMA page_size").fetchone()[0])

    def after_step(status: int, left: int, pages: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise errors.StoreBusy(  # Python would try for ever
                f"{place.path}: another program uses the unfinished backup; try again",
                details={"path": place.path},
            )
        if progress is not None and status in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
            try:
                progress((pages - left) * size_of_page, pages * size_of_page)
            except Exception as error:
                raise _Stopped(error) from error

    with _explaining(place.path), closing(connections.connect(place.unfinished)) as copy:
        # On macOS a plain fsync leaves the data in the drive's cache; no effect elsewhere.
        copy.execute("PRAGMA fullfsync=ON")
        source.backup(copy, pages=_STEP, progress=after_step)
        copy.execute("PRAGMA journal_mode=DELETE")  # so that the copy is one file
    return facts


@contextmanager
def _explaining(target: str) -> Iterator[None]:
    """Faults of the copy's disk name the copy; those of the store are left to the store."""
    try:
        yield
    except sqlite3.Error as error:
        code, name = faults.primary_code(error), faults.name_of(error)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "READ" in name:
            raise
        if code == sqlite3.SQLITE_IOERR:
            raise errors.StoreFailed(
                f"{target}: the disk refused the copy, so there is no backup; look for its "
                "free space, quota and limits, or choose another path",
                details={"path": target, "sqlite": name},
            ) from error
        faults.reraise(error, target)


def _facts(connection: sqlite3.Connection) -> _Facts:
    numbers = (
        connection.execute(question).fetchone()[0]
        for question in ("PRAGMA application_id", "PRAGMA user_version", SQL["count_contacts"])
    )
    return _Facts(*map(int, numbers))


def _verify(place: _Place, facts: _Facts, path: str | None) -> None:
    """Raises `StoreDamaged` where the copy contradicts itself, or is another than its store."""
    with _explaining(place.path):
        try:
            with closing(connections.connect(place.unfinished)) as copy:
                found = _contradiction(copy, facts)
        except sqlite3.DatabaseError as error:
            if faults.primary_code(error) != sqlite3.SQLITE_CORRUPT:
                raise
            found = faults.name_of(error)
    if found:
        raise errors.StoreDamaged(
            f"{path or 'the store in memory'}: its copy does not verify ({found}), so there is no "
            "backup; see crm.check(), keep the file, and go on with an earlier backup",
            details={"path": path, "found": found},
        )


def _contradiction(copy: sqlite3.Connection, facts: _Facts) -> str:
    (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        return str(found)
    if copy.execute("PRAGMA foreign_key_check").fetchone():
        return "a row points at nothing"
    return "" if _facts(copy) == facts else "it differs from the store"


def _put_in_place(place: _Place) -> None:
    try:
        os.replace(place.unfinished, place.path)
        sync_folder(os.path.dirname(place.path))
    except OSError as error:
        if error.errno != errno.EIO:
            raise faults.from_operating_system(error, place.path) from error
        raise errors.StoreFailed(
            f"{place.path}: the disk failed when the backup was put in its place, and may lose "
            "it; make another one, on another disk",
            details={"path": place.path, "errno": error.errno},
        ) from error


@contextmanager
def _temporary(path: str) -> Iterator[None]:
    """A new, empty, private file, of which nothing is left at the end but under another name."""
    try:
        connections.ensure_file(path)
        yield
    finally:
        _remove(path)


def _remove(path: str) -> None:
    for side in ("", *_SIDES):
        with suppress(OSError):  # there is none, or what went wrong before tells more
            os.remove(path + side)


def _checked_target(own: str | None, target: str | os.PathLike[str], overwrite: bool) -> str:
    path = connections.resolve(target)
    if path is None:
        _refuse("path", "must be that of a file: a backup in memory would not last; give one")
    if own is not None and os.path.exists(path) and os.path.samefile(path, own):
        _refuse("path", "is the store itself; choose another one for its backup", path)
    if path.endswith(_SIDES):
        _refuse("path", "ends as SQLite names its own notes; choose another one", path)
    _refuse_occupied(path, overwrite)
    return path


def _refuse_occupied(path: str, overwrite: bool) -> None:
    """Raises where a file stands that must stay."""
    for side in _SIDES:
        if os.path.lexists(path + side):  # SQLite would take it for the backup's own
            _refuse(
                "path",
                f"has {os.path.basename(path)}{side} beside it, of a program that has it open or "
                "crashed; close that program, or choose another path",
                path,
            )
    if not os.path.lexists(path):
        return
    if not os.path.isfile(path):
        _refuse("path", "is a folder or device; give the path of a file", path)
    if not overwrite:
        _refuse("path", "exists already; choose another one, or pass overwrite=True", path, EXISTS)
    if os.path.getsize(path) and not _is_ours(path):
        raise errors.NotAStore(
            f"{path}: is neither a store nor a backup and was left as it is; choose another path",
            details={"path": path},
        )


def _is_ours(path: str) -> bool:
    """Asked through SQLite: closing the file otherwise would cancel locks that it holds on it."""
    try:
        with closing(connections.connect(path, "immutable=1")) as connection:
            found = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.Error:
        return False
    return bool(found == connections.APPLICATION_ID)


def _refuse(
    argument: str, sentence: str, path: str | None = None, reason: str | None = None
) -> NoReturn:
    subject = argument if path is None else f"{argument} {path}"
    details = {"argument": argument, "path": path, "reason": reason}
    raise errors.InvalidArgument(f"{subject} {sentence}", details=details)
