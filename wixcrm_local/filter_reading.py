"""Reads the `where` of a query, which is plain data, part by part.

Law: every part knows its path; names come from a fixed list or the registers, and what is wrong is
one error that names the place, the nearest name and the remedy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from wixcrm_local import errors, filter_values, filters, naming, rows, text
from wixcrm_local.filters import NEGATED, OPERATORS, Condition, Field, joined, negated
from wixcrm_local.phone_number import phone_match_key
from wixcrm_local.text import as_path, kind_of

COMBINATORS = ("all", "any", "not")
_DEEPEST = 20
_MOST_CONDITIONS = 200
_MOST_VALUES = 500


def compiled(connection: sqlite3.Connection, where: object, region: str | None) -> Condition:
    """The condition that `where` states. Raises `InvalidArgument` that names path and remedy."""
    filters.teach(connection)
    if where is None:
        return filters.NOTHING_ASKED
    return _Reading(connection, region).mapping(where, "where", 0)


class _Reading:
    """Reads one `where`, part by part; every part knows its path."""

    def __init__(self, connection: sqlite3.Connection, region: str | None) -> None:
        self._connection = connection
        self._region = region
        self._conditions = 0
        self._members = filters.members(self._label, self._phone_key)

    def mapping(self, given: object, path: str, depth: int) -> Condition:
        if not isinstance(given, Mapping):
            _refuse(path, f"must be a mapping, not {kind_of(given)}; give {{'lastName': 'Diaz'}}")
        if depth > _DEEPEST:
            _refuse(path, f"is more than {_DEEPEST} levels deep; make it simpler")
        parts = [self._part(name, value, path, depth) for name, value in given.items()]
        return joined(parts, "AND")

    def _part(self, name: object, value: object, path: str, depth: int) -> Condition:
        if not isinstance(name, str):
            _refuse(path, f"has a name that is {kind_of(name)}; names are texts")
        here = f"{path}.{as_path(name)}"
        if name in ("any", "all"):
            if not isinstance(value, list | tuple):
                _refuse(here, f"must be a list of mappings, not {kind_of(value)}; give [{{…}}]")
            parts = [
                self.mapping(item, f"{here}[{place}]", depth + 1)
                for place, item in enumerate(value)
            ]
            return joined(parts, "OR" if name == "any" else "AND")
        if name == "not":
            return negated(self.mapping(value, here, depth + 1))
        if name in ("customFields", "custom_fields"):
            if not isinstance(value, Mapping) or not value:
                _refuse(here, "must be a mapping of fields; give {'Lead score': {'at_least': 50}}")
            return joined([self._in_fields(*item, here) for item in value.items()], "AND")
        return self._asked(self._field(name, here), value, here)

    def _in_fields(self, name: object, value: object, path: str) -> Condition:
        here = f"{path}.{as_path(str(name))}"
        return self._asked(self._custom_field(name, here), value, here)

    def _field(self, name: str, path: str) -> Field:
        snake_case = {_snake_case(member): member for member in self._members}
        found = self._members.get(snake_case.get(name, name))
        return found or self._custom_field(name, path, tuple(self._members))

    def _custom_field(self, name: object, path: str, members: Iterable[str] = ()) -> Field:
        cleaned = name.strip() if isinstance(name, str) else ""
        row = rows.first(self._connection, "custom_field_by_name", text.folded(cleaned))
        row = row or rows.first(self._connection, "custom_field_by_key", cleaned)
        if row is None:
            registered = [str(each[2]) for each in rows.run(self._connection, "all_custom_fields")]
            near = naming.nearest(
                cleaned, [*members, *registered, *(COMBINATORS if members else ())]
            )
            _refuse(
                path,
                f"is no member or custom field; {naming.suggestion(near)}"
                "name a documented member, a custom field, or all, any, not",
                nearest=near,
            )
        return filters.custom_field(row[0], row[3])

    def _asked(self, field: Field, value: object, path: str) -> Condition:
        if not isinstance(value, Mapping):
            value = {"is_blank": True} if value is None else {"equals": value}
        if not value:
            _refuse(path, f"asks nothing; give a value, or one of {', '.join(OPERATORS)}")
        parts = []
        for operator, wanted in value.items():
            self._conditions += 1
            if self._conditions > _MOST_CONDITIONS:
                _refuse(path, f"is one of more than {_MOST_CONDITIONS} conditions; ask for fewer")
            parts.append(self._one(field, operator, wanted, path))
        return joined(parts, "AND")

    def _one(self, field: Field, operator: object, wanted: object, path: str) -> Condition:
        known = field.operators
        if operator not in known:
            near = naming.nearest(str(operator), known)
            _refuse(
                f"{path}.{as_path(str(operator))}",
                f"is no operator here; {naming.suggestion(near)}use one of {', '.join(known)}",
                nearest=near,
            )
        here = f"{path}.{operator}"
        if operator in NEGATED:
            return negated(self._one(field, NEGATED[str(operator)], wanted, path))
        if operator == "is_blank":
            if not isinstance(wanted, bool):
                _refuse(here, f"must be true or false, not {kind_of(wanted)}; give True")
            return negated(field.there()) if wanted else field.there()
        if operator != "in":
            return self._compared(field, str(operator), wanted, here)
        if not isinstance(wanted, list | tuple) or len(wanted) > _MOST_VALUES:
            _refuse(here, f"must be a list of at most {_MOST_VALUES} values; give ['a', 'b']")
        each = [
            self._compared(field, "equals", item, f"{here}[{place}]")
            for place, item in enumerate(wanted)
        ]
        return joined(each, "OR")

    def _compared(self, field: Field, operator: str, wanted: object, path: str) -> Condition:
        try:
            return field.compared(operator, wanted)
        except ValueError as error:
            _refuse(path, str(error))

    def _phone_key(self, wanted: object) -> str:
        return phone_match_key(filter_values.any_text(wanted), self._region) or ""

    def _label(self, wanted: object) -> int:
        cleaned = filter_values.any_text(wanted).strip()
        row = rows.first(self._connection, "label_by_name", text.folded(cleaned))
        row = row or rows.first(self._connection, "label_by_key", cleaned)
        if row is None:
            names = [str(each[2]) for each in rows.run(self._connection, "all_labels")]
            near = naming.nearest(cleaned, names)
            raise ValueError(
                f"names no label there is; {naming.suggestion(near)}crm.labels.list() shows all"
            )
        return int(row[0])


def _snake_case(member: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member)


def _refuse(path: str, sentence: str, **details: Any) -> NoReturn:
    raise errors.InvalidArgument(
        f"{path} {sentence}", details={"argument": "where", "path": path, **details}
    )
