"""What becomes of a mail after a sender was asked: done, tried again, given up, or for a person to
decide (email.md, "States"). Pure.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from wixcrm_local.errors import (
    FromAddressMissing,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UnmailableMessage,
    WixCRMError,
)

# Seconds, all of them.
LEASE = 60
CLOCK_SLIP = 15 * 60  # leases that end later than so long from now: the clock went back since
STALE_AFTER = 24 * 3600
_FIRST_WAIT, _LONGEST_WAIT = 60, 4 * 3600
_SPREAD = 0.15
_GIVE_UP_AFTER = 5 * 24 * 3600  # RFC 5321, section 4.5.4.1
_UNCERTAIN_WAIT = 15 * 60
_BREAKER_FIRST_WAIT, _BREAKER_LONGEST_WAIT = 30, 15 * 60


class Verdict(NamedTuple):
    """What becomes of a mail; times as they are stored.

    `outcome` is that of the attempt, None where none is spent.
    """

    status: str
    reason: str | None = None
    due_at: str | None = None
    outcome: str | None = None


SENT = Verdict("sent", outcome="sent")
RETURNED = Verdict("claimed")  # the sender was not reached: as if it had not been asked


def later(stamp: str, seconds: float) -> str:
    """A stored time some seconds on (negative: back), at most to the end of the calendar."""
    if isinstance(seconds, int):  # then the fraction stays, and most calls come within a second
        return _later(stamp[:19] + "Z", seconds)[:19] + stamp[19:]
    return _later(stamp, seconds)


@lru_cache(maxsize=16)
def _later(stamp: str, seconds: float) -> str:
    try:
        moved = datetime.fromisoformat(stamp) + timedelta(seconds=seconds)
    except OverflowError:
        moved = (datetime.max if seconds > 0 else datetime.min).replace(tzinfo=UTC)
    return moved.isoformat(timespec="microseconds")[:26] + "Z"


def verdict(
    error: WixCRMError, *, id: str, attempts: int, uncertain: int, ready_at: str, now: str
) -> Verdict:
    """What becomes of a mail at which a sender failed.

    `attempts` were spent before this one, `uncertain` of them without an answer; `ready_at` is
    when the mail was to go.
    """
    if isinstance(error, SenderUnavailable | FromAddressMissing):
        return RETURNED
    if isinstance(error, UnmailableMessage):
        return Verdict("failed", "unmailable", outcome="permanent")
    if isinstance(error, PermanentFailure):
        return Verdict("failed", "refused", outcome="permanent")
    if isinstance(error, TemporaryFailure):
        due_at = later(now, wait(id, attempts + 1))
        if due_at > later(ready_at, _GIVE_UP_AFTER):
            return Verdict("failed", "gave_up", outcome="temporary")
        return Verdict("queued", "deferred", due_at, "temporary")
    return unanswered(uncertain, now)


def unanswered(uncertain: int, now: str) -> Verdict:
    """The verdict on a mail that may have gone: tried once more, then a person must say."""
    if uncertain:
        return Verdict("uncertain", "undecided", None, "uncertain")
    return Verdict("uncertain", "unanswered", later(now, _UNCERTAIN_WAIT), "uncertain")


def wait(id: str, attempt: int) -> float:
    """Seconds until the next try: twice as long after each, a little apart for each mail.

    The same mail always waits as long, so that tests can be repeated.
    """
    seconds = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempt - 1, 30))
    share = zlib.crc32(f"{id} {attempt}".encode()) / 0xFFFFFFFF  # 0 to 1
    return seconds * (1 + _SPREAD * (2 * share - 1))


def breaker_wait(failures: int) -> float:
    """Seconds for which a sender is left alone that could not be reached so many times in a row."""
    return min(_BREAKER_LONGEST_WAIT, _BREAKER_FIRST_WAIT * 2.0 ** min(failures - 1, 30))
