"""Reading tables: what each row of a file says of one person, or why it can't be taken."""

from __future__ import annotations

import io
import tracemalloc
from typing import Any

import pytest

from wixcrm_local.errors import UnreadableFile
from wixcrm_local.formats.csv_damage import SPREADSHEET_DAMAGE
from wixcrm_local.formats.csv_reading import CsvReader, read_csv
from wixcrm_local.formats.csv_rows import UNREADABLE_ROW
from wixcrm_local.formats.records import Record, RecordReader

WIX = """\
First Name,Last Name,Email 1,Email 2,Phone 1,Labels,Created At (UTC+0),Email subscriber status,\
SMS subscriber status,Language,Last Activity,Source,Address 1 - City,Shoe size
Ana,Silva,ana@x.example,silva@x.example,'+351 210 000 000,Customers;"A;B",2026-01-31 12:00,\
Subscribed,Never subscribed,pt,Form,Site,Lisboa,38
"""

GOOGLE_OF_OLD = """\
Name,Given Name,Additional Name,Family Name,Notes,Language,Photo,Group Membership,\
E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,\
Custom Field 1 - Type,Custom Field 1 - Value
Ana Maria Silva,Ana,Maria,Silva,Hi,pt,https://x.example/p,Team ::: * friends ::: * myContacts,\
* Home,ana@x.example ::: silva@x.example,Mobile,+351 210 000 000,Home Fax,+351 210 000 009,\
Shoe size,38
"""

GOOGLE = """\
First Name,Middle Name,Last Name,Phonetic First Name,Labels,E-mail 1 - Label,E-mail 1 - Value,\
Phone 1 - Label,Phone 1 - Value,Organization Name,Custom Field 1 - Label,Custom Field 1 - Value
Ana,Maria,Silva,ana,Team ::: * myContacts,Work,ana@x.example,Mobile,+351 210 000 000,Acme,\
Shoe size,38
"""

OUTLOOK = """\
First Name,Middle Name,Last Name,Company,E-mail Address,E-mail 2 Address,Business Phone,\
Business Fax,Mobile Phone,Categories,Birthday,Notes,Language,Sensitivity
Ana,Maria,Silva,Acme,ana@x.example,silva@x.example,+351 210 000 000,+351 210 000 009,\
+351 910 000 000,Team;Friends,1/31/1990,"Hi
there",pt,Normal
"""


def reader(text: str, **given_arguments: Any) -> CsvReader:
    return read_csv(io.BytesIO(text.encode()), **given_arguments)


def records(text: str, **given_arguments: Any) -> list[Record]:
    return list(reader(text, **given_arguments))


def members(headers: str, row: str) -> dict[str, Any]:
    """What one row says of the members."""
    [record] = records(f"{headers}\n{row}\n")
    assert record.refusal is None
    return record.members


def refusals(text: str) -> list[tuple[int, str, str]]:
    return [
        (each.row, each.refusal.code, each.refusal.sentence)
        for each in records(text)
        if each.refusal
    ]


def test_what_wix_exports() -> None:
    """Reading: members, labels as a cell, the answer to mails, and all else by its name."""
    assert reader(WIX).format == "wix"
    assert records(WIX) == [
        Record(
            row=2,
            members={
                "firstName": "Ana",
                "lastName": "Silva",
                "emails": ["ana@x.example", "silva@x.example"],
                "phones": ["+351 210 000 000"],
                "language": "pt",
            },
            label_cells=('Customers;"A;B"',),
            others={"Source": "Site", "Address 1 - City": "Lisboa", "Shoe size": "38"},
            subscription="subscribed",
        )
    ]


