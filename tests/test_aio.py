"""The awaitable door: the verbs of `CRM` off the event loop's thread, and tasks' transactions.

A2, A3 and A7; what the verbs decide is tested in the file of each module.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_fixtures import PRELUDE, info

from wixcrm_local import CRM, AsyncCRM, OutboxMessage, UpsertResult, errors
from wixcrm_local.aio import registers
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.labels import Labels
from wixcrm_local.outbox import Outbox
from wixcrm_local.senders import MemorySender
from wixcrm_local.suppressions import Suppressions
from wixcrm_local.triggered_emails import TriggeredEmails

FAST: dict[str, Any] = {"durability": "normal", "default_region": "US"}
MAILING: dict[str, Any] = {**FAST, "from_address": "shop@example.com"}


@pytest.fixture(params=["memory", "file"])
async def crm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncCRM]:
    """A store in memory, then one on a file."""
    path = ":memory:" if request.param == "memory" else tmp_path / "x.db"
    async with AsyncCRM(path, busy_timeout=5, **FAST) as opened:
        yield opened


@contextmanager
def writer_elsewhere(path: Path) -> Iterator[threading.Event]:
    """A thread that keeps the file's write lock until the event is set."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with CRM(path, **FAST) as other, other.transaction():
            held.set()
            release.wait(10)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hold)
        try:
            assert held.wait(10)
            yield release
        finally:
            release.set()
            holding.result()


async def turns(number: int = 20) -> int:
    """Lets everything else go on for a while, and tells how often the loop came round."""
    for _ in range(number):
        await asyncio.sleep(0.001)
    return number


async def names(crm: AsyncCRM) -> list[str]:
    return [contact.emails[0].removesuffix("@example.com") async for contact in crm.iter_contacts()]


async def write_inside(crm: AsyncCRM, name: str, entered: asyncio.Event | None = None) -> None:
    """A transaction that makes one contact; with an event it then stays open until cancelled."""
    async with crm.transaction():
        await crm.create_contact(info(name))
        if entered is not None:
            entered.set()
            await asyncio.Event().wait()


async def fail_inside(crm: AsyncCRM, *contacts: str) -> None:
    """A transaction that makes contacts and is left by an exception."""
    async with crm.transaction():
        for name in contacts:
            await crm.create_contact(info(name))
        raise ZeroDivisionError


class SlowSender:
    """A sender that takes no mail before it is let go on."""

    name = "slow:"

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.asked = threading.Semaphore(0)
        self.goes_on = threading.Event()

    def __call__(self, message: OutboxMessage) -> None:
        self.asked.release()
        assert self.goes_on.wait(10)
        self.taken.append(message.to.removesuffix("@example.com"))

    async def is_asked(self, times: int = 1) -> None:
        """Comes back once it has been asked so many times more."""
        for _ in range(times):
            assert await asyncio.to_thread(self.asked.acquire, timeout=10)


async def mail(crm: AsyncCRM, name: str, **terms: Any) -> OutboxMessage:
    """A mail to a contact of this name."""
    return await crm.send_email("hi", await crm.create_contact(info(name)), **terms)


async def save_template(crm: AsyncCRM) -> None:
    await crm.triggered_emails.save("hi", subject="Hi", text="Hi")


async def mail_inside(crm: AsyncCRM, *contacts: str) -> None:
    """A transaction that makes contacts, and sends each a mail."""
    async with crm.transaction():
        for name in contacts:
            await mail(crm, name)


async def mail_and_fail_inside(crm: AsyncCRM, name: str) -> None:
    """A transaction that sends a contact a mail, and is left by an exception."""
    async with crm.transaction():
        await mail(crm, name)
        await crm.email_contact("none", "nobody")


async def statuses(crm: AsyncCRM) -> list[str]:
    return [message.status async for message in crm.outbox]


# The mirror.


def verbs(door: type) -> dict[str, Callable[..., Any]]:
    return {
        name: getattr(door, name)
        for name in dir(door)
        if not name.startswith("_") and inspect.isfunction(getattr(door, name))
    }


def parameters(verb: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(verb).parameters.values())


