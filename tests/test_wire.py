"""Reading a contactInfo: what counts as given, how it is cleaned, and how mistakes are told.

C1 to C6, with cleaning.py and problems.py, which say together what is wrong.
"""

from __future__ import annotations

import json
import time
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    ContactInfo,
    InsufficientContactInfo,
    InvalidContactInfo,
    InvalidEmail,
    InvalidMemberType,
    InvalidPhone,
    InvalidText,
    UnknownMember,
    ValueTooLong,
    WixCRMError,
)

ANA = "ana@example.com"


def refusal(crm: CRM, info: object) -> InvalidContactInfo:
    """The error that createContact raises; nothing may be stored."""
    before = crm.count_contacts()
    with pytest.raises(InvalidContactInfo) as caught:
        crm.create_contact(info)
    assert crm.count_contacts() == before
    return caught.value


def paths(error: InvalidContactInfo) -> list[str]:
    return [problem["path"] for problem in error.details["problems"]]


# What counts as given.


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"firstName": "Ana"},
        {"emails": []},
        {"emails": [""], "phones": [None]},
        {"emails": None, "phones": " "},
        {"loginEmail": ANA},
        {"phones": ["0000000000"]},
        {"phones": ["1234567"]},
        {"phones": ["1234"]},
        ContactInfo(),
    ],
)
def test_one_address_or_number_is_the_least(crm: CRM, info: object) -> None:
    """C1: without an email address or phone number there is no contact; loginEmail is neither."""
    error = refusal(crm, info)
    assert type(error) is InsufficientContactInfo
    assert error.code == "INSUFFICIENT_CONTACT_DATA"
    assert '"emails": ["…"]' in error.message


def test_insufficient_says_why_what_was_given_does_not_count(crm: CRM) -> None:
    """C1, P2: who gave something reads why it is not enough."""
    assert "loginEmail alone does not count" in refusal(crm, {"loginEmail": ANA}).message
    assert "placeholders" in refusal(crm, {"phones": ["0000000000"]}).message


@pytest.mark.parametrize("blank", [None, "", " \t", [], [""], [None], ["", None, " "], ()])
@pytest.mark.parametrize("member", ["emails", "phones", "labels", "customFields"])
def test_a_blank_list_is_not_given(crm: CRM, member: str, blank: object) -> None:
    """C2: None, '', white space, [], [''] and [None] mean not given."""
    crm.create_contact({"emails": [ANA], "phones": ["+1 650 253 0000"], member: blank})


def test_an_empty_mapping_is_blank_too(crm: CRM) -> None:
    """C2: {} says nothing, wherever it stands."""
    crm.create_contact({"emails": [ANA], "phones": {}, "customFields": {}})


@pytest.mark.parametrize("blank", [None, "", "  ", "\n"])
@pytest.mark.parametrize("member", ["firstName", "lastName", "picture", "language", "loginEmail"])
def test_a_blank_never_erases(crm: CRM, member: str, blank: object) -> None:
    """C2: a blank never erases anything."""
    full = {
        "emails": [ANA],
        "firstName": "Ana",
        "lastName": "Diaz",
        "picture": "https://example.com/a.png",
        "language": "es",
    }
    id = crm.create_contact(full)
    assert crm.upsert_contact({"emails": [ANA], member: blank}).action == "unchanged"
    assert crm.get_contact(id).to_wix() == full


def test_the_documentation_s_own_example(any_crm: CRM) -> None:
    """C2: [phone] made from an optional argument that was not given."""
    id = any_crm.createContact(
        {"firstName": "Ana", "lastName": "", "emails": [ANA], "phones": [None]}
    )
    assert any_crm.get_contact(id).to_wix() == {"firstName": "Ana", "emails": [ANA]}


# Texts and lists.


