"""The outbox as callers read it: a sequence of recorded mails, oldest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from typing import overload

from wixcrm_local import delivery_rows, errors, log, mail_rows
from wixcrm_local.context import Context
from wixcrm_local.email_address import email_match_key
from wixcrm_local.message import STATUSES, Attempt, OutboxMessage, OutboxStats
from wixcrm_local.text import is_storable, kind_of

_PAGE = 200
_FARTHEST = 2**62  # what SQLite can count


class Outbox(Sequence[OutboxMessage]):
    """`crm.outbox`: `len`, `[-1]`, slices, iteration, `get`, `where`; a person's decisions about a
    mail, `cancel`, `retry` and `resolve`; `attempts` and `stats`.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __len__(self) -> int:
        return self._context.store.read(mail_rows.count_messages)

    @overload
    def __getitem__(self, place: int) -> OutboxMessage: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[OutboxMessage, ...]: ...

    def __getitem__(self, place: int | slice) -> OutboxMessage | tuple[OutboxMessage, ...]:
        if isinstance(place, slice):
            return self._slice(place)
        found = None
        if -_FARTHEST <= place < _FARTHEST:
            found = self._context.store.read(lambda it: mail_rows.message_at(it, place))
        if found is None:
            raise IndexError(f"the outbox has no message at {place}; it has {len(self)}")
        return found

    def __iter__(self) -> Iterator[OutboxMessage]:
        """Oldest first, a page at a time; nothing is held open in between."""
        last = 0
        while page := self._page_after(last):
            yield from (message for _, message in page)
            last = page[-1][0]

    def __contains__(self, message: object) -> bool:
        return isinstance(message, OutboxMessage) and message == self._find(message.id)

    def __repr__(self) -> str:
        return f"<Outbox with {len(self)} messages>"

    def get(self, id: str) -> OutboxMessage:
        """The mail with this id. Raises `MessageNotFound`."""
        found = self._find(id)
        if found is None:
            raise _not_found(id)
        return found

    def last(self) -> OutboxMessage | None:
        """The newest mail; None where there is none."""
        return self._context.store.read(lambda connection: mail_rows.message_at(connection, -1))

    def where(
        self,
        *,
        status: str | None = None,
        contact_id: str | None = None,
        email_id: str | None = None,
        to: str | None = None,
    ) -> tuple[OutboxMessage, ...]:
        """The mails that fit everything given, oldest first; `to` in any spelling.

        A mail stays with the id it was sent to, also where that contact was merged into another.

        Raises `InvalidArgument` for a status that no mail can have, and for what is no text.
        """
        for argument, value in (("contact_id", contact_id), ("email_id", email_id), ("to", to)):
            if value is not None and not isinstance(value, str):
                raise errors.InvalidArgument(
                    f"{argument} must be a text, not {type(value).__name__}; give a str",
                    details={"argument": argument},
                )
            if value is not None and not is_storable(value):
                return ()
        if status is not None and status not in STATUSES:
            raise errors.InvalidArgument(
                f"no message can have the status {status!r}; choose one of {', '.join(STATUSES)}",
                details={"argument": "status", "choices": list(STATUSES)},
            )
        to_key = None if to is None else email_match_key(to)
        if to is not None and to_key is None:
            return ()
        look = partial(
            mail_rows.messages_where,
            status=status,
            contact_id=contact_id,
            email_id=email_id,
            to_key=to_key,
        )
        return self._context.store.read(look)

    def cancel(self, id: str) -> OutboxMessage:
        """Gives up a mail that no sender was asked to take yet; cancelling twice is fine.

        Raises `MessageNotFound`, and `WrongMessageStatus` for what is on its way or done.
        """
        return self._decide(id, "cancel", ("queued", "claimed"), "cancelled")

    def cancel_stale(self) -> int:
        """Gives up all that is held back, and says how many mails that was."""
        return self._context.store.write(
            lambda it: delivery_rows.cancel_stale(it, self._context.now())
        )

    def retry(self, id: str) -> OutboxMessage:
        """Queues a mail that failed, was cancelled or suppressed, or waits, to be sent at once.

        The address is looked up on the suppression list again when it is sent. Raises
        `MessageNotFound`, and `WrongMessageStatus` for what is on its way, sent or uncertain.
        """
        return self._decide(id, "retry", ("queued", "failed", "cancelled", "suppressed"), "queued")

    def resolve(self, id: str, outcome: str) -> OutboxMessage:
        """Says of an uncertain mail what nobody else can: "sent" (it arrived), or "resend".

        Raises `MessageNotFound`, `InvalidArgument`, and `WrongMessageStatus` for any other mail.
        """
        if outcome not in ("sent", "resend"):
            raise errors.InvalidArgument(
                f"outcome can't be {outcome!r}; choose one of sent, resend",
                details={"argument": "outcome", "choices": ["sent", "resend"]},
            )
        status = "sent" if outcome == "sent" else "queued"
        return self._decide(id, "resolve", ("uncertain",), status)

    def attempts(self, id: str) -> tuple[Attempt, ...]:
        """What senders said of a mail, oldest first. Raises `MessageNotFound`."""
        message = self.get(id)
        return self._context.store.read(lambda it: delivery_rows.attempts(it, message.id))

    def stats(self) -> OutboxStats:
        """How much of the outbox stands where, and which senders are left alone just now."""
        return self._context.store.read(lambda it: delivery_rows.stats(it, self._context.now()))

    def _decide(self, id: str, verb: str, allowed: tuple[str, ...], status: str) -> OutboxMessage:
        def work(connection: sqlite3.Connection) -> OutboxMessage:
            message = mail_rows.message_by_id(connection, id) if _could_be_id(id) else None
            if message is None:
                raise _not_found(id)
            if verb == "cancel" and message.status == "cancelled":
                return message
            if message.status not in allowed:
                raise _wrong_status(message, verb, allowed)
            delivery_rows.decide(connection, message.id, status, self._context.now())
            decided = mail_rows.message_by_id(connection, message.id)
            assert decided is not None
            return decided

        decided = self._context.store.write(work)
        log.info("mail %s: %s, now %s", decided.id, verb, decided.status)
        return decided

    def _slice(self, places: slice) -> tuple[OutboxMessage, ...]:
        """Reads no more of the outbox than lies between the ends of the slice."""
        start, stop, step = places.indices(len(self))
        wanted = range(start, stop, step)
        if not wanted:
            return ()
        first, last = min(wanted[0], wanted[-1]), max(wanted[0], wanted[-1])
        between = self._context.store.read(
            lambda connection: mail_rows.messages_at(connection, first, last - first + 1)
        )
        return tuple(between if step > 0 else reversed(between))[:: abs(step)]

    def _find(self, id: str) -> OutboxMessage | None:
        if not _could_be_id(id):
            return None
        return self._context.store.read(lambda connection: mail_rows.message_by_id(connection, id))

    def _page_after(self, number: int) -> list[tuple[int, OutboxMessage]]:
        return self._context.store.read(lambda it: mail_rows.messages_after(it, number, _PAGE))


def _could_be_id(id: object) -> bool:
    return isinstance(id, str) and is_storable(id)


def _not_found(id: object) -> errors.MessageNotFound:
    shown = id[:60] if isinstance(id, str) else kind_of(id)
    return errors.MessageNotFound(
        f"the outbox holds no message {shown!r}; pass the id of an OutboxMessage",
        details={"id": shown},
    )


def _wrong_status(
    message: OutboxMessage, verb: str, allowed: tuple[str, ...]
) -> errors.WrongMessageStatus:
    remedies = {
        "uncertain": "say what became of it with outbox.resolve",
        "claimed": "wait until it is settled",
        "sending": "wait until it is settled",
    }
    remedy = remedies.get(message.status, f"{verb} is for mails that are {', '.join(allowed)}")
    return errors.WrongMessageStatus(
        f"can't {verb} mail {message.id}, which is {message.status}; {remedy}",
        details={
            "id": message.id,
            "status": message.status,
            "verb": verb,
            "allowed": list(allowed),
        },
    )