@pytest.mark.parametrize(
    ("sync", "mirror"),
    [
        (CRM, AsyncCRM),
        (Labels, registers.AsyncLabels),
        (CustomFields, registers.AsyncCustomFields),
        (TriggeredEmails, registers.AsyncTriggeredEmails),
        (Outbox, registers.AsyncOutbox),
        (Suppressions, registers.AsyncSuppressions),
    ],
)
def test_every_verb_has_its_awaitable_mirror(sync: type, mirror: type) -> None:
    """A2: both doors have the same verbs with the same parameters, and one's are awaited."""
    register = {"resolve", "find", "by_folded_name", "by_key", "names", "add", "add_missing"}
    register.add("delete_unused")  # by undo_import
    inner = {
        Labels: register,
        CustomFields: register,
        Outbox: {"index", "count"},  # of every Sequence; the mirror's `count` is `len`
    }
    expected = verbs(sync).keys() - inner.get(sync, set())
    assert expected, "introspection found nothing"
    assert expected == verbs(mirror).keys() - ({"count"} if sync is Outbox else set())
    for name in expected:
        verb = getattr(mirror, name)
        assert parameters(verb) == parameters(getattr(sync, name)), name
        if name not in ("iter_contacts", "find_duplicates", "transaction"):
            assert inspect.iscoroutinefunction(verb), name


def test_the_doors_open_alike_and_hold_the_same_registers() -> None:
    """A2: the arguments of opening are the same, and so are the names of the registers."""
    assert parameters(AsyncCRM.__init__) == parameters(CRM.__init__)
    with CRM() as sync:
        # The mail half comes when it is first used.
        sync.outbox, sync.triggered_emails, sync.suppressions  # noqa: B018
        registers = {name for name in vars(sync) if not name.startswith("_")}
    assert registers == {name for name in vars(AsyncCRM()) if not name.startswith("_")}


def test_the_documented_names_are_the_same_functions() -> None:
    """A1: the camelCase names are the same functions."""
    assert AsyncCRM.createContact is AsyncCRM.create_contact
    assert AsyncCRM.updateContact is AsyncCRM.update_contact
    assert AsyncCRM.deleteContact is AsyncCRM.delete_contact
    assert AsyncCRM.emailContact is AsyncCRM.email_contact


async def test_iter_contacts_and_the_outbox_are_async_iterators(crm: AsyncCRM) -> None:
    """A2: `async for` takes what `for` takes from the synchronous door."""
    assert isinstance(crm.iter_contacts(), AsyncIterator)
    assert isinstance(aiter(crm.outbox), AsyncIterator)


# The verbs.


async def test_the_documented_examples(crm: AsyncCRM) -> None:
    """A1, A2: the examples of Wix's documentation, awaited."""
    wixCRM = crm  # noqa: N806
    await crm.triggered_emails.save(
        "emailID",
        subject="${variable1}",
        text="${variable1} and ${variable2}",
        variables={"variable1": "one", "variable2": "two"},
    )
    contact_id = await wixCRM.createContact(
        {
            "firstName": "Ana",
            "lastName": "Diaz",
            "emails": ["ana@example.com"],
            "phones": ["(650) 253-0000"],
        }
    )
    assert type(contact_id) is str
    sent = await wixCRM.emailContact(
        "emailID", contact_id, {"variables": {"variable1": "value1", "variable2": "value2"}}
    )
    assert sent is None
    assert (await wixCRM.outbox.last()).text.strip() == "value1 and value2"
    assert (await crm.get_contact(contact_id)).first_name == "Ana"


async def test_the_outbox_is_awaited(crm: AsyncCRM) -> None:
    """A7: `await count()`, `get(id)`, `last()`, `where()`, and `async for`, oldest first."""
    assert await crm.outbox.count() == 0
    assert await crm.outbox.last() is None
    await crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    ana, bo = [await crm.create_contact(info(name)) for name in ("ana", "bo")]
    mails = [await crm.send_email("hi", id) for id in (ana, bo, ana)]
    assert await crm.outbox.count() == 3
    assert await crm.outbox.last() == mails[-1]
    assert await crm.outbox.get(mails[1].id) == mails[1]
    assert await crm.outbox.where(contact_id=ana) == (mails[0], mails[2])
    assert await crm.outbox.where(to="BO@example.com", email_id="hi") == (mails[1],)
    assert [mail async for mail in crm.outbox] == mails


