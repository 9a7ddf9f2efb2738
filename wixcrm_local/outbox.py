"""The outbox as callers read it: a sequence of recorded mails, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from wixcrm_local import errors, mail_rows
from wixcrm_local.context import Context
from wixcrm_local.email_address import email_match_key
from wixcrm_local.message import STATUSES, OutboxMessage
from wixcrm_local.text import is_storable, kind_of

_PAGE = 200
_FARTHEST = 2**62  # what SQLite can count


class Outbox(Sequence[OutboxMessage]):
    """`crm.outbox`: `len`, `[-1]`, slices, iteration, `get`, `where`. Read-only."""

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
        return self._pages({})

    def __contains__(self, message: object) -> bool:
        return isinstance(message, OutboxMessage) and message == self._find(message.id)

    def __repr__(self) -> str:
        return f"<Outbox with {len(self)} messages>"

    def get(self, id: str) -> OutboxMessage:
        """The mail with this id. Raises `MessageNotFound`."""
        found = self._find(id)
        if found is None:
            shown = id[:60] if isinstance(id, str) else kind_of(id)
            raise errors.MessageNotFound(
                f"the outbox holds no message {shown!r}; pass the id of an OutboxMessage",
                details={"id": shown},
            )
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
        return tuple(
            self._pages(
                {
                    "status": status,
                    "contact_id": contact_id,
                    "email_id": email_id,
                    "to_key": to_key,
                }
            )
        )

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
        if not isinstance(id, str) or not is_storable(id):
            return None
        return self._context.store.read(lambda connection: mail_rows.message_by_id(connection, id))

    def _pages(self, wanted: dict[str, str | None]) -> Iterator[OutboxMessage]:
        last = 0
        while True:
            page = self._page_after(last, wanted)
            yield from (message for _, message in page)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def _page_after(
        self, number: int, wanted: dict[str, str | None]
    ) -> list[tuple[int, OutboxMessage]]:
        return self._context.store.read(
            lambda connection: mail_rows.messages_after(connection, number, _PAGE, wanted)
        )
