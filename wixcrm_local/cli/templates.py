"""`template create` and `template list`: the Triggered Emails of a store."""

from __future__ import annotations

from typing import BinaryIO

import click

from wixcrm_local.cli import output
from wixcrm_local.cli.options import json_option, pairs_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table


@click.group()
def template() -> None:
    """Create and list Triggered Emails, the templates of mail."""


@template.command()
@click.argument("id")
@click.option("--subject", required=True, metavar="TEXT", help="May hold ${name}, as the bodies.")
@click.option("--html", "html_file", type=click.File("rb"), help="File with the html; - for stdin.")
@click.option("--html-text", metavar="HTML", help="The html itself, in place of a file.")
@click.option("--text", metavar="TEXT", help="The text part.  [default: made from the html]")
@pairs_option(
    "--var",
    "variables",
    metavar="NAME=FALLBACK",
    help="A variable, and what stands for it where a mail gives none. May be given again.",
)
@click.option(
    "--required",
    multiple=True,
    metavar="NAME",
    help="A variable without fallback, which each mail must give. May be given again.",
)
@click.option("--from", "from_address", metavar="ADDRESS", help="The sender's address.")
@json_option
@store_options
@pass_session
def create(
    session: Session,
    id: str,
    subject: str,
    html_file: BinaryIO | None,
    html_text: str | None,
    text: str | None,
    variables: dict[str, str],
    required: tuple[str, ...],
    from_address: str | None,
    as_json: bool,
) -> None:
    """Save a Triggered Email under ID, or replace the one that has this ID.

    Shows the Python call that sends it.

    \b
    Example: wixcrm-local template create welcome --subject Welcome --html welcome.html
                 --var name=friend
    """
    if html_file is not None:
        if html_text is not None:
            raise click.UsageError("Give --html or --html-text, not both.")
        html_text = _text_of(html_file)
    with session.writing() as crm:
        saved = crm.triggered_emails.save(
            id,
            subject=subject,
            html=html_text,
            text=text,
            variables=variables,
            required=required,
            from_address=from_address,
        )
    if as_json:
        output.write_json({**output.as_data(saved), "snippet": saved.snippet()})
        return
    line = f"saved the Triggered Email {saved.id}, revision {saved.revision}; Python sends it so:"
    output.write(output.printable(line))
    output.write(output.printable_lines(f"\n{saved.snippet()}"))


@template.command(name="list")
@json_option
@store_options
@pass_session
def list_templates(session: Session, as_json: bool) -> None:
    """List all Triggered Emails, oldest first. Under --json one list."""
    with session.reading() as crm:
        found = crm.triggered_emails.list()
    rows = ((each.id, each.subject, ", ".join(each.variables)) for each in found)
    if as_json:
        output.write_json([output.as_data(each) for each in found])
    elif not write_table(("id", "subject", "variables"), rows):
        session.note("there are no Triggered Emails yet")


def _text_of(file: BinaryIO) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter(
            f"is no UTF-8 text at byte {error.start:,}; save the file as UTF-8.",
            param_hint="'--html'",
        ) from None
