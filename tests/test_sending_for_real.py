"""From emailContact to a server on loopback: what arrives, and what each failure leaves in the
outbox (issue 4, email.md)."""

from __future__ import annotations

import base64
import email
import email.policy
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import attrs
import pytest
from conftest import StillClock
from delivery_fixtures import SHOP, Postman, prepare
from scripted_smtp import DROP, HANG, HOLD, RESET
from smtp_fixtures import (
    AIOSMTPD_WARNS,
    PASSWORD,
    PATIENT,
    RealMail,
    Serve,
    plain_sender,
    served_by,
)

from wixcrm_local import CRM, EmailNotSent, OutboxMessage
from wixcrm_local.senders import SMTPSender
from wixcrm_local.senders.smtp import DELIVERY, INTERACTIVE, Timeouts

pytestmark = AIOSMTPD_WARNS

WELCOME: dict[str, Any] = {
    "subject": "Willkommen, ${name}!",
    "html": "<p>Schön, dass du da bist, <b>${name}</b>.</p>",
    "text": "Schön, dass du da bist, ${name}.",
    "variables": {"name": "Mensch"},
}


def read(mail: bytes) -> EmailMessage:
    found = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


# What arrives.


def test_a_mail_arrives_as_it_was_meant(real: RealMail, open_crm, clock: StillClock) -> None:
    """T10: names in any script, both bodies, frozen headers; TLS, STARTTLS and plain TCP."""
    with open_crm(clock=clock, from_address=SHOP, sender=real.make()) as crm:
        crm.triggered_emails.save("welcome", **WELCOME)
        zoe = crm.create_contact(
            {"firstName": "Zoë", "lastName": "Ωmega, the 1st", "emails": ["zoe@example.com"]}
        )
        crm.emailContact("welcome", zoe, {"variables": {"name": "Zoë <3"}})
        (mail,) = crm.outbox
    ((sender, recipients, arrived),) = real.server.taken
    assert (sender, recipients) == (SHOP, ["zoe@example.com"])
    assert arrived == mail.as_bytes()
    found = read(arrived)
    (to,) = found["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Zoë Ωmega, the 1st", "zoe@example.com")
    assert (found["From"], found["Subject"]) == (SHOP, "Willkommen, Zoë <3!")
    assert (found["Message-ID"], found["Date"].datetime) == (mail.message_id, clock.now)
    text, html = found.iter_parts()
    assert text.get_content().strip() == "Schön, dass du da bist, Zoë <3."
    assert html.get_content().strip() == "<p>Schön, dass du da bist, <b>Zoë &lt;3</b>.</p>"
    assert (mail.status, mail.attempts) == ("sent", 1)


def test_a_batch_goes_over_one_connection(real: RealMail, open_crm) -> None:
    """email.md: `deliver`, and the end of a transaction, keep the connection open."""
    with open_crm(from_address=SHOP, sender=real.make()) as crm:
        [ana] = prepare(crm)
        with crm.transaction():
            for _ in range(30):
                crm.send_email("a", ana)
        assert {mail.status for mail in crm.outbox} == {"sent"}
        sent = [mail.message_id for mail in crm.outbox]
    assert [read(mail)["Message-ID"] for mail in real.server.arrived()] == sent


def test_a_retry_is_the_same_mail(serve: Serve, open_crm, clock: StillClock) -> None:
    """RFC 5322, fault 46: byte for byte, after the template and the contact have changed."""
    server = serve({"rcpt": [b"450 4.2.0 greylisted"]})
    with open_crm(clock=clock, from_address=SHOP) as crm:
        [ana] = prepare(crm)
        mail = crm.send_email("a", ana)
        assert crm.deliver(plain_sender(server)).deferred == 1
        crm.triggered_emails.save("a", subject="Other", text="Other")
        crm.create_contact({"emails": ["0@example.com"], "firstName": "Other"})
        clock.move(hours=1)
        assert crm.deliver(plain_sender(server)).sent == 1
        assert [attempt.smtp_code for attempt in crm.outbox.attempts(mail.id)] == [450, None]
    assert server.mails == [mail.as_bytes()]


# What each failure leaves.

