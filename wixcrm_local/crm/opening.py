"""Opening a store and closing it: what all verbs of a `CRM` stand on."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from wixcrm_local import connection, errors, places, region, watching
from wixcrm_local.context import Clock, Context, NewId, ids, stamps
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.email_address import checked_address
from wixcrm_local.labels import Labels
from wixcrm_local.phone_number import checked_region
from wixcrm_local.policy import STRICT, Policy
from wixcrm_local.store import Store
from wixcrm_local.upsert import Upsert

if TYPE_CHECKING:
    from wixcrm_local.background import Background
    from wixcrm_local.listening import Subscription
    from wixcrm_local.message import OutboxMessage
    from wixcrm_local.relay import Relay
    from wixcrm_local.scheduled_backups import ScheduledBackups
    from wixcrm_local.senders.sender import Sender

DURABILITIES = ("full", "normal")
_CLOSING_PATIENCE = 5.0  # seconds


class Opened:
    """An open store: `CRM` without its verbs."""

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
        _check_arguments(policy, clock, new_id, durability, busy_timeout)
        self._sender = None if sender is None else self._real_sender(sender)
        sender_address = (
            None if from_address is None else checked_address(from_address, "from_address")
        )
        own_region = None if default_region is None else checked_region(default_region)
        self._store = self._opened_store(connection.resolve(path), durability, float(busy_timeout))
        self._context = Context(
            self._store,
            policy,
            now=stamps(clock),
            new_id=ids(new_id),
            from_address=sender_address,
        )
        try:
            region.settle(self._store, own_region)
            self._warn_of_place()
        except BaseException:
            self._store.close()
            raise
        self._relay = self._made_relay()
        self._subscriptions: list[Subscription | ScheduledBackups] = []  # ended with the store
        self.labels = Labels(self._context)
        self.custom_fields = CustomFields(self._context)
        self._upsert = Upsert(self._context, self.labels, self.custom_fields, policy)

    @cached_property
    def _background(self) -> Background:
        from wixcrm_local.background import Background

        return Background(self._context, self._sender)

    # What the CRM of the test kit makes otherwise.

    def _opened_store(self, path: str | None, durability: str, busy_timeout: float) -> Store:
        return Store(path, durability=durability, busy_timeout=busy_timeout)

    def _real_sender(self, sender: object) -> Sender | None:
        from wixcrm_local.relay import real_sender

        return real_sender(sender)

    def _made_relay(self) -> Relay | None:
        if self._sender is None:
            return None
        from wixcrm_local.relay import Relay

        return Relay(self._context, self._sender)

    def _warn_of_place(self) -> None:
        danger = None if self._store.path is None else places.danger(self._store.path)
        if danger is not None:
            self._context.warn(
                f"{self._store.path}: {danger}; put the store on a local disk, and copies made by "
                "crm.backup() there",
                "UNSAFE_PLACE",
            )

    @property
    def path(self) -> str | None:
        """The absolute path of the store's file; None in memory."""
        return self._store.path

    @property
    def default_region(self) -> str | None:
        """The region in which national phone numbers are read (P1)."""
        return self._store.default_region

    def transaction(self) -> AbstractContextManager[None]:
        """`with crm.transaction():` stores all its calls together, or none of them (A7).

        It belongs to its thread. Inside another one it is a savepoint. A call that is refused
        inside leaves it usable. Mails of the transaction are handed to the sender after it.
        """
        transaction = self._store.transaction()
        if self._relay is None or self._store.in_transaction:
            return transaction
        return self._relay.after(transaction)

    def close(self) -> None:
        """Closes the store; closing twice is fine. A delivery on its own thread ends after the
        mail it has in hand, for which it has some seconds."""
        for subscription in self._subscriptions:
            subscription.close()
        if "_background" in self.__dict__:
            self._background.stop(_CLOSING_PATIENCE)
        if watching.watchers:
            watching.closing(self._context)
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._store.closed else "open"
        return f"<CRM on {self.path or connection.MEMORY}, {state}>"


def _check_arguments(
    policy: object,
    clock: object,
    new_id: object,
    durability: object,
    busy_timeout: object,
) -> None:
    if not isinstance(policy, Policy):
        _refuse("policy", "must be a Policy; pass STRICT, or Policy(members='keep')")
    if clock is not None and not callable(clock):
        _refuse("clock", "must be callable; pass a function that returns an aware datetime")
    if new_id is not None and not callable(new_id):
        _refuse("new_id", "must be callable; pass a function that returns a new id")
    if durability not in DURABILITIES:
        _refuse("durability", f"can't be {durability!r}; choose one of {', '.join(DURABILITIES)}")
    if (
        isinstance(busy_timeout, bool)
        or not isinstance(busy_timeout, int | float)
        or not 0 <= busy_timeout <= 86_400
    ):
        _refuse("busy_timeout", "must be a number of seconds from 0 to 86,400; pass 30.0")


def _refuse(argument: str, sentence: str) -> None:
    raise errors.InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
