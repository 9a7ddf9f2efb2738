"""Contacts that may be one person: same key on several, same name with addresses a slip apart.

Law: a page at a time, with nothing held open in between; it only tells, and merges nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import combinations

from wixcrm_local import filters, rows
from wixcrm_local.answers import Duplicates
from wixcrm_local.context import Context
from wixcrm_local.model import Keyed
from wixcrm_local.rows import StoredContact
from wixcrm_local.store import Work

_PAGE = 200
# More contacts than this with one key are an office or a placeholder, not one person.
MOST_OF_ONE_PERSON = 5
_LISTED = 10  # contacts of a key that many share
_NAMESAKES = 20  # more contacts with one name are strangers, and their addresses not compared

_Found = tuple[list[Duplicates], str | None]  # and behind which key the next one begins
_Look = Callable[[sqlite3.Connection, str], _Found]


def find(context: Context) -> Iterator[Duplicates]:
    """Groups of contacts, by address, by number, then by name; each in a stable order."""
    return _found(context.store.read, *_LOOKS)


def found_in(connection: sqlite3.Connection) -> Iterator[Duplicates]:
    """The same of one state of the store, whose transaction the caller keeps open."""
    return _found(lambda work: work(connection), *_LOOKS)


def by_phone(context: Context) -> Iterator[Duplicates]:
    """Those by number alone."""
    return _found(context.store.read, _by_phone)


def _found(read: Callable[[Work[_Found]], _Found], *looks: _Look) -> Iterator[Duplicates]:
    for look in looks:
        after: str | None = ""
        while after is not None:
            found, after = read(_from(look, after))
            yield from found


def _from(look: _Look, after: str) -> Work[_Found]:
    return lambda connection: look(connection, after)


def _by_email(connection: sqlite3.Connection, after: str) -> _Found:
    return _by_key(connection, "email", "shared_email_keys", after)


def _by_login_email(connection: sqlite3.Connection, after: str) -> _Found:
    return _by_key(connection, "email", "shared_login_email_keys", after)


def _by_phone(connection: sqlite3.Connection, after: str) -> _Found:
    return _by_key(connection, "phone", "shared_phone_keys", after)


def _by_key(connection: sqlite3.Connection, kind: str, query: str, after: str) -> _Found:
    keys = [row[0] for row in rows.run(connection, query, after, _PAGE)]
    found = []
    for key in keys:
        lookup = (key, "") if kind == "email" else ("", key)
        numbers = sorted({number for number, _ in rows.candidates(connection, [lookup])})
        found.append(_group(connection, kind, key, numbers))
    return found, keys[-1] if len(keys) == _PAGE else None


def _by_name(connection: sqlite3.Connection, after: str) -> _Found:
    filters.teach(connection)
    groups = rows.run(connection, "shared_names", after, _NAMESAKES, _PAGE)
    found = []
    for name, listed in groups:
        numbers = sorted(map(int, listed.split(",")))
        near = _near_ones(rows.contacts_with_numbers(connection, numbers))
        if near:
            found.append(_group(connection, "name", name, near))
    return found, groups[-1][0] if len(groups) == _PAGE else None


_LOOKS = (_by_email, _by_login_email, _by_phone, _by_name)


def _group(connection: sqlite3.Connection, kind: str, key: str, numbers: list[int]) -> Duplicates:
    ids = [rows.contact_id_of(connection, number) for number in numbers[:_LISTED]]
    return Duplicates(
        kind=kind,
        key=key,
        contact_ids=tuple(ids),
        count=len(numbers),
        proposed=len(numbers) <= MOST_OF_ONE_PERSON,
    )


def _near_ones(namesakes: list[StoredContact]) -> list[int]:
    """Those of some contacts with one name that have an address near one of another's."""
    near: set[int] = set()
    for one, other in combinations(namesakes, 2):
        pairs = ((a.match_key, b.match_key) for a in _emails(one) for b in _emails(other))
        if any(a and b and are_near(a, b) for a, b in pairs):
            near.update((one.number, other.number))
    return sorted(near)


def _emails(kept: StoredContact) -> list[Keyed]:
    login = kept.profile.login_email
    return [*kept.profile.emails, *([login] if login else [])]


def are_near(one: str, other: str) -> bool:
    """Whether two addresses differ, and by a slip of the keys, or have one local part in two
    domains or with other dots and tags."""
    if one == other:
        return False
    return _plain_local(one) == _plain_local(other) or _one_slip(one, other)


def _plain_local(address: str) -> str:
    return address.partition("@")[0].partition("+")[0].replace(".", "")


def _one_slip(one: str, other: str) -> bool:
    """One character more, less or other, or two of them turned round."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    turned = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or turned
