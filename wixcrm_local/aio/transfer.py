"""Files of people, awaited: see `crm.transfer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wixcrm_local.aio.opening import AsyncOpened
from wixcrm_local.crm.transfer import Source, Target
from wixcrm_local.policy import Policy
from wixcrm_local.transfer.report import ExportReport, ImportReport, ImportSummary, UndoneImport


class AsyncTransferVerbs(AsyncOpened):
    """See `TransferVerbs`."""

    async def import_contacts(
        self,
        source: Source,
        format: str | None = None,
        mapping: Mapping[str, str | None] | None = None,
        *,
        dry_run: bool = False,
        policy: Policy | None = None,
        on_error: str = "skip",
        unknown_columns: str = "leave_out",
        progress: Callable[[int, float | None], object] | None = None,
    ) -> ImportReport:
        """See `CRM.import_contacts`; `progress` is called on the thread that imports."""
        return await self._threads.write(
            lambda crm: crm.import_contacts(
                source,
                format,
                mapping,
                dry_run=dry_run,
                policy=policy,
                on_error=on_error,
                unknown_columns=unknown_columns,
                progress=progress,
            )
        )

    async def undo_import(self, receipt: str) -> UndoneImport:
        """See `CRM.undo_import`."""
        return await self._threads.write(lambda crm: crm.undo_import(receipt))

    async def imports(self) -> tuple[ImportSummary, ...]:
        """See `CRM.imports`."""
        return await self._threads.read(lambda crm: crm.imports())

    async def export_contacts(
        self,
        target: Target,
        format: str = "csv",
        where: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
    ) -> ExportReport:
        """See `CRM.export_contacts`."""
        return await self._threads.read(
            lambda crm: crm.export_contacts(target, format, where, overwrite=overwrite)
        )

    async def preview_export(
        self, format: str = "csv", where: Mapping[str, Any] | None = None
    ) -> ExportReport:
        """See `CRM.preview_export`."""
        return await self._threads.read(lambda crm: crm.preview_export(format, where))
