"""SMTPSender against servers on loopback: a real one, and one that does what its script says."""

from __future__ import annotations

import asyncio
import base64
import copy
import os
import pickle
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scripted_smtp import DRIP, DROP, ENDLESS, HANG, HOLD, RESET, ScriptedServer

from wixcrm_local import (
    DeliveryFailure,
    FromAddressMissing,
    InvalidArgument,
    OutboxMessage,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders import Receipt
from wixcrm_local.senders.contract import check_sender, sample_message
from wixcrm_local.senders.smtp import DELIVERY, INTERACTIVE, SMTPSender, Timeouts

PASSWORD = "Tr0ub4dor&3 ü: /@"
STAGES = [field.name for field in attrs.fields(Timeouts)]
PATIENT = Timeouts(**dict.fromkeys(STAGES, 30.0))
SHORT = 0.05  # seconds, of a stage in which the server hangs
Trust = Callable[[], ssl.SSLContext]
Serve = Callable[..., ScriptedServer]

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),  # it has TLS
]


def impatient(stage: str) -> Timeouts:
    return attrs.evolve(PATIENT, **{stage: SHORT})


def message(**changes: Any) -> OutboxMessage:
    return sample_message(**changes)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """A CA of the tests' own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(ca: trustme.CA) -> ssl.SSLContext:
    """What a client has that trusts the tests' CA."""
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


