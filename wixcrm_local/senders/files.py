"""Writes mails as files, for the senders whose world is a folder.

Law: under its name a mail stands whole, synced and private (0600), or not at all; writing it
again changes nothing, so that no failure here leaves anything uncertain.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress

from wixcrm_local.errors import (
    DeliveryFailure,
    InvalidArgument,
    PermanentFailure,
    SenderUnavailable,
    TemporaryFailure,
)
from wixcrm_local.printable import printable
from wixcrm_local.syncing import sync_file, sync_folder
from wixcrm_local.text import kind_of, shortened

_UNSAFE = re.compile("[^A-Za-z0-9_-]")
_LONGEST_PATH = 320  # characters, in a message


def absolute_folder(folder: str | os.PathLike[str]) -> str:
    """The folder's path, literal and absolute: it stays where it was when programs change
    theirs. Raises `InvalidArgument`."""
    path = folder if isinstance(folder, str) else getattr(folder, "__fspath__", lambda: None)()
    if not isinstance(path, str):
        raise _refused(f"must be a path, not {kind_of(folder)}; pass one such as 'mails'")
    if not path or "\0" in path:
        raise _refused("is empty or holds NUL; pass a path such as 'mails'")
    return os.path.abspath(path)


def _refused(sentence: str) -> InvalidArgument:
    return InvalidArgument(f"folder {sentence}", details={"argument": "folder"})


def shown_path(path: str) -> str:
    """The path on one line, in characters that any file can hold."""
    return printable(os.fsencode(path).decode(errors="backslashreplace"))


def safe_name(id: str) -> str:
    """An id as part of a file name that every system can spell; no two ids give one name."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02x}", id)


def unfinished_name() -> str:
    """A name of its own for a file that is being written: two writers must not meet."""
    return f".{os.urandom(8).hex()}.unfinished"


def ensure_folder(path: str) -> None:
    """Makes the folder, private, where there is none; its parent must exist."""
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
        sync_folder(os.path.dirname(path))


def write_once(path: str, unfinished: str, data: bytes) -> bool:
    """Puts `data` under `path`, by way of the name `unfinished`.

    False where the same stood there already. Raises `FileExistsError` where something else
    does, which stays as it is, and `OSError`.
    """
    is_new = not _stands_there(path, data)
    if is_new:
        try:
            _write(unfinished, data)
            # Windows refuses where another process was just first; elsewhere the same bytes
            # are put in the place of its own.
            os.rename(unfinished, path)
        except OSError:
            with suppress(OSError):
                os.remove(unfinished)
            if not _stands_there(path, data):
                raise
            is_new = False
    sync_folder(os.path.dirname(path))
    return is_new


def failure(error: OSError, path: str, id: str) -> DeliveryFailure:
    """What it means for a mail that its file can't be written."""
    details = {"stage": "file", "path": shown_path(path), "errno": error.errno, "id": id}
    shown = shortened(shown_path(path), _LONGEST_PATH)
    if isinstance(error, FileExistsError):
        return PermanentFailure(
            f"mail {id} can't be written, as another file stands at {shown}; move that file away "
            "and retry the mail",
            details={**details, "reason": "exists"},
        )
    reason = error.strerror or type(error).__name__
    if error.errno == errno.EFBIG:  # says something about this mail, and nothing about others
        return TemporaryFailure(
            f"mail {id} is larger than a file at {shown} may be ({reason}); raise that limit",
            details=details,
        )
    return SenderUnavailable(
        f"mail {id} can't be written to {shown} ({reason}); see that its folder's parent exists, "
        "that this user may write there and that the disk has room",
        details=details,
    )


def _stands_there(path: str, data: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            if file.read(len(data) + 1) == data:
                return True
    except FileNotFoundError:
        return False
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(
        path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600
    )
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        sync_file(file.fileno())
