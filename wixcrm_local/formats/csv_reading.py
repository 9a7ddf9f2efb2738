"""Reads tables of people: what Wix, Google and Outlook export, and any other with headers.

Law: a row is given whole or with the reason why not; no value moves to another row or column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

from wixcrm_local.errors import UnreadableFile
from wixcrm_local.formats import csv_columns
from wixcrm_local.formats.csv_cells import (
    emails_of,
    google_labels,
    name_parts,
    phones_of,
    subscription_of,
    unguarded,
)
from wixcrm_local.formats.csv_columns import Column
from wixcrm_local.formats.csv_damage import damage, error_value, spoilt_number
from wixcrm_local.formats.csv_headers import NOT_TAKEN, OTHER, PAIR, format_of
from wixcrm_local.formats.csv_rows import UNREADABLE_ROW, Row, rows_of
from wixcrm_local.formats.records import Record, Refusal

_NO_OTHERS: Mapping[str, str] = MappingProxyType({})
_EMPTY = Refusal(UNREADABLE_ROW, "the file is empty; give one with a row of headers")


def read_csv(
    stream: BinaryIO,
    mapping: Mapping[str, str | None] | None = None,
    known_fields: Collection[str] = (),
) -> CsvReader:
    """A reader of the table in `stream`, which need not be seekable and is read as it is asked.

    `mapping` sends columns elsewhere than their headers say: header → firstName, lastName, name,
    emails, phones, labels, language, picture, subscription, 'other', 'other:Another name', or
    None for a column that is not taken. `known_fields` are names of custom fields: a column of
    such a name is taken, though it be one that else is not.

    Raises `UnreadableFile` for a file without headers, or without a column of addresses or
    numbers; `InvalidArgument` for a mapping that does not fit, or a stream of text.
    """
    rows = rows_of(stream)
    _, cells = next(rows, (0, _EMPTY))
    if isinstance(cells, Refusal):
        raise UnreadableFile(cells.sentence)
    format = format_of(csv_columns.headers_of(cells))
    columns = csv_columns.columns_of(cells, format, mapping or {}, known_fields)
    return CsvReader(format, columns, rows)


class CsvReader:
    """A `RecordReader` of a table."""

    def __init__(self, format: str, columns: Sequence[Column], rows: Iterator[Row]) -> None:
        self.format = format
        self.columns: Mapping[str, str] = MappingProxyType(
            {each.header: OTHER if each.role == PAIR else each.role for each in columns}
        )
        self._plan = _plan(format, columns)
        self._rows = rows

    def __iter__(self) -> Iterator[Record]:
        plan = self._plan
        for number, cells in self._rows:
            if isinstance(cells, Refusal):
                yield Record(number, {}, refusal=cells)
            elif record := _record(plan, number, cells):
                yield record


class _Plan(NamedTuple):
    """Which columns make which part of a record, found out once for all rows."""

    headers: tuple[str, ...]
    is_taken: tuple[bool, ...]
    is_google: bool
    first_names: tuple[int, ...]
    last_names: tuple[int, ...]
    names: tuple[int, ...]
    emails: tuple[int, ...]
    phones: tuple[int, ...]
    faxes: tuple[tuple[int, int], ...]
    labels: tuple[int, ...]
    texts: tuple[tuple[str, int], ...]
    subscriptions: tuple[int, ...]
    others: tuple[tuple[str, int], ...]
    pairs: tuple[tuple[int, int | None], ...]


def _plan(format: str, columns: Sequence[Column]) -> _Plan:
    def places(role: str) -> tuple[int, ...]:
        return tuple(place for place, column in enumerate(columns) if column.role == role)

    phones = [(place, columns[place].beside) for place in places("phones")]
    return _Plan(
        headers=tuple(column.header for column in columns),
        is_taken=tuple(column.role != NOT_TAKEN for column in columns),
        is_google=format == "google",
        first_names=places("firstName"),
        last_names=places("lastName"),
        names=places("name"),
        emails=places("emails"),
        phones=places("phones"),
        faxes=tuple((place, beside) for place, beside in phones if beside is not None),
        labels=places("labels"),
        texts=tuple((role, place) for role in ("language", "picture") for place in places(role)),
        subscriptions=places("subscription"),
        others=tuple((columns[place].name, place) for place in places(OTHER)),
        pairs=tuple((place, columns[place].beside) for place in places(PAIR)),
    )


def _record(plan: _Plan, row: int, cells: list[str]) -> Record | None:
    """What a row has of a person; None for a row without anything."""
    if len(cells) != len(plan.headers) and not _fitted(cells, len(plan.headers)):
        return Record(row, {}, refusal=_too_many(len(plan.headers)))
    cells = list(map(str.strip, cells))
    refusal = _undone(plan, cells)
    others = _others(plan, cells)
    members = _members(plan, cells)
    labels = tuple([cells[place] for place in plan.labels if cells[place]])
    subscription = subscription_of(_first(cells, plan.subscriptions))
    if not (members or others or labels or subscription or refusal):
        return None
    if plan.is_google:
        names = tuple([name for cell in labels for name in google_labels(cell)])
        return Record(row, members, names, (), others, subscription, refusal)
    return Record(row, members, (), labels, others, subscription, refusal)


def _fitted(cells: list[str], width: int) -> bool:
    """Makes the row as wide as the headers, where it has no values beyond these."""
    if any(cell and not cell.isspace() for cell in cells[width:]):
        return False
    del cells[width:]
    cells += [""] * (width - len(cells))
    return True


def _too_many(width: int) -> Refusal:
    return Refusal(
        UNREADABLE_ROW,
        f"the row has values beyond the {width:,} columns that have headers; "
        "put values that hold the delimiter in quotes, or give each column a header",
    )


def _undone(plan: _Plan, cells: list[str]) -> Refusal | None:
    """Takes from the cells what guards formulas; empties those that a spreadsheet has spoilt.

    Answers why the row is refused, if it is.
    """
    refusal = None
    for place, cell in enumerate(cells):
        if not cell or cell[0] not in "'#":
            continue
        if cell[0] == "'":
            cells[place] = unguarded(cell)
        elif plan.is_taken[place] and (what := error_value(cell)):
            refusal = refusal or damage(plan.headers[place], what)
            cells[place] = ""
    for place in plan.phones:
        number = cells[place]
        if number and (what := spoilt_number(number)):
            refusal = refusal or damage(plan.headers[place], what)
            cells[place] = ""
    return refusal


def _others(plan: _Plan, cells: list[str]) -> Mapping[str, str]:
    """What goes to no member; a number of a fax is taken out of its cell."""
    if not (plan.others or plan.pairs or plan.faxes):
        return _NO_OTHERS
    others: dict[str, str] = {}
    for name, place in plan.others:
        if cells[place]:
            others.setdefault(name, cells[place])
    for place, beside in plan.pairs:
        if cells[place]:
            others.setdefault(_label_of(plan, cells, place, beside), cells[place])
    for place, beside in plan.faxes:
        if cells[place] and "fax" in cells[beside].lower():
            others.setdefault(cells[beside], cells[place])
            cells[place] = ""
    return others


def _label_of(plan: _Plan, cells: list[str], place: int, beside: int | None) -> str:
    return (cells[beside] if beside is not None else "") or plan.headers[place]


def _members(plan: _Plan, cells: list[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    first_name = _joined(cells, plan.first_names)
    last_name = _joined(cells, plan.last_names)
    if plan.names and not (first_name or last_name):
        first_name, last_name = name_parts(_first(cells, plan.names))
    if first_name:
        members["firstName"] = first_name
    if last_name:
        members["lastName"] = last_name
    emails: list[str] = []
    for place in plan.emails:
        if cells[place]:
            emails += emails_of(cells[place])
    if emails:
        members["emails"] = emails
    phones: list[str] = []
    for place in plan.phones:
        if cells[place]:
            phones += phones_of(cells[place])
    if phones:
        members["phones"] = phones
    for member, place in plan.texts:
        if cells[place]:
            members.setdefault(member, cells[place])
    return members


def _joined(cells: list[str], places: tuple[int, ...]) -> str:
    """The values of several columns, as of a first and a middle name."""
    if len(places) == 1:
        return cells[places[0]]
    return " ".join([cells[place] for place in places if cells[place]])


def _first(cells: list[str], places: tuple[int, ...]) -> str:
    for place in places:
        if cells[place]:
            return cells[place]
    return ""