async def test_the_other_verbs_answer_as_those_of_crm(crm: AsyncCRM) -> None:
    """A2, A3: each verb hands its arguments on, and its answer back."""
    result = await crm.upsert_contact(info("ana"))
    assert isinstance(result, UpsertResult)
    id = result.contact_id
    assert (await crm.find_contact(email="ANA@example.com")).id == id
    assert await crm.find_contact(phone="+16502530000") is None
    assert await crm.count_contacts() == 1
    assert (await crm.register_member(id, "ana@example.com")).is_member
    assert len(await crm.history(id)) == 2
    assert (await crm.update_contact(id, {"firstName": "Ana"}, expected_revision=2)).revision == 3
    change = (await crm.history(id))[-1]
    assert (await crm.contact_at(id, change.at)).first_name == "Ana"
    assert (await crm.undo(change.id)).first_name is None
    assert await crm.prune_history(90) == 0
    other = await crm.create_contact(info("other"))
    would = await crm.preview_merge(id, other)
    assert would.merged == (await crm.merge_contacts(id, other)).merged == (other,)
    deleted = await crm.delete_contact(id, delete_members=True)
    assert await crm.list_trash() == (deleted,)
    assert (await crm.restore_contact(id)).id == id
    assert await crm.purge_trash() == 0
    assert (await crm.export_person(other))["contact"]["id"] == id
    assert (await crm.erase_contact(await crm.create_contact(info("gone")))).contacts == 1
    assert await crm.scrub_file()
    label = await crm.labels.create("VIP")
    assert await crm.labels.create("vip", exist_ok=True) == label
    assert (await crm.labels.rename("VIP", "Gold")).key == label.key
    assert [(await crm.labels.get("Gold"))] == list(await crm.labels.list())
    await crm.labels.delete("Gold")
    field = await crm.custom_fields.create("age", "number")
    assert await crm.custom_fields.create("age", "number", exist_ok=True) == field
    assert (await crm.custom_fields.rename("age", "years")).type == "number"
    assert [(await crm.custom_fields.get("years"))] == list(await crm.custom_fields.list())
    await crm.custom_fields.delete("years")
    assert await crm.labels.list() == await crm.custom_fields.list() == ()
    email = await crm.triggered_emails.save(
        "hi", subject="Hi ${n}", text="Hi", variables={"n": "you"}, from_address="a@example.com"
    )
    assert await crm.triggered_emails.get("hi") == email
    assert await crm.triggered_emails.list() == (email,)
    assert (await crm.triggered_emails.preview("hi", {"n": "Bo"})).subject == "Hi Bo"
    await crm.triggered_emails.delete("hi")
    assert await crm.triggered_emails.list() == ()


async def test_what_a_person_decides_is_awaited(crm: AsyncCRM) -> None:
    """A2, T8: suppressions, unsubscribe, resubscribe, and the verbs on mails of the outbox."""
    await save_template(crm)
    first, second = await mail(crm, "ana"), await mail(crm, "bo")
    assert (await crm.outbox.cancel(first.id)).status == "cancelled"
    assert (await crm.outbox.retry(first.id)).status == "queued"
    assert (await crm.outbox.stats()).by_status == {"queued": 2}
    assert await crm.outbox.attempts(second.id) == ()
    with pytest.raises(errors.WrongMessageStatus):
        await crm.outbox.resolve(second.id, "sent")
    assert await crm.outbox.cancel_stale() == 0
    await crm.unsubscribe(first.contact_id)
    await crm.unsubscribe("BO@example.com")
    assert [(await mail(crm, name)).status for name in ("ana", "bo")] == ["suppressed"] * 2
    await crm.resubscribe(first.contact_id)
    await crm.resubscribe("bo@example.com")
    assert [(await mail(crm, name)).status for name in ("ana", "bo")] == ["queued"] * 2
    added = await crm.suppressions.add("cy@example.com", "complained", note="by telephone")
    assert await crm.suppressions.check("Cy@example.com") == added
    assert await crm.suppressions.list() == (added,)
    assert await crm.suppressions.remove("cy@example.com")
    assert not await crm.suppressions.remove("cy@example.com")


async def test_the_terms_of_a_mail_are_handed_on(crm: AsyncCRM) -> None:
    """A2: idempotency_key, send_at and expires_in arrive as they were given."""
    await save_template(crm)
    send_at = datetime.now(UTC) + timedelta(hours=1)
    given: dict[str, Any] = {"send_at": send_at, "expires_in": 60, "idempotency_key": "1"}
    message = await mail(crm, "ana", **given)
    assert message.ready_at == message.due_at == send_at
    assert message.expires_at == send_at + timedelta(seconds=60)
    assert await mail(crm, "ana", **given) == message


