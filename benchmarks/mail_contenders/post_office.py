"""django-post-office: `mail.send` with a template of its own, filled in as it is queued."""

from __future__ import annotations

from collections.abc import Sequence

from mail_contenders import FROM, HTML, SUBJECT, TEXT, Mail, contents, django_project

django_project.set_up()

from post_office import mail as office  # noqa: E402 - only once configured
from post_office.models import Email, EmailTemplate  # noqa: E402


class PostOffice:
    name = "django-post-office"

    def open(self, folder: str, durability: str, mails: Sequence[Mail]) -> None:
        """It has no list of contacts, so there is one beside it."""
        django_project.open_database("post_office", folder, durability)
        self.contact = django_project.contacts_of("post_office", mails)
        EmailTemplate.objects.create(
            name="shipped",
            subject=django_project.as_django(SUBJECT),
            content=django_project.as_django(TEXT),
            html_content=django_project.as_django(HTML),
        )

    def record(self, mail: Mail) -> None:
        office.send(self.contact(mail).address, FROM, template="shipped", context=mail.values)

    def deliver(self, port: int | None = None) -> None:
        """In its batches of 100 and on its five threads, as its command does."""
        django_project.send_to(port)
        while sum(office.send_queued()):
            pass

    def contents(self) -> tuple[int, int]:
        found = Email.objects.order_by("id").iterator()
        return contents((it.to[0], it.subject, it.message, it.html_message) for it in found)

    def close(self) -> None:
        django_project.close_database("post_office")
