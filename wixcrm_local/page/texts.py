"""Values as texts that a page can show. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any


def shown(value: Any) -> str | None:
    """A value of a member, variable or setting; lists with commas. None stays None.

    Numbers become texts, too: those of a browser are less exact.
    """
    if value is None or value is True:
        return None if value is None else "yes"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) or "" for item in value)
    return str(value)


def member_words(name: str) -> str:
    """A member's name as people read it."""
    return name.replace("_", " ")