def test_texts_are_trimmed_and_composed(crm: CRM) -> None:
    """C3: strings are trimmed and NFC-normalized; names lose bidi controls and the BOM."""
    id = crm.create_contact(
        {"firstName": " Jose\u0301 ", "lastName": "\ufeffDiaz\u202e", "emails": [f" {ANA} "]}
    )
    contact = crm.get_contact(id)
    assert (contact.first_name, contact.last_name) == ("José", "Diaz")
    assert contact.emails == (ANA,)


@pytest.mark.parametrize("bad", ["A\0", "A\ud800", "A\x1b[0m", "A\x7fb", "A\nb"])
@pytest.mark.parametrize("member", ["firstName", "lastName", "picture", "language", "loginEmail"])
def test_a_control_character_is_refused(crm: CRM, member: str, bad: str) -> None:
    """C3: NUL, lone surrogates and control characters are refused, with their place."""
    error = refusal(crm, {"emails": [ANA], member: bad + "x"})
    assert type(error) is InvalidText
    assert paths(error) == [member]
    assert f"U+{ord(bad[1]):04X} at position 1" in error.message
    assert error.message.isprintable()


@pytest.mark.parametrize("member", ["emails", "phones", "labels"])
def test_a_control_character_in_a_list_has_its_position(crm: CRM, member: str) -> None:
    """C3, C5: the path names the item."""
    assert paths(refusal(crm, {"emails": [ANA], member: ["", "a\0b"]})) == [f"{member}[1]"]


def test_repeats_in_one_list_keep_the_first_spelling(crm: CRM) -> None:
    """C3: blank items are dropped, repeats by match key keep the first spelling."""
    crm.labels.create("VIP")
    id = crm.create_contact(
        {
            "emails": ["", "Ana@Example.com", ANA, "bob@example.com"],
            "phones": ["(650) 253-0000", None, "+16502530000", 6502530000],
            "labels": ["VIP", "vip"],
        }
    )
    contact = crm.get_contact(id)
    assert contact.emails == ("Ana@Example.com", "bob@example.com")
    assert contact.phones == ("(650) 253-0000",)
    assert contact.labels == ("VIP",)


def test_a_whole_number_is_taken_as_its_digits(crm: CRM) -> None:
    """C4: a whole number where a phone is expected."""
    id = crm.create_contact({"phones": [6502530000]})
    assert crm.get_contact(id).phones == ("6502530000",)
    assert crm.create_contact({"phones": ["+1 650 253 0000"]}) == id


@pytest.mark.parametrize("item", [6502530000.0, True, -6502530000, 10**60, b"6502530000", 5j])
def test_other_numbers_are_no_phones(crm: CRM, item: object) -> None:
    """C4: a float or bool is refused."""
    error = refusal(crm, {"phones": [item]})
    assert type(error) is InvalidMemberType
    assert paths(error) == ["phones[0]"]


def test_a_bare_text_is_shown_as_a_list(crm: CRM) -> None:
    """C4: a bare string is refused with a message that shows the list form."""
    error = refusal(crm, {"emails": ANA})
    assert isinstance(error, TypeError)
    assert error.message.startswith("emails: must be a list")
    assert f"[{ANA!r}]" in error.message


@pytest.mark.parametrize(
    "value", [5, 1.5, True, b"x", {ANA}, {"items": [ANA]}, object(), iter([ANA]), range(3)]
)
@pytest.mark.parametrize("member", ["emails", "phones", "labels"])
def test_what_is_no_list_is_refused(crm: CRM, member: str, value: object) -> None:
    """C5: a wrong type is an error with its path, whose message shows a right one."""
    error = refusal(crm, {"emails": [ANA], member: value})
    assert type(error) is InvalidMemberType
    assert paths(error) == [member]
    assert "write ['" in error.message


