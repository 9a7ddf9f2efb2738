"""A7: what is done inside a transaction is stored together or not at all, and belongs to its
thread."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import pytest
from store_fixtures import info, integrity, run

from wixcrm_local import CRM, errors


@pytest.fixture(params=["file", "memory"])
def crm(request, tmp_path):
    path = tmp_path / "x.db" if request.param == "file" else ":memory:"
    with CRM(path, durability="normal", busy_timeout=5) as opened:
        yield opened


@pytest.fixture
def elsewhere():
    with ThreadPoolExecutor(1) as threads:
        yield lambda work: threads.submit(work).result()


def addresses(crm: CRM) -> list[str]:
    return [contact.emails[0].removesuffix("@example.com") for contact in crm.iter_contacts()]


def test_what_is_done_inside_is_seen_inside(crm):
    """A7: verbs inside a transaction see its own writes."""
    with crm.transaction():
        id = crm.create_contact(info("ana"))
        assert crm.get_contact(id).emails == ("ana@example.com",)
        assert crm.create_contact(info("ana")) == id
        assert crm.count_contacts() == 1
        assert crm.find_contact(email="ana@example.com").id == id


def test_others_do_not_see_it_before_its_end(tmp_path, elsewhere):
    """Promise 6: on a file, readers neither wait for an open transaction nor see into it."""
    with CRM(tmp_path / "x.db") as crm:
        with crm.transaction():
            crm.create_contact(info("ana"))
            assert elsewhere(crm.count_contacts) == 0
        assert elsewhere(crm.count_contacts) == 1


def test_in_memory_readers_wait_their_turn():
    """Promise 6: in memory calls take turns, and a reader sees the end of the transaction."""
    with CRM(busy_timeout=20) as crm, ThreadPoolExecutor(1) as threads:
        with crm.transaction():
            asked = threading.Event()
            reading = threads.submit(lambda: (asked.set(), crm.count_contacts())[1])
            asked.wait()
            crm.create_contact(info("ana"))
            assert not reading.done()
        assert reading.result() == 1


def test_a_reader_in_memory_waits_for_a_limited_time():
    """Promise 6: busy means bounded, for readers in memory too."""
    with CRM(busy_timeout=0.05) as crm, ThreadPoolExecutor(1) as threads:
        with crm.transaction(), pytest.raises(errors.StoreBusy):
            threads.submit(crm.count_contacts).result()
        assert threads.submit(crm.count_contacts).result() == 0


def test_an_exception_undoes_everything(crm):
    """Promise 3: an error leaves nothing of what was done inside."""

    def fail():
        with crm.transaction():
            crm.create_contact(info("ana"))
            crm.labels.create("VIP")
            raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        fail()
    assert addresses(crm) == []
    assert crm.labels.list() == ()
    crm.create_contact(info("ben"))
    assert addresses(crm) == ["ben"]


def test_a_keyboard_interrupt_undoes_everything(crm):
    """Fault 37: the store stays usable, from this thread and from others."""
    with suppress(KeyboardInterrupt), crm.transaction():
        crm.create_contact(info("ana"))
        raise KeyboardInterrupt
    crm.create_contact(info("ben"))
    with ThreadPoolExecutor(1) as threads:
        threads.submit(crm.create_contact, info("cem")).result()
    assert addresses(crm) == ["ben", "cem"]


def test_a_refused_call_leaves_the_transaction_usable(crm):
    """A7: what was refused leaves nothing, what was not is stored."""
    with crm.transaction():
        crm.create_contact(info("ana"))
        with pytest.raises(errors.LabelNotFound):
            crm.create_contact(info("ben") | {"labels": ["nobody made this"]})
        with pytest.raises(errors.ContactNotFound):
            crm.get_contact("none")
        crm.create_contact(info("cem"))
    assert addresses(crm) == ["ana", "cem"]


def test_nested_transactions_are_savepoints(crm):
    """A7: an inner one can fail alone; an outer one takes the inner with it."""
    with crm.transaction():
        crm.create_contact(info("outer"))
        with suppress(LookupError), crm.transaction():
            crm.create_contact(info("inner"))
            with crm.transaction():
                crm.create_contact(info("innermost"))
            raise LookupError
        with crm.transaction():
            crm.create_contact(info("kept"))
    assert addresses(crm) == ["outer", "kept"]
    with suppress(LookupError), crm.transaction():
        with crm.transaction():
            crm.create_contact(info("nobody"))
        raise LookupError
    assert addresses(crm) == ["outer", "kept"]


def test_contexts_may_be_made_before_they_are_entered(crm):
    """A7: whether it is nested is decided where it begins."""
    first, second = crm.transaction(), crm.transaction()
    with first:
        crm.create_contact(info("ana"))
        with suppress(LookupError), second:
            crm.create_contact(info("ben"))
            raise LookupError
    assert addresses(crm) == ["ana"]
    with crm.transaction():
        late = crm.transaction()
    with late:
        crm.create_contact(info("cem"))
    assert addresses(crm) == ["ana", "cem"]


def test_a_transaction_is_left_by_its_own_thread(crm, elsewhere):
    """A7: it belongs to its thread; another one that leaves it is refused and harms nothing."""
    transaction = crm.transaction()
    transaction.__enter__()
    crm.create_contact(info("ana"))
    with pytest.raises(errors.StoreFailed, match="thread"):
        elsewhere(lambda: transaction.__exit__(None, None, None))
    with suppress(LookupError), crm.transaction():  # still open, so this is a savepoint
        raise LookupError
    crm._store.commit()
    assert elsewhere(crm.count_contacts) == 1


def test_a_forgotten_transaction_is_undone(crm):
    """Promise 3: one that is dropped without being left leaves nothing, and no lock."""
    transaction = crm.transaction()
    transaction.__enter__()
    crm.create_contact(info("ana"))
    del transaction
    assert addresses(crm) == []
    crm.create_contact(info("ben"))
    assert addresses(crm) == ["ben"]


def test_closing_inside_is_refused(crm):
    """A7: the transaction goes on."""
    with crm.transaction():
        crm.create_contact(info("ana"))
        with pytest.raises(errors.InvalidArgument):
            crm.close()
    assert addresses(crm) == ["ana"]


@pytest.mark.parametrize("nested", [False, True])
def test_what_sqlite_undid_is_not_half_stored(tmp_path, nested):
    """Fault 47: SQLite rolled all back in mid-transaction; what follows inside is refused."""
    with CRM(tmp_path / "x.db", durability="normal") as crm:
        crm.create_contact(info("before"))
        pages = crm._store.write(lambda it: it.execute("PRAGMA page_count").fetchone()[0])

        def allow(most):
            crm._store.write(lambda it: it.execute(f"PRAGMA max_page_count={most}").fetchone())

        def fill():
            for number in range(10_000):
                with crm.transaction() if nested else nullcontext():
                    crm.create_contact(info(f"lost{number}"))

        allow(pages + 1)

        def use():
            with crm.transaction():
                crm.create_contact(info("lost"))
                with pytest.raises(errors.StoreFull):
                    fill()
                with pytest.raises(errors.StoreFailed, match="undid"):
                    crm.create_contact(info("after"))

        with pytest.raises(errors.StoreFailed, match="undid"):
            use()
        assert addresses(crm) == ["before"]
        with pytest.raises(errors.StoreFull):
            fill()
        allow(2**30)
        crm.create_contact(info("room-again"))
        assert addresses(crm)[-1] == "room-again"
    integrity(tmp_path / "x.db")


def test_a_file_that_may_not_grow(tmp_path):
    """Faults 45 and 48: the disk refuses, nothing is half stored, the same store recovers."""
    said = run(
        """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
