"""The one connection through which an open store is written, and what it knows of its file.

Law: nothing is written to a file that was replaced, to one that a newer version upgraded, or
through a connection that has seen the disk fail.
"""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from typing import Any, NoReturn

from wixcrm_local import connection as connections
from wixcrm_local import errors, faults, forking, log, schema
from wixcrm_local.queries import SQL

REGION = "default_region"  # the setting's name
REKEY_FROM = "rekey_from"  # that of the region before, while numbers still have its keys (P5)
# Faults that may be of the connection and not of the file: a page the disk could not read is
# reported as damage, and a file that could not be opened for writing is opened for reading.
_OF_THE_CONNECTION = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_DATA_VERSION = "PRAGMA data_version"  # another number once another connection has written


class Writer:
    """The writing connection to the file at `path`, or to a store in memory where that is None.

    One thread at a time may use it: the store sees to that.
    """

    def __init__(self, path: str | None, durability: str, deadline: float) -> None:
        connections.check_sqlite()
        self.path = path
        self.default_region: str | None = None  # in which national phone numbers are read (P1)
        self.rekeying: str | None = None  # the region before, '' for none, until a rekey ends
        # What was read of the file and still holds. Forgotten once another program wrote, or
        # anything was undone; whoever changes what stands here forgets it, too.
        self.remembered: dict[object, Any] = {}
        self._durability = durability
        self._trusted = True  # until the disk reports an error
        self.alone = False  # while a full disk has no room for what readers share with it
        self._data_version = 0  # of what was last looked at
        self._device, self._inode = (0, 0) if path is None else connections.ensure_file(path)
        if path is not None:
            forking.refuse_inherited(self.file, path)
        self.connection = self._connect(deadline)
        self.let_go()

    @property
    def file(self) -> tuple[int, int]:
        """Which file it is, whatever names it has."""
        return (self._device, self._inode)

    def begin(self, deadline: float) -> None:
        """Takes the write lock, and looks at what other programs did to the file meanwhile."""
        if self.alone or not self._trusted:
            self._replace_connection(deadline)
        elif self.connection.in_transaction:  # left open by an interrupted thread
            self.roll_back()
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")  # nearly always at once
        except sqlite3.OperationalError:
            connections.begin_immediate(connection, deadline)
        if self.path is None:
            return
        self.refuse_replaced_file()
        if connection.execute(_DATA_VERSION).fetchone()[0] != self._data_version:
            self.look_again(connection)

    def commit(self) -> None:
        """Stores the transaction, or undoes it and raises the documented error."""
        try:
            if self.connection.in_transaction:
                self.connection.execute("COMMIT")
                return
        except sqlite3.Error as error:
            self.note(error)
            self.roll_back()
            faults.reraise(error, self.path)
        except BaseException:
            self.roll_back()
            raise
        self._refuse_undone()

    def roll_back(self) -> None:
        """Undoes the transaction, if one is open; what fails here, fails the connection."""
        self.remembered.clear()
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            self._distrust(error)

    def control(self, statement: str) -> None:
        """Runs a SAVEPOINT statement of the open transaction.

        Raises `StoreFailed` where SQLite undid the whole transaction after a fault.
        """
        if not self.connection.in_transaction:
            self._refuse_undone()
        if statement.startswith("ROLLBACK"):
            self.remembered.clear()
        try:
            self.connection.execute(statement)
        except sqlite3.Error as error:
            self.note(error)
            faults.reraise(error, self.path)

    def note(self, error: BaseException) -> None:
        """Remembers that the connection failed: an error of a sync is reported only once."""
        if isinstance(error, sqlite3.Error):
            log.info("write failed: %s", faults.name_of(error))
            if faults.primary_code(error) in _OF_THE_CONNECTION:
                self._distrust(error)

    def refuse_replaced_file(self) -> None:
        """SQLite would write on, without an error, into a file that nobody can find any more."""
        if self.path is None:
            return
        try:
            found = os.stat(self.path)
            if found.st_ino == self._inode and found.st_dev == self._device:
                return
        except OSError:
            pass
        raise errors.StoreReplaced(
            f"{self.path}: was deleted, moved or replaced while it was open; "
            "close the store and open it anew",
            details={"path": self.path},
        )

    def disconnect(self) -> None:
        """Closes the connection; the next transaction makes another."""
        self.close()
        self._trusted = False

    def let_go(self) -> None:
        """Gives the file free between transactions, where others are kept from it."""
        if self.alone:
            self.connection.close()

    def close(self) -> None:
        connections.close(self.connection)

    def _connect(self, deadline: float) -> sqlite3.Connection:
        if self.path is None:
            connection = schema.connect_memory()
        else:
            connection = self._connect_file(self.path, deadline)
        try:
            # Another program that closes the file just now has it for itself for a moment.
            if (
                connections.in_time(lambda: schema.version_of(connection), deadline)
                < schema.VERSION
            ):
                schema.bring_up_to_date(connection, self.path or connections.MEMORY, deadline)
            connections.in_time(lambda: self.look_again(connection), deadline)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_file(self, path: str, deadline: float) -> sqlite3.Connection:
        connect = partial(
            connections.connect_file,
            path,
            self._durability,
            deadline=deadline,
            newest_version=schema.VERSION,
        )
        self.alone = False
        try:
            return connect()
        except errors.StoreFull as error:
            if not faults.lacks_shared_memory(error.__cause__):
                raise
        connection = connect(alone=True)  # a full disk can still be read
        self.alone = True
        return connection

    def _replace_connection(self, deadline: float) -> None:
        self.connection.close()
        self.refuse_replaced_file()
        self.connection = self._connect(deadline)
        self._trusted = True

    def _refuse_undone(self) -> NoReturn:
        raise errors.StoreFailed(
            f"{self.path or 'the store in memory'}: an earlier fault undid this transaction; "
            "leave it and begin again",
            details={"path": self.path},
        )

    def _distrust(self, error: sqlite3.Error) -> None:
        if self.path is not None:  # memory has no other copy to go back to
            self._trusted = False

    def look_again(self, connection: sqlite3.Connection) -> None:
        """Another program may have upgraded the file, or changed its region."""
        self.remembered.clear()
        # Read first: what is committed after this line, the next transaction notices.
        data_version = connection.execute(_DATA_VERSION).fetchone()[0]
        if schema.version_of(connection) != schema.VERSION:
            raise errors.StoreTooNew(
                f"{self.path}: was upgraded by a newer wixcrm-local while it was open; "
                "close this program and upgrade it",
                details={"path": self.path},
            )
        self.look_at_region(connection)
        self._data_version = data_version

    def look_at_region(self, connection: sqlite3.Connection) -> None:
        """Reads the region anew, and whether all keys are of it."""
        found = dict(connection.execute(SQL["settings_of_region"], (REGION, REKEY_FROM)).fetchall())
        self.default_region, self.rekeying = found.get(REGION), found.get(REKEY_FROM)
