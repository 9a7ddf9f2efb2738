"""New contacts of one transaction, which are written together; and who has which key meanwhile.

Law: to whoever looks for a key through this, a gathered contact is there already; nobody else may
read the contacts before `write`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from wixcrm_local import import_rows
from wixcrm_local.import_rows import NewContact
from wixcrm_local.model import Profile

_NOBODY: list[tuple[int, str]] = []
Holder = tuple[int, str]  # a contact's number, and the kind of key it has


class Gathered:
    """What stands between the rows of a file and the tables, within one transaction."""

    def __init__(self, connection: sqlite3.Connection, profiles: Iterable[Profile]) -> None:
        """`profiles` are all that will be asked for."""
        self._connection = connection
        self._waiting: list[NewContact] = []
        self._holders: dict[str, list[Holder]] = {}
        self._next = import_rows.newest(connection).contact + 1
        self.look_up(profiles)

    def look_up(self, profiles: Iterable[Profile]) -> None:
        """Asks the tables who has the keys of these profiles."""
        keys = {key: kind for profile in profiles for key, kind in _keys_of(profile)}
        for key in keys:
            self._holders.pop(key, None)
        for key, *holder in import_rows.holders_of_keys(self._connection, keys):
            self._holders.setdefault(key, []).append((holder[0], holder[1]))

    def holders(self, lookups: Iterable[tuple[str | None, str | None]]) -> list[Holder]:
        """Who has one of the keys; those who are not written yet are written then."""
        found: list[Holder] = []
        for email, phone in lookups:
            for key in (email, phone):
                if key:
                    found += self._holders.get(key, _NOBODY)
        if self._waiting and any(number >= self._waiting[0].number for number, _ in found):
            self.write()
        return found

    def add(self, id: str, profile: Profile, now: str, subscription: str) -> int:
        """A new contact, and the number it gets."""
        number, self._next = self._next, self._next + 1
        self._waiting.append(NewContact(number, id, profile, now, subscription))
        self._give(number, profile)
        return number

    def change(self, number: int, before: Profile, after: Profile) -> None:
        """A stored contact has other keys now."""
        for key, kind in _keys_of(before):
            if key in self._holders:
                self._holders[key] = [it for it in self._holders[key] if it != (number, kind)]
        self._give(number, after)

    def write(self) -> None:
        """Writes those who wait."""
        if self._waiting:
            import_rows.insert_contacts(self._connection, self._waiting)
            self._waiting = []

    def drop(self, profile: Profile) -> None:
        """Forgets who waits, and what was told of the keys of `profile`: a row was refused."""
        if self._waiting:
            self._next = self._waiting[0].number
            self._waiting = []
        self.look_up([profile])

    def _give(self, number: int, profile: Profile) -> None:
        for key, kind in _keys_of(profile):
            self._holders.setdefault(key, []).append((number, kind))


def _keys_of(profile: Profile) -> list[tuple[str, str]]:
    keys = [(key, "email") for _, key in profile.emails if key]
    if profile.login_email is not None and profile.login_email.match_key:
        keys.append((profile.login_email.match_key, "email"))
    keys += [(key, "phone") for _, key in profile.phones if key]
    return keys
