"""What every sender keeps to, and the small ones: outbox, memory and any callable."""

from __future__ import annotations

import asyncio
import functools
import io
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest

from wixcrm_local import (
    FromAddressMissing,
    InvalidArgument,
    OutboxMessage,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
    UnmailableMessage,
    senders,
)
from wixcrm_local.senders import (
    AllowListSender,
    ConsoleSender,
    FolderSender,
    MaildirSender,
    MemorySender,
    OutboxSender,
    Receipt,
    RedirectSender,
    TeeSender,
    as_sender,
    hand_over,
)
from wixcrm_local.senders.contract import check_sender, sample_message

FROM = "shop@example.com"
ALLOWED = ["example.com", "bücher.example"]


# The family and its contract.


class Family(NamedTuple):
    """One sender of the family on a destination that works, and how to look there."""

    make: Callable[[], senders.Sender]
    arrived: Callable[[], Iterable[bytes]] | None
    unreachable: Callable[[], senders.Sender] | None = None


def bytes_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


def family(name: str, room: Path) -> Family:
    """The sender of this name; `room` is an empty folder."""
    memory, mails, lost = MemorySender(), room / "mails", room / "nowhere" / "mails"

    def in_memory() -> list[bytes]:
        return [it.as_bytes(FROM) for it in memory.messages]

    if name == "memory":
        return Family(lambda: memory, in_memory)
    if name == "folder":
        return Family(
            lambda: FolderSender(mails), lambda: bytes_in(mails), lambda: FolderSender(lost)
        )
    if name == "maildir":
        return Family(
            lambda: MaildirSender(mails),
            lambda: bytes_in(mails / "new"),
            lambda: MaildirSender(lost),
        )
    if name == "console":
        closed = io.StringIO()
        closed.close()
        return Family(lambda: ConsoleSender(io.StringIO()), None, lambda: ConsoleSender(closed))
    if name == "callable":
        return Family(lambda: as_sender(memory.messages.append), None)
    if name == "tee":
        return Family(
            lambda: TeeSender(memory, FolderSender(mails), OutboxSender()),
            lambda: bytes_in(mails),
            lambda: TeeSender(OutboxSender(), memory),
        )
    if name == "redirect":
        return Family(
            lambda: RedirectSender("qa@example.com", memory),
            in_memory,
            lambda: RedirectSender("qa@example.com", OutboxSender()),
        )
    assert name == "allow_list"
    return Family(
        lambda: AllowListSender(ALLOWED, memory),
        in_memory,
        lambda: AllowListSender(ALLOWED, OutboxSender()),
    )


NAMES = ["memory", "folder", "maildir", "console", "callable", "tee", "redirect", "allow_list"]


@pytest.mark.parametrize("name", NAMES)
def test_each_sender_keeps_the_contract(name: str, tmp_path: Path) -> None:
    """email.md: one contract test over the whole family."""
    member = family(name, tmp_path)
    check_sender(member.make, arrived=member.arrived, unreachable=member.unreachable)


def test_the_sender_of_no_sender_keeps_the_contract() -> None:
    """email.md: nothing leaves the machine until another sender is set, and no attempt is spent."""
    check_sender(OutboxSender, takes_mail=False)
    with pytest.raises(SenderUnavailable, match="pass one") as caught:
        OutboxSender().send(sample_message())
    assert caught.value.details["reason"] == "no_sender"


