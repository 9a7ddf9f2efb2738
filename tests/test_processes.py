"""Promises 1, 2 and 6 with real processes: they race, wait, are stopped and are killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from contextlib import ExitStack, closing

import pytest
from store_fixtures import info, integrity, program, rows

from wixcrm_local import CRM, errors

PROCESSES = 4
signals_only = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")


def race(script, *arguments, rounds=1, processes=PROCESSES):
    """What each process says in each round, after they all began it together."""
    answers = []
    with ExitStack() as stack:
        others = [
            stack.enter_context(program(script, *arguments, number)) for number in range(processes)
        ]
        for round in range(rounds):
            for other in others:
                other.expect("ready")
            for other in others:
                other.tell(str(round))
            answers.append([other.hear() for other in others])
    return answers


def test_processes_that_create_the_same_identity_make_one_contact(tmp_path):
    """M4, fault 26: one contact, and every process gets its id."""
    rounds = 60
    answers = race(
        """
crm = CRM(path, durability="normal")
while True:
    tell("ready")
    tell(crm.create_contact(info("same" + hear())))
""",
        tmp_path / "x.db",
        rounds=rounds,
    )
    assert all(len(set(ids)) == 1 for ids in answers)
    with CRM(tmp_path / "x.db") as crm:
        assert crm.count_contacts() == rounds
    integrity(tmp_path / "x.db")


@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_processes_that_create_the_file_together(tmp_path, empty):
    """Fault 28: one schema and one contact, whoever was first, and nobody fails."""
    rounds = 40
    if empty:
        for round in range(rounds):
            (tmp_path / f"{round}.db").touch()
    answers = race(
        """
while True:
    tell("ready")
    with CRM(f"{path}/{hear()}.db", durability="normal") as crm:
        tell(crm.create_contact(info("same")))
""",
        tmp_path,
        rounds=rounds,
    )
    assert all(len(set(ids)) == 1 for ids in answers)
    for round in (0, rounds - 1):
        integrity(tmp_path / f"{round}.db")
    # Of two processes that close together, each may leave the log to the other: the next tidies.
    for round in range(rounds):
        CRM(tmp_path / f"{round}.db").close()
    assert len(os.listdir(tmp_path)) == rounds


def test_processes_that_open_a_new_file_with_different_regions(tmp_path):
    """P1: one region is the file's; who asked for another is told so."""
    answers = race(
        """
region = ["US", "IT", "US", "IT"][int(sys.argv[2])]
while True:
    tell("ready")
    try:
        with CRM(f"{path}/{hear()}.db", default_region=region, durability="normal") as crm:
            tell(crm.default_region)
    except RegionMismatch as error:
        tell("not " + error.details["asked"] + " but " + error.details["region"])
""",
        tmp_path,
        rounds=25,
    )
    for told in answers:
        assert sorted(told) in (
            ["US", "US", "not IT but US", "not IT but US"],
            ["IT", "IT", "not US but IT", "not US but IT"],
        )


def test_writers_in_processes_are_served_in_turn(tmp_path):
    """Fault 30: nobody starves beside others that write without a pause."""
    CRM(tmp_path / "x.db").close()
    answers = race(
        """
import time
crm = CRM(path, durability="normal", busy_timeout=20)
tell("ready")
hear()
end, longest, count = time.monotonic() + 1.5, 0, 0
while (began := time.monotonic()) < end:
    crm.create_contact(info(f"{sys.argv[2]}-{count}"))
    longest, count = max(longest, time.monotonic() - began), count + 1
tell(f"{longest} {count}")
""",
        tmp_path / "x.db",
    )[0]
    counts = [int(answer.split()[1]) for answer in answers]
    assert max(float(answer.split()[0]) for answer in answers) < 5
    assert min(counts) * 5 > max(counts)
    assert rows(tmp_path / "x.db", "SELECT count(*) FROM contacts") == [(sum(counts),)]


KILLED = """
crm = CRM(path, durability="normal")
name, number = sys.argv[2], 0
while True:
    crm.create_contact(info(f"{name}-{number}"))
    tell(number)
    number += 1
"""


