"""The text of a table's octets, line by line, whatever the encoding.

Law: memory is flat, however long the stream or a line of it; no octet is dropped, but for those
of a line beyond `LONGEST_ROW`.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from wixcrm_local.errors import InvalidArgument, UnreadableFile
from wixcrm_local.text import kind_of

LONGEST_ROW = 4 * 2**20  # characters; a contact with all that it can hold stays under it

_BLOCK = 64 * 1024
_SAMPLE = 4096
_UTF_16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods, xls
_WINDOWS = "wixcrm_local.windows-1252"


def lines_of(stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream, each with one LF at its end, but perhaps the last.

    Of a line with more than `LONGEST_ROW` characters, one more than these is given.

    Raises `UnreadableFile` for a workbook, `InvalidArgument` for a stream of text.
    """
    rest, is_skipping = "", False
    for text in _texts(stream):
        if is_skipping:
            _, found, text = text.partition("\n")
            is_skipping = not found
        end = text.rfind("\n") + 1
        if end:
            yield from io.StringIO(rest + text[:end])
            rest = ""
        rest += text[end:]
        if len(rest) > LONGEST_ROW:
            yield rest[: LONGEST_ROW + 1] + "\n"
            rest, is_skipping = "", True
    if rest:
        yield rest


def _texts(stream: BinaryIO) -> Iterator[str]:
    """The decoded blocks, each line break one LF."""
    block = _first_block(stream)
    decoder = io.IncrementalNewlineDecoder(_decoder_for(block), translate=True)
    block = block.removeprefix(codecs.BOM_UTF8)
    while block:
        yield decoder.decode(block)
        block = stream.read(_BLOCK)
    yield decoder.decode(b"", final=True)


def _first_block(stream: BinaryIO) -> bytes:
    """Enough to tell the encoding by: a pipe may give less at a time."""
    block = stream.read(_BLOCK)
    if not isinstance(block, bytes):
        raise InvalidArgument(
            f"the stream of a table must give bytes, not {kind_of(block)}; open the file with 'rb'"
        )
    while len(block) < _SAMPLE and (more := stream.read(_BLOCK)):
        block += more
    if block.startswith(_WORKBOOKS):
        raise UnreadableFile(
            "the file is a workbook of a spreadsheet; save it as CSV (UTF-8) and give that"
        )
    return block


def _decoder_for(block: bytes) -> codecs.IncrementalDecoder:
    if block.startswith(_UTF_16_BOMS):
        return codecs.getincrementaldecoder("utf-16")("replace")
    sample = block[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most = len(sample) // 4  # half of all that stand at such places
    if odd > most and not even:
        return codecs.getincrementaldecoder("utf-16-le")("replace")
    if even > most and not odd:
        return codecs.getincrementaldecoder("utf-16-be")("replace")
    return _Utf8OrWindows()


class _Utf8OrWindows(codecs.IncrementalDecoder):
    """UTF-8, until an octet shows that it is not.

    Where all before was ASCII, the file is of Windows' code page 1252 from there on. Where UTF-8
    was seen, something of that code page was pasted into it: then only the odd octets are read so.
    """

    def __init__(self) -> None:
        super().__init__()
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")()
        self._is_sure = False
        self._is_ascii = True

    def decode(self, octets: bytes, final: bool = False) -> str:  # type: ignore[override]
        if self._is_sure:
            return self._decoder.decode(octets, final)
        try:
            text = self._decoder.decode(octets, final)
        except UnicodeDecodeError as error:
            return self._decided(error).decode(error.object, final)
        self._is_ascii = self._is_ascii and text.isascii()
        return text

    def _decided(self, error: UnicodeDecodeError) -> codecs.IncrementalDecoder:
        is_ascii = self._is_ascii and error.object[: error.start].isascii()
        encoding = "cp1252" if is_ascii else "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)(_WINDOWS)
        self._is_sure = True
        return self._decoder


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """The odd octets by code page 1252; its five gaps become controls, which no contact takes."""
    assert isinstance(error, UnicodeDecodeError)
    odd = error.object[error.start : error.end]
    letters = (bytes([octet]).decode("cp1252", "ignore") or chr(octet) for octet in odd)
    return "".join(letters), error.end


codecs.register_error(_WINDOWS, _as_windows)
