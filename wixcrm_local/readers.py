"""The reading connections of one open file: each serves one read at a time, then waits here."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from wixcrm_local import connection as connections
from wixcrm_local.writer import Writer

T = TypeVar("T")

_IDLE_KEPT = 8


class Readers:
    """Lends connections to threads that read. Appending to and popping from a list is atomic."""

    def __init__(self, path: str, durability: str, busy_timeout: float) -> None:
        self._path = path
        self._durability = durability
        self._busy_timeout = busy_timeout
        self._closed = False
        self.idle: list[sqlite3.Connection] = []
        self.in_use: set[object] = set()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, from one state of the file."""
        with self.lent() as reader:
            reader.execute("BEGIN")
            return work(reader)

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """A connection for the caller alone; it is kept for the next, unless SQLite failed."""
        use = object()
        self.in_use.add(use)  # first: a fork must not miss a connection that is being made
        try:
            try:
                reader = self.idle.pop()
            except IndexError:
                reader = connections.connect_reader(
                    self._path, self._durability, self._busy_timeout
                )
            try:
                try:
                    yield reader
                finally:
                    if reader.in_transaction:
                        reader.execute("ROLLBACK")
            except sqlite3.Error:
                connections.close(reader)
                raise
            except BaseException:
                self._keep(reader)
                raise
            self._keep(reader)
        finally:
            self.in_use.discard(use)

    def close(self) -> None:
        """Closes what waits here; what is lent is closed when it comes back."""
        self._closed = True
        self.close_idle()

    def close_idle(self) -> bool:
        """Closes what waits here; whether that is all there is."""
        while self.idle:
            connections.close(self.idle.pop())
        return not self.in_use

    def _keep(self, reader: sqlite3.Connection) -> None:
        if len(self.idle) >= _IDLE_KEPT:
            connections.close(reader)
            return
        self.idle.append(reader)
        if self._closed:  # looked at last: it may have been closed in this moment
            self.close()


def close_all(turn: threading.RLock, writer: Writer, readers: Readers) -> None:
    """Closes what no thread uses; at the interpreter's end one may still be at work."""
    readers.close()
    if turn.acquire(blocking=False):
        try:
            writer.close()
        finally:
            turn.release()
