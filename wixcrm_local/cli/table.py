"""Tables for people: as wide as they need to be in a file, cut to fit on a terminal.

Law: bounded memory; the first rows decide the widths, and a million more may follow.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain, islice

import click

from wixcrm_local.cli import output

_MEASURED = 500
_GAP = "  "
_LEFT_OUT = " …"  # stands behind the headings
_NARROWEST = 8
_WIDE_ENOUGH = 24
_FEWEST = 3  # columns are left out down to this many, and cut from there on


def write_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Writes the rows below their headings; False, and nothing, where there are none.

    On a terminal that is too narrow the last columns are left out, so they should be those
    that matter least; the first holds what other commands ask for.
    """
    cells = ([output.printable(cell) or "-" for cell in row] for row in rows)
    first = list(islice(cells, _MEASURED))
    if not first:
        return False
    widths = [max(map(width, column)) for column in zip(headings, *first, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if room is not None:
        widths = _fitting(widths, room)
    left_out = _LEFT_OUT if len(widths) < len(headings) else ""
    output.write(click.style(_line(headings, widths, room) + left_out, bold=True))
    for row in chain(first, cells):
        output.write(_line(row, widths, room))
    return True


def width(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    return len(text) if text.isascii() else sum(map(_width_of_character, text))


def cut(text: str, room: int) -> str:
    """The text in at most `room` columns, with an ellipsis where something is left out."""
    if width(text) <= room:
        return text
    kept, taken = [], 1
    for character in text:
        taken += _width_of_character(character)
        if taken > room:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _fitting(natural: Sequence[int], room: int) -> list[int]:
    """The widths of the columns that fit: some columns whole rather than all of them cut."""
    widths = list(natural)
    while len(widths) > _FEWEST and _needed(widths) > room:
        widths.pop()
    if len(widths) < len(natural):
        room -= len(_LEFT_OUT)
    # The first column is cut only where it would take more than half of the terminal.
    cuttable = range(0 if widths[0] > room // 2 else 1, len(widths))
    while sum(widths) + len(_GAP) * (len(widths) - 1) > room:
        widest = max(cuttable, key=widths.__getitem__, default=0)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _needed(widths: Sequence[int]) -> int:
    """The room without which a column is better left out."""
    enough = [min(width, _WIDE_ENOUGH) for width in widths[1:]]
    return widths[0] + sum(enough) + len(_GAP) * len(enough)


def _line(cells: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    shown = []
    for cell, space in zip(cells, widths, strict=False):  # columns may be left out
        cell = cell if room is None else cut(cell, space)
        shown.append(cell + " " * (space - width(cell)))
    return _GAP.join(shown).rstrip()


def _width_of_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
