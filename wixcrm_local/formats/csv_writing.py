"""Writes contacts as a table that Wix, Google or Outlook imports.

Law: what is written is read back by `csv_reading` as it was, but for what `csv_losses` names; and
no cell calls anything in a spreadsheet.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date
from typing import BinaryIO

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.formats.csv_cells import SEVERAL, guarded, joined_labels
from wixcrm_local.formats.csv_layouts import Layout
from wixcrm_local.formats.csv_rows import LONGEST_CELL
from wixcrm_local.model import Contact, CustomFieldValue

# Signs that dial and compute, at worst, but call nothing: Google and Outlook would keep a guard.
_DIALLED = re.compile(r"[0-9+()./ \xa0-]*")

_WORDS = {
    "subscribed": "Subscribed",
    "unsubscribed": "Unsubscribed",
    "pending": "Pending",
    "not_set": "Not set",
}


class CsvWriter:
    """Writes contacts under the columns of a layout: UTF-8 with a byte order mark, CRLF."""

    def __init__(self, stream: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._cells = _CELLS[layout.format]
        encoded = Encoded(stream)
        self._writer = csv.writer(encoded, lineterminator="\r\n")
        stream.write(codecs.BOM_UTF8)
        # All in quotes: a delimiter is found by counting what stands outside of them.
        headers = csv.writer(encoded, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        headers.writerow(map(guarded, layout.headers))

    def write(self, contact: Contact) -> None:
        """Adds the row of a contact, without what the format has no place for (`not_held`).

        Raises `InvalidArgument` for one with more addresses or numbers than the layout has
        columns for.
        """
        if self._layout.format != "outlook":
            self._refuse_excess("emails", contact.emails, self._layout.emails)
            self._refuse_excess("phones", contact.phones, self._layout.phones)
        self._writer.writerow(self._cells(contact, self._layout))

    def _refuse_excess(self, member: str, values: tuple[str, ...], columns: int) -> None:
        if len(values) > columns:
            raise InvalidArgument(
                f"a contact has {len(values)} {member} and the layout {columns} columns for them; "
                f"make the layout with {member}={len(values)}"
            )


class Encoded:
    """What a csv writer writes to: a stream of octets."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text.encode())


def _wix_cells(contact: Contact, layout: Layout) -> Iterator[str]:
    yield guarded(contact.first_name or "")
    yield guarded(contact.last_name or "")
    yield from _filled(map(guarded, contact.emails), layout.emails)
    yield from _filled(map(guarded, contact.phones), layout.phones)
    yield _labels_cell(joined_labels(contact.labels))
    yield _WORDS[contact.subscription]
    yield guarded(contact.language or "")
    if layout.times:
        yield contact.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if layout.pictures:
        yield guarded(contact.picture or "")
    for name in layout.fields:
        yield _value_cell(contact.custom_fields.get(name, ""))


def _google_cells(contact: Contact, layout: Layout) -> Iterator[str]:
    yield guarded(contact.first_name or "")
    yield guarded(contact.last_name or "")
    if layout.pictures:
        yield guarded(contact.picture or "")
    yield _labels_cell(SEVERAL.join(contact.labels))
    yield from _labelled((("", guarded(email)) for email in contact.emails), layout.emails)
    yield from _labelled((("", _phone_cell(phone)) for phone in contact.phones), layout.phones)
    fields = contact.custom_fields.items()
    pairs = ((guarded(name), _value_cell(value)) for name, value in fields)
    yield from _labelled(pairs, len(layout.fields))


def _outlook_cells(contact: Contact, layout: Layout) -> Iterator[str]:
    yield guarded(contact.first_name or "")
    yield guarded(contact.last_name or "")
    yield from _filled(map(guarded, contact.emails[: layout.emails]), layout.emails)
    yield from _filled(map(_phone_cell, contact.phones[: layout.phones]), layout.phones)
    yield _labels_cell(joined_labels(contact.labels))
    yield guarded(contact.language or "")


_CELLS: dict[str, Callable[[Contact, Layout], Iterator[str]]] = {
    "csv": _wix_cells,
    "google": _google_cells,
    "outlook": _outlook_cells,
}


def _filled(cells: Iterable[str], width: int) -> list[str]:
    filled = list(cells)
    return filled + [""] * (width - len(filled))


def _labelled(pairs: Iterable[tuple[str, str]], count: int) -> list[str]:
    return _filled((cell for pair in pairs for cell in pair), 2 * count)


def _phone_cell(phone: str) -> str:
    return phone if _DIALLED.fullmatch(phone) else guarded(phone)


def _labels_cell(cell: str) -> str:
    return guarded(cell) if len(cell) < LONGEST_CELL else ""


def _value_cell(value: CustomFieldValue) -> str:
    return guarded(value) if isinstance(value, str) else value_text(value)


def value_text(value: CustomFieldValue) -> str:
    """The value of a custom field as it stands in a table: a date in its ISO form."""
    return value.isoformat() if isinstance(value, date) else str(value)
