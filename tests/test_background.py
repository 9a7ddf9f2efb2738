"""background.py: delivery on a thread of its own (email.md)."""

from __future__ import annotations

import threading

import pytest
from delivery_fixtures import SHOP, Postman, prepare

from wixcrm_local import CRM, InvalidArgument

PATIENCE = 30  # seconds until a test fails; none waits so long
FOR_EVER = 3600
HUGE = pytest.param(10**5_000, id="huge")  # no float is so large


class SlowPostman(Postman):
    """Says when it is asked, and answers when it may."""

    def __init__(self, *answers: object) -> None:
        super().__init__(*answers)
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()

    def send(self, message):
        self.is_asked.set()
        assert self.may_answer.wait(PATIENCE)
        return super().send(message)


@pytest.fixture
def slow(open_crm, tmp_path, clock):
    """A sender that waits to be told, and a CRM with one mail for it."""
    postman = SlowPostman()
    path = tmp_path / "x.db"
    with open_crm(path, clock=clock, from_address=SHOP) as crm:
        [ana] = prepare(crm)
        crm.send_email("a", ana)
    with open_crm(path, clock=clock, sender=postman) as crm:
        yield crm, postman
        postman.may_answer.set()


def threads() -> list[str]:
    return [it.name for it in threading.enumerate() if it.name.startswith("wixcrm-local")]


def test_a_mail_is_delivered_by_the_thread(slow) -> None:
    """email.md: start_delivery runs deliver on a daemon thread; starting twice makes one."""
    crm, postman = slow
    crm.start_delivery(FOR_EVER)
    crm.start_delivery(FOR_EVER)
    assert postman.is_asked.wait(PATIENCE)
    assert threads().count("wixcrm-local delivery") == 1
    postman.may_answer.set()
    assert crm.stop_delivery(PATIENCE)
    assert crm.outbox[0].status == "sent"
    assert threads() == []


def test_stopping_waits_for_the_mail_in_hand(slow) -> None:
    """email.md: it ends after the mail in hand; False where that takes longer than it may."""
    crm, postman = slow
    crm.start_delivery(FOR_EVER)
    assert postman.is_asked.wait(PATIENCE)
    assert crm.stop_delivery(0.001) is False
    assert crm.outbox[0].status == "sending"
    postman.may_answer.set()
    assert crm.stop_delivery() is True  # there is none any more


def test_closing_ends_it(slow) -> None:
    """A2: a closed store leaves no thread behind."""
    crm, postman = slow
    postman.may_answer.set()
    crm.start_delivery(FOR_EVER)
    assert postman.is_asked.wait(PATIENCE)
    crm.close()
    crm.close()
    assert threads() == []


def test_a_sender_may_stop_its_own_thread(open_crm, tmp_path, clock) -> None:
    """Fault 36: what a sender calls does not wait for the sender."""
    stopped = threading.Event()

    def send(message):
        crm.stop_delivery()
        stopped.set()

    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        [ana] = prepare(crm)
        crm.send_email("a", ana)
        crm.send_email("a", ana)
    with open_crm(tmp_path / "x.db", clock=clock, sender=send) as crm:
        crm.start_delivery(FOR_EVER)
        assert stopped.wait(PATIENCE)
        for thread in threading.enumerate():
            if thread.name == "wixcrm-local delivery":
                thread.join(PATIENCE)
        assert [mail.status for mail in crm.outbox] == ["sent", "queued"]


def test_the_thread_outlives_what_goes_wrong(open_crm, tmp_path, clock) -> None:
    """Promise 6: a fault ends one delivery, and not the thread."""
    asked = threading.Semaphore(0)

    class Shy(Postman):
        """Cannot be opened: an error that no sender may raise."""

        def __enter__(self):
            asked.release()
            raise ZeroDivisionError

        def __exit__(self, *_):
            raise AssertionError

    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        [ana] = prepare(crm)
        crm.send_email("a", ana)
    # Time flies: each delivery comes after the breaker of the one before.
    with open_crm(tmp_path / "x.db", clock=lambda: clock.move(minutes=1), sender=Shy()) as crm:
        crm.start_delivery(0.001)
        assert asked.acquire(timeout=PATIENCE)
        assert asked.acquire(timeout=PATIENCE)
        assert crm.stop_delivery(PATIENCE)
        assert crm.outbox[0].status == "queued"
        assert crm.outbox[0].attempts == 0


@pytest.mark.parametrize(
    "interval",
    [0, -1, True, "30", None, float("nan"), float("inf"), 86_401, HUGE],
)
def test_intervals_that_are_none(open_crm, interval: object) -> None:
    """Section 9: seconds, more than none."""
    with open_crm(sender=Postman()) as crm, pytest.raises(InvalidArgument) as caught:
        crm.start_delivery(interval)
    assert caught.value.details == {"argument": "interval"}


def test_there_must_be_a_sender(crm: CRM) -> None:
    """email.md: nothing leaves the machine until a sender is configured."""
    with pytest.raises(InvalidArgument) as caught:
        crm.start_delivery()
    assert caught.value.details == {"argument": "sender"}
    assert crm.stop_delivery() is True
