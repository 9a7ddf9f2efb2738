"""SMTPSender against servers on loopback: a real one, and one that does what its script says."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scripted_smtp import DRIP, DROP, ENDLESS, HANG, RESET, ScriptedServer
from smtp_fixtures import (
    AIOSMTPD_WARNS,
    PASSWORD,
    SHORT,
    RealMail,
    Serve,
    closed_port,
    failure_of,
    impatient,
    message,
    plain_sender,
    verbs,
)

from wixcrm_local import (
    DeliveryFailure,
    FromAddressMissing,
    InvalidArgument,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
    UncertainDelivery,
)
from wixcrm_local.senders import Receipt
from wixcrm_local.senders.contract import check_sender
from wixcrm_local.senders.smtp import DELIVERY, INTERACTIVE, SMTPSender, Timeouts

pytestmark = AIOSMTPD_WARNS


def test_a_real_server_gets_the_mail(real: RealMail) -> None:
    """T10: over TLS, STARTTLS and plain TCP the server gets envelope and bytes as they are."""
    server, make = real
    mail = message()
    sender = make()
    assert sender.send(mail) == Receipt(sender=sender.name, response="250 2.0.0 Ok: queued as 4F1")
    assert server.taken == [("shop@example.com", ["ana@example.com"], mail.as_bytes())]


def test_a_real_server_gets_an_address_beyond_ascii(
    real: RealMail,
) -> None:
    """RFC 6531: where the server takes SMTPUTF8, a local part of any letters goes out."""
    server, make = real
    mail = message(to="用户@bücher.example")
    make().send(mail)
    assert server.taken == [("shop@example.com", ["用户@xn--bcher-kva.example"], mail.as_bytes())]


def test_it_keeps_the_contract_of_senders(
    real: RealMail,
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
