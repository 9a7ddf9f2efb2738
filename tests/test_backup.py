"""A backup is a whole, verified, private copy of a store that others go on using, or nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import OpenCRM, StillClock
from fault_injection import CHANGING, calls_of, needs_strace, record, run_with_fault, told_where
from store_fixtures import info, integrity, program, rows, run, snapshot

from wixcrm_local import CRM, AsyncCRM, Backup, errors

FAST = {"durability": "normal"}
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes or links")


def fill(crm: CRM, mebibytes: int = 9) -> None:
    """Makes a store of at least this size, so that a backup takes several steps."""
    crm.custom_fields.create("Story")
    with crm.transaction():
        for number in range(mebibytes * 105):
            crm.create_contact({**info(f"filling-{number}"), "Story": "x" * 10_000})


@pytest.fixture
def large(tmp_path: Path) -> Iterator[CRM]:
    """A store of several steps in a folder of its own."""
    (tmp_path / "store").mkdir()
    with CRM(tmp_path / "store" / "x.db", **FAST) as crm:
        fill(crm)
        yield crm


def everything(path: object) -> list[str]:
    """All that a file holds, as SQL."""
    with closing(sqlite3.connect(os.fspath(path))) as connection:  # type: ignore[call-overload]
        return list(connection.iterdump())


# What a backup is.


def test_a_backup_is_a_store_with_all_that_was_stored(
    any_crm: CRM, open_crm: OpenCRM, clock: StillClock, tmp_path: Path
) -> None:
    """Fault 53: one file that needs no side files, of a store in memory as of one on a file."""
    any_crm.labels.create("VIP")
    ana = any_crm.create_contact({**info("ana"), "phones": ["650 253 0000"], "labels": ["vip"]})
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    any_crm.email_contact("hi", ana)
    target = tmp_path / "backups" / "ä b?.db"
    target.parent.mkdir()
    made = any_crm.backup(target)
    assert made == Backup(
        path=os.path.realpath(target),
        contacts=1,
        bytes=target.stat().st_size,
        taken_at=datetime(2026, 1, 31, 12, 0, tzinfo=UTC),
    )
    assert os.listdir(target.parent) == [target.name]
    assert rows(target, "PRAGMA journal_mode") == [("delete",)]
    integrity(target)
    later = any_crm.create_contact(info("later"))  # the store itself goes on
    with open_crm(target, default_region=None, new_id=None) as copy:
        assert copy.default_region == "US"
        assert list(copy.iter_contacts()) == [any_crm.get_contact(ana)]
        assert list(copy.outbox) == list(any_crm.outbox)
        assert copy.history(ana) == any_crm.history(ana)
        assert copy.check().ok
        assert copy.find_contact(email="later@example.com") is None
        copy.create_contact(info("in-the-copy-alone"))
    assert [contact.id for contact in any_crm.iter_contacts()] == [ana, later]


def test_a_backup_of_an_empty_store_is_one_too(any_crm: CRM, tmp_path: Path) -> None:
    """Fault 53: nothing to keep is no error."""
    assert any_crm.backup(tmp_path / "empty.db").contacts == 0
    with CRM(tmp_path / "empty.db", **FAST) as crm:
        assert crm.count_contacts() == 0


async def test_the_awaited_door_makes_the_same_backup(tmp_path: Path) -> None:
    """A2: `await crm.backup()`, of a file and in memory; inside a task's transaction refused."""
    for path in (tmp_path / "x.db", ":memory:"):
        async with AsyncCRM(path, **FAST) as crm:
            await crm.create_contact(info("ana"))
            made = await crm.backup(tmp_path / "copy.db", overwrite=True)
            assert made.contacts == 1
            async with crm.transaction():
                with pytest.raises(errors.InvalidArgument, match="leave the transaction"):
                    await crm.backup(tmp_path / "other.db")
    assert not (tmp_path / "other.db").exists()


@POSIX
def test_a_backup_is_private_from_its_first_byte(large: CRM, tmp_path: Path) -> None:
    """Fault 58: 0600 under its first name and its last, whatever the umask allows."""
    modes = []

    def look(done: int, total: int) -> None:
        modes.extend(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("copy*"))

    (tmp_path / "copy.db").touch(0o644)
    umask = os.umask(0)
    try:
        large.backup(tmp_path / "copy.db", overwrite=True, progress=look)
    finally:
        os.umask(umask)
    assert set(modes[0::2] + modes[1::2]) <= {0o644, 0o600}
    assert modes.count(0o600) >= 2
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


