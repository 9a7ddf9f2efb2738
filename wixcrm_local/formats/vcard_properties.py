"""One content line of a vCard: its name and parameters in all their spellings, its value as text.

Law: a value that can't be decoded is refused, never guessed; only a value that names no charset
is read as UTF-8, or else as the Windows code page of Western Europe.
"""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache
from typing import NamedTuple

from wixcrm_local.text import shortened

NOT_PREFERRED = 101  # behind the last that PREF=1 … PREF=100 can say (RFC 6350, section 5.3)

_LONGEST_REMEMBERED = 200
_QUOTED_PRINTABLE = "QUOTED-PRINTABLE"
_BASE64 = "BASE64"
_ENCODINGS = {
    "QUOTED-PRINTABLE": _QUOTED_PRINTABLE,
    "BASE64": _BASE64,
    "B": _BASE64,
    "8BIT": "",
    "7BIT": "",
}
# A colon or semicolon in quotes divides nothing.
_HEAD = re.compile(rb'((?:[^":]++|"[^"]*")*+):(.*)', re.DOTALL)
_PARAMETER = re.compile(r'(?:[^";]++|"[^"]*"|")+')
_BROKEN_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_FOLD = re.compile(rb"\n[ \t]?")
# Names of charsets stand for what is written under them (WHATWG Encoding Standard, 4.2).
_WIDER = {
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Codecs of Python that are no charsets of texts.
_NO_CHARSETS = {"unicode-escape", "raw-unicode-escape", "punycode", "idna", "undefined"}


class Head(NamedTuple):
    """What stands before the colon of a content line, without its group."""

    name: str
    types: frozenset[str] = frozenset()
    preference: int = NOT_PREFERRED
    encoding: str = ""
    charset: str = ""
    is_uri: bool = False
    omitted_year: str = ""

    @property
    def is_quoted_printable(self) -> bool:
        return self.encoding == _QUOTED_PRINTABLE


class Value(NamedTuple):
    """A value as text, still escaped, and the head it stood behind."""

    head: Head
    text: str


def head_and_value(line: bytes) -> tuple[Head, bytes]:
    """Both sides of a content line; a line without a colon has no name."""
    start, colon, value = line.partition(b":")
    if not colon:
        return Head(""), b""
    if b'"' in start and (found := _HEAD.fullmatch(line)):
        start, value = found[1], found[2]
    if len(start) <= _LONGEST_REMEMBERED:
        return _remembered(start), value
    return _head(start), value


def decoded(head: Head, octets: bytes, *, is_utf_8: bool = False) -> str:
    """The value as text. Raises `ValueError` with half a sentence that says what is wrong.

    `is_utf_8` tells that a named charset is that of encoded octets alone.
    """
    if head.encoding:
        octets = _octets(head, octets)
    if not head.charset or (is_utf_8 and not head.encoding):
        return _of_no_charset(octets)
    codec = _codec(head.charset)
    if codec == "ascii":
        return _of_no_charset(octets)
    try:
        return octets.decode(codec)
    except LookupError:  # also of codecs that have nothing to do with texts
        raise ValueError(f"its charset {shortened(head.charset)} is not known") from None
    except UnicodeError:
        raise ValueError(f"its octets are no {shortened(head.charset)}") from None


def _octets(head: Head, octets: bytes) -> bytes:
    if head.is_quoted_printable:
        octets = octets.removesuffix(b"=")  # a soft line break that nothing follows
        if _BROKEN_ESCAPE.search(octets):
            raise ValueError("it is no quoted-printable text")
        return binascii.a2b_qp(octets)
    if head.encoding != _BASE64:
        raise ValueError(f"its encoding {shortened(head.encoding)} is not known")
    try:
        return binascii.a2b_base64(octets)
    except binascii.Error:
        raise ValueError("it is no base64 text") from None


def _of_no_charset(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        pass
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError:
        raise ValueError("it is in a charset that it does not name") from None


@lru_cache(maxsize=64)
def _codec(charset: str) -> str:
    """Python's name for a charset, or for the wider one that is meant; else "unknown"."""
    if not charset.isascii() or "\0" in charset:
        return "unknown"
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        return "unknown"
    return "unknown" if name in _NO_CHARSETS else _WIDER.get(name, name)


def _head(octets: bytes) -> Head:
    octets = _FOLD.sub(b"", octets).removeprefix(codecs.BOM_UTF8)  # also of files joined to one
    name, *parameters = _PARAMETER.findall(octets.decode("latin-1")) or [""]
    found = _Parameters()
    for parameter in parameters:
        found.add(parameter)
    return Head(
        name.strip().rpartition(".")[2].upper(),  # a group, as in item1.EMAIL, says nothing
        frozenset(found.types),
        min(found.preference, 1 if "pref" in found.types else NOT_PREFERRED),
        found.encoding,
        found.charset,
        found.is_uri,
        found.omitted_year,
    )


_remembered = lru_cache(maxsize=1024)(_head)


class _Parameters:
    """Gathers the parameters of a line, of which vCard 2.1 may leave out the names."""

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.preference = NOT_PREFERRED
        self.encoding = ""
        self.charset = ""
        self.is_uri = False
        self.omitted_year = ""

    def add(self, parameter: str) -> None:
        name, equals, value = parameter.partition("=")
        name, value = name.strip().upper(), value.replace('"', "").strip()
        if not equals:
            self._add_nameless(name)
        elif name == "TYPE":
            self.types.update(each.strip().lower() for each in value.split(","))
        elif name == "PREF":
            self.preference = int(value) if re.fullmatch("[0-9]{1,3}", value) else 1
        elif name == "ENCODING":
            self.encoding = _ENCODINGS.get(value.upper(), value)
        elif name == "CHARSET":
            self.charset = value
        elif name == "VALUE":
            self.is_uri = value.lower() in ("uri", "url")
        elif name == "X-APPLE-OMIT-YEAR":
            self.omitted_year = value

    def _add_nameless(self, value: str) -> None:
        if value in _ENCODINGS:
            self.encoding = _ENCODINGS[value]
        elif value in ("URI", "URL"):
            self.is_uri = True
        else:
            self.types.add(value.lower())