def served_by(ca: trustme.CA, name: str = "127.0.0.1", **options: Any) -> ssl.SSLContext:
    """What a server has whose certificate is for `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **options).configure_cert(context)
    return context


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts scripted servers, which end with the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(ScriptedServer(*args, **options))


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


@pytest.fixture(params=["tls", "starttls", "plain"])
def real(
    request: pytest.FixtureRequest, ca: trustme.CA, trusted: ssl.SSLContext
) -> Iterator[tuple[RealServer, Callable[..., SMTPSender]]]:
    """A real server for each security, and what makes a sender for it."""
    security = request.param
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
                given |= {"user": "ana@example.com", "password": PASSWORD, "context": trusted}
            given |= {"port": server.port, **changes}
            return SMTPSender("127.0.0.1", security=security, **given)

        yield server, make


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_real_server_gets_the_mail(real: tuple[RealServer, Callable[..., SMTPSender]]) -> None:
    """T10: over TLS, STARTTLS and plain TCP the server gets envelope and bytes as they are."""
    server, make = real
    mail = message()
    sender = make()
    assert sender.send(mail) == Receipt(sender=sender.name, response="250 2.0.0 Ok: queued as 4F1")
    assert server.taken == [("shop@example.com", ["ana@example.com"], mail.as_bytes())]


def test_a_real_server_gets_an_address_beyond_ascii(
    real: tuple[RealServer, Callable[..., SMTPSender]],
) -> None:
    """RFC 6531: where the server takes SMTPUTF8, a local part of any letters goes out."""
    server, make = real
    mail = message(to="用户@bücher.example")
    make().send(mail)
    assert server.taken == [("shop@example.com", ["用户@xn--bcher-kva.example"], mail.as_bytes())]


def test_it_keeps_the_contract_of_senders(
    real: tuple[RealServer, Callable[..., SMTPSender]],
) -> None:
    """Senders: what holds for every sender holds for this one."""
    server, make = real
    check_sender(
        lambda: make(from_address="sales@example.com"),
        arrived=server.arrived,
        secrets=[PASSWORD, base64.b64encode(PASSWORD.encode()).decode()],
        unreachable=lambda: make(port=closed_port()),
    )


Row = tuple[dict[str, Any], type[DeliveryFailure], str, int | None, str | None]

OPENING: list[Row] = [
    ({"greeting": b"421 4.3.2 too busy"}, SenderUnavailable, "greeting", 421, "4.3.2"),
    ({"greeting": b"554 5.7.1 go away"}, SenderUnavailable, "greeting", 554, "5.7.1"),
    ({"greeting": DROP}, SenderUnavailable, "greeting", None, None),
    ({"ehlo": RESET}, SenderUnavailable, "ehlo", None, None),
    ({"greeting": b"\x00\xff\xfe\x80"}, SenderUnavailable, "greeting", None, None),
    ({"greeting": b"HTTP/1.1 400 Bad Request"}, SenderUnavailable, "greeting", None, None),
    ({"greeting": b"220 " + b"x" * 1_000_000}, SenderUnavailable, "greeting", None, None),
    ({"greeting": ENDLESS}, SenderUnavailable, "greeting", None, None),
    ({"ehlo": DROP}, SenderUnavailable, "ehlo", None, None),
    ({"ehlo": b"421 later"}, SenderUnavailable, "ehlo", 421, None),
    ({"ehlo": b"502 no", "helo": b"550 no"}, SenderUnavailable, "ehlo", 550, None),
]
IN_SESSION: list[Row] = [
    ({"mail": b"451 4.3.0 later"}, TemporaryFailure, "mail", 451, "4.3.0"),
    ({"mail": b"421 4.3.2 closing"}, TemporaryFailure, "mail", 421, "4.3.2"),
    ({"mail": b"550 5.1.8 bad sender"}, PermanentFailure, "mail", 550, "5.1.8"),
    ({"mail": b"530 5.7.0 log in first"}, SenderUnavailable, "mail", 530, "5.7.0"),
    ({"mail": DROP}, TemporaryFailure, "mail", None, None),
    ({"mail": b"2500 ok"}, TemporaryFailure, "mail", None, None),
    ({"mail": b"354 what"}, TemporaryFailure, "mail", None, None),
    ({"rcpt": b"450 4.2.0 greylisted"}, TemporaryFailure, "rcpt", 450, "4.2.0"),
    ({"rcpt": b"450 4.1.1 no such user yet"}, TemporaryFailure, "rcpt", 450, "4.1.1"),
    ({"rcpt": b"552 5.2.2 mailbox full"}, TemporaryFailure, "rcpt", 552, "5.2.2"),
    ({"rcpt": b"550 5.7.1 no relaying"}, PermanentFailure, "rcpt", 550, "5.7.1"),
    ({"rcpt": b"550 no such user"}, PermanentFailure, "rcpt", 550, None),
    ({"rcpt": b"550 4.1.1 confused"}, PermanentFailure, "rcpt", 550, None),
    ({"rcpt": b"550 5.1.10x odd"}, PermanentFailure, "rcpt", 550, None),
    ({"rcpt": b"421 4.7.0 closing"}, TemporaryFailure, "rcpt", 421, "4.7.0"),
    ({"rcpt": DROP}, TemporaryFailure, "rcpt", None, None),
    ({"data": b"451 4.3.0 later"}, TemporaryFailure, "data", 451, "4.3.0"),
    ({"data": b"554 5.5.1 no"}, PermanentFailure, "data", 554, "5.5.1"),
    ({"data": DROP}, TemporaryFailure, "data", None, None),
    ({"data": b"250 ok"}, TemporaryFailure, "data", None, None),
    ({"dot": b"452 4.3.1 disk full"}, TemporaryFailure, "dot", 452, "4.3.1"),
    ({"dot": b"421 4.3.2 closing"}, TemporaryFailure, "dot", 421, "4.3.2"),
    ({"dot": b"554 5.6.0 spam"}, PermanentFailure, "dot", 554, "5.6.0"),
    ({"dot": b"552 5.3.4 too big"}, PermanentFailure, "dot", 552, "5.3.4"),
    ({"dot": b"550 5.1.1 no such user"}, PermanentFailure, "dot", 550, "5.1.1"),
    ({"dot": DROP}, UncertainDelivery, "dot", None, None),
    ({"dot": RESET}, UncertainDelivery, "dot", None, None),
    ({"dot": b"\xff\x00ok"}, UncertainDelivery, "dot", None, None),
    ({"dot": b"354 what"}, UncertainDelivery, "dot", None, None),
    ({"dot": b"250 " + b"x" * 1_000_000}, UncertainDelivery, "dot", None, None),
    ({"dot": ENDLESS}, UncertainDelivery, "dot", None, None),
]
DEAD: list[Row] = [
    ({"rcpt": f"550 {code} gone".encode()}, PermanentFailure, "rcpt", 550, code)
    for code in ("5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1")
]


def told(row: Row) -> str:
    """A row's name: its stage, and what the server does."""
    ((stage, answer), *_) = row[0].items()
    what = answer if isinstance(answer, str) else answer[:18].decode("ascii", "replace")
    return f"{stage} {what}"


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)], ids=["one by one", "pipelining"])
@pytest.mark.parametrize("row", [*OPENING, *IN_SESSION, *DEAD], ids=told)
def test_each_failure_has_its_class(serve: Serve, row: Row, offers: tuple[str, ...]) -> None:
    """email.md, table of failures: stage and code decide; 5.1.1 and its like suppress."""
    script, expected, stage, code, enhanced = row
    failure = failure_of(plain_sender(serve(script, offers=offers)))
    assert type(failure) is expected
    assert failure.details["stage"] == stage
    assert failure.details.get("smtp_code") == code
    assert failure.details.get("enhanced_code") == enhanced
    assert ("suppress" in failure.details) == (row in DEAD)
    assert failure.message.isprintable()
    assert len(failure.message) < 700
    assert not failure.message.endswith(".")


HANGING = [
    ("greeting", SenderUnavailable),
    ("ehlo", SenderUnavailable),
    ("mail", TemporaryFailure),
    ("rcpt", TemporaryFailure),
    ("data", TemporaryFailure),
    ("dot", UncertainDelivery),
]


@pytest.mark.parametrize("misdeed", [HANG, DRIP])
@pytest.mark.parametrize(("stage", "expected"), HANGING)
def test_each_stage_has_its_time(
    serve: Serve, stage: str, expected: type[DeliveryFailure], misdeed: str
) -> None:
    """email.md: a time-out for each stage, which an answer of single octets does not outlast."""
    failure = failure_of(plain_sender(serve({stage: misdeed}), timeouts=impatient(stage)))
    assert type(failure) is expected
    assert failure.details["stage"] == stage
    assert f"gave no answer within {SHORT:g} s" in failure.message


