"""People come from files, and leave in files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

from wixcrm_local.crm.opening import Opened
from wixcrm_local.policy import Policy

if TYPE_CHECKING:
    from wixcrm_local.transfer.report import (
        ExportReport,
        ImportReport,
        ImportSummary,
        UndoneImport,
    )

Source = str | os.PathLike[str] | IO[bytes] | IO[str]  # a file to read, by its path or open
Target = str | os.PathLike[str] | IO[bytes] | IO[str]


class TransferVerbs(Opened):
    """People come from files, and leave in files."""

    def import_contacts(
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
        """Brings people in from a table (CSV of Wix, Google, Outlook or any other program) or from
        vCards; each row does what `create_contact` would do with it.

        Rows are stored in chunks. What breaks off is finished by importing the same file again;
        the receipt in the report lets `undo_import` take all of it back. Blanks erase nothing,
        and nobody gets mail who had said no: of contacts that are there already only an
        unsubscription is taken.

        - `source`: a path, or an open file
        - `format`: csv or vcard; None looks at what the file holds
        - `mapping`: for columns that their headers don't explain: header to firstName, lastName,
          name, emails, phones, labels, language, picture, subscription, "other", "other:New name",
          or None for a column that is not taken
        - `dry_run`: tells what would happen, on a copy of the store
        - `policy`: None is `IMPORT`: by emails, by phones only where a row has no email; a phone
          alone is not enough if the first name is another one (families); labels are made
        - `on_error`: "skip" goes on behind a row that is refused, "stop" raises its error
        - `unknown_columns`: what a contact has no place for is left out, or becomes "fields"
        - `progress`: told the rows that are stored and how much of the file is read (0 to 1, or
          None); what it raises ends the import between two chunks

        Raises `UnreadableFile`, `InvalidArgument`; `StoreBusy` where the same file is imported
        elsewhere by now.
        """
        from wixcrm_local.transfer import importing
        from wixcrm_local.transfer.terms import Terms

        terms = Terms(
            format=format,
            mapping=mapping,
            policy=policy,
            on_error=on_error,
            unknown_columns=unknown_columns,
            progress=progress,
        )
        return importing.import_contacts(self._context, source, terms, dry_run=dry_run)

    def undo_import(self, receipt: str) -> UndoneImport:
        """Takes an import back: whom it made goes to the trash, what it changed of others is
        undone. What somebody changed since is left as it is, and named in the answer.

        Raises `ImportNotFound`, `InvalidArgument`.
        """
        from wixcrm_local.transfer import undoing

        return undoing.undo_import(self._context, receipt)

    def imports(self) -> tuple[ImportSummary, ...]:
        """All imports of this store, oldest first, also those that broke off or were undone."""
        from wixcrm_local.transfer import undoing

        return undoing.imports(self._context)

    def export_contacts(
        self,
        target: Target,
        format: str = "csv",
        where: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
    ) -> ExportReport:
        """Writes all contacts, or those that fit `where` (see `query_contacts`), to a file.

        - `target`: a path, under which a whole file stands at the end, private, or none; or an
          open file
        - `format`: csv (as Wix has it), google, outlook, vcard (3.0) or vcard4

        Cells are safe to open in a spreadsheet, and `import_contacts` takes them back unchanged;
        `not_held` of the report names what the format has no place for. Raises `InvalidArgument`,
        and `StoreFull` and its like for faults of the disk.
        """
        from wixcrm_local.transfer import exporting

        return exporting.write(self._context, target, format, where, overwrite=overwrite)

    def preview_export(
        self, format: str = "csv", where: Mapping[str, Any] | None = None
    ) -> ExportReport:
        """How many contacts `export_contacts` would write, and what of them it could not."""
        from wixcrm_local.transfer import exporting

        return exporting.preview(self._context, format, where)
