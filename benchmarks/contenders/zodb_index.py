"""The same work with ZODB: persistent contacts, and a BTree from each key to who has it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import transaction
import ZODB
import ZODB.FileStorage
from BTrees.IOBTree import IOBTree
from BTrees.OOBTree import OOBTree
from people import Person
from persistent import Persistent
from persistent.list import PersistentList

from contenders import contents
from contenders.normalizing import Keyed, keyed


class Contact(Persistent):  # type: ignore[misc]
    def __init__(self, number: int, first_name: str, last_name: str) -> None:
        self.number = number
        self.contact_id = str(uuid.uuid4())
        self.first_name = first_name
        self.last_name = last_name
        self.revision = 1
        self.created_at = self.updated_at = datetime.now(UTC)
        self.emails: Keyed = []
        self.phones: Keyed = []
        self.changes = PersistentList()


class Zodb:
    name = "ZODB"

    def open(self, path: str, durability: str) -> None:
        """`durability` is left alone: a FileStorage syncs each commit."""
        self.database = ZODB.DB(ZODB.FileStorage.FileStorage(path))
        self.root = self.database.open().root()
        if "contacts" not in self.root:
            self.root["contacts"] = IOBTree()
            self.root["emails"] = OOBTree()
            self.root["phones"] = OOBTree()
            transaction.commit()

    def create(self, person: Person) -> str:
        info = person.info
        emails, phones = keyed(info)
        with transaction.manager:
            number = self._owner("emails", emails) or self._owner("phones", phones)
            if number:
                contact = self.root["contacts"][number]
                self._update(contact, info, emails, phones)
            else:
                contact = self._insert(info, emails, phones)
            return str(contact.contact_id)

    def _owner(self, index: str, items: Keyed) -> int | None:
        """The oldest of those who share a key."""
        numbers = [number for _, key in items for number in self.root[index].get(key, ())]
        return min(numbers, default=None)

    def _insert(self, info: dict[str, Any], emails: Keyed, phones: Keyed) -> Contact:
        contacts = self.root["contacts"]
        number = contacts.maxKey() + 1 if contacts else 1
        contact = Contact(number, info["firstName"], info["lastName"])
        contacts[number] = contact
        self._add(contact, "emails", emails)
        self._add(contact, "phones", phones)
        return contact

    def _add(self, contact: Contact, name: str, items: Keyed) -> None:
        setattr(contact, name, [*getattr(contact, name), *items])
        index = self.root[name]
        for _, key in items:
            index[key] = (*index.get(key, ()), contact.number)

    def _update(self, contact: Contact, info: dict[str, Any], emails: Keyed, phones: Keyed) -> None:
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name, given in (("first_name", info["firstName"]), ("last_name", info["lastName"])):
            if getattr(contact, name) != given:
                before[name], after[name] = getattr(contact, name), given
                setattr(contact, name, given)
        for name, items in (("emails", emails), ("phones", phones)):
            known = {key for _, key in getattr(contact, name)}
            new = [item for item in items if item[1] not in known]
            if new:
                before[name] = [text for text, _ in getattr(contact, name)]
                self._add(contact, name, new)
                after[name] = [text for text, _ in getattr(contact, name)]
        if after:
            contact.revision += 1
            contact.updated_at = datetime.now(UTC)
            contact.changes.append((contact.updated_at, before, after))

    def contents(self) -> tuple[int, int]:
        return contents(
            (number, key)
            for number, contact in self.root["contacts"].items()
            for key in sorted(key for _, key in contact.emails + contact.phones)
        )

    def close(self) -> None:
        transaction.abort()
        self.database.close()