crm = CRM(path)
crm.create_contact(info("before"))
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
limit(os.path.getsize(path + "-wal") + 5000)
refused = 0
for number in range(20):
    try:
        with crm.transaction():
            for each in range(50):
                crm.create_contact(info(f"{number}-{each}"))
    except (StoreFull, StoreFailed):
        refused += 1
assert refused > 0
assert crm.count_contacts() == 1 + 50 * (20 - refused)
limit(soft)
crm.create_contact(info("after"))
assert crm.count_contacts() == 2 + 50 * (20 - refused)
crm.close()
tell("recovered")
""",
        tmp_path / "x.db",
    )
    assert said == ["recovered"]
    integrity(tmp_path / "x.db")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("path", ["x.db", ":memory:"])
def test_interrupts_at_random_leave_the_store_usable(tmp_path, path):
    """Fault 37: whatever instruction Ctrl-C meets, what returned is stored and no lock stays."""

    class Interrupt(BaseException):
        pass

    def interrupt(number, frame):
        if armed:
            raise Interrupt

    path = path if path == ":memory:" else os.path.join(tmp_path, path)
    armed = False
    before = signal.signal(signal.SIGALRM, interrupt)
    stored, interrupted = set(), 0
    try:
        with CRM(path, durability="normal", busy_timeout=5) as crm:
            for number in range(1500):
                delay = 0.00002 + (number * 7919 % 400) / 1e6
                armed = True
                try:
                    signal.setitimer(signal.ITIMER_REAL, delay)
                    if number % 2:
                        crm.create_contact(info(f"{number}c"))
                    else:
                        with crm.transaction():
                            crm.create_contact(info(f"{number}a"))
                            crm.create_contact(info(f"{number}b"))
                    stored.add(number)
                except Interrupt:
                    interrupted += 1
                finally:
                    armed = False
            with ThreadPoolExecutor(1) as threads:
                threads.submit(crm.create_contact, info("elsewhere")).result()
            found = addresses(crm)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 50
    named = {f"{number}{half}" for number in stored for half in ("c" if number % 2 else "ab")}
    assert named <= set(found)
    firsts = [name[:-1] for name in found if name.endswith("a")]
    assert firsts == [name[:-1] for name in found if name.endswith("b")]
