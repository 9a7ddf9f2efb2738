"""One open store, used from any thread."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from store_fixtures import info, integrity, program, run

from wixcrm_local import CRM, errors

THREADS = 8


def open_file(tmp_path, **options):
    return CRM(tmp_path / "x.db", durability="normal", **options)


@pytest.mark.parametrize("memory", [False, True], ids=["file", "memory"])
def test_threads_that_share_a_store_make_one_contact(tmp_path, memory):
    """M4, fault 27: the same identity at once is one contact, and all get its id."""
    barrier = threading.Barrier(THREADS)

    def race(crm, number):
        barrier.wait()
        return crm.create_contact(info(f"same{number}"))

    with CRM() if memory else open_file(tmp_path) as crm, ThreadPoolExecutor(THREADS) as threads:
        for number in range(20):
            ids = list(threads.map(race, [crm] * THREADS, [number] * THREADS))
            assert len(set(ids)) == 1
        assert crm.count_contacts() == 20


def test_threads_with_stores_of_their_own_make_one_contact(tmp_path):
    """M4, fault 27: on one file, each thread with its own CRM."""
    barrier = threading.Barrier(THREADS)

    def race(number):
        with open_file(tmp_path) as crm:
            barrier.wait()
            return [crm.create_contact(info(f"same{each}")) for each in range(10)]

    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(race, range(THREADS)))
    assert answers == [answers[0]] * THREADS
    with open_file(tmp_path) as crm:
        assert crm.count_contacts() == 10


def test_threads_that_create_the_file_together(tmp_path):
    """Fault 28: one schema, and nobody fails."""
    for round in range(20):
        barrier = threading.Barrier(THREADS)
        path = tmp_path / f"{round}.db"

        def race(number, path=path, barrier=barrier):
            barrier.wait()
            with CRM(path, durability="normal") as crm:
                return crm.create_contact(info("same"))

        with ThreadPoolExecutor(THREADS) as threads:
            assert len(set(threads.map(race, range(THREADS)))) == 1
    integrity(path)


def test_readers_run_beside_an_open_transaction(tmp_path):
    """Promise 6: every reading verb answers while another thread's transaction is open."""
    with open_file(tmp_path, busy_timeout=0.05) as crm, ThreadPoolExecutor(1) as threads:
        id = crm.create_contact(info("ana"))

        def read_all():
            crm.get_contact(id)
            crm.find_contact(email="ana@example.com")
            crm.history(id)
            crm.labels.list()
            crm.triggered_emails.list()
            return (crm.count_contacts(), len(list(crm.iter_contacts())), len(crm.outbox))

        with crm.transaction():
            crm.create_contact(info("ben"))
            assert threads.submit(read_all).result() == (1, 1, 0)


@pytest.mark.parametrize("holder", ["thread", "connection"])
def test_a_writer_waits_for_a_limited_time(tmp_path, holder):
    """Promise 6: StoreBusy not before `busy_timeout`, and not much later."""
    with (
        open_file(tmp_path, busy_timeout=0.3) as crm,
        open_file(tmp_path) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        held = crm if holder == "thread" else other
        with held.transaction():
            began = time.monotonic()
            with pytest.raises(errors.StoreBusy, match="try again"):
                threads.submit(crm.create_contact, info("ana")).result()
            assert 0.3 <= time.monotonic() - began < 2
        assert threads.submit(crm.create_contact, info("ana")).result()


def test_no_time_to_wait_at_all(tmp_path):
    """`busy_timeout=0` tries once."""
    with open_file(tmp_path, busy_timeout=0) as crm, open_file(tmp_path) as other:
        crm.create_contact(info("ana"))
        with other.transaction(), pytest.raises(errors.StoreBusy):
            crm.create_contact(info("ben"))


def test_waiting_writers_are_all_served(tmp_path):
    """Fault 30: connections that write without a pause each come to their turn."""
    count = 40
    longest = []

    def write(name):
        with open_file(tmp_path, busy_timeout=20) as crm:
            barrier.wait()
            worst = 0.0
            for number in range(count):
                began = time.monotonic()
                crm.create_contact(info(f"{name}-{number}"))
                worst = max(worst, time.monotonic() - began)
            longest.append(worst)

    open_file(tmp_path).close()
    barrier = threading.Barrier(4)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, "abcd"))
    assert max(longest) < 10
    with open_file(tmp_path) as crm:
        assert crm.count_contacts() == 4 * count


