"""The same work with peewee's models at its default settings, as its quickstart shows them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from peewee import (
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
    UUIDField,
)
from people import Person

from contenders import contents
from contenders.normalizing import Keyed, keyed

database = SqliteDatabase(None)


class Table(Model):
    class Meta:
        database = database


class Contact(Table):
    contact_id = UUIDField(unique=True, default=uuid.uuid4)
    first_name = CharField()
    last_name = CharField()
    revision = IntegerField(default=1)
    created_at = DateTimeField(default=lambda: datetime.now(UTC))
    updated_at = DateTimeField(default=lambda: datetime.now(UTC))


class Email(Table):
    contact = ForeignKeyField(Contact, backref="emails")
    typed = CharField()
    key = CharField(index=True)


class Phone(Table):
    contact = ForeignKeyField(Contact, backref="phones")
    typed = CharField()
    key = CharField(index=True)


class Change(Table):
    contact = ForeignKeyField(Contact, backref="changes")
    changed_at = DateTimeField(default=lambda: datetime.now(UTC))
    before = TextField()
    after = TextField()


class Peewee:
    name = "peewee"

    def open(self, path: str, durability: str) -> None:
        """`durability` is left alone: the defaults are a rollback journal, synchronous FULL."""
        database.init(path)
        database.connect()
        database.create_tables([Contact, Email, Phone, Change])

    def create(self, person: Person) -> str:
        info = person.info
        emails, phones = keyed(info)
        with database.atomic():
            contact = _owner(Email, emails) or _owner(Phone, phones)
            if contact:
                _update(contact, info, emails, phones)
            else:
                contact = Contact.create(first_name=info["firstName"], last_name=info["lastName"])
                _add(contact, Email, emails)
                _add(contact, Phone, phones)
        return str(contact.contact_id)

    def contents(self) -> tuple[int, int]:
        return contents(
            database.execute_sql(
                "SELECT contact_id, key FROM email UNION ALL SELECT contact_id, key FROM phone "
                "ORDER BY 1, 2"
            )
        )

    def close(self) -> None:
        database.close()


def _owner(model: Any, items: Keyed) -> Contact | None:
    if not items:
        return None
    keys = [key for _, key in items]
    query = Contact.select().join(model).where(model.key.in_(keys)).order_by(Contact.id)
    found: Contact | None = query.first()
    return found


def _add(contact: Contact, model: Any, items: Keyed) -> None:
    if items:
        rows = [{"contact": contact, "typed": text, "key": key} for text, key in items]
        model.insert_many(rows).execute()


def _update(contact: Contact, info: dict[str, Any], emails: Keyed, phones: Keyed) -> None:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, given in (("first_name", info["firstName"]), ("last_name", info["lastName"])):
        if getattr(contact, name) != given:
            before[name], after[name] = getattr(contact, name), given
            setattr(contact, name, given)
    for name, model, items in (("emails", Email, emails), ("phones", Phone, phones)):
        kept = list(getattr(contact, name).order_by(model.id))
        known = {item.key for item in kept}
        new = [item for item in items if item[1] not in known]
        if new:
            before[name] = [item.typed for item in kept]
            after[name] = before[name] + [text for text, _ in new]
            _add(contact, model, new)
    if after:
        contact.revision += 1
        contact.updated_at = datetime.now(UTC)
        contact.save()
        Change.create(contact=contact, before=json.dumps(before), after=json.dumps(after))
