"""delete_contact and what follows: the trash, the way back from it, and its emptying (U7)."""

from __future__ import annotations

import sqlite3

from wixcrm_local import errors, history, members, recalling, removals, rows
from wixcrm_local.context import Context
from wixcrm_local.model import Contact, Profile, TrashedContact
from wixcrm_local.removals import Removed
from wixcrm_local.retrying import later
from wixcrm_local.rows import StoredContact


def delete(context: Context, id: str, delete_members: bool) -> TrashedContact:
    """Moves a contact into the trash. Raises `ContactNotFound`, `MemberContact`."""

    def work(connection: sqlite3.Connection) -> TrashedContact:
        kept = members.require_contact(connection, id)
        if kept.is_member and not delete_members:
            raise errors.MemberContact(
                f"contact {kept.id} is a site member; pass delete_members=True to delete members, "
                "too",
                details={"contact_id": kept.id, "verb": "delete_contact"},
            )
        removed = removals.to_trash(connection, kept, "delete_contact", context.now())
        return _trashed(connection, removed)

    return context.store.write(work)


def restore(context: Context, id: str) -> Contact:
    """Brings a contact back from the trash; one that is not in it is given as it is.

    Raises `ContactNotFound`, `LoginEmailTaken`.
    """

    def work(connection: sqlite3.Connection) -> Contact:
        removed = members.in_trash(connection, id)
        if removed is None:
            return members.require_contact(connection, id).contact()
        return bring_back(context, connection, removed, "restore_contact").contact()

    return context.store.write(work)


def bring_back(
    context: Context, connection: sqlite3.Connection, removed: Removed, verb: str
) -> StoredContact:
    """The contact in the list again, without the labels and fields that were deleted meanwhile.

    Raises `LoginEmailTaken`.
    """
    reading = recalling.Recalling(connection, context.store.default_region)
    profile = reading.profile(Profile(), removed.members)
    members.refuse_taken_login(connection, profile.login_email, removed.number)
    return removals.from_trash(connection, removed, profile, verb, context.now())


def purge(context: Context, older_than_days: float) -> int:
    """Forgets what has been in the trash for longer; gives how many contacts.

    Raises `InvalidArgument`.
    """
    seconds = history.seconds_of(older_than_days)

    def work(connection: sqlite3.Connection) -> int:
        found = removals.trashed(connection, later(context.now(), -seconds))
        for removed in found:
            removals.forget(connection, removed)
        return len(found)

    return context.store.write(work)


def listed(context: Context) -> tuple[TrashedContact, ...]:
    """The trash, as long in it first."""

    def work(connection: sqlite3.Connection) -> tuple[TrashedContact, ...]:
        return tuple(_trashed(connection, each) for each in removals.trashed(connection))

    return context.store.read(work)


def shown(connection: sqlite3.Connection, removed: Removed) -> Contact:
    """A removed contact as it was when it left the list."""
    return history.as_contact(
        history.shown_by(connection),
        removed.members,
        id=removed.id,
        created_at=removed.created_at,
        updated_at=removed.updated_at,
        revision=removed.revision,
    )


def _trashed(connection: sqlite3.Connection, removed: Removed) -> TrashedContact:
    row = rows.first(connection, "last_change_of_contact", removed.number)
    return TrashedContact(
        contact=shown(connection, removed),
        deleted_at=rows.moment(removed.removed_at),
        change_id=None if row is None else row[0],
    )
