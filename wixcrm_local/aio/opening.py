"""Opening a store and closing it: what all verbs of an `AsyncCRM` stand on."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from wixcrm_local import connection
from wixcrm_local.aio.registers import (
    AsyncCustomFields,
    AsyncLabels,
    AsyncOutbox,
    AsyncSuppressions,
    AsyncTriggeredEmails,
)
from wixcrm_local.aio.threads import AsyncTransaction, Threads
from wixcrm_local.context import Clock, NewId
from wixcrm_local.crm import CRM
from wixcrm_local.message import OutboxMessage
from wixcrm_local.policy import STRICT, Policy

if TYPE_CHECKING:
    from wixcrm_local.senders.sender import Sender


class AsyncOpened:
    """An open store: `AsyncCRM` without its verbs."""

    def __init__(
        self,
        path: str | os.PathLike[str] = connection.MEMORY,
        *,
        default_region: str | None = None,
        policy: Policy = STRICT,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        from_address: str | None = None,
        clock: Clock | None = None,
        new_id: NewId | None = None,
        durability: str = "full",
        busy_timeout: float = 30.0,
    ) -> None:
        def open_store() -> CRM:
            return CRM(
                path,
                default_region=default_region,
                policy=policy,
                sender=sender,
                from_address=from_address,
                clock=clock,
                new_id=new_id,
                durability=durability,
                busy_timeout=busy_timeout,
            )

        self._begin(open_store)

    def _begin(self, open_store: Callable[[], CRM]) -> None:
        self._threads = Threads(open_store)
        self.labels = AsyncLabels(self._threads)
        self.custom_fields = AsyncCustomFields(self._threads)
        self.triggered_emails = AsyncTriggeredEmails(self._threads)
        self.outbox = AsyncOutbox(self._threads)
        self.suppressions = AsyncSuppressions(self._threads)

    def transaction(self) -> AsyncTransaction:
        """`async with crm.transaction():` as `CRM.transaction`; it belongs to its task (A7).

        Leaving it waits for the sender that is handed its mails.
        """
        return AsyncTransaction(self._threads)

    async def close(self) -> None:
        """Closes the store; closing twice is fine."""
        await self._threads.close()

    async def __aenter__(self) -> Self:
        await self._threads.read(lambda crm: None)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
