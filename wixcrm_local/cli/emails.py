"""`email send` and `email preview`."""

from __future__ import annotations

from datetime import datetime

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.options import (
    Moment,
    json_option,
    pairs_option,
    pass_session,
    policy_option,
    store_options,
)
from wixcrm_local.cli.session import Session

variables_option = pairs_option(
    "--var", "variables", metavar="NAME=VALUE", help="Value of a variable. May be given again."
)
_email_id = argument("email_id", "The Triggered Email's id.", shell_complete=completion.templates)


@click.group(cls=Group)
def email() -> None:
    """Send Triggered Emails to the outbox, and preview them."""


@email.command(
    examples=[
        "wixcrm-local email send welcome CONTACT_ID --var name=Ana",
        "wixcrm-local email send welcome CONTACT_ID --key welcome-1 --at 2030-01-31T09:00+01:00",
    ]
)
@_email_id
@argument("contact", "The contact's id.", shell_complete=completion.contacts)
@variables_option
@click.option(
    "--key", metavar="TEXT", help="Records the mail once, however often it is sent with this key."
)
@click.option(
    "--at", "send_at", type=Moment(), help="Not before: 2030-01-31T09:00, here or with +01:00."
)
@click.option(
    "--expires-in", type=float, metavar="SECONDS", help="Too late so long after it may go."
)
@policy_option
@json_option
@store_options
@pass_session
def send(
    session: Session,
    email_id: str,
    contact: str,
    variables: dict[str, str],
    key: str | None,
    send_at: datetime | None,
    expires_in: float | None,
    as_json: bool,
) -> None:
    """Send a Triggered Email to a contact, as emailContact does.

    The mail is kept in the outbox of the store; it does not leave this computer before
    `deliver` does its work.
    """
    with session.reading() as crm:
        message = crm.send_email(
            email_id,
            contact,
            {"variables": variables},
            idempotency_key=key,
            send_at=send_at,
            expires_in=expires_in,
        )
    if as_json:
        output.write_json(output.as_data(message))
        return
    line = f"{message.status} for {message.to}: {message.subject}"
    output.write(output.printable(line))
    output.write(output.printable(f"read it: {session.command()} outbox show {message.id}"))


@email.command(examples=["wixcrm-local email preview welcome --var name=Ana"])
@_email_id
@variables_option
@policy_option
@json_option
@store_options
@pass_session
def preview(session: Session, email_id: str, variables: dict[str, str], as_json: bool) -> None:
    """Show the mail that these values would make; nothing is recorded."""
    with session.reading() as crm:
        rendered = crm.triggered_emails.preview(email_id, variables)
    if as_json:
        output.write_json(output.as_data(rendered))
        return
    output.write(output.printable(f"Subject: {rendered.subject}"))
    output.write(f"\n{output.printable_lines(rendered.text)}")
    if rendered.fell_back:
        session.note(f"fallbacks stand for {', '.join(rendered.fell_back)}")
