"""What a delivery did, in words that say what to do next, and the exit code that fits."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from datetime import UTC, datetime

import attrs

from wixcrm_local import errors
from wixcrm_local.cli import output
from wixcrm_local.cli.hints import typed
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM
from wixcrm_local.message import DeliveryReport, OutboxMessage
from wixcrm_local.senders import Sender


@attrs.frozen
class Delivered:
    """A report, with all that is needed to explain it."""

    crm: CRM
    session: Session
    sender: Sender
    report: DeliveryReport
    failures: Sequence[tuple[OutboxMessage, Exception]]
    was_asked: bool

    def write(self) -> None:
        """The summary for people, on stdout."""
        for line in [*self._done(), *self._left()] or ["nothing is due"]:
            output.write(output.printable(line))

    def raise_if_any(self, signal_number: int | None) -> None:
        """Raises what a script must hear of, the most urgent first: its code is the exit code's."""
        report = self.report
        if signal_number is not None:
            is_ctrl_c = signal_number == signal.SIGINT
            raise errors.WixCRMError(
                f"stopped by {'Ctrl-C' if is_ctrl_c else _signal_name(signal_number)} after the "
                "mail in hand; the others wait as before, deliver again to go on",
                code="INTERRUPTED" if is_ctrl_c else "TERMINATED",
            )
        if report.unavailable is not None:
            raise errors.WixCRMError(
                f"{report.unavailable}{self._left_alone()}; no mail is lost, and none has spent an "
                "attempt",
                code="SENDER_UNAVAILABLE",
            )
        if report.undecided:
            raise errors.WixCRMError(
                f"{mails(report.undecided)} may have gone or not, and only a person can find out; "
                f"look there, then give {self.session.command()} outbox resolve ID sent, or resend",
                code="MAILS_UNDECIDED",
            )
        if report.failed:
            raise errors.WixCRMError(
                f"{mails(report.failed)} failed for good; mend the cause, then queue what shall go "
                f"again with {self.session.command()} outbox retry ID",
                code="MAILS_FAILED",
            )

    def _done(self) -> list[str]:
        report, program = self.report, self.session.command()
        lines = [f"sent {mails(report.sent)}"] if report.sent else []
        if report.deferred:
            lines.append(f"{mails(report.deferred)} not taken now, tried again later")
        if report.failed:
            lines.append(
                f"{mails(report.failed)} failed for good: {program} outbox list --status failed"
            )
        if report.uncertain:
            lines.append(
                f"{mails(report.uncertain)} uncertain, for the answer was lost: {program} outbox "
                "list --status uncertain"
            )
        lines += reasons(report, self.failures)
        if report.suppressed:
            lines.append(
                f"{mails(report.suppressed)} not sent, as no mail goes there: {program} outbox "
                "list --status suppressed"
            )
        return lines

    def _left(self) -> list[str]:
        report, program = self.report, self.session.command()
        lines = []
        if report.waiting:
            lines.append(f"{mails(report.waiting)} waiting, {_when(report.next_due)}")
        if report.stale:
            lines += [
                f"{mails(report.stale)} held back, recorded before the first delivery or left "
                "waiting for more than a day; choose:",
                f"  to send them     {program} deliver {self._as_given()}--include-stale",
                f"  to give them up  {program} outbox cancel --stale",
            ]
        if report.undecided:
            lines.append(
                f"{mails(report.undecided)} waiting for your decision: {program} outbox list "
                "--status uncertain"
            )
        return lines

    def _as_given(self) -> str:
        """The options of this run that the next one needs."""
        url, address = self.session.sender_url, self.session.from_address
        given = f"--sender {typed(url)} " if url else ""
        return f"{given}--from {typed(address)} " if address else given

    def _left_alone(self) -> str:
        """Until when, where the reason does not say it itself."""
        until = self.crm.outbox.stats().left_alone.get(self.sender.name)
        if until is None or not self.was_asked:
            return ""
        return f"; the sender is left alone until {output.moment(until)}"


def mails(number: int) -> str:
    """So many mails, in words."""
    return f"{number:,} {'mail' if number == 1 else 'mails'}"


def reasons(
    report: DeliveryReport, failures: Sequence[tuple[OutboxMessage, Exception]]
) -> list[str]:
    """Why the first mails were not taken, a line each, and how many more there are."""
    lines = [f"  {mail.to}: {error} ({mail.id})" for mail, error in failures]
    hidden = report.failed + report.deferred + report.uncertain - len(failures)
    if failures and hidden > 0:
        lines.append(f"  and {hidden:,} more")
    return lines


def _when(next_due: datetime | None) -> str:
    if next_due is None:
        return "for nobody knows how long"
    return "due now" if next_due <= datetime.now(UTC) else f"next at {output.moment(next_due)}"


def _signal_name(number: int) -> str:
    return signal.Signals(number).name
