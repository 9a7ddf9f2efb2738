"""Site members: contacts that log in with an address of their own (G1, G2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeVar

from wixcrm_local import changes, errors, removals, rows, text
from wixcrm_local.context import LONGEST_ID, Context
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import Contact, Keyed
from wixcrm_local.removals import Removed
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
    return required(connection, id, lambda spelling: rows.contact_by_id(connection, spelling))


def required(
    connection: sqlite3.Connection, id: object, look_up: Callable[[str], Found | None]
) -> Found:
    """What `look_up` finds under a contact's id, or that of the contact it was merged into (M5).

    Raises as `require_contact`.
    """
    for spelling in _spellings(id):
        found = look_up(spelling)
        if found is not None:
            return found
    for spelling in _spellings(id):
        removed = removals.whereabouts(connection, spelling)
        found = look_up(removed) if isinstance(removed, str) else None
        if found is not None:
            return found
        if isinstance(removed, Removed):
            raise not_found_in_trash(removed)
    raise _not_found(str(id).strip())


def in_trash(connection: sqlite3.Connection, id: object) -> Removed | None:
    """The contact that an id stands for, if it is in the trash. Raises `InvalidArgument`."""
    for spelling in _spellings(id):
        if rows.first(connection, "contact_by_id", spelling) is None:
            removed = removals.whereabouts(connection, spelling)
            if isinstance(removed, Removed):
                return removed
    return None


def not_found_in_trash(removed: Removed) -> errors.ContactNotFound:
    """The error for a contact that is found by no verb, but not yet lost (M5)."""
    return errors.ContactNotFound(
        f"contact {removed.id} is in the trash since {removed.removed_at[:10]}; bring it back "
        f"with crm.restore_contact({removed.id!r})",
        details={"contact_id": removed.id, "in_trash": True},
    )


def _spellings(id: object) -> Iterator[str]:
    """GUIDs are lower-case here (A6), and upper-case in some programs."""
    if not isinstance(id, str):
        raise errors.InvalidArgument(_explain_no_text(id), details={"argument": "id"})
    given = id.strip()
    for spelling in dict.fromkeys((given, given.lower())):
        if spelling.isascii() and len(spelling) <= LONGEST_ID:
            yield spelling


def _not_found(given: str) -> errors.ContactNotFound:
    hint = ""
    if "@" in given:
        hint = "that looks like an email address: use find_contact(email=…).id; "
    return errors.ContactNotFound(
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
