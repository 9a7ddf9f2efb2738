"""`import` and `imports`: people from a file of another program, and the way back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from wixcrm_local import errors
from wixcrm_local.cli import completion, import_summary, output
from wixcrm_local.cli.command import Command, Group, argument
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.options import (
    json_option,
    pairs_option,
    pass_session,
    store_options,
    yes_option,
)
from wixcrm_local.cli.policies import PolicyType
from wixcrm_local.cli.progress import Progress
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.formats.recognition import FORMATS
from wixcrm_local.policy import IMPORT, Policy
from wixcrm_local.transfer.report import ImportReport, ImportSummary

_NOTHING = ("", "none", "-")
_SHARE = 10_000  # parts of a file, for a bar


@click.command(
    cls=Command,
    name="import",
    examples=[
        "wixcrm-local import contacts.csv --fields --report rows.csv --dry-run",
        'wixcrm-local import people.csv --map "Reach at=phones" --map "Member no.=other"',
        "wixcrm-local import phone.vcf",
    ],
)
@argument(
    "source",
    "A CSV of Wix, Google, Outlook or any program, or vCards; - is standard input.",
    metavar="FILE",
    type=click.Path(allow_dash=True),
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen; store nothing.")
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    metavar="FORMAT",
    help="csv or vcard; else what the file holds is looked at.",
)
@pairs_option(
    "--map",
    "mapping",
    metavar="HEADER=MEMBER",
    help="Where a column goes: firstName, lastName, name, emails, phones, labels, language, "
    'picture, subscription, other, "other:New name" or none. May be given more than once.',
)
@click.option("--fields", is_flag=True, help="Make custom fields of what has no other place.")
@click.option(
    "--policy",
    type=PolicyType(IMPORT),
    metavar="POLICY",
    help="As for contact create; switches on top of import, such as members=error.  "
    "[default: import]",
)
@click.option("--stop", is_flag=True, help="End at the first row that is refused.")
@click.option(
    "--report",
    type=click.Path(),
    metavar="FILE.csv",
    help="Write a line for each row: what became of it, and why.",
)
@json_option
@store_options
@pass_session
def import_command(
    session: Session, /, source: str, report: str | None, as_json: bool, **asked: Any
) -> None:
    """Bring people in. Who is there already is updated: by email, by telephone only where a row has
    no email and no other first name, since families share telephones.

    Rows are stored in chunks. If it breaks off, the same command goes on where it was. The receipt
    takes all of it back: `imports undo RECEIPT`. Exit code 1 says that rows were skipped.
    """
    if report is not None:
        _check_place(report, source)
    with session.rehearsing() if asked["dry_run"] else session.writing() as crm:
        done = _imported(session, crm, source, **asked)
        store_path = crm.path
    if as_json:
        output.write_json(import_summary.as_data(done))
    else:
        import_summary.write(done, session.command(), has_report=report is not None)
    if report is not None:  # behind the receipt, which a full disk must not hide
        import_summary.write_rows(report, done, store_path)
    if done.skipped:
        raise errors.WixCRMError(
            f"{done.skipped:,} of {done.rows:,} rows were skipped; "
            f"{'see ' + report if report else '--report FILE.csv lists each of them'}",
            code="RECORDS_REFUSED",
        )


def _imported(
    session: Session,
    crm: CRM,
    source: str,
    *,
    dry_run: bool,
    format: str | None,
    mapping: dict[str, str],
    fields: bool,
    policy: Policy | None,
    stop: bool,
) -> ImportReport:
    before = _unfinished(crm)
    with Progress(unit="rows") as bar:
        try:
            return crm.import_contacts(
                sys.stdin.buffer if source == "-" else source,
                format,
                {header: _target(place) for header, place in mapping.items()} or None,
                dry_run=dry_run,
                policy=policy,
                on_error="stop" if stop else "skip",
                unknown_columns="fields" if fields else "leave_out",
                progress=_shown_by(bar),
            )
        except (KeyboardInterrupt, errors.StoreError) as error:
            if not dry_run:
                # Of several that broke off, this run's is the one that has grown.
                grown = [it for it in _unfinished(crm) - before if it.rows]
                if len(grown) == 1:
                    session.note(_how_to_go_on(grown[0], session, _is_readable_twice(source)))
            raise _interrupted() if isinstance(error, KeyboardInterrupt) else error from error
        except errors.WixCRMError as error:
            if error.details.get("receipt") and not dry_run:  # --stop
                session.note(f"{session.command()} imports undo {error.details['receipt']}")
            raise


def _interrupted() -> errors.WixCRMError:
    return errors.WixCRMError("interrupted; whole chunks are stored", code="INTERRUPTED")


def _unfinished(crm: CRM) -> set[ImportSummary]:
    return {each for each in crm.imports() if each.finished_at is None}


def _how_to_go_on(broken: ImportSummary, session: Session, is_readable_twice: bool) -> str:
    stored = "1 row is" if broken.rows == 1 else f"{broken.rows:,} rows are"
    again = "goes on from there" if is_readable_twice else "begins anew and finds who is there"
    return (
        f"{stored} stored; the same command {again}, and {session.command()} imports undo "
        f"{broken.receipt} takes back what is stored"
    )


def _is_readable_twice(source: str) -> bool:
    return source != "-" or sys.stdin.buffer.seekable()


def _check_place(report: str, source: str) -> None:
    """Before a row is stored: a report replaces an older report, and no other file."""
    why = ""
    if os.path.isdir(report):
        why = "is a folder; give the path of a file in it"
    elif not os.path.isdir(os.path.dirname(os.path.abspath(report))):
        why = "is in a folder that does not exist; make the folder, or give another path"
    elif _is_same_file(report, source):
        why = "is the file to import; give another path"
    elif not import_summary.is_replaceable(report):
        why = "exists already, and is no report of an import; give another path"
    if why:
        raise errors.InvalidArgument(f"--report {report} {why}", details={"argument": "report"})


def _is_same_file(report: str, source: str) -> bool:
    try:
        found = os.fstat(sys.stdin.fileno()) if source == "-" else os.stat(source)
        return os.path.samestat(found, os.stat(report))
    except (OSError, ValueError):  # one of them is not there, or is no file
        return False


def _target(place: str) -> str | None:
    return None if place.strip().lower() in _NOTHING else place.strip()


def _shown_by(bar: Progress) -> Callable[[int, float | None], None]:
    def show(rows: int, share: float | None) -> None:
        if share is None:
            bar.advance(0, rows)
        else:
            bar.reach(int(share * _SHARE), _SHARE, rows)

    return show


@click.group(cls=Group, name="imports")
@store_options
def imports() -> None:
    """List what was imported, and take an import back."""


@imports.command(cls=Command, name="list", examples=["wixcrm-local imports list"])
@json_option
@store_options
@pass_session
def list_imports(session: Session, as_json: bool) -> None:
    """List all imports, oldest first. Under --json each is an object on a line of its own."""
    with session.reading() as crm:
        found = crm.imports()
    if as_json:
        for each in found:
            output.write_json(output.as_data(each))
        return
    headings = ("receipt", "began", "state", "rows", "created", "updated", "skipped", "format")
    rows = (
        (
            each.receipt,
            output.moment(each.started_at),
            "undone" if each.undone_at else "finished" if each.finished_at else "unfinished",
            *(f"{number:,}" for number in (each.rows, each.created, each.updated, each.skipped)),
            each.format,
        )
        for each in found
    )
    if not write_table(headings, rows):
        session.note("nothing was imported yet")


@imports.command(cls=Command, name="undo", examples=["wixcrm-local imports undo RECEIPT --yes"])
@argument(
    "receipt",
    "What `import` told at its end, or `imports list` tells.",
    shell_complete=completion.imports,
)
@yes_option
@json_option
@store_options
@pass_session
def undo_import(session: Session, receipt: str, is_sure: bool, as_json: bool) -> None:
    """Take an import back: whom it made goes to the trash, what it changed of others is undone.

    What somebody changed since is left as it is, and listed.
    """
    with session.reading() as crm:
        if not is_sure:
            confirm(f"take back import {receipt}")
        done = crm.undo_import(receipt)
    if as_json:
        output.write_json(import_summary.undone_as_data(done))
        return
    if done.trashed or not done.reverted:
        contacts = "contact" if done.trashed == 1 else "contacts"
        output.write(f"{done.trashed:,} {contacts} {_are(done.trashed)} in the trash")
    if done.reverted:
        output.write(f"{_changes(done.reverted)} of others {_are(done.reverted)} undone")
    if done.removed_names:
        output.write(
            output.printable(f"removed, as nobody has them: {', '.join(done.removed_names)}")
        )
    if done.pruned:
        output.write(f"{_changes(done.pruned)} can't be undone: the history was pruned")
    write_table(("left as it is", "why"), ((it.contact_id, it.reason) for it in done.left))


def _changes(count: int) -> str:
    return f"{count:,} {'change' if count == 1 else 'changes'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
