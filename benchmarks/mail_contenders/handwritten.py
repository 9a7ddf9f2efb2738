"""What a user would write on the sqlite3 module: a table of contacts, templates and an outbox.

Contact and template are read and the mail is filled in and queued in one transaction; when it is
delivered it is marked before it is handed over, and again after, in a transaction each.
"""

from __future__ import annotations

import html
import json
import os
import smtplib
import sqlite3
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from mail_contenders import FROM, HOST, HTML, SUBJECT, TEXT, Mail, contact_id, contents

_TABLES = """
CREATE TABLE contact (id INTEGER PRIMARY KEY, contact_id TEXT NOT NULL UNIQUE, name TEXT);
CREATE TABLE email (id INTEGER PRIMARY KEY, contact INTEGER NOT NULL, address TEXT NOT NULL);
CREATE INDEX email_contact ON email (contact);
CREATE TABLE template (id TEXT PRIMARY KEY, subject TEXT, text TEXT, html TEXT);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, contact_id TEXT NOT NULL,
    address TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    html TEXT, variables TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE INDEX outbox_contact ON outbox (contact_id);
CREATE INDEX outbox_status ON outbox (status);
"""
_RECIPIENT = """
SELECT contact_id, name, address FROM contact JOIN email ON contact = contact.id
WHERE contact_id = ? ORDER BY email.id LIMIT 1"""
_TEMPLATE = "SELECT subject, text, html FROM template WHERE id = ?"
_QUEUE = """
INSERT INTO outbox (message_id, contact_id, address, sender, subject, text, html, variables,
                    status, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)"""
_NEXT = """
SELECT id, message_id, address, sender, subject, text, html, created_at FROM outbox
WHERE status = 'queued' ORDER BY id LIMIT 1"""
_MARK = "UPDATE outbox SET status = ? WHERE id = ?"
_RECORDED = "SELECT address, subject, text, html FROM outbox ORDER BY id"


class Handwritten:
    name = "hand-written sqlite3"

    def open(self, folder: str, durability: str, mails: Sequence[Mail]) -> None:
        path = os.path.join(folder, "handwritten.db")
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute(f"PRAGMA synchronous = {durability.upper()}")
        self.database.executescript(_TABLES)
        self.database.execute("BEGIN")
        people = {mail.to: mail for mail in mails}
        for number, mail in people.items():
            row = (number, contact_id(mail), mail.name)
            self.database.execute("INSERT INTO contact VALUES (?, ?, ?)", row)
            row = (number, mail.address)
            self.database.execute("INSERT INTO email (contact, address) VALUES (?, ?)", row)
        parts = (SUBJECT, TEXT, HTML)
        self.database.execute("INSERT INTO template VALUES (?, ?, ?, ?)", ("shipped", *parts))
        self.database.execute("COMMIT")

    def record(self, mail: Mail) -> None:
        execute = self.database.execute
        execute("BEGIN IMMEDIATE")
        id, _, address = execute(_RECIPIENT, (contact_id(mail),)).fetchone()
        subject, text, html_part = execute(_TEMPLATE, ("shipped",)).fetchone()
        for name, value in mail.values.items():
            mark = f"${{{name}}}"
            subject, text = subject.replace(mark, value), text.replace(mark, value)
            html_part = html_part.replace(mark, html.escape(value))
        row = (
            f"<{time.time_ns():x}@example.com>",
            id,
            address,
            FROM,
            subject,
            text,
            html_part,
            json.dumps(mail.values),
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        execute(_QUEUE, row)
        execute("COMMIT")

    def deliver(self, port: int | None = None) -> None:
        execute = self.database.execute
        with smtplib.SMTP(HOST, port) if port else nullcontext() as server:
            while mail := execute(_NEXT).fetchone():
                number, *content = mail
                execute(_MARK, ("sending", number))
                if server is not None:
                    server.send_message(_built(*content))
                execute(_MARK, ("sent", number))

    def contents(self) -> tuple[int, int]:
        return contents(self.database.execute(_RECORDED))

    def close(self) -> None:
        self.database.close()


def _built(
    message_id: str, address: str, sender: str, subject: str, text: str, html: str, at: str
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, address, subject
    made["Date"], made["Message-ID"] = format_datetime(datetime.fromisoformat(at)), message_id
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    return made