Fate = tuple[str, str | None, list[str]]
DEFERRED: Fate = ("queued", "deferred", ["temporary"])
REFUSED: Fate = ("failed", "refused", ["permanent"])
UNKNOWN: Fate = ("uncertain", "unanswered", ["uncertain"])
UNTOUCHED: Fate = ("queued", None, [])

FATES: list[tuple[str, Any, Fate]] = [
    ("greeting", b"421 4.3.2 too busy", UNTOUCHED),
    ("greeting", b"554 5.7.1 go away", UNTOUCHED),
    ("greeting", DROP, UNTOUCHED),
    ("ehlo", RESET, UNTOUCHED),
    ("mail", b"451 4.3.0 later", DEFERRED),
    ("mail", b"421 4.3.2 closing", DEFERRED),
    ("mail", b"550 5.1.8 bad sender", REFUSED),
    ("rcpt", b"450 4.2.0 greylisted", DEFERRED),
    ("rcpt", b"552 5.2.2 mailbox full", DEFERRED),
    ("rcpt", b"550 5.7.1 no relaying", REFUSED),
    ("rcpt", b"550 5.1.1 no such user", REFUSED),
    ("data", b"451 4.3.0 later", DEFERRED),
    ("data", b"554 5.5.1 no", REFUSED),
    ("data", DROP, DEFERRED),
    ("dot", b"452 4.3.1 disk full", DEFERRED),
    ("dot", b"554 5.6.0 spam", REFUSED),
    ("dot", DROP, UNKNOWN),
    ("dot", RESET, UNKNOWN),
]


@pytest.fixture(params=FATES, ids=lambda row: f"{row[0]} {str(row[1])[:16]}")
def fated(request: pytest.FixtureRequest, serve: Serve) -> tuple[SMTPSender, Fate]:
    """A sender to a server that fails once, and what that makes of a mail."""
    stage, answer, fate = request.param
    return plain_sender(serve({stage: [answer]})), fate


def fate_of(crm: CRM, mail: OutboxMessage) -> Fate:
    now = crm.outbox.get(mail.id)
    return now.status, now.reason, [it.outcome for it in crm.outbox.attempts(mail.id)]


def test_what_deliver_makes_of_each_failure(fated, open_crm, clock: StillClock) -> None:
    """email.md, table of failures: from the server's answer to the row, its attempts, the breaker
    and the suppression list; and once the server is well again, whatever may go has gone."""
    sender, fate = fated
    with open_crm(clock=clock, from_address=SHOP) as crm:
        [ana] = prepare(crm)
        mail = crm.send_email("a", ana)
        report = crm.deliver(sender)
        assert fate_of(crm, mail) == fate
        assert (report.unavailable is not None) == (fate == UNTOUCHED)
        assert list(crm.outbox.stats().left_alone) == ([sender.name] if fate == UNTOUCHED else [])
        dead = [attempt.enhanced_code for attempt in crm.outbox.attempts(mail.id)] == ["5.1.1"]
        assert [entry.reason for entry in crm.suppressions.list()] == ["bounced"] * dead
        clock.move(hours=1)
        crm.deliver(sender)
        assert crm.outbox.get(mail.id).status == ("failed" if fate == REFUSED else "sent")


def test_what_a_call_makes_of_each_failure(fated, open_crm, clock: StillClock) -> None:
    """T10: emailContact raises where the mail never goes, and returns where it may still."""
    sender, fate = fated
    with open_crm(clock=clock, from_address=SHOP, sender=sender) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        if fate == REFUSED:
            with pytest.raises(EmailNotSent) as caught:
                crm.emailContact("a", ana)
            assert caught.value.details["id"] == crm.outbox[-1].id
            assert caught.value.details["smtp_code"] in (550, 554)
        else:
            assert crm.emailContact("a", ana) is None
        assert fate_of(crm, crm.outbox[-1]) == fate


def test_a_server_that_closes_in_mid_session_gets_the_rest(serve: Serve, open_crm, clock) -> None:
    """email.md: 421 in mid-session defers that mail, and the next goes over a new connection."""
    server = serve({"rcpt": [b"250 ok", b"421 4.3.2 enough", b"250 ok"]})
    with open_crm(clock=clock, from_address=SHOP) as crm:
        [ana] = prepare(crm)
        for _ in range(4):
            crm.send_email("a", ana)
        report = crm.deliver(plain_sender(server))
        assert (report.sent, report.deferred) == (3, 1)
    assert len(server.conversations) == 2


