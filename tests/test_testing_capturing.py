"""Mails of a whole process are captured (issue 5, 2): nothing leaves, and all is put back."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from wixcrm_local import (
    CRM,
    AsyncCRM,
    EmailNotSent,
    FromAddressMissing,
    InvalidArgument,
    watching,
)
from wixcrm_local.senders import MemorySender, RedirectSender, SMTPSender, TeeSender
from wixcrm_local.senders.contract import sample_message
from wixcrm_local.testing import CRMForTests, FailingSender, capture_emails

ANA = "ana@example.com"


class Outside:
    """A sender that would let mails out; it notes each touch."""

    def __init__(self, from_address: str | None = "shop@example.com") -> None:
        self.from_address = from_address
        self.touched: list[str] = []

    name = "outside:"

    def __enter__(self) -> None:
        self.touched.append("opened")

    def __exit__(self, *_: object) -> None:
        self.touched.append("closed")

    def send(self, message: object) -> None:
        self.touched.append("sent")


def sign_up(path: object, sender: object, name: str = "ana", **options: object) -> None:
    """Code under test, which makes a CRM of its own."""
    with CRM(path, sender=sender, durability="normal", **options) as crm:  # type: ignore[arg-type]
        crm.triggered_emails.save("welcome", subject="Hi ${n}", text="Hi", variables={"n": "-"})
        id = crm.create_contact({"emails": [f"{name}@example.com"]})
        crm.emailContact("welcome", id, {"variables": {"n": name}})


def put_back() -> bool:
    return watching.watchers == ()


def test_nothing_leaves_and_all_is_recorded() -> None:
    """Issue 5, 2: code that makes its own CRM with a real sender asks no server; the mail counts
    as sent, and stands in the list when its store is long closed."""
    sender = SMTPSender.from_url("smtps://shop@mail.invalid", password="x", from_address=ANA)
    with capture_emails() as emails:
        sign_up(":memory:", sender)
        assert len(emails) == 1
    message = emails.assert_sent(to="ana@example.com", email_id="welcome", variables={"n": "ana"})
    assert (message.status, emails[0], list(emails), len(emails)) == ("sent", message, [message], 1)
    assert emails[-1:] == (message,)
    assert put_back()


def test_the_sender_is_not_even_opened(tmp_path: Path) -> None:
    """Issue 5, 2: by no way into it: one call, a transaction, `deliver`, a wrapper, a thread."""
    sender = Outside()
    with capture_emails() as emails:
        sign_up(tmp_path / "x.db", sender)
        sign_up(":memory:", RedirectSender("me@example.com", sender))
        sign_up(":memory:", TeeSender(sender, MemorySender()))
        with CRM(tmp_path / "x.db", sender=sender) as crm:
            id = crm.find_contact(email="ana@example.com").id  # type: ignore[union-attr]
            with crm.transaction():
                crm.emailContact("welcome", id)
        with CRM(tmp_path / "x.db") as crm:
            crm.emailContact("welcome", id)
            assert crm.deliver(sender).sent == 1
            crm.emailContact("welcome", id)
            thread = threading.Thread(target=crm.deliver, args=(sender,))
            thread.start()
            thread.join()
    assert sender.touched == []
    assert [it.status for it in emails] == ["sent"] * 6
    sign_up(":memory:", sender)
    assert sender.touched == ["opened", "sent", "closed"]
    assert len(emails) == 6


def test_a_crm_that_was_made_before_is_captured_too(tmp_path: Path) -> None:
    """Issue 5, 2: what counts is when a mail is handed over, so one that waited is there, too."""
    sender = Outside()
    with CRM(tmp_path / "x.db", from_address="a@example.com") as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        id = crm.create_contact({"emails": ["ana@example.com"]})
        crm.emailContact("hi", id)
        crm.emailContact("hi", id)
        with capture_emails() as emails:
            emails.assert_nothing_sent()
            assert crm.deliver(sender, limit=1, include_stale=True).sent == 1
            emails.only(to="ana@example.com")
        crm.deliver(sender, include_stale=True)
    assert sender.touched == ["opened", "sent", "closed"]
    emails.only()


def test_mails_without_a_sender_are_recorded_as_they_stand() -> None:
    """T10: a mail of the default sender counts as sent, and is queued; what became of it later is
    seen, until its store is closed."""
    with CRM() as crm, capture_emails() as emails:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.emailContact("hi", crm.create_contact({"emails": ["ana@example.com"]}))
        assert emails.only().status == "queued"
        crm.outbox.cancel(crm.outbox[0].id)
        emails.assert_nothing_sent()
        crm.outbox.retry(crm.outbox[0].id)
    assert emails.only().status == "queued"


def test_what_a_transaction_undid_was_not_sent() -> None:
    """T9: a mail that was undone with its transaction is not in the list."""
    with capture_emails() as emails:
        with CRM() as crm:
            crm.triggered_emails.save("hi", subject="Hi", text="Hi")
            id = crm.create_contact({"emails": ["ana@example.com"]})
            with suppress(RuntimeError), crm.transaction():
                crm.emailContact("hi", id)
                raise RuntimeError
        emails.assert_nothing_sent()
    assert list(emails) == []


def test_a_store_that_is_never_closed_is_read_at_the_end() -> None:
    """Issue 5, 2: code that forgets its store loses no mail of the list."""

    def forget() -> None:
        crm = CRM()
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.emailContact("hi", crm.create_contact({"emails": ["ana@example.com"]}))

    with capture_emails() as emails:
        forget()
    emails.only(to="ana@example.com")


def test_two_stores_with_the_same_ids_are_two() -> None:
    """Issue 5, 2: a mail is known by its store and its id, and a file by its path."""
    with capture_emails() as emails:
        for name in ("ana", "bo"):
            sign_up(":memory:", None, name, new_id=iter("12").__next__)
    assert [message.to for message in emails] == ["ana@example.com", "bo@example.com"]
    assert [message.id for message in emails] == ["2", "2"]


def test_senders_that_keep_mails_in_memory_are_asked() -> None:
    """Issue 5, 2: a test's own MemorySender and FailingSender do what they are for."""
    inbox = MemorySender(from_address="a@example.com")
    with capture_emails() as emails:
        sign_up(":memory:", inbox)
        with pytest.raises(EmailNotSent):
            sign_up(":memory:", FailingSender("permanent"), "bo")
    assert len(inbox.messages) == 1
    assert [message.status for message in emails] == ["sent", "failed"]
    emails.only(to="ana@example.com")


