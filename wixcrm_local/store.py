"""One open store: who may write, who may read, and what becomes of a transaction that fails.

Law: every write is one BEGIN IMMEDIATE transaction of one thread; nothing that stands on an
open cursor leaves this room; every error that does is a documented one.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeVar

from wixcrm_local import connection as connections
from wixcrm_local import errors, faults, schema, wal
from wixcrm_local.queries import SQL
from wixcrm_local.readers import Readers
from wixcrm_local.transactions import Outermost, Savepoint

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

REGION = "default_region"  # the setting's name

_log = logging.getLogger("wixcrm_local")


class Store:
    """A store on a file, or in memory where `path` is None.

    Threads take turns at writing, and in memory at reading too; readers of a file have
    connections of their own and wait for nobody. `durability` is "full" or "normal",
    `busy_timeout` seconds.
    """

    def __init__(
        self,
        path: str | None,
        *,
        durability: str = "full",
        busy_timeout: float = 30.0,
    ) -> None:
        self.path = path
        self.busy_timeout = busy_timeout
        self._durability = durability
        self._turn = threading.Lock()
        self._owner: int | None = None  # the thread whose transaction is open
        self._process = os.getpid()
        self._suspect = False  # after an I/O error the connection is not trusted any more
        self._data_version = 0  # changes when another connection has written
        self.default_region: str | None = None  # in which national phone numbers are read (P1)
        self._readers = Readers(path or "", durability, busy_timeout)
        self._checkpoints = None if path is None else wal.Checkpoints(path)
        self._writers: list[sqlite3.Connection] = []  # one, unless it is being replaced
        self._close_when_forgotten = weakref.finalize(
            self, _close_all, self._writers, self._readers
        )
        try:
            self._connect_writer()
            self._look_again()
            self._file = None if path is None else _identity(path)
        except BaseException as error:
            self._close_when_forgotten()
            faults.reraise(error, path)
        _stores.add(self)

    def write(self, work: Work[T]) -> T:
        """What `work` returns, after everything it changed is stored, or nothing is.

        Inside a transaction of this thread it is a savepoint of that; else a transaction of its
        own, tried again once if the disk is full but the log can be emptied.
        """
        if self.in_transaction:
            with Savepoint(self):
                return work(self._writer)
        try:
            with Outermost(self):
                return work(self._writer)
        except errors.StoreFull:
            self._empty_log()
        with Outermost(self):
            return work(self._writer)

    def transaction(self) -> Savepoint | Outermost:
        """A context in which this thread's writes are stored together or not at all (A7)."""
        return Savepoint(self) if self.in_transaction else Outermost(self)

    def read(self, work: Work[T]) -> T:
        """What `work` returns, from one state of the store."""
        if self.in_transaction:
            return self._read_inside(work)
        self._refuse_unusable()
        return self._read_in_turn(work) if self.path is None else self._read_aside(work)

    @property
    def in_transaction(self) -> bool:
        """Whether this thread's transaction is open."""
        return self._owner == threading.get_ident()

    @property
    def closed(self) -> bool:
        return not self._close_when_forgotten.alive

    def close(self) -> None:
        """Ends the use of the store; closing twice is fine, closing inside a transaction not."""
        if self.in_transaction:
            raise errors.InvalidArgument("leave the transaction before closing the store")
        if self._process != os.getpid() or self.closed:
            return
        self._take_turn()
        try:
            self._close_when_forgotten()
        finally:
            self._turn.release()

    # What the contexts below are made of.

    def begin(self) -> None:
        self._refuse_unusable()
        deadline = time.monotonic() + self.busy_timeout
        self._take_turn()
        try:
            if self._suspect:
                self._replace_writer()
            connections.begin_immediate(self._writer, deadline)
            self._notice_other_programs()
            self._owner = threading.get_ident()
        except BaseException as error:
            self._roll_back_quietly()
            self._turn.release()
            faults.reraise(error, self.path)

    def commit(self) -> None:
        try:
            self._commit_or_roll_back()
            if self._checkpoints is not None and self._checkpoints.due():
                self._checkpoint()
        finally:
            self._owner = None
            self._turn.release()

    def roll_back(self, error: BaseException) -> None:
        try:
            self._note_fault(error)
            self._roll_back_quietly()
        finally:
            self._owner = None
            self._turn.release()

    def control(self, statement: str) -> None:
        """Runs a SAVEPOINT statement. After some faults SQLite undoes the whole by itself."""
        if not self._writer.in_transaction:
            raise errors.StoreFailed(
                "an earlier fault undid this transaction; leave it and begin again",
                details={"path": self.path},
            )
        self._writer.execute(statement)

    def _commit_or_roll_back(self) -> None:
        try:
            self.control("COMMIT")
        except BaseException as error:
            self._note_fault(error)
            self._roll_back_quietly()
            faults.reraise(error, self.path)

    def _roll_back_quietly(self) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except sqlite3.Error:
            self._suspect = True

    def _note_fault(self, error: BaseException) -> None:
        if isinstance(error, sqlite3.Error):
            if faults.primary_code(error) == sqlite3.SQLITE_IOERR:
                self._suspect = True
            _log.info("write failed: %s", faults.name_of(error))

    # Reading.

    def _read_inside(self, work: Work[T]) -> T:
        try:
            return work(self._writer)
        except sqlite3.Error as error:
            faults.reraise(error, self.path)

    def _read_in_turn(self, work: Work[T]) -> T:
        self._take_turn()
        try:
            self._owner = threading.get_ident()
            return self._read_inside(work)
        finally:
            self._owner = None
            self._turn.release()

    def _read_aside(self, work: Work[T]) -> T:
        reader = None
        try:
            self._refuse_replaced_file()
            reader = self._readers.borrow()
            reader.execute("BEGIN")
            result = work(reader)
            reader.execute("COMMIT")
        except BaseException as error:
            if reader is not None:
                reader.close()
            faults.reraise(error, self.path)
        self._readers.give_back(reader)
        return result

    # Opening, and refusing.

    @property
    def _writer(self) -> sqlite3.Connection:
        return self._writers[-1]

    def _connect_writer(self) -> None:
        if self.path is None:
            self._writers.append(connections.connect_memory())
            self._writer.execute("BEGIN")
            schema.create(self._writer)
            self._writer.execute("COMMIT")
            return
        deadline = time.monotonic() + self.busy_timeout
        self._writers.append(
            connections.connect_file(
                self.path, self._durability, deadline=deadline, newest_version=schema.VERSION
            )
        )
        if schema.version_of(self._writer) < schema.VERSION:
            schema.bring_up_to_date(self._writer, self.path, deadline)

    def _replace_writer(self) -> None:
        self._refuse_replaced_file()
        fresh = len(self._writers)
        self._writer.close()
        self._connect_writer()
        del self._writers[:fresh]
        self._suspect = False

    def _take_turn(self) -> None:
        if self._turn.acquire(blocking=False) or self._turn.acquire(timeout=self.busy_timeout):
            return
        raise errors.StoreBusy(
            f"another thread kept the store for more than {self.busy_timeout:g} seconds; "
            "try again, and keep transactions short",
            details={"path": self.path, "busy_timeout": self.busy_timeout},
        )

    def _refuse_unusable(self) -> None:
        if self._process != os.getpid():
            raise errors.StoreForked(
                "a store can't be used in a child process that inherited it; open it anew there",
                details={"path": self.path},
            )
        if self.closed:
            raise errors.StoreClosed("the store is closed; open it anew with CRM(path)")

    def _notice_other_programs(self) -> None:
        """Looks at the file again where another program replaced it or wrote to it."""
        if self.path is None:
            return
        self._refuse_replaced_file()
        if self._changes_by_others() != self._data_version:
            self._look_again()

    def _look_again(self) -> None:
        """Another program may have upgraded the file, or changed its region."""
        if schema.version_of(self._writer) != schema.VERSION:
            raise errors.StoreTooNew(
                f"{self.path}: was upgraded by a newer wixcrm-local while it was open; "
                "close this program and upgrade it",
                details={"path": self.path},
            )
        row = self._writer.execute(SQL["setting"], (REGION,)).fetchone()
        self.default_region = None if row is None else str(row[0])
        self._data_version = self._changes_by_others()

    def _changes_by_others(self) -> int:
        return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    def _refuse_replaced_file(self) -> None:
        """SQLite would write on, without an error, into a file that nobody can find any more."""
        assert self.path is not None
        try:
            found = _identity(self.path)
        except OSError:
            found = None
        if found != self._file:
            raise errors.StoreReplaced(
                f"{self.path}: was deleted, moved or replaced while it was open; "
                "close the store and open it anew",
                details={"path": self.path},
            )

    # Checkpoints.

    def _empty_log(self) -> None:
        """On a full disk the log's pages may still find room in the file."""
        if self._checkpoints is None:
            return
        self._take_turn()
        try:
            self._checkpoint()
        finally:
            self._turn.release()

    def _checkpoint(self) -> None:
        assert self._checkpoints is not None
        try:
            second = self._readers.borrow()
        except sqlite3.Error:
            return  # postponed: what was committed stands
        self._checkpoints.run(self._writer, second)
        self._readers.give_back(second)


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return (found.st_dev, found.st_ino)


def _close_all(writers: list[sqlite3.Connection], readers: Readers) -> None:
    readers.close()
    while writers:
        writers.pop().close()


_stores: weakref.WeakSet[Store] = weakref.WeakSet()
_inherited: list[object] = []


def _let_go_in_child() -> None:
    """A forked child must not close what it inherited: the parent's locks stand on it."""
    for store in list(_stores):
        _inherited.append(store._close_when_forgotten.detach())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
