"""Failures that a test asks for (issue 5, 2): where the real ones would be, once, as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from wixcrm_local import (
    CRM,
    AsyncCRM,
    ContactNotFound,
    EmailNotSent,
    InsufficientContactInfo,
    InvalidArgument,
    PermanentFailure,
    SenderUnavailable,
    StoreBusy,
    StoreError,
    StoreFailed,
    StoreFull,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders import AllowListSender, MemorySender, hand_over
from wixcrm_local.senders.contract import check_sender, sample_message
from wixcrm_local.testing import AsyncCRMForTests, CRMForTests, FailingSender

ANA = {"firstName": "Ana", "emails": ["ana@example.com"]}
WORDS = {
    "temporary": TemporaryFailure,
    "permanent": PermanentFailure,
    "uncertain": UncertainDelivery,
    "unavailable": SenderUnavailable,
}


def opened(**options: Any) -> CRMForTests:
    """A store in which `hi` can be sent to a contact, whose id is 1."""
    crm = CRMForTests(from_address="shop@example.com", **options)
    crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    crm.create_contact(ANA)
    return crm


@pytest.fixture(params=["no sender", "sender"])
def shop(request: pytest.FixtureRequest) -> CRMForTests:
    """Such a store without a sender, then with one that takes all."""
    return opened(sender=None if request.param == "no sender" else MemorySender())


def mail(crm: CRMForTests) -> None:
    crm.emailContact("hi", next(iter(crm.iter_contacts())).id)


def fate(crm: CRMForTests) -> list[tuple[str, str | None, int]]:
    return [(it.status, it.reason, it.attempts) for it in crm.outbox]


def as_usual(crm: CRMForTests) -> str:
    """The status of a mail to which nothing happens."""
    return "queued" if crm._sender is None else "sent"


# The store.


@pytest.mark.parametrize(("word", "kind"), [("busy", StoreBusy), ("full", StoreFull)])
@pytest.mark.parametrize("verb", ["create_contact", "createContact", "upsert_contact"])
@pytest.mark.parametrize("place", ["memory", "file"])
def test_a_contact_is_not_stored(
    tmp_path: Any, verb: str, word: str, kind: type[StoreError], place: str
) -> None:
    """Issue 5, 2: nothing is stored, once; then all is as usual."""
    path = ":memory:" if place == "memory" else tmp_path / "x.db"
    with CRMForTests(path) as crm:
        before = crm.dump()
        crm.fail_next(verb, word)
        with pytest.raises(kind, match="asked for by a test"):
            getattr(crm, verb)(ANA)
        assert crm.dump() == before
        getattr(crm, verb)(ANA)
        assert crm.count_contacts() == 1


VERBS: dict[str, Callable[[CRMForTests], object]] = {
    "create_contact": lambda crm: crm.create_contact({"emails": ["bo@example.com"]}),
    "match_contact": lambda crm: crm.match_contact(ANA),
    "update_contact": lambda crm: crm.update_contact("1", {"firstName": "Bea"}),
    "get_contact": lambda crm: crm.get_contact("1"),
    "find_contact": lambda crm: crm.find_contact(email="ana@example.com"),
    "count_contacts": lambda crm: crm.count_contacts(),
    "iter_contacts": lambda crm: list(crm.iter_contacts()),
    "register_member": lambda crm: crm.register_member("1", "ana@example.com"),
    "history": lambda crm: crm.history("1"),
    "undo": lambda crm: crm.undo(1),
    "contact_at": lambda crm: crm.contact_at("1", crm.clock()),
    "prune_history": lambda crm: crm.prune_history(0),
    "delete_contact": lambda crm: crm.delete_contact("1"),
    "restore_contact": lambda crm: crm.restore_contact("1"),
    "list_trash": lambda crm: crm.list_trash(),
    "purge_trash": lambda crm: crm.purge_trash(0),
    "merge_contacts": lambda crm: crm.merge_contacts("1", "2"),
    "preview_merge": lambda crm: crm.preview_merge("1", "2"),
    "export_person": lambda crm: crm.export_person("1"),
    "erase_contact": lambda crm: crm.erase_contact("1"),
    "email_contact": lambda crm: crm.email_contact("hi", "1"),
    "send_email": lambda crm: crm.send_email("hi", "1"),
    "deliver": lambda crm: crm.deliver(MemorySender()),
    "unsubscribe": lambda crm: crm.unsubscribe("1"),
    "resubscribe": lambda crm: crm.resubscribe("1"),
    "check": lambda crm: crm.check(),
    "dump": lambda crm: crm.dump(),
    "transaction": lambda crm: crm.transaction().__enter__(),
    "labels.create": lambda crm: crm.labels.create("A"),
    "labels.list": lambda crm: crm.labels.list(),
    "custom_fields.create": lambda crm: crm.custom_fields.create("A"),
    "triggered_emails.save": lambda crm: crm.triggered_emails.save("b", subject="b", text="b"),
    "outbox.where": lambda crm: crm.outbox.where(to="ana@example.com"),
    "outbox.cancel_stale": lambda crm: crm.outbox.cancel_stale(),
    "suppressions.add": lambda crm: crm.suppressions.add("bo@example.com"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_any_verb_can_meet_a_busy_store(verb: str, tmp_path: Any) -> None:
    """Issue 5, 2: each public verb fails once and changes nothing; other verbs are as usual."""
    with opened(new_id=iter("123456").__next__) as crm:
        crm.update_contact("1", {"language": "es"})
        crm.create_contact({"emails": ["cy@example.com"]})
        before = crm.dump()
        crm.fail_next(verb, "busy")
        if verb != "dump":
            assert crm.dump() == before
        with pytest.raises(StoreBusy):
            VERBS[verb](crm)
        assert crm.dump() == before
        if verb != "transaction":  # which would stay open
            VERBS[verb](crm)


def test_every_public_verb_is_known_by_both_its_names() -> None:
    """Issue 5, 2: snake_case or camelCase; what asks for nothing of the store is no such verb."""
    with CRMForTests() as crm:
        names = [name for name in dir(CRM) if not name.startswith("_")]
        verbs = [name for name in names if callable(getattr(CRM, name))]
        for verb in set(verbs) - {"close", "start_delivery", "stop_delivery"}:
            crm.fail_next(verb, "busy")
        assert sum(crm._failures.waiting.values()) == len(verbs) - 3
        for verb in ("close", "start_delivery", "labels", "labels.by_folded_name", "outbox.count"):
            with pytest.raises(InvalidArgument, match="no verb"):
                crm.fail_next(verb, "busy")


def test_what_is_refused_before_leaves_the_failure_for_the_next_call() -> None:
    """Issue 5, 2: a mistake is found before the store is asked, as it really would be."""
    with CRMForTests() as crm:
        crm.fail_next("create_contact", "busy")
        with pytest.raises(InsufficientContactInfo):
            crm.create_contact({"firstName": "Ana"})
        with pytest.raises(StoreBusy):
            crm.create_contact(ANA)
        crm.create_contact(ANA)


def test_a_full_disk_is_found_out_at_the_end() -> None:
    """Issue 5, 2: what the call would refuse itself, it refuses first."""
    with opened() as crm:
        crm.fail_next("email_contact", "full")
        with pytest.raises(ContactNotFound):
            crm.email_contact("hi", "nobody")
        with pytest.raises(StoreFull):
            mail(crm)
        assert list(crm.outbox) == []
        mail(crm)
        assert len(crm.outbox) == 1


def test_failures_wait_in_a_row_and_by_verb() -> None:
    """Issue 5, 2: asked for twice, it fails twice, in the order in which it was asked for."""
    with CRMForTests() as crm:
        crm.fail_next("create_contact", "busy")
        crm.fail_next("createContact", StoreFailed("the disk failed; call again"))
        crm.fail_next("find_contact", "busy")
        for kind in (StoreBusy, StoreFailed):
            with pytest.raises(kind):
                crm.createContact(ANA)
        crm.create_contact(ANA)
        with pytest.raises(StoreBusy):
            crm.find_contact(email="ana@example.com")


@pytest.mark.parametrize("error", [StoreBusy, StoreBusy("x; y"), RuntimeError("mine")])
def test_an_error_of_ones_own(error: Any) -> None:
    """Issue 5, 2: an exception, or the class of a word's."""
    with CRMForTests() as crm:
        crm.fail_next("create_contact", error)
        with pytest.raises(error if isinstance(error, type) else type(error)):
            crm.create_contact(ANA)
        assert crm.count_contacts() == 0