@pytest.mark.parametrize("value", [5, 1.5, True, b"x", ["Ana"], {"first": "Ana"}, object()])
@pytest.mark.parametrize("member", ["firstName", "lastName", "picture", "language", "loginEmail"])
def test_what_is_no_text_is_refused(crm: CRM, member: str, value: object) -> None:
    """C5: nothing is turned into a text but what the rules say."""
    error = refusal(crm, {"emails": [ANA], member: value})
    assert type(error) is InvalidMemberType
    assert paths(error) == [member]


@pytest.mark.parametrize("info", [None, 5, ANA, [{"emails": [ANA]}], {ANA}, object(), ContactInfo])
def test_what_is_no_mapping_is_refused(crm: CRM, info: object) -> None:
    """C5: the message shows what a contactInfo looks like."""
    error = refusal(crm, info)
    assert type(error) is InvalidMemberType
    assert '{"firstName": "Ana", "emails": ["ana@example.com"]}' in error.message


def test_a_stored_contact_is_no_contact_info(crm: CRM) -> None:
    """A5: what can be given back is the contact's to_wix()."""
    contact = crm.get_contact(crm.create_contact({"emails": [ANA]}))
    assert "contact.to_wix()" in refusal(crm, contact).message


def test_any_mapping_will_do(crm: CRM) -> None:
    """A4: every verb takes a mapping, of whatever class."""
    assert crm.create_contact(MappingProxyType({"emails": (ANA,)}))


# Every problem, with its path.


def test_every_problem_is_listed_with_its_path(crm: CRM) -> None:
    """C5: all problems are found in one go, those of labels and custom fields too."""
    error = refusal(
        crm,
        {
            "firstName": 5,
            "emails": [ANA, "no address", {"email": "b@example.com"}],
            "phones": ["call me", "+1 650 253 0000"],
            "labels": ["unknown"],
            "customFields": {"Lead score": 85},
            "favouriteColour": "red",
        },
    )
    assert type(error) is InvalidContactInfo
    assert sorted(paths(error)) == [
        "customFields['Lead score']",
        "emails[1]",
        "emails[2]",
        "favouriteColour",
        "firstName",
        "labels[0]",
        "phones[0]",
    ]
    assert error.message.startswith("contactInfo has 7 problems: (1) ")
    codes = {problem["path"]: problem["code"] for problem in error.details["problems"]}
    assert codes["phones[0]"] == "INVALID_PHONE"
    assert codes["labels[0]"] == "LABEL_NOT_FOUND"


def test_problems_of_one_kind_raise_that_kind(crm: CRM) -> None:
    """C5: who catches InvalidEmail catches two bad addresses as well."""
    error = refusal(crm, {"emails": ["one", "two"]})
    assert type(error) is InvalidEmail
    assert paths(error) == ["emails[0]", "emails[1]"]


def test_a_long_list_of_problems_stays_readable(crm: CRM) -> None:
    """Fault 4: twenty problems are shown, all stand in the details."""
    error = refusal(crm, {"emails": [f"{n} is none" for n in range(50)]})
    assert len(error.details["problems"]) == 50
    assert "(20)" in error.message
    assert "(21)" not in error.message
    assert error.message.endswith("; and 30 more in details")


