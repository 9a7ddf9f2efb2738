"""`contact create FILE`: thousands of contactInfos, one as JSON a line, through createContact.

Law: what is counted as created, updated or unchanged is stored; every other line that was read
is accounted for too.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from typing import Any

from wixcrm_local import errors
from wixcrm_local.cli import hints, output
from wixcrm_local.cli.json_lines import Batch, contact_info, read_batches
from wixcrm_local.cli.progress import Progress
from wixcrm_local.cli.tally import Tally
from wixcrm_local.crm import CRM


def create_contacts(crm: CRM, source: BufferedIOBase, as_json: bool) -> None:
    """Stores every line and writes the summary.

    Raises `WixCRMError` at the end if a record was refused, the store failed, or Ctrl-C came;
    whatever else went wrong is raised after the summary, too.
    """
    tally = Tally()
    stopped: BaseException | None = None
    with Progress(source) as progress:
        try:
            for batch in read_batches(source):
                _create_batch(crm, batch, tally)
                progress.advance(batch.size, tally.records)
        except (KeyboardInterrupt, Exception) as error:
            stopped = error
    if as_json:
        output.write_json(tally.as_data())
    else:
        tally.write()
    if isinstance(stopped, KeyboardInterrupt | errors.StoreError):
        raise _explained(stopped, tally) from stopped
    if stopped is not None:
        raise stopped
    if tally.refused:
        raise errors.WixCRMError(
            f"{tally.refused:,} of {tally.records:,} records were refused",
            code="RECORDS_REFUSED",
        )


def _create_batch(crm: CRM, batch: Batch, tally: Tally) -> None:
    """Stores one batch as one transaction; it counts when it is committed, not before."""
    tally.pending = (batch.first_line, batch.first_line + len(batch.lines) - 1)
    counted = Tally()
    with _postponed_interrupt():
        with crm.transaction():
            for number, line in enumerate(batch.lines, batch.first_line):
                if line.strip():
                    _create(crm, number, line, counted)
        tally.add(counted)
        tally.last_line, tally.pending = tally.pending[1], None


def _create(crm: CRM, number: int, line: bytes, tally: Tally) -> None:
    try:
        tally.count(crm.upsert_contact(contact_info(line)).action)
    except errors.StoreError:
        raise
    except errors.WixCRMError as error:
        tally.refuse(number, error.code, hints.message(error))


@contextmanager
def _postponed_interrupt() -> Iterator[None]:
    """Ctrl-C waits until the block is done, so that no batch is lost; a second one does not."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is interrupted, and only it may set a handler
        return
    came: list[int] = []

    def note(number: int, frame: Any) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _explained(stopped: BaseException, tally: Tally) -> errors.WixCRMError:
    """What the summary can't tell: why it ends early, and what became of the last batch."""
    rest = ""
    if tally.pending is not None:
        lines = "lines {} to {}".format(*tally.pending)
        if isinstance(stopped, errors.StoreFailed):
            rest = f"; whether {lines} were stored is unknown, and storing them again is safe"
        else:
            rest = f"; {lines} were not stored"
    if isinstance(stopped, errors.WixCRMError):
        return errors.WixCRMError(hints.message(stopped) + rest, code=stopped.code)
    return errors.WixCRMError(
        f"stopped after line {tally.last_line}{rest}; what is counted is stored, "
        "and giving the same lines again is safe",
        code="INTERRUPTED",
    )
