"""The outbox as callers read it, and the values it holds (message.py, mail_rows.py)."""

from __future__ import annotations

import pickle

import attrs
import pytest

from wixcrm_local import CRM, InvalidArgument, MessageNotFound, OutboxMessage

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