async def test_many_contacts_come_in_order(crm: AsyncCRM) -> None:
    """A2: iter_contacts gives all of them, oldest first, and the store is free in between."""
    expected = [f"c{number}" for number in range(520)]
    async with crm.transaction():
        for name in expected:
            await crm.create_contact(info(name))
    assert await names(crm) == expected
    async for contact in crm.iter_contacts():
        await crm.register_member(contact.id, contact.emails[0])
        break


async def test_errors_come_through(crm: AsyncCRM) -> None:
    """A2: an awaited verb raises what the verb of CRM raises."""
    with pytest.raises(errors.InsufficientContactInfo):
        await crm.create_contact({})
    with pytest.raises(errors.ContactNotFound):
        await crm.get_contact("nobody")
    with pytest.raises(errors.TriggeredEmailNotFound):
        await crm.email_contact("none", "nobody")
    with pytest.raises(errors.LabelNotFound):
        await crm.labels.get("none")
    with pytest.raises(errors.MessageNotFound):
        await crm.outbox.get("none")


# The event loop is never blocked.


@pytest.mark.parametrize(
    "verb",
    [
        lambda crm: crm.create_contact(info("ana")),
        lambda crm: crm.labels.create("VIP"),
        lambda crm: crm.custom_fields.create("age"),
        lambda crm: crm.triggered_emails.save("hi", subject="Hi", text="Hi"),
        lambda crm: write_inside(crm, "ana"),
    ],
    ids=["create_contact", "labels", "custom_fields", "triggered_emails", "transaction"],
)
async def test_the_loop_goes_on_while_a_verb_waits(tmp_path: Path, verb) -> None:
    """A2: waiting for another writer is a thread's affair, never the event loop's."""
    path = tmp_path / "x.db"
    async with AsyncCRM(path, busy_timeout=5, **FAST) as crm:
        with writer_elsewhere(path) as release:
            waiting = asyncio.create_task(verb(crm))
            assert await turns() == 20
            assert not waiting.done()
            assert await crm.count_contacts() == 0  # readers wait for nobody
            release.set()
            await waiting


async def test_as_many_waiting_writers_as_you_like_stop_no_reader(tmp_path: Path) -> None:
    """A2: more writers than threads wait for a lock, and reading goes on."""
    path = tmp_path / "x.db"
    async with AsyncCRM(path, busy_timeout=5, **FAST) as crm:
        with writer_elsewhere(path) as release:
            waiting = [asyncio.create_task(crm.create_contact(info(n))) for n in range(50)]
            await turns()
            assert await crm.count_contacts() == 0
            release.set()
            assert len(set(await asyncio.gather(*waiting))) == 50


# A sender, however slow, holds up nobody but those who mail.


@pytest.mark.parametrize("kind", ["memory", "file"])
async def test_the_loop_goes_on_while_a_sender_is_asked(kind: str, tmp_path: Path) -> None:
    """T10: by send_email, by deliver, and on leaving a transaction; contacts are made meanwhile."""
    path = ":memory:" if kind == "memory" else tmp_path / "x.db"
    sender = SlowSender()
    async with AsyncCRM(path, sender=sender, **MAILING) as crm:
        await save_template(crm)
        for name, waits in {
            "ana": lambda: mail(crm, "ana"),
            "bo": lambda: mail_inside(crm, "bo"),
            "cy": lambda: crm.deliver(),
        }.items():
            if name == "cy":
                await mail(crm, name, send_at=datetime.now(UTC) + timedelta(hours=1))
                await crm.outbox.retry((await crm.outbox.last()).id)
            waiting = asyncio.create_task(waits())
            await sender.is_asked()
            assert await turns() == 20
            await crm.create_contact(info("di"))
            assert not waiting.done()
            sender.goes_on.set()
            await waiting
            assert sender.taken[-1] == name
            sender.goes_on.clear()
        assert await statuses(crm) == ["sent"] * 3


async def test_as_many_slow_mails_as_you_like_stop_no_other_verb(tmp_path: Path) -> None:
    """T10: more mails than threads wait for a sender, and contacts are made and read."""
    sender = SlowSender()
    async with AsyncCRM(tmp_path / "x.db", sender=sender, **MAILING) as crm:
        await save_template(crm)
        ids = [await crm.create_contact(info(number)) for number in range(50)]
        waiting = [asyncio.create_task(crm.email_contact("hi", id)) for id in ids]
        await sender.is_asked(32)
        await crm.create_contact(info("ana"))
        assert await crm.count_contacts() == 51
        sender.goes_on.set()
        await asyncio.gather(*waiting)
        assert len(sender.taken) == 50


