"""Seconds between two looks of what runs on, as a caller gives them."""

from __future__ import annotations

from wixcrm_local.errors import InvalidArgument

_LONGEST = 86_400


def checked_interval(interval: object, example: float) -> float:
    """Seconds, more than none and at most a day's. Raises `InvalidArgument`."""
    if (
        isinstance(interval, bool)
        or not isinstance(interval, int | float)
        or not 0 < interval <= _LONGEST
    ):
        raise InvalidArgument(
            f"interval must be a number of seconds, more than 0 and at most {_LONGEST:,}; "
            f"pass {example:g}",
            details={"argument": "interval"},
        )
    return float(interval)
