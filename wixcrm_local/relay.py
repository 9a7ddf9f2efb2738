"""When mails are handed to senders: right after they were recorded, and by `deliver`.

Law: nothing is handed over inside a transaction, and nothing that was recorded before the file's
first delivery unless it is asked for.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from wixcrm_local import delivery_rows, errors, guards, log, mail_rows, rows
from wixcrm_local.context import Context
from wixcrm_local.delivery import MOST_CLAIMED, Run, new_lease, nothing
from wixcrm_local.delivery_rows import Claimed
from wixcrm_local.message import DeliveryReport, OutboxMessage
from wixcrm_local.senders.any_callable import as_sender
from wixcrm_local.senders.outbox import OutboxSender
from wixcrm_local.senders.sender import Sender
from wixcrm_local.senders.smtp_timeouts import INTERACTIVE
from wixcrm_local.senders.wrapping import sender_within

_NO_SENDER = "no sender is set; pass one to deliver(…) or CRM(…), such as SMTPSender.from_url(…)"


def real_sender(sender: object) -> Sender | None:
    """The sender that was meant; None where mail stays in the outbox. Raises `InvalidArgument`."""
    made = None if sender is None else as_sender(sender)
    return None if isinstance(made, OutboxSender) else made


def deliver(
    context: Context,
    sender: Sender | None,
    *,
    limit: int | None = None,
    include_stale: bool = False,
    stop: threading.Event | None = None,
) -> DeliveryReport:
    """Hands over all that is due, at most `limit` mails, until `stop` is set.

    Raises `InvalidArgument` inside a transaction, and `FromAddressMissing` before anything is sent.
    """
    guards.check_terms(context, limit, stop)
    if sender is None:
        return _report(context, unavailable=_NO_SENDER)
    outlook = context.store.read(partial(guards.outlook, context, sender, include_stale))
    if outlook is None:
        outlook = context.store.write(partial(guards.prepare, context, sender, include_stale))
    if not outlook.has_work:
        return _report(context, sender, unavailable=outlook.refusal)
    run = Run(context, sender, limit=limit, stop=stop)
    with run.renewed():
        run.go([claim_stale_first if include_stale else claim_due])
    return _report(context, sender, run.tally, run.unavailable)


class Relay:
    """Hands mails to the CRM's own sender as soon as they are recorded."""

    def __init__(self, context: Context, sender: Sender) -> None:
        self.sender = sender
        self._prompt = sender_within(sender, INTERACTIVE)  # for a call that somebody waits for
        self._context = context
        self._recorded: list[str] = []  # inside the open transaction, of which there is one
        self._has_begun = False  # whether the file's first delivery is known to be past

    def new_lease(self) -> str:
        """A lease with which a mail may be recorded as being sent."""
        return new_lease()

    @property
    def from_address(self) -> str | None:
        """That of mails for which neither their Triggered Email nor the CRM names one."""
        address: str | None = getattr(self.sender, "from_address", None)
        return address

    def refuse_missing_from(self, from_address: str | None) -> None:
        """Raises `FromAddressMissing` where a mail recorded without one could not be sent."""
        if from_address is None and guards.needs_from(self.sender):
            raise guards.from_missing()

    def admits(self, connection: sqlite3.Connection, now: str) -> bool:
        """Whether the sender may be asked right after this transaction, which records a mail."""
        if not self._has_begun and not guards.only_shows(self.sender):
            guards.begin_delivering(connection, now)
        return delivery_rows.breaker_until(connection, self.sender.name, now) is None

    def hand_over(self, one: Claimed, lease: str) -> OutboxMessage:
        """Asks the sender to take a mail that was recorded as being sent; gives it as it stands.

        Raises `EmailNotSent` where it never will be.
        """
        self._has_begun = True
        run = Run(self._context, self._prompt, limit=1, lease=lease)
        current = one.message
        try:
            run.go([nothing], begun=one)
            current = (
                self._context.store.read(partial(mail_rows.message_by_id, id=current.id)) or current
            )
        except errors.StoreError as error:  # "try again" would send it twice: it stays as sending
            log.warning("mail %s: the answer could not be stored: %s", current.id, error.code)
        if isinstance(run.failure, errors.PermanentFailure | errors.UnmailableMessage):
            raise errors.EmailNotSent(
                f"mail {current.id} was not sent: {run.failure}",
                details={**run.failure.details, "id": current.id},
            ) from run.failure
        return current

    def hand_over_later(self, id: str) -> None:
        """Notes a mail that was recorded inside the open transaction."""
        self._recorded.append(id)

    @contextmanager
    def after(self, transaction: AbstractContextManager[None]) -> Iterator[None]:
        """The outermost transaction; what was recorded in it is handed over once it is stored.

        Failures stand on the mails, and don't raise.
        """
        if self._context.store.in_transaction:
            with transaction:
                yield
            return
        recorded: list[str] = []
        with transaction:  # from here to its end, no other thread records anything
            self._recorded = recorded
            yield
        if recorded:
            self._hand_over_all(recorded)

    def _hand_over_all(self, ids: list[str]) -> None:
        store, now = self._context.store, self._context.now()
        claims = [
            partial(_claim_these, ids[at : at + MOST_CLAIMED])
            for at in range(0, len(ids), MOST_CLAIMED)
        ]
        run = Run(self._context, self._prompt)
        try:
            if store.read(lambda it: delivery_rows.breaker_until(it, self.sender.name, now)):
                return
            with run.renewed():
                run.go(claims)
        except errors.WixCRMError as error:
            log.warning("mails of a transaction wait for deliver: %s", error.code)


def claim_due(connection: sqlite3.Connection, terms: dict[str, Any]) -> list[Claimed]:
    """Takes what is due."""
    return delivery_rows.claim(connection, "claim_due", **terms)


def claim_stale_first(connection: sqlite3.Connection, terms: dict[str, Any]) -> list[Claimed]:
    """Takes what is held back, and once there is none, what is due."""
    return delivery_rows.claim(connection, "claim_stale", **terms) or claim_due(connection, terms)


def _claim_these(
    ids: list[str], connection: sqlite3.Connection, terms: dict[str, Any]
) -> list[Claimed]:
    found = [delivery_rows.claim(connection, "claim_one", **terms, id=id) for id in ids]
    return [one for claimed in found for one in claimed]


def _report(
    context: Context,
    sender: Sender | None = None,
    tally: Mapping[str, int] | None = None,
    unavailable: str | None = None,
) -> DeliveryReport:
    now = context.now()
    done = tally or {}

    def left(connection: sqlite3.Connection) -> DeliveryReport:
        queued = delivery_rows.queued_counts(connection)
        next_due = queued.next_due
        breaker = sender and delivery_rows.breaker_until(connection, sender.name, now)
        if breaker and next_due:  # before that, the sender would not be asked
            next_due = max(next_due, rows.moment(breaker[0]))
        return DeliveryReport(
            sent=done.get("sent", 0),
            deferred=done.get("deferred", 0),
            failed=done.get("failed", 0),
            uncertain=done.get("uncertain", 0),
            suppressed=done.get("suppressed", 0),
            waiting=queued.waiting,
            stale=queued.stale,
            undecided=delivery_rows.count_undecided(connection),
            next_due=next_due,
            unavailable=unavailable,
        )

    return context.store.read(left)
