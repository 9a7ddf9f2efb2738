"""Queries of contacts: pages in a stable order, how many there are, and a stream of all.

Law: nothing is held open between two pages; a cursor tells where its page ended, and serves only
the query that it came from.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from wixcrm_local import errors, filter_reading, filters, naming, rows, sealing
from wixcrm_local.answers import ContactPage
from wixcrm_local.context import Context
from wixcrm_local.filters import Condition
from wixcrm_local.model import Contact

MOST = 1_000  # contacts of one page
_STREAMED = 500
_Place = tuple[Any, int]  # the sort value and number of the last contact of a page


def page(
    context: Context,
    where: object,
    sort: object,
    descending: object,
    limit: object,
    cursor: object,
) -> ContactPage:
    """One page of the contacts that fit, and the cursor of the next; see `CRM.query_contacts`."""
    by = _checked_sort(sort, descending)
    most = _checked_limit(limit)

    def work(connection: sqlite3.Connection) -> ContactPage:
        condition = filter_reading.compiled(connection, where, context.store.default_region)
        bound_to = _fingerprint(where, by, descending)
        after = None if cursor is None else _place_of(cursor, bound_to)
        found = _rows(connection, condition, by, bool(descending), after, most + 1)
        numbers = [number for _, number in found[:most]]
        kept = rows.contacts_with_numbers(connection, numbers)
        more = len(found) > most
        return ContactPage(
            contacts=tuple([each.contact() for each in kept]),
            next_cursor=_cursor(found[most - 1], bound_to) if more else None,
        )

    return context.store.read(work)


def count(context: Context, where: object) -> int:
    """How many contacts fit."""

    def work(connection: sqlite3.Connection) -> int:
        condition = filter_reading.compiled(connection, where, context.store.default_region)
        statement = filters.count(condition)
        return int(connection.execute(statement, filters.parameters(condition)).fetchone()[0])

    return context.store.read(work)


def iterate(context: Context, where: object) -> Iterator[Contact]:
    """All contacts that fit, oldest first. What is wrong with `where` is said at once."""
    region = context.store.default_region
    context.store.read(lambda connection: filter_reading.compiled(connection, where, region))

    def stream() -> Iterator[Contact]:
        after: _Place | None = None
        while True:
            found, contacts = context.store.read(_streamed(where, region, after))
            yield from contacts
            if len(found) < _STREAMED:
                return
            after = found[-1]

    return stream()


def _streamed(
    where: object, region: str | None, after: _Place | None
) -> Callable[[sqlite3.Connection], tuple[list[_Place], list[Contact]]]:
    def work(connection: sqlite3.Connection) -> tuple[list[_Place], list[Contact]]:
        condition = filter_reading.compiled(connection, where, region)
        found = _rows(connection, condition, "created_at", False, after, _STREAMED)
        kept = rows.contacts_with_numbers(connection, [number for _, number in found])
        return found, [each.contact() for each in kept]

    return work


def _rows(
    connection: sqlite3.Connection,
    condition: Condition,
    sort: str,
    descending: bool,
    after: _Place | None,
    most: int,
) -> list[_Place]:
    if sort != "created_at":
        condition = condition._replace(driver=None)  # it walks in the order of creation
    statement = filters.page(condition, sort, descending, after is None)
    values = (*filters.parameters(condition), *(after or ()), most)
    return connection.execute(statement, values).fetchall()


def _checked_sort(sort: object, descending: object) -> str:
    if not isinstance(sort, str) or sort not in filters.SORTS:
        near = naming.nearest(str(sort)[:60], filters.SORTS)
        _refuse(
            "sort",
            f"is no order that contacts come in; {naming.suggestion(near)}"
            f"give one of {', '.join(filters.SORTS)}",
        )
    if not isinstance(descending, bool):
        _refuse("descending", "must be true or false; give True")
    return sort


def _checked_limit(limit: object) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        _refuse("limit", f"must be a whole number from 1 to {MOST:,}; pass 50")
    return limit


def _fingerprint(where: object, sort: str, descending: object) -> str:
    """Tells one query from another: a cursor of the one means nothing to the other."""
    asked = json.dumps([where, sort, descending], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _cursor(place: _Place, bound_to: str) -> str:
    return sealing.sealed([bound_to, *place])


def _place_of(cursor: object, bound_to: str) -> _Place:
    try:
        made_for, value, number = sealing.opened(cursor)
    except (ValueError, TypeError):
        _refuse("cursor", "is none that a page gave; pass next_cursor of the page before as it is")
    if made_for != bound_to:
        _refuse("cursor", "is of another query; pass it with the where and sort of its page")
    return value, number


def _refuse(argument: str, sentence: str) -> NoReturn:
    raise errors.InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