def test_iterating_holds_nothing_open(tmp_path):
    """Faults 32, 33: between two items others write, and a checkpoint empties the whole log."""
    with open_file(tmp_path) as crm, open_file(tmp_path, busy_timeout=0) as other:
        with crm.transaction():
            for number in range(600):
                crm.create_contact(info(number))
        contacts = crm.iter_contacts()
        assert next(contacts).emails == ("0@example.com",)
        other.create_contact(info("during"))
        checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)"
        busy, _, _ = other._store._writer.connection.execute(checkpoint).fetchone()
        assert busy == 0
        assert (tmp_path / "x.db-wal").stat().st_size == 0
        assert len(list(contacts)) == 600


def test_a_callback_may_call_the_store(tmp_path):
    """Fault 36: the clock and the source of ids run inside a transaction, and may use it."""
    counted = []

    def new_id():
        counted.append(crm.count_contacts())
        return f"id-{len(counted)}"

    with CRM(tmp_path / "x.db", new_id=new_id) as crm:
        assert crm.create_contact(info("ana")) == "id-1"
        assert crm.create_contact(info("ben")) == "id-2"
    assert counted == [0, 1]


def test_closing_while_others_read_and_write(tmp_path):
    """Promise 4: a closed store says StoreClosed on every thread, and nothing else."""
    for round in range(15):
        crm = open_file(tmp_path)
        started = threading.Barrier(5)
        failed = threading.Event()  # so that a failure is told, and not waited for

        def use(verb, crm=crm, started=started, failed=failed):
            started.wait()
            number = 0
            while not failed.is_set():
                number += 1
                try:
                    verb(crm, number)
                except errors.StoreClosed:
                    return number
            return 0

        with ThreadPoolExecutor(4) as threads:
            running = [
                threads.submit(use, lambda crm, number: crm.count_contacts()),
                threads.submit(use, lambda crm, number: crm.find_contact(email="no@x.test")),
                threads.submit(use, lambda crm, number, r=round: crm.create_contact(info(r))),
                threads.submit(use, lambda crm, number: list(crm.iter_contacts())),
            ]
            started.wait()
            try:
                crm.create_contact(info("ana"))
                crm.close()
            except BaseException:
                failed.set()
                raise
            assert all(task.result() >= 1 for task in running)
        assert os.listdir(tmp_path) == ["x.db"]


@pytest.mark.parametrize("memory", [False, True], ids=["file", "memory"])
def test_who_waits_while_the_store_is_closed_is_told(tmp_path, memory):
    """Promise 4: StoreClosed also for the thread whose turn comes after the closing."""
    with CRM() if memory else open_file(tmp_path) as crm, ThreadPoolExecutor(3) as threads:
        with crm.transaction():
            closing = threads.submit(crm.close)
            waiting = [threads.submit(crm.create_contact, info(each)) for each in "ab"]
            crm.create_contact(info("ana"))
        closing.result()
        for task in waiting:
            error = task.exception()
            assert error is None or isinstance(error, errors.StoreClosed)
        with pytest.raises(errors.StoreClosed):
            crm.count_contacts()
        with pytest.raises(errors.StoreClosed), crm.transaction():
            pass


def test_a_forgotten_store_closes_itself(tmp_path):
    """No ResourceWarning, no side files and no descriptor are left of a CRM never closed."""
    crm = open_file(tmp_path)
    crm.create_contact(info("ana"))
    crm.count_contacts()
    gone = weakref.ref(crm._store)
    del crm
    gc.collect()
    assert gone() is None
    assert os.listdir(tmp_path) == ["x.db"]


EXITS = {
    "open": "crm = CRM(path)\ncrm.create_contact(info('ana'))\ncrm.count_contacts()",
    "in a cycle": "crm = CRM(path)\ncrm.me = crm\ncrm.create_contact(info('ana'))",
    "in a transaction": (
        "crm = CRM(path)\ncrm.create_contact(info('ana'))\n"
        "open = crm.transaction()\nopen.__enter__()\ncrm.create_contact(info('lost'))"
    ),
    "beside a thread": (
        "import threading\ncrm = CRM(path)\nready = threading.Event()\n"
        "def use():\n"
        "    try:\n"
        "        while True:\n"
        "            crm.create_contact(info('ana'))\n"
        "            crm.count_contacts()\n"
        "            ready.set()\n"
        "    except StoreClosed: pass\n"
        "threading.Thread(target=use, daemon=True).start()\nready.wait()"
    ),
}


