"""The semantics of the library a second time, in plain dicts and lists, to compare stores with.

Law: written from the rules, not from the library; of that only what is public. Its verbs have the
library's names, answer with dicts and raise its error classes. Whoever calls it puts `state` back
where a verb or a transaction fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from model_contacts import Stored
from model_delivery import Delivery
from model_erasing import Erasing
from model_finding import Finding
from model_mail import TriggeredEmails, rendered, values_asked
from model_outbox import Outbox
from model_reading import clean, email_key
from model_registers import CustomFields, Labels
from model_suppressions import Suppressions

from wixcrm_local import (
    ContactHasNoEmail,
    ContactUnsubscribed,
    FromAddressMissing,
    IdempotencyConflict,
    InvalidArgument,
    InvalidEmailOptions,
    Policy,
)

TEN_YEARS = timedelta(days=3_660)


def empty_state() -> dict[str, Any]:
    """All that a store keeps. Labels and fields stand in contacts by their keys."""
    return {
        "contacts": [],
        "removed": [],
        "labels": [],
        "custom_fields": [],
        "triggered_emails": {},
        "outbox": [],
        "attempts": {},
        "recorded": [],  # the mails of the open transaction, to be handed over after it
        "suppressions": {},
        "breakers": {},
        "first_delivery": False,
        "last_delivery": None,
        "changes": 0,
    }


class Model(Finding, Erasing, Delivery):
    """One store: `moment` is what its clock shows, `next_id` the id that it would give next."""

    def __init__(
        self,
        region: str | None,
        policy: Policy,
        from_address: str | None,
        sender: Any = None,
    ) -> None:
        self.region = region
        self.policy = policy
        self.from_address = from_address
        self.sender = sender
        self.depth = 0
        self.moment: datetime
        self.next_id: str
        self.reports_ignored = False  # whether the last call warns of what it ignored
        self.reports_region = False  # whether it needs to have been warned that there is no region
        self.state = empty_state()
        self.labels = Labels(self)
        self.custom_fields = CustomFields(self)
        self.triggered_emails = TriggeredEmails(self)
        self.outbox = Outbox(self)
        self.suppressions = Suppressions(self)
        self.unsubscribe = self.suppressions.unsubscribe
        self.resubscribe = self.suppressions.resubscribe

    def now(self) -> datetime:
        return self.moment

    def email_contact(self, *given: Any, policy: Policy | None = None) -> None:
        self.send_email(*given, policy=policy)

    def send_email(
        self,
        email_id: Any,
        to_contact: Any,
        options: Any = None,
        *,
        policy: Policy | None = None,
        **terms: Any,
    ) -> Stored:
        policy = policy or self.policy
        times, key = self._terms(**terms)
        if isinstance(to_contact, Mapping) or not (options is None or isinstance(options, Mapping)):
            raise InvalidEmailOptions("")
        variables = (options or {}).get("variables")
        if set(options or {}) - {"variables"}:
            raise InvalidEmailOptions("")
        if variables is not None and not isinstance(variables, Mapping):
            raise InvalidEmailOptions("")
        for mail in self.outbox:
            if key is not None and mail["idempotency_key"] == key:
                self._refuse_other_content(mail, email_id, to_contact, variables, policy)
                return mail
        mail = self._made(email_id, to_contact, variables, policy) | times
        mail |= {"idempotency_key": key, "due_at": None if mail["reason"] else mail["ready_at"]}
        self._record(mail)
        return mail

    def _terms(
        self, idempotency_key: Any = None, send_at: Any = None, expires_in: Any = None
    ) -> tuple[Stored, str | None]:
        """The times of a mail that is asked for now, and its idempotency key."""
        key = None
        if idempotency_key is not None:
            try:
                key = clean(idempotency_key)
            except (AttributeError, ValueError):
                raise InvalidArgument("") from None
            if not 1 <= len(key) <= 200:
                raise InvalidArgument("")
        if send_at is not None and not (isinstance(send_at, datetime) and send_at.tzinfo):
            raise InvalidArgument("")
        ready_at = max(self.now(), (send_at or self.now()).astimezone(UTC))
        expires_at = None
        if expires_in is not None:
            if type(expires_in) in (int, float):
                expires_in = timedelta(seconds=expires_in)
            if not isinstance(expires_in, timedelta) or not timedelta() < expires_in <= TEN_YEARS:
                raise InvalidArgument("")
            expires_at = ready_at + expires_in
        return {"ready_at": ready_at, "expires_at": expires_at}, key

    def _refuse_other_content(
        self, before: Stored, email_id: Any, to_contact: Any, variables: Any, policy: Policy
    ) -> None:
        """The same key is for the same Triggered Email, contact and values."""
        is_same = isinstance(email_id, str) and email_id.strip() == before["email_id"]
        is_same &= isinstance(to_contact, str) and (
            to_contact.strip().lower() == before["contact_id"]
        )
        values = {name: before["variables"][name] for name in before["fell_back"]}
        values |= values_asked(before["variables"], variables, policy.variables)
        if not is_same or values != before["variables"]:
            raise IdempotencyConflict("")

    def _made(self, email_id: Any, to_contact: Any, variables: Any, policy: Policy) -> Stored:
        """The mail, rendered and final."""
        email = self.triggered_emails.get(email_id)
        contact = self.contact(to_contact)
        to = (*contact["emails"], contact["login_email"])[0]
        if to is None:
            raise ContactHasNoEmail("")
        reason = self.suppressions.reason(contact, to)
        if reason is not None and policy.unsubscribed == "error":
            raise ContactUnsubscribed("")
        own = getattr(self.sender, "from_address", None)
        sender = email["from_address"] or self.from_address or own
        domain = email_key(sender).rpartition("@")[2] if sender else "wixcrm-local.invalid"
        name = " ".join(filter(None, (contact["first_name"], contact["last_name"])))
        mail = {
            "id": self.next_id,
            "message_id": f"<{self.next_id}@{domain}>",
            "email_id": email["id"],
            "contact_id": contact["id"],
            "to": to,
            "to_name": name,
            "from_address": sender,
            **rendered(email, variables, policy.variables),
            "status": "suppressed" if reason else "queued",
            "reason": reason,
            "attempts": 0,
            "created_at": self.now(),
            "updated_at": self.now(),
        }
        self.reports_ignored = bool(set(variables or ()) - set(email["variables"]))  # T4
        return mail

    def _record(self, mail: Stored) -> None:
        """T10: into the outbox; then its own sender is asked, if there is one."""
        if self.sender is None:
            self.state["outbox"].append(mail)
            return
        if mail["from_address"] is None and getattr(self.sender, "from_address", "") is None:
            raise FromAddressMissing("")
        self.begin_delivering()
        self.state["outbox"].append(mail)
        if self.depth and mail["status"] == "queued":  # what is suppressed waits for deliver
            self.state["recorded"].append(mail["id"])
        elif not self.depth:
            self.hand_over_now(mail)
