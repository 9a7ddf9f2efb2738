"""What every verb works with: the open store, the clock, and where new ids come from."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime

import attrs

from wixcrm_local.errors import InvalidArgument, WixCRMWarning
from wixcrm_local.policy import Policy
from wixcrm_local.store import Store

Clock = Callable[[], datetime]
NewId = Callable[[], str]

LONGEST_ID = 64
_TAILS_DRAWN = 32


@attrs.frozen(eq=False, repr=False)
class Context:
    """One open store with its default policy.

    `now` gives the time as it is stored, `new_id` the next id.
    """

    store: Store
    policy: Policy
    now: Callable[[], str]
    new_id: NewId
    from_address: str | None = None
    warned: set[str] = attrs.field(factory=set)  # what is said once for each open store

    def warn_once(self, sentence: str, code: str) -> None:
        """Issues a `WixCRMWarning`, unless this open store has issued it before."""
        if sentence not in self.warned:
            self.warn(sentence, code)
            self.warned.add(sentence)  # not before: where warnings are errors, none was stored

    def warn(self, sentence: str, code: str) -> None:
        """Issues a `WixCRMWarning` that points at the caller's line."""
        warnings.warn(WixCRMWarning(sentence, code), stacklevel=_callers_depth())


def _callers_depth() -> int:
    """How many frames up the first one outside this package is: where the user looks."""
    depth, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("wixcrm_local."):
        depth, frame = depth + 1, frame.f_back
    return depth


def stamps(clock: Clock | None) -> Callable[[], str]:
    """A clock's times as they are stored: UTC, ISO 8601, microseconds, 27 characters.

    None is the computer's clock. The answer raises `InvalidArgument` for times without a zone.
    """
    if clock is None:
        return _system_times()

    def checked() -> str:
        moment = clock()
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise InvalidArgument(
                "clock must return an aware datetime; return datetime.now(timezone.utc)",
                details={"argument": "clock"},
            )
        return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"

    return checked


def _system_times() -> Callable[[], str]:
    """The computer's times; only the fraction is written anew within one second."""
    second, begun = -1, ""

    def system_time() -> str:
        nonlocal second, begun
        now, fraction = divmod(time.time_ns() // 1000, 1_000_000)
        if now != second:
            second, begun = now, datetime.fromtimestamp(now, UTC).isoformat()[:19]
        return f"{begun}.{fraction:06d}Z"

    return system_time


def ids(source: NewId | None) -> NewId:
    """A caller's ids, each checked (A6); None is a source of our own."""
    if source is None:
        return time_ordered_ids()

    def checked() -> str:
        made = source()
        if not isinstance(made, str) or not _is_id(made):
            raise InvalidArgument(
                "new_id must return a text of 1 to 64 visible ASCII characters without '@', "
                "such as a GUID; return str(uuid4()) or a text that counts up",
                details={"argument": "new_id"},
            )
        return made

    return checked


def time_ordered_ids() -> NewId:
    """A source of UUIDv7 texts that sort by creation (RFC 9562, section 5.7; A6).

    The 12 bits behind the milliseconds hold their fraction, and count on where a call comes
    within the same one or the computer's clock went back (section 6.2, method 3).
    """
    last = 0
    tails: list[str] = []  # drawn in advance: the call into the system takes longer than the rest

    def next_id() -> str:
        nonlocal last, tails
        last = max(last + 1, time.time_ns() * 4096 // 1_000_000)
        try:
            tail = tails.pop()
        except IndexError:
            tails = _random_tails(os.urandom(8 * _TAILS_DRAWN).hex())
            tail = tails.pop()
        digits = f"{last:015x}"
        return f"{digits[:8]}-{digits[8:12]}-7{digits[12:]}-{tail}"

    return next_id


def _random_tails(digits: str) -> list[str]:
    """The last two groups of ids, from 16 random hexadecimal digits each."""
    return [
        f"{'89ab'[int(digits[at], 16) & 3]}{digits[at + 1 : at + 4]}-{digits[at + 4 : at + 16]}"
        for at in range(0, len(digits), 16)
    ]


def _is_id(made: str) -> bool:
    return (
        0 < len(made) <= LONGEST_ID
        and made.isascii()
        and made.isprintable()
        and not any(mark in made for mark in " @<>")
    )
