"""What the tests of delivery share: a sender that answers as it is told, and a store with mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wixcrm_local import (
    CRM,
    OutboxMessage,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders import Receipt

SHOP = "shop@example.com"
FAILURES: dict[str, Callable[[], Exception]] = {
    "temporary": lambda: TemporaryFailure("not now; wait"),
    "permanent": lambda: PermanentFailure("never; give up"),
    "uncertain": lambda: UncertainDelivery("the line went dead; look there"),
    "unavailable": lambda: SenderUnavailable("nobody there; try later"),
}


class Postman:
    """Answers with one word, error or function after the other, and then takes everything."""

    def __init__(self, *answers: object, name: str = "postman:") -> None:
        self.answers = list(answers)
        self.asked: list[OutboxMessage] = []
        self.name = name

    def send(self, message: OutboxMessage) -> Any:
        self.asked.append(message)
        answer = self.answers.pop(0) if self.answers else "sent"
        if callable(answer):
            answer = answer()
        if isinstance(answer, str) and answer in FAILURES:
            answer = FAILURES[answer]()
        if isinstance(answer, BaseException):
            raise answer
        return Receipt(sender=self.name, response="250 taken") if answer == "sent" else answer


def prepare(crm: CRM, emails: int = 1) -> list[str]:
    """A Triggered Email `a`, contacts, and the file's first delivery behind it; their ids."""
    crm.triggered_emails.save("a", subject="Hi ${n}", text="Hi ${n}", variables={"n": "you"})
    crm.deliver(Postman())
    return [crm.create_contact({"emails": [f"{it}@example.com"]}) for it in range(emails)]


def statuses(crm: CRM) -> list[str]:
    """The outbox's statuses, oldest first."""
    return [mail.status for mail in crm.outbox]
