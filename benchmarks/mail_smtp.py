"""Handing a mail to an SMTP server on loopback, building it included, beside smtplib's own."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import turns

from wixcrm_local import OutboxMessage
from wixcrm_local.senders import SMTPSender

HOST = "127.0.0.1"
_BLOCK = 50

Work = Callable[[Sequence[OutboxMessage]], object]


def measure(ports: dict[bool, int], messages: Sequence[OutboxMessage]) -> list[dict[str, Any]]:
    """Two tables: over connections that are kept, and over one for each mail.

    `ports` are those of `smtp_server.running`.
    """
    ready = {message.id: message.as_bytes() for message in messages}
    with ExitStack() as opened:
        kept = _over_kept_connections(opened, ports, ready)
        new = _over_new_connections(ports[True], ready)
        return [
            _table("over a kept connection", kept, messages),
            _table("with a connection for each mail", new, messages),
        ]


def _table(title: str, works: dict[str, Work], messages: Sequence[OutboxMessage]) -> dict[str, Any]:
    for work in works.values():
        work(messages[:1])  # what is loaded at the first mail
    times = turns.in_turns(works, messages, _BLOCK)
    return {"title": title, "calls": len(messages), "rows": turns.rows(times, _BLOCK)}


def _over_kept_connections(
    opened: ExitStack, ports: dict[bool, int], ready: dict[str, bytes]
) -> dict[str, Work]:
    sender, unhurried = (
        opened.enter_context(SMTPSender(HOST, ports[pipelining], security="plain"))
        for pipelining in (True, False)
    )
    server = opened.enter_context(smtplib.SMTP(HOST, ports[True]))
    return {
        "SMTPSender": _each(sender.send),
        "SMTPSender, server without PIPELINING": _each(unhurried.send),
        "smtplib, ready bytes": _each(lambda it: _send_ready(server, it, ready)),
        "smtplib, EmailMessage": _each(lambda it: server.send_message(_built(it))),
    }


def _over_new_connections(port: int, ready: dict[str, bytes]) -> dict[str, Work]:
    sender = SMTPSender(HOST, port, security="plain")

    def send_ready(message: OutboxMessage) -> None:
        with smtplib.SMTP(HOST, port) as server:
            _send_ready(server, message, ready)

    def build_and_send(message: OutboxMessage) -> None:
        with smtplib.SMTP(HOST, port) as server:
            server.send_message(_built(message))

    return {
        "SMTPSender": _each(sender.send),
        "smtplib, ready bytes": _each(send_ready),
        "smtplib, EmailMessage": _each(build_and_send),
    }


def _each(send: Callable[[OutboxMessage], object]) -> Work:
    def send_all(messages: Sequence[OutboxMessage]) -> None:
        for message in messages:
            send(message)

    return send_all


def _send_ready(server: smtplib.SMTP, message: OutboxMessage, ready: dict[str, bytes]) -> None:
    server.sendmail(message.from_address or "", [message.to], ready[message.id])


def _built(message: OutboxMessage) -> EmailMessage:
    """Text and html with the headers that ours has."""
    made = EmailMessage()
    made["From"] = message.from_address
    made["To"] = f'"{message.to_name}" <{message.to}>'
    made["Subject"] = message.subject
    made["Date"] = format_datetime(message.created_at)
    made["Message-ID"] = message.message_id
    made.set_content(message.text)
    made.add_alternative(message.html, subtype="html")
    return made
