"""Hands what waits in the outbox to a sender, one mail at a time (email.md).

Law: a mail is marked before its sender is asked and settled after, so that whatever dies in between
leaves it uncertain: never lost, and never sent twice without saying so.
"""

from __future__ import annotations

import _thread
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from wixcrm_local import delivery_rows, errors, log, retrying, rows, watching
from wixcrm_local.context import Context
from wixcrm_local.delivery_rows import Answer, Claimed
from wixcrm_local.message import OutboxMessage
from wixcrm_local.queries import SQL
from wixcrm_local.senders.sender import Sender, breach, hand_over, lent

T = TypeVar("T")
Claim = Callable[[sqlite3.Connection, dict[str, Any]], list[Claimed]]

MOST_CLAIMED = 20
_TRIES_TO_SETTLE = 6
_FIRST_NAP = 0.1  # seconds; twice as long each time
_RENEWED_EVERY = retrying.LEASE / 3
_HALTING = (errors.SenderUnavailable, errors.FromAddressMissing)


class Step(NamedTuple):
    """What one transaction of a run left: who is next, what else is in hand, what was decided."""

    next: Claimed | None
    hands: tuple[Claimed, ...]
    decided: tuple[str, ...]
    is_last: bool = False


class Run:
    """One sender's way through the outbox.

    `limit` is the most mails to ask it to take; `stop` ends the run after the mail in hand;
    `lease` is that of a mail that is in hand already.
    """

    def __init__(
        self,
        context: Context,
        sender: Sender,
        *,
        limit: int | None = None,
        stop: threading.Event | None = None,
        lease: str | None = None,
    ) -> None:
        self.lease = lease or new_lease()
        self.tally: Counter[str] = Counter()
        self.failure: errors.WixCRMError | None = None  # of the last mail
        self.unavailable: str | None = None
        self._context = context
        self._sender = sender
        self._limit = limit
        self._stop = stop or threading.Event()
        self._asked = 0
        self._has_halted = False
        self._name = sender.name
        self._opened = ExitStack()
        self._is_open = False

    def go(self, claims: Iterable[Claim], begun: Claimed | None = None) -> None:
        """Sends `begun`, which is marked already, and then whatever each claim takes into hand.

        Raises `FromAddressMissing`, with nothing kept in hand.
        """
        try:
            answer = None if begun is None else self._ask(begun)
            for claim in claims:
                self._go(claim, answer)
                answer = None
                if self._has_halted:
                    break
        finally:
            self._let_go()
        if isinstance(self.failure, errors.FromAddressMissing):
            raise self.failure

    def _go(self, claim: Claim, answer: Answer | None) -> None:
        step = Step(None, (), ())
        while not step.is_last:
            work = partial(self._step, claim=claim, answer=answer, hands=step.hands)
            step = self._written(work, is_precious=answer is not None)
            self.tally.update(step.decided)
            answer = None if step.next is None else self._ask(step.next)

    def _step(
        self,
        connection: sqlite3.Connection,
        claim: Claim,
        answer: Answer | None,
        hands: tuple[Claimed, ...],
    ) -> Step:
        """Settles the last mail and marks the next one, in one transaction."""
        now = self._context.now()
        decided = [] if answer is None else [self._settle(connection, answer, now)]
        if self._is_over():
            connection.execute(SQL["release_claims"], {"lease": self.lease, "now": now})
            return Step(None, (), tuple(decided), is_last=True)
        if not hands:
            decided += ["uncertain"] * delivery_rows.end_leases(connection, now)
            hands = tuple(claim(connection, self._terms(now)))
            if not hands:
                return Step(None, (), tuple(decided), is_last=True)
        for place, one in enumerate(hands, 1):
            obstacle = delivery_rows.obstacle(connection, one, now)
            if obstacle is not None:
                if delivery_rows.settle(connection, one.number, self.lease, obstacle, now):
                    decided.append(obstacle.status)
                continue
            if delivery_rows.mark_sending(connection, one, self.lease, now):
                return Step(one, hands[place:], tuple(decided))
        return Step(None, (), tuple(decided))

    def _ask(self, one: Claimed) -> Answer:
        """What the sender says of a mail."""
        self._asked += 1
        self.failure = None
        if watching.watchers:
            watching.recorded(self._context, one.message)
        try:
            self._open()
            receipt = hand_over(self._sender_now(), one.message)
            return Answer(one, receipt.response)
        except errors.WixCRMError as error:
            self.failure = _understood(error, self._name, one.message)
        except BaseException:  # stopped in mid-sentence: whether the mail went, nobody knows
            self._has_halted = True
            answer = Answer(one, "", breach(self._name, one.message, "was interrupted"))
            self._written(
                partial(self._step, claim=nothing, answer=answer, hands=()), is_precious=True
            )
            raise
        if isinstance(self.failure, _HALTING):
            self._has_halted = True
            self.unavailable = str(self.failure)
        return Answer(one, "", self.failure)

    def _sender_now(self) -> Sender:
        """The sender, unless a test captures mails just now: then none that could let them out."""
        if watching.watchers:
            return cast(Sender, watching.stand_in(self._context, self._sender))
        return self._sender

    def _open(self) -> None:
        """Opens the sender for the first mail of the run; a failure says nothing of the mail."""
        if self._is_open:
            return
        try:
            self._opened.enter_context(lent(self._sender_now()))
        except errors.SenderUnavailable:
            raise
        except Exception as error:
            raise errors.SenderUnavailable(
                f"the sender {self._name} could not be opened ({type(error).__name__}); mend that, "
                "and deliver again",
                details={"stage": "sender"},
            ) from error
        self._is_open = True

    def _let_go(self) -> None:
        """Lets the sender close what it opened; what it did with each mail is stored by then."""
        try:
            self._opened.close()
        except Exception as error:
            log.warning("a sender did not close: %s", type(error).__name__)

    def _settle(self, connection: sqlite3.Connection, answer: Answer, now: str) -> str:
        """Writes an answer down; gives the word under which the report counts it."""
        one, error = answer.claimed, answer.error
        verdict = retrying.SENT
        details: dict[str, Any] = {"response": answer.response}
        if error is not None:
            details = {"response": str(error), **error.details}
            verdict = retrying.verdict(
                error,
                id=one.message.id,
                attempts=one.message.attempts,
                uncertain=delivery_rows.uncertain_attempts(connection, one.number),
                ready_at=one.ready_at,
                now=now,
            )
        if verdict.outcome is None:
            delivery_rows.unmark(connection, one.number, self.lease, now)
            if isinstance(error, errors.SenderUnavailable):
                delivery_rows.open_breaker(connection, self._name, str(error), now)
            return "returned"
        is_settled = delivery_rows.settle(connection, one.number, self.lease, verdict, now)
        if not is_settled and delivery_rows.is_erased(connection, one.number):
            details = {"response": ""}  # whatever was said may name the person
        delivery_rows.insert_attempt(
            connection, one.number, now, self._name, verdict.outcome, details
        )
        if not isinstance(error, errors.UnmailableMessage):  # which needs no server to be found out
            delivery_rows.close_breaker(connection, self._name)
        if details.get("suppress") is True:
            note = delivery_rows.told(details["response"])
            rows.run(
                connection, "add_suppression", one.to_key, one.message.to, "bounced", note, now
            )
        if not is_settled:
            rows.run(connection, "count_late_attempt", one.number)
            log.warning("mail %s was in other hands when it was %s", one.message.id, verdict.status)
            return "late"
        log.info("mail %s: %s", one.message.id, verdict.status)
        return "deferred" if verdict.status == "queued" else verdict.status

    def _written(self, work: Callable[[sqlite3.Connection], T], *, is_precious: bool) -> T:
        """What `work` gives once it is stored: a sender's answer is told again and again."""
        nap = _FIRST_NAP
        for _ in range(_TRIES_TO_SETTLE - 1 if is_precious else 0):
            try:
                return self._context.store.write(work)
            except (errors.StoreBusy, errors.StoreFull, errors.StoreFailed) as error:
                log.warning("an answer could not be stored yet: %s", error.code)
                time.sleep(nap)
                nap *= 2
        return self._context.store.write(work)

    def _is_over(self) -> bool:
        has_limit = self._limit is not None and self._asked >= self._limit
        return self._has_halted or has_limit or self._stop.is_set()

    def _terms(self, now: str) -> dict[str, Any]:
        """What the claiming statements are given."""
        most = MOST_CLAIMED
        if self._limit is not None:
            most = min(most, self._limit - self._asked)
        lease_ends = retrying.later(now, retrying.LEASE)
        return {
            "lease": self.lease,
            "lease_ends": lease_ends,
            "now": now,
            "most": most,
            "from_address": self._context.from_address
            or getattr(self._sender, "from_address", None),
        }

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """While inside, the leases of what is in hand don't end, however slow the sender is."""
        done = threading.Event()
        try:  # Thread.start would wait for the thread, which takes longer than claiming a mail does
            _thread.start_new_thread(self._keep_renewing, (done,))
        except RuntimeError:  # too many of them, or the program ends: a lease lasts long enough
            log.warning("leases are not renewed: no thread could be started")
        try:
            yield
        finally:
            done.set()

    def _keep_renewing(self, done: threading.Event) -> None:
        while not done.wait(_RENEWED_EVERY):
            try:
                self._context.store.write(self._renew)
            except (errors.StoreClosed, errors.StoreForked):
                return
            except errors.StoreError as error:
                log.warning("leases could not be renewed: %s", error.code)

    def _renew(self, connection: sqlite3.Connection) -> None:
        lease_ends = retrying.later(self._context.now(), retrying.LEASE)
        connection.execute(SQL["renew_lease"], {"lease": self.lease, "lease_ends": lease_ends})


def new_lease() -> str:
    """A token that no other program has."""
    return uuid.uuid4().hex


def _understood(error: errors.WixCRMError, name: str, message: OutboxMessage) -> errors.WixCRMError:
    """The error as one of those a sender may raise; any other says nothing of the mail's fate."""
    allowed = (
        errors.TemporaryFailure,
        errors.PermanentFailure,
        errors.UncertainDelivery,
        errors.SenderUnavailable,
        errors.FromAddressMissing,
        errors.UnmailableMessage,
    )
    if isinstance(error, allowed):
        return error
    return breach(name, message, f"raised {type(error).__name__}")


def nothing(connection: sqlite3.Connection, terms: dict[str, Any]) -> list[Claimed]:
    """The claim of a run that has one mail in hand, and wants no other."""
    return []
