"""Issue 7, fault 75: files that mean harm, files that are large, and readers meanwhile."""

from __future__ import annotations

import io
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_fixtures import program
from transfer_fixtures import contents, in_chunks_of, octets, people, table

from wixcrm_local import CRM, errors

ANA = "ana@example.com"


def test_formulas_are_texts(any_crm: CRM) -> None:
    """Fault 75: a cell that would compute is kept as its text, and leaves guarded."""
    evil = '=HYPERLINK("http://x.example","click")'
    report = any_crm.import_contacts(table([(evil, "@SUM(1)", ANA, "", "=1+1")]))
    assert report.created == 1
    ana = any_crm.find_contact(email=ANA)
    assert (ana.first_name, ana.last_name, ana.labels) == (evil, "@SUM(1)", ("=1+1",))
    file = io.BytesIO()
    any_crm.export_contacts(file)
    text = file.getvalue().decode("utf-8-sig")
    assert not [cell for cell in text.split(",") if cell.lstrip('"').startswith(("=", "@"))]
    file.seek(0)
    assert any_crm.import_contacts(file).unchanged == 1


@pytest.mark.parametrize("size", [2_000, 300_000, 5_000_000])
def test_a_huge_cell_costs_its_row(any_crm: CRM, size: int) -> None:
    """Fault 75: it is refused with the reason in a line, and its neighbours are taken."""
    rows = [("", "", "b@example.com", "", ""), ("x" * size, "", ANA, "", "")]
    rows.append(("", "", "c@example.com", "", ""))
    report = any_crm.import_contacts(table(rows))
    assert [each.action for each in report.outcomes] == ["created", "skipped", "created"]
    assert len(report.outcomes[1].reason) < 500
    assert report.outcomes[1].row == 3


def test_a_quote_that_is_never_closed(any_crm: CRM) -> None:
    """Fault 75: what it swallows is one refused row or value, never another person's."""
    whole = octets([(f"N{n}", "", f"n{n}@example.com", "", "") for n in range(3)])
    broken = whole + b'"Open,x,y@example.com\r\n' + people(50, 3).split(b"\r\n", 1)[1]
    report = any_crm.import_contacts(io.BytesIO(broken))
    names = {contact.emails[0]: contact.first_name for contact in any_crm.iter_contacts()}
    assert len(names) >= 3
    assert all(name == email[:-12].upper() for email, name in names.items())
    assert report.created == len(names)
    assert report.created + report.skipped == report.rows


def test_a_row_with_too_much(any_crm: CRM) -> None:
    """Fault 75: values beyond the headers are nobody's, so the row is refused."""
    file = octets([("Ana", "", ANA, "", "", "more"), ("Ben", "", "b@example.com", "", "", "")])
    report = any_crm.import_contacts(io.BytesIO(file))
    assert [each.code for each in report.outcomes] == ["UNREADABLE_ROW", None]


def test_more_labels_than_anybody_may_have(crm: CRM) -> None:
    """C6: a refused row leaves none of the labels that it names."""
    cell = ";".join(f"L{n}" for n in range(2_001))
    report = crm.import_contacts(table([("Ana", "", ANA, "", cell)]))
    assert report.skipped == 1
    assert crm.labels.list() == ()


def test_ids_that_are_given_twice(open_crm: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A6: InvalidArgument that names new_id, and whole chunks are there, nobody without values."""
    in_chunks_of(monkeypatch, 4)
    ids = iter(["receipt", "a", "b", "c", "d", "e", "b", *"fghijklm"])
    with open_crm(tmp_path / "x.db", new_id=lambda: next(ids)) as crm:
        with pytest.raises(errors.InvalidArgument, match="new_id returned b"):
            crm.import_contacts(io.BytesIO(people(10)))
        assert [contact.id for contact in crm.iter_contacts()] == ["a", "b", "c", "d"]
        assert all(contact.emails for contact in crm.iter_contacts())
        report = crm.import_contacts(io.BytesIO(people(9)))
        assert (report.created, report.unchanged) == (5, 4)
        assert crm.check().ok


def test_an_id_that_is_given_twice_to_a_row_of_a_new_label(open_crm: Any) -> None:
    """A6: where the row is stored apart, it is refused alone; whom it would have been is free."""
    ids = iter(["receipt", "a", "a", "b"])
    rows = [("A", "", "a@example.com", "", ""), ("B", "", "b@example.com", "", "New")]
    rows.append(("B", "", "b@example.com", "", ""))
    with open_crm(new_id=lambda: next(ids)) as crm:
        report = crm.import_contacts(table(rows))
        assert [each.action for each in report.outcomes] == ["created", "skipped", "created"]
        assert [row[:2] for row in contents(crm)["contacts"]] == [(1, "a"), (2, "b")]
        assert crm.labels.list() == ()
        assert crm.check().ok


READING = """
import time
crm = CRM(path)
tell("ready")
longest = 0.0
while True:
    begun = time.monotonic()
    count = crm.count_contacts()
    crm.find_contact(email="n0@example.com")
    longest = max(longest, time.monotonic() - begun)
    if count >= int(sys.argv[2]):
        break
tell(longest)
"""


@pytest.mark.storm
def test_readers_wait_for_no_import(open_crm: Any, tmp_path: Path) -> None:
    """Promise 7: while 50,000 rows come in, another process and another thread read on."""
    count, waits = 50_000, [0.0]
    with open_crm(tmp_path / "x.db") as crm:
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                begun = time.monotonic()
                crm.count_contacts()
                waits[0] = max(waits[0], time.monotonic() - begun)

        thread = threading.Thread(target=read)
        with program(READING, tmp_path / "x.db", count) as other:
            other.expect("ready")
            thread.start()
            try:
                assert crm.import_contacts(io.BytesIO(people(count))).created == count
            finally:
                done.set()
                thread.join()
            waits.append(float(other.hear()))
    assert max(waits) < 1.0, waits


class Made(io.RawIOBase):
    """A table that is made while it is read."""

    def __init__(self, count: int) -> None:
        self._lines: Iterator[bytes] = iter(self._made(count))

    def _made(self, count: int) -> Iterator[bytes]:
        yield b"First Name,Email,Phone\r\n"
        for n in range(count):
            yield b"N%d,n%d@example.com,+1650253%04d\r\n" % (n, n, n % 10_000)

    def read(self, size: int = -1) -> bytes:
        return next(self._lines, b"")


def peak_of(crm: CRM, count: int) -> int:
    tracemalloc.start()
    try:
        report = crm.import_contacts(Made(count))
        assert report.rows == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.storm
def test_memory_stays_flat(open_crm: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Issue 7: what an import holds is a chunk, and some octets for each row's outcome."""
    in_chunks_of(monkeypatch, 1000)
    peaks = []
    for count in (2_000, 2_000, 40_000):
        with open_crm(tmp_path / f"{len(peaks)}.db") as crm:
            peaks.append(peak_of(crm, count))
    assert peaks[2] - peaks[1] < 40_000 * 100, peaks


@pytest.mark.storm
def test_an_export_stays_flat(open_crm: Any, tmp_path: Path) -> None:
    """Issue 7: a table or cards are written contact by contact."""
    with open_crm(tmp_path / "x.db") as crm:
        crm.import_contacts(io.BytesIO(people(20_000)))
        for format in ("csv", "vcard"):
            crm.export_contacts(tmp_path / "warm", format, overwrite=True)
            tracemalloc.start()
            try:
                crm.export_contacts(tmp_path / "all", format, overwrite=True)
                assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
            finally:
                tracemalloc.stop()
