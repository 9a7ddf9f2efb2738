"""faults.py: what SQLite and the operating system report, as the documented errors of the file."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store_fixtures import info, integrity

from wixcrm_local import CRM, errors, faults


def reported(code: int) -> sqlite3.Error:
    """An error as the sqlite3 module raises it, with SQLite's own number."""
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_SOMETHING"
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, errors.StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, errors.StoreBusy),
        (sqlite3.SQLITE_LOCKED, errors.StoreBusy),
        (sqlite3.SQLITE_FULL, errors.StoreFull),
        (sqlite3.SQLITE_IOERR_FSYNC, errors.StoreFailed),
        (sqlite3.SQLITE_CORRUPT, errors.StoreDamaged),
        (sqlite3.SQLITE_NOTADB, errors.NotAStore),
        (sqlite3.SQLITE_READONLY, errors.StoreReadOnly),
        (sqlite3.SQLITE_PERM, errors.StoreReadOnly),
        (sqlite3.SQLITE_CANTOPEN, errors.StoreNotFound),
        (sqlite3.SQLITE_INTERNAL, errors.StoreFailed),
    ],
)
def test_every_fault_has_a_documented_error(code: int, kind: type[errors.StoreError]) -> None:
    """Section 9: no bare sqlite3 error reaches a caller, whatever its extended code."""
    with pytest.raises(errors.StoreError) as caught:
        faults.reraise(reported(code), "people.db")
    assert type(caught.value) is kind
    assert isinstance(caught.value, OSError)
    assert caught.value.message.startswith("people.db: ")
    assert caught.value.details == {"path": "people.db", "sqlite": "SQLITE_SOMETHING"}
    assert isinstance(caught.value.__cause__, sqlite3.Error)


def test_other_exceptions_pass_as_they_are() -> None:
    """Section 9: only what SQLite raised is translated."""
    own = ValueError("the caller's own")
    with pytest.raises(ValueError, match="the caller's own") as caught:
        faults.reraise(own, None)
    assert caught.value is own


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, errors.StoreReadOnly),
        (errno.EROFS, errors.StoreReadOnly),
        (errno.ENOSPC, errors.StoreFull),
        (errno.ENOENT, errors.StoreNotFound),
        (errno.EMFILE, errors.StoreNotFound),
    ],
)
def test_the_operating_systems_refusals(number: int, kind: type[errors.StoreError]) -> None:
    """Faults 47, 50, 61: a file that can't be made or looked at is a documented error too."""
    found = faults.from_operating_system(OSError(number, "refused"), "people.db")
    assert type(found) is kind
    assert found.details["errno"] == number


def fill(crm: CRM) -> int:
    """Makes contacts until the store is full, and tells how many there was room for."""
    for number in range(100):
        try:
            crm.create_contact({**info(number), "picture": "x" * 2_000})
        except errors.StoreFull:
            return number
    raise AssertionError("the store never was full")


def test_a_full_store_is_readable_and_recovers(tmp_path: Path) -> None:
    """Promise 8: a full disk keeps what is there readable, and the open store recovers."""
    path = tmp_path / "x.db"
    with CRM(path, durability="normal", busy_timeout=5) as crm:
        crm.create_contact(info("first"))
        writer = crm._store._writer.connection
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count={pages + 3}")
        stored = 1 + fill(crm)
        assert crm.count_contacts() == stored
        assert not writer.in_transaction
        writer.execute(f"PRAGMA max_page_count={pages + 10_000}")
        crm.create_contact({**info("last"), "picture": "x" * 2_000})
        assert crm.count_contacts() == stored + 1
    integrity(path)


def test_a_full_disk_inside_a_transaction_stores_none_of_it(tmp_path: Path) -> None:
    """Promise 3: a transaction that SQLite undid goes on with nothing, and stores no half."""
    path = tmp_path / "x.db"
    with CRM(path, durability="normal", busy_timeout=5) as crm:
        crm.create_contact(info("first"))
        writer = crm._store._writer.connection
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count={pages + 3}")
        with pytest.raises(errors.StoreError), crm.transaction():
            fill(crm)
        assert crm.count_contacts() == 1
        first = crm.create_contact(info("first"))
        assert crm.register_member(first, "first@example.com").is_member
    with closing(sqlite3.connect(path)) as look:
        assert look.execute("SELECT count(*) FROM contacts").fetchone() == (1,)


def test_a_damaged_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Fault 56: damage in the middle of the file is StoreDamaged when it is met."""
    path = tmp_path / "x.db"
    with CRM(path, durability="normal") as crm:
        for number in range(200):
            crm.create_contact(info(number))
    broken = bytearray(path.read_bytes())
    for page in range(4096, len(broken), 4096):
        broken[page : page + 200] = b"\xff" * 200
    path.write_bytes(broken)
    with pytest.raises(errors.StoreDamaged), CRM(path) as crm:
        list(crm.iter_contacts())
    assert path.read_bytes() == bytes(broken)