# While others use the store.


def test_progress_is_told_in_bytes_and_ends_at_the_whole(large: CRM, tmp_path: Path) -> None:
    """Backup: `progress` hears of bytes done, which only grow, and of bytes in all."""
    told: list[tuple[int, int]] = []
    made = large.backup(tmp_path / "copy.db", progress=lambda *numbers: told.append(numbers))
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] == (made.bytes, made.bytes)


def test_writers_go_on_while_a_backup_is_made(large: CRM, tmp_path: Path) -> None:
    """Fault 32: another process, and this one, commit between two steps; the copy is of before."""
    before = everything(large.path)
    script = """
crm = CRM(path, busy_timeout=0)
tell("ready")
while hear():
    tell(crm.create_contact(info("other")))
"""
    with program(script, large.path) as other:
        other.expect("ready")
        stored = []

        def write(done: int, total: int) -> None:
            if not stored:
                other.tell()
                stored.append(other.hear())
                stored.append(large.create_contact(info("own")))  # fault 36

        made = large.backup(tmp_path / "copy.db", progress=write)
    assert everything(made.path) == before
    assert [large.get_contact(id).emails[0] for id in stored] == [
        "other@example.com",
        "own@example.com",
    ]


def test_backups_of_a_busy_store_are_whole(tmp_path: Path) -> None:
    """Fault 54: each of some backups under full writing verifies, and none holds half a pair."""
    script = """
crm = CRM(path, durability="normal")
tell("ready")
number = 0
while True:
    with crm.transaction():
        for side in ("left", "right"):
            crm.create_contact(info(f"{side}-{number}"))
    number += 1
    if number == 20: tell("going")
"""
    path = tmp_path / "x.db"
    with CRM(path, **FAST) as crm, program(script, path) as other:
        other.expect("ready")
        other.expect("going")
        made = [crm.backup(tmp_path / f"{number}.db") for number in range(5)]
    assert all(each.contacts >= 40 for each in made)
    for each in made:
        integrity(each.path)
        assert each.contacts % 2 == 0
        assert rows(each.path, "SELECT count(*) FROM contact_emails") == [(each.contacts,)]


def test_a_backup_is_refused_inside_a_transaction(any_crm: CRM, tmp_path: Path) -> None:
    """Backup: what a transaction did may still be undone, so the copy would hold what never was."""
    with any_crm.transaction():
        any_crm.create_contact(info("ana"))
        before = snapshot(tmp_path)
        with pytest.raises(errors.InvalidArgument, match="leave the transaction"):
            any_crm.backup(tmp_path / "copy.db")
        assert snapshot(tmp_path) == before
    assert any_crm.backup(tmp_path / "copy.db").contacts == 1


def test_a_transaction_of_another_thread_is_not_in_the_backup(tmp_path: Path) -> None:
    """Backup: only what is committed is kept, and the open transaction is waited for by nobody."""
    with CRM(tmp_path / "x.db", **FAST) as crm, CRM(tmp_path / "x.db", **FAST) as other:
        crm.create_contact(info("ana"))
        with other.transaction():
            other.create_contact(info("bo"))
            assert crm.backup(tmp_path / "copy.db").contacts == 1
    assert rows(tmp_path / "copy.db", "SELECT address FROM contact_emails") == [
        ("ana@example.com",)
    ]


# Where it may be placed.


def same(path: Path) -> Path:
    return path


def linked(path: Path) -> Path:
    link = path.with_name("link.db")
    link.symlink_to(path)
    return link


def linked_hard(path: Path) -> Path:
    link = path.with_name("hard.db")
    os.link(path, link)
    return link


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "place", [same, pytest.param(linked, marks=POSIX), pytest.param(linked_hard, marks=POSIX)]
)
def test_the_store_itself_is_no_place(
    tmp_path: Path, place: Callable[[Path], Path], overwrite: bool
) -> None:
    """Fault 55: by no name, link or hard link can a backup be written over its own store."""
    with CRM(tmp_path / "x.db", **FAST) as crm:
        crm.create_contact(info("ana"))
        target = place(tmp_path / "x.db")
        before = sorted(os.listdir(tmp_path))
        with pytest.raises(errors.InvalidArgument, match="is the store itself"):
            crm.backup(target, overwrite=overwrite)
        assert sorted(os.listdir(tmp_path)) == before
        assert crm.count_contacts() == 1


