"""Who gets no mail (T8): the suppression list of addresses, and contacts that unsubscribed.

Law: only the verbs in here, and a sender that learns that an address is dead, change either; an
upsert never does.
"""

from __future__ import annotations

import sqlite3

from wixcrm_local import changes, errors, members, opt_outs, rows
from wixcrm_local.context import Context
from wixcrm_local.email_address import checked_address, email_match_key, key_of_email
from wixcrm_local.model import Contact, Suppression
from wixcrm_local.rows import Row
from wixcrm_local.text import clean_lines, kind_of

_LONGEST_NOTE = 1_000  # characters
REASONS = ("unsubscribed", "bounced", "complained", "manual")


class Suppressions:
    """`crm.suppressions`: addresses that get no mail; add, remove, list, check."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def add(self, address: str, reason: str = "manual", *, note: str = "") -> Suppression:
        """Puts an address on the list, in any spelling; what stands there already stays.

        `reason` is unsubscribed, bounced, complained or manual. Raises `InvalidArgument`.
        """
        checked = checked_address(address, "address")
        if reason not in REASONS:
            raise errors.InvalidArgument(
                f"reason can't be {reason!r}; choose one of {', '.join(REASONS)}",
                details={"argument": "reason", "choices": list(REASONS)},
            )
        kept_note = _note(note)

        def work(connection: sqlite3.Connection) -> Suppression:
            key = key_of_email(checked)
            values = (key, checked, reason, kept_note, self._context.now())
            found = opt_outs.find(connection, key)
            if found is None:
                rows.run(connection, "add_suppression", *values)
                found = rows.first(connection, "suppression", key)
            assert found is not None
            return _suppression(found)

        return self._context.store.write(work)

    def remove(self, address: str) -> bool:
        """Takes an address off the list, in any spelling; False where it was not there."""

        def work(connection: sqlite3.Connection) -> bool:
            return opt_outs.remove(connection, _key(address))

        return self._context.store.write(work)

    def check(self, address: str) -> Suppression | None:
        """The entry of an address, in any spelling; None where mail may go there."""
        key = _key(address)
        found = self._context.store.read(lambda it: opt_outs.find(it, key))
        return None if found is None else _suppression(found)

    def list(self) -> tuple[Suppression, ...]:
        """All entries, oldest first."""
        found = self._context.store.read(lambda it: rows.run(it, "all_suppressions"))
        return tuple(_suppression(row) for row in found)


def unsubscribe(context: Context, who: str | Contact) -> None:
    """No more mail to a contact, whatever its address; or to an address, whoever has it (T8).

    Raises `ContactNotFound`, or `InvalidArgument` for what is neither.
    """
    if _is_address(who):
        Suppressions(context).add(str(who), "unsubscribed")
    else:
        _subscribe(context, who, "unsubscribed", "unsubscribe")


def resubscribe(context: Context, who: str | Contact) -> None:
    """Takes back `unsubscribe`, at the person's own wish; a bounced address stays on the list.

    Raises as `unsubscribe` does.
    """
    if not _is_address(who):
        _subscribe(context, who, "subscribed", "resubscribe")
        return
    key = _key(who)

    def work(connection: sqlite3.Connection) -> None:
        found = opt_outs.find(connection, key)
        if found is not None and _suppression(found).reason == "unsubscribed":
            opt_outs.remove(connection, key)

    context.store.write(work)


def _subscribe(context: Context, who: object, subscription: str, verb: str) -> None:
    id = who.id if isinstance(who, Contact) else who

    def work(connection: sqlite3.Connection) -> None:
        kept = members.require_contact(connection, id)
        if kept.subscription != subscription:
            changes.subscribe(connection, kept, subscription, verb, context.now())

    context.store.write(work)


def _is_address(who: object) -> bool:
    return isinstance(who, str) and "@" in who


def _key(address: object) -> str:
    if not isinstance(address, str):
        raise errors.InvalidArgument(
            f"address must be a text, not {kind_of(address)}; give one such as ana@example.com",
            details={"argument": "address"},
        )
    return email_match_key(address) or ""


def _note(note: object) -> str:
    """C3: a note may have several lines, as servers' answers do."""
    try:
        if isinstance(note, str) and len(note) <= _LONGEST_NOTE:
            return clean_lines(note)
        why = f"must be a text of at most {_LONGEST_NOTE:,} characters; shorten it"
    except ValueError as error:
        why = f"{error}; leave that out"
    raise errors.InvalidArgument(f"note {why}", details={"argument": "note"})


def _suppression(row: Row) -> Suppression:
    _, address, reason, note, created_at = row
    return Suppression(
        address=address, reason=reason, note=note, created_at=rows.moment(created_at)
    )
