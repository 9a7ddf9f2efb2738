"""The octets of a file of vCards as content lines, whatever ends, folds or encodes its lines.

Law: memory stays flat. A line without an end is cut, and what is cut is longer than LONGEST_LINE.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

LONGEST_LINE = 2 * 1024 * 1024  # above all labels that a contact can have, in any script
_CHUNK = 256 * 1024
_LONGEST_START = 1000  # of a line, in which its encoding must be named

# By what a file begins with: a byte order mark, or the first two letters of BEGIN.
_UTF_16 = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"B\0E\0": "utf-16-le",
    b"\0B\0E": "utf-16-be",
}
_WHITE = (b" ", b"\t")
_FOLD = re.compile(rb"\n[ \t]")


class ContentLines:
    """The content lines of a file with the numbers of their first lines, in order and once.

    A line that was folded still has its breaks, each as one LF, for `unfolded`: how they are
    taken out depends on the version of the card. Blank lines are left out. `was_utf_16` tells
    that the octets are UTF-8 now, whatever charset a line may name.
    """

    def __init__(self, stream: BinaryIO) -> None:
        start = _start(stream)
        encoding = _UTF_16.get(start[:2]) or _UTF_16.get(start[:4].upper())
        self.was_utf_16 = encoding is not None
        chunks = chain([start], iter(lambda: stream.read(_CHUNK), b""))
        self._chunks = _as_utf_8(chunks, encoding) if encoding else chunks

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        held = bytearray()
        start = 0
        goes_on = False  # a soft line break of quoted-printable is open
        for number, line in enumerate(_lines(self._chunks), 1):
            if (goes_on and not _is_boundary(line)) or (held and line[:1] in _WHITE):
                if len(held) <= LONGEST_LINE:
                    held += b"\n" + line
            elif line:
                if held:
                    yield start, bytes(held)
                held, start = bytearray(line), number
            else:
                continue
            goes_on = line[-1:] == b"=" and _is_quoted_printable(held)
        if held:
            yield start, bytes(held)


def unfolded(octets: bytes, *, keeps_white_space: bool, quoted_printable: bool) -> bytes:
    """A value without its line breaks.

    RFC 2426 and RFC 6350 take the white space behind a break out with it; the vCard 2.1
    specification, 2.1.3, folds where white space is, and keeps it.
    """
    if quoted_printable:
        octets = octets.replace(b"=\n", b"")
    return octets.replace(b"\n", b"") if keeps_white_space else _FOLD.sub(b"", octets)


def _start(stream: BinaryIO) -> bytes:
    """The first octets, at least as many as tell UTF-16."""
    start = stream.read(_CHUNK)
    while len(start) < 4 and (more := stream.read(_CHUNK)):
        start += more
    return start


def _as_utf_8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, whether CRLF, LF or CR ends them; of an endless one its first octets."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        lines = text.splitlines()
        rest = b"" if not lines or text.endswith(b"\n") else _begun(lines.pop(), text)
        yield from lines
    yield from rest.splitlines()


def _begun(line: bytes, text: bytes) -> bytes:
    """A line whose end is not read yet; a CR stays with it, since its LF may follow."""
    return line[: LONGEST_LINE + 1] + (b"\r" if text.endswith(b"\r") else b"")


def _is_boundary(line: bytes) -> bool:
    """Whether a card begins or ends here, in which no soft line break can reach."""
    return line[:12].strip().upper() in (b"BEGIN:VCARD", b"END:VCARD")


def _is_quoted_printable(line: bytearray) -> bool:
    return b"QUOTED-PRINTABLE" in line[:_LONGEST_START].partition(b":")[0].upper()
