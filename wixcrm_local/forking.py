"""Keeps a fork from costing a contact: SQLite's locks belong to a process, and a child that
inherits what SQLite remembers of its parent's would not take its own.

Law: at a fork every connection to a file is closed that nobody uses at that moment; a file whose
connections could not be closed can't be opened by the child.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from typing import Protocol

from wixcrm_local import connection as connections
from wixcrm_local import errors


class Forkable(Protocol):
    """What an open store can be asked around a fork of its process."""

    def let_go(self) -> bool:
        """Before it: closes all connections to the file. False where one is in use."""

    def go_on(self) -> None:
        """After it, in the parent: the store may be used again."""

    def give_up(self) -> tuple[int, int] | None:
        """After it, in the child: the store refuses all use. Which file it is of."""


_stores: weakref.WeakSet[Forkable] = weakref.WeakSet()
_in_use: list[Forkable] = []  # at the fork that is just happening
_inherited: set[tuple[int, int] | None] = set()  # in a child: files whose locks it can't take


def watch(store: Forkable) -> None:
    """Has the store asked at each fork, for as long as it is open."""
    _stores.add(store)


def refuse_inherited(file: tuple[int, int], path: str) -> None:
    """Raises `StoreForked` where this process inherited open connections to the file."""
    if file in _inherited:
        raise errors.StoreForked(
            f"{path}: was in use when this process was forked, so it can't be opened here without "
            "risk; fork while no call or transaction is open, or start the process by spawn",
            details={"path": path},
        )


def _before() -> None:
    connections.creating.acquire()  # nobody opens or closes a connection until it is over
    connections.closing.acquire()
    for store in list(_stores):
        free = False
        with suppress(Exception):  # a fork must happen, whatever goes wrong here
            free = store.let_go()
        if not free:
            _in_use.append(store)


def _after_in_parent() -> None:
    for store in list(_stores):
        store.go_on()
    _in_use.clear()
    connections.closing.release()
    connections.creating.release()


def _after_in_child() -> None:
    for store in list(_stores):
        file = store.give_up()
        if store in _in_use:
            _inherited.add(file)
    _stores.clear()
    _in_use.clear()
    connections.closing.release()
    connections.creating.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
