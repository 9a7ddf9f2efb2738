"""Promises 4 and 6 under pressure: writers, long readers, forks, too few files and memory."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

import pytest
from store_fixtures import info, integrity, program, run

from wixcrm_local import CRM
from wixcrm_local.connection import WAL_KEPT

fork_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs limits and /proc of Linux")
MIB = 1024 * 1024


@pytest.mark.storm
@pytest.mark.parametrize("durability", ["full", "normal"])
def test_four_writers_at_full_speed(tmp_path, durability):
    """Faults 26, 29, 30: none waits for 2.5 s, none is refused, each contact is there once, and
    those of whom all have heard are one."""
    script = """
import time
crm = CRM(path, durability=sys.argv[3])
crm.create_contact(info("warm"))
tell("ready")
hear()
longest, shared = 0, []
for number in range(600):
    began = time.monotonic()
    crm.create_contact(info(f"{sys.argv[2]}-{number}"))
    longest = max(longest, time.monotonic() - began)
    if number % 20 == 0:
        shared.append(crm.create_contact(info(f"shared-{number}")))
tell(longest)
tell(" ".join(shared))
"""
    path = tmp_path / "x.db"
    with ExitStack() as stack:
        writers = [stack.enter_context(program(script, path, name, durability)) for name in "abcd"]
        for writer in writers:
            writer.expect("ready")
        for writer in writers:
            writer.tell()
        longest = [float(writer.hear()) for writer in writers]
        assert len({writer.hear() for writer in writers}) == 1
        assert [writer.end() for writer in writers] == [0] * 4
    assert max(longest) < 2.5
    with CRM(path) as crm:
        assert crm.count_contacts() == 1 + 4 * 600 + 30
    integrity(path)


@pytest.mark.storm
def test_a_long_reader_in_another_process(tmp_path):
    """Fault 32: writers go on beside it, it sees one state throughout, and after its end a few
    more writes bring the log to at most twice what it keeps."""
    path = tmp_path / "x.db"
    reader = """
crm = CRM(path)
def read(connection):
    count = "SELECT count(*) FROM contacts"
    before = connection.execute(count).fetchone()
    tell("reading")
    hear()
    return before == connection.execute(count).fetchone()
tell(crm._store.read(read))
"""

    def write(crm: CRM, mib: int) -> None:
        for number in range(2 * mib):
            crm.triggered_emails.save("big", subject="s", text=str(number % 10) * (MIB // 2))

    log = tmp_path / "x.db-wal"
    with CRM(path, durability="normal") as crm:
        crm.create_contact(info("ana"))
        with program(reader, path) as other:
            other.expect("reading")
            crm.create_contact(info("ben"))
            write(crm, 40)
            assert log.stat().st_size > 2 * WAL_KEPT
            assert crm.count_contacts() == 2
            other.tell()
            other.expect("True")
            assert other.end() == 0
        write(crm, 8)
        assert log.stat().st_size <= 2 * WAL_KEPT
        assert crm.count_contacts() == 2
    integrity(path)


@linux_only
def test_no_descriptor_left_while_a_store_is_open(tmp_path):
    """Fault 61: reading and writing go on with what is open; what has to be opened is a
    documented error; nothing leaks, and the same store goes on."""
    said = run(
        """
import resource
from concurrent.futures import ThreadPoolExecutor
import threading
crm = CRM(path)
crm.create_contact(info("ana"))
def count(): return len(os.listdir("/proc/self/fd"))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
threads = ThreadPoolExecutor(6)
gate = threading.Barrier(6)
def read(_):
    def work(connection):
        return connection.execute("SELECT count(*) FROM contacts").fetchone()[0]
    gate.wait()
    try:
        return crm._store.read(work)
    except StoreError as error:
        return type(error).__name__
list(threads.map(read, range(6)))
while crm._store._readers.idle:
    crm._store._readers.idle.pop().close()
highest = max(map(int, os.listdir("/proc/self/fd")))
while (last := os.dup(0)) <= highest:  # the limit is one of numbers: none below it may be free
    pass
before = count()
resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, hard))
tell(sorted({str(answer) for answer in threads.map(read, range(6))}))
crm.create_contact(info("ben"))
try:
    CRM(path)
except StoreError as error:
    tell(type(error).__name__)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
assert count() == before
tell(crm.count_contacts())
""",
        tmp_path / "x.db",
    )
    assert said == ["['StoreNotFound']", "StoreNotFound", "2"]


@linux_only
def test_a_writer_that_can_not_be_replaced_yet(tmp_path):
    """Faults 45, 61: an error of the disk, and then no descriptor for the new connection: each
    call is a documented error, and the same store goes on once both are over."""
    said = run(
        """
import resource
crm = CRM(path)
crm.create_contact(info("ana"))
def limit(what, soft): resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))
files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
size = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
def refused():
    try:
        crm.create_contact(info("ben"))
    except StoreError as error:
        tell(type(error).__name__)
