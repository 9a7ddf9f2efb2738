"""Keeps the mails of a whole process from leaving it, for code that makes a CRM of its own.

Law: while anything captures, no sender is asked but those that keep mails in memory; afterwards all
is as it was.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar, overload

from wixcrm_local import errors, mail_rows, watching
from wixcrm_local.context import Context
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.memory import MemorySender
from wixcrm_local.senders.outbox import OutboxSender
from wixcrm_local.senders.sender import Receipt
from wixcrm_local.testing.outbox import MailAssertions
from wixcrm_local.testing.relay import SenderForTests
from wixcrm_local.testing.sender import FailingSender

Function = TypeVar("Function", bound=Callable[..., Any])

_Place = tuple[object, str]  # which store, and the mail's id
_HARMLESS = (MemorySender, OutboxSender, FailingSender)


class CapturedEmails(MailAssertions, Sequence[OutboxMessage]):
    """The mails that were recorded or handed over while capturing, each once, oldest first.

    Each stands as it is now in its outbox, or was when its store was closed; what was undone with
    its transaction is not there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[_Place, OutboxMessage | None] = {}  # None: undone
        self._open: dict[_Place, Context] = {}  # where a mail may still change

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, place: int) -> OutboxMessage: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[OutboxMessage, ...]: ...

    def __getitem__(self, place: int | slice) -> OutboxMessage | tuple[OutboxMessage, ...]:
        return self._all()[place]

    def __iter__(self) -> Iterator[OutboxMessage]:
        return iter(self._all())

    def __repr__(self) -> str:
        return f"<CapturedEmails with {len(self)} messages>"

    def add(self, context: Context, message: OutboxMessage) -> None:
        """Notes a mail of an open store, which is kept alive until the end."""
        place = (context.store.path or context, message.id)
        with self._lock:
            self._kept.setdefault(place, message)
            self._open[place] = context

    def look(self, context: Context | None = None, *, last: bool = False) -> None:
        """Looks at how the mails stand, those of one store or all; if `last`, for good."""
        with self._lock:
            places = [it for it in self._open.items() if context is None or it[1] is context]
        for place, where in places:  # without the lock: it may take another thread's turn to end
            with suppress(errors.StoreError):  # closed, or deleted: then as it was seen last
                found = _read(where, place[1])
                with self._lock:
                    self._kept[place] = found
            if last:
                with self._lock:
                    self._open.pop(place, None)

    def _all(self) -> tuple[OutboxMessage, ...]:
        self.look()
        with self._lock:
            return tuple(message for message in self._kept.values() if message is not None)

    def _messages(self) -> Sequence[OutboxMessage]:
        return self._all()


class EmailCapture:
    """What `capture_emails()` gives: a context manager, and a decorator of functions."""

    def __init__(self) -> None:
        self._begun: list[_Watcher] = []

    def __enter__(self) -> CapturedEmails:
        watcher = _Watcher()
        self._begun.append(watcher)
        watching.begin(watcher)
        return watcher.emails

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        watcher = self._begun.pop()
        watching.end(watcher)
        watcher.emails.look(last=True)

    def __call__(self, function: Function) -> Function:
        """The function, which captures all mails while it runs; a coroutine function, too."""
        if (
            inspect.isclass(function)
            or inspect.isgeneratorfunction(function)
            or inspect.isasyncgenfunction(function)
        ):
            raise errors.InvalidArgument(  # it would return before it has begun
                "capture_emails() decorates functions; inside a class or a generator, write "
                "with capture_emails(): …",
                details={"argument": "function"},
            )

        @functools.wraps(function)
        def captured(*arguments: Any, **options: Any) -> Any:
            with EmailCapture():
                return function(*arguments, **options)

        @functools.wraps(function)
        async def captured_coroutine(*arguments: Any, **options: Any) -> Any:
            with EmailCapture():
                return await function(*arguments, **options)

        chosen: Any = captured_coroutine if inspect.iscoroutinefunction(function) else captured
        found: Function = chosen
        return found


class _Watcher:
    """One capture, as `watching` knows it."""

    def __init__(self) -> None:
        self.emails = CapturedEmails()

    def recorded(self, context: Context, message: OutboxMessage) -> None:
        self.emails.add(context, message)

    def closing(self, context: Context) -> None:
        self.emails.look(context, last=True)

    def stand_in(self, context: Context, sender: object) -> object:
        if isinstance(sender, _HARMLESS):
            return sender
        if isinstance(sender, SenderForTests):
            inner: Any = self.stand_in(context, sender.sender)
            return SenderForTests(inner, sender.failures)
        return _StandIn(sender)


def capture_emails() -> EmailCapture:
    """`with capture_emails() as emails:` keeps all mails of the process from leaving it.

    Whatever CRM hands a mail to whatever sender meanwhile, in any thread, no sender is asked: the
    mail counts as sent, and stands in `emails`, as do mails of a CRM without a sender. Captures
    can be nested: each has the mails of those inside it.
    """
    return EmailCapture()


class _StandIn:
    """Takes mails in the place of a sender that would let them out."""

    def __init__(self, sender: Any) -> None:
        self._sender = sender

    @property
    def name(self) -> str:
        return str(self._sender.name)

    def send(self, message: OutboxMessage) -> Receipt:
        if hasattr(self._sender, "from_address"):  # it writes the mail, which may not be possible
            message.as_bytes(self._sender.from_address)
        return Receipt(sender=self.name, response="captured by a test")


def _read(context: Context, id: str) -> OutboxMessage | None:
    return context.store.read(lambda connection: mail_rows.message_by_id(connection, id))
