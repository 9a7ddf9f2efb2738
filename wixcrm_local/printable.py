"""Makes texts of contacts and templates harmless where people read them, on a terminal above all.

Law: no character that steers a terminal, or turns the direction of what follows, passes.
"""

from __future__ import annotations

import re

# Control characters, line and paragraph separators, marks of direction, lone surrogates.
_STEERING = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_ANY = re.compile(f"[{_STEERING}]")
_ANY_BUT_BREAKS = re.compile(f"(?![\t\n])[{_STEERING}]")


def printable(text: str) -> str:
    """The text on one line, each steering character as an escape such as \\x1b."""
    return _ANY.sub(_escaped, text)


def printable_lines(text: str) -> str:
    """As `printable`, but tabs and line breaks stay."""
    return _ANY_BUT_BREAKS.sub(_escaped, text.replace("\r\n", "\n"))


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
