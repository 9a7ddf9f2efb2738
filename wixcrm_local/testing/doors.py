"""The two doors as tests use them: `CRM` and `AsyncCRM` with a clock that stands still, ids that
count up, and three verbs more.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any, cast

from wixcrm_local import connection, errors, removals
from wixcrm_local.aio import AsyncCRM, registers
from wixcrm_local.context import Clock, NewId
from wixcrm_local.crm import CRM
from wixcrm_local.message import OutboxMessage
from wixcrm_local.naming import nearest, suggestion
from wixcrm_local.policy import STRICT, Policy
from wixcrm_local.relay import Relay
from wixcrm_local.senders.sender import Sender
from wixcrm_local.store import Store
from wixcrm_local.testing import failures
from wixcrm_local.testing.failures import Failures
from wixcrm_local.testing.outbox import OutboxForTests
from wixcrm_local.testing.relay import RelayForTests, RelayToNobody, SenderForTests
from wixcrm_local.testing.repeatable import FakeClock, SequentialIds
from wixcrm_local.testing.store import StoreForTests

_REGISTERS = {
    "labels": registers.AsyncLabels,
    "custom_fields": registers.AsyncCustomFields,
    "triggered_emails": registers.AsyncTriggeredEmails,
    "outbox": registers.AsyncOutbox,
    "suppressions": registers.AsyncSuppressions,
}
_OWN = frozenset(["close", "start_delivery", "stop_delivery", "fail_next", "snapshot", "restore"])


class CRMForTests(CRM):
    """A `CRM` for tests: in memory, in the region US, repeatable to the byte.

    It takes the arguments of `CRM`; `clock` is a `FakeClock` and `new_id` a `SequentialIds` unless
    others are given, and `durability` is "normal". Its `outbox` has assertions.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = connection.MEMORY,
        *,
        default_region: str | None = "US",
        policy: Policy = STRICT,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        from_address: str | None = None,
        clock: Clock | None = None,
        new_id: NewId | None = None,
        durability: str = "normal",
        busy_timeout: float = 30.0,
    ) -> None:
        self._failures = Failures()
        self._snapshots: dict[str, sqlite3.Connection] = {}
        self._clock = clock or FakeClock()
        ids = SequentialIds()
        super().__init__(
            path,
            default_region=default_region,
            policy=policy,
            sender=sender,
            from_address=from_address,
            clock=self._clock,
            new_id=new_id or ids,
            durability=durability,
            busy_timeout=busy_timeout,
        )
        if self.path is not None and new_id is None:
            self._leave_out_used(ids)

    @property
    def clock(self) -> FakeClock:
        """The clock, to be moved by hand."""
        if not isinstance(self._clock, FakeClock):
            raise errors.InvalidArgument("this CRM was given a clock of its own; move that one")
        return self._clock

    @cached_property
    def outbox(self) -> OutboxForTests:
        """The mails that were sent, with assertions."""
        return OutboxForTests(self._context)

    def fail_next(self, verb: str, error: object) -> None:
        """Lets the next call of a verb fail once, where and as it really would.

        - `verb`: a verb of `CRM`, such as create_contact or emailContact; one of a register, such
          as labels.create; or send, for whatever hands a mail to the sender next
        - `error`: busy or full (nothing is stored); temporary, permanent, uncertain or unavailable
          (what a sender says of a mail); or an exception

        Called again, the call after that fails too. Raises `InvalidArgument`.
        """
        made = failures.failure(error)
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(verb)).lower()
        failures.check(name, _verbs(), made)
        if name not in ("transaction", failures.SEND):
            self._let_fail(name)
        self._failures.arm(name, made)

    def snapshot(self, name: str | None = None) -> str:
        """Keeps all that is stored under a name, which it gives back; a name given again is
        another snapshot. Raises `InvalidArgument` inside a transaction."""
        name = f"snapshot {len(self._snapshots) + 1}" if name is None else name
        copy = self._store_for_tests.copy()
        before = self._snapshots.pop(name, None)
        if before is not None:
            before.close()
        self._snapshots[name] = copy
        return name

    def restore(self, name: str) -> None:
        """Goes back to a snapshot, which stays; clock and ids go on.

        Raises `InvalidArgument` where there is none of this name, and inside a transaction.
        """
        copy = self._snapshots.get(name)
        if copy is None:
            names = list(self._snapshots)
            known = ", ".join(map(repr, names)) if names else "none yet: call crm.snapshot(name)"
            raise errors.InvalidArgument(
                f"there is no snapshot {str(name)[:60]!r}; {suggestion(nearest(str(name), names))}"
                f"there are: {known}",
                details={"argument": "name", "choices": names},
            )
        self._store_for_tests.become(copy)
        if self._relay is not None:
            cast(RelayForTests, self._relay).forget()

    def transaction(self) -> AbstractContextManager[None]:
        return self._failing_transaction(super().transaction())

    def close(self) -> None:
        super().close()
        for copy in self._snapshots.values():
            copy.close()
        self._snapshots.clear()

    def _leave_out_used(self, ids: SequentialIds) -> None:
        """A file that is opened again goes on where it was."""
        try:
            used = [contact.id for contact in self.iter_contacts()]
            used += self._store.read(removals.all_ids)
            ids.go_on_behind([*used, *(message.id for message in self.outbox)])
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _failing_transaction(self, inner: AbstractContextManager[None]) -> Iterator[None]:
        """Fails when it begins, but on a full disk when it is stored."""
        error = self._failures.take("transaction")
        if error is None:
            with inner:
                yield
            return
        if not isinstance(error, errors.StoreFull):
            raise error
        is_stored = False
        try:
            with inner:
                yield
                is_stored = True
                raise error
        finally:
            if not is_stored:  # the block itself failed before
                self._failures.put_back("transaction", error)

    def _let_fail(self, name: str) -> None:
        """Puts a failing verb before the real one: a CRM in which nothing is to fail has none."""
        register, _, verb = name.rpartition(".")
        owner = getattr(self, register) if register else self
        for attribute in {verb, *_aliases(type(owner), verb)}:
            real = getattr(owner, attribute)
            if not hasattr(real, "fails"):
                owner.__dict__[attribute] = _failing(real, name, self._failures)

    @property
    def _store_for_tests(self) -> StoreForTests:
        return cast(StoreForTests, self._store)

    def _opened_store(self, path: str | None, durability: str, busy_timeout: float) -> Store:
        return StoreForTests(path, durability, busy_timeout, self._failures)

    def _real_sender(self, sender: object) -> Sender | None:
        real = super()._real_sender(sender)
        return None if real is None else SenderForTests(real, self._failures)

    def _made_relay(self) -> Relay | None:
        if self._sender is None:
            return RelayToNobody(self._context, self._failures)
        return RelayForTests(self._context, self._sender, self._failures)


