"""import_contacts: from a file to contacts, in chunks that are stored as a whole.

Law: what was acknowledged to the receipt is stored with it, in one transaction; the same file
given again goes on where it broke off.
"""

from __future__ import annotations

import gc
import sqlite3
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from typing import NamedTuple

import attrs

from wixcrm_local import errors, import_rows, rows, wal
from wixcrm_local.context import Context, time_ordered_ids
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.formats import recognition
from wixcrm_local.formats.records import Record, RecordReader
from wixcrm_local.import_rows import ACTION_OF, ACTIONS, Chunk, Names
from wixcrm_local.labels import Labels
from wixcrm_local.model import ReadOnlyDict
from wixcrm_local.policy import IMPORT
from wixcrm_local.text import folded
from wixcrm_local.transfer import files
from wixcrm_local.transfer.files import Source
from wixcrm_local.transfer.report import ImportReport, Outcomes, Remark
from wixcrm_local.transfer.rows_in import RowsIn, Stored
from wixcrm_local.transfer.terms import Terms
from wixcrm_local.wire import Draft

# Rows that are stored in one transaction: few at first, so that progress is told soon, and the
# names in them are known to the next. In memory, where calls take turns, others wait for it.
_FIRST_CHUNK, _CHUNK, _CHUNK_IN_MEMORY = 1_000, 20_000, 500
_BLOCK = 5_000  # rows that are looked up and written together
_CACHE = 64 * 1024  # KiB: the pages that one chunk changes in a large file
_NOT_KEPT = "an earlier run skipped it, and its reason is not kept"


class _Stop(NamedTuple):
    """The row at which the import is to end, and its error."""

    row: int
    error: errors.WixCRMError


