"""upgrade: what opening an older file does, for programs that show how far it is."""

from __future__ import annotations

import os
import time
from contextlib import closing

import attrs

from wixcrm_local import connection as connections
from wixcrm_local import errors, faults, schema
from wixcrm_local.schema import Progress


@attrs.frozen(kw_only=True)
class Upgraded:
    """A store that this version can use: the schema it had `before`, and the `backup` that was made
    of it; None where nothing had to be done."""

    path: str
    before: int
    backup: str | None


def upgrade(
    path: str | os.PathLike[str], *, progress: Progress | None = None, busy_timeout: float = 30.0
) -> Upgraded:
    """Brings a store to this version's schema, after a verified backup beside it.

    `progress` is told the steps done and the steps in all; what it raises ends the upgrade, and the
    file is as it was. `busy_timeout` is in seconds. Raises `StoreNotFound`, `InvalidArgument`, and
    the errors of the file, such as `StoreTooNew` and `StoreBusy`.
    """
    if progress is not None and not callable(progress):
        raise errors.InvalidArgument(
            "progress must be callable; pass a function of steps done and steps in all",
            details={"argument": "progress"},
        )
    file = connections.resolve(path)
    if file is None or not os.path.exists(file):
        raise errors.StoreNotFound(
            f"{file or path}: there is no such file; give the path of a store",
            details={"path": file},
        )
    version = connections.refuse_unknown(file, schema.VERSION)
    if version in (0, schema.VERSION):  # opening an empty file makes its tables
        return Upgraded(path=file, before=version, backup=None)
    deadline = time.monotonic() + busy_timeout
    try:
        return _upgraded(file, deadline, progress)
    except BaseException as error:
        faults.reraise(error, file)


def _upgraded(file: str, deadline: float, progress: Progress | None) -> Upgraded:
    newest = schema.VERSION
    opened = connections.connect_file(file, "full", deadline=deadline, newest_version=newest)
    with closing(opened) as connection:
        before = connections.in_time(lambda: schema.version_of(connection), deadline)
        if before in (0, newest):
            return Upgraded(path=file, before=before, backup=None)
        schema.bring_up_to_date(connection, file, deadline, progress=progress)
    return Upgraded(
        path=file, before=before, backup=connections.backup_before_upgrade(file, before)
    )
