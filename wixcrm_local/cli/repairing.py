"""`repair`: mends a store in its place, or reads what is left of a damaged one into a new one."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click

from wixcrm_local import errors, salvaging
from wixcrm_local.cli import output
from wixcrm_local.cli.command import Command
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.progress import Progress
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.crm import CRM
from wixcrm_local.mending import RepairReport


@click.command(
    cls=Command,
    examples=["wixcrm-local repair", "wixcrm-local repair --into rescued.db"],
)
@click.option(
    "--into",
    "target",
    type=click.Path(),
    metavar="FILE",
    help="Read what is readable of a damaged store into this new one; the damaged one stays.",
)
@json_option
@store_options
@pass_session
def repair(session: Session, target: str | None, as_json: bool) -> None:
    """Mend what can be worked out from the text as typed: keys, places, rows that point at nothing.

    A backup is made before. Where pages of the file itself are damaged, give --into. Exit code 1
    says that `check` still finds something.
    """
    if target is not None:
        salvaged = salvaging.salvage(session.path, target)
        session.note(f"{sum(salvaged.rows.values()):,} rows could be read into {salvaged.path}")
        path = salvaged.path
    else:
        path = session.path
        _refuse_missing(path, session)
    with CRM(path, default_region=session.region) as crm:
        if target is None:
            kept = crm.backup(f"{path}.before-repair-{datetime.now(UTC):%Y%m%dT%H%M%S}")
            session.note(f"as it was before: {kept.path}")
        with Progress() as bar:
            report = crm.repair(progress=lambda done, total: bar.reach(done, total, done))
    _write(report, as_json)
    if not report.left.ok:
        raise errors.WixCRMError(
            "check still finds what no repair can work out; what each means stands on stdout",
            code="FAULTS_FOUND",
        )


def _refuse_missing(path: str, session: Session) -> None:
    if not os.path.exists(path):
        with session.reading():
            return


def _write(report: RepairReport, as_json: bool) -> None:
    if as_json:
        findings = [output.as_data(each) for each in report.left.findings]
        output.write_json({"mended": dict(report.mended), "left": findings})
        return
    if not write_table(
        ("mended", "rows"), ((code, f"{count:,}") for code, count in report.mended.items())
    ):
        output.write("nothing had to be mended")
    rows = ((each.code, each.id or "", each.message) for each in report.left.findings)
    write_table(("left", "id", "what it means"), rows)
