"""Makes what was written outlast a power cut, as far as the system lets a program ask for it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress


def sync_file(descriptor: int) -> None:
    """Has the disk keep a file's bytes. Raises `OSError`."""
    if sys.platform == "darwin":  # there, fsync leaves the data in the drive's cache
        import fcntl

        with suppress(OSError):  # not every file system knows it
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(path: str) -> None:
    """Has the disk keep the names in a folder, where folders can be synced. Raises `OSError`."""
    if os.name == "nt":
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(folder)
