"""What senders share that hand mails on to another one."""

from __future__ import annotations

import copy
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, cast

from wixcrm_local.senders.any_callable import as_sender
from wixcrm_local.senders.sender import Receipt, Sender

if TYPE_CHECKING:
    from wixcrm_local.senders.smtp_timeouts import Timeouts


class HasAddress(Protocol):
    """A sender that writes a From line."""

    from_address: str | None


class WrappingSender:
    """Hands mails on to `sender`, and lends it the batch that it is opened over.

    Its receipts carry its own name, so that the outbox tells which way a mail went.
    """

    def __init__(self, sender: object) -> None:
        self.sender: Sender = as_sender(sender)

    @property
    def name(self) -> str:
        raise NotImplementedError

    @property
    def from_address(self) -> str | None:
        """That of the sender it hands on to. Raises `AttributeError` where that needs none."""
        return cast(HasAddress, self.sender).from_address

    @property
    def only_shows(self) -> bool:
        """Whether the sender it hands on to sends nothing."""
        return bool(getattr(self.sender, "only_shows", False))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def within(self, timeouts: Timeouts) -> Self:
        """The same, with other times where the sender it hands on to has any."""
        other = copy.copy(self)
        other.sender = sender_within(self.sender, timeouts)
        return other

    def __enter__(self) -> Self:
        enter = getattr(self.sender, "__enter__", None)
        if enter is not None:
            enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        leave = getattr(self.sender, "__exit__", None)
        if leave is not None:
            leave(kind, error, traceback)

    def receipt(self, response: str) -> Receipt:
        """A receipt of this sender's own."""
        return Receipt(sender=self.name, response=response)


def sender_within(sender: Sender, timeouts: Timeouts) -> Sender:
    """`sender.within(timeouts)` where it has time-outs, else the sender itself."""
    within = getattr(sender, "within", None)
    return sender if within is None else as_sender(within(timeouts))
