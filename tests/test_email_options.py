"""email_options.py: idempotency_key, send_at and expires_in; what `options` holds is T6's, told in
test_mailing.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import InvalidArgument
from wixcrm_local.email_options import ANY_TIME, LONGEST_KEY, sending_terms

HUGE = pytest.param(10**5_000, id="huge")  # no float is so large
NOW = "2026-01-31T12:00:00.000000Z"


class NoOffset(tzinfo):
    """A time zone that knows nothing: its datetimes are naive ones."""

    def utcoffset(self, moment: datetime | None) -> None:
        return None


def test_nothing_given() -> None:
    """email.md: a mail may go at once, and for ever."""
    assert sending_terms() is ANY_TIME
    assert (ANY_TIME.ready_at(NOW), ANY_TIME.expires_at(NOW)) == (NOW, "")


def test_times_are_kept_in_utc() -> None:
    """Fault 68: whatever the time zone of the caller."""
    moment = datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    terms = sending_terms(" order-1 ", moment, timedelta(minutes=10))
    assert terms == ("order-1", "2026-01-31T20:00:00.000000Z", 600.0)
    assert terms.ready_at(NOW) == "2026-01-31T20:00:00.000000Z"
    assert terms.expires_at(NOW) == "2026-01-31T20:10:00.000000Z"


def test_what_was_to_go_in_the_past_goes_now() -> None:
    """email.md: it expires so long from now, and is not too old from the start."""
    terms = sending_terms(None, datetime(2020, 1, 1, tzinfo=UTC), 60)
    assert terms.ready_at(NOW) == NOW
    assert terms.expires_at(NOW) == "2026-01-31T12:01:00.000000Z"


@given(st.datetimes(timezones=st.timezones()), st.floats(0.001, 10**8))
def test_terms_keep_their_order(moment: datetime, seconds: float) -> None:
    """A mail never expires before it may go, at the ends of the calendar too."""
    try:
        terms = sending_terms(None, moment, seconds)
    except InvalidArgument:  # a year 0 or 10,000 in UTC
        return
    assert NOW <= terms.ready_at(NOW) <= terms.expires_at(NOW)
    assert len(terms.ready_at(NOW)) == len(terms.expires_at(NOW)) == len(NOW)


@pytest.mark.parametrize(
    "key", ["", "  ", "x" * (LONGEST_KEY + 1), "a\0", "\ud800", "a\nb", 5, b"x", ["x"]], ids=repr
)
def test_keys_that_are_none(key: object) -> None:
    """Section 9: refused with the argument's name, and without the whole of it."""
    with pytest.raises(InvalidArgument) as caught:
        sending_terms(key)
    assert caught.value.details == {"argument": "idempotency_key"}
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),
        pytest.param(datetime(2026, 1, 1, tzinfo=NoOffset()), id="no offset"),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime(2026, 1, 1).date(),
        "2026-01-01",
        0,
    ],
    ids=repr,
)
def test_times_that_are_none(moment: object) -> None:
    """Section 9: only an aware datetime says when."""
    with pytest.raises(InvalidArgument) as caught:
        sending_terms(None, moment)
    assert caught.value.details == {"argument": "send_at"}


@pytest.mark.parametrize(
    "time",
    [0, -1, True, float("nan"), float("inf"), Decimal(5), "5", timedelta(0), timedelta.max, HUGE],
)
def test_spans_that_are_none(time: object) -> None:
    """Section 9, fault 25: more than nothing, and at most ten years."""
    with pytest.raises(InvalidArgument) as caught:
        sending_terms(None, None, time)
    assert caught.value.details == {"argument": "expires_in"}
