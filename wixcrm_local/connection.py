"""Opens one SQLite connection the way every connection to a store must be opened.

Law: a file that is foreign, newer or damaged is recognised by reading alone, before any
statement that could write to it; a connection that failed to open is closed; SQLite never
creates a file by itself, and takes every path literally.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from wixcrm_local import errors, faults
from wixcrm_local.queries import SQL

T = TypeVar("T")

MEMORY = ":memory:"

APPLICATION_ID = 1466521667
# STRICT tables; RETURNING came earlier.
OLDEST_SQLITE = (3, 37, 0)
# The log keeps this much when it begins anew after a checkpoint. Up to here it is written over
# in place, which a sync likes better than growth; growing beyond tells that it is full again. To
# a large file, whose pages lie far apart, twice as much may wait.
WAL_KEPT = 8 * 1024 * 1024
WAL_KEPT_BESIDE_LARGE = 2 * WAL_KEPT

# Each of these stands on every connection, with what it prevents.
_PRAGMAS = (
    ("foreign_keys", "ON"),  # a label of nobody, an address of no contact
    ("cell_size_check", "ON"),  # following a damaged page into undefined behaviour
    ("trusted_schema", "OFF"),  # a doctored file that calls functions from its schema
    ("secure_delete", "ON"),  # text of erased people lingering in free pages
)
# And these on every connection to a file.
_FILE_PRAGMAS = (
    ("wal_autocheckpoint", "0"),  # the WAL-reset bug: checkpoints are ours, guarded (wal.py)
    ("journal_size_limit", str(WAL_KEPT)),  # a WAL that stays as large as it once was
)
_SMALLEST_FILE = 512  # one page of the smallest size
# The last one is for files of tests, which no power cut needs to survive.
_SYNCHRONOUS = {"full": "FULL", "normal": "NORMAL", "none": "OFF"}

# Creating a file opens and closes a descriptor, which would cancel the locks another thread
# holds on it through SQLite: who creates is alone in the process until that is done.
creating = threading.Lock()
# Re-entrant: the interpreter may collect a forgotten store while another is being closed.
closing = threading.RLock()  # both are held during a fork (forking.py)


def resolve(path: str | os.PathLike[str]) -> str | None:
    """The absolute path of a store, links followed; None for a store in memory."""
    given = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(given, str) or not given or "\0" in given:
        raise errors.InvalidArgument(
            f"path must be the path of a file, as text or Path; give one, or {MEMORY!r}",
            details={"argument": "path"},
        )
    try:
        return None if given == MEMORY else os.path.realpath(given)
    except UnicodeError:
        raise errors.InvalidArgument(
            "path holds a character that no file name can have; give another one",
            details={"argument": "path"},
        ) from None


def connect_memory() -> sqlite3.Connection:
    """A connection to a new, empty store in memory."""
    connection = _open(MEMORY)
    for name, value in _PRAGMAS:
        connection.execute(f"PRAGMA {name}={value}")
    return connection


def connect_file(
    path: str, durability: str, *, deadline: float, newest_version: int, alone: bool = False
) -> sqlite3.Connection:
    """A writing connection to the store at `path`, whose file must exist and may be empty.

    `deadline` is a `time.monotonic()` value until which locks of other programs are waited
    for. One that is `alone` keeps all others from the file, and so needs no room on the disk
    for memory to share with them. The schema is left to the caller.
    """
    with suppress(sqlite3.Error):  # what this can't tell, the real opening will
        _refuse_unknown(_peek(path), path, newest_version)
    connection = connect(path)
    try:
        if alone:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        facts = in_time(lambda: _facts(connection), deadline)
        _refuse_unknown(facts, path, newest_version)
        configure(connection, durability)
        _switch_to_wal(connection, path, deadline)
    except BaseException as error:
        connection.close()
        faults.reraise(error, path)
    return connection


def connect_reader(path: str, durability: str, busy_timeout: float) -> sqlite3.Connection:
    """A further connection, for reading, to a store that is open already."""
    connection = connect(path)
    try:
        # Readers wait only while another program recovers the file: SQLite's own wait will do.
        connection.execute(f"PRAGMA busy_timeout={int(busy_timeout * 1000)}")
        configure(connection, durability)
        connection.execute("PRAGMA query_only=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def configure(connection: sqlite3.Connection, durability: str) -> None:
    """Sets what a connection to a file does not remember of itself."""
    for name, value in _PRAGMAS + _FILE_PRAGMAS:
        connection.execute(f"PRAGMA {name}={value}")
    connection.execute(f"PRAGMA synchronous={_SYNCHRONOUS[durability]}")
    if durability == "full":
        # On macOS a plain fsync leaves the data in the drive's cache; no effect elsewhere.
        connection.execute("PRAGMA fullfsync=ON")


def begin_immediate(connection: sqlite3.Connection, deadline: float) -> None:
    """Takes the write lock, as soon as no other connection holds it."""
    in_time(partial(connection.execute, "BEGIN IMMEDIATE"), deadline)


def in_time(work: Callable[[], T], deadline: float) -> T:
    """What `work` gives, tried again while another connection is in its way.

    SQLite's own wait starves writers; short random naps are fair.
    """
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if not faults.is_busy(error) or time.monotonic() >= deadline:
                raise
        nap()


def close(connection: sqlite3.Connection) -> None:
    """Closes one at a time: of two that close together, each leaves the log to the other."""
    with closing:
        connection.close()


def nap() -> None:
    """Sleeps 0.5 to 4 milliseconds, at random, so that those who wait don't march in step."""
    time.sleep(0.0005 + os.urandom(1)[0] * 0.0035 / 255)


