"""The labels and custom fields of an import: names that many rows share are looked up once.

Law: within one transaction, at whose beginning all is forgotten; a name is known only as it stands
in its register.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from wixcrm_local.cleaning import MOST_LABELS, Cleaning
from wixcrm_local.context import Context
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.formats.csv_cells import split_labels
from wixcrm_local.formats.records import Record
from wixcrm_local.labels import Labels
from wixcrm_local.model import CustomField, Label
from wixcrm_local.register import Register
from wixcrm_local.rows import Row

_SEPARATORS = (";", ",", '"')
Entry = TypeVar("Entry")


class _Remembering(Register[Entry], Generic[Entry]):
    """A register that is asked the same names again and again within one transaction."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.known: dict[str, Row] = {}
        self._unknown: set[str] = set()
        self.made: list[str] = []  # keys, in this transaction

    def find(self, connection: sqlite3.Connection, name: str) -> Row | None:
        row = self.known.get(name)
        if row is None and name not in self._unknown:
            row = super().find(connection, name)
            if row is None:
                self._unknown.add(name)
            else:
                self.known[name] = row
        return row

    def add(self, connection: sqlite3.Connection, name: str, **extra: str) -> Row:
        self._unknown.clear()
        row = super().add(connection, name, **extra)
        self.made.append(row[1])
        return row

    def forget(self) -> None:
        """What was found may have been undone."""
        self.known.clear()
        self._unknown.clear()


class KnownLabels(dict[str, str]):
    """Names that all stand in the register; `numbers` are those of their labels."""

    numbers: tuple[int, ...] = ()


class LabelsOfRows(_Remembering[Label], Labels):
    """The labels of an import, and which ones a cell holds."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.made_several = False  # names that look like several
        self._together: dict[tuple[tuple[str, ...], ...], KnownLabels] = {}

    def named_by(
        self, connection: sqlite3.Connection, record: Record
    ) -> Sequence[str] | KnownLabels:
        """The names in a record; where all are known they are found once for all such records."""
        together = (record.labels, record.label_cells)
        if known := self._together.get(together):
            return known
        names = [*record.labels]
        for cell in record.label_cells:
            names += self._names_in(connection, cell)
        found = [self.find(connection, name) for name in names[: MOST_LABELS + 1]]
        numbers = tuple(dict.fromkeys(row[0] for row in found if row is not None))
        if None in found or len(found) > MOST_LABELS:
            return names  # to be looked at one by one
        known = self._together[together] = KnownLabels((name, "") for name in names)
        known.numbers = numbers
        return known

    def _names_in(self, connection: sqlite3.Connection, cell: str) -> list[str]:
        """A cell is one label where there is one of its whole text, else several."""
        whole = cell.strip()
        is_label = whole and self.find(connection, whole) is not None
        return [whole] if is_label else split_labels(cell)

    def resolve(
        self, connection: sqlite3.Connection, names: Mapping[str, str], *rest: Any
    ) -> tuple[int, ...]:
        if isinstance(names, KnownLabels):
            return names.numbers
        return super().resolve(connection, names, *rest)

    def add(self, connection: sqlite3.Connection, name: str, **extra: str) -> Row:
        self._together.clear()  # one of the cells may be this label
        self.made_several = self.made_several or any(mark in name for mark in _SEPARATORS)
        return super().add(connection, name, **extra)

    def forget(self) -> None:
        super().forget()
        self._together.clear()


class FieldsOfRows(_Remembering[CustomField], CustomFields):
    """The custom fields of an import."""


class RowCleaning(Cleaning):
    """Knows labels that were looked up already."""

    __slots__ = ()

    def labels(self, value: object) -> dict[str, str]:
        return value if isinstance(value, KnownLabels) else super().labels(value)