@pytest.mark.parametrize("side", ["-wal", "-shm", "-journal"])
def test_names_of_side_files_are_no_places(tmp_path: Path, side: str) -> None:
    """Fault 54: beside a store, SQLite would take such a file for its own."""
    with CRM(tmp_path / "x.db", **FAST) as crm:
        before = sorted(os.listdir(tmp_path))
        for name in ("x.db", "other.db"):
            with pytest.raises(errors.InvalidArgument, match="its own notes"):
                crm.backup(tmp_path / (name + side), overwrite=True)
        assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("side", ["-wal", "-shm", "-journal"])
def test_what_another_program_has_open_is_no_place(tmp_path: Path, side: str) -> None:
    """Fault 54: side files at the target, with or without it, are of an open or crashed store."""
    target = tmp_path / "other.db"
    with CRM(target, **FAST) as other:
        other.create_contact(info("other"))
        with CRM(**FAST) as crm, pytest.raises(errors.InvalidArgument, match="beside it"):
            crm.backup(target, overwrite=True)
        assert other.count_contacts() == 1
    target.unlink()
    (tmp_path / f"other.db{side}").write_bytes(b"left by a crash")
    with CRM(**FAST) as crm, pytest.raises(errors.InvalidArgument, match="beside it"):
        crm.backup(target)
    assert snapshot(tmp_path) == {f"other.db{side}": b"left by a crash"}


def test_what_stands_there_stays_unless_told_otherwise(any_crm: CRM, tmp_path: Path) -> None:
    """Backup: an older one is replaced by `overwrite` alone, and an empty file may be filled."""
    target = tmp_path / "copy.db"
    any_crm.backup(target)
    any_crm.create_contact(info("ana"))
    with pytest.raises(errors.InvalidArgument, match="overwrite=True"):
        any_crm.backup(target)
    assert rows(target, "SELECT count(*) FROM contacts") == [(0,)]
    any_crm.backup(target, overwrite=True)
    assert rows(target, "SELECT count(*) FROM contacts") == [(1,)]
    (tmp_path / "empty.db").touch()
    assert any_crm.backup(tmp_path / "empty.db", overwrite=True).contacts == 1


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (note)")


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("Dear diary"),
        lambda path: path.write_bytes(b"x"),
        of_another_program,
    ],
    ids=["text", "one byte", "another program's"],
)
def test_a_foreign_file_is_never_replaced(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Fault 57: `overwrite` is for backups; a file that is not ours stays, byte for byte."""
    make(tmp_path / "diary")
    before = snapshot(tmp_path)
    with CRM(**FAST) as crm, pytest.raises(errors.NotAStore, match="left as it is"):
        crm.backup(tmp_path / "diary", overwrite=True)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (":memory:", errors.InvalidArgument),
        ("", errors.InvalidArgument),
        ("a\0b", errors.InvalidArgument),
        (None, errors.InvalidArgument),
        ("folder", errors.InvalidArgument),
        ("nowhere/copy.db", errors.StoreNotFound),
        ("x" * 300, errors.StoreNotFound),
    ],
)
def test_what_can_be_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: object, error: type[Exception]
) -> None:
    """Fault 59: a documented error, and nothing is made."""
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    for overwrite in (False, True):
        with CRM(**FAST) as crm, pytest.raises(error):
            crm.backup(target, overwrite=overwrite)  # type: ignore[arg-type]
    assert snapshot(tmp_path) == {"folder": "folder"}


@POSIX
def test_a_link_leads_to_the_place(tmp_path: Path) -> None:
    """Fault 55: through a link, also a dangling one, the backup stands where the link points."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "disk" / "copy.db")
    with CRM(**FAST) as crm:
        made = crm.backup(tmp_path / "link.db")
        crm.backup(tmp_path / "link.db", overwrite=True)
    assert made.path == os.path.realpath(tmp_path / "disk" / "copy.db")
    assert os.listdir(tmp_path / "disk") == ["copy.db"]
    assert (tmp_path / "link.db").is_symlink()


def test_of_two_backups_to_one_place_the_second_is_refused(large: CRM, tmp_path: Path) -> None:
    """Backup: each has an unfinished file of its own, and the place is looked at again at last."""
    target = tmp_path / "copy.db"

    def back_up_too(done: int, total: int) -> None:
        if not target.exists():
            large.backup(target)

    with pytest.raises(errors.InvalidArgument, match="exists already"):
        large.backup(target, progress=back_up_too)
    integrity(target)
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "store"]