async def test_a_refusal_for_good_comes_through() -> None:
    """T10: EmailNotSent with the mail's id, as from CRM."""

    def refuse(message: OutboxMessage) -> None:
        raise errors.PermanentFailure("no such user; give another address")

    async with AsyncCRM(sender=refuse, **MAILING) as crm:
        await save_template(crm)
        with pytest.raises(errors.EmailNotSent) as caught:
            await mail(crm, "ana")
        assert caught.value.details["id"] == (await crm.outbox.last()).id
        await mail_inside(crm, "bo")  # after a transaction, it stands on the mail alone
        assert await statuses(crm) == ["failed", "failed"]


async def test_a_transaction_s_mails_are_handed_over_once_it_is_stored(tmp_path: Path) -> None:
    """T9, T10: in order, after the outermost one; those of what failed never are."""
    sender = MemorySender()
    async with AsyncCRM(tmp_path / "x.db", sender=sender, **MAILING) as crm:
        await save_template(crm)
        async with crm.transaction():
            await mail_inside(crm, "ana")
            with pytest.raises(errors.TriggeredEmailNotFound):
                await mail_and_fail_inside(crm, "bo")
            await mail(crm, "cy")
            assert sender.messages == []
        assert [message.to for message in sender.messages] == ["ana@example.com", "cy@example.com"]
        assert await statuses(crm) == ["sent", "sent"]


async def test_each_transaction_hands_over_its_own_mails(tmp_path: Path) -> None:
    """A7, T10: transactions of many tasks at a time leave no mail of theirs behind."""
    sender = MemorySender()
    async with AsyncCRM(tmp_path / "x.db", sender=sender, **MAILING) as crm:
        await save_template(crm)
        await asyncio.gather(*(mail_inside(crm, f"a{n}", f"b{n}") for n in range(20)))
        assert await statuses(crm) == ["sent"] * 40
        assert len({message.id for message in sender.messages}) == len(sender.messages) == 40


async def test_a_task_that_waits_for_the_lock_takes_nothing_from_who_has_it(tmp_path: Path) -> None:
    """A7, T10: a transaction that is begun meanwhile does not lose the mails of the open one."""
    sender = MemorySender()
    async with AsyncCRM(tmp_path / "x.db", sender=sender, **MAILING) as crm:
        await save_template(crm)
        async with crm.transaction():
            await mail(crm, "ana")
            waiting = asyncio.create_task(mail_inside(crm, "bo"))
            await turns()
            assert not waiting.done()
        await waiting
        assert await statuses(crm) == ["sent", "sent"]


async def test_a_delivery_that_is_cancelled_ends_after_the_mail_in_hand(tmp_path: Path) -> None:
    """A2: what was sent is settled, and what was claimed is given back."""
    sender, stop = SlowSender(), threading.Event()
    async with AsyncCRM(tmp_path / "x.db", **MAILING) as crm:
        await save_template(crm)
        for name in ("ana", "bo", "cy"):
            await mail(crm, name)
        delivering = asyncio.create_task(crm.deliver(sender, include_stale=True, stop=stop))
        await sender.is_asked()
        delivering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await delivering
        assert stop.is_set()
        sender.goes_on.set()
        async with asyncio.timeout(10):
            while "sending" in await statuses(crm) or "claimed" in await statuses(crm):
                await asyncio.sleep(0)
        assert (await statuses(crm), sender.taken) == (["sent", "queued", "queued"], ["ana"])


async def test_delivery_on_its_own_thread(tmp_path: Path) -> None:
    """T10: started and stopped from the loop, which goes on until the mail is sent."""
    sender = SlowSender()
    async with AsyncCRM(tmp_path / "x.db", sender=sender, **MAILING) as crm:
        await save_template(crm)
        message = await mail(crm, "ana", send_at=datetime.now(UTC) + timedelta(hours=1))
        await crm.outbox.retry(message.id)
        await crm.start_delivery()
        await sender.is_asked()
        stopping = asyncio.create_task(crm.stop_delivery())
        assert await turns() == 20
        assert not stopping.done()
        sender.goes_on.set()
        assert await stopping
        assert await statuses(crm) == ["sent"]
        assert await crm.stop_delivery()