# Patience.


def test_a_call_does_not_wait_as_long_as_a_delivery(open_crm, clock: StillClock) -> None:
    """email.md, two sets of time-outs: ten seconds for a greeting where somebody waits, the RFC's
    where nobody does. No sender is asked otherwise than that."""
    patience: list[Timeouts] = []

    class Waiting(Postman):
        """Notes how long it may wait, as SMTPSender knows it."""

        timeouts = DELIVERY

        def within(self, timeouts: Timeouts) -> Waiting:
            hasty = Waiting("unavailable")
            hasty.timeouts = timeouts
            return hasty

        def send(self, message: OutboxMessage) -> Any:
            patience.append(self.timeouts)
            return super().send(message)

    with open_crm(clock=clock, from_address=SHOP, sender=Waiting()) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        crm.emailContact("a", ana)
        clock.move(hours=1)
        with crm.transaction():
            crm.emailContact("a", ana)
        clock.move(hours=1)
        assert crm.deliver().sent == 1
    assert patience == [INTERACTIVE, INTERACTIVE, DELIVERY]
    assert (INTERACTIVE.greeting, DELIVERY.greeting) == (10, 300)


@pytest.mark.parametrize("stage", ["greeting", "rcpt", "dot"])
def test_a_server_that_falls_silent_frees_the_caller(serve, open_crm, stage: str) -> None:
    """email.md: the call ends when the stage's time is over, and the row tells the rest."""
    timeouts = attrs.evolve(PATIENT, **{stage: 0.05})
    sender = plain_sender(serve({stage: HANG}), timeouts=timeouts)
    with open_crm(from_address=SHOP) as crm:
        [ana] = prepare(crm)
        mail = crm.send_email("a", ana)
        crm.deliver(sender)
        expected = {"greeting": UNTOUCHED, "rcpt": DEFERRED, "dot": UNKNOWN}[stage]
        assert fate_of(crm, mail) == expected


def test_other_calls_go_on_while_a_server_thinks(serve: Serve, open_crm, tmp_path: Path) -> None:
    """email.md: no transaction is open while a sender is asked, so nobody waits for a server."""
    server, path = serve({"dot": HOLD}), tmp_path / "x.db"
    with open_crm(path, from_address=SHOP, sender=plain_sender(server)) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        thread = threading.Thread(target=crm.emailContact, args=("a", ana))
        thread.start()
        assert server.holding.wait(30)
        with open_crm(path, busy_timeout=5, new_id=None) as other:
            assert other.outbox[0].status == "sending"
            other.create_contact({"emails": ["bo@example.com"]})
            assert other.deliver(Postman()).sent == 0
        crm.create_contact({"emails": ["ana@example.com"], "firstName": "Ana"})
        server.released.set()
        thread.join()
        assert crm.outbox[0].status == "sent"


# Secrets.


def test_a_password_is_nowhere(serve: Serve, ca, trusted, open_crm, tmp_path, caplog) -> None:
    """Fault 78: neither in the file and its log, nor in what is logged, shown or raised."""
    server = serve({"auth": b"535 5.7.8 " + PASSWORD.encode()}, tls=served_by(ca))
    sender = SMTPSender(
        "127.0.0.1", server.port, user="ana@example.com", password=PASSWORD, context=trusted
    )
    with (
        caplog.at_level("DEBUG"),
        open_crm(tmp_path / "x.db", from_address=SHOP, sender=sender) as crm,
    ):
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        mail = crm.send_email("a", ana)
        report = crm.deliver()
        assert mail.status == "queued"
        assert report.unavailable is not None
        shown = [repr(crm), repr(sender), repr(crm.outbox.stats()), repr(report), caplog.text]
        for held in tmp_path.iterdir():
            shown.append(held.read_bytes().decode("latin-1"))
    assert len(shown) > 6
    encoded = base64.b64encode(PASSWORD.encode()).decode()
    for secret in (PASSWORD, encoded, PASSWORD.encode().decode("latin-1")):
        assert all(secret not in each for each in shown)
