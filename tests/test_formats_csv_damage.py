"""What spreadsheets spoil: seen where it is certain, and told with the remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.formats.csv_damage import (
    SPREADSHEET_DAMAGE,
    damage,
    error_value,
    looks_like_serial,
    looks_stripped,
    spoilt_number,
)


@pytest.mark.parametrize("cell", ["#NAME?", "#VALUE!", "#REF!", "#N/A", "#BEZUG!", "###", "#####"])
def test_error_values_are_seen(cell: str) -> None:
    """Damage: what a formula left, and what was too wide to be shown."""
    assert cell[:5] in str(error_value(cell))


@pytest.mark.parametrize("cell", ["#", "#1", "##", "#vip", "#ref", "#a#"])
def test_other_texts_with_a_number_sign_are_none(cell: str) -> None:
    """Damage: a label or a remark may begin with #."""
    assert error_value(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        *("4.47911E+11", "4,47911E+11", "4E+11", "447911123456.0", "447911123456,0"),
        *("12/03/2024", "31.12.1999", "2024-01-31", "1-2-2024", "2024-01-31 00:00:00"),
    ],
)
def test_numbers_that_were_turned_are_seen(cell: str) -> None:
    """Damage: a telephone number that became a decimal number or a date."""
    assert cell in str(spoilt_number(cell))


@pytest.mark.parametrize(
    "cell",
    [
        *("447911123456", "+44 7911 123456", "01.02.03.04.05", "030/123456", "2024-13-31"),
        *("555-0100.0x2", "31.12.2150", "12/03-2024", "1-800-FLOWERS", "40-50-60"),
    ],
)
def test_numbers_as_people_write_them_are_none(cell: str) -> None:
    """Damage: doubt is none."""
    assert spoilt_number(cell) is None


def test_the_refusal_names_column_and_remedy() -> None:
    """Damage: the sentence says what is where, and how to mend it."""
    refusal = damage("Phone 1", "4.4E+11, …")
    assert refusal.code == SPREADSHEET_DAMAGE
    assert refusal.sentence == (
        "a spreadsheet has spoilt column 'Phone 1': it holds 4.4E+11, …; "
        "format that column as text, fill it again and save the file anew"
    )


@pytest.mark.parametrize(
    ("number", "region", "whole"),
    [
        ("447911123456", "US", "'+447911123456'"),
        ("447911123456", None, "'+447911123456'"),
        ("393123456789", "US", "'+393123456789'"),
        ("612345678", "IT", "'0612345678'"),
    ],
)
def test_a_lost_beginning_is_told(number: str, region: str | None, whole: str) -> None:
    """Damage: digits that are no number where they stand, and one with their + or 0."""
    assert f"{whole} would be a telephone number" in str(looks_stripped(number, region))


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("7911123456", "GB"),  # as good as with its 0
        ("14155550132", "US"),
        ("4155550132", "US"),
        ("4520123456", None),  # with + it would be a Danish one, and ten digits are usual
        ("5550100", "US"),
        ("+447911123456", "US"),
        ("0612345678", "IT"),
        ("44 7911 123456", "US"),
        ("", "US"),
        ("１２３４５６７８９０１", "US"),
    ],
)
def test_what_may_be_whole_is_not_doubted(number: str, region: str | None) -> None:
    """Damage: a valid number is whole, and so is what no beginning makes one."""
    assert looks_stripped(number, region) is None


@given(number=st.from_regex(r"[0-9]{1,16}", fullmatch=True))
def test_nothing_is_both_valid_and_stripped(number: str) -> None:
    """Damage: the doubt is about digits alone, and any of them get an answer."""
    assert looks_stripped(f"+{number}", "GB") is None
    told = looks_stripped(number, "GB")
    assert told is None or repr(f"+{number}") in told or repr(f"0{number}") in told


def test_an_unknown_region_is_refused() -> None:
    """P1: as wherever a region is given."""
    with pytest.raises(InvalidArgument, match="is no region"):
        looks_stripped("447911123456", "XX")


@pytest.mark.parametrize(
    ("given_text", "is_serial"),
    [
        *(("44927", True), (" 44927 ", True), ("44927.5", True), ("10000", True), ("73049", True)),
        *(("73050", False), ("01234", False), ("4492", False), ("449270", False)),
        *(("2026-01-31", False), ("", False), ("４４９２７", False)),
    ],
)
def test_days_as_spreadsheets_count_them(given_text: str, is_serial: bool) -> None:
    """Damage: five digits of a day between 1927 and 2099."""
    assert looks_like_serial(given_text) == is_serial
