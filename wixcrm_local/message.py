"""One mail of the outbox, and what became of it, as callers see them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from wixcrm_local.email_address import email_match_key
from wixcrm_local.errors import FromAddressMissing
from wixcrm_local.printable import printable, printable_lines

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
    "erased",
)


@attrs.frozen(kw_only=True)
class OutboxMessage:
    """A recorded mail: rendered and final, whatever becomes of template and contact (T9).

    `message_id` is the Message-ID header, `to` the bare address. `variables` has every variable's
    value in this mail, `fell_back` names those that took their fallback.

    `status` is one of

    - queued: waits for a sender until `due_at`; held back where that is None
      (`reason` "stale": it waited too long, or was recorded before any mail was delivered)
    - claimed, sending: in the hands of a program that delivers
    - sent: a sender has taken it
    - failed: for good; `reason` is refused, unmailable, gave_up or expired
    - uncertain: nobody knows whether it went. `due_at` is when it is tried once more; None: a
      person must say, with `outbox.resolve`
    - cancelled: by `outbox.cancel`
    - suppressed: `reason` says why no mail goes there: unsubscribed, bounced, complained, manual;
      deleted: its contact was deleted before it went
    - erased: its contact was erased, and all that the mail said with it

    `attempts` counts the senders' answers (`outbox.attempts` has them). Times are aware datetimes
    in UTC; `created_at` is the Date header, `ready_at` when the mail was to go.
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
    unsubscribe_url: str | None = None
    idempotency_key: str | None = None
    attempts: int = 0
    ready_at: datetime | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None

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
            unsubscribe_url=self.unsubscribe_url,
        )

    def links(self) -> tuple[str, ...]:
        """The addresses a reader can open, in their order, each once: hrefs and bare URLs."""
        from wixcrm_local import mail_reading

        return mail_reading.links(self.html, self.text)

    def codes(self) -> tuple[str, ...]:
        """The one-time codes in subject and text, in their order, each once.

        4 to 8 digits ("123 456" as "123456"), or letters and digits set apart, such as AB12-CD34;
        no phone numbers, dates, prices or years, and nothing inside a URL.
        """
        from wixcrm_local import mail_reading

        return mail_reading.codes(self.subject, self.html, self.text)

    def preview(self) -> str:
        """The mail as a reader without HTML sees it: from whom, to whom, subject, text."""
        to = f"{self.to_name} <{self.to}>" if self.to_name else self.to
        lines = (f"To: {to}", f"Subject: {self.subject}")
        head = lines if self.from_address is None else (f"From: {self.from_address}", *lines)
        return "\n".join([*map(printable, head), "", printable_lines(self.text), ""])


@attrs.frozen(kw_only=True)
class Attempt:
    """One answer of a sender to one mail.

    `outcome` is sent, temporary, permanent or uncertain; `stage` is where it ended, such as rcpt;
    `smtp_code` and `enhanced_code` (RFC 3463) are there if a server gave them, `response` is what
    it said.
    """

    number: int
    at: datetime
    sender: str
    outcome: str
    stage: str | None
    smtp_code: int | None
    enhanced_code: str | None
    response: str


@attrs.frozen(kw_only=True)
class DeliveryReport:
    """What one run of `deliver` did, and what it left.

    Done in this run: `sent`; `deferred` (not taken now, tried again later); `failed` (for good);
    `uncertain` (nobody knows whether they went); `suppressed` (no mail goes there).

    Left in the outbox: `waiting` (queued, to go now or later), `stale` (held back until
    `include_stale=True` or `outbox.cancel_stale()`), `undecided` (uncertain twice: until
    `outbox.resolve`). `next_due` is when there is something to do again, None: nothing is known.

    `unavailable` says why the sender took nothing, or nothing more; None: it was there.
    """

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    suppressed: int = 0
    waiting: int = 0
    stale: int = 0
    undecided: int = 0
    next_due: datetime | None = None
    unavailable: str | None = None


@attrs.frozen(kw_only=True)
class PlannedMail:
    """What a delivery would do with one mail just now.

    `obstacle` is None where a sender would be asked to take it, else why not: stale, not_due,
    expired, unavailable (the sender is left alone), beyond_limit, in_other_hands, undecided (see
    `outbox.resolve`), or why no mail goes there: unsubscribed, bounced, complained,
    manual, deleted.
    `due_at` is when it may go, where that is known.
    """

    id: str
    to: str
    subject: str
    obstacle: str | None
    due_at: datetime | None


@attrs.frozen(kw_only=True)
class DeliveryPreview:
    """What `deliver` would do just now: with the mails that are not done, in the order in which
    they would go, and then all that would not. `unavailable` is why its sender would not be asked.
    """

    mails: tuple[PlannedMail, ...]
    unavailable: str | None = None


@attrs.frozen(kw_only=True)
class OutboxStats:
    """How the outbox stands.

    `by_status` counts all mails. Of those that are queued, `due` could go now and `stale` are held
    back; `undecided` are uncertain until `outbox.resolve`. `next_due` is when there is something
    to do again. `left_alone` has the senders that could not be reached, and until when.
    """

    by_status: Mapping[str, int] = attrs.field(hash=False)
    due: int
    stale: int
    undecided: int
    next_due: datetime | None
    left_alone: Mapping[str, datetime] = attrs.field(hash=False)


def message_id_header(id: str, from_address: str | None) -> str:
    """The Message-ID of the mail with this id: the same at every try of sending it.

    Its right side is the sender's domain (in ASCII, as headers are) if that is known, never a
    host name.
    """
    return f"<{id}@{_domain(from_address)}>"


@lru_cache(maxsize=64)
def _domain(from_address: str | None) -> str:
    key = email_match_key(from_address) if from_address else None
    return key.rpartition("@")[2] if key else "wixcrm-local.invalid"
