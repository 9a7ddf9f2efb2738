"""What an expert writes by hand with sqlite3, for plain tables: the rate to be measured by.

Keys come normalized; WAL, the same `synchronous`, one BEGIN IMMEDIATE transaction a call. The
relational work is the library's: everybody who shares a key is looked up and the best match
taken; a new contact is written with its lists, a known one read, changed, and noted in a history.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from people import Person

from contenders import contents

_NO_KEY = (None, None)


class Handwritten:
    name = "hand-written sqlite3"
    BEGIN = "BEGIN IMMEDIATE"

    SCHEMA = """
    CREATE TABLE contact (
        id INTEGER PRIMARY KEY,
        contact_id TEXT NOT NULL UNIQUE,
        first_name TEXT,
        last_name TEXT,
        revision INTEGER NOT NULL DEFAULT 1,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    );
    CREATE TABLE email (
        id INTEGER PRIMARY KEY,
        contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        address TEXT NOT NULL,
        key TEXT NOT NULL
    );
    CREATE INDEX email_key ON email (key);
    CREATE INDEX email_contact ON email (contact);
    CREATE TABLE phone (
        id INTEGER PRIMARY KEY,
        contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        number TEXT NOT NULL,
        key TEXT
    );
    CREATE INDEX phone_key ON phone (key);
    CREATE INDEX phone_contact ON phone (contact);
    CREATE TABLE change (
        id INTEGER PRIMARY KEY,
        contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        changed_at TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL
    );
    CREATE INDEX change_contact ON change (contact);
    """
    FIND = """
    SELECT contact, 1 FROM email WHERE key = ?1
    UNION ALL SELECT contact, 2 FROM phone WHERE key = ?2"""
    INSERT = """
    INSERT INTO contact (contact_id, first_name, last_name, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?4)"""
    # ?2 is the place in the list, which a plain table's row number already keeps.
    INSERT_EMAIL = "INSERT INTO email (contact, address, key) VALUES (?1, ?3, ?4)"
    INSERT_PHONE = "INSERT INTO phone (contact, number, key) VALUES (?1, ?3, ?4)"
    READ = "SELECT contact_id, first_name, last_name FROM contact WHERE id = ?"
    READ_EMAILS = "SELECT address, key FROM email WHERE contact = ? ORDER BY id"
    READ_PHONES = "SELECT number, key FROM phone WHERE contact = ? ORDER BY id"
    UPDATE = """
    UPDATE contact SET first_name = ?2, last_name = ?3, updated_at = ?4, revision = revision + 1
    WHERE id = ?1"""
    INSERT_CHANGE = "INSERT INTO change (contact, changed_at, before, after) VALUES (?, ?, ?, ?)"
    PRELOAD = """
    INSERT INTO contact (id, contact_id, first_name, last_name, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?5)"""
    CONTENTS = """
    SELECT contact, key FROM email UNION ALL SELECT contact, key FROM phone ORDER BY 1, 2"""

    def open(self, path: str, durability: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute(f"PRAGMA synchronous = {durability.upper()}")
        self.database.execute("PRAGMA foreign_keys = ON")
        if not self.database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            self.database.executescript(self.SCHEMA)

    def create(self, person: Person) -> str:
        execute = self.database.execute
        execute(self.BEGIN)
        try:
            number = self._find(person)
            id = self._insert(person) if number is None else self._update(number, person)
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise
        return id

    def _find(self, person: Person) -> int | None:
        """Who shares a key, by email before by phone, then the oldest."""
        found: list[tuple[int, int]] = []
        for (_, email), (_, phone) in zip_longest(person.emails, person.phones, fillvalue=_NO_KEY):
            found += self.database.execute(self.FIND, (email, phone))
        return min(found, key=lambda match: match[::-1])[0] if found else None

    def find(self, person: Person) -> tuple[object, ...]:
        """Name, addresses and numbers of who has this person's first email or phone."""
        number = self._find(person)
        execute = self.database.execute
        return (
            *execute(self.READ, (number,)).fetchone(),
            execute(self.READ_EMAILS, (number,)).fetchall(),
            execute(self.READ_PHONES, (number,)).fetchall(),
        )

    def _insert(self, person: Person) -> str:
        execute = self.database.execute
        id = f"{time.time_ns():016x}-{os.urandom(8).hex()}"
        row = (id, person.first_name, person.last_name, now())
        number = execute(self.INSERT, row).lastrowid
        for place, (text, key) in enumerate(person.emails):
            execute(self.INSERT_EMAIL, (number, place, text, key))
        for place, (text, key) in enumerate(person.phones):
            execute(self.INSERT_PHONE, (number, place, text, key))
        return id

    def _update(self, number: int, person: Person) -> str:
        execute = self.database.execute
        id, first_name, last_name = execute(self.READ, (number,)).fetchone()
        emails = execute(self.READ_EMAILS, (number,)).fetchall()
        phones = execute(self.READ_PHONES, (number,)).fetchall()
        before: dict[str, object] = {}
        after: dict[str, object] = {}
        if person.first_name != first_name:
            before["first_name"], after["first_name"] = first_name, person.first_name
        if person.last_name != last_name:
            before["last_name"], after["last_name"] = last_name, person.last_name
        new_emails = missing(person.emails, emails)
        if new_emails:
            before["emails"], after["emails"] = texts(emails), texts([*emails, *new_emails])
        new_phones = missing(person.phones, phones)
        if new_phones:
            before["phones"], after["phones"] = texts(phones), texts([*phones, *new_phones])
        if not after:
            return str(id)
        at = now()
        execute(self.UPDATE, (number, person.first_name, person.last_name, at))
        for place, (text, key) in enumerate(new_emails, len(emails)):
            execute(self.INSERT_EMAIL, (number, place, text, key))
        for place, (text, key) in enumerate(new_phones, len(phones)):
            execute(self.INSERT_PHONE, (number, place, text, key))
        execute(self.INSERT_CHANGE, (number, at, json.dumps(before), json.dumps(after)))
        return str(id)

    def preload(self, people: Iterable[tuple[int, Person]], stamp: str) -> None:
        """Many new contacts at once, with their numbers; part of no measurement."""
        contacts, emails, phones = [], [], []
        for number, person in people:
            names = (person.first_name, person.last_name)
            contacts.append((number, preloaded_id(number), *names, stamp))
            emails += [(number, place, *item) for place, item in enumerate(person.emails)]
            phones += [(number, place, *item) for place, item in enumerate(person.phones)]
        self.database.executemany(self.PRELOAD, contacts)
        self.database.executemany(self.INSERT_EMAIL, emails)
        self.database.executemany(self.INSERT_PHONE, phones)

    def contents(self) -> tuple[int, int]:
        return contents(self.database.execute(self.CONTENTS))

    def close(self) -> None:
        self.database.close()


def preloaded_id(number: int) -> str:
    """The contact_id of a contact that was preloaded."""
    return f"{number:016x}-0000000000000000"


def missing(
    given: Sequence[tuple[str, str]], kept: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """What is given and not kept, by its key."""
    known = {key for _, key in kept}
    return [item for item in given if item[1] not in known]


def texts(items: Iterable[tuple[str, str]]) -> list[str]:
    """The items as typed, for a history."""
    return [text for text, _ in items]


def now() -> str:
    """The time as it is stored."""
    return datetime.now(UTC).isoformat()
