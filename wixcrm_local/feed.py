"""What happened since a cursor: for programs that follow a store, in this process or another.

Law: nothing is missed and nothing is told twice while others write. Row numbers are given in the
order of commits, since writers take turns; a cursor is the last number of each kind that was told.
Whatever an event is about was told before it.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Any, NamedTuple

from wixcrm_local import errors, rows, sealing
from wixcrm_local.answers import Event, EventPage
from wixcrm_local.context import Context

MOST = 1_000
NOW = "now"
_KINDS = {
    "delete_contact": "deleted",
    "restore_contact": "restored",
    "merge_contacts": "merged",
}


class Place(NamedTuple):
    """The last contact, change, mail and settlement that were told, and when the contact came."""

    contact: int = 0
    change: int = 0
    message: int = 0
    settlement: int = 0
    contact_id: str = ""
    created_at: str = ""


class _Waiting(NamedTuple):
    """An event that is to be told, with its number and that of what must be told before it."""

    event: Event
    at: str
    number: int
    needs: int = 0


def since(context: Context, cursor: object, limit: object) -> EventPage:
    """The events behind a cursor, at most `limit`; see `CRM.changes_since`."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise errors.InvalidArgument(
            f"limit must be a whole number from 1 to {MOST:,}; pass 100",
            details={"argument": "limit"},
        )
    place = Place() if cursor is None else None if cursor == NOW else _place_of(cursor)

    def work(connection: sqlite3.Connection) -> EventPage:
        if place is None:
            return EventPage(events=(), next_cursor=_cursor(_end(connection)))
        return _page(connection, _still_there(connection, place), limit)

    return context.store.read(work)


def _page(connection: sqlite3.Connection, place: Place, limit: int) -> EventPage:
    created = _created(connection, place.contact, limit)
    changed = _changed(connection, place.change, limit)
    recorded = _recorded(connection, place.message, limit)
    settled = _settled(connection, place.settlement, limit)
    told: list[Event] = []

    def tell(one: _Waiting) -> None:
        nonlocal place
        told.append(one.event)
        place = _moved(place, one)

    while len(told) < limit and (created or changed or recorded or settled):
        heads = [queue for queue in (created, changed, recorded, settled) if queue]
        queue = min(heads, key=lambda each: each[0].at)
        if queue is settled and recorded and recorded[0].number <= queue[0].needs:
            queue = recorded
        if queue in (changed, recorded) and created and created[0].number <= queue[0].needs:
            queue = created
        tell(queue.popleft())
    return EventPage(events=tuple(told), next_cursor=_cursor(place))


def _moved(place: Place, one: _Waiting) -> Place:
    event = one.event
    if event.kind == "created":
        return place._replace(contact=one.number, contact_id=event.contact_id, created_at=one.at)
    if event.kind == "recorded":
        return place._replace(message=one.number)
    if event.kind == "settled":
        return place._replace(settlement=one.number)
    return place._replace(change=one.number)


def _created(connection: sqlite3.Connection, after: int, most: int) -> deque[_Waiting]:
    return deque(
        _Waiting(_event("created", at, contact_id=id, verb="create_contact"), at, number)
        for number, id, at in rows.run(connection, "created_after", after, most)
    )


def _changed(connection: sqlite3.Connection, after: int, most: int) -> deque[_Waiting]:
    return deque(
        _Waiting(
            _event(_KINDS.get(verb, "updated"), at, contact_id=id, verb=verb, change_id=number),
            *(at, number, contact),
        )
        for number, at, verb, contact, id in rows.run(connection, "changed_after", after, most)
    )


def _recorded(connection: sqlite3.Connection, after: int, most: int) -> deque[_Waiting]:
    return deque(
        _Waiting(
            _event("recorded", at, contact_id=contact_id, message_id=id, verb="send_email"),
            *(at, number, contact),
        )
        for number, at, id, contact_id, contact in rows.run(
            connection, "recorded_after", after, most
        )
    )


def _settled(connection: sqlite3.Connection, after: int, most: int) -> deque[_Waiting]:
    return deque(
        _Waiting(
            _event("settled", at, contact_id=contact_id, message_id=id, status=status),
            *(at, number, message),
        )
        for number, at, message, status, id, contact_id in rows.run(
            connection, "settled_after", after, most
        )
    )


def _event(kind: str, at: str, **members: Any) -> Event:
    return Event(kind=kind, at=rows.moment(at), **members)


def _end(connection: sqlite3.Connection) -> Place:
    row = rows.first(connection, "newest_numbers")
    newest = rows.first(connection, "newest_contact")
    assert row is not None
    contact, id, at = newest or (0, "", "")
    change, message, settlement = row
    return Place(contact, change, message, settlement, id, at)


def _still_there(connection: sqlite3.Connection, place: Place) -> Place:
    """The place, or one before it: numbers of removed contacts at the end are given again."""
    if not place.contact:
        return place
    for query in ("contact_by_number", "removed_contact_by_number"):
        row = rows.first(connection, query, place.contact)
        if row is not None and row[1] == place.contact_id:
            return place
    before = rows.first(connection, "newest_contact_before", place.contact, place.created_at)
    contact, id, at = before or (0, "", "")
    return place._replace(contact=contact, contact_id=id, created_at=at)


def _cursor(place: Place) -> str:
    return sealing.sealed(list(place))


def _place_of(cursor: object) -> Place:
    try:
        found = sealing.opened(cursor)
        if not isinstance(found, list) or len(found) != len(Place._fields):
            raise ValueError  # the cursor of something else
        return Place(*found)
    except (ValueError, TypeError):
        raise errors.InvalidArgument(
            f"cursor is none that changes_since gave; pass next_cursor as it is, or {NOW!r}",
            details={"argument": "cursor"},
        ) from None
