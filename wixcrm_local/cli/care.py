"""`backup`, `restore` and `check`: what keeps a store well."""

from __future__ import annotations

import os

import click

from wixcrm_local import errors, restoring
from wixcrm_local.backup import EXISTS
from wixcrm_local.checking import CheckReport
from wixcrm_local.cli import output
from wixcrm_local.cli.command import Command, argument
from wixcrm_local.cli.confirmation import confirm
from wixcrm_local.cli.options import json_option, pass_session, store_options, yes_option
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


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local restore older-backup.db --yes",
    ],
)
@argument(
    "backup_file", "What `backup` wrote, or what was kept before an upgrade.", metavar="BACKUP"
)
@yes_option
@json_option
@store_options
@pass_session
def restore(session: Session, backup_file: str, is_sure: bool, as_json: bool) -> None:
    """Put a backup in the place of the store, which is renamed and kept.

    Never while a program has the store open. What was stored since the backup was made is in the
    file that is kept, a store itself.
    """
    stands = os.path.lexists(session.path)
    if stands and not is_sure:
        confirm(f"put {backup_file} in the place of {session.path}, which is kept beside it")
    done = restoring.restore(backup_file, session.path, overwrite=stands)
    if as_json:
        output.write_json(output.as_data(done))
        return
    output.write(output.printable(f"{_contacts(done.contacts)}, {done.bytes:,} bytes: {done.path}"))
    if done.kept is not None:
        output.write(output.printable(f"what stood there is kept: {done.kept}"))


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


@click.command(cls=Command, examples=["wixcrm-local doctor", "wixcrm-local doctor --json"])
@json_option
@store_options
@pass_session
def doctor(session: Session, as_json: bool) -> None:
    """Tell how the store is kept and what waits in it, with a remedy for each that needs one.

    Its version, place, privacy, free space, log, mails and imports; `check` looks at what is
    inside. Changes nothing.
    """
    with session.reading() as crm:
        remarks = crm.examine()
    if as_json:
        for each in remarks:
            output.write_json(output.as_data(each))
    else:
        rows = (("ok" if each.ok else "LOOK", each.code, each.sentence) for each in remarks)
        write_table(("", "what", "what it means"), rows)


def _write(report: CheckReport) -> None:
    rows = ((each.code, each.id or "", each.message) for each in report.findings)
    if not write_table(("code", "id", "what it means"), rows):
        output.write(f"{_contacts(report.contacts)}, and nothing that should not be")


def _contacts(number: int) -> str:
    return f"{number:,} {'contact' if number == 1 else 'contacts'}"
