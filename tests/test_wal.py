"""Checkpoints: when the log is moved into the file, and that no commit can race it."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from store_fixtures import info, integrity, program, rows

from wixcrm_local import CRM, wal
from wixcrm_local.connection import WAL_KEPT, WAL_KEPT_BESIDE_LARGE
from wixcrm_local.wal import LOOK_AFTER, Checkpoints, reset_bug

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("version", "has_bug"),
    [
        ((3, 37, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 44, 9), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_which_sqlite_has_the_reset_bug(version, has_bug):
    """Fault 70: 3.7.0 to 3.51.2, fixed in 3.51.3, 3.50.7 and 3.44.6."""
    assert reset_bug(version) is has_bug


def write(crm: CRM, mib: int) -> None:
    """Lets the log of a store grow by so many MiB."""
    store = crm._store
    for _ in range(mib):
        store.write(
            lambda it: it.execute(
                "INSERT OR REPLACE INTO settings VALUES ('bulk', ?)",
                (next(_texts),),
            )
        )


def _endless_texts():
    number = 0
    while True:
        number += 1
        yield str(number % 10) * MIB


_texts = _endless_texts()


@pytest.fixture
def crm(tmp_path):
    with CRM(tmp_path / "x.db", durability="normal", busy_timeout=5) as opened:
        opened._store.write(lambda it: it.execute("PRAGMA secure_delete=OFF"))
        yield opened


@pytest.fixture
def log(tmp_path):
    return lambda: (tmp_path / "x.db-wal").stat().st_size


def test_the_log_stays_bounded(crm, log):
    """The log is checkpointed when it passes 8 MiB, and shrinks at its next reset."""
    largest = 0
    for _ in range(60):
        write(crm, 1)
        largest = max(largest, log())
    assert WAL_KEPT - 3 * MIB < largest < WAL_KEPT + (LOOK_AFTER + 1) * MIB
    crm.create_contact(info("ana"))


def test_beside_a_large_file_more_may_wait(crm, log, monkeypatch):
    """The pages of a large file lie far apart: the log that gathers them may be twice as long."""
    monkeypatch.setattr(wal, "_LARGE", 1)
    write(crm, 17)  # the first checkpoint sees how large the file is
    largest = 0
    for _ in range(60):
        write(crm, 1)
        largest = max(largest, log())
    assert (
        WAL_KEPT_BESIDE_LARGE - 3 * MIB < largest < WAL_KEPT_BESIDE_LARGE + LOOK_AFTER * MIB + MIB
    )


def test_below_its_size_the_log_is_left_alone(crm, log, tmp_path):
    """No checkpoint is on the path of an ordinary call: the file itself does not change."""
    before = (tmp_path / "x.db").read_bytes()
    for number in range(100):
        crm.create_contact(info(number))
    assert (tmp_path / "x.db").read_bytes() == before


def test_a_long_reader_delays_the_emptying_and_no_longer(crm, log):
    """Fault 32: writers go on beside a reader, and the log is small again after it."""
    reading, stop = threading.Event(), threading.Event()

    def read(connection):
        before = connection.execute("SELECT count(*) FROM contacts").fetchone()
        reading.set()
        stop.wait(60)
        return before == connection.execute("SELECT count(*) FROM contacts").fetchone()

    with ThreadPoolExecutor(1) as threads:
        task = threads.submit(crm._store.read, read)
        reading.wait()
        write(crm, 26)
        crm.create_contact(info("ana"))
        grown = log()
        assert grown > 24 * MIB
        stop.set()
        assert task.result()
    write(crm, 8)
    assert log() <= WAL_KEPT + 8 * MIB
    assert crm.count_contacts() == 1


def test_the_guard_holds_the_write_lock(crm, tmp_path):
    """Fault 70: while the checkpoint works, no process can commit."""
    if not crm._store._checkpoints._guarded:
        pytest.skip("this SQLite has no reset bug, so nothing is guarded")
    seen = []

    class Watching:
        """The readers of the store, seen from where a checkpoint borrows one."""

        def lent(self):
            with closing(sqlite3.connect(tmp_path / "x.db", timeout=0)) as other:
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("BEGIN IMMEDIATE")
                seen.append("locked")
            return crm._store._readers.lent()

    crm.create_contact(info("ana"))
    writer = crm._store._writer.connection
    Checkpoints(str(tmp_path / "x.db")).run(writer, Watching())
    assert seen == ["locked"]
    assert not writer.in_transaction
    with CRM(tmp_path / "x.db", busy_timeout=0) as other:
        other.create_contact(info("ben"))


def test_a_checkpoint_that_can_not_have_the_lock_is_postponed(crm, log, tmp_path):
    """The caller's own commit stands: nothing is raised, and a later commit tries again."""
    write(crm, 10)
    with CRM(tmp_path / "x.db", durability="normal") as other:
        with other.transaction():
            crm._store._checkpoints.run(crm._store._writer.connection, crm._store._readers)
            assert not crm._store._writer.connection.in_transaction
        write(crm, 12)
        assert log() < WAL_KEPT + (LOOK_AFTER + 1) * MIB
    assert rows(tmp_path / "x.db", "SELECT length(value) FROM settings") == [(MIB,)]


def test_the_next_try_waits_for_growth(tmp_path):
    """A reader that keeps a checkpoint from finishing does not cause one at every commit."""
    checkpoints = Checkpoints(str(tmp_path / "x.db"))
    log = tmp_path / "x.db-wal"

    changes = 0

    def due_at(size):
        nonlocal changes
        changes += LOOK_AFTER
        with log.open("ab") as file:
            file.truncate(size)
        return checkpoints.due(changes)

    assert not checkpoints.due(0)  # no log at all
    assert not due_at(WAL_KEPT)
    assert due_at(WAL_KEPT + 1)
    assert not due_at(WAL_KEPT + 2)
    assert not due_at(WAL_KEPT + 4 * MIB)
    assert due_at(WAL_KEPT + 5 * MIB)
    assert not due_at(WAL_KEPT)
    assert due_at(WAL_KEPT + 1)


def test_the_log_is_looked_at_after_some_changes(tmp_path):
    """A look costs a tenth of a commit, so that not every commit takes one."""
    checkpoints = Checkpoints(str(tmp_path / "x.db"))
    with (tmp_path / "x.db-wal").open("ab") as log:
        log.truncate(WAL_KEPT + 1)
    assert checkpoints.due(0)  # the first: what it finds may be left by others
    with (tmp_path / "x.db-wal").open("ab") as log:
        log.truncate(WAL_KEPT + 9 * MIB)
    assert not checkpoints.due(LOOK_AFTER - 1)
    assert checkpoints.due(LOOK_AFTER)


@pytest.mark.storm
def test_checkpoints_and_commits_of_processes_race(tmp_path):
    """Fault 70: processes that write past the checkpoint size lose nothing they returned."""
    path = tmp_path / "x.db"
    script = """
import time
crm = CRM(path, durability="normal")
crm.triggered_emails.save("big" + sys.argv[2], subject="s", text="x" * 400_000)
end, count = time.monotonic() + 20, 0
while time.monotonic() < end:
    crm.create_contact(info(f"{sys.argv[2]}-{count}"))
    crm.triggered_emails.save("big" + sys.argv[2], subject="s", text=str(count % 10) * 400_000)
    count += 1
tell(count)
"""
    with program(script, path, 1) as one, program(script, path, 2) as two:
        counts = [int(one.hear()), int(two.hear())]
    assert rows(path, "SELECT count(*) FROM contacts") == [(sum(counts),)]
    assert sum(counts) > 200
    integrity(path)
