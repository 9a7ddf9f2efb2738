"""`label create` and `label list`."""

from __future__ import annotations

import click

from wixcrm_local.cli import output
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table


@click.group()
def label() -> None:
    """Create and list labels; a contact can carry only labels that exist."""


@label.command()
@click.argument("name")
@json_option
@store_options
@pass_session
def create(session: Session, name: str, as_json: bool) -> None:
    """Create a label.

    \b
    Example: wixcrm-local label create Customer
    """
    with session.writing() as crm:
        made = crm.labels.create(name)
    if as_json:
        output.write_json(output.as_data(made))
    else:
        output.write(output.printable(f"created the label {made.name} ({made.key})"))


@label.command(name="list")
@json_option
@store_options
@pass_session
def list_labels(session: Session, as_json: bool) -> None:
    """List all labels, oldest first. Under --json one list."""
    with session.reading() as crm:
        found = crm.labels.list()
    if as_json:
        output.write_json([output.as_data(each) for each in found])
    elif not write_table(("name", "key"), ((each.name, each.key) for each in found)):
        session.note("there are no labels yet")
