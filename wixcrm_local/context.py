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

_LONGEST_ID = 64


@attrs.frozen(eq=False, repr=False)
class Context:
    """One open store with its clock, ids and default policy."""

    store: Store
    clock: Clock
    id_source: NewId
    policy: Policy
    from_address: str | None = None
    warned: set[str] = attrs.field(factory=set)  # what is said once for each open store

    def now(self) -> str:
        """The clock's time as it is stored: UTC, ISO 8601, microseconds, 27 characters."""
        moment = self.clock()
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise InvalidArgument(
                "clock must return an aware datetime; return datetime.now(timezone.utc)",
                details={"argument": "clock"},
            )
        return stamp(moment)

    def new_id(self) -> str:
        """The next id, from the caller's source or our own (A6)."""
        made = self.id_source()
        if not isinstance(made, str) or not _is_id(made):
            raise InvalidArgument(
                "new_id must return a text of 1 to 64 visible ASCII characters without '@', "
                "such as a GUID; return str(uuid4()) or a text that counts up",
                details={"argument": "new_id"},
            )
        return made

    def warn_once(self, sentence: str) -> None:
        """Issues a `WixCRMWarning`, unless this open store has issued it before."""
        if sentence not in self.warned:
            self.warned.add(sentence)
            self.warn(sentence)

    def warn(self, sentence: str) -> None:
        """Issues a `WixCRMWarning` that points at the caller's line."""
        warnings.warn(sentence, WixCRMWarning, stacklevel=_callers_depth())


def _callers_depth() -> int:
    """How many frames up the first one outside this package is: where the user looks."""
    depth, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("wixcrm_local."):
        depth, frame = depth + 1, frame.f_back
    return depth


def stamp(moment: datetime) -> str:
    """A time as it is stored."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def system_clock() -> datetime:
    """The computer's time."""
    return datetime.now(UTC)


def time_ordered_ids() -> NewId:
    """A source of UUIDv7 texts that sort by creation (RFC 9562, section 5.7; A6).

    The 12 bits behind the milliseconds hold their fraction, and count on where a call comes
    within the same one or the computer's clock went back (section 6.2, method 3).
    """
    last = 0

    def next_id() -> str:
        nonlocal last
        milliseconds, rest = divmod(time.time_ns(), 1_000_000)
        last = max(last + 1, milliseconds << 12 | rest * 4096 // 1_000_000)
        tail = int.from_bytes(os.urandom(8), "big") >> 2 | 1 << 63
        text = f"{last >> 12:012x}7{last & 0xFFF:03x}{tail:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    return next_id


def _is_id(made: str) -> bool:
    return (
        0 < len(made) <= _LONGEST_ID
        and made.isascii()
        and made.isprintable()
        and not any(mark in made for mark in " @<>")
    )
