"""Triggered Emails, awaited: see `crm.mail`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from wixcrm_local.aio.opening import AsyncOpened
from wixcrm_local.message import DeliveryPreview, DeliveryReport, OutboxMessage
from wixcrm_local.model import Contact
from wixcrm_local.policy import Policy

if TYPE_CHECKING:
    from wixcrm_local.senders.sender import Sender


class AsyncMailVerbs(AsyncOpened):
    """See `MailVerbs`."""

    async def email_contact(
        self,
        email_id: str,
        to_contact: str,
        options: Mapping[str, Any] | None = None,
        *,
        policy: Policy | None = None,
    ) -> None:
        """See `CRM.email_contact`."""
        await self._threads.mail(
            lambda crm: crm.email_contact(email_id, to_contact, options, policy=policy)
        )

    emailContact = email_contact

    async def send_email(
        self,
        email_id: str,
        to_contact: str,
        options: Mapping[str, Any] | None = None,
        *,
        policy: Policy | None = None,
        idempotency_key: str | None = None,
        send_at: datetime | None = None,
        expires_in: timedelta | float | None = None,
    ) -> OutboxMessage:
        """See `CRM.send_email`."""
        return await self._threads.mail(
            lambda crm: crm.send_email(
                email_id,
                to_contact,
                options,
                policy=policy,
                idempotency_key=idempotency_key,
                send_at=send_at,
                expires_in=expires_in,
            )
        )

    async def deliver(
        self,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        *,
        limit: int | None = None,
        include_stale: bool = False,
        stop: threading.Event | None = None,
    ) -> DeliveryReport:
        """See `CRM.deliver`. If its task is cancelled, it ends after the mail in hand, as by
        `stop`, which is set then."""
        ending = stop or threading.Event()
        try:
            return await self._threads.mail(
                lambda crm: crm.deliver(
                    sender, limit=limit, include_stale=include_stale, stop=ending
                )
            )
        except asyncio.CancelledError:
            ending.set()
            raise

    async def preview_delivery(
        self,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        *,
        limit: int | None = None,
        include_stale: bool = False,
    ) -> DeliveryPreview:
        """See `CRM.preview_delivery`."""
        return await self._threads.mail(
            lambda crm: crm.preview_delivery(sender, limit=limit, include_stale=include_stale)
        )

    async def start_delivery(self, interval: float = 30) -> None:
        """See `CRM.start_delivery`; it goes on beside the event loop, and after it."""
        await self._threads.write(lambda crm: crm.start_delivery(interval))

    async def stop_delivery(self, timeout: float | None = None) -> bool:
        """See `CRM.stop_delivery`."""
        return await self._threads.mail(lambda crm: crm.stop_delivery(timeout))

    async def unsubscribe(self, who: str | Contact) -> None:
        """See `CRM.unsubscribe`."""
        await self._threads.write(lambda crm: crm.unsubscribe(who))

    async def resubscribe(self, who: str | Contact) -> None:
        """See `CRM.resubscribe`."""
        await self._threads.write(lambda crm: crm.resubscribe(who))
