"""The reading connections of one open file: each serves one read at a time, then waits here."""

from __future__ import annotations

import sqlite3

from wixcrm_local import connection as connections

_IDLE_KEPT = 8


class Readers:
    """Lends connections to threads that read. Appending to and popping from a list is atomic."""

    def __init__(self, path: str, durability: str, busy_timeout: float) -> None:
        self._path = path
        self._durability = durability
        self._busy_timeout = busy_timeout
        self._closed = False
        self.idle: list[sqlite3.Connection] = []

    def borrow(self) -> sqlite3.Connection:
        """A connection for the caller alone, until it is given back or closed."""
        try:
            return self.idle.pop()
        except IndexError:
            return connections.connect_reader(self._path, self._durability, self._busy_timeout)

    def give_back(self, reader: sqlite3.Connection) -> None:
        """Keeps a connection that did its work, for the next who reads."""
        if self._closed or len(self.idle) >= _IDLE_KEPT:
            reader.close()
        else:
            self.idle.append(reader)

    def close(self) -> None:
        """Closes what waits here; what is lent is closed when it comes back."""
        self._closed = True
        while self.idle:
            self.idle.pop().close()
