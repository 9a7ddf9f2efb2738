"""delivery.py: from the outbox to a sender, whatever happens on the way (email.md, "States")."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import ExitStack
from datetime import timedelta

import attrs
import pytest
from delivery_fixtures import FAILURES, SHOP, Postman, prepare, statuses
from store_fixtures import integrity, program
from test_processes import race

from wixcrm_local import (
    CRM,
    FromAddressMissing,
    InvalidArgument,
    PermanentFailure,
    StoreClosed,
    StoreFull,
    TemporaryFailure,
    UnmailableMessage,
    delivery,
    delivery_rows,
)
from wixcrm_local.senders import CallableSender, Receipt


@pytest.fixture
def ana(any_crm: CRM) -> str:
    """A contact's id, in a store whose first delivery is past."""
    return prepare(any_crm)[0]


def send(crm: CRM, ana: str, count: int = 1, **options) -> list[str]:
    """Records mails; their ids."""
    return [crm.send_email("a", ana, **options).id for _ in range(count)]


# What each answer leads to: status, reason, minutes until it is due, attempts, outcome, report.
ANSWERS = {
    "sent": ("sent", None, None, 1, "sent", {"sent": 1}),
    "temporary": ("queued", "deferred", (0.85, 1.15), 1, "temporary", {"deferred": 1}),
    "permanent": ("failed", "refused", None, 1, "permanent", {"failed": 1}),
    "unmailable": ("failed", "unmailable", None, 1, "permanent", {"failed": 1}),
    "uncertain": ("uncertain", "unanswered", (15, 15), 1, "uncertain", {"uncertain": 1}),
    "unavailable": ("queued", None, (0, 0), 0, None, {}),
    "breach": ("uncertain", "unanswered", (15, 15), 1, "uncertain", {"uncertain": 1}),
    "answer": ("uncertain", "unanswered", (15, 15), 1, "uncertain", {"uncertain": 1}),
    "store": ("uncertain", "unanswered", (15, 15), 1, "uncertain", {"uncertain": 1}),
}
WORDS = {
    "unmailable": UnmailableMessage("a header"),
    "breach": ZeroDivisionError("oops"),
    "answer": {"ok": True},
    "store": StoreFull("that of the sender"),
}


@pytest.mark.parametrize("word", ANSWERS)
def test_each_answer(any_crm: CRM, ana: str, clock, word: str) -> None:
    """email.md: the row, its attempt and the report after each thing a sender can do."""
    status, reason, minutes, attempts, outcome, done = ANSWERS[word]
    [id] = send(any_crm, ana)
    report = any_crm.deliver(Postman(WORDS.get(word, word)))
    mail = any_crm.outbox.get(id)
    assert (mail.status, mail.reason, mail.attempts) == (status, reason, attempts)
    if minutes is None:
        assert mail.due_at is None
    else:
        waits = (mail.due_at - clock.now) / timedelta(minutes=1)
        assert minutes[0] <= waits <= minutes[1]
    tried = any_crm.outbox.attempts(id)
    assert [it.outcome for it in tried] == ([outcome] if outcome else [])
    assert all((it.number, it.at, it.sender) == (1, clock.now, "postman:") for it in tried)
    counted = {"sent", "deferred", "failed", "uncertain", "suppressed"}
    told = {name: number for name, number in attrs.asdict(report).items() if name in counted}
    assert {name: number for name, number in told.items() if number} == done
    assert (report.unavailable is not None) == (word == "unavailable")


def test_a_mail_is_marked_before_it_is_sent_and_settled_after(any_crm: CRM, ana: str) -> None:
    """Fault 46: whatever dies in between leaves it as `sending`, and no transaction is open."""
    send(any_crm, ana, 2)
    seen = []

    def look(message):
        seen.append((statuses(any_crm), message.status))
        any_crm.create_contact({"emails": ["new@example.com"]})
        assert any_crm.get_contact(ana).id == ana
        assert any_crm.outbox.get(message.id).id == message.id

    assert any_crm.deliver(look).sent == 2
    assert seen == [(["sending", "claimed"], "sending"), (["sent", "sending"], "sending")]


