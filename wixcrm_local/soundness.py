"""What a sound row is, by our rules; SQLite's own checks don't know them. Pure.

Law: what is told of a fault names its row, never an address, a number or a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from wixcrm_local import field_values, naming, text
from wixcrm_local.email_address import email_match_key
from wixcrm_local.model import Keyed
from wixcrm_local.phone_number import key_of_phone

Row = tuple[Any, ...]
PhoneKey = Callable[[str], str | None]

_KEEP = "keep the file, and go on with a backup from before"
_STAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"

# Each code of a fault with what it means, and the remedy.
MEANINGS: Mapping[str, str] = {
    "STRUCTURE_DAMAGED": f"SQLite finds the file in contradiction with itself; {_KEEP}, or read "
    "what is left with wixcrm_local.salvage",
    "DANGLING_REFERENCE": "a row points at one that is gone; call crm.repair(), which removes it",
    "UNREADABLE_TEXT": f"a text of a row is no UTF-8 and can't be read; {_KEEP}",
    "UNKNOWN_REGION": "the file's default_region is none that phone numbers are read in; "
    "correct it in the table settings",
    "EMAIL_KEY_MISFIT": "the match key is not the one of its email address, which does not find "
    "its contact; call crm.repair()",
    "PHONE_KEY_MISFIT": "the match key is not the one of its phone number in the file's region, "
    "so the number does not find its contact; call crm.repair()",
    "NO_IDENTITY": "a contact has no email address and no phone number to be found by (C1); "
    f"{_KEEP}",
    "POSITION_GAP": "the places in a list do not count 0, 1, 2 and on; call crm.repair()",
    "REPEATED_ITEM": "a list holds one address, number or label twice; call crm.repair()",
    "FIELD_VALUE_MISFIT": "a value does not fit the type of its custom field, so the contact may "
    "not be readable; correct the value",
    "INVALID_TIME": "a time is not in UTC as 2026-01-31T12:00:00.000000Z, so it can't be read or "
    "sorted; correct it",
    "FOLDED_NAME_MISFIT": "the folded name is not the one of its name, which does not find it; "
    "call crm.repair()",
    "REGISTER_KEY_MISFIT": "the key is not of the form custom.lower-case-words; correct it",
    "VIEW_MISSING": "a view to look into the store with SQL is not there, which nothing of ours "
    "needs; call crm.repair(), which makes it",
    "INVALID_JSON": f"what was recorded is no JSON of its form, so it can't be read; {_KEEP}",
}

_TABLES_OF_ITEMS = ("contact_emails", "contact_phones", "contact_labels", "contact_custom_fields")


class Fault(NamedTuple):
    """A code of `MEANINGS`, and the table and id of the row it was found in."""

    code: str
    table: str | None
    id: str | None = None
    detail: str = ""


class Item(NamedTuple):
    """One row of a list of a contact, or a value of a custom field at the field's number."""

    contact_number: int
    table: str
    position: int
    value: Any
    match_key: str | None
    type: str | None


def of_contact(row: Row, items: Sequence[Item], phone_key: PhoneKey | None) -> Iterator[Fault]:
    """The faults of a row of `contacts_after` with its items, in any order.

    `phone_key` keys a number in the file's region; None where that is unknown.
    """
    _, id, _, _, _, _, login, login_key, _, _, created_at, updated_at = row
    if not _readable(*row, *(item.value for item in items)):
        yield Fault("UNREADABLE_TEXT", "contacts", id)
        return
    if login is not None and email_match_key(login) != login_key:
        yield Fault("EMAIL_KEY_MISFIT", "contacts", id)
    if not (_is_time(created_at) and _is_time(updated_at)):
        yield Fault("INVALID_TIME", "contacts", id)
    emails, phones, labels, values = (
        sorted(item for item in items if item.table == table) for table in _TABLES_OF_ITEMS
    )
    if not emails and not any(item.match_key for item in phones):
        yield Fault("NO_IDENTITY", "contacts", id)
    if any(email_match_key(item.value) != item.match_key for item in emails):
        yield Fault("EMAIL_KEY_MISFIT", "contact_emails", id)
    if phone_key and any(phone_key(item.value) != item.match_key for item in phones):
        yield Fault("PHONE_KEY_MISFIT", "contact_phones", id)
    for listed in (emails, phones, labels):
        yield from _of_list(listed, id)
    for item in values:
        if not _fits(item.value, item.type):
            yield Fault("FIELD_VALUE_MISFIT", item.table, id)


def _of_list(items: Sequence[Item], id: str) -> Iterator[Fault]:
    if any(place != item.position for place, item in enumerate(items)):
        yield Fault("POSITION_GAP", items[0].table, id)
    if len({Keyed(item.value, item.match_key).identity for item in items}) < len(items):
        yield Fault("REPEATED_ITEM", items[0].table, id)


