"""export_person: all that a store knows of one person, as JSON-able data (U7).

Law: it is one state of the store, and whatever erase_contact would remove stands in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from wixcrm_local import (
    changes,
    delivery_rows,
    erasing,
    history,
    mail_rows,
    members,
    opt_outs,
    removals,
    rows,
    trash,
)
from wixcrm_local.context import Context
from wixcrm_local.email_address import email_match_key
from wixcrm_local.model import WIX_NAMES, Change, Contact
from wixcrm_local.removals import Removed

_NAMES_OF_MEMBERS = ("before", "after")  # whose keys are members


def export(context: Context, id: str) -> dict[str, Any]:
    """What there is of the person. Raises `ContactNotFound`."""

    def work(connection: sqlite3.Connection) -> dict[str, Any]:
        person = erasing.person_of(connection, id)
        removed = removals.by_number(connection, person.numbers[0])
        others = removals.with_all_merged(connection, person.numbers[0])
        return {
            "exportedAt": context.now(),
            "contact": _jsonable(_own(connection, removed, person.id)),
            "inTrash": removed is not None,
            "mergedIds": list(person.ids[1:]),
            "history": _jsonable(_own_history(connection, removed, person.id)),
            "merged": [_merged(connection, other) for other in others],
            "mails": [mail for each in person.ids for mail in _mails(connection, each)],
            "suppressions": _suppressions(connection, person.addresses()),
        }

    return context.store.read(work)


def _own(connection: sqlite3.Connection, removed: Removed | None, id: str) -> Contact:
    if removed is not None:
        return trash.shown(connection, removed)
    return members.require_contact(connection, id).contact()


def _own_history(
    connection: sqlite3.Connection, removed: Removed | None, id: str
) -> tuple[Change, ...]:
    if removed is not None:
        return _history_of(connection, removed)
    kept = members.require_contact(connection, id)
    state = changes.present(connection, kept)
    return history.told(connection, kept.number, kept.id, kept.created_at, state)


def _history_of(connection: sqlite3.Connection, removed: Removed) -> tuple[Change, ...]:
    in_trash = {removals.IN_TRASH: True} if removed.merged_into is None else {}
    state = {**removed.members, **in_trash}
    return history.told(connection, removed.number, removed.id, removed.created_at, state)


def _merged(connection: sqlite3.Connection, other: Removed) -> dict[str, Any]:
    return {
        "contact": _jsonable(trash.shown(connection, other)),
        "mergedAt": other.removed_at,
        "history": _jsonable(_history_of(connection, other)),
    }


def _mails(connection: sqlite3.Connection, contact_id: str) -> list[dict[str, Any]]:
    found = mail_rows.messages_where(connection, contact_id=contact_id)
    return [
        {
            **_jsonable(message),
            "senderAnswers": _jsonable(delivery_rows.attempts(connection, message.id)),
        }
        for message in found
    ]


def _suppressions(connection: sqlite3.Connection, addresses: set[str]) -> list[dict[str, Any]]:
    found = []
    for address in sorted(addresses):
        row = opt_outs.find(connection, email_match_key(address) or "")
        if row is not None:
            _, _, reason, note, created_at = row
            at = rows.moment(created_at).isoformat()
            entry = {"address": address, "reason": reason, "note": note, "createdAt": at}
            found.append(entry)
    return found


def _jsonable(value: Any) -> Any:
    """Values of the library with the camelCase names of Wix, times as ISO texts."""
    if attrs.has(type(value)):
        return {
            _camel_case(each.name): _member(each.name, getattr(value, each.name))
            for each in attrs.fields(type(value))
        }
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    return [_jsonable(item) for item in value] if isinstance(value, list | tuple) else value


def _member(name: str, value: Any) -> Any:
    data = _jsonable(value)
    if name in _NAMES_OF_MEMBERS:
        return {WIX_NAMES.get(key, _camel_case(key)): item for key, item in data.items()}
    return data


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
