"""The sender of a store that has none: it takes no mail, so that nothing ever leaves by default."""

from __future__ import annotations

from typing import NoReturn

import attrs

from wixcrm_local.errors import SenderUnavailable
from wixcrm_local.message import OutboxMessage


@attrs.frozen(eq=False)
class OutboxSender:
    """Leaves every mail in the outbox.

    `send` always raises `SenderUnavailable`: no attempt is spent, and the mail stays queued for
    the sender to come.
    """

    name: str = attrs.field(default="outbox:", init=False)

    def send(self, message: OutboxMessage) -> NoReturn:
        """Takes nothing. Raises `SenderUnavailable`."""
        raise SenderUnavailable(
            f"mail {message.id} stays in the outbox, as no sender is set; pass one, such as "
            "sender=SMTPSender.from_url(…)",
            details={"stage": "sender", "reason": "no_sender", "id": message.id},
        )