def connect(path: str, how: str = "mode=rw") -> sqlite3.Connection:
    """A bare connection to a file that exists."""
    literally = "".join(f"%{byte:02X}" for byte in os.fsencode(path))
    with creating:
        return _open(f"file:{literally}?{how}")


def _open(address: str) -> sqlite3.Connection:
    return sqlite3.connect(
        address,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=True,
    )


def check_sqlite() -> None:
    """Raises `StoreUnsupported` where this Python's SQLite is too old."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise errors.StoreUnsupported(
            f"this Python has SQLite {sqlite3.sqlite_version}; "
            f"use a Python whose SQLite is {needed} or newer",
            details={"found": sqlite3.sqlite_version, "needed": needed},
        )


def ensure_file(path: str) -> tuple[int, int]:
    """Which file stands at `path`: one that can be a store, or a new, empty, private one.

    Raises `NotAStore` for what is no regular file or has two names, `StoreReadOnly`,
    `StoreNotFound` and `StoreFull`.
    """
    with creating:
        try:
            found = _existing(path) or _created(path)
        except OSError as error:
            raise faults.from_operating_system(error, path) from None
    if not stat.S_ISREG(found.st_mode):
        raise errors.NotAStore(
            f"{path}: is no file but a folder or device; give the path of a file",
            details={"path": path, "reason": "not_a_regular_file"},
        )
    if found.st_nlink > 1:
        # SQLite names the side files after the path: two names would mean two journals.
        raise errors.NotAStore(
            f"{path}: has {found.st_nlink} names (hard links), which would damage it; "
            "keep one of them, or use a symbolic link",
            details={"path": path, "reason": "hard_link"},
        )
    if 0 < found.st_size < _SMALLEST_FILE:  # SQLite would take a file of one byte for empty
        raise errors.NotAStore(
            f"{path}: is no wixcrm-local store and was left as it is; choose another path",
            details={"path": path, "reason": "too_short"},
        )
    if not (os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)):
        raise errors.StoreReadOnly(
            f"{path}: this file or its folder can't be written; give this user the right to "
            "write there",
            details={"path": path},
        )
    return (found.st_dev, found.st_ino)


def _existing(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _created(path: str) -> os.stat_result:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        os.chmod(path, 0o600)  # whatever the umask took away
    except FileExistsError:
        pass  # another program was first; its file is as good
    return os.stat(path)


_Facts = tuple[int, int, int]  # application_id, user_version and how many tables


def _peek(path: str) -> _Facts:
    """What the file's own first page says, without a lock, the log or a journal: a foreign
    program's unfinished log would be brought into its file, and removed, by a real opening."""
    with contextlib.closing(connect(path, "mode=ro&immutable=1")) as connection:
        return _facts(connection)


def _facts(connection: sqlite3.Connection) -> _Facts:
    connection.execute("BEGIN")
    try:
        application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        # A marked file says enough; of an unmarked one, ours has nothing behind its first page.
        tables = 0 if application_id else _count_schema_entries(connection)
        return (application_id, version, tables)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _count_schema_entries(connection: sqlite3.Connection) -> int:
    return int(connection.execute(SQL["count_schema_entries"]).fetchone()[0])


def refuse_unknown(path: str, newest_version: int | None = None) -> int:
    """The schema that the file's first page tells of; 0 for an empty file. Nothing is changed.

    None is for a store of whatever version. Raises `NotAStore` or `StoreTooNew`.
    """
    try:
        facts = _peek(path)
    except sqlite3.Error as error:
        faults.reraise(error, path)
    _refuse_unknown(facts, path, facts[1] if newest_version is None else newest_version)
    return facts[1]


def _refuse_unknown(facts: _Facts, path: str, newest_version: int) -> None:
    application_id, version, _ = facts
    if facts == (0, 0, 0):
        return  # empty: a new store, or one whose creation was cut short
    if application_id != APPLICATION_ID or version < 1:
        raise errors.NotAStore(
            f"{path}: is another program's SQLite file and was left as it is; choose another path",
            details={"path": path, "application_id": application_id},
        )
    if version > newest_version:
        raise errors.StoreTooNew(
            f"{path}: was written by a newer wixcrm-local (schema {version}, this one knows "
            f"{newest_version}) and was left as it is; upgrade wixcrm-local to open it"
            f"{_or_go_back(path, newest_version)}",
            details={"path": path, "version": version, "known": newest_version},
        )


def backup_before_upgrade(path: str, version: int) -> str:
    """Where a store is copied to before it is taken from schema `version` to a newer one."""
    return f"{path}.backup-v{version}"


def _or_go_back(path: str, newest_version: int) -> str:
    """The newest copy from before an upgrade that this version can open."""
    backups = (backup_before_upgrade(path, version) for version in range(newest_version, 0, -1))
    found = next(filter(os.path.exists, backups), None)
    return f", or restore {found}, which was kept before the upgrade" if found else ""


def _switch_to_wal(connection: sqlite3.Connection, path: str, deadline: float) -> None:
    """Readers and a writer side by side. The switch needs the file alone, so it is retried."""
    switch = "PRAGMA journal_mode=WAL"
    mode = in_time(lambda: connection.execute(switch).fetchone()[0], deadline)
    if mode != "wal":
        raise errors.StoreFailed(
            f"{path}: this file system can't share memory between programs (a network "
            "drive?); put the store on a local disk",
            details={"path": path, "journal_mode": mode},
        )