class Import:
    """One file on its way into one store."""

    def __init__(
        self, context: Context, source: Source, terms: Terms, *, dry_run: bool = False
    ) -> None:
        if dry_run:  # nobody gets these ids: they tell of which row somebody would be made
            context = attrs.evolve(context, new_id=lambda: f"row-{self._row}")
        self._context = context
        self._source = source
        self._terms = terms
        self._dry_run = dry_run
        self._row = 0
        self._owner = time_ordered_ids()()
        self._outcomes = Outcomes()
        self._number = self._chunk = self._resumed = 0
        self._receipt = ""
        self._stop: _Stop | None = None
        self._rows_in = RowsIn(
            context, terms.policy or IMPORT, unknown_columns=terms.unknown_columns
        )
        self._rows_in.is_rehearsal = dry_run
        self._names: Names = {}

    def run(self) -> ImportReport:
        """All of the file, or up to the first row that is refused under on_error="stop"."""
        digest = self._terms.told(self._source.digest())
        records = self._opened()
        people = iter(records)
        self._rows_in.from_table = records.format in recognition.TABLES
        self._begin(digest, records.format, people)
        largest = _CHUNK_IN_MEMORY if self._context.store.path is None else _CHUNK
        size = min(_FIRST_CHUNK, largest)
        self._set_cache(_CACHE)
        try:
            while self._stop is None and self._store_next(people, size):
                size = min(2 * size, largest)
                if self._terms.progress is not None:
                    self._terms.progress(len(self._outcomes), self._source.share())
        finally:
            self._set_cache(wal.CACHE)
        self._refuse_stopped()
        now = self._context.now()
        self._context.store.write(lambda it: import_rows.finish(it, self._number, now))
        return self._report(records)

    def _opened(self) -> RecordReader:
        fields = self._context.store.read(
            lambda it: [row[2] for row in rows.run(it, "all_custom_fields")]
        )
        return recognition.open_records(
            self._source.stream, self._terms.format, self._terms.mapping, fields
        )

    def _begin(self, digest: str, format: str, people: Iterator[Record]) -> None:
        """A new import; or one of this very file that broke off, and goes on behind its rows."""

        def work(connection: sqlite3.Connection) -> list[Chunk]:
            before = import_rows.unfinished(connection, digest) if digest else None
            if before is None:
                self._receipt = self._context.new_id()
                now, owner = self._context.now(), self._owner
                self._number = import_rows.begin(
                    connection, self._receipt, digest, owner, format, now
                )
                return []
            self._number, self._receipt = before
            import_rows.take_over(connection, self._number, self._owner)
            _, self._names = import_rows.in_hand(connection, self._number)
            return import_rows.chunks(connection, self._number)

        chunks = self._context.store.write(work)
        for chunk in chunks:
            self._pass_over(chunk, people)
        self._resumed = len(self._outcomes)

    def _pass_over(self, chunk: Chunk, people: Iterator[Record]) -> None:
        self._chunk = chunk.number
        done = zip(chunk.actions, chunk.whose, islice(people, len(chunk.actions)), strict=False)

        def work(connection: sqlite3.Connection) -> None:
            for octet, number, record in done:
                skipped = None if number else Remark("SKIPPED_BEFORE", _NOT_KEPT)
                row = rows.first(connection, "contact_id_of", number) if number else None
                self._outcomes.add(record.row, ACTION_OF[octet], row[0] if row else None, skipped)

        self._context.store.read(work)

    def _set_cache(self, kibibytes: int) -> None:
        with suppress(errors.StoreError):  # a smaller one is slower, and nothing else
            self._context.store.write(lambda it: wal.set_cache(it, kibibytes))

    def _store_next(self, people: Iterator[Record], size: int) -> bool:
        """A chunk more; False at the end of the file."""
        with _no_collection():
            chunk = list(islice(people, size))
            if chunk:
                self._outcomes.extend(self._stored(chunk))
        return bool(chunk)

    def _stored(self, chunk: list[Record]) -> Outcomes:
        """One transaction; it may be tried a second time, from its beginning."""

        def work(connection: sqlite3.Connection) -> Outcomes:
            self._refuse_taken_over(connection)
            self._stop = None
            done, whose = Outcomes(), array("q")
            before = import_rows.newest(connection)
            self._rows_in.begin()
            for record, found in self._taken_in(connection, chunk):
                done.add(record.row, found.action, found.contact_id, found.remark)
                whose.append(found.number)
            self._rows_in.end()
            behind = import_rows.newest(connection)
            now, number = self._context.now(), self._chunk + 1
            import_rows.add_chunk(
                connection, self._number, Chunk(number, before, behind, done.actions, whose, now)
            )
            self._note_names(connection)
            return done

        done = self._context.store.write(work)
        self._chunk += 1
        return done

    def _taken_in(
        self, connection: sqlite3.Connection, chunk: list[Record]
    ) -> Iterator[tuple[Record, Stored]]:
        """Rows and what they came to, block by block, up to one that ends the import."""
        for place in range(0, len(chunk), _BLOCK):
            block = chunk[place : place + _BLOCK]
            for record, draft in self._rows_in.read(connection, block):
                found = self._taken(connection, record, draft)
                if self._stop is not None:
                    return
                yield record, found

    def _taken(self, connection: sqlite3.Connection, record: Record, draft: Draft | None) -> Stored:
        self._row = record.row
        try:
            if record.refusal is not None:
                raise errors.InvalidContactInfo(record.refusal.sentence, record.refusal.code)
            return self._rows_in.take(connection, record, draft)
        except errors.StoreError:
            raise
        except errors.WixCRMError as error:
            if self._terms.on_error == "stop":
                self._stop = _Stop(record.row, error)
            return Stored("skipped", remark=Remark(error.code, error.message))

    def _note_names(self, connection: sqlite3.Connection) -> None:
        _, before = import_rows.in_hand(connection, self._number)
        new = self._rows_in.new_names
        names = {noun: [*before.get(noun, []), *new[noun]] for noun in new}
        if any(new.values()):
            import_rows.set_names(connection, self._number, names)
        self._names = names

    def _refuse_taken_over(self, connection: sqlite3.Connection) -> None:
        owner, _ = import_rows.in_hand(connection, self._number)
        if owner != self._owner:
            raise errors.StoreBusy(
                f"import {self._receipt} is in other hands by now: somebody imports the same file, "
                "or took it back; what was stored until then is in its receipt, look there",
                details={"receipt": self._receipt, "rows": len(self._outcomes)},
            )

    def _refuse_stopped(self) -> None:
        if self._stop is None:
            return
        row, error = self._stop
        details = {name: item for name, item in error.details.items() if name != "problems"}
        raise type(error)(
            f"row {row}: {error.message}; what stood before it is stored, and undo_import takes "
            "it back",
            error.code,
            {**details, "row": row, "receipt": self._receipt, "rows": len(self._outcomes)},
        )

    def _report(self, records: RecordReader) -> ImportReport:
        outcomes = self._outcomes
        left_out: tuple[str, ...] = ()
        if self._terms.unknown_columns == "leave_out":
            left_out = self._context.store.read(lambda it: self._left_out(it, records.columns))
        return ImportReport(
            receipt=None if self._dry_run else self._receipt,
            format=records.format,
            dry_run=self._dry_run,
            rows=len(outcomes),
            **{action: outcomes.count(action) for action in ACTIONS},
            shared_phones=sum(bool(it.shared_with) for it in outcomes.remarks.values()),
            outcomes=outcomes,
            columns=ReadOnlyDict(records.columns),
            left_out=left_out,
            new_labels=self._shown_names(Labels(self._context)),
            new_fields=self._shown_names(CustomFields(self._context)),
            resumed_rows=self._resumed,
        )

    def _left_out(
        self, connection: sqlite3.Connection, columns: Mapping[str, str]
    ) -> tuple[str, ...]:
        """What no contact has a place for, without what the caller does not want."""
        if not columns:
            return tuple(self._rows_in.left_out)
        fields = {row[2].casefold() for row in rows.run(connection, "all_custom_fields")}
        mapping = self._terms.mapping or {}
        unwanted = {folded(header) for header, place in mapping.items() if place is None}
        return tuple(
            header
            for header, place in columns.items()
            if (not place and folded(header) not in unwanted)
            or (place == "other" and header.casefold() not in fields)
        )

    def _shown_names(self, register: Labels | CustomFields) -> tuple[str, ...]:
        def work(connection: sqlite3.Connection) -> tuple[str, ...]:
            keys = self._names.get(register.noun, ())
            found = (register.by_key(connection, key) for key in keys)
            return tuple(row[2] for row in found if row is not None)

        return self._context.store.read(work)


@contextmanager
def _no_collection() -> Iterator[None]:
    """For the second or so that a chunk takes: nothing here makes cycles, and to look for some
    among all its rows again and again costs a quarter of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def import_contacts(
    context: Context, source: object, terms: Terms, *, dry_run: bool
) -> ImportReport:
    """Takes in a file, or tells what that would do; see `CRM.import_contacts`."""
    terms.check()
    with files.reading(source, context.store.path) as opened:
        if not dry_run:
            return Import(context, opened, terms).run()
        from wixcrm_local.transfer.dry_run import copied

        with copied(context) as copy:
            return Import(copy, opened, terms, dry_run=True).run()
