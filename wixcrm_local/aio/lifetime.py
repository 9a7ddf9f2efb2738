"""Trash, history, undo and being forgotten, awaited: see `crm.lifetime`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wixcrm_local.aio.opening import AsyncOpened
from wixcrm_local.model import Change, Contact, ErasureReceipt, TrashedContact


class AsyncLifetimeVerbs(AsyncOpened):
    """See `LifetimeVerbs`."""

    async def delete_contact(self, id: str, *, delete_members: bool = False) -> TrashedContact:
        """See `CRM.delete_contact`."""
        return await self._threads.write(
            lambda crm: crm.delete_contact(id, delete_members=delete_members)
        )

    deleteContact = delete_contact

    async def restore_contact(self, id: str) -> Contact:
        """See `CRM.restore_contact`."""
        return await self._threads.write(lambda crm: crm.restore_contact(id))

    async def list_trash(self) -> tuple[TrashedContact, ...]:
        """See `CRM.list_trash`."""
        return await self._threads.read(lambda crm: crm.list_trash())

    async def purge_trash(self, older_than_days: float = 90) -> int:
        """See `CRM.purge_trash`."""
        return await self._threads.write(lambda crm: crm.purge_trash(older_than_days))

    async def export_person(self, id: str) -> dict[str, Any]:
        """See `CRM.export_person`."""
        return await self._threads.read(lambda crm: crm.export_person(id))

    async def erase_contact(self, id: str) -> ErasureReceipt:
        """See `CRM.erase_contact`."""
        return await self._threads.write(lambda crm: crm.erase_contact(id))

    async def scrub_file(self) -> bool:
        """See `CRM.scrub_file`."""
        return await self._threads.write(lambda crm: crm.scrub_file())

    async def history(self, id: str) -> tuple[Change, ...]:
        """See `CRM.history`."""
        return await self._threads.read(lambda crm: crm.history(id))

    async def undo(self, change_id: int) -> Contact:
        """See `CRM.undo`."""
        return await self._threads.write(lambda crm: crm.undo(change_id))

    async def contact_at(self, id: str, when: datetime) -> Contact:
        """See `CRM.contact_at`."""
        return await self._threads.read(lambda crm: crm.contact_at(id, when))

    async def prune_history(self, older_than_days: float) -> int:
        """See `CRM.prune_history`."""
        return await self._threads.write(lambda crm: crm.prune_history(older_than_days))