def kill_writers(path, rounds, seed):
    """Kills a writer at random, again and again; every contact it was told of must be there."""
    rng = random.Random(seed)
    stored = set()
    for round in range(rounds):
        with program(KILLED, path, f"r{round}") as writer:
            heard = [writer.hear() for _ in range(rng.randrange(1, 40))]
            for _ in range(rng.randrange(0, 20_000)):
                pass  # a moment within the next calls
            writer.signal(signal.SIGKILL)
            said = writer.process.stdout.read()
            writer.process.wait()
        heard += said.split("\n")[:-1]
        stored |= {f"r{round}-{number}@example.com" for number in heard}
        with CRM(path, durability="normal", busy_timeout=5) as crm:
            found = [contact.emails[0] for contact in crm.iter_contacts()]
            assert stored <= set(found)
            assert len(found) == len(set(found)) <= len(stored) + round + 1
        integrity(path)


@signals_only
def test_killed_writers_lose_nothing_they_returned(tmp_path):
    """Promise 1, fault 39: what returned survives kill -9, and the next opening works."""
    kill_writers(tmp_path / "x.db", rounds=12, seed=1)


@pytest.mark.storm
@signals_only
def test_many_killed_writers_lose_nothing_they_returned(tmp_path):
    """Promise 1, fault 39, a hundred times."""
    kill_writers(tmp_path / "x.db", rounds=100, seed=2)


@signals_only
def test_a_reader_beside_killed_writers_meets_no_error(tmp_path):
    """Promise 6: reading goes on while another process dies and a third recovers the log."""
    path = tmp_path / "x.db"
    CRM(path).close()
    reader = """
crm = CRM(path, durability="normal", busy_timeout=10)
tell("reading")
last = 0
import threading
stop = threading.Event()
threading.Thread(target=lambda: (hear(), stop.set()), daemon=True).start()
while not stop.is_set():
    now = crm.count_contacts()
    assert now >= last, (now, last)
    assert len(list(crm.iter_contacts())) >= now
    last = now
tell(last)
"""
    with program(reader, path) as other:
        other.expect("reading")
        for round in range(6):
            with program(KILLED, path, f"r{round}") as writer:
                for _ in range(10):
                    writer.hear()
                writer.signal(signal.SIGKILL)
                writer.end()
        other.tell("stop")
        assert int(other.hear()) >= 60
        assert other.end() == 0
    integrity(path)


@signals_only
def test_a_stopped_lock_holder(tmp_path):
    """Fault 31: reads work, a write is StoreBusy in the documented time, and all goes on later."""
    path = tmp_path / "x.db"
    holder = """
crm = CRM(path)
with crm.transaction():
    crm.create_contact(info("held"))
    tell("holding")
    hear()
tell("stored")
"""
    with program(holder, path) as other:
        other.expect("holding")
        other.signal(signal.SIGSTOP)
        try:
            with CRM(path, busy_timeout=0.3) as crm:
                assert crm.count_contacts() == 0
                began = time.monotonic()
                with pytest.raises(errors.StoreBusy):
                    crm.create_contact(info("ana"))
                assert 0.3 <= time.monotonic() - began < 2
        finally:
            other.signal(signal.SIGCONT)
        other.tell()
        other.expect("stored")
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
        assert crm.count_contacts() == 2


@signals_only
def test_a_killed_lock_holder_leaves_no_lock_and_no_half(tmp_path):
    """Promise 3, fault 39: what it did not store is gone, and the next writer does not wait."""
    path = tmp_path / "x.db"
    holder = """
crm = CRM(path)
crm._store._writer.connection.execute("PRAGMA cache_size=2")  # pages go into the log early
with crm.transaction():
    for number in range(300):
        crm.create_contact(info(number))
    tell("holding")
    hear()
"""
    with program(holder, path) as other:
        other.expect("holding")
        other.signal(signal.SIGKILL)
        other.end()
    with CRM(path, busy_timeout=0.5) as crm:
        assert crm.count_contacts() == 0
        crm.create_contact(info("ana"))
    integrity(path)


def test_another_process_may_close_while_this_one_works(tmp_path):
    """Fault 34's kin: openings and closings elsewhere cost this store neither rows nor locks."""
    path = tmp_path / "x.db"
    script = """
while True:
    tell("ready")
    number = hear()
    with CRM(path, durability="normal") as crm:
        crm.create_contact(info("other" + number))
    tell("closed")
"""
    with CRM(path, durability="normal") as crm, program(script, path) as other:
        for number in range(30):
            other.expect("ready")
            other.tell(str(number))
            crm.create_contact(info(f"mine{number}"))
            other.expect("closed")
        with crm.transaction(), closing(sqlite3.connect(path, timeout=0)) as third:
            crm.create_contact(info("last"))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                third.execute("BEGIN IMMEDIATE")
        assert crm.count_contacts() == 61
    integrity(path)
