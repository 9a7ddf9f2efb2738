"""Tells callbacks what happened, on a thread of their own, after the commit.

Law: a subscription follows the feed, so it hears nothing that was undone and nothing twice; a
callback that fails harms neither the store nor the others, and no writer waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from wixcrm_local import errors, feed, log
from wixcrm_local.answers import Event
from wixcrm_local.context import Context
from wixcrm_local.interval import checked_interval

_PAGE = 100
_PATIENCE = 5.0  # seconds that closing waits for a callback


class Subscription:
    """What `crm.subscribe` gives: `close()` ends it. A context manager, too."""

    def __init__(
        self, context: Context, callback: Callable[[Event], object], interval: float | None
    ) -> None:
        if not callable(callback):
            raise errors.InvalidArgument(
                "callback must be callable; pass a function of one event",
                details={"argument": "callback"},
            )
        self._interval = None if interval is None else checked_interval(interval, 1)
        self._context = context
        self._callback = callback
        self._cursor = feed.since(context, feed.NOW, 1).next_cursor
        self._woken = threading.Event()
        self._ending = self._ended_inside = False
        context.store.listeners.add(self._woken.set)
        self._thread = threading.Thread(target=self._run, name="wixcrm_local-tell", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it, after all that was stored before is told; closing twice is fine."""
        self._context.store.listeners.remove(self._woken.set)
        self._ending = True
        self._woken.set()
        if self._thread is threading.current_thread():
            self._ended_inside = True
        else:
            self._thread.join(_PATIENCE)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        ending = False
        while not ending:
            self._woken.wait(self._interval)
            self._woken.clear()
            ending = self._ending  # looked at first: what was stored before it is told
            try:
                self._tell_all()
            except errors.StoreClosed:
                return
            except errors.StoreError as error:  # the next time tries again
                log.info("subscribers could not be told: %s", error.code)

    def _tell_all(self) -> None:
        while not self._ended_inside:
            page = feed.since(self._context, self._cursor, _PAGE)
            for event in page.events:
                if self._ended_inside:
                    return
                self._tell(event)
            self._cursor = page.next_cursor
            if len(page.events) < _PAGE:
                return

    def _tell(self, event: Event) -> None:
        try:
            self._callback(event)
        except Exception as error:
            log.warning("a subscriber failed on %s: %s", event.kind, type(error).__name__)
