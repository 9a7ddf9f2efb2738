"""Custom fields and their values: G5 and G6, with field_values.py."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    CustomField,
    CustomFieldExists,
    CustomFieldNotFound,
    InvalidArgument,
    InvalidContactInfo,
    InvalidCustomFieldValue,
    Policy,
    UnknownMember,
    ValueTooLong,
    WixCRMWarning,
)
from wixcrm_local.field_values import TYPES, from_stored, to_stored

ANA = "ana@example.com"


def stored_value(crm: CRM, name: str, value: object) -> object:
    """What a field gives back of a value."""
    id = crm.create_contact({"emails": [ANA], "customFields": {name: value}})
    return crm.get_contact(id).custom_fields[name]


@pytest.fixture
def fields(any_crm: CRM) -> CRM:
    """A store with one field of each type."""
    for name, kind in [
        ("Note", "text"),
        ("Lead score", "number"),
        ("Birthday", "date"),
        ("Site", "url"),
    ]:
        any_crm.custom_fields.create(name, kind)
    return any_crm


# The register.


def test_a_field_must_exist(crm: CRM) -> None:
    """G5: CustomFieldNotFound names it, its path, the nearest and the mend, type and all."""
    crm.custom_fields.create("Lead score", "number")
    with pytest.raises(CustomFieldNotFound) as caught:
        crm.create_contact({"emails": [ANA], "customFields": {"leadScore": 85}})
    assert caught.value.message == (
        "customFields['leadScore']: there is no custom field 'leadScore'; "
        "did you mean 'Lead score'? make it with crm.custom_fields.create('leadScore', 'number'), "
        "once"
    )
    assert caught.value.details["nearest"] == ["Lead score"]
    assert crm.count_contacts() == 0


@pytest.mark.parametrize("name", ["Lead score", "LEAD SCORE", " Lead score ", "custom.lead-score"])
@pytest.mark.parametrize("is_flat", [False, True])
def test_a_field_is_given_by_name_or_key(fields: CRM, name: str, is_flat: bool) -> None:
    """G5: under customFields, or as a flat member beside firstName."""
    given_fields = {name: 85} if is_flat else {"customFields": {name: 85}}
    id = fields.create_contact({"emails": [ANA], **given_fields})
    assert fields.get_contact(id).custom_fields == {"Lead score": 85}


def test_a_documented_member_wins_over_a_field_of_its_name(crm: CRM) -> None:
    """G5: the field is reached under customFields."""
    crm.custom_fields.create("language")
    id = crm.create_contact(
        {"emails": [ANA], "language": "es", "customFields": {"language": "Latin"}}
    )
    contact = crm.get_contact(id)
    assert (contact.language, contact.custom_fields) == ("es", {"language": "Latin"})


def test_an_unknown_flat_member_is_never_created(crm: CRM) -> None:
    """G5: it is UnknownMember with the nearest names, also where unknown names are created."""
    for unknown_names in ("error", "create"):
        with pytest.raises(UnknownMember, match="did you mean 'lastName'"):
            crm.create_contact(
                {"emails": [ANA], "lastname": "Diaz"}, policy=Policy(unknown_names=unknown_names)
            )
    assert crm.custom_fields.list() == ()


@pytest.mark.parametrize(
    "info",
    [
        {"customFields": {"Note": "a", "note": "b"}},
        {"customFields": {"Note": "a"}, "note": "b"},
        {"Note": "a", "custom.note": "b"},
    ],
)
def test_a_field_given_twice_is_refused(fields: CRM, info: dict) -> None:
    """G5: two names of one field would have to fight for it."""
    with pytest.raises(InvalidContactInfo, match="'Note' a second time"):
        fields.create_contact({"emails": [ANA], **info})


@pytest.mark.parametrize("blank", [None, "", " ", [], [""], {}])
def test_a_blank_value_is_not_given(fields: CRM, blank: object) -> None:
    """C2: a blank never erases a field."""
    id = fields.create_contact({"emails": [ANA], "Note": "red"})
    assert fields.upsert_contact({"emails": [ANA], "Note": blank}).action == "unchanged"
    fields.create_contact({"emails": [ANA], "customFields": {"Note": blank, "unknown": blank}})
    assert fields.get_contact(id).custom_fields == {"Note": "red"}


@pytest.mark.parametrize("value", [5, "x", ["a"], True])
def test_custom_fields_are_a_mapping(fields: CRM, value: object) -> None:
    """C5: the message shows what customFields looks like."""
    with pytest.raises(InvalidContactInfo, match=r"must be a mapping.*Lead score"):
        fields.create_contact({"emails": [ANA], "customFields": value})


@pytest.mark.parametrize("name", [5, None, "", "a\0", "\ud800", "x" * 151])
def test_the_name_of_a_field_is_a_clean_text(fields: CRM, name: object) -> None:
    """C3, C6: what can't be a name is no field's."""
    with pytest.raises(CustomFieldNotFound, match="the name of a custom field"):
        fields.create_contact({"emails": [ANA], "customFields": {name: 5}})


def test_create_get_list_rename(any_crm: CRM, clock) -> None:
    """G5: as labels, with a type that stays."""
    made = any_crm.custom_fields.create("Lead score", "number")
    assert made == CustomField(
        key="custom.lead-score", name="Lead score", type="number", created_at=clock.now
    )
    assert any_crm.custom_fields.create("lead score", "number", exist_ok=True) == made
    for again in ({"exist_ok": True}, {"type": "number"}):
        with pytest.raises(CustomFieldExists):
            any_crm.custom_fields.create("LEAD SCORE", **again)
    id = any_crm.create_contact({"emails": [ANA], "Lead score": 85})
    renamed = any_crm.custom_fields.rename("custom.lead-score", "Points")
    assert (renamed.key, renamed.name, renamed.type) == ("custom.lead-score", "Points", "number")
    assert any_crm.custom_fields.list() == (renamed,)
    assert any_crm.get_contact(id).custom_fields == {"Points": 85}


def test_deleting_takes_the_values_from_the_contacts(any_crm: CRM) -> None:
    """G5, U5: as labels; a field of the same name made later starts empty."""
    any_crm.custom_fields.create("Note")
    id = any_crm.create_contact({"emails": [ANA], "Note": "red"})
    any_crm.custom_fields.delete("note")
    contact = any_crm.get_contact(id)
    assert (contact.custom_fields, contact.revision) == ({}, 2)
    any_crm.custom_fields.create("Note", "number")
    assert any_crm.get_contact(id).custom_fields == {}


@pytest.mark.parametrize("kind", ["string", "", None, 5, "Text", ["text"]])
def test_a_type_is_one_of_four(crm: CRM, kind: object) -> None:
    """G5: text, number, date or url; the message lists them."""
    with pytest.raises(InvalidArgument, match=", ".join(TYPES)):
        crm.custom_fields.create("x", kind)


def test_unknown_fields_ignored_or_created(crm: CRM) -> None:
    """G3, G5: as labels; a field that is made gets the type of its first value."""
    with pytest.warns(WixCRMWarning, match="customFields: Nope"):
        result = crm.upsert_contact(
            {"emails": [ANA], "customFields": {"Nope": 1}}, policy=Policy(unknown_names="ignore")
        )
    assert (result.ignored, result.action) == (("customFields: Nope",), "created")
    crm.create_contact(
        {"emails": [ANA], "customFields": {"A": 1, "B": "x", "C": date(2026, 1, 1), "D": "5"}},
        policy=Policy(unknown_names="create"),
    )
    types = {field.name: field.type for field in crm.custom_fields.list()}
    assert types == {"A": "number", "B": "text", "C": "date", "D": "text"}


# Values.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Note", "x" * 10_000),
        ("Note", "5"),
        ("Lead score", 85),
        ("Lead score", 2**63 - 1),
        ("Lead score", -(2**63)),
        ("Lead score", 0.1),
        ("Lead score", -0.0),
        ("Lead score", 5e-324),
        ("Lead score", 1e300),
        ("Birthday", date(1990, 5, 17)),
        ("Birthday", date(1, 1, 1)),
        ("Birthday", datetime(1990, 5, 17, 8, 30)),
        ("Birthday", datetime(1990, 5, 17, 8, 30, 1, 5, tzinfo=UTC)),
        ("Site", "https://example.com/ü?a=b"),
    ],
)
def test_a_value_is_given_back_as_it_was_stored(fields: CRM, name: str, value: object) -> None:
    """G6: kept exactly, and of the same type."""
    kept = stored_value(fields, name, value)
    assert kept == value
    assert type(kept) is type(value)
    assert repr(kept) == repr(value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Lead score", "85", 85),
        ("Lead score", " -7 ", -7),
        ("Lead score", "9223372036854775807", 2**63 - 1),
        ("Lead score", "0.5", 0.5),
        ("Lead score", "1e3", 1000.0),
        ("Birthday", "1990-05-17", date(1990, 5, 17)),
        ("Birthday", "2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("Birthday", "2026-01-31 10:00", datetime(2026, 1, 31, 10)),
        ("Note", " a\r\nb\tc ", "a\nb\tc"),
    ],
)
def test_a_text_that_is_exactly_a_number_or_date(
    fields: CRM, name: str, text: str, value: object
) -> None:
    """G6, C3: is taken for one; breaks of a text are kept as LF."""
    kept = stored_value(fields, name, text)
    assert kept == value
    assert type(kept) is type(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Note", 5),
        ("Note", True),
        ("Note", date(2026, 1, 1)),
        ("Note", ["a"]),
        ("Note", {"a": 1}),
        ("Note", b"x"),
        ("Note", "a\0"),
        ("Note", "a\ud800b"),
        ("Note", "x" * 10_001),
        ("Lead score", True),
        ("Lead score", float("nan")),
        ("Lead score", float("inf")),
        ("Lead score", "nan"),
        ("Lead score", "1e999"),
        ("Lead score", 2**63),
        ("Lead score", "12345678901234567890"),
        ("Lead score", Decimal(5)),
        ("Lead score", Fraction(1, 2)),
        ("Lead score", 5j),
        ("Lead score", "85 points"),
        ("Lead score", "1,5"),
        ("Lead score", "1_000"),
        ("Lead score", "٨٥"),
        ("Lead score", "0x10"),
        ("Lead score", date(2026, 1, 1)),
        ("Birthday", "31.1.2026"),
        ("Birthday", "2026-02-30"),
        ("Birthday", "2026-W05-6"),
        ("Birthday", "20260131"),
        ("Birthday", "2026-01-31T25:00"),
        ("Birthday", 1990),
        ("Birthday", 1_600_000_000.0),
        ("Site", "example.com"),
        ("Site", "https://example.com/a b"),
        ("Site", 5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_does_not_fit(fields: CRM, name: str, value: object) -> None:
    """G6: nothing else is converted; the error names field, type and what would fit."""
    with pytest.raises(InvalidCustomFieldValue) as caught:
        fields.create_contact({"emails": [ANA], "customFields": {name: value}})
    error = caught.value
    assert error.code == "INVALID_EXTENDED_FIELD_VALUE"
    assert error.message.startswith(f"customFields['{name}']: the ")
    assert f"field '{name}'" in error.message
    assert len(error.message) < 220
    assert fields.count_contacts() == 0


def test_a_contact_has_a_hundred_fields_at_the_most(crm: CRM) -> None:
    """C6: counted over all calls."""
    with crm.transaction():
        for number in range(101):
            crm.custom_fields.create(f"field {number}", "number")
    for start in (0, 50):
        crm.create_contact(
            {"emails": [ANA], "customFields": {f"field {n}": n for n in range(start, start + 50)}}
        )
    with pytest.raises(ValueTooLong):
        crm.create_contact({"emails": [ANA], "field 100": 1})


offsets = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
values_of_type = {
    "text": st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1),
    "number": st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    "date": st.dates() | st.datetimes(timezones=st.none() | offsets),
}


@pytest.mark.parametrize("kind", values_of_type)
@given(data=st.data())
def test_what_is_given_back_is_stored_alike(kind: str, data: st.DataObject) -> None:
    """G6, A5: a value, given back and given again, also as to_wix() writes it, is the same."""
    value = data.draw(values_of_type[kind])
    stored = to_stored(value, kind)
    given_back = from_stored(stored, kind)
    assert to_stored(given_back, kind) == stored
    assert to_stored(stored, kind) == stored
    if kind != "text":
        assert given_back == value


@given(text=st.text(st.sampled_from("0159+-.eE_ ٣\x1f"), max_size=9))
def test_a_number_s_text_means_what_python_means(text: str) -> None:
    """G6: a text taken for a number is that number, exactly as Python reads it."""
    try:
        stored = to_stored(text, "number")
    except ValueError:
        return
    assert stored == (int if isinstance(stored, int) else float)(text.strip())
