"""Keeps mails in a list: for tests, and to look at what would be sent."""

from __future__ import annotations

import attrs

from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.sender import Receipt, optional_address


@attrs.frozen(eq=False)
class MemorySender:
    """Appends each mail to `messages`, which any thread may read.

    It refuses what no sender could take: a mail without a From, or one that can't be written
    as bytes. A mail that is handed over twice stands there twice.
    """

    messages: list[OutboxMessage] = attrs.field(factory=list, init=False, repr=False)
    from_address: str | None = attrs.field(default=None, kw_only=True, converter=optional_address)

    @property
    def name(self) -> str:
        return "memory:"

    def send(self, message: OutboxMessage) -> Receipt:
        """Takes the mail. Raises `FromAddressMissing` and `UnmailableMessage`."""
        message.as_bytes(self.from_address)
        self.messages.append(message)  # in one step, whatever other threads do
        return Receipt(sender=self.name)
