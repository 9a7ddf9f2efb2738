"""django-mailer: Django's own `send_mail` with its backend; the caller fills in kept templates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from django.core.mail import send_mail
from django.template import Context, Template

from mail_contenders import FROM, HTML, SUBJECT, TEXT, Mail, contents, django_project

django_project.set_up()

from mailer.engine import send_all  # noqa: E402 - only once configured
from mailer.models import Message, MessageLog  # noqa: E402


class DjangoMailer:
    name = "django-mailer"

    def open(self, folder: str, durability: str, mails: Sequence[Mail]) -> None:
        """It has no list of contacts, so there is one beside it."""
        django_project.open_database("mailer", folder, durability)
        self.contact = django_project.contacts_of("mailer", mails)
        self.templates = [
            Template(django_project.as_django(part)) for part in (SUBJECT, TEXT, HTML)
        ]

    def record(self, mail: Mail) -> None:
        context = Context(mail.values)
        subject, text, html = (part.render(context) for part in self.templates)
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
