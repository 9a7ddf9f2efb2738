"""Takes mails of the outbox into a program's hands, and writes down what became of them.

Law: as in rows.py, every function works inside the caller's transaction; whoever has a mail in hand
presents its lease with each word about it, so that a late one overwrites nothing newer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from wixcrm_local import mail_rows, opt_outs, removals, retrying, rows
from wixcrm_local.errors import WixCRMError
from wixcrm_local.message import Attempt, OutboxMessage, OutboxStats
from wixcrm_local.model import ReadOnlyDict
from wixcrm_local.printable import printable_lines
from wixcrm_local.queries import SQL
from wixcrm_local.retrying import Verdict

FIRST_DELIVERY, LAST_DELIVERY = "first_delivery_at", "last_delivery_at"  # settings
DELETED = "deleted"  # why a mail is suppressed whose contact is in the trash, or gone
_READY_AT = 20  # its column in the outbox
_TO_KEY = 7
_LONGEST_RESPONSE = 2_000  # characters


class Claimed(NamedTuple):
    """A mail in this program's hands, and what only its row tells."""

    number: int
    to_key: str
    ready_at: str
    message: OutboxMessage


class Answer(NamedTuple):
    """What a sender said of a mail: `error` is None where it took it."""

    claimed: Claimed
    response: str
    error: WixCRMError | None = None


def claim(
    connection: sqlite3.Connection, query: str, from_address: str | None, **values: object
) -> list[Claimed]:
    """What one of the claiming statements took, oldest first; each as its sender will get it."""
    found = [
        Claimed(
            row[0], row[_TO_KEY], row[_READY_AT], mail_rows.message_being_sent(row, from_address)
        )
        for row in connection.execute(SQL[query], values).fetchall()
    ]
    return sorted(found, key=lambda one: (one.ready_at, one.number))


def mark_sending(connection: sqlite3.Connection, one: Claimed, lease: str, now: str) -> bool:
    """The second phase of a claim; False where the mail is in other hands by now."""
    values = {
        "number": one.number,
        "lease": lease,
        "lease_ends": retrying.later(now, retrying.LEASE),
        "from_address": one.message.from_address,
        "now": now,
    }
    return connection.execute(SQL["mark_sending"], values).rowcount == 1


def settle(
    connection: sqlite3.Connection, number: int, lease: str, verdict: Verdict, now: str
) -> bool:
    """Writes down what became of a mail; False where that is for others to say by now."""
    values = {
        "number": number,
        "lease": lease,
        "status": verdict.status,
        "reason": verdict.reason,
        "due_at": verdict.due_at,
        "spent": int(verdict.outcome is not None),
        "now": now,
    }
    return connection.execute(SQL["settle"], values).rowcount == 1


def unmark(connection: sqlite3.Connection, number: int, lease: str, now: str) -> None:
    """Takes back `mark_sending`: its sender was not reached."""
    values = {"number": number, "lease": lease, "now": now}
    connection.execute(SQL["unmark_sending"], values)


def end_leases(connection: sqlite3.Connection, now: str) -> int:
    """Takes mails out of hands that dropped them; gives how many of those may have gone."""
    times = {"now": now, "farthest": retrying.later(now, retrying.CLOCK_SLIP)}
    connection.execute(SQL["end_claims"], times)
    connection.execute(SQL["queue_uncertain_again"], {"now": now})
    begun = connection.execute(SQL["begun_with_ended_lease"], times).fetchall()
    for number, lease in begun:
        verdict = retrying.unanswered(uncertain_attempts(connection, number), now)
        settle(connection, number, lease, verdict, now)
        insert_attempt(
            connection, number, now, "", "uncertain", {"response": "the program ended first"}
        )
    return len(begun)


def reason_to_suppress(connection: sqlite3.Connection, to_key: str, contact_id: str) -> str | None:
    """T8: why no mail goes to this address, or to this contact wherever it lives."""
    listed, subscription, erasure_key = connection.execute(
        SQL["reasons_to_suppress"], (to_key, contact_id)
    ).fetchone()
    listed = listed or opt_outs.reason(connection, erasure_key, to_key)
    if listed is not None:
        return str(listed)
    if subscription is None:
        return _reason_of_removed(connection, contact_id)
    return "unsubscribed" if subscription == "unsubscribed" else None


def _reason_of_removed(connection: sqlite3.Connection, contact_id: str) -> str | None:
    """A merged contact's mails go as those of whom it was merged into would; a deleted one's do
    not: whoever deleted it expects no mail to it (U7)."""
    now = removals.whereabouts(connection, contact_id)
    return _reason_of(connection, now) if isinstance(now, str) else DELETED


def _reason_of(connection: sqlite3.Connection, contact_id: str) -> str | None:
    _, subscription, _ = connection.execute(SQL["reasons_to_suppress"], ("", contact_id)).fetchone()
    return "unsubscribed" if subscription == "unsubscribed" else None


def obstacle(connection: sqlite3.Connection, one: Claimed, now: str) -> Verdict | None:
    """Why a mail must not go now, however it stood when it was recorded (T8)."""
    message = one.message
    if message.expires_at is not None and message.expires_at <= rows.moment(now):
        return Verdict("failed", "expired")
    reason = reason_to_suppress(connection, one.to_key, message.contact_id)
    return None if reason is None else Verdict("suppressed", reason)


