"""Django's ORM on the plain tables of the hand-written contender, for searches and pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_
from typing import Any

import django
from django.conf import settings


def _models(path: str) -> tuple[Any, Any]:
    if not settings.configured:
        settings.configure(
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}}
        )
        django.setup()
    from django.db import models

    class Contact(models.Model):
        first_name = models.TextField(null=True)
        last_name = models.TextField(null=True)

        class Meta:
            app_label, db_table, managed = "benchmark", "contact", False

    class Email(models.Model):
        contact = models.ForeignKey(
            Contact, models.CASCADE, db_column="contact", related_name="emails"
        )
        address = models.TextField()
        key = models.TextField()

        class Meta:
            app_label, db_table, managed = "benchmark", "email", False

    class Phone(models.Model):
        contact = models.ForeignKey(
            Contact, models.CASCADE, db_column="contact", related_name="phones"
        )
        key = models.TextField()

        class Meta:
            app_label, db_table, managed = "benchmark", "phone", False

    return Contact, models.Q


_MADE: dict[str, tuple[Any, Any]] = {}


def _made(path: str) -> tuple[Any, Any]:
    if path not in _MADE:
        _MADE[path] = _models(path)
    return _MADE[path]


def search(path: str) -> Callable[[str], object]:
    contact, q = _made(path)

    def ask(text: str) -> object:
        words = [
            q(first_name__icontains=word)
            | q(last_name__icontains=word)
            | q(emails__address__icontains=word)
            | q(phones__key__icontains=word)
            for word in text.split()
        ]
        return list(contact.objects.filter(reduce(and_, words)).distinct().order_by("id")[:20])

    return ask


def page(path: str, kind: str) -> Callable[[Any], object]:
    contact, _ = _made(path)

    def ask(asked: Any) -> object:
        where = {"emails__key": asked[1]} if kind == "email" else {"last_name__iexact": asked}
        found = contact.objects.filter(**where).order_by("id").prefetch_related("emails", "phones")
        return list(found[:50])

    return ask
