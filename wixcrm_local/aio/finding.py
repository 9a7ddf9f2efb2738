"""Searching, querying and following contacts, awaited: see `crm.finding`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from wixcrm_local.aio.opening import AsyncOpened
from wixcrm_local.answers import ContactPage, Duplicates, Event, EventPage
from wixcrm_local.listening import Subscription
from wixcrm_local.model import Contact


class AsyncFindingVerbs(AsyncOpened):
    """See `FindingVerbs`."""

    async def search_contacts(self, text: str, limit: int = 20) -> tuple[Contact, ...]:
        """See `CRM.search_contacts`."""
        return await self._threads.read(lambda crm: crm.search_contacts(text, limit))

    async def prepare_search(self, *, progress: Callable[[int, int], object] | None = None) -> None:
        """See `CRM.prepare_search`; `progress` is called on a worker thread."""
        await self._threads.write(lambda crm: crm.prepare_search(progress=progress))

    async def query_contacts(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        sort: str = "created_at",
        descending: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ContactPage:
        """See `CRM.query_contacts`."""
        return await self._threads.read(
            lambda crm: crm.query_contacts(
                where, sort=sort, descending=descending, limit=limit, cursor=cursor
            )
        )

    async def count_contacts(self, where: Mapping[str, Any] | None = None) -> int:
        """See `CRM.count_contacts`."""
        return await self._threads.read(lambda crm: crm.count_contacts(where))

    def iter_contacts(self, where: Mapping[str, Any] | None = None) -> AsyncIterator[Contact]:
        """See `CRM.iter_contacts`; `async for` takes the items."""
        return self._threads.iterate(lambda crm: crm.iter_contacts(where))

    async def changes_since(self, cursor: str | None = None, limit: int = 100) -> EventPage:
        """See `CRM.changes_since`."""
        return await self._threads.read(lambda crm: crm.changes_since(cursor, limit))

    async def subscribe(
        self, callback: Callable[[Event], object], *, interval: float | None = None
    ) -> Subscription:
        """See `CRM.subscribe`; `callback` is called on the event loop, and awaited where it is a
        coroutine function."""
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Future[Any]] = set()

        def call(event: Event) -> None:
            answer = callback(event)
            if inspect.isawaitable(answer):
                task = asyncio.ensure_future(answer)
                tasks.add(task)  # the loop itself keeps no hold of it
                task.add_done_callback(tasks.discard)

        def hand_over(event: Event) -> None:
            loop.call_soon_threadsafe(call, event)

        if not callable(callback):
            hand_over = callback
        return await self._threads.read(lambda crm: crm.subscribe(hand_over, interval=interval))

    def find_duplicates(self) -> AsyncIterator[Duplicates]:
        """See `CRM.find_duplicates`; `async for` takes the items."""
        return self._threads.iterate(lambda crm: crm.find_duplicates())
