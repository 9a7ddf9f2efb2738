"""Writing tables: what comes out is read back as it was, and calls nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import text
from wixcrm_local.errors import InvalidArgument, InvalidPhone
from wixcrm_local.formats.csv_cells import split_labels
from wixcrm_local.formats.csv_layouts import FORMATS, layout
from wixcrm_local.formats.csv_losses import not_held
from wixcrm_local.formats.csv_reading import read_csv
from wixcrm_local.formats.csv_writing import CsvWriter, value_text
from wixcrm_local.formats.records import Record
from wixcrm_local.model import Contact
from wixcrm_local.phone_number import key_of_phone

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def contact(**members: Any) -> Contact:
    """A contact as a store holds it."""
    required = {
        "id": "018f",
        "created_at": NOON,
        "updated_at": NOON,
        "revision": 1,
        "is_member": False,
        "subscription": "not_set",
    }
    return Contact(**{**required, **members})


def written(contacts: list[Contact], format: str) -> bytes:
    """The octets of a table of these contacts, with columns for all that they have."""
    columns = layout(
        format,
        emails=max((len(each.emails) for each in contacts), default=0),
        phones=max((len(each.phones) for each in contacts), default=0),
        fields=fields_of(contacts),
        pictures=any(each.picture for each in contacts),
    )
    stream = io.BytesIO()
    writer = CsvWriter(stream, columns)
    for each in contacts:
        writer.write(each)
    return stream.getvalue()


def fields_of(contacts: list[Contact]) -> list[str]:
    return sorted({name for each in contacts for name in each.custom_fields})


def cells_of(octets: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline="")))


def read(octets: bytes, known_fields: list[str] | None = None) -> list[Record]:
    return list(read_csv(io.BytesIO(octets), known_fields=known_fields or []))


def as_read(record: Record) -> dict[str, Any]:
    """A record under the names of a contact's members."""
    cells = [name for cell in record.label_cells for name in split_labels(cell)]
    return {
        "first_name": record.members.get("firstName"),
        "last_name": record.members.get("lastName"),
        "picture": record.members.get("picture"),
        "emails": tuple(record.members.get("emails", ())),
        "phones": tuple(record.members.get("phones", ())),
        "labels": (*record.labels, *cells),
        "language": record.members.get("language"),
        "custom_fields": dict(record.others),
        "subscription": record.subscription or "not_set",
    }


def as_expected(each: Contact) -> dict[str, Any]:
    fields = {name: value_text(value) for name, value in each.custom_fields.items()}
    return attrs.asdict(
        attrs.evolve(each, custom_fields=fields), filter=lambda member, _: member.name in MEMBERS
    )


MEMBERS = set(as_read(Record(1, {})))

# What commas, formulas, quotes, several values and spreadsheets' damage are made of.
HOSTILE = ["=", "+", "-", "@", "'", "''", '"', ";", ",", " ::: ", ":::", "* ", "#", "#REF!", "####"]
pieces = st.sampled_from([*HOSTILE, "ana", "Zoë", "Ωμέγα", "علي", "李", "👩‍💻", "\u2028", "1", " "])
loose = st.lists(pieces | st.text(max_size=3), min_size=1, max_size=6).map("".join)


