"""Who watches the mails of this process: nobody, unless a test captures them.

Law: where nobody watches, it costs a look at an empty tuple; where somebody does, no sender is
asked that could let a mail out of the process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from wixcrm_local.context import Context

if TYPE_CHECKING:
    from wixcrm_local.message import OutboxMessage


class Watcher(Protocol):
    """What is told of every mail, in the thread that has to do with it."""

    def recorded(self, context: Context, message: OutboxMessage) -> None:
        """A mail was recorded, perhaps in a transaction that will be undone; or is handed over."""

    def closing(self, context: Context) -> None:
        """A store is about to be closed."""

    def stand_in(self, context: Context, sender: object) -> object:
        """The sender to ask in the place of this one."""


watchers: tuple[Watcher, ...] = ()  # replaced as a whole: whoever reads it needs no lock
_changing = threading.Lock()


def begin(watcher: Watcher) -> None:
    """From now on `watcher` is told."""
    global watchers
    with _changing:
        watchers = (*watchers, watcher)


def end(watcher: Watcher) -> None:
    """From now on it is told no more, whoever began and ended meanwhile."""
    global watchers
    with _changing:
        watchers = tuple(other for other in watchers if other is not watcher)


def recorded(context: Context, message: OutboxMessage) -> None:
    """Tells all watchers."""
    for watcher in watchers:
        watcher.recorded(context, message)


def closing(context: Context) -> None:
    """Tells all watchers."""
    for watcher in watchers:
        watcher.closing(context)


def stand_in(context: Context, sender: object) -> object:
    """Who is asked in the place of a sender: what the newest watcher says."""
    for watcher in watchers[-1:]:
        return watcher.stand_in(context, sender)
    return sender
