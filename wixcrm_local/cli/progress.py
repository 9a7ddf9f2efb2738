"""How far a long job is, on stderr, and only where that is a terminal."""

from __future__ import annotations

import os
import stat
import sys
import time
from io import BufferedIOBase
from types import TracebackType
from typing import Self

_BAR = 30
_PAUSE = 0.1  # seconds between two drawings
_TOO_SOON = 1.0  # seconds before a pace is known
_NOTHING = ("", "dumb")


class Progress:
    """A bar for a file, whose size is known; a count for a pipe. Leaves no trace on the screen.

    Without a source it is for a job that knows by itself how far it is.
    """

    def __init__(
        self,
        source: BufferedIOBase | None = None,
        unit: str = "records",
        *,
        is_wanted: bool = True,
    ) -> None:
        self._total = None if source is None else _size(source)
        self._unit = unit
        self._done = 0
        self._drawn_at = 0.0
        self._began_at = time.monotonic()
        self._width = 0
        self._visible = (
            is_wanted and sys.stderr.isatty() and os.environ.get("TERM", "any") not in _NOTHING
        )

    def advance(self, size: int, records: int) -> None:
        """Notes that `size` more bytes are done, and `records` records in all."""
        self._done += size
        now = time.monotonic()
        if self._visible and now - self._drawn_at >= _PAUSE:
            self._drawn_at = now
            self._draw(f"{self._bar()}{records:,} {self._unit}{self._pace(records, now)}")

    def reach(self, done: int, total: int, shown: int) -> None:
        """Notes that `done` of `total` is done, which is shown as `shown` units."""
        self._total = total
        self.advance(done - self._done, shown)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._visible and self._width:
            self._draw(" " * len("^C"))  # which the terminal may have added behind the bar
            self._draw("")
            self._write("\r")

    def _pace(self, records: int, now: float) -> str:
        """How fast it goes over the whole job, and how long that will still take."""
        seconds = now - self._began_at
        if seconds < _TOO_SOON or not records:
            return ""
        pace = f"  {records / seconds:,.0f}/s"
        if not self._total or not 0 < self._done < self._total:
            return pace
        left = round(seconds * (self._total - self._done) / self._done)
        return f"{pace}  {left // 60}:{left % 60:02d} left"

    def _bar(self) -> str:
        if not self._total:
            return ""
        part = min(self._done / self._total, 1.0)
        return f"[{'#' * int(part * _BAR):-<{_BAR}}] {part:4.0%}  "

    def _draw(self, text: str) -> None:
        self._width = max(self._width, len(text))
        self._write("\r" + text.ljust(self._width))

    def _write(self, text: str) -> None:
        """A terminal that was closed must not end the job whose progress it showed."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            self._visible = False


def _size(source: BufferedIOBase) -> int | None:
    """The size of a regular file, whether it was named or is standard input."""
    try:
        found = os.fstat(source.fileno())
    except (OSError, ValueError, AttributeError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
