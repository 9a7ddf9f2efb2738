"""The worker threads of an `AsyncCRM`, and the transactions that have one of their own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import islice
from types import TracebackType
from typing import Any, TypeVar

from wixcrm_local import errors
from wixcrm_local.crm import CRM

T = TypeVar("T")

# Writers wait for each other on their threads; readers have threads that no writer can fill, and
# both have threads that no sender can fill.
_WRITING_THREADS = 32
_READING_THREADS = 4
_MAILING_THREADS = 32
_CHUNK = 200


class Threads:
    """The worker threads of one store, and which of them belongs to which task."""

    def __init__(self, open_store: Callable[[], CRM]) -> None:
        self._open_store = open_store
        self._opening = threading.Lock()
        self._crm: CRM | None = None
        self._closed = False
        self._process = os.getpid()
        self._writing = ThreadPoolExecutor(_WRITING_THREADS, "wixcrm_local-write")
        self._reading = ThreadPoolExecutor(_READING_THREADS, "wixcrm_local-read")
        self._mailing = ThreadPoolExecutor(_MAILING_THREADS, "wixcrm_local-mail")
        self.of_task: dict[asyncio.Task[Any] | None, ThreadPoolExecutor] = {}

    async def write(self, verb: Callable[[CRM], T]) -> T:
        return await self.run(self._thread(self._writing), lambda: verb(self.crm()))

    async def read(self, verb: Callable[[CRM], T]) -> T:
        return await self.run(self._thread(self._reading), lambda: verb(self.crm()))

    async def mail(self, verb: Callable[[CRM], T]) -> T:
        return await self.run(self._thread(self._mailing), lambda: verb(self.crm()))

    async def iterate(self, verb: Callable[[CRM], Iterable[T]]) -> AsyncIterator[T]:
        items: Iterator[T] = iter(await self.read(verb))
        while chunk := await self.read(lambda _: list(islice(items, _CHUNK))):
            for item in chunk:
                yield item

    def crm(self) -> CRM:
        """The store, opened by the first thread that asks."""
        if self._crm is None:
            with self._opening:
                self._refuse_unusable()
                if self._crm is None:
                    self._crm = self._open_store()
        return self._crm

    def run(self, threads: Executor, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns on one of these threads; it is handed over before this returns."""
        self._refuse_unusable()
        return asyncio.get_running_loop().run_in_executor(threads, work)

    async def close(self) -> None:
        if self._closed or self._process != os.getpid():
            return
        await self.run(self._thread(self._writing), self._close_store)
        for threads in (self._writing, self._reading, self._mailing):
            threads.shutdown(wait=False)

    def release(self) -> None:
        """Ends the threads where no event loop runs, after what they do just now; the store is
        left to whoever opened it."""
        self._closed = True
        for threads in (self._writing, self._reading, self._mailing):
            threads.shutdown()

    def _close_store(self) -> None:
        with self._opening:
            crm = self._crm
            self._closed = crm is None
        if crm is not None:
            crm.close()  # may wait for a transaction, whose verbs must get past the lock above
            self._closed = True

    def _refuse_unusable(self) -> None:
        if self._process != os.getpid():  # its threads stayed in the parent
            raise errors.StoreForked(
                "a store can't be used in a child process that inherited it; open it anew there"
            )
        if self._closed:
            raise errors.StoreClosed("the store is closed; open it anew with AsyncCRM(path)")

    def _thread(self, others: Executor) -> Executor:
        """The thread of this task's transaction, or else one of the others."""
        return self.of_task.get(asyncio.current_task(), others) if self.of_task else others


class AsyncTransaction:
    """A transaction of one task, on a thread of its own."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._context: AbstractContextManager[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        thread = self._threads.of_task.get(self._task)
        self._is_outermost = thread is None
        self._thread = thread or ThreadPoolExecutor(1, "wixcrm_local-transaction")
        self._threads.of_task[self._task] = self._thread
        try:
            await self._threads.run(self._thread, self._enter)
        except BaseException as error:
            # If cancelled: what begins later on its thread is left there at once.
            self._thread.submit(self._leave, type(error), error, None)
            self._forget_thread()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leaving = self._threads.run(self._thread, lambda: self._leave(kind, error, trace))
        try:
            await asyncio.shield(leaving)
        finally:
            self._forget_thread()

    def _enter(self) -> None:
        context = self._threads.crm().transaction()
        context.__enter__()
        self._context = context

    def _leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        context, self._context = self._context, None
        if context is not None:
            context.__exit__(kind, error, trace)

    def _forget_thread(self) -> None:
        if self._is_outermost:
            self._threads.of_task.pop(self._task, None)
            self._thread.shutdown(wait=False)
