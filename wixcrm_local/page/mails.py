"""The mails of a page, with what senders answered, and the Triggered Emails they were made of."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from wixcrm_local import delivery_rows, mail_rows, mime, rows
from wixcrm_local.message import Attempt, OutboxMessage
from wixcrm_local.model import TriggeredEmail
from wixcrm_local.page.texts import shown

# Characters of texts and html of all mails together: more would not open in a browser.
MOST_OF_BODIES = 48 * 1024 * 1024
_PAGE = 500
Data = dict[str, Any]


def newest(connection: sqlite3.Connection, limit: int | None) -> list[Data]:
    """The mails that were recorded last, the newest first."""
    number = 0 if limit is None else rows.newest_left_out(connection, "message", limit)
    found: list[Data] = []
    page: list[tuple[int, OutboxMessage]] | None = None
    while page is None or len(page) == _PAGE:
        page = mail_rows.messages_after(connection, number, _PAGE)
        for number, message in page:  # noqa: B007
            found.append(_mail(connection, message))
    return found[::-1]


def without_old_bodies(mails: list[Data], most: int = MOST_OF_BODIES) -> int:
    """Takes text and html from the oldest where they are too much; gives of how many mails."""
    bare = 0
    for mail in mails:
        most -= len(mail["text"]) + len(mail["html"] or "")
        if most < 0:
            mail["text"] = mail["html"] = None
            bare += 1
    return bare


def triggered_emails(connection: sqlite3.Connection) -> list[Data]:
    """All Triggered Emails, oldest first."""
    return [_template(email) for email in mail_rows.all_triggered_emails(connection)]


def _mail(connection: sqlite3.Connection, message: OutboxMessage) -> Data:
    answers: tuple[Attempt, ...] = ()
    if message.attempts:
        answers = delivery_rows.attempts(connection, message.id)
    return {
        "id": message.id,
        "emailId": message.email_id,
        "contactId": message.contact_id,
        "to": message.to,
        "toName": message.to_name,
        "subject": message.subject,
        "status": message.status,
        "reason": message.reason,
        "created": _time(message.created_at),
        "updated": _time(message.updated_at),
        "due": _time(message.due_at),
        "expires": _time(message.expires_at),
        "idempotencyKey": message.idempotency_key,
        "headers": _headers(message),
        "text": message.text,
        "html": message.html,
        "variables": [
            {"name": name, "value": shown(value), "fellBack": name in message.fell_back}
            for name, value in message.variables.items()
        ],
        "answers": [_answer(each) for each in answers],
    }


def _headers(message: OutboxMessage) -> list[list[str]]:
    """The headers that people look for, as a mail program shows them."""
    recipient = f"{message.to_name} <{message.to}>" if message.to_name else message.to
    found = {
        "From": message.from_address or "",
        "To": recipient,
        "Subject": message.subject,
        "Date": mime.date_header(message.created_at),
        "Message-ID": message.message_id,
        **mime.unsubscribing_headers(message.unsubscribe_url),
    }
    return [[name, value] for name, value in found.items()]


def _answer(answer: Attempt) -> Data:
    return {
        "number": answer.number,
        "at": _time(answer.at),
        "sender": answer.sender,
        "outcome": answer.outcome,
        "stage": answer.stage,
        "code": " ".join(
            str(code) for code in (answer.smtp_code, answer.enhanced_code) if code is not None
        ),
        "response": answer.response,
    }


def _template(email: TriggeredEmail) -> Data:
    return {
        "id": email.id,
        "subject": email.subject,
        "text": email.text,
        "html": email.html,
        "from": email.from_address,
        "unsubscribeUrl": email.unsubscribe_url,
        "revision": email.revision,
        "created": _time(email.created_at),
        "updated": _time(email.updated_at),
        "variables": [
            {"name": name, "fallback": fallback} for name, fallback in email.variables.items()
        ],
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
