"""relay.py: what is handed over when, what is held back, and whose address it comes from."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from delivery_fixtures import SHOP, Postman, prepare, statuses

from wixcrm_local import (
    CRM,
    EmailNotSent,
    FromAddressMissing,
    IdempotencyConflict,
    Policy,
    delivery,
)
from wixcrm_local.senders import (
    MemorySender,
    OutboxSender,
)


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture(params=["memory", "file"])
def sending(request, open_crm, tmp_path, clock, postman):
    """A store whose CRM has a sender of its own."""
    path = ":memory:" if request.param == "memory" else tmp_path / "x.db"
    with open_crm(path, clock=clock, sender=postman) as crm:
        yield crm


@pytest.fixture
def ana(sending: CRM) -> str:
    return prepare(sending)[0]


# T10: with a real sender, a mail is recorded first and then handed over.


def test_a_mail_is_handed_over_once_it_is_stored(sending: CRM, ana: str, postman: Postman) -> None:
    """T10: recorded as `sending` before the sender is asked, and `sent` when the call returns."""
    seen = []
    postman.answers = [lambda: seen.append(statuses(sending)) or "sent"]
    mail = sending.send_email("a", ana)
    assert seen == [["sending"]]
    assert mail == sending.outbox.get(mail.id)
    assert (mail.status, mail.attempts) == ("sent", 1)
    assert sending.email_contact("a", ana) is None


def test_what_is_refused_for_good_raises(sending: CRM, ana: str, postman: Postman) -> None:
    """T10, email.md: EmailNotSent with the id of the mail, which stays in the outbox."""
    postman.answers = ["permanent"]
    with pytest.raises(EmailNotSent) as caught:
        sending.email_contact("a", ana)
    mail = sending.outbox[-1]
    assert caught.value.details["id"] == mail.id
    assert (mail.status, mail.reason) == ("failed", "refused")


@pytest.mark.parametrize(
    ("word", "status"), [("temporary", "queued"), ("unavailable", "queued"), ("uncertain",) * 2]
)
def test_what_may_still_arrive_returns(sending, ana, postman, word: str, status: str) -> None:
    """T10: the row tells, and a later `deliver` goes on from there."""
    postman.answers = [word]
    assert sending.send_email("a", ana).status == status
    assert len(sending.outbox) == 1


def test_a_mail_for_later_is_not_handed_over(sending, ana, postman, clock) -> None:
    """email.md: no sender is asked before send_at; `deliver` is, from then on."""
    mail = sending.send_email("a", ana, send_at=clock.now + timedelta(hours=1))
    assert (mail.status, mail.due_at) == ("queued", clock.now + timedelta(hours=1))
    assert sending.deliver().sent == 0
    clock.move(hours=1)
    assert sending.deliver().sent == 1


def test_nobody_is_asked_for_who_gets_no_mail(sending, ana, postman) -> None:
    """T8: the call returns normally and the outbox tells why."""
    sending.unsubscribe(ana)
    assert sending.send_email("a", ana).status == "suppressed"
    assert postman.asked == []


def test_what_is_left_in_the_outbox_stays_there(open_crm) -> None:
    """email.md: the default sender is none at all."""
    with open_crm(sender=OutboxSender()) as crm:
        [ana] = prepare(crm)
        assert crm.send_email("a", ana).status == "queued"
        report = crm.deliver()
        assert (report.waiting, report.sent) == (1, 0)
        assert "no sender is set" in report.unavailable


@pytest.mark.parametrize("word", ["sent", "temporary", "permanent"])
def test_an_answer_that_can_t_be_stored_is_no_call_to_try_again(
    open_crm, tmp_path, clock, monkeypatch, word: str
) -> None:
    """email.md: at worst the mail is uncertain. StoreBusy would have it sent a second time."""
    monkeypatch.setattr(delivery, "_FIRST_NAP", 0)
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:

        def meanwhile() -> str:
            other.execute("BEGIN IMMEDIATE")
            return word

        postman = Postman(meanwhile)
        with open_crm(path, clock=clock, sender=postman, busy_timeout=0.01) as crm:
            [ana] = prepare(crm)
            if word == "permanent":
                with pytest.raises(EmailNotSent):
                    crm.send_email("a", ana)
            else:
                assert crm.send_email("a", ana).status == "sending"
            other.execute("ROLLBACK")
            clock.move(minutes=2)
            assert crm.deliver().uncertain == 1
            assert len(postman.asked) == 1


# Transactions.


def test_a_transaction_s_mails_go_after_it(sending: CRM, ana: str, postman: Postman) -> None:
    """T9, email.md: nothing is handed over inside; failures stand on the rows."""
    postman.answers = ["sent", "permanent", "temporary"]
    with sending.transaction():
        for _ in range(30):
            assert sending.send_email("a", ana).status == "queued"
        assert postman.asked == []
    assert statuses(sending) == ["sent", "failed", "queued"] + ["sent"] * 27


def test_a_transaction_that_is_undone_sends_nothing(sending, ana, postman) -> None:
    """T9: neither it nor a part of it; what else is in it goes."""
    with pytest.raises(ZeroDivisionError), sending.transaction():  # noqa: PT012
        sending.send_email("a", ana)
        raise ZeroDivisionError
    assert postman.asked == []
    with sending.transaction():
        with pytest.raises(ZeroDivisionError), sending.transaction():  # noqa: PT012
            sending.send_email("a", ana)
            raise ZeroDivisionError
        with sending.transaction():
            kept = sending.send_email("a", ana)
        assert postman.asked == []
    assert [mail.id for mail in postman.asked] == [kept.id]


def test_a_transaction_that_is_entered_inside_another(sending, ana, postman) -> None:
    """A7, email.md: no sender is asked while one is open, wherever its context was made."""
    inner = sending.transaction()
    with sending.transaction():
        with inner:
            sending.send_email("a", ana)
        assert postman.asked == []
    assert len(postman.asked) == 1


def test_a_transaction_that_waits_takes_nothing_from_another(sending, ana, postman) -> None:
    """A7: another thread's transaction begins and ends around this one's; all mails go."""
    waits, threads = threading.Event(), []

    def other() -> None:
        transaction = sending.transaction()
        waits.set()
        with transaction:
            sending.send_email("a", ana)

    with sending.transaction():
        sending.send_email("a", ana)
        for _ in range(3):
            threads.append(threading.Thread(target=other))
            threads[-1].start()
            assert waits.wait(30)
        sending.send_email("a", ana)
    for thread in threads:
        thread.join()
    assert statuses(sending) == ["sent"] * 5
    assert len(postman.asked) == 5


def test_a_dead_sender_is_not_asked_after_each_transaction(sending, ana, postman) -> None:
    """email.md: the breaker counts there too; a window must not freeze each time."""
    postman.answers = ["unavailable"]
    for _ in range(3):
        with sending.transaction():
            sending.send_email("a", ana)
            sending.send_email("a", ana)
    assert len(postman.asked) == 1
    assert statuses(sending) == ["queued"] * 6


def test_a_sender_that_can_t_be_opened_fails_no_transaction(open_crm, clock) -> None:
    """email.md: on leaving, failures stand on the rows and do not raise."""

    class Shut(Postman):
        def __enter__(self):
            raise OSError

        def __exit__(self, *_):
            raise AssertionError

    with open_crm(clock=clock, sender=Shut()) as crm:
        [ana] = prepare(crm)
        with crm.transaction():
            crm.send_email("a", ana)
        clock.move(minutes=1)
        assert crm.send_email("a", ana).status == "queued"
        assert [(mail.status, mail.attempts) for mail in crm.outbox] == [("queued", 0)] * 2


# From.


class Addressed(Postman):
    """A sender that writes a From line."""

    def __init__(self, from_address: str | None) -> None:
        super().__init__()
        self.from_address = from_address


@pytest.mark.parametrize("of_template", [None, "t@template.example"])
@pytest.mark.parametrize("of_crm", [None, "c@crm.example"])
@pytest.mark.parametrize("of_sender", [None, "s@sender.example"])
@pytest.mark.parametrize("way", ["call", "transaction", "deliver"])
def test_whose_address(open_crm, of_template, of_crm, of_sender, way) -> None:
    """email.md: the template's, else the CRM's, else the sender's; none is an error before."""
    sender = Addressed(of_sender)
    expected = of_template or of_crm or of_sender
    with open_crm(sender=None if way == "deliver" else sender, from_address=of_crm) as crm:
        crm.deliver(Postman())
        crm.triggered_emails.save("a", subject="Hi", text="Hi", from_address=of_template)
        ana = crm.create_contact({"emails": ["ana@example.com"]})

        def go() -> None:
            if way == "transaction":
                with crm.transaction():
                    crm.send_email("a", ana)
            else:
                crm.send_email("a", ana)
            if way == "deliver":
                crm.deliver(sender)

        if expected is None:
            with pytest.raises(FromAddressMissing):
                go()
            assert sender.asked == []
            assert statuses(crm) == (["queued"] if way == "deliver" else [])
            return
        go()
        [mail] = sender.asked
        assert mail.from_address == crm.outbox[0].from_address == expected
        domain = expected.partition("@")[2]
        known = of_template or of_crm or way != "deliver"
        assert mail.message_id.endswith(f"@{domain}>" if known else "@wixcrm-local.invalid>")


