"""Text values of vCards: escaped, and read again.

Law: what `escaped` writes, `unescaped` gives back, and `split` finds no separator in it.
"""

from __future__ import annotations

import re

_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
# Backslashes before colons are not in the RFCs, but in the addresses that Apple and Google write.
_ESCAPE = re.compile(r"\\([\\;,:nN])")
_ESCAPE_OF_2_1 = re.compile(r"\\([;,:])")
_PAIR_OR_SEPARATOR = {mark: re.compile(rf"\\.|{mark}", re.DOTALL) for mark in ";,"}


def escaped(text: str) -> str:
    """The text as a value, or as a component of one (RFC 6350, section 3.4)."""
    if text.isalnum():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_ESCAPES)


def unescaped(value: str, *, is_2_1: bool = False) -> str:
    """The text of a value. In vCard 2.1 a backslash is one, except before a separator."""
    if "\\" not in value:
        return value
    if is_2_1:
        return _ESCAPE_OF_2_1.sub(r"\1", value)
    return _ESCAPE.sub(_character, value)


def split(value: str, separator: str) -> list[str]:
    """The components of a value between separators that are not escaped; each still escaped."""
    if "\\" not in value:
        return value.split(separator)
    found = _PAIR_OR_SEPARATOR[separator].finditer(value)
    cuts = [match.start() for match in found if match[0] == separator]
    return [
        value[start:end]
        for start, end in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(value)], strict=True)
    ]


def _character(escape: re.Match[str]) -> str:
    return "\n" if escape[1] in "nN" else escape[1]
