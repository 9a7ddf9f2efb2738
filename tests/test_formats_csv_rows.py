"""The rows of a table: delimiters, numbers, and what is too much for one row."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local.formats.csv_rows import MOST_COLUMNS, Row, delimiter_of, rows_of
from wixcrm_local.formats.records import Refusal


def rows(text: str) -> list[Row]:
    return list(rows_of(io.BytesIO(text.encode())))


def refused(found: Iterable[Row]) -> dict[int, str]:
    return {number: each.sentence for number, each in found if isinstance(each, Refusal)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_in_the_headers(delimiter: str) -> None:
    """Reading: comma, semicolon and tab, whatever the rows below hold."""
    assert rows(f"Name{delimiter}Email\na,b;c{delimiter}d\n")[0] == (1, ["Name", "Email"])


def test_quotes_are_respected_in_the_headers() -> None:
    """Reading: what stands in quotes delimits nothing."""
    assert delimiter_of('Name;"a, b, ""c"", d";Email') == ";"


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_declared_delimiter_is_taken(line: str) -> None:
    """Reading: a line sep=; ahead names the delimiter and counts as no row."""
    assert rows(f"{line}\na,b;c\n") == [(1, ["a,b", "c"])]


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    """Reading: blank lines count and give nothing; line breaks in quotes count for nothing."""
    found = rows('\n\nName,Notes\n\na,"1\n2\n3"\n  \nb,""""\n')
    assert found == [(3, ["Name", "Notes"]), (5, ["a", "1\n2\n3"]), (6, ["  "]), (7, ["b", '"'])]


@given(table=st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=4)))
def test_what_a_csv_writer_writes_is_read(table: list[list[str]]) -> None:
    """Reading: as the csv module writes, but for line breaks, which are LF, and NUL."""
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *table])
    found = rows_of(io.BytesIO(b"\xef\xbb\xbf" + stream.getvalue().encode()))
    for (_, cells), given_cells in zip(found, [["a", "b"], *table], strict=True):
        expected = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in given_cells]
        assert isinstance(cells, Refusal) == any("\0" in cell for cell in expected)
        assert isinstance(cells, Refusal) or cells == expected


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    """Fault 75: the row where it begins is refused, and those behind it are read."""
    found = rows('a,b\n1,2\n3,"4\n' + "5,6\n" * 50_000)
    assert list(refused(found)) == [3]
    assert "a quote begins in row 3 and is never closed" in refused(found)[3]
    assert len(found) == 50_003
    assert found[-1] == (50_003, ["5", "6"])


def test_a_quote_left_open_at_the_end_is_seen() -> None:
    """Fault 75: nothing is swallowed by the last cell, however little is behind it."""
    found = rows('a,b\n1,"2\n3,4\n')
    assert list(refused(found)) == [2]
    assert found[-1] == (3, ["3", "4"])
    assert "never closed" in refused(rows('a,b\n1,"2'))[2]


def test_a_file_of_stray_quotes_is_read_in_bounded_time() -> None:
    """Fault 75: where a quote opens in each line, going back ends, and the sentence says so."""
    text = "a,b\n" + 'x"y,"\n' * 1_000_000
    found = rows(text)
    assert list(refused(found)) == list(range(2, len(found) + 1))
    assert "lines behind it are not read" in refused(found)[len(found) - 1]


def test_memory_is_flat_behind_a_quote() -> None:
    """Fault 75: a quote before hundreds of megabytes does not gather them."""
    text = b'a,b\n1,"2\n' + b"3,4567890123456789\n" * 300_000
    stream = io.BytesIO(text)
    tracemalloc.start()
    count = sum(1 for _ in rows_of(stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 300_002
    assert peak < 8 * 2**20


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x" * 131_073, "more than 131,072 characters in one cell"),
        ("x," * 3_000_000, "4,194,304 in all"),
        ("x," * MOST_COLUMNS, "more than 16,384 cells"),
        ("x\0y", "holds the character NUL"),
    ],
)
def test_a_row_beyond_the_limits_is_refused_alone(row: str, reason: str) -> None:
    """Fault 75: never csv.Error; the rows ahead of it and behind it are read."""
    found = rows(f"a,b\n1,2\n{row}\n3,4\n")
    assert found[1] == (2, ["1", "2"])
    assert reason in refused(found)[3]
    assert found[3:] == [(4, ["3", "4"])]


@given(text=st.text(st.sampled_from('ab",;\n\r\t\0 ='), max_size=60))
def test_any_text_is_rows(text: str) -> None:
    """Fault 75: whatever stands in a file, rows come in ascending order, or reasons."""
    numbers = [number for number, _ in rows(text)]
    assert numbers == sorted(set(numbers))
