"""The outbox as callers read it, and the values it holds (message.py, mail_rows.py)."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from delivery_fixtures import Postman, prepare

from wixcrm_local import (
    CRM,
    Attempt,
    InvalidArgument,
    MessageNotFound,
    OutboxMessage,
    OutboxStats,
    TemporaryFailure,
    WrongMessageStatus,
)

ANA, BOB = "ana@example.com", "bob@example.com"


@pytest.fixture
def mails(any_crm: CRM) -> list[OutboxMessage]:
    """Three mails: a and b to Ana, a to Bob."""
    any_crm.triggered_emails.save("a", subject="A", text="A ${x}", variables={"x": "é\n\"'"})
    any_crm.triggered_emails.save("b", subject="B", html="<p>B</p>")
    ana, bob = (any_crm.create_contact({"emails": [email]}) for email in (ANA, BOB))
    return [any_crm.send_email(email, to) for email, to in (("a", ana), ("b", ana), ("a", bob))]


def test_the_outbox_is_a_sequence(any_crm: CRM, mails: list) -> None:
    """A7: len, indexes from both ends, slices, iteration, `in`; oldest first."""
    outbox = any_crm.outbox
    assert len(outbox) == 3
    assert list(outbox) == mails == list(reversed(list(reversed(outbox))))
    assert [outbox[place] for place in range(-3, 3)] == [*mails, *mails]
    assert outbox[1:] == tuple(mails[1:])
    assert outbox[::-1] == tuple(mails[::-1])
    assert mails[1] in outbox
    assert attrs.evolve(mails[1], subject="X") not in outbox
    assert "a" not in outbox
    assert outbox.index(mails[2]) == 2
    assert repr(outbox) == "<Outbox with 3 messages>"


@pytest.mark.parametrize("step", [None, 1, 2, -1, -2])
def test_slices_are_those_of_a_list(any_crm: CRM, mails: list, step: int | None) -> None:
    """As any sequence: every slice holds what the same slice of a list holds."""
    for start in (None, 0, 1, 2, 5, -1, -3, -5):
        for stop in (None, 0, 2, 3, 7, -1, -2, -7):
            assert any_crm.outbox[start:stop:step] == tuple(mails[start:stop:step])


@pytest.mark.parametrize("place", [3, -4, 10**30, -(10**30)])
def test_a_place_beyond_the_end(any_crm: CRM, mails: list, place: int) -> None:
    """As any sequence: IndexError."""
    with pytest.raises(IndexError):
        any_crm.outbox[place]


def test_an_empty_outbox(crm: CRM) -> None:
    """Nothing sent, nothing there."""
    assert not crm.outbox
    assert crm.outbox.last() is None
    assert crm.outbox[:] == crm.outbox.where() == ()


def test_get_and_last(any_crm: CRM, mails: list) -> None:
    """A7: by id, and the newest."""
    assert any_crm.outbox.get(mails[0].id) == mails[0]
    assert any_crm.outbox.last() == mails[2]


HUGE = pytest.param(10**5_000, id="huge")  # Python refuses to write so long a number


@pytest.mark.parametrize(
    "id", [HUGE, "nobody", "", None, 5, "\ud800", pytest.param("x" * 1_000_000, id="huge text")]
)
def test_an_unknown_mail(crm: CRM, id: object) -> None:
    """Section 9: MessageNotFound, shortly."""
    with pytest.raises(MessageNotFound) as caught:
        crm.outbox.get(id)
    assert len(caught.value.message) < 200


def test_where(any_crm: CRM, mails: list) -> None:
    """The mails that fit everything given, oldest first; `to` in any spelling."""
    where = any_crm.outbox.where
    assert where() == tuple(mails)
    assert where(status="queued") == tuple(mails)
    assert where(status="sent") == ()
    assert where(contact_id=mails[0].contact_id) == tuple(mails[:2])
    assert where(email_id="a") == (mails[0], mails[2])
    assert where(email_id="a", contact_id=mails[0].contact_id) == (mails[0],)
    assert where(email_id="a", status="queued", to=BOB) == (mails[2],)
    assert where(to=" ANA@Example.com ") == tuple(mails[:2])
    assert where(to="no address") == ()


@pytest.mark.parametrize(
    "wanted",
    [{"status": "done"}, {"status": 5}, {"to": 5}, {"contact_id": b"1"}, {"email_id": ["a"]}],
    ids=str,
)
def test_where_takes_texts(crm: CRM, wanted: dict) -> None:
    """Section 9: an argument without meaning is InvalidArgument, which names it."""
    with pytest.raises(InvalidArgument) as caught:
        crm.outbox.where(**wanted)
    assert caught.value.details["argument"] in wanted


@pytest.mark.parametrize("argument", ["contact_id", "email_id", "to"])
@pytest.mark.parametrize(
    "text", ["\ud800", "", "'; --", pytest.param("x" * 100_000, id="huge text")]
)
def test_where_nobody_fits(any_crm: CRM, mails: list, argument: str, text: str) -> None:
    """Faults 4, 8 and 71: any text may be asked for."""
    assert any_crm.outbox.where(**{argument: text}) == ()


def test_reading_passes_the_end_of_a_page(crm: CRM) -> None:
    """Every mail once, however many there are, and the store is free in between."""
    crm.triggered_emails.save("a", subject="A", text="A")
    id = crm.create_contact({"emails": [ANA]})
    with crm.transaction():
        for _ in range(401):
            crm.email_contact("a", id)
    seen = []
    for mail in crm.outbox:
        seen.append(mail.id)
        if len(seen) == 1:
            crm.create_contact({"emails": [BOB]})
    assert len(seen) == len(set(seen)) == 401
    assert len(crm.outbox.where(contact_id=id, status="queued")) == 401


def test_the_order_is_that_of_sending_whatever_the_clock_says(crm: CRM, clock) -> None:
    """Fault 66: order by sequence."""
    crm.triggered_emails.save("a", subject="A", text="A")
    id = crm.create_contact({"emails": [ANA]})
    sent = [crm.send_email("a", id)]
    clock.move(days=-1)
    sent.append(crm.send_email("a", id))
    assert list(crm.outbox) == sent
    assert sent[0].created_at > sent[1].created_at


# What a person decides.


STATUSES = ("queued", "claimed", "sending", "sent", "failed", "uncertain", "cancelled")
MAY = {
    "cancel": {"queued": "cancelled", "claimed": "cancelled", "cancelled": "cancelled"}
    | {"stale": "cancelled"},
    "retry": dict.fromkeys(("queued", "failed", "cancelled", "suppressed", "stale"), "queued"),
    "sent": {"uncertain": "sent", "undecided": "sent"},
    "resend": {"uncertain": "queued", "undecided": "queued"},
}


def decide(crm: CRM, verb: str, id: str) -> OutboxMessage:
    outbox = crm.outbox
    if verb in ("sent", "resend"):
        return outbox.resolve(id, verb)
    return outbox.cancel(id) if verb == "cancel" else outbox.retry(id)


def bring_to(crm: CRM, status: str, contact: str, clock, during: Callable[[str], None]) -> None:
    """Makes a mail of this status, and has it looked at by `during` while it is that."""
    if status == "suppressed":
        crm.suppressions.add(ANA)
    id = crm.send_email("a", contact, expires_in=86_400 * 365).id
    answers = {"failed": "permanent", "uncertain": "uncertain", "undecided": "uncertain"}
    if status == "claimed":
        other, id = id, crm.send_email("a", contact).id
        assert other != id
    if status in ("claimed", "sending"):
        crm.deliver(Postman(lambda: during(id) or "sent"), limit=2)
        return
    if status in ("sent", *answers):
        crm.deliver(Postman(answers.get(status, "sent")))
    if status == "undecided":
        clock.move(minutes=15)
        crm.deliver(Postman("uncertain"))
    if status == "cancelled":
        crm.outbox.cancel(id)
    if status == "stale":
        clock.move(days=1)
        crm.deliver(Postman())
    during(id)


@pytest.mark.parametrize("verb", MAY)
@pytest.mark.parametrize("status", [*STATUSES, "suppressed", "stale", "undecided"])
def test_who_may_decide_what(any_crm: CRM, clock, verb: str, status: str) -> None:
    """email.md: cancel, retry and resolve, for each status a mail can have."""
    [contact] = prepare(any_crm)
    any_crm.create_contact({"emails": [ANA]})
    [contact] = [any_crm.find_contact(email=ANA).id]
    looked = []

    def during(id: str) -> None:
        before = any_crm.outbox.get(id)
        shown = "stale" if before.reason == "stale" else before.status
        assert (before.reason if status == "undecided" else shown) == status
        if status in MAY[verb]:
            mail = decide(any_crm, verb, id)
            assert (mail.status, mail.reason) == (MAY[verb][status], None)
            assert mail.due_at == (clock.now if mail.status == "queued" else None)
            assert mail == any_crm.outbox.get(id)
        else:
            with pytest.raises(WrongMessageStatus) as caught:
                decide(any_crm, verb, id)
            details = caught.value.details
            assert (details["id"], details["status"]) == (id, before.status)
            assert details["verb"] == (verb if verb in ("cancel", "retry") else "resolve")
            assert before.status not in details["allowed"]
            assert any_crm.outbox.get(id) == before
        looked.append(id)

    bring_to(any_crm, status, contact, clock, during)
    [id] = looked[:1]
    after = any_crm.outbox.get(id).status
    if status in ("claimed", "sending"):
        assert after == MAY[verb].get(status, "sent")  # a claim that was cancelled is not sent


def test_a_mail_that_is_sent_again_starts_anew(any_crm: CRM, clock) -> None:
    """email.md: retry queues it for now; it is neither old nor given up at the next refusal."""
    [ana] = prepare(any_crm)
    id = any_crm.send_email("a", ana).id
    any_crm.deliver(Postman("permanent"))
    clock.move(days=30)
    assert any_crm.outbox.retry(id).ready_at == clock.now
    assert any_crm.deliver(Postman("temporary")).deferred == 1
    assert any_crm.outbox.get(id).attempts == 2


def test_a_retry_does_not_lift_a_suppression(any_crm: CRM) -> None:
    """T8: the list is looked at again at the moment of sending."""
    [ana] = prepare(any_crm)
    any_crm.unsubscribe(ana)
    any_crm.outbox.retry(any_crm.send_email("a", ana).id)
    assert any_crm.deliver(Postman()).suppressed == 1
    any_crm.resubscribe(ana)
    any_crm.outbox.retry(any_crm.outbox[0].id)
    assert any_crm.deliver(Postman()).sent == 1


@pytest.mark.parametrize("outcome", ["lost", None, 5, ["sent"]], ids=repr)
def test_outcomes_that_are_none(any_crm: CRM, outcome: object) -> None:
    """Section 9: sent or resend."""
    with pytest.raises(InvalidArgument) as caught:
        any_crm.outbox.resolve("x", outcome)
    assert caught.value.details["choices"] == ["sent", "resend"]


@pytest.mark.parametrize("verb", MAY)
def test_decisions_about_no_mail(any_crm: CRM, verb: str) -> None:
    """Section 9: MessageNotFound."""
    with pytest.raises(MessageNotFound):
        decide(any_crm, verb, "nobody")
    with pytest.raises(MessageNotFound):
        any_crm.outbox.attempts("nobody")


def test_what_is_held_back_is_given_up(any_crm: CRM) -> None:
    """email.md: of the two choices, send and cancel, the second; nothing else is touched."""
    any_crm.triggered_emails.save("a", subject="Hi", text="Hi")
    ana = any_crm.create_contact({"emails": [ANA]})
    for _ in range(3):
        any_crm.send_email("a", ana)
    assert any_crm.outbox.cancel_stale() == 0
    any_crm.deliver(Postman())
    new = any_crm.send_email("a", ana)
    assert any_crm.outbox.cancel_stale() == 3
    assert [(mail.status, mail.reason) for mail in any_crm.outbox[:3]] == [("cancelled", None)] * 3
    assert any_crm.outbox.get(new.id) == new
    assert any_crm.deliver(Postman(), include_stale=True).sent == 1


def test_attempts_tell_what_senders_said(any_crm: CRM, clock) -> None:
    """email.md: when, sender, stage, class, code and text of each, oldest first."""
    [ana] = prepare(any_crm)
    id = any_crm.send_email("a", ana).id
    details = {"stage": "rcpt", "smtp_code": 451, "enhanced_code": "4.2.1", "response": "451 later"}
    any_crm.deliver(Postman(TemporaryFailure("later", details=details), name="one:"))
    first = clock.now
    clock.move(minutes=2)
    any_crm.deliver(Postman(name="two:"))
    assert any_crm.outbox.attempts(id) == (
        Attempt(number=1, at=first, sender="one:", outcome="temporary", **details),
        Attempt(
            number=2,
            at=clock.now,
            sender="two:",
            outcome="sent",
            stage=None,
            smtp_code=None,
            enhanced_code=None,
            response="250 taken",
        ),
    )


def test_stats(any_crm: CRM, clock) -> None:
    """email.md: how much stands where, when there is something to do, and who is left alone."""
    [ana] = prepare(any_crm)
    assert any_crm.outbox.stats() == OutboxStats(
        by_status={}, due=0, stale=0, undecided=0, next_due=None, left_alone={}
    )
    ids = [any_crm.send_email("a", ana).id for _ in range(5)]
    at = clock.now + timedelta(days=9)
    any_crm.send_email("a", ana, send_at=at)
    any_crm.deliver(Postman("sent", "permanent", "uncertain", "temporary", "unavailable"))
    stats = any_crm.outbox.stats()
    assert stats.by_status == {"sent": 1, "failed": 1, "uncertain": 1, "queued": 3}
    assert (stats.due, stats.stale, stats.undecided) == (1, 0, 0)
    assert stats.next_due == any_crm.outbox.get(ids[4]).due_at
    assert stats.left_alone == {"postman:": clock.now + timedelta(seconds=30)}
    clock.move(minutes=15)
    any_crm.deliver(Postman("uncertain"))
    stats = any_crm.outbox.stats()
    assert stats.by_status == {"sent": 3, "failed": 1, "uncertain": 1, "queued": 1}
    assert (stats.due, stats.undecided, stats.next_due, stats.left_alone) == (0, 1, at, {})


def test_a_message_is_a_frozen_value(any_crm: CRM, mails: list) -> None:
    """T9: equal when read again, hashable, picklable, not to be changed."""
    mail = mails[0]
    assert pickle.loads(pickle.dumps(mail)) == mail == any_crm.outbox[0]
    assert len({mail, any_crm.outbox[0]}) == 1
    assert mail.variables == {"x": "é\n\"'"}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        mail.status = "sent"
    with pytest.raises(TypeError):
        mail.variables["x"] = "y"
