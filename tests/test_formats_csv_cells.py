"""One cell of a table: addresses, numbers, labels, names, and what guards formulas."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local.formats import csv_cells
from wixcrm_local.formats.csv_cells import (
    emails_of,
    google_labels,
    guarded,
    joined_labels,
    name_parts,
    phones_of,
    split_labels,
    subscription_of,
    unguarded,
)


@given(cell=st.text(st.sampled_from("'=+-@\t\ra ") | st.characters()))
def test_a_guard_goes_on_and_off(cell: str) -> None:
    """Fault 75: what is guarded calls nothing, and comes back as it was."""
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["'tis", "''", "O'Neill", "'", "a=b"])
def test_a_quote_that_guards_nothing_stays(cell: str) -> None:
    """Fault 75: only what a spreadsheet would run is guarded, or freed of its guard."""
    assert guarded(cell) == unguarded(cell) == cell


@pytest.mark.parametrize(
    ("cell", "emails"),
    [
        ("ana@x.example", ["ana@x.example"]),
        ("a@x.example ::: b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example; b@x.example,c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ("a@x.example\nb@x.example;", ["a@x.example", "b@x.example"]),
        ("Ana Silva <ana@x.example>", ["ana@x.example"]),
        ("Silva, Ana <ana@x.example>, <b@x.example>", ["ana@x.example", "b@x.example"]),
        ('"Silva; Ana" <ana@x.example>', ["ana@x.example"]),
        ("mailto:ana@x.example?subject=Hi", ["ana@x.example"]),
        ("a@x.example; bob", ["a@x.example", "bob"]),
        ("bob; a@x.example", ["bob", "a@x.example"]),
        ("none, at all", ["none", "at all"]),
        ("ana silva@x.example", ["ana silva@x.example"]),
    ],
)
def test_addresses_of_a_cell(cell: str, emails: list[str]) -> None:
    """Reading: several addresses, with names and in links; what is none stays, to be refused."""
    assert emails_of(cell) == emails


@pytest.mark.parametrize(
    ("cell", "phones"),
    [
        ("+44 20 7946 0958", ["+44 20 7946 0958"]),
        ("+44 20 7946 0958 ::: 020 7946 0959", ["+44 20 7946 0958", "020 7946 0959"]),
        ("+44 20 7946 0958; 020 7946 0959;", ["+44 20 7946 0958", "020 7946 0959"]),
        ("020 7946 0958, 020 7946 0959", ["020 7946 0958", "020 7946 0959"]),
        ("020 7946 0958\n020 7946 0959", ["020 7946 0958", "020 7946 0959"]),
        ("020 7946 0958 / 020 7946 0959", ["020 7946 0958", "020 7946 0959"]),
        ("+1 650 253 0000;ext=1234567", ["+1 650 253 0000;ext=1234567"]),
        ("+1 650 253 0000;1234", ["+1 650 253 0000;1234"]),
        ("+1 650 253 0000,,1234567", ["+1 650 253 0000,,1234567"]),
        ("030/123456", ["030/123456"]),
        ("0049 2331/1234567", ["0049 2331/1234567"]),
        ("Tel.: 020 7946 0958", ["Tel.: 020 7946 0958"]),
    ],
)
def test_numbers_of_a_cell(cell: str, phones: list[str]) -> None:
    """Reading: a cell is split only where each part is a number of its own."""
    assert phones_of(cell) == phones


@given(cell=st.text(st.sampled_from("0123456789+;,/: \nx=")).map(str.strip))
def test_no_digit_is_lost_or_moved(cell: str) -> None:
    """Reading: however a cell is split, its digits stay together in their order."""
    digits = "".join(filter(str.isdigit, cell))
    assert "".join(filter(str.isdigit, "".join(phones_of(cell)))) == digits


def test_labels_of_google() -> None:
    """Reading: names between ` ::: `; Google's own groups lose their mark, or are no group."""
    cell = "* myContacts ::: * starred ::: * friends ::: A, B; C"
    assert google_labels(cell) == ("friends", "A, B; C")


@given(
    names=st.lists(
        st.text(st.sampled_from("a;,\"' ") | st.characters()).map(str.strip).filter(bool),
        unique=True,
    )
)
def test_labels_are_joined_and_split(names: list[str]) -> None:
    """Writing: `split_labels` takes apart what `joined_labels` put into one cell."""
    assert split_labels(joined_labels(names)) == names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("A; B,C", ["A", "B", "C"]),
        ('"A;B";C', ["A;B", "C"]),
        ('5" pipes; "unclosed; A', ['5" pipes', '"unclosed', "A"]),
        (" ; ,A,,A", ["A"]),
        ("", []),
    ],
)
def test_labels_of_a_cell(cell: str, names: list[str]) -> None:
    """Reading: parted by ; and , where no quotes hold them together; each once, none blank."""
    assert split_labels(cell) == names


@pytest.mark.parametrize("split", [emails_of, phones_of, split_labels, google_labels, name_parts])
@pytest.mark.parametrize(
    "piece", ['"', '"a;', '"";', ' "', ";", ",a", "<a@", "@>", " ::: ", "1/", "; "]
)
def test_hostile_cells_take_no_time(split: Callable[[str], object], piece: str) -> None:
    """Fault 77: a cell of the greatest length is taken apart in a moment, whatever is in it."""
    before = perf_counter()
    split(piece * (131_072 // len(piece)))
    assert perf_counter() - before < 1


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ana Silva", ("Ana", "Silva")),
        ("Ana Maria Silva", ("Ana Maria", "Silva")),
        ("Silva, Ana Maria", ("Ana Maria", "Silva")),
        ("Ana", ("Ana", "")),
        ("Silva, Ana, Dr.", ("Silva, Ana,", "Dr.")),
        ("", ("", "")),
    ],
)
def test_parts_of_a_full_name(name: str, parts: tuple[str, str]) -> None:
    """Reading: the last word is the last name, or what stands before the one comma."""
    assert name_parts(name) == parts


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("Subscribed", "subscribed"),
        ("UNSUBSCRIBED", "unsubscribed"),
        ("Pending", "pending"),
        ("Never subscribed", "not_set"),
        ("Not set", "not_set"),
        ("Not subscribed", "not_set"),
        ("", None),
        ("perhaps", None),
    ],
)
def test_answers_to_mails(cell: str, word: str | None) -> None:
    """Reading: Wix's words; one that is not known says nothing."""
    assert subscription_of(cell) == word


def test_the_module_says_what_several_values_stand_between() -> None:
    """Reading and writing go by the same separator of Google's."""
    assert google_labels(csv_cells.SEVERAL.join(["a", "b"])) == ("a", "b")
