"""guards.py: what is held back, and when a sender is left alone (email.md)."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

from conftest import counting_ids
from delivery_fixtures import SHOP, Postman, prepare, statuses

from wixcrm_local import CRM
from wixcrm_local.senders import AllowListSender, ConsoleSender, TeeSender

# The breaker.


def test_a_breaker_waits_longer_each_time(open_crm, tmp_path, clock) -> None:
    """email.md: 30 s · 2ⁿ up to 15 min, kept in the file, by the sender's name."""
    path = tmp_path / "x.db"
    ids = counting_ids()
    for waits in (30, 60, 120, 240, 480, 900, 900):
        with open_crm(path, clock=clock, new_id=ids) as crm:
            if waits == 30:
                [ana] = prepare(crm)
                crm.send_email("a", ana)
            report = crm.deliver(Postman("unavailable"))
            assert report.next_due == clock.now + timedelta(seconds=waits)
        with open_crm(path, clock=clock, new_id=ids) as crm:
            clock.move(seconds=waits, microseconds=-1)
            shut = Postman()
            assert "left alone" in crm.deliver(shut).unavailable
            assert shut.asked == []
            clock.move(microseconds=1)
    with open_crm(path, clock=clock, new_id=ids) as crm:
        assert crm.deliver(Postman("unavailable"), limit=1).sent == 0
        assert crm.deliver(Postman(name="another:")).sent == 1
        [ana] = [it.id for it in crm.iter_contacts()]
        crm.send_email("a", ana)
        clock.move(minutes=15)
        assert crm.deliver(Postman()).sent == 1
        crm.send_email("a", ana)
        report = crm.deliver(Postman("unavailable"))
        assert report.next_due == clock.now + timedelta(seconds=30)  # it was reached: from anew


def test_many_that_find_one_sender_shut_count_once(any_crm: CRM, clock) -> None:
    """email.md: programs that fail at the same moment do not double the wait among them."""
    [ana] = prepare(any_crm)
    for _ in range(3):
        any_crm.send_email("a", ana)

    def fails_while_others_fail():
        any_crm.deliver(Postman("unavailable"), limit=1)
        return "unavailable"

    any_crm.deliver(Postman(fails_while_others_fail), limit=1)
    assert any_crm.outbox.stats().left_alone == {"postman:": clock.now + timedelta(seconds=30)}


def test_a_breaker_of_another_year_is_none(any_crm: CRM, clock) -> None:
    """Fault 66: after the clock went back, nobody waits until the time it showed."""
    [ana] = prepare(any_crm)
    clock.move(days=5000)
    any_crm.send_email("a", ana)
    any_crm.deliver(Postman("unavailable"))
    clock.move(days=-5000)
    any_crm.send_email("a", ana)
    assert any_crm.deliver(Postman()).sent == 1


# The stale guard.


def test_what_was_recorded_before_the_first_delivery_is_held_back(any_crm: CRM, clock) -> None:
    """email.md: whatever its age; a prototype's test mail is never blasted out."""
    any_crm.triggered_emails.save("a", subject="Hi", text="Hi")
    ana = any_crm.create_contact({"emails": ["ana@example.com"]})
    any_crm.send_email("a", ana)
    any_crm.send_email("a", ana, send_at=clock.now + timedelta(days=2))
    postman = Postman()
    report = any_crm.deliver(postman)
    assert (report.stale, report.waiting, report.next_due) == (2, 0, None)
    assert {(it.status, it.reason, it.due_at) for it in any_crm.outbox} == {
        ("queued", "stale", None)
    }
    clock.move(days=1)
    any_crm.send_email("a", ana)
    assert any_crm.deliver(postman).sent == 1
    assert any_crm.deliver(postman, include_stale=True).sent == 1  # not before its time
    clock.move(days=1)
    assert any_crm.deliver(postman).stale == 1
    assert any_crm.deliver(postman, include_stale=True).sent == 1


def test_what_waited_for_a_day_without_a_sender_is_held_back(any_crm: CRM, clock) -> None:
    """email.md: over 24 h; a day of tries is no day without a sender."""
    [ana] = prepare(any_crm)
    old = any_crm.send_email("a", ana)
    for_then = any_crm.send_email("a", ana, send_at=clock.now + timedelta(hours=2))
    clock.move(hours=24)
    new = any_crm.send_email("a", ana)
    postman = Postman("temporary")
    report = any_crm.deliver(postman, limit=1)
    assert report.stale == 1
    assert any_crm.outbox.get(old.id).reason == "stale"
    assert [mail.id for mail in postman.asked] == [for_then.id]
    clock.move(hours=25)
    assert any_crm.deliver(postman).stale == 2
    assert any_crm.outbox.get(new.id).reason == "stale"
    assert any_crm.outbox.get(for_then.id).status == "sent"  # tried before: meant to go


