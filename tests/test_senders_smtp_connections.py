"""SMTPSender's connections: kept, made anew, shared among threads, left alone after a fork."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

import pytest
from scripted_smtp import DROP, HANG, HOLD, RESET
from smtp_fixtures import PATIENT, Serve, failure_of, impatient, message, plain_sender, verbs

from wixcrm_local import OutboxMessage, PermanentFailure, TemporaryFailure, UncertainDelivery
from wixcrm_local.senders.smtp import SMTPSender

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
