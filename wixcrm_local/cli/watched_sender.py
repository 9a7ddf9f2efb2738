"""A sender that counts what it is asked and keeps why it said no, for the bar and the summary.

Law: for the delivery it is the sender it wraps, with the same name, and whatever else that has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wixcrm_local.errors import DeliveryFailure, SenderUnavailable, UnmailableMessage
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders import Receipt, Sender, hand_over

_MOST_FAILURES = 5  # of thousands, the first say what is wrong


class WatchedSender:
    """Hands each mail to `sender`, and then tells `asked` how many there were so far.

    `failures` has the first mails that were not taken, with the errors, `count` how many it was
    asked to take.
    """

    def __init__(self, sender: Sender, asked: Callable[[int], object] = lambda count: None) -> None:
        self.failures: list[tuple[OutboxMessage, Exception]] = []
        self._sender = sender
        self._asked = asked
        self.count = 0

    @property
    def name(self) -> str:
        return self._sender.name

    def __getattr__(self, name: str) -> Any:
        """What only some senders have, from_address, __enter__ and __exit__, is there if it is."""
        return getattr(self._sender, name)

    def send(self, message: OutboxMessage) -> Receipt:
        try:
            return hand_over(self._sender, message)
        except SenderUnavailable:
            raise
        except (DeliveryFailure, UnmailableMessage) as error:
            if len(self.failures) < _MOST_FAILURES:
                self.failures.append((message, error))
            raise
        finally:
            self.count += 1
            self._asked(self.count)
