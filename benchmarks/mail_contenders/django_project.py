"""One Django project with both of its mail packages, each on a file of its own, in WAL as ours."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import django
from django.conf import settings

from mail_contenders import HOST, HTML, SUBJECT, TEXT, Mail, contact_id

# By app; django-mailer opens its transactions on the default one.
_DATABASES = {"post_office": "post_office", "mailer": "default"}
_BACKENDS = "django.core.mail.backends"
_LOADERS = "django.template.loaders"


def as_django(template: str) -> str:
    """The same template in Django's language."""
    return re.sub(r"\$\{(\w+)\}", r"{{ \1 }}", template)


# Files that are read and compiled once, as Django does outside of debugging.
_FILES = {
    "shipped_subject.txt": as_django(SUBJECT),
    "shipped.txt": as_django(TEXT),
    "shipped.html": as_django(HTML),
}
_KEPT_TEMPLATES = (f"{_LOADERS}.cached.Loader", [(f"{_LOADERS}.locmem.Loader", _FILES)])


@cache
def set_up() -> None:
    """Configures Django; the models can be imported after it."""
    logging.getLogger("post_office").addHandler(logging.NullHandler())  # else it prints each batch
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(
        DATABASES={name: dict(file) for name in _DATABASES.values()},
        DATABASE_ROUTERS=["mail_contenders.django_project.Router"],
        INSTALLED_APPS=list(_DATABASES),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [_KEPT_TEMPLATES]},
            }
        ],
        EMAIL_BACKEND="mailer.backend.DbBackend",
        MAILER_USE_FILE_LOCK=False,
        USE_TZ=True,
    )
    django.setup()


class Router:
    """Sends each app to its own file."""

    def db_for_read(self, model: type, **_: object) -> str:
        return _DATABASES[model._meta.app_label]  # type: ignore[attr-defined]

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool:
        return _DATABASES[app_label] == db


def open_database(app: str, folder: str, durability: str) -> None:
    """Points an app at a new file in `folder`, and makes its tables there."""
    from django.core.management import call_command
    from django.db import connections

    name = _DATABASES[app]
    connections[name].settings_dict["NAME"] = os.path.join(folder, f"{app}.db")
    connections[name].settings_dict["OPTIONS"] = {
        "init_command": f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {durability.upper()}",
        "transaction_mode": "IMMEDIATE",
    }
    call_command("migrate", database=name, verbosity=0)


def contacts_of(app: str, mails: Sequence[Mail]) -> Callable[[Mail], Any]:
    """Makes a table of contacts in an app's file, and gives what looks one up by its id, as every
    call of emailContact does."""
    from django.db import connections

    contact, database = _contact_model(), _DATABASES[app]
    with connections[database].schema_editor() as editor:
        editor.create_model(contact)
    manager = contact._default_manager.using(database)
    known = {mail.to: mail for mail in mails}.values()
    manager.bulk_create(
        contact(contact_id=contact_id(it), name=it.name, address=it.address) for it in known
    )
    return lambda mail: manager.get(contact_id=contact_id(mail))


@cache
def _contact_model() -> Any:
    from django.db import models

    class Contact(models.Model):
        contact_id = models.CharField(max_length=36, unique=True)
        name = models.TextField()
        address = models.TextField()

        class Meta:
            app_label = "people"

    return Contact


def close_database(app: str) -> None:
    """Closes an app's file."""
    from django.db import connections

    connections[_DATABASES[app]].close()


def send_to(port: int | None) -> None:
    """Both packages deliver to the SMTP server at this port of loopback from now on, or to nobody.

    They read their settings at each delivery.
    """
    backend = f"{_BACKENDS}.{'smtp' if port else 'dummy'}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port
    settings.MAILER_EMAIL_BACKEND = backend
    settings.POST_OFFICE = {"BACKENDS": {"default": backend}}
