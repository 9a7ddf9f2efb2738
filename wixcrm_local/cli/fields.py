"""`field create` and `field list`."""

from __future__ import annotations

import click

from wixcrm_local.cli import output
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.field_values import TYPES


@click.group()
def field() -> None:
    """Create and list custom fields; a contact can have values only in fields that exist."""


@field.command()
@click.argument("name")
@click.option("--type", type=click.Choice(TYPES), default="text", show_default=True)
@json_option
@store_options
@pass_session
def create(session: Session, name: str, type: str, as_json: bool) -> None:
    """Create a custom field.

    \b
    Example: wixcrm-local field create "Lead score" --type number
    """
    with session.writing() as crm:
        made = crm.custom_fields.create(name, type)
    if as_json:
        output.write_json(output.as_data(made))
    else:
        line = f"created the {made.type} field {made.name} ({made.key})"
        output.write(output.printable(line))


@field.command(name="list")
@json_option
@store_options
@pass_session
def list_fields(session: Session, as_json: bool) -> None:
    """List all custom fields, oldest first. Under --json one list."""
    with session.reading() as crm:
        found = crm.custom_fields.list()
    rows = ((each.name, each.type, each.key) for each in found)
    if as_json:
        output.write_json([output.as_data(each) for each in found])
    elif not write_table(("name", "type", "key"), rows):
        session.note("there are no custom fields yet")
