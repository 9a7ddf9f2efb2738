"""examine: how a store is kept, and what waits in it, in words with remedies.

Law: changes nothing; names ids, never an address or a name. What is wrong inside the file is
`check`'s to find.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime

import attrs

from wixcrm_local import delivery_rows, import_rows, places, rows, schema, wal
from wixcrm_local.context import Context
from wixcrm_local.message import OutboxStats
from wixcrm_local.store import REKEY_FROM

_MEBIBYTE = 2**20
_LEAST_FREE = 64 * _MEBIBYTE
_LONG_LOG = 64 * _MEBIBYTE
_PRIVATE = 0o077  # what others may do
_SIDES = ("", "-wal", "-shm")


@attrs.frozen(kw_only=True)
class Remark:
    """One thing about a store: a stable code, whether it is as it should be, and a sentence that
    ends with what to do where it is not."""

    code: str
    ok: bool
    sentence: str


def examine(context: Context) -> tuple[Remark, ...]:
    """All there is to say of an open store; see `CRM.examine`."""
    path = context.store.path
    now = context.now()
    about_file = () if path is None else tuple(_of_file(path))
    return (_of_versions(), *about_file, *context.store.read(lambda it: tuple(_of_rows(it, now))))


def _of_versions() -> Remark:
    library = f"schema {schema.VERSION}, SQLite {sqlite3.sqlite_version}"
    if wal.reset_bug(sqlite3.sqlite_version_info):
        sentence = (
            f"{library}, which can lose pages when a checkpoint races a commit; ours are guarded, "
            "so let no other program write to the file"
        )
        return Remark(code="VERSIONS", ok=True, sentence=sentence)
    return Remark(code="VERSIONS", ok=True, sentence=library)


def _of_file(path: str) -> Iterator[Remark]:
    danger = places.danger(path)
    if danger is None:
        yield Remark(
            code="PLACE", ok=True, sentence=f"{path} is on a local disk, as far as is known"
        )
    else:
        sentence = f"{path}: {danger}; put the store on a local disk, and backups there"
        yield Remark(code="PLACE", ok=False, sentence=sentence)
    yield _of_modes(path)
    yield _of_space(path)
    yield from _of_log(path)
    yield from _of_leftovers(path)


def _of_modes(path: str) -> Remark:
    open_to_others = [
        path + side for side in _SIDES if os.name == "posix" and _mode(path + side) & _PRIVATE
    ]
    if not open_to_others:
        return Remark(code="PRIVACY", ok=True, sentence="nobody else may read the file")
    names = " ".join(open_to_others)
    return Remark(
        code="PRIVACY", ok=False, sentence=f"others may read or write it; run chmod 600 {names}"
    )


def _of_space(path: str) -> Remark:
    size, free = os.path.getsize(path), shutil.disk_usage(os.path.dirname(path)).free
    shown = f"{size / _MEBIBYTE:,.0f} MiB, and {free / _MEBIBYTE:,.0f} MiB free on its disk"
    if free >= max(_LEAST_FREE, 2 * size):
        return Remark(code="SPACE", ok=True, sentence=shown)
    sentence = f"{shown}: too little for a backup or an upgrade; free some"
    return Remark(code="SPACE", ok=False, sentence=sentence)


def _of_log(path: str) -> Iterator[Remark]:
    size = os.path.getsize(f"{path}-wal") if os.path.exists(f"{path}-wal") else 0
    if size > _LONG_LOG:
        sentence = (
            f"the log beside it has {size / _MEBIBYTE:,.0f} MiB, as somebody has been reading for "
            "long; close the program that does"
        )
        yield Remark(code="LOG", ok=False, sentence=sentence)


def _of_leftovers(path: str) -> Iterator[Remark]:
    """Copies that were cut short, and those from before upgrades."""
    folder, name = os.path.split(path)
    beside = sorted(each for each in os.listdir(folder) if each.startswith(f"{name}."))
    unfinished = [each for each in beside if ".unfinished" in each]
    if unfinished:
        sentence = f"copies that were cut short; delete {', '.join(unfinished)}"
        yield Remark(code="UNFINISHED_COPIES", ok=False, sentence=sentence)
    kept = [each for each in beside if each not in unfinished]
    if kept:
        sentence = f"kept beside it: {', '.join(kept)}"
        yield Remark(code="KEPT_COPIES", ok=True, sentence=sentence)


def _of_rows(connection: sqlite3.Connection, now: str) -> Iterator[Remark]:
    if foreign := schema.foreign_views(connection):
        sentence = (
            f"{' and '.join(foreign)}: not the view of this version but what somebody made of that "
            "name, which stays and harms nothing; to have ours, rename or drop it and run repair"
        )
        yield Remark(code="VIEWS", ok=False, sentence=sentence)
    yield from _of_outbox(delivery_rows.stats(connection, now))
    for found in import_rows.everything(connection):
        if found.finished_at is None and found.undone_at is None:
            sentence = (
                f"import {found.receipt} is at work or broke off; import the same file again to go "
                "on, or take it back with undo_import"
            )
            yield Remark(code="UNFINISHED_IMPORT", ok=False, sentence=sentence)
    if rows.first(connection, "setting", REKEY_FROM) is not None:
        sentence = "a change of the region is not at its end; call rekey with the same region again"
        yield Remark(code="UNFINISHED_REKEY", ok=False, sentence=sentence)


def _of_outbox(stats: OutboxStats) -> Iterator[Remark]:
    waiting = stats.by_status.get("queued", 0)
    yield Remark(
        code="OUTBOX", ok=True, sentence=f"{_mails(waiting)} queued, {stats.due:,} of them due"
    )
    if stats.undecided:
        sentence = (
            f"{_mails(stats.undecided)} may have been sent or not; decide with outbox.resolve"
        )
        yield Remark(code="UNDECIDED_MAILS", ok=False, sentence=sentence)
    if stats.stale:
        sentence = (
            f"{_mails(stats.stale)} waited too long and are held back; send them with "
            "deliver(include_stale=True), or cancel them"
        )
        yield Remark(code="STALE_MAILS", ok=False, sentence=sentence)
    if failed := stats.by_status.get("failed", 0):
        sentence = f"{_mails(failed)} failed for good; look at outbox.attempts of each"
        yield Remark(code="FAILED_MAILS", ok=False, sentence=sentence)
    for sender, until in stats.left_alone.items():
        sentence = (
            f"{sender} could not be reached and is left alone until {_minute(until)}; see that it "
            "runs, and deliver then"
        )
        yield Remark(code="SENDER_LEFT_ALONE", ok=False, sentence=sentence)


def _mode(path: str) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return 0


def _mails(count: int) -> str:
    return f"{count:,} {'mail' if count == 1 else 'mails'}"


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