async def test_closing_ends_the_delivery_on_its_own_thread(tmp_path: Path) -> None:
    """A2: close waits for the mail in hand, and the loop goes on meanwhile."""
    sender = SlowSender()
    crm = AsyncCRM(tmp_path / "x.db", sender=sender, **MAILING)
    await save_template(crm)
    message = await mail(crm, "ana", send_at=datetime.now(UTC) + timedelta(hours=1))
    await crm.outbox.retry(message.id)
    await crm.start_delivery()
    await sender.is_asked()
    closing = asyncio.create_task(crm.close())
    assert await turns() == 20
    assert not closing.done()
    sender.goes_on.set()
    await closing
    with CRM(tmp_path / "x.db", **FAST) as again:
        assert again.outbox[0].status == "sent"
    assert "wixcrm-local delivery" not in {thread.name for thread in threading.enumerate()}


# Transactions.


async def test_a_transaction_is_stored_at_its_end(crm: AsyncCRM) -> None:
    """A7: what is done inside is seen inside, and stored."""
    async with crm.transaction():
        id = await crm.create_contact(info("ana"))
        assert (await crm.get_contact(id)).emails == ("ana@example.com",)
        assert await names(crm) == ["ana"]
    assert await names(crm) == ["ana"]


async def test_an_exception_undoes_a_transaction(crm: AsyncCRM) -> None:
    """A7: all or nothing."""
    with pytest.raises(ZeroDivisionError):
        await fail_inside(crm, "ana", "di")
    assert await names(crm) == []
    await crm.create_contact(info("bo"))


async def test_a_nested_transaction_is_a_savepoint(crm: AsyncCRM) -> None:
    """A7: an inner transaction fails alone."""
    async with crm.transaction():
        await crm.create_contact(info("ana"))
        with pytest.raises(ZeroDivisionError):
            await fail_inside(crm, "bo")
        async with crm.transaction():
            await crm.create_contact(info("cy"))
    assert await names(crm) == ["ana", "cy"]


async def test_a_refused_call_leaves_the_transaction_usable(crm: AsyncCRM) -> None:
    """A7: a refusal inside undoes nothing but itself."""
    async with crm.transaction():
        await crm.create_contact(info("ana"))
        with pytest.raises(errors.InvalidEmail):
            await crm.create_contact({"emails": ["bo@example.com", "no address"]})
        await crm.create_contact(info("cy"))
    assert await names(crm) == ["ana", "cy"]


async def test_a_verb_of_another_task_waits_for_the_end(crm: AsyncCRM) -> None:
    """A7: a transaction belongs to its task; a child's verb is no part of its parent's."""
    async with crm.transaction():
        await crm.create_contact(info("ana"))
        child = asyncio.create_task(crm.create_contact(info("bo")))
        await turns()
        assert not child.done()
        await crm.create_contact(info("cy"))
    await child
    assert await names(crm) == ["ana", "cy", "bo"]


async def test_a_child_s_verb_outlives_its_parent_s_rollback(crm: AsyncCRM) -> None:
    """A7: what a child task does is not undone with the transaction of its parent."""
    children = []

    async def fail_with_child() -> None:
        async with crm.transaction():
            await crm.create_contact(info("ana"))
            children.append(asyncio.create_task(crm.create_contact(info("bo"))))
            await turns()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_with_child()
    await children[0]
    assert await names(crm) == ["bo"]


@pytest.mark.parametrize("kind", ["memory", "file"])
async def test_another_task_waits_for_a_limited_time(kind: str, tmp_path: Path) -> None:
    """A7: others wait up to busy_timeout, then they are told."""
    path = ":memory:" if kind == "memory" else tmp_path / "x.db"
    async with AsyncCRM(path, busy_timeout=0.2, **FAST) as crm:
        async with crm.transaction():
            await crm.create_contact(info("ana"))
            others = (crm.create_contact(info("bo")), write_inside(crm, "cy"))
            told = await asyncio.gather(*others, return_exceptions=True)
            assert [type(each) for each in told] == [errors.StoreBusy] * 2
            await crm.create_contact(info("di"))
        assert await names(crm) == ["ana", "di"]


