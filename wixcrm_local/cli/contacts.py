"""`contact`: create, match and show; what else happens to contacts has files of its own."""

from __future__ import annotations

from io import BufferedIOBase
from typing import Any

import click

from wixcrm_local import errors
from wixcrm_local.cli import bulk, completion, output
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.finding import full_name
from wixcrm_local.cli.input_file import InputFile
from wixcrm_local.cli.members import shown, write_members
from wixcrm_local.cli.options import (
    json_option,
    pass_session,
    policy_option,
    store_options,
)
from wixcrm_local.cli.person import contact_info, person_options
from wixcrm_local.cli.results import write_done, write_rehearsal
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM
from wixcrm_local.model import WIX_NAMES, Change, Contact


@click.group(cls=Group)
def contact() -> None:
    """Create, find, change, merge, delete and erase contacts, and take their no to mail."""


@contact.command(
    examples=[
        "wixcrm-local contact create --first-name Bo --email bo@example.com",
        "wixcrm-local contact create people.jsonl",
        "wixcrm-local contact create - --policy lenient,arrays=replace < people.jsonl",
    ]
)
@argument(
    "file",
    "One contactInfo as JSON a line, in UTF-8; - is standard input.",
    type=InputFile(),
    required=False,
)
@person_options
@policy_option
@json_option
@store_options
@pass_session
def create(session: Session, /, file: BufferedIOBase | None, as_json: bool, **members: Any) -> None:
    """Create or update one contact from options, or many from a FILE.

    Each line of a FILE goes through createContact; a refused one does not stop the others.
    Under --json the answer is what happened: one object.
    """
    info = contact_info(members)
    if (file is None) != bool(info):
        raise click.UsageError(
            "Give either one person by options, such as --email ana@example.com, "
            "or a FILE (- for standard input) with one contactInfo as JSON a line."
        )
    with session.writing() as crm:
        if file is not None:
            bulk.create_contacts(crm, file, as_json)
            return
        result = crm.upsert_contact(info)
    if as_json:
        output.write_json(output.as_data(result))
    else:
        write_done(result)


@contact.command(examples=["wixcrm-local contact match --first-name Anna --email ana@example.com"])
@person_options
@policy_option
@json_option
@store_options
@pass_session
def match(session: Session, /, as_json: bool, **members: Any) -> None:
    """Tell what `contact create` would do with the same options; nothing is stored.

    It names the contact that would be updated, by what it matches, who else matches, and what
    would change.
    """
    info = contact_info(members)
    if not info:
        raise click.UsageError("Give a person by options, such as --email ana@example.com.")
    with session.reading() as crm:
        result = crm.match_contact(info)
    if as_json:
        output.write_json(output.as_data(result))
    else:
        write_rehearsal(result)


@contact.command(
    examples=[
        "wixcrm-local contact show ana@example.com --history",
        'wixcrm-local contact show "+44 20 7946 0417"',
    ]
)
@argument(
    "reference",
    "An id, an email address or a phone number, in any spelling.",
    metavar="CONTACT",
    shell_complete=completion.contacts,
)
@click.option("--history", is_flag=True, help="What happened to the contact, too.")
@json_option
@store_options
@pass_session
def show(session: Session, reference: str, history: bool, as_json: bool) -> None:
    """Show a contact."""
    with session.reading() as crm:
        found = look_up(crm, reference)
        changes = crm.history(found.id) if history else ()
    if as_json:
        data = output.as_data(found)
        if history:
            data["history"] = [output.as_data(change) for change in changes]
        output.write_json(data)
        return
    write_contact(found)
    for change in changes:
        write_change(change)


def look_up(crm: CRM, given: str) -> Contact:
    """The contact with this id, email address or phone number. Raises `ContactNotFound`."""
    if "@" in given:
        found = crm.find_contact(email=given)
    else:
        try:
            return crm.get_contact(given)
        except errors.ContactNotFound as error:
            if error.details.get("in_trash"):
                raise
            found = crm.find_contact(phone=given)
    if found is None:
        raise errors.ContactNotFound(
            f"there is no contact with the id, email address or phone number {given!r}; "
            "contact list shows all",
            details={"given": given[:100]},
        )
    return found


def write_contact(found: Contact) -> None:
    """Writes a contact as people read it."""
    members: dict[str, object] = {
        "name": full_name(found),
        "emails": found.emails,
        "phones": found.phones,
        "labels": found.labels,
        "language": found.language,
        "picture": found.picture,
        **{f"field {name}": value for name, value in found.custom_fields.items()},
        "login email": found.login_email,
        "subscription": found.subscription,
        "created": output.moment(found.created_at),
        "updated": f"{output.moment(found.updated_at)}, revision {found.revision}",
        "id": found.id,
    }
    write_members(members)


def write_change(change: Change, *, is_first: bool = False) -> None:
    """Writes one entry of a history, with the number by which it can be undone."""
    number = "" if change.id is None else f"  (change {change.id})"
    break_before = "" if is_first else "\n"
    output.write(f"{break_before}{output.moment(change.at)}  {change.verb}{number}")
    for name, after in change.after.items():
        line = f"  {WIX_NAMES.get(name, name)}: {shown(after) or 'none'}"
        before = shown(_without_nothing(change.before.get(name)))
        output.write(output.printable(f"{line} (was {before})" if before else line))


def _without_nothing(value: object) -> object:
    """Custom fields as they were, without those that had no value."""
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if item is not None}
    return value
