"""Sends by one sender, and hands a copy to others: an archive beside the real thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wixcrm_local import log
from wixcrm_local.errors import WixCRMError
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.any_callable import as_sender
from wixcrm_local.senders.sender import Receipt, Sender, hand_over
from wixcrm_local.senders.wrapping import WrappingSender, sender_within

if TYPE_CHECKING:
    from wixcrm_local.senders.smtp_timeouts import Timeouts


class TeeSender(WrappingSender):
    """`first` sends; each of `others` gets a copy of what `first` took, in turn.

    The first one alone decides what becomes of a mail. A copy that fails must not have the mail
    sent a second time: it is logged, named in the receipt's response, and not tried again. Where
    a copy matters as much as the mail, make it the first one. Only `first` is kept open over a
    batch.
    """

    def __init__(self, first: object, *others: object) -> None:
        super().__init__(first)
        self.others: tuple[Sender, ...] = tuple(map(as_sender, others))

    @property
    def name(self) -> str:
        return f"tee({', '.join(sender.name for sender in (self.sender, *self.others))})"

    @property
    def only_shows(self) -> bool:
        """Whether all of them send nothing."""
        return all(getattr(it, "only_shows", False) for it in (self.sender, *self.others))

    def within(self, timeouts: Timeouts) -> Self:
        other = super().within(timeouts)
        other.others = tuple(sender_within(sender, timeouts) for sender in self.others)
        return other

    def send(self, message: OutboxMessage) -> Receipt:
        """Sends the mail. Raises what `first` raises."""
        response = hand_over(self.sender, message).response
        missing = [_failure_of_copy(sender, message) for sender in self.others]
        return self.receipt("; ".join(filter(None, [response, *missing])))


def _failure_of_copy(sender: Sender, message: OutboxMessage) -> str:
    """Why a copy failed; '' where it was taken."""
    try:
        hand_over(sender, message)
    except WixCRMError as failure:
        log.info("no copy of mail %s for %s: %s", message.id, sender.name, failure.code)
        return f"no copy for {sender.name} ({failure.code})"
    return ""
