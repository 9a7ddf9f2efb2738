"""How a CRM in tests hands mails over: to its sender, which fails where it is told to; and where it
has none, only the mails that are to fail.

Law: without a failure, a CRM without a sender records mails and does nothing else.
"""

from __future__ import annotations

import sqlite3

from wixcrm_local import errors
from wixcrm_local.context import Context
from wixcrm_local.message import OutboxMessage
from wixcrm_local.relay import Relay
from wixcrm_local.senders.sender import Receipt, Sender
from wixcrm_local.senders.smtp_timeouts import Timeouts
from wixcrm_local.senders.wrapping import sender_within
from wixcrm_local.testing.failures import Failures


class SenderForTests:
    """A sender in all but its failures. What it has beside `send` and `name`, this has too."""

    def __init__(self, sender: Sender, failures: Failures) -> None:
        self.sender = sender
        self.failures = failures

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name not in ("__enter__", "__exit__"):
            raise AttributeError(name)  # to be pickled and copied is no part of it
        return getattr(self.sender, name)

    @property
    def name(self) -> str:
        return self.sender.name

    def within(self, timeouts: Timeouts) -> SenderForTests:
        """The same, with other times where the sender has any."""
        return SenderForTests(sender_within(self.sender, timeouts), self.failures)

    def send(self, message: OutboxMessage) -> Receipt:
        error = self.failures.of_sender(message.id)
        if error is not None:
            raise error
        return self.sender.send(message)


class RelayForTests(Relay):
    """A relay that remembers which mails of a transaction are to fail when it is over."""

    def __init__(self, context: Context, sender: Sender, failures: Failures) -> None:
        super().__init__(context, sender)
        self._failures = failures

    def hand_over_later(self, id: str) -> None:
        self._failures.bind(id)
        super().hand_over_later(id)

    def forget(self) -> None:
        """The store went back: perhaps to before its first delivery."""
        self._has_begun = False


class RelayToNobody(RelayForTests):
    """The relay of a CRM without a sender: it hands over what is to fail, and nothing else."""

    def __init__(self, context: Context, failures: Failures) -> None:
        super().__init__(context, SenderForTests(_Nobody(), failures), failures)

    def admits(self, connection: sqlite3.Connection, now: str) -> bool:
        # A failure is no delivery: it begins none, which would hold back what waits.
        return self._failures.has_one_for_sender()

    def hand_over_later(self, id: str) -> None:
        if self._failures.bind(id):
            Relay.hand_over_later(self, id)


class _Nobody:
    name = "failing:"

    def send(self, message: OutboxMessage) -> Receipt:
        raise errors.SenderUnavailable("no sender is set; give CRMForTests one")
