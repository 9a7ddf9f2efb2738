"""Fits one value to the type of its custom field, and gives it back as it was (G6). Pure.

Law: nothing is converted but a text that is exactly a number or an ISO date.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime

from wixcrm_local import text
from wixcrm_local.model import CustomFieldValue

TYPES = ("text", "number", "date", "url")
LONGEST_TEXT = 10_000

Stored = str | int | float

# Patterns are compiled by `re` at their first use: few programs need them at their start.
_WHOLE = r"[+-]?[0-9]{1,40}"
_DECIMAL = r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?"
_OFFSET = r"Z|[+-]\d\d:?\d\d(:\d\d(\.\d{6})?)?"  # local times of old have seconds in it
_ISO_DATE = rf"(?a)\d{{4}}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{{1,6}})?)?({_OFFSET})?)?"
_URL = r"[A-Za-z][A-Za-z0-9+.-]*:\S+"


def to_stored(value: object, kind: str) -> Stored:
    """The form in which the store keeps a value of a field of type `kind`.

    Raises `ValueError` with half a sentence that says what would fit.
    """
    if kind == "number":
        return _number(value)
    if kind == "date":
        return _date(value)
    return _text(value) if kind == "text" else _url(value)


def from_stored(stored: Stored, kind: str) -> CustomFieldValue:
    """The value as it was given: a date field's text becomes a date or datetime again."""
    if kind != "date" or not isinstance(stored, str):
        return stored
    return date.fromisoformat(stored) if len(stored) == 10 else datetime.fromisoformat(stored)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {type(value).__name__}; give a str")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"has {len(value):,} characters; shorten it to {LONGEST_TEXT:,}")
    try:
        return text.clean_lines(value)
    except ValueError as error:
        raise ValueError(f"{error}, which can't be kept; remove it") from None


def _url(value: object) -> str:
    cleaned = _text(value)
    if not re.fullmatch(_URL, cleaned):
        raise ValueError("must be a URL; give one such as https://example.com/")
    return cleaned


def _number(value: object) -> int | float:
    if isinstance(value, str):
        value = _parsed_number(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(
            f"must be a number, not {type(value).__name__}; give an int or float, or its digits"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number; NaN and infinity can't be kept")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("is beyond ±2⁶³ and can't be kept exactly; give it to a text field")
    return float(value) if isinstance(value, float) else int(value)


def _parsed_number(given: str) -> int | float | str:
    if re.fullmatch(_WHOLE, given):
        return int(given)
    if re.fullmatch(_DECIMAL, given):
        return float(given)
    return given


def _date(value: object) -> str:
    if isinstance(value, str):
        value = _parsed_date(value.strip())
    if not isinstance(value, date):
        raise ValueError(
            f"must be a date, not {type(value).__name__}; "
            "give a date, a datetime or a text such as 2026-01-31"
        )
    return value.isoformat()


def _parsed_date(given: str) -> date | str:
    if not re.fullmatch(_ISO_DATE, given):
        return given
    try:
        return date.fromisoformat(given) if len(given) == 10 else datetime.fromisoformat(given)
    except ValueError:
        raise ValueError("names no day of the calendar; give one such as 2026-01-31") from None
