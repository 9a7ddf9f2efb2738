"""Turns what SQLite and the operating system report into the documented errors of the file.

Law: the message says what to do, and no `sqlite3` exception passes this room.
"""

from __future__ import annotations

import errno
import sqlite3
from typing import NoReturn

from wixcrm_local import errors

# What may come of reading a file: of a text whose end is cut off, Python can't even say what it is.
OfSQLite = sqlite3.Error | UnicodeDecodeError
OF_SQLITE = (sqlite3.Error, UnicodeDecodeError)

_BY_CODE: dict[int, tuple[type[errors.StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (
        errors.StoreBusy,
        "another program or thread is writing to the store; try again",
    ),
    sqlite3.SQLITE_LOCKED: (
        errors.StoreBusy,
        "another program or thread is writing to the store; try again",
    ),
    sqlite3.SQLITE_PROTOCOL: (
        errors.StoreBusy,
        "too many programs opened the store at once; try again",
    ),
    sqlite3.SQLITE_FULL: (
        errors.StoreFull,
        "the disk is full, so nothing was changed; free some space and call again",
    ),
    sqlite3.SQLITE_IOERR: (
        errors.StoreFailed,
        "the disk reported an error, so it is unknown whether the change was stored; "
        "calling again is safe",
    ),
    sqlite3.SQLITE_CORRUPT: (
        errors.StoreDamaged,
        "the file is damaged or its disk can't read it, and it was left as it is; keep it, and "
        "go on with a backup if calling again does not help",
    ),
    sqlite3.SQLITE_NOTADB: (
        errors.NotAStore,
        "the file is no wixcrm-local store and was left as it is; choose another path",
    ),
    sqlite3.SQLITE_READONLY: (
        errors.StoreReadOnly,
        "the file or its folder can't be written; give this user the right to write there",
    ),
    sqlite3.SQLITE_PERM: (
        errors.StoreReadOnly,
        "the file or its folder can't be written; give this user the right to write there",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        errors.StoreNotFound,
        "the file can't be opened; check its path, the rights to its folder and the number of "
        "files this program holds open",
    ),
}

# No room for the memory that connections share: 32 KiB, which even reading needs.
_NO_ROOM_TO_SHARE = (
    errors.StoreFull,
    "the disk is full, so the store can't be shared with other connections; free some space and "
    "call again",
)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether waiting may help: another connection holds the lock."""
    return primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def primary_code(error: BaseException) -> int:
    """SQLite's result code without its extension; 0 where Python's own layer refused."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def name_of(error: BaseException) -> str:
    """SQLite's name of the fault, such as SQLITE_IOERR_FSYNC."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def reraise(error: BaseException, path: str | None) -> NoReturn:
    """Raises the documented error for what SQLite or the system raised, all else as it is."""
    if isinstance(error, OSError) and not isinstance(error, errors.StoreError):
        raise from_operating_system(error, path or "the store in memory") from error
    if not isinstance(error, OF_SQLITE):
        raise error
    kind, sentence = _meaning(error)
    raise kind(
        f"{path or 'the store in memory'}: {sentence}",
        details={"path": path, "sqlite": name_of(error)},
    ) from error


def lacks_shared_memory(error: BaseException | None) -> bool:
    """Whether the disk has no room for the memory that connections to one file share."""
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE


def _meaning(error: OfSQLite) -> tuple[type[errors.StoreError], str]:
    if lacks_shared_memory(error):
        return _NO_ROOM_TO_SHARE
    if isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode"):
        # Python's own finding, so without a code: in a value, or in a sentence of SQLite's.
        return _BY_CODE[sqlite3.SQLITE_CORRUPT]
    unknown = (
        errors.StoreFailed,
        "SQLite refused the work; nothing was changed, please report this with the details",
    )
    return _BY_CODE.get(primary_code(error), unknown)


def from_operating_system(error: OSError, path: str) -> errors.StoreError:
    """The documented error for a file that can't be looked at or created."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return errors.StoreReadOnly(
            f"{path}: can't be created or read; give this user the right to write there",
            details={"path": path, "errno": error.errno},
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return errors.StoreFull(
            f"{path}: the disk is full, so the store can't be created; free some space",
            details={"path": path, "errno": error.errno},
        )
    return errors.StoreNotFound(
        f"{path}: can't be opened ({error.strerror}); check its path, its folder and the number "
        "of files this program holds open",
        details={"path": path, "errno": error.errno},
    )


def closed() -> errors.StoreError:
    """The error of a store that was closed."""
    return errors.StoreClosed("the store is closed; open it anew with CRM(path)")


def forked() -> errors.StoreError:
    """The error of a store that a child process inherited."""
    return errors.StoreForked(
        "a store can't be used in a child process that inherited it; open it anew there"
    )
