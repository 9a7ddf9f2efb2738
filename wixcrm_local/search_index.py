"""The index behind a search: who may hold some letters, and how far it has come.

Law: it is derived, made when first needed, and costs creating a contact nothing: row numbers tell
what it has not seen. What it names is asked again by `search_terms.rank`, so an entry that a change
made stale finds nobody. Whoever removes rows of contact_changes first takes in what they say;
whoever must leave no trace of a person calls `forget_all`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import cache, lru_cache
from typing import NamedTuple

from wixcrm_local import rows
from wixcrm_local.queries import SQL
from wixcrm_local.search_terms import Texts, entry, texts_of

_PAGE = 500
_BETWEEN, _BEFORE_KEY = "\x1f", "\x1e"  # in the answer of `searched`
# Changes of these alone change nothing that is searched.
_NOT_SEARCHED = {"labels", "custom_fields", "picture", "language", "subscription"}
_FORMAT = 2  # of what `entry` gives; an index with other entries is made anew
_COMMON = 10  # of a thousand contacts: what is rarer is not noted
_SAMPLE = 200  # contacts tell what is common
_SAMPLED_EVERY = 2_000  # contacts


class Progress(NamedTuple):
    """The highest numbers of a contact and of a change that the index has seen.

    `common` tells of some grams in how many contacts of a thousand they stand, and under '' of
    which format the entries are.
    """

    contact_number: int = 0
    change_number: int = 0
    common: str = ""


class Searched(NamedTuple):
    """The number of a contact, and what of it is searched."""

    number: int
    texts: Texts


@cache
def is_possible() -> bool:
    """Whether this Python's SQLite has what the index is made of."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(SQL["create_search_index"])
        except sqlite3.OperationalError:
            return False
    return True


def progress(connection: sqlite3.Connection) -> Progress:
    """How far the index has come; to nobody where there is none that can be read."""
    if not is_possible() or rows.first(connection, "has_search_index") is None:
        return Progress()
    found = rows.first(connection, "search_progress")
    return Progress(*found) if found and shares(found[2]).get("") == _FORMAT else Progress()


@lru_cache(4)
def shares(common: str) -> Mapping[str, int]:
    """What a `Progress` has of common grams; read once, until the file has grown."""
    return rows.data(common, dict)


def is_behind(connection: sqlite3.Connection, seen: Progress, most: int) -> bool:
    """Whether more than `most` contacts or changes were not seen yet."""
    newer = rows.run(connection, "contact_numbers_after", seen.contact_number, most + 1)
    later = rows.run(connection, "change_numbers_after", seen.change_number, most + 1)
    return len(newer) + len(later) > most


def unseen(connection: sqlite3.Connection, seen: Progress) -> Iterator[Searched]:
    """The contacts that the index does not know as they are, each once."""
    changed: set[int] = set()
    if seen.contact_number:  # else all are new
        change = seen.change_number
        while page := rows.run(connection, "changes_to_search", change, _PAGE):
            changed.update(row[1] for row in page if _is_searched(row))
            change = page[-1][0]
    yield from searched(connection, (it for it in changed if it <= seen.contact_number))
    number = seen.contact_number
    while newer := _searched_after(connection, number, _PAGE):
        yield from newer
        number = newer[-1].number


def take_in(connection: sqlite3.Connection, most: int) -> bool:
    """Indexes up to `most` changed and `most` new contacts; tells whether there may be more."""
    if rows.first(connection, "has_search_index") is None:
        rows.run(connection, "create_search_index")
        rows.run(connection, "create_search_progress")
        rows.run(connection, "create_search_progress_keeper")
    seen = progress(connection)
    if not seen.contact_number:  # of whatever it is that it has entries
        rows.run(connection, "empty_search_index")
    newer = _searched_after(connection, seen.contact_number, most)
    if seen.contact_number:
        changes = rows.run(connection, "changes_to_search", seen.change_number, most)
        last_change = changes[-1][0] if changes else seen.change_number
    else:  # the first contacts are read as they are now: no earlier change says more
        changes = []
        newest = rows.first(connection, "newest_change")
        last_change = newest[0] if newest and newest[0] else 0
    changed = {row[1] for row in changes if row[1] <= seen.contact_number and _is_searched(row)}
    _enter(connection, searched(connection, changed))
    _enter(connection, newer)
    last = newer[-1].number if newer else seen.contact_number
    common = seen.common or _common([])
    if last // _SAMPLED_EVERY != seen.contact_number // _SAMPLED_EVERY:
        common = _common(_searched_after(connection, max(0, last - _SAMPLE), _SAMPLE))
    rows.run(connection, "set_search_progress", last, last_change, common)
    return most in (len(newer), len(changes))


def _enter(connection: sqlite3.Connection, contacts: Iterable[Searched]) -> None:
    connection.executemany(
        SQL["insert_search"], [(number, entry(texts)) for number, texts in contacts]
    )


def _common(sample: list[Searched]) -> str:
    """Of a thousand contacts, how many stand under each of the common grams."""
    counts: Counter[str] = Counter()
    for contact in sample:
        counts.update(set(entry(contact.texts).split()))
    found = {gram: count * 1000 // len(sample) for gram, count in counts.items()}
    common = {gram: share for gram, share in found.items() if share >= _COMMON}
    return json.dumps({"": _FORMAT, **common})


def catch_up(connection: sqlite3.Connection) -> None:
    """Indexes all that an index, if there is one, has not seen yet."""
    if progress(connection).contact_number:
        while take_in(connection, _PAGE):
            pass


def take_in_again(connection: sqlite3.Connection, number: int) -> None:
    """Indexes a contact whose keys changed without an entry in its history (P5)."""
    if number <= progress(connection).contact_number:
        _enter(connection, searched(connection, [number]))


def forget_all(connection: sqlite3.Connection) -> None:
    """Empties the index, so that no letter of anybody stays in it; the next search builds it."""
    if is_possible() and rows.first(connection, "has_search_index") is not None:
        rows.run(connection, "empty_search_index")
        rows.run(connection, "set_search_progress", 0, 0, "{}")


def searched(connection: sqlite3.Connection, numbers: Iterable[int]) -> Iterator[Searched]:
    """What of those contacts is searched that are there, in the order of their numbers."""
    return map(_searched, rows.run(connection, "searched", json.dumps(sorted(numbers))))


def _searched_after(connection: sqlite3.Connection, number: int, most: int) -> list[Searched]:
    newer = rows.run(connection, "contact_numbers_after", number, most)
    return list(searched(connection, (row[0] for row in newer)))


def _searched(row: rows.Row) -> Searched:
    number, first, last, login, emails, phones = row
    addresses = emails.split(_BETWEEN) if emails else []
    if login:
        addresses.append(login)
    with_keys = [it.partition(_BEFORE_KEY)[::2] for it in phones.split(_BETWEEN)] if phones else ()
    return Searched(number, texts_of((first, last), addresses, with_keys))


def numbers(connection: sqlite3.Connection, lookup: str) -> Generator[int, None, None]:
    """The contacts whose entries hold the letters, oldest first; the caller closes it."""
    cursor = connection.execute(SQL["search"], (lookup,))
    try:
        for (number,) in cursor:
            yield number
    finally:
        cursor.close()


def _is_searched(change: rows.Row) -> bool:
    _, _, before, after = change
    touched = rows.data(before, dict).keys() | rows.data(after, dict).keys()
    return not touched <= _NOT_SEARCHED
