"""What a query may ask with, in the form in which it is compared (issue 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import filter_values


@pytest.mark.parametrize(
    ("convert", "wanted", "found"),
    [
        (filter_values.text, "Díaz Ł", "diaz l"),
        (filter_values.any_text, "Díaz", "Díaz"),
        (filter_values.email_key, " Ana@Example.COM", "ana@example.com"),
        (filter_values.email_key, "nobody", ""),
        (filter_values.digits, "(212) 55", "21255"),
        (filter_values.number, 5, 5),
        (filter_values.number, 0.5, 0.5),
        (filter_values.stamp, date(2026, 1, 31), "2026-01-31T00:00:00.000000Z"),
        (filter_values.stamp, "2026-01-31T12:00+01:00", "2026-01-31T11:00:00.000000Z"),
        (filter_values.boolean, True, True),
        (filter_values.subscription, "pending", "pending"),
    ],
)
def test_what_is_given_is_brought_into_one_form(convert, wanted, found) -> None:
    """Issue 6: asked and stored meet in the form in which they are compared."""
    assert convert(wanted) == found


@pytest.mark.parametrize(
    ("convert", "wanted"),
    [
        (filter_values.text, 5),
        (filter_values.text, "\ud800"),
        (filter_values.any_text, "a\0b"),
        (filter_values.digits, "ana"),
        (filter_values.number, "5"),
        (filter_values.number, True),
        (filter_values.number, float("nan")),
        (filter_values.number, 2**70),
        (filter_values.stamp, "yesterday"),
        (filter_values.stamp, 5),
        (filter_values.seconds, None),
        (filter_values.boolean, 1),
        (filter_values.subscription, "never"),
        (filter_values.subscription, []),
    ],
)
def test_what_fits_nothing_is_half_a_sentence(convert, wanted) -> None:
    """Issue 6: of which the error is made, behind the place."""
    with pytest.raises(ValueError, match=r"^[a-z].*; "):
        convert(wanted)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_times_are_compared_as_moments(moment) -> None:
    """Issue 6: the same moment in another zone is equal; without a zone it is UTC's."""
    elsewhere = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=3)))
    assert filter_values.seconds(moment) == filter_values.seconds(elsewhere)
    assert filter_values.instant(moment.isoformat()) == filter_values.seconds(elsewhere)
    assert filter_values.stamp(moment) == filter_values.stamp(elsewhere)


def test_what_a_damaged_file_holds_is_compared_with_nothing() -> None:
    """Fault 40 and its like: a value of another form fits nothing, and is no error."""
    assert filter_values.instant("nonsense") is None
    assert filter_values.instant(5) is None
    assert (filter_values.folded(None), filter_values.digits_of(b"1")) == (None, "")
