"""`field`: the register of custom fields."""

from __future__ import annotations

from functools import partial

import click

from wixcrm_local.cli import completion, output, registers
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options, yes_option
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.field_values import TYPES

_known_field = partial(
    argument,
    explanation="The field's name, in any case of letters, or its key.",
    shell_complete=completion.fields,
)


@click.group(cls=Group)
def field() -> None:
    """Create, list, show, rename and delete custom fields.

    A contact can have values only in fields that exist.
    """


@field.command(
    examples=[
        "wixcrm-local field create Size",
        'wixcrm-local field create "Customer since" --type date',
    ]
)
@argument("name", "What people see: up to 150 characters, in any script.")
@click.option(
    "--type",
    type=click.Choice(TYPES),
    default="text",
    show_default=True,
    help="What its values are; it can't be changed later.",
)
@json_option
@store_options
@pass_session
def create(session: Session, name: str, type: str, as_json: bool) -> None:
    """Create a custom field."""
    with session.writing() as crm:
        made = crm.custom_fields.create(name, type)
    if as_json:
        output.write_json(output.as_data(made))
    else:
        line = f"created the {made.type} field {made.name} ({made.key})"
        output.write(output.printable(line))


@field.command(name="list", examples=["wixcrm-local field list"])
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


@field.command(examples=['wixcrm-local field show "Lead score"'])
@_known_field("name")
@json_option
@store_options
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """Show a custom field, and how many contacts have a value in it."""
    registers.show(session, _fields, name, as_json)


@field.command(examples=['wixcrm-local field rename "Lead score" Score'])
@_known_field("old")
@argument("new", "What people shall see: up to 150 characters.")
@json_option
@store_options
@pass_session
def rename(session: Session, old: str, new: str, as_json: bool) -> None:
    """Rename a custom field; its key and type stay, and so does every value in it."""
    registers.rename(session, _fields, old, new, as_json)


@field.command(examples=['wixcrm-local field delete "Lead score" --yes'])
@_known_field("name")
@yes_option
@json_option
@store_options
@pass_session
def delete(session: Session, name: str, is_sure: bool, as_json: bool) -> None:
    """Delete a custom field, and with it the values that contacts have in it.

    On a terminal it asks first and says how many there are; elsewhere --yes is needed.
    """
    registers.delete(session, _fields, name, is_sure, as_json)


def _fields(crm: CRM) -> CustomFields:
    return crm.custom_fields
