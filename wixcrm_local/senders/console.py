"""Prints mails for people to read, in place of sending them."""

from __future__ import annotations

import sys
import threading
from typing import ClassVar, TextIO

import attrs

from wixcrm_local.errors import SenderUnavailable
from wixcrm_local.message import OutboxMessage
from wixcrm_local.printable import printable, printable_lines
from wixcrm_local.senders.sender import Receipt, optional_address

_writing = threading.Lock()  # one for all: several senders may print on one stream


@attrs.frozen(eq=False)
class ConsoleSender:
    """Prints each mail's headers and text part on `stream`, or on what `sys.stdout` is then.

    Characters that steer a terminal are shown as escapes such as \\x1b, as are those that the
    stream's encoding lacks. The mail is written in one piece and flushed.
    """

    only_shows: ClassVar[bool] = True

    stream: TextIO | None = attrs.field(default=None, repr=False)
    from_address: str | None = attrs.field(default=None, kw_only=True, converter=optional_address)

    @property
    def name(self) -> str:
        return "console:"

    def send(self, message: OutboxMessage) -> Receipt:
        """Prints the mail. Raises `SenderUnavailable` where the stream is closed or broken,
        `FromAddressMissing` and `UnmailableMessage`."""
        message.as_bytes(self.from_address)  # what is shown here can be sent elsewhere
        stream = sys.stdout if self.stream is None else self.stream
        try:
            with _writing:
                stream.write(_encodable(_shown(message, self.from_address), stream))
                stream.flush()
        except (OSError, ValueError, AttributeError) as error:  # broken, closed, or none at all
            raise SenderUnavailable(
                f"mail {message.id} can't be printed, as the stream is closed or broken "
                f"({type(error).__name__}); pass a stream that is open",
                details={"stage": "stream", "id": message.id},
            ) from error
        return Receipt(sender=self.name)


def _shown(message: OutboxMessage, from_address: str | None) -> str:
    to = f"{message.to_name} <{message.to}>" if message.to_name else message.to
    headers = {
        "Mail": message.id,
        "From": message.from_address or from_address or "",
        "To": to,
        "Subject": message.subject,
    }
    lines = [f"{name}: {printable(value)}" for name, value in headers.items()]
    return "\n".join([*lines, "", printable_lines(message.text).rstrip("\n"), "", ""])


def _encodable(text: str, stream: TextIO) -> str:
    """The text with an escape for each character that the stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None)  # of a StringIO: none
    if not encoding:
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)
