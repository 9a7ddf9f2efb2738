"""The contract of a sender as one check, for the tests of whoever writes one.

Law: it needs no test framework and knows no sender; what is broken is an `AssertionError` whose
sentence says what a sender must do.
"""

from __future__ import annotations

import json
import os
import pickle
import threading
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NoReturn

import attrs

from wixcrm_local.errors import FromAddressMissing, SenderUnavailable, WixCRMError
from wixcrm_local.message import OutboxMessage, message_id_header
from wixcrm_local.senders.sender import Receipt, Sender

_THREADS = 4
_PATIENCE = 60.0  # seconds until a thread that sends counts as stuck
_LINES_OF_A_LONG_MAIL = 14_000  # of 75 octets: 1 MB


def check_sender(
    make: Callable[[], Sender],
    *,
    arrived: Callable[[], Iterable[bytes]] | None = None,
    secrets: Iterable[str] = (),
    unreachable: Callable[[], Sender] | None = None,
    takes_mail: bool = True,
) -> None:
    """Checks that what `make` makes is a sender. Raises `AssertionError`, saying what is not.

    - `make`: makes the same sender at each call, on a destination that works
    - `arrived`: the bytes of all mails that arrived there so far; without it, only what the
      sender says is checked
    - `secrets`: passwords and the like that it was given
    - `unreachable`: makes one that can't reach its destination
    - `takes_mail=False`: for a sender that takes nothing, as `OutboxSender`
    """
    trial = _Trial(make=make, secrets=tuple(secrets))
    _check_name(trial)
    _check_secrets(trial)
    if not takes_mail:
        _check_unavailable(trial, make, "A sender that takes nothing")
        return
    _check_one_mail(trial)
    _check_the_same_mail_twice(trial)
    _check_text_of_the_world(trial)
    _check_a_long_mail(trial)
    _check_a_mail_without_from(trial)
    _check_a_batch(trial)
    _check_threads(trial)
    if arrived is not None:
        _check_arrival(trial, list(arrived()))
    if unreachable is not None:
        _check_unavailable(trial, unreachable, "A sender that can't reach its destination")


def sample_message(**changes: Any) -> OutboxMessage:
    """A mail as the outbox holds it, with an id of its own; `changes` replace its attributes."""
    id = changes.get("id", f"0199c0de-0000-7000-8000-{os.urandom(6).hex()}")
    moment = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    from_address = changes.get("from_address", "shop@example.com")
    values = {
        "id": id,
        "message_id": message_id_header(id, from_address),
        "email_id": "welcome",
        "contact_id": "0199c0de-0000-7000-8000-000000000000",
        "to": "ana@example.com",
        "to_name": "Ana Diaz",
        "from_address": from_address,
        "subject": "Welcome",
        "html": "<p>Hello Ana</p>",
        "text": f"Hello Ana\n{_last_line(id)}\n",
        "variables": {},
        "fell_back": (),
        "status": "sending",
        "reason": None,
        "created_at": moment,
        "updated_at": moment,
    }
    return OutboxMessage(**{**values, **changes})


@attrs.frozen
class _Trial:
    """One sender under check, and the mails it took."""

    make: Callable[[], Sender]
    secrets: tuple[str, ...] = attrs.field(repr=False)
    taken: list[OutboxMessage] = attrs.field(factory=list)

    def take(self, sender: Sender, message: OutboxMessage) -> Receipt:
        """Has the sender take a mail that it must take."""
        try:
            receipt = sender.send(message)
        except WixCRMError as error:
            _fail(
                f"send must take each mail that is handed over here, and raised "
                f"{type(error).__name__} ({error}); check it with a destination that works",
                error,
            )
        except Exception as error:
            _fail(
                "send must raise nothing but TemporaryFailure, PermanentFailure, "
                f"UncertainDelivery and SenderUnavailable, and raised {type(error).__name__}",
                error,
            )
        if not isinstance(receipt, Receipt):
            _fail(f"send must return a Receipt where a mail was taken, and returned {receipt!r}")
        for value in (receipt.sender, receipt.response):
            if not isinstance(value, str):
                _fail(f"a Receipt must hold texts, and holds {value!r}")
            self.keep_secret(value, "a Receipt")
        self.taken.append(message)
        return receipt

    def keep_secret(self, text: str, where: str) -> None:
        if any(secret in text for secret in self.secrets):
            _fail(f"no secret may stand in {where}; leave it out there")


def _fail(sentence: str, cause: Exception | None = None) -> NoReturn:
    raise AssertionError(sentence) from cause


def _check_name(trial: _Trial) -> None:
    """The breaker goes by the name."""
    name, again = trial.make().name, trial.make().name
    if not isinstance(name, str) or not name:
        _fail(f"name must be a text that is not empty, and is {name!r}")
    if not name.isprintable():
        _fail(f"name must be one printable line, and is {name!r}")
    if name != again:
        _fail(
            f"name must stay the same for the same sender, and was {name!r}, then {again!r}; "
            "leave out times, counters and addresses of memory"
        )


def _check_secrets(trial: _Trial) -> None:
    """Fault 78: what shows a sender shows no password."""
    sender = trial.make()
    for text, where in (
        (sender.name, "name"),
        (repr(sender), "repr()"),
        (str(sender), "str()"),
    ):
        trial.keep_secret(text, where)
    try:
        pickled = pickle.dumps(sender)
    except Exception:  # to refuse is the safest
        return
    trial.keep_secret(pickled.decode("utf-8", "replace"), "a pickle; refuse to be pickled")


