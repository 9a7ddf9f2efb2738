"""undo: takes one change of a contact back (U5).

Law: a member goes back only from what the change made of it, so that nothing later is lost; and
the way back is a change itself.
"""

from __future__ import annotations

import sqlite3

from wixcrm_local import changes, cleaning, edits, errors, members, merging, removals, rows, trash
from wixcrm_local.changes import Entry
from wixcrm_local.context import Context
from wixcrm_local.merging import MERGED
from wixcrm_local.model import WIX_NAMES, Contact, Profile
from wixcrm_local.recalling import Recalling, deleted_names
from wixcrm_local.removals import IN_TRASH, Removed
from wixcrm_local.rows import StoredContact
from wixcrm_local.taking_back import changed_again, touches

VERB = "undo"


def undo(context: Context, change_id: int) -> Contact:
    """Gives the members of a change back what they had before, and the contact as it is then.

    Raises `ChangeNotFound`, `CannotUndo`, `InsufficientContactInfo`, `LoginEmailTaken`,
    `InvalidArgument`.
    """
    number = _checked(change_id)
    return context.store.write(lambda connection: take_back(context, connection, number))


def take_back(
    context: Context, connection: sqlite3.Connection, number: int, verb: str = VERB
) -> Contact:
    """The same inside the caller's transaction, which must undo what a refusal leaves half done."""
    found = changes.entry(connection, number)
    if found is None:
        raise errors.ChangeNotFound(
            f"there is no change {number}; pass the id of one in history(id), which may have "
            "been pruned since",
            details={"change_id": number},
        )
    contact_number, entry = found
    removed = removals.by_number(connection, contact_number)
    if removed is not None:
        return _undo_removed(context, connection, removed, entry)
    kept = rows.contact_by_number(connection, contact_number)
    return _undo(context, connection, kept, entry, verb)


def _undo(
    context: Context, connection: sqlite3.Connection, kept: StoredContact, entry: Entry, verb: str
) -> Contact:
    now = context.now()
    if entry.before.get(IN_TRASH):  # it was restored, and goes back as it is by now
        return trash.shown(connection, removals.to_trash(connection, kept, verb, now))
    _refuse_later(connection, kept, entry)
    moved = {name: value for name, value in entry.after.items() if name == MERGED}
    merged, merged_before = moved.get(MERGED, []), entry.before.get(MERGED, [])
    again = [id for id in merged_before if id not in merged]
    merging.take_in_again(connection, kept, again, entry.number, now)
    after, subscription = _back(context, connection, kept, entry)
    if moved or (after, subscription or kept.subscription) != (kept.profile, kept.subscription):
        back = {MERGED: merged_before} if moved else {}
        changes.apply(connection, kept, after, verb, now, subscription, (moved, back))
    merging.let_go(context, connection, [id for id in merged if id not in merged_before])
    return rows.contact_by_number(connection, kept.number).contact()


def _undo_removed(
    context: Context, connection: sqlite3.Connection, removed: Removed, entry: Entry
) -> Contact:
    """Of a contact in the trash only its way there can be undone."""
    if removed.merged_into is not None:
        target = removals.whereabouts(connection, removed.id)
        id = target.id if isinstance(target, Removed) else target
        raise errors.CannotUndo(
            f"change {entry.number} can't be undone, since its contact was merged into {id}; undo "
            "the merge first",
            details={"change_id": entry.number, "contact_id": id, "reason": "merged"},
        )
    if entry.after.get(IN_TRASH):
        return trash.bring_back(context, connection, removed, VERB).contact()
    raise members.not_found_in_trash(removed)


def _checked(change_id: object) -> int:
    if change_id is None:
        raise errors.CannotUndo(
            "a contact's creation can't be undone; delete_contact is for that",
            details={"change_id": None, "reason": "creation"},
        )
    if isinstance(change_id, int) and not isinstance(change_id, bool):
        return max(-1, min(change_id, 2**63 - 1))  # what SQLite can count
    raise errors.InvalidArgument(
        "change_id must be the whole number of a change; pass history(id)[-1].id",
        details={"argument": "change_id"},
    )


def _refuse_later(connection: sqlite3.Connection, kept: StoredContact, entry: Entry) -> None:
    again = changed_again(changes.present(connection, kept), entry.after)
    if not again:
        return
    later = [
        other.number
        for other in changes.entries(connection, kept.number)
        if other.number > entry.number and touches(other.after, again)
    ]
    names = [WIX_NAMES.get(name, name) for name in again]
    changed = ", ".join(names)
    raise errors.CannotUndo(
        f"change {entry.number} of contact {kept.id} can't be undone, since later changes are of "
        f"the same members ({changed}): {', '.join(map(str, later))}; undo those first, the "
        "latest before the others",
        details={
            "change_id": entry.number,
            "contact_id": kept.id,
            "reason": "later_changes",
            "members": names,
            "later_changes": later,
        },
    )


def _back(
    context: Context, connection: sqlite3.Connection, kept: StoredContact, entry: Entry
) -> tuple[Profile, str | None]:
    """What the contact is to be, and what it is to say to mail."""
    reading = Recalling(connection, context.store.default_region)
    after = reading.profile(kept.profile, entry.before)
    if reading.missing:
        deed = f"change {entry.number} of contact {kept.id}"
        raise deleted_names(deed, reading.missing, kept.id)
    if after.login_email != kept.profile.login_email:
        members.refuse_taken_login(connection, after.login_email, kept.number)
    cleaning.refuse_overfull(after)
    edits.refuse_without_identity(after)
    subscription = None
    if "subscription" in entry.before:
        subscription = entry.before["subscription"] or "not_set"
    return after, subscription
