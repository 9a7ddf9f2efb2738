"""Content lines: whatever ends, folds or encodes the lines of a file, and how long they are."""

from __future__ import annotations

import io
import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vcard_fixtures import Endless, card, octets, records

from wixcrm_local.formats.vcard_lines import LONGEST_LINE, ContentLines

TWO_CARDS = (
    "BEGIN:VCARD",
    "VERSION:3.0",
    "FN:Zoë Weiß",
    "EMAIL:zoe@example.com",
    "END:VCARD",
    "BEGIN:VCARD",
    "VERSION:3.0",
    "FN:山田 太郎",
    "EMAIL:taro@example.com",
    "END:VCARD",
)


def names(given: bytes) -> list[tuple[str, str]]:
    return [(each.members["firstName"], each.members["lastName"]) for each in records(given)]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n"])
def test_lines_end_as_they_like(end: bytes) -> None:
    """CRLF, LF, CR and blank lines inside of cards read alike."""
    assert names(octets(*TWO_CARDS, end=end)) == [("Zoë", "Weiß"), ("山田", "太郎")]


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"]
)
def test_a_byte_order_mark_tells_the_encoding_of_the_file(charset: str) -> None:
    """UTF-8 with and without a mark, and UTF-16 of both orders with one."""
    name, mark, _ = charset.partition("-bom")
    text = ("\ufeff" if mark else "") + "\n".join(TWO_CARDS)
    assert names(text.encode(name)) == [("Zoë", "Weiß"), ("山田", "太郎")]


def test_files_that_were_joined_keep_their_byte_order_marks() -> None:
    """A mark before a later card is no part of its first line."""
    one = octets(*TWO_CARDS[:5])
    assert len(records(b"\xef\xbb\xbf" + one + b"\xef\xbb\xbf" + one)) == 2


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_fold_may_cut_a_character(version: str) -> None:
    """RFC 6350, section 3.2: octets are joined before they are read as UTF-8."""
    start, end = "NOTE:Grüße".encode().split(b"\xbc")
    record = card(start, b" \xbc" + end, b"\t, Ana", version=version)
    assert record.others == {"Notes": "Grüße, Ana"}


def test_a_fold_takes_one_white_space_with_it() -> None:
    """RFC 2426, section 2.6: white space behind the first of a folded line belongs to the text."""
    assert card("NOTE:one ", "  two").others == {"Notes": "one  two"}


def test_version_2_1_folds_where_white_space_is() -> None:
    """VCard 2.1, section 2.1.3: the white space at a fold belongs to the text."""
    assert card("NOTE:one", " two", version="2.1").others == {"Notes": "one two"}


def test_names_and_parameters_are_folded_too() -> None:
    """RFC 6350, section 3.2: a fold may stand before the colon."""
    assert card("EMA", " IL;TYPE=", " work:ana@example.com").members == {
        "emails": ["ana@example.com"]
    }


def test_soft_line_breaks_of_quoted_printable_join_lines() -> None:
    """VCard 2.1, section 2.1.3: `=` at the end of a line, within a character or before a space."""
    record = card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9A=D0=",
        "=BE=D0=BC;=D0=90=",
        "=D0=BD=D0=B0;;;",
        "NOTE;QUOTED-PRINTABLE:first=",
        " second=0D=0A=",
        "third",
        version="2.1",
    )
    assert record.members == {"firstName": "Ана", "lastName": "Ком"}
    assert record.others == {"Notes": "first second\nthird"}


def test_a_soft_line_break_at_the_end_hides_nothing() -> None:
    """A value that ends with `=` does not take a blank line, or the end of its card, with it."""
    ended = card("FN;QUOTED-PRINTABLE:Ana Souza=", version="2.1")
    assert ended.members == {"firstName": "Ana", "lastName": "Souza"}
    blank = card("FN;QUOTED-PRINTABLE:Ana Souza=", "", "TITLE:Cook", version="2.1")
    assert blank.others == {"Position": "Cook"}


def test_base64_needs_no_white_space_to_go_on() -> None:
    """Old telephones break the lines of a picture anywhere; its padding is no soft line break."""
    record = card(
        "PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD",
        "2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0a",
        "HBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2Q==",
        "",
        "EMAIL;INTERNET:ana@example.com",
        version="2.1",
    )
    assert record.members == {"emails": ["ana@example.com"]}


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
@given(sizes=st.lists(st.integers(1, 9), max_size=60))
@example(sizes=[1] * 60)
def test_lines_do_not_depend_on_how_the_stream_is_read(
    end: bytes, charset: str, sizes: list[int]
) -> None:
    """Streaming: wherever octets are cut between two reads, the lines and numbers are the same."""
    lines = octets(*TWO_CARDS[:4], "NOTE:a", " b", "", *TWO_CARDS[4:], end=end)
    whole = lines.decode().encode(charset)
    cuts = [0, *itertools.accumulate(sizes), len(whole)]
    pieces = [whole[a:b] for a, b in itertools.pairwise(cuts) if whole[a:b]]
    assert list(ContentLines(Endless(pieces))) == list(ContentLines(io.BytesIO(whole)))


def test_a_line_is_numbered_by_its_first() -> None:
    """Numbers of lines are those that an editor shows."""
    lines = list(ContentLines(io.BytesIO(b"A:1\r\n\r\nB:2\r\n 3\r\nC:4")))
    assert lines == [(1, b"A:1"), (3, b"B:2\n 3"), (5, b"C:4")]


@pytest.mark.parametrize(
    "piece", [b"x" * 70_000, (b"x" * 700 + b"\n ") * 100, (b"x" * 700 + b"=\n") * 100]
)
def test_memory_stays_flat_on_a_line_without_an_end(piece: bytes) -> None:
    """Law: of a line that never ends, or is folded for ever, no more is kept than a line has."""
    start = b"NOTE;QUOTED-PRINTABLE:"
    tracemalloc.start()
    lines = list(ContentLines(Endless([start, *itertools.repeat(piece, 400), b"\nA:1\n"])))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(line) > LONGEST_LINE for _, line in lines] == [True, False]
    assert peak < 8 * LONGEST_LINE
