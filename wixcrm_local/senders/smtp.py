"""Hands mails to an SMTP server, as a mail program does.

Law: one answer for one mail. Whatever goes wrong becomes one of the four failures, by the stage at
which it went wrong, and the password stays in here.
"""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING, NoReturn, Self

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.senders.sender import Receipt, optional_address
from wixcrm_local.senders.smtp_account import Account, account_of_url, checked_account
from wixcrm_local.senders.smtp_connection import Connection
from wixcrm_local.senders.smtp_failures import Lost, Refused, Reply, Trouble, failure_of
from wixcrm_local.senders.smtp_timeouts import DELIVERY, INTERACTIVE, Timeouts
from wixcrm_local.text import kind_of

if TYPE_CHECKING:
    from wixcrm_local.message import OutboxMessage
    from wixcrm_local.mime import Envelope

__all__ = ["DELIVERY", "INTERACTIVE", "SMTPSender", "Timeouts"]


class SMTPSender:
    """Sends through a server; inside `with sender:` its connections are kept for further mails.

    Any thread may send at any time: each mail has a connection to itself, and inside `with` a
    connection that is free is used again. There are never more of them than threads that send.

    - `host`, `port`: the server; the usual ports are 465, 587 and 25
    - `security`: `tls` from the start, `starttls` (or nothing: there is no way back to plain
      text), or `plain` for test servers, which is never given a password
    - `user`, `password`: both or none; the log-in is AUTH PLAIN, else LOGIN
    - `from_address`: used where a mail was recorded without one
    - `timeouts`: by default `DELIVERY`, the times of RFC 5321; `INTERACTIVE` is for a call that
      somebody waits for
    - `context`: by default `ssl.create_default_context()`; one that verifies less is refused
    - `name`: by default such as `smtps://user@host:465`

    Raises `InvalidArgument`.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: str = "tls",
        user: str | None = None,
        password: str | None = None,
        from_address: str | None = None,
        timeouts: Timeouts | None = None,
        context: ssl.SSLContext | None = None,
        name: str | None = None,
    ) -> None:
        self._account = checked_account(host, port, security, user, password)
        self.from_address = optional_address(from_address)
        self.timeouts = _checked_timeouts(timeouts)
        self._tls = _checked_context(context)
        self._name = _checked_name(name, self._account)
        self._lock = threading.Lock()
        self._entered = 0
        self._free: list[Connection] = []

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        password: str | None = None,
        from_address: str | None = None,
        timeouts: Timeouts | None = None,
        context: ssl.SSLContext | None = None,
    ) -> Self:
        """The sender of `smtps://user@host:465` (TLS from the start), `smtp://user@host:587`
        (STARTTLS) or `smtp+plain://host:25` (no TLS, and no password).

        The port may be left out; what a user's name has of `@`, `:` or `/` is percent-encoded.
        A password inside the URL is refused. Raises `InvalidArgument`.
        """
        account = account_of_url(url, password)
        return cls(
            account.host,
            account.port,
            security=account.security,
            user=account.user,
            password=account.password,
            from_address=from_address,
            timeouts=timeouts,
            context=context,
        )

    def within(self, timeouts: Timeouts) -> SMTPSender:
        """A sender with the same account and name, and other times; it keeps its own connections.

        Raises `InvalidArgument`.
        """
        account = self._account
        return SMTPSender(
            account.host,
            account.port,
            security=account.security,
            user=account.user,
            password=account.password,
            from_address=self.from_address,
            timeouts=timeouts,
            context=self._tls,
            name=self._name,
        )

    @property
    def name(self) -> str:
        """Such as `smtps://user@host:465`; never with a password."""
        return self._name

    def send(self, message: OutboxMessage) -> Receipt:
        """Hands over one mail; the receipt has the server's answer.

        Raises `TemporaryFailure`, `PermanentFailure`, `UncertainDelivery` and
        `SenderUnavailable`, whose `details` have the stage (connect, tls, greeting, ehlo,
        starttls, auth, mail, rcpt, data, body or dot) and what the server answered; before
        anything is sent also `FromAddressMissing` and `UnmailableMessage`.
        """
        envelope = message.envelope(self.from_address)
        data = message.as_bytes(self.from_address)
        try:
            reply = self._hand_over(envelope, data)
        except Trouble as trouble:
            failure = failure_of(trouble, sender=self._name, id=message.id)
        else:
            return Receipt(sender=self._name, response=str(reply))
        # Raised out here, it has no context: frames further down held the log-in.
        raise failure

    def _hand_over(self, envelope: Envelope, data: bytes) -> Reply:
        kept = self._take_free()
        if kept is not None:
            try:
                return self._exchange(kept, envelope, data)
            except Trouble as trouble:
                if not _was_idle_too_long(trouble):
                    raise
        return self._exchange(self._connected(), envelope, data)

    def _exchange(self, connection: Connection, envelope: Envelope, data: bytes) -> Reply:
        try:
            reply = connection.hand_over(envelope, data)
        except Trouble as trouble:
            self._let_go(connection, trouble)
            raise
        except BaseException:
            connection.close()  # stopped in mid-sentence
            raise
        self._let_go(connection)
        return reply

    def _connected(self) -> Connection:
        connection = Connection(self._account, self.timeouts)
        try:
            connection.open(self._context)
        except Trouble:
            connection.part()
            raise
        except BaseException:
            connection.close()
            raise
        return connection

    def _take_free(self) -> Connection | None:
        with self._lock:
            while self._free:
                connection = self._free.pop()
                if connection.is_ours:
                    return connection
                connection.close()
        return None

    def _let_go(self, connection: Connection, trouble: Trouble | None = None) -> None:
        """Keeps a connection for the next mail where there may be one, else ends it."""
        if connection.sock is None:
            return
        # "Not now" to MAIL may mean "not on this connection": some servers count mails.
        counted = (
            isinstance(trouble, Refused) and trouble.stage == "mail" and trouble.reply.code < 500
        )
        if self._entered and not counted and (trouble is None or connection.reset()):
            with self._lock:
                if self._entered:
                    self._free.append(connection)
                    return
        connection.part()

    def __enter__(self) -> Self:
        with self._lock:
            self._entered += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._entered -= 1
            unneeded = []
            if not self._entered:
                unneeded, self._free = self._free, unneeded
        for connection in unneeded:
            connection.part()

    def _context(self) -> ssl.SSLContext:
        """What connections are encrypted with; made at the first of them, as it takes a while."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def __repr__(self) -> str:
        return f"SMTPSender({self._name!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an SMTPSender holds a password; make one where it is needed")