@pytest.mark.parametrize("misdeed", [DROP, RESET, HANG])
def test_a_connection_lost_in_mid_mail_is_uncertain(serve: Serve, misdeed: str) -> None:
    """email.md: once the payload has begun nobody can tell what the server did with it."""
    server = serve({"body": misdeed})
    if misdeed == HANG:  # it reads all, and never answers
        failure = failure_of(plain_sender(server, timeouts=impatient("dot")))
    else:
        failure = failure_of(plain_sender(server), message(text="a line\n" * 1_000_000))
    assert type(failure) is UncertainDelivery
    assert failure.details["stage"] in ("body", "dot")


def test_a_server_that_reads_nothing_runs_into_the_time_of_a_block() -> None:
    """RFC 5321, section 4.5.3.2.5: each block of the mail has a time of its own."""
    given_up = threading.Event()

    def read_no_mail(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            for answer in (b"220 hi", b"250 hi", b"250 ok", b"250 ok"):
                connection.sendall(answer + b"\r\n")
                lines.readline()
            connection.sendall(b"354 go\r\n")
            given_up.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=read_no_mail, args=(listener,))
        thread.start()
        sender = SMTPSender("127.0.0.1", port, security="plain", timeouts=impatient("body"))
        failure = failure_of(sender, message(text="a line\n" * 2_000_000))
        given_up.set()
        thread.join()
    assert type(failure) is UncertainDelivery
    assert failure.details["stage"] == "body"


def test_nobody_listens() -> None:
    """email.md: what refuses a connection says nothing about the mail."""
    failure = failure_of(SMTPSender("127.0.0.1", closed_port(), security="plain"))
    assert type(failure) is SenderUnavailable
    assert failure.details["stage"] == "connect"
    assert "can't be reached" in failure.message


def test_a_host_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """email.md: a name that can't be looked up says nothing about the mail."""

    def no_such_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    failure = failure_of(SMTPSender("mail.example"))
    assert type(failure) is SenderUnavailable
    assert "Name or service not known" in failure.message


def test_a_long_answer_of_many_lines_is_one_short_line(serve: Serve) -> None:
    """email.md: a server's text is shortened, printable, and says its enhanced code once."""
    lines = [b"550-5.1.1 No such user \x1b[31m", b"550-5.1.1 here;\x00 see", b"550 5.1.1 \xff http"]
    failure = failure_of(plain_sender(serve({"rcpt": b"\r\n".join(lines)})))
    assert failure.details["response"] == "550 5.1.1 No such user [31m here; see � http"
    assert failure.details["suppress"] is True
    long = failure_of(plain_sender(serve({"rcpt": b"550 " + b"word " * 5000})))
    assert len(long.details["response"]) <= 304


def test_a_receipt_has_the_answer_of_many_lines(serve: Serve) -> None:
    """A 250 in several lines is one answer."""
    server = serve({"dot": b"250-2.0.0 Ok:\r\n250 2.0.0 queued as 4F1"})
    assert plain_sender(server).send(message()).response == "250 2.0.0 Ok: queued as 4F1"


def test_a_mail_over_the_servers_size_is_not_sent(serve: Serve) -> None:
    """RFC 1870: the size is told with MAIL; one that is too large is refused before MAIL."""
    mail = message()
    size = len(mail.as_bytes())
    fitting, small = serve(offers=[f"SIZE {size}"]), serve(offers=[f"SIZE {size - 1}"])
    unlimited = [serve(offers=[offer]) for offer in ("SIZE", "SIZE 0", "SIZE much")]
    for server in (fitting, *unlimited):
        plain_sender(server).send(mail)
        assert f"MAIL FROM:<shop@example.com> SIZE={size}" in server.conversations[0]
    failure = failure_of(plain_sender(small), mail)
    assert type(failure) is PermanentFailure
    assert failure.details["stage"] == "mail"
    assert f"no more than {size - 1} octets" in failure.message
    assert verbs(small.conversations[0]) == ["EHLO", "QUIT"]


def test_letters_before_the_at_sign_need_smtputf8(serve: Serve) -> None:
    """RFC 6531: told with MAIL where it is offered, else the mail can never go there."""
    mail = message(to="用户@example.com")
    failure = failure_of(plain_sender(serve()), mail)
    assert type(failure) is PermanentFailure
    assert "suppress" not in failure.details
    able = serve(offers=["8BITMIME", "SMTPUTF8"])
    plain_sender(able).send(mail)
    assert "MAIL FROM:<shop@example.com> BODY=8BITMIME SMTPUTF8" in able.conversations[0]
    assert "RCPT TO:<用户@example.com>" in able.conversations[0]
    assert able.mails == [mail.as_bytes()]