@pytest.mark.parametrize(
    "make",
    [
        lambda given: MemorySender(from_address=given),
        lambda given: FolderSender("mails", from_address=given),
        lambda given: MaildirSender("mails", from_address=given),
        lambda given: ConsoleSender(io.StringIO(), from_address=given),
        lambda given: TeeSender(MemorySender(from_address=given)),
    ],
)
def test_a_from_address_is_used_where_a_mail_has_none(
    make: Callable[[Any], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """email.md: the template's, else the CRM's, else the sender's; none is an error."""
    monkeypatch.chdir(tmp_path)
    check_sender(lambda: make(FROM))
    assert make(FROM).from_address == FROM
    with pytest.raises(FromAddressMissing):
        make(None).send(sample_message(from_address=None))
    for wrong in ("shop", "", 5, "a@example.com\0"):
        with pytest.raises(InvalidArgument, match=r"^from_address ") as caught:
            make(wrong)
        assert caught.value.details == {"argument": "from_address"}


def test_importing_the_senders_loads_none_of_them() -> None:
    """Speed: each comes when it is first asked for, and smtplib and ssl with SMTP only."""
    code = (
        "import sys, wixcrm_local.senders as s;"
        "print([n for n in sys.modules if n.startswith('wixcrm_local.senders.')]);"
        "s.FolderSender; print('ssl' in sys.modules, 'importlib.metadata' in sys.modules);"
        "print(all(hasattr(s, n) for n in s.__all__))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n") == ["[]", "False False", "True", ""]
    with pytest.raises(AttributeError, match="NoSuchSender"):
        senders.NoSuchSender  # noqa: B018
    assert set(senders.__all__) == set(senders._MODULES)


# Any callable.


def test_any_callable_of_one_argument_is_a_sender() -> None:
    """email.md: its return means that the mail was taken; a text is the response."""
    taken: list[OutboxMessage] = []
    message = sample_message()
    sender = as_sender(taken.append)
    assert sender.send(message) == Receipt(sender="callable:list.append")
    assert taken == [message]
    assert as_sender(lambda message: "queued as 5").send(message).response == "queued as 5"
    own = Receipt(sender="mine", response="yes")
    assert as_sender(lambda message: own).send(message) is own


class Posting:
    """Takes a mail by being called."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, message: OutboxMessage) -> None:
        pass

    def post(self, message: OutboxMessage, token: str = "") -> None:
        pass


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (Posting("s3cret"), "test_senders.Posting"),
        (Posting("s3cret").post, "test_senders.Posting.post"),
        (functools.partial(Posting("").post, token="s3cret"), "test_senders.Posting.post"),
    ],
)
def test_the_name_of_a_callable_is_stable_and_tells_no_secret(call: Any, name: str) -> None:
    """Fault 78: module and name only, never the repr of an object."""
    sender = as_sender(call)
    assert sender.name == f"callable:{name}"
    assert repr(sender) == f"<CallableSender callable:{name}>"


@pytest.mark.parametrize("answer", [False, 0, {}, b"250"])
def test_another_answer_leaves_the_delivery_uncertain(answer: object) -> None:
    """email.md: what says neither yes nor no must not count as sent, nor as failed."""
    message = sample_message()
    with pytest.raises(UncertainDelivery, match=message.id) as caught:
        as_sender(lambda message: answer).send(message)
    assert json.dumps(caught.value.details)


def test_errors_of_its_own_leave_the_delivery_uncertain() -> None:
    """email.md: only the four failures pass as they are; other errors keep their cause."""

    def fail(error: Exception) -> senders.Sender:
        def raising(message: OutboxMessage) -> None:
            raise error

        return as_sender(raising)

    with pytest.raises(UncertainDelivery, match="raised KeyError") as caught:
        fail(KeyError("s3cret")).send(sample_message())
    assert isinstance(caught.value.__cause__, KeyError)
    assert "s3cret" not in caught.value.message + str(caught.value.details)
    for error in (TemporaryFailure("x"), PermanentFailure("x"), UnmailableMessage("x")):
        with pytest.raises(type(error)) as passed:
            fail(error).send(sample_message())
        assert passed.value is error
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt()).send(sample_message())  # type: ignore[arg-type]


def test_handing_over_holds_any_sender_to_the_protocol() -> None:
    """email.md: a sender's own error, and an answer that is no receipt, are uncertain."""

    class Rough:
        name = "rough:"

        def __init__(self, answer: object) -> None:
            self.answer = answer

        def send(self, message: OutboxMessage) -> Any:
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    receipt = Receipt(sender="rough:")
    assert hand_over(Rough(receipt), sample_message()) is receipt
    for answer in (None, "250 Ok", ValueError("s3cret")):
        with pytest.raises(UncertainDelivery, match="rough:") as caught:
            hand_over(Rough(answer), sample_message())
        assert "s3cret" not in caught.value.message
    with pytest.raises(TemporaryFailure):
        hand_over(Rough(TemporaryFailure("later")), sample_message())


async def _coroutine(message: OutboxMessage) -> None:
    """Would never run."""


class _AsyncSend:
    name = "async:"

    async def send(self, message: OutboxMessage) -> Receipt:
        return Receipt(sender=self.name)


class _AsyncCall:
    async def __call__(self, message: OutboxMessage) -> None:
        pass


class _Nameless:
    def send(self, message: OutboxMessage) -> Receipt:
        return Receipt(sender="")


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (None, "pass one such as"),
        (5, "pass one such as"),
        ("eml:mails", "sender_from_url"),
        (MemorySender, "call it to make one"),
        (_coroutine, "pass a plain one"),
        (_AsyncSend(), "pass a plain one"),
        (_AsyncCall(), "pass a plain one"),
        (functools.partial(_coroutine), "pass a plain one"),
        (_Nameless(), "give it one"),
        (lambda: None, "must take one argument"),
        (lambda one, two: None, "must take one argument"),
    ],
)
def test_what_is_no_sender_is_refused_with_the_remedy(value: object, remedy: str) -> None:
    """Errors name the argument and the remedy, before any mail is at stake."""
    with pytest.raises(InvalidArgument, match=r"^sender ") as caught:
        as_sender(value)
    assert remedy in caught.value.message
    assert caught.value.details == {"argument": "sender"}


