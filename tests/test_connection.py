"""Opening a file: what is ours is opened as it must be, and what is not is never touched."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_fixtures import descriptors, info, program, rows, run, snapshot

from wixcrm_local import CRM, errors, schema
from wixcrm_local.connection import APPLICATION_ID

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def foreign_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine');")


def foreign_log_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine');")


def foreign_file_of_a_killed_program(path: Path) -> None:
    run(
        """
import sqlite3
connection = sqlite3.connect(path)
connection.execute("PRAGMA journal_mode=WAL")
connection.executescript("CREATE TABLE notes (text); PRAGMA wal_checkpoint(TRUNCATE);")
connection.executescript("INSERT INTO notes VALUES ('not in the file yet');")
os._exit(0)
""",
        path,
    )
    assert path.with_name(path.name + "-wal").stat().st_size > 0


def foreign_file_with_a_hot_journal(path: Path) -> None:
    run(
        """
import sqlite3
connection = sqlite3.connect(path, isolation_level=None)
connection.executescript("CREATE TABLE notes (text); PRAGMA cache_size=1; BEGIN;")
for number in range(300):
    connection.execute("INSERT INTO notes VALUES (?)", ("half done" * 100,))
os._exit(0)
""",
        path,
    )
    assert path.with_name(path.name + "-journal").exists()


def marked_foreign_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id=42")


def newer_file(path: Path) -> None:
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=9999")


def text_file(path: Path) -> None:
    path.write_text("This is a letter, and no database at all.\n" * 100)


def short_file(path: Path) -> None:
    path.write_text("x")


def folder(path: Path) -> None:
    path.mkdir()


def hard_link(path: Path) -> None:
    CRM(path).close()
    os.link(path, path.with_name("second-name.db"))


REFUSED = [
    (foreign_file, errors.NotAStore),
    (foreign_log_file, errors.NotAStore),
    (foreign_file_of_a_killed_program, errors.NotAStore),
    (foreign_file_with_a_hot_journal, errors.NotAStore),
    (marked_foreign_file, errors.NotAStore),
    (newer_file, errors.StoreTooNew),
    (text_file, errors.NotAStore),
    (short_file, errors.NotAStore),
    (folder, errors.NotAStore),
    (hard_link, errors.NotAStore),
]


@linux_only
@pytest.mark.parametrize(("make", "error"), REFUSED, ids=lambda value: value.__name__)
def test_what_is_not_ours_is_refused_and_left_byte_for_byte(tmp_path, make, error):
    """Promise 7, faults 55, 57, 62: no byte changes, no file appears, no descriptor stays."""
    path = tmp_path / "x.db"
    make(path)
    before, open_before = snapshot(tmp_path), descriptors()
    with pytest.raises(error) as caught:
        CRM(path, busy_timeout=1)
    assert snapshot(tmp_path) == before
    assert descriptors() == open_before
    assert str(path) in str(caught.value)


@linux_only
def test_a_foreign_file_in_use_keeps_its_locks(tmp_path):
    """Promise 7: looking at a file that this process has open elsewhere cancels no lock of it."""
    path = tmp_path / "x.db"
    foreign_file(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as mine:
        mine.execute("BEGIN IMMEDIATE")
        mine.execute("INSERT INTO notes VALUES ('going on')")
        with pytest.raises(errors.NotAStore):
            CRM(path, busy_timeout=0.1)
        said = run(
            """