def test_a_retry_is_the_same_mail_byte_for_byte(any_crm: CRM, ana: str, clock) -> None:
    """Fault 46, RFC 5322: Message-ID, Date and From are frozen, whoever sends it next."""
    postman, other = Postman("temporary", "uncertain"), Postman()
    postman.from_address, other.from_address = SHOP, "other@example.com"
    send(any_crm, ana)
    for sender in (postman, postman, other):
        any_crm.deliver(sender)
        clock.move(minutes=16)
    sent = [mail.as_bytes() for mail in postman.asked + other.asked]
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert b"shop@example.com" in sent[0]


def test_an_uncertain_mail_is_tried_once_more(any_crm: CRM, ana: str, clock) -> None:
    """email.md: at least 15 minutes later, then it waits for a person."""
    [id] = send(any_crm, ana)
    postman = Postman("uncertain", "uncertain")
    any_crm.deliver(postman)
    clock.move(minutes=15, microseconds=-1)
    assert any_crm.deliver(postman).uncertain == 0
    clock.move(microseconds=1)
    assert any_crm.deliver(postman).undecided == 1
    clock.move(days=30)
    assert any_crm.deliver(postman).undecided == 1
    mail = any_crm.outbox.get(id)
    assert (len(postman.asked), mail.reason, mail.due_at) == (2, "undecided", None)


def test_after_five_days_it_is_given_up(any_crm: CRM, ana: str, clock) -> None:
    """RFC 5321, 4.5.4.1: `failed`, reason `gave_up`; it was tried all the time."""
    [id] = send(any_crm, ana)
    postman = Postman(*["temporary"] * 100)
    begun = clock.now
    while (mail := any_crm.outbox.get(id)).status == "queued":
        clock.now = mail.due_at
        any_crm.deliver(postman)
    assert (mail.status, mail.reason) == ("failed", "gave_up")
    assert timedelta(days=4, hours=19) < clock.now - begun <= timedelta(days=5)
    assert mail.attempts == len(any_crm.outbox.attempts(id)) == len(postman.asked)
    assert 30 < mail.attempts < 45


def test_limit_counts_what_the_sender_was_asked(any_crm: CRM, ana: str) -> None:
    """email.md: at most so many; nothing else stays in this program's hands."""
    send(any_crm, ana, 50)
    any_crm.suppressions.add("1@example.com")
    for limit in (1, 19, 21):
        postman = Postman()
        assert any_crm.deliver(postman, limit=limit).sent == len(postman.asked) == limit
        assert "claimed" not in statuses(any_crm)
    assert statuses(any_crm) == ["sent"] * 41 + ["queued"] * 9


@pytest.mark.parametrize("limit", [0, -1, True, "1", 1.0], ids=repr)
def test_limits_that_are_none(crm: CRM, limit: object) -> None:
    """Section 9: a whole number of mails."""
    with pytest.raises(InvalidArgument):
        crm.deliver(Postman(), limit=limit)


def test_it_stops_after_the_mail_in_hand(any_crm: CRM, ana: str) -> None:
    """email.md: once `stop` is set, the other claims are given back."""
    send(any_crm, ana, 3)
    stop = threading.Event()
    assert any_crm.deliver(lambda _: stop.set(), stop=stop).sent == 1
    assert statuses(any_crm) == ["sent", "queued", "queued"]
    assert any_crm.deliver(Postman(), stop=stop).sent == 0
    with pytest.raises(InvalidArgument):
        any_crm.deliver(Postman(), stop=True)


def test_inside_a_transaction_it_is_refused(any_crm: CRM, ana: str) -> None:
    """email.md: no transaction is open while a sender is asked."""
    send(any_crm, ana)
    postman = Postman()
    with any_crm.transaction(), pytest.raises(InvalidArgument):
        any_crm.deliver(postman)
    assert postman.asked == []
    assert any_crm.deliver(postman).sent == 1


