"""Backups every so many hours, for programs that stay open; the last few are kept.

Law: nothing is removed but copies that were made here, by their names, and only after a newer one
stands whole.
"""

from __future__ import annotations

import os
import re
import threading
from datetime import UTC, datetime, timedelta

from wixcrm_local import backup, errors, log
from wixcrm_local.backup import Backup
from wixcrm_local.connection import resolve
from wixcrm_local.context import Context

_LONGEST = 24 * 366  # hours
_MOST_KEPT = 1_000
_LOOK_AFTER = 60.0  # seconds: a computer that slept looks at its clock again
_RETRY_AFTER = timedelta(minutes=10)
_STAMP = "%Y%m%dT%H%M%SZ"


class ScheduledBackups:
    """What `crm.backup_every` gives: `close()` ends it. A context manager, too."""

    def __init__(
        self, context: Context, hours: float, folder: str | os.PathLike[str] | None, keep: int
    ) -> None:
        path = context.store.path
        if path is None:
            raise _refused("path", "a store in memory has no place beside it; use crm.backup(path)")
        self._context = context
        self._interval = timedelta(hours=_checked_hours(hours))
        self._keep = _checked_keep(keep)
        self._name = os.path.basename(path)
        self.folder = _checked_folder(folder, f"{path}.backups")
        self._not_before = datetime.min.replace(tzinfo=UTC)  # after a failure
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wixcrm-local backups", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it, after the backup in hand; closing twice is fine."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> ScheduledBackups:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def list(self) -> tuple[str, ...]:
        """The paths of the backups that are kept, oldest first."""
        pattern = re.compile(re.escape(self._name) + r"\.(\d{8}T\d{6}Z)")
        names = sorted(name for name in os.listdir(self.folder) if pattern.fullmatch(name))
        return tuple(os.path.join(self.folder, name) for name in names)

    def run_if_due(self) -> Backup | None:
        """Makes a backup if the last one is old enough. Raises as `CRM.backup`."""
        now = datetime.fromisoformat(self._context.now())
        if now < max(self._due_at(), self._not_before):
            return None
        target = os.path.join(self.folder, f"{self._name}.{now.strftime(_STAMP)}")
        made = backup.take(self._context.store, target, now=self._context.now)
        for old in self.list()[: -self._keep]:
            os.remove(old)
        log.info("a backup of %s contacts was made", made.contacts)
        return made

    def _due_at(self) -> datetime:
        kept = self.list()
        if not kept:
            return datetime.min.replace(tzinfo=UTC)
        stamp = kept[-1].rpartition(".")[2]
        last = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        return last + self._interval

    def _run(self) -> None:
        is_ending = False
        while not is_ending:
            try:
                self.run_if_due()
            except (errors.StoreClosed, errors.StoreForked):
                return
            except Exception as error:  # the next try may do better
                code = error.code if isinstance(error, errors.WixCRMError) else type(error).__name__
                log.warning("a backup ended with %s", code)
                now = datetime.fromisoformat(self._context.now())
                self._not_before = now + _RETRY_AFTER
            is_ending = self._stop.wait(_LOOK_AFTER)


def _checked_hours(hours: object) -> float:
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= _LONGEST:
        raise _refused("hours", f"must be a number, more than 0 and at most {_LONGEST:,}; pass 24")
    return float(hours)


def _checked_keep(keep: object) -> int:
    if isinstance(keep, bool) or not isinstance(keep, int) or not 1 <= keep <= _MOST_KEPT:
        raise _refused("keep", f"must be a whole number from 1 to {_MOST_KEPT:,}; pass 7")
    return keep


def _checked_folder(given: str | os.PathLike[str] | None, usual: str) -> str:
    folder = usual if given is None else resolve(given)
    if folder is None:
        raise _refused("folder", "must be the path of a folder; pass one such as 'backups'")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise _refused(
            "folder", f"{folder} can't be made: {error.strerror}; pass another"
        ) from error
    return folder


def _refused(argument: str, sentence: str) -> errors.InvalidArgument:
    return errors.InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
