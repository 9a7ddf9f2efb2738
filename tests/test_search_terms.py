"""What a search looks at: folding, words, ranks, and the grams that narrow down (issue 6)."""

from __future__ import annotations

import unicodedata
from zlib import crc32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wixcrm_local import search_terms
from wixcrm_local.search_terms import (
    EXACT,
    INSIDE,
    NOT_AT_ALL,
    PREFIX,
    fold,
    rank,
    starts,
    texts_of,
    words_of,
)

ANA = texts_of(
    ["Ana-María", "O’Neill Łuczak", None],
    ["Ana.Diaz@Acme.com"],
    [("(212) 555-2368", "+12125552368"), ("020 7946", "typed:US:0207946"), ("٢٢٢٣٣", None)],
)

# Few letters, so that words often meet.
texts = st.text(st.sampled_from("abAłéß1２- .@'"), max_size=9)
queries = st.text(st.sampled_from("abAłéß1２- .@'\"*"), max_size=6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Łódź", "lodz"),
        ("SØREN Straße", "soren strasse"),
        ("Алёна", "алена"),
        ("Çelik İ", "celik i"),
        ("ＡＢ２", "ab2"),
        ("٢٣", "23"),
        ("Æsir", "aesir"),
        ("e\u0301", "e"),
        ("O’Neill", "o'neill"),
        ("נָתָן", "נתן"),
    ],
)
def test_what_people_type_is_what_is_found(one, other) -> None:
    """Issue 6: case, diacritics, ł ø ß ё, widths and digits of other scripts make no difference."""
    assert fold(one) == other


def test_marks_that_make_another_letter_stay() -> None:
    """Issue 6: が is not か, and an Indic vowel sign is no ornament."""
    assert fold("が") != fold("か")
    assert fold("कि") != fold("का")


@given(st.text())
def test_folding_twice_changes_nothing(text) -> None:
    """Issue 6: what is stored and what is asked meet in one form."""
    assert fold(fold(unicodedata.normalize("NFC", text))) == fold(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\n\x00\x1f ", []),
        ("Ana  DIAZ ana", ["ana", "diaz"]),
        ("+1 (212) 555-2368", ["12125552368"]),
        ("ana 555 - 2368 diaz", ["ana", "5552368", "diaz"]),
        ("2125552368 3105550100", ["2125552368", "3105550100"]),
        ('a"b NEAR( -', ['a"b', "near(", "-"]),
        ("\ud800x", ["x"]),
    ],
)
def test_the_words_of_a_query(text, words) -> None:
    """Issue 6: a number typed in groups is one word, several words are several."""
    assert [word.text for word in words_of(text)] == words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ana-maria", EXACT),
        ("ANA.DIAZ@ACME.COM", EXACT),
        ("2125552368", EXACT),
        ("+1 212 555 2368", EXACT),
        ("ana-m", PREFIX),
        ("maria", PREFIX),
        ("m", PREFIX),
        ("neill", PREFIX),
        ("luczak", EXACT),
        ("diaz@", PREFIX),
        ("@acme", PREFIX),
        ("acme", PREFIX),
        ("2368", PREFIX),
        ("68", PREFIX),
        ("212", PREFIX),
        ("2223", PREFIX),
        ("5552", INSIDE),
        ("eil", INSIDE),
        ("e.com", INSIDE),
        ("ana-maria 2368", PREFIX),
        ("maria eil", INSIDE),
        ("8", NOT_AT_ALL),
        ("il", NOT_AT_ALL),
        ("ana bob", NOT_AT_ALL),
        ("*", NOT_AT_ALL),
    ],
)
def test_how_well_a_contact_answers(query, found) -> None:
    """Issue 6: as it is, then beginnings of words and ends of numbers, then three inside."""
    assert rank(words_of(query), ANA) == found


def plain_entry(found: search_terms.Texts) -> set[str]:
    """What `entry` gives, without its haste."""
    grams: set[str] = set()
    for text in (*found.words, *found.numbers):
        letters = "".join(
            letter if letter.isalnum() or ord(letter) > 127 else chr(0x180 + ord(letter))
            for letter in text
        )
        grams.update(letters[at : at + 3] for at in range(len(letters) - 2))
        fours = {text[at : at + 4] for at in range(len(text) - 3)}
        grams.update(four for four in fours if four.isascii() and four.isdigit())
        grams.update("\u0101" + letters[at : at + n] for at in starts(text) for n in (1, 2, 3))
        grams.add(f"\u0105{crc32(text.encode()) & 0xFFFFF:05x}")
    grams.update("\u0103" + number[-n:] for number in found.numbers for n in (2, 3))
    return grams


@given(st.lists(texts, max_size=2), st.lists(texts, max_size=2))
@example(
    ["Zoë b1984", "Evans-Ng 2000"],
    ["zo.evans5@jade-iris67.com", '"a@b"@c', "@", "x@", "a_b+c@d.e", "12345@6789.x"],
)
def test_what_a_contact_stands_under(names, addresses) -> None:
    """Issue 6: all by threes, digits by fours, beginnings of words, ends of numbers, and wholes."""
    numbers = [(text, "+495126843935;ext=1") for text in addresses]
    found = texts_of(names, addresses, numbers)
    assert set(search_terms.entry(found).split()) == plain_entry(found)


@given(st.lists(texts, max_size=2), st.lists(texts, max_size=2), st.lists(queries, max_size=3))
def test_the_grams_miss_nobody(names, addresses, asked) -> None:
    """Issue 6: whom `rank` ranks, the index names at that rank."""
    numbers = [(text, f"+{len(text)}1221112") for text in addresses]
    found = texts_of(names, addresses, numbers)
    words = words_of(" ".join(asked))
    wanted = rank(words, found) if words else NOT_AT_ALL
    if wanted == NOT_AT_ALL:
        return
    lookup = search_terms.lookup(words, wanted, {"^": 1})
    assert lookup is not None
    grams = set(search_terms.entry(found).split())
    for group in lookup.split(" AND "):
        assert {gram.strip('"') for gram in group.strip("()").split(" OR ")} & grams


def test_the_rarest_grams_are_asked_for() -> None:
    """Issue 6: a list of everybody is not read where a rare one narrows down more."""
    words = words_of("ana.diaz1984@example.com")
    everybody = {"exa": 900, "xam": 900, "amp": 900, "mpl": 900, "com": 990, "\u0101ana": 100}
    lookup = search_terms.lookup(words, PREFIX, everybody)
    assert lookup is not None
    assert lookup.count(" AND ") == 3  # four rare ones are enough
    assert not any(f'"{gram}"' in lookup for gram in everybody)


def test_every_word_of_a_query_narrows_it_down() -> None:
    """Issue 6: a rare second word is asked for before the same word a second time."""
    common = dict.fromkeys(("\u0101chl", "chl", "hlo", "loe"), 20)
    lookup = search_terms.lookup(words_of("chloé 1615"), PREFIX, common)
    assert lookup is not None
    assert "161" in lookup.split(" AND ")[1]  # beginning with it, or ending in it
    assert '"1615"' in lookup
