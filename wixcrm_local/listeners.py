"""Who is called after each commit of one open store.

Law: a listener only notes that there is something to look at; what it is, it reads itself.
"""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[], object]


class Listeners:
    """The listeners of a store; any thread may add and remove one."""

    def __init__(self) -> None:
        self.all: tuple[Listener, ...] = ()  # replaced as a whole
        self._told = 0

    def add(self, listener: Listener) -> None:
        self.all = (*self.all, listener)

    def remove(self, listener: Listener) -> None:
        self.all = tuple(each for each in self.all if each != listener)

    def tell(self, changes: int) -> None:
        """Calls all, unless no row was changed since: in memory, reads commit as well."""
        if changes != self._told:
            self._told = changes
            for listener in self.all:
                listener()
