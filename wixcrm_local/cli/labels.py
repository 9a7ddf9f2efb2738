"""`label`: the register of labels."""

from __future__ import annotations

from functools import partial

import click

from wixcrm_local.cli import completion, output, registers
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options, yes_option
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.labels import Labels

_known_label = partial(
    argument,
    explanation="The label's name, in any case of letters, or its key.",
    shell_complete=completion.labels,
)


@click.group(cls=Group)
def label() -> None:
    """Create, list, show, rename and delete labels.

    A contact can carry only labels that exist.
    """


@label.command(examples=["wixcrm-local label create VIP"])
@argument("name", "What people see: up to 180 characters, in any script.")
@json_option
@store_options
@pass_session
def create(session: Session, name: str, as_json: bool) -> None:
    """Create a label."""
    with session.writing() as crm:
        made = crm.labels.create(name)
    if as_json:
        output.write_json(output.as_data(made))
    else:
        output.write(output.printable(f"created the label {made.name} ({made.key})"))


@label.command(name="list", examples=["wixcrm-local label list"])
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


@label.command(examples=["wixcrm-local label show Customer"])
@_known_label("name")
@json_option
@store_options
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """Show a label, and how many contacts carry it."""
    registers.show(session, _labels, name, as_json)


@label.command(examples=['wixcrm-local label rename Customer "Good customer"'])
@_known_label("old")
@argument("new", "What people shall see: up to 180 characters.")
@json_option
@store_options
@pass_session
def rename(session: Session, old: str, new: str, as_json: bool) -> None:
    """Rename a label; its key stays, and so does every contact that carries it."""
    registers.rename(session, _labels, old, new, as_json)


@label.command(examples=["wixcrm-local label delete Customer --yes"])
@_known_label("name")
@yes_option
@json_option
@store_options
@pass_session
def delete(session: Session, name: str, is_sure: bool, as_json: bool) -> None:
    """Delete a label, and take it from the contacts that carry it.

    On a terminal it asks first and says how many there are; elsewhere --yes is needed.
    """
    registers.delete(session, _labels, name, is_sure, as_json)


def _labels(crm: CRM) -> Labels:
    return crm.labels
