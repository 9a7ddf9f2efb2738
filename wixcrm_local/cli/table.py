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
_NARROWEST = 8


def write_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Writes the rows below their headings; False, and nothing, where there are none.

    The first column holds what other commands ask for: it is the last to be cut.
    """
    cells = ([output.printable(cell) or "-" for cell in row] for row in rows)
    first = list(islice(cells, _MEASURED))
    if not first:
        return False
    widths = [max(map(width, column)) for column in zip(headings, *first, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if room is not None:
        _shrink(widths, room - len(_GAP) * (len(widths) - 1))
    output.write(click.style(_line(headings, widths, room), bold=True))
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


def _shrink(widths: list[int], room: int) -> None:
    """Takes from the widest column, and from the first only where the others are narrow."""
    while sum(widths) > room:
        others = [place for place in range(1, len(widths)) if widths[place] > _NARROWEST]
        widest = max(others, key=widths.__getitem__, default=0)
        if widths[widest] <= _NARROWEST:
            return
        widths[widest] -= 1


def _line(cells: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    shown = []
    for cell, space in zip(cells, widths, strict=True):
        cell = cell if room is None else cut(cell, space)
        shown.append(cell + " " * (space - width(cell)))
    return _GAP.join(shown).rstrip()


def _width_of_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
