"""Keys made from names, and the nearest of the names there are, for messages. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from wixcrm_local import text

_NOT_A_WORD = r"[\W_]+"


def key_from_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """`custom.lead-score` for "Lead score"; a number is added where that is taken (G4)."""
    word = re.sub(_NOT_A_WORD, "-", text.folded(name)).strip("-") or "unnamed"
    key = f"custom.{word}"
    number = 2
    while is_taken(key):
        key = f"custom.{word}-{number}"
        number += 1
    return key


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names most like `name`, best first; none where none is like it."""
    from difflib import get_close_matches  # only a mistake needs it

    by_folded = {text.folded(each): each for each in names}
    found = get_close_matches(text.folded(name[:200]), by_folded, n=most, cutoff=0.6)
    return [by_folded[folded] for folded in found]


def suggestion(names: Sequence[str]) -> str:
    """ "did you mean …?" as the middle of a sentence, or nothing."""
    if not names:
        return ""
    return f"did you mean {' or '.join(repr(name) for name in names)}? "
