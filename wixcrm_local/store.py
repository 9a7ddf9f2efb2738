"""One open store: who may write, who may read, and whose turn it is.

Law: every write is one BEGIN IMMEDIATE transaction of one thread; nothing that stands on an
open cursor leaves this room; every error that does is a documented one.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import Any, NoReturn, TypeVar

from wixcrm_local import errors, faults, forking, wal
from wixcrm_local.listeners import Listeners
from wixcrm_local.readers import Readers
from wixcrm_local.transactions import Outermost, Savepoint, Undone
from wixcrm_local.writer import REGION as REGION
from wixcrm_local.writer import REKEY_FROM as REKEY_FROM
from wixcrm_local.writer import Writer

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Store:
    """A store on a file, or in memory where `path` is None.

    Threads take turns at writing, and in memory at reading too; readers of a file have
    connections of their own and wait for nobody. `busy_timeout` is in seconds.
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
        self._refusal: Callable[[], errors.StoreError] | None = None  # once it can't be used
        # Re-entrant only so that a thread can tell whether it has the turn: see _end_turn.
        self._turn = threading.RLock()
        self._owner: int | None = None  # the thread that has the turn
        self._is_let_go = False  # while a fork happens
        self.listeners = Listeners()
        try:
            self._writer = Writer(path, durability, time.monotonic() + busy_timeout)
        except BaseException as error:
            faults.reraise(error, path)
        self._readers = Readers(path or "", durability, busy_timeout)
        self._checkpoints = None if path is None else wal.Checkpoints(path)
        self._close_when_forgotten = weakref.finalize(
            self, _close_all, self._turn, self._writer, self._readers
        )
        forking.watch(self)

    def write(self, work: Work[T], patience: float | None = None) -> T:
        """What `work` returns, after everything it changed is stored, or nothing is.

        Inside a transaction of this thread it is a savepoint of that; else a transaction of its
        own, tried again once if the disk is full but the log can be emptied. `patience` stands for
        `busy_timeout` where the work could as well be done another time.
        """
        if self._owner == get_ident():
            with Savepoint(self):
                return work(self._writer.connection)
        try:
            return self._write_alone(work, patience)
        except errors.StoreFull:
            self._empty_log()
        return self._write_alone(work, patience)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A context in which this thread's writes are stored together or not at all (A7)."""
        if self.in_transaction:
            with Savepoint(self):
                yield
            return
        try:
            with Outermost(self):
                yield
        except BaseException as error:
            self.roll_back(error)  # if an interrupt kept the context from its end
            raise

    def read(self, work: Work[T]) -> T:
        """What `work` returns, from one state of the store."""
        if self.in_transaction:
            try:
                return work(self._writer.connection)
            except faults.OF_SQLITE as error:
                self.fail(error)
        if self.path is None or self._writer.alone:
            return self.write(work)  # its one connection serves one thread at a time
        if self._refusal is not None:
            raise self._refusal()
        try:
            self._writer.refuse_replaced_file()
            return self._readers.read(work)
        except faults.OF_SQLITE as error:
            faults.reraise(error, self.path)

    def rehearse(self, work: Work[T]) -> T:
        """What `work` returns, after everything it changed is undone."""
        answers: list[T] = []

        def undone(connection: sqlite3.Connection) -> None:
            answers.append(work(connection))
            raise Undone

        with suppress(Undone):
            self.write(undone)
        return answers[0]

    def scrub(self) -> bool:
        """Leaves nothing in the file that was deleted; False where that can't be done now (U7)."""
        if self.in_transaction or self._checkpoints is None:
            return not self.in_transaction
        self.begin()  # which looks whether the connection still is the file's
        writer = self._writer.connection
        try:
            writer.execute("ROLLBACK")
            return self._checkpoints.scrub(writer, self._readers, self.busy_timeout)
        except sqlite3.Error as error:
            self._writer.note(error)
            return False
        finally:
            self._writer.roll_back()
            self._end_transaction()

    @property
    def default_region(self) -> str | None:
        """The region in which national phone numbers are read, as last seen in the file (P1)."""
        return self._writer.default_region

    @default_region.setter
    def default_region(self, region: str | None) -> None:
        self._writer.default_region = region

    @property
    def rekeying(self) -> str | None:
        """The region before, '' for none, while some numbers still have its keys (P5)."""
        return self._writer.rekeying

    def look_at_region(self, connection: sqlite3.Connection) -> None:
        """Reads both anew, for whoever changed them in this transaction."""
        self._writer.look_at_region(connection)

    @property
    def remembered(self) -> dict[object, Any]:
        """What was read and still holds, for whoever is inside `write`; see `Writer`."""
        return self._writer.remembered

    @property
    def in_transaction(self) -> bool:
        """Whether this thread's transaction is open."""
        return self._owner == get_ident()

    @property
    def closed(self) -> bool:
        return self._refusal is not None

    def close(self) -> None:
        """Ends the use of the store; closing twice is fine, closing inside a transaction not."""
        if self.in_transaction:
            raise errors.InvalidArgument("leave the transaction before closing the store")
        if self.closed:
            return
        try:
            self._take_turn()
        except errors.StoreClosed:
            return  # by another thread, while this one waited
        try:
            self._refusal = faults.closed
            self._close_when_forgotten()
        finally:
            self._end_turn()

    def _write_alone(self, work: Work[T], patience: float | None) -> T:
        """As `Outermost` does it, without a context: this is each single call's way."""
        try:
            self.begin(patience)
            result = work(self._writer.connection)
            self.commit()
            return result
        except BaseException as error:
            self.roll_back(error)
            faults.reraise(error, self.path)

    # What the contexts of transactions.py are made of.

    def begin(self, patience: float | None = None) -> None:
        deadline = time.monotonic() + (self.busy_timeout if patience is None else patience)
        self._take_turn(patience)
        try:
            self._writer.begin(deadline)
        except BaseException as error:
            self._writer.roll_back()
            self._writer.note(error)
            self._end_transaction()
            faults.reraise(error, self.path)

    def commit(self) -> None:
        if self._owner != get_ident():
            self._refuse_stranger()
        try:
            self._writer.commit()
            changes = self._writer.connection.total_changes
            if self._checkpoints is not None and self._checkpoints.due(changes):
                self._checkpoints.run(self._writer.connection, self._readers)
        finally:
            self._end_transaction()
        self.listeners.tell(changes)

    def roll_back(self, error: BaseException) -> None:
        """Undoes this thread's transaction, if it has one: a child leaves that of its parent."""
        if not self.in_transaction:
            return
        try:
            self._writer.roll_back()
            self._writer.note(error)
        finally:
            self._end_transaction()

    def control(self, statement: str) -> None:
        if self._owner != get_ident():
            self._refuse_stranger()
        self._writer.control(statement)

    def fail(self, error: faults.OfSQLite) -> NoReturn:
        """Raises the documented error, after what it means for the writer is noted."""
        self._writer.note(error)
        faults.reraise(error, self.path)

    # Around a fork, see forking.py.

    def let_go(self) -> bool:
        if self.path is None or self._refusal is not None:
            return True
        if self.in_transaction or not self._turn.acquire(blocking=False):
            return False
        self._is_let_go = True  # and this thread's turn lasts until the fork is over
        free = self._readers.close_idle()
        self._writer.disconnect()
        return free

    def go_on(self) -> None:
        if self._is_let_go:
            self._is_let_go = False
            self._turn.release()

    def give_up(self) -> tuple[int, int] | None:
        self._owner = None
        self._refusal = faults.forked
        _inherited.append(self._close_when_forgotten.detach())  # the parent's are not to be closed
        return None if self.path is None else self._writer.file

    # Turns.

    def _take_turn(self, patience: float | None = None) -> None:
        patience = self.busy_timeout if patience is None else patience
        if self._refusal is not None:
            raise self._refusal()
        try:
            if not self._turn.acquire(False) and not self._turn.acquire(timeout=patience):
                raise errors.StoreBusy(
                    f"another thread kept the store for more than {patience:g} seconds; "
                    "try again, and keep transactions short",
                    details={"path": self.path, "busy_timeout": patience},
                )
            self._owner = get_ident()
            if self._refusal is not None:  # closed in the meantime
                raise self._refusal()
        except BaseException:
            self._end_turn()
            raise

    def _end_transaction(self) -> None:
        self._writer.let_go()
        self._end_turn()

    def _end_turn(self) -> None:
        """Lets the next thread in; does nothing where this thread's turn had not come."""
        if self._owner == get_ident():
            self._owner = None
        try:
            self._turn.release()
        except RuntimeError:  # not ours: refused, or interrupted while it waited
            return

    def _refuse_stranger(self) -> NoReturn:
        """A transaction is nothing to another thread, nor to a child process."""
        if self._refusal is not None:
            raise self._refusal()
        sentence = "a transaction belongs to its thread; leave it on the thread that entered it"
        raise errors.StoreFailed(sentence, details={"path": self.path})

    def _empty_log(self) -> None:
        """On a full disk the log's pages may still find room in the file."""
        if self._checkpoints is None:
            return
        self._take_turn()
        try:
            self._checkpoints.run(self._writer.connection, self._readers)
        finally:
            self._end_turn()


def _close_all(turn: threading.RLock, writer: Writer, readers: Readers) -> None:
    """Closes what no thread uses; at the interpreter's end one may still be at work."""
    readers.close()
    if turn.acquire(blocking=False):
        try:
            writer.close()
        finally:
            turn.release()


_inherited: list[object] = []  # of a parent process: not to be closed in its child
