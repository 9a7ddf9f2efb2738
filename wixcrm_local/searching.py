"""Search as you type over names, addresses and numbers.

Law: the answer is that of the state it reads, however far the index has come; what the index does
not know yet is read contact by contact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from heapq import nsmallest
from itertools import islice

from wixcrm_local import errors, rows, search_index, search_terms
from wixcrm_local.context import Context
from wixcrm_local.model import Contact
from wixcrm_local.rows import StoredContact
from wixcrm_local.search_index import Progress
from wixcrm_local.search_terms import EXACT, INSIDE, NOT_AT_ALL, PREFIX, Word
from wixcrm_local.text import kind_of

MOST = 1_000  # contacts of one answer
_READ_AT_MOST = 100  # contacts that a search reads one by one rather than index them first
_FEW = 100  # of whom the index names, all are looked at
_AT_ONCE = 25  # of them are read together
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
    while _is_behind(context, 0):
        context.store.write(lambda it: search_index.take_in(it, _BATCH))
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
    if not search_index.is_possible():
        return
    try:
        while _is_behind(context, _READ_AT_MOST):
            context.store.write(lambda it: search_index.take_in(it, _BATCH), patience=_PATIENCE)
    except (errors.StoreBusy, errors.StoreFull):
        return


def _is_behind(context: Context, most: int) -> bool:
    return context.store.read(
        lambda it: search_index.is_behind(it, search_index.progress(it), most)
    )


def _found(
    connection: sqlite3.Connection, words: tuple[Word, ...], most: int, seen: Progress
) -> list[StoredContact]:
    """The best contacts in one state of the store."""
    unseen: set[int] = set()

    def read_one_by_one() -> Iterable[_Ranked]:
        for number, texts in search_index.unseen(connection, seen):
            unseen.add(number)
            rank = search_terms.rank(words, texts)
            if rank < NOT_AT_ALL:
                yield rank, number

    best = nsmallest(most, read_one_by_one())
    if seen.contact_number:
        best += _indexed(connection, words, most, unseen, seen)
    return rows.contacts_with_numbers(connection, [number for _, number in sorted(best)[:most]])


def _indexed(
    connection: sqlite3.Connection,
    words: tuple[Word, ...],
    most: int,
    unseen: set[int],
    seen: Progress,
) -> list[_Ranked]:
    """The best of those whom the index knows.

    Where few are expected all are looked at, as each look into the index takes its time. Else of
    each rank as many as are wanted, oldest first: a common beginning is never read whole.
    """
    common = search_index.shares(seen.common)
    candidates = _Candidates(connection, words, unseen)
    if search_terms.share(words, common) * seen.contact_number <= _FEW:
        lookup = search_terms.lookup(words, INSIDE, common)  # names those of better ranks, too
        if lookup is not None:
            with closing(candidates.named(lookup)) as named:
                everybody = list(islice(named, _FEW + 1))
            if len(everybody) <= _FEW:
                return [each for each in everybody if each[0] < NOT_AT_ALL]
    found: list[_Ranked] = []
    for rank in (EXACT, PREFIX, INSIDE):
        lookup = search_terms.lookup(words, rank, common)
        if lookup is None:
            continue
        with closing(candidates.named(lookup)) as named:
            found += islice((each for each in named if each[0] == rank), most - len(found))
        if len(found) == most:
            break
    return found


class _Candidates:
    """Whom the index names, each with the rank that `search_terms` gives them."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        words: tuple[Word, ...],
        unseen: set[int],
    ) -> None:
        self._connection = connection
        self._words = words
        self._unseen = unseen
        self._looked_at: dict[int, int] = {}  # who answers to no rank comes up under each

    def named(self, lookup: str) -> Generator[_Ranked, None, None]:
        """Whom the look-up names, oldest first; the caller closes it."""
        with closing(search_index.numbers(self._connection, lookup)) as numbers:
            known = (number for number in numbers if number not in self._unseen)
            while several := list(islice(known, _AT_ONCE)):
                self._look_at(number for number in several if number not in self._looked_at)
                for number in several:
                    yield self._looked_at.get(number, NOT_AT_ALL), number  # it may be gone

    def _look_at(self, numbers: Iterable[int]) -> None:
        for number, texts in search_index.searched(self._connection, numbers):
            self._looked_at[number] = search_terms.rank(self._words, texts)
