"""`contact delete`, `restore`, `trash` and `purge`: out of the list, and back."""

from __future__ import annotations

from functools import partial

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.contacts import look_up, write_contact
from wixcrm_local.cli.finding import full_name
from wixcrm_local.cli.options import json_option, pass_session, store_options, yes_option
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.model import TrashedContact

_several = partial(argument, nargs=-1, required=True)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact delete ana@example.com",
        "wixcrm-local contact delete CONTACT_ID OTHER_ID --members",
    ],
)
@_several(
    "references",
    "Ids, email addresses or phone numbers.",
    metavar="CONTACT...",
    shell_complete=completion.contacts,
)
@click.option("--members", is_flag=True, help="Delete site members, too.")
@json_option
@store_options
@pass_session
def delete(session: Session, references: tuple[str, ...], members: bool, as_json: bool) -> None:
    """Move contacts into the trash, from which `contact restore` brings them back.

    Of several, all are moved or none. Mails to them that still wait are not sent. Under --json
    each is an object on a line of its own.
    """
    with session.reading() as crm, crm.transaction():
        deleted = [
            crm.delete_contact(look_up(crm, each).id, delete_members=members) for each in references
        ]
    for each in deleted:
        if as_json:
            _write_json(each)
            continue
        who = " ".join(filter(None, (each.contact.id, full_name(each.contact))))
        line = f"moved into the trash: {who}; contact restore {each.contact.id} brings it back"
        output.write(output.printable(line))


@click.command(cls=Command, examples=["wixcrm-local contact restore TRASHED_ID"])
@argument(
    "id",
    "The id of a contact in the trash, which contact trash shows.",
    metavar="ID",
    shell_complete=completion.trashed,
)
@json_option
@store_options
@pass_session
def restore(session: Session, id: str, as_json: bool) -> None:
    """Bring a contact back from the trash, as it was; one that is not in it stays as it is."""
    with session.reading() as crm:
        found = crm.restore_contact(id)
    if as_json:
        output.write_json(output.as_data(found))
    else:
        write_contact(found)


@click.command(
    cls=Command, examples=["wixcrm-local contact trash", "wixcrm-local contact trash --json"]
)
@json_option
@store_options
@pass_session
def trash(session: Session, as_json: bool) -> None:
    """List the contacts in the trash, as long in it first.

    Under --json each is an object on a line of its own.
    """
    with session.reading() as crm:
        found = crm.list_trash()
    if as_json:
        for each in found:
            _write_json(each)
    elif not write_table(("id", "name", "deleted", "emails", "phones"), map(_row, found)):
        session.note("the trash is empty")


def _row(each: TrashedContact) -> tuple[str, ...]:
    contact = each.contact
    lists = (", ".join(items) for items in (contact.emails, contact.phones))
    return (contact.id, full_name(contact), output.moment(each.deleted_at), *lists)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact purge --yes",
        "wixcrm-local contact purge --older-than 0 --yes",
    ],
)
@click.option(
    "--older-than",
    type=float,
    default=90,
    show_default=True,
    metavar="DAYS",
    help="How long they have been in the trash.",
)
@yes_option
@json_option
@store_options
@pass_session
def purge(session: Session, older_than: float, is_sure: bool, as_json: bool) -> None:
    """Forget for good what has been in the trash for long.

    On a terminal it asks first; elsewhere --yes is needed. Mails to them stay in the outbox, as a
    record: `contact erase` is for those.
    """
    with session.reading() as crm:
        if not is_sure:
            confirm(f"forget for good what is in the trash for more than {older_than:g} days")
        count = crm.purge_trash(older_than)
    if as_json:
        output.write_json({"purged": count})
    else:
        output.write(f"forgot {count:,} {'contact' if count == 1 else 'contacts'}")


def _write_json(each: TrashedContact) -> None:
    output.write_json({**output.as_data(each), "contact": output.as_data(each.contact)})
