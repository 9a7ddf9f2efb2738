"""What of a contact a table can't give back, told before it is written. Pure.

Law: a member that is not named here is read back as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wixcrm_local.formats.csv_cells import (
    SEVERAL,
    emails_of,
    google_labels,
    joined_labels,
    phones_of,
    split_labels,
)
from wixcrm_local.formats.csv_damage import error_value, looks_stripped, spoilt_number
from wixcrm_local.formats.csv_layouts import OUTLOOK_EMAILS, OUTLOOK_PHONES, is_column
from wixcrm_local.formats.csv_rows import LONGEST_CELL
from wixcrm_local.model import Contact


def not_held(contact: Contact, format: str, region: str | None = None) -> tuple[str, ...]:
    """The members of a contact that a table of this format does not give back as they are.

    `format` is csv, google or outlook. A value that looks as if a spreadsheet had spoilt it, such
    as the name `#REF!`, is given back by none: its row would be refused. So would a number that
    is none in `region` and one behind a `+` or `0`.
    """
    lost = {member for member, is_held in _CHECKS.items() if not is_held(contact, format)}
    if any(looks_stripped(phone, region) for phone in contact.phones):
        lost.add("phones")
    return tuple(member for member in _CHECKS if member in lost)


def _is_held_text(text: str | None) -> bool:
    return not text or not text.startswith("#") or error_value(text) is None


def _holds_first_name(contact: Contact, _format: str) -> bool:
    return _is_held_text(contact.first_name)


def _holds_last_name(contact: Contact, _format: str) -> bool:
    return _is_held_text(contact.last_name)


def _holds_login_email(contact: Contact, _format: str) -> bool:
    return contact.login_email is None


def _holds_subscription(contact: Contact, format: str) -> bool:
    return format == "csv" or contact.subscription == "not_set"


def _holds_picture(contact: Contact, format: str) -> bool:
    return not contact.picture or (format != "outlook" and _is_held_text(contact.picture))


def _holds_language(contact: Contact, format: str) -> bool:
    return not contact.language or (format != "google" and _is_held_text(contact.language))


def _holds_emails(contact: Contact, format: str) -> bool:
    if format == "outlook" and len(contact.emails) > len(OUTLOOK_EMAILS):
        return False
    return all(emails_of(email) == [email] for email in contact.emails)


def _holds_phones(contact: Contact, format: str) -> bool:
    if format == "outlook" and len(contact.phones) > len(OUTLOOK_PHONES):
        return False
    return all(phones_of(phone) == [phone] and not spoilt_number(phone) for phone in contact.phones)


def _holds_labels(contact: Contact, format: str) -> bool:
    is_google = format == "google"
    cell = SEVERAL.join(contact.labels) if is_google else joined_labels(contact.labels)
    read = google_labels(cell) if is_google else tuple(split_labels(cell))
    return read == contact.labels and len(cell) < LONGEST_CELL and _is_held_text(cell)


def _holds_custom_fields(contact: Contact, format: str) -> bool:
    if format == "outlook":
        return not contact.custom_fields
    return all(
        (format == "google" or is_column(name))
        and (not isinstance(value, str) or _is_held_text(value))
        for name, value in contact.custom_fields.items()
    )


_CHECKS: Mapping[str, Callable[[Contact, str], bool]] = {
    "first_name": _holds_first_name,
    "last_name": _holds_last_name,
    "picture": _holds_picture,
    "emails": _holds_emails,
    "login_email": _holds_login_email,
    "phones": _holds_phones,
    "labels": _holds_labels,
    "language": _holds_language,
    "custom_fields": _holds_custom_fields,
    "subscription": _holds_subscription,
}
