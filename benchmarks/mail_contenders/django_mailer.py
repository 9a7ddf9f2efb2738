"""django-mailer: Django's own `send_mail` with its backend, and templates by their names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from django.core.mail import send_mail
from django.template.loader import render_to_string

from mail_contenders import FROM, Mail, contents, django_project

django_project.set_up()

from mailer.engine import send_all  # noqa: E402 - only once configured
from mailer.models import Message, MessageLog  # noqa: E402

_PARTS = ("shipped_subject.txt", "shipped.txt", "shipped.html")


class DjangoMailer:
    name = "django-mailer"

    def open(self, folder: str, durability: str, mails: Sequence[Mail]) -> None:
        """It has no list of contacts, so there is one beside it."""
        django_project.open_database("mailer", folder, durability)
        self.contact = django_project.contacts_of("mailer", mails)

    def record(self, mail: Mail) -> None:
        subject, text, html = (render_to_string(name, mail.values) for name in _PARTS)
        send_mail(subject, text, FROM, [self.contact(mail).address], html_message=html)

    def deliver(self, port: int | None = None) -> None:
        django_project.send_to(port)
        send_all()

    def contents(self) -> tuple[int, int]:
        """A mail that was sent is in the log."""
        kept = chain(MessageLog.objects.order_by("id"), Message.objects.order_by("id"))
        found = (it.email for it in kept)
        return contents((it.to[0], it.subject, it.body, it.alternatives[0][0]) for it in found)

    def close(self) -> None:
        django_project.close_database("mailer")