@pytest.mark.parametrize("script", EXITS.values(), ids=EXITS.keys())
def test_the_interpreter_exits_in_peace(tmp_path, script):
    """Promise 1: a program that never closes its store ends well, and what returned is stored."""
    with program(
        "import warnings\nwarnings.simplefilter('error')\n" + script, tmp_path / "x.db", stderr=-1
    ) as other:
        _, complaints = other.process.communicate(timeout=60)
        assert (other.process.returncode, complaints) == (0, "")
    with CRM(tmp_path / "x.db") as crm:
        assert [contact.emails for contact in crm.iter_contacts()] == [("ana@example.com",)]


fork_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

FORKED = """
import threading
crm = CRM(path, busy_timeout=1)
crm.create_contact(info("parent"))
crm.count_contacts()
def in_child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            tell(type(error).__name__)
            raise SystemExit(0)
        tell("done")
        raise SystemExit(0)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, status
"""


@fork_only
def test_a_child_process_is_told_to_open_anew(tmp_path):
    """Fault 34: every use of an inherited store is StoreForked, closing it does nothing."""
    said = run(
        FORKED
        + """
def use():
    for verb in (
        crm.count_contacts,
        lambda: crm.create_contact(info("child")),
        lambda: list(crm.iter_contacts()),
        lambda: crm.transaction().__enter__(),
    ):
        try:
            verb()
        except StoreForked:
            continue
        raise AssertionError(verb)
    crm.close()
    with CRM(path) as own:
        own.create_contact(info("child"))
in_child(use)
crm.create_contact(info("after"))
tell(crm.count_contacts())
""",
        tmp_path / "x.db",
    )
    assert said == ["done", "3"]
    integrity(tmp_path / "x.db")


@fork_only
def test_a_child_harms_no_lock_of_its_parent(tmp_path):
    """Fault 34: whatever the child does or how it ends, a third process finds the lock taken."""
    with program(
        FORKED
        + """
def nothing(): pass
def write(): crm.create_contact(info("child"))
def leave(): raise SystemExit(0)
def leave_nested():
    with crm.transaction():
        raise LookupError
def abandon():
    global crm
    del crm
    import gc; gc.collect()
with crm.transaction():
    crm.create_contact(info("inside"))
    for work in (nothing, write, crm.close, leave, leave_nested, abandon):
        in_child(work)
    tell("locked"); hear()
    crm.create_contact(info("inside too"[:6] + "2"))
tell(crm.count_contacts())
""",
        tmp_path / "x.db",
        stderr=None,
    ) as parent:
        heard = []
        while (word := parent.hear()) != "locked":
            heard.append(word)
        assert heard == ["done", "StoreForked", "done", "SystemExit", "StoreForked", "done"]
        with open_file(tmp_path, busy_timeout=0.1) as third:
            assert third.count_contacts() == 1
            with pytest.raises(errors.StoreBusy):
                third.create_contact(info("third"))
            parent.tell()
            parent.expect("3")
            assert parent.end() == 0
            third.create_contact(info("third"))
            assert third.count_contacts() == 4
    integrity(tmp_path / "x.db")


@fork_only
def test_a_child_that_leaves_its_parents_transaction_changes_nothing(tmp_path):
    """Fault 34: the `with` of the parent is left in the child too, by falling off or by error."""
    said = run(
        FORKED
        + """
for raising in (False, True):
    pid = -1
    try:
        with crm.transaction():
            crm.create_contact(info(f"inside{raising}"))
            pid = os.fork()
            if pid == 0 and raising:
                raise LookupError
            if pid:
                assert os.waitpid(pid, 0)[1] == 0
                crm.create_contact(info(f"later{raising}"))
    except BaseException as error:
        tell(type(error).__name__)
    if pid == 0:
        sys.exit(0)
tell(crm.count_contacts())
""",
        tmp_path / "x.db",
    )
    assert said == ["StoreForked", "LookupError", "5"]
    integrity(tmp_path / "x.db")


def test_many_stores_at_once(tmp_path):
    """Each open store is its own: nothing is shared but what the file holds."""
    with ExitStack() as stack:
        stores = [stack.enter_context(CRM()) for _ in range(5)]
        for number, crm in enumerate(stores):
            for each in range(number):
                crm.create_contact(info(each))
        assert [crm.count_contacts() for crm in stores] == [0, 1, 2, 3, 4]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_reading_from_many_threads_keeps_few_connections(tmp_path):
    """What many threads read with is closed again when they are through."""
    with open_file(tmp_path) as crm:
        barrier = threading.Barrier(24)

        def read(_):
            barrier.wait()
            return crm._store.read(lambda connection: (barrier.wait(), 1)[1])

        with ThreadPoolExecutor(24) as threads:
            assert sum(threads.map(read, range(24))) == 24
        assert len(crm._store._readers.idle) == 8
