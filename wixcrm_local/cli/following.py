"""`rekey` and `changes`: another region for a file, and what happened in it."""

from __future__ import annotations

from typing import Any

import click

from wixcrm_local.answers import Event
from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.progress import Progress
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table


@click.command(cls=Command, examples=["wixcrm-local rekey GB"])
@argument(
    "country",
    "Two letters: the country in which numbers without a country code are read from now on.",
    metavar="XX",
    shell_complete=completion.regions,
)
@json_option
@store_options
@pass_session
def rekey(session: Session, country: str, as_json: bool) -> None:
    """Read all phone numbers of the store in another region, or anew in its own.

    Others may use the store meanwhile; a run that was killed goes on with the same command. It
    tells whose numbers are the same now.
    """
    with session.reading() as crm, Progress(unit="contacts") as bar:
        report = crm.rekey(
            country, progress=lambda done, total: bar.reach(min(done, total), total, done)
        )
    if as_json:
        shared = [output.as_data(each) for each in report.shared]
        output.write_json({**output.as_data(report), "shared": shared})
        return
    output.write(f"{report.contacts:,} contacts, {report.rekeyed:,} numbers with another key")
    write_table(
        ("number", "contacts", "ids"),
        ((each.key, str(each.count), ", ".join(each.contact_ids)) for each in report.shared),
    )
    if report.unreadable:
        session.note(f"{report.unreadable:,} are no numbers there, and keep the key they had")


@click.command(
    cls=Command,
    examples=["wixcrm-local changes", "wixcrm-local changes --since now --json"],
)
@click.option("--since", metavar="CURSOR", help="What an earlier call told; `now` begins here.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    metavar="N",
    help="Events to show, oldest first.",
)
@json_option
@store_options
@pass_session
def changes(session: Session, since: str | None, limit: int, as_json: bool) -> None:
    """Show what happened to contacts and mails, in the order it was stored.

    The cursor at the end asks for what comes after, now or another day. Under --json one object
    with events and nextCursor.
    """
    with session.reading() as crm:
        page = crm.changes_since(since, limit)
    if as_json:
        events: list[Any] = [output.as_data(each) for each in page.events]
        output.write_json({"events": events, "nextCursor": page.next_cursor})
        return
    if not write_table(("when", "what", "by", "contact", "mail"), map(_row, page.events)):
        session.note("nothing happened since")
    session.note(f"--since {page.next_cursor} shows what comes after")


def _row(event: Event) -> tuple[str, ...]:
    what = f"{event.kind}: {event.status}" if event.status else event.kind
    by, mail = event.verb or "", event.message_id or ""
    return (output.moment(event.at), what, by, event.contact_id, mail)