def is_erased(connection: sqlite3.Connection, number: int) -> bool:
    """Whether a mail's person was erased while it was in hand (U7)."""
    return rows.first(connection, "erased_message", number) is not None


def insert_attempt(
    connection: sqlite3.Connection,
    number: int,
    now: str,
    sender: str,
    outcome: str,
    details: Mapping[str, Any],
) -> None:
    """Keeps a sender's answer; `details` are those of a failure, or have the `response` alone.

    Whoever wrote the sender chose what they hold: what is no fit is left out.
    """
    stage, enhanced_code = (told(details.get(name)) or None for name in ("stage", "enhanced_code"))
    code = details.get("smtp_code")
    smtp_code = code if isinstance(code, int) and 0 < code < 1000 else None
    response = told(details.get("response"))
    values = (number, now, sender, outcome, stage, smtp_code, enhanced_code, response, number)
    connection.execute(SQL["insert_attempt"], values)


def told(said: object) -> str:
    """What a sender said, as the file and a terminal can take it."""
    return printable_lines(said[:_LONGEST_RESPONSE]) if isinstance(said, str) else ""


def attempts(connection: sqlite3.Connection, id: str) -> tuple[Attempt, ...]:
    """The senders' answers to a mail, oldest first."""
    return tuple(
        Attempt(
            number=attempt,
            at=rows.moment(at),
            sender=sender,
            outcome=outcome,
            stage=stage,
            smtp_code=smtp_code,
            enhanced_code=enhanced_code,
            response=response,
        )
        for (attempt, at, sender, outcome, stage, smtp_code, enhanced_code, response) in rows.run(
            connection, "attempts_of_message", id
        )
    )


def has_work(connection: sqlite3.Connection, now: str, include_stale: bool) -> bool:
    """Whether there is anything to claim, or a lease to end."""
    farthest = retrying.later(now, retrying.CLOCK_SLIP)
    values = {"now": now, "farthest": farthest, "include_stale": bool(include_stale)}
    found: tuple[int] = connection.execute(SQL["has_work"], values).fetchone()
    return found != (0,)


class Queued(NamedTuple):
    """What waits in the outbox."""

    stale: int
    waiting: int  # due or not yet, and not stale
    next_due: datetime | None  # of the mails in somebody's hands, too


def queued_counts(connection: sqlite3.Connection) -> Queued:
    """How much waits, and until when."""
    row = rows.first(connection, "queued_counts")
    assert row is not None
    queued, stale, next_due = row
    return Queued(stale, queued - stale, None if next_due is None else rows.moment(next_due))


def count_undecided(connection: sqlite3.Connection) -> int:
    """How many mails wait for a person's word."""
    row = rows.first(connection, "count_undecided")
    assert row is not None
    return int(row[0])


def uncertain_attempts(connection: sqlite3.Connection, number: int) -> int:
    """How often it stayed unknown whether the mail went."""
    row = rows.first(connection, "count_uncertain_attempts", number)
    assert row is not None
    return int(row[0])


def open_breaker(connection: sqlite3.Connection, sender: str, response: str, now: str) -> None:
    """Leaves a sender alone for a while, twice as long each time."""
    if breaker_until(connection, sender, now) is not None:
        return  # others came to the same shut door meanwhile, and wrote that down
    row = rows.first(connection, "breaker", sender)
    failures = 1 if row is None else int(row[0]) + 1
    until = retrying.later(now, retrying.breaker_wait(failures))
    connection.execute(SQL["set_breaker"], (sender, failures, until, told(response), now))


def breaker_until(connection: sqlite3.Connection, sender: str, now: str) -> tuple[str, str] | None:
    """Until when a sender is left alone, and why; None where it may be asked."""
    row = rows.first(connection, "breaker", sender)
    if row is None or not now < row[1] <= retrying.later(now, retrying.CLOCK_SLIP):
        return None
    return row[1], row[2]


def decide(connection: sqlite3.Connection, id: str, status: str, now: str) -> None:
    """A person's decision about a mail; queued again, it is due at once."""
    due_at = now if status == "queued" else None
    values = {"id": id, "status": status, "due_at": due_at, "now": now}
    connection.execute(SQL["decide"], values)


def cancel_stale(connection: sqlite3.Connection, now: str) -> int:
    """Gives up what is held back; gives how many mails that was."""
    return connection.execute(SQL["cancel_stale"], {"now": now}).rowcount


def stats(connection: sqlite3.Connection, now: str) -> OutboxStats:
    """How the outbox stands."""
    queued = queued_counts(connection)
    ((due,),) = rows.run(connection, "count_due", now)
    left_alone = rows.run(connection, "open_breakers", now)
    return OutboxStats(
        by_status=ReadOnlyDict(rows.run(connection, "count_by_status")),
        due=due,
        stale=queued.stale,
        undecided=count_undecided(connection),
        next_due=queued.next_due,
        left_alone=ReadOnlyDict({name: rows.moment(until) for name, until in left_alone}),
    )


def close_breaker(connection: sqlite3.Connection, sender: str) -> None:
    """The sender was reached."""
    connection.execute(SQL["delete_breaker"], (sender,))
