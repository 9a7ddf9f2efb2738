"""`suppress`: the addresses that get no mail."""

from __future__ import annotations

import click

from wixcrm_local import errors
from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.email_address import checked_address
from wixcrm_local.suppressions import REASONS


@click.group(cls=Group)
def suppress() -> None:
    """Keep the list of addresses that get no mail."""


@suppress.command(
    examples=[
        "wixcrm-local suppress add bo@example.com",
        'wixcrm-local suppress add bo@example.com --reason complained --note "by telephone"',
    ]
)
@argument("addresses", "In any spelling.", nargs=-1, required=True, metavar="ADDRESS...")
@click.option(
    "--reason",
    type=click.Choice(REASONS),
    default="manual",
    show_default=True,
    metavar="REASON",
    help=f"One of {', '.join(REASONS)}.",
)
@click.option("--note", default="", metavar="TEXT", help="What else there is to know.")
@json_option
@store_options
@pass_session
def add(
    session: Session, addresses: tuple[str, ...], reason: str, note: str, as_json: bool
) -> None:
    """Send no more mail to these addresses, whoever has them.

    What stands on the list already stays as it is. Of several addresses, all are added or none.
    Under --json each entry is an object on its own line.
    """
    with session.reading() as crm, crm.transaction():
        entries = [crm.suppressions.add(each, reason, note=note) for each in addresses]
    for entry in entries:
        if as_json:
            output.write_json(output.as_data(entry))
        else:
            address = entry.address or "this address"
            output.write(output.printable(f"no mail goes to {address} ({entry.reason})"))


@suppress.command(examples=["wixcrm-local suppress remove press@example.net"])
@argument(
    "addresses",
    "In any spelling.",
    nargs=-1,
    required=True,
    metavar="ADDRESS...",
    shell_complete=completion.suppressed,
)
@json_option
@store_options
@pass_session
def remove(session: Session, addresses: tuple[str, ...], as_json: bool) -> None:
    """Take addresses off the list; what is not on it is told, and no error.

    Mails that were suppressed before stay so: outbox retry queues them. Under --json each
    address is an object on its own line.
    """
    with session.reading() as crm, crm.transaction():
        removed = {each: crm.suppressions.remove(each) for each in addresses}
    for address, was_there in removed.items():
        if as_json:
            output.write_json({"address": address, "removed": was_there})
        else:
            deed = "took off the list" if was_there else "was not on the list"
            output.write(output.printable(f"{deed}: {address}"))


@suppress.command(
    name="list", examples=["wixcrm-local suppress list", "wixcrm-local suppress list --json"]
)
@json_option
@store_options
@pass_session
def list_entries(session: Session, as_json: bool) -> None:
    """List the addresses, oldest first. Under --json each is an object on a line of its own."""
    with session.reading() as crm:
        entries = crm.suppressions.list()
    if as_json:
        for entry in entries:
            output.write_json(output.as_data(entry))
        return
    rows = (
        (
            entry.address or "(erased)",
            entry.reason,
            output.moment(entry.created_at),
            " ".join(entry.note.split()),
        )
        for entry in entries
    )
    if not write_table(("address", "reason", "since", "note"), rows):
        session.note("no address is suppressed")


@suppress.command(examples=["wixcrm-local suppress check ana@example.com"])
@argument("address", "In any spelling.", shell_complete=completion.suppressed)
@json_option
@store_options
@pass_session
def check(session: Session, address: str, as_json: bool) -> None:
    """Tell whether mail may go to an address: exit code 0 if it may, 1 if not.

    It looks at the list, and at whether the contact with this address has unsubscribed.
    """
    checked = checked_address(address, "address")
    with session.reading() as crm:
        entry = crm.suppressions.check(checked)
        contact = crm.find_contact(email=checked)
    has_left = contact is not None and contact.subscription == "unsubscribed"
    reason = entry.reason if entry else "unsubscribed" if has_left else None
    if as_json:
        data = output.as_data(entry) if entry else None
        output.write_json({"address": checked, "suppressed": bool(reason), "entry": data})
    elif reason is None:
        output.write(output.printable(f"mail may go to {checked}"))
    elif entry is None or not entry.note:
        output.write(output.printable(f"no mail goes to {checked}: {reason}"))
    else:
        output.write(output.printable(f"no mail goes to {checked}: {reason}, {entry.note}"))
    if reason is not None:
        remedy = "suppress remove ADDRESS" if entry else "contact resubscribe ID"
        raise errors.WixCRMError(
            f"{checked} gets no mail ({reason}); at the person's own wish, {session.command()} "
            f"{remedy} changes that",
            code="ADDRESS_SUPPRESSED",
        )