async def test_transactions_of_two_tasks_exclude_each_other(crm: AsyncCRM) -> None:
    """A7: what one task counts inside its transaction, no other task changes."""
    inside = 0

    async def count_up() -> None:
        nonlocal inside
        async with crm.transaction():
            inside += 1
            assert inside == 1
            count = await crm.count_contacts()
            await asyncio.sleep(0)
            await crm.create_contact(info(count))
            inside -= 1

    await asyncio.gather(*(count_up() for _ in range(20)))
    assert await names(crm) == [str(number) for number in range(20)]


async def test_readers_of_a_file_are_answered_meanwhile(tmp_path: Path) -> None:
    """A7, promise 6: readers neither wait for another task's transaction nor see into it."""
    async with AsyncCRM(tmp_path / "x.db", busy_timeout=5, **FAST) as crm:
        ana = await crm.create_contact(info("ana"))
        async with crm.transaction():
            await crm.create_contact(info("bo"))
            others = (crm.count_contacts(), names(crm), crm.get_contact(ana), crm.labels.list())
            count, found, contact, labels = await asyncio.gather(*others)
            assert (count, found, contact.id, labels) == (1, ["ana"], ana, ())
            assert await crm.count_contacts() == 2


# Cancellation.


async def test_a_task_cancelled_while_it_waits_leaves_no_lock(crm: AsyncCRM) -> None:
    """A7: whoever no longer waits for a transaction doesn't keep it from others either."""
    async with crm.transaction():
        waiting = [asyncio.create_task(write_inside(crm, f"no{number}")) for number in range(3)]
        await turns()
        for task in waiting:
            task.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in ended] == [asyncio.CancelledError] * 3
    await crm.create_contact(info("later"))
    assert await names(crm) == ["later"]


async def test_a_task_cancelled_at_once_leaves_no_lock(crm: AsyncCRM) -> None:
    """A7: the same at every moment of entering."""
    for rounds in range(30):
        task = asyncio.create_task(write_inside(crm, "ana", asyncio.Event()))
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with crm.transaction():
        await crm.create_contact(info("later"))
    assert await names(crm) == ["later"]


async def test_a_task_cancelled_inside_is_rolled_back(crm: AsyncCRM) -> None:
    """A7: cancelling is leaving by an exception."""
    entered = asyncio.Event()
    task = asyncio.create_task(write_inside(crm, "ana", entered))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(crm) == []
    await crm.create_contact(info("later"))


