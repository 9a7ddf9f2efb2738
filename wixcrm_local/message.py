"""One mail of the outbox, as callers see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from wixcrm_local.email_address import email_match_key
from wixcrm_local.errors import FromAddressMissing

if TYPE_CHECKING:  # writing a mail is for those who send: imports do without it
    from wixcrm_local.mime import Envelope

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

    def envelope(self, from_address: str | None = None) -> Envelope:
        """Who the mail is from and to, as SMTP is told; see `as_bytes`."""
        from wixcrm_local.mime import Envelope, wire_address

        sender = self.from_address or from_address
        if sender is None:
            raise FromAddressMissing(
                f"mail {self.id} has no address to be sent from; give its Triggered Email, "
                "CRM(...) or the sender a from_address",
                details={"id": self.id},
            )
        return Envelope(wire_address(sender), wire_address(self.to))

    def as_bytes(self, from_address: str | None = None) -> bytes:
        """The mail as it goes over the wire (RFC 5322), the same bytes at every call.

        `from_address` is used where the mail was recorded without one. Raises
        `FromAddressMissing` and `UnmailableMessage`.
        """
        from wixcrm_local.mime import mail_bytes

        return mail_bytes(
            id=self.id,
            message_id=self.message_id,
            date=self.created_at,
            envelope=self.envelope(from_address),
            to_name=self.to_name,
            subject=self.subject,
            text=self.text,
            html=self.html,
        )


def message_id_header(id: str, from_address: str | None) -> str:
    """The Message-ID of the mail with this id: the same at every try of sending it.

    Its right side is the sender's domain (in ASCII, as headers are) if that is known, never a
    host name.
    """
    key = email_match_key(from_address) if from_address else None
    domain = key.rpartition("@")[2] if key else "wixcrm-local.invalid"
    return f"<{id}@{domain}>"
