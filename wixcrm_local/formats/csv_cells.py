"""What one cell of a table says: addresses, numbers, labels, a name, an answer to mails. Pure.

Law: `unguarded(guarded(text)) == text`, and `split_labels` gives back what `joined_labels` joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wixcrm_local.text import folded

SEVERAL = " ::: "  # as Google writes several values into one cell

_IS_FORMULA = re.compile(r"'*[=+@\t\r-]").match
_AT_SEPARATORS = re.compile(r" ::: |[;,\n]")
_IS_NO_BARE_ADDRESS = re.compile("[;, <:\n]").search
_MAY_BE_SEVERAL = re.compile("[;,/:\n]").search
_IN_BRACKETS = re.compile(r"<\s*([^<>\s]+)\s*>\W*$")
_BETWEEN_NUMBERS = re.compile(r" ::: |;(?!\s*[a-z-]+=)|\n|(?<!,),(?!,)|(/)", re.IGNORECASE)
_FEWEST_DIGITS = 7  # of a number that stands alone
_NEEDS_QUOTES = re.compile('[;,"]')
_LABEL = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[;,]|$)|([^;,]*))(?:[;,]|$)')

_SUBSCRIPTIONS = {
    "subscribed": "subscribed",
    "unsubscribed": "unsubscribed",
    "opted out": "unsubscribed",
    "pending": "pending",
    "pending confirmation": "pending",
    "not set": "not_set",
    "not_set": "not_set",
    "never subscribed": "not_set",
    "not subscribed": "not_set",
    "no status": "not_set",
}


def guarded(cell: str) -> str:
    """The cell with a `'` ahead where a spreadsheet would take it for a formula."""
    return f"'{cell}" if _IS_FORMULA(cell) else cell


def unguarded(cell: str) -> str:
    """The cell without the `'` that `guarded`, or another program, put ahead of a formula."""
    return cell[1:] if cell[:1] == "'" and _IS_FORMULA(cell) else cell


def emails_of(cell: str) -> list[str]:
    """The addresses of a trimmed cell: several, with names and in links, or the cell as it is."""
    if not _IS_NO_BARE_ADDRESS(cell):
        return [cell]
    found: list[str] = []
    words: list[str] = []  # without an @: perhaps of a name, as in `Silva, Ana <ana@x.example>`
    for part in map(str.strip, _AT_SEPARATORS.split(cell)):
        if "@" not in part:
            words.append(part)
            continue
        found += [] if "<" in part else words
        found.append(_bare_address(part))
        words.clear()
    return [address for address in (*found, *words) if address]


def _bare_address(part: str) -> str:
    bracketed = _IN_BRACKETS.search(part)
    address = bracketed[1] if bracketed else part
    if address[:7].lower() == "mailto:":
        address = address[7:].partition("?")[0]
    return address


def phones_of(cell: str) -> list[str]:
    """The numbers of a trimmed cell.

    It is split only where each part would be a number of its own: an extension (`,,12`, `;ext=12`)
    stays, and so does `030/123456`. Of a slash both sides must be written alike, with or without
    calling code.
    """
    if not _MAY_BE_SEVERAL(cell):
        return [cell]
    pieces = _BETWEEN_NUMBERS.split(cell)
    parts = [part.strip() for part in pieces[::2] if part and part.strip(" ;,")]
    return parts if _are_whole(parts, has_slash="/" in pieces[1::2]) else [cell.strip(" ;,\n")]


def _are_whole(parts: list[str], has_slash: bool) -> bool:
    if any(sum(map(str.isdigit, part)) < _FEWEST_DIGITS for part in parts):
        return False
    with_calling_code = {part.startswith(("+", "00")) for part in parts}
    return len(parts) > 1 and not (has_slash and len(with_calling_code) > 1)


def google_labels(cell: str) -> tuple[str, ...]:
    """The names in a cell of Google's: those of the program's own groups without their `* `.

    What everyone is in, and what is starred, is no group.
    """
    names = (name.strip() for name in cell.split(SEVERAL))
    return tuple(
        name.removeprefix("* ")
        for name in names
        if name and name not in ("* myContacts", "* starred")
    )


def split_labels(cell: str) -> list[str]:
    """The names in a cell of labels, parted by `;` or `,`; one in quotes may hold both.

    Takes any text, and gives each name once.
    """
    found = [quoted.replace('""', '"') or bare for quoted, bare in _LABEL.findall(cell)]
    return list(dict.fromkeys(name.strip() for name in found if name.strip()))


def joined_labels(names: Iterable[str]) -> str:
    """One cell of several names, as `split_labels` takes it apart."""
    return ";".join(_quoted(name) if _NEEDS_QUOTES.search(name) else name for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def name_parts(name: str) -> tuple[str, str]:
    """First and last name of a full one: parted at the last blank, or as `Last, First`."""
    before, comma, behind = (part.strip() for part in name.partition(","))
    if comma and before and behind and "," not in behind:
        return behind, before
    first, _, last = " ".join(name.split()).rpartition(" ")
    return (first, last) if first else (last, "")


def subscription_of(cell: str) -> str | None:
    """The word of `Contact.subscription` that a cell stands for; None for any other."""
    return _SUBSCRIPTIONS.get(folded(cell))