# Transactions.


@pytest.mark.parametrize(("word", "kind"), [("busy", StoreBusy), ("full", StoreFull)])
def test_a_transaction_fails_as_a_whole(word: str, kind: type[StoreError]) -> None:
    """A7: busy when it begins, full when it is to be stored; either way nothing is."""
    with CRMForTests() as crm:
        entered = []
        crm.fail_next("transaction", word)

        def create_inside() -> None:
            with crm.transaction():
                crm.create_contact(ANA)
                entered.append(crm.count_contacts())

        with pytest.raises(kind):
            create_inside()
        assert entered == ([1] if word == "full" else [])
        assert crm.count_contacts() == 0
        with crm.transaction():
            crm.create_contact(ANA)
        assert crm.count_contacts() == 1


def test_a_transaction_that_fails_by_itself_keeps_the_failure() -> None:
    """A7: the failure strikes in the next one that comes to its end."""
    with CRMForTests() as crm:
        crm.fail_next("transaction", "full")
        with pytest.raises(RuntimeError), crm.transaction():
            raise RuntimeError
        with pytest.raises(StoreFull), crm.transaction():
            crm.create_contact(ANA)


@pytest.mark.parametrize("word", ["busy", "full"])
def test_a_verb_inside_a_transaction_fails_alone(word: str) -> None:
    """A7: a refused call inside leaves the outer one usable."""
    with CRMForTests() as crm:
        crm.fail_next("create_contact", word)
        with crm.transaction():
            with pytest.raises(StoreError):
                crm.create_contact(ANA)
            crm.create_contact({"emails": ["bo@example.com"]})
        assert [it.emails for it in crm.iter_contacts()] == [("bo@example.com",)]


