"""Looks through a whole store for what should not be: SQLite's own structure, then our rules.

Law: reads only, a page at a time, each page one state of the store, so that what vanishes between
two pages is no finding; memory is bounded.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import attrs

from wixcrm_local import errors, rows, schema, soundness
from wixcrm_local.model import ReadOnlyDict
from wixcrm_local.phone_number import checked_region
from wixcrm_local.rows import Row
from wixcrm_local.soundness import Fault, Item, PhoneKey
from wixcrm_local.store import REGION, Store

Progress = Callable[[int, int], object]  # rows done, rows in all

_PAGE = 200
_LISTED = 100  # findings of one code
_BEFORE_ALL = -(2**63)


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that should not be.

    `code` says what, `table` where, and `id` in which contact, mail, template, label, field or
    change. `table` is None where the file as a whole is meant, `id` where no single row can be
    named. `message` is what it means, and the remedy.
    """

    code: str
    table: str | None
    id: str | None
    message: str


@attrs.frozen(kw_only=True)
class CheckReport:
    """What `crm.check()` found; nothing, where `ok`.

    `counts` has the number of findings of each code, of which the first hundred are listed.
    `contacts` is how many were looked at.
    """

    contacts: int
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = attrs.field(factory=ReadOnlyDict, hash=False)

    @property
    def ok(self) -> bool:
        return not self.findings


def check(store: Store, progress: Progress | None = None) -> CheckReport:
    """Looks through all of a store, also while others write to it.

    No transaction is held for longer than a page, but for SQLite's own look at its structure,
    which is one statement. `progress` is told the rows done, and the rows in all. Raises the
    errors of the file, except for `StoreDamaged`: damage is a finding.
    """
    if progress is not None and not callable(progress):
        raise errors.InvalidArgument(
            "progress must be callable; pass a function of rows done and rows in all",
            details={"argument": "progress"},
        )
    notes = _Notes()
    for look in (_structure, _settings):
        _read(store, notes, None, look)
    for walk in _WALKS:
        for _ in _pages(store, notes, walk):
            if progress is not None:
                progress(min(notes.done, notes.total), notes.total)
    return notes.report()


class _Notes:
    """The findings so far: all are counted, and the first of each code listed."""

    def __init__(self) -> None:
        self.total = self.done = self.contacts = 0
        self._counts: Counter[str] = Counter()
        self._listed: list[Finding] = []

    def take(self, found: Iterable[Fault]) -> None:
        for code, table, id, detail in found:
            self._counts[code] += 1
            if self._counts[code] <= _LISTED:
                place = table or "the file"
                id = id and id.encode(errors="backslashreplace").decode()  # which may be no UTF-8
                message = f"{place}: {soundness.MEANINGS[code]}{detail and f' ({detail})'}"
                self._listed.append(Finding(code=code, table=table, id=id, message=message))

    def report(self) -> CheckReport:
        return CheckReport(
            contacts=self.contacts, findings=tuple(self._listed), counts=ReadOnlyDict(self._counts)
        )


_Look = Callable[[sqlite3.Connection], Iterable[Fault]]


def _read(store: Store, notes: _Notes, table: str | None, look: _Look) -> bool:
    """Notes what one look finds; False where damage kept it from its end."""
    try:
        store.read(lambda connection: notes.take(look(connection)))
    except errors.StoreDamaged as error:
        reason = str(error.details.get("sqlite", ""))
        notes.take([Fault("STRUCTURE_DAMAGED", table, None, reason)])
        return False
    return True


def _structure(connection: sqlite3.Connection) -> Iterator[Fault]:
    for (line,) in connection.execute(f"PRAGMA integrity_check({_LISTED})"):
        if line != "ok":
            yield Fault("STRUCTURE_DAMAGED", None, None, line)
    for table, number, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        id = None if number is None else str(number)
        yield Fault("DANGLING_REFERENCE", table, id, f"of {parent}")
    for name in schema.missing_views(connection):
        yield Fault("VIEW_MISSING", name)


def _settings(connection: sqlite3.Connection) -> Iterator[Fault]:
    if phone_key_of(connection) is None:
        yield Fault("UNKNOWN_REGION", "settings", REGION)


def phone_key_of(connection: sqlite3.Connection) -> PhoneKey | None:
    """How the file keys its phone numbers; None where its region is unknown."""
    row = rows.first(connection, "setting", REGION)
    region = None if row is None else str(row[0])
    try:
        known = region is None or checked_region(region) == region
    except errors.InvalidArgument:
        known = False
    return soundness.phone_key_in(region) if known else None


class _Walk(NamedTuple):
    """How one table is walked through: a query of pages, and what judges a page."""

    table: str
    query: str
    judge: Callable[[sqlite3.Connection, list[Row]], Iterable[Fault]]


def _pages(store: Store, notes: _Notes, walk: _Walk) -> Iterator[None]:
    """Notes what a walk finds; stops after each page."""
    after: int | None = _BEFORE_ALL

    def look(connection: sqlite3.Connection) -> list[Fault]:
        nonlocal after
        notes.total = notes.total or _count_rows(connection)
        with any_text(connection):
            page = rows.run(connection, walk.query, after, _PAGE)
            found = list(walk.judge(connection, page)) if page else []
        after = page[-1][0] if len(page) == _PAGE else None
        notes.done += len(page)
        notes.contacts += len(page) if walk.table == "contacts" else 0
        return found

    while after is not None and _read(store, notes, walk.table, look):
        yield


@contextmanager
def any_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Reads what is no UTF-8 as lone surrogates, where Python would refuse the whole page."""
    usual = connection.text_factory
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = usual


def _count_rows(connection: sqlite3.Connection) -> int:
    row = rows.first(connection, "count_rows_to_check")
    assert row is not None
    return int(row[0])


def _contacts(connection: sqlite3.Connection, page: list[Row]) -> Iterator[Fault]:
    phone_key = phone_key_of(connection)
    lists = items_of(connection, page)
    for row in page:
        yield from soundness.of_contact(row, lists[row[0]], phone_key)


def items_of(connection: sqlite3.Connection, page: list[Row]) -> dict[int, list[Item]]:
    """What the lists of a page of contacts hold, by their numbers."""
    lists: dict[int, list[Item]] = {row[0]: [] for row in page}
    for row in rows.run(connection, "items_to_check", *(page[0][0], page[-1][0]) * 4):
        item = Item(*row)
        if item.contact_number in lists:  # others are DANGLING_REFERENCE
            lists[item.contact_number].append(item)
    return lists


def _each(judge: Callable[[Row], Iterable[Fault]]) -> Callable[..., Iterator[Fault]]:
    """Judges the rows of a page one by one."""

    def judge_page(connection: sqlite3.Connection, page: list[Row]) -> Iterator[Fault]:
        for row in page:
            yield from judge(row)

    return judge_page


_WALKS = (
    _Walk("labels", "labels_to_check", _each(soundness.of_label)),
    _Walk("custom_fields", "custom_fields_to_check", _each(soundness.of_custom_field)),
    _Walk("triggered_emails", "triggered_emails_to_check", _each(soundness.of_triggered_email)),
    _Walk("contacts", "contacts_after", _contacts),
    _Walk("removed_contacts", "removed_contacts_to_check", _each(soundness.of_removed_contact)),
    _Walk("contact_changes", "changes_to_check", _each(soundness.of_change)),
    _Walk("outbox", "messages_to_check", _each(soundness.of_message)),
)
