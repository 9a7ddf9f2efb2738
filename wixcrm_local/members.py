"""Site members: contacts that log in with an address of their own (G1, G2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from wixcrm_local import changes, errors, rows, text
from wixcrm_local.context import LONGEST_ID, Context
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import Contact, Keyed
from wixcrm_local.rows import StoredContact

Found = TypeVar("Found")


def register(context: Context, id: str, login_email: str) -> Contact:
    """Makes the contact a site member who logs in with `login_email` (G2).

    Registering again with the same address changes nothing. Raises `ContactNotFound`,
    `InvalidEmail`, `LoginEmailTaken`, or `MemberEmailLocked` for a member with another address.
    """
    login = _checked_login(login_email)

    def work(connection: sqlite3.Connection) -> Contact:
        kept = require_contact(connection, id)
        current = kept.profile.login_email
        if current is None:
            refuse_taken_login(connection, login, kept.number)
            after = kept.profile._replace(login_email=login)
            changes.apply(connection, kept, after, "register_member", context.now())
        elif current.match_key != login.match_key:
            raise errors.MemberEmailLocked(
                f"contact {kept.id} is a member already and logs in with another address, "
                "which can't be changed; register another contact",
                details={"contact_id": kept.id},
            )
        return rows.contact_by_number(connection, kept.number).contact()

    return context.store.write(work)


def require_contact(connection: sqlite3.Connection, id: object) -> StoredContact:
    """The contact with this id. Raises `ContactNotFound`, or `InvalidArgument` for no text."""
    return required(id, lambda spelling: rows.contact_by_id(connection, spelling))


def required(id: object, look_up: Callable[[str], Found | None]) -> Found:
    """What `look_up` finds under a contact's id. Raises as `require_contact`."""
    if not isinstance(id, str):
        raise errors.InvalidArgument(_explain_no_text(id), details={"argument": "id"})
    given = id.strip()
    # GUIDs are lower-case here (A6), and upper-case in some programs.
    for spelling in dict.fromkeys((given, given.lower())):
        could_be_one = spelling.isascii() and len(spelling) <= LONGEST_ID
        found = look_up(spelling) if could_be_one else None
        if found is not None:
            return found
    hint = ""
    if "@" in given:
        hint = "that looks like an email address: use find_contact(email=…).id; "
    raise errors.ContactNotFound(
        f"there is no contact {text.shortened(given)}; {hint}"
        "pass the id that create_contact returned",
        details={"contact_id": given[:100]},
    )


def _explain_no_text(id: object) -> str:
    if id is None:
        return (
            "a contact's id must be a text, not None: did a look-up find nobody? "
            "pass the id that create_contact returned"
        )
    remedy = "its id: contact.id" if isinstance(id, Contact) else "the id create_contact returned"
    return f"a contact's id must be a text, not {type(id).__name__}; pass {remedy}"


def refuse_taken_login(
    connection: sqlite3.Connection, login: Keyed | None, number: int | None
) -> None:
    """Raises `LoginEmailTaken` if a member other than `number` logs in with this address (G2)."""
    if login is None:
        return
    owner = rows.member_with_login_email(connection, login.match_key)
    if owner is not None and owner != number:
        raise errors.LoginEmailTaken(
            "another member logs in with this loginEmail; give another one, or leave it out",
            details={"contact_id": rows.contact_id_of(connection, owner)},
        )


def _checked_login(login_email: object) -> Keyed:
    if not isinstance(login_email, str):
        raise errors.InvalidEmail(
            f"login_email must be a text, not {type(login_email).__name__}; give an address",
            details={"path": "login_email"},
        )
    try:
        cleaned = text.clean(login_email)
    except ValueError as error:
        raise errors.InvalidEmail(
            f"login_email {error}; give an address such as ana@example.com",
            details={"path": "login_email"},
        ) from None
    return Keyed(cleaned, key_of_email(cleaned))
