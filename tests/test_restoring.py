"""Issue 8, 2: a backup in the place of a store; never over a file in use, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_fixtures import integrity, rows, snapshot

from wixcrm_local import (
    CRM,
    InvalidArgument,
    NotAStore,
    StoreBusy,
    StoreDamaged,
    StoreNotFound,
    StoreReplaced,
    StoreTooNew,
    restore,
    schema,
)

ANA, BO = "ana@example.com", "bo@example.com"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with Ana and Bo, and a backup of it from before Bo."""
    path = tmp_path / "contacts.db"
    with CRM(path) as crm:
        crm.create_contact({"emails": [ANA]})
        crm.backup(tmp_path / "backup.db")
        crm.create_contact({"emails": [BO]})
    return path


@pytest.fixture
def backup(store: Path) -> Path:
    return store.with_name("backup.db")


def emails(path: object) -> list[str]:
    with CRM(path) as crm:
        return [address for contact in crm.iter_contacts() for address in contact.emails]


def test_a_backup_takes_the_place_of_a_store_which_is_kept(store: Path, backup: Path) -> None:
    """Issue 8, 2: both are whole stores afterwards, the backup stays, and all is private."""
    done = restore(backup, store, overwrite=True)
    assert (done.path, done.contacts, done.bytes) == (str(store), 1, store.stat().st_size)
    assert emails(store) == emails(backup) == [ANA]
    assert emails(done.kept) == [ANA, BO]
    for path in (store, Path(done.kept)):
        integrity(path)
        assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in store.parent.iterdir()} == {
        store.name,
        backup.name,
        Path(done.kept).name,
    }


def test_where_nothing_stands_nothing_is_kept(backup: Path, tmp_path: Path) -> None:
    """Issue 8, 2: a restored store needs no store before it."""
    done = restore(backup, tmp_path / "new.db")
    assert (done.kept, emails(done.path)) == (None, [ANA])


def test_it_must_be_said_that_a_store_is_replaced(store: Path, backup: Path) -> None:
    """Issue 8, 2: without overwrite a store stays."""
    before = snapshot(store.parent)
    with pytest.raises(InvalidArgument, match="overwrite=True"):
        restore(backup, store)
    assert snapshot(store.parent) == before


def test_never_over_a_store_that_this_program_has_open(store: Path, backup: Path) -> None:
    """Issue 8, 2: StoreBusy, and the open store goes on."""
    with CRM(store) as crm:
        with pytest.raises(StoreBusy, match="close all that use it"):
            restore(backup, store, overwrite=True)
        assert crm.create_contact({"emails": ["cy@example.com"]})
        assert crm.count_contacts() == 3
    assert not list(store.parent.glob("*replaced*"))


def test_never_over_a_store_that_another_program_has_open(store: Path, backup: Path) -> None:
    """Issue 8, 2: a program that only has it open, idle, is enough; once it ended, it works."""
    program = (
        "import sys; from wixcrm_local import CRM; crm = CRM(sys.argv[1]); crm.count_contacts();"
        "print('open', flush=True); sys.stdin.read(); crm.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreBusy):
            restore(backup, store, overwrite=True)
        assert other.communicate("") == ("", None)
    assert other.returncode == 0
    assert restore(backup, store, overwrite=True).contacts == 1


def test_what_a_killed_program_left_in_its_log_is_kept(store: Path, backup: Path) -> None:
    """Issue 8, 2: the log is part of the store that is kept."""
    program = (
        "import os, sys; from wixcrm_local import CRM; crm = CRM(sys.argv[1]);"
        "crm.create_contact({'emails': ['late@example.com']}); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(store)], check=False)
    assert Path(f"{store}-wal").exists()
    done = restore(backup, store, overwrite=True)
    assert emails(store) == [ANA]
    assert emails(done.kept) == [ANA, BO, "late@example.com"]


def test_a_damaged_store_is_kept_with_its_log(store: Path, backup: Path) -> None:
    """Issue 8, 2: damage is no reason to lose what somebody may still read."""
    with open(store, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    done = restore(backup, store, overwrite=True)
    assert emails(store) == [ANA]
    assert b"\xff" * 8192 in Path(done.kept).read_bytes()


def test_a_damaged_backup_changes_nothing(store: Path, backup: Path) -> None:
    """Issue 8, 2: it is verified before anything is renamed."""
    with open(backup, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    before = snapshot(store.parent)
    with pytest.raises(StoreDamaged):
        restore(backup, store, overwrite=True)
    assert snapshot(store.parent) == before


@pytest.mark.parametrize("place", ["backup", "path"])
def test_other_files_are_left_alone(store: Path, backup: Path, place: str) -> None:
    """Issue 8, 2: neither a text nor another program's file is a backup, or is replaced."""
    text, foreign = store.with_name("text"), store.with_name("foreign.db")
    text.write_text("hello" * 300)
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE t (x)")
    before = snapshot(store.parent)
    for other in (text, foreign):
        pair = (other, store) if place == "backup" else (backup, other)
        with pytest.raises(NotAStore):
            restore(*pair, overwrite=True)
    assert snapshot(store.parent) == before


def test_what_can_be_no_backup_and_no_place(store: Path, backup: Path, tmp_path: Path) -> None:
    """Issue 8, 2: each mistake has its error."""
    with pytest.raises(StoreNotFound):
        restore(tmp_path / "nowhere.db", store, overwrite=True)
    for pair in (
        (backup, backup),
        (backup, tmp_path),
        (backup, ":memory:"),
        (backup, f"{store}-wal"),
    ):
        with pytest.raises(InvalidArgument):
            restore(*pair, overwrite=True)


def test_a_newer_backup_is_refused_and_an_older_one_upgraded_later(
    store: Path, backup: Path
) -> None:
    """Issue 8, 1 and 2: StoreTooNew before anything happens."""
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("PRAGMA user_version=9999")
    with pytest.raises(StoreTooNew):
        restore(backup, store, overwrite=True)
    assert emails(store) == [ANA, BO]


def test_a_downgrade_names_the_copy_that_fits(store: Path, backup: Path) -> None:
    """Issue 8, 1: the way back from an upgrade is in the message."""
    fitting = f"{store}.backup-v{schema.VERSION}"
    os.replace(backup, fitting)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    with pytest.raises(StoreTooNew) as caught:
        CRM(store)
    assert fitting in caught.value.message
    done = restore(fitting, store, overwrite=True)
    assert emails(store) == [ANA]
    assert rows(done.kept, "PRAGMA user_version") == [(schema.VERSION + 1,)]


@pytest.mark.skipif(os.name == "nt", reason="there an open file can't be replaced")
def test_a_program_that_opened_it_meanwhile_would_notice(store: Path, backup: Path) -> None:
    """Fault 52: whoever holds the file that was there before can't write on into nothing."""
    crm = CRM(store)
    os.replace(backup, store)
    with pytest.raises(StoreReplaced):
        crm.create_contact({"emails": [ANA]})
    crm.close()
