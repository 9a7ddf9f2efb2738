"""Callbacks that are told what was stored (issue 6): after the commit, and harming nothing."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any

import pytest
from store_fixtures import info

from wixcrm_local import CRM, AsyncCRM, Event, errors


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def test_a_callback_hears_what_is_stored_from_now_on(any_crm: CRM) -> None:
    """Issue 6: in order; what was before, and what is undone, is not told."""
    any_crm.create_contact(info("before"))
    heard: list[Event] = []
    with any_crm.subscribe(heard.append):
        id = any_crm.create_contact(info("ana"))
        with suppress(ZeroDivisionError), any_crm.transaction():
            any_crm.create_contact(info("undone"))
            raise ZeroDivisionError
        any_crm.create_contact({**info("ana"), "firstName": "Ana"})
    any_crm.create_contact(info("after"))
    assert [(event.kind, event.contact_id) for event in heard] == [("created", id), ("updated", id)]


def test_nothing_is_told_before_its_commit(any_crm: CRM) -> None:
    """Issue 6: a callback finds in the store what it is told of."""
    found: list[object] = []
    subscription = any_crm.subscribe(
        lambda event: found.append(any_crm.get_contact(event.contact_id).id)
    )
    with any_crm.transaction():
        ids = [any_crm.create_contact(info(name)) for name in ("ana", "bea")]
        assert found == []
    subscription.close()
    assert found == ids


def test_a_callback_may_write(any_crm: CRM) -> None:
    """Issue 6: it runs outside all transactions, and hears of its own writes."""
    heard: list[str] = []
    enough = threading.Event()

    def mark(event: Event) -> None:
        heard.append(event.kind)
        if event.kind == "created":
            any_crm.unsubscribe(event.contact_id)
        else:
            enough.set()

    with any_crm.subscribe(mark):
        any_crm.create_contact(info("ana"))
        assert enough.wait(20)
    assert heard == ["created", "updated"]


def test_a_callback_that_fails_harms_nothing(any_crm: CRM, caplog) -> None:
    """Issue 6: it is logged without anybody's data, and the others go on."""
    heard: list[Event] = []
    with (
        caplog.at_level(logging.WARNING, "wixcrm_local"),
        any_crm.subscribe(lambda event: 1 / 0),
        any_crm.subscribe(heard.append),
    ):
        any_crm.create_contact(info("ana"))
        any_crm.create_contact(info("bea"))
    assert kinds(heard) == ["created", "created"]
    said = [record.getMessage() for record in caplog.records]
    assert said == ["a subscriber failed on created: ZeroDivisionError"] * 2


def test_closing_the_store_tells_the_rest(tmp_path) -> None:
    """Issue 6: what was stored before the end is told, and the thread ends."""
    heard: list[Event] = []
    before = threading.active_count()
    with CRM(tmp_path / "x.db") as crm:
        crm.subscribe(heard.append)
        crm.create_contact(info("ana"))
    assert kinds(heard) == ["created"]
    assert threading.active_count() == before


def test_a_callback_may_end_its_own_subscription(any_crm: CRM) -> None:
    """Issue 6: closing twice, and from inside, is fine."""
    heard: list[Event] = []
    ended = threading.Event()

    def once(event: Event) -> None:
        heard.append(event)
        subscription.close()
        ended.set()

    subscription = any_crm.subscribe(once)
    any_crm.create_contact(info("ana"))
    assert ended.wait(20)
    any_crm.create_contact(info("bea"))
    subscription.close()
    assert kinds(heard) == ["created"]


def test_reading_tells_nobody(any_crm: CRM) -> None:
    """Issue 6: in memory a read is a transaction, too, and wakes no subscriber."""
    woken: list[object] = []
    any_crm.create_contact(info("ana"))
    any_crm._store.listeners.add(lambda: woken.append(1))
    any_crm.create_contact(info("bea"))
    count = len(woken)
    for _ in range(3):
        any_crm.count_contacts()
        any_crm.search_contacts("ana")
    assert len(woken) == count == 1


def test_what_can_not_be_called_is_refused(crm: CRM) -> None:
    """Issue 6: a documented error, and no thread."""
    with pytest.raises(errors.InvalidArgument):
        crm.subscribe("x")  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument, match="interval"):
        crm.subscribe(print, interval=0)


def test_what_other_programs_stored_is_told_without_a_commit_of_ones_own(tmp_path) -> None:
    """Issue 6: a window that only looks hears of what another one stored."""
    heard: list[Event] = []
    told = threading.Event()

    def hear(event: Event) -> None:
        heard.append(event)
        told.set()

    with CRM(tmp_path / "x.db") as window, window.subscribe(hear, interval=0.01):
        with CRM(tmp_path / "x.db") as other:
            id = other.create_contact(info("ana"))
        assert told.wait(20)
    assert [(event.kind, event.contact_id) for event in heard] == [("created", id)]


async def test_the_event_loop_calls_and_awaits(tmp_path) -> None:
    """A2: on AsyncCRM, plain and coroutine functions run on the loop's thread."""
    import asyncio

    here = threading.get_ident()
    heard: list[Any] = []
    both = asyncio.Event()

    def plain(event: Event) -> None:
        heard.append((event.kind, threading.get_ident() == here))

    async with AsyncCRM(tmp_path / "x.db") as crm:

        async def awaited(event: Event) -> None:
            await crm.get_contact(event.contact_id)
            plain(event)
            both.set()

        await crm.subscribe(plain)
        await crm.subscribe(awaited)
        await crm.create_contact(info("ana"))
        await asyncio.wait_for(both.wait(), 20)
        with pytest.raises(errors.InvalidArgument):
            await crm.subscribe(5)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert heard == [("created", True)] * 2