def test_a_crm_of_the_kit_fails_inside_too() -> None:
    """Issue 5, 2: `fail_next` comes before the capture; after it the sender is not asked."""
    sender = Outside()
    with capture_emails() as emails, CRMForTests(sender=sender) as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        id = crm.create_contact({"emails": ["ana@example.com"]})
        crm.fail_next("emailContact", "permanent")
        with pytest.raises(EmailNotSent):
            crm.emailContact("hi", id)
        crm.emailContact("hi", id)
        assert [message.status for message in emails] == ["failed", "sent"]
    assert sender.touched == []


def test_what_a_real_sender_could_not_take_is_refused() -> None:
    """FromAddressMissing: a capture hides no mistake that a server would show."""
    with capture_emails() as emails, pytest.raises(FromAddressMissing):
        sign_up(":memory:", Outside(from_address=None))
    assert list(emails) == []
    with CRM() as crm, capture_emails():
        stand_in: Any = watching.stand_in(crm._context, Outside(from_address=None))
        with pytest.raises(FromAddressMissing):
            stand_in.send(sample_message(from_address=None))
        assert stand_in.send(sample_message()).sender == "outside:"


def test_captures_can_be_nested() -> None:
    """Issue 5, 2: each has the mails of those inside it; the end of one ends no other."""
    sender = Outside()
    with capture_emails() as outer:
        sign_up(":memory:", sender, "ana")
        with capture_emails() as inner:
            sign_up(":memory:", sender, "bo")
        sign_up(":memory:", sender, "cy")
    assert [message.to[:2] for message in inner] == ["bo"]
    assert [message.to[:2] for message in outer] == ["an", "bo", "cy"]
    assert sender.touched == []
    first, second = capture_emails(), capture_emails()
    with first as early:
        late = second.__enter__()
    sign_up(":memory:", sender)  # the second one's end is yet to come
    assert sender.touched == []
    assert (len(early), len(late)) == (0, 1)
    second.__exit__(None, None, None)
    assert put_back()


