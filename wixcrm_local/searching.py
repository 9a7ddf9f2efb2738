"""Search as you type over names, addresses and numbers.

Law: the answer is that of the state it reads, however far the index has come; what the index does
not know yet is read contact by contact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import lru_cache
from heapq import nsmallest

from wixcrm_local import errors, rows, search_index, search_terms
from wixcrm_local.context import Context
from wixcrm_local.model import Contact
from wixcrm_local.rows import StoredContact
from wixcrm_local.search_index import Progress
from wixcrm_local.search_terms import EXACT, INSIDE, PREFIX, Word
from wixcrm_local.text import kind_of

MOST = 1_000  # contacts of one answer
_READ_AT_MOST = 100  # contacts that a search reads one by one rather than index them first
_BATCH = 500  # contacts that are indexed in one transaction
_PATIENCE = 0.05  # seconds a search waits for other writers, before it does without the index
_Ranked = tuple[int, int]  # rank and number of a contact: the better, and of equal ones the older
Progressed = Callable[[int, int], object]  # contacts done, contacts in all


def search(context: Context, text: object, limit: object) -> tuple[Contact, ...]:
    """The contacts that answer every word of `text`, the best first, at most `limit`."""
    if not isinstance(text, str):
        raise errors.InvalidArgument(
            f"text must be a text, not {kind_of(text)}; give what was typed",
            details={"argument": "text"},
        )
    most = checked_limit(limit, MOST)
    words = search_terms.words_of(text)
    if not words:
        return ()

    def look(connection: sqlite3.Connection) -> list[StoredContact] | None:
        seen = search_index.progress(connection)
        if search_index.is_behind(connection, seen, _READ_AT_MOST):
            return None
        return _found(connection, words, most, seen)

    found = context.store.read(look)
    if found is None:
        _catch_up(context)
        found = context.store.read(
            lambda connection: _found(connection, words, most, search_index.progress(connection))
        )
    return tuple([kept.contact() for kept in found])


def prepare(context: Context, progress: Progressed | None = None) -> None:
    """Indexes all that is not yet, in short transactions between which others write."""
    if progress is not None and not callable(progress):
        raise errors.InvalidArgument(
            "progress must be callable; pass a function of contacts done and contacts in all",
            details={"argument": "progress"},
        )
    if not search_index.is_possible():
        return
    if not context.store.read(lambda it: search_index.is_behind(it, search_index.progress(it), 0)):
        return
    goes_on = True
    while goes_on:
        goes_on = context.store.write(lambda it: search_index.take_in(it, _BATCH))
        if progress is not None:
            progress(*context.store.read(_done))


def checked_limit(limit: object, most: int) -> int:
    """A number of items of one answer. Raises `InvalidArgument`."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= most:
        raise errors.InvalidArgument(
            f"limit must be a whole number from 1 to {most:,}; pass 20",
            details={"argument": "limit"},
        )
    return limit


def _done(connection: sqlite3.Connection) -> tuple[int, int]:
    row = rows.first(connection, "search_progress_in_contacts")
    assert row is not None
    return row[0], row[1]


def _catch_up(context: Context) -> None:
    """Brings the index near enough, unless somebody else keeps the file or the disk is full."""
    store = context.store
    if not search_index.is_possible():
        return
    try:
        while store.read(
            lambda it: search_index.is_behind(it, search_index.progress(it), _READ_AT_MOST)
        ):
            store.write(lambda it: search_index.take_in(it, _BATCH), patience=_PATIENCE)
    except (errors.StoreBusy, errors.StoreFull):
        return


def _found(
    connection: sqlite3.Connection, words: tuple[Word, ...], most: int, seen: Progress
) -> list[StoredContact]:
    """The best contacts in one state of the store."""
    unseen: set[int] = set()

    def read_one_by_one() -> Iterable[_Ranked]:
        for number, texts in search_index.unseen(connection, seen):
            unseen.add(number)
            rank = search_terms.rank(words, texts)
            if rank is not None:
                yield rank, number

    best = nsmallest(most, read_one_by_one())
    if seen.contact_number:
        best += _indexed(connection, words, most, unseen, _shares(seen.common))
    return rows.contacts_with_numbers(connection, [number for _, number in sorted(best)[:most]])


@lru_cache(4)
def _shares(common: str) -> Mapping[str, int]:
    """Read once, until the file has grown: it takes as long as finding somebody does."""
    return rows.data(common, dict)


def _indexed(
    connection: sqlite3.Connection,
    words: tuple[Word, ...],
    most: int,
    unseen: set[int],
    common: Mapping[str, int],
) -> list[_Ranked]:
    """Of each rank as many as are wanted, oldest first: a common beginning is never read whole."""
    looked_at: dict[int, int | None] = {}  # who answers to no rank comes up under each
    found: list[_Ranked] = []
    for rank in (EXACT, PREFIX, INSIDE):
        lookup = search_terms.lookup(words, rank, common)
        if lookup is None or len(found) >= most:
            continue
        with closing(search_index.numbers(connection, lookup)) as numbers:
            for number in numbers:
                if number in unseen:
                    continue
                if number not in looked_at:
                    looked_at[number] = _rank(connection, words, number)
                if looked_at[number] == rank:
                    found.append((rank, number))
                if len(found) >= most:
                    break
    return found


def _rank(connection: sqlite3.Connection, words: tuple[Word, ...], number: int) -> int | None:
    for _, texts in search_index.searched(connection, [number]):
        return search_terms.rank(words, texts)
    return None