def test_a_server_of_old_gets_helo(serve: Serve) -> None:
    """RFC 5321, section 3.2: where EHLO is unknown HELO is said."""
    server = serve({"ehlo": b"502 unknown"})
    plain_sender(server).send(message())
    assert verbs(server.conversations[0]) == ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert server.conversations[0][0] == "EHLO [127.0.0.1]"


def test_without_an_address_to_send_from_nothing_is_sent(serve: Serve) -> None:
    """email.md: no From is an error before anything is sent; the sender's is used where given."""
    server = serve()
    mail = message(from_address=None)
    with pytest.raises(FromAddressMissing):
        plain_sender(server).send(mail)
    assert server.conversations == []
    plain_sender(server, from_address="shop@bücher.example").send(mail)
    assert "MAIL FROM:<shop@xn--bcher-kva.example>" in server.conversations[0]
    assert server.mails == [mail.as_bytes("shop@bücher.example")]


# TLS


def secure_sender(
    server: ScriptedServer, context: ssl.SSLContext, security: str = "tls", **options: Any
) -> SMTPSender:
    given = {"timeouts": PATIENT, "context": context, **options}
    return SMTPSender("127.0.0.1", server.port, security=security, **given)


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("flaw", ["another host", "expired", "unknown CA", "self-signed"])
def test_a_bad_certificate_ends_it(
    serve: Serve,
    ca: trustme.CA,
    trusted: ssl.SSLContext,
    tmp_path: Path,
    flaw: str,
    security: str,
) -> None:
    """Fault 78: certificate and host name are verified, and no mail or password goes out."""
    if flaw == "another host":
        context = served_by(ca, "mail.example")
    elif flaw == "expired":
        context = served_by(ca, not_after=datetime(2020, 1, 1, tzinfo=UTC))
    elif flaw == "unknown CA":
        context = served_by(trustme.CA())
    else:
        context, other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
        path = tmp_path / "both.pem"
        path.write_bytes(other.private_key_pem.bytes() + other.cert_pem.bytes())
        context.load_cert_chain(path)
    server = serve(**{security: context})
    failure = failure_of(secure_sender(server, trusted, security, user="ana", password=PASSWORD))
    assert type(failure) is SenderUnavailable
    assert failure.details["stage"] == "tls"
    assert "certificate" in failure.message
    assert verbs(server.conversations[0]) == ([] if security == "tls" else ["EHLO", "STARTTLS"])


def test_without_a_context_the_systems_cas_are_trusted(serve: Serve, ca: trustme.CA) -> None:
    """Fault 78: the default verifies too; the tests' CA is unknown to it."""
    server = serve(tls=served_by(ca))
    failure = failure_of(SMTPSender("127.0.0.1", server.port, timeouts=PATIENT))
    assert type(failure) is SenderUnavailable
    assert "certificate" in failure.message


def test_a_server_that_speaks_no_tls(serve: Serve, trusted: ssl.SSLContext) -> None:
    """email.md: there is no way back to plain text."""
    server = serve()
    failure = failure_of(secure_sender(server, trusted))
    assert type(failure) is SenderUnavailable
    assert failure.details["stage"] == "tls"


@pytest.mark.parametrize(
    ("script", "offered", "code", "stage"),
    [
        ({}, False, None, "starttls"),
        ({"starttls": b"454 4.7.0 not now"}, True, 454, "starttls"),
        ({"starttls": b"501 5.5.4 no"}, True, 501, "starttls"),
        ({"starttls": DROP}, True, None, "starttls"),
        ({"starttls": b"220 go\r\n250 injected"}, True, None, "starttls"),
        ({"starttls": b"220 go"}, "broken", None, "tls"),
    ],
    ids=["missing", "454", "501", "dropped", "injected", "broken"],
)
def test_starttls_or_nothing(
    serve: Serve,
    ca: trustme.CA,
    trusted: ssl.SSLContext,
    script: dict[str, Any],
    offered: bool | str,
    code: int | None,
    stage: str,
) -> None:
    """email.md: STARTTLS is never skipped, and nothing said before it is believed after it."""
    if offered == "broken":
        server = serve(script, offers=["STARTTLS"])  # goes on in plain text
    else:
        server = serve(script, starttls=served_by(ca) if offered else None)
    sender = secure_sender(server, trusted, "starttls", user="ana", password=PASSWORD)
    failure = failure_of(sender)
    assert type(failure) is SenderUnavailable
    assert failure.details["stage"] == stage
    assert failure.details.get("smtp_code") == code
    assert not {"AUTH", "MAIL"} & set(verbs(server.conversations[0]))


def test_a_handshake_that_hangs(serve: Serve, trusted: ssl.SSLContext) -> None:
    """email.md: the handshake has its time, too."""
    server = serve({"starttls": b"220 go"}, offers=["STARTTLS"])
    sender = secure_sender(server, trusted, "starttls", timeouts=impatient("tls"))
    assert failure_of(sender).details["stage"] == "tls"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sender = SMTPSender(
            "127.0.0.1", silent.getsockname()[1], context=trusted, timeouts=impatient("tls")
        )
        failure = failure_of(sender)
    assert type(failure) is SenderUnavailable
    assert "gave no answer within" in failure.message