# The sender.

# What each failure leaves, and what a sender's breaker says.
FATES = {
    "temporary": ("queued", "deferred", 1),
    "permanent": ("failed", "refused", 1),
    "uncertain": ("uncertain", "unanswered", 1),
    "unavailable": ("queued", None, 0),
}


@pytest.mark.parametrize("verb", ["email_contact", "send_email", "send"])
@pytest.mark.parametrize("word", FATES)
def test_a_mail_is_recorded_and_fails_as_its_sender_does(
    shop: CRMForTests, verb: str, word: str
) -> None:
    """Issue 5, 2: recorded first, then what such a sender would leave; once."""
    shop.fail_next(verb, word)
    call = shop.email_contact if verb == "send" else getattr(shop, verb)
    id = next(iter(shop.iter_contacts())).id
    if word == "permanent":
        with pytest.raises(EmailNotSent) as caught:
            call("hi", id)
        assert caught.value.details["id"] == shop.outbox[-1].id
    else:
        call("hi", id)
    assert fate(shop) == [FATES[word]]
    attempts = shop.outbox.attempts(shop.outbox[0].id)
    assert [it.outcome for it in attempts] == ([] if word == "unavailable" else [word])
    shop.clock.move(hours=1)  # a sender that was away is asked again
    mail(shop)
    assert shop.outbox[-1].status == as_usual(shop)


def test_a_failure_holds_nothing_back_where_no_sender_is(shop: CRMForTests) -> None:
    """T10: without a sender, a failure of one mail is no first delivery: others stay as they are.

    The reason `stale` would show that a delivery had begun.
    """
    mail(shop)
    shop.fail_next("emailContact", "temporary")
    mail(shop)
    mail(shop)
    usual = as_usual(shop)
    assert [(it.status, it.reason) for it in shop.outbox] == [
        (usual, None),
        ("queued", "deferred"),
        (usual, None),
    ]


@pytest.mark.parametrize("verb", ["email_contact", "send"])
def test_a_mail_of_a_transaction_fails_after_it(shop: CRMForTests, verb: str) -> None:
    """email.md: failures after a transaction stand on the mails, and don't raise."""
    with shop.transaction():
        mail(shop)
        shop.fail_next(verb, "permanent")
        mail(shop)
        assert shop.outbox[-1].status == "queued"
        mail(shop)
    usual = as_usual(shop)
    assert [it.status for it in shop.outbox] == [usual, "failed", usual]


def test_a_delivery_meets_a_failure_at_its_first_mail() -> None:
    """Issue 5, 2: `deliver` and `send` fail in place of whichever sender is asked next."""
    with opened() as crm:
        for _ in range(3):
            mail(crm)
        inbox = MemorySender()
        crm.fail_next("deliver", "temporary")
        report = crm.deliver(inbox, include_stale=True)
        assert (report.sent, report.deferred, len(inbox.messages)) == (2, 1, 2)
        crm.clock.move(minutes=5)
        crm.fail_next("send", "uncertain")
        assert crm.deliver(inbox).uncertain == 1
        crm.clock.move(minutes=20)
        assert crm.deliver(inbox).sent == 1


def test_a_sender_keeps_what_it_has_beside_send() -> None:
    """Issue 5, 2: name, from_address, batches and time-outs are those of the sender itself."""
    opened_over: list[str] = []

    class Batched(MemorySender):
        def __enter__(self) -> None:
            opened_over.append("in")

        def __exit__(self, *_: object) -> None:
            opened_over.append("out")

    with CRMForTests(sender=Batched(from_address="own@example.com")) as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.create_contact(ANA)
        mail(crm)
        assert crm.outbox[0].from_address == "own@example.com"
        assert crm.outbox.attempts(crm.outbox[0].id)[0].sender == "memory:"
    assert opened_over == ["in", "out"]
    with CRMForTests(sender=AllowListSender(["example.org"], MemorySender())) as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="a@example.com")
        crm.create_contact(ANA)
        with pytest.raises(EmailNotSent):
            mail(crm)


