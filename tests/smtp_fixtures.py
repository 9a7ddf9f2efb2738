"""What tests of SMTP share: a real server, certificates, senders for servers on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import attrs
import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from scripted_smtp import ScriptedServer

from wixcrm_local import DeliveryFailure, OutboxMessage
from wixcrm_local.senders.contract import sample_message
from wixcrm_local.senders.smtp import SMTPSender, Timeouts

PASSWORD = "Tr0ub4dor&3 ü: /@"
STAGES = [field.name for field in attrs.fields(Timeouts)]
PATIENT = Timeouts(**dict.fromkeys(STAGES, 30.0))
SHORT = 0.05  # seconds, of a stage in which the server hangs
Trust = Callable[[], ssl.SSLContext]
Serve = Callable[..., ScriptedServer]
# What aiosmtpd itself warns of, beside the errors that warnings are in this suite.
AIOSMTPD_WARNS = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),  # it has TLS
]


def impatient(stage: str) -> Timeouts:
    return attrs.evolve(PATIENT, **{stage: SHORT})


def message(**changes: Any) -> OutboxMessage:
    return sample_message(**changes)


def trusting(ca: trustme.CA) -> ssl.SSLContext:
    """What a client has that trusts the tests' CA."""
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


def served_by(ca: trustme.CA, name: str = "127.0.0.1", **options: Any) -> ssl.SSLContext:
    """What a server has whose certificate is for `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **options).configure_cert(context)
    return context


def plain_sender(server: ScriptedServer, **options: Any) -> SMTPSender:
    return SMTPSender(
        "127.0.0.1", server.port, security="plain", **{"timeouts": PATIENT, **options}
    )


def failure_of(sender: SMTPSender, mail: OutboxMessage | None = None) -> DeliveryFailure:
    with pytest.raises(DeliveryFailure) as caught:
        sender.send(mail or message())
    return caught.value


def verbs(conversation: list[str]) -> list[str]:
    return [command.split(" ")[0].split(":")[0] for command in conversation]


class RealServer:
    """aiosmtpd on a thread of its own: an SMTP server that somebody else wrote."""

    def __init__(self, tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self.taken: list[tuple[str | None, list[str], bytes]] = []
        self._tls, self._options = tls, options
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert envelope.original_content is not None
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 Ok: queued as 4F1"

    def arrived(self) -> list[bytes]:
        return [content for _, _, content in self.taken]

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(
            lambda: SMTP(self, hostname="mx.example", loop=self._loop, **self._options),
            "127.0.0.1",
            0,
            ssl=self._tls,
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    def __enter__(self) -> RealServer:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


def knows_ana(*arguments: Any) -> AuthResult:
    given = arguments[-1]
    assert isinstance(given, LoginPassword)
    right = (given.login, given.password) == (b"ana@example.com", PASSWORD.encode())
    return AuthResult(success=right, handled=False)


class RealMail(NamedTuple):
    """A real server, and what makes a sender for it."""

    server: RealServer
    make: Callable[..., SMTPSender]


@contextmanager
def real_mail(security: str, ca: trustme.CA) -> Iterator[RealMail]:
    """A real server that wants a log-in where it has TLS."""
    options: dict[str, Any] = {"data_size_limit": 4_000_000, "enable_SMTPUTF8": True}
    if security != "plain":
        options |= {"authenticator": knows_ana, "auth_required": True}
    if security == "tls":
        options |= {"auth_require_tls": False}  # aiosmtpd knows its own STARTTLS alone
    if security == "starttls":
        options |= {"tls_context": served_by(ca), "require_starttls": True}
    with RealServer(served_by(ca) if security == "tls" else None, **options) as server:

        def make(**changes: Any) -> SMTPSender:
            given: dict[str, Any] = {"timeouts": PATIENT}
            if security != "plain":
                given |= {"user": "ana@example.com", "password": PASSWORD}
                given |= {"context": trusting(ca)}
            given |= {"port": server.port, **changes}
            return SMTPSender("127.0.0.1", security=security, **given)

        yield RealMail(server, make)


def closed_port() -> int:
    """A port of this computer at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
