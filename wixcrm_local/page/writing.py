"""Writes the page of a store to a file, once or each time the store changes.

Law: the file stands there whole and readable by its owner only, or not at all; nothing is replaced
that is no page, unless the caller says so.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import attrs

from wixcrm_local import errors, log
from wixcrm_local.context import Context
from wixcrm_local.interval import checked_interval
from wixcrm_local.page import composing, folding, gathering, redaction
from wixcrm_local.transfer import files

LIMIT = 5_000
_MOST = 1_000_000
_LOOKED_AT = 1024  # characters, in which a page says that it is one
RELOAD_EVERY = 2.0  # seconds
# Of the page's own file, too: its folder is away, or on Windows a browser just reads it.
_PASSING = (
    *(errors.StoreBusy, errors.StoreFull, errors.StoreFailed),
    *(errors.StoreNotFound, errors.StoreReadOnly),
)


@attrs.frozen(kw_only=True)
class PageReport:
    """What `write_page` wrote: the file, how much of the store is on it, and how much is not.

    `bodies_left_out` counts the oldest mails whose text and html were too much for one page.
    """

    path: str
    people: int
    mails: int
    people_left_out: int = 0
    mails_left_out: int = 0
    bodies_left_out: int = 0


@attrs.frozen(kw_only=True)
class PageTerms:
    """How a page is to be: see `CRM.write_page`."""

    limit: int | None = LIMIT
    redact: bool = False
    overwrite: bool = False
    reload_every: float | None = None


def write(context: Context, path: object, terms: PageTerms) -> PageReport:
    """Writes the page. Raises `InvalidArgument`, `StoreFull` and the errors of the file."""
    _check(terms)
    if not isinstance(path, str | os.PathLike):
        raise errors.InvalidArgument(
            "path must be the path of a file; give one such as 'contacts.html'",
            details={"argument": "path"},
        )
    store_path = context.store.path
    may_replace = terms.overwrite or _is_page(os.fspath(path))
    with files.writing(path, store_path, overwrite=may_replace, argument="path") as file:
        data = gathering.gather(context, terms.limit)
        if terms.redact:
            data = redaction.redacted(data)
        data["folding"] = folding.tables()
        page = composing.compose(data, terms.reload_every)
        file.write(page.encode("utf-8", "replace"))
    return _report(os.path.abspath(path), data)


def watch(
    context: Context,
    path: object,
    terms: PageTerms,
    *,
    stop: threading.Event | None,
    interval: float,
    written: Callable[[PageReport], object] | None,
) -> None:
    """Writes the page, anew each time the store has changed, and a last time once `stop` is set.

    The last one loads itself no more. What may pass, such as a full disk, ends it the first time
    only: later on it is tried again.
    """
    interval = checked_interval(interval, 1)
    stop = stop or threading.Event()
    if terms.reload_every is None:
        terms = attrs.evolve(terms, reload_every=RELOAD_EVERY)
    mark: object = None
    while not stop.is_set():
        now = context.store.read(_mark)  # before: what comes in between is written next time
        if now != mark:
            try:
                report = write(context, path, terms)
            except _PASSING as error:
                if mark is None:
                    raise
                log.warning("the page could not be written: %s", error.code)
            else:
                mark, terms = now, attrs.evolve(terms, overwrite=True)
                if written is not None:
                    written(report)
        stop.wait(interval)
    if mark is not None:
        write(context, path, attrs.evolve(terms, reload_every=None))


def _mark(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Changes whenever anything is stored, by another connection or, in memory, by this one.

    What another connection says can't be compared.
    """
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return id(connection), version, connection.total_changes


def _is_page(path: str) -> bool:
    """Whether an older page stands there, which a new one may replace."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return composing.GENERATOR in file.read(_LOOKED_AT)
    except (OSError, ValueError):
        return False


def _check(terms: PageTerms) -> None:
    limit, seconds = terms.limit, terms.reload_every
    if limit is not None and (type(limit) is not int or not 1 <= limit <= _MOST):
        raise errors.InvalidArgument(
            f"limit must be a whole number from 1 to {_MOST:,}, or None for all; pass {LIMIT}",
            details={"argument": "limit"},
        )
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if seconds is not None and not (is_number and 0.5 <= seconds <= 3600):
        raise errors.InvalidArgument(
            "reload_every must be a number of seconds from 0.5 to 3,600, or None; pass 2",
            details={"argument": "reload_every"},
        )


def _report(path: str, data: dict[str, Any]) -> PageReport:
    left_out = data["leftOut"]
    return PageReport(
        path=path,
        people=len(data["people"]),
        mails=len(data["mails"]),
        people_left_out=left_out["people"],
        mails_left_out=left_out["mails"],
        bodies_left_out=left_out["bodies"],
    )
