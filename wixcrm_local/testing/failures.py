"""The failures that a test asks for: what they are, which are due, and where each may strike.

Law: a failure strikes once, in the next call of its verb that comes to where the real one would
strike; a call that is refused before that leaves it for the next one.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from wixcrm_local import errors
from wixcrm_local.naming import nearest, suggestion

ASKED_FOR = "(asked for by a test)"
SEND = "send"  # whichever verb leads to the sender
# The verbs that hand mails to a sender, and those that only read.
SENDING = frozenset(["email_contact", "send_email", "deliver", SEND])
READING = frozenset(
    [
        "match_contact",
        "get_contact",
        "find_contact",
        "search_contacts",
        "query_contacts",
        "find_duplicates",
        "changes_since",
        "count_contacts",
        "iter_contacts",
        "history",
        "contact_at",
        "list_trash",
        "preview_merge",
        "export_person",
        "backup",
        "check",
        "dump",
        "get",
        "list",
        "where",
        "last",
        "attempts",
        "stats",
        "preview",
    ]
)


def _refused(kind: type[errors.WixCRMError], what: str, **details: object) -> errors.WixCRMError:
    return kind(f"{ASKED_FOR} {what}", details=details)


_WORDS: dict[str, Callable[[], errors.WixCRMError]] = {
    "busy": lambda: _refused(
        errors.StoreBusy, "another program kept the store for too long; try again"
    ),
    "full": lambda: _refused(errors.StoreFull, "the disk is full; make room on it, and call again"),
    "temporary": lambda: _refused(
        errors.TemporaryFailure,
        "the server did not take the mail now (451 4.3.0); it is tried again",
        stage="rcpt",
        smtp_code=451,
        enhanced_code="4.3.0",
        response="451 4.3.0 try again later",
    ),
    "permanent": lambda: _refused(
        errors.PermanentFailure,
        "the server refused the mail for good (550 5.7.1); look at what it says",
        stage="rcpt",
        smtp_code=550,
        enhanced_code="5.7.1",
        response="550 5.7.1 refused",
    ),
    "uncertain": lambda: _refused(
        errors.UncertainDelivery,
        "the connection was lost when the mail may have been taken; look there",
        stage="data",
    ),
    "unavailable": lambda: _refused(
        errors.SenderUnavailable,
        "the server could not be reached; look at its name and port",
        stage="connect",
    ),
}


def failure(error: object) -> Exception:
    """The error that a word stands for, or that was given itself. Raises `InvalidArgument`."""
    if isinstance(error, Exception):
        return error
    if isinstance(error, str) and error in _WORDS:
        return _WORDS[error]()
    for made in (make() for make in _WORDS.values()):
        if error is type(made):
            return made
    shown = repr(error)[:60]
    raise errors.InvalidArgument(
        f"error can't be {shown}; give an exception, or one of {', '.join(_WORDS)}",
        details={"argument": "error", "choices": list(_WORDS)},
    )


class Due(NamedTuple):
    """What may strike while a verb runs."""

    error: Exception
    verb: str

    @property
    def is_of_sender(self) -> bool:
        return isinstance(self.error, errors.DeliveryFailure)


def only_reads(verb: str) -> bool:
    """Whether a verb, perhaps one of a register, changes nothing."""
    return verb.rpartition(".")[2] in READING


class Failures:
    """What is to fail in one CRM. Any thread may call, each sees only the verbs it runs itself."""

    def __init__(self) -> None:
        self._armed: dict[str, deque[Exception]] = defaultdict(deque)
        self._of_mails: dict[str, Exception] = {}  # those that wait for a transaction's end
        self._lock = threading.Lock()
        self._here = threading.local()

    def arm(self, verb: str, error: Exception) -> None:
        """The next call of this verb fails; after it, the next but one, and so on."""
        with self._lock:
            self._armed[verb].append(error)

    @property
    def waiting(self) -> dict[str, int]:
        """How many failures did not strike yet, by verb."""
        return {verb: len(errors) for verb, errors in self._armed.items() if errors}

    @contextmanager
    def during(self, verb: str) -> Iterator[None]:
        """While a verb runs, the failure that is next for it may strike."""
        error = self.take(verb)
        if error is None:
            yield
            return
        all_due, one = self._due(), Due(error, verb)
        all_due.append(one)
        try:
            yield
        finally:
            if one in all_due:
                all_due.remove(one)
                self.put_back(verb, error)

    def take(self, verb: str) -> Exception | None:
        """The failure that is next for a verb."""
        with self._lock:
            return self._armed[verb].popleft() if self._armed[verb] else None

    def put_back(self, verb: str, error: Exception) -> None:
        """It did not strike: the verb was refused before."""
        with self._lock:
            self._armed[verb].appendleft(error)

    def of_store(self, *, reads: bool) -> Due | None:
        """What strikes now at the store, in this thread: what only reads fails at reading, and
        what writes at writing, however much it reads before."""
        for one in self._due():
            if not one.is_of_sender and only_reads(one.verb) == reads:
                self._due().remove(one)
                return one
        return None

    def has_not_struck(self, one: Due) -> None:
        """It was no failure yet: the verb failed by itself before."""
        self._due().append(one)

    @contextmanager
    def kept_from(self) -> Iterator[None]:
        """While inside, nothing strikes: what happens here is a part of something else."""
        all_due, self._here.due = self._due(), []
        try:
            yield
        finally:
            self._here.due = all_due

    def has_one_for_sender(self) -> bool:
        """Whether a mail that is recorded now is to fail when it is handed over."""
        return bool(self._armed[SEND]) or any(one.is_of_sender for one in self._due())

    def of_sender(self, id: str) -> Exception | None:
        """What strikes now in place of the sender's answer to this mail."""
        bound = self._of_mails.pop(id, None)
        if bound is not None:
            return bound
        for one in self._due():
            if one.is_of_sender:
                self._due().remove(one)
                return one.error
        return self.take(SEND)

    def bind(self, id: str) -> bool:
        """Keeps what would strike now for when the mail is handed over; False: nothing would."""
        error = self.of_sender(id)
        if error is not None:
            self._of_mails[id] = error
        return error is not None

    def _due(self) -> list[Due]:
        if not hasattr(self._here, "due"):
            self._here.due = []
        all_due: list[Due] = self._here.due
        return all_due


def check(verb: str, verbs: frozenset[str], error: Exception) -> None:
    """Raises `InvalidArgument` where no such verb exists, or this failure can't be one of it."""
    if verb not in verbs:
        raise errors.InvalidArgument(
            f"CRM has no verb {verb[:60]!r} that can fail; {suggestion(nearest(verb, verbs))}"
            "give the name of one, such as create_contact, or send for any hand-over of a mail",
            details={"argument": "verb", "choices": sorted(verbs)},
        )
    if isinstance(error, errors.DeliveryFailure) and verb not in SENDING:
        raise errors.InvalidArgument(
            f"{verb} asks no sender, so it can't fail with {type(error).__name__}; choose one of "
            "busy, full, or name email_contact, send_email, deliver or send",
            details={"argument": "error"},
        )
    if isinstance(error, errors.StoreFull) and only_reads(verb) and verb != "backup":
        raise errors.InvalidArgument(
            f"{verb} only reads, which a full disk allows; choose busy, or another verb",
            details={"argument": "error"},
        )
    if verb == SEND and not isinstance(error, errors.DeliveryFailure):
        raise errors.InvalidArgument(
            "a sender can only fail with temporary, permanent, uncertain or unavailable; choose "
            "one of them, or name the verb that fails",
            details={"argument": "error"},
        )
