"""The register of custom fields: a contact may have values only in fields that stand here, each of
its field's type (G5, G6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from wixcrm_local import cleaning, errors, field_values, naming, rows, shapes, wire
from wixcrm_local.model import WIX_NAMES, CustomField, Profile
from wixcrm_local.policy import Policy
from wixcrm_local.problems import Problems
from wixcrm_local.register import Register
from wixcrm_local.rows import Row
from wixcrm_local.text import as_path, clean_name, shortened


class CustomFields(Register[CustomField]):
    """`crm.custom_fields`: create, get, list, count_contacts, rename, delete.

    Every verb raises `InvalidArgument` for a name that can't be one.
    """

    noun = "custom_field"
    title = "custom field"
    longest = cleaning.LONGEST_FIELD_NAME
    not_found = errors.CustomFieldNotFound
    exists = errors.CustomFieldExists

    def create(self, name: str, type: str = "text", *, exist_ok: bool = False) -> CustomField:
        """Makes a field of the type text, number, date or url (G5).

        Raises `CustomFieldExists` if one of this name exists, in any case of letters; with
        `exist_ok` that one is the answer if it has the same type.
        """
        if type not in field_values.TYPES:
            raise errors.InvalidArgument(
                f"a custom field can't have the type {type!r}; "
                f"choose one of {', '.join(field_values.TYPES)}",
                details={"argument": "type", "choices": list(field_values.TYPES)},
            )
        return self._create(name, exist_ok, type=type)

    def resolve(
        self,
        connection: sqlite3.Connection,
        draft: wire.Draft,
        policy: Policy,
        problems: Problems,
        ignored: list[str],
    ) -> dict[int, Any]:
        """The values of a contactInfo by field number: those under customFields, and flat ones.

        None stands for a field that is cleared (U6).
        """
        values: dict[int, Any] = {}
        for name, value in draft.custom_fields.items():
            path = f"customFields[{shortened(name)}]" if isinstance(name, str) else "customFields"
            row = self._named(connection, name, path, policy, problems, ignored, value)
            self._take(row, path, value, values, problems)
        for name, value in draft.other_members.items():
            row = self.find(connection, clean_name(name))
            if row is None and policy.unknown_names == "ignore":
                ignored.append(as_path(name))
            elif row is None:
                self._explain_unknown_member(connection, name, value, problems)
            else:
                self._take(row, as_path(name), value, values, problems)
        return values

    def _named(
        self,
        connection: sqlite3.Connection,
        name: object,
        path: str,
        policy: Policy,
        problems: Problems,
        ignored: list[str],
        value: object,
    ) -> Row | None:
        try:
            cleaned = self._checked(name)
        except errors.InvalidArgument as error:
            problems.add(errors.CustomFieldNotFound, path, error.message)
            return None
        row = self.find(connection, cleaned)
        if row is None and policy.unknown_names == "create":
            is_cleared = value is wire.CLEARED  # of a field that is not there, nothing is
            return None if is_cleared else self.add(connection, cleaned, type=_type_for(value))
        if row is None and policy.unknown_names == "ignore":
            ignored.append(f"customFields: {cleaned}")
        elif row is None:
            kind = _type_for(value)
            extra = {} if kind == "text" else {"type": kind}
            self.add_missing(connection, cleaned, path, problems, **extra)
        return row

    def _take(
        self,
        row: Row | None,
        path: str,
        value: object,
        values: dict[int, Any],
        problems: Problems,
    ) -> None:
        if row is None:
            return
        number, _, name, kind, _ = row
        if number in values:
            problems.add(
                errors.InvalidContactInfo,
                path,
                f"names the custom field {name!r} a second time; give it once",
            )
            return
        try:
            cleared = value is wire.CLEARED
            values[number] = None if cleared else field_values.to_stored(value, kind)
        except ValueError as error:
            problems.add(errors.InvalidCustomFieldValue, path, f"the {kind} field {name!r} {error}")

    def _explain_unknown_member(
        self, connection: sqlite3.Connection, name: str, value: object, problems: Problems
    ) -> None:
        known = [*WIX_NAMES.values(), *self.names(connection)]
        near = naming.nearest(name, known) if problems.next_is_shown else []
        shapes.explain_unknown(name, value, problems, near)

    def _entry(self, row: Row) -> CustomField:
        return rows.custom_field(row)

    def _is_same(self, row: Row, **extra: str) -> bool:
        return bool(row[3] == extra["type"])

    def _without(self, profile: Profile, number: int) -> Profile:
        kept: Mapping[int, Any] = profile.custom_fields
        return profile._replace(custom_fields={k: v for k, v in kept.items() if k != number})


def _type_for(value: object) -> str:
    """The type of a field that is made for its first value (policy unknown_names="create")."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return "date" if isinstance(value, date) else "text"
