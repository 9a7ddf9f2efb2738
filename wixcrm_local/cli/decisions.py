"""`outbox cancel`, `retry` and `resolve`: a person's decisions about mails.

Law: of several mails, all are decided or none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.delivery_report import mails
from wixcrm_local.cli.message_words import next_step, state
from wixcrm_local.cli.options import json_option, pass_session, store_options, yes_option
from wixcrm_local.cli.session import Session
from wixcrm_local.message import OutboxMessage
from wixcrm_local.outbox import Outbox


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local outbox cancel MESSAGE_ID",
        "wixcrm-local outbox cancel --stale --yes",
    ],
)
@argument(
    "ids",
    "Mails that no sender was asked to take yet.",
    nargs=-1,
    metavar="[ID]...",
    shell_complete=completion.messages_to_cancel,
)
@click.option("--stale", is_flag=True, help="All that is held back, in place of ids.")
@yes_option
@json_option
@store_options
@pass_session
def cancel(
    session: Session, ids: tuple[str, ...], stale: bool, is_sure: bool, as_json: bool
) -> None:
    """Give up mails that wait; `outbox retry` takes that back.

    --stale asks first on a terminal and says how many there are; elsewhere --yes is needed. Under
    --json each mail is an object on its own line, and with --stale the answer is their number.
    """
    if stale == bool(ids):
        raise click.UsageError("Give either ids of mails, or --stale for all that is held back.")
    if not stale:
        _decide(session, ids, "cancelled", as_json, Outbox.cancel)
        return
    with session.reading() as crm:
        if not is_sure:
            confirm(f"give up {mails(crm.outbox.stats().stale)} that are held back")
        number = crm.outbox.cancel_stale()
    if not number:
        session.note("nothing is held back; a first deliver holds back what was recorded before it")
    if as_json:
        output.write_json({"cancelled": number})
    else:
        output.write(f"cancelled {mails(number)}")


@click.command(cls=Command, examples=["wixcrm-local outbox retry MESSAGE_ID"])
@argument(
    "ids",
    "Mails that failed, were cancelled or suppressed, or wait.",
    nargs=-1,
    required=True,
    metavar="ID...",
    shell_complete=completion.messages_to_retry,
)
@json_option
@store_options
@pass_session
def retry(session: Session, ids: tuple[str, ...], as_json: bool) -> None:
    """Queue mails again, for the next `deliver` to take at once.

    The suppression list is looked at again then. Under --json each mail is an object on its own
    line.
    """
    _decide(session, ids, "queued again", as_json, Outbox.retry)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local outbox resolve UNCERTAIN_ID sent",
        "wixcrm-local outbox resolve UNCERTAIN_ID resend",
    ],
)
@argument("id", "An uncertain mail.", shell_complete=completion.messages_to_resolve)
@argument(
    "outcome",
    "sent: it has arrived; resend: it has not, send it again.",
    type=click.Choice(["sent", "resend"]),
    metavar="sent|resend",
)
@json_option
@store_options
@pass_session
def resolve(session: Session, id: str, outcome: str, as_json: bool) -> None:
    """Say what became of a mail whose answer was lost, after looking there."""
    _decide(session, [id], "resolved", as_json, lambda outbox, mail: outbox.resolve(mail, outcome))


def _decide(
    session: Session,
    ids: Iterable[str],
    deed: str,
    as_json: bool,
    decide: Callable[[Outbox, str], OutboxMessage],
) -> None:
    with session.reading() as crm, crm.transaction():
        decided = [decide(crm.outbox, id) for id in dict.fromkeys(ids)]
    for message in decided:
        if as_json:
            output.write_json(output.as_data(message))
        else:
            step = next_step(message)
            now = f"{state(message)}, due {step}" if step else state(message)
            line = f"{deed} {message.id} for {message.to}, now {now}: {message.subject}"
            output.write(output.printable(line))
