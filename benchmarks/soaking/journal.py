"""What one worker called, and what was acknowledged to it: a file that outlives its process.

Law: a line stands before each call and another one behind it, both flushed; a call without its
second line was cut off by a kill, and may have happened or not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

_CALL, _DONE, _NOT_DONE, _WRONG = ">", "<", "~", "!"


class Entry(NamedTuple):
    """A call; `outcome` is done, not done, or open."""

    verb: str
    args: Any
    outcome: str = "open"
    result: Any = None


class Journal:
    """The journal at `path`, which goes on where an earlier process stopped."""

    def __init__(self, path: str) -> None:
        _cut_torn_line(path)
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - as long as its process

    def call(self, verb: str, args: Any) -> None:
        self._write(_CALL, [verb, args])

    def done(self, result: Any) -> None:
        self._write(_DONE, result)

    def not_done(self, why: str) -> None:
        """What was refused and changed nothing, such as by a lock."""
        self._write(_NOT_DONE, why)

    def wrong(self, sentence: str) -> None:
        self._write(_WRONG, sentence)

    def _write(self, kind: str, data: Any) -> None:
        self._file.write(f"{kind}{json.dumps(data)}\n")
        self._file.flush()


def read(path: str) -> Iterator[Entry]:
    """The calls in their order; only the last one can be open."""
    entry: Entry | None = None
    for kind, data in _lines(path):
        if kind == _CALL:
            if entry is not None:
                yield entry
            entry = Entry(*data)
        elif entry is not None and kind == _DONE:
            entry = entry._replace(outcome="done", result=data)
        elif entry is not None and kind == _NOT_DONE:
            entry = entry._replace(outcome="not done", result=data)
    if entry is not None:
        yield entry


def wrongs(path: str) -> list[str]:
    """What a worker found to be wrong."""
    return [data for kind, data in _lines(path) if kind == _WRONG]


def _lines(path: str) -> Iterator[tuple[str, Any]]:
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):  # what is torn was not acknowledged
                yield line[0], json.loads(line[1:])


def _cut_torn_line(path: str) -> None:
    if not os.path.exists(path):
        return
    with open(path, "rb+") as file:
        octets = file.read()
        file.truncate(octets.rfind(b"\n") + 1)
