"""Nothing is written to a file that is not the one that was opened, or not of this version."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from store_fixtures import info, rows, run, snapshot

from wixcrm_local import CRM, errors, schema


def deleted(path):
    path.unlink()


def moved(path):
    path.rename(path.with_name("moved.db"))


def replaced(path):
    with CRM(path.with_name("other.db")) as other:
        other.create_contact(info("other"))
    os.replace(path.with_name("other.db"), path)


def restored(path):
    shutil.copy(path, path.with_name("copy.db"))
    os.replace(path.with_name("copy.db"), path)


def bytes_of_files(folder):
    return {name: held for name, held in snapshot(folder).items() if not name.endswith("-shm")}


@pytest.mark.parametrize("change", [deleted, moved, replaced, restored])
def test_a_file_that_was_changed_for_another_is_noticed(tmp_path, change):
    """Faults 51, 52: StoreReplaced for reading and writing, and nothing is written anywhere."""
    path = tmp_path / "x.db"
    crm = CRM(path)
    id = crm.create_contact(info("ana"))
    change(path)
    before = bytes_of_files(tmp_path)
    for verb in (
        lambda: crm.create_contact(info("ben")),
        lambda: crm.get_contact(id),
        lambda: list(crm.iter_contacts()),
        lambda: crm.transaction().__enter__(),
    ):
        with pytest.raises(errors.StoreReplaced, match="open it anew"):
            verb()
    assert bytes_of_files(tmp_path) == before
    crm.close()


def test_a_file_deleted_inside_a_transaction(tmp_path):
    """Fault 51: looked at when a transaction begins, so the next one is refused."""
    with CRM(tmp_path / "x.db") as crm:
        with crm.transaction():
            crm.create_contact(info("ana"))
            (tmp_path / "x.db").unlink()
        with pytest.raises(errors.StoreReplaced):
            crm.create_contact(info("ben"))
        assert not (tmp_path / "x.db").exists()


def test_a_newer_version_that_upgrades_the_open_file_is_noticed(tmp_path):
    """Fault 64: the older version looks again before it writes, and its work is refused."""
    with CRM(tmp_path / "x.db") as crm:
        crm.create_contact(info("ana"))
        with closing(sqlite3.connect(tmp_path / "x.db")) as newer:
            newer.execute(f"PRAGMA user_version={schema.VERSION + 1}")
        with pytest.raises(errors.StoreTooNew, match="upgrade"):
            crm.create_contact(info("ben"))
        with pytest.raises(errors.StoreTooNew):
            crm.create_contact(info("ben"))
    assert rows(tmp_path / "x.db", "SELECT count(*) FROM contacts") == [(1,)]


def test_after_an_io_error_the_connection_is_another(tmp_path):
    """Fault 45: a failed write makes the next one use a fresh connection with the same rules."""
    said = run(
        """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
crm = CRM(path, default_region="US")
crm.create_contact(info("before"))
first = crm._store._writer.connection
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path + "-wal"), hard))
try:
    crm.create_contact(info("lost"))
except StoreFailed as error:
    tell(error.details["sqlite"])
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
crm.create_contact(info("after"))
second = crm._store._writer.connection
assert second is not first
assert second.execute("PRAGMA synchronous").fetchone() == (2,)
assert crm.default_region == "US"
tell([contact.emails[0] for contact in crm.iter_contacts()])
crm.close()
""",
        tmp_path / "x.db",
    )
    assert said[0] == "SQLITE_IOERR_WRITE"
    assert said[-1] == "['before@example.com', 'after@example.com']"


def test_an_io_error_that_the_caller_swallows_counts_too(tmp_path):
    """Fault 45: also where a part of a transaction failed and its error was caught inside."""
    said = run(
        """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
crm = CRM(path)
crm.create_contact(info("before"))
first = crm._store._writer.connection
first.execute("PRAGMA cache_size=2")  # so that pages spill into the log before the end
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path + "-wal"), hard))
try:
    with crm.transaction():
        for number in range(200):
            try:
                crm.create_contact(info(number))
            except StoreError as error:
                tell(type(error).__name__)
                break
except StoreError as error:
    tell(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
crm.create_contact(info("after"))
tell(crm._store._writer.connection is first)
tell([contact.emails[0] for contact in crm.iter_contacts()])
crm.close()
""",
        tmp_path / "x.db",
    )
    assert said == [
        "StoreFailed",
        "StoreFailed",
        "False",
        "['before@example.com', 'after@example.com']",
    ]
