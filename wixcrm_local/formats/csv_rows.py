"""The rows of a table: what parts its cells, and what is too much for one row.

Law: `csv.Error` never comes out, and no row makes memory grow: not by a quote that nobody closes.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from wixcrm_local.formats.csv_text import LONGEST_ROW, lines_of
from wixcrm_local.formats.records import Refusal

MOST_COLUMNS = 16_384  # as many as a spreadsheet has
LONGEST_CELL = 131_072  # characters; what the csv module takes unless a program changed it
UNREADABLE_ROW = "UNREADABLE_ROW"

_DELIMITERS = ",;\t"
_MOST_READ_AGAIN = 4 * LONGEST_ROW  # so that a file of stray quotes is not read for ever

_TOO_LONG = (
    f"the row has more than {LONGEST_CELL:,} characters in one cell, or {LONGEST_ROW:,} in all; "
    "shorten it"
)
_TOO_WIDE = (
    f"the row has more than {MOST_COLUMNS:,} cells; look for a line break that is missing in it"
)
_NUL = "the row holds the character NUL; remove it"

Row = tuple[int, list[str] | Refusal]


def rows_of(stream: BinaryIO) -> Iterator[Row]:
    """The rows that are not blank, with their numbers as a spreadsheet counts them.

    A line `sep=;` ahead, as spreadsheets write it for each other, names the delimiter and is no
    row. Raises as `lines_of`.
    """
    lines = lines_of(stream)
    blank_lines: list[str] = []
    for line in lines:
        declared = _declared_delimiter(line)
        if declared and not blank_lines:
            return _rows(lines, declared)
        if not line.isspace():
            return _rows(chain(blank_lines, [line], lines), delimiter_of(line))
        blank_lines.append("\n")
    return iter(())


def delimiter_of(header: str) -> str:
    """The one of comma, semicolon and tab that stands most often outside of quotes."""
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _declared_delimiter(line: str) -> str | None:
    declaration = line.rstrip("\n").strip('"').lower()
    is_one = len(declaration) == 5 and declaration.startswith("sep=")
    return declaration[4] if is_one else None


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    source = _Lines(lines)
    number = 0
    while not source.is_at_end:
        try:
            for cells in csv.reader(source, delimiter=delimiter):
                number += 1
                source.row.clear()
                if source.has_nul or len(cells) > MOST_COLUMNS:
                    yield number, _refusal(_NUL if source.has_nul else _TOO_WIDE)
                    source.has_nul = False
                elif cells:
                    yield number, cells
        except (csv.Error, _RowTooLong, _QuoteLeftOpen) as error:
            number += 1
            behind, lost = source.give_up_row()
            is_too_long = not behind and not isinstance(error, _QuoteLeftOpen)
            yield number, _refusal(_TOO_LONG if is_too_long else _open_quote(number, lost))


def _open_quote(number: int, lost: int) -> str:
    not_read = f", and the {lost:,} lines behind it are not read" if lost else ""
    return (
        f"a quote begins in row {number:,} and is never closed{not_read}; "
        "close it, or write a quote inside of a cell twice"
    )


def _refusal(sentence: str) -> Refusal:
    return Refusal(UNREADABLE_ROW, sentence)


class _RowTooLong(Exception):
    """A row has more characters than any row may have."""


class _QuoteLeftOpen(Exception):
    """The file ends inside of a quote."""


class _Lines:
    """Hands lines to a csv reader and remembers those of the row that it is at.

    A quote that nobody closes would make one cell of all that follows. So that row is given up,
    and reading begins anew at the line behind the one where it began.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._may_be_read_again = _MOST_READ_AGAIN
        self._length = 0
        self.row: list[str] = []
        self.has_nul = False
        self.is_at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            return self._end()
        self._length = self._length + len(line) if self.row else len(line)
        self.row.append(line)
        if self._length > LONGEST_ROW:
            raise _RowTooLong
        if "\0" in line:
            self.has_nul = True
        return line

    def _end(self) -> str:
        if self.row:
            raise _QuoteLeftOpen
        self.is_at_end = True
        raise StopIteration

    def give_up_row(self) -> tuple[int, int]:
        """Goes back to the second line of the row, unless too much was read again already.

        Answers how many lines the row had behind its first, and how many are not read.
        """
        behind = self.row[1:]
        self.row.clear()
        self.has_nul = False
        self._may_be_read_again -= self._length
        if self._may_be_read_again <= 0:
            return len(behind), len(behind)
        self._again.extendleft(reversed(behind))
        return len(behind), 0