def test_an_outage_makes_nothing_stale(any_crm: CRM, clock) -> None:
    """email.md: `without a sender` means that nobody delivered, not that nobody was reached."""
    [ana] = prepare(any_crm)
    any_crm.send_email("a", ana)
    for _ in range(48):
        clock.move(hours=1)
        assert any_crm.deliver(Postman("unavailable")).stale == 0
    clock.move(hours=1)
    assert any_crm.deliver(Postman()).sent == 1


def test_what_is_given_back_is_held_back_as_before(any_crm: CRM, clock) -> None:
    """email.md: never without include_stale, though a delivery with it was begun in vain."""
    any_crm.triggered_emails.save("a", subject="Hi", text="Hi")
    ana = any_crm.create_contact({"emails": ["ana@example.com"]})
    for _ in range(3):
        any_crm.send_email("a", ana)
    report = any_crm.deliver(Postman("sent", "unavailable"), include_stale=True)
    assert (report.sent, report.stale, report.waiting) == (1, 2, 0)
    clock.move(hours=1)
    assert any_crm.deliver(Postman()).sent == 0
    assert any_crm.deliver(Postman(), include_stale=True).sent == 2


def test_a_crm_with_a_sender_sends_nothing_old(open_crm, tmp_path, clock) -> None:
    """email.md: its first mail is the file's first delivery; what was there before is stale."""
    postman, options = Postman(), {"clock": clock, "new_id": counting_ids()}
    with open_crm(tmp_path / "x.db", sender=postman, **options) as sending:
        with open_crm(tmp_path / "x.db", **options) as crm:
            crm.triggered_emails.save("a", subject="Hi", text="Hi")
            ana = crm.create_contact({"emails": ["ana@example.com"]})
            crm.send_email("a", ana)
        assert sending.send_email("a", ana).status == "sent"
        assert sending.deliver().stale == 1
        assert len(postman.asked) == 1


def test_showing_mails_is_no_delivery(any_crm: CRM, clock) -> None:
    """email.md: `console:` sends nothing, so that the guard still stands when a server comes."""
    any_crm.triggered_emails.save("a", subject="Hi", text="Hi", from_address=SHOP)
    ana = any_crm.create_contact({"emails": ["ana@example.com"]})
    any_crm.send_email("a", ana)
    shown = StringIO()
    for console in (ConsoleSender(shown), AllowListSender(["example.com"], ConsoleSender(shown))):
        assert any_crm.deliver(console).sent == 1
        any_crm.send_email("a", ana)
    assert shown.getvalue().count("Subject: Hi") == 2
    both = TeeSender(ConsoleSender(shown), Postman())  # which sends
    assert (any_crm.deliver(both).sent, any_crm.deliver(Postman()).stale) == (0, 1)
    any_crm.send_email("a", ana)
    assert any_crm.deliver(Postman()).sent == 1


def test_a_crm_that_shows_its_mails_holds_nothing_back(open_crm, tmp_path, clock) -> None:
    """email.md: the same of a CRM whose own sender it is."""
    options = {"clock": clock, "from_address": SHOP, "new_id": counting_ids()}
    with open_crm(tmp_path / "x.db", **options) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        crm.send_email("a", ana)
    with open_crm(tmp_path / "x.db", sender=ConsoleSender(StringIO()), **options) as crm:
        assert crm.send_email("a", ana).status == "sent"
        assert statuses(crm) == ["queued", "sent"]
    with open_crm(tmp_path / "x.db", **options) as crm:
        assert crm.deliver(Postman()).stale == 1


def test_an_idle_delivery_writes_nothing(open_crm, tmp_path, clock) -> None:
    """email.md: polling is cheap; the time of a delivery is noted now and then."""
    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        [ana] = prepare(crm)
        crm.send_email("a", ana, send_at=clock.now + timedelta(days=9))
        log = tmp_path / "x.db-wal"
        before = log.read_bytes()
        for _ in range(9):
            clock.move(minutes=1)
            crm.deliver(Postman())
        assert log.read_bytes() == before
        clock.move(minutes=1)
        crm.deliver(Postman())
        assert log.read_bytes() != before
