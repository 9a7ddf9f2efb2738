"""Moves committed pages from the write-ahead log into the file, off the caller's path.

Law: on a SQLite with the WAL-reset bug (3.7.0 to 3.51.2) a checkpoint runs only while this
store holds the write lock, so that no commit of another process can race it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from wixcrm_local import faults, log
from wixcrm_local.connection import WAL_KEPT, WAL_KEPT_BESIDE_LARGE, begin_immediate, in_time
from wixcrm_local.readers import Readers

# Changed rows after which the log's size is looked at: each look costs a tenth of a commit.
LOOK_AFTER = 16
CACHE = 2000  # KiB of a file that SQLite keeps by itself
# A reader can keep a checkpoint from finishing: the next try waits for this much growth.
_RETRY_AFTER = 4 * 1024 * 1024
_LARGE = 64 * 1024 * 1024  # of the file, in octets: a hundred thousand contacts
# Seconds it waits for another process's commit: the caller's own is stored, and should return.
_WAIT = 0.1


def set_cache(connection: sqlite3.Connection, kibibytes: int) -> None:
    """How much of the file is kept: what a long transaction changes twice is written once."""
    connection.execute(f"PRAGMA cache_size=-{kibibytes}")


def reset_bug(version: tuple[int, ...]) -> bool:
    """Whether this SQLite may lose committed pages when a checkpoint races a commit."""
    fixed_since = {(3, 44): 6, (3, 50): 7, (3, 51): 3}.get((version[0], version[1]))
    return version < (3, 52) if fixed_since is None else version[2] < fixed_since


class Checkpoints:
    """Decides when the log of one file is checkpointed, and does it."""

    def __init__(self, path: str) -> None:
        self._file, self._wal = path, f"{path}-wal"
        self._kept = self._next_at = WAL_KEPT
        self._looked_at = -LOOK_AFTER  # the first commit looks: others may have left a long log
        self._guarded = reset_bug(sqlite3.sqlite_version_info)

    def due(self, changes: int) -> bool:
        """Whether the log should be moved into the file; `changes` counts the rows changed."""
        if 0 <= changes - self._looked_at < LOOK_AFTER:
            return False
        self._looked_at = changes
        size = _size_of(self._wal)
        if size <= self._kept:
            self._next_at = self._kept
            return False
        if size <= self._next_at:
            return False
        self._next_at = size + _RETRY_AFTER
        return True

    def scrub(self, writer: sqlite3.Connection, readers: Readers, patience: float) -> bool:
        """Writes the file anew without what was deleted, and empties the log.

        SQLite overwrites what is deleted, but leaves copies of what it had moved before. False
        where somebody still reads an older state, for whom the log is kept.
        """
        deadline = time.monotonic() + patience
        in_time(lambda: writer.execute("VACUUM"), deadline)
        with _holding_write_lock(writer, True), readers.lent() as second:
            query = "PRAGMA wal_checkpoint(PASSIVE)"
            is_busy, frames, moved = second.execute(query).fetchone()
        if is_busy or frames != moved:
            return False
        # A log that is begun anew is cut to what is written then: here, one page of no person.
        ((version,),) = writer.execute("PRAGMA user_version").fetchall()
        ((page_size,),) = writer.execute("PRAGMA page_size").fetchall()
        writer.execute("PRAGMA journal_size_limit=0")
        try:
            begin_immediate(writer, deadline)
            writer.execute(f"PRAGMA user_version={version}")
            writer.execute("COMMIT")
        finally:
            writer.execute(f"PRAGMA journal_size_limit={self._kept}")
        return os.stat(self._wal).st_size <= 3 * int(page_size)

    def run(self, writer: sqlite3.Connection, readers: Readers) -> None:
        """One checkpoint through a second connection; a failure only postpones it."""
        try:
            with _holding_write_lock(writer, self._guarded), readers.lent() as second:
                ((busy, logged, moved),) = second.execute("PRAGMA wal_checkpoint(PASSIVE)")
            if not busy and logged == moved:  # the next commit begins it anew
                self._next_at = self._kept
            self._keep_more_beside_large(writer)
        except sqlite3.Error as error:
            log.info("checkpoint postponed: %s", faults.name_of(error))

    def _keep_more_beside_large(self, writer: sqlite3.Connection) -> None:
        if self._kept == WAL_KEPT and _size_of(self._file) >= _LARGE:
            self._kept = self._next_at = WAL_KEPT_BESIDE_LARGE
            writer.execute(f"PRAGMA journal_size_limit={self._kept}")


def _size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


@contextmanager
def _holding_write_lock(writer: sqlite3.Connection, guarded: bool) -> Iterator[None]:
    if not guarded:
        yield
        return
    try:
        begin_immediate(writer, time.monotonic() + _WAIT)
        yield
    finally:
        if writer.in_transaction:
            writer.execute("ROLLBACK")
