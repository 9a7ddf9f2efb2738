"""Cleaning one text: C3's rules, and its law that cleaning is idempotent."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import text

CLEANERS = [text.clean, text.clean_name, text.clean_lines]

# What cleaning decides on: white space, breaks, marks, letters of several composed forms.
odd_texts = st.text(
    st.sampled_from(
        "ab é\u0301e\u0344\u200d\u200c\ufeff\u202e\u2066\u2028\xa0\t\r\n\x1c\x85\u212bｱﾞ가"
    )
    | st.characters(),
    max_size=12,
)


@pytest.mark.parametrize("cleaner", CLEANERS)
@given(given_text=odd_texts)
def test_cleaning_is_idempotent(cleaner, given_text: str) -> None:
    """C3: what was cleaned once is clean."""
    try:
        cleaned = cleaner(given_text)
    except ValueError:
        return
    assert cleaner(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert unicodedata.is_normalized("NFC", cleaned)
    assert text.is_storable(cleaned)


@pytest.mark.parametrize(("cleaner", "breaks"), [(text.clean, ""), (text.clean_lines, "\t\r\n")])
@given(given_text=odd_texts)
def test_a_text_is_refused_for_its_control_characters_alone(
    cleaner, breaks: str, given_text: str
) -> None:
    """C3: NUL, lone surrogates and control characters inside are refused, nothing else is."""
    categories = {unicodedata.category(c) for c in given_text.strip() if c not in breaks}
    try:
        cleaner(given_text)
    except ValueError:
        assert categories & {"Cc", "Cs"}
    else:
        assert not categories & {"Cc", "Cs"}


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        ("  Ana  ", "Ana"),
        ("Ana\n", "Ana"),
        ("José", "José"),
        ("\ufeffAna", "Ana"),
        ("Ana\u202eoilisaB", "AnaoilisaB"),
        ("\u2067עדי\u2069", "עדי"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\ufeff \u200e", ""),
    ],
)
def test_names_lose_direction_marks_and_keep_joiners(given_text: str, cleaned: str) -> None:
    """C3: bidi controls and the BOM are removed from names, ZWJ and ZWNJ stay."""
    assert text.clean_name(given_text) == cleaned


def test_other_texts_keep_direction_marks() -> None:
    """C3: only names lose them; a picture's address is kept as it is."""
    assert text.clean("a\u202eb") == "a\u202eb"


@pytest.mark.parametrize(
    "bad", ["A\0na", "A\x1b[31mna", "A\x7fna", "A\x85na", "A\ud800na", "A\nna"]
)
def test_a_refused_text_says_which_character_and_where(bad: str) -> None:
    """C3: the reason names the character and its position, never the whole text."""
    with pytest.raises(ValueError, match=rf"U\+{ord(bad[1]):04X} at position 1"):
        text.clean(bad)


def test_a_text_field_keeps_tabs_and_line_breaks() -> None:
    """C3: each break of a text field is kept as one LF."""
    assert text.clean_lines(" one\r\ntwo\rthree\n\tfour\n") == "one\ntwo\nthree\n\tfour"


@given(name=odd_texts)
def test_folding_is_idempotent_and_knows_no_case(name: str) -> None:
    """G4: two names that differ in case, or in how they are composed, have one folded form."""
    folded = text.folded(name)
    assert text.folded(folded) == folded
    assert text.folded(unicodedata.normalize("NFD", name)) == folded


@pytest.mark.parametrize(
    ("one", "other"), [("VIP", "vip"), ("Straße", "STRASSE"), ("É", "e\u0301"), ("ΣΑΣ", "σας")]
)
def test_names_that_are_one_without_regard_to_case(one: str, other: str) -> None:
    """G4: case-insensitively, in every script."""
    assert text.folded(one) == text.folded(other)


@given(name=odd_texts | st.text(min_size=60, max_size=300))
def test_what_a_message_shows_is_short_and_printable(name: str) -> None:
    """Fault 9: no text in a message can drive a terminal, or fill a screen."""
    for shown in (text.shortened(name), text.as_path(name)):
        assert shown.isprintable()
        assert len(shown) <= 10 * 60 + 2


def test_a_plain_name_of_a_member_is_shown_bare() -> None:
    """C5: a path reads as in the documentation; only what is odd is quoted."""
    assert text.as_path("firstName") == "firstName"
    assert text.as_path("Lead score") == "'Lead score'"
    assert text.as_path("") == "''"


@given(given_text=st.text(st.characters(codec=None)))
def test_only_lone_surrogates_are_not_storable(given_text: str) -> None:
    """Fault 8: whatever has UTF-8 can be stored."""
    has_surrogate = any(unicodedata.category(c) == "Cs" for c in given_text)
    assert text.is_storable(given_text) is not has_surrogate
