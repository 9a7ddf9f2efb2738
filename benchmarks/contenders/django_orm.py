"""The same work with Django's ORM and django-phonenumber-field at their default settings."""

from __future__ import annotations

import uuid
from typing import Any

import django
from django.conf import settings
from people import HOME, Person

from contenders import contents

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["phonenumber_field"],
    PHONENUMBER_DEFAULT_REGION=HOME,
    USE_TZ=True,
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402 - only once configured
from phonenumber_field.modelfields import PhoneNumberField  # noqa: E402


class Contact(models.Model):
    contact_id = models.UUIDField(unique=True, default=uuid.uuid4)
    first_name = models.CharField(max_length=1000)
    last_name = models.CharField(max_length=1000)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "benchmark"


class Email(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="emails")
    typed = models.CharField(max_length=320)
    key = models.EmailField(max_length=320, db_index=True)

    class Meta:
        app_label = "benchmark"


class Phone(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="phones")
    typed = models.CharField(max_length=50)
    key = PhoneNumberField(db_index=True)

    class Meta:
        app_label = "benchmark"


class Change(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE)
    changed_at = models.DateTimeField(auto_now_add=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        app_label = "benchmark"


MODELS = (Contact, Email, Phone, Change)


class DjangoOrm:
    name = "Django ORM"
    models: tuple[Any, ...] = MODELS

    def open(self, path: str, durability: str) -> None:
        """`durability` is left alone: the defaults are a rollback journal, synchronous FULL."""
        connection.close()
        connection.settings_dict["NAME"] = path
        if not connection.introspection.table_names():
            with connection.schema_editor() as editor:
                for model in self.models:
                    editor.create_model(model)

    def create(self, person: Person) -> str:
        info = person.info
        emails = cleaned(Email, info.get("emails", ()), _email_key)
        phones = cleaned(Phone, info.get("phones", ()), str.strip)
        with transaction.atomic():
            contact = _owner(Email, emails) or _owner(Phone, phones)
            if contact:
                _update(contact, info, emails, phones)
            else:
                contact = Contact.objects.create(
                    first_name=info["firstName"], last_name=info["lastName"]
                )
                add(contact, Email, emails)
                add(contact, Phone, phones)
        return str(contact.contact_id)

    def contents(self) -> tuple[int, int]:
        connection.ensure_connection()
        return contents(
            connection.connection.execute(
                "SELECT contact_id, key FROM benchmark_email "
                "UNION ALL SELECT contact_id, key FROM benchmark_phone ORDER BY 1, 2"
            )
        )

    def close(self) -> None:
        connection.close()


def _email_key(text: str) -> str:
    """EmailField checks, and keeps what it is given: its user folds and encodes."""
    local, _, domain = text.strip().lower().rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def cleaned(model: Any, texts: Any, key_of: Any) -> list[Any]:
    """Unsaved items of a list, checked and with their keys."""
    items = [model(typed=text, key=key_of(text)) for text in texts]
    for item in items:
        item.clean_fields(exclude=["contact"])
    return items


def _owner(model: Any, items: list[Any]) -> Contact | None:
    if not items:
        return None
    keys = [item.key for item in items]
    found = model.objects.filter(key__in=keys).select_related("contact").order_by("contact")
    first = found.first()
    return first.contact if first else None


def add(contact: Contact, model: Any, items: list[Any]) -> None:
    """Saves items as a contact's."""
    for item in items:
        item.contact = contact
    if items:
        model.objects.bulk_create(items)


def _update(contact: Contact, info: dict[str, Any], emails: list[Any], phones: list[Any]) -> None:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, given in (("first_name", info["firstName"]), ("last_name", info["lastName"])):
        if getattr(contact, name) != given:
            before[name], after[name] = getattr(contact, name), given
            setattr(contact, name, given)
    for name, model, items in (("emails", Email, emails), ("phones", Phone, phones)):
        kept = list(model.objects.filter(contact=contact).order_by("id"))
        known = {item.key for item in kept}
        new = [item for item in items if item.key not in known]
        if new:
            before[name] = [item.typed for item in kept]
            after[name] = before[name] + [item.typed for item in new]
            add(contact, model, new)
    if after:
        contact.revision += 1
        contact.save()
        Change.objects.create(contact=contact, before=before, after=after)
