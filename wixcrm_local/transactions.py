"""The two contexts in which a store is written: a transaction, and a part of one.

Law: leaving by an exception leaves nothing of what was done inside.
"""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Protocol

from wixcrm_local import errors, faults


class Transactional(Protocol):
    """What a store lets these contexts do."""

    path: str | None

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def roll_back(self, error: BaseException) -> None: ...

    def control(self, statement: str) -> None: ...


class Outermost:
    """One transaction of the file."""

    __slots__ = ("_store",)

    def __init__(self, store: Transactional) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store.begin()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._store.commit()
            return
        self._store.roll_back(error)
        if isinstance(error, sqlite3.Error):
            faults.reraise(error, self._store.path)


class Savepoint:
    """A part of this thread's transaction that can fail alone."""

    __slots__ = ("_store",)

    def __init__(self, store: Transactional) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store.control("SAVEPOINT nested")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._store.control("RELEASE nested")
            return
        try:
            self._store.control("ROLLBACK TO nested")
            self._store.control("RELEASE nested")
        except errors.StoreFailed:
            pass  # the first error tells more; the outer transaction will say so itself
        if isinstance(error, sqlite3.Error):
            faults.reraise(error, self._store.path)