def test_a_sender_is_taken_as_it_is() -> None:
    """A sender is no callable to be wrapped."""
    sender = MemorySender()
    assert as_sender(sender) is sender


# Memory.


def test_memory_keeps_what_it_took_and_nothing_else() -> None:
    """It shows what was handed over, twice if twice, and refuses what no sender could take."""
    sender, message = MemorySender(), sample_message()
    sender.send(message)
    sender.send(message)
    assert sender.messages == [message, message]
    with pytest.raises(FromAddressMissing):
        sender.send(sample_message(from_address=None))
    assert len(sender.messages) == 2
    assert "ana" not in repr(sender)
    assert pickle.loads(pickle.dumps(sender)).messages == sender.messages


def test_a_sender_can_be_used_from_a_coroutine_s_thread() -> None:
    """Senders are plain calls: `asyncio.to_thread` carries them."""
    sender, message = MemorySender(), sample_message()
    assert asyncio.run(asyncio.to_thread(sender.send, message)).sender == "memory:"


# The contract finds what is wrong.


@attrs.define
class Bad:
    """A sender with one fault, named by `fault`."""

    fault: str
    seen: set[str] = attrs.field(factory=set, repr=False)
    password: str = attrs.field(default="s3cret", repr=False)

    @property
    def name(self) -> Any:
        return {
            "nameless": "",
            "two lines": "bad:\n",
            "changing": f"bad:{id(self)}",
            "telling": "bad:s3cret",
        }.get(self.fault, "bad:")

    def __repr__(self) -> str:
        return "Bad(s3cret)" if self.fault == "repr" else "Bad()"

    def __reduce__(self) -> Any:
        if self.fault == "pickle":
            return Bad, (self.fault, self.seen, self.password)
        raise TypeError("a sender is not pickled")

    def send(self, message: OutboxMessage) -> Any:
        if message.from_address is None:
            message.as_bytes()
        if self.fault == "raising":
            raise OSError("no route")
        if self.fault == "failing":
            raise TemporaryFailure("busy; try again")
        if self.fault == "once" and message.id in self.seen:
            raise ValueError("seen before")
        self.seen.add(message.id)
        if self.fault == "ascii":
            message.subject.encode("ascii")
        if self.fault == "short" and len(message.text) > 100_000:
            raise ValueError("too long")
        if self.fault == "none":
            return None
        if self.fault == "other name":
            return Receipt(sender="other:")
        return Receipt(sender="bad:", response="s3cret" if self.fault == "response" else "")


