"""What signing up means: the rules, without a web around them.

Law: whoever types an address need not own it. Until the link of a mail is followed, nothing is
changed of anybody, nothing typed is mailed to anybody, and nobody learns who is known here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from wixcrm_local import CRM, Contact, ContactNotFound, Policy

from seals import Seals

LABEL = "Newsletter"
DAYS_TO_CONFIRM = 2
PAUSE = timedelta(minutes=10)  # between two mails that ask the same person
BY_EMAIL = Policy(match_on="email", members="keep")  # members log in to change what they are
NOBODY = Policy(match_on="none")


class SignUps:
    """People come by `ask`, then `confirm`; they go by `leave`, and may `come_back`."""

    def __init__(self, crm: CRM, secret: bytes, address: str, now: Callable[[], datetime]) -> None:
        """`address` is where the service is reached, such as https://shop.example"""
        self._crm = crm
        self._now = now
        self._seals = Seals(secret, now)
        crm.labels.create(LABEL, exist_ok=True)
        crm.triggered_emails.save(
            "confirm",
            subject="Please confirm your address",
            html="<p>Somebody, probably you, signed up for our newsletter.</p>"
            f'<p><a href="{address}/confirm?token=${{token}}">Yes, send it to me</a></p>'
            "<p>If it was not you, do nothing: you get no other mail.</p>",
            required=["token"],
        )
        leave = f"{address}/leave?token=${{token}}"
        crm.triggered_emails.save(
            "welcome",
            subject="Welcome, ${name}",
            html="<p>Dear ${name}, it is good to have you.</p>"
            f'<p><a href="{leave}">Unsubscribe</a></p>',
            variables={"name": "reader"},
            required=["token"],
            # Mail programs show a button for it, where the service has a real address.
            unsubscribe_url=leave if leave.startswith("https:") else None,
        )

    def ask(self, name: str, email: str) -> None:
        """Makes the contact, unless it is there, and mails a link that holds what was typed."""
        info = {"firstName": name, "emails": [email]}
        self._crm.match_contact(info, policy=NOBODY)  # raises for what could not be stored
        with self._crm.transaction():
            id = self._crm.create_contact({"emails": [email]}, policy=BY_EMAIL)
            asked = self._crm.outbox.where(contact_id=id, email_id="confirm")
            if asked and self._now() - asked[-1].created_at < PAUSE:
                return
            token = self._seals.seal("confirm", {"name": name, "email": email}, DAYS_TO_CONFIRM)
            self._crm.email_contact("confirm", id, {"variables": {"token": token}})

    def confirm(self, token: str) -> Contact:
        """Takes the owner of the address in; doing it twice sends one welcome."""
        words = self._seals.open("confirm", token)
        info = {"firstName": words["name"], "emails": [words["email"]], "labels": [LABEL]}
        with self._crm.transaction():
            result = self._crm.upsert_contact(info, policy=BY_EMAIL)
            self._crm.resubscribe(result.contact_id)
            contact = self._crm.get_contact(result.contact_id)
            if "labels" in result.changed:
                variables = {"token": self._seals.seal("leave", {"id": contact.id})}
                if contact.first_name:
                    variables["name"] = contact.first_name
                self._crm.email_contact("welcome", contact.id, {"variables": variables})
        return contact

    def leave(self, token: str) -> None:
        """No more mail; whom nobody knows any more gets none anyway."""
        with suppress(ContactNotFound):
            self._crm.unsubscribe(self._seals.open("leave", token)["id"])

    def come_back(self, token: str) -> None:
        """Takes `leave` back."""
        self._crm.resubscribe(self._seals.open("leave", token)["id"])