import sqlite3
try:
    sqlite3.connect(path, timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    tell(error)
""",
            path,
        )
        assert said == ["database is locked"]


def test_a_missing_folder_is_named(tmp_path):
    """Section 9: the folder of a store is not made for the caller."""
    with pytest.raises(errors.StoreNotFound, match="folder"):
        CRM(tmp_path / "none" / "x.db")
    assert snapshot(tmp_path) == {}


@pytest.mark.parametrize("path", ["", "a\0b", b"x.db", 5, None, "\ud800.db"])
def test_what_is_no_path_is_refused(path):
    """Fault 1: a path is a text or a Path that a file can have."""
    with pytest.raises(errors.InvalidArgument):
        CRM(path)


def test_an_empty_file_becomes_a_store(tmp_path):
    """Fault 41: an empty file is one whose creation was cut short."""
    path = tmp_path / "x.db"
    path.touch()
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
    assert rows(path, "PRAGMA user_version") == [(schema.VERSION,)]


def test_a_file_whose_creation_was_cut_short_becomes_a_store(tmp_path):
    """Fault 41: after the switch to a log, before the tables."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    with CRM(path) as crm:
        assert crm.count_contacts() == 0


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_everything_is_private_whatever_the_umask(tmp_path, umask):
    """Promise 9, fault 58: store, log and shared memory are of mode 0600."""
    before = os.umask(umask)
    try:
        with CRM(tmp_path / "x.db") as crm:
            crm.create_contact(info("ana"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600}


def test_closing_leaves_one_file(tmp_path):
    """Fault 53: a closed store can be copied as one file."""
    with CRM(tmp_path / "x.db") as crm:
        crm.create_contact(info("ana"))
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]


def test_a_store_is_marked_as_ours(tmp_path):
    """`file` and other programs tell a store by its application_id."""
    CRM(tmp_path / "x.db").close()
    assert (tmp_path / "x.db").read_bytes()[68:72] == b"WiXC"
    assert rows(tmp_path / "x.db", "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows(tmp_path / "x.db", "PRAGMA user_version") == [(schema.VERSION,)]


PRAGMAS = {
    "foreign_keys": 1,
    "cell_size_check": 1,
    "trusted_schema": 0,
    "secure_delete": 1,
    "wal_autocheckpoint": 0,
    "journal_size_limit": 8 * 1024 * 1024,
    "journal_mode": "wal",
    "mmap_size": 0,
}


@pytest.mark.parametrize(("durability", "synchronous"), [("full", 2), ("normal", 1)])
def test_pragmas_are_in_force_on_every_connection(tmp_path, durability, synchronous):
    """Each prevents what connection.py says, on the writer, on readers and after reopening."""
    expected = PRAGMAS | {"synchronous": synchronous}

    def look(connection):
        return {
            name: (connection.execute(f"PRAGMA {name}").fetchone() or [0])[0] for name in expected
        }

    for _ in range(2):
        with CRM(tmp_path / "x.db", durability=durability) as crm:
            assert crm._store.write(look) == expected
            assert crm._store.read(look) == expected


def test_a_store_in_memory_has_the_same_rules():
    """A label of nobody is refused in memory too."""
    with CRM() as crm:

        def look(connection):
            return [
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("foreign_keys", "cell_size_check", "trusted_schema", "secure_delete")
            ]

        assert crm._store.write(look) == [1, 1, 0, 1]


def test_a_symbolic_link_is_the_same_store(tmp_path):
    """Fault 55: the side files stand beside the file, not beside the link."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "real" / "x.db")
    with CRM(link) as one, CRM(tmp_path / "real" / "x.db") as two:
        id = one.create_contact(info("ana"))
        assert two.create_contact(info("ana")) == id
        assert one.path == two.path
    assert snapshot(tmp_path).keys() == {"link.db", "real"}


ODD_NAMES = [
    "what?.db",
    "mode=ro?mode=memory",
    "a#b.db",
    "%41.db",
    "100%.db",
    "file:x",
    "new\nline.db",
    "Čapek ☃.db",
    " blank ",
    "'; DROP TABLE contacts; --",
    ":memory:",
    "a&b=c.db",
    "\udcff.db",
]


@pytest.mark.skipif(os.name != "posix", reason="names of POSIX")
@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_literal(tmp_path, name):
    """Fault 59: a path is never read as an address with options."""
    path = os.path.join(tmp_path, name)
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
        assert os.listdir(tmp_path) != []
    assert os.listdir(tmp_path) == [name]
    with CRM(path) as crm:
        assert crm.count_contacts() == 1


def test_a_relative_path_stays_where_it_was(tmp_path, monkeypatch):
    """Changing the folder of the process does not move an open store."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with CRM("x.db") as crm:
        monkeypatch.chdir(tmp_path / "elsewhere")
        crm.create_contact(info("ana"))
        assert crm.count_contacts() == 1
    assert (tmp_path / "x.db").exists()
    assert snapshot(tmp_path / "elsewhere") == {}


def test_an_old_sqlite_is_told(tmp_path, monkeypatch):
    """Fault 65: a clear message, and no file is made."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(errors.StoreUnsupported, match=r"3\.37"):
        CRM(tmp_path / "x.db")
    assert snapshot(tmp_path) == {}


@linux_only
def test_too_many_open_files(tmp_path):
    """Fault 61: a documented error, no leak, and the next opening works."""
    said = run(
        """
import resource
def count(): return len(os.listdir("/proc/self/fd"))
before = count()
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
kinds = set()
for room in range(0, 4):
    resource.setrlimit(resource.RLIMIT_NOFILE, (before - 1 + room, hard))
    try:
        CRM(path).close()
    except StoreError as error:
        kinds.add(type(error).__name__)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert count() == before, room
with CRM(path) as crm:
    crm.create_contact(info("ana"))
    tell(crm.count_contacts())
tell(sorted(kinds))
""",
        tmp_path / "x.db",
    )
    assert said == ["1", "['StoreNotFound']"]


IN_A_MOUNT = """
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", path], check=True)
"""


def can_mount() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    with program("tell(1)", "none", before=("unshare", "-m"), stderr=subprocess.DEVNULL) as other:
        try:
            return other.hear() == "1"
        except (AssertionError, OSError):
            return False


needs_mount = pytest.mark.skipif(not can_mount(), reason="needs the right to mount")


@needs_mount
def test_a_read_only_disk_is_refused_clearly(tmp_path):
    """Fault 50: StoreReadOnly, whether the store exists or not, and nothing else."""
    said = run(
        IN_A_MOUNT
        + """
CRM(path + "/x.db").close()
subprocess.run(["mount", "-o", "remount,ro", path], check=True)
for name in ("x.db", "new.db"):
    try:
        CRM(path + "/" + name)
    except StoreReadOnly as error:
        tell(error.code)
tell(os.listdir(path))
""",
        tmp_path,
        before=("unshare", "-m"),
    )
    assert said == ["STORE_READ_ONLY", "STORE_READ_ONLY", "['x.db']"]


@needs_mount
def test_a_full_disk_keeps_what_it_has_and_recovers(tmp_path):
    """Promise 8, faults 47 and 49: StoreFull, reading goes on, and space makes writing go on."""
    said = run(
        IN_A_MOUNT
        + """
path += "/x.db"
crm = CRM(path, durability="normal")
known = [crm.create_contact(info("ana"))]
with open(path + ".filler", "wb", buffering=0) as filler:
    try:
        while True:
            filler.write(bytes(4096))
    except OSError:
        pass
number = 0
while True:
    try:
        known.append(crm.create_contact(info(number)))
    except StoreFull:
        break
    number += 1
assert crm.count_contacts() == len(known)
assert crm.find_contact(email=f"{number}@example.com") is None
with CRM(path, busy_timeout=1) as second:  # on a full disk it opens and reads
    assert second.count_contacts() == len(known)
os.remove(path + ".filler")
known.append(crm.create_contact(info(number)))
assert {c.id for c in crm.iter_contacts()} == set(known)
crm.close()
tell("recovered")
""",
        tmp_path,
        before=("unshare", "-m"),
    )
    assert said == ["recovered"]


def test_a_damaged_file_is_told_and_kept(tmp_path):
    """Promise 7, fault 56: StoreDamaged, and the file stays as it is."""
    path = tmp_path / "x.db"
    with CRM(path) as crm, crm.transaction():
        for number in range(300):
            crm.create_contact(info(number))
    whole = bytearray(path.read_bytes())
    for page in range(4096, len(whole), 4096):
        whole[page : page + 64] = b"\xff" * 64
    path.write_bytes(whole)

    def use():
        with CRM(path) as crm:
            list(crm.iter_contacts())

    with pytest.raises(errors.StoreDamaged):
        use()
    assert path.read_bytes() == whole
