"""Triggered Emails: recorded, delivered, and who wants none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wixcrm_local.crm.opening import Opened
from wixcrm_local.model import Contact
from wixcrm_local.policy import Policy

if TYPE_CHECKING:
    import threading

    from wixcrm_local.message import DeliveryPreview, DeliveryReport, OutboxMessage
    from wixcrm_local.outbox import Outbox
    from wixcrm_local.senders.sender import Sender
    from wixcrm_local.suppressions import Suppressions
    from wixcrm_local.triggered_emails import TriggeredEmails


class MailVerbs(Opened):
    """Triggered Emails: recorded, delivered, and who wants none."""

    # The mail half is loaded when it is first used: start-up is part of the speed.

    @cached_property
    def triggered_emails(self) -> TriggeredEmails:
        """The register of Triggered Emails."""
        from wixcrm_local.triggered_emails import TriggeredEmails

        return TriggeredEmails(self._context)

    @cached_property
    def outbox(self) -> Outbox:
        """The mails that were sent, as a read-only sequence."""
        from wixcrm_local.outbox import Outbox

        return Outbox(self._context)

    @cached_property
    def suppressions(self) -> Suppressions:
        """The addresses that get no mail (T8)."""
        from wixcrm_local.suppressions import Suppressions

        return Suppressions(self._context)

    def email_contact(
        self,
        email_id: str,
        to_contact: str,
        options: Mapping[str, Any] | None = None,
        *,
        policy: Policy | None = None,
    ) -> None:
        """Sends a Triggered Email to a contact (A1); raises as `send_email`."""
        self.send_email(email_id, to_contact, options, policy=policy)

    emailContact = email_contact

    def send_email(
        self,
        email_id: str,
        to_contact: str,
        options: Mapping[str, Any] | None = None,
        *,
        policy: Policy | None = None,
        idempotency_key: str | None = None,
        send_at: datetime | None = None,
        expires_in: timedelta | float | None = None,
    ) -> OutboxMessage:
        """As `email_contact`, and gives the mail as it stands in the outbox (A3).

        - `idempotency_key`: the same key for the same mail again gives the first one back
        - `send_at`: an aware datetime before which no sender is asked
        - `expires_in`: after so long (a timedelta, or seconds), from when it may go, it is too late

        With a sender, the mail is recorded first and then handed over: what is refused for good
        raises `EmailNotSent`; what can't be sent now stays queued for `deliver`. Inside a
        transaction, it is handed over after it.

        Raises `TriggeredEmailNotFound`, `ContactNotFound`, `ContactHasNoEmail`,
        `ContactUnsubscribed`, `InvalidEmailOptions`, `InvalidVariable`, `UnknownVariable`,
        `MissingVariable`, `InvalidArgument`, `IdempotencyConflict`, `FromAddressMissing` and
        `EmailNotSent`.
        """
        from wixcrm_local import mailing
        from wixcrm_local.email_options import sending_terms

        return mailing.send(
            self._context,
            email_id,
            to_contact,
            options,
            policy or self._context.policy,
            sending_terms(idempotency_key, send_at, expires_in),
            self._relay,
        )

    def deliver(
        self,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        *,
        limit: int | None = None,
        include_stale: bool = False,
        stop: threading.Event | None = None,
    ) -> DeliveryReport:
        """Hands the mails that are due to `sender`, else to the CRM's own, one after another.

        Any number of programs may deliver from one file at a time. It ends when nothing is left
        to do now, after `limit` mails, or when the sender can't be reached, which `unavailable`
        of the report tells; or after the mail in hand, once `stop` is set. What was recorded
        before the file's first delivery, or waited for more than a day without one, goes only
        with `include_stale=True`.

        Raises `InvalidArgument`, `FromAddressMissing` and the errors of the file.
        """
        from wixcrm_local import relay

        chosen = self._sender if sender is None else self._real_sender(sender)
        return relay.deliver(
            self._context, chosen, limit=limit, include_stale=include_stale, stop=stop
        )

    def preview_delivery(
        self,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        *,
        limit: int | None = None,
        include_stale: bool = False,
    ) -> DeliveryPreview:
        """What `deliver` would do just now; nobody is asked, nothing is sent and nothing changed.

        Without any sender, what one would be handed. Raises as `deliver` would.
        """
        from wixcrm_local import rehearsal

        chosen = self._sender if sender is None else self._real_sender(sender)
        return rehearsal.preview(self._context, chosen, limit=limit, include_stale=include_stale)

    def start_delivery(self, interval: float = 30) -> None:
        """Delivers on a thread of its own, now and then every `interval` seconds, until
        `stop_delivery` or `close`.

        Raises `InvalidArgument`, also where the CRM has no sender.
        """
        self._background.start(interval)

    def stop_delivery(self, timeout: float | None = None) -> bool:
        """Ends that thread after the mail it has in hand; False if it took longer than `timeout`
        seconds."""
        return self._background.stop(timeout)

    def unsubscribe(self, who: str | Contact) -> None:
        """No more mail to a contact, whatever its address; or to an address, whoever has it (T8).

        Raises `ContactNotFound`, `InvalidArgument`.
        """
        from wixcrm_local import suppressions

        suppressions.unsubscribe(self._context, who)

    def resubscribe(self, who: str | Contact) -> None:
        """Takes `unsubscribe` back. Raises as it does."""
        from wixcrm_local import suppressions

        suppressions.resubscribe(self._context, who)
