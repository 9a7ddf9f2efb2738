"""Changing and merging with Django's ORM, on the models of django_orm.py and three more."""

from __future__ import annotations

import os
from typing import Any

from django.db import connection, models, transaction
from edits import FIELD, Edit, Merge

from contenders import contents
from contenders.django_orm import MODELS, Change, Contact, DjangoOrm, Email, Phone, add, cleaned


class Field(models.Model):
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        app_label = "benchmark"


class FieldValue(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE)
    field = models.ForeignKey(Field, models.CASCADE)
    value = models.CharField(max_length=1000)

    class Meta:
        app_label = "benchmark"
        unique_together = ("contact", "field")


class Merged(models.Model):
    number = models.BigIntegerField(primary_key=True)
    contact_id = models.UUIDField(unique=True)
    target = models.BigIntegerField(db_index=True)
    members = models.JSONField()
    merged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "benchmark"


# The preloaded people of the plain tables; part of no measurement.
_FILL = (
    "INSERT INTO benchmark_contact "
    "(id, contact_id, first_name, last_name, revision, created_at, updated_at) "
    "SELECT id, replace(contact_id, '-', ''), first_name, last_name, revision, created_at, "
    "updated_at FROM plain.contact",
    "INSERT INTO benchmark_email (id, contact_id, typed, key) "
    "SELECT id, contact, address, key FROM plain.email",
    "INSERT INTO benchmark_phone (id, contact_id, typed, key) "
    "SELECT id, contact, number, key FROM plain.phone",
)
_CONTENTS = """
SELECT contact_id, key FROM benchmark_email
UNION ALL SELECT contact_id, key FROM benchmark_phone
UNION ALL SELECT id, first_name || ' ' || last_name FROM benchmark_contact
UNION ALL SELECT id, 'revision ' || revision FROM benchmark_contact
UNION ALL SELECT contact_id, value FROM benchmark_fieldvalue
UNION ALL SELECT target, 'merged ' || number FROM benchmark_merged
UNION ALL SELECT contact_id, 'changed' FROM benchmark_change
ORDER BY 1, 2"""


class DjangoChanging(DjangoOrm):
    models = (*MODELS, Field, FieldValue, Merged)

    def prepare(self, folder: str) -> str:
        """The file to be copied, made of the people in the plain tables."""
        path = os.path.join(folder, "django.db")
        self.open(path, "full")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -400000")
            cursor.execute("ATTACH %s AS plain", [os.path.join(folder, "handwritten.db")])
            for statement in _FILL:
                cursor.execute(statement)
        Field.objects.create(name=FIELD)
        self.close()
        return path

    def update(self, edit: Edit) -> Contact:
        phones = cleaned(Phone, edit.info["phones"], str.strip)
        company = edit.info["customFields"][FIELD]
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        with transaction.atomic():
            contact = Contact.objects.get(contact_id=edit.id)
            if contact.last_name != edit.info["lastName"]:
                before["last_name"], after["last_name"] = contact.last_name, edit.info["lastName"]
                contact.last_name = edit.info["lastName"]
            kept = _items(Phone, contact)
            if [item.typed for item in kept] != edit.info["phones"]:
                before["phones"] = [item.typed for item in kept]
                after["phones"] = edit.info["phones"]
                _keep_only(contact, kept, phones)
            field = Field.objects.get(name=FIELD)
            value = FieldValue.objects.filter(contact=contact, field=field).first()
            if value is None or value.value != company:
                before["fields"] = {FIELD: value and value.value}
                after["fields"] = {FIELD: company}
                value = value or FieldValue(contact=contact, field=field)
                value.value = company
                value.save()
            if after:
                _note(contact, before, after)
        return contact

    def merge(self, pair: Merge) -> Contact:
        with transaction.atomic():
            target = Contact.objects.get(contact_id=pair.target)
            source = Contact.objects.get(contact_id=pair.source)
            members: dict[str, Any] = {
                "first_name": source.first_name,
                "last_name": source.last_name,
            }
            before: dict[str, Any] = {"merged": None}
            after: dict[str, Any] = {"merged": str(source.contact_id)}
            for name, model in (("emails", Email), ("phones", Phone)):
                kept, others = _items(model, target), _items(model, source)
                members[name] = [item.typed for item in others]
                known = {item.key for item in kept}
                new = [item for item in others if item.key not in known]
                if new:
                    before[name] = [item.typed for item in kept]
                    after[name] = before[name] + [item.typed for item in new]
                    add(target, model, [model(typed=item.typed, key=item.key) for item in new])
            members["fields"] = _take_values(target, source, before, after)
            Merged.objects.create(
                number=source.pk,
                contact_id=source.contact_id,
                target=target.pk,
                members=members,
            )
            Change.objects.filter(contact=source).update(contact=target)
            for model in (Email, Phone, FieldValue):  # an installed app's would cascade to them
                model.objects.filter(contact=source).delete()
            source.delete()
            target.first_name = target.first_name or members["first_name"]
            target.last_name = target.last_name or members["last_name"]
            _note(target, before, after)
        return target

    def contents(self) -> tuple[int, int]:
        connection.ensure_connection()
        return contents(connection.connection.execute(_CONTENTS))


def _items(model: Any, contact: Contact) -> list[Any]:
    return list(model.objects.filter(contact=contact).order_by("id"))


def _keep_only(contact: Contact, kept: list[Any], given: list[Any]) -> None:
    """Makes the contact's phones those that are given; a list that only grew is added to."""
    start = len(kept)
    if [item.typed for item in kept] != [item.typed for item in given[:start]]:
        Phone.objects.filter(contact=contact).delete()
        start = 0
    add(contact, Phone, given[start:])


def _take_values(
    target: Contact, source: Contact, before: dict[str, Any], after: dict[str, Any]
) -> dict[str, str]:
    """Gives the target what custom fields only the source has; all that the source has."""
    has = set(FieldValue.objects.filter(contact=target).values_list("field", flat=True))
    others = list(FieldValue.objects.filter(contact=source).select_related("field"))
    new = [item for item in others if item.field_id not in has]
    if new:
        before["fields"] = {item.field.name: None for item in new}
        after["fields"] = {item.field.name: item.value for item in new}
        add(target, FieldValue, [FieldValue(field=item.field, value=item.value) for item in new])
    return {item.field.name: item.value for item in others}


def _note(contact: Contact, before: dict[str, Any], after: dict[str, Any]) -> None:
    contact.revision += 1
    contact.save()
    Change.objects.create(contact=contact, before=before, after=after)
