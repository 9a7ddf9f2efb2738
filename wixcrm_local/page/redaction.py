"""Masks addresses and numbers of a page's data, wherever they stand, also in texts. Pure.

Law: what is not known to be harmless is masked; html is left out, as it can spell anything in a
hundred ways.
"""

from __future__ import annotations

import os
import re
from typing import Any

Data = dict[str, Any]

MASK = "•••"
# An @, also as it stands in a URL, with whatever can be an address around it.
_ADDRESS = re.compile(
    r"([^\s@<>\"'(),;:]+?)(@|%40|&#64;|&commat;)([^\s@<>\"'(),;:]+)", re.IGNORECASE
)
# Seven digits or more, in any script, with what people put between them.
_NUMBER = re.compile(r"\+?\(?\d(?:[\s().\-–/]{0,3}\d){6,}")
_DIGITS = re.compile(r"\d{3,}")  # in what is known to be a number, however short
# What the library made by itself: ids, times, its own words and counts.
_HARMLESS = {
    *("id", "contactId", "emailId", "receipt", "key", "merged"),
    *("at", "created", "updated", "written", "due", "expires", "deleted", "until"),
    *("started", "finished", "undone"),
    *("status", "statuses", "reason", "outcome", "stage", "code", "suppressed"),
    *("verb", "kind", "type", "format", "region", "program", "subscription", "member"),
}
_HTML = {"html", "picture"}


def redacted(data: Data) -> Data:
    """The data with addresses and numbers masked, and without html."""
    masked = {name: _masked(name, value) for name, value in data.items()}
    masked["store"]["path"] = _masked("", os.path.basename(data["store"]["path"]))
    masked["redacted"] = True
    return masked


def mask(text: str) -> str:
    """A text with each address as a•••@e•••.com, and of each number the last two digits."""
    return _NUMBER.sub(_masked_number, _ADDRESS.sub(_masked_address, text))


def _masked(name: str, value: Any) -> Any:
    if name in _HTML:
        return None
    if name == "headers":
        return [[header, _masked_header(header, text)] for header, text in value]
    if isinstance(value, dict):
        is_of_phone = value.get("member") == "phones" or value.get("kind") == "phone"
        around = "phones" if is_of_phone or name == "phones" else ""
        return {
            key: item if key in _HARMLESS else _masked(around or key, item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(name, item) for item in value]
    if not isinstance(value, str):
        return value
    return _DIGITS.sub(MASK, mask(value)) if name == "phones" else mask(value)


def _masked_header(name: str, text: str) -> str:
    return text if name in ("Date", "Message-ID") else mask(text)


def _masked_address(found: re.Match[str]) -> str:
    local, at, domain = found.groups()
    _, dot, end = domain.rpartition(".")
    return f"{_beginning(local)}{at}{_beginning(domain)}{dot}{end if dot else ''}"


def _beginning(part: str) -> str:
    return (part[0] if len(part) > 1 else "") + MASK


def _masked_number(found: re.Match[str]) -> str:
    digits = [letter for letter in found[0] if letter.isdecimal()]
    return MASK + "".join(digits[-2:])