# Logging in

TOKENS = [
    PASSWORD,
    base64.b64encode(PASSWORD.encode()).decode(),
    base64.b64encode(f"\0ana\0{PASSWORD}".encode()).decode(),
]


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        ("AUTH PLAIN LOGIN CRAM-MD5", [f"AUTH PLAIN {TOKENS[2]}"]),
        ("AUTH LOGIN XOAUTH2", ["AUTH LOGIN", "YW5h", TOKENS[1]]),
    ],
)
def test_a_log_in_is_plain_or_login(
    serve: Serve, ca: trustme.CA, trusted: ssl.SSLContext, offer: str, said: list[str]
) -> None:
    """RFC 4954, 4616: any password in UTF-8, once, by the first way of the two."""
    script = {"auth": [b"334 VXNlcm5hbWU6", b"334 UGFzc3dvcmQ6", b"235 ok"][-len(said) :]}
    server = serve(script, offers=[offer], tls=served_by(ca))
    secure_sender(server, trusted, user="ana", password=PASSWORD).send(message())
    assert server.conversations[0][1 : 1 + len(said)] == said


@pytest.mark.parametrize(
    "script",
    [
        {"auth": b"535 5.7.8 wrong"},
        {"auth": b"454 4.7.0 not now"},
        {"auth": b"534 5.7.9 application-specific password required"},
        {"auth": b"421 bye"},
        {"auth": DROP},
        {"auth": b"334 more"},
        *[{"auth": f"535 5.7.8 you said {token}".encode()} for token in TOKENS],
        {"auth": f"535 5.7.8 AUTH PLAIN {TOKENS[2][:12]}... is wrong".encode()},
        {"none": b""},
    ],
    ids=str,
)
@pytest.mark.parametrize("ways", ["PLAIN", "LOGIN"])
def test_a_failed_log_in_keeps_the_password(
    serve: Serve, ca: trustme.CA, trusted: ssl.SSLContext, script: dict[str, Any], ways: str
) -> None:
    """Fault 78: not in the error, its details, what it came from, nor any frame's variables."""
    offers = [] if "none" in script else [f"AUTH {ways}"]
    server = serve(script, offers=offers, tls=served_by(ca))
    failure = failure_of(secure_sender(server, trusted, user="ana", password=PASSWORD))
    assert type(failure) is SenderUnavailable
    assert failure.details["stage"] == "auth"
    assert failure.__context__ is failure.__cause__ is None
    told = traceback.TracebackException.from_exception(failure, capture_locals=True)
    shown = "".join(told.format()) + repr(failure) + str(failure.details)
    for token in [*TOKENS, TOKENS[2][:12]]:
        assert token not in shown
    assert "MAIL" not in verbs(server.conversations[0])


def test_a_way_to_log_in_that_failed_is_not_tried_again(
    serve: Serve, ca: trustme.CA, trusted: ssl.SSLContext
) -> None:
    """A wrong password is said once: more tries lock accounts."""
    server = serve({"auth": b"535 5.7.8 wrong"}, tls=served_by(ca))
    failure_of(secure_sender(server, trusted, user="ana", password=PASSWORD))
    assert verbs(server.conversations[0]) == ["EHLO", "AUTH", "QUIT"]


def test_a_log_in_that_hangs(serve: Serve, ca: trustme.CA, trusted: ssl.SSLContext) -> None:
    """email.md: a log-in has its time, too."""
    server = serve({"auth": HANG}, tls=served_by(ca))
    options: dict[str, Any] = {"user": "ana", "password": PASSWORD, "timeouts": impatient("auth")}
    failure = failure_of(secure_sender(server, trusted, **options))
    assert (type(failure), failure.details["stage"]) == (SenderUnavailable, "auth")


def test_a_sender_shows_no_password() -> None:
    """Fault 78: neither its name, repr and str, nor a pickle or a copy."""
    sender = SMTPSender("mail.example", user="ana@example.com", password=PASSWORD)
    assert sender.name == "smtps://ana%40example.com@mail.example:465"
    assert repr(sender) == str(sender) == f"SMTPSender({sender.name!r})"
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="make one where it is needed"):
            copied(sender)
    # Some providers' user is the password.
    token = SMTPSender("mail.example", user=PASSWORD, password=PASSWORD)
    assert token.name == "smtps://mail.example:465"


# Keeping connections


def test_inside_with_a_connection_is_kept(serve: Serve) -> None:
    """email.md: one connection for a batch; without `with` one for each mail."""
    server = serve()
    sender = plain_sender(server)
    with sender:
        for _ in range(3):
            sender.send(message())
    assert [verbs(said) for said in server.conversations] == [
        ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]
    ]
    sender.send(message())
    sender.send(message())
    assert [verbs(said) for said in server.conversations[1:]] == [
        ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    ] * 2
    assert len(server.mails) == 5


