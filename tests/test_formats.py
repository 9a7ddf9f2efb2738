"""Issue 7: which format a file has is told by what it begins with, whatever its name."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import errors
from wixcrm_local.formats.recognition import open_records, recognised

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEMAIL:ana@example.com\r\nEND:VCARD\r\n"
TABLE = "First Name,Email\r\nAna,ana@example.com\r\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


def opened(octets: bytes, *given: Any) -> Any:
    return open_records(io.BufferedReader(io.BytesIO(octets)), *given)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_cards_and_tables_are_told_apart(encoding: str) -> None:
    """Issue 7: in every usual encoding; both come to the same person."""
    cards, table = opened(CARD.encode(encoding)), opened(TABLE.encode(encoding))
    assert (cards.format, table.format) == ("vcard", "csv")
    (card,), (row,) = cards, table
    assert card.members["emails"] == row.members["emails"] == ["ana@example.com"]


@pytest.mark.parametrize(
    ("head", "format"),
    [
        ("\r\n\r\n  " + CARD, "vcard"),
        (CARD.lower(), "vcard"),
        (CARD.replace("\r\n", "\n"), "vcard"),
        (CARD.replace("\r\n", "\r"), "vcard"),
        ("X-JUNK:1\r\n" + CARD, "vcard"),
        ("Email,Note\r\na@example.com,BEGIN:VCARD\r\n", "csv"),
        ("", "csv"),
        ("BEGIN:VCALENDAR\r\n", "csv"),
    ],
)
def test_a_beginning_of_its_own(head: str, format: str) -> None:
    """Issue 7: blank lines, other cases and line ends before and in a card; a mention is none."""
    assert recognised(head.encode()) == format


@given(st.binary(max_size=300))
def test_any_octets_are_recognised_as_something(octets: bytes) -> None:
    """Fault 75: whatever a file begins with, the format has a name, or the file is refused."""
    assert recognised(octets) in ("vcard", "csv")
    with contextlib.suppress(errors.UnreadableFile):
        assert opened(octets).format in ("vcard", "csv", "wix", "google", "outlook")


@pytest.mark.parametrize("format", ["xlsx", "", "VCARD", 5, [], {}])
def test_a_format_that_there_is_not(format: Any) -> None:
    """Issue 7: InvalidArgument with the choices."""
    with pytest.raises(errors.InvalidArgument, match="choose one of csv, wix") as caught:
        opened(TABLE.encode(), format)
    assert caught.value.details["choices"] == ["csv", "wix", "google", "outlook", "vcard"]


def test_a_format_that_is_given_counts() -> None:
    """Issue 7: a table that is said to be cards is none that can be read, and the other way."""
    with pytest.raises(errors.UnreadableFile):
        list(opened(CARD.encode(), "csv"))
    with pytest.raises(errors.UnreadableFile):
        list(opened(TABLE.encode(), "vcard"))
