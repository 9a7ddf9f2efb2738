"""What the registers of labels and of custom fields have in common: names that must exist before
they are used, found by display name, then without regard to case, then by key (G3 to G5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from wixcrm_local import changes, errors, naming, rows, text
from wixcrm_local.context import Context
from wixcrm_local.model import Profile
from wixcrm_local.problems import Problems
from wixcrm_local.rows import Row

Entry = TypeVar("Entry")


class Register(Generic[Entry]):
    """A register of the store; each verb is one transaction."""

    noun: ClassVar[str]  # as queries are named: label, custom_field
    title: ClassVar[str]  # as people read it
    longest: ClassVar[int]
    not_found: ClassVar[type[errors.InvalidContactInfo]]
    exists: ClassVar[type[errors.WixCRMError]]

    def __init__(self, context: Context) -> None:
        self._context = context

    def get(self, name: str) -> Entry:
        """The entry of this name or key. Raises this register's not-found error."""
        return self._context.store.read(lambda connection: self._entry(self._row(connection, name)))

    def list(self) -> tuple[Entry, ...]:
        """All entries, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            found = rows.run(connection, f"all_{self.noun}s")
            return tuple(self._entry(row) for row in found)

        return self._context.store.read(work)

    def count_contacts(self, name: str) -> int:
        """How many contacts have the entry. Raises this register's not-found error."""

        def work(connection: sqlite3.Connection) -> int:
            number = self._row(connection, name)[0]
            return len(rows.run(connection, f"contacts_with_{self.noun}", number))

        return self._context.store.read(work)

    def rename(self, name: str, new_name: str) -> Entry:
        """Gives an entry another name; its key, and the contacts that have it, stay (G4)."""
        cleaned = self._checked(new_name)

        def work(connection: sqlite3.Connection) -> Entry:
            row = self._row(connection, name)
            other = self.by_folded_name(connection, cleaned)
            if other is not None and other[0] != row[0]:
                self._refuse_existing(other)
            rows.run(connection, f"rename_{self.noun}", cleaned, text.folded(cleaned), row[0])
            return self._entry(self._row(connection, cleaned))

        return self._context.store.write(work)

    def delete(self, name: str) -> None:
        """Removes an entry, and takes it from the contacts that have it (G4)."""

        def work(connection: sqlite3.Connection) -> None:
            number = self._row(connection, name)[0]
            now = self._context.now()
            for contact in rows.run(connection, f"contacts_with_{self.noun}", number):
                kept = rows.contact_by_number(connection, contact[0])
                after = self._without(kept.profile, number)
                changes.apply(connection, kept, after, f"delete_{self.noun}", now)
            rows.run(connection, f"delete_{self.noun}", number)

        self._context.store.write(work)

    def delete_unused(self, key: str) -> str | None:
        """Removes the entry of this key if nobody has it, and gives its name."""

        def work(connection: sqlite3.Connection) -> str | None:
            row = self.by_key(connection, key)
            if row is None or rows.run(connection, f"contacts_with_{self.noun}", row[0]):
                return None
            rows.run(connection, f"delete_{self.noun}", row[0])
            return str(row[2])

        return self._context.store.write(work)

    def find(self, connection: sqlite3.Connection, name: str) -> Row | None:
        """The row of a name given by a caller, already cleaned."""
        return self.by_folded_name(connection, name) or self.by_key(connection, name)

    def by_key(self, connection: sqlite3.Connection, key: str) -> Row | None:
        """The row of a key, which no other one gets while it is there (G4)."""
        return rows.first(connection, f"{self.noun}_by_key", key)

    def by_folded_name(self, connection: sqlite3.Connection, name: str) -> Row | None:
        """The row whose name differs from `name` in case at the most."""
        return rows.first(connection, f"{self.noun}_by_name", text.folded(name))

    def names(self, connection: sqlite3.Connection) -> Sequence[str]:
        """All display names, for suggesting the nearest."""
        return [str(row[2]) for row in rows.run(connection, f"all_{self.noun}s")]

    def add(self, connection: sqlite3.Connection, name: str, **extra: str) -> Row:
        """Makes an entry inside the caller's transaction and gives its row."""
        key = naming.key_from_name(
            name,
            lambda key: self.by_key(connection, key) is not None,
        )
        values = (key, name, text.folded(name), *extra.values(), self._context.now())
        rows.run(connection, f"insert_{self.noun}", *values)
        return self._row(connection, name)

    def _create(self, name: str, exist_ok: bool, **extra: str) -> Entry:
        cleaned = self._checked(name)

        def work(connection: sqlite3.Connection) -> Entry:
            found = self.by_folded_name(connection, cleaned)
            if found is None:
                return self._entry(self.add(connection, cleaned, **extra))
            if not exist_ok or not self._is_same(found, **extra):
                self._refuse_existing(found)
            return self._entry(found)

        return self._context.store.write(work)

    def _row(self, connection: sqlite3.Connection, name: object) -> Row:
        cleaned = self._checked(name)
        row = self.find(connection, cleaned)
        if row is None:
            near = naming.nearest(cleaned, self.names(connection))
            raise self.not_found(
                self._explain_missing(cleaned, near), details={"name": cleaned, "nearest": near}
            )
        return row

    def add_missing(
        self,
        connection: sqlite3.Connection,
        name: str,
        path: str,
        problems: Problems,
        **extra: str,
    ) -> None:
        """Adds the problem of a name that is not in the register.

        `extra` are further arguments for creating it. Thousands of names can be unknown, and
        looking for the nearest of each would take minutes.
        """
        near = naming.nearest(name, self.names(connection)) if problems.next_is_shown else []
        sentence = self._explain_missing(name, near, *extra.values())
        problems.add(self.not_found, path, sentence, name=name, nearest=near, **extra)

    def _explain_missing(self, name: str, near: Sequence[str], *more: str) -> str:
        arguments = ", ".join([text.shortened(name), *map(repr, more)])
        return (
            f"there is no {self.title} {text.shortened(name)}; {naming.suggestion(near)}"
            f"make it with crm.{self.noun}s.create({arguments}), once"
        )

    def _checked(self, name: object) -> str:
        reason = None
        cleaned = ""
        if not isinstance(name, str):
            reason = f"must be a text, not {type(name).__name__}; give a str"
        elif len(name) > self.longest and len(name.strip()) > self.longest:
            reason = f"has {len(name):,} characters; shorten it to {self.longest}"
        else:
            try:
                cleaned = text.clean_name(name)
            except ValueError as error:
                reason = f"{error}, which can't be kept; remove it"
            else:
                reason = None if cleaned else "is blank; give a text that people can read"
        if reason is not None:
            raise errors.InvalidArgument(
                f"the name of a {self.title} {reason}", details={"argument": "name"}
            )
        return cleaned

    def _refuse_existing(self, row: Row) -> None:
        raise self.exists(
            f"there is a {self.title} {text.shortened(row[2])} already; "
            "use that one, or choose another name",
            details={"name": row[2], "key": row[1]},
        )

    def _is_same(self, row: Row, **extra: str) -> bool:
        return True

    def _entry(self, row: Row) -> Entry:
        raise NotImplementedError

    def _without(self, profile: Profile, number: int) -> Profile:
        raise NotImplementedError