def test_a_with_inside_a_with_ends_nothing(serve: Serve) -> None:
    """Connections end with the outermost `with`, and when a block ends in an error, too."""
    server = serve()
    sender = plain_sender(server)
    with suppress(ZeroDivisionError), sender:
        with sender:
            sender.send(message())
        sender.send(message())
        raise ZeroDivisionError
    assert [verbs(said)[-1] for said in server.conversations] == ["QUIT"]


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)], ids=["one by one", "pipelining"])
@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_after_a_refusal_the_connection_goes_on(
    serve: Serve, stage: str, offers: tuple[str, ...]
) -> None:
    """email.md: RSET after a refusal; the next mail arrives over the same connection."""
    refused = {stage: [b"550 5.7.1 no"]}
    if offers and stage == "rcpt":
        refused["data"] = [b"554 5.5.1 no valid recipients"]
    server = serve(refused, offers=offers)
    mail = message()
    with plain_sender(server) as sender:
        failure_of(sender)
        sender.send(mail)
    (said,) = server.conversations
    assert verbs(said).count("RSET") == 1
    assert server.mails == [mail.as_bytes()]


def test_data_that_is_taken_for_nobody_is_never_filled(serve: Serve) -> None:
    """RFC 2920: a server that says 354 though RCPT was refused gets no mail, and no end of one."""
    server = serve({"rcpt": [b"550 5.1.1 gone"]}, offers=["PIPELINING"])
    mail = message()
    with plain_sender(server) as sender:
        assert failure_of(sender).details["suppress"] is True
        sender.send(mail)
    assert len(server.conversations) == 2
    assert server.mails == [mail.as_bytes()]
    assert server.unfinished == [b""]


def test_pipelining_says_mail_rcpt_and_data_at_once() -> None:
    """RFC 2920: the three commands are there before the first of them is answered."""
    asked: list[bytes] = []

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hi\r\n")
            lines.readline()
            connection.sendall(b"250-hi\r\n250 PIPELINING\r\n")
            asked.extend(lines.readline() for _ in range(3))
            connection.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
            while lines.readline() != b".\r\n":
                pass
            connection.sendall(b"250 queued\r\n")
            lines.readline()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        place = listener.getsockname()
        SMTPSender("127.0.0.1", place[1], security="plain", timeouts=PATIENT).send(message())
        thread.join()
    assert [line.split(b":")[0].strip() for line in asked] == [b"MAIL FROM", b"RCPT TO", b"DATA"]


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)], ids=["one by one", "pipelining"])
@pytest.mark.parametrize("end", [DROP, RESET, b"421 4.4.2 idle too long"], ids=str)
def test_a_connection_that_was_idle_too_long_is_made_anew_once(
    serve: Serve, end: Any, offers: tuple[str, ...]
) -> None:
    """email.md: a kept connection that ended before MAIL costs no attempt, a new one does."""
    first, second = message(), message()
    server = serve({"mail": [b"250 ok", end]}, offers=offers)
    with plain_sender(server) as sender:
        sender.send(first)
        sender.send(second)
    assert server.mails == [first.as_bytes(), second.as_bytes()]
    assert len(server.conversations) == 2
    stubborn = serve({"mail": [b"250 ok", end, end]}, offers=offers)
    with plain_sender(stubborn) as sender:
        sender.send(first)
        assert type(failure_of(sender)) is TemporaryFailure
    assert len(stubborn.conversations) == 2


def test_a_later_loss_is_not_tried_again(serve: Serve) -> None:
    """email.md: once the server has heard of the mail, what happens to it is for the outbox."""
    for stage, expected in (("rcpt", TemporaryFailure), ("dot", UncertainDelivery)):
        good = b"250 ok"
        server = serve({stage: [good, DROP]})
        with plain_sender(server) as sender:
            sender.send(message())
            assert type(failure_of(sender)) is expected
        assert len(server.conversations) == 1


def test_a_server_that_counts_mails_gets_a_new_connection(serve: Serve) -> None:
    """A "not now" to MAIL may mean this connection: the next mail comes over another."""
    server = serve({"mail": [b"250 ok", b"452 4.5.3 too many mails in this session"]})
    with plain_sender(server) as sender:
        sender.send(message())
        assert type(failure_of(sender)) is TemporaryFailure
        sender.send(message())
    assert len(server.conversations) == 2


@pytest.mark.parametrize("answer", [b"500 no", DROP, HANG], ids=str)
def test_a_bad_good_bye_changes_nothing(serve: Serve, answer: Any) -> None:
    """A mail that was taken stays taken, whatever becomes of QUIT; a failed RSET costs nothing."""
    server = serve({"quit": answer, "rset": answer, "rcpt": [b"550 no"]})
    with plain_sender(server, timeouts=impatient("quit")) as sender:
        assert type(failure_of(sender)) is PermanentFailure
        sender.send(message())
    sender.send(message())
    assert len(server.mails) == 2
    assert len(server.conversations) == 3


