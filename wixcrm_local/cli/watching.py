"""`deliver --watch`: one run after the other, and a line for each that did something.

Law: what another run may find mended does not end it; what a person must mend first does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wixcrm_local import errors
from wixcrm_local.cli import hints, output
from wixcrm_local.cli.delivery_report import reasons
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.stopping import Stop
from wixcrm_local.cli.watched_sender import WatchedSender
from wixcrm_local.crm import CRM
from wixcrm_local.message import DeliveryReport
from wixcrm_local.senders import Sender

_PASSING = (errors.StoreBusy, errors.StoreFull, errors.StoreFailed)
_DONE = ("sent", "deferred", "failed", "uncertain", "suppressed")


def watch(
    crm: CRM,
    sender: Sender,
    stop: Stop,
    session: Session,
    *,
    interval: float,
    as_json: bool,
    terms: dict[str, Any],
) -> None:
    """Delivers every `interval` seconds until `stop` is set."""
    output.write_error(f"delivering every {interval:g} seconds; Ctrl-C or SIGTERM ends it")
    told = DeliveryReport()
    trouble = ""
    while not stop.is_set():
        report = None
        try:
            stop.is_busy = True
            watched = WatchedSender(sender)
            report = crm.deliver(watched, stop=stop, **terms)
        except _PASSING as error:
            if error.code != trouble:
                output.write_error(_at(f"[{error.code}]: {hints.message(error)}"))
            trouble = error.code
        finally:
            stop.is_busy = False
        if report is not None:
            trouble = ""
            if _is_news(report, told):
                _write(report, watched, as_json)
            told = report
        stop.nap(interval)
    output.write_error("stopped")


def _is_news(report: DeliveryReport, told: DeliveryReport) -> bool:
    """Whether a run did something, or what it left is another trouble than before."""
    return (
        any(getattr(report, name) for name in _DONE)
        or (report.stale, report.undecided) != (told.stale, told.undecided)
        or (report.unavailable is None) != (told.unavailable is None)
    )


def _write(report: DeliveryReport, watched: WatchedSender, as_json: bool) -> None:
    if as_json:
        output.write_json(output.as_data(report))
        return
    names = (*_DONE, "waiting", "stale", "undecided")
    counts = [f"{getattr(report, name):,} {name}" for name in names if getattr(report, name)]
    if report.unavailable is not None:
        counts.append(f"sender unavailable: {report.unavailable}")
    output.write(_at(", ".join(counts) or "nothing is waiting"))
    for line in reasons(report, watched.failures):
        output.write(output.printable(line))


def _at(text: str) -> str:
    return output.printable(f"{output.moment(datetime.now(UTC))}  {text}")
