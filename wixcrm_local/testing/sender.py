"""A sender that fails in the ways it is told, and keeps what it takes."""

from __future__ import annotations

from collections import deque

from wixcrm_local import errors
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.memory import MemorySender
from wixcrm_local.senders.sender import Receipt
from wixcrm_local.testing.failures import failure

FROM = "sender@example.com"


class FailingSender:
    """Fails in the given ways, one mail after another, and takes all that come after.

    Each way is a word, temporary, permanent, uncertain or unavailable; an exception; or None for
    a mail that is taken. With `forever` the last way stays. What was taken stands in `messages`,
    what was asked in `asked`. `from_address` is used where a mail has none; None: it is missing
    then, as with a real sender. Raises `InvalidArgument`.
    """

    def __init__(
        self, *ways: object, forever: bool = False, from_address: str | None = FROM
    ) -> None:
        self._inbox = MemorySender(from_address=from_address)
        self._ways = deque(way if way is None else failure(way) for way in ways)
        self._last = self._ways[-1] if forever and self._ways else None
        self.asked: list[OutboxMessage] = []
        for way in self._ways:
            if isinstance(way, errors.StoreError):
                raise errors.InvalidArgument(
                    "a sender can't fail with an error of the store; choose temporary, permanent, "
                    "uncertain or unavailable, or use crm.fail_next",
                    details={"argument": "ways"},
                )

    @property
    def name(self) -> str:
        return "failing:"

    @property
    def from_address(self) -> str | None:
        """As of `MemorySender`."""
        return self._inbox.from_address

    @property
    def messages(self) -> list[OutboxMessage]:
        """What was taken."""
        return self._inbox.messages

    def send(self, message: OutboxMessage) -> Receipt:
        self.asked.append(message)
        try:
            way = self._ways.popleft()  # in one step, whatever other threads do
        except IndexError:
            way = self._last
        if way is not None:
            raise way
        return Receipt(sender=self.name, response=self._inbox.send(message).response)

    def __repr__(self) -> str:
        return f"<FailingSender with {len(self._ways)} failures to come>"
