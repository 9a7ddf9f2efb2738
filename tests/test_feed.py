"""What happened since a cursor (issue 6): whole, in order, each once, while others write."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from store_fixtures import info, run

from wixcrm_local import CRM, Event, PermanentFailure, errors, feed


def all_events(crm: CRM, cursor: str | None = None, limit: int = 100) -> list[Event]:
    found: list[Event] = []
    while True:
        page = crm.changes_since(cursor, limit)
        if not page.events:
            return found
        assert len(page.events) <= limit
        found += page.events
        cursor = page.next_cursor


def told(events: list[Event]) -> list[tuple[str, str | None]]:
    return [(event.kind, event.status or event.verb) for event in events]


@pytest.fixture
def busy(any_crm: CRM, clock) -> CRM:
    """A store in which a bit of everything happened, a second apart."""
    crm = any_crm

    def tick() -> None:
        clock.move(seconds=1)

    crm.triggered_emails.save("hi", subject="hi", text="hi", from_address="shop@b.com")
    ana = crm.create_contact(info("ana"))
    tick()
    crm.create_contact({**info("ana"), "firstName": "Ana"})
    tick()
    bea = crm.create_contact(info("bea"))
    tick()
    for id in (ana, bea):
        crm.email_contact("hi", id)
        tick()
    crm.unsubscribe(bea)
    tick()
    crm.outbox.cancel(crm.outbox[1].id)
    tick()
    crm.deliver(lambda message: None, include_stale=True)
    return crm


ORDER = [
    ("created", "create_contact"),
    ("updated", "create_contact"),
    ("created", "create_contact"),
    ("recorded", "send_email"),
    ("recorded", "send_email"),
    ("updated", "unsubscribe"),
    ("settled", "cancelled"),
    ("settled", "sent"),
]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_everything_is_told_once_and_in_order(busy, limit) -> None:
    """Issue 6: pages of any size put together are the whole."""
    events = all_events(busy, limit=limit)
    assert told(events) == ORDER
    ana, bea = (contact.id for contact in busy.iter_contacts())
    assert [event.contact_id for event in events] == [ana, ana, bea, ana, bea, bea, bea, ana]
    assert events[1].change_id == busy.history(ana)[1].id
    assert [event.message_id for event in events[3:5]] == [mail.id for mail in busy.outbox]


def test_now_tells_what_comes(busy) -> None:
    """Issue 6: who follows from now on needs no past."""
    cursor = busy.changes_since("now").next_cursor
    assert busy.changes_since(cursor).events == ()
    busy.create_contact(info("cy"))
    (event,) = busy.changes_since(cursor).events
    assert (event.kind, event.contact_id) == (
        "created",
        busy.find_contact(email="cy@example.com").id,
    )


def test_a_refused_mail_is_settled(crm) -> None:
    """email.md: failed, too, whoever finds out."""
    crm.triggered_emails.save("hi", subject="hi", text="hi", from_address="shop@b.com")
    crm.email_contact("hi", crm.create_contact(info("ana")))

    def refuse(message: object) -> None:
        raise PermanentFailure("550 no; look at it")

    crm.deliver(refuse, include_stale=True)
    assert told(all_events(crm))[-1] == ("settled", "failed")


def test_what_is_undone_is_never_told(any_crm) -> None:
    """Issue 6, A7: nor what is not stored yet, to others."""
    with suppress(ZeroDivisionError), any_crm.transaction():
        any_crm.create_contact(info("ana"))
        raise ZeroDivisionError
    assert all_events(any_crm) == []


def test_a_clock_that_goes_back_changes_no_order(crm, clock) -> None:
    """A6, fault 66: whatever an event is about was told before it."""
    crm.triggered_emails.save("hi", subject="hi", text="hi", from_address="shop@b.com")
    for name in ("ana", "bea", "cy"):
        id = crm.create_contact(info(name))
        clock.move(days=-1)
        crm.create_contact({**info(name), "firstName": name})
        crm.email_contact("hi", id)
    for limit in (1, 2, 100):
        seen: set[str] = set()
        for event in all_events(crm, limit=limit):
            assert (event.kind == "created") is (event.contact_id not in seen)
            seen.add(event.contact_id)
        assert len(seen) == 3


def test_numbers_that_are_given_again_hide_nobody(crm, clock) -> None:
    """Issue 6: after the newest contacts are gone, who gets their numbers is told."""
    for name in ("ana", "bea", "cy"):
        crm.create_contact(info(name))
        clock.move(seconds=1)
    cursor = crm.changes_since("now").next_cursor
    crm._store.write(lambda it: it.execute("DELETE FROM contacts WHERE contact_number > 1"))
    assert crm.changes_since(cursor).events == ()
    new = [crm.create_contact(info(name)) for name in ("dan", "eva", "fin")]
    assert [event.contact_id for event in all_events(crm, cursor)] == new


def test_nothing_is_missed_while_others_write(open_crm, tmp_path) -> None:
    """Issue 6: a follower beside four writers hears of each contact once."""
    path = tmp_path / "x.db"
    with CRM(path, durability="normal") as crm, CRM(path, durability="normal") as follower:

        def write(number: int) -> None:
            for place in range(25):
                crm.create_contact(info(f"{number}-{place}"))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        heard: list[str] = []
        cursor = None
        while any(thread.is_alive() for thread in threads):
            page = follower.changes_since(cursor, 7)
            heard += [event.contact_id for event in page.events]
            cursor = page.next_cursor
        heard += [event.contact_id for event in all_events(follower, cursor)]
        assert sorted(heard) == sorted(contact.id for contact in crm.iter_contacts())
        assert len(set(heard)) == 100


def test_another_process_goes_on_where_one_ended(open_crm, tmp_path) -> None:
    """Issue 6: a cursor is a text that any program can keep."""
    with open_crm(tmp_path / "x.db") as crm:
        crm.create_contact(info("ana"))
        cursor = crm.changes_since().next_cursor
        crm.create_contact(info("bea"))
        script = """
with CRM(path) as crm:
    for event in crm.changes_since(sys.argv[2]).events:
        tell(f"{event.kind} {event.contact_id}")
"""
        bea = crm.find_contact(email="bea@example.com")
        assert run(script, tmp_path / "x.db", cursor) == [f"created {bea.id}"]


@pytest.mark.parametrize("cursor", ["", "x", 5, "later", b"now"])
def test_what_is_no_cursor_is_refused(crm, cursor) -> None:
    """Issue 6: a documented error; so is the cursor of a query, and a limit that is none."""
    with pytest.raises(errors.InvalidArgument):
        crm.changes_since(cursor)
    for name in ("ana", "bea"):
        crm.create_contact(info(name))
    with pytest.raises(errors.InvalidArgument):
        crm.changes_since(crm.query_contacts(limit=1).next_cursor)
    for limit in (0, feed.MOST + 1, True, "5"):
        with pytest.raises(errors.InvalidArgument):
            crm.changes_since(None, limit)
