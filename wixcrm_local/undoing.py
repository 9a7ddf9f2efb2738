"""undo: takes one change of a contact back (U5).

Law: a member goes back only from what the change made of it, so that nothing later is lost; and
the way back is a change itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from wixcrm_local import changes, cleaning, edits, errors, field_values, members, rows
from wixcrm_local.changes import Entry
from wixcrm_local.context import Context
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import WIX_NAMES, Contact, Keyed, Profile
from wixcrm_local.phone_number import key_of_phone
from wixcrm_local.rows import StoredContact
from wixcrm_local.taking_back import Members, changed_again, touches

VERB = "undo"


def undo(context: Context, change_id: int) -> Contact:
    """Gives the members of a change back what they had before, and the contact as it is then.

    Raises `ChangeNotFound`, `CannotUndo`, `InsufficientContactInfo`, `LoginEmailTaken`,
    `InvalidArgument`.
    """
    number = _checked(change_id)

    def work(connection: sqlite3.Connection) -> Contact:
        found = changes.entry(connection, number)
        if found is None:
            raise errors.ChangeNotFound(
                f"there is no change {number}; pass the id of one in history(id), which may have "
                "been pruned since",
                details={"change_id": number},
            )
        contact_number, entry = found
        kept = rows.contact_by_number(connection, contact_number)
        _refuse_later(connection, kept, entry)
        after, subscription = _Way(context, connection, kept, entry).back()
        if (after, subscription or kept.subscription) != (kept.profile, kept.subscription):
            changes.apply(connection, kept, after, VERB, context.now(), subscription)
        return rows.contact_by_number(connection, contact_number).contact()

    return context.store.write(work)


def _checked(change_id: object) -> int:
    if change_id is None:
        raise errors.CannotUndo(
            "a contact's creation can't be undone; delete_contact is for that",
            details={"change_id": None, "reason": "creation"},
        )
    if isinstance(change_id, int) and not isinstance(change_id, bool):
        return max(-1, min(change_id, 2**63 - 1))  # what SQLite can count
    raise errors.InvalidArgument(
        "change_id must be the whole number of a change; pass history(id)[-1].id",
        details={"argument": "change_id"},
    )


def _refuse_later(connection: sqlite3.Connection, kept: StoredContact, entry: Entry) -> None:
    again = changed_again(changes.present(connection, kept), entry.after)
    if not again:
        return
    later = [
        other.number
        for other in changes.entries(connection, kept.number)
        if other.number > entry.number and touches(other.after, again)
    ]
    names = [WIX_NAMES.get(name, name) for name in again]
    changed = ", ".join(names)
    raise errors.CannotUndo(
        f"change {entry.number} of contact {kept.id} can't be undone, since later changes are of "
        f"the same members ({changed}): {', '.join(map(str, later))}; undo those first, the "
        "latest before the others",
        details={
            "change_id": entry.number,
            "contact_id": kept.id,
            "reason": "later_changes",
            "members": names,
            "later_changes": later,
        },
    )


class _Way:
    """The way back from one change."""

    def __init__(
        self, context: Context, connection: sqlite3.Connection, kept: StoredContact, entry: Entry
    ) -> None:
        self._region = context.store.default_region
        self._connection = connection
        self._kept = kept
        self._entry = entry
        self._missing: list[str] = []

    def back(self) -> tuple[Profile, str | None]:
        """What the contact is to be, and what it is to say to mail."""
        wanted: Members = dict(self._entry.before)
        subscription = None
        if "subscription" in wanted:
            subscription = wanted.pop("subscription") or "not_set"
        readers: dict[str, Callable[[Any], Any]] = {
            "emails": self._emails,
            "phones": self._phones,
            "labels": self._labels,
            "custom_fields": self._custom_fields,
            "login_email": self._login_email,
        }
        given = {
            name: readers[name](value) if name in readers else value
            for name, value in wanted.items()
        }
        self._refuse_missing()
        after = self._kept.profile._replace(**given)
        if "login_email" in given:
            members.refuse_taken_login(self._connection, after.login_email, self._kept.number)
        cleaning.refuse_overfull(after)
        edits.refuse_without_identity(after)
        return after, subscription

    def _emails(self, texts: list[str]) -> tuple[Keyed, ...]:
        return tuple(Keyed(text, key_of_email(text)) for text in texts)

    def _phones(self, texts: list[str]) -> tuple[Keyed, ...]:
        return tuple(Keyed(text, self._phone_key(text)) for text in texts)

    def _phone_key(self, text: str) -> str | None:
        try:
            return key_of_phone(text, self._region)
        except errors.InvalidPhone:  # in another region than it was given in
            return None

    def _login_email(self, text: str | None) -> Keyed | None:
        return None if text is None else Keyed(text, key_of_email(text))

    def _labels(self, keys: list[str]) -> tuple[int, ...]:
        numbers = [self._number("label_by_key", f"label {key}", key) for key in keys]
        return tuple(number for number in numbers if number is not None)

    def _custom_fields(self, values: dict[str, Any]) -> dict[int, Any]:
        fields = dict(self._kept.profile.custom_fields)
        for key, value in values.items():
            title = f"custom field {key}"
            if value is None:
                row = rows.first(self._connection, "custom_field_by_key", key)
                if row is not None:
                    fields.pop(row[0], None)
                continue
            number = self._number("custom_field_by_key", title, key)
            if number is not None:
                fields[number] = self._fitted(number, title, value)
        return fields

    def _number(self, query: str, title: str, key: str) -> int | None:
        row = rows.first(self._connection, query, key)
        if row is None:
            self._missing.append(title)
            return None
        return int(row[0])

    def _fitted(self, number: int, title: str, value: Any) -> Any:
        """The value, where it fits the field as it is now."""
        row = rows.first(self._connection, "custom_field_by_number", number)
        assert row is not None
        try:
            return field_values.to_stored(value, row[3])
        except ValueError:
            self._missing.append(f"{title} with a type that its value fits")
            return None

    def _refuse_missing(self) -> None:
        if self._missing:
            raise errors.CannotUndo(
                f"change {self._entry.number} of contact {self._kept.id} can't be undone, since "
                f"there is none of these any more: {', '.join(self._missing)}; make them again "
                "with crm.labels.create or crm.custom_fields.create first",
                details={
                    "change_id": self._entry.number,
                    "contact_id": self._kept.id,
                    "reason": "deleted_names",
                    "missing": self._missing,
                },
            )
