"""Turns rows into values and values into rows: the only place that knows the columns.

Law: every function works inside the caller's transaction and commits nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from wixcrm_local import field_values
from wixcrm_local.errors import InvalidArgument, StoreDamaged
from wixcrm_local.model import Contact, CustomField, Keyed, Label, Profile, ReadOnlyDict
from wixcrm_local.queries import SQL

T = TypeVar("T")
Row = tuple[Any, ...]
Item = tuple[Any, ...]  # what a row of a list holds behind its contact and position
_NO_LOGIN = ("", "")


class StoredContact(NamedTuple):
    """A contact as it stands in the store: its profile, and what only the store knows."""

    number: int
    id: str
    profile: Profile
    subscription: str
    revision: int
    created_at: str
    updated_at: str
    label_names: Mapping[int, str]
    fields: Mapping[int, tuple[str, str]]  # name and type

    @property
    def is_member(self) -> bool:
        return self.profile.login_email is not None

    def contact(self) -> Contact:
        """The value that callers get."""
        kept = self.profile
        return Contact(
            id=self.id,
            created_at=moment(self.created_at),
            updated_at=moment(self.updated_at),
            revision=self.revision,
            is_member=self.is_member,
            subscription=self.subscription,
            first_name=kept.first_name,
            last_name=kept.last_name,
            picture=kept.picture,
            emails=tuple([item.text for item in kept.emails]),
            login_email=kept.login_email.text if kept.login_email else None,
            phones=tuple([item.text for item in kept.phones]),
            labels=tuple([self.label_names[number] for number in kept.labels]),
            language=kept.language,
            custom_fields=self._custom_fields(),
        )

    def _custom_fields(self) -> ReadOnlyDict:
        values: dict[str, Any] = {}
        for number, value in self.profile.custom_fields.items():
            name, kind = self.fields[number]
            try:
                values[name] = field_values.from_stored(value, kind)
            except (ValueError, TypeError) as error:
                raise unreadable(f"{kind} in a custom field") from error
        return ReadOnlyDict(values)


def moment(stamp: str) -> datetime:
    """A stored time as an aware datetime in UTC. Raises `StoreDamaged`."""
    try:
        return datetime.fromisoformat(stamp)
    except (ValueError, TypeError) as error:
        raise unreadable("time") from error


def data(text: str, kind: type[T]) -> T:
    """What a stored JSON text means, an object or a list. Raises `StoreDamaged`."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError) as error:
        raise unreadable("JSON text") from error
    if not isinstance(found, kind):
        raise unreadable("JSON text")
    return found


def unreadable(what: str) -> StoreDamaged:
    """The error for a stored text that is none of ours any more, while SQLite sees no damage."""
    return StoreDamaged(
        f"the store holds a {what} that can't be read, so its file is damaged; keep it, look "
        "with crm.check(), and go on with a backup",
        details={"unreadable": what},
    )


def candidates(
    connection: sqlite3.Connection, lookups: Iterable[tuple[str | None, str | None]]
) -> list[tuple[int, str]]:
    """Who has one of the keys: contact numbers, each with the kind of key."""
    found: list[tuple[int, str]] = []
    for email, phone in lookups:
        found += connection.execute(SQL["candidates_by_key"], (email, email, phone))
    return found


def member_with_login_email(connection: sqlite3.Connection, key: str | None) -> int | None:
    """The number of the member who logs in with the address of this key."""
    row = connection.execute(SQL["member_with_login_email"], (key,)).fetchone()
    return None if row is None else int(row[0])


def insert_contact(connection: sqlite3.Connection, id: str, profile: Profile, now: str) -> int:
    """Stores a new contact and gives its number; raises `InvalidArgument` for a used id."""
    try:
        cursor = connection.execute(SQL["insert_contact"], (id, *single_members(profile), now, now))
    except sqlite3.IntegrityError as error:
        raise used_id(id) from error
    number = cursor.lastrowid
    assert number is not None
    for position, (text, key) in enumerate(profile.emails):
        connection.execute(SQL["insert_email"], (number, position, text, key))
    for position, (text, key) in enumerate(profile.phones):
        connection.execute(SQL["insert_phone"], (number, position, text, key))
    for position, label in enumerate(profile.labels):
        connection.execute(SQL["insert_contact_label"], (number, position, label))
    for field, value in profile.custom_fields.items():
        connection.execute(SQL["set_custom_field_value"], (number, field, value))
    return number


def single_members(profile: Profile) -> tuple[str | None, ...]:
    """The columns of the members that have one value, '' for those that have none."""
    address, key = profile.login_email or _NO_LOGIN
    return (
        profile.first_name or "",
        profile.last_name or "",
        profile.picture or "",
        profile.language or "",
        address,
        key,
    )


def used_id(id: str) -> InvalidArgument:
    """What SQLite's refusal of an id that another row has means to the caller."""
    return InvalidArgument(
        f"new_id returned {id}, which is in use; return another id at each call",
        details={"argument": "new_id", "id": id},
    )


def update_contact(
    connection: sqlite3.Connection, kept: StoredContact, after: Profile, now: str
) -> None:
    """Stores what a contact is after a change; lists that only grew are only added to."""
    before, number = kept.profile, kept.number
    changed_at = max(now, kept.updated_at)  # a clock that went back makes nobody younger
    connection.execute(SQL["update_contact"], (*single_members(after), changed_at, number))
    if after.emails != before.emails:
        _write_list(connection, number, "email", before.emails, after.emails)
    if after.phones != before.phones:
        _write_list(connection, number, "phone", before.phones, after.phones)
    if after.labels != before.labels:
        old, new = _single(before.labels), _single(after.labels)
        _write_list(connection, number, "contact_label", old, new)
    for field, value in after.custom_fields.items():
        if before.custom_fields.get(field) != value:
            connection.execute(SQL["set_custom_field_value"], (number, field, value))
    for field in before.custom_fields.keys() - after.custom_fields.keys():
        connection.execute(SQL["delete_custom_field_value"], (number, field))


