"""A sender whose answers are laid down beforehand, for comparing deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from wixcrm_local import (
    DeliveryFailure,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders import Receipt

_TOLD = ("id", "message_id", "to", "from_address", "subject", "status", "attempts")
_LATER = {"stage": "rcpt", "smtp_code": 451, "enhanced_code": "4.2.1", "response": "451 later"}
_NEVER = {"stage": "data", "smtp_code": 550, "enhanced_code": "5.7.1", "response": "550 no"}
_DEAD = {"stage": "rcpt", "smtp_code": 550, "enhanced_code": "5.1.1", "response": "550 who?"}
_LOST = {"stage": "data", "response": "the line went dead"}
_CLOSED = {"stage": "connect", "response": "nobody there"}
FAILURES: dict[str, tuple[type[DeliveryFailure], dict[str, Any]]] = {
    "temporary": (TemporaryFailure, _LATER),
    "permanent": (PermanentFailure, _NEVER),
    "dead": (PermanentFailure, {**_DEAD, "suppress": True}),
    "uncertain": (UncertainDelivery, _LOST),
    "unavailable": (SenderUnavailable, _CLOSED),
}


class ScriptedSender:
    """Answers with one word after the other, then takes everything; `asked` says what came."""

    name = "scripted:"

    def __init__(self) -> None:
        self._answers: list[str] = []
        self.asked: list[Any] = []

    def expect(self, answers: Iterable[str]) -> None:
        """These are the next answers, "sent" or a key of FAILURES; nothing was asked yet."""
        self._answers, self.asked = list(answers), []

    def send(self, message: Any) -> Receipt:
        told = message if isinstance(message, Mapping) else attrs.asdict(message, recurse=False)
        self.asked.append([told[name] for name in _TOLD])
        answer = self._answers.pop(0) if self._answers else "sent"
        if answer == "sent":
            return Receipt(sender=self.name, response="250 taken")
        failure, details = FAILURES[answer]
        raise failure("it was told to fail; tell it another word", details=details)


class AddressedSender(ScriptedSender):
    """The same, with an address of its own to send from, or None."""

    def __init__(self, from_address: str | None) -> None:
        super().__init__()
        self.from_address = from_address
