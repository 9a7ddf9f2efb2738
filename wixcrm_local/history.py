"""What happened to a contact, from its creation on (U5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from wixcrm_local import changes, field_values, members, rows
from wixcrm_local.changes import Entry
from wixcrm_local.context import Context
from wixcrm_local.model import Change, Profile, ReadOnlyDict


def of_contact(context: Context, id: str) -> tuple[Change, ...]:
    """A contact's changes, oldest first; the first entry, its creation, is derived.

    `before` and `after` hold the members that changed. Raises `ContactNotFound`.
    """

    def work(connection: sqlite3.Connection) -> tuple[Change, ...]:
        kept = members.require_contact(connection, id)
        entries = changes.entries(connection, kept.number)
        created = changes.described(connection, kept.profile, Profile())
        for entry in reversed(entries):
            _take_back(created, entry)
        show = shown_by(connection)
        first = Change(
            id=None,
            contact_id=kept.id,
            at=rows.moment(kept.created_at),
            verb="create_contact",
            after=show(created),
        )
        later = [
            Change(
                id=entry.number,
                contact_id=kept.id,
                at=rows.moment(entry.at),
                verb=entry.verb,
                before=show(entry.before),
                after=show(entry.after),
            )
            for entry in entries
        ]
        return (first, *later)

    return context.store.read(work)


def _take_back(state: dict[str, Any], entry: Entry) -> None:
    """Turns the members after a change into those before it, in the form of `described`."""
    for name, value in entry.before.items():
        if name == "custom_fields":
            fields = {**state.get(name, {}), **value}
            value = {key: item for key, item in fields.items() if item is not None}
        if value in (None, [], {}):
            state.pop(name, None)
        else:
            state[name] = value


def shown_by(connection: sqlite3.Connection) -> Callable[[dict[str, Any]], ReadOnlyDict]:
    """Shows stored members as callers know them: display names, dates as dates, tuples."""
    labels = {row[1]: row[2] for row in rows.run(connection, "all_labels")}
    fields = {row[1]: (row[2], row[3]) for row in rows.run(connection, "all_custom_fields")}

    def show(members: dict[str, Any]) -> ReadOnlyDict:
        shown: dict[str, Any] = {}
        for name, value in members.items():
            if name == "labels":
                value = tuple(labels.get(key, key) for key in value)
            elif name == "custom_fields":
                value = ReadOnlyDict(dict(_field(key, item, fields) for key, item in value.items()))
            elif isinstance(value, list):
                value = tuple(value)
            shown[name] = value
        return ReadOnlyDict(shown)

    return show


def _field(
    key: str, value: field_values.Stored | None, fields: dict[str, tuple[str, str]]
) -> tuple[str, object]:
    """A deleted field keeps its key for a name and its value as it was stored."""
    name, kind = fields.get(key, (key, "text"))
    try:
        return name, None if value is None else field_values.from_stored(value, kind)
    except ValueError:  # of a deleted field that was made again with another type
        return name, value
