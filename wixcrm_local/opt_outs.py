"""Addresses of erased people that get no mail (U7, T8): what is kept of each is a keyed hash, which
finds the address when it comes again, and tells it to nobody.

Law: the key is random, a secret of the file; every function works inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3

from wixcrm_local import rows
from wixcrm_local.rows import Row

KEY = "erasure_key"  # its name among the settings
REASONS = ("unsubscribed", "complained", "manual")  # those by which somebody wants no mail
_PREFIX = "hmac-sha256:"  # which no match key begins with


def hashed(key: str, match_key: str) -> str:
    """What stands in the place of a match key."""
    digest = hmac.new(bytes.fromhex(key), match_key.encode(), hashlib.sha256).hexdigest()
    return _PREFIX + digest


def key_of(connection: sqlite3.Connection) -> str | None:
    """The file's key; None as long as nobody was erased who wanted no mail."""
    row = rows.first(connection, "setting", KEY)
    return None if row is None else str(row[0])


def find(connection: sqlite3.Connection, match_key: str) -> Row | None:
    """The entry of an address on the suppression list: its own, else one that is a hash."""
    found = rows.first(connection, "suppression", match_key)
    if found is not None:
        return found
    key = key_of(connection)
    return None if key is None else rows.first(connection, "suppression", hashed(key, match_key))


def reason(connection: sqlite3.Connection, key: str | None, match_key: str) -> str | None:
    """Why an address gets no mail that has no entry of its own; `key` is the file's."""
    if key is None or not match_key:
        return None
    found = rows.first(connection, "suppression", hashed(key, match_key))
    return None if found is None else str(found[2])


def remove(connection: sqlite3.Connection, match_key: str) -> bool:
    """Takes an address off the list, in either form; whether it was there."""
    found = find(connection, match_key)
    if found is not None:
        rows.run(connection, "remove_suppression", match_key)
        rows.run(connection, "remove_suppression", found[0])
    return found is not None


def keep(connection: sqlite3.Connection, match_key: str, why: str, since: str) -> None:
    """Puts an address on the list as a hash, without its text."""
    key = key_of(connection)
    if key is None:
        key = os.urandom(32).hex()
        rows.run(connection, "set_setting", KEY, key)
    rows.run(connection, "add_suppression", hashed(key, match_key), None, why, "", since)
