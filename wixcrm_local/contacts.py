"""The verbs that read contacts: one by its id or by an address, all of them, how many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from wixcrm_local import cleaning, errors, matching, members, rows
from wixcrm_local.context import Context
from wixcrm_local.email_address import email_match_key
from wixcrm_local.model import Contact, Keyed
from wixcrm_local.phone_number import phone_match_key
from wixcrm_local.rows import StoredContact

_PAGE = 500


def get(context: Context, id: str) -> Contact:
    """The contact with this id. Raises `ContactNotFound`."""
    return context.store.read(lambda connection: members.require_contact(connection, id).contact())


def find(context: Context, *, email: str | None, phone: str | None) -> Contact | None:
    """The contact that has this address or number, by M2's order; None where nobody has (A8)."""
    if (email is None) == (phone is None):
        raise errors.InvalidArgument(
            "find_contact takes one of email and phone; give email='…' or phone='…'",
            details={"argument": "email"},
        )
    pair = (_email_key(email), _phone_key(phone, context.store.default_region))
    if pair == (None, None):
        return None
    is_rekeyed = phone is not None and context.store.rekeying is not None

    def work(connection: sqlite3.Connection) -> Contact | None:
        if is_rekeyed:
            from wixcrm_local import rekeying

            number = [] if phone is None else [Keyed(str(phone), pair[1])]
            rekeying.meet(connection, context.store, [], number)
        matches = matching.ranked(rows.candidates(connection, [pair]))
        if not matches:
            return None
        return rows.contact_by_number(connection, matches[0].number).contact()

    return context.store.rehearse(work) if is_rekeyed else context.store.read(work)


def _email_key(email: object) -> str | None:
    if email is None:
        return None
    if not isinstance(email, str):
        raise errors.InvalidArgument(
            f"email must be a text, not {type(email).__name__}; give an address",
            details={"argument": "email"},
        )
    return email_match_key(email)


def _phone_key(phone: object, region: str | None) -> str | None:
    if phone is None:
        return None
    phone = cleaning.digits_of(phone)
    if not isinstance(phone, str):
        raise errors.InvalidArgument(
            f"phone must be a text, not {type(phone).__name__}; give a number as text",
            details={"argument": "phone"},
        )
    return phone_match_key(phone, region)


def count(context: Context) -> int:
    """How many contacts there are."""
    return context.store.read(rows.count_contacts)


def iterate(context: Context) -> Iterator[Contact]:
    """All contacts, oldest row first; a page at a time, with nothing held open in between."""
    last = 0
    while True:
        page = _page_after(context, last)
        for stored in page:
            yield stored.contact()
        if len(page) < _PAGE:
            return
        last = page[-1].number


def _page_after(context: Context, number: int) -> list[StoredContact]:
    return context.store.read(lambda connection: rows.contacts_after(connection, number, _PAGE))
