"""The store as a whole, awaited: see `crm.care`."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any

from wixcrm_local.aio.opening import AsyncOpened
from wixcrm_local.backup import Backup
from wixcrm_local.checking import CheckReport
from wixcrm_local.examining import Remark
from wixcrm_local.mending import RepairReport
from wixcrm_local.page.writing import PageReport
from wixcrm_local.rekeying import RekeyReport
from wixcrm_local.scheduled_backups import ScheduledBackups


class AsyncCareVerbs(AsyncOpened):
    """See `CareVerbs`."""

    async def rekey(
        self, default_region: str, *, progress: Callable[[int, int], object] | None = None
    ) -> RekeyReport:
        """See `CRM.rekey`; `progress` is called on a worker thread."""
        return await self._threads.write(lambda crm: crm.rekey(default_region, progress=progress))

    async def backup(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Backup:
        """See `CRM.backup`; `progress` is called on a worker thread."""
        return await self._threads.read(
            lambda crm: crm.backup(path, overwrite=overwrite, progress=progress)
        )

    async def check(self, *, progress: Callable[[int, int], object] | None = None) -> CheckReport:
        """See `CRM.check`; `progress` is called on a worker thread."""
        return await self._threads.read(lambda crm: crm.check(progress=progress))

    async def backup_every(
        self,
        hours: float = 24,
        *,
        folder: str | os.PathLike[str] | None = None,
        keep: int = 7,
    ) -> ScheduledBackups:
        """See `CRM.backup_every`."""
        return await self._threads.read(
            lambda crm: crm.backup_every(hours, folder=folder, keep=keep)
        )

    async def repair(self, *, progress: Callable[[int, int], object] | None = None) -> RepairReport:
        """See `CRM.repair`; `progress` is called on the thread that repairs."""
        return await self._threads.write(lambda crm: crm.repair(progress=progress))

    async def examine(self) -> tuple[Remark, ...]:
        """See `CRM.examine`."""
        return await self._threads.read(lambda crm: crm.examine())

    async def dump(self) -> str:
        """See `CRM.dump`."""
        return await self._threads.read(lambda crm: crm.dump())

    async def write_page(
        self,
        path: str | os.PathLike[str],
        *,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
        reload_every: float | None = None,
    ) -> PageReport:
        """See `CRM.write_page`."""
        return await self._threads.read(
            lambda crm: crm.write_page(
                path, limit=limit, redact=redact, overwrite=overwrite, reload_every=reload_every
            )
        )

    async def watch_page(
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
        """See `CRM.watch_page`. If its task is cancelled, it ends as by `stop`."""
        ending = stop or threading.Event()
        terms: dict[str, Any] = {"limit": limit, "redact": redact, "overwrite": overwrite}
        try:
            await self._threads.read(
                lambda crm: crm.watch_page(
                    path, stop=ending, interval=interval, written=written, **terms
                )
            )
        except asyncio.CancelledError:
            ending.set()
            raise
