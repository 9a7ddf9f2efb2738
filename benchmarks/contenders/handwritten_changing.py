"""What an expert writes by hand to change and to merge contacts, on the plain tables.

The relational work is the library's: the contact is read whole, by its id, changed, noted in a
history, and answered with. Who is merged into another is kept whole, with a history of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from edits import FIELD, Edit, Merge

from contenders.handwritten import Handwritten, missing, now, texts

T = TypeVar("T")
Items = list[tuple[str, str]]


class Kept(NamedTuple):
    """A contact as it stands in its tables."""

    number: int
    id: str
    first_name: str
    last_name: str
    revision: int
    created_at: str
    updated_at: str
    emails: Items
    phones: Items
    fields: dict[str, str]


class HandwrittenChanging(Handwritten):
    # A history outlives its contact, which may come back.
    BESIDE = """
    DROP TABLE change;
    CREATE TABLE change (
        id INTEGER PRIMARY KEY,
        contact INTEGER NOT NULL,
        changed_at TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL
    );
    CREATE INDEX change_contact ON change (contact);
    CREATE TABLE field (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE field_value (
        contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        field INTEGER NOT NULL REFERENCES field,
        value TEXT NOT NULL,
        PRIMARY KEY (contact, field)
    ) WITHOUT ROWID;
    CREATE INDEX field_value_field ON field_value (field);
    CREATE TABLE merged (
        id INTEGER PRIMARY KEY,
        contact_id TEXT NOT NULL UNIQUE,
        target INTEGER NOT NULL,
        members TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        merged_at TEXT NOT NULL
    );
    CREATE INDEX merged_target ON merged (target);
    """
    READ_BY_ID = """
    SELECT id, contact_id, first_name, last_name, revision, created_at, updated_at
    FROM contact WHERE contact_id = ?"""
    READ_FIELDS = """
    SELECT name, value FROM field_value JOIN field ON field.id = field WHERE contact = ?"""
    SET_FIELD = """
    INSERT OR REPLACE INTO field_value SELECT ?, id, ? FROM field WHERE name = ?"""
    INSERT_MERGED = "INSERT INTO merged VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    CONTENTS = """
    SELECT contact, key FROM email
    UNION ALL SELECT contact, key FROM phone
    UNION ALL SELECT id, first_name || ' ' || last_name FROM contact
    UNION ALL SELECT id, 'revision ' || revision FROM contact
    UNION ALL SELECT contact, value FROM field_value
    UNION ALL SELECT target, 'merged ' || id FROM merged
    UNION ALL SELECT coalesce(target, contact), 'changed'
    FROM change LEFT JOIN merged ON merged.id = contact
    ORDER BY 1, 2"""

    def prepare(self, folder: str) -> str:
        """The file to be copied, made ready."""
        path = os.path.join(folder, "handwritten.db")
        self.open(path, "normal")
        self.database.executescript(self.BESIDE)
        self.database.execute("INSERT INTO field (name) VALUES (?)", (FIELD,))
        self.close()
        return path

    def update(self, edit: Edit) -> Kept:
        return self._in_transaction(self._edit, edit)

    def merge(self, pair: Merge) -> Kept:
        return self._in_transaction(self._merge, pair)

    def _in_transaction(self, work: Callable[[Any], T], item: object) -> T:
        self.database.execute(self.BEGIN)
        try:
            result = work(item)
            self.database.execute("COMMIT")
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        return result

    def _read(self, id: str) -> Kept:
        execute = self.database.execute
        row = execute(self.READ_BY_ID, (id,)).fetchone()
        if row is None:
            raise LookupError(id)
        owner = row[:1]
        return Kept(
            *row,
            execute(self.READ_EMAILS, owner).fetchall(),
            execute(self.READ_PHONES, owner).fetchall(),
            dict(execute(self.READ_FIELDS, owner).fetchall()),
        )

    def _edit(self, edit: Edit) -> Kept:
        execute = self.database.execute
        kept = self._read(edit.id)
        number = kept.number
        before: dict[str, object] = {}
        after: dict[str, object] = {}
        if edit.last_name != kept.last_name:
            before["last_name"], after["last_name"] = kept.last_name, edit.last_name
        if edit.phones != kept.phones:
            before["phones"], after["phones"] = texts(kept.phones), texts(edit.phones)
            start = len(kept.phones)
            if edit.phones[:start] != kept.phones:
                execute("DELETE FROM phone WHERE contact = ?", (number,))
                start = 0
            for place, (text, key) in enumerate(edit.phones[start:], start):
                execute(self.INSERT_PHONE, (number, place, text, key))
        fields = {**kept.fields, FIELD: edit.company}
        if fields != kept.fields:
            before["fields"] = {FIELD: kept.fields.get(FIELD)}
            after["fields"] = {FIELD: edit.company}
            execute(self.SET_FIELD, (number, edit.company, FIELD))
        if not after:
            return kept
        edited = kept._replace(last_name=edit.last_name, phones=edit.phones, fields=fields)
        return self._changed(edited, before, after)

    def _merge(self, pair: Merge) -> Kept:
        execute = self.database.execute
        kept, other = self._read(pair.target), self._read(pair.source)
        number = kept.number
        members = {
            "first_name": other.first_name,
            "last_name": other.last_name,
            "emails": texts(other.emails),
            "phones": texts(other.phones),
            "fields": other.fields,
        }
        execute("DELETE FROM contact WHERE id = ?", (other.number,))
        stamps = (other.revision, other.created_at, other.updated_at, now())
        execute(self.INSERT_MERGED, (other.number, other.id, number, json.dumps(members), *stamps))
        before: dict[str, object] = {"merged": None}
        after: dict[str, object] = {"merged": other.id}
        emails, phones = missing(other.emails, kept.emails), missing(other.phones, kept.phones)
        if emails:
            before["emails"], after["emails"] = texts(kept.emails), texts(kept.emails + emails)
        if phones:
            before["phones"], after["phones"] = texts(kept.phones), texts(kept.phones + phones)
        for place, (text, key) in enumerate(emails, len(kept.emails)):
            execute(self.INSERT_EMAIL, (number, place, text, key))
        for place, (text, key) in enumerate(phones, len(kept.phones)):
            execute(self.INSERT_PHONE, (number, place, text, key))
        fields = {name: value for name, value in other.fields.items() if name not in kept.fields}
        if fields:
            before["fields"], after["fields"] = dict.fromkeys(fields), fields
        for name, value in fields.items():
            execute(self.SET_FIELD, (number, value, name))
        united = kept._replace(
            first_name=kept.first_name or other.first_name,
            last_name=kept.last_name or other.last_name,
            emails=kept.emails + emails,
            phones=kept.phones + phones,
            fields={**kept.fields, **fields},
        )
        return self._changed(united, before, after)

    def _changed(self, kept: Kept, before: dict[str, Any], after: dict[str, Any]) -> Kept:
        """Stores the row of a contact whose lists are stored, and its entry in the history."""
        execute, at = self.database.execute, now()
        execute(self.UPDATE, (kept.number, kept.first_name, kept.last_name, at))
        execute(self.INSERT_CHANGE, (kept.number, at, json.dumps(before), json.dumps(after)))
        return kept._replace(revision=kept.revision + 1, updated_at=at)
