"""erase_contact: removes every trace of a person at once (U7).

Law: what is stored of the person goes in one transaction; then the file is written anew, since
SQLite leaves copies of moved rows behind in its pages. No row of the outbox is deleted, as their
numbers must not come twice: it is blanked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import attrs

from wixcrm_local import changes, log, members, opt_outs, removals, rows, search_index
from wixcrm_local.context import Context
from wixcrm_local.email_address import email_match_key
from wixcrm_local.model import ErasureReceipt
from wixcrm_local.queries import SQL

_BEYOND_REACH = (
    "backups and other copies of the file",
    "what was exported, dumped, printed or written to a page",
    "mails that were handed to a sender already",
    "other contacts that were given the same address or number",
    "texts of Triggered Emails and names of labels or fields that mention the person",
    "what the disk itself keeps of files that were written over",
)
_STILL_IN_FILE = "old pages of the file and its log, until crm.scrub_file() gives True"


class _Person(NamedTuple):
    """Who is erased: the contact and whom it took in, in the list or not."""

    id: str
    numbers: tuple[int, ...]
    ids: tuple[str, ...]
    present: tuple[dict[str, Any], ...]  # the members of each

    def addresses(self) -> set[str]:
        """All addresses that these contacts have now."""
        found: set[str] = set()
        for state in self.present:
            found |= {*state.get("emails", ()), state.get("login_email") or ""}
        return found - {""}

    def is_unsubscribed(self) -> bool:
        return any(state.get("subscription") == "unsubscribed" for state in self.present)


def erase(context: Context, id: str) -> ErasureReceipt:
    """Removes the person; see `CRM.erase_contact`."""
    receipt = context.store.write(lambda connection: _erase(connection, id, context.now()))
    log.info("contact %s was erased", receipt.contact_id)
    if context.store.scrub():
        return receipt
    beyond = (_STILL_IN_FILE, *receipt.not_reached)
    return attrs.evolve(receipt, file_is_clean=False, not_reached=beyond)


def _erase(connection: sqlite3.Connection, id: str, now: str) -> ErasureReceipt:
    person = person_of(connection, id)
    addresses = person.addresses() | _earlier_addresses(connection, person.numbers)
    keys = {key for address in addresses if (key := email_match_key(address))}
    mails, attempts = _blank_mails(connection, person, keys, now)
    removed, kept = _forget_suppressions(connection, person, keys, now)
    _blank_breakers(connection, addresses)
    search_index.forget_all(connection)
    histories = 0
    for number in person.numbers:
        deleted = connection.execute(SQL["delete_changes_of_contact"], (number,))
        histories += deleted.rowcount
        rows.run(connection, "delete_contact", number)
        rows.run(connection, "delete_removed_contact", number)
    return ErasureReceipt(
        contact_id=person.id,
        merged_ids=person.ids[1:],
        erased_at=rows.moment(now),
        contacts=len(person.numbers),
        changes=histories,
        mails=mails,
        attempts=attempts,
        suppressions=removed,
        hashes_kept=kept,
        file_is_clean=True,
        not_reached=_BEYOND_REACH,
    )


def person_of(connection: sqlite3.Connection, id: str) -> _Person:
    """The contact that an id stands for, also in the trash, and all that were merged into it.

    Raises `ContactNotFound`.
    """
    removed = members.in_trash(connection, id)
    if removed is None:
        kept = members.require_contact(connection, id)
        own, number, state = kept.id, kept.number, changes.present(connection, kept)
    else:
        own, number, state = removed.id, removed.number, removed.members
    others = removals.with_all_merged(connection, number)
    return _Person(
        own,
        (number, *(other.number for other in others)),
        (own, *(other.id for other in others)),
        (state, *(other.members for other in others)),
    )


def _earlier_addresses(connection: sqlite3.Connection, numbers: Iterable[int]) -> set[str]:
    """The addresses that the histories know."""
    found: set[str] = set()
    for number in numbers:
        for entry in changes.entries(connection, number):
            for side in (entry.before, entry.after):
                found |= {*(side.get("emails") or ()), side.get("login_email") or ""}
    return found - {""}


def _blank_mails(
    connection: sqlite3.Connection, person: _Person, keys: Iterable[str], now: str
) -> tuple[int, int]:
    """Empties the mails to the person, and what was said of them; gives how many of both.

    Those of contacts that are not there any more are found by their address.
    """
    numbers: set[int] = set()
    for id in person.ids:
        numbers |= {row[0] for row in rows.run(connection, "mail_numbers_of_contact", id)}
    for key in keys:
        numbers |= {row[0] for row in rows.run(connection, "mail_numbers_of_nobody", key)}
    attempts = 0
    for number in numbers:
        rows.run(connection, "blank_message", now, number)
        attempts += connection.execute(SQL["blank_attempts"], (number,)).rowcount
    return len(numbers), attempts


def _forget_suppressions(
    connection: sqlite3.Connection, person: _Person, keys: set[str], now: str
) -> tuple[int, int]:
    """Takes the addresses off the list; who wanted no mail is kept as a hash."""
    left = {key for address in person.addresses() if (key := email_match_key(address))}
    removed = kept = 0
    for key in sorted(keys):
        row = rows.first(connection, "suppression", key)
        reason, since = ("", now) if row is None else (row[2], row[4])
        if row is not None:
            rows.run(connection, "remove_suppression", key)
            removed += 1
        if reason not in opt_outs.REASONS and person.is_unsubscribed() and key in left:
            reason, since = "unsubscribed", now
        if reason in opt_outs.REASONS:
            opt_outs.keep(connection, key, reason, since)
            kept += 1
    return removed, kept


def _blank_breakers(connection: sqlite3.Connection, addresses: set[str]) -> None:
    """What a sender said last when it could not be reached may name whom it was to write to."""
    folded = [address.casefold() for address in addresses]
    for sender, _, _, response in rows.run(connection, "all_breakers"):
        if any(address in response.casefold() for address in folded):
            rows.run(connection, "blank_breaker", sender)
