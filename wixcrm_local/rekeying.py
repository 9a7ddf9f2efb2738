"""Reads all phone numbers of a file in another region, while others use it (P5).

Law: the region changes first, in one transaction; from there on whoever is looked for is brought to
the new keys before, so nobody is met under an old one. What is done is kept with each batch, so
that a call after a crash goes on there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import attrs

from wixcrm_local import duplicates, errors, rows, search_index
from wixcrm_local.answers import Duplicates
from wixcrm_local.context import Context
from wixcrm_local.model import Keyed, Profile
from wixcrm_local.phone_number import checked_region, key_of_phone
from wixcrm_local.rows import StoredContact
from wixcrm_local.store import REGION, REKEY_FROM, Store

_AFTER = "rekey_after"  # the setting's name: the last contact that was brought to its new keys
_BATCH = 200
_LISTED = 100

Progress = Callable[[int, int], object]
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class RekeyReport:
    """What `crm.rekey` did.

    `contacts` were looked at, `rekeyed` numbers have another key now, and `unreadable` ones are
    none in the new region and keep the key they had. `shared_count` numbers belong to several
    contacts now, of which `shared` lists the first hundred.
    """

    contacts: int
    rekeyed: int
    unreadable: int
    shared_count: int
    shared: tuple[Duplicates, ...]


def rekey(context: Context, region: object, progress: Progress | None) -> RekeyReport:
    """Makes `region` the file's, and the key of each number that of the number in it."""
    if not isinstance(region, str):
        raise errors.InvalidArgument(
            "default_region must be a two-letter country code; give one such as 'US'",
            details={"argument": "default_region"},
        )
    if progress is not None and not callable(progress):
        raise errors.InvalidArgument(
            "progress must be callable; pass a function of contacts done and contacts in all",
            details={"argument": "progress"},
        )
    store, wanted = context.store, checked_region(region)
    if store.in_transaction:
        raise errors.InvalidArgument("leave the transaction before rekey: it has many of its own")
    _write(store, lambda connection: _begin(connection, store, wanted))
    done = _Done()
    while True:
        page = _write(store, lambda connection: _batch(connection, store))
        done.add(page)
        if not page.is_full:
            break
        if progress is not None:
            progress(done.contacts, store.read(rows.count_contacts))
    shared: list[Duplicates] = []
    count = 0
    for count, group in enumerate(duplicates.by_phone(context), 1):
        if count <= _LISTED:
            shared.append(group)
    return RekeyReport(
        contacts=done.contacts,
        rekeyed=done.changed,
        unreadable=done.unreadable,
        shared_count=count,
        shared=tuple(shared),
    )


def _write(store: Store, work: Callable[[sqlite3.Connection], T]) -> T:
    """What was seen of a region that was not stored after all is seen anew."""
    try:
        return store.write(work)
    except BaseException:
        with suppress(errors.StoreError):
            store.write(store.look_at_region)
        raise


class _Page(NamedTuple):
    """What one batch did."""

    contacts: int = 0
    changed: int = 0
    unreadable: int = 0
    is_full: bool = False


class _Done:
    """What all batches did so far; those that were undone are not in it."""

    def __init__(self) -> None:
        self.contacts = self.changed = self.unreadable = 0

    def add(self, page: _Page) -> None:
        self.contacts += page.contacts
        self.changed += page.changed
        self.unreadable += page.unreadable


def _begin(connection: sqlite3.Connection, store: Store, wanted: str) -> None:
    found = store.default_region
    if store.rekeying is not None:
        if found != wanted:
            raise errors.InvalidArgument(
                f"a rekey of this store to the region {found} is not finished; call "
                f"rekey({found!r}) first",
                details={"argument": "default_region", "unfinished": found},
            )
        return  # goes on where it ended
    rows.run(connection, "set_setting", REKEY_FROM, found or "")
    rows.run(connection, "set_setting", _AFTER, "0")
    rows.run(connection, "set_setting", REGION, wanted)
    store.look_at_region(connection)


def _batch(connection: sqlite3.Connection, store: Store) -> _Page:
    """Brings some contacts to their new keys; the last batch is not full."""
    if store.rekeying is None:  # another program finished it
        return _Page()
    page = rows.contacts_after(connection, _after(connection), _BATCH)
    counts = [_bring_up(connection, kept, store.default_region) for kept in page]
    is_full = len(page) == _BATCH
    if is_full:
        rows.run(connection, "set_setting", _AFTER, str(page[-1].number))
    else:
        for name in (REKEY_FROM, _AFTER):
            rows.run(connection, "delete_setting", name)
        store.look_at_region(connection)
    changed, unreadable = (sum(each[place] for each in counts) for place in (0, 1))
    return _Page(len(page), changed, unreadable, is_full)


def _after(connection: sqlite3.Connection) -> int:
    row = rows.first(connection, "setting", _AFTER)
    return 0 if row is None else int(row[0])


def _bring_up(
    connection: sqlite3.Connection, kept: StoredContact, region: str | None
) -> tuple[int, int]:
    """Gives the numbers of one contact their keys; how many have another, and have none to give."""
    changed = unreadable = 0
    seen: set[str] = set()
    phones: list[Keyed] = []
    for number in kept.profile.phones:
        try:
            key = key_of_phone(number.text, region)
        except errors.InvalidPhone:  # such as a vanity number of the region before
            key, unreadable = number.match_key, unreadable + 1
        changed += key != number.match_key
        new = Keyed(number.text, key)
        if new.identity not in seen:  # two spellings that only now are known to be one
            seen.add(new.identity)
            phones.append(new)
    if changed:
        rows.rewrite_phones(connection, kept.number, phones)
        search_index.take_in_again(connection, kept.number)
    return changed, unreadable


def meet(
    connection: sqlite3.Connection,
    store: Store,
    emails: Iterable[str | None],
    phones: Iterable[Keyed],
) -> None:
    """Brings to their new keys those who may be meant by these, before they are looked for."""
    after, old = _after(connection), store.rekeying or None
    lookups: list[tuple[str | None, str | None]] = [(key, "") for key in emails]
    for number in phones:
        lookups += [("", key) for key in {number.match_key, *_old_keys(number, old)}]
    numbers = {number for number, _ in rows.candidates(connection, lookups) if number > after}
    for kept in rows.contacts_with_numbers(connection, sorted(numbers)):
        _bring_up(connection, kept, store.default_region)


def meet_profile(connection: sqlite3.Connection, store: Store, given: Profile) -> None:
    """The same of all keys of a profile."""
    login = [given.login_email.match_key] if given.login_email else []
    meet(connection, store, [*(item.match_key for item in given.emails), *login], given.phones)


def _old_keys(number: Keyed, region: str | None) -> Iterator[str | None]:
    """The keys of a number as people type it in its country, read in the region before."""
    texts = [number.text]
    if number.match_key is not None and number.match_key.startswith("+"):
        import phonenumbers

        parsed: Any = phonenumbers.parse(number.match_key.partition(";")[0])
        texts.append(phonenumbers.national_significant_number(parsed))
        texts.append(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    for text in texts:
        try:
            yield key_of_phone(text, region)
        except errors.InvalidPhone:
            continue
