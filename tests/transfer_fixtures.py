"""Tables for the tests of imports, and all that a store holds, to compare two of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from wixcrm_local import CRM
from wixcrm_local.transfer import importing

HEADERS = ("First Name", "Last Name", "Email", "Phone", "Labels")
# What an import may change: all of it, in the order of the rows.
_TABLES = (
    *("contacts", "contact_emails", "contact_phones", "contact_labels", "contact_custom_fields"),
    *("labels", "custom_fields", "removed_contacts", "contact_changes"),
)


def octets(rows: Iterable[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    """A table as a spreadsheet saves it."""
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


def table(rows: Iterable[Sequence[str]], headers: Sequence[str] = HEADERS) -> io.BytesIO:
    """The same as an open file."""
    return io.BytesIO(octets(rows, headers))


def people(count: int, start: int = 0) -> bytes:
    """A table of so many who have nothing in common."""
    rows = ((f"N{n}", "", f"n{n}@example.com", "", "") for n in range(start, start + count))
    return octets(rows)


def contents(crm: CRM) -> dict[str, list[Any]]:
    """All rows about contacts, however they got there."""

    def work(connection: Any) -> dict[str, list[Any]]:
        found = {}
        for name in _TABLES:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            shown = ", ".join(column for column in columns if column != "verb")
            found[name] = connection.execute(
                f"SELECT {shown} FROM {name} ORDER BY 1, 2, 3"
            ).fetchall()
        return found

    return crm._store.read(work)


def in_chunks_of(patch: Any, size: int) -> None:
    """Lets an import store so many rows in a transaction, and write two of them at a time."""
    patch.setattr(importing, "_CHUNK", size)
    patch.setattr(importing, "_CHUNK_IN_MEMORY", size)
    patch.setattr(importing, "_BLOCK", 2)
