"""What a browser must know to search as the library does: the letters of `search_terms.fold`. Pure.

Law: `search_terms` decides; a browser is told only where its own Unicode tables say another thing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from wixcrm_local import search_terms

# Behind these, no script has case, marks or digits that Python and browsers see differently.
_LETTERS = range(0x80, 0x1F000)


@cache
def tables() -> dict[str, Any]:
    """Marks to strip as ranges of a pattern, what each letter folds to, and digits' zeros."""
    letters = [chr(number) for number in _LETTERS]
    return {
        "marks": _pattern(letter for letter in letters if search_terms.is_stripped(letter)),
        "folds": {
            letter: letter.casefold() for letter in letters if letter.casefold() != letter.lower()
        },
        "plain": {
            letter: letter.translate(search_terms.PLAIN) for letter in map(chr, search_terms.PLAIN)
        },
        "zeros": [letter for letter in letters if unicodedata.decimal(letter, None) == 0],
    }


def _pattern(letters: Iterable[str]) -> str:
    """The inside of a character class, neighbours as ranges."""
    ranges: list[list[int]] = []
    for number in map(ord, letters):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return "".join(f"\\u{{{first:x}}}-\\u{{{last:x}}}" for first, last in ranges)