limit(resource.RLIMIT_FSIZE, os.path.getsize(path + "-wal"))
refused()
limit(resource.RLIMIT_NOFILE, 3)
refused()
refused()
limit(resource.RLIMIT_FSIZE, size)
limit(resource.RLIMIT_NOFILE, files)
crm.create_contact(info("ben"))
tell(crm.count_contacts())
crm.close()
""",
        tmp_path / "x.db",
    )
    assert said == ["StoreFailed", "StoreNotFound", "StoreNotFound", "2"]
    integrity(tmp_path / "x.db")


@pytest.mark.storm
@linux_only
def test_little_memory(tmp_path):
    """Fault 69: MemoryError or a documented error, no contact in part, and the same open store
    goes on when there is memory again."""
    said = run(
        """
import resource
crm = CRM(path)
crm.custom_fields.create("Note", "text")
def person(number):
    emails = [f"{number}-{each}@example.com" for each in range(50)]
    return {"emails": emails, "customFields": {"Note": "x" * 10_000}}
crm.create_contact(person("warm"))
list(crm.iter_contacts())
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
def used():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
crm._store._writer.connection.execute("PRAGMA cache_size=-200000")  # so that it wants much
stored, refused, number = {"warm"}, set(), 0
for room in range(0, 4_000_000, 250_000):
    here = used()
    resource.setrlimit(resource.RLIMIT_AS, (here + room, hard))
    try:
        with crm.transaction():
            for each in range(150):
                crm.create_contact(person(f"{room}-{each}"))
        done = True
    except (MemoryError, StoreError) as error:
        done = False
        kind = type(error).__name__
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    if done:
        stored |= {f"{room}-{each}" for each in range(150)}
    else:
        refused.add(kind)
    assert not crm._store.in_transaction
crm.create_contact(person("afterwards"))
found = {contact.emails[0].removesuffix("-0@example.com") for contact in crm.iter_contacts()}
assert found == stored | {"afterwards"}, (len(found), len(stored))
assert all(len(contact.emails) == 50 for contact in crm.iter_contacts())
crm.close()
tell(" ".join(sorted(refused)))
""",
        tmp_path / "x.db",
    )
    assert set(said[0].split()) <= {"MemoryError", "StoreFailed", "StoreNotFound"}
    assert said[0]
    integrity(tmp_path / "x.db")


FORKING = """
import threading
def in_child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


HELD = (
    FORKING
    + """
crm = CRM(path)
held, release = threading.Event(), threading.Event()
def hold():
    with crm.transaction():
        crm.create_contact(info("held"))
        held.set()
        release.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
"""
)


@fork_only
def test_a_fork_while_another_thread_holds_the_lock(tmp_path):
    """Fault 34: SQLite would remember in the child what its parent had locked, and lock nothing
    there itself; so the child can't open the file, and the parent's transaction is stored."""
    said = run(
        HELD
        + """
def work():
    for _ in range(2):
        try:
            CRM(path)
        except StoreForked as error:
            assert "spawn" in error.message
            continue
        raise AssertionError
    with CRM(path + ".other") as other:
        other.create_contact(info("child"))
tell(in_child(work))
release.set()
thread.join()
crm.create_contact(info("after"))
tell(crm.count_contacts())
crm.close()
""",
        tmp_path / "x.db",
    )
    assert said == ["0", "2"]
    integrity(tmp_path / "x.db")


@fork_only
def test_a_fork_inside_the_own_transaction_or_reading(tmp_path):
    """Fault 34: what the forking thread itself has open can't be closed either."""
    said = run(
        FORKING
        + """
crm = CRM(path)
def work():
    try:
        CRM(path)
    except StoreForked:
        return
    raise AssertionError
with crm.transaction():
    crm.create_contact(info("ana"))
    tell(in_child(work))
tell(crm._store.read(lambda connection: in_child(work)))
def own():
    with CRM(path) as store:
        store.create_contact(info("child"))
tell(in_child(own))
tell(crm.count_contacts())
""",
        tmp_path / "x.db",
    )
    assert said == ["0", "0", "0", "2"]


@fork_only
def test_threads_go_on_beside_forks(tmp_path):
    """Fault 34: a fork takes the connections from a store for a moment, and no call notices."""
    said = run(
        FORKING
        + """
crm = CRM(path, durability="normal")
stop = threading.Event()
failures = []
def call():
    number = 0
    while not stop.is_set():
        try:
            crm.create_contact(info(f"{threading.get_ident()}.{number}"))
            crm.count_contacts()
            number += 1
        except BaseException as error:
            failures.append(repr(error))
            return
    counts.append(number)
counts = []
threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(30):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
stop.set()
for thread in threads:
    thread.join()
tell(failures)
tell(crm.count_contacts() == sum(counts))
""",
        tmp_path / "x.db",
    )
    assert said == ["[]", "True"]
    integrity(tmp_path / "x.db")


@fork_only
def test_a_parent_that_closes_takes_nothing_from_its_child(tmp_path):
    """Fault 34, promise 1: what a child's own store has returned is stored."""
    said = run(
        """
crm = CRM(path)
crm.create_contact(info("parent"))
ready, go = os.pipe(), os.pipe()
pid = os.fork()
if pid == 0:
    own = CRM(path)
    own.count_contacts()
    os.write(ready[1], b".")
    os.read(go[0], 1)
    own.create_contact(info("child"))
    os._exit(0)
os.read(ready[0], 1)
crm.close()
os.write(go[1], b".")
assert os.waitpid(pid, 0)[1] == 0
with CRM(path) as again:
    tell(again.count_contacts())
""",
        tmp_path / "x.db",
    )
    assert said == ["2"]