def _check_one_mail(trial: _Trial) -> None:
    sender = trial.make()
    receipt = trial.take(sender, sample_message())
    if receipt.sender != sender.name:
        _fail(f"a Receipt's sender must be the name {sender.name!r}, and is {receipt.sender!r}")


def _check_the_same_mail_twice(trial: _Trial) -> None:
    """After a crash nobody knows whether a mail was sent: it may come again."""
    message = sample_message()
    trial.take(trial.make(), message)
    trial.take(trial.make(), message)


def _check_text_of_the_world(trial: _Trial) -> None:
    sender = trial.make()
    texts = {
        "subject": "Grüße, 你好 👩\u200d🚀",
        "text": "Ürün مرحبا\n",
        "to_name": "王 Ö=?utf-8?q?=0D?=",
    }
    trial.take(sender, sample_message(**texts))
    trial.take(sender, sample_message(**texts, html=None, to="ana@bücher.example"))
    trial.take(sender, sample_message(to_name="\x1b[2J\r\nBcc: eve@example.com"))
    trial.take(sender, sample_message(to_name="", subject="", text="", html=None))


def _check_a_long_mail(trial: _Trial) -> None:
    message = sample_message(html=None)
    long = ("x" * 73 + "\n") * _LINES_OF_A_LONG_MAIL
    trial.take(trial.make(), attrs.evolve(message, text=long + message.text))


def _check_a_mail_without_from(trial: _Trial) -> None:
    """The sender's own address is used, or nothing is sent."""
    sender = trial.make()
    message = sample_message(from_address=None)
    if getattr(sender, "from_address", None) is None:
        try:
            sender.send(message)
        except FromAddressMissing:
            return
        except Exception as error:
            _fail(
                "send must let FromAddressMissing of message.as_bytes pass where there is no "
                f"From, and raised {type(error).__name__}",
                error,
            )
    else:
        trial.take(sender, message)


def _check_a_batch(trial: _Trial) -> None:
    """`with sender:` keeps a connection over several mails; `send` works without it, too."""
    sender: Any = trial.make()
    if not hasattr(sender, "__enter__"):
        return
    if not hasattr(sender, "__exit__"):
        _fail("a sender with __enter__ must have __exit__")
    for _ in range(2):
        with sender:
            for _ in range(3):
                trial.take(sender, sample_message())
        trial.take(sender, sample_message())
    try:
        with sender:
            raise _Passing
    except _Passing:
        return
    _fail("__exit__ must let errors pass; return None there")


class _Passing(Exception):
    """Raised inside a batch."""


def _check_threads(trial: _Trial) -> None:
    """Several threads may hand over mails at once, some of them in a batch."""
    sender: Any = trial.make()
    failures: list[BaseException] = []

    def send_some(in_batch: bool) -> None:
        try:
            if in_batch:
                with sender:
                    trial.take(sender, sample_message())
            for _ in range(4):
                trial.take(sender, sample_message())
        except BaseException as error:
            failures.append(error)

    can_batch = hasattr(sender, "__enter__")
    threads = [
        threading.Thread(target=send_some, args=(can_batch and at % 2 == 0,), daemon=True)
        for at in range(_THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    if failures:
        raise AssertionError(
            f"several threads must be able to send at once, and one met: {failures[0]}"
        ) from failures[0]
    if any(thread.is_alive() for thread in threads):
        _fail(f"several threads must be able to send at once, and one hung for {_PATIENCE:.0f} s")


def _check_arrival(trial: _Trial, arrived: list[bytes]) -> None:
    """A Receipt means that the mail is there, whole."""
    for message in trial.taken:
        header = f"X-Wixcrm-Local-Id: {message.id}\r\n".encode().rstrip()
        found = [data for data in arrived if header in data]
        if not found:
            _fail(
                "a mail must have arrived where a Receipt was returned, and one is missing; raise "
                "a failure where it was not taken"
            )
        last_line = _last_line(message.id).encode()
        if _last_line(message.id) in message.text and not all(last_line in it for it in found):
            _fail("a mail must arrive whole, and one was cut; send all of message.as_bytes()")


def _last_line(id: str) -> str:
    return f"This was mail {id}."


def _check_unavailable(trial: _Trial, make: Callable[[], Sender], who: str) -> None:
    """It says nothing about the mail, which stays in the outbox."""
    sender = make()
    for _ in range(2):
        try:
            sender.send(sample_message())
        except SenderUnavailable as failure:
            _check_failure(trial, failure)
        except Exception as error:
            _fail(f"{who} must raise SenderUnavailable, and raised {type(error).__name__}", error)
        else:
            _fail(f"{who} must raise SenderUnavailable, and returned")


def _check_failure(trial: _Trial, failure: WixCRMError) -> None:
    shown = "".join(traceback.format_exception(failure))
    trial.keep_secret(f"{shown}{failure.details}{failure!r}", "an error or its traceback")
    if not failure.message.isprintable():
        _fail(f"an error must be one printable line, and is {failure.message!r}")
    try:
        json.dumps(failure.details)
    except (TypeError, ValueError) as error:
        _fail("details must be JSON-able: texts, numbers, lists and dicts", error)
    if pickle.loads(pickle.dumps(failure)).args != failure.args:
        _fail("an error must survive pickling; raise it with message, code and details only")
