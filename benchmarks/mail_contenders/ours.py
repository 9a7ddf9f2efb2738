"""wixcrm-local itself: template and contact are read, checked and rendered within each call."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mail_contenders import FALLBACKS, FROM, HOST, HTML, SUBJECT, TEXT, Mail, contents
from wixcrm_local import CRM
from wixcrm_local.senders import SMTPSender


class Ours:
    name = "wixcrm-local"

    def open(self, folder: str, durability: str, mails: Sequence[Mail]) -> None:
        self.crm = CRM(os.path.join(folder, "ours.db"), durability=durability, from_address=FROM)
        self.crm.triggered_emails.save(
            "shipped", subject=SUBJECT, text=TEXT, html=HTML, variables=FALLBACKS
        )
        self.ids: dict[int, str] = {}
        with self.crm.transaction():
            for mail in mails:
                if mail.to not in self.ids:
                    self.ids[mail.to] = self._contact(mail)
        self.deliver()  # what was recorded before the first delivery would be held back

    def _contact(self, mail: Mail) -> str:
        first, last = mail.name.split()
        return self.crm.create_contact(
            {"firstName": first, "lastName": last, "emails": [mail.address]}
        )

    def record(self, mail: Mail) -> None:
        self.crm.email_contact("shipped", self.ids[mail.to], {"variables": mail.values})

    def deliver(self, port: int | None = None) -> None:
        self.crm.deliver(SMTPSender(HOST, port, security="plain") if port else _do_nothing)

    def contents(self) -> tuple[int, int]:
        return contents((it.to, it.subject, it.text, it.html or "") for it in self.crm.outbox)

    def close(self) -> None:
        self.crm.close()


def _do_nothing(message: object) -> None:
    """A sender that takes every mail."""
