"""What an SMTP server's answer, or its silence, says of a mail. Pure.

Law: stage and code decide; of a server's text only the enhanced code counts (RFC 3463), and that
only for whether an address is dead.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from wixcrm_local.errors import (
    DeliveryFailure,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders.smtp_timeouts import Stage

_LONGEST_RESPONSE = 300  # characters
_ENHANCED_CODE = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?!\S)")
# No such mailbox, no such domain, bad syntax, no such recipient (Exchange), disabled mailbox.
_DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
# Until the server has let us in, nothing it does is about a mail.
_OPENING = frozenset({"connect", "tls", "greeting", "ehlo", "starttls", "auth"})
_AUTHENTICATION_REQUIRED = 530  # RFC 4954: any command may be answered so
_PLACES: dict[Stage, str] = {
    "connect": "on connecting",
    "tls": "at the TLS handshake",
    "greeting": "at its greeting",
    "ehlo": "at EHLO",
    "starttls": "at STARTTLS",
    "auth": "at AUTH",
    "mail": "at MAIL",
    "rcpt": "at RCPT",
    "data": "at DATA",
    "body": "in the middle of the mail",
    "dot": "after the mail",
    "quit": "at QUIT",
}
_REMEDIES: dict[Stage, str] = {
    "connect": "check host, port and network, then deliver again",
    "tls": "check host, port and security, or pass a context that trusts the server's CA",
    "starttls": "use security='tls' (smtps://), or another server",
    "auth": "check user and password, then deliver again",
}


class Reply(NamedTuple):
    """A server's whole answer; `text` is fit to be shown: one short printable line."""

    code: int
    text: str

    @classmethod
    def of(cls, code: int, raw: bytes) -> Reply:
        """The answer from its lines, without their codes, as they came."""
        begun = _ENHANCED_CODE.match(raw[:16].decode("ascii", "replace"))
        mark = begun[0] if begun else ""
        lines = raw[: 4 * _LONGEST_RESPONSE].decode("utf-8", "replace").split("\n")
        told = [lines[0], *(line.removeprefix(mark) for line in lines[1:])]
        shown = " ".join(" ".join(told).split())
        if not shown.isprintable():
            shown = " ".join("".join(c if c.isprintable() else " " for c in shown).split())
        if len(shown) > _LONGEST_RESPONSE:
            shown = shown[: _LONGEST_RESPONSE - 1] + "…"
        return cls(code, shown)

    @property
    def enhanced_code(self) -> str | None:
        """The enhanced status code, such as 5.1.1, where there is one of the same class."""
        found = _ENHANCED_CODE.match(self.text)
        return found[0] if found and found[1] == str(self.code)[0] else None

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Trouble(Exception):
    """Why a mail did not go, before it is decided what that means for the mail."""

    def __init__(self, stage: Stage, what: str) -> None:
        super().__init__(stage, what)
        self.stage = stage
        self.what = what


class Lost(Trouble):
    """The connection is gone, or of no use any more."""

    def __init__(self, stage: Stage, what: str, *, timed_out: bool = False) -> None:
        super().__init__(stage, what)
        self.timed_out = timed_out


class Refused(Trouble):
    """The server said no, in so many words."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        super().__init__(stage, f"answered {reply}".rstrip(". "))
        self.reply = reply


class Unfit(Trouble):
    """The server does not offer what is needed; nothing was asked of it."""


def failure_of(trouble: Trouble, *, sender: str, id: str) -> DeliveryFailure:
    """The error to raise at the caller, for the mail with this id.

    Its `details` hold `id`, `sender` and `stage`, and where the server answered `smtp_code`,
    `enhanced_code` and `response`; `suppress` is there, and True, where the address is dead.
    """
    kind = _kind(trouble)
    details: dict[str, object] = {"id": id, "sender": sender, "stage": trouble.stage}
    if isinstance(trouble, Refused):
        details["smtp_code"] = trouble.reply.code
        details["enhanced_code"] = trouble.reply.enhanced_code
        details["response"] = str(trouble.reply)
    if kind is PermanentFailure and _is_dead(trouble):
        details["suppress"] = True
    place, remedy = _PLACES[trouble.stage], _remedy(kind, trouble)
    return kind(f"{sender} {place} {trouble.what}; {remedy}", details=details)


def _kind(trouble: Trouble) -> type[DeliveryFailure]:
    if trouble.stage in _OPENING:
        return SenderUnavailable
    if isinstance(trouble, Refused):
        return _kind_of_refusal(trouble.stage, trouble.reply.code)
    if isinstance(trouble, Lost):
        return UncertainDelivery if trouble.stage in ("body", "dot") else TemporaryFailure
    return PermanentFailure


def _kind_of_refusal(stage: Stage, code: int) -> type[DeliveryFailure]:
    if code == _AUTHENTICATION_REQUIRED and stage in ("mail", "rcpt", "data"):
        return SenderUnavailable  # we are not let in: no mail is to blame
    if code < 500 or (stage == "rcpt" and code == 552):  # RFC 5321, section 4.5.3.1.10
        return TemporaryFailure
    return PermanentFailure


def _is_dead(trouble: Trouble) -> bool:
    return (
        isinstance(trouble, Refused)
        and trouble.stage == "rcpt"
        and trouble.reply.enhanced_code in _DEAD
    )


def _remedy(kind: type[DeliveryFailure], trouble: Trouble) -> str:
    if kind is UncertainDelivery:
        return "find out whether it arrived, then resolve it as sent or send it again"
    if kind is PermanentFailure:
        return "correct the address" if _is_dead(trouble) else "correct the mail or its address"
    if kind is SenderUnavailable:
        return _REMEDIES.get(
            trouble.stage,
            "deliver again later" if trouble.stage in _OPENING else "give it a user and a password",
        )
    return "deliver again later"
