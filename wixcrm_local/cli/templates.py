"""`template`: the Triggered Emails of a store."""

from __future__ import annotations

from typing import BinaryIO

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Group, argument
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.input_file import InputFile
from wixcrm_local.cli.members import write_members
from wixcrm_local.cli.options import (
    json_option,
    pairs_option,
    pass_session,
    store_options,
    yes_option,
)
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.model import TriggeredEmail

_known_id = argument("id", "The id it was saved under.", shell_complete=completion.templates)


@click.group(cls=Group)
def template() -> None:
    """Create, list, show and delete Triggered Emails.

    They are the templates that mail is made from.
    """


@template.command(
    examples=[
        "wixcrm-local template create news --subject News --html news.html --var name=friend",
        "wixcrm-local template create bill --subject Bill --html bill.html --required number",
    ]
)
@argument("id", "What it is sent by, such as welcome: up to 200 characters.")
@click.option("--subject", required=True, metavar="TEXT", help="May hold ${name}, as the bodies.")
@click.option(
    "--html", "html_file", type=InputFile(), help="File with the html, in UTF-8; - is stdin."
)
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
@click.option(
    "--unsubscribe-url",
    metavar="URL",
    help="Where readers can leave, https: or mailto:; may hold ${name} behind its host.",
)
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
    unsubscribe_url: str | None,
    as_json: bool,
) -> None:
    """Save a Triggered Email under ID, or replace the one that has this ID.

    Shows the Python call that sends it. In a POSIX shell, ${name} belongs between single
    quotes.
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
            unsubscribe_url=unsubscribe_url,
        )
    if as_json:
        output.write_json({**output.as_data(saved), "snippet": saved.snippet()})
        return
    line = f"saved the Triggered Email {saved.id}, revision {saved.revision}; Python sends it so:"
    output.write(output.printable(line))
    output.write(output.printable_lines(f"\n{saved.snippet()}"))


@template.command(name="list", examples=["wixcrm-local template list"])
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


@template.command(examples=["wixcrm-local template show welcome"])
@_known_id
@json_option
@store_options
@pass_session
def show(session: Session, id: str, as_json: bool) -> None:
    """Show a Triggered Email: its parts, its variables, and the Python call that sends it."""
    with session.reading() as crm:
        found = crm.triggered_emails.get(id)
    if as_json:
        output.write_json({**output.as_data(found), "snippet": found.snippet()})
    else:
        _write_template(found)


@template.command(examples=["wixcrm-local template delete welcome --yes"])
@_known_id
@yes_option
@json_option
@store_options
@pass_session
def delete(session: Session, id: str, is_sure: bool, as_json: bool) -> None:
    """Delete a Triggered Email; mails that were made from it stay as they are.

    On a terminal it asks first; elsewhere --yes is needed.
    """
    with session.reading() as crm:
        found = crm.triggered_emails.get(id)
        if not is_sure:
            confirm(f"delete the Triggered Email {found.id}")
        crm.triggered_emails.delete(found.id)
    if as_json:
        output.write_json(output.as_data(found))
    else:
        output.write(output.printable(f"deleted the Triggered Email {found.id}"))


def _write_template(found: TriggeredEmail) -> None:
    write_members(
        {
            "id": found.id,
            "subject": found.subject,
            "from": found.from_address,
            "unsubscribe": found.unsubscribe_url,
            "saved": f"{output.moment(found.updated_at)}, revision {found.revision}",
            **{f"variable {name}": _fallback(it) for name, it in found.variables.items()},
        }
    )
    for title, part in (("html", found.html), ("text", found.text)):
        if part is not None:
            output.write(f"\n{title}:\n{output.printable_lines(part.rstrip())}")
    output.write(output.printable_lines(f"\nPython sends it so:\n{found.snippet()}"))


def _fallback(text: str | None) -> str:
    return "is required" if text is None else f"falls back to {text!r}"


def _text_of(file: BinaryIO) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter(
            f"is no UTF-8 text at byte {error.start:,}; save the file as UTF-8.",
            param_hint="'--html'",
        ) from None
