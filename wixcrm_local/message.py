"""One mail of the outbox, as callers see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from wixcrm_local.email_address import email_match_key

STATUSES = (
    "queued",
    "claimed",
    "sending",
    "sent",
    "failed",
    "uncertain",
    "cancelled",
    "suppressed",
)


@attrs.frozen(kw_only=True)
class OutboxMessage:
    """A recorded mail: rendered and final, whatever becomes of template and contact (T9).

    `message_id` is the Message-ID header, `to` the bare address. `status` is one of queued,
    claimed, sending, sent, failed, uncertain, cancelled and suppressed; `reason` says why for
    the last ones. `variables` has every variable's value in this mail, `fell_back` names those
    that took their fallback. Times are aware datetimes in UTC; `created_at` is the Date header.
    """

    id: str
    message_id: str
    email_id: str
    contact_id: str
    to: str
    to_name: str
    from_address: str | None
    subject: str
    html: str | None
    text: str
    variables: Mapping[str, str] = attrs.field(hash=False)
    fell_back: tuple[str, ...]
    status: str
    reason: str | None
    created_at: datetime
    updated_at: datetime


def message_id_header(id: str, from_address: str | None) -> str:
    """The Message-ID of the mail with this id: the same at every try of sending it.

    Its right side is the sender's domain (in ASCII, as headers are) if that is known, never a
    host name.
    """
    key = email_match_key(from_address) if from_address else None
    domain = key.rpartition("@")[2] if key else "wixcrm-local.invalid"
    return f"<{id}@{domain}>"
