"""What the Tab key offers for values: from the store's file where there is one, and from lists.

Law: it makes no file, changes none, waits for none and never fails; what can't be known at once
is not offered.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import click
from click.shell_completion import CompletionItem

from wixcrm_local import connection, import_rows, mail_rows, removals, rows
from wixcrm_local.cli import output
from wixcrm_local.cli.session import Session

_PATIENCE = 0.2  # seconds; who presses Tab is waiting
_STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's machine, a fraction of a millisecond
_MOST_CONTACTS = 500
_MOST_MESSAGES = 200

_Offers = Iterator[tuple[str, str]]  # values, each with a word on what it is
_Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]


def _from_store(look: Callable[[sqlite3.Connection], _Offers], end: str = "") -> _Completer:
    """A completer of what `look` finds in the session's store; `end` is put behind each value."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        session = context.find_object(Session) or Session()
        try:
            with closing(_open(os.path.expanduser(session.path))) as reader:
                _limit(reader)
                found = list(look(reader)) if _is_store(reader) else []
        except Exception:  # whatever it is, the command itself will say it
            return []
        folded = incomplete.casefold()
        return [
            CompletionItem(value + end, help=output.printable(about) or None)
            for value, about in found
            if value.casefold().startswith(folded) and value == output.printable(value)
        ]

    return complete


def _open(path: str) -> sqlite3.Connection:
    """A connection that only reads, and waits for no lock; `CRM` would make or migrate a file.

    A file that nobody has open is read as it lies: a lock would leave side files beside it.
    """
    path = os.path.realpath(path)
    nobody = "" if os.path.exists(f"{path}-wal") else "&immutable=1"
    return connection.connect(path, f"mode=ro{nobody}")


def _limit(reader: sqlite3.Connection) -> None:
    """Lets SQLite give up when the time is over."""
    deadline = time.monotonic() + _PATIENCE
    reader.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)


def _is_store(reader: sqlite3.Connection) -> bool:
    (application_id,) = reader.execute("PRAGMA application_id").fetchone()
    return bool(application_id == connection.APPLICATION_ID)


def _labels(reader: sqlite3.Connection) -> _Offers:
    return ((row[2], row[1]) for row in rows.run(reader, "all_labels"))


def _fields(reader: sqlite3.Connection) -> _Offers:
    return ((row[2], row[3]) for row in rows.run(reader, "all_custom_fields"))


def _templates(reader: sqlite3.Connection) -> _Offers:
    return ((row[1], row[2]) for row in rows.run(reader, "all_triggered_emails"))


def _contacts(reader: sqlite3.Connection) -> _Offers:
    """The first contacts: of a long list, nobody types an id by hand."""
    for row in rows.run(reader, "contacts_after", 0, _MOST_CONTACTS):
        yield row[1], " ".join(name for name in row[2:4] if name)


def _trashed(reader: sqlite3.Connection) -> _Offers:
    for each in removals.trashed(reader):
        names = (each.members.get(name) for name in ("first_name", "last_name"))
        yield each.id, " ".join(name for name in names if name)


def _messages(*statuses: str) -> Callable[[sqlite3.Connection], _Offers]:
    """Mails, the newest of all, or the first of each status."""

    def look(reader: sqlite3.Connection) -> _Offers:
        if not statuses:
            first = max(0, mail_rows.count_messages(reader) - _MOST_MESSAGES)
            found = mail_rows.messages_at(reader, first, _MOST_MESSAGES)[::-1]
        else:
            found = [
                message
                for status in statuses
                for message in mail_rows.messages_where(reader, status=status, most=_MOST_MESSAGES)
            ]
        return ((each.id, f"{each.status} {each.to} {each.subject}") for each in found)

    return look


def _suppressed(reader: sqlite3.Connection) -> _Offers:
    return ((row[1], row[2]) for row in rows.run(reader, "all_suppressions") if row[1])


def _imports(reader: sqlite3.Connection) -> _Offers:
    """Those that can be taken back, the last first: it is the one that is regretted."""
    for each in reversed(import_rows.everything(reader)):
        if each.undone_at is None:
            yield each.receipt, f"{each.format} {each.started_at[:16].replace('T', ' ')}"


labels = _from_store(_labels)
fields = _from_store(_fields)
field_assignments = _from_store(_fields, end="=")
templates = _from_store(_templates)
contacts = _from_store(_contacts)
trashed = _from_store(_trashed)
messages = _from_store(_messages())
messages_to_cancel = _from_store(_messages("queued"))
messages_to_retry = _from_store(_messages("failed", "cancelled", "suppressed", "queued"))
messages_to_resolve = _from_store(_messages("uncertain"))
suppressed = _from_store(_suppressed)
imports = _from_store(_imports)


def regions(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """The countries that phone numbers are read in."""
    from wixcrm_local.phone_fast_path import SUPPORTED_REGIONS

    wanted = incomplete.upper()
    return [CompletionItem(each) for each in sorted(SUPPORTED_REGIONS) if each.startswith(wanted)]
