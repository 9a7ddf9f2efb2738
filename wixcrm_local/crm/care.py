"""The store as a whole: looked at, copied, mended, shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from wixcrm_local.crm.opening import Opened

if TYPE_CHECKING:
    import threading

    from wixcrm_local.backup import Backup
    from wixcrm_local.checking import CheckReport
    from wixcrm_local.examining import Remark
    from wixcrm_local.mending import RepairReport
    from wixcrm_local.page.writing import PageReport
    from wixcrm_local.rekeying import RekeyReport
    from wixcrm_local.scheduled_backups import ScheduledBackups


class CareVerbs(Opened):
    """The store as a whole: looked at, copied, mended, shown."""

    def rekey(
        self, default_region: str, *, progress: Callable[[int, int], object] | None = None
    ) -> RekeyReport:
        """Reads the file's numbers in another region, or in its own anew, and tells who now
        shares one (P5).

        In short transactions, between which others read and write; they read numbers in the new
        region from the first on, and find those that still wait. After a crash, the same call
        goes on. `progress` is told the contacts done, and the contacts in all.

        Raises `InvalidArgument`, also inside a transaction.
        """
        from wixcrm_local import rekeying

        return rekeying.rekey(self._context, default_region, progress)

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Backup:
        """Copies the store to a file at `path` while it is in use; the copy is a store itself.

        Raises as `backup.take`, among them `InvalidArgument` where a file is there already,
        unless `overwrite` says to replace an older backup.
        """
        from wixcrm_local import backup  # here, as below: most programs never need it

        return backup.take(
            self._store, path, now=self._context.now, overwrite=overwrite, progress=progress
        )

    def check(self, *, progress: Callable[[int, int], object] | None = None) -> CheckReport:
        """Looks for what should not be in the store; changes nothing. See `checking.check`."""
        from wixcrm_local import checking

        return checking.check(self._store, progress)

    def backup_every(
        self,
        hours: float = 24,
        *,
        folder: str | os.PathLike[str] | None = None,
        keep: int = 7,
    ) -> ScheduledBackups:
        """Makes a backup now, if the last one is older, and then every so many hours while the
        store is open, on a thread of its own; the last `keep` are kept.

        They stand in `folder`, else in one beside the store, `contacts.db.backups`, each named
        with its time. What fails is logged, and tried again after ten minutes. `close()` of the
        answer ends it. Raises `InvalidArgument`.
        """
        from wixcrm_local.scheduled_backups import ScheduledBackups

        scheduled = ScheduledBackups(self._context, hours, folder, keep)
        self._subscriptions.append(scheduled)
        return scheduled

    def repair(self, *, progress: Callable[[int, int], object] | None = None) -> RepairReport:
        """Mends what can be worked out from the text as typed: match keys, places in lists,
        repeated items, folded names, rows that point at nothing; the next search indexes anew.

        No text is changed. What `check` still finds afterwards is in the report; for a file whose
        pages are damaged there is `wixcrm_local.salvage`. `progress` is as for `check`.
        """
        from wixcrm_local import mending

        return mending.mend(self._context, progress)

    def examine(self) -> tuple[Remark, ...]:
        """How the file is kept and what waits in it: place, privacy, space, log, mails, imports.

        Each is a `Remark`, with a remedy where it is not `ok`. Changes nothing.
        """
        from wixcrm_local import examining

        return examining.examine(self._context)

    def dump(self) -> str:
        """The whole store as text, one thing a line, in an order that stays the same.

        With a clock and ids of your own, the same calls give the same text on any system.
        """
        from wixcrm_local import dumping

        return dumping.dump(self._store)

    def write_page(
        self,
        path: str | os.PathLike[str],
        *,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
        reload_every: float | None = None,
    ) -> PageReport:
        """Writes one HTML page with everything in the store, for looking at in a browser.

        The page needs no server, asks the network for nothing, and is readable by its owner only.
        It shows at most `limit` people and as many mails, the newest; None: all. `redact` masks
        addresses and numbers and leaves html out. An older page at `path` is replaced, any other
        file only with `overwrite`. With `reload_every`, in seconds, the page loads itself anew.

        Raises `InvalidArgument`, `StoreFull` and the errors of the file.
        """
        from wixcrm_local.page import writing

        terms = writing.PageTerms(
            limit=limit, redact=redact, overwrite=overwrite, reload_every=reload_every
        )
        return writing.write(self._context, path, terms)

    def watch_page(
        self,
        path: str | os.PathLike[str],
        *,
        stop: threading.Event | None = None,
        interval: float = 1.0,
        written: Callable[[PageReport], object] | None = None,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Writes the page now, and anew when the store has changed, until `stop` is set; without
        one, as long as the program runs.

        It looks every `interval` seconds; `written` is told of each time. The page loads itself
        anew meanwhile. Raises as `write_page`.
        """
        from wixcrm_local.page import writing

        terms = writing.PageTerms(limit=limit, redact=redact, overwrite=overwrite)
        writing.watch(self._context, path, terms, stop=stop, interval=interval, written=written)