def test_what_google_exported_of_old() -> None:
    """Reading: several values in a cell, groups as labels, named fields, a fax as no telephone."""
    assert reader(GOOGLE_OF_OLD).format == "google"
    assert records(GOOGLE_OF_OLD) == [
        Record(
            row=2,
            members={
                "firstName": "Ana Maria",
                "lastName": "Silva",
                "emails": ["ana@x.example", "silva@x.example"],
                "phones": ["+351 210 000 000"],
                "language": "pt",
                "picture": "https://x.example/p",
            },
            labels=("Team", "friends"),
            others={"Notes": "Hi", "Shoe size": "38", "Home Fax": "+351 210 000 009"},
        )
    ]


def test_what_google_exports() -> None:
    """Reading: the newer layout, with labels in place of types."""
    assert reader(GOOGLE).format == "google"
    assert records(GOOGLE) == [
        Record(
            row=2,
            members={
                "firstName": "Ana Maria",
                "lastName": "Silva",
                "emails": ["ana@x.example"],
                "phones": ["+351 210 000 000"],
            },
            labels=("Team",),
            others={"Organization Name": "Acme", "Shoe size": "38"},
        )
    ]


def test_what_outlook_exports() -> None:
    """Reading: addresses and numbers in the order of their columns, categories as a cell."""
    assert reader(OUTLOOK).format == "outlook"
    assert records(OUTLOOK) == [
        Record(
            row=2,
            members={
                "firstName": "Ana Maria",
                "lastName": "Silva",
                "emails": ["ana@x.example", "silva@x.example"],
                "phones": ["+351 210 000 000", "+351 910 000 000"],
                "language": "pt",
            },
            label_cells=("Team;Friends",),
            others={
                "Company": "Acme",
                "Business Fax": "+351 210 000 009",
                "Birthday": "1/31/1990",
                "Notes": "Hi\nthere",
            },
        )
    ]


def test_any_other_table() -> None:
    """Reading: a table in another language, of Windows, with semicolons."""
    octets = "Vorname;Nachname;E-Mail;Schlagwörter\r\nJürgen;Groß;j@x.example;a, b\r\n"
    [record] = read_csv(io.BytesIO(octets.encode("cp1252")))
    assert record.members == {
        "firstName": "Jürgen",
        "lastName": "Groß",
        "emails": ["j@x.example"],
    }
    assert record.label_cells == ("a, b",)


def test_a_reader_is_a_record_reader() -> None:
    """Reading: `columns` has each column and where it goes, named fields as 'other'."""
    given_reader: RecordReader = reader(GOOGLE)
    assert given_reader.columns["Middle Name"] == "firstName"
    assert given_reader.columns["E-mail 1 - Label"] == ""
    assert given_reader.columns["Custom Field 1 - Value"] == "other"


def test_the_mapping_is_heard() -> None:
    """Reading: columns go where the caller sends them, under the name that the caller gives."""
    [record] = records("who,where,x\nAna Silva,a@x.example,1\n", mapping={
        "who": "name", "where": "emails", "x": "other:Shoe size",
    })  # fmt: skip
    assert record.members == {
        "firstName": "Ana",
        "lastName": "Silva",
        "emails": ["a@x.example"],
    }
    assert record.others == {"Shoe size": "1"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ana Silva,,,a@x.example", {"firstName": "Ana", "lastName": "Silva"}),
        ('"Silva, Ana",,,a@x.example', {"firstName": "Ana", "lastName": "Silva"}),
        ("Other One,Ana,,a@x.example", {"firstName": "Ana"}),
        (",Ana,Silva,a@x.example", {"firstName": "Ana", "lastName": "Silva"}),
    ],
)
def test_a_full_name_is_used_where_its_parts_are_blank(row: str, expected: dict[str, str]) -> None:
    """Reading: `Name` says nothing in a row that has a first or a last name."""
    found = members("Name,First Name,Last Name,Email", row)
    assert found == {**expected, "emails": ["a@x.example"]}


def test_blank_rows_count_and_give_nothing() -> None:
    """Reading: numbers are those that a spreadsheet shows beside the row."""
    text = 'Email,Notes\n\n,\n  ,"a\nb"\n\nana@x.example,\n'
    assert [record.row for record in records(text)] == [4, 6]


