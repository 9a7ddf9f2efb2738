"""The model's delivery: which mails a sender is asked to take, and what becomes of them (email.md).

Of the library it has the share by which a mail's next try is spread, and no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from model_outbox import is_due, is_stale

from wixcrm_local import (
    EmailNotSent,
    FromAddressMissing,
    InvalidArgument,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
    WixCRMError,
)
from wixcrm_local.retrying import wait

Stored = dict[str, Any]
DAY = timedelta(days=1)
LONGEST_BREAK = timedelta(minutes=15)
HANDFUL = 20


def backoff(mail: Stored, attempt: int) -> timedelta:
    """Twice as long after each attempt, at most four hours, and up to 15 % more or less."""
    plain = min(4 * 60 * 60, 60 * 2 ** (attempt - 1))
    spread = wait(mail["id"], attempt)
    assert abs(spread / plain - 1) <= 0.15
    return timedelta(seconds=spread)


class Delivery:
    """Hands mails over; `Model` keeps the state."""

    sender: Any
    from_address: str | None
    depth: int  # of open transactions
    state: dict[str, Any]
    outbox: Any
    suppressions: Any

    def now(self) -> datetime:
        raise NotImplementedError

    def deliver(
        self, sender: Any = None, *, limit: Any = None, include_stale: bool = False
    ) -> Stored:
        if self.depth or not (limit is None or (type(limit) is int and limit > 0)):
            raise InvalidArgument("")
        sender = sender or self.sender
        if sender is None:
            return self._report({}, "no sender")
        if self._is_idle(include_stale):
            return self._report({}, sender=sender)
        self._hold_back()
        if self._is_left_alone(sender):
            return self._report({}, "left alone", sender)
        self._refuse_missing_from(sender, include_stale)
        return self._report(*self._run(sender, limit, include_stale), sender)

    def hand_over_now(self, mail: Stored) -> None:
        """T10: right after it was recorded; a refusal for good is told."""
        if is_due(mail, self.now()) and not self._is_left_alone(self.sender):
            error = self._ask(self.sender, mail)
            if isinstance(error, PermanentFailure):
                raise EmailNotSent("")

    def hand_over_recorded(self) -> None:
        """T10: after the outermost transaction; failures stand on the mails."""
        recorded, self.state["recorded"] = self.state["recorded"], []
        if recorded and not self._is_left_alone(self.sender):
            for at in range(0, len(recorded), HANDFUL):
                self._queue_uncertain_again()
                mails = map(self.outbox.get, recorded[at : at + HANDFUL])
                if not self._hand_over([mail for mail in mails if is_due(mail, self.now())]):
                    return

    def _hand_over(self, hands: list[Stored]) -> bool:
        """Whether the sender could be reached; what it was not asked for is given back."""
        while hands:
            mail = hands.pop(0)
            if not self._is_withdrawn(mail) and isinstance(
                self._ask(self.sender, mail), SenderUnavailable
            ):
                for other in hands:
                    self._give_back(other)
                return False
        return True

    def begin_delivering(self) -> bool:
        """Before the first delivery, all is held back that was recorded without a sender."""
        if self.state["first_delivery"]:
            return False
        self.state["first_delivery"] = True
        for mail in self.outbox:
            if mail["status"] == "queued" and mail["due_at"] is not None:
                self._set_aside(mail)
        return True

    def _is_idle(self, include_stale: bool) -> bool:
        now, last = self.now(), self.state["last_delivery"]
        waits = any(
            (mail["due_at"] is not None and mail["due_at"] <= now)
            or (include_stale and is_stale(mail) and mail["ready_at"] <= now)
            for mail in self.outbox
        )
        return not waits and last is not None and now - timedelta(minutes=10) < last <= now

    def _hold_back(self) -> None:
        now, last = self.now(), self.state["last_delivery"]
        if not self.begin_delivering() and (last is None or last <= now - DAY):
            for mail in self.outbox:
                waits = is_due(mail, now - DAY) and mail["ready_at"] <= now - DAY
                if waits and not mail["attempts"]:
                    self._set_aside(mail)
        self.state["last_delivery"] = now

    def _set_aside(self, mail: Stored) -> None:
        mail |= {"due_at": None, "reason": "stale", "updated_at": self.now()}

    def _is_left_alone(self, sender: Any) -> bool:
        """Until its breaker's time; not where a clock that went back makes that too long."""
        breaker, now = self.state["breakers"].get(sender.name), self.now()
        return breaker is not None and now < breaker["until"] <= now + LONGEST_BREAK

    def _refuse_missing_from(self, sender: Any, include_stale: bool) -> None:
        if self.from_address is None and getattr(sender, "from_address", "") is None:
            for mail in self.outbox:
                may_go = is_due(mail, self.now()) or (include_stale and is_stale(mail))
                if may_go and mail["from_address"] is None:
                    raise FromAddressMissing("")

    def _run(self, sender: Any, limit: int | None, include_stale: bool) -> tuple[Any, Any]:
        """A handful at a time, each looked at again when its turn comes."""
        tally: list[str] = []
        unavailable, asked = None, 0
        hands: list[Stored] = []
        while unavailable is None and (limit is None or asked < limit):
            if not hands:
                self._queue_uncertain_again()
                most = HANDFUL if limit is None else min(HANDFUL, limit - asked)
                hands = self._handful(most, include_stale)
            if not hands:
                break
            mail = hands.pop(0)
            if self._is_withdrawn(mail):
                tally.append(mail["status"])
                continue
            asked += 1
            error = self._ask(sender, mail)
            if isinstance(error, SenderUnavailable):
                unavailable = "unavailable"
            else:
                tally.append("deferred" if mail["status"] == "queued" else mail["status"])
        for mail in hands:
            self._give_back(mail)
        return tally, unavailable

    def _handful(self, most: int, include_stale: bool) -> list[Stored]:
        now = self.now()
        stale = [mail for mail in self.outbox if is_stale(mail) and mail["ready_at"] <= now]
        due = sorted(
            (mail for mail in self.outbox if is_due(mail, now)), key=lambda mail: mail["due_at"]
        )
        found = (stale if include_stale and stale else due)[:most]
        places = [mail["id"] for mail in self.outbox]
        return sorted(found, key=lambda mail: (mail["ready_at"], places.index(mail["id"])))

    def _queue_uncertain_again(self) -> None:
        """The one more try of an uncertain mail."""
        for mail in self.outbox:
            if mail["status"] == "uncertain" and mail["due_at"] and mail["due_at"] <= self.now():
                now = self.now()
                mail |= {"status": "queued", "due_at": now, "updated_at": now}

    def _is_withdrawn(self, mail: Stored) -> bool:
        """T8, and what expired: looked up again at the moment of sending."""
        now = self.now()
        contact = self.in_list(mail["contact_id"])
        reason = self.suppressions.reason(contact, mail["to"])
        if mail["expires_at"] is not None and mail["expires_at"] <= now:
            mail |= {"status": "failed", "reason": "expired"}
        elif reason is not None:
            mail |= {"status": "suppressed", "reason": reason}
        else:
            return False
        mail |= {"due_at": None, "updated_at": now}
        return True

    def _give_back(self, mail: Stored) -> None:
        """A mail that says nothing new: held back again, or due as before."""
        mail |= {"status": "queued", "updated_at": self.now()}
        if mail["reason"] != "stale":
            mail["due_at"] = mail["ready_at"]

    def _ask(self, sender: Any, mail: Stored) -> WixCRMError | None:
        """Asks the sender, and settles what it said."""
        own_address = getattr(sender, "from_address", None)
        mail["from_address"] = mail["from_address"] or self.from_address or own_address
        try:
            receipt = sender.send({**mail, "status": "sending"})
        except WixCRMError as error:
            self._settle(sender, mail, error)
            return error
        mail |= {"status": "sent", "reason": None, "due_at": None}
        self._note(sender, mail, "sent", {"response": receipt.response})
        return None

    def _settle(self, sender: Any, mail: Stored, error: WixCRMError) -> None:
        now, answers = self.now(), self.outbox.attempts(mail["id"])
        if isinstance(error, SenderUnavailable):
            self._give_back(mail)
            self._leave_alone(sender)
        elif isinstance(error, PermanentFailure):
            mail |= {"status": "failed", "reason": "refused", "due_at": None}
            self._note(sender, mail, "permanent", error.details)
            if error.details.get("suppress"):
                self.suppressions.add(mail["to"], "bounced", note=error.details["response"])
        elif isinstance(error, TemporaryFailure):
            due_at = now + backoff(mail, mail["attempts"] + 1)
            mail |= {"status": "queued", "reason": "deferred", "due_at": due_at}
            if due_at > mail["ready_at"] + 5 * DAY:
                mail |= {"status": "failed", "reason": "gave_up", "due_at": None}
            self._note(sender, mail, "temporary", error.details)
        elif isinstance(error, UncertainDelivery):
            due_at = now + timedelta(minutes=15)
            mail |= {"status": "uncertain", "reason": "unanswered", "due_at": due_at}
            if any(answer["outcome"] == "uncertain" for answer in answers):
                mail |= {"reason": "undecided", "due_at": None}
            self._note(sender, mail, "uncertain", error.details)

    def _note(self, sender: Any, mail: Stored, outcome: str, details: Stored) -> None:
        """An attempt was spent; the sender was reached."""
        self.state["breakers"].pop(sender.name, None)
        answers = self.state["attempts"].setdefault(mail["id"], [])
        answers.append(
            {
                "number": len(answers) + 1,
                "at": self.now(),
                "sender": sender.name,
                "outcome": outcome,
                "response": details["response"],
                **{name: details.get(name) for name in ("stage", "smtp_code", "enhanced_code")},
            }
        )
        mail |= {"attempts": mail["attempts"] + 1, "updated_at": self.now()}

    def _leave_alone(self, sender: Any) -> None:
        """Half a minute, twice as long each time in a row, at most a quarter of an hour."""
        if self._is_left_alone(sender):
            return
        failures = self.state["breakers"].get(sender.name, {"failures": 0})["failures"] + 1
        until = self.now() + min(LONGEST_BREAK, timedelta(seconds=30 * 2 ** (failures - 1)))
        self.state["breakers"][sender.name] = {"failures": failures, "until": until}

    def _report(self, tally: Any, unavailable: str | None = None, sender: Any = None) -> Stored:
        words = ("sent", "deferred", "failed", "uncertain", "suppressed")
        left = self.outbox.left()
        if left["next_due"] and sender is not None and self._is_left_alone(sender):
            until = self.state["breakers"][sender.name]["until"]
            left["next_due"] = max(left["next_due"], until)
        queued = [mail for mail in self.outbox if mail["status"] == "queued"]
        return {
            **{word: list(tally).count(word) for word in words},
            **left,
            "waiting": len(queued) - left["stale"],
            "unavailable": unavailable,
        }