def test_an_address_is_frozen_at_the_first_claim(any_crm: CRM, clock) -> None:
    """email.md: a later sender's own address is not put in its place."""
    [ana] = prepare(any_crm)
    any_crm.send_email("a", ana)
    first, second = Addressed("one@example.com"), Addressed("two@example.com")
    first.answers = ["temporary"]
    any_crm.deliver(first)
    clock.move(minutes=2)
    any_crm.deliver(second)
    assert second.asked[0].from_address == "one@example.com"


# Idempotency keys.


def test_a_key_gives_the_first_mail_back(sending, ana, postman, clock) -> None:
    """email.md: the same key with the same content; nothing is sent twice."""

    def again(**options):
        return sending.send_email("a", ana, {"variables": {"n": "x"}}, **options)

    first = again(idempotency_key="k")
    clock.move(days=1)
    assert again(idempotency_key=" k ", expires_in=60) == first
    assert sending.send_email(" a ", ana.upper(), {"variables": {"n": "x"}}, idempotency_key="k")
    with sending.transaction():
        assert again(idempotency_key="k") == first
    sending.triggered_emails.save("a", subject="New", text="New")
    sending.triggered_emails.delete("a")
    assert again(idempotency_key="k") == first
    assert len(sending.outbox) == len(postman.asked) == 1
    assert first.idempotency_key == "k"