def _was_idle_too_long(trouble: Trouble) -> bool:
    """Whether a kept connection had ended before the server heard of the mail."""
    if trouble.stage != "mail":
        return False
    if isinstance(trouble, Refused):
        return trouble.reply.code == 421
    return isinstance(trouble, Lost) and not trouble.timed_out


def _checked_timeouts(timeouts: object) -> Timeouts:
    if timeouts is None:
        return DELIVERY
    if not isinstance(timeouts, Timeouts):
        raise InvalidArgument(
            f"timeouts can't be {kind_of(timeouts)}; pass DELIVERY, INTERACTIVE or Timeouts(...)",
            details={"argument": "timeouts"},
        )
    return timeouts


def _checked_context(context: object) -> ssl.SSLContext | None:
    if context is None:
        return None
    if (
        not isinstance(context, ssl.SSLContext)
        or context.verify_mode is not ssl.CERT_REQUIRED
        or not context.check_hostname
    ):
        raise InvalidArgument(
            "context must verify certificates and host names; pass "
            "ssl.create_default_context(cafile=...) with the CA that is to be trusted",
            details={"argument": "context"},
        )
    return context


def _checked_name(name: object, account: Account) -> str:
    if name is None:
        return account.url
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        problem = "must be a printable text"
    elif account.password is not None and account.password in name:
        problem = "holds the password"
    else:
        return name
    raise InvalidArgument(
        f"name {problem}; pass another, or leave it out", details={"argument": "name"}
    )
