"""The text of a table: whatever the encoding and the line breaks, in flat memory."""

from __future__ import annotations

import codecs
import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local.errors import InvalidArgument, UnreadableFile
from wixcrm_local.formats.csv_text import LONGEST_ROW, lines_of

# One line as people have it, in letters that Windows' code page has too.
LINE = "Zoë;Groß;zoë@x.example\n"


def lines(octets: bytes) -> list[str]:
    return list(lines_of(io.BytesIO(octets)))


class Pipe(io.RawIOBase):
    """A stream that gives a few octets at a time and can't go back."""

    def __init__(self, octets: Iterator[bytes]) -> None:
        self._octets = octets
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        self._left = self._left or next(self._octets, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


@pytest.mark.parametrize(
    "octets",
    [
        LINE.encode(),
        codecs.BOM_UTF8 + LINE.encode(),
        codecs.BOM_UTF16_LE + LINE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + LINE.encode("utf-16-be"),
        LINE.encode("utf-16-le"),
        LINE.encode("utf-16-be"),
        LINE.encode("cp1252"),
    ],
)
def test_encodings_are_told_apart(octets: bytes) -> None:
    """Reading: UTF-8 and UTF-16 with and without byte order mark, else Windows' code page."""
    assert lines(octets) == [LINE]


@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"))))
def test_utf_8_is_read_as_it_is(texts: list[str]) -> None:
    """Reading: no text but its line breaks is changed, and lines end at these alone."""
    text = "\n".join(texts)
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    found = lines(codecs.BOM_UTF8 + text.encode())
    assert "".join(found) == expected
    assert all(line.count("\n") == line.endswith("\n") for line in found)


@given(octets=st.binary())
def test_any_octets_are_text(octets: bytes) -> None:
    """Reading: octets of whatever kind give lines, each a text with a break at its end alone."""
    assert all(line.find("\n") in (-1, len(line) - 1) for line in lines(b"a" + octets))


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_line_breaks_of_all_systems_are_one(line_break: str) -> None:
    """Reading: LF, CRLF and CR end a line, wherever blocks end."""
    text = line_break.join(["a" * 7] * 40_000)
    assert lines(text.encode()) == ["a" * 7 + "\n"] * 39_999 + ["a" * 7]


def test_the_code_page_may_show_late() -> None:
    """Reading: the first odd octet may come megabytes in; all behind it is read the same."""
    ascii_lines = b"Ana;Silva;ana@x.example\n" * 100_000
    found = lines(ascii_lines + 2 * LINE.encode("cp1252"))
    assert len(found) == 100_002
    assert found[-2:] == [LINE, LINE]


def test_odd_octets_among_utf_8_change_nothing_else() -> None:
    """Reading: where UTF-8 was seen before, only what is not UTF-8 is of Windows' code page."""
    octets = LINE.encode() + LINE.encode("cp1252") + LINE.encode()
    assert lines(octets) == [LINE, LINE, LINE]


def test_gaps_of_the_code_page_become_controls() -> None:
    """Reading: an octet that means nothing is no letter, so that no contact takes it (C3)."""
    assert lines(b"a\x81\xe9") == ["a\x81é"]


@pytest.mark.parametrize("octets", [b"PK\x03\x04...", b"\xd0\xcf\x11\xe0..."])
def test_a_workbook_is_refused(octets: bytes) -> None:
    """Reading: the usual mistake gets its remedy."""
    with pytest.raises(UnreadableFile, match="save it as CSV"):
        lines(octets)


def test_a_stream_of_text_is_refused() -> None:
    """Reading: a file opened without 'b' has lost its octets already."""
    with pytest.raises(InvalidArgument, match="open the file with 'rb'"):
        list(lines_of(io.StringIO("a\n")))  # type: ignore[arg-type]


def test_a_pipe_is_read_as_a_file_is() -> None:
    """Reading: the stream is never asked to go back, and may give an octet at a time."""
    octets = codecs.BOM_UTF16_LE + (LINE * 300).encode("utf-16-le")
    pipe = Pipe(octets[at : at + 1] for at in range(len(octets)))
    assert list(lines_of(pipe)) == [LINE] * 300  # type: ignore[arg-type]


def test_a_line_without_end_is_cut() -> None:
    """Fault 75: what is beyond the longest row is not kept, and reading goes on behind it."""
    blocks = (b"x" * 65_536 for _ in range(1000))
    pipe = Pipe(iter([b"a\n", *blocks, b"\nb\n"]))
    tracemalloc.start()
    found = list(lines_of(pipe))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(line) for line in found] == [2, LONGEST_ROW + 2, 2]
    assert peak < 40 * 2**20
