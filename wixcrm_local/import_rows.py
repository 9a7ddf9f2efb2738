"""Turns imports and their chunks into values and into rows, and many new contacts at once.

Law: as in rows.py, every function works inside the caller's transaction.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from wixcrm_local import rows
from wixcrm_local.model import Profile
from wixcrm_local.queries import SQL
from wixcrm_local.rows import Row

# What may become of a row of a file, and the octet that says so in a receipt.
ACTIONS = {"created": b"c", "updated": b"u", "unchanged": b"n", "kept": b"k", "skipped": b"s"}
ACTION_OF = {octet[0]: name for name, octet in ACTIONS.items()}
_PAGE = 500
Names = Mapping[str, list[str]]  # label and custom_field, each with keys


class Newest(NamedTuple):
    """The highest numbers of a contact and of a change."""

    contact: int
    change: int


class Chunk(NamedTuple):
    """What one transaction of an import did: everything between two states of the store.

    `actions` has an octet for each row of the file, `whose` the number of its contact, or 0.
    """

    number: int
    before: Newest
    behind: Newest
    actions: bytes
    whose: array[int]
    stored_at: str
    undone_at: str | None = None


class Import(NamedTuple):
    """An import as the store keeps it."""

    number: int
    receipt: str
    format: str
    new_names: Names
    started_at: str
    finished_at: str | None
    undone_at: str | None


def begin(
    connection: sqlite3.Connection, receipt: str, digest: str, owner: str, format: str, now: str
) -> int:
    """Notes that an import begins, and gives its number."""
    values = (receipt, digest, owner, format, now)
    return connection.execute(SQL["insert_import"], values).lastrowid or 0


def unfinished(connection: sqlite3.Connection, digest: str) -> tuple[int, str] | None:
    """Number and receipt of an import of the same file that broke off."""
    row = rows.first(connection, "unfinished_import", digest)
    return None if row is None else (row[0], row[1])


def take_over(connection: sqlite3.Connection, number: int, owner: str) -> None:
    rows.run(connection, "take_over_import", owner, number)


def in_hand(connection: sqlite3.Connection, number: int) -> tuple[str, Names]:
    """Who is at it, and what names it has made so far."""
    row = rows.first(connection, "import_in_hand", number)
    return ("", {}) if row is None else (row[0], rows.data(row[1], dict))


def newest(connection: sqlite3.Connection) -> Newest:
    """Where contacts and changes end at this moment."""
    contact = rows.first(connection, "highest_contact_number")
    change = rows.first(connection, "last_change_number")
    assert contact is not None
    assert change is not None
    return Newest(contact[0], change[0])


def add_chunk(connection: sqlite3.Connection, number: int, chunk: Chunk) -> None:
    rows.run(
        connection,
        "insert_import_chunk",
        number,
        chunk.number,
        *chunk.before,
        *chunk.behind,
        chunk.actions,
        _as_stored(chunk.whose).tobytes(),
        chunk.stored_at,
    )


def set_names(connection: sqlite3.Connection, number: int, names: Names) -> None:
    rows.run(connection, "set_import_names", json.dumps(names), number)


def finish(connection: sqlite3.Connection, number: int, now: str) -> None:
    rows.run(connection, "finish_import", now, number)


def by_receipt(connection: sqlite3.Connection, receipt: str) -> Import | None:
    row = rows.first(connection, "import_by_receipt", receipt)
    return None if row is None else _import(row)


def everything(connection: sqlite3.Connection) -> list[Import]:
    """All imports, oldest first."""
    return [_import(row) for row in rows.run(connection, "all_imports")]


def chunks(connection: sqlite3.Connection, number: int) -> list[Chunk]:
    """How far an import came, in the order of the file."""
    return [_chunk(row) for row in rows.run(connection, "chunks_of_import", number)]


def counts(connection: sqlite3.Connection, number: int) -> dict[str, int]:
    """How many rows of an import came to each action."""
    found = chunks(connection, number)
    return {
        name: sum(chunk.actions.count(octet) for chunk in found) for name, octet in ACTIONS.items()
    }


def mark_chunk_undone(connection: sqlite3.Connection, number: int, chunk: int, now: str) -> None:
    rows.run(connection, "undo_import_chunk", now, number, chunk)


def mark_undone(connection: sqlite3.Connection, number: int, now: str) -> None:
    rows.run(connection, "undo_import", now, number)


def contacts_of(connection: sqlite3.Connection, chunk: Chunk) -> Iterator[int]:
    """The contacts that a chunk made and that are in the list, by their numbers."""
    yield from _numbers(connection, "contacts_between", chunk)


def removed_of(connection: sqlite3.Connection, chunk: Chunk) -> Iterator[int]:
    """Those that it made and that left the list, by their numbers."""
    yield from _numbers(connection, "removed_contacts_between", chunk)


def _numbers(connection: sqlite3.Connection, query: str, chunk: Chunk) -> Iterator[int]:
    number = chunk.before.contact
    while page := rows.run(connection, query, number, chunk.behind.contact, _PAGE):
        yield from [row[0] for row in page]
        number = page[-1][0]


def changes_of(connection: sqlite3.Connection, chunk: Chunk) -> Iterator[tuple[int, int]]:
    """The changes that a chunk made, the latest first: each with its contact's number."""
    last = chunk.behind.change
    while page := rows.run(connection, "changes_between", chunk.before.change, last, _PAGE):
        yield from page
        last = page[-1][0] - 1