def test_an_interrupt_in_mid_send(any_crm: CRM, ana: str) -> None:
    """Fault 37: nobody knows whether that mail went; the others are given back."""
    send(any_crm, ana, 3)
    with pytest.raises(KeyboardInterrupt):
        any_crm.deliver(Postman("sent", KeyboardInterrupt()))
    assert statuses(any_crm) == ["sent", "uncertain", "queued"]
    assert any_crm.deliver(Postman()).sent == 1


def test_what_unsubscribed_or_expired_meanwhile_is_not_sent(any_crm: CRM, clock) -> None:
    """T8: looked at again at the moment of sending, whatever stood at the recording."""
    ids = prepare(any_crm, 4)
    for contact in ids:
        send(any_crm, contact, expires_in=600 if contact == ids[2] else None)

    def first(message):
        any_crm.suppressions.add("1@example.com", "complained")  # claimed by now, as the others
        clock.move(minutes=10)
        any_crm.unsubscribe(ids[3])

    report = any_crm.deliver(first)
    assert statuses(any_crm) == ["sent", "suppressed", "failed", "suppressed"]
    assert [it.reason for it in any_crm.outbox] == [None, "complained", "expired", "unsubscribed"]
    assert (report.sent, report.suppressed, report.failed) == (1, 2, 1)


def test_a_dead_address_is_suppressed(any_crm: CRM, clock) -> None:
    """email.md: by `suppress` of a permanent failure, and only by True."""
    ana, bob = prepare(any_crm, 2)
    send(any_crm, ana, 2)
    send(any_crm, bob)
    dead = PermanentFailure("gone", details={"suppress": True, "response": "550 5.1.1 \x1b[0m"})
    postman = Postman(dead, PermanentFailure("no", details={"suppress": "no"}))
    report = any_crm.deliver(postman)
    assert (report.failed, report.suppressed) == (2, 1)
    [entry] = any_crm.suppressions.list()
    assert (entry.address, entry.reason, entry.note) == (
        "0@example.com",
        "bounced",
        "550 5.1.1 \\x1b[0m",
    )


@pytest.mark.parametrize(
    "details",
    [
        {"stage": 5, "smtp_code": "abc", "enhanced_code": ["x"], "response": b"x"},
        {"stage": "\ud800", "smtp_code": 10**30, "enhanced_code": "\ud800", "response": "\ud800"},
        {"stage": "", "smtp_code": True, "response": "x" * 10**6},
    ],
    ids=["types", "surrogates", "length"],
)
def test_details_of_any_kind_are_kept_or_left_out(any_crm: CRM, ana: str, details: dict) -> None:
    """Faults 4, 8: the file takes what a sender said, whatever its author thought of."""
    [id] = send(any_crm, ana)
    any_crm.deliver(Postman(TemporaryFailure("\ud800", details=details)))
    [attempt] = any_crm.outbox.attempts(id)
    assert attempt.outcome == "temporary"
    assert attempt.smtp_code in (None, 1)
    assert len(attempt.response) <= 2000
    any_crm.outbox.retry(id)
    any_crm.deliver(Postman(Receipt(sender="x", response=5)))
    assert any_crm.outbox.get(id).status == "sent"


def test_a_sender_is_opened_once_and_only_where_there_is_mail(any_crm: CRM, ana: str) -> None:
    """email.md: a connection is kept over the batch; an idle poll opens none."""
    heard = []

    class Door(Postman):
        def __enter__(self):
            heard.append("in")

        def __exit__(self, *_):
            heard.append("out")
            raise OSError

        def send(self, message):
            heard.append("mail")
            return super().send(message)

    any_crm.deliver(Door())
    assert heard == []
    send(any_crm, ana, 30)
    assert any_crm.deliver(Door()).sent == 30
    assert heard == ["in", *["mail"] * 30, "out"]


def test_a_sender_that_can_t_be_opened(any_crm: CRM, ana: str, clock) -> None:
    """email.md: it says nothing about the mail; no attempt is spent, and the breaker opens."""

    class Shut(Postman):
        def __enter__(self):
            raise ConnectionRefusedError

        def __exit__(self, *_):
            raise AssertionError

    send(any_crm, ana, 2)
    report = any_crm.deliver(Shut())
    assert "ConnectionRefusedError" in report.unavailable
    assert statuses(any_crm) == ["queued", "queued"]
    assert [mail.attempts for mail in any_crm.outbox] == [0, 0]
    assert report.next_due == clock.now + timedelta(seconds=30)
    assert any_crm.outbox.stats().left_alone == {"postman:": clock.now + timedelta(seconds=30)}


