"""`export`: people into a file that other programs take."""

from __future__ import annotations

import sys
from typing import IO, Any

import click

from wixcrm_local import errors
from wixcrm_local.cli import finding, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM
from wixcrm_local.model import WIX_NAMES
from wixcrm_local.transfer.exporting import FORMATS
from wixcrm_local.transfer.files import EXISTS
from wixcrm_local.transfer.report import ExportReport


@click.command(
    cls=Command,
    name="export",
    examples=[
        "wixcrm-local export everybody.csv",
        "wixcrm-local export google.csv --format google",
        """wixcrm-local export customers.vcf --format vcard --where '{"labels": "Customer"}'""",
    ],
)
@argument(
    "target",
    "The file to write, private to this user; - is standard output.",
    metavar="FILE",
    type=click.Path(allow_dash=True),
)
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    metavar="FORMAT",
    help="csv as Wix has it, google, outlook, vcard (3.0) or vcard4.",
)
@click.option("--where", metavar="JSON", help="Only who fits this filter: docs/queries.md.")
@click.option("--overwrite", is_flag=True, help="Replace the file, once the new one stands.")
@click.option("--dry-run", is_flag=True, help="Tell what the format can't hold; write nothing.")
@json_option
@store_options
@pass_session
def export(
    session: Session,
    target: str,
    format: str,
    where: str | None,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write all contacts, or those that fit, to a file for Wix, Google, Outlook or a telephone.

    Cells are safe to open in a spreadsheet, and `import` takes them back as they were. What the
    format has no place for is told. With - the answer goes to stderr.
    """
    chosen = finding.filter_of(given=where)
    with session.reading() as crm:
        if dry_run:
            done = crm.preview_export(format, chosen)
        elif target == "-":
            done = crm.export_contacts(_standard_output(), format, chosen)
        else:
            done = _exported(crm, target, format, chosen, overwrite)
    if target == "-" and not dry_run:
        session.note(_sentence(done))
    elif as_json:
        output.write_json(output.as_data(done))
    else:
        output.write(output.printable(_sentence(done)))
    for member, count in () if as_json else done.not_held.items():
        session.note(
            f"{WIX_NAMES.get(member, member)} of {_contacts(count)} can't be held by {format}"
        )


def _exported(crm: CRM, target: str, format: str, where: Any, overwrite: bool) -> ExportReport:
    try:
        return crm.export_contacts(target, format, where, overwrite=overwrite)
    except errors.InvalidArgument as error:
        if error.details.get("reason") != EXISTS:
            raise
        raise errors.InvalidArgument(
            f"{error.details['path']} exists already; choose another file, or give --overwrite to "
            "replace it",
            details=error.details,
        ) from error


def _standard_output() -> IO[bytes]:
    if sys.stdout.isatty():  # names may hold what steers a terminal
        raise click.UsageError("Name a file, or send standard output to one.")
    return sys.stdout.buffer


def _sentence(done: ExportReport) -> str:
    return f"{_contacts(done.contacts)}{': ' + done.path if done.path else ''}"


def _contacts(number: int) -> str:
    return f"{number:,} {'contact' if number == 1 else 'contacts'}"
