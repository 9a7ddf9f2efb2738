"""Senders around senders: tee, redirect and allow-list."""

from __future__ import annotations

import email
import email.policy
import logging
from typing import Any, Self

import attrs
import pytest

from wixcrm_local import (
    InvalidArgument,
    OutboxMessage,
    PermanentFailure,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders import (
    AllowListSender,
    MemorySender,
    OutboxSender,
    Receipt,
    RedirectSender,
    TeeSender,
    as_sender,
)
from wixcrm_local.senders.contract import sample_message


def failing(error: Exception) -> Any:
    def fail(message: OutboxMessage) -> None:
        raise error

    return as_sender(fail)


class Watched:
    """A sender that notes how it is used, and has time-outs."""

    from_address = "watched@example.com"

    def __init__(self, notes: list[str], timeouts: object = None) -> None:
        self.notes, self.timeouts = notes, timeouts

    name = "watched:"

    def within(self, timeouts: Any) -> Watched:
        return Watched(self.notes, timeouts)

    def __enter__(self) -> Self:
        self.notes.append("enter")
        return self

    def __exit__(self, *_: object) -> None:
        self.notes.append("leave")

    def send(self, message: OutboxMessage) -> Receipt:
        self.notes.append(f"send {self.timeouts}")
        return Receipt(sender=self.name, response="250 Ok")


WRAPPERS = [
    lambda sender: TeeSender(sender),
    lambda sender: RedirectSender("qa@example.com", sender),
    lambda sender: AllowListSender(["example.com"], sender),
    lambda sender: RedirectSender("qa@example.com", AllowListSender(["example.com"], sender)),
]


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_a_wrapper_lends_the_batch_the_from_and_the_times(wrap: Any) -> None:
    """email.md: a connection is kept over a batch, wrapped or not."""
    notes: list[str] = []
    sender = wrap(Watched(notes))
    with sender as opened:
        assert opened is sender
        receipt = sender.send(sample_message())
    quick = sender.within(5)
    quick.send(sample_message())
    sender.send(sample_message())
    assert notes == ["enter", "send None", "leave", "send 5", "send None"]
    assert sender.from_address == "watched@example.com"
    assert receipt == Receipt(sender=sender.name, response="250 Ok")
    assert quick.name == sender.name
    assert "watched:" in repr(sender)
    assert wrap(MemorySender()).within(5).send(sample_message())


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_a_wrapper_takes_any_callable_and_refuses_what_is_none(wrap: Any) -> None:
    """email.md: any callable of one argument is a sender, also inside."""
    taken: list[OutboxMessage] = []
    wrap(taken.append).send(sample_message())
    assert len(taken) == 1
    with pytest.raises(InvalidArgument, match=r"^sender "):
        wrap(None)


# Tee.


def test_the_first_of_a_tee_decides() -> None:
    """A copy that fails is named, and the mail is not sent a second time for it."""
    real, copy = MemorySender(), MemorySender()
    receipt = TeeSender(real, OutboxSender(), failing(ValueError("s3cret")), copy).send(
        sample_message()
    )
    assert (len(real.messages), len(copy.messages)) == (1, 1)
    assert "no copy for outbox: (SENDER_UNAVAILABLE)" in receipt.response
    assert "(UNCERTAIN_DELIVERY)" in receipt.response
    assert "s3cret" not in receipt.response


@pytest.mark.parametrize("kind", [TemporaryFailure, PermanentFailure, UncertainDelivery])
def test_what_the_first_did_not_take_is_not_copied(kind: type[Exception]) -> None:
    """The archive holds what was sent, once, however often it was tried."""
    copy = MemorySender()
    with pytest.raises(kind):
        TeeSender(failing(kind("no; try again")), copy).send(sample_message())
    assert copy.messages == []


def test_a_copy_that_fails_is_logged_without_an_address(caplog: pytest.LogCaptureFixture) -> None:
    """The log holds ids, never an address or a name."""
    message = sample_message()
    with caplog.at_level(logging.INFO, "wixcrm_local"):
        TeeSender(MemorySender(), OutboxSender()).send(message)
    assert message.id in caplog.text
    assert "ana@" not in caplog.text


# Redirect.


def test_a_redirected_mail_has_one_recipient_and_it_is_not_the_contact() -> None:
    """email.md: a test never reaches a customer; whom it was for stands in the subject."""
    kept = MemorySender()
    message = sample_message(to="ana@example.com", to_name="Ana, <ana@example.com>", subject="Hi")
    RedirectSender("QA@Bücher.example", kept).send(message)
    (sent,) = kept.messages
    assert sent.envelope().recipient == "QA@xn--bcher-kva.example"
    read = email.message_from_bytes(sent.as_bytes(), policy=email.policy.default)
    assert [it.addr_spec for it in read["To"].addresses] == ["QA@xn--bcher-kva.example"]
    assert read["Subject"] == "[for ana@example.com] Hi"
    for name, value in read.items():
        assert name == "Subject" or "ana@" not in value
    assert (
        attrs.evolve(sent, to=message.to, to_name=message.to_name, subject=message.subject)
        == message
    )


def test_a_redirected_mail_is_the_same_bytes_at_every_try() -> None:
    """RFC 5322: a retry is byte for byte the same message."""
    kept, message = MemorySender(), sample_message()
    sender = RedirectSender("qa@example.com", kept)
    sender.send(message)
    sender.send(message)
    assert kept.messages[0].as_bytes() == kept.messages[1].as_bytes()


def test_a_dead_address_of_the_redirection_is_not_the_contact_s() -> None:
    """email.md: an address is suppressed where it is dead, and this was another one."""
    dead = PermanentFailure("no such mailbox", details={"suppress": True, "smtp_code": 550})
    with pytest.raises(PermanentFailure) as caught:
        RedirectSender("qa@example.com", failing(dead)).send(sample_message())
    assert caught.value.details == {"smtp_code": 550}


@pytest.mark.parametrize("to", ["", "qa", None, "a@example.com, b@example.com", "a@b.com\r\nx"])
def test_a_redirection_goes_to_one_address(to: Any) -> None:
    """Errors name the argument and the remedy."""
    with pytest.raises(InvalidArgument, match=r"^to ") as caught:
        RedirectSender(to, MemorySender())
    assert caught.value.details == {"argument": "to"}


# Allow-list.


@pytest.mark.parametrize(
    ("allowed", "to"),
    [
        ("ana@example.com", "Ana@EXAMPLE.com"),
        ("Ana@Example.com", "ana@example.com"),
        ("example.com", "any+one@example.com"),
        ("@Example.com", "ana@example.com"),
        ("bücher.example", "ana@xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "ana@BÜCHER.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("localhost", "root@localhost"),
    ],
)
def test_who_is_on_the_list_gets_mail(allowed: str, to: str) -> None:
    """E2: compared by match key, the domain as A-label."""
    kept = MemorySender()
    AllowListSender([allowed], kept).send(sample_message(to=to))
    assert [it.to for it in kept.messages] == [to]


@pytest.mark.parametrize(
    ("allowed", "to"),
    [
        (["example.com"], "ana@mail.example.com"),
        (["example.com"], "ana@badexample.com"),
        (["example.com"], "example.com@evil.example"),
        (["ana@example.com"], "bo@example.com"),
        (["ana@example.com"], "ana+tag@example.com"),
        ([], "ana@example.com"),
    ],
)
def test_nobody_else_gets_mail(allowed: list[str], to: str) -> None:
    """email.md: a refusal for good, which says why and asks for no suppression."""
    kept = MemorySender()
    with pytest.raises(PermanentFailure, match="allow-list") as caught:
        AllowListSender(allowed, kept).send(sample_message(to=to))
    assert caught.value.details["reason"] == "not_allowed"
    assert "suppress" not in caught.value.details
    assert to not in caught.value.message
    assert kept.messages == []


@pytest.mark.parametrize(
    "allowed",
    ["example.com", "", None, 5, [5], [""], ["@"], ["*.example.com"], ["nodot"], ["a b@c.d"]],
)
def test_an_allow_list_is_a_list_of_addresses_and_domains(allowed: Any) -> None:
    """A text in place of a list would allow letters; nothing is guessed."""
    with pytest.raises(InvalidArgument, match=r"^allowed ") as caught:
        AllowListSender(allowed, MemorySender())
    assert "pass a list such as" in caught.value.message


def test_behind_a_redirection_the_list_sees_the_new_address() -> None:
    """Each wrapper looks at what it is handed: the order is the caller's."""
    kept = MemorySender()
    RedirectSender("qa@example.org", AllowListSender(["example.org"], kept)).send(sample_message())
    assert len(kept.messages) == 1
    with pytest.raises(PermanentFailure):
        AllowListSender(["example.org"], RedirectSender("qa@example.org", kept)).send(
            sample_message()
        )


def test_a_wrapped_function_needs_no_address(open_crm) -> None:
    """email.md: what a sender asks for is what the one inside asks for."""
    taken: list[OutboxMessage] = []
    assert not hasattr(RedirectSender("me@example.com", taken.append), "from_address")
    assert RedirectSender("me@example.com", MemorySender()).from_address is None
    with open_crm(sender=RedirectSender("me@example.com", taken.append)) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        assert crm.send_email("a", ana).status == "sent"
    assert [mail.to for mail in taken] == ["me@example.com"]
