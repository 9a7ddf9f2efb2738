"""Cleans one text (C3): trimmed, NFC, without what could harm a terminal, a header or a query.

Law: pure and idempotent; a text that is refused is never shown whole in the reason.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# U+0000-U+001F, DEL, U+0080-U+009F, and lone surrogates, which no file can hold.
_REFUSED = "[\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_REFUSED_BUT_BREAKS = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
# Marks that turn the direction of what follows, and the byte order mark. ZWJ and ZWNJ
# are no part of this: Persian, Indic scripts and emoji need them.
_INVISIBLE = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"


def clean(text: str) -> str:
    """The text trimmed and NFC-normalized. Raises `ValueError` naming a refused character."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _cleaned(text.strip(), _REFUSED)


def clean_lines(text: str) -> str:
    """As `clean`, but tabs and line breaks stay, each break as one LF."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _cleaned(text.strip().replace("\r\n", "\n").replace("\r", "\n"), _REFUSED_BUT_BREAKS)


def clean_name(text: str) -> str:
    """As `clean`, without bidi controls and byte order marks (Trojan-source names)."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _cleaned(_pattern(_INVISIBLE).sub("", text).strip(), _REFUSED)


def folded(text: str) -> str:
    """The form in which names are compared without regard to case (G4)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def plain(text: str) -> str:
    """The form in which names are compared without regard to case and diacritics."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join([letter for letter in apart if not unicodedata.combining(letter)])


def kind_of(value: object) -> str:
    """The type of a value, for a message: the value itself may be huge."""
    return "None" if value is None else f"a value of type {type(value).__name__}"


def shortened(text: str, length: int = 60) -> str:
    """The text for a message: printable, and cut so that 30 MB do not fill a screen."""
    shown = text if len(text) <= length else text[: length - 1] + "…"
    return repr(shown)


@cache
def _pattern(source: str) -> re.Pattern[str]:
    """Compiled when it is first needed: plain ASCII texts, and imports, do without."""
    return re.compile(source)


def is_storable(text: str) -> bool:
    """Whether a file can hold the text: lone surrogates have no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_path(name: str) -> str:
    """The name of a member as a message shows it: bare where it is plain, else as `shortened`."""
    return name if name.isidentifier() and len(name) <= 60 else shortened(name)


def _cleaned(text: str, refused: str) -> str:
    found = _pattern(refused).search(text)
    if found:
        raise ValueError(f"holds the character U+{ord(found[0]):04X} at position {found.start()}")
    return unicodedata.normalize("NFC", text)
