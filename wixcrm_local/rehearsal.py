"""What a delivery would do just now, mail by mail, with nobody asked and nothing changed.

Law: it takes the very steps of a delivery, in one transaction that is undone, so that the two can't
drift apart.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from wixcrm_local import delivery_rows, guards, mail_rows, relay, retrying, rows
from wixcrm_local.context import Context
from wixcrm_local.delivery import MOST_CLAIMED, new_lease
from wixcrm_local.message import DeliveryPreview, OutboxMessage, PlannedMail
from wixcrm_local.senders.sender import Sender

_NOT_DONE = ("queued", "claimed", "sending", "uncertain")


def preview(
    context: Context, sender: Sender | None, *, limit: int | None, include_stale: bool
) -> DeliveryPreview:
    """What `relay.deliver` would do with these arguments; without a sender, what one would be
    handed. Raises as it would.
    """
    guards.check_terms(context, limit)
    return context.store.rehearse(partial(_rehearsed, context, sender, limit, include_stale))


def _rehearsed(
    context: Context,
    sender: Sender | None,
    limit: int | None,
    include_stale: bool,
    connection: sqlite3.Connection,
) -> DeliveryPreview:
    now = context.now()
    unavailable = None
    if sender is None:
        guards.hold_back(connection, now)
    else:
        unavailable = guards.prepare(context, sender, include_stale, connection).refusal
    planned = [] if unavailable else _walked(connection, limit, include_stale, now)
    seen = {mail.id for mail in planned}
    why_not = partial(_why_not, now=now, is_unavailable=unavailable is not None)
    for status in _NOT_DONE:
        for message in mail_rows.messages_where(connection, status=status):
            if message.id not in seen:
                planned.append(_planned(message, why_not(message)))
    return DeliveryPreview(mails=tuple(planned), unavailable=unavailable)


def _walked(
    connection: sqlite3.Connection, limit: int | None, include_stale: bool, now: str
) -> list[PlannedMail]:
    """What a run would take into hand, and what would become of it there."""
    delivery_rows.end_leases(connection, now)
    claim = relay.claim_stale_first if include_stale else relay.claim_due
    terms: dict[str, Any] = {
        "lease": new_lease(),
        "lease_ends": retrying.later(now, retrying.LEASE),
        "now": now,
        "from_address": None,
    }
    planned: list[PlannedMail] = []
    asked = 0
    while limit is None or asked < limit:
        most = MOST_CLAIMED if limit is None else min(MOST_CLAIMED, limit - asked)
        hands = claim(connection, {**terms, "most": most})
        if not hands:
            break
        for one in hands:
            verdict = delivery_rows.obstacle(connection, one, now)
            planned.append(_planned(one.message, verdict and verdict.reason))
            asked += verdict is None
    return planned


def _why_not(message: OutboxMessage, now: str, is_unavailable: bool) -> str:
    """Why a run would leave a mail alone."""
    if message.status in ("claimed", "sending"):
        return "in_other_hands"
    if message.due_at is None:
        return "stale" if message.status == "queued" else "undecided"
    if message.due_at > rows.moment(now):
        return "not_due"
    return "unavailable" if is_unavailable else "beyond_limit"


def _planned(message: OutboxMessage, obstacle: str | None) -> PlannedMail:
    # In hand, due_at is the end of the lease, which says nothing of the mail.
    is_waiting = message.status in ("queued", "uncertain")
    return PlannedMail(
        id=message.id,
        to=message.to,
        subject=message.subject,
        obstacle=obstacle,
        due_at=message.due_at if is_waiting else message.ready_at,
    )
