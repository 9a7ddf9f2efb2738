"""`backup` and `check`: what keeps a store well, while other programs use it."""

from __future__ import annotations

import click

from wixcrm_local import errors
from wixcrm_local.backup import EXISTS
from wixcrm_local.checking import CheckReport
from wixcrm_local.cli import output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.progress import Progress
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table

_MEBIBYTE = 2**20


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local backup contacts-backup.db",
        "wixcrm-local backup contacts-backup.db --overwrite",
    ],
)
@argument("target", "The backup's file, private to this user.", type=click.Path())
@click.option("--overwrite", is_flag=True, help="Replace an older backup, once the new one stands.")
@json_option
@store_options
@pass_session
def backup(session: Session, target: str, overwrite: bool, as_json: bool) -> None:
    """Copy the store to a file while it is in use; the copy is verified, and a store itself.

    A run that is killed leaves no half backup under that name; what it may leave is called
    TARGET.unfinished-... and can be deleted.
    """
    with session.reading() as crm, Progress(unit="MiB") as bar:
        try:
            made = crm.backup(
                target,
                overwrite=overwrite,
                progress=lambda done, total: bar.reach(done, total, done // _MEBIBYTE),
            )
        except errors.InvalidArgument as error:
            if error.details.get("reason") != EXISTS:
                raise
            raise errors.InvalidArgument(
                f"{error.details['path']} exists already; choose another file, or give "
                "--overwrite to replace an older backup",
                details=error.details,
            ) from error
    if as_json:
        output.write_json(output.as_data(made))
    else:
        kept = f"{_contacts(made.contacts)}, {made.bytes:,} bytes: {made.path}"
        output.write(output.printable(kept))


@click.command(cls=Command, examples=["wixcrm-local check", "wixcrm-local check --json"])
@json_option
@store_options
@pass_session
def check(session: Session, as_json: bool) -> None:
    """Look through the store for damage and for what breaks our rules; changes nothing.

    Exit code 1 says that something was found. Of one kind the first hundred are listed.
    """
    with session.reading() as crm, Progress() as bar:
        report = crm.check(progress=lambda done, total: bar.reach(done, total, done))
    if as_json:
        findings = [output.as_data(each) for each in report.findings]
        output.write_json({"ok": report.ok, **output.as_data(report), "findings": findings})
    else:
        _write(report)
    if not report.ok:
        number = sum(report.counts.values())
        raise errors.WixCRMError(
            f"the check found {number:,} {'fault' if number == 1 else 'faults'}; "
            "what each means, and its remedy, stands on stdout",
            code="FAULTS_FOUND",
        )


def _write(report: CheckReport) -> None:
    rows = ((each.code, each.id or "", each.message) for each in report.findings)
    if not write_table(("code", "id", "what it means"), rows):
        output.write(f"{_contacts(report.contacts)}, and nothing that should not be")


def _contacts(number: int) -> str:
    return f"{number:,} {'contact' if number == 1 else 'contacts'}"