def test_one_capture_can_be_begun_again() -> None:
    """Issue 5, 2: each time with a list of its own."""
    capture = capture_emails()
    with capture as first:
        sign_up(":memory:", None)
        with capture as second:
            pass
    assert (len(first), len(second)) == (1, 0)
    assert put_back()


def test_an_error_ends_it() -> None:
    """Issue 5, 2: whatever is raised inside, all is put back."""
    with pytest.raises(RuntimeError), capture_emails():
        raise RuntimeError
    assert put_back()


def test_it_decorates_functions_and_coroutine_functions() -> None:
    """Issue 5, 2: while the function runs, and no longer; a coroutine to its end."""
    sender = Outside()

    @capture_emails()
    def plain(name: str) -> str:
        """Its words."""
        sign_up(":memory:", sender, name)
        return name

    @capture_emails()
    async def awaited() -> int:
        await asyncio.sleep(0)
        sign_up(":memory:", sender)
        return 7

    assert (plain("ana"), plain.__doc__, plain.__name__) == ("ana", "Its words.", "plain")
    assert asyncio.run(awaited()) == 7
    assert sender.touched == []
    assert put_back()


def test_what_would_end_before_it_has_begun_is_refused() -> None:
    """Issue 5, 2: a class or a generator would be captured for no time at all."""

    def generator() -> object:
        yield

    async def asynchronous() -> object:
        yield

    for function in (generator, asynchronous, Outside):
        with pytest.raises(InvalidArgument, match="with capture_emails"):
            capture_emails()(function)


def test_many_threads_are_captured() -> None:
    """Issue 5, 2: mails of any thread are there, each once, and nothing waits for the other."""
    sender = Outside()
    with capture_emails() as emails:
        names = [f"n{number}" for number in range(8)]
        threads = [
            threading.Thread(target=sign_up, args=(":memory:", sender, name)) for name in names
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            list(emails)  # looked at meanwhile
        for thread in threads:
            thread.join()
    assert sorted(message.to for message in emails) == [f"{name}@example.com" for name in names]
    assert sender.touched == []


def test_looking_waits_for_no_lock_that_a_transaction_needs() -> None:
    """Issue 5, 2: while a look waits for another thread's transaction, that one can go on."""
    with CRM(busy_timeout=20) as crm, capture_emails() as emails:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        id = crm.create_contact({"emails": ["ana@example.com"]})
        crm.emailContact("hi", id)
        seen: list[int] = []
        looking = threading.Thread(target=lambda: seen.append(len(emails)))
        with crm.transaction():
            looking.start()
            crm.emailContact("hi", id)  # notes a mail, while the look waits
        looking.join(10)
        assert seen in ([1], [2])


async def test_the_awaitable_door_is_captured() -> None:
    """Issue 5, 2: mails of AsyncCRM, whose verbs run on other threads."""
    sender = Outside()
    with capture_emails() as emails:
        async with AsyncCRM(sender=sender) as crm:
            await crm.triggered_emails.save("hi", subject="Hi", text="Hi")
            id = await crm.create_contact({"emails": ["ana@example.com"]})
            await crm.emailContact("hi", id)
    emails.only(to="ana@example.com")
    assert sender.touched == []


def test_a_file_that_is_gone_keeps_its_mails(tmp_path: Path) -> None:
    """Issue 5, 2: the mails of a store that can't be read any more stand as they were seen last."""
    with capture_emails() as emails:
        crm = CRM(tmp_path / "x.db")
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.emailContact("hi", crm.create_contact({"emails": ["ana@example.com"]}))
        crm._store.close()  # as when it was deleted: nobody is told
    emails.only(to="ana@example.com")