def _write_list(
    connection: sqlite3.Connection,
    number: int,
    table: str,
    old: tuple[Item, ...],
    new: tuple[Item, ...],
) -> None:
    start = len(old)
    if new[:start] != old:
        connection.execute(SQL[f"delete_{table}s"], (number,))
        start = 0
    for position, item in enumerate(new[start:], start):
        connection.execute(SQL[f"insert_{table}"], (number, position, *item))


def rewrite_phones(connection: sqlite3.Connection, number: int, phones: Iterable[Keyed]) -> None:
    """Stores a contact's numbers with other keys; the contact itself stays as it is."""
    connection.execute(SQL["delete_phones"], (number,))
    for position, (text, key) in enumerate(phones):
        connection.execute(SQL["insert_phone"], (number, position, text, key))


def _single(labels: tuple[int, ...]) -> tuple[tuple[int], ...]:
    return tuple([(label,) for label in labels])


def contact_by_id(connection: sqlite3.Connection, id: str) -> StoredContact | None:
    """The contact with this id."""
    row = connection.execute(SQL["contact_by_id"], (id,)).fetchone()
    return None if row is None else _stored(connection, [row])[0]


def contact_by_number(connection: sqlite3.Connection, number: int) -> StoredContact:
    """The contact that was found by a key."""
    row = connection.execute(SQL["contact_by_number"], (number,)).fetchone()
    return _stored(connection, [row])[0]


def contacts_with_numbers(
    connection: sqlite3.Connection, numbers: Iterable[int]
) -> list[StoredContact]:
    """The contacts with these numbers, in this order, without those that are gone."""
    found = [
        connection.execute(SQL["contact_by_number"], (number,)).fetchone() for number in numbers
    ]
    return [_stored(connection, [row])[0] for row in found if row is not None]


def contacts_after(connection: sqlite3.Connection, number: int, most: int) -> list[StoredContact]:
    """A page of contacts, oldest first, beginning behind the contact with this number."""
    rows = connection.execute(SQL["contacts_after"], (number, most)).fetchall()
    return _stored(connection, rows) if rows else []


def newest_left_out(connection: sqlite3.Connection, numbered: str, kept: int) -> int:
    """Behind which number the newest `kept` contacts or messages stand."""
    row = first(connection, f"newest_{numbered}_left_out", kept)
    return 0 if row is None else int(row[0])


def contact_id_of(connection: sqlite3.Connection, number: int) -> str:
    """The id of a contact that is only named."""
    return str(connection.execute(SQL["contact_id_of"], (number,)).fetchone()[0])


def first_name_of(connection: sqlite3.Connection, number: int) -> str | None:
    """The first name of a contact that was found by a key."""
    name: str | None = connection.execute(SQL["first_name_of"], (number,)).fetchone()[0]
    return name


def count_contacts(connection: sqlite3.Connection) -> int:
    """How many contacts there are."""
    return int(connection.execute(SQL["count_contacts"]).fetchone()[0])


def _stored(connection: sqlite3.Connection, rows: list[Row]) -> list[StoredContact]:
    """The contacts of some rows, with their lists, which are fetched in one look-up."""
    lists: dict[int, dict[str, list[Row]]] = {
        row[0]: {"email": [], "phone": [], "label": [], "field": []} for row in rows
    }
    span = (rows[0][0], rows[-1][0])
    found = connection.execute(SQL["lists_of_contacts"], span * 4).fetchall()
    for number, kind, *item in found:
        if number in lists:
            lists[number][kind].append(tuple(item))
    return [_assembled(row, lists[row[0]]) for row in rows]


def _assembled(row: Row, lists: dict[str, list[Row]]) -> StoredContact:
    number, id, first, last, picture, language, login, login_key = row[:8]
    subscription, revision, created_at, updated_at = row[8:]
    for items in lists.values():
        items.sort(key=_position)
    profile = Profile(
        first,
        last,
        picture,
        tuple([Keyed(value, key) for _, value, key, _ in lists["email"]]),
        Keyed(login, login_key) if login is not None else None,
        tuple([Keyed(value, key) for _, value, key, _ in lists["phone"]]),
        tuple([label for _, label, _, _ in lists["label"]]),
        language,
        {field: value for field, value, _, _ in lists["field"]},
    )
    label_names = {label: name for _, label, name, _ in lists["label"]}
    fields = {field: (name, kind) for field, _, name, kind in lists["field"]}
    return StoredContact(
        number, id, profile, subscription, revision, created_at, updated_at, label_names, fields
    )


def _position(item: Row) -> int:
    return int(item[0])


def label(row: Row) -> Label:
    """A label from its row."""
    _, key, name, created_at = row
    return Label(key=key, name=name, created_at=moment(created_at))


def custom_field(row: Row) -> CustomField:
    """A custom field from its row."""
    _, key, name, kind, created_at = row
    return CustomField(key=key, name=name, type=kind, created_at=moment(created_at))


def first(connection: sqlite3.Connection, query: str, *values: Any) -> Row | None:
    """The first row of a named query, or None."""
    row: Row | None = connection.execute(SQL[query], values).fetchone()
    return row


def run(connection: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """All rows of a named query, or none where it writes."""
    return connection.execute(SQL[query], values).fetchall()
