"""SMTPSender over TLS, and logging in: nothing is skipped in silence, and no secret is shown."""

from __future__ import annotations

import base64
import copy
import pickle
import socket
import ssl
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from scripted_smtp import DROP, HANG, ScriptedServer
from smtp_fixtures import PASSWORD, PATIENT, Serve, failure_of, impatient, message, served_by, verbs

from wixcrm_local import SenderUnavailable
from wixcrm_local.senders.smtp import SMTPSender

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
