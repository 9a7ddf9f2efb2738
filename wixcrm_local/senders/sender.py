"""What a sender is: who takes one finished mail to the world, and answers how it went.

Law: `send` returns a `Receipt` where the mail was taken, or raises one of the four failures; no
secret of a sender stands in its name, its repr, an error or a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import attrs

from wixcrm_local.email_address import checked_address
from wixcrm_local.errors import UncertainDelivery, WixCRMError
from wixcrm_local.message import OutboxMessage
from wixcrm_local.text import kind_of

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Receipt:
    """What a sender says of a mail it took.

    `sender` is the sender's name, `response` what it answered, such as
    "250 2.0.0 Ok: queued as 4F1". Neither holds a secret.
    """

    sender: str
    response: str = ""


class Sender(Protocol):
    """Takes one finished mail at a time to the world, from any number of threads.

    It may also have

    - `from_address: str | None`, used where a mail was recorded without one;
    - `only_shows = True`, where nothing is sent: such a delivery is not a file's first;
    - `__enter__` and `__exit__`, to keep a connection open over a batch; `send` works without
      them, too;
    - `within(timeouts) -> Sender`: the same one with other time-outs, for a call that somebody
      waits for.
    """

    @property
    def name(self) -> str:
        """One line that stays the same over restarts and holds no secret: the sender's breaker
        goes by it. Such as "smtps://user@host:465"."""

    def send(self, message: OutboxMessage) -> Receipt:
        """Hands over one mail, whose bytes are `message.as_bytes(self.from_address)`.

        Raises

        - `TemporaryFailure` where this mail may be taken later,
        - `PermanentFailure` where it never will; `details["suppress"]` is True where its
          address is dead, for any mail,
        - `UncertainDelivery` where nobody can tell whether it was taken,
        - `SenderUnavailable` where the sender could not be reached or was not let in, which
          says nothing about the mail,
        - `FromAddressMissing` and `UnmailableMessage`, as `as_bytes` does.

        `details` is JSON-able: stage, smtp_code, enhanced_code, response, where there are any.
        """


def hand_over(sender: Sender, message: OutboxMessage) -> Receipt:
    """`sender.send(message)`, with every breach of the protocol as `UncertainDelivery`.

    What raises an error of its own, or answers something else than a `Receipt`, may have taken
    the mail or not: nobody can tell.
    """
    answer = guarded(sender.send, message, sender.name)
    if not isinstance(answer, Receipt):
        raise breach(sender.name, message, f"answered {kind_of(answer)} in place of a Receipt")
    return answer


@contextmanager
def lent(sender: Sender) -> Iterator[None]:
    """Lets a sender keep open what it opens while inside, where it is a context manager."""
    enter, leave = getattr(sender, "__enter__", None), getattr(sender, "__exit__", None)
    if enter is None or leave is None:
        yield
        return
    enter()
    try:
        yield
    finally:
        leave(None, None, None)


def guarded(send: Callable[[OutboxMessage], T], message: OutboxMessage, name: str) -> T:
    """`send(message)`, where errors that a sender must not raise become `UncertainDelivery`."""
    try:
        return send(message)
    except WixCRMError:
        raise
    except Exception as error:
        raise breach(name, message, f"raised {type(error).__name__}") from error


def breach(name: str, message: OutboxMessage, what: str) -> UncertainDelivery:
    """The failure for a sender that did `what`, against the protocol, when handed `message`."""
    return UncertainDelivery(
        f"the sender {name} {what}, so nobody can tell whether it took mail {message.id}; "
        "look there, and have it raise one of the four failures of a sender",
        details={"stage": "sender", "id": message.id},
    )


def optional_address(address: object) -> str | None:
    """A `from_address` given to a sender, or none. Raises `InvalidArgument`."""
    return None if address is None else checked_address(address, "from_address")