class AsyncCRMForTests(AsyncCRM):
    """An `AsyncCRM` for tests, on a `CRMForTests`, which stands behind it as `crm`.

    It takes the arguments of `CRMForTests`, or one that is open already as `crm`.
    """

    def __init__(self, *arguments: Any, crm: CRMForTests | None = None, **options: Any) -> None:
        opened = crm or CRMForTests(*arguments, **options)
        self._crm = opened
        self._begin(lambda: opened)

    @property
    def crm(self) -> CRMForTests:
        """The same store, without awaiting: for assertions, and to prepare a test."""
        return self._crm

    @property
    def clock(self) -> FakeClock:
        """The clock, to be moved by hand."""
        return self._crm.clock

    def fail_next(self, verb: str, error: object) -> None:
        """See `CRMForTests.fail_next`; nothing to await."""
        self._crm.fail_next(verb, error)

    async def snapshot(self, name: str | None = None) -> str:
        """See `CRMForTests.snapshot`."""
        return await self._threads.write(lambda crm: cast(CRMForTests, crm).snapshot(name))

    async def restore(self, name: str) -> None:
        """See `CRMForTests.restore`."""
        await self._threads.write(lambda crm: cast(CRMForTests, crm).restore(name))

    def release(self) -> None:
        """Closes it where no event loop runs: at the end of a test."""
        self._threads.release()


def _failing(real: Callable[..., Any], name: str, armed: Failures) -> Callable[..., Any]:
    """The verb, and the failures that are armed for it."""

    @functools.wraps(real)
    def failing(*arguments: Any, **options: Any) -> Any:
        with armed.during(name):
            found = real(*arguments, **options)
            return _first_read_now(found) if inspect.isgenerator(found) else found

    failing.fails = True  # type: ignore[attr-defined]
    return failing


def _first_read_now(items: Iterator[Any]) -> Iterator[Any]:
    """An iterator that has read its first page, while a failure could strike."""
    first = next(items, items)
    return iter(()) if first is items else _chained(first, items)


def _chained(first: Any, items: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from items


def _aliases(kind: type, verb: str) -> Iterator[str]:
    """The other names of a verb, such as createContact."""
    real = inspect.getattr_static(kind, verb)
    for name in dir(kind):
        if name != verb and inspect.getattr_static(kind, name) is real:
            yield name


@functools.cache
def _verbs() -> frozenset[str]:
    """All verbs that can fail, those of registers with their register."""
    names = {failures.SEND, *_public(CRM)} - _OWN
    for register, mirror in _REGISTERS.items():  # which has the public ones alone
        names |= {f"{register}.{verb}" for verb in _public(mirror)}
    return frozenset(names - {"outbox.count"})


def _public(kind: type) -> set[str]:
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name for name, _ in found if not name.startswith("_") and name == name.lower()}