class NewContact(NamedTuple):
    """A contact that is written together with others, under a number that nobody has."""

    number: int
    id: str
    profile: Profile
    created_at: str
    subscription: str = "not_set"


def insert_contacts(connection: sqlite3.Connection, new: list[NewContact]) -> None:
    """As `insert_contact` for each; raises `InvalidArgument` for a used id."""
    lists: dict[str, list[Row]] = {
        "insert_email": [],
        "insert_phone": [],
        "insert_contact_label": [],
        "set_custom_field_value": [],
    }
    emails, phones, labels, fields = lists.values()
    for number, _, profile, _, _ in new:
        emails += [(number, place, *item) for place, item in enumerate(profile.emails)]
        phones += [(number, place, *item) for place, item in enumerate(profile.phones)]
        labels += [(number, place, label) for place, label in enumerate(profile.labels)]
        fields += [(number, *item) for item in profile.custom_fields.items()]
    try:
        connection.executemany(SQL["insert_numbered_contact"], map(_row_of, new))
    except sqlite3.IntegrityError as error:
        raise rows.used_id(_taken_id(connection, new)) from error
    for query, found in lists.items():
        if found:
            connection.executemany(SQL[query], found)


def _row_of(new: NewContact) -> Row:
    at = new.created_at
    return (new.number, new.id, *rows.single_members(new.profile), new.subscription, at, at)


def _taken_id(connection: sqlite3.Connection, new: list[NewContact]) -> str:
    """The id that stands in the way: of a contact, or twice among the new ones."""
    seen: set[str] = set()
    for number, id, *_ in new:
        row = rows.first(connection, "contact_by_id", id)
        if id in seen or (row is not None and row[0] != number):
            return id
        seen.add(id)
    return new[0].id


def holders_of_keys(connection: sqlite3.Connection, keys: Mapping[str, str]) -> Iterable[Row]:
    """Who has these keys, each given with its kind, email or phone: key, number and kind."""
    given = [json.dumps([key for key in keys if keys[key] == kind]) for kind in ("email", "phone")]
    return connection.execute(SQL["holders_of_keys"], given)


def _import(row: Row) -> Import:
    number, receipt, format, names, *times = row
    return Import(number, receipt, format, rows.data(names, dict), *times)


def _chunk(row: Row) -> Chunk:
    number, contact, change, last_contact, last_change, actions, whose, stored, undone = row
    numbers: array[int] = array("q")
    numbers.frombytes(whose)
    before, behind = Newest(contact, change), Newest(last_contact, last_change)
    return Chunk(number, before, behind, actions, _as_stored(numbers), stored, undone)


def _as_stored(numbers: array[int]) -> array[int]:
    """In the order of octets that all files have, and back."""
    if sys.byteorder == "little":
        return numbers
    swapped = array("q", numbers)
    swapped.byteswap()
    return swapped