def test_a_store_that_is_closed_in_mid_send(open_crm, tmp_path, clock) -> None:
    """Fault 36: the mail stays marked, and is uncertain once its lease is over."""
    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        [ana] = prepare(crm)
        send(crm, ana, 2)
        with pytest.raises(StoreClosed):
            crm.deliver(lambda _: crm.close())
    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        assert statuses(crm) == ["sending", "claimed"]
        clock.move(seconds=60)
        assert crm.deliver(Postman()).sent == 1
        assert statuses(crm) == ["uncertain", "sent"]


def test_a_sender_that_delivers_and_sends_itself(any_crm: CRM, ana: str) -> None:
    """Fault 36: what it calls works as from outside, and no mail goes twice."""
    first, second = send(any_crm, ana, 2)
    inner, outer = Postman(), []

    def send_and_deliver(message):
        outer.append(message.id)
        if message.id == first:
            send(any_crm, ana)
            any_crm.deliver(inner)

    any_crm.deliver(send_and_deliver)
    third = any_crm.outbox[-1].id
    assert [mail.id for mail in inner.asked] == [third]
    assert outer == [first, second]  # the second was in its hands already
    assert statuses(any_crm) == ["sent"] * 3


def test_a_late_answer_settles_what_nobody_took_since(any_crm: CRM, ana: str, clock) -> None:
    """email.md: the lease's end made it uncertain, which its own sender knows better."""
    [id] = send(any_crm, ana)

    def slow(message):
        clock.move(seconds=61)
        assert any_crm.deliver(Postman()).uncertain == 1

    assert any_crm.deliver(slow).sent == 1
    mail = any_crm.outbox.get(id)
    assert (mail.status, mail.due_at, mail.attempts) == ("sent", None, 2)
    assert [it.outcome for it in any_crm.outbox.attempts(id)] == ["uncertain", "sent"]


@pytest.mark.parametrize("word", ["sent", *FAILURES])
def test_a_late_answer_overwrites_nothing_newer(any_crm: CRM, ana: str, clock, word) -> None:
    """email.md: each update presents its lease; what a late worker says is kept as an attempt."""
    [id] = send(any_crm, ana)

    def slow(message):
        clock.move(seconds=61)
        any_crm.deliver(Postman())
        clock.move(minutes=16)
        assert any_crm.deliver(Postman()).sent == 1
        return word

    report = any_crm.deliver(Postman(lambda: slow(None)))
    mail = any_crm.outbox.get(id)
    assert (mail.status, report.sent) == ("sent", 0)
    assert mail.attempts == len(any_crm.outbox.attempts(id)) == (2 if word == "unavailable" else 3)


def test_leases_of_a_slow_sender_are_renewed(any_crm: CRM, ana: str, clock, monkeypatch) -> None:
    """email.md: a lease lasts 60 s, and as long as the program that holds it is alive."""
    monkeypatch.setattr(delivery, "_RENEWED_EVERY", 0.001)
    send(any_crm, ana, 2)

    def slow(message):
        for _ in range(5):
            clock.move(seconds=59)
            for _ in range(100_000):
                if any_crm.outbox.get(message.id).due_at == clock.now + timedelta(seconds=60):
                    break
            else:
                pytest.fail("the lease was not renewed")
        assert any_crm.deliver(Postman()).uncertain == 0

    assert any_crm.deliver(slow).sent == 2


