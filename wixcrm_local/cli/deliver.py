"""`deliver`: hands the mails that are due to a sender, once, or again and again.

Law: a signal lets the mail in hand be finished and gives the others back; what was done is told
before anything else is said.
"""

from __future__ import annotations

from typing import Any

import click

from wixcrm_local import errors
from wixcrm_local.cli import output
from wixcrm_local.cli.command import (
    DELIVERY_EXIT_CODES,
    PASSWORD_VARIABLE,
    SENDER_VARIABLE,
    Command,
)
from wixcrm_local.cli.delivery_preview import write_preview
from wixcrm_local.cli.delivery_report import Delivered
from wixcrm_local.cli.options import json_option, pass_session, store_options
from wixcrm_local.cli.progress import Progress
from wixcrm_local.cli.sender_options import (
    prints_mails,
    required_url,
    sender_of,
    sender_options,
)
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.stopping import Stop, stop_by_signals
from wixcrm_local.cli.watched_sender import WatchedSender
from wixcrm_local.cli.watching import watch
from wixcrm_local.crm import CRM
from wixcrm_local.senders import Sender

_LONGEST_INTERVAL = 86_400


@click.command(
    cls=Command,
    examples=[
        "wixcrm-local deliver --sender eml:mails --from shop@example.com",
        "wixcrm-local deliver --dry-run",
        "wixcrm-local deliver --sender console: --from shop@example.com --limit 1 --include-stale",
    ],
    exit_codes=DELIVERY_EXIT_CODES,
    variables=[SENDER_VARIABLE, PASSWORD_VARIABLE],
)
@sender_options
@click.option(
    "--watch/--once",
    "is_watching",
    help="Go on until a signal ends it, or deliver once.  [default: --once]",
)
@click.option(
    "--interval",
    type=click.FloatRange(0, _LONGEST_INTERVAL, min_open=True),
    default=30.0,
    metavar="SECONDS",
    help="With --watch: the wait between two runs.  [default: 30]",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Most mails to hand over in a run."
)
@click.option(
    "--include-stale",
    is_flag=True,
    help="Send, too, what is held back: recorded before the first delivery, or older than a day.",
)
@click.option(
    "--dry-run", is_flag=True, help="List what would go and what would not; nothing is done."
)
@json_option
@store_options
@pass_session
def deliver(
    session: Session,
    /,
    url: str | None,
    is_watching: bool,
    interval: float,
    dry_run: bool,
    as_json: bool,
    **terms: Any,
) -> None:
    """Hand the mails that are due to a sender, and say what became of them.

    Any number of programs may deliver from one store. The first Ctrl-C lets the mail in hand be
    finished. If several exit codes fit, 4 comes before 5, and 5 before 3.
    """
    if dry_run:
        if is_watching:
            raise click.UsageError("Give either --dry-run or --watch: a rehearsal has no next run.")
        _rehearse(session, url, as_json, terms)
        return
    wanted = required_url(url)
    sender_of(wanted, is_rehearsal=True)  # what is wrong with it is said before a store is opened
    with session.reading() as crm:
        sender = sender_of(wanted, is_quiet=as_json)
        with stop_by_signals() as stop:
            if is_watching:
                watch(crm, sender, stop, session, interval=interval, as_json=as_json, terms=terms)
            else:
                _deliver_once(crm, sender, stop, session, as_json, terms)


def _deliver_once(
    crm: CRM, sender: Sender, stop: Stop, session: Session, as_json: bool, terms: dict[str, Any]
) -> None:
    stats = crm.outbox.stats()
    expected = stats.due + (stats.stale if terms["include_stale"] else 0)
    expected = min(expected, terms["limit"] or expected)
    with Progress(unit="mails", is_wanted=bool(expected) and not prints_mails(sender)) as bar:
        watched = WatchedSender(sender, lambda done: bar.reach(done, max(done, expected), done))
        bar.reach(0, expected, 0)
        stop.is_busy = True
        try:
            report = crm.deliver(watched, stop=stop, **terms)
        except KeyboardInterrupt:
            raise errors.WixCRMError(
                "interrupted at once; if a mail was in hand, nobody knows whether it went: it is "
                f"uncertain now or within a minute, see {session.command()} outbox list "
                "--status uncertain",
                code="INTERRUPTED",
            ) from None
        except errors.StoreError:
            if watched.count:
                session.note(
                    f"the sender was asked to take {watched.count:,} before; "
                    f"{session.command()} outbox list tells how each stands"
                )
            raise
        finally:
            stop.is_busy = False
    delivered = Delivered(crm, session, sender, report, watched.failures, watched.count > 0)
    if as_json:
        output.write_json(output.as_data(report))
    else:
        delivered.write()
    delivered.raise_if_any(stop.number)


def _rehearse(session: Session, url: str | None, as_json: bool, terms: dict[str, Any]) -> None:
    sender = sender_of(url, is_rehearsal=True) if url else None
    with session.reading() as crm:
        preview = crm.preview_delivery(sender, **terms)
        held_back = crm.outbox.stats().stale
    if as_json:
        mails = [output.as_data(mail) for mail in preview.mails]
        output.write_json({"mails": mails, "unavailable": preview.unavailable})
    else:
        write_preview(preview, held_back, session)