@pytest.mark.parametrize(
    "other", [{}, {"n": "y"}, {"n": "x", "m": "y"}], ids=["fallback", "value", "more"]
)
def test_a_key_with_other_content_is_refused(sending, ana, other: dict) -> None:
    """email.md: IdempotencyConflict, which names the first mail."""
    first = sending.send_email("a", ana, {"variables": {"n": "x"}}, idempotency_key="k")
    with pytest.raises(IdempotencyConflict) as caught:
        sending.send_email("a", ana, {"variables": other}, idempotency_key="k")
    assert caught.value.details == {"id": first.id}
    assert len(sending.outbox) == 1


def test_a_key_compares_what_the_mail_holds(sending, ana) -> None:
    """T3, T4: values as they were converted, without those that were left out; fallbacks count."""
    policy = Policy(variables="convert")
    with pytest.warns(match="'more'"):
        first = sending.send_email(
            "a", ana, {"variables": {"n": 5, "more": 1}}, idempotency_key="k", policy=policy
        )
    for variables in ({"n": "5"}, {"n": 5, "more": 2, "n2": None}):
        options = {"variables": variables}
        again = sending.send_email("a", ana, options, idempotency_key="k", policy=policy)
        assert again == first
    fallback = sending.send_email("a", ana, idempotency_key="f")
    assert sending.send_email("a", ana, {"variables": {"n": "you"}}, idempotency_key="f") == (
        fallback
    )


def test_a_memory_sender_needs_an_address(open_crm) -> None:
    """email.md: refused before anything is recorded, and not at the mail's turn."""
    with open_crm(sender=MemorySender()) as crm:
        [ana] = prepare(crm)
        with pytest.raises(FromAddressMissing):
            crm.send_email("a", ana)
        assert len(crm.outbox) == 0
    with open_crm(sender=MemorySender(from_address=SHOP)) as crm:
        [ana] = prepare(crm)
        assert crm.send_email("a", ana).from_address == SHOP
