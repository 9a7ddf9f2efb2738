"""The test kit (issue 5): clock and ids, its two doors, snapshots, and the mixin of unittest."""

from __future__ import annotations

import ast
import asyncio
import inspect
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_fixtures import integrity

import wixcrm_local
from wixcrm_local import CRM, LENIENT, AsyncCRM, Contact, InvalidArgument, StoreBusy
from wixcrm_local.senders import MemorySender
from wixcrm_local.testing import (
    AsyncCRMForTests,
    CRMForTests,
    CRMTestMixin,
    FakeClock,
    SequentialIds,
    seed,
)

PACKAGE = Path(wixcrm_local.__file__).parent
ANA = {"firstName": "Ana", "emails": ["ana@example.com"]}
BO = {"firstName": "Bo", "emails": ["bo@example.com"], "phones": ["650 253 0001"]}


def best(verb: Callable[[], object]) -> float:
    """The seconds that a verb takes at its best: the cores are shared."""
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        verb()
        times.append(time.perf_counter() - begun)
    return min(times)


# The clock and the ids.


def test_the_clock_stands_still_until_it_is_moved() -> None:
    """Issue 5, 2: by units, by a timedelta, back, and to another moment."""
    clock = FakeClock()
    assert clock() == clock.now == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert clock.move(minutes=5) == clock() == datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
    clock.move(timedelta(days=1), seconds=-1)
    assert repr(clock) == "<FakeClock at 2026-02-01T12:04:59+00:00>"
    cairo = datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert clock.set(cairo) == FakeClock(cairo)()


@pytest.mark.parametrize("moment", [datetime(2026, 1, 31), "2026-01-31", None])
def test_a_clock_shows_times_with_a_zone(moment: Any) -> None:
    """A6: the clock must return an aware datetime, and says so at once."""
    with pytest.raises(InvalidArgument, match="aware"):
        FakeClock(moment)
    with pytest.raises(InvalidArgument, match="aware"):
        FakeClock().set(moment)


