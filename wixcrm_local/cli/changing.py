"""`contact update`, `history`, `undo` and `merge`: what a contact becomes, and the way back."""

from __future__ import annotations

from typing import Any

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.contacts import look_up, write_change, write_contact
from wixcrm_local.cli.members import shown
from wixcrm_local.cli.options import json_option, pass_session, policy_option, store_options
from wixcrm_local.cli.person import person_options
from wixcrm_local.cli.session import Session
from wixcrm_local.model import WIX_NAMES, Contact, MergeResult

contact_argument = argument(
    "reference",
    "An id, an email address or a phone number, in any spelling.",
    metavar="CONTACT",
    shell_complete=completion.contacts,
)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact update ana@example.com --last-name Diaz",
        'wixcrm-local contact update CONTACT_ID --first-name "" --field "Lead score="',
        "wixcrm-local contact update CONTACT_ID --language pt --revision 2",
    ],
)
@contact_argument
@person_options
@click.option(
    "--revision",
    type=int,
    metavar="N",
    help="Change it only if this is still its revision, which contact show tells.",
)
@policy_option
@json_option
@store_options
@pass_session
def update(
    session: Session, /, reference: str, revision: int | None, as_json: bool, **members: Any
) -> None:
    """Change a contact: what is given is set, and cleared where it is empty.

    Emails, phones and labels that are given become the whole list. What is not given stays.
    """
    changes = {WIX_NAMES[name]: value for name, value in members.items() if _is_given(value)}
    if not changes:
        raise click.UsageError('Give what to change, such as --last-name Diaz, or --last-name "".')
    with session.reading() as crm:
        id = look_up(crm, reference).id
        _write_contact(crm.update_contact(id, changes, expected_revision=revision), as_json)


def _is_given(value: object) -> bool:
    return value is not None and value not in ((), {})


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact history ana@example.com",
        "wixcrm-local contact history CONTACT_ID --json",
    ],
)
@contact_argument
@json_option
@store_options
@pass_session
def history(session: Session, reference: str, as_json: bool) -> None:
    """Show what happened to a contact, its creation first.

    Each change has the number by which `contact undo` takes it back. Under --json each is an
    object on a line of its own.
    """
    with session.reading() as crm:
        changes = crm.history(look_up(crm, reference).id)
    for place, change in enumerate(changes):
        if as_json:
            output.write_json(output.as_data(change))
        else:
            write_change(change, is_first=not place)


@click.command(cls=Command, examples=["wixcrm-local contact undo 1"])
@argument("change_id", "The number of a change, which contact history shows.", type=int)
@json_option
@store_options
@pass_session
def undo(session: Session, change_id: int, as_json: bool) -> None:
    """Take one change back: its members get what they had before.

    Any command's change can be undone, also deleting, restoring and merging, as long as nothing
    later is of the same members. The way back is a change as well.
    """
    with session.reading() as crm:
        _write_contact(crm.undo(change_id), as_json)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact merge CONTACT_ID OTHER_ID --dry-run",
        "wixcrm-local contact merge ana@example.com OTHER_ID",
    ],
)
@contact_argument
@argument(
    "sources",
    "The contacts that it takes in: ids, addresses or numbers.",
    nargs=-1,
    required=True,
    metavar="SOURCE...",
    shell_complete=completion.contacts,
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@json_option
@store_options
@pass_session
def merge(
    session: Session, reference: str, sources: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Make one contact of several: the first takes the others in.

    Nothing of it is overwritten: its lists grow, its gaps are filled. The ids of the others stand
    for it from then on; `contact undo` makes them several again.
    """
    with session.reading() as crm:
        target, *others = (look_up(crm, each).id for each in (reference, *sources))
        result = (crm.preview_merge if dry_run else crm.merge_contacts)(target, *others)
    if as_json:
        data = output.as_data(result)
        output.write_json({**data, "contact": output.as_data(result.contact)})
    else:
        _write_merge(result, "would merge" if dry_run else "merged")


def _write_merge(result: MergeResult, deed: str) -> None:
    others = ", ".join(result.merged) or "nothing new"
    names = ", ".join(WIX_NAMES[name] for name in result.changed) or "nothing"
    output.write(output.printable(f"{deed} {others} into {result.contact.id}: {names} changed"))
    for name, values in result.left_out.items():
        output.write(output.printable(f"  {WIX_NAMES[name]} is left out: {shown(values)}"))
    if result.change_id is not None:
        output.write(f"  contact undo {result.change_id} takes it back")


def _write_contact(found: Contact, as_json: bool) -> None:
    if as_json:
        output.write_json(output.as_data(found))
    else:
        write_contact(found)
