"""The store of a CRM in tests: it fails where it is told to, and goes back to an earlier state.

Law: what fails here fails where the real store would, with the same effect.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TypeVar

from wixcrm_local import connection as connections
from wixcrm_local import errors
from wixcrm_local.store import Store, Work
from wixcrm_local.testing.failures import Failures

T = TypeVar("T")


class StoreForTests(Store):
    """A `Store` that asks `failures` before it works."""

    def __init__(
        self, path: str | None, durability: str, busy_timeout: float, failures: Failures
    ) -> None:
        self._failures = failures
        # Syncs are nearly all that a file costs, and nobody needs a test's after a power cut. One
        # that was there before may be more than that.
        is_new = path is not None and not os.path.exists(path)
        durability = "none" if is_new and durability == "normal" else durability
        super().__init__(path, durability=durability, busy_timeout=busy_timeout)

    def write(self, work: Work[T], patience: float | None = None) -> T:
        """As the real one; a full disk is found out at the end, when all was done for nothing."""
        due = self._failures.of_store(reads=False)
        if due is None:
            return super().write(work, patience)
        if not isinstance(due.error, errors.StoreFull):
            raise due.error
        has_struck = False

        def refused(connection: sqlite3.Connection) -> T:
            nonlocal has_struck
            work(connection)
            has_struck = True
            raise due.error

        try:
            return super().write(refused, patience)
        finally:
            if not has_struck:
                self._failures.has_not_struck(due)

    def read(self, work: Work[T]) -> T:
        due = self._failures.of_store(reads=True)
        if due is not None:
            raise due.error
        with self._failures.kept_from():  # in memory, a read is a write that changes nothing
            return super().read(work)

    def rehearse(self, work: Work[T]) -> T:
        due = self._failures.of_store(reads=True)
        if due is not None:
            raise due.error
        return super().rehearse(work)

    def copy(self) -> sqlite3.Connection:
        """All that is stored, in a database of its own. Raises `InvalidArgument` inside a
        transaction."""
        made = sqlite3.connect(connections.MEMORY, check_same_thread=False)
        try:
            self._alone(lambda writer: self._copy(writer, made))
        except BaseException:
            made.close()
            raise
        return made

    def become(self, copy: sqlite3.Connection) -> None:
        """Goes back to a copy: all connections and other programs see it, as they see a commit."""

        def work(writer: sqlite3.Connection) -> None:
            self._copy(copy, writer)
            self._writer.look_again(writer)  # the region is one of the file's

        self._alone(work)

    def _alone(self, work: Work[None]) -> None:
        """Runs `work` outside of a transaction, when it is this thread's turn."""
        if self.in_transaction:
            raise errors.InvalidArgument(
                "leave the transaction first: what it did may still be undone"
            )
        self.begin()
        try:
            self._writer.connection.execute("COMMIT")  # SQLite copies only outside of one
            work(self._writer.connection)
        except sqlite3.Error as error:
            self.fail(error)
        finally:
            self._end_transaction()

    def _copy(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        deadline = time.monotonic() + self.busy_timeout

        def after_step(status: int, left: int, pages: int) -> None:
            is_busy = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if is_busy and time.monotonic() >= deadline:
                raise errors.StoreBusy(  # Python would try for ever
                    f"another program kept the store for more than {self.busy_timeout:g} seconds; "
                    "try again",
                    details={"path": self.path, "busy_timeout": self.busy_timeout},
                )

        source.backup(target, progress=after_step, sleep=0.01)