def test_arguments_are_checked_first(crm: CRM, tmp_path: Path) -> None:
    """C5: what is no function can't be told of progress; a closed store has nothing to copy."""
    with pytest.raises(errors.InvalidArgument, match="progress"):
        crm.backup(tmp_path / "copy.db", progress=1)  # type: ignore[arg-type]
    crm.close()
    with pytest.raises(errors.StoreClosed):
        crm.backup(tmp_path / "copy.db")
    assert snapshot(tmp_path) == {}


# When it fails.


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, OSError("no terminal"), sqlite3.OperationalError("other")]
)
def test_what_interrupts_a_backup_leaves_nothing(
    large: CRM, tmp_path: Path, error: BaseException
) -> None:
    """Fault 37: Ctrl-C, or whatever `progress` raises, comes out as it is; an older copy stays."""
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "copy.db"
    with CRM(**FAST) as small:
        small.backup(target)
    before = snapshot(target.parent)

    def stop(done: int, total: int) -> None:
        assert len(os.listdir(target.parent)) >= 2
        raise error

    with pytest.raises(BaseException) as caught:  # noqa: PT011  # whichever it is
        large.backup(target, overwrite=True, progress=stop)
    assert caught.value is error or caught.type is error
    assert snapshot(target.parent) == before
    assert large.backup(target, overwrite=True).contacts == large.count_contacts()