def test_short_rows_are_filled_and_blank_cells_beyond_the_headers_dropped() -> None:
    """Reading: what programs leave out at the end of a row, or add to it."""
    assert members("Email,Phone,Notes", "a@x.example") == {"emails": ["a@x.example"]}
    assert members("Email,Phone", "a@x.example,, ,") == {"emails": ["a@x.example"]}


def test_a_row_that_is_wider_than_the_headers_is_refused() -> None:
    """Reading: a name with a comma that nobody quoted must not move the address to the number."""
    [(row, code, sentence)] = refusals("Name,Phone,Email\nSilva, Ana,123456,a@x.example\n")
    assert (row, code) == (2, UNREADABLE_ROW)
    assert "beyond the 3 columns that have headers; put values" in sentence


def test_rows_that_can_not_be_read_are_given_as_refused() -> None:
    """Fault 75: a reason in place of the row, and the rows behind it as they are."""
    found = records('Email\na@x.example\n"b@x.example\nc@x.example\n')
    assert [(each.row, each.refusal is None) for each in found] == [
        (2, True),
        (3, False),
        (4, True),
    ]


@pytest.mark.parametrize(
    ("headers", "row", "column", "left"),
    [
        ("Email,Phone", "a@x.example,4.47911E+11", "Phone", {"emails": ["a@x.example"]}),
        ("Email,Phone", "a@x.example,447911123456.0", "Phone", {"emails": ["a@x.example"]}),
        ("Email,Phone", "a@x.example,2024-01-31", "Phone", {"emails": ["a@x.example"]}),
        ("Email,Notes", "a@x.example,#NAME?", "Notes", {"emails": ["a@x.example"]}),
        ("Email,Phone", "#REF!,020 7946 0958", "Email", {"phones": ["020 7946 0958"]}),
        ("Email,Phone", "a@x.example,#####", "Phone", {"emails": ["a@x.example"]}),
    ],
)
def test_rows_that_a_spreadsheet_spoilt_are_refused(
    headers: str, row: str, column: str, left: dict[str, Any]
) -> None:
    """Damage: the refusal names the column; the record has the members that can be read."""
    [record] = records(f"{headers}\n{row}\n")
    assert record.refusal is not None
    assert record.refusal.code == SPREADSHEET_DAMAGE
    assert f"column {column!r}" in record.refusal.sentence
    assert record.members == left


def test_damage_in_a_column_that_is_not_taken_does_not_matter() -> None:
    """Damage: what nobody reads can't be wrong."""
    assert refusals("Email,Created at\na@x.example,#####\n") == []


def test_guards_of_formulas_are_taken_off() -> None:
    """Fault 75: what was guarded for a spreadsheet is read as it was meant."""
    found = members("First name,Last name,Phone", "'=Ana,'tis,'+44 20 7946 0958")
    assert found == {"firstName": "=Ana", "lastName": "'tis", "phones": ["+44 20 7946 0958"]}


@pytest.mark.parametrize("octets", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(octets: bytes) -> None:
    """Reading: there is nothing to read, and the error says what would be."""
    with pytest.raises(UnreadableFile, match="the file is empty; give one with a row of headers"):
        read_csv(io.BytesIO(octets))


def test_headers_that_can_not_be_read_are_refused() -> None:
    """Reading: a file that is all one open quote has no headers."""
    with pytest.raises(UnreadableFile, match="a quote begins in row 1"):
        read_csv(io.BytesIO(b'"Email\na@x.example\n'))


def test_memory_is_flat_whatever_the_length() -> None:
    """Reading: a record at a time, with nothing of those before."""
    text = WIX + (WIX.split("\n")[1] + "\n") * 30_000
    stream = io.BytesIO(text.encode())
    del text
    tracemalloc.start()
    count = sum(1 for _ in read_csv(stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_001
    assert peak < 2 * 2**20