def test_each_thread_meets_its_own_failures() -> None:
    """Issue 5, 2: one failure strikes one call, whichever of many threads comes first."""
    with CRMForTests() as crm:
        for _ in range(3):
            crm.fail_next("create_contact", "busy")
        failed: list[StoreBusy] = []

        def create(number: int) -> None:
            try:
                crm.create_contact({"emails": [f"{number}@example.com"]})
            except StoreBusy as error:
                failed.append(error)

        threads = [threading.Thread(target=create, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(failed), crm.count_contacts()) == (3, 13)


# What can't be asked for.


@pytest.mark.parametrize(
    ("verb", "error", "words"),
    [
        ("create_contcat", "busy", "did you mean 'create_contact'"),
        ("create_contact", "bussy", "one of busy, full, temporary"),
        ("create_contact", 7, "one of busy, full, temporary"),
        ("create_contact", "temporary", "asks no sender"),
        ("transaction", "permanent", "asks no sender"),
        ("get_contact", "full", "only reads"),
        ("send", "busy", "a sender can only fail with"),
    ],
)
def test_what_can_t_happen_can_t_be_asked_for(verb: str, error: object, words: str) -> None:
    """Issue 5, 2: a failure that would never come is refused when it is asked for."""
    with CRMForTests() as crm, pytest.raises(InvalidArgument, match=words):
        crm.fail_next(verb, error)


# The awaitable door.


async def test_the_awaitable_door_fails_alike() -> None:
    """Issue 5, 2: `fail_next` works on AsyncCRM, whatever thread carries the verb out."""
    async with AsyncCRMForTests() as crm:
        await crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.fail_next("createContact", "busy")
        with pytest.raises(StoreBusy):
            await crm.createContact(ANA)
        id = await crm.createContact(ANA)
        crm.fail_next("count_contacts", "busy")
        with pytest.raises(StoreBusy):
            await crm.count_contacts()
        crm.fail_next("iter_contacts", "busy")
        with pytest.raises(StoreBusy):
            [it async for it in crm.iter_contacts()]
        assert [it.id async for it in crm.iter_contacts()] == [id]
        crm.fail_next("emailContact", "permanent")
        with pytest.raises(EmailNotSent):
            await crm.emailContact("hi", id)
        crm.fail_next("transaction", "full")
        with pytest.raises(StoreFull):
            async with crm.transaction():
                await crm.createContact({"emails": ["bo@example.com"]})
        assert await crm.count_contacts() == 1
        assert isinstance(crm, AsyncCRM)


# FailingSender.


@pytest.mark.parametrize("word", WORDS)
def test_a_failing_sender_fails_in_its_ways_and_then_takes_all(word: str) -> None:
    """Issue 5, 2: a way for each mail, then none; `forever` keeps the last."""
    sender = FailingSender(word, None, word)
    messages = [sample_message() for _ in range(4)]
    for failing, message in zip((True, False, True, False), messages, strict=True):
        if failing:
            with pytest.raises(WORDS[word]):
                sender.send(message)
        else:
            assert hand_over(sender, message).sender == "failing:"
    assert sender.messages == [messages[1], messages[3]]
    assert sender.asked == messages
    stubborn = FailingSender(None, word, forever=True)
    stubborn.send(messages[0])
    for _ in range(3):
        with pytest.raises(WORDS[word]):
            stubborn.send(messages[0])


def test_a_failing_sender_is_a_sender() -> None:
    """Senders: one without a failure keeps the whole contract, one of failures its part of it."""
    check_sender(FailingSender)
    check_sender(lambda: FailingSender("unavailable", forever=True), takes_mail=False)
    with pytest.raises(InvalidArgument, match=r"fail_next"):
        FailingSender("busy")
    with pytest.raises(InvalidArgument, match="one of busy"):
        FailingSender("sometimes")
    mine = PermanentFailure("no; never")
    with pytest.raises(PermanentFailure, match="no; never"):
        FailingSender(mine).send(sample_message())


def test_a_crm_with_a_failing_sender_goes_through_the_states() -> None:
    """email.md: temporary twice, then sent, as the clock is moved on."""
    sender = FailingSender("temporary", "temporary")
    with opened(sender=sender) as crm:
        mail(crm)
        for expected in ("queued", "sent"):
            crm.clock.move(minutes=5)
            crm.deliver()
            assert crm.outbox[0].status == expected
        assert crm.outbox[0].attempts == 3
