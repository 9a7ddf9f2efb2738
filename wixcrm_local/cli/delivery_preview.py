"""What a delivery would do, mail by mail: the answer of `deliver --dry-run`."""

from __future__ import annotations

from collections.abc import Iterator

from wixcrm_local.cli import output
from wixcrm_local.cli.delivery_report import mails
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.table import write_table
from wixcrm_local.message import DeliveryPreview, PlannedMail

_WOULD = {
    "stale": "no: held back",
    "expired": "no: expired",
    "unavailable": "no: sender unavailable",
    "beyond_limit": "no: beyond --limit",
    "in_other_hands": "no: in the hands of another program",
    "undecided": "no: waits for outbox resolve",
}


def write_preview(preview: DeliveryPreview, held_back: int, session: Session) -> None:
    """Writes a table, the mails that would go first, and what it comes to.

    `held_back` is how many mails are so already; a delivery may hold back more.
    """
    write_table(("id", "to", "goes", "subject"), _rows(preview.mails))
    going = sum(mail.obstacle is None for mail in preview.mails)
    staying = len(preview.mails) - going
    output.write(f"{mails(going)} would go, {staying:,} would not; nothing was sent or changed")
    if preview.unavailable is not None:
        session.note(preview.unavailable)
    if stale := sum(mail.obstacle == "stale" for mail in preview.mails):
        when = "" if stale <= held_back else "a deliver without it holds it back, and then "
        session.note(
            "what is held back was recorded before the first delivery, or waited for more than a "
            f"day; deliver --include-stale sends it, {when}outbox cancel --stale gives it up"
        )


def _rows(planned: tuple[PlannedMail, ...]) -> Iterator[tuple[str, ...]]:
    for mail in planned:
        yield mail.id, mail.to, _would(mail), mail.subject


def _would(mail: PlannedMail) -> str:
    if mail.obstacle is None:
        return "yes"
    if mail.obstacle == "not_due" and mail.due_at is not None:
        return f"no: not before {output.moment(mail.due_at)}"
    return _WOULD.get(mail.obstacle, f"no: suppressed ({mail.obstacle})")
