"""Turns rows of Triggered Emails and of the outbox into values, and values into rows.

Law: as in rows.py, every function works inside the caller's transaction.
"""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from wixcrm_local import opt_outs, rows
from wixcrm_local.message import OutboxMessage
from wixcrm_local.model import ReadOnlyDict, TriggeredEmail
from wixcrm_local.queries import SQL
from wixcrm_local.rows import Row

_ANY_MESSAGE = dict.fromkeys(("status", "contact_id", "email_id", "to_key"))
_ALL = -1  # no limit, as SQLite says it
_FROM, _STATUS = 8, 17  # columns of the outbox
# Made once: json.dumps makes an encoder for every call that asks for readable letters.
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class Times(NamedTuple):
    """What only the row of a new mail holds: its recipient's match key, and times as stored.

    '' stands for what there is none of.
    """

    to_key: str
    now: str
    ready_at: str
    due_at: str = ""
    expires_at: str = ""


class Recipient(NamedTuple):
    """Who a mail goes to: the first email, else the login email, else none (T7).

    `suppressed` is the reason for which the address gets no mail.
    """

    contact_id: str
    first_name: str | None
    last_name: str | None
    subscription: str
    address: str | None
    to_key: str
    suppressed: str | None


def recipient(connection: sqlite3.Connection, contact_id: str) -> Recipient | None:
    """The contact with this id, as one who gets mail."""
    row = rows.first(connection, "recipient", contact_id)
    if row is None:
        return None
    *known, erasure_key = row
    to = Recipient(*known)
    if erasure_key is None or to.suppressed is not None:
        return to
    return to._replace(suppressed=opt_outs.reason(connection, erasure_key, to.to_key))


def triggered_email(connection: sqlite3.Connection, email_id: str) -> TriggeredEmail | None:
    """The Triggered Email with this id."""
    row = rows.first(connection, "triggered_email_by_id", email_id)
    return None if row is None else _triggered_email(connection, row)


def all_triggered_emails(connection: sqlite3.Connection) -> tuple[TriggeredEmail, ...]:
    """All Triggered Emails, oldest first."""
    found = rows.run(connection, "all_triggered_emails")
    return tuple(_triggered_email(connection, row) for row in found)


def triggered_email_ids(connection: sqlite3.Connection) -> list[str]:
    """The ids there are, for suggesting the nearest."""
    return [str(row[0]) for row in rows.run(connection, "all_triggered_email_ids")]


def save_triggered_email(
    connection: sqlite3.Connection, email: TriggeredEmail, now: str
) -> TriggeredEmail:
    """Makes or replaces the Triggered Email of this id."""
    connection.execute(
        SQL["save_triggered_email"],
        (
            email.id,
            email.subject,
            email.html,
            email.text,
            email.from_address,
            email.unsubscribe_url,
            now,
            now,
        ),
    )
    number = _email_number(connection, email.id)
    rows.run(connection, "delete_triggered_email_variables", number)
    for position, (name, fallback) in enumerate(email.variables.items()):
        rows.run(connection, "insert_triggered_email_variable", number, position, name, fallback)
    saved = triggered_email(connection, email.id)
    assert saved is not None
    return saved


def delete_triggered_email(connection: sqlite3.Connection, email_id: str) -> None:
    """Removes the Triggered Email with this id."""
    rows.run(connection, "delete_triggered_email", _email_number(connection, email_id))


def _email_number(connection: sqlite3.Connection, email_id: str) -> int:
    row = rows.first(connection, "triggered_email_by_id", email_id)
    assert row is not None
    return int(row[0])


def _triggered_email(connection: sqlite3.Connection, row: Row) -> TriggeredEmail:
    number, email_id, subject, html, text, sender, url, revision, created_at, updated_at = row
    return TriggeredEmail(
        id=email_id,
        subject=subject,
        html=html,
        text=text,
        variables=ReadOnlyDict(rows.run(connection, "variables_of_triggered_email", number)),
        from_address=sender,
        unsubscribe_url=url,
        revision=revision,
        created_at=rows.moment(created_at),
        updated_at=rows.moment(updated_at),
    )


