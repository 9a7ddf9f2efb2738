"""A disk in memory that follows a recorded run, and can lose its power between any two calls."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

# strace's options for a trace that `Disk` can follow: names of descriptors, and every byte.
FULLY = ("-y", "-xx", "-s", "100000")


class _File:
    """What the disk holds for sure, and what it was told since."""

    def __init__(self) -> None:
        self.synced = b""
        self.pending: list[tuple[int, bytes | None]] = []  # an offset and bytes; None cuts there


class Disk:
    """What would be on a disk if the power failed between two calls of a recorded run.

    A sync of a file makes its bytes last, and a sync of the folder its names; of all later
    writes each sector, and of all later names each one, may or may not have arrived.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = os.fspath(folder)
        self._names: dict[str, _File] = {}
        self._synced_names: dict[str, _File] = {}

    def follow(self, line: str) -> None:
        """Takes in one line of a trace made with the options `FULLY`."""
        call, rest = line.split("(", 1)
        if re.search(r"\) += -1 ", rest):
            return
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in re.findall(r'"([^"]*)"', rest)]
        descriptor = re.match(r"\d+<([^>]*)>", rest)
        path = bytes.fromhex(descriptor[1].replace("\\x", "")) if descriptor else texts[:1][0]
        folder, name = os.path.split(os.fsdecode(path))
        numbers = [int(number) for number in re.findall(r", (\d+)(?=[,)])", rest)]
        if call in ("fsync", "fdatasync") and os.fsdecode(path) == self._folder:
            self._synced_names = dict(self._names)
        elif folder == self._folder:
            self._change(call, name, texts, numbers)

    def _change(self, call: str, name: str, texts: list[bytes], numbers: list[int]) -> None:
        if call in ("unlink", "unlinkat"):
            del self._names[name]
            return
        file = self._names.setdefault(name, _File())  # by the call that opens it
        if call == "pwrite64":
            file.pending.append((numbers[-1], texts[0]))
        elif call == "ftruncate":
            file.pending.append((numbers[-1], None))
        elif call in ("fsync", "fdatasync"):
            file.synced, file.pending = _written(file, lambda: True), []

    def lay_out(self, folder: Path, arrives: Callable[[], bool]) -> None:
        """Writes the files into an empty folder; `arrives` decides on all that was not synced."""
        folder.mkdir()
        for name in sorted(self._names.keys() | self._synced_names.keys()):
            known = self._names if arrives() else self._synced_names
            if name in known:
                shared = name.endswith("-shm")  # memory between processes, which nobody syncs
                held = b"\xaa" * 32768 if shared else _written(known[name], arrives)
                (folder / name).write_bytes(held)


_SECTOR = 512


def _written(file: _File, arrives: Callable[[], bool]) -> bytes:
    held = bytearray(file.synced)
    for offset, data in file.pending:
        if data is None:
            if arrives():
                held = held[:offset].ljust(offset, b"\0")
            continue
        for start in range(0, len(data), _SECTOR):
            if arrives():
                sector, at = data[start : start + _SECTOR], offset + start
                held = held.ljust(at, b"\0")
                held[at : at + len(sector)] = sector
    return bytes(held)
