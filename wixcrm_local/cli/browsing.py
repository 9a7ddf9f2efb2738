"""`browse`: one page with everything in the store, opened in the browser.

Law: no server is started, and a browser is only asked to open where there is a screen.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from wixcrm_local import errors
from wixcrm_local.cli import output
from wixcrm_local.cli.command import TERMINATED, Command, argument
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.stopping import stop_by_signals
from wixcrm_local.crm import CRM
from wixcrm_local.page.writing import LIMIT, PageReport
from wixcrm_local.transfer.files import EXISTS

_WATCH_ENDED = (
    (str(TERMINATED), "The same by SIGTERM. With --watch both are the way to end it: exit code 0."),
)


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local browse",
        "wixcrm-local browse contacts.db --no-open --redact --to for-support.html",
        "wixcrm-local browse --limit 200",
    ],
    exit_codes=_WATCH_ENDED,
)
@argument(
    "file", "The store to look into, as by --store.", metavar="FILE", required=False, default=None
)
@click.option(
    "--to",
    "page",
    type=click.Path(),
    metavar="PAGE",
    help="The page's file, private to this user.  [default: beside the store, contacts.db.html]",
)
@click.option(
    "--limit",
    type=click.IntRange(0, 1_000_000),
    default=LIMIT,
    show_default=True,
    metavar="N",
    help="People and mails on the page, the newest of each; 0 shows all.",
)
@click.option("--redact", is_flag=True, help="Mask addresses and numbers, and leave html out.")
@click.option("--watch", is_flag=True, help="Write it anew when the store changes, until Ctrl-C.")
@click.option("--no-open", is_flag=True, help="Write the page, and open no browser.")
@click.option("--overwrite", is_flag=True, help="Replace PAGE even where it is no such page.")
@json_option
@store_options
@pass_session
def browse(
    session: Session,
    file: str | None,
    page: str | None,
    limit: int,
    watch: bool,
    no_open: bool,
    redact: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Open a page with everything in the store: people, mails, templates, labels, duplicates.

    The page is one file and needs no server; it asks the network for nothing, and nothing in it
    can run. It holds the people's data: delete it when you have looked. With --watch the page
    follows the store.
    """
    if file is not None:
        session.given_path = file
    terms: dict[str, Any] = {"limit": limit or None, "redact": redact, "overwrite": overwrite}
    target = page or f"{session.path}.html"
    told = _Teller(as_json=as_json, opens=not no_open, session=session)
    with session.reading() as crm:
        try:
            if watch:
                _watch(crm, target, told, terms)
            else:
                told(crm.write_page(target, **terms))
        except errors.InvalidArgument as error:
            raise _in_words_of_the_command(error) from error


def _watch(crm: CRM, target: str, told: _Teller, terms: dict[str, Any]) -> None:
    with stop_by_signals() as stop:
        output.write_error("the page follows the store; Ctrl-C or SIGTERM ends it")
        crm.watch_page(target, stop=stop, written=told, **terms)
    output.write_error("stopped")


class _Teller:
    """Tells of a page that was written; the first one is opened."""

    def __init__(self, *, as_json: bool, opens: bool, session: Session) -> None:
        self._as_json = as_json
        self._opens = opens
        self._session = session

    def __call__(self, report: PageReport) -> None:
        if self._as_json:
            output.write_json(output.as_data(report))
        else:
            output.write(output.printable(_sentence(report)))
        if self._opens and not _open(report.path):
            self._session.note("no browser was found here; open the page in one")
        self._opens = False


def _sentence(report: PageReport) -> str:
    left_out = report.people_left_out + report.mails_left_out
    older = f", {left_out:,} older ones left out" if left_out else ""
    people = f"{report.people:,} {'person' if report.people == 1 else 'people'}"
    mails = f"{report.mails:,} {'mail' if report.mails == 1 else 'mails'}"
    return f"{people} and {mails}{older}: {report.path}"


def _open(path: str) -> bool:
    """Asks the system's browser, where there is a screen: one for text would take the terminal."""
    has_screen = (
        sys.platform in ("win32", "darwin")
        or os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
    )
    with suppress(webbrowser.Error, OSError):
        return bool(has_screen) and webbrowser.open(Path(path).as_uri())
    return False


def _in_words_of_the_command(error: errors.InvalidArgument) -> errors.InvalidArgument:
    if error.details.get("reason") != EXISTS:
        return error
    return errors.InvalidArgument(
        f"{error.details['path']} exists already and is no page of a store; choose another file "
        "with --to, or give --overwrite to replace it",
        details=error.details,
    )