BAD = {
    "nameless": "name must be a text that is not empty",
    "two lines": "name must be one printable line",
    "changing": "leave out times, counters",
    "telling": "no secret may stand in name",
    "repr": "no secret may stand in repr",
    "pickle": "no secret may stand in a pickle",
    "raising": "raise nothing but TemporaryFailure.*raised OSError",
    "failing": "raised TemporaryFailure.*destination that works",
    "once": "raised ValueError",
    "ascii": "raised UnicodeEncodeError",
    "short": "raised ValueError",
    "none": "must return a Receipt",
    "other name": "must be the name 'bad:'",
    "response": "no secret may stand in a Receipt",
}


@pytest.mark.parametrize(("fault", "sentence"), BAD.items())
def test_the_contract_says_what_is_wrong_with_a_sender(fault: str, sentence: str) -> None:
    """Authors of senders: a sentence for each breach, and none for a sender without."""
    kept: list[Bad] = []  # so that no two have one place in memory
    shared = Bad(fault)

    def make() -> Any:
        kept.append(Bad(fault))
        return shared if fault == "once" else kept[-1]

    with pytest.raises(AssertionError, match=sentence):
        check_sender(make, secrets=["s3cret"])
    check_sender(lambda: Bad("nothing"), secrets=["s3cret"])


class Batching:
    """A sender whose batch has one fault, or whose threads or arrivals do."""

    name = "batching:"

    def __init__(self, fault: str, arrived: list[bytes]) -> None:
        self.fault, self.arrived, self.open, self.closed = fault, arrived, False, False

    def __enter__(self) -> None:
        self.open, self.closed = True, False

    def __exit__(self, *_: object) -> bool:
        self.open, self.closed = False, True
        return self.fault == "swallowing"

    def send(self, message: OutboxMessage) -> Receipt:
        data = message.as_bytes()
        if self.fault == "only open" and not self.open:
            raise RuntimeError("not open")
        if self.fault == "closed for good" and self.closed:
            raise RuntimeError("closed")
        if self.fault == "losing" and len(self.arrived) == 5:
            self.arrived.append(b"")
        else:
            self.arrived.append(data[:500_000] if self.fault == "cutting" else data)
        return Receipt(sender=self.name)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("swallowing", "__exit__ must let errors pass"),
        ("only open", "raised RuntimeError"),
        ("closed for good", r"^send must raise.*raised RuntimeError"),
        ("losing", "one is missing"),
        ("cutting", "must arrive whole"),
    ],
)
def test_the_contract_looks_at_batches_and_at_what_arrives(fault: str, sentence: str) -> None:
    """Authors of senders: a Receipt is a promise, and a batch is optional."""
    arrived: list[bytes] = []
    with pytest.raises(AssertionError, match=sentence):
        check_sender(lambda: Batching(fault, arrived), arrived=lambda: arrived)
    fine: list[bytes] = []
    check_sender(lambda: Batching("", fine), arrived=lambda: fine)


def test_the_contract_wants_threads_to_send_at_once() -> None:
    """email.md: `start_delivery` and the caller's own thread share one sender."""
    import threading

    class OneThread:
        name = "one:"

        def __init__(self) -> None:
            self.thread = threading.get_ident()

        def send(self, message: OutboxMessage) -> Receipt:
            message.as_bytes()
            if threading.get_ident() != self.thread:
                raise RuntimeError("made in another thread")
            return Receipt(sender=self.name)

    with pytest.raises(AssertionError, match="several threads must be able to send"):
        check_sender(OneThread)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TemporaryFailure("no route; try again"), "must raise SenderUnavailable"),
        (SenderUnavailable("log-in of s3cret failed; check it"), "no secret may stand in an error"),
        (SenderUnavailable("no\nroute"), "one printable line"),
        (SenderUnavailable("no route", details={"at": {1}}), "JSON-able"),
    ],
)
def test_the_contract_reads_the_failures(error: Exception, sentence: str) -> None:
    """Authors of senders: what can't be reached says nothing about the mail, and no secret."""

    def unreachable(message: OutboxMessage) -> None:
        raise error

    with pytest.raises(AssertionError, match=sentence):
        check_sender(MemorySender, secrets=["s3cret"], unreachable=lambda: as_sender(unreachable))
