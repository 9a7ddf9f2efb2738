"""Django's ORM on the plain tables of the hand-written contender, for searches and pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_
from typing import Any

import django
from django.conf import settings


def _models(path: str) -> tuple[Any, Any, Any]:
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
        contact = models.ForeignKey(Contact, models.CASCADE, db_column="contact")
        address = models.TextField()
        key = models.TextField()

        class Meta:
            app_label, db_table, managed = "benchmark", "email", False

    class Phone(models.Model):
        contact = models.ForeignKey(Contact, models.CASCADE, db_column="contact")
        key = models.TextField()

        class Meta:
            app_label, db_table, managed = "benchmark", "phone", False

    return Contact, Email, Phone


_MADE: dict[str, Any] = {}


def _made(path: str) -> Any:
    if path not in _MADE:
        _MADE[path] = _models(path)
    return _MADE[path]


def search(path: str) -> Callable[[str], object]:
    from django.db.models import Exists, OuterRef, Q

    contact, email, phone = _made(path)

    def has(word: str) -> Any:
        own = {"contact": OuterRef("pk")}
        return (
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Exists(email.objects.filter(address__icontains=word, **own))
            | Exists(phone.objects.filter(key__icontains=word, **own))
        )

    def ask(text: str) -> object:
        words = [has(word) for word in text.split()]
        return list(contact.objects.filter(reduce(and_, words)).order_by("id")[:20])

    return ask


def page(path: str, kind: str) -> Callable[[Any], object]:
    contact, email, phone = _made(path)

    def ask(asked: Any) -> object:
        if kind == "email":
            found = contact.objects.filter(
                pk__in=email.objects.filter(key=asked[1]).values("contact")
            )
        else:
            found = contact.objects.filter(last_name__iexact=asked)
        some = list(found.order_by("id")[:50])
        return [some, *(list(each.objects.filter(contact__in=some)) for each in (email, phone))]

    return ask
