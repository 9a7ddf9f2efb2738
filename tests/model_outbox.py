"""The model's outbox: the recorded mails, and what a person decides about them (T9, T10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_reading import email_key

from wixcrm_local import InvalidArgument, MessageNotFound, WrongMessageStatus

Stored = dict[str, Any]
STATUSES = (
    "queued",
    "claimed",
    "sending",
    "sent",
    "failed",
    "uncertain",
    "cancelled",
    "suppressed",
)


class Outbox:
    """T9, T10: the mails, oldest first; `model` is whoever keeps state and time."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def _mails(self) -> list[Stored]:
        return self._model.state["outbox"]

    def __len__(self) -> int:
        return len(self._mails)

    def __getitem__(self, place: int | slice) -> Any:
        return self._mails[place]

    def __iter__(self) -> Iterator[Stored]:
        return iter(self._mails)

    def get(self, id: Any) -> Stored:
        for mail in self._mails:
            if mail["id"] == id:
                return mail
        raise MessageNotFound("")

    def last(self) -> Stored | None:
        return self._mails[-1] if self._mails else None

    def where(
        self, *, status: Any = None, contact_id: Any = None, email_id: Any = None, to: Any = None
    ) -> list[Stored]:
        texts = (contact_id, email_id, to)
        if not all(given is None or isinstance(given, str) for given in texts):
            raise InvalidArgument("")
        if status not in (None, *STATUSES):
            raise InvalidArgument("")
        return [
            mail
            for mail in self._mails
            if (status in (None, mail["status"]))
            and contact_id in (None, mail["contact_id"])
            and email_id in (None, mail["email_id"])
            and (to is None or email_key(to) == email_key(mail["to"]))
        ]

    def cancel(self, id: Any) -> Stored:
        mail = self.get(id)
        return mail if mail["status"] == "cancelled" else self._decide(mail, "cancelled", "queued")

    def cancel_stale(self) -> int:
        stale = [mail for mail in self._mails if is_stale(mail)]
        for mail in stale:
            self._decide(mail, "cancelled", "queued")
        return len(stale)

    def retry(self, id: Any) -> Stored:
        mail = self.get(id)
        return self._decide(mail, "queued", "queued", "failed", "cancelled", "suppressed")

    def resolve(self, id: Any, outcome: Any) -> Stored:
        if outcome not in ("sent", "resend"):
            raise InvalidArgument("")
        status = "sent" if outcome == "sent" else "queued"
        return self._decide(self.get(id), status, "uncertain")

    def attempts(self, id: Any) -> list[Stored]:
        return self._model.state["attempts"].get(self.get(id)["id"], [])

    def stats(self) -> Stored:
        now = self._model.now()
        statuses = [mail["status"] for mail in self._mails]
        return {
            "by_status": {status: statuses.count(status) for status in statuses},
            "due": len([mail for mail in self._mails if is_due(mail, now)]),
            "left_alone": {
                name: breaker["until"]
                for name, breaker in self._model.state["breakers"].items()
                if breaker["until"] > now
            },
            **self.left(),
        }

    def left(self) -> Stored:
        """What waits for a delivery or a person, and when there is something to do again."""
        times = [mail["due_at"] for mail in self._mails if mail["due_at"] is not None]
        return {
            "stale": len([mail for mail in self._mails if is_stale(mail)]),
            "undecided": len(
                [m for m in self._mails if m["status"] == "uncertain" and m["due_at"] is None]
            ),
            "next_due": min(times, default=None),
        }

    def _decide(self, mail: Stored, status: str, *allowed: str) -> Stored:
        """A decided mail is due at once, or never; one that is queued again grows old from now."""
        if mail["status"] not in allowed:
            raise WrongMessageStatus("")
        now = self._model.now()
        mail |= {"status": status, "reason": None, "due_at": None, "updated_at": now}
        if status == "queued":
            mail |= {"due_at": now, "ready_at": now}
        return mail


def is_stale(mail: Stored) -> bool:
    """Whether a mail is held back."""
    return mail["status"] == "queued" and mail["due_at"] is None


def is_due(mail: Stored, now: Any) -> bool:
    """Whether a mail may go now."""
    return mail["status"] == "queued" and mail["due_at"] is not None and mail["due_at"] <= now