def insert_message(
    connection: sqlite3.Connection, message: OutboxMessage, times: Times, lease: str = ""
) -> int:
    """Records a mail and gives its number. Raises `InvalidArgument` where its id is in use."""
    values = (
        message.id,
        message.message_id,
        message.email_id,
        message.contact_id,
        message.to,
        message.to_name,
        times.to_key,
        message.from_address or "",
        message.subject,
        message.html,
        message.text,
        message.unsubscribe_url or "",
        _as_json(message.variables),
        _as_json(message.fell_back) if message.fell_back else "[]",
        message.idempotency_key or "",
        times.expires_at,
        message.status,
        message.reason or "",
        times.ready_at,
        times.due_at,
        lease,
        times.now,
        times.now,
    )
    try:
        return connection.execute(SQL["insert_message"], values).lastrowid or 0
    except sqlite3.IntegrityError as error:
        raise rows.used_id(message.id) from error


def message_by_id(connection: sqlite3.Connection, id: str) -> OutboxMessage | None:
    """The mail with this id."""
    row = rows.first(connection, "message_by_id", id)
    return None if row is None else message(row)


def message_with_key(connection: sqlite3.Connection, key: str) -> OutboxMessage | None:
    """The mail that was recorded under this idempotency key."""
    row = rows.first(connection, "message_with_key", key)
    return None if row is None else message(row)


def message_at(connection: sqlite3.Connection, place: int) -> OutboxMessage | None:
    """The mail at a place of the outbox, counted from its end where negative."""
    if place >= 0:
        return next(iter(messages_at(connection, place, 1)), None)
    row = rows.first(connection, "message_from_end", -1 - place)
    return None if row is None else message(row)


def messages_at(connection: sqlite3.Connection, place: int, most: int) -> list[OutboxMessage]:
    """The mails from a place of the outbox on, oldest first."""
    return [message(row) for row in rows.run(connection, "messages_from_start", most, place)]


def count_messages(connection: sqlite3.Connection) -> int:
    """The length of the outbox."""
    row = rows.first(connection, "count_messages")
    assert row is not None
    return int(row[0])


def messages_after(
    connection: sqlite3.Connection, number: int, most: int
) -> list[tuple[int, OutboxMessage]]:
    """A page of the outbox behind a message's number."""
    return [(row[0], message(row)) for row in rows.run(connection, "messages_after", number, most)]


def messages_where(
    connection: sqlite3.Connection, *, most: int = _ALL, **wanted: str | None
) -> tuple[OutboxMessage, ...]:
    """The first `most` mails that fit `wanted`: `status`, `contact_id`, `email_id`, `to_key`."""
    query = "messages_where"
    if wanted.get("contact_id") is not None:
        query = "outbox_of_contact"
    elif wanted.get("status") is not None:
        query = "outbox_with_status"
    values = {**_ANY_MESSAGE, **wanted, "most": most}
    return tuple(message(row) for row in connection.execute(SQL[query], values))


def message(row: Row) -> OutboxMessage:
    """The mail that a row of the outbox holds."""
    return _message(row, row[_STATUS], row[_FROM])


def message_being_sent(row: Row, from_address: str | None) -> OutboxMessage:
    """The mail as its sender gets it; `from_address` is for one that was recorded without."""
    return _message(row, "sending", row[_FROM] or from_address)


def _message(row: Row, status: str, from_address: str | None) -> OutboxMessage:
    (
        _,
        id,
        message_id,
        email_id,
        contact_id,
        to_address,
        to_name,
        _,
        _,
        subject,
        html,
        text,
        unsubscribe_url,
        variables,
        fell_back,
        idempotency_key,
        expires_at,
        _,
        reason,
        attempts,
        ready_at,
        due_at,
        _,
        created_at,
        updated_at,
    ) = row
    return OutboxMessage(
        id=id,
        message_id=message_id,
        email_id=email_id,
        contact_id=contact_id,
        to=to_address,
        to_name=to_name,
        from_address=from_address,
        subject=subject,
        html=html,
        text=text,
        variables=ReadOnlyDict(rows.data(variables, dict)),
        fell_back=tuple(rows.data(fell_back, list)) if fell_back != "[]" else (),
        status=status,
        reason=reason,
        created_at=rows.moment(created_at),
        updated_at=rows.moment(updated_at),
        unsubscribe_url=unsubscribe_url,
        idempotency_key=idempotency_key,
        attempts=attempts,
        ready_at=rows.moment(ready_at),
        due_at=None if due_at is None else rows.moment(due_at),
        expires_at=None if expires_at is None else rows.moment(expires_at),
    )
