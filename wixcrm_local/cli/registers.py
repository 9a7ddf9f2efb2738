"""What `label` and `field` share: to rename, to delete and to show an entry of a register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wixcrm_local.cli import output
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.members import write_members
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM
from wixcrm_local.register import Register

RegisterOf = Callable[[CRM], Register[Any]]


def rename(
    session: Session, register: RegisterOf, old_name: str, new_name: str, as_json: bool
) -> None:
    """Renames an entry, and says what it is now."""
    with session.reading() as crm:
        renamed = register(crm).rename(old_name, new_name)
        title = register(crm).title
    if as_json:
        output.write_json(output.as_data(renamed))
    else:
        line = f"renamed the {title} {old_name} to {renamed.name}; its key stays {renamed.key}"
        output.write(output.printable(line))


def delete(session: Session, register: RegisterOf, name: str, is_sure: bool, as_json: bool) -> None:
    """Deletes an entry, after asking, and says how many contacts lost it."""
    with session.reading() as crm:
        entries = register(crm)
        entry = entries.get(name)
        if not is_sure:
            who = _contacts(entries.count_contacts(entry.name))
            confirm(f"delete the {entries.title} {entry.name}, and take it from {who}")
        with crm.transaction():  # so that the number is true at the moment of deleting
            count = entries.count_contacts(entry.name)
            entries.delete(entry.name)
    if as_json:
        output.write_json({**output.as_data(entry), "contacts": count})
    else:
        line = f"deleted the {entries.title} {entry.name}; {_contacts(count)} lost it"
        output.write(output.printable(line))


def show(session: Session, register: RegisterOf, name: str, as_json: bool) -> None:
    """Shows an entry, and how many contacts have it."""
    with session.reading() as crm:
        entry = register(crm).get(name)
        count = register(crm).count_contacts(entry.name)
    data = output.as_data(entry)
    if as_json:
        output.write_json({**data, "contacts": count})
    else:
        del data["createdAt"]
        created = output.moment(entry.created_at)
        write_members({**data, "created": created, "contacts": f"{count:,}"})


def _contacts(count: int) -> str:
    return "1 contact" if count == 1 else f"{count:,} contacts"
