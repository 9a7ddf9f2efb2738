"""Contacts one by one, awaited: see `crm.contacts`."""

from __future__ import annotations

from wixcrm_local.aio.opening import AsyncOpened
from wixcrm_local.crm.contacts import Info
from wixcrm_local.model import Contact, MatchResult, MergeResult, UpsertResult
from wixcrm_local.policy import Policy


class AsyncContactVerbs(AsyncOpened):
    """See `ContactVerbs`."""

    async def create_contact(self, contact_info: Info, *, policy: Policy | None = None) -> str:
        """See `CRM.create_contact`."""
        return await self._threads.write(
            lambda crm: crm.create_contact(contact_info, policy=policy)
        )

    createContact = create_contact

    async def upsert_contact(
        self, contact_info: Info, *, policy: Policy | None = None
    ) -> UpsertResult:
        """See `CRM.upsert_contact`."""
        return await self._threads.write(
            lambda crm: crm.upsert_contact(contact_info, policy=policy)
        )

    async def match_contact(
        self, contact_info: Info, *, policy: Policy | None = None
    ) -> MatchResult:
        """See `CRM.match_contact`."""
        return await self._threads.read(lambda crm: crm.match_contact(contact_info, policy=policy))

    async def update_contact(
        self,
        id: str,
        changes: Info,
        *,
        expected_revision: int | None = None,
        policy: Policy | None = None,
    ) -> Contact:
        """See `CRM.update_contact`."""
        return await self._threads.write(
            lambda crm: crm.update_contact(
                id, changes, expected_revision=expected_revision, policy=policy
            )
        )

    updateContact = update_contact

    async def get_contact(self, id: str) -> Contact:
        """See `CRM.get_contact`."""
        return await self._threads.read(lambda crm: crm.get_contact(id))

    async def find_contact(
        self, *, email: str | None = None, phone: str | None = None
    ) -> Contact | None:
        """See `CRM.find_contact`."""
        return await self._threads.read(lambda crm: crm.find_contact(email=email, phone=phone))

    async def register_member(self, id: str, login_email: str) -> Contact:
        """See `CRM.register_member`."""
        return await self._threads.write(lambda crm: crm.register_member(id, login_email))

    async def merge_contacts(self, target: str, *sources: str) -> MergeResult:
        """See `CRM.merge_contacts`."""
        return await self._threads.write(lambda crm: crm.merge_contacts(target, *sources))

    async def preview_merge(self, target: str, *sources: str) -> MergeResult:
        """See `CRM.preview_merge`."""
        return await self._threads.write(lambda crm: crm.preview_merge(target, *sources))
