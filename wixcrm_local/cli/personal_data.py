"""`contact export` and `contact erase`: all that is stored of a person, and then nothing."""

from __future__ import annotations

import click

from wixcrm_local import errors
from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.contacts import look_up
from wixcrm_local.cli.options import json_option, pass_session, store_options, yes_option
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM
from wixcrm_local.model import ErasureReceipt

_person = argument(
    "reference",
    "An id, also of the trash, an email address or a phone number.",
    metavar="CONTACT",
    shell_complete=completion.contacts,
)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact export ana@example.com",
        "wixcrm-local contact export CONTACT_ID --json",
    ],
)
@_person
@json_option
@store_options
@pass_session
def export(session: Session, reference: str, as_json: bool) -> None:
    """Print all that is stored of a person, as a page that people can read.

    The contact, its history, its mails, what was merged into it, and what the suppression list
    says of its addresses. Under --json the same as one object.
    """
    from wixcrm_local.page_of_person import person_page

    with session.reading() as crm:
        data = crm.export_person(_id_of(crm, reference))
    if as_json:
        output.write_json(data)
    else:
        output.write(person_page(data).rstrip("\n"))


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact erase ana@example.com --yes",
        "wixcrm-local contact erase TRASHED_ID --yes --json",
    ],
)
@_person
@yes_option
@json_option
@store_options
@pass_session
def erase(session: Session, reference: str, is_sure: bool, as_json: bool) -> None:
    """Remove every trace of a person, for good: there is no undo.

    The contact, its history and what was merged into it go, and its mails are blanked; the file
    is written anew. On a terminal it asks first; elsewhere --yes is needed.
    """
    with session.reading() as crm:
        id = _id_of(crm, reference)
        if not is_sure:
            confirm(f"erase contact {id}, its history and its mails, for good")
        receipt = crm.erase_contact(id)
    if as_json:
        output.write_json(output.as_data(receipt))
    else:
        _write_receipt(receipt)
    if not receipt.file_is_clean:
        session.note(
            "another program reads an older state of the file, in which the person still is; "
            "close it: whoever uses the file last, empties its log"
        )


def _id_of(crm: CRM, given: str) -> str:
    """Of a contact in the trash, only its id finds it."""
    try:
        return look_up(crm, given).id
    except errors.ContactNotFound as error:
        if not error.details.get("in_trash"):
            raise
        return str(error.details["contact_id"])


def _write_receipt(receipt: ErasureReceipt) -> None:
    output.write(output.printable(f"erased contact {receipt.contact_id}"))
    counts = {
        "contacts": receipt.contacts,
        "changes": receipt.changes,
        "mails blanked": receipt.mails,
        "answers of senders": receipt.attempts,
        "suppressions": receipt.suppressions,
        "addresses known by a hash": receipt.hashes_kept,
    }
    for name, count in counts.items():
        output.write(f"  {name}: {count:,}")
    output.write("not reached:")
    for each in receipt.not_reached[not receipt.file_is_clean :]:  # the first is noted
        output.write(f"  {each}")