def phone_key_in(region: str | None) -> PhoneKey:
    """The key of a stored number in a region; '', which no row has, where it is no number."""

    def phone_key(number: str) -> str | None:
        try:
            return key_of_phone(text.clean(number), region)
        except ValueError:
            return ""

    return phone_key


def of_change(row: Row) -> Iterator[Fault]:
    """The faults of a row of `changes_to_check`."""
    number, changed_at, before, after, has_contact = row
    if not _readable(*row):
        yield Fault("UNREADABLE_TEXT", "contact_changes", str(number))
        return
    if not has_contact:
        yield Fault("DANGLING_REFERENCE", "contact_changes", str(number), "of contacts")
    if not _is_time(changed_at):
        yield Fault("INVALID_TIME", "contact_changes", str(number))
    if not all(isinstance(_parsed(each), dict) for each in (before, after)):
        yield Fault("INVALID_JSON", "contact_changes", str(number))


def of_removed_contact(row: Row) -> Iterator[Fault]:
    """The faults of a row of `removed_contacts_to_check`."""
    _, id, members, created_at, updated_at, removed_at, has_target = row
    if not _readable(*row):
        yield Fault("UNREADABLE_TEXT", "removed_contacts", id)
        return
    if not has_target:
        yield Fault("DANGLING_REFERENCE", "removed_contacts", id, "of contacts")
    if not all(map(_is_time, (created_at, updated_at, removed_at))):
        yield Fault("INVALID_TIME", "removed_contacts", id)
    if not isinstance(_parsed(members), dict):
        yield Fault("INVALID_JSON", "removed_contacts", id)


def of_message(row: Row) -> Iterator[Fault]:
    """The faults of a row of `messages_to_check`."""
    _, id, to_address, to_key, variables, fell_back, created_at, updated_at, status = row
    if not _readable(*row):
        yield Fault("UNREADABLE_TEXT", "outbox", id)
        return
    if status != "erased" and email_match_key(to_address) != to_key:
        yield Fault("EMAIL_KEY_MISFIT", "outbox", id)
    if not (_is_time(created_at) and _is_time(updated_at)):
        yield Fault("INVALID_TIME", "outbox", id)
    values, names = _parsed(variables), _parsed(fell_back)
    if not (isinstance(values, dict) and _all_texts(values.values()) and _all_texts(names)):
        yield Fault("INVALID_JSON", "outbox", id)


def of_label(row: Row) -> Iterator[Fault]:
    """The faults of a row of `labels_to_check`."""
    return _of_register(row, "labels")


def of_custom_field(row: Row) -> Iterator[Fault]:
    """The faults of a row of `custom_fields_to_check`."""
    return _of_register(row, "custom_fields")


def _of_register(row: Row, table: str) -> Iterator[Fault]:
    _, key, name, folded_name, created_at = row
    if not _readable(*row):
        yield Fault("UNREADABLE_TEXT", table)
        return
    if text.folded(name) != folded_name:
        yield Fault("FOLDED_NAME_MISFIT", table, key)
    if naming.key_from_name(key.removeprefix("custom."), lambda _: False) != key:
        yield Fault("REGISTER_KEY_MISFIT", table, key)
    if not _is_time(created_at):
        yield Fault("INVALID_TIME", table, key)


def of_triggered_email(row: Row) -> Iterator[Fault]:
    """The faults of a row of `triggered_emails_to_check`."""
    _, id, created_at, updated_at, variables, last_position = row
    if not _readable(*row):
        yield Fault("UNREADABLE_TEXT", "triggered_emails", id)
        return
    if not (_is_time(created_at) and _is_time(updated_at)):
        yield Fault("INVALID_TIME", "triggered_emails", id)
    if variables and last_position != variables - 1:  # positions are unique
        yield Fault("POSITION_GAP", "triggered_email_variables", id)


def _readable(*values: object) -> bool:
    return text.is_storable("".join(value for value in values if isinstance(value, str)))


def _is_time(stamp: str) -> bool:
    if not re.fullmatch(_STAMP, stamp):
        return False
    try:
        datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return True


def _fits(value: object, kind: str | None) -> bool:
    if kind == "number":
        return isinstance(value, int | float)
    if not isinstance(value, str) or kind is None:
        return False
    try:
        field_values.from_stored(value, kind)
    except ValueError:
        return False
    return True


def _parsed(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _all_texts(values: object) -> bool:
    return isinstance(values, list | type({}.values())) and all(
        isinstance(value, str) for value in values
    )