# An example of E1, E2 and P1 to P3 each, as createContact shows them.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FOO@Example.COM", "foo@example.com"),
        ("ana@bücher.de", "ana@xn--bcher-kva.de"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("a@localhost", "A@LOCALHOST"),
        ("a@shop.test", "a@Shop.Test"),
    ],
)
def test_spellings_of_one_address_are_one_contact(crm: CRM, one: str, other: str) -> None:
    """E2: one mailbox, one contact; the first spelling is kept."""
    id = crm.create_contact({"emails": [one]})
    assert crm.upsert_contact({"emails": [other]}).action == "unchanged"
    assert crm.find_contact(email=other).id == id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana+shop@example.com", ANA),
        ("a.na@gmail.com", "ana@gmail.com"),
        ("weiß@example.com", "weiss@example.com"),
        ("аna@example.com", ANA),
    ],
)
def test_addresses_that_are_two_stay_two(crm: CRM, one: str, other: str) -> None:
    """E2: no folding of dots, plus tags, ß or Cyrillic letters."""
    assert crm.create_contact({"emails": [one]}) != crm.create_contact({"emails": [other]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(650) 253-0000", "+1 650-253-0000"),
        ("0016502530000", "650.253.0000"),
        ("tel:+1-650-253-0000", "６５０ ２５３ ００００"),
        ("٦٥٠٢٥٣٠٠٠٠", "6502530000"),
        ("+44 (0)20 7031 3000", "+442070313000"),
        ("1-800-FLOWERS", "+1 800 356 9377"),
        ("650 253 0000 ext. 12", "+16502530000,,12"),
        ("555 0100", "5550100"),
    ],
)
def test_spellings_of_one_number_are_one_contact(crm: CRM, one: str, other: str) -> None:
    """P1 to P3: one number, one contact, in whatever spelling."""
    id = crm.create_contact({"phones": [one]})
    assert crm.create_contact({"phones": [other]}) == id
    assert crm.get_contact(id).phones == (one,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("650 253 0000 ext. 12", "650 253 0000"),
        ("555 0100", "+1 212 555 0100"),
        ("06 698 12345", "+39 06 698 12345"),
    ],
)
def test_numbers_that_are_two_stay_two(crm: CRM, one: str, other: str) -> None:
    """P1, P2: the extension counts, and digits never match by their tail."""
    assert crm.create_contact({"phones": [one]}) != crm.create_contact({"phones": [other]})


def test_strangers_do_not_meet_on_a_placeholder(crm: CRM) -> None:
    """P2: a placeholder is kept as text and finds nobody."""
    one = crm.create_contact({"emails": [ANA], "phones": ["000-000-0000"]})
    other = crm.create_contact({"emails": ["bob@example.com"], "phones": ["000-000-0000"]})
    assert one != other
    assert crm.get_contact(other).phones == ("000-000-0000",)
    assert crm.find_contact(phone="000-000-0000") is None


@pytest.mark.parametrize(
    ("member", "items", "error", "place", "remedy"),
    [
        ("emails", [ANA, "undefined"], InvalidEmail, "emails[1]", "JavaScript"),
        ("emails", ["", "Ana <ana@example.com>"], InvalidEmail, "emails[1]", "ana@example.com"),
        ("emails", ["a@x.com, b@x.com"], InvalidEmail, "emails[0]", "item of its own"),
        ("emails", ["ana@intranet"], InvalidEmail, "emails[0]", "give one"),
        ("phones", [None, "call me"], InvalidPhone, "phones[1]", "no digit"),
        ("phones", ["6.5e9"], InvalidPhone, "phones[0]", "spreadsheet"),
        ("phones", ["5550100.0"], InvalidPhone, "phones[0]", "spreadsheet"),
        ("phones", ["6502530000 / 6502531111"], InvalidPhone, "phones[0]", "one number per item"),
    ],
)
def test_what_is_no_address_or_number(
    crm: CRM, member: str, items: list, error: type, place: str, remedy: str
) -> None:
    """E1, P2, P3: the error names the position and says what to give."""
    raised = refusal(crm, {member: items})
    assert type(raised) is error
    assert paths(raised) == [place]
    assert raised.message.startswith(f"{place}: ")
    assert remedy in raised.message


def test_text_after_a_number_never_becomes_digits(crm: CRM) -> None:
    """P2: `(mobile)` is a remark."""
    id = crm.create_contact({"phones": ["650 253 0000 (mobile)"]})
    assert crm.find_contact(phone="6502530000").id == id


# Limits.


