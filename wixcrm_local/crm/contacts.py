"""Contacts one by one: made, matched, updated, found, merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wixcrm_local import contacts, members
from wixcrm_local.crm.opening import Opened
from wixcrm_local.model import Contact, MatchResult, MergeResult, UpsertResult
from wixcrm_local.policy import Policy
from wixcrm_local.upsert import Rehearsal, Upsert
from wixcrm_local.wire import ContactInfo

Info = ContactInfo | Mapping[str, Any]  # what is given of a contact


class ContactVerbs(Opened):
    """Contacts one by one: made, matched, updated, found, merged."""

    def _upserting(self, policy: Policy | None) -> Upsert:
        """The verb under the store's policy, which is made once, or under another one."""
        if policy is None:
            return self._upsert
        return Upsert(self._context, self.labels, self.custom_fields, policy)

    def create_contact(self, contact_info: Info, *, policy: Policy | None = None) -> str:
        """Creates a contact, or updates the one with the same email or phone; gives its id (A1).

        Raises `InvalidContactInfo` or one of its kinds, `MemberContact`, `LoginEmailTaken`.
        """
        return self._upserting(policy).stored(contact_info).contact_id

    createContact = create_contact

    def upsert_contact(self, contact_info: Info, *, policy: Policy | None = None) -> UpsertResult:
        """As `create_contact`, and tells everything it did (A3)."""
        return self._upserting(policy).run(contact_info)

    def match_contact(self, contact_info: Info, *, policy: Policy | None = None) -> MatchResult:
        """What `upsert_contact` would do just now; nothing is stored (A3). Raises as it would."""
        verb = Rehearsal(
            self._context, self.labels, self.custom_fields, policy or self._context.policy
        )
        return verb.match(contact_info)

    def update_contact(
        self,
        id: str,
        changes: Info,
        *,
        expected_revision: int | None = None,
        policy: Policy | None = None,
    ) -> Contact:
        """Changes a contact by its id, and gives it as it is then (U6).

        A member that is named is set; named and blank, it is cleared. A list that is given becomes
        the list. `customFields` are set and cleared one by one. What is not named stays, and of a
        `ContactInfo` what is as when nothing is given counts as not named. It may be given an
        address that another contact has, too (M2).

        - `expected_revision`: the `revision` of the contact that was read, else `StaleRevision`

        Raises `ContactNotFound`, `StaleRevision`, `InvalidContactInfo` or one of its kinds,
        `MemberEmailLocked`, `LoginEmailTaken`, `InvalidArgument`.
        """
        from wixcrm_local.editing import Editing

        verb = Editing(
            self._context, self.labels, self.custom_fields, policy or self._context.policy
        )
        return verb.run(id, changes, expected_revision)

    updateContact = update_contact

    def get_contact(self, id: str) -> Contact:
        """The contact with this id. Raises `ContactNotFound`."""
        return contacts.get(self._context, id)

    def find_contact(self, *, email: str | None = None, phone: str | None = None) -> Contact | None:
        """Who has this address or number, in any spelling; None for nobody (A8)."""
        return contacts.find(self._context, email=email, phone=phone)

    def register_member(self, id: str, login_email: str) -> Contact:
        """Makes a contact a site member who logs in with this address (G2).

        Raises `ContactNotFound`, `InvalidEmail`, `LoginEmailTaken`, `MemberEmailLocked`.
        """
        return members.register(self._context, id, login_email)

    def merge_contacts(self, target: str, *sources: str) -> MergeResult:
        """Takes the sources into the target, which their ids stand for from then on (U8, M5).

        Nothing of the target is overwritten: its lists get what the sources have besides, its
        empty members are filled, in the order of the sources. Who is unsubscribed in one of them
        stays so. Mails stay with the ids they were sent to, by which `outbox.where` finds them.
        The merge is one change of the target; undoing it brings the sources back as they were.

        Raises `ContactNotFound`, `MergeConflict` where more than one is a site member,
        `ValueTooLong` where a list would be too long, `InvalidArgument`.
        """
        from wixcrm_local import merging

        return merging.merge(self._context, target, sources)

    def preview_merge(self, target: str, *sources: str) -> MergeResult:
        """What `merge_contacts` would do just now; nothing is stored. Raises as it would."""
        from wixcrm_local import merging

        return merging.preview(self._context, target, sources)
