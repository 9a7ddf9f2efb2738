"""Contacts as vCards: what stands in a card, and that reading gives back what was written."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vcard_fixtures import records

from wixcrm_local import errors, text
from wixcrm_local.formats.records import Record
from wixcrm_local.formats.vcard_person import SUBSCRIPTIONS
from wixcrm_local.formats.vcard_writing import VERSIONS, VCardWriter, not_held
from wixcrm_local.model import Contact

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def contact(**members: Any) -> Contact:
    given = {
        "id": "019c0000-0000-7000-8000-000000000001",
        "created_at": NOON,
        "updated_at": NOON,
        "revision": 1,
        "is_member": False,
        "subscription": "not_set",
    }
    return Contact(**{**given, **members})


def written(*contacts: Contact, version: str = "3.0") -> bytes:
    stream = io.BytesIO()
    writer = VCardWriter(stream, version)
    for each in contacts:
        writer.write(each)
    return stream.getvalue()


ANA = contact(
    first_name="Ana Maria",
    last_name="Souza; Lima",
    picture="https://example.com/a,b.jpg",
    emails=("ana@example.com", "a2@example.com"),
    phones=("+55 11 96123-4567",),
    labels=("Customer", "Sales, North"),
    language="pt-BR",
    custom_fields={"Lead score": 85, "Notes": "one\ntwo\t3", "Since": date(2020, 2, 29)},
    subscription="subscribed",
)


@pytest.mark.parametrize(
    ("version", "revised"), [("3.0", "2026-01-31T12:00:00Z"), ("4.0", "20260131T120000Z")]
)
def test_a_card(version: str, revised: str) -> None:
    """RFC 2426 and RFC 6350: names, lists in their order, and what only we read as X- lines."""
    assert written(ANA, version=version).decode().split("\r\n") == [
        "BEGIN:VCARD",
        f"VERSION:{version}",
        "FN:Ana Maria Souza\\; Lima",
        "N:Souza\\; Lima;Ana Maria;;;",
        "EMAIL:ana@example.com",
        "EMAIL:a2@example.com",
        "TEL:+55 11 96123-4567",
        "CATEGORIES:Customer,Sales\\, North",
        "PHOTO;VALUE=uri:https://example.com/a,b.jpg",
        "LANG:pt-BR",
        "X-WIXCRM-FIELD:Lead score;85",
        "X-WIXCRM-FIELD:Notes;one\\ntwo\t3",
        "X-WIXCRM-FIELD:Since;2020-02-29",
        "X-WIXCRM-SUBSCRIPTION:subscribed",
        "UID:urn:uuid:019c0000-0000-7000-8000-000000000001",
        f"REV:{revised}",
        "END:VCARD",
        "",
    ]


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"first_name": "Ana", "emails": ("a@example.com",)}, "Ana"),
        ({"emails": ("a@example.com",), "phones": ("1",)}, "a@example.com"),
        ({"phones": ("0170 1234567",)}, "0170 1234567"),
        ({}, ""),
    ],
)
def test_a_card_always_shows_something(members: dict[str, Any], shown: str) -> None:
    """RFC 6350, section 6.2.1: FN must be there; in the place of a name it is read as none."""
    octets = written(contact(**members))
    assert f"\r\nFN:{shown}\r\n".encode() in octets
    assert records(octets)[0].members.get("firstName") == members.get("first_name")


def test_an_id_that_is_no_guid_is_left_out() -> None:
    """A UID names one thing in the world, which the ids of a test do not."""
    assert b"UID" not in written(contact(id="1"))


def test_times_are_written_in_utc() -> None:
    """RFC 6350, section 6.7.4: REV, whatever the zone of the time."""
    local = datetime(2026, 1, 31, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert b"REV:2026-01-31T12:00:00Z" in written(contact(updated_at=local))


@pytest.mark.parametrize("version", ["2.1", "5.0", 3])
def test_other_versions_are_refused(version: Any) -> None:
    """`InvalidArgument` names the two that can be written."""
    with pytest.raises(errors.InvalidArgument, match=r"; give '3\.0' or '4\.0'$"):
        VCardWriter(io.BytesIO(), version)


def test_what_a_card_can_not_give_back() -> None:
    """A login, a picture that is no web address, and labels of the names of Google's groups."""
    assert not_held(ANA) == ()
    lost = contact(
        login_email="ana@example.com", picture="wix:image://a.jpg", labels=("starred", "VIP")
    )
    assert not_held(lost) == ("login_email", "picture", "labels")
    assert b"PHOTO" not in written(lost)
    (record,) = records(written(lost))
    assert record.members == {}
    assert record.labels == ("VIP",)


