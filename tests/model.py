"""The semantics of the library a second time, in plain dicts and lists, to compare stores with.

Law: written from the rules, not from the library; of that only what is public. Its verbs have the
library's names, answer with dicts and raise its error classes. Whoever calls it puts `state` back
where a verb or a transaction fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from model_contacts import Contacts, Stored
from model_mail import Outbox, TriggeredEmails, rendered
from model_reading import email_key
from model_registers import CustomFields, Labels

from wixcrm_local import ContactHasNoEmail, InvalidEmailOptions, Policy


def empty_state() -> dict[str, Any]:
    """All that a store keeps. Labels and fields stand in contacts by their keys."""
    return {
        "contacts": [],
        "labels": [],
        "custom_fields": [],
        "triggered_emails": {},
        "outbox": [],
        "changes": 0,
    }


class Model(Contacts):
    """One store: `moment` is what its clock shows, `next_id` the id that it would give next."""

    def __init__(self, region: str | None, policy: Policy, from_address: str | None) -> None:
        self.region = region
        self.policy = policy
        self.from_address = from_address
        self.moment: datetime
        self.next_id: str
        self.reports_ignored = False  # whether the last call warns of what it ignored
        self.reports_region = False  # whether it needs to have been warned that there is no region
        self.state = empty_state()
        self.labels = Labels(self)
        self.custom_fields = CustomFields(self)
        self.triggered_emails = TriggeredEmails(self)
        self.outbox = Outbox(self)

    def now(self) -> datetime:
        return self.moment

    def email_contact(self, *given: Any, policy: Policy | None = None) -> None:
        self.send_email(*given, policy=policy)

    def send_email(
        self, email_id: Any, to_contact: Any, options: Any = None, *, policy: Policy | None = None
    ) -> Stored:
        if isinstance(to_contact, Mapping) or not (options is None or isinstance(options, Mapping)):
            raise InvalidEmailOptions("")
        variables = (options or {}).get("variables")
        if set(options or {}) - {"variables"}:
            raise InvalidEmailOptions("")
        if variables is not None and not isinstance(variables, Mapping):
            raise InvalidEmailOptions("")
        email = self.triggered_emails.get(email_id)
        contact = self.contact(to_contact)
        to = (*contact["emails"], contact["login_email"])[0]
        if to is None:
            raise ContactHasNoEmail("")
        sender = email["from_address"] or self.from_address
        domain = email_key(sender).rpartition("@")[2] if sender else "wixcrm-local.invalid"
        name = " ".join(filter(None, (contact["first_name"], contact["last_name"])))
        message = {
            "id": self.next_id,
            "message_id": f"<{self.next_id}@{domain}>",
            "email_id": email["id"],
            "contact_id": contact["id"],
            "to": to,
            "to_name": name,
            "from_address": sender,
            **rendered(email, variables, (policy or self.policy).variables),
            "status": "queued",
            "reason": None,
            "created_at": self.now(),
            "updated_at": self.now(),
        }
        self.reports_ignored = bool(set(variables or ()) - set(email["variables"]))  # T4
        self.state["outbox"].append(message)
        return message
