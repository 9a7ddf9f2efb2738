"""The registers and the outbox of an `AsyncCRM`: each verb is the one of `CRM`, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from wixcrm_local.aio.threads import Threads
from wixcrm_local.message import Attempt, OutboxMessage, OutboxStats
from wixcrm_local.model import CustomField, Label, Suppression, TriggeredEmail
from wixcrm_local.rendering import RenderedEmail


class AsyncLabels:
    """`AsyncCRM.labels`; see `Labels`."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def create(self, name: str, *, exist_ok: bool = False) -> Label:
        return await self._threads.write(lambda crm: crm.labels.create(name, exist_ok=exist_ok))

    async def get(self, name: str) -> Label:
        return await self._threads.read(lambda crm: crm.labels.get(name))

    async def list(self) -> tuple[Label, ...]:
        return await self._threads.read(lambda crm: crm.labels.list())

    async def count_contacts(self, name: str) -> int:
        return await self._threads.read(lambda crm: crm.labels.count_contacts(name))

    async def rename(self, name: str, new_name: str) -> Label:
        return await self._threads.write(lambda crm: crm.labels.rename(name, new_name))

    async def delete(self, name: str) -> None:
        await self._threads.write(lambda crm: crm.labels.delete(name))


class AsyncCustomFields:
    """`AsyncCRM.custom_fields`; see `CustomFields`."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def create(self, name: str, type: str = "text", *, exist_ok: bool = False) -> CustomField:
        return await self._threads.write(
            lambda crm: crm.custom_fields.create(name, type, exist_ok=exist_ok)
        )

    async def get(self, name: str) -> CustomField:
        return await self._threads.read(lambda crm: crm.custom_fields.get(name))

    async def list(self) -> tuple[CustomField, ...]:
        return await self._threads.read(lambda crm: crm.custom_fields.list())

    async def count_contacts(self, name: str) -> int:
        return await self._threads.read(lambda crm: crm.custom_fields.count_contacts(name))

    async def rename(self, name: str, new_name: str) -> CustomField:
        return await self._threads.write(lambda crm: crm.custom_fields.rename(name, new_name))

    async def delete(self, name: str) -> None:
        await self._threads.write(lambda crm: crm.custom_fields.delete(name))


class AsyncTriggeredEmails:
    """`AsyncCRM.triggered_emails`; see `TriggeredEmails`."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def save(
        self,
        id: str,
        *,
        subject: str,
        html: str | None = None,
        text: str | None = None,
        variables: Mapping[str, str] | None = None,
        required: Iterable[str] = (),
        from_address: str | None = None,
        unsubscribe_url: str | None = None,
    ) -> TriggeredEmail:
        return await self._threads.write(
            lambda crm: crm.triggered_emails.save(
                id,
                subject=subject,
                html=html,
                text=text,
                variables=variables,
                required=required,
                from_address=from_address,
                unsubscribe_url=unsubscribe_url,
            )
        )

    async def get(self, id: str) -> TriggeredEmail:
        return await self._threads.read(lambda crm: crm.triggered_emails.get(id))

    async def list(self) -> tuple[TriggeredEmail, ...]:
        return await self._threads.read(lambda crm: crm.triggered_emails.list())

    async def delete(self, id: str) -> None:
        await self._threads.write(lambda crm: crm.triggered_emails.delete(id))

    async def preview(self, id: str, variables: Mapping[str, Any] | None = None) -> RenderedEmail:
        return await self._threads.read(lambda crm: crm.triggered_emails.preview(id, variables))


class AsyncOutbox:
    """`AsyncCRM.outbox`; see `Outbox`. `async for` gives the mails, oldest first."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def count(self) -> int:
        """How many mails there are."""
        return await self._threads.read(lambda crm: len(crm.outbox))

    async def get(self, id: str) -> OutboxMessage:
        """See `Outbox.get`."""
        return await self._threads.read(lambda crm: crm.outbox.get(id))

    async def last(self) -> OutboxMessage | None:
        """The newest mail; None where there is none."""
        return await self._threads.read(lambda crm: crm.outbox.last())

    async def where(
        self,
        *,
        status: str | None = None,
        contact_id: str | None = None,
        email_id: str | None = None,
        to: str | None = None,
    ) -> tuple[OutboxMessage, ...]:
        """See `Outbox.where`."""
        return await self._threads.read(
            lambda crm: crm.outbox.where(
                status=status, contact_id=contact_id, email_id=email_id, to=to
            )
        )

    async def cancel(self, id: str) -> OutboxMessage:
        """See `Outbox.cancel`."""
        return await self._threads.write(lambda crm: crm.outbox.cancel(id))

    async def cancel_stale(self) -> int:
        """See `Outbox.cancel_stale`."""
        return await self._threads.write(lambda crm: crm.outbox.cancel_stale())

    async def retry(self, id: str) -> OutboxMessage:
        """See `Outbox.retry`."""
        return await self._threads.write(lambda crm: crm.outbox.retry(id))

    async def resolve(self, id: str, outcome: str) -> OutboxMessage:
        """See `Outbox.resolve`."""
        return await self._threads.write(lambda crm: crm.outbox.resolve(id, outcome))

    async def attempts(self, id: str) -> tuple[Attempt, ...]:
        """See `Outbox.attempts`."""
        return await self._threads.read(lambda crm: crm.outbox.attempts(id))

    async def stats(self) -> OutboxStats:
        """See `Outbox.stats`."""
        return await self._threads.read(lambda crm: crm.outbox.stats())

    def __aiter__(self) -> AsyncIterator[OutboxMessage]:
        return self._threads.iterate(lambda crm: crm.outbox)


class AsyncSuppressions:
    """`AsyncCRM.suppressions`; see `Suppressions`."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def add(self, address: str, reason: str = "manual", *, note: str = "") -> Suppression:
        return await self._threads.write(
            lambda crm: crm.suppressions.add(address, reason, note=note)
        )

    async def remove(self, address: str) -> bool:
        return await self._threads.write(lambda crm: crm.suppressions.remove(address))

    async def check(self, address: str) -> Suppression | None:
        return await self._threads.read(lambda crm: crm.suppressions.check(address))

    async def list(self) -> tuple[Suppression, ...]:
        return await self._threads.read(lambda crm: crm.suppressions.list())
