"""`outbox list`, `show`, `eml` and `stats`: the mails that were recorded, and how they stand."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable

import click

from wixcrm_local import errors
from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.members import write_members
from wixcrm_local.cli.message_words import next_step, state, write_message
from wixcrm_local.cli.options import json_option, limit_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.message import STATUSES, OutboxMessage, OutboxStats

_HEADINGS = ("id", "to", "status", "subject", "next", "attempts", "recorded")
_PRIVATE = 0o600


@click.group(cls=Group)
def outbox() -> None:
    """List and show the mails of the outbox, and decide about them."""


@outbox.command(
    name="list",
    examples=[
        "wixcrm-local outbox list --limit 10",
        "wixcrm-local outbox list --to ana@example.com --status queued --json",
    ],
)
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    metavar="STATUS",
    help=f"Only mails with this status: {', '.join(STATUSES)}.",
)
@click.option("--to", metavar="ADDRESS", help="Only mails to this address, in any spelling.")
@click.option(
    "--email-id",
    metavar="ID",
    shell_complete=completion.templates,
    help="Only mails made from this Triggered Email.",
)
@click.option(
    "--contact",
    "contact_id",
    metavar="ID",
    shell_complete=completion.contacts,
    help="Only mails to this contact.",
)
@limit_option("Newest mails to show")
@json_option
@store_options
@pass_session
def list_messages(session: Session, /, limit: int, as_json: bool, **wanted: str | None) -> None:
    """List the newest mails, the newest last. Under --json each is an object on its own line."""
    with session.reading() as crm:
        found: Iterable[OutboxMessage] = crm.outbox
        if any(wanted.values()):
            found = crm.outbox.where(**wanted)
        count, shown = _newest(found, limit)
    if as_json:
        for message in shown:
            output.write_json(output.as_data(message))
    elif not write_table(_HEADINGS, map(_row, shown)):
        session.note("the outbox holds no such mail" if any(wanted.values()) else "no mail yet")
    if count > len(shown):
        session.note(f"{count - len(shown):,} older ones; --limit 0 shows all")


@outbox.command(examples=["wixcrm-local outbox show", "wixcrm-local outbox show MESSAGE_ID --json"])
@argument(
    "id",
    "The mail's id, as outbox list tells it.  [default: the newest]",
    required=False,
    shell_complete=completion.messages,
)
@json_option
@store_options
@pass_session
def show(session: Session, id: str | None, as_json: bool) -> None:
    """Show one mail, or the newest one: headers, state, what senders answered, and its text.

    Under --json the answers are in `answers`.
    """
    with session.reading() as crm:
        message = _wanted(crm, id)
        answers = crm.outbox.attempts(message.id)
    if as_json:
        data = output.as_data(message)
        output.write_json({**data, "answers": [output.as_data(each) for each in answers]})
    else:
        write_message(message, answers)


@outbox.command(
    examples=[
        "wixcrm-local outbox eml MESSAGE_ID --output mail.eml",
        "wixcrm-local outbox eml MESSAGE_ID --from shop@example.com",
    ]
)
@argument("id", "The mail's id.", shell_complete=completion.messages)
@click.option(
    "--output",
    "-o",
    "path",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write into this new file, private to this user.  [default: stdout]",
)
@click.option("--overwrite", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--from", "from_address", metavar="ADDRESS", help="Address to send from, where it has none."
)
@store_options
@pass_session
def eml(
    session: Session, id: str, path: str | None, overwrite: bool, from_address: str | None
) -> None:
    """Write one mail as it goes over the wire, byte for byte, for a mail program to open.

    The bytes are plain ASCII without control characters, so that a terminal may show them, too.
    """
    with session.reading() as crm:
        data = crm.outbox.get(id).as_bytes(from_address)
    if path in (None, "-"):
        output.write_bytes(data)
        return
    try:
        _write_file(path, data, overwrite)
    except FileExistsError:
        raise errors.InvalidArgument(
            f"{path} exists already; choose another file, or give --overwrite"
        ) from None
    output.write(output.printable(f"{len(data):,} bytes: {path}"))


@outbox.command(examples=["wixcrm-local outbox stats", "wixcrm-local outbox stats --json"])
@json_option
@store_options
@pass_session
def stats(session: Session, as_json: bool) -> None:
    """Count the mails by status, and tell what waits for what."""
    with session.reading() as crm:
        found = crm.outbox.stats()
    if as_json:
        output.write_json(output.as_data(found))
    elif found.by_status:
        _write_stats(found)
    else:
        session.note("no mail yet")


def _wanted(crm: CRM, id: str | None) -> OutboxMessage:
    message = crm.outbox.last() if id is None else crm.outbox.get(id)
    if message is None:
        raise errors.MessageNotFound("the outbox is empty; send a mail first, with email send")
    return message


def _newest(found: Iterable[OutboxMessage], limit: int) -> tuple[int, deque[OutboxMessage]]:
    """How many there are, and the last ones of them; the others are let go of on the way."""
    count = 0
    newest: deque[OutboxMessage] = deque(maxlen=limit or None)
    for message in found:
        count += 1
        newest.append(message)
    return count, newest


def _row(message: OutboxMessage) -> tuple[str, ...]:
    return (
        message.id,
        message.to,
        state(message),
        message.subject,
        next_step(message),
        str(message.attempts),
        output.moment(message.created_at),
    )


def _write_file(path: str, data: bytes, overwrite: bool) -> None:
    """A mail holds what is nobody's business: its file is for its owner alone."""
    new = os.O_TRUNC if overwrite else os.O_EXCL
    flags = os.O_WRONLY | os.O_CREAT | new | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, _PRIVATE), "wb") as file:
        file.write(data)


def _write_stats(found: OutboxStats) -> None:
    counts = {status: found.by_status.get(status, 0) for status in STATUSES}
    members = {name: f"{number:,}" for name, number in counts.items() if number}
    members["due now"] = f"{found.due:,}"
    if found.stale:
        members["held back"] = f"{found.stale:,} (deliver --include-stale, outbox cancel --stale)"
    if found.undecided:
        members["undecided"] = f"{found.undecided:,} (outbox resolve ID sent|resend)"
    if found.next_due:
        members["next due"] = output.moment(found.next_due)
    for sender, until in found.left_alone.items():
        members[f"left alone {sender}"] = f"until {output.moment(until)}: it could not be reached"
    write_members(members)
