"""Text values of vCards: escaping, its way back, and the separators that are no escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local.formats.vcard_text import escaped, split, unescaped

texts = st.text(st.sampled_from("a\\;,:nN\n") | st.characters(exclude_characters="\r"))


@given(texts)
def test_what_is_escaped_comes_back(text: str) -> None:
    """Law: any text without CR is read as it was written."""
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("separator", [";", ","])
@given(parts=st.lists(texts, min_size=1))
def test_components_come_back(separator: str, parts: list[str]) -> None:
    """Law: a separator inside of a component divides nothing."""
    value = separator.join(map(escaped, parts))
    assert [unescaped(part) for part in split(value, separator)] == parts


def test_every_break_is_one_line_feed() -> None:
    """RFC 6350, section 3.4: breaks of lines are written as \\n."""
    assert escaped("a\r\nb\rc\nd") == "a\\nb\\nc\\nd"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (r"one\, two\; three\\four\nfive\Nsix", "one, two; three\\four\nfive\nsix"),
        (r"http\://example.com/", "http://example.com/"),
        (r"C:\temp\\", "C:\\temp\\"),
        ("end\\", "end\\"),
    ],
)
def test_escapes_of_3_0_and_4_0(value: str, text: str) -> None:
    """RFC 6350, section 3.4, and the `\\:` of Apple; a backslash before others is one."""
    assert unescaped(value) == text


def test_version_2_1_escapes_separators_alone() -> None:
    """VCard 2.1, section 2.1.2: a backslash is one, unless a separator follows."""
    assert unescaped(r"C:\new\\x \; \,", is_2_1=True) == r"C:\new\\x ; ,"