def test_ids_count_up() -> None:
    """Issue 5, 2: of the shape of a GUID, in the order of creation, from any thread."""
    ids = SequentialIds()
    assert ids() == "00000000-0000-7000-8000-000000000001"
    assert ids() < ids()
    assert SequentialIds(10**11)() == "00000000-0000-7000-8000-100000000000"
    taken: list[str] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(ids() for _ in range(500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 2_000


# The doors.


def test_a_crm_for_tests_is_repeatable_to_the_byte() -> None:
    """Issue 5, 1: in memory, in a region, on a clock that stands still, with ids that count up."""

    def run() -> str:
        with CRMForTests() as crm:
            crm.triggered_emails.save("hi", subject="Hi", text="Hi")
            id = crm.createContact({**BO, "phones": ["(650) 253-0001"]})
            crm.clock.move(hours=1)
            crm.emailContact("hi", id)
            assert (crm.path, crm.default_region) == (None, "US")
            return crm.dump()

    assert run() == run()
    assert "2026-01-31T13:00:00Z" in run()


def test_a_store_of_its_own_costs_a_test_less_than_2_ms() -> None:
    """Issue 5, 1: to be made, looked at and closed."""

    def use() -> None:
        with CRMForTests() as crm:
            crm.outbox.assert_nothing_sent()

    assert best(use) < 0.002


def test_a_store_in_memory_is_made_as_any_other() -> None:
    """Speed: a copy of an empty store is one, with all that a connection is set to."""
    with CRMForTests(default_region=None) as quick, CRM() as plain:
        for question in ("foreign_keys", "secure_delete", "user_version", "application_id"):
            answers = [
                crm._store.read(lambda it, q=question: it.execute(f"PRAGMA {q}").fetchone())
                for crm in (quick, plain)
            ]
            assert answers[0] == answers[1]
            assert answers[0] != (0,)
        dumps = [crm._store.read(lambda it: list(it.iterdump())) for crm in (quick, plain)]
        assert dumps[0] == dumps[1]
        assert quick.check().ok


def test_a_file_that_is_opened_again_goes_on(tmp_path: Path) -> None:
    """Issue 5, 1: as when a program is started anew; no id is given twice."""
    seen: list[str] = []
    for name in ("ana", "bo"):
        with CRMForTests(tmp_path / "x.db") as crm:
            crm.triggered_emails.save("hi", subject="Hi", text="Hi")
            seen.append(crm.create_contact({"emails": [f"{name}@example.com"]}))
            seen.append(crm.send_email("hi", seen[-1]).id)
    assert [int(id[-1]) for id in seen] == [1, 2, 3, 4]
    with CRM(tmp_path / "x.db") as plain:
        plain.create_contact({"emails": ["cy@example.com"]})
    with CRMForTests(tmp_path / "x.db") as crm:
        assert crm.create_contact({"emails": ["di@example.com"]})[-1] == "5"


def test_only_a_new_file_goes_without_syncs(tmp_path: Path) -> None:
    """Issue 5, 1: a test's own file is quick; one that was there before is kept as any other."""
    for durability, synchronous in (("normal", [0, 1]), ("full", [2, 2])):
        found = []
        for _ in range(2):
            with CRMForTests(tmp_path / f"{durability}.db", durability=durability) as crm:
                question = "PRAGMA synchronous"
                found.append(crm._store.read(lambda it, q=question: it.execute(q).fetchone()[0]))
        assert found == synchronous


def test_it_takes_what_crm_takes(tmp_path: Path) -> None:
    """Issue 5, 1: the same arguments by the same names; two of them have other defaults."""
    arguments = inspect.signature(CRM.__init__).parameters
    own = inspect.signature(CRMForTests.__init__).parameters
    assert list(own) == list(arguments)
    assert [own[it].annotation for it in own] == [arguments[it].annotation for it in arguments]
    differing = {it for it in own if own[it].default != arguments[it].default}
    assert differing == {"default_region", "durability"}
    clock = FakeClock(datetime(2030, 1, 1, tzinfo=UTC))
    with CRMForTests(
        tmp_path / "x.db", default_region="GB", policy=LENIENT, clock=clock, new_id=lambda: "one"
    ) as crm:
        assert crm.clock is clock
        assert crm.default_region == "GB"
        assert crm.create_contact(ANA) == "one"
    with CRM(tmp_path / "x.db") as again:
        assert again.get_contact("one").created_at.year == 2030
    with CRMForTests(clock=lambda: datetime.now(UTC)) as crm:
        assert crm.count_contacts() == 0
        with pytest.raises(InvalidArgument, match="a clock of its own"):
            crm.clock  # noqa: B018


def test_the_awaitable_door_has_the_same_verbs() -> None:
    """A2: what CRMForTests has beside CRM, AsyncCRMForTests has beside AsyncCRM."""

    def added(door: type, base: type) -> dict[str, list[str]]:
        names = set(vars(door)) - {"close", "transaction", "outbox", "crm", "release"}
        return {
            name: list(inspect.signature(getattr(door, name)).parameters)
            for name in names
            if not name.startswith("_") and callable(getattr(door, name))
        }

    assert added(CRMForTests, CRM) == added(AsyncCRMForTests, AsyncCRM)


async def test_both_doors_see_one_store() -> None:
    """Issue 5, 5: what is awaited through one door is asserted through the other."""
    async with AsyncCRMForTests(default_region="GB") as awaited:
        await awaited.triggered_emails.save("hi", subject="Hi", text="Hi")
        id = await awaited.createContact(ANA)
        awaited.clock.move(hours=1)
        await awaited.emailContact("hi", id)
        assert awaited.crm.outbox.only(to=id) == await awaited.outbox.last()
        name = await awaited.snapshot()
        await awaited.createContact(BO)
        await awaited.restore(name)
        assert awaited.crm.count_contacts() == 1
        assert awaited.crm.default_region == "GB"


def test_a_released_door_leaves_no_thread() -> None:
    """Issue 5, 1: no leak from one test to the next; the store is closed by whoever opened it."""
    before = set(threading.enumerate())
    with CRMForTests() as crm:
        awaited = AsyncCRMForTests(crm=crm)

        async def main() -> None:
            await awaited.createContact(ANA)
            await awaited.count_contacts()

        asyncio.run(main())
        awaited.release()
        awaited.release()
        assert set(threading.enumerate()) <= before
        assert crm.count_contacts() == 1


# Snapshots.


@pytest.fixture(params=["memory", "file"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    path = ":memory:" if request.param == "memory" else tmp_path / "contacts.db"
    with CRMForTests(path) as crm:
        yield crm


def test_a_store_goes_back_to_a_snapshot(crm: CRMForTests) -> None:
    """Issue 5, 4: all that is stored, as often as you like, while ids and clock go on."""
    crm.labels.create("Customer")
    first = crm.create_contact(ANA)
    early = crm.dump()
    assert crm.snapshot("signed up") == "signed up"
    crm.clock.move(hours=1)
    crm.create_contact({**ANA, "lastName": "Diaz", "labels": ["Customer"]})
    second = crm.create_contact(BO)
    late = crm.dump()
    assert crm.snapshot() == "snapshot 2"
    for _ in range(2):
        crm.restore("signed up")
        assert crm.dump() == early
        assert crm.find_contact(email="bo@example.com") is None
        assert crm.create_contact(BO) > second > first  # no id is given twice
        assert crm.get_contact(first).last_name is None
        crm.restore("snapshot 2")
        assert crm.dump() == late
    assert crm.clock.now.hour == 13
    assert crm.check().ok


people = st.lists(st.sampled_from("abcdefgh"), max_size=6)


@settings(max_examples=40)
@given(people, people, people)
def test_whatever_happens_in_between_is_gone(
    before: list[str], between: list[str], after: list[str]
) -> None:
    """Issue 5, 4: a law: as if it had never been, for all that comes later, but for the ids."""

    def go(crm: CRMForTests, names: list[str]) -> None:
        for name in names:
            crm.clock.move(seconds=1)
            id = crm.create_contact({"firstName": name, "emails": [f"{name}@example.com"]})
            crm.create_contact({"lastName": str(len(crm.outbox)), "emails": [f"{name}@a.example"]})
            if name > "d":
                crm.unsubscribe(id)

    ids = [f"{number}" for number in range(999)]
    with CRMForTests(new_id=iter(ids).__next__) as crm, CRMForTests() as other:
        go(crm, before)
        crm.snapshot("then")
        kept, now = crm.dump(), crm.clock.now
        go(crm, between)
        crm.restore("then")
        assert crm.dump() == kept
        crm.clock.set(now)
        go(crm, after)
        go(other, [*before, *after])
        assert [_without_id(it) for it in crm.iter_contacts()] == [
            _without_id(it) for it in other.iter_contacts()
        ]


def _without_id(contact: Contact) -> Contact:
    return attrs.evolve(contact, id="")


def test_a_name_can_be_given_again(crm: CRMForTests) -> None:
    """Issue 5, 4: then it means the later state."""
    crm.snapshot("here")
    crm.create_contact(ANA)
    crm.snapshot("here")
    crm.create_contact(BO)
    crm.restore("here")
    assert crm.count_contacts() == 1


def test_an_unknown_name_lists_the_names(crm: CRMForTests) -> None:
    """Issue 5, 4: with the nearest one."""
    with pytest.raises(InvalidArgument, match=r"none yet: call crm.snapshot\(name\)"):
        crm.restore("empty")
    crm.snapshot("empty")
    crm.snapshot("signed up")
    with pytest.raises(
        InvalidArgument, match=r"did you mean 'signed up'\? there are: 'empty', 'signed up'"
    ) as caught:
        crm.restore("signed-up")
    assert caught.value.details["choices"] == ["empty", "signed up"]


def test_no_transaction_is_cut_in_two(crm: CRMForTests) -> None:
    """Issue 5, 4: inside a transaction neither is possible, and it stays usable."""
    crm.snapshot("empty")
    with crm.transaction():
        crm.create_contact(ANA)
        for verb in (crm.snapshot, lambda: crm.restore("empty")):
            with pytest.raises(InvalidArgument, match="leave the transaction"):
                verb()
    assert crm.count_contacts() == 1


def test_what_the_crm_remembers_goes_back_too(tmp_path: Path) -> None:
    """Issue 5, 4: the region, and whether a first delivery was made, are the snapshot's."""
    inbox = MemorySender(from_address="shop@example.com")
    with CRMForTests(tmp_path / "x.db", default_region=None, sender=inbox) as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        id = crm.create_contact(ANA)
        crm.snapshot("before")
        with CRM(tmp_path / "x.db", default_region="GB") as other:
            other.emailContact("hi", id)
        crm.create_contact(BO)
        assert crm.default_region == "GB"
        crm.emailContact("hi", id)
        crm.restore("before")
        assert crm.default_region is None
        with CRM(tmp_path / "x.db") as other:
            other.emailContact("hi", id)  # recorded before the first delivery, again
        crm.emailContact("hi", id)
        assert [it.reason for it in crm.outbox] == ["stale", None]


def test_a_triggered_email_that_was_remembered_goes_back_too(crm: CRMForTests) -> None:
    """Issue 5, 4: the next mail is made from the snapshot's template."""
    crm.triggered_emails.save("hi", subject="Early", text="Hi")
    id = crm.create_contact(ANA)
    crm.emailContact("hi", id)
    crm.snapshot("early")
    crm.triggered_emails.save("hi", subject="Late", text="Hi")
    crm.emailContact("hi", id)
    crm.restore("early")
    crm.emailContact("hi", id)
    assert [message.subject for message in crm.outbox] == ["Early", "Early"]


def test_other_connections_see_the_restored_state(tmp_path: Path) -> None:
    """Issue 5, 4: readers of this CRM, and another program that has the file open, write on."""
    with CRMForTests(tmp_path / "x.db") as crm, CRM(tmp_path / "x.db") as other:
        crm.create_contact(ANA)
        crm.snapshot("one")
        other.create_contact(BO)
        assert other.count_contacts() == crm.count_contacts() == 2
        crm.restore("one")
        assert other.count_contacts() == crm.count_contacts() == 1
        other.create_contact({"emails": ["cy@example.com"]})
        assert crm.find_contact(email="cy@example.com") is not None
    integrity(tmp_path / "x.db")


def test_a_writer_elsewhere_is_waited_for_and_no_longer(tmp_path: Path) -> None:
    """Issue 5, 4: another program's transaction is not overwritten."""
    with CRMForTests(tmp_path / "x.db", busy_timeout=0) as crm, CRM(tmp_path / "x.db") as other:
        crm.snapshot("empty")
        with other.transaction():
            other.create_contact(ANA)
            with pytest.raises(StoreBusy):
                crm.restore("empty")
        assert crm.count_contacts() == 1
        crm.restore("empty")
        assert other.count_contacts() == 0


def test_going_back_and_forth_takes_less_than_5_ms_at_1_000_contacts(crm: CRMForTests) -> None:
    """Issue 5, 4: in memory as on a file."""
    seed(crm, 1_000)
    assert best(lambda: crm.snapshot("full")) < 0.005
    assert best(lambda: crm.restore("full")) < 0.005
    assert crm.count_contacts() == 1_000


# Test cases of unittest.


class SignUp(CRMTestMixin, unittest.TestCase):
    """A test case as a user would write it; run below."""

    crm_options: ClassVar = {"default_region": "GB"}

    def test_one(self) -> None:
        self.crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        self.crm.emailContact("hi", self.crm.createContact(ANA))
        self.crm_clock.move(days=1)
        self.outbox.assert_sent(to="ana@example.com")
        assert self.crm.default_region == "GB"

    def test_other(self) -> None:
        self.outbox.assert_nothing_sent()
        assert self.crm.count_contacts() == 0


class AsyncSignUp(CRMTestMixin, unittest.IsolatedAsyncioTestCase):
    """The same, awaited."""

    async def test_one(self) -> None:
        id = await self.async_crm.createContact(ANA)
        assert self.crm.get_contact(id).first_name == "Ana"


class Prepared(CRMTestMixin, unittest.TestCase):
    """With a setUp of its own, and a test that fails: pytest leaves it alone."""

    __test__ = False

    def setUp(self) -> None:
        super().setUp()
        self.crm.createContact(ANA)

    def test_one(self) -> None:
        assert self.crm.count_contacts() == 1
        self.outbox.assert_sent()


@pytest.mark.parametrize(
    ("case", "tests", "failures"), [(SignUp, 2, 0), (AsyncSignUp, 1, 0), (Prepared, 1, 1)]
)
def test_unittest_runs_the_mixin(case: type, tests: int, failures: int) -> None:
    """Issue 5, 5: each test has a store of its own, and leaves no thread."""
    before = set(threading.enumerate())
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert (result.testsRun, len(result.failures), result.errors) == (tests, failures, [])
    assert set(threading.enumerate()) <= before
    if failures:
        assert "no mail was sent" in result.failures[0][1]


# The house.


def test_nothing_of_the_library_imports_the_kit() -> None:
    """Speed: start-up pays nothing for tests."""
    for path in PACKAGE.rglob("*.py"):
        if "testing" in path.parts or path.name == "pytest_plugin.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not node.module.startswith("wixcrm_local.testing"), path
                assert "testing" not in {alias.name for alias in node.names}, path


def test_the_kit_needs_no_pytest() -> None:
    """Issue 5, 2: `wixcrm_local.testing` works where pytest is not installed."""
    script = """
import sys
sys.modules["pytest"] = None
from wixcrm_local.testing import *
with CRMForTests() as crm, capture_emails() as emails:
    print(len(seed(crm, 3).ids), len(emails))
    try:
        emails.only()
    except AssertionError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[:2] == ["3 0", "1 mail should have been sent, and none was"]
