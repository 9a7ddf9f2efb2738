"""What an address book does with a store. No window and no thread here: each is a plain call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from wixcrm_local import CRM, Contact, OutboxMessage, Policy, TriggeredEmail

MOST_SHOWN = 200  # nobody reads more names than that; they type another letter

# A new person with an address that is there is that person; with a telephone, a relative.
NEW_PERSON = Policy(match_on="email_then_phone", shared_phones="separate")


class Listing(NamedTuple):
    """The people that were found, and how many there are in all."""

    found: tuple[Contact, ...]
    total: int


class Card(NamedTuple):
    """All that the window shows of a person."""

    contact: Contact
    mails: tuple[OutboxMessage, ...]  # newest first
    templates: tuple[TriggeredEmail, ...]


class Stopped(Exception):
    """The window was closed while an import was running."""


def search(crm: CRM, text: str) -> Listing:
    """Who fits what was typed so far; all, by name, if that is nothing."""
    if text.strip():
        found = crm.search_contacts(text, limit=MOST_SHOWN)
    else:
        found = crm.query_contacts(sort="first_name", limit=MOST_SHOWN).contacts
    return Listing(found, crm.count_contacts())


def card(crm: CRM, id: str) -> Card:
    mails = crm.outbox.where(contact_id=id)[::-1]
    return Card(crm.get_contact(id), mails, crm.triggered_emails.list())


def save(crm: CRM, contact: Contact | None, members: dict[str, Any]) -> tuple[Contact, str]:
    """Stores what was typed, and gives the person, and a sentence.

    What somebody else changed since the card was read is an error, and nothing is overwritten.
    """
    if contact is not None:
        changed = crm.update_contact(contact.id, members, expected_revision=contact.revision)
        return changed, f"{name_of(changed)} is saved."
    result = crm.upsert_contact(members, policy=NEW_PERSON)
    person = crm.get_contact(result.contact_id)
    if result.action == "created":
        return person, f"{name_of(person)} is new in the book."
    return person, f"{name_of(person)} was in the book already, and is {result.action}."


def send(crm: CRM, email_id: str, contact: Contact) -> OutboxMessage:
    """Sends a Triggered Email, with the name of the person where it has a place for it."""
    known = {"name": contact.first_name, "firstName": contact.first_name}
    wanted = crm.triggered_emails.get(email_id).variables
    variables = {name: value for name, value in known.items() if value and name in wanted}
    return crm.send_email(email_id, contact.id, {"variables": variables})


def import_file(crm: CRM, path: str, progress: Callable[[int, float | None], object]) -> str:
    """Brings people in from a table or vCards, and tells what became of the rows."""
    report = crm.import_contacts(path, progress=progress)
    told = f"{report.created:,} new, {report.updated:,} changed, {report.skipped:,} left out."
    first = next((row for row in report.outcomes if row.reason and row.action == "skipped"), None)
    return f"{told} Row {first.row}: {first.reason}" if first else told


def name_of(contact: Contact) -> str:
    """How a person is called: by name, else by an address or a number."""
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return name or next(iter((*contact.emails, *contact.phones)), "Nobody")


class News:
    """Tells whether anything happened since it was last asked, whoever did it.

    Other windows and programs may use the file at the same time; the feed has their changes, too.
    """

    def __init__(self) -> None:
        self._cursor: str | None = None

    def there(self, crm: CRM) -> bool:
        seen = self._cursor
        if seen is not None and not crm.changes_since(seen, limit=1).events:
            return False
        self._cursor = crm.changes_since("now").next_cursor
        return seen is not None
