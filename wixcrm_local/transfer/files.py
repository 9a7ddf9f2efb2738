"""Where people are read from and written to: paths, and files that the caller has open.

Law: the store's own file is never opened here, since closing it would cancel SQLite's locks; what
is written under a path stands there whole and private, or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, BinaryIO, NoReturn, cast

from wixcrm_local import errors, faults
from wixcrm_local.syncing import sync_file, sync_folder
from wixcrm_local.text import kind_of

EXISTS = "exists"  # why a path is refused that `overwrite` would allow
_BLOCK = 1024 * 1024
_SIDES = ("", "-wal", "-shm", "-journal")


class Source:
    """A file that is read from its present place on; `share` tells how much of it is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._start, self._size = _extent(stream)
        self._raw = stream
        self._read = 0
        self.stream = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, _Counted(self)), _BLOCK))

    def digest(self) -> str:
        """A hash of what is to be read; '' for a file that can't be read twice."""
        if self._start is None:
            return ""
        found = hashlib.sha256()
        while block := self.read(_BLOCK):
            found.update(block)
        self._raw.seek(self._start)
        self._read = 0
        return found.hexdigest()

    def share(self) -> float | None:
        """How much of the file was read, from 0 to 1; None where its size is not known."""
        return min(1.0, self._read / self._size) if self._size else None

    def read(self, most: int) -> bytes:
        try:
            found: Any = self._raw.read(most)
        except UnicodeError as error:
            raise errors.UnreadableFile(
                f"the file to import is no text in the encoding it was opened with: {error}; open "
                'it with open(path, "rb")'
            ) from error
        except OSError as error:
            raise errors.UnreadableFile(
                f"the file to import can't be read on: {error.strerror or error}; look for its "
                "disk, and import it again",
                details={"errno": error.errno},
            ) from error
        except ValueError as error:
            raise errors.InvalidArgument(
                f"source can't be read: {error}; give a path, or a file that is open",
                details={"argument": "source"},
            ) from error
        if not isinstance(found, bytes):
            raise errors.InvalidArgument(
                f"source must give bytes or text when it is read, not {kind_of(found)}; open it "
                'with open(path, "rb")',
                details={"argument": "source"},
            )
        self._read += len(found)
        return found


class _Counted(io.RawIOBase):
    """A `Source` as a raw stream."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._source.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class _Encoded:
    """A file of text, whose characters are given as UTF-8."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._rest = b""

    def read(self, most: int = -1) -> bytes:
        if not self._rest:
            self._rest = self._stream.read(most).encode("utf-8", "surrogatepass")
        found, self._rest = (
            (self._rest, b"") if most < 0 else (self._rest[:most], self._rest[most:])
        )
        return found


@contextmanager
def reading(source: object, store_path: str | None) -> Iterator[Source]:
    """The file to import: a path, or an open file of bytes or text, which stays open.

    Raises `InvalidArgument` for what is neither, and for the store itself; `UnreadableFile`.
    """
    if not isinstance(source, str | os.PathLike):
        yield Source(_as_bytes(source))
        return
    path = _checked_path(source, "source", store_path)
    try:
        file = open(path, "rb")  # noqa: SIM115 - what is raised inside the block is not its fault
    except OSError as error:
        raise errors.UnreadableFile(
            f"{path}: can't be opened: {error.strerror or error}; give the path of a file that "
            "you may read",
            details={"path": path, "errno": error.errno},
        ) from error
    with file:
        yield Source(file)


@contextmanager
def writing(
    target: object, store_path: str | None, *, overwrite: bool, argument: str = "target"
) -> Iterator[BinaryIO]:
    """A new file under the path `target`, which stands there once the block has ended well.

    `argument` is what the caller knows it by. Raises `InvalidArgument` where that can't be;
    `StoreFull` and its like for faults of the disk.
    """
    path = _checked_path(target, argument, store_path)
    if os.path.isdir(path):
        _refuse(argument, f"{path} is a folder; give the path of a file in it")
    if os.path.lexists(path) and not overwrite:
        raise errors.InvalidArgument(
            f"{argument} {path} exists already; choose another one, or pass overwrite=True",
            details={"argument": argument, "path": path, "reason": EXISTS},
        )
    unfinished = f"{path}.unfinished-{os.urandom(4).hex()}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(unfinished, flags, 0o600), "wb") as file:
            yield file
            file.flush()
            sync_file(file.fileno())
        os.replace(unfinished, path)
        sync_folder(os.path.dirname(path))
    except errors.StoreError:  # of the store, which is read meanwhile
        raise
    except OSError as error:
        raise _unwritten(error, path) from error
    finally:
        with suppress(OSError):  # it has its own name by now, or there is none
            os.remove(unfinished)


def _unwritten(error: OSError, path: str) -> errors.StoreError:
    if error.errno == errno.ENOSPC:
        return errors.StoreFull(
            f"{path}: the disk is full, so nothing was written; free some space",
            details={"path": path, "errno": error.errno},
        )
    return faults.from_operating_system(error, path)


def as_writable(target: object) -> BinaryIO:
    """An open file of bytes or text, as one of bytes. Raises `InvalidArgument`."""
    if not callable(getattr(target, "write", None)):
        _refuse("target", f"must be a path or an open file, not {kind_of(target)}; give a path")
    if _is_text(target):
        return cast(BinaryIO, _Decoded(cast(IO[str], target)))
    return cast(BinaryIO, target)


class _Decoded:
    """A file of text, which is given UTF-8; the mark of UTF-8 is none of its characters."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, octets: bytes) -> int:
        self._stream.write(octets.decode("utf-8").removeprefix("\ufeff"))
        return len(octets)


def place(stream: BinaryIO) -> int | None:
    """Where a stream can be brought back to; None for one that can't."""
    try:
        return stream.tell() if stream.seekable() else None
    except (OSError, AttributeError):
        return None


def _as_bytes(source: object) -> BinaryIO:
    if not callable(getattr(source, "read", None)):
        _refuse("source", f"must be a path or an open file, not {kind_of(source)}; give a path")
    if _is_text(source):
        return cast(BinaryIO, _Encoded(cast(IO[str], source)))
    return cast(BinaryIO, source)


def _is_text(stream: object) -> bool:
    """Also of wrappers as of tempfile and codecs, which say so only by their encoding."""
    return isinstance(stream, io.TextIOBase) or hasattr(stream, "encoding")


def _extent(stream: BinaryIO) -> tuple[int | None, int | None]:
    """Where it stands, and how much is behind that; neither, where it can't be read twice."""
    try:
        start = stream.tell()
        size = stream.seek(0, os.SEEK_END) - start
        stream.seek(start)
    except (OSError, AttributeError, ValueError):
        return None, None
    return start, size


def _checked_path(given: object, argument: str, store_path: str | None) -> str:
    path = os.fspath(given) if isinstance(given, str | os.PathLike) else ""
    if not isinstance(path, str) or not path or "\0" in path:
        _refuse(argument, "must be a path or an open file; give one such as 'contacts.csv'")
    path = os.path.abspath(path)
    if store_path and any(_is_same(path, f"{store_path}{side}") for side in _SIDES):
        _refuse(argument, f"{path} is the store itself; give the file of another program")
    return path


def _is_same(path: str, own: str) -> bool:
    """Also where neither is there yet: SQLite would take it for its own log."""
    if os.path.realpath(path) == os.path.realpath(own):
        return True
    return os.path.exists(path) and os.path.exists(own) and os.path.samefile(path, own)


def _refuse(argument: str, sentence: str) -> NoReturn:
    raise errors.InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
