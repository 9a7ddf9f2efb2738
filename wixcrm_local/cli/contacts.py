"""`contact create`, `contact show` and `contact list`."""

from __future__ import annotations

from io import BufferedIOBase
from itertools import islice
from typing import Any

import click

from wixcrm_local import errors
from wixcrm_local.cli import bulk, output
from wixcrm_local.cli.options import (
    json_option,
    limit_option,
    pairs_option,
    pass_session,
    store_options,
)
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.model import WIX_NAMES, Change, Contact, UpsertResult


@click.group()
def contact() -> None:
    """Create, show and list contacts."""


@contact.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--first-name", metavar="TEXT", help="First name.")
@click.option("--last-name", metavar="TEXT", help="Last name.")
@click.option("--email", "emails", multiple=True, metavar="ADDRESS", help="May be given again.")
@click.option("--phone", "phones", multiple=True, metavar="NUMBER", help="May be given again.")
@click.option("--label", "labels", multiple=True, metavar="NAME", help="May be given again.")
@click.option("--language", metavar="TEXT", help="Language, such as en.")
@click.option("--picture", metavar="TEXT", help="Source of an image.")
@click.option("--login-email", metavar="ADDRESS", help="Makes the contact a site member.")
@pairs_option(
    "--field",
    "custom_fields",
    metavar="NAME=VALUE",
    help="Value of a custom field. May be given again.",
)
@json_option
@store_options
@pass_session
def create(session: Session, /, file: BufferedIOBase | None, as_json: bool, **members: Any) -> None:
    """Create or update one contact from options, or many from a FILE.

    FILE (- for standard input) holds one contactInfo as JSON a line. Each line goes through
    createContact; a refused one does not stop the others. Under --json the answer is what
    happened: one object.

    \b
    Examples: wixcrm-local contact create --first-name Ana --email ana@example.com
              wixcrm-local contact create people.jsonl
    """
    contact_info = {WIX_NAMES[name]: value for name, value in members.items() if value}
    if (file is None) != bool(contact_info):
        raise click.UsageError(
            "Give either one person by options, such as --email ana@example.com, "
            "or a FILE (- for standard input) with one contactInfo as JSON a line."
        )
    with session.writing() as crm:
        if file is not None:
            bulk.create_contacts(crm, file, as_json)
            return
        result = crm.upsert_contact(contact_info)
    if as_json:
        output.write_json(output.as_data(result))
    else:
        _write_result(result)


@contact.command()
@click.argument("reference", metavar="CONTACT")
@click.option("--history", is_flag=True, help="What happened to the contact, too.")
@json_option
@store_options
@pass_session
def show(session: Session, reference: str, history: bool, as_json: bool) -> None:
    """Show a contact; CONTACT is an id, an email address or a phone number.

    \b
    Example: wixcrm-local contact show ana@example.com --history
    """
    with session.reading() as crm:
        found = _look_up(crm, reference)
        changes = crm.history(found.id) if history else ()
    if as_json:
        data = output.as_data(found)
        if history:
            data["history"] = [output.as_data(change) for change in changes]
        output.write_json(data)
        return
    _write_contact(found)
    for change in changes:
        _write_change(change)


@contact.command(name="list")
@limit_option("Contacts to show, oldest first")
@json_option
@store_options
@pass_session
def list_contacts(session: Session, limit: int, as_json: bool) -> None:
    """List contacts, oldest first. Under --json each is an object on a line of its own.

    \b
    Example: wixcrm-local contact list --limit 10
    """
    with session.reading() as crm:
        shown = islice(crm.iter_contacts(), limit or None)
        if as_json:
            for found in shown:
                output.write_json(output.as_data(found))
        elif not write_table(_HEADINGS, map(_row, shown)):
            session.note("there are no contacts yet")
        if limit and (more := crm.count_contacts() - limit) > 0:
            session.note(f"{more:,} more; --limit 0 shows all")


_HEADINGS = ("id", "name", "emails", "phones", "labels")


def _row(found: Contact) -> tuple[str, ...]:
    lists = (found.emails, found.phones, found.labels)
    return (found.id, _full_name(found), *(", ".join(items) for items in lists))


def _full_name(found: Contact) -> str:
    return " ".join(name for name in (found.first_name, found.last_name) if name)


def _look_up(crm: CRM, given: str) -> Contact:
    if "@" in given:
        found = crm.find_contact(email=given)
    else:
        try:
            return crm.get_contact(given)
        except errors.ContactNotFound:
            found = crm.find_contact(phone=given)
    if found is None:
        raise errors.ContactNotFound(
            f"there is no contact with the id, email address or phone number {given!r}; "
            "contact list shows all",
            details={"given": given[:100]},
        )
    return found


def _write_result(result: UpsertResult) -> None:
    """What a createContact did, in the fewest words."""
    line = f"{result.action} {result.contact_id}"
    if result.matched_by:
        names = ", ".join(WIX_NAMES[name] for name in result.changed) or "nothing"
        line += f" (same {result.matched_by.replace('_', ' ')}): {names} changed"
    output.write(output.printable(line))
    for name, value in result.replaced.items():
        output.write(output.printable(f"  {WIX_NAMES[name]} was {_shown(value)}"))
    for id in result.also_matched:
        output.write(output.printable(f"  also matches {id}, which was left alone"))


def _write_contact(found: Contact) -> None:
    members = {
        "name": _full_name(found),
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
    shown = {name: value for name, value in members.items() if value not in (None, "", ())}
    longest = max(map(len, shown))
    for name, value in shown.items():
        output.write(output.printable(f"{name.ljust(longest)}  {_shown(value)}"))


def _write_change(change: Change) -> None:
    output.write(f"\n{output.moment(change.at)}  {change.verb}")
    for name, after in change.after.items():
        line = f"  {WIX_NAMES[name]}: {_shown(after) or 'none'}"
        before = _shown(_without_nothing(change.before.get(name)))
        output.write(output.printable(f"{line} (was {before})" if before else line))


def _without_nothing(value: object) -> object:
    """Custom fields as they were, without those that had no value."""
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if item is not None}
    return value


def _shown(value: object) -> str:
    """A member's value on one line, as people write it."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_shown(item) or 'none'}" for name, item in value.items())
    return "" if value is None else str(value)
