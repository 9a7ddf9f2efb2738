"""retrying.py: what becomes of a mail after each answer, and how long everybody waits."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    FromAddressMissing,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
    UnmailableMessage,
)
from wixcrm_local.retrying import RETURNED, Verdict, breaker_wait, later, verdict, wait

NOW = "2026-01-31T12:00:00.000000Z"
FIVE_DAYS = 5 * 24 * 3600
ATTEMPTS = st.integers(1, 10_000)
IDS = st.text(max_size=40)


def judged(error, *, attempts=0, uncertain=0, ready_at=NOW, now=NOW) -> Verdict:
    return verdict(
        error, id="1", attempts=attempts, uncertain=uncertain, ready_at=ready_at, now=now
    )


@pytest.mark.parametrize("attempts", [0, 1, 2, 7, 50, 10_000])
@pytest.mark.parametrize("uncertain", [0, 1, 2])
@pytest.mark.parametrize("age", [0, 3600, FIVE_DAYS - 5 * 3600, FIVE_DAYS, 2 * FIVE_DAYS])
def test_every_failure_at_every_attempt(attempts: int, uncertain: int, age: float) -> None:
    """The states of email.md as a table: each class of failure, whatever came before it."""

    def of(kind):
        ready_at = later(NOW, -age)
        return judged(kind("x"), attempts=attempts, uncertain=uncertain, ready_at=ready_at)

    assert of(SenderUnavailable) == of(FromAddressMissing) == RETURNED
    assert of(PermanentFailure) == Verdict("failed", "refused", None, "permanent")
    assert of(UnmailableMessage) == Verdict("failed", "unmailable", None, "permanent")
    parked = Verdict("uncertain", "undecided", None, "uncertain")
    waits = Verdict("uncertain", "unanswered", later(NOW, 15 * 60), "uncertain")
    assert of(UncertainDelivery) == (parked if uncertain else waits)
    if age >= FIVE_DAYS:
        assert of(TemporaryFailure) == Verdict("failed", "gave_up", None, "temporary")
    else:
        due_at = later(NOW, wait("1", attempts + 1))
        assert of(TemporaryFailure) == Verdict("queued", "deferred", due_at, "temporary")


def test_giving_up_is_decided_by_the_next_try() -> None:
    """RFC 5321, 4.5.4.1: a try later than five days after the mail was to go is not made."""
    seconds = wait("1", 1)
    just = later(later(NOW, seconds), -FIVE_DAYS)
    assert judged(TemporaryFailure("x"), ready_at=just).status == "queued"
    assert judged(TemporaryFailure("x"), ready_at=later(just, -0.000001)).reason == "gave_up"


@given(IDS, ATTEMPTS)
def test_backoff_keeps_its_bounds(id: str, attempt: int) -> None:
    """min(4 h, 60 s · 2^(n-1)) ± 15 %, the same at each reckoning."""
    plain = min(4 * 3600, 60 * 2 ** (attempt - 1))
    assert 0.85 * plain - 1e-6 <= wait(id, attempt) <= 1.15 * plain + 1e-6
    assert wait(id, attempt) == wait(id, attempt)


def test_backoff_spreads_mails_apart() -> None:
    """A server that turned away a thousand mails does not meet them all again at once."""
    waits = [wait(str(number), 1) for number in range(1000)]
    assert min(waits) < 53
    assert max(waits) > 67
    assert len(set(waits)) > 990


def test_a_breaker_s_waits() -> None:
    """30 s · 2ⁿ up to 15 min, however often it failed."""
    assert [breaker_wait(it) for it in range(1, 8)] == [30, 60, 120, 240, 480, 900, 900]
    assert breaker_wait(10**9) == 900


@given(
    st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1)),
    st.integers(-(10**9), 10**9),
)
def test_later_round_trips(moment: datetime, seconds: int) -> None:
    """Fault 66: what is later by so much is earlier by as much; times sort as their texts do."""
    stamp = moment.isoformat(timespec="microseconds") + "Z"
    moved = later(stamp, seconds)
    assert len(moved) == len(stamp) == 27
    assert later(moved, -seconds) == stamp
    assert (moved > stamp) == (seconds > 0)
    assert (datetime.fromisoformat(moved) - datetime.fromisoformat(stamp)).total_seconds() == (
        seconds
    )


def test_later_ends_with_the_calendar() -> None:
    """Fault 66: nothing overflows."""
    assert later(NOW, 1e15) == "9999-12-31T23:59:59.999999Z"
    assert later(NOW, -1e15) == "0001-01-01T00:00:00.000000Z"
    assert later("9999-12-31T23:59:59.999999Z", 1) == "9999-12-31T23:59:59.999999Z"
