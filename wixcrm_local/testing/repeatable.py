"""A clock and ids that are the same in every run of a test."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from wixcrm_local import errors

_PREFIX = "00000000-0000-7000-8000-"
_START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until it is moved by hand; any thread may read or move it.

    `FakeClock()` shows noon of 31 January 2026, UTC. Give it to `CRM(clock=…)`.
    """

    def __init__(self, now: datetime = _START) -> None:
        self._lock = threading.Lock()
        self._now = _aware(now)

    def __call__(self) -> datetime:
        return self._now

    @property
    def now(self) -> datetime:
        """What it shows."""
        return self._now

    def move(self, by: timedelta | None = None, **units: float) -> datetime:
        """Moves on by a timedelta, or by the arguments of one, `move(minutes=5)`; back, where
        they are negative. Gives what it shows then."""
        with self._lock:
            self._now += (by or timedelta()) + timedelta(**units)
            return self._now

    def set(self, now: datetime) -> datetime:
        """Shows another moment, an aware datetime."""
        with self._lock:
            self._now = _aware(now)
            return self._now

    def __repr__(self) -> str:
        return f"<FakeClock at {self._now.isoformat()}>"


class SequentialIds:
    """Ids of the shape of a GUID that count up from 1; any thread may take one.

    Give it to `CRM(new_id=…)`. Contacts and mails take theirs from the same row of numbers.
    """

    def __init__(self, first: int = 1) -> None:
        self._numbers = itertools.count(first)

    def __call__(self) -> str:
        return f"{_PREFIX}{next(self._numbers):012}"

    def go_on_behind(self, ids: Iterable[str]) -> None:
        """Leaves out all numbers up to the highest of these ids, where they are of this kind."""
        ends = [id.removeprefix(_PREFIX) for id in ids if id.startswith(_PREFIX)]
        highest = max((int(end) for end in ends if end.isdecimal()), default=0)
        self._numbers = itertools.count(max(highest + 1, next(self._numbers)))

    def __repr__(self) -> str:
        return "<SequentialIds>"


def _aware(now: object) -> datetime:
    if not isinstance(now, datetime) or now.tzinfo is None:
        raise errors.InvalidArgument(
            "a FakeClock shows an aware datetime; pass datetime(2026, 1, 31, tzinfo=timezone.utc)",
            details={"argument": "now"},
        )
    return now