def cleaned(cleaner: Callable[[str], str], most: int, odd: str = "") -> st.SearchStrategy[str]:
    """Texts as a store keeps them: cleaned and not blank."""
    characters = st.sampled_from("a;,\\:\"'=n^ é山\u2028\u200d😀" + odd) | st.characters(
        exclude_categories=["Cc", "Cs"]
    )
    hostile = st.sampled_from(["END:VCARD", "\\", "\\n", "a\\", "=", "=C3=A9", "http://a", "a,b;c"])
    texts = st.text(characters, max_size=most) | hostile
    return texts.map(cleaner).filter(bool)


names = cleaned(text.clean_name, 90)
lines = cleaned(text.clean_lines, 300, "\n\t") | st.sampled_from(
    ["a\nEND:VCARD\nBEGIN:VCARD\nEMAIL:x@example.com", "a\r\nb", "long\t\n" * 1600 + "end"]
).map(text.clean_lines)
zones = st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30))])
values = (
    lines
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=zones)
    | st.just("https://example.com/?a=1,2;b=\\c")
)
emails = st.sampled_from(
    ["ana@example.com", '"a;b,c\\\\d"@example.com', "用户@例え.jp", "o'neil+x=y@example.com"]
)
phones = st.sampled_from(
    ["+44 20 7946 0958", "tel:+1-201-555-0123;ext=4", "1-800-FLOWERS", "０９０ １２３４", "12,,34"]
)
contacts = st.builds(
    contact,
    first_name=st.none() | names,
    last_name=st.none() | names,
    picture=st.none() | names | names.map(lambda end: f"https://example.com/{end}"),
    emails=st.lists(emails, unique=True).map(tuple),
    login_email=st.none() | emails,
    phones=st.lists(phones, unique=True).map(tuple),
    labels=st.lists(names | st.just("starred"), unique=True).map(tuple),
    language=st.none() | cleaned(text.clean, 20),
    custom_fields=st.dictionaries(names | st.just("Company"), values, max_size=4),
    subscription=st.sampled_from(SUBSCRIPTIONS),
)

IN_A_RECORD = {
    "first_name": "firstName",
    "last_name": "lastName",
    "picture": "picture",
    "emails": "emails",
    "phones": "phones",
    "language": "language",
}


def text_of(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def wanted(row: int, given: Contact) -> Record:
    """The record that a contact comes back as, but for what is not held."""
    lost = not_held(given)
    members = {
        wix: list(value) if isinstance(value, tuple) else value
        for name, wix in IN_A_RECORD.items()
        if (value := getattr(given, name)) and name not in lost
    }
    return Record(
        row,
        members,
        tuple(label for label in given.labels if label not in ("myContacts", "starred")),
        others={name: text_of(value) for name, value in given.custom_fields.items()},
        subscription=given.subscription,
    )


@pytest.mark.parametrize("version", VERSIONS)
@given(given_contacts=st.lists(contacts, min_size=1, max_size=3))
@example(given_contacts=[contact(first_name="a" * 1000, custom_fields={"x": "é" * 10_000})])
@example(
    given_contacts=[
        contact(
            emails=("a@example.com",),
            labels=tuple(f"{n:04}" + "山" * 176 for n in range(2000)),
            custom_fields={f"{n:03}": "😀" * 10_000 for n in range(100)},
        )
    ]
)
def test_what_is_written_comes_back(version: str, given_contacts: list[Contact]) -> None:
    """Law: members, labels, custom fields as texts and subscription are read as they were."""
    found = records(written(*given_contacts, version=version))
    assert found == [wanted(row, each) for row, each in enumerate(given_contacts, 1)]


@given(contacts)
def test_lines_are_folded_between_characters(given_contact: Contact) -> None:
    """RFC 6350, section 3.2: at most 75 octets, each of them UTF-8, and CRLF behind each."""
    octets = written(given_contact)
    assert octets.endswith(b"\r\nEND:VCARD\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", octets)
    for line in octets.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