def accepted(cleaner: Any, strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts as a store keeps them: cleaned, and not blank."""

    def cleaned(given_text: str) -> str:
        try:
            return cleaner(given_text)
        except ValueError:
            return ""

    return strategy.map(cleaned).filter(bool)


def is_number(phone: str) -> bool:
    try:
        return key_of_phone(phone, "GB") is not None
    except InvalidPhone:
        return False


names = accepted(text.clean_name, loose)
lines = accepted(
    text.clean_lines,
    st.lists(pieces | st.sampled_from(["\n", "\t", "\r\n"]), max_size=8).map("".join),
)
emails = st.from_regex(r"[A-Za-z0-9'=+#-]{1,5}@[a-z]{1,3}\.example", fullmatch=True)
phones = st.one_of(
    st.from_regex(r"\+44 ?20[0-9 ./-]{7,12}(x[0-9]{2}|;ext=[0-9]{2}|,,[0-9]{2})?", fullmatch=True),
    st.from_regex(r"[0-9+'(),;/:. -]{5,20}", fullmatch=True),
    st.sampled_from(["12-11-2024", "2024-01-31", "030/1234567", "Tel.: 020 7946 0958", "1-800-F"]),
).map(str.strip)
values = st.one_of(
    lines,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
)
fields = names | st.sampled_from(["Email 2", "Shoe size", "Created At (UTC+0)", "Member ID", "id"])
contacts = st.builds(
    contact,
    first_name=st.none() | names,
    last_name=st.none() | names,
    picture=st.none() | accepted(text.clean, loose),
    emails=st.lists(emails, min_size=1, max_size=5, unique=True).map(tuple),
    login_email=st.none() | emails,
    phones=st.lists(phones.filter(is_number), max_size=9, unique=True).map(tuple),
    labels=st.lists(names, max_size=4, unique=True).map(tuple),
    language=st.none() | accepted(text.clean, loose),
    custom_fields=st.dictionaries(fields, values, max_size=3),
    subscription=st.sampled_from(["not_set", "pending", "subscribed", "unsubscribed"]),
)


@pytest.mark.parametrize("format", FORMATS)
@given(given_contacts=st.lists(contacts, max_size=3))
def test_what_is_written_is_read_back(format: str, given_contacts: list[Contact]) -> None:
    """Fault 75: whatever a store may hold comes back as it was, but for what `not_held` names."""
    records = read(written(given_contacts, format), fields_of(given_contacts))
    assert [record.row for record in records] == list(range(2, len(given_contacts) + 2))
    for each, record in zip(given_contacts, records, strict=True):
        lost = set(not_held(each, format))
        is_damaged = record.refusal is not None
        assert not is_damaged or lost
        expected, found = as_expected(each), as_read(record)
        assert {name: found[name] for name in MEMBERS - lost} == {
            name: expected[name] for name in MEMBERS - lost
        }


@pytest.mark.parametrize("format", FORMATS)
@given(given_contacts=st.lists(contacts, min_size=1, max_size=2))
def test_no_cell_is_a_formula(format: str, given_contacts: list[Contact]) -> None:
    """Fault 75: no text begins as a formula does; numbers and telephones call nothing."""
    for row in cells_of(written(given_contacts, format)):
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r"))
            assert re.fullmatch(r"[^+-].*|[0-9+()./e \xa0-]*", cell, re.DOTALL)


@pytest.mark.parametrize(
    ("format", "cell"),
    [("csv", "'+44 20 7946 0958"), ("google", "+44 20 7946 0958"), ("outlook", "+44 20 7946 0958")],
)
def test_telephones_are_guarded_where_the_program_takes_the_guard_off(
    format: str, cell: str
) -> None:
    """Fault 75: Wix guards `+44 …` itself; Google and Outlook would keep the guard."""
    octets = written([contact(phones=("+44 20 7946 0958",))], format)
    assert cell in cells_of(octets)[1]


@pytest.mark.parametrize("format", FORMATS)
def test_a_telephone_that_could_call_is_guarded_everywhere(format: str) -> None:
    """Fault 75: only signs that dial are left alone."""
    octets = written([contact(phones=("+1-800-FLOWERS",))], format)
    assert "'+1-800-FLOWERS" in cells_of(octets)[1]


def test_negative_numbers_are_no_formulas() -> None:
    """Fault 75: the value of a number field is written plainly, the same text is guarded."""
    octets = written([contact(emails=("a@x.example",), custom_fields={"n": -5, "t": "-5"})], "csv")
    assert cells_of(octets)[1][-2:] == ["-5", "'-5"]


@pytest.mark.parametrize(
    ("format", "headers"),
    [
        (
            "csv",
            "First Name,Last Name,Email 1,Email 2,Phone 1,Labels,"
            "Email subscriber status,Language,Created At (UTC+0),Picture,Shoe size",
        ),
        (
            "google",
            "First Name,Last Name,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,"
            "E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Custom Field 1 - Label,"
            "Custom Field 1 - Value",
        ),
        (
            "outlook",
            "First Name,Last Name,E-mail Address,E-mail 2 Address,E-mail 3 Address,Primary Phone,"
            "Mobile Phone,Home Phone,Business Phone,Home Phone 2,Business Phone 2,Other Phone,"
            "Categories,Language",
        ),
    ],
)
def test_each_program_finds_its_own_headers(format: str, headers: str) -> None:
    """Layouts: the columns are named as the program names them in its own exports."""
    columns = layout(format, emails=2, phones=1, fields=["Shoe size"], pictures=True)
    assert ",".join(columns.headers) == headers


def test_octets_are_what_spreadsheets_expect() -> None:
    """Layouts: UTF-8 with a byte order mark, CRLF, and quotes only where a row needs them."""
    octets = written([contact(first_name="Zoë", last_name="a,b", emails=("z@x.example",))], "csv")
    assert octets.startswith(b"\xef\xbb\xbf")
    row = octets.decode("utf-8-sig").split("\r\n")[1]
    assert row == 'Zoë,"a,b",z@x.example,,,Not set,,2026-01-31 12:00:00'


def test_a_field_called_with_semicolons_deceives_no_reader() -> None:
    """Layouts: headers stand in quotes, so that the delimiter is not looked for in a name."""
    each = contact(emails=("a@x.example",), custom_fields={"a;b;c;d;e;f;g;h;i;j": "1"})
    assert read(written([each], "csv"))[0].others == each.custom_fields


def test_a_field_called_like_a_member_makes_no_column() -> None:
    """Layouts: the values of a custom field "Email 2" must not be read as addresses."""
    each = contact(emails=("a@x.example",), custom_fields={"Email 2": "b@x.example"})
    octets = written([each], "csv")
    assert "Email 2" not in cells_of(octets)[0]
    assert not_held(each, "csv") == ("custom_fields",)


@pytest.mark.parametrize("format", ["csv", "google"])
@pytest.mark.parametrize("member", ["emails", "phones"])
def test_more_than_the_layout_has_columns_for_is_refused(format: str, member: str) -> None:
    """Layouts: a value is never left out in silence; the error names what to ask for."""
    writer = CsvWriter(io.BytesIO(), layout(format))
    with pytest.raises(InvalidArgument, match=f"make the layout with {member}=2"):
        writer.write(contact(**{member: ("+44 20 7946 0958", "+44 20 7946 0959")}))


def test_a_format_that_there_is_not_is_refused() -> None:
    """Layouts: the error names the nearest."""
    with pytest.raises(InvalidArgument, match=r"did you mean 'outlook'\? give one of csv"):
        layout("outlok")


@pytest.mark.parametrize(
    ("format", "members", "lost"),
    [
        ("csv", {"login_email": "a@x.example"}, ("login_email",)),
        ("csv", {"labels": ("a;b", 'c"', "d,e"), "picture": "https://x.example/"}, ()),
        ("csv", {"first_name": "#REF!"}, ("first_name",)),
        ("csv", {"phones": ("12-11-2024",)}, ("phones",)),
        ("csv", {"labels": tuple(f"{n:0180}" for n in range(1000))}, ("labels",)),
        ("google", {"labels": ("a ::: b",)}, ("labels",)),
        ("google", {"labels": ("* a",)}, ("labels",)),
        ("google", {"language": "en", "subscription": "subscribed"}, ("language", "subscription")),
        ("outlook", {"emails": tuple("abcd")}, ("emails",)),
        ("outlook", {"custom_fields": {"n": 1}, "picture": "p"}, ("picture", "custom_fields")),
    ],
)
def test_what_a_format_can_not_hold_is_named(
    format: str, members: dict[str, Any], lost: tuple[str, ...]
) -> None:
    """Losses: the members that would not come back, in the order of the documentation."""
    assert not_held(contact(**members), format) == lost


def test_labels_too_long_for_a_cell_are_left_out_and_the_row_is_kept() -> None:
    """Losses: a cell that no reader takes would cost the whole row."""
    octets = written([contact(emails=("a@x.example",), labels=("x" * 180,) * 1000)], "csv")
    assert read(octets)[0].members == {"emails": ["a@x.example"]}