@pytest.mark.parametrize(
    ("info", "path"),
    [
        ({"firstName": "x" * 1_001}, "firstName"),
        ({"lastName": "x" * 1_001}, "lastName"),
        ({"picture": "x" * 2_049}, "picture"),
        ({"emails": ["x" * 321]}, "emails[0]"),
        ({"phones": ["1" * 51]}, "phones[0]"),
        ({"labels": ["x" * 181]}, "labels[0]"),
        ({"emails": [f"{n}@example.com" for n in range(51)]}, "emails"),
        ({"phones": [f"+1 650 253 {n:04}" for n in range(51)]}, "phones"),
        ({"labels": [str(n) for n in range(2_001)]}, "labels"),
        ({"customFields": {str(n): 1 for n in range(101)}}, "customFields"),
    ],
)
def test_limits(crm: CRM, info: dict, path: str) -> None:
    """C6: an over-long value or list is refused; the details hold the limit."""
    error = refusal(crm, {"emails": [ANA], **info})
    assert type(error) is ValueTooLong
    assert paths(error) == [path]
    assert error.details["limit"] > 0
    assert len(error.message) < 200


def test_what_is_just_within_the_limits(crm: CRM) -> None:
    """C6: the limits themselves are allowed, and blanks don't count."""
    emails = [f"{n}@example.com" for n in range(50)]
    id = crm.create_contact(
        {"firstName": "x" * 1_000 + " ", "picture": "p" * 2_048, "emails": [*emails, "", None]}
    )
    contact = crm.get_contact(id)
    assert contact.emails == tuple(emails)
    assert len(contact.first_name) == 1_000


def test_a_contact_can_t_grow_past_the_limits(crm: CRM) -> None:
    """C6: they hold for what a contact has, not only for what one call gives."""
    emails = [f"{n}@example.com" for n in range(50)]
    id = crm.create_contact({"emails": emails})
    error = refusal(crm, {"emails": ["0@example.com", "one@too.many.example"]})
    assert type(error) is ValueTooLong
    assert crm.get_contact(id).emails == tuple(emails)


@pytest.mark.parametrize(
    "info",
    [
        {"firstName": "x" * 30_000_000},
        {"emails": ["x" * 30_000_000]},
        {"phones": ["5" * 30_000_000]},
        {"labels": ["x" * 30_000_000]},
        {"customFields": {"x" * 30_000_000: 1}},
        {"x" * 30_000_000: 1},
        {"emails": [ANA] * 1_000_000},
    ],
    ids=lambda info: next(iter(info))[:12],
)
def test_a_huge_value_is_refused_quickly_and_briefly(crm: CRM, info: dict) -> None:
    """Faults 4 and 5: 30 MB are refused in no time, with a short message."""
    start = time.perf_counter()
    error = refusal(crm, {"phones": ["+1 650 253 0000"], **info})
    assert time.perf_counter() - start < 2  # some 0.1 s where nothing else runs
    assert len(error.message) < 300


def test_thousands_of_unknown_names_are_answered_in_time(crm: CRM) -> None:
    """Promise 5: bad input never hangs; the nearest names are found where they are shown."""
    with crm.transaction():
        for number in range(300):
            crm.labels.create(f"label number {number}")
    start = time.perf_counter()
    error = refusal(crm, {"emails": [ANA], "labels": [f"lable numbr {n}" for n in range(2_000)]})
    assert time.perf_counter() - start < 4
    assert "did you mean 'label number 0'" in error.message


def test_endless_structures_are_refused(crm: CRM) -> None:
    """Fault 6: a list or mapping that holds itself is a wrong type, never a RecursionError."""
    endless: list = []
    endless.append(endless)
    circle: dict = {}
    circle["customFields"] = circle
    for info in ({"emails": endless}, {"emails": [ANA], "customFields": circle}, circle):
        json.dumps(refusal(crm, info).details)


# Members by name.


def test_members_in_either_spelling(crm: CRM) -> None:
    """A4: the documented camelCase names, or the snake_case ones."""
    id = crm.create_contact({"first_name": "Ana", "lastName": "Diaz", "emails": [ANA]})
    assert crm.get_contact(id).to_wix() == {
        "firstName": "Ana",
        "lastName": "Diaz",
        "emails": [ANA],
    }


