"""What happened to a contact, from its creation on, and what it was at any time since (U5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from wixcrm_local import changes, errors, field_values, members, rows
from wixcrm_local.context import Context
from wixcrm_local.model import WIX_NAMES, Change, Contact, ReadOnlyDict
from wixcrm_local.queries import SQL
from wixcrm_local.retrying import later
from wixcrm_local.rows import StoredContact
from wixcrm_local.taking_back import Members, take_back

_MOST_DAYS = 36_525  # a century
Show = Callable[[dict[str, Any]], ReadOnlyDict]


def of_contact(context: Context, id: str) -> tuple[Change, ...]:
    """A contact's changes, oldest first; the first entry, its creation, is derived.

    `before` and `after` hold the members that changed. Raises `ContactNotFound`.
    """

    def work(connection: sqlite3.Connection) -> tuple[Change, ...]:
        kept = members.require_contact(connection, id)
        state = changes.present(connection, kept)
        return told(connection, kept.number, kept.id, kept.created_at, state)

    return context.store.read(work)


def told(
    connection: sqlite3.Connection,
    number: int,
    id: str,
    created_at: str,
    state: Members,
    show: Show | None = None,
) -> tuple[Change, ...]:
    """The history of a contact, in the list or not, whose members are now `state`.

    `show` is what `shown_by` gives, for who asks for many.
    """
    entries = changes.entries(connection, number)
    created = dict(state)
    for entry in reversed(entries):
        take_back(created, entry.before)
    show = show or shown_by(connection)
    first = Change(
        id=None,
        contact_id=id,
        at=rows.moment(created_at),
        verb="create_contact",
        after=show(created),
    )
    later = [
        Change(
            id=entry.number,
            contact_id=id,
            at=rows.moment(entry.at),
            verb=entry.verb,
            before=show(entry.before),
            after=show(entry.after),
        )
        for entry in entries
    ]
    return (first, *later)


def contact_at(context: Context, id: str, when: datetime) -> Contact:
    """The contact as it was at a moment; what changed at that very moment had changed.

    Of a history that was pruned, the oldest state that is known. Raises `ContactNotFound` for a
    moment before its creation, or in the trash, and `InvalidArgument`.
    """
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise errors.InvalidArgument(
            "when must be an aware datetime; pass datetime(2026, 1, 31, tzinfo=timezone.utc)",
            details={"argument": "when"},
        )

    def work(connection: sqlite3.Connection) -> Contact:
        kept = members.require_contact(connection, id)
        if when < rows.moment(kept.created_at):
            raise errors.ContactNotFound(
                f"there was no contact {kept.id} yet at that time; ask for one after "
                f"{kept.created_at}, when it was created",
                details={"contact_id": kept.id, "created_at": kept.created_at},
            )
        return _as_it_was(connection, kept, when)

    return context.store.read(work)


def _as_it_was(connection: sqlite3.Connection, kept: StoredContact, when: datetime) -> Contact:
    entries = changes.entries(connection, kept.number)
    since = [entry for entry in entries if rows.moment(entry.at) > when]
    if not since:
        return kept.contact()
    state: Members = changes.present(connection, kept)
    for entry in reversed(since):
        take_back(state, entry.before)
    if state.get("in_trash"):
        raise errors.ContactNotFound(
            f"contact {kept.id} was in the trash at that time; ask for another time",
            details={"contact_id": kept.id},
        )
    earlier = entries[: len(entries) - len(since)]
    return as_contact(
        shown_by(connection),
        state,
        id=kept.id,
        created_at=kept.created_at,
        updated_at=earlier[-1].at if earlier else kept.created_at,
        revision=kept.revision - len(since),
    )


def as_contact(
    show: Show,
    state: Members,
    *,
    id: str,
    created_at: str,
    updated_at: str,
    revision: int,
) -> Contact:
    """A contact that is not in the list as such; `show` is what `shown_by` gives."""
    members = {name: value for name, value in state.items() if name in WIX_NAMES}
    return Contact(
        id=id,
        created_at=rows.moment(created_at),
        updated_at=rows.moment(updated_at),
        revision=revision,
        is_member="login_email" in state,
        subscription=state.get("subscription", "not_set"),
        **show(members),
    )


def prune(context: Context, older_than_days: float) -> int:
    """Forgets the changes that are older; gives how many (U5). Raises `InvalidArgument`."""
    from wixcrm_local import search_index  # here, as few programs forget anything

    seconds = seconds_of(older_than_days)

    def work(connection: sqlite3.Connection) -> int:
        limit = later(context.now(), -seconds)
        search_index.catch_up(connection)  # with what these changes say
        return connection.execute(SQL["prune_changes"], (limit,)).rowcount

    return context.store.write(work)


def seconds_of(days: object) -> float:
    """A number of days in seconds. Raises `InvalidArgument`."""
    is_number = isinstance(days, int | float) and not isinstance(days, bool)
    if not is_number or not 0 <= cast(float, days) <= _MOST_DAYS:
        raise errors.InvalidArgument(
            f"older_than_days must be a number of days from 0 to {_MOST_DAYS:,}; pass 90",
            details={"argument": "older_than_days"},
        )
    return cast(float, days) * 86_400


def shown_by(connection: sqlite3.Connection) -> Show:
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