def test_without_a_thread_leases_are_not_renewed(any_crm: CRM, ana: str, monkeypatch) -> None:
    """Fault 69: where no thread can be started, mails go all the same."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(delivery._thread, "start_new_thread", refuse)
    send(any_crm, ana, 2)
    assert any_crm.deliver(Postman()).sent == 2


def test_a_clock_that_went_back_keeps_nothing_in_dead_hands(open_crm, tmp_path, clock) -> None:
    """Fault 66: leases that were given in a wrong year end, so that a person can decide."""
    begun = clock.now
    clock.move(days=5000)
    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        [ana] = prepare(crm)
        send(crm, ana, 2)
        with pytest.raises(StoreClosed):
            crm.deliver(lambda _: crm.close())
    clock.now = begun
    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        assert statuses(crm) == ["sending", "claimed"]
        assert crm.deliver(Postman()).uncertain == 1
        assert statuses(crm) == ["uncertain", "queued"]
        assert crm.outbox.resolve(crm.outbox[0].id, "resend").status == "queued"
        crm.outbox.retry(crm.outbox[1].id)
        assert crm.deliver(Postman()).sent == 2


def test_an_answer_that_can_t_be_stored_is_told_again(any_crm, ana, monkeypatch) -> None:
    """email.md: the server said yes but our own update failed: keep trying."""
    monkeypatch.setattr(delivery, "_FIRST_NAP", 0)
    [id] = send(any_crm, ana)
    settle, failures = delivery_rows.settle, iter(range(3))

    def full(*arguments):
        if next(failures, None) is not None:
            raise sqlite3.OperationalError("no")
        return settle(*arguments)

    monkeypatch.setattr(delivery_rows, "settle", full)
    postman = Postman()
    assert any_crm.deliver(postman).sent == 1
    assert any_crm.outbox.get(id).status == "sent"
    assert len(postman.asked) == len(any_crm.outbox.attempts(id)) == 1


def test_a_from_address_that_only_send_misses(any_crm: CRM, ana: str) -> None:
    """email.md: nothing is kept in hand, and the mail waits as it did."""
    send(any_crm, ana, 2)
    with pytest.raises(FromAddressMissing):
        any_crm.deliver(CallableSender(lambda message: message.as_bytes()))
    assert statuses(any_crm) == ["queued", "queued"]
    assert any_crm.outbox.stats().left_alone == {}
    assert any_crm.deliver(Postman()).sent == 2


def test_threads_of_one_store_deliver_each_mail_once(any_crm: CRM, ana: str) -> None:
    """Fault 38: each message is claimed once, in memory and on a file."""
    send(any_crm, ana, 200)
    postman = Postman()
    threads = [threading.Thread(target=any_crm.deliver, args=(postman,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = [mail.id for mail in postman.asked]
    assert sorted(asked) == sorted(mail.id for mail in any_crm.outbox)
    assert set(statuses(any_crm)) == {"sent"}


def test_processes_deliver_each_mail_once(open_crm, tmp_path) -> None:
    """Fault 38: eight programs at once; each mail is asked of one of them, once."""
    path, count = tmp_path / "x.db", 400
    with CRM(path, durability="normal") as crm:
        [ana] = prepare(crm)
        with crm.transaction():
            send(crm, ana, count)
    script = """
asked = []
with CRM(path, durability="normal") as crm:
    tell("ready")
    hear()
    crm.deliver(lambda message: asked.append(message.id))
tell(" ".join(asked) or "none")
"""
    with ExitStack() as stack:
        others = [stack.enter_context(program(script, path)) for _ in range(8)]
        for other in others:
            other.expect("ready")
        for other in others:
            other.tell()
        asked = [id for other in others for id in other.hear().split() if id != "none"]
    assert len(asked) == len(set(asked)) == count
    integrity(path)
    with CRM(path) as crm:
        assert set(statuses(crm)) == {"sent"}


def test_a_key_is_one_mail_s_however_many_race(tmp_path) -> None:
    """email.md: eight processes that ask with the same idempotency key make one row."""
    path, rounds = tmp_path / "x.db", 20
    with CRM(path, durability="normal") as crm:
        [ana] = prepare(crm)
    answers = race(
        """
crm = CRM(path, durability="normal")
while True:
    tell("ready")
    tell(crm.send_email("a", sys.argv[2], idempotency_key="order-" + hear()).id)
""",
        path,
        ana,
        rounds=rounds,
        processes=8,
    )
    assert all(len(set(ids)) == 1 for ids in answers)
    with CRM(path) as crm:
        assert len(crm.outbox) == rounds
