"""The same work with TinyDB at its defaults: one JSON file, written whole at each change.

Each call takes longer the more there is, and nothing is synced; so it is measured on fewer calls.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from people import Person
from tinydb import Query, TinyDB
from tinydb.table import Document

from contenders import contents
from contenders.normalizing import Keyed, keyed

_Contact = Query()


class TinyDb:
    name = "TinyDB"
    most_calls = 600

    def open(self, path: str, durability: str) -> None:
        self.database = TinyDB(path)

    def create(self, person: Person) -> str:
        info = person.info
        emails, phones = keyed(info)
        contact = self._owner("emails", emails) or self._owner("phones", phones)
        if contact is not None:
            return self._update(contact, info, emails, phones)
        id, now = str(uuid.uuid4()), datetime.now(UTC).isoformat()
        self.database.insert(
            {
                "contact_id": id,
                "first_name": info["firstName"],
                "last_name": info["lastName"],
                "revision": 1,
                "created_at": now,
                "updated_at": now,
                "emails": _documents(emails),
                "phones": _documents(phones),
                "changes": [],
            }
        )
        return id

    def _owner(self, member: str, items: Keyed) -> Document | None:
        """The oldest of those who share a key."""
        if not items:
            return None
        keys = [key for _, key in items]
        found = self.database.search(_Contact[member].any(Query().key.one_of(keys)))
        return min(found, key=lambda contact: contact.doc_id, default=None)

    def _update(self, contact: Document, info: dict[str, Any], emails: Keyed, phones: Keyed) -> str:
        given = {"first_name": info["firstName"], "last_name": info["lastName"]}
        after: dict[str, Any] = {
            name: text for name, text in given.items() if contact[name] != text
        }
        for name, items in (("emails", emails), ("phones", phones)):
            known = {item["key"] for item in contact[name]}
            new = [item for item in items if item[1] not in known]
            if new:
                after[name] = contact[name] + _documents(new)
        if after:
            now = datetime.now(UTC).isoformat()
            change = {"changed_at": now, "before": {name: contact[name] for name in after}}
            changes = [*contact["changes"], {**change, "after": dict(after)}]
            after |= {"changes": changes, "updated_at": now, "revision": contact["revision"] + 1}
            self.database.update(after, doc_ids=[contact.doc_id])
        return str(contact["contact_id"])

    def contents(self) -> tuple[int, int]:
        return contents(
            (contact.doc_id, key)
            for contact in self.database.all()
            for key in sorted(item["key"] for item in contact["emails"] + contact["phones"])
        )

    def close(self) -> None:
        self.database.close()


def _documents(items: Keyed) -> list[dict[str, str]]:
    return [{"typed": text, "key": key} for text, key in items]
