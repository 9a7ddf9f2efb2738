"""undo_import: takes back what an import did, as far as nobody built on it since.

Law: what somebody else changed later is left as it is, and named.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from functools import partial

from wixcrm_local import changes, errors, import_rows, removals, rows, undoing
from wixcrm_local.context import Context
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.import_rows import Chunk, Import
from wixcrm_local.labels import Labels
from wixcrm_local.taking_back import take_back
from wixcrm_local.text import kind_of
from wixcrm_local.transfer.report import ImportSummary, LeftContact, UndoneImport

VERB = "undo_import"
_OF_FILES = (VERB, "import_contacts")
_CHANGED = "somebody changed it since"
_MEMBER = "it is a site member by now"
_DELETED = "it is in the trash already"


class _Undoing:
    """One import on its way back, the last chunk first."""

    def __init__(self, context: Context, found: Import, chunks: list[Chunk]) -> None:
        self._context = context
        self._import = found
        self._chunks = chunks
        self.trashed = self.reverted = self.pruned = 0
        self.left: dict[str, str] = {}

    def run(self) -> UndoneImport:
        store = self._context.store
        for chunk in reversed(self._chunks):
            if chunk.undone_at is None:
                store.write(partial(self._take_back, chunk))
        removed = self._remove_names()
        now = self._context.now()
        store.write(lambda it: import_rows.mark_undone(it, self._import.number, now))
        return UndoneImport(
            receipt=self._import.receipt,
            trashed=self.trashed,
            reverted=self.reverted,
            left=tuple(LeftContact(contact_id=id, reason=why) for id, why in self.left.items()),
            pruned=self.pruned,
            removed_names=removed,
        )

    def _take_back(self, chunk: Chunk, connection: sqlite3.Connection) -> None:
        before = (self.trashed, self.reverted, self.pruned, dict(self.left))
        try:
            self._revert_changes(connection, chunk)
            for number in import_rows.removed_of(connection, chunk):
                self._name_removed(connection, chunk, number)
            for number in import_rows.contacts_of(connection, chunk):
                self._remove(connection, chunk, number)
        except BaseException:
            self.trashed, self.reverted, self.pruned, self.left = before
            raise
        now = self._context.now()
        import_rows.mark_chunk_undone(connection, self._import.number, chunk.number, now)

    def _revert_changes(self, connection: sqlite3.Connection, chunk: Chunk) -> None:
        found = 0
        for change, contact in import_rows.changes_of(connection, chunk):
            found += 1
            if not self._made_here(contact):
                self._revert(connection, change, contact)
        self.pruned += chunk.behind.change - chunk.before.change - found

    def _revert(self, connection: sqlite3.Connection, change: int, contact: int) -> None:
        try:
            # A part of the transaction: what is refused leaves nothing.
            self._context.store.write(lambda it: undoing.take_back(self._context, it, change, VERB))
        except errors.StoreError:
            raise
        except errors.WixCRMError as error:
            removed = removals.by_number(connection, contact)
            id = removed.id if removed else rows.contact_id_of(connection, contact)
            self.left.setdefault(id, error.message)
        else:
            self.reverted += 1

    def _remove(self, connection: sqlite3.Connection, chunk: Chunk, number: int) -> None:
        kept = rows.contact_by_number(connection, number)
        if kept.created_at > chunk.stored_at:
            return  # somebody new, who got the number of one who was purged
        reason = self._why_left(connection, kept)
        if reason is not None:
            self.left.setdefault(kept.id, reason)
            return
        removals.to_trash(connection, kept, VERB, self._context.now())
        self.trashed += 1

    def _name_removed(self, connection: sqlite3.Connection, chunk: Chunk, number: int) -> None:
        removed = removals.by_number(connection, number)
        assert removed is not None
        if removed.created_at > chunk.stored_at:
            return
        reason = _DELETED
        if removed.merged_into is not None:
            target = removals.whereabouts(connection, removed.id)
            id = target.id if isinstance(target, removals.Removed) else target
            reason = f"it was merged into {id}"
        self.left.setdefault(removed.id, reason)

    def _why_left(self, connection: sqlite3.Connection, kept: rows.StoredContact) -> str | None:
        if kept.is_member:
            return _MEMBER
        entries = changes.entries(connection, kept.number)
        others = [entry for entry in entries if not self._is_of_import(entry.number)]
        is_as_made = all(entry.verb in _OF_FILES for entry in others)
        if others and is_as_made:  # another import's changes, which may be taken back by now
            state = changes.present(connection, kept)
            before = dict(state)
            for entry in reversed(others):
                take_back(before, entry.before)
            is_as_made = before == state
        return None if is_as_made else _CHANGED

    def _is_of_import(self, change: int) -> bool:
        return any(it.before.change < change <= it.behind.change for it in self._chunks)

    def _made_here(self, contact: int) -> bool:
        return any(it.before.contact < contact <= it.behind.contact for it in self._chunks)

    def _remove_names(self) -> tuple[str, ...]:
        """The labels and fields that it made, if nobody has them."""
        registers = (Labels(self._context), CustomFields(self._context))
        removed = [
            register.delete_unused(key)
            for register in registers
            for key in self._import.new_names.get(register.noun, [])
        ]
        return tuple(name for name in removed if name is not None)


def undo_import(context: Context, receipt: object) -> UndoneImport:
    """Takes an import back; see `CRM.undo_import`. Raises `ImportNotFound`, `InvalidArgument`."""
    if not isinstance(receipt, str):
        raise errors.InvalidArgument(
            f"receipt must be a text, not {kind_of(receipt)}; pass report.receipt",
            details={"argument": "receipt"},
        )

    def work(connection: sqlite3.Connection) -> tuple[Import, list[Chunk]]:
        found = import_rows.by_receipt(connection, receipt.strip())
        if found is None or found.undone_at is not None:
            raise _not_found(receipt, found)
        import_rows.take_over(connection, found.number, "")  # whoever is at it stops
        return found, import_rows.chunks(connection, found.number)

    return _Undoing(context, *context.store.write(work)).run()


def imports(context: Context) -> tuple[ImportSummary, ...]:
    """All imports that the store knows, oldest first."""

    def work(connection: sqlite3.Connection) -> tuple[ImportSummary, ...]:
        return tuple(
            _summary(found, import_rows.counts(connection, found.number))
            for found in import_rows.everything(connection)
        )

    return context.store.read(work)


def _summary(found: Import, counts: dict[str, int]) -> ImportSummary:
    return ImportSummary(
        receipt=found.receipt,
        format=found.format,
        started_at=rows.moment(found.started_at),
        finished_at=_moment(found.finished_at),
        undone_at=_moment(found.undone_at),
        rows=sum(counts.values()),
        **counts,
    )


def _moment(stamp: str | None) -> datetime | None:
    return None if stamp is None else rows.moment(stamp)


def _not_found(receipt: str, found: Import | None) -> errors.ImportNotFound:
    why = "there is no import of the receipt" if found is None else "was taken back already: import"
    return errors.ImportNotFound(
        f"{why} {receipt.strip()[:40]}; see crm.imports() for those that can be taken back",
        details={"receipt": receipt[:100], "undone": found is not None},
    )
