"""`contact unsubscribe` and `contact resubscribe`: a person's no and yes to mail."""

from __future__ import annotations

from typing import Any

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM

_who = argument(
    "who",
    "A contact's id: whatever its addresses are. An address: whoever has it.",
    metavar="ID|ADDRESS",
    shell_complete=completion.contacts,
)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact unsubscribe CONTACT_ID",
        "wixcrm-local contact unsubscribe ana@example.com",
    ],
)
@_who
@json_option
@store_options
@pass_session
def unsubscribe(session: Session, who: str, as_json: bool) -> None:
    """Send no more mail to a contact, or to an address."""
    with session.reading() as crm:
        crm.unsubscribe(who)
        _write(_standing(crm, who), as_json)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local contact resubscribe CONTACT_ID",
        "wixcrm-local contact resubscribe ana@example.com",
    ],
)
@_who
@json_option
@store_options
@pass_session
def resubscribe(session: Session, who: str, as_json: bool) -> None:
    """Take `contact unsubscribe` back, at the person's own wish.

    An address that is on the suppression list for another reason stays there.
    """
    with session.reading() as crm:
        crm.resubscribe(who)
        standing = _standing(crm, who)
        _write(standing, as_json)
    if standing["reason"] not in (None, "unsubscribed"):
        session.note(
            f"{who} stays on the suppression list as {standing['reason']}; "
            f"{session.command()} suppress remove takes it off"
        )


def _standing(crm: CRM, who: str) -> dict[str, Any]:
    """Whether mail goes to this contact or address now."""
    if "@" in who:
        entry = crm.suppressions.check(who)
        about: dict[str, Any] = {"address": who}
        reason = entry.reason if entry else None
    else:
        contact = crm.get_contact(who)
        about = {"contactId": contact.id}
        reason = "unsubscribed" if contact.subscription == "unsubscribed" else None
    return {**about, "getsMail": reason is None, "reason": reason}


def _write(standing: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.write_json(standing)
        return
    verb = "mail may go to" if standing["getsMail"] else "no more mail goes to"
    if "address" in standing:
        line = f"{verb} {standing['address']}, whoever has it"
    else:
        line = f"{verb} contact {standing['contactId']}, whatever its addresses are"
    output.write(output.printable(line))
