"""The awaitable door: every verb of `CRM`, off the event loop's thread.

Law: nothing here decides anything; each verb is the one of `CRM` on a worker thread, and a
transaction's verbs all run on the one thread that the transaction belongs to (A7). What may ask a
sender has threads of its own: a slow one keeps nobody waiting but those who mail.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from wixcrm_local import connection, errors
from wixcrm_local.answers import ContactPage, Duplicates, Event, EventPage
from wixcrm_local.backup import Backup
from wixcrm_local.checking import CheckReport
from wixcrm_local.context import Clock, NewId
from wixcrm_local.crm import CRM, Info, Source, Target
from wixcrm_local.examining import Remark
from wixcrm_local.listening import Subscription
from wixcrm_local.mending import RepairReport
from wixcrm_local.message import (
    Attempt,
    DeliveryPreview,
    DeliveryReport,
    OutboxMessage,
    OutboxStats,
)
from wixcrm_local.model import (
    Change,
    Contact,
    CustomField,
    ErasureReceipt,
    Label,
    MatchResult,
    MergeResult,
    Suppression,
    TrashedContact,
    TriggeredEmail,
    UpsertResult,
)
from wixcrm_local.page.writing import PageReport
from wixcrm_local.policy import STRICT, Policy
from wixcrm_local.rekeying import RekeyReport
from wixcrm_local.rendering import RenderedEmail
from wixcrm_local.scheduled_backups import ScheduledBackups
from wixcrm_local.transfer.report import ExportReport, ImportReport, ImportSummary, UndoneImport

if TYPE_CHECKING:
    from wixcrm_local.senders.sender import Sender

T = TypeVar("T")

# Writers wait for each other on their threads; readers have threads that no writer can fill, and
# both have threads that no sender can fill.
_WRITING_THREADS = 32
_READING_THREADS = 4
_MAILING_THREADS = 32
_CHUNK = 200


class AsyncCRM:
    """`CRM` for asyncio: the same arguments, and every verb is awaited.

    The store is opened by `async with`, or by the first verb. A verb that is cancelled while
    its thread works is carried out all the same.
    """

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
        self._threads = _Threads(open_store)
        self.labels = AsyncLabels(self._threads)
        self.custom_fields = AsyncCustomFields(self._threads)
        self.triggered_emails = AsyncTriggeredEmails(self._threads)
        self.outbox = AsyncOutbox(self._threads)
        self.suppressions = AsyncSuppressions(self._threads)

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

    async def rekey(
        self, default_region: str, *, progress: Callable[[int, int], object] | None = None
    ) -> RekeyReport:
        """See `CRM.rekey`; `progress` is called on a worker thread."""
        return await self._threads.write(lambda crm: crm.rekey(default_region, progress=progress))

    def find_duplicates(self) -> AsyncIterator[Duplicates]:
        """See `CRM.find_duplicates`; `async for` takes the items."""
        return self._threads.iterate(lambda crm: crm.find_duplicates())

    async def register_member(self, id: str, login_email: str) -> Contact:
        """See `CRM.register_member`."""
        return await self._threads.write(lambda crm: crm.register_member(id, login_email))

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

    async def merge_contacts(self, target: str, *sources: str) -> MergeResult:
        """See `CRM.merge_contacts`."""
        return await self._threads.write(lambda crm: crm.merge_contacts(target, *sources))

    async def preview_merge(self, target: str, *sources: str) -> MergeResult:
        """See `CRM.preview_merge`."""
        return await self._threads.write(lambda crm: crm.preview_merge(target, *sources))

    async def import_contacts(
        self,
        source: Source,
        format: str | None = None,
        mapping: Mapping[str, str | None] | None = None,
        *,
        dry_run: bool = False,
        policy: Policy | None = None,
        on_error: str = "skip",
        unknown_columns: str = "leave_out",
        progress: Callable[[int, float | None], object] | None = None,
    ) -> ImportReport:
        """See `CRM.import_contacts`; `progress` is called on the thread that imports."""
        return await self._threads.write(
            lambda crm: crm.import_contacts(
                source,
                format,
                mapping,
                dry_run=dry_run,
                policy=policy,
                on_error=on_error,
                unknown_columns=unknown_columns,
                progress=progress,
            )
        )

    async def undo_import(self, receipt: str) -> UndoneImport:
        """See `CRM.undo_import`."""
        return await self._threads.write(lambda crm: crm.undo_import(receipt))

    async def imports(self) -> tuple[ImportSummary, ...]:
        """See `CRM.imports`."""
        return await self._threads.read(lambda crm: crm.imports())

    async def export_contacts(
        self,
        target: Target,
        format: str = "csv",
        where: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
    ) -> ExportReport:
        """See `CRM.export_contacts`."""
        return await self._threads.read(
            lambda crm: crm.export_contacts(target, format, where, overwrite=overwrite)
        )

    async def preview_export(
        self, format: str = "csv", where: Mapping[str, Any] | None = None
    ) -> ExportReport:
        """See `CRM.preview_export`."""
        return await self._threads.read(lambda crm: crm.preview_export(format, where))

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

    async def backup(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Backup:
        """See `CRM.backup`; `progress` is called on a worker thread."""
        return await self._threads.read(
            lambda crm: crm.backup(path, overwrite=overwrite, progress=progress)
        )

    async def check(self, *, progress: Callable[[int, int], object] | None = None) -> CheckReport:
        """See `CRM.check`; `progress` is called on a worker thread."""
        return await self._threads.read(lambda crm: crm.check(progress=progress))

    async def backup_every(
        self,
        hours: float = 24,
        *,
        folder: str | os.PathLike[str] | None = None,
        keep: int = 7,
    ) -> ScheduledBackups:
        """See `CRM.backup_every`."""
        return await self._threads.read(
            lambda crm: crm.backup_every(hours, folder=folder, keep=keep)
        )

    async def repair(self, *, progress: Callable[[int, int], object] | None = None) -> RepairReport:
        """See `CRM.repair`; `progress` is called on the thread that repairs."""
        return await self._threads.write(lambda crm: crm.repair(progress=progress))

    async def examine(self) -> tuple[Remark, ...]:
        """See `CRM.examine`."""
        return await self._threads.read(lambda crm: crm.examine())

    async def dump(self) -> str:
        """See `CRM.dump`."""
        return await self._threads.read(lambda crm: crm.dump())

    async def write_page(
        self,
        path: str | os.PathLike[str],
        *,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
        reload_every: float | None = None,
    ) -> PageReport:
        """See `CRM.write_page`."""
        return await self._threads.read(
            lambda crm: crm.write_page(
                path, limit=limit, redact=redact, overwrite=overwrite, reload_every=reload_every
            )
        )

    async def watch_page(
        self,
        path: str | os.PathLike[str],
        *,
        stop: threading.Event | None = None,
        interval: float = 1.0,
        written: Callable[[PageReport], object] | None = None,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
    ) -> None:
        """See `CRM.watch_page`. If its task is cancelled, it ends as by `stop`."""
        ending = stop or threading.Event()
        terms: dict[str, Any] = {"limit": limit, "redact": redact, "overwrite": overwrite}
        try:
            await self._threads.read(
                lambda crm: crm.watch_page(
                    path, stop=ending, interval=interval, written=written, **terms
                )
            )
        except asyncio.CancelledError:
            ending.set()
            raise

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


class _Threads:
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

    def __init__(self, threads: _Threads) -> None:
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


class AsyncLabels:
    """`AsyncCRM.labels`; see `Labels`."""

    def __init__(self, threads: _Threads) -> None:
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

    def __init__(self, threads: _Threads) -> None:
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

    def __init__(self, threads: _Threads) -> None:
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

    def __init__(self, threads: _Threads) -> None:
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

    def __init__(self, threads: _Threads) -> None:
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
