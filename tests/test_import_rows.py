"""Issue 7: what the store keeps of an import, its receipt, and what crm.imports() tells of it."""

from __future__ import annotations

import io
import struct
from datetime import timedelta
from typing import Any

import pytest
from store_fixtures import info
from transfer_fixtures import in_chunks_of, octets, people, table

from wixcrm_local import CRM, import_rows
from wixcrm_local.import_rows import Chunk, Newest
from wixcrm_local.policy import LENIENT


def chunks(crm: CRM) -> list[Chunk]:
    return crm._store.read(lambda it: import_rows.chunks(it, 1))


def test_a_receipt_has_a_part_for_each_transaction(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: which rows, whose contacts, and which numbers lie between two states."""
    in_chunks_of(monkeypatch, 2)
    any_crm.update_contact(any_crm.create_contact(info("n1")), {"language": "en"})
    rows = [
        *(("", "", "n0@example.com", "", ""), ("N1", "", "n1@example.com", "", "")),
        *(("", "", "no address", "", ""), ("", "", "n1@example.com", "", "")),
    ]
    any_crm.import_contacts(table(rows))
    first, second = chunks(any_crm)
    assert (first.number, first.before, first.behind) == (1, Newest(1, 1), Newest(2, 2))
    assert (second.number, second.before, second.behind) == (2, Newest(2, 2), Newest(2, 2))
    assert [first.actions, second.actions] == [b"cu", b"sn"]
    assert [list(first.whose), list(second.whose)] == [[2, 1], [0, 1]]


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_file_reads_the_same_on_any_machine(any_crm: CRM, monkeypatch: Any, order: str) -> None:
    """Issue 7: numbers are kept with their low octet first, and read so."""
    any_crm.import_contacts(io.BytesIO(people(2)))
    (chunk,) = chunks(any_crm)
    kept = any_crm._store.read(lambda it: it.execute("SELECT whose FROM import_chunks").fetchall())
    assert kept == [(struct.pack("<2q", 1, 2),)]
    if order == "big":  # of which this machine's numbers are the other way round
        monkeypatch.setattr(import_rows.sys, "byteorder", "big")
        swapped = import_rows._as_stored(chunk.whose)
        assert swapped.tobytes() == struct.pack(">2q", 1, 2)
        assert import_rows._as_stored(swapped) == chunk.whose


def test_nothing_of_the_file_is_kept_with_it(any_crm: CRM) -> None:
    """Issue 7: who erases a person need not look into receipts."""
    any_crm.import_contacts(table([("Zoraida", "", "zoraida@example.com", "212 555 2368", "")]))
    for name in ("imports", "import_chunks"):
        kept = any_crm._store.read(
            lambda it, name=name: it.execute(f"SELECT * FROM {name}").fetchall()
        )
        assert "zoraida" not in repr(kept).lower()
        assert "5552368" not in repr(kept)


def test_imports_are_listed(any_crm: CRM, clock: Any, monkeypatch: Any) -> None:
    """Issue 7: oldest first, with their counts; also what broke off, and what was undone."""
    in_chunks_of(monkeypatch, 2)
    assert any_crm.imports() == ()
    begun = clock.now
    first = any_crm.import_contacts(io.BytesIO(people(3)))
    clock.move(hours=1)
    with pytest.raises(ZeroDivisionError):
        any_crm.import_contacts(io.BytesIO(people(4, 2)), progress=lambda rows, share: 1 / 0)
    any_crm.undo_import(first.receipt)
    done, broken = any_crm.imports()
    assert (done.receipt, done.format, done.started_at, done.finished_at) == (
        *(first.receipt, "csv", begun, begun),
    )
    assert done.undone_at == broken.started_at == begun + timedelta(hours=1)
    assert (done.rows, done.created, done.unchanged) == (3, 3, 0)
    assert (broken.rows, broken.created, broken.unchanged) == (2, 1, 1)
    assert (broken.finished_at, broken.undone_at) == (None, None)
    assert broken.receipt != done.receipt


def test_a_receipt_is_told_however_much_follows(any_crm: CRM) -> None:
    """Issue 7: an empty table is an import of no rows."""
    report = any_crm.import_contacts(table([]))
    assert (report.rows, len(report.outcomes), report.outcomes[:]) == (0, 0, ())
    (summary,) = any_crm.imports()
    assert (summary.receipt, summary.rows) == (report.receipt, 0)
    assert summary.finished_at is not None
    assert any_crm.undo_import(report.receipt).trashed == 0


def test_the_same_file_goes_on_only_if_it_is_read_the_same(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: another file, format, mapping, policy or use of columns is another import."""
    in_chunks_of(monkeypatch, 2)
    file = octets([("N", "", f"n{n}@example.com", "", "") for n in range(4)])

    def broken(octets: bytes, **given: Any) -> str:
        def stop(rows: int, share: float | None) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            any_crm.import_contacts(io.BytesIO(octets), progress=stop, **given)
        return any_crm.imports()[-1].receipt

    first = broken(file)
    others = [
        broken(file + b"\r\n"),
        broken(file, format="csv"),
        broken(file, mapping={"Last Name": None}),
        broken(file, unknown_columns="fields"),
        broken(file, policy=LENIENT),
    ]
    assert len({first, *others}) == 6
    assert any_crm.import_contacts(io.BytesIO(file)).receipt == first
    assert any_crm.import_contacts(io.BytesIO(file)).receipt not in {first, *others}
