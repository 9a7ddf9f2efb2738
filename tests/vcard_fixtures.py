"""Reads vCards that a test writes down, and gives octets that nobody could write down."""

from __future__ import annotations

import io
from collections.abc import Iterable

from wixcrm_local.formats.records import Record
from wixcrm_local.formats.vcard_reading import read_vcards


def octets(*lines: str | bytes, end: bytes = b"\r\n") -> bytes:
    """The lines of a file, each with its end."""
    return b"".join((line if isinstance(line, bytes) else line.encode()) + end for line in lines)


def records(given: bytes) -> list[Record]:
    """All records of a file."""
    return list(read_vcards(io.BytesIO(given)))


def card(*lines: str | bytes, version: str = "3.0") -> Record:
    """The record of the one card that has these lines."""
    (record,) = records(octets("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"))
    return record


class Endless(io.RawIOBase):
    """A stream of octets that are made while they are read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")
