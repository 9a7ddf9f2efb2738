"""Makes a profile of members as the history keeps them: keys are found anew, and so are the labels
and custom fields, which may have been deleted since (U5, U7)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from wixcrm_local import errors, field_values, rows
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import Keyed, Profile
from wixcrm_local.phone_number import key_of_phone


class Recalling:
    """What some members mean in a store; `missing` names what there is not any more."""

    def __init__(self, connection: sqlite3.Connection, region: str | None) -> None:
        self._connection = connection
        self._region = region
        self.missing: list[str] = []

    def profile(self, base: Profile, members: Mapping[str, Any]) -> Profile:
        """`base` with these members; of their labels and fields those that are still there."""
        readers: dict[str, Callable[[Any], Any]] = {
            "emails": self._emails,
            "phones": self._phones,
            "labels": self._labels,
            "login_email": self._login_email,
        }
        given: dict[str, Any] = {}
        for name in Profile._fields:
            if name == "custom_fields" and name in members:
                given[name] = self._custom_fields(base, members[name])
            elif name in members:
                value = members[name]
                given[name] = readers[name](value) if name in readers else value
        return base._replace(**given)

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

    def _custom_fields(self, base: Profile, values: Mapping[str, Any]) -> dict[int, Any]:
        fields: dict[int, Any] = dict(base.custom_fields)
        for key, value in values.items():
            if value is None:
                row = rows.first(self._connection, "custom_field_by_key", key)
                if row is not None:
                    fields.pop(row[0], None)
                continue
            number = self._number("custom_field_by_key", f"custom field {key}", key)
            fitted = None if number is None else self._fitted(number, key, value)
            if number is not None and fitted is not None:
                fields[number] = fitted
        return fields

    def _number(self, query: str, title: str, key: str) -> int | None:
        row = rows.first(self._connection, query, key)
        if row is None:
            self.missing.append(title)
            return None
        return int(row[0])

    def _fitted(self, number: int, key: str, value: Any) -> Any:
        """The value, where it fits the field as it is now."""
        row = rows.first(self._connection, "custom_field_by_number", number)
        assert row is not None
        try:
            return field_values.to_stored(value, row[3])
        except ValueError:
            self.missing.append(f"custom field {key} with a type that its value fits")
            return None


def deleted_names(deed: str, missing: list[str], contact_id: str) -> errors.CannotUndo:
    """The error for what can't come back before its labels and fields are there again."""
    return errors.CannotUndo(
        f"{deed} can't be undone, since there is none of these any more: {', '.join(missing)}; "
        "make them again with crm.labels.create or crm.custom_fields.create first",
        details={"contact_id": contact_id, "reason": "deleted_names", "missing": missing},
    )