def test_a_damaged_store_gives_no_backup(tmp_path: Path) -> None:
    """Fault 56: the copy is verified, so damage that no call has met yet is told, and kept away."""
    path = tmp_path / "x.db"
    with CRM(path, **FAST) as crm:
        for number in range(200):
            crm.create_contact(info(number))
    page = rows(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'contact_emails'")[0][0]
    damaged = bytearray(path.read_bytes())
    damaged[(page - 1) * 4096 + 8 : (page - 1) * 4096 + 100] = b"\xff" * 92
    path.write_bytes(damaged)
    with CRM(path, **FAST) as crm, pytest.raises(errors.StoreDamaged, match=r"check\(\)"):
        crm.backup(tmp_path / "copy.db")
    assert os.listdir(tmp_path) == ["x.db"]
    assert path.read_bytes() == bytes(damaged)


def test_a_row_that_points_at_nothing_gives_no_backup(tmp_path: Path) -> None:
    """Fault 56: foreign keys are verified, too."""
    path = tmp_path / "x.db"
    CRM(path).close()
    rows(path, "SELECT 1")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO contact_labels VALUES (1, 0, 12345)")
    with CRM(path, **FAST) as crm, pytest.raises(errors.StoreDamaged, match="points at nothing"):
        crm.backup(tmp_path / "copy.db")
    assert os.listdir(tmp_path) == ["x.db"]


FULL_DISK = """
import subprocess
disk = path + "/disk"
os.mkdir(disk)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=True)
with CRM(path + "/x.db", durability="normal") as crm:
    crm.custom_fields.create("Story")
    with crm.transaction():
        for number in range(300):
            crm.create_contact({**info(number), "Story": "x" * 10_000})
    for store in (crm,):
        try:
            store.backup(disk + "/copy.db")
        except StoreFull as error:
            tell(disk in str(error) and "unfinished" not in str(error))
        tell(os.listdir(disk))
    tell(crm.count_contacts())
"""


def can_mount() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return os.system("unshare -m mount -t tmpfs none /mnt 2>/dev/null") == 0


@pytest.mark.skipif(not can_mount(), reason="needs the right to mount")
def test_a_full_disk_leaves_nothing_of_a_backup(tmp_path: Path) -> None:
    """Fault 47: StoreFull that names the backup's place; the store itself is not concerned."""
    said = run(FULL_DISK, tmp_path, before=("unshare", "-m"))
    assert said == ["True", "[]", "300"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of this kind")
@pytest.mark.parametrize("of_store", ["x.db", ":memory:"])
def test_a_limit_on_files_leaves_nothing_of_a_backup(tmp_path: Path, of_store: str) -> None:
    """Fault 48: a documented error, and the same store can make the backup when there is room."""
    script = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
name = sys.argv[2]
with CRM(name if name == ":memory:" else path + "/" + name, durability="normal") as crm:
    crm.create_contact(info("ana"))
    before = sorted(os.listdir(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        crm.backup(path + "/copy.db")
    except (StoreFull, StoreFailed) as error:
        tell("copy.db: " in str(error))
    tell(sorted(os.listdir(path)) == before)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    tell(crm.backup(path + "/copy.db").contacts)
    crm.create_contact(info("bo"))
"""
    assert run(script, tmp_path, of_store) == ["True", "True", "1"]


# Whatever call it is at.

BACKING_UP = """
def scenario(path, tell):
    target = os.path.dirname(path) + "/copy.db"
    try:
        with CRM(path) as crm:
            tell("backup", str(crm.backup(target, overwrite=True).contacts))
    except StoreError as error:
        tell("refused", error.code)
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with a store of three contacts, and an older backup of none."""
    folder = tmp_path / "base"
    folder.mkdir()
    with CRM(folder / "x.db") as crm:
        crm.backup(folder / "copy.db")
        for name in ("ana", "bo", "cy"):
            crm.create_contact(info(name))
    return folder


def contacts_in(path: Path) -> int:
    """How many contacts a backup holds, which must be whole."""
    integrity(path)
    with CRM(path, **FAST) as crm:
        assert crm.check().ok
        return crm.count_contacts()


@pytest.mark.storm
@needs_strace
def test_a_backup_that_is_killed_at_any_call_is_the_old_one_or_the_new(
    base: Path, tmp_path: Path
) -> None:
    """Faults 39 and 40: under the backup's name stands a whole one; else the name tells."""
    calls = calls_of(BACKING_UP, base, tmp_path, CHANGING)
    cases = run_with_fault(BACKING_UP, base, tmp_path, "signal=SIGKILL", calls)
    kept = set()
    for case in cases:
        with told_where(case):
            others = set(os.listdir(case.folder)) - {"x.db", "x.db-wal", "x.db-shm", "copy.db"}
            assert all(name.startswith("copy.db.unfinished-") for name in others)
            kept.add(contacts_in(case.folder / "copy.db"))
            if ["backup", "3"] in case.told:
                assert contacts_in(case.folder / "copy.db") == 3
            assert contacts_in(case.folder / "x.db") == 3
    assert kept == {0, 3}


@pytest.mark.storm
@needs_strace
@pytest.mark.parametrize("fault", ["error=EIO", "error=ENOSPC"])
def test_a_backup_whose_disk_fails_at_any_call_is_the_old_one_or_the_new(
    base: Path, tmp_path: Path, fault: str
) -> None:
    """Faults 44 and 47: a documented error, and whatever is told, both files are whole."""
    disk = ("pwrite64", "fsync", "fdatasync", "ftruncate", "rename")
    calls = calls_of(BACKING_UP, base, tmp_path, disk)
    cases = run_with_fault(BACKING_UP, base, tmp_path, fault, calls)
    refused = set()
    for case in cases:
        with told_where(case):
            ((end, word),) = case.told
            refused |= {word} - {"3"}
            others = set(os.listdir(case.folder)) - {"x.db", "x.db-wal", "x.db-shm", "copy.db"}
            assert not others
            kept = contacts_in(case.folder / "copy.db")
            assert kept == 3 or end == "refused"
            assert contacts_in(case.folder / "x.db") == 3
    assert refused <= {"STORE_FAILED", "STORE_FULL"}
    assert refused


@pytest.mark.storm
@needs_strace
def test_a_backup_is_synced_before_it_has_its_name(base: Path, tmp_path: Path) -> None:
    """Fault 43: data, then name, then folder reach the disk, before the call returns."""
    calls = ("fsync", "fdatasync", "rename", "renameat", "pwrite64")
    trace, _ = record(BACKING_UP, base, tmp_path, calls, "-y", "-s", "500")
    lines = [line for line in trace.inside if "copy.db" in line or "fsync" in line]
    (renamed,) = [at for at, line in enumerate(lines) if line.startswith("rename")]
    unfinished = [at for at, line in enumerate(lines) if ".unfinished" in line]
    assert max(unfinished) == renamed
    last_write = max(at for at in unfinished if lines[at].startswith("pwrite64"))
    assert any("sync(" in lines[at] for at in unfinished if last_write < at < renamed)
    folder = str(tmp_path / "recorded") + ">"
    assert any(line.startswith("fsync") and folder in line for line in lines[renamed:])
