"""The two contexts in which a store is written: a transaction, and a part of one.

Law: leaving by an exception leaves nothing of what was done inside.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from types import TracebackType
from typing import NoReturn, Protocol

from wixcrm_local import errors


class Transactional(Protocol):
    """What a store lets these contexts do."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def roll_back(self, error: BaseException) -> None: ...

    def control(self, statement: str) -> None: ...

    def fail(self, error: sqlite3.Error) -> NoReturn: ...


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
            self._store.fail(error)


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
        with suppress(errors.StoreError):  # the first error tells more; the outer will fail too
            self._store.control("ROLLBACK TO nested")
            self._store.control("RELEASE nested")
        if isinstance(error, sqlite3.Error):
            self._store.fail(error)


class Undone(Exception):
    """Leaves a transaction without storing it."""