def test_a_member_in_both_spellings_is_refused(crm: CRM) -> None:
    """A4: never both for one member."""
    error = refusal(crm, {"firstName": "Ana", "first_name": "Bea", "emails": [ANA]})
    assert paths(error) == ["firstName"]
    assert "given twice" in error.message


@pytest.mark.parametrize(
    ("member", "value", "instead"),
    [
        ("name", {"first": "Ana", "last": "Diaz"}, "firstName and lastName"),
        ("email", ANA, "emails, a list"),
        ("phone", "6502530000", "phones, a list"),
        ("labelKeys", ["custom.vip"], "labels, a list"),
        ("extendedFields", {"custom.role": "dev"}, "customFields"),
        ("info", {"emails": {"items": []}}, "without the wrapper"),
        ("contact", {"name": {"first": "Ana"}}, "without the wrapper"),
        ("primaryInfo", {"email": ANA}, "emails and phones"),
    ],
)
def test_the_newer_api_s_members_are_named_as_such(
    crm: CRM, member: str, value: object, instead: str
) -> None:
    """Section 8: the message says which newer API a shape belongs to, and what stands here."""
    error = refusal(crm, {"emails": [ANA], member: value})
    assert type(error) is UnknownMember
    assert paths(error) == [member]
    assert "Wix's newer contacts API" in error.message
    assert instead in error.message


def test_a_singular_email_is_explained_beside_the_missing_list(crm: CRM) -> None:
    """C1, C5: {"email": …} alone is no identity, and the same answer says why."""
    error = refusal(crm, {"firstName": "Ayse", "email": "ayse@example.com", "phone": "6502530000"})
    assert set(paths(error)) == {"", "email", "phone"}


@pytest.mark.parametrize(
    ("member", "item", "own"),
    [
        ("emails", {"tag": "MAIN", "email": "li@example.com"}, "'li@example.com'"),
        ("phones", {"tag": "HOME", "phone": "650 253 0000"}, "'650 253 0000'"),
        ("emails", {"tag": "MAIN"}, "such as 'ana@example.com'"),
    ],
)
def test_the_newer_api_s_items_are_shown_as_texts(
    crm: CRM, member: str, item: dict, own: str
) -> None:
    """Section 8: the right form is shown with the caller's own address."""
    error = refusal(crm, {member: [item]})
    assert type(error) is InvalidMemberType
    assert paths(error) == [f"{member}[0]"]
    assert "newer contacts API" in error.message
    assert f"give the text alone, {own}" in error.message


def test_a_misspelled_member_names_the_nearest(crm: CRM) -> None:
    """G5: an unknown flat member is UnknownMember with the nearest of members and fields."""
    crm.custom_fields.create("Lead score", "number")
    error = refusal(crm, {"emails": [ANA], "fristName": "Ana", "leadscore": 5})
    assert type(error) is UnknownMember
    assert "did you mean 'firstName'" in error.message
    assert "'Lead score'" in error.message


@pytest.mark.parametrize(
    "key", [5, None, ("a",), b"firstName", pytest.param(10**5000, id="10**5000")]
)
def test_the_name_of_a_member_is_a_text(crm: CRM, key: object) -> None:
    """C5: other keys are a mistake, told without showing them."""
    error = refusal(crm, {"emails": [ANA], key: "x"})
    assert type(error) is UnknownMember
    assert type(key).__name__ in error.message or "None" in error.message


@pytest.mark.parametrize("key", ["a\0b", "\ud800", "a\x1b[31mb"])
def test_the_name_of_a_member_is_a_clean_text(crm: CRM, key: str) -> None:
    """C3, fault 9: a name with control characters is refused, and shown escaped."""
    error = refusal(crm, {"emails": [ANA], key: "x"})
    assert type(error) is InvalidText
    assert error.message.isprintable()


