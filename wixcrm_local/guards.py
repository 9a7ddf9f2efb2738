"""What stands before a delivery: what is held back, and whether its sender may be asked (email.md).

Law: what was recorded before a file's first delivery, or waited for a day without one, is held back
before anybody is asked.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from wixcrm_local import delivery_rows, errors, retrying, rows
from wixcrm_local.context import Context
from wixcrm_local.delivery_rows import FIRST_DELIVERY, LAST_DELIVERY
from wixcrm_local.queries import SQL
from wixcrm_local.senders.sender import Sender

_NOTED_EVERY = 600  # seconds between two notes that a delivery was made


def check_terms(context: Context, limit: object, stop: object = None) -> None:
    """Raises `InvalidArgument` for what no delivery can be asked."""
    if context.store.in_transaction:
        raise errors.InvalidArgument("leave the transaction before delivering")
    if stop is not None and not callable(getattr(stop, "is_set", None)):
        raise errors.InvalidArgument(
            "stop must be an event; pass a threading.Event", details={"argument": "stop"}
        )
    if limit is None:
        return
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise errors.InvalidArgument(
            "limit must be a whole number of mails, 1 or more; leave it out to send all that "
            "is due",
            details={"argument": "limit"},
        )


class Outlook(NamedTuple):
    """Whether there is work for the sender, and if not, why it is not to be asked."""

    has_work: bool
    refusal: str | None = None


def outlook(
    context: Context, sender: Sender, include_stale: bool, connection: sqlite3.Connection
) -> Outlook | None:
    """None where it is to be noted first that a delivery is made. Raises `FromAddressMissing`."""
    now = context.now()
    last = _setting(connection, LAST_DELIVERY)
    is_noted = last is not None and retrying.later(now, -_NOTED_EVERY) < last <= now
    if not is_noted and not only_shows(sender):
        return None
    if not delivery_rows.has_work(connection, now, include_stale):
        return Outlook(has_work=False)
    return _outlook_of(context, sender, include_stale, connection, now)


def prepare(
    context: Context, sender: Sender, include_stale: bool, connection: sqlite3.Connection
) -> Outlook:
    """Holds back what is stale, and notes that a delivery is made.

    Raises `FromAddressMissing`, which undoes both.
    """
    now = context.now()
    if not only_shows(sender):
        hold_back(connection, now)
    return _outlook_of(context, sender, include_stale, connection, now)


def _outlook_of(
    context: Context,
    sender: Sender,
    include_stale: bool,
    connection: sqlite3.Connection,
    now: str,
) -> Outlook:
    breaker = delivery_rows.breaker_until(connection, sender.name, now)
    if breaker is not None:
        until, why = breaker
        sentence = f"{sender.name} is left alone until {until[:19]}Z; it could not be reached"
        return Outlook(has_work=False, refusal=f"{sentence}: {why}")
    if context.from_address is None and needs_from(sender):
        _refuse_missing_from(connection, now, include_stale)
    return Outlook(has_work=True)


def hold_back(connection: sqlite3.Connection, now: str) -> None:
    """Notes that a delivery is made, and holds back what is stale."""
    if not begin_delivering(connection, now):
        last = _setting(connection, LAST_DELIVERY)
        limit = retrying.later(now, -retrying.STALE_AFTER)
        if last is None or last <= limit:
            connection.execute(SQL["hold_back_since"], {"now": now, "limit": limit})
    rows.run(connection, "set_setting", LAST_DELIVERY, now)


def begin_delivering(connection: sqlite3.Connection, now: str) -> bool:
    """The file's first delivery holds back all that was recorded before it; False for a later."""
    if _setting(connection, FIRST_DELIVERY) is not None:
        return False
    rows.run(connection, "set_setting", FIRST_DELIVERY, now)
    connection.execute(SQL["hold_back_all"], {"now": now})
    return True


def _setting(connection: sqlite3.Connection, name: str) -> str | None:
    row = rows.first(connection, "setting", name)
    return None if row is None else str(row[0])


def only_shows(sender: Sender) -> bool:
    """Whether nothing is sent, so that the file's first delivery is still to come."""
    return bool(getattr(sender, "only_shows", False))


def needs_from(sender: Sender) -> bool:
    """Whether the sender writes a From line and has no address of its own for it."""
    return getattr(sender, "from_address", "") is None


def _refuse_missing_from(connection: sqlite3.Connection, now: str, include_stale: bool) -> None:
    row = rows.first(connection, "has_mail_without_from", now, include_stale)
    if row != (0,):
        raise from_missing()


def from_missing() -> errors.FromAddressMissing:
    """The error for a mail that has no address to be sent from."""
    return errors.FromAddressMissing(
        "a mail has no address to be sent from; give its Triggered Email, CRM(…) or the sender a "
        "from_address"
    )
