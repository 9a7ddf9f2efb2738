"""`outbox list` and `outbox show`: the mails that were recorded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import click

from wixcrm_local import errors
from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.options import json_option, limit_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.message import STATUSES, OutboxMessage


@click.group(cls=Group)
def outbox() -> None:
    """List and show the mails of the outbox."""


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
    elif not write_table(("id", "to", "subject", "status", "when"), map(_row, shown)):
        session.note("the outbox holds no such mail" if any(wanted.values()) else "no mail yet")
    if count > len(shown):
        session.note(f"{count - len(shown):,} older ones; --limit 0 shows all")


@outbox.command(examples=["wixcrm-local outbox show"])
@argument("id", "The mail's id, as outbox list tells it.  [default: the newest]", required=False)
@json_option
@store_options
@pass_session
def show(session: Session, id: str | None, as_json: bool) -> None:
    """Show one mail, or the newest one."""
    with session.reading() as crm:
        message = crm.outbox.last() if id is None else crm.outbox.get(id)
    if message is None:
        raise errors.MessageNotFound("the outbox is empty; send a mail first, with email send")
    if as_json:
        output.write_json(output.as_data(message))
    else:
        _write_message(message)


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
        message.subject,
        message.status,
        output.moment(message.created_at),
    )


def _write_message(message: OutboxMessage) -> None:
    recipient = f"{message.to_name} <{message.to}>" if message.to_name else message.to
    status = f"{message.status} ({message.reason})" if message.reason else message.status
    headers = {
        "From": message.from_address,
        "To": recipient,
        "Subject": message.subject,
        "Date": output.moment(message.created_at),
        "Status": status,
        "Template": message.email_id,
        "Id": message.id,
    }
    for name, value in headers.items():
        if value:
            output.write(output.printable(f"{name}: {value}"))
    output.write(f"\n{output.printable_lines(message.text)}")