async def test_a_nested_transaction_that_is_timed_out_fails_alone(crm: AsyncCRM) -> None:
    """A7: a time limit inside a transaction undoes what it limits."""
    async with crm.transaction():
        await crm.create_contact(info("ana"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await write_inside(crm, "bo", asyncio.Event())
        await crm.create_contact(info("cy"))
    assert await names(crm) == ["ana", "cy"]


async def test_a_verb_cancelled_while_it_runs_leaves_the_store_usable(tmp_path: Path) -> None:
    """A2: a cancelled verb is carried out all the same, and the next ones work."""
    path = tmp_path / "x.db"
    async with AsyncCRM(path, busy_timeout=5, **FAST) as crm:
        with writer_elsewhere(path) as release:
            task = asyncio.create_task(crm.create_contact(info("ana")))
            await turns()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            release.set()
            await crm.create_contact(info("bo"))
    with CRM(path) as again:
        assert again.count_contacts() == 2


async def test_a_cancelled_wait_that_ends_in_an_error_is_silent(caplog) -> None:
    """A7: nobody is told that a task which no longer waits would have been refused."""
    async with AsyncCRM(busy_timeout=0.05, **FAST) as crm:
        async with crm.transaction():
            waiting = asyncio.create_task(write_inside(crm, "ana"))
            await turns()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await asyncio.sleep(0.1)  # its thread is refused meanwhile
        gc.collect()
        await asyncio.sleep(0)
    assert caplog.records == []


def test_a_cancelled_wait_that_outlives_its_loop_is_silent(tmp_path: Path, caplog) -> None:
    """A7: the same where the loop is gone when the lock comes."""
    path = tmp_path / "x.db"
    crm = AsyncCRM(path, busy_timeout=5, **FAST)

    async def give_up() -> None:
        async with asyncio.timeout(0.05):
            await write_inside(crm, "ana")

    asyncio.run(crm.count_contacts())
    with writer_elsewhere(path), pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert asyncio.run(names(crm)) == []
    asyncio.run(crm.create_contact(info("bo")))
    asyncio.run(crm.close())
    assert caplog.records == []


# Opening and closing.


async def test_opening_is_lazy_and_done_once(tmp_path: Path) -> None:
    """A2: the first verb opens the store, and ten first verbs open one."""
    path = tmp_path / "x.db"
    crm = AsyncCRM(path, **FAST)
    assert not path.exists()
    await asyncio.gather(*(crm.create_contact(info(number)) for number in range(10)))
    assert await crm.count_contacts() == 10
    await crm.close()
    memory = AsyncCRM(**FAST)  # two stores in memory would share nothing
    await asyncio.gather(*(memory.create_contact(info(number)) for number in range(10)))
    assert await memory.count_contacts() == 10
    await memory.close()


async def test_a_transaction_opens_the_store_too() -> None:
    """A2, A7: the first thing done may be a transaction."""
    crm = AsyncCRM(**FAST)
    await write_inside(crm, "ana")
    assert await names(crm) == ["ana"]
    await crm.close()


@pytest.mark.parametrize("options", [{"policy": "strict"}, {"busy_timeout": -1}], ids=str)
async def test_a_bad_argument_is_refused_at_the_first_await(options: dict) -> None:
    """A2: opening is the first await's part, and so are its refusals."""
    with pytest.raises(errors.InvalidArgument):
        await AsyncCRM(**options).count_contacts()
    with pytest.raises(errors.InvalidArgument):
        async with AsyncCRM(**options):
            pytest.fail("it opened")
    with pytest.raises(errors.InvalidArgument):
        async with AsyncCRM(**options).transaction():
            pytest.fail("it opened")


async def test_it_can_be_closed_twice_and_unopened(tmp_path: Path) -> None:
    """A2: closing twice is fine; closing what was never opened makes no file."""
    async with AsyncCRM(tmp_path / "x.db", **FAST) as crm:
        await asyncio.gather(crm.close(), crm.close())
        await crm.close()
    unopened = AsyncCRM(tmp_path / "y.db", **FAST)
    await unopened.close()
    await unopened.close()
    assert not (tmp_path / "y.db").exists()


@pytest.mark.parametrize("opened", [True, False])
async def test_a_closed_store_says_so(opened: bool) -> None:
    """Section 9: every use after close is StoreClosed."""
    crm = AsyncCRM(**FAST)
    async with crm if opened else nullcontext():
        pass
    await crm.close()
    for use in (
        lambda: crm.create_contact(info("ana")),
        lambda: crm.count_contacts(),
        lambda: crm.labels.list(),
        lambda: names(crm),
        lambda: write_inside(crm, "ana"),
        lambda: crm.__aenter__(),
    ):
        with pytest.raises(errors.StoreClosed):
            await use()


async def test_closing_inside_a_transaction_is_refused(crm: AsyncCRM) -> None:
    """A7: a transaction must be left first, and goes on."""
    async with crm.transaction():
        with pytest.raises(errors.InvalidArgument):
            await crm.close()
        await crm.create_contact(info("ana"))
    assert await names(crm) == ["ana"]


async def test_closing_waits_for_another_task_s_transaction(crm: AsyncCRM) -> None:
    """A7: a close from outside comes after the transaction's end."""
    async with crm.transaction():
        closing = asyncio.create_task(crm.close())
        await turns()
        await crm.create_contact(info("ana"))
        assert not closing.done()
    await closing


def test_it_outlives_an_event_loop() -> None:
    """A2: one AsyncCRM serves one asyncio.run() after another."""
    crm = AsyncCRM(**FAST)
    asyncio.run(write_inside(crm, "ana"))
    asyncio.run(write_inside(crm, "bo"))
    assert asyncio.run(names(crm)) == ["ana", "bo"]
    asyncio.run(crm.close())


@pytest.mark.parametrize(
    "script",
    [
        "await crm.create_contact(info('ana'))",
        "await crm.transaction().__aenter__(); await crm.create_contact(info('ana'))",
    ],
    ids=["used", "inside a transaction"],
)
def test_a_script_that_never_closes_ends_by_itself(script: str, tmp_path: Path) -> None:
    """A2: its threads keep no program alive, and it goes without a word."""
    program = f"""
import asyncio
async def main():
    crm = AsyncCRM(path)
    {script}
    tell("done")
asyncio.run(main())
"""
    command = [sys.executable, "-c", PRELUDE + program, str(tmp_path / "x.db")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
