"""The store behind a desk: jobs go in on one thread, answers come out on another.

A window must not wait for a disk, and Tk's widgets belong to the thread that made them. So jobs
run on threads of the desk, and what they answer waits in a queue until the window asks for it.

Law: no job touches the window, no answer the store; an answer that is overtaken is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from wixcrm_local import CRM

A = TypeVar("A")


class Desk:
    """`ask` from the window's thread, and call `hand_over` there every few milliseconds."""

    def __init__(
        self, open_store: Callable[[], CRM], failed: Callable[[Exception], object]
    ) -> None:
        """The store is opened on its thread, too: that of a large old file can take a while."""
        self.ending = False
        self._failed = failed
        self._quick = ThreadPoolExecutor(1, "quick")  # one after another, so in order
        self._long = ThreadPoolExecutor(1, "long")  # imports and mails, which others overtake
        self._answers: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._newest: Counter[str] = Counter()
        self._store = self._quick.submit(open_store)

    def ask(
        self,
        job: Callable[[CRM], A],
        then: Callable[[A], object],
        *,
        failed: Callable[[Exception], object] | None = None,
        topic: str = "",
        long: bool = False,
    ) -> None:
        """Has `job` done with the store, and its answer given to `then`.

        Of one topic only the newest question is answered: of a search that somebody is still
        typing, older ones are not even begun.
        """
        self._newest[topic] += 1
        number = self._newest[topic]

        def overtaken() -> bool:
            return topic != "" and number != self._newest[topic]

        def work() -> None:
            if overtaken():
                return
            try:
                answer = partial(then, job(self._store.result()))
            except Exception as error:
                answer = partial(failed or self._failed, error)
            self._answers.put(lambda: None if overtaken() else answer())

        (self._long if long else self._quick).submit(work)

    def tell(self, then: Callable[[], object]) -> None:
        """For jobs that have something to say on their way."""
        self._answers.put(then)

    def hand_over(self) -> None:
        """Gives the answers that are there to those who asked."""
        for _ in range(self._answers.qsize()):
            self._answers.get()()

    def close(self) -> None:
        """Finishes what was asked, and the store. Long jobs look at `ending` and may stop."""
        self.ending = True
        self._long.shutdown()
        if self._store.exception() is None:
            self._quick.submit(self._store.result().close)
        self._quick.shutdown()