@pytest.mark.parametrize("value", [[1], {"a": 1}, Decimal(5), b"x", object()])
def test_a_flat_member_that_fits_no_field_is_refused(crm: CRM, value: object) -> None:
    """C5, C6: such a value could belong to no custom field; Decimal is refused."""
    assert paths(refusal(crm, {"emails": [ANA], "Colour": value})) == ["Colour"]


# ContactInfo.


def test_contact_info_copies_what_it_is_given(crm: CRM) -> None:
    """Fault 24: the caller's later changes do not reach it."""
    crm.custom_fields.create("Colour")
    emails, fields = [ANA], {"Colour": "red"}
    info = ContactInfo(emails=emails, custom_fields=MappingProxyType(fields))
    emails.append("no address")
    fields["Colour"] = 5
    contact = crm.get_contact(crm.create_contact(info))
    assert contact.emails == (ANA,)
    assert contact.custom_fields == {"Colour": "red"}


def test_the_caller_s_mapping_is_never_changed(crm: CRM) -> None:
    """Fault 24: what is given is read, not kept."""
    info = {"emails": [f" {ANA}", ""], "labels": [None], "customFields": {"x": None}}
    before = json.dumps(info)
    crm.create_contact(info)
    assert json.dumps(info) == before


def test_from_wix_gives_the_cleaned_form() -> None:
    """A5: checked and cleaned, and to_wix() gives only what has a value."""
    info = ContactInfo.from_wix(
        {"firstName": " Ana ", "lastName": "", "emails": [ANA, "ANA@example.com"], "Colour": "red"}
    )
    assert info == ContactInfo(first_name="Ana", emails=(ANA,), other_members={"Colour": "red"})
    assert info.to_wix() == {"firstName": "Ana", "emails": [ANA], "Colour": "red"}


def test_from_wix_lists_every_problem() -> None:
    """A5, C5: a mapping that no store would take is refused."""
    with pytest.raises(InvalidContactInfo) as caught:
        ContactInfo.from_wix({"firstName": 5, "emails": ["none"], "name": {"first": "Ana"}})
    assert sorted(paths(caught.value)) == ["emails[0]", "firstName", "name"]


@pytest.mark.parametrize("number", ["22 22 22 22", "1-800-FLOWERS", "020 7031 3000"])
def test_from_wix_leaves_national_numbers_to_the_store(number: str) -> None:
    """A5, P1: what a number is in the store's region, only the store can tell."""
    assert ContactInfo.from_wix({"phones": [number]}).phones == (number,)


@pytest.mark.parametrize("others", [5, "x", [1], {5: 5}, {"a\0": 1}, {"a": [1]}])
def test_other_members_are_read_as_carefully(crm: CRM, others: object) -> None:
    """C5: a ContactInfo made with anything at all raises documented errors alone."""
    refusal(crm, ContactInfo(emails=[ANA], other_members=others))


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.binary(max_size=4)
    | st.sampled_from([ANA, "6502530000", "undefined", "https://example.com/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
member_names = st.sampled_from(
    [
        "firstName",
        "emails",
        "phones",
        "labels",
        "customFields",
        "loginEmail",
        "picture",
        "last_name",
        "name",
        "email",
    ]
) | st.text(st.characters(codec=None), max_size=4)


@given(info=st.dictionaries(member_names, json_like, max_size=5) | json_like)
def test_whatever_is_given_only_documented_errors_are_raised(open_crm, info: object) -> None:
    """Promises 4 and 5: bad input raises documented errors and stores nothing."""
    with open_crm() as crm:
        refused = None
        try:
            crm.create_contact(info)
        except WixCRMError as error:
            refused = error
        assert crm.count_contacts() == (refused is None)
        if refused is not None:
            assert refused.message.isprintable()
            json.dumps(refused.details)
