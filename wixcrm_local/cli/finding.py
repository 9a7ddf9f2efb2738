"""`contact search`, `contact list`, `contact duplicates`: who is there, and who is twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from wixcrm_local.cli import completion, output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.options import json_option, limit_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.model import Contact

SORTS = ("created_at", "updated_at", "first_name", "last_name")
_PAGE = 500
_HEADINGS = ("id", "name", "emails", "phones", "labels")


def full_name(found: Contact) -> str:
    """First and last name, as far as there are any."""
    return " ".join(name for name in (found.first_name, found.last_name) if name)


@click.command(
    cls=Command,
    examples=["wixcrm-local contact search ana", 'wixcrm-local contact search "@example 0417"'],
)
@argument("text", "Beginnings of words, parts of an address, or digits of a number.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="Contacts to show, the best first.",
)
@json_option
@store_options
@pass_session
def search(session: Session, text: str, limit: int, as_json: bool) -> None:
    """Search names, addresses and numbers; who has all the words is found.

    Case and accents make no difference. The first search of a large file builds an index. Under
    --json each contact is an object on a line of its own.
    """
    with session.reading() as crm:
        found = crm.search_contacts(text, limit)
    if not _write(iter(found), as_json):
        session.note("nobody was found")


@click.command(
    cls=Command,
    name="list",
    examples=[
        "wixcrm-local contact list --label Customer --limit 10",
        """wixcrm-local contact list --where '{"Lead score": {"at_least": 5}}'""",
        "wixcrm-local contact list --limit 0 --json",
    ],
)
@click.option("--name", metavar="TEXT", help="Only who has this in a first or last name.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.labels,
    help="Only who carries this label; more than once: all of them.",
)
@click.option("--where", metavar="JSON", help="Only who fits this filter: docs/queries.md.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=SORTS[0],
    metavar="ORDER",
    help="created_at, the default, updated_at, first_name or last_name.",
)
@click.option("--descending", is_flag=True, help="The last first.")
@limit_option("Contacts to show")
@click.option("--cursor", metavar="TEXT", help="Go on behind a list; its last line told it.")
@json_option
@store_options
@pass_session
def list_contacts(session: Session, /, as_json: bool, limit: int, **asked: Any) -> None:
    """List contacts, oldest first, or those that fit. Under --json each is an object on a line of
    its own."""
    where = filter_of(asked.pop("name"), asked.pop("labels"), asked.pop("where"))
    with session.reading() as crm:
        listing = _Listing(crm, where, limit, **asked)
        if not _write(listing.contacts(), as_json):
            session.note("there are no contacts yet" if where is None else "nobody fits")
        if listing.cursor is None:
            return
        if asked["cursor"] is None:
            more = crm.count_contacts(where) - limit
            session.note(f"{more:,} more; --limit 0 shows all, --cursor {listing.cursor} the next")
        else:
            session.note(f"more follow; --cursor {listing.cursor} shows the next")


@click.command(cls=Command, examples=["wixcrm-local contact duplicates"])
@limit_option("Groups to show")
@json_option
@store_options
@pass_session
def duplicates(session: Session, limit: int, as_json: bool) -> None:
    """List contacts that may be one person, and what they share.

    First who has the same address, then the same number, then the same name and addresses a slip
    apart. What more than five share is an office's, and marked as shared. Under --json each group
    is an object on a line of its own.
    """
    with session.reading() as crm:
        groups = crm.find_duplicates()
        found = (group for place, group in enumerate(groups) if not limit or place < limit)
        if as_json:
            for group in found:
                output.write_json(output.as_data(group))
            return
        rows = (
            (
                group.kind if group.proposed else f"{group.kind}, shared",
                group.key,
                str(group.count),
                ", ".join(group.contact_ids),
            )
            for group in found
        )
        if not write_table(("by", "what", "contacts", "ids"), rows):
            output.write("nobody seems to be there twice")


class _Listing:
    """Pages put together up to a limit, and the cursor of what is behind it."""

    def __init__(
        self, crm: CRM, where: Any, limit: int, sort: str, descending: bool, cursor: str | None
    ) -> None:
        self.cursor = cursor
        self._crm = crm
        self._where = where
        self._left = limit or None
        self._order: dict[str, Any] = {"sort": sort, "descending": descending}

    def contacts(self) -> Iterator[Contact]:
        while True:
            most = _PAGE if self._left is None else min(_PAGE, self._left)
            page = self._crm.query_contacts(
                self._where, limit=most, cursor=self.cursor, **self._order
            )
            self.cursor = page.next_cursor
            yield from page.contacts
            if self._left is not None:
                self._left -= len(page.contacts)
            if self.cursor is None or self._left == 0:
                return


def filter_of(
    name: str | None = None, labels: tuple[str, ...] = (), given: str | None = None
) -> Any:
    """One filter of all options; None where there is none."""
    parts: list[Any] = [{"labels": {"contains": label}} for label in labels]
    if name is not None:
        has_it = {"contains": name}
        parts.append({"any": [{"firstName": has_it}, {"lastName": has_it}]})
    if given is not None:
        try:
            parts.append(json.loads(given))
        except (ValueError, RecursionError):
            raise click.BadParameter(
                'is no JSON; give a filter such as \'{"lastName": "Diaz"}\'.',
                param_hint="'--where'",
            ) from None
    if len(parts) == 1:
        return parts[0]
    return {"all": parts} if parts else None


def _write(found: Iterator[Contact], as_json: bool) -> bool:
    if not as_json:
        return write_table(_HEADINGS, map(_row, found))
    is_any = False
    for each in found:
        is_any = True
        output.write_json(output.as_data(each))
    return is_any


def _row(found: Contact) -> tuple[str, ...]:
    lists = (found.emails, found.phones, found.labels)
    return (found.id, full_name(found), *(", ".join(items) for items in lists))
