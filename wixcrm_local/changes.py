"""Stores a change of a contact together with its entry in the history (U5).

Law: nothing but this and `removals` changes a stored contact, so no change is without its entry.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from wixcrm_local import rows, updating
from wixcrm_local.model import Keyed, Profile
from wixcrm_local.queries import SQL
from wixcrm_local.rows import StoredContact

_NO_MORE: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})
_NOT_SET = "not_set"  # which is no answer to the question of mail
# Made once: json.dumps makes an encoder for every call that asks for readable letters.
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class Entry(NamedTuple):
    """One row of a history; the members stand in the form of `described`."""

    number: int
    at: str
    verb: str
    before: dict[str, Any]
    after: dict[str, Any]


def apply(
    connection: sqlite3.Connection,
    kept: StoredContact,
    after: Profile,
    verb: str,
    now: str,
    subscription: str | None = None,
    beside: tuple[Mapping[str, Any], Mapping[str, Any]] = _NO_MORE,
) -> None:
    """Makes the stored contact `after`, and notes what it was before.

    `subscription` is what it says to mail then; None leaves that as it is. `beside` is what else
    the entry is to have of before and after.
    """
    before = kept.profile
    changed = updating.changed_members(before, after)
    rows.update_contact(connection, kept, after, now)
    old = _described(connection, changed, before, after)
    new = _described(connection, changed, after, before)
    if subscription is not None and subscription != kept.subscription:
        rows.run(connection, "keep_subscription", subscription, kept.number)
        old["subscription"], new["subscription"] = _word(kept.subscription), _word(subscription)
    at = max(now, kept.updated_at)
    note(connection, kept.number, at, verb, {**old, **beside[0]}, {**new, **beside[1]})


def note(
    connection: sqlite3.Connection,
    number: int,
    at: str,
    verb: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """One entry of a history; whoever calls it has stored the change itself."""
    values = (number, at, verb, _as_json(before), _as_json(after))
    connection.execute(SQL["insert_change"], values)


def present(connection: sqlite3.Connection, kept: StoredContact) -> dict[str, Any]:
    """What a contact is now, in the form of `described`."""
    state = described(connection, kept.profile, Profile())
    if kept.subscription != _NOT_SET:
        state["subscription"] = kept.subscription
    merged = rows.run(connection, "removed_contacts_merged_into", kept.number)
    if merged:
        state["merged_contacts"] = [row[1] for row in merged]
    return state


def _word(subscription: str) -> str | None:
    return None if subscription == _NOT_SET else subscription


def subscribe(
    connection: sqlite3.Connection, kept: StoredContact, subscription: str, verb: str, now: str
) -> None:
    """Stores a contact's yes or no to mail, and notes what it was before."""
    changed_at = max(now, kept.updated_at)
    connection.execute(SQL["set_subscription"], (subscription, changed_at, kept.number))
    before = _word(kept.subscription)
    connection.execute(
        SQL["insert_change"],
        (
            kept.number,
            changed_at,
            verb,
            _as_json({"subscription": before}),
            _as_json({"subscription": subscription}),
        ),
    )


def entry(connection: sqlite3.Connection, number: int) -> tuple[int, Entry] | None:
    """The change with this number, with the number of its contact."""
    row = rows.first(connection, "change_by_number", number)
    if row is None:
        return None
    contact, change, at, verb, before, after = row
    return contact, Entry(change, at, verb, rows.data(before, dict), rows.data(after, dict))


def entries(connection: sqlite3.Connection, number: int) -> list[Entry]:
    """The history of the contact with this number, oldest first, without its creation."""
    found = connection.execute(SQL["changes_of_contact"], (number,)).fetchall()
    return [
        Entry(change, at, verb, rows.data(before, dict), rows.data(after, dict))
        for change, at, verb, before, after in found
    ]


def described(connection: sqlite3.Connection, profile: Profile, other: Profile) -> dict[str, Any]:
    """The members of `profile` that differ from those of `other`, as JSON-able data.

    Labels and fields are named by their keys: the numbers of deleted ones are given again.
    """
    return _described(connection, updating.changed_members(profile, other), profile, other)


def _described(
    connection: sqlite3.Connection, changed: tuple[str, ...], profile: Profile, other: Profile
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in changed:
        value = getattr(profile, name)
        if name == "labels":
            value = [_key(connection, "label_by_number", number) for number in value]
        elif name == "custom_fields":
            differing = {
                field: value.get(field)
                for field in sorted(value.keys() | other.custom_fields.keys())
                if value.get(field) != other.custom_fields.get(field)
            }
            value = {
                _key(connection, "custom_field_by_number", field): item
                for field, item in differing.items()
            }
        elif isinstance(value, Keyed):
            value = value.text
        elif isinstance(value, tuple):
            value = [item.text for item in value]
        data[name] = value
    return data


def _key(connection: sqlite3.Connection, query: str, number: int) -> str:
    row = rows.first(connection, query, number)
    assert row is not None
    return str(row[1])
