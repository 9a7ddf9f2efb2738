"""What a store and the model are compared by: their answers and errors in one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import attrs

from wixcrm_local import WixCRMError


def plain(value: Any) -> Any:
    """A value in a form in which what differs is different: 5 and 5.0, and times of two zones."""
    if attrs.has(type(value)):
        return plain(attrs.asdict(value, recurse=False))
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return type(value).__name__, value.isoformat()
    return f"float {value!r}" if isinstance(value, float) else value


def told(error: WixCRMError) -> Any:
    """What a program can rely on in an error: class, code, the problems with their places."""
    problems = [(each["code"], each["path"]) for each in error.details.get("problems", ())]
    return type(error), error.code, sorted(problems), getattr(error, "contact_id", None)


def differences(found: Any, expected: Any, at: str = "") -> list[str]:
    """Where an answer of the store is another than the model's: one line for each place."""
    if isinstance(found, dict) and isinstance(expected, dict):
        pairs = {name: (found.get(name), expected.get(name)) for name in {**found, **expected}}
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = dict(enumerate(zip(found, expected, strict=True)))
    else:
        return [] if found == expected else [f"{at}: the store: {found} | the model: {expected}"]
    return [line for name, pair in pairs.items() for line in differences(*pair, f"{at}/{name}")]


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return plain(call())
    except WixCRMError as error:
        return told(error)
    except IndexError:
        return IndexError


def report(it: Any, *given: Any, **terms: Any) -> Any:
    """What a delivery did, and whether its sender was there; the words why not are the store's."""
    told = plain(it.deliver(*given, **terms))
    return told | {"unavailable": told["unavailable"] is not None}


def whole(it: Any) -> Any:
    """All that a store tells of itself."""
    contacts = plain(list(it.iter_contacts()))
    return {
        "contacts": contacts,
        "trash": plain(it.list_trash()),
        "count": it.count_contacts(),
        "histories": [plain(it.history(contact["id"])) for contact in contacts],
        "labels": plain(it.labels.list()),
        "custom_fields": plain(it.custom_fields.list()),
        "triggered_emails": plain(it.triggered_emails.list()),
        "outbox": plain(list(it.outbox)),
        "outbox_backwards": plain(it.outbox[::-1]),
        "attempts": [plain(it.outbox.attempts(mail["id"])) for mail in plain(list(it.outbox))],
        "stats": plain(it.outbox.stats()),
        "suppressions": plain(it.suppressions.list()),
        "last": [outcome(lambda: it.outbox[place]) for place in (-1, -2, -3)],  # noqa: B023
    }


def erased(it: Any, id: Any) -> Any:
    """What erasing removed; the words for what it can't reach are the store's."""
    told = plain(it.erase_contact(id))
    return {name: value for name, value in told.items() if name != "not_reached"}
