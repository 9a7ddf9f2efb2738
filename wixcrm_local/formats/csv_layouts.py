"""The columns under which three programs expect a contact's members. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.formats.csv_headers import NOT_TAKEN, OTHER, plain, role_of
from wixcrm_local.naming import nearest, suggestion
from wixcrm_local.text import shortened

FORMATS = ("csv", "google", "outlook")

OUTLOOK_EMAILS = ("E-mail Address", "E-mail 2 Address", "E-mail 3 Address")
OUTLOOK_PHONES = (
    *("Primary Phone", "Mobile Phone", "Home Phone", "Business Phone"),
    *("Home Phone 2", "Business Phone 2", "Other Phone"),
)
CREATED_AT = "Created At (UTC+0)"

_MOST_CUSTOM_FIELDS = 100  # of one contact (C6)


class Layout(NamedTuple):
    """The columns of a table to be written: how many of each kind, and their headers."""

    format: str
    headers: tuple[str, ...]
    emails: int
    phones: int
    fields: tuple[str, ...]
    pictures: bool
    times: bool = False


def layout(
    format: str,
    emails: int = 1,
    phones: int = 1,
    fields: Sequence[str] = (),
    pictures: bool = False,
) -> Layout:
    """The columns for contacts with at most so many addresses and numbers.

    `format` is csv (as Wix exports), google or outlook. `fields` are the names of custom fields,
    of which those are left out that would be read as members; `pictures` tells whether a contact
    has one. Outlook has its own number of columns, whatever is asked for.

    Raises `InvalidArgument` for another format.
    """
    if format == "outlook":
        return _outlook()
    emails, phones = max(emails, 1), max(phones, 1)
    if format == "google":
        return _google(emails, phones, tuple(fields)[:_MOST_CUSTOM_FIELDS], pictures)
    if format == "csv":
        return _wix(emails, phones, tuple(filter(is_column, fields)), pictures)
    raise InvalidArgument(
        f"no table can be written for {shortened(str(format))}; "
        f"{suggestion(nearest(str(format), FORMATS))}give one of {', '.join(FORMATS)}"
    )


def is_column(field: str) -> bool:
    """Whether a custom field can have a column under its own name, beside those of Wix."""
    return role_of(field, "wix") in (OTHER, NOT_TAKEN)


def _wix(emails: int, phones: int, fields: tuple[str, ...], pictures: bool) -> Layout:
    # A field of that name is read from the column of that name, so there can't be both.
    times = plain(CREATED_AT) not in map(plain, fields)
    headers = (
        *("First Name", "Last Name"),
        *_numbered("Email {}", emails),
        *_numbered("Phone {}", phones),
        *("Labels", "Email subscriber status", "Language"),
        *((CREATED_AT,) if times else ()),
        *(("Picture",) if pictures else ()),
        *fields,
    )
    return Layout("csv", headers, emails, phones, fields, pictures, times)


def _google(emails: int, phones: int, fields: tuple[str, ...], pictures: bool) -> Layout:
    headers = (
        *("First Name", "Last Name"),
        *(("Photo",) if pictures else ()),
        "Labels",
        *_pairs("E-mail {}", emails),
        *_pairs("Phone {}", phones),
        *_pairs("Custom Field {}", len(fields)),
    )
    return Layout("google", headers, emails, phones, fields, pictures)


def _outlook() -> Layout:
    headers = (
        *("First Name", "Last Name", *OUTLOOK_EMAILS, *OUTLOOK_PHONES),
        *("Categories", "Language"),
    )
    return Layout("outlook", headers, len(OUTLOOK_EMAILS), len(OUTLOOK_PHONES), (), False)


def _numbered(header: str, count: int) -> Iterable[str]:
    return (header.format(number) for number in range(1, count + 1))


def _pairs(header: str, count: int) -> Iterable[str]:
    for numbered in _numbered(header, count):
        yield f"{numbered} - Label"
        yield f"{numbered} - Value"
