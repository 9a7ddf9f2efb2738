"""Verbs without a target: email_contact beside a hand-written insert, and reading."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import Any

import people

from wixcrm_local import CRM

_BLOCK = 100
_SUBJECT = "Your order ${number}"
_TEXT = "Dear ${name},\n\nyour order ${number} is on its way.\n"
_HTML = "<p>Dear ${name},</p><p>your order <b>${number}</b> is on its way.</p>"

_OUTBOX = """
CREATE TABLE contact (id INTEGER PRIMARY KEY, contact_id TEXT NOT NULL UNIQUE, name TEXT);
CREATE TABLE email (id INTEGER PRIMARY KEY, contact INTEGER NOT NULL, address TEXT NOT NULL);
CREATE INDEX email_contact ON email (contact);
CREATE TABLE template (id TEXT PRIMARY KEY, subject TEXT, text TEXT, html TEXT);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, contact_id TEXT NOT NULL,
    address TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT,
    variables TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE INDEX outbox_contact ON outbox (contact_id);
CREATE INDEX outbox_status ON outbox (status);
"""
_RECIPIENT = """
SELECT contact_id, name, address FROM contact JOIN email ON contact = contact.id
WHERE contact_id = ? ORDER BY email.id LIMIT 1"""
_TEMPLATE = "SELECT subject, text, html FROM template WHERE id = ?"
_MESSAGE = """
INSERT INTO outbox (message_id, contact_id, address, subject, text, html, variables, status,
                    created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?)"""


def measure(folder: str, durability: str, calls: int) -> dict[str, Any]:
    """Rates, and of email_contact the ratio to the hand-written insert."""
    with CRM(
        os.path.join(folder, "beside.db"), default_region=people.HOME, durability=durability
    ) as crm:
        with crm.transaction():
            ids = [crm.create_contact(people.newcomer(number).info) for number in range(calls)]
        crm.triggered_emails.save(
            "shipped",
            subject=_SUBJECT,
            text=_TEXT,
            html=_HTML,
            variables={"name": "customer", "number": "?"},
        )
        mailed = [id for id in ids if crm.get_contact(id).emails]
        outbox = _Outbox(os.path.join(folder, "outbox.db"), durability, mailed)

        def email_contact(id: str) -> None:
            crm.email_contact("shipped", id, {"variables": {"name": "Ana", "number": id[-4:]}})

        ours, theirs = _in_turns(email_contact, outbox.send, mailed)
        outbox.database.close()
        emails = [text for number in range(calls) for text, _ in people.newcomer(number).emails]
        find = [_timed(lambda text: crm.find_contact(email=text), text) for text in emails]
        start = perf_counter_ns()
        seen = sum(1 for _ in crm.iter_contacts())
        iterating = perf_counter_ns() - start
    return {
        "durability": durability,
        "email_contact, calls a second": 1e9 / median(ours),
        "hand-written outbox insert, calls a second": 1e9 / median(theirs),
        "email_contact to hand-written": median(theirs) / median(ours),
        "find_contact, calls a second": 1e9 / median(find),
        "iter_contacts, contacts a second": seen * 1e9 / iterating,
    }


class _Outbox:
    """Reads contact and template, fills it in and queues it, in one transaction."""

    def __init__(self, path: str, durability: str, ids: list[str]) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute(f"PRAGMA synchronous = {durability.upper()}")
        self.database.executescript(_OUTBOX)
        self.database.execute("BEGIN")
        for number, id in enumerate(ids, 1):
            self.database.execute("INSERT INTO contact VALUES (?, ?, 'Ana Diaz')", (number, id))
            row = (number, f"{number}@example.com")
            self.database.execute("INSERT INTO email (contact, address) VALUES (?, ?)", row)
        template = ("shipped", *(_as_format(text) for text in (_SUBJECT, _TEXT, _HTML)))
        self.database.execute("INSERT INTO template VALUES (?, ?, ?, ?)", template)
        self.database.execute("COMMIT")

    def send(self, id: str) -> None:
        execute = self.database.execute
        variables = {"name": "Ana", "number": id[-4:]}
        execute("BEGIN IMMEDIATE")
        contact_id, _, address = execute(_RECIPIENT, (id,)).fetchone()
        template = execute(_TEMPLATE, ("shipped",)).fetchone()
        subject, text, html = (part.format_map(variables) for part in template)
        message_id = f"<{time.time_ns():x}@example.com>"
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        row = (message_id, contact_id, address, subject, text, html, json.dumps(variables), now)
        execute(_MESSAGE, row)
        execute("COMMIT")


def _as_format(text: str) -> str:
    return text.replace("${", "{")


def _in_turns(
    one: Callable[[str], object], other: Callable[[str], object], items: list[str]
) -> tuple[list[int], list[int]]:
    times: tuple[list[int], list[int]] = ([], [])
    for at in range(0, len(items), _BLOCK):
        for work, taken in zip((one, other), times, strict=True):
            taken += [_timed(work, item) for item in items[at : at + _BLOCK]]
    return times


def _timed(work: Callable[[str], object], item: str) -> int:
    start = perf_counter_ns()
    work(item)
    return perf_counter_ns() - start