def test_a_connection_in_use_is_nobody_elses(serve: Serve) -> None:
    """Any thread may send: a mail whose answer is awaited holds up no other, nor mixes with it."""
    server = serve({"dot": [b"250 ok", HOLD]})
    first, slow, quick = message(), message(), message()
    with plain_sender(server) as sender:
        sender.send(first)
        thread = threading.Thread(target=sender.send, args=(slow,))
        thread.start()
        server.holding.wait()
        sender.send(quick)
        server.released.set()
        thread.join()
    assert server.mails == [mail.as_bytes() for mail in (first, quick, slow)]
    assert [verbs(said).count("MAIL") for said in server.conversations] == [2, 1]


def test_threads_share_what_is_free(serve: Serve) -> None:
    """Any thread may send: all mails arrive whole, over no more connections than threads."""
    server = serve()
    mails = [[message() for _ in range(10)] for _ in range(4)]
    together = threading.Barrier(4)

    def send_all(batch: list[OutboxMessage]) -> None:
        together.wait()
        for mail in batch:
            sender.send(mail)

    with plain_sender(server) as sender:
        threads = [threading.Thread(target=send_all, args=(batch,)) for batch in mails]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(server.mails) == sorted(m.as_bytes() for batch in mails for m in batch)
    assert 1 <= len(server.conversations) <= 4
    assert {verbs(said)[-1] for said in server.conversations} == {"QUIT"}


FORKING = """
import os, sys
from wixcrm_local.senders.contract import sample_message
from wixcrm_local.senders.smtp import SMTPSender
with SMTPSender("127.0.0.1", int(sys.argv[1]), security="plain") as sender:
    sender.send(sample_message())
    child = os.fork()
    if child == 0:
        sender.send(sample_message())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    sender.send(sample_message())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_leaves_its_parents_connection_alone(serve: Serve) -> None:
    """Fault 34: after a fork the child makes a connection of its own, the parent keeps its."""
    server = serve()
    subprocess.run([sys.executable, "-c", FORKING, str(server.port)], check=True)
    assert [verbs(said).count("MAIL") for said in server.conversations] == [2, 1]
    assert verbs(server.conversations[0])[-1] == "QUIT"


def test_a_mail_that_was_interrupted_leaves_no_connection(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 37: an interrupt in mid-mail passes, and the half-used connection is not kept."""
    server = serve()
    receive = socket.socket.recv

    class Stop(BaseException):
        """As Ctrl-C."""

    def interrupted(self: socket.socket, *arguments: Any) -> bytes:
        if self.getpeername()[1] == server.port:
            raise Stop
        return receive(self, *arguments)

    mail = message()
    with plain_sender(server) as sender:
        sender.send(message())
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "recv", interrupted)
            with pytest.raises(Stop):
                sender.send(message())
        sender.send(mail)
    assert server.mails[-1] == mail.as_bytes()
    assert len(server.conversations) == 2


# The bytes


@pytest.fixture(scope="module")
def open_line() -> Iterator[tuple[ScriptedServer, SMTPSender]]:
    """A server and a sender that keeps its connection over many examples."""
    with ScriptedServer(offers=["PIPELINING"]) as server, plain_sender(server) as sender:
        yield server, sender


@given(
    lines=st.lists(
        st.one_of(
            st.sampled_from([".", "..", ".\r", "", "\r", "QUIT", "." * 2000, "x" * 5000]),
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        )
    ),
    html=st.booleans(),
)
@example(lines=[".", "MAIL FROM:<x@example.com>"], html=False)
@example(lines=["a", ".", ""], html=False)
@example(lines=["." + "x" * 70_000 + "."] * 3, html=False)
@settings(max_examples=20)
def test_what_arrives_is_what_was_written(
    open_line: tuple[ScriptedServer, SMTPSender], lines: list[str], html: bool
) -> None:
    """RFC 5321, section 4.5.2: dots are stuffed once, and no body ends its mail early."""
    server, sender = open_line
    text = "\r\n".join(lines)
    mail = message(text=text, html=text if html else None)
    before = len(server.mails)
    sender.send(mail)
    assert server.mails[before:] == [mail.as_bytes()]


# Making one


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("smtps://mail.example", "smtps://mail.example:465"),
        ("smtp://mail.example/", "smtp://mail.example:587"),
        ("smtp+plain://127.0.0.1", "smtp+plain://127.0.0.1:25"),
        ("SMTPS://Mail.Example:2465", "smtps://mail.example:2465"),
        ("smtp://[::1]:2525", "smtp://[::1]:2525"),
        ("smtps://bücher.example", "smtps://xn--bcher-kva.example:465"),
        ("smtps://ana@mail.example", "smtps://ana@mail.example:465"),
        ("smtps://ana@example.com@mail.example", "smtps://ana%40example.com@mail.example:465"),
        ("smtps://a%3Ab%2Fc@mail.example", "smtps://a%3Ab%2Fc@mail.example:465"),
    ],
)
def test_a_url_names_server_and_user(url: str, name: str) -> None:
    """Issue 4: the scheme is the security, the port has a default; the name is such a URL again."""
    password = PASSWORD if "@" in url else None
    sender = SMTPSender.from_url(url, password=password, from_address="shop@example.com")
    assert sender.name == name
    assert sender.from_address == "shop@example.com"
    assert SMTPSender.from_url(name, password=password).name == name


