"""Ends a long command politely: the first signal asks it to stop, a second Ctrl-C interrupts it.

Law: a handler does nothing but note that it was called, and what is safe at any moment.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_NAP = 0.2  # seconds; on Windows a longer sleep on an event could not be interrupted
# Some systems have no SIGHUP (a terminal that is closed), others no SIGBREAK (Ctrl-Break).
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_SAID = b"\nstopping: the mail in hand is finished first (Ctrl-C again interrupts at once)\n"


class Stop(threading.Event):
    """Set by a signal, whose number it keeps; `crm.deliver` takes it as its `stop`.

    A handler may run while the very same thread is inside of `Event.wait`, and `Event.set` would
    wait for the lock it holds there, for ever. So a plain attribute says it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.number: int | None = None
        self.is_busy = False  # whether there is anything to be finished first

    def is_set(self) -> bool:
        return self.number is not None

    def nap(self, seconds: float) -> None:
        """Waits so long, or until it is set."""
        end = time.monotonic() + seconds
        while not self.is_set() and (left := end - time.monotonic()) > 0:
            time.sleep(min(_NAP, left))


@contextmanager
def stop_by_signals() -> Iterator[Stop]:
    """A `Stop` that is set by Ctrl-C, SIGTERM and the closing of the terminal, while inside.

    A signal that whoever started us had ignored, as nohup does, stays so.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread is interrupted, and only it may set a handler
        return

    def note(number: int, frame: Any) -> None:
        if stop.number is not None:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            return
        stop.number = number
        if stop.is_busy:
            _say(_SAID)

    before = {}
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: bytes) -> None:
    """Writes past Python's streams, which may be in the middle of a word."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = sys.stderr.fileno()
        os.write(descriptor, text if os.isatty(descriptor) else text.lstrip())
