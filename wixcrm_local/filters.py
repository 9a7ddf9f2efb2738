"""The conditions of a query as SQL: what can be asked of which member, and the page it makes.

Law: the only module that composes SQL. It joins fragments that stand here, and nothing a caller
gave is ever part of one: values are parameters, names come from the lists below or the registers. A
condition is true or false, never NULL, so that `not` means the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from wixcrm_local import filter_values

SORTS: Mapping[str, str] = {
    "created_at": "contacts.contact_number",  # the order of creation is that of the rows (A6)
    "updated_at": "contacts.updated_at",
    "first_name": "folded(coalesce(contacts.first_name, ''))",
    "last_name": "folded(coalesce(contacts.last_name, ''))",
}

# What an operator asks of an expression that is not NULL.
_ORDERED = {
    "equals": "{} = ?",
    "less_than": "{} < ?",
    "at_most": "{} <= ?",
    "more_than": "{} > ?",
    "at_least": "{} >= ?",
}
_OF_TEXT = {
    "equals": "{} = ?",
    "starts_with": "substr({0}, 1, length(?)) = ?",
    # Of nothing, substr would give the whole.
    "ends_with": "(? = '' OR substr({0}, -length(?)) = ?)",
    "contains": "instr({0}, ?) > 0",
}
NEGATED = {"not_equals": "equals", "not_in": "in"}
OPERATORS = (
    *("equals", "not_equals", "in", "not_in", "starts_with", "ends_with", "contains"),
    *("less_than", "at_most", "more_than", "at_least", "is_blank"),
)


_NEVER_BLANK = (
    filter_values.stamp,
    filter_values.boolean,
    filter_values.subscription,
    filter_values.any_text,
)


class Condition(NamedTuple):
    """A fragment and its parameters; `driver` walks only those who can fit, oldest first."""

    sql: str
    values: tuple[Any, ...] = ()
    driver: tuple[str, int] | None = None


NOTHING_ASKED = Condition("1")


class Field(NamedTuple):
    """How one member is asked for: `around` holds an expression on it, {}."""

    around: str
    expression: str
    convert: Callable[[Any], Any]
    asks: Mapping[str, str]
    given: tuple[Any, ...] = ()  # what `around` needs itself
    # What equality looks at in its place: around, expression and conversion.
    key: tuple[str, str, Callable[[Any], Any]] | None = None
    driver: tuple[str, int] | None = None

    @property
    def operators(self) -> list[str]:
        """What can be asked of it."""
        can = {*self.asks, *NEGATED, "in"}
        if self.convert not in _NEVER_BLANK:
            can.add("is_blank")
        return [operator for operator in OPERATORS if operator in can]

    def there(self) -> Condition:
        """Who has a value."""
        return Condition(self.around.format(f"{self.expression} IS NOT NULL"), self.given)

    def compared(self, operator: str, wanted: object) -> Condition:
        """Whose value is as `wanted`. Raises `ValueError` where that is no value of the member."""
        around, expression, convert = self.around, self.expression, self.convert
        if operator == "equals" and self.key is not None:
            around, expression, convert = self.key
        value = convert(wanted)
        fragment = self.asks[operator]
        asked = f"{expression} IS NOT NULL AND {fragment.format(expression)}"
        driver = ("label", value) if around is _LABELS else self.driver
        values = (*self.given, *[value] * fragment.count("?"))
        return Condition(f"({around.format(asked)})", values, driver)


_ITSELF = "{}"
# A key finds its few contacts by its index; all else is asked of each contact in turn.
_WITH_EMAIL_KEY = "contacts.contact_number IN (SELECT contact_number FROM contact_emails WHERE {})"
_WITH_PHONE_KEY = "contacts.contact_number IN (SELECT contact_number FROM contact_phones WHERE {})"
_EMAILS = (
    "EXISTS (SELECT 1 FROM contact_emails WHERE contact_emails.contact_number ="
    " contacts.contact_number AND {})"
)
_PHONES = (
    "EXISTS (SELECT 1 FROM contact_phones WHERE contact_phones.contact_number ="
    " contacts.contact_number AND {})"
)
_LABELS = (
    "EXISTS (SELECT 1 FROM contact_labels WHERE contact_labels.contact_number ="
    " contacts.contact_number AND {})"
)
_VALUES = (
    "EXISTS (SELECT 1 FROM contact_custom_fields WHERE contact_custom_fields.contact_number ="
    " contacts.contact_number AND field_number = ? AND {})"
)
_DRIVERS = {
    "label": "contact_labels AS driver CROSS JOIN contacts"
    " ON contacts.contact_number = driver.contact_number AND driver.label_number = ?",
    "field": "contact_custom_fields AS driver CROSS JOIN contacts"
    " ON contacts.contact_number = driver.contact_number AND driver.field_number = ?",
}


def members(label: Callable[[Any], int], phone_key: Callable[[Any], str]) -> Mapping[str, Field]:
    """The members by name; who asks knows the labels, and the region of numbers."""
    of_text = partial(Field, _ITSELF, convert=filter_values.text, asks=_OF_TEXT)
    ordered = partial(Field, _ITSELF, asks=_ORDERED)
    address, equal = filter_values.email_key, {"equals": "{} = ?"}
    return {
        "firstName": of_text("folded(contacts.first_name)"),
        "lastName": of_text("folded(contacts.last_name)"),
        "picture": of_text("folded(contacts.picture)"),
        "language": of_text("folded(contacts.language)"),
        "loginEmail": of_text(
            "folded(contacts.login_email)", key=(_ITSELF, "contacts.login_email_key", address)
        ),
        "emails": Field(
            *(_EMAILS, "folded(address)", filter_values.text, _OF_TEXT),
            key=(_WITH_EMAIL_KEY, "match_key", address),
        ),
        "phones": Field(
            *(_PHONES, "digits_of(number)", filter_values.digits, _OF_TEXT),
            key=(_WITH_PHONE_KEY, "match_key", phone_key),
        ),
        "labels": Field(_LABELS, "label_number", label, {**equal, "contains": "{} = ?"}),
        "subscription": Field(_ITSELF, "contacts.subscription", filter_values.subscription, equal),
        "isMember": Field(
            _ITSELF, "(contacts.login_email IS NOT NULL)", filter_values.boolean, equal
        ),
        "id": Field(_ITSELF, "contacts.contact_id", filter_values.any_text, equal),
        "createdAt": ordered("contacts.created_at", convert=filter_values.stamp),
        "updatedAt": ordered("contacts.updated_at", convert=filter_values.stamp),
        "revision": ordered("contacts.revision", convert=filter_values.number),
    }


def custom_field(number: int, kind: str) -> Field:
    """A custom field, compared by its type."""
    field = partial(Field, _VALUES, given=(number,), driver=("field", number))
    if kind == "number":
        return field("value", convert=filter_values.number, asks=_ORDERED)
    if kind == "date":
        return field("instant(value)", convert=filter_values.seconds, asks=_ORDERED)
    return field("folded(value)", convert=filter_values.text, asks=_OF_TEXT)


def joined(parts: Sequence[Condition], word: str) -> Condition:
    """All of the parts, or any; of none, what `all` and `any` of nothing are."""
    if not parts:
        return Condition("1" if word == "AND" else "0")
    if len(parts) == 1:
        return parts[0]
    drivers = [part.driver for part in parts if part.driver and word == "AND"]
    return Condition(
        f"({f' {word} '.join(part.sql for part in parts)})",
        tuple(value for part in parts for value in part.values),
        drivers[0] if drivers else None,
    )


def negated(part: Condition) -> Condition:
    """Everybody else."""
    return Condition(f"(NOT {part.sql})", part.values)


def page(condition: Condition, sort: str, descending: bool, is_first: bool) -> str:
    """The query of one page: sort values and numbers; its last parameter is how many."""
    expression, order = SORTS[sort], "DESC" if descending else "ASC"
    number = "driver.contact_number" if condition.driver else "contacts.contact_number"
    if sort == "created_at":
        expression = number
    parts = ["SELECT", expression, ", contacts.contact_number FROM", source(condition)]
    parts += ["WHERE", condition.sql]
    if not is_first:
        parts += ["AND (", expression, ",", number, ")", "<" if descending else ">", "(?, ?)"]
    parts += ["ORDER BY", expression, order]
    if expression != number:  # or SQLite would sort what is in order already
        parts += [",", number, order]
    parts += ["LIMIT ?"]
    return " ".join(parts)


def count(condition: Condition) -> str:
    """The query of how many contacts fit."""
    return " ".join(["SELECT count(*) FROM", source(condition), "WHERE", condition.sql])


def source(condition: Condition) -> str:
    """The tables of a query; those of a driver come with one parameter, the first."""
    return _DRIVERS[condition.driver[0]] if condition.driver else "contacts"


def parameters(condition: Condition) -> tuple[Any, ...]:
    """The parameters of a query up to the place of its page."""
    return (*([condition.driver[1]] if condition.driver else []), *condition.values)


def teach(connection: sqlite3.Connection) -> None:
    """Gives a connection the functions that fragments call, once: doing it again would make it
    prepare all its statements anew."""
    try:
        connection.execute("SELECT folded('')")
    except sqlite3.OperationalError:
        for name in ("instant", "digits_of", "folded"):
            function = getattr(filter_values, name)
            connection.create_function(name, 1, function, deterministic=True)
