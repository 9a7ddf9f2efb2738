"""What the store should hold, by what was acknowledged to one worker.

Law: a worker changes nobody but its own people, whose addresses are used once, so that its journal
alone says what became of them; whom all workers share is only created, again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wixcrm_local import CRM, Contact, ContactNotFound

SCORE = "Score"  # a custom field that always exists


class Person(NamedTuple):
    """One own contact; `state` is list, trash, merged (into another) or erased."""

    id: str
    first: str
    emails: tuple[str, ...]
    phones: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    score: int | None = None
    state: str = "list"
    into: str = ""
    touched: bool = False  # by anything but what made it

    def members(self) -> tuple[object, ...]:
        return self.first, set(self.emails), set(self.phones), set(self.labels), self.score


class Imported(NamedTuple):
    """A file that was brought in: its receipt, and whom it made. `receipts` are several where it
    was given again after its worker was killed behind the end of the first import."""

    receipt: str
    made: tuple[str, ...]
    receipts: Sequence[str]
    undone: bool = False


@dataclass
class Ledger:
    """All of it; `undoable` has for a contact the people as they were before its last change."""

    people: dict[str, Person] = field(default_factory=dict)
    undoable: dict[str, dict[str, Person]] = field(default_factory=dict)
    shared: dict[str, set[str]] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)
    asked_mails: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    imports: dict[int, Imported] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Ledger:
        return Ledger(
            dict(self.people),
            dict(self.undoable),
            dict(self.shared),
            dict(self.mails),
            set(self.asked_mails),
            set(self.labels),
            set(self.fields),
            dict(self.imports),
            self.calls.copy(),
        )

    def put(self, *people: Person) -> None:
        """Takes down how these are from now on; what was undoable of them is so no more."""
        for person in people:
            self.people[person.id] = person._replace(touched=True)
            self.undoable.pop(person.id, None)

    def living(self) -> list[Person]:
        return [each for each in self.people.values() if each.state == "list"]

    def stands_for(self, person: Person) -> Person:
        """Who a contact was merged into, at last."""
        while person.state == "merged":
            person = self.people[person.into]
        return person


def difference(crm: CRM, ledger: Ledger, person: Person) -> str | None:
    """How the store differs from the ledger about one contact."""
    expected = ledger.stands_for(person)
    try:
        found = crm.get_contact(person.id)
    except ContactNotFound:
        return None if expected.state != "list" else f"{person} is not in the list"
    if expected.state != "list":
        return f"{person} is in the list"
    if found.id != expected.id:
        return f"{person} leads to {found.id}"
    if members_of(found) != expected.members():
        return f"{person} stands as {members_of(found)}, expected {expected.members()}"
    return None


def members_of(found: Contact) -> tuple[object, ...]:
    """What of a stored contact is compared."""
    lists = (set(found.emails), set(found.phones), set(found.labels))
    return found.first_name, *lists, found.custom_fields.get(SCORE)
