"""update_contact: changes a contact by its id, and is the verb that takes away (U6)."""

from __future__ import annotations

import sqlite3
from functools import partial

from wixcrm_local import changes, cleaning, edits, errors, members, rows, updating
from wixcrm_local.context import Context
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.edits import Edit
from wixcrm_local.labels import Labels
from wixcrm_local.model import Contact, Profile
from wixcrm_local.phone_number import key_of_phone
from wixcrm_local.policy import Policy
from wixcrm_local.problems import Problems
from wixcrm_local.rows import StoredContact
from wixcrm_local.upsert import warn_of_call


class Editing:
    """One call of update_contact."""

    def __init__(
        self, context: Context, labels: Labels, fields: CustomFields, policy: Policy
    ) -> None:
        self._context = context
        self._labels = labels
        self._fields = fields
        self._policy = policy

    def run(self, id: str, given: object, expected_revision: int | None) -> Contact:
        """The contact after the changes; nothing happens where they change nothing (U4)."""
        _check_revision(expected_revision)

        def work(connection: sqlite3.Connection) -> Contact:
            edit = self._read(connection, given)
            kept = members.require_contact(connection, id)
            refuse_stale(kept, expected_revision)
            return self._edit(connection, kept, edit)

        return self._context.store.write(work)

    def _read(self, connection: sqlite3.Connection, given: object) -> Edit:
        problems = Problems()
        phone_key = partial(key_of_phone, region=self._context.store.default_region)
        edit = edits.read(given, phone_key, problems, self._policy)
        if problems:  # unknown names belong into the same answer
            self._resolve(connection, edit, problems, [])
            problems.raise_if_any()
        return edit

    def _edit(self, connection: sqlite3.Connection, kept: StoredContact, edit: Edit) -> Contact:
        ignored: list[str] = []
        problems = Problems()
        problems.where = edit.draft.where
        given, named, fields = self._resolve(connection, edit, problems, ignored)
        problems.raise_if_any()
        after = updating.edited(kept.profile, given, named, fields)
        is_changed = after != kept.profile
        if is_changed:
            self._refuse(connection, kept, after)
            changes.apply(connection, kept, after, "update_contact", self._context.now())
        warn_of_call(self._context, given, tuple(ignored), is_changed)
        return rows.contact_by_number(connection, kept.number).contact()

    def _resolve(
        self,
        connection: sqlite3.Connection,
        edit: Edit,
        problems: Problems,
        ignored: list[str],
    ) -> tuple[Profile, frozenset[str], dict[int, str | int | float | None]]:
        """What is given, with labels and custom fields found in their registers (G3, G5)."""
        draft, named, policy = edit.draft, edit.named, self._policy
        labels = self._labels.resolve(connection, draft.labels, policy, problems, ignored)
        fields = self._fields.resolve(connection, draft, policy, problems, ignored)
        if draft.labels and not labels:
            named -= {"labels"}  # a list of only unknown labels counts as not given (G3)
        return draft.profile._replace(labels=labels), named, fields

    def _refuse(self, connection: sqlite3.Connection, kept: StoredContact, after: Profile) -> None:
        if after.login_email != kept.profile.login_email:
            refuse_locked_login(kept)
            members.refuse_taken_login(connection, after.login_email, kept.number)
        cleaning.refuse_overfull(after)
        edits.refuse_without_identity(after)


def refuse_locked_login(kept: StoredContact) -> None:
    """Raises `MemberEmailLocked` for a member (U6)."""
    if kept.is_member:
        raise errors.MemberEmailLocked(
            f"contact {kept.id} is a site member, whose loginEmail can't be changed or taken away; "
            "leave loginEmail out",
            details={"contact_id": kept.id},
        )


def refuse_stale(kept: StoredContact, expected: int | None) -> None:
    """Raises `StaleRevision` where others changed the contact meanwhile (U6)."""
    if expected is not None and expected != kept.revision:
        raise errors.StaleRevision(
            f"contact {kept.id} has revision {kept.revision} by now, not {expected}; read it again "
            "with get_contact, and decide anew",
            details={
                "contact_id": kept.id,
                "revision": kept.revision,
                "expected_revision": expected,
            },
        )


def _check_revision(expected: object) -> None:
    if expected is not None and (isinstance(expected, bool) or not isinstance(expected, int)):
        raise errors.InvalidArgument(
            f"expected_revision must be a whole number, not {type(expected).__name__}; pass the "
            "revision of the contact that was read",
            details={"argument": "expected_revision"},
        )