@pytest.mark.parametrize(
    "url",
    [
        f"smtps://ana:{SECRET}@mail.example"
        for SECRET in ("hunter2", "hunter2@x", "hunter2/y", "hunter2#z", "hunter2?", "[hunter2")
    ]
    + ["smtps://ana:@mail.example", "smtps://:hunter2@mail.example", "smtp+plain://:hunter2@x"],
)
def test_a_password_in_a_url_is_refused(url: str) -> None:
    """Fault 78: with the remedy, and without showing it."""
    with pytest.raises(InvalidArgument, match="environment variable") as caught:
        SMTPSender.from_url(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtps:mail.example",
        "smtps://",
        "smtps://@mail.example",
        "smtps://mail.example:hunter2",
        "smtps://mail.example:0",
        "smtps://mail.example:65536",
        "smtps://mail.example/hunter2",
        "smtps://mail.example?tls=hunter2",
        "smtps://mail..example",
        "smtps://mail example",
        "smtps://[::1",
        "smtps://ana@mail.example",
        "smtp+plain://ana@mail.example",
        b"smtps://mail.example",
        None,
    ],
)
def test_a_url_that_names_no_server_is_refused(url: Any) -> None:
    """Issue 4: one sentence that ends with the remedy; what might be a secret is not repeated."""
    with pytest.raises(InvalidArgument) as caught:
        SMTPSender.from_url(url)
    assert ";" in caught.value.message
    assert "hunter2" not in caught.value.message
    assert "argument" in caught.value.details


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("host", {"host": ""}),
        ("host", {"host": "mail.example:465"}),
        ("host", {"host": None}),
        ("host", {"host": "a\r\nb"}),
        ("host", {"host": "x" * 64}),
        ("port", {"port": "465"}),
        ("port", {"port": True}),
        ("port", {"port": 65_536}),
        ("security", {"security": "ssl"}),
        ("security", {"security": None}),
        ("password", {"security": "plain", "user": "ana", "password": PASSWORD}),
        ("user", {"security": "plain", "user": "ana"}),
        ("password", {"user": "ana"}),
        ("user", {"password": PASSWORD}),
        ("password", {"user": "ana", "password": ""}),
        ("password", {"user": "ana", "password": b"x"}),
        ("password", {"user": "ana", "password": "a\0b"}),
        ("password", {"user": "ana", "password": "\ud800"}),
        ("from_address", {"from_address": "Shop <shop@example.com>"}),
        ("timeouts", {"timeouts": 10}),
        ("context", {"context": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).options}),
        ("name", {"name": ""}),
        ("name", {"user": "ana", "password": PASSWORD, "name": f"mail {PASSWORD}"}),
    ],
)
def test_a_bad_argument_is_refused(argument: str, options: dict[str, Any]) -> None:
    """Fault 1: named, with the remedy, and no secret in it; no password goes without TLS."""
    with pytest.raises(InvalidArgument) as caught:
        SMTPSender(**{"host": "mail.example", **options})
    assert caught.value.details == {"argument": argument}
    assert ";" in caught.value.message
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("lacking", ["certificate", "host name"])
def test_a_context_that_verifies_less_is_refused(lacking: str) -> None:
    """Fault 78: certificate and host name are verified, always."""
    context = ssl.create_default_context()
    context.check_hostname = False
    if lacking == "certificate":
        context.verify_mode = ssl.CERT_NONE
    with pytest.raises(InvalidArgument, match="cafile"):
        SMTPSender("mail.example", context=context)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), True, "10", None, 10**9])
def test_a_time_is_a_number_of_seconds(seconds: Any) -> None:
    """Fault 25: every stage ends some time."""
    with pytest.raises(InvalidArgument) as caught:
        Timeouts(greeting=seconds)
    assert caught.value.details == {"argument": "greeting"}


def test_two_presets_of_times(serve: Serve) -> None:
    """email.md: RFC 5321's for a delivery; 10 s and 30 s a stage where somebody waits."""
    assert (DELIVERY.greeting, DELIVERY.mail, DELIVERY.rcpt) == (300, 300, 300)
    assert (DELIVERY.data, DELIVERY.body, DELIVERY.dot) == (120, 180, 600)
    assert {INTERACTIVE.connect, INTERACTIVE.greeting, INTERACTIVE.tls} == {10}
    assert {getattr(INTERACTIVE, s) for s in ("ehlo", "auth", "mail", "rcpt", "data", "dot")} == {
        30
    }
    server = serve()
    patient = plain_sender(server, timeouts=None, from_address="shop@example.com")
    assert patient.timeouts is DELIVERY
    hasty = patient.within(INTERACTIVE)
    assert hasty.timeouts is INTERACTIVE
    assert (hasty.name, hasty.from_address) == (patient.name, patient.from_address)
    hasty.send(message(from_address=None))
    assert len(server.mails) == 1
