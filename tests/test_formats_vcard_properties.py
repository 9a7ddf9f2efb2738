"""One content line: parameters in all spellings, transfer encodings and charsets."""

from __future__ import annotations

import base64
import contextlib
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vcard_fixtures import card, octets, records

from wixcrm_local.formats.vcard_properties import NOT_PREFERRED, decoded, head_and_value


@pytest.mark.parametrize(
    ("line", "types", "preference"),
    [
        (b"TEL;TYPE=work,pref:1", {"work", "pref"}, 1),
        (b"TEL;TYPE=WORK;TYPE=VOICE:1", {"work", "voice"}, NOT_PREFERRED),
        (b'tel;type="work,voice":1', {"work", "voice"}, NOT_PREFERRED),
        (b"TEL;WORK;PREF;VOICE:1", {"work", "pref", "voice"}, 1),
        (b"item1.TEL;type=CELL:1", {"cell"}, NOT_PREFERRED),
        (b"TEL;PREF=7;TYPE=home:1", {"home"}, 7),
        (b"TEL;PREF=:1", set(), 1),
        (b"TEL;PREF=yes:1", set(), 1),
        (b"TEL:1", set(), NOT_PREFERRED),
        (b'TEL;LABEL="a:b;c";TYPE=home:1', {"home"}, NOT_PREFERRED),
        (b'TEL;X="open;TYPE=home:1', {"home"}, NOT_PREFERRED),
    ],
)
def test_types_and_preference(line: bytes, types: set[str], preference: int) -> None:
    """RFC 6350, section 5, RFC 2426, section 2, and the bare types of vCard 2.1."""
    head, value = head_and_value(line)
    assert (head.name, head.types, head.preference) == ("TEL", types, preference)
    assert value == b"1"


@pytest.mark.parametrize("line", [b"", b"no colon", b"=D0=9A"])
def test_a_line_without_a_colon_has_no_name(line: bytes) -> None:
    """RFC 2425, section 5.8.2: it is no content line."""
    assert head_and_value(line)[0].name == ""


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("UTF-8", "Zoë 山田"),
        ("ISO-8859-1", "Zoë Muñoz"),
        ("iso-8859-15", "Zoë €"),
        ("WINDOWS-1252", "Zoë – “Ana”"),
        ("windows-1251", "Комарова"),
        ("windows-1255", "דוד"),
        ("SHIFT_JIS", "表示 ソ 山田"),  # whose second octets are backslashes
        ("Shift_JIS", "髙橋①"),  # of the telephones' own extension
        ("EUC-JP", "山田"),
        ("ISO-2022-JP", "山田:太郎"),
        ("Big5", "許功蓋"),
        ("GB2312", "张伟"),
        ("EUC-KR", "김민준"),
        ("KOI8-R", "Иван"),
        ("US-ASCII", "Ana"),
    ],
)
@pytest.mark.parametrize("encoding", ["", "QUOTED-PRINTABLE", "BASE64"])
def test_charsets(charset: str, text: str, encoding: str) -> None:
    """VCard 2.1, section 2.1.6: each value may be in a charset of its own."""
    codec = "cp932" if charset.upper() == "SHIFT_JIS" else charset
    given = text.encode(codec)
    if encoding == "QUOTED-PRINTABLE":
        given = quopri.encodestring(given).replace(b"=\n", b"=\r\n").rstrip(b"\n")
    elif encoding:
        given = base64.b64encode(given)
    parameter = f";ENCODING={encoding}" if encoding else ""
    line = f"TITLE;CHARSET={charset}{parameter}:".encode() + given
    record = card(line, version="2.1")
    assert record.refusal is None
    assert record.others == {"Position": text}


def test_no_charset_is_utf_8_or_else_windows_1252() -> None:
    """A value that names no charset, or less than it has, is read as what it most likely is."""
    assert card("TITLE;CHARSET=US-ASCII:Grüße €").others == {"Position": "Grüße €"}
    assert card("TITLE:Grüße €".encode()).others == {"Position": "Grüße €"}
    assert card("TITLE:Grüße €".encode("cp1252")).others == {"Position": "Grüße €"}


def test_in_a_file_of_utf_16_a_charset_is_that_of_encoded_octets() -> None:
    """A file that was saved again as UTF-16 still names the charsets of before."""
    text = octets(
        "BEGIN:VCARD",
        "N;CHARSET=ISO-8859-1:Weiß;Zoë",
        "TITLE;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:K=F6chin",
        "END:VCARD",
    ).decode()
    (record,) = records(text.encode("utf-16"))
    assert record.members == {"firstName": "Zoë", "lastName": "Weiß"}
    assert record.others == {"Position": "Köchin"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"TITLE;CHARSET=KLINGON-1:x", "its charset 'KLINGON-1' is not known"),
        (b"TITLE;CHARSET=zlib:x", "its charset 'zlib' is not known"),
        (b"TITLE;CHARSET=unicode_escape:\\d", "its charset 'unicode_escape' is not known"),
        (b"TITLE;CHARSET=UTF-8:\xff", "its octets are no 'UTF-8'"),
        (b"TITLE:\x81", "it is in a charset that it does not name"),
        (b"TITLE;QUOTED-PRINTABLE:=ZZ", "it is no quoted-printable text"),
        (b"TITLE;ENCODING=B:abcde", "it is no base64 text"),
        (b"TITLE;ENCODING=UUENCODE:x", "its encoding 'UUENCODE' is not known"),
    ],
)
def test_what_can_not_be_decoded_is_refused(line: bytes, reason: str) -> None:
    """Law: nothing is guessed; the sentence names the property, its line, and the remedy."""
    record = card(line, "EMAIL:ana@example.com", version="2.1")
    assert record.refusal is not None
    assert record.refusal.code == "UNREADABLE_CARD"
    assert record.refusal.sentence == (
        f"the TITLE on line 3 can't be read, since {reason}; "
        "export it again as UTF-8, or correct it by hand"
    )


def test_what_is_not_used_refuses_nothing() -> None:
    """A property that no contact has may be as broken as it likes."""
    record = card("X-ODD;CHARSET=KLINGON-1:x", "SORT-STRING;QUOTED-PRINTABLE:=ZZ", "TITLE:Cook")
    assert record.refusal is None


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_any_octets_are_a_line(start: bytes, value: bytes) -> None:
    """Law: a value is decoded, or refused with a sentence."""
    head, found = head_and_value(start + b":" + value)
    with contextlib.suppress(ValueError):
        assert isinstance(decoded(head, found), str)
