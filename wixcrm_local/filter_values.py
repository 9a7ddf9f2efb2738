"""What a query may ask with: values brought into the form in which they are compared. Pure.

Law: a value of the wrong kind is a `ValueError` with half a sentence that says what would fit.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from wixcrm_local import field_values
from wixcrm_local.email_address import email_match_key
from wixcrm_local.search_terms import fold
from wixcrm_local.text import is_storable, kind_of

_DIGIT = re.compile("[0-9]")
SUBSCRIPTIONS = ("not_set", "pending", "subscribed", "unsubscribed")


def folded(stored: Any) -> Any:
    """A stored text without case and diacritics, for SQL."""
    return fold(stored) if isinstance(stored, str) else stored


def instant(stored: Any) -> float | None:
    """A date field's text as seconds, for SQL: without an offset it counts as UTC."""
    try:
        return _moment(stored).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def digits_of(stored: Any) -> str:
    """The digits of a stored number, for SQL."""
    return "".join(_DIGIT.findall(fold(stored))) if isinstance(stored, str) else ""


def digits(wanted: object) -> str:
    """The digits of a part of a number."""
    found = digits_of(any_text(wanted))
    if not found:
        raise ValueError("must hold digits; give some of a number, such as '2368'")
    return found


def any_text(wanted: object) -> str:
    """A text as it is."""
    if not isinstance(wanted, str):
        raise ValueError(f"must be a text, not {kind_of(wanted)}; give a str")
    if not is_storable(wanted) or "\0" in wanted:
        raise ValueError("holds a character that no contact has; remove it")
    return wanted


def text(wanted: object) -> str:
    """A text that is compared without case and diacritics."""
    return fold(any_text(wanted))


def email_key(wanted: object) -> str:
    """The match key of an address; '', which nobody has, for what is none."""
    return email_match_key(any_text(wanted)) or ""


def number(wanted: object) -> int | float:
    """A whole number or a decimal one."""
    if isinstance(wanted, str):
        raise ValueError("must be a number, not a text; give an int or float")
    found = field_values.to_stored(wanted, "number")
    assert not isinstance(found, str)
    return found


def seconds(wanted: object) -> float:
    """A date or time as what `instant` gives."""
    return _given_moment(wanted).timestamp()


def stamp(wanted: object) -> str:
    """A date or time as the store writes times."""
    found = _given_moment(wanted).astimezone(UTC)
    return found.isoformat(timespec="microseconds")[:26] + "Z"


def boolean(wanted: object) -> bool:
    """True or False."""
    if not isinstance(wanted, bool):
        raise ValueError(f"must be true or false, not {kind_of(wanted)}; give True")
    return wanted


def subscription(wanted: object) -> str:
    """A person's answer to mail."""
    if wanted not in SUBSCRIPTIONS:
        raise ValueError(f"is no subscription; give one of {', '.join(SUBSCRIPTIONS)}")
    return str(wanted)


def _given_moment(wanted: object) -> datetime:
    if isinstance(wanted, str | date):
        try:
            found = _moment(wanted if isinstance(wanted, str) else wanted.isoformat())
            found.timestamp()
            return found
        except (ValueError, OverflowError):
            pass
    raise ValueError("must be a date or time; give a datetime, or a text such as 2026-01-31")


def _moment(iso: str) -> datetime:
    found = datetime.fromisoformat(iso)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
