"""merge_contacts: several contacts become one, which the ids of all stand for (U8, M5).

Law: nothing of the target is overwritten, and each source is kept whole, so that it can come back.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import attrs

from wixcrm_local import changes, cleaning, errors, members, recalling, removals, rows, updating
from wixcrm_local.context import Context
from wixcrm_local.model import MergeResult, Profile, ReadOnlyDict
from wixcrm_local.rows import StoredContact

MERGED = "merged_contacts"  # the member by which histories tell it: ids, in order of creation
_STRICTEST_FIRST = ("unsubscribed", "pending", "subscribed", "not_set")


def merge(context: Context, target: str, sources: tuple[str, ...]) -> MergeResult:
    """Takes the sources into the target; see `CRM.merge_contacts`."""
    return context.store.write(lambda connection: _merge(context, connection, target, sources))


def preview(context: Context, target: str, sources: tuple[str, ...]) -> MergeResult:
    """What `merge` would do: the same, undone."""
    would = context.store.rehearse(lambda connection: _merge(context, connection, target, sources))
    return attrs.evolve(would, change_id=None)


def _merge(
    context: Context, connection: sqlite3.Connection, target: str, sources: tuple[str, ...]
) -> MergeResult:
    kept = members.require_contact(connection, target)
    others = _others(connection, kept, sources)
    if not others:
        return MergeResult(contact=kept.contact(), merged=(), changed=(), left_out=ReadOnlyDict())
    _refuse_two_logins(kept, others)
    after = updating.united(kept.profile, [other.profile for other in others])
    cleaning.refuse_overfull(after)
    now, before = context.now(), _merged_ids(connection, kept.number)
    for other in others:
        removals.take_out(connection, other, now, merged_into=kept.number)
    both = ({MERGED: before}, {MERGED: _merged_ids(connection, kept.number)})
    said = min((kept, *others), key=lambda each: _STRICTEST_FIRST.index(each.subscription))
    changes.apply(connection, kept, after, "merge_contacts", now, said.subscription, both)
    row = rows.first(connection, "last_change_of_contact", kept.number)
    return MergeResult(
        contact=rows.contact_by_number(connection, kept.number).contact(),
        merged=tuple(other.id for other in others),
        changed=updating.changed_members(kept.profile, after),
        left_out=_left_out(after, others),
        change_id=None if row is None else row[0],
    )


def _others(
    connection: sqlite3.Connection, kept: StoredContact, sources: tuple[str, ...]
) -> list[StoredContact]:
    """The contacts to be taken in, each once; what was merged into the target before is not one."""
    if not sources:
        raise errors.InvalidArgument(
            "merge_contacts takes the target's id and at least one more; pass those to be merged "
            "into it",
            details={"argument": "sources"},
        )
    found: dict[int, StoredContact] = {}
    for source in sources:
        other = members.require_contact(connection, source)
        if other.number != kept.number:
            found[other.number] = other
        elif source.strip().lower() == kept.id.lower():
            raise errors.InvalidArgument(
                f"contact {kept.id} can't be merged into itself; pass the ids of others",
                details={"argument": "sources", "contact_id": kept.id},
            )
    return list(found.values())


def _refuse_two_logins(kept: StoredContact, others: list[StoredContact]) -> None:
    with_login = [each for each in (kept, *others) if each.is_member]
    if len(with_login) > 1:
        ids = [each.id for each in with_login]
        raise errors.MergeConflict(
            f"these are site members with login emails of their own: {', '.join(ids)}; merge no "
            "more than one member",
            details={"contact_ids": ids},
        )


def _merged_ids(connection: sqlite3.Connection, number: int) -> list[str]:
    return [each.id for each in removals.merged_into(connection, number)]


def _left_out(after: Profile, others: list[StoredContact]) -> ReadOnlyDict:
    """The values of sources that the target has others for, by member."""
    left: dict[str, Any] = {}
    fields: dict[str, list[Any]] = {}
    for other in others:
        shown = other.contact()
        for name in updating.SINGLE:
            value = getattr(shown, name)
            if value is not None and value != getattr(after, name):
                left.setdefault(name, []).append(value)
        for number, value in other.profile.custom_fields.items():
            if updating.is_other(after, number, value):
                name = other.fields[number][0]
                fields.setdefault(name, []).append(shown.custom_fields[name])
    told: dict[str, Any] = {name: tuple(dict.fromkeys(values)) for name, values in left.items()}
    if fields:
        named = {name: tuple(dict.fromkeys(values)) for name, values in fields.items()}
        told["custom_fields"] = ReadOnlyDict(named)
    return ReadOnlyDict(told)


def let_go(context: Context, connection: sqlite3.Connection, ids: list[str]) -> None:
    """Brings merged contacts back as they were: the undoing of a merge.

    Raises `CannotUndo` where their labels or fields were deleted, and `LoginEmailTaken`.
    """
    for id in ids:
        removed = removals.by_id(connection, id)
        assert removed is not None
        reading = recalling.Recalling(connection, context.store.default_region)
        profile = reading.profile(Profile(), removed.members)
        if reading.missing:
            raise recalling.deleted_names(f"the merging of contact {id}", reading.missing, id)
        members.refuse_taken_login(connection, profile.login_email, removed.number)
        removals.put_back(connection, removed, profile)


def take_in_again(
    connection: sqlite3.Connection, kept: StoredContact, ids: list[str], since: int, now: str
) -> None:
    """Merges contacts again that came back by change `since`: the undoing of an undoing.

    Raises `CannotUndo` where one of them changed since, or is gone.
    """
    for id in ids:
        other = rows.contact_by_id(connection, id)
        later = [
            entry.number
            for entry in ([] if other is None else changes.entries(connection, other.number))
            if entry.number > since
        ]
        if other is None or later:
            raise errors.CannotUndo(
                f"change {since} can't be undone, since contact {id} changed after it came back; "
                "merge it anew with merge_contacts",
                details={
                    "change_id": since,
                    "contact_id": id,
                    "reason": "later_changes",
                    "later_changes": later,
                },
            )
        removals.take_out(connection, other, now, merged_into=kept.number)
