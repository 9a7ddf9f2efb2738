"""Which format a file of people has, by what it begins with."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from typing import BinaryIO

from wixcrm_local import errors
from wixcrm_local.formats.records import RecordReader

TABLES = ("csv", "wix", "google", "outlook")
FORMATS = (*TABLES, "vcard")
_HEAD = 4096  # octets that are looked at


def open_records(
    stream: io.BufferedReader | BinaryIO,
    format: str | None = None,
    mapping: Mapping[str, str | None] | None = None,
    known_fields: Collection[str] = (),
) -> RecordReader:
    """The people of a file, of which `stream` can `peek` at the beginning.

    Raises `UnreadableFile`, and `InvalidArgument` for an unknown format and for a mapping of
    columns that the file has not.
    """
    if format is None:
        format = recognised(stream.peek(_HEAD)[:_HEAD] if hasattr(stream, "peek") else b"")
    if format == "vcard":
        from wixcrm_local.formats.vcard_reading import read_vcards

        if mapping:
            raise errors.InvalidArgument(
                "mapping is for the columns of a table, and this file holds vCards; leave it out",
                details={"argument": "mapping"},
            )
        return read_vcards(stream)
    if format not in TABLES:
        raise errors.InvalidArgument(
            f"format can't be {format!r}; choose one of {', '.join(FORMATS)}, or leave it out",
            details={"argument": "format", "choices": list(FORMATS)},
        )
    from wixcrm_local.formats.csv_reading import read_csv

    return read_csv(stream, mapping, known_fields)


def recognised(head: bytes) -> str:
    """vcard or csv, by the first octets of a file in any usual encoding."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    lines = plain.splitlines()
    is_vcard = any(line.strip() == b"BEGIN:VCARD" for line in lines[:20])
    return "vcard" if is_vcard else "csv"
