"""Sends every mail to one address, so that a test never reaches a customer."""

from __future__ import annotations

import attrs

from wixcrm_local.email_address import checked_address
from wixcrm_local.errors import PermanentFailure
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.sender import Receipt, hand_over
from wixcrm_local.senders.wrapping import WrappingSender


class RedirectSender(WrappingSender):
    """Hands every mail to `sender` with `to` as its only recipient.

    Whom it was for stands in the subject, as "[for ana@example.com] …", and nowhere else: not in
    the envelope, and in no header that names recipients. Id, Message-ID and bodies stay.
    """

    def __init__(self, to: str, sender: object) -> None:
        self.to = checked_address(to, "to")
        super().__init__(sender)

    @property
    def name(self) -> str:
        return f"redirect({self.to}, {self.sender.name})"

    def send(self, message: OutboxMessage) -> Receipt:
        """Sends the mail to `to`. Raises what `sender` raises; a dead address is never the
        contact's, so nothing asks for its suppression."""
        redirected = attrs.evolve(
            message, to=self.to, to_name="", subject=f"[for {message.to}] {message.subject}"
        )
        try:
            return self.receipt(hand_over(self.sender, redirected).response)
        except PermanentFailure as failure:
            failure.details.pop("suppress", None)
            raise
