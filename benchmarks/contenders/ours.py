"""The library, as anyone would use it: raw mappings in, normalizing in its own time."""

from __future__ import annotations

import sqlite3

from people import HOME, Person

from contenders import contents
from contenders.our_schema import OnOurSchema
from wixcrm_local import CRM


class Ours:
    name = "wixcrm-local"
    CONTENTS = OnOurSchema.CONTENTS

    def open(self, path: str, durability: str) -> None:
        self.path = path
        self.crm = CRM(path, default_region=HOME, durability=durability)

    def create(self, person: Person) -> str:
        return self.crm.create_contact(person.info)

    def find(self, person: Person) -> object:
        emails, phones = person.info.get("emails"), person.info.get("phones")
        return self.crm.find_contact(
            email=emails and emails[0], phone=None if emails else phones[0]
        )

    def contents(self) -> tuple[int, int]:
        database = sqlite3.connect(self.path)
        try:
            return contents(database.execute(self.CONTENTS))
        finally:
            database.close()

    def close(self) -> None:
        self.crm.close()
