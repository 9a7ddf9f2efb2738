"""Takes contacts out of the list, and brings them back as the ones they were (U7, U8).

Law: a removed contact stands in no table by which anything is found, counted or matched; its number
and its id stay its own. Every function works inside the caller's transaction.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

from wixcrm_local import changes, rows
from wixcrm_local.model import Profile
from wixcrm_local.rows import Row, StoredContact

_as_json = json.JSONEncoder(ensure_ascii=False).encode
_ANY_TIME = "~"  # behind every time
IN_TRASH = "in_trash"  # the member by which histories tell it


class Removed(NamedTuple):
    """A contact that left the list; its members stand in the form of `changes.present`.

    `merged_into` is the number of the contact that its id stands for; None: it is in the trash.
    """

    number: int
    id: str
    merged_into: int | None
    members: dict[str, Any]
    revision: int
    created_at: str
    updated_at: str
    removed_at: str


def take_out(
    connection: sqlite3.Connection,
    kept: StoredContact,
    now: str,
    *,
    merged_into: int | None = None,
    revision: int | None = None,
    updated_at: str | None = None,
) -> None:
    """Moves a contact out of the list."""
    values = (
        kept.number,
        kept.id,
        merged_into,
        _as_json(changes.present(connection, kept)),
        revision or kept.revision,
        kept.created_at,
        updated_at or kept.updated_at,
        now,
    )
    rows.run(connection, "delete_contact", kept.number)
    rows.run(connection, "insert_removed_contact", *values)


def put_back(
    connection: sqlite3.Connection,
    removed: Removed,
    profile: Profile,
    *,
    revision: int | None = None,
    updated_at: str | None = None,
) -> StoredContact:
    """Brings a contact back as `profile`, at its old place in the order of creation.

    Raises `InvalidArgument` where another contact got its id meanwhile.
    """
    at = updated_at or removed.updated_at
    revision_before = (revision or removed.revision) - 1  # storing its members adds one
    subscription = removed.members.get("subscription", "not_set")
    rows.run(connection, "delete_removed_contact", removed.number)
    try:
        rows.run(
            connection,
            "insert_contact_again",
            removed.number,
            removed.id,
            subscription,
            revision_before,
            removed.created_at,
            at,
        )
    except sqlite3.IntegrityError as error:
        raise rows.used_id(removed.id) from error
    empty = rows.contact_by_number(connection, removed.number)
    rows.update_contact(connection, empty, profile, at)
    from wixcrm_local import search_index  # here, as few programs bring anybody back

    search_index.take_in_again(connection, removed.number)  # which it may have passed meanwhile
    return rows.contact_by_number(connection, removed.number)


def to_trash(connection: sqlite3.Connection, kept: StoredContact, verb: str, now: str) -> Removed:
    """Moves a contact into the trash, with its entry in the history."""
    at = max(now, kept.updated_at)
    take_out(connection, kept, now, revision=kept.revision + 1, updated_at=at)
    changes.note(connection, kept.number, at, verb, {IN_TRASH: None}, {IN_TRASH: True})
    removed = by_number(connection, kept.number)
    assert removed is not None
    return removed


def from_trash(
    connection: sqlite3.Connection, removed: Removed, profile: Profile, verb: str, now: str
) -> StoredContact:
    """Brings a contact back from the trash, with its entry in the history.

    The entry also has what `profile` lacks, since it was deleted in the meantime.
    """
    at = max(now, removed.updated_at)
    revision = removed.revision + 1
    kept = put_back(connection, removed, profile, revision=revision, updated_at=at)
    before: dict[str, Any] = {IN_TRASH: True}
    after: dict[str, Any] = {IN_TRASH: None}
    now_has = changes.present(connection, kept)
    if removed.members.get("labels", []) != now_has.get("labels", []):
        before["labels"], after["labels"] = removed.members["labels"], now_has.get("labels", [])
    fields, kept_fields = (each.get("custom_fields", {}) for each in (removed.members, now_has))
    lost = {key: value for key, value in fields.items() if kept_fields.get(key) != value}
    if lost:
        before["custom_fields"] = lost
        after["custom_fields"] = {key: kept_fields.get(key) for key in lost}
    changes.note(connection, kept.number, at, verb, before, after)
    return kept


def by_id(connection: sqlite3.Connection, id: str) -> Removed | None:
    """The contact of this id, if it left the list."""
    return _removed(rows.first(connection, "removed_contact_by_id", id))


def by_number(connection: sqlite3.Connection, number: int) -> Removed | None:
    """The contact with this number, if it left the list."""
    return _removed(rows.first(connection, "removed_contact_by_number", number))


def merged_into(connection: sqlite3.Connection, number: int) -> list[Removed]:
    """The contacts that were merged into the one with this number, oldest first."""
    return _all(rows.run(connection, "removed_contacts_merged_into", number))


def with_all_merged(connection: sqlite3.Connection, number: int) -> list[Removed]:
    """The same, with those that were merged into them before."""
    found = merged_into(connection, number)
    return found + [one for other in found for one in with_all_merged(connection, other.number)]


def trashed(connection: sqlite3.Connection, before: str = _ANY_TIME) -> list[Removed]:
    """The trash, as long in it first."""
    return _all(rows.run(connection, "trashed_contacts", before))


def after(connection: sqlite3.Connection, number: int, most: int) -> list[Removed]:
    """A page of all that left the list, behind the one with this number."""
    return _all(rows.run(connection, "removed_contacts_after", number, most))


def all_ids(connection: sqlite3.Connection) -> list[str]:
    """The ids that are kept for those who may come back."""
    return [one.id for one in after(connection, 0, -1)]


def forget(connection: sqlite3.Connection, removed: Removed) -> None:
    """Forgets a contact that left the list, its history, and whom it had taken in."""
    for one in (*with_all_merged(connection, removed.number), removed):
        rows.run(connection, "delete_changes_of_contact", one.number)
        rows.run(connection, "delete_removed_contact", one.number)


def whereabouts(connection: sqlite3.Connection, id: str) -> str | Removed | None:
    """What an id that is not in the list stands for (M5): the id of the contact that it was merged
    into, or a contact in the trash, or nobody."""
    removed = by_id(connection, id)
    while removed is not None and removed.merged_into is not None:
        row = rows.first(connection, "contact_id_of", removed.merged_into)
        if row is not None:
            return str(row[0])
        removed = by_number(connection, removed.merged_into)
    return removed


def _all(found: list[Row]) -> list[Removed]:
    return [one for row in found if (one := _removed(row)) is not None]


def _removed(row: Row | None) -> Removed | None:
    if row is None:
        return None
    number, id, target, members, *others = row
    return Removed(number, id, target, rows.data(members, dict), *others)
