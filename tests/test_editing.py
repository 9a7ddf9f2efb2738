"""update_contact: the verb that edits by id, and takes away (U6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    LENIENT,
    ContactInfo,
    ContactNotFound,
    CustomFieldNotFound,
    InsufficientContactInfo,
    InvalidContactInfo,
    InvalidMemberType,
    LabelNotFound,
    LoginEmailTaken,
    MemberEmailLocked,
    Policy,
    StaleRevision,
    UnknownMember,
    ValueTooLong,
    WixCRMWarning,
)

ANA, BOB, CY = "ana@example.com", "bob@example.com", "cy@example.com"
PHONE = "+1 650 253 0000"


@pytest.fixture
def full(any_crm: CRM) -> CRM:
    """A store with one contact that has everything but a login email."""
    for name in ("VIP", "Lead"):
        any_crm.labels.create(name)
    any_crm.custom_fields.create("Note")
    any_crm.custom_fields.create("Score", "number")
    any_crm.custom_fields.create("Birthday", "date")
    any_crm.create_contact(
        {
            "firstName": "Ana",
            "lastName": "Diaz",
            "picture": "a.png",
            "language": "es",
            "emails": [ANA, BOB],
            "phones": [PHONE],
            "labels": ["VIP", "Lead"],
            "customFields": {"Note": "red", "Score": 5, "Birthday": date(1990, 5, 17)},
        }
    )
    return any_crm


def ana_of(crm: CRM) -> str:
    return crm.find_contact(phone=PHONE).id


def test_what_is_named_is_set_and_the_rest_stays(full: CRM, clock) -> None:
    """U6: the contact as it is then is the answer; the change stands in the history."""
    clock.move(hours=1)
    id = ana_of(full)
    before = full.get_contact(id)
    after = full.update_contact(id, {"firstName": " Anna ", "Score": "6"})
    assert after == full.get_contact(id)
    assert (after.first_name, after.custom_fields["Score"]) == ("Anna", 6)
    assert (after.last_name, after.emails, after.labels) == ("Diaz", (ANA, BOB), ("VIP", "Lead"))
    assert (after.revision, after.updated_at) == (before.revision + 1, clock.now)
    change = full.history(id)[-1]
    assert change.verb == "update_contact"
    assert change.before == {"first_name": "Ana", "custom_fields": {"Score": 5}}
    assert change.after == {"first_name": "Anna", "custom_fields": {"Score": 6}}


@pytest.mark.parametrize("blank", [None, "", "  "])
@pytest.mark.parametrize(
    ("name", "attribute"),
    [("firstName", "first_name"), ("last_name", "last_name"), ("picture",) * 2, ("language",) * 2],
)
def test_a_named_blank_clears_a_member(full: CRM, name: str, attribute: str, blank) -> None:
    """U6, C2: present and blank takes away, which create_contact never does."""
    id = ana_of(full)
    assert getattr(full.update_contact(id, {name: blank}), attribute) is None
    assert len(full.history(id)) == 2


@pytest.mark.parametrize("blank", [None, "", [], [""], [None, " "]])
@pytest.mark.parametrize("name", ["emails", "phones", "labels"])
def test_a_named_blank_clears_a_list(full: CRM, name: str, blank) -> None:
    """U6: and what it took away finds the contact no more."""
    id = ana_of(full)
    assert getattr(full.update_contact(id, {name: blank}), name) == ()
    assert (full.find_contact(email=ANA) is None) == (name == "emails")
    assert (full.find_contact(phone=PHONE) is None) == (name == "phones")


def test_a_given_list_becomes_the_list(full: CRM) -> None:
    """U6: in its order; what it leaves out is gone, whatever `arrays` says."""
    id = ana_of(full)
    after = full.update_contact(
        id,
        {"emails": [CY, "", ANA], "labels": ["lead"], "phones": ["0000000000", PHONE]},
        policy=Policy(arrays="add"),
    )
    assert (after.emails, after.labels) == ((CY, ANA), ("Lead",))
    assert after.phones == ("0000000000", PHONE)
    assert full.find_contact(email=BOB) is None
    assert full.find_contact(email=CY).id == id


def test_another_spelling_is_stored(full: CRM) -> None:
    """U6: this is the verb that corrects how an address is written; it stays the same address."""
    id = ana_of(full)
    after = full.update_contact(id, {"emails": ["Ana@Example.com", BOB], "phones": ["6502530000"]})
    assert (after.emails, after.phones) == (("Ana@Example.com", BOB), ("6502530000",))
    assert full.find_contact(email=ANA).id == full.find_contact(phone=PHONE).id == id


def test_custom_fields_are_set_and_cleared_one_by_one(full: CRM) -> None:
    """U6, U3: a key with a blank clears that field, a flat member too; no key says nothing."""
    id = ana_of(full)
    after = full.update_contact(id, {"customFields": {"note": "", "custom.score": 7}})
    assert after.custom_fields == {"Score": 7, "Birthday": date(1990, 5, 17)}
    after = full.update_contact(id, {"Birthday": None, "customFields": {}})
    assert after.custom_fields == {"Score": 7}
    assert full.update_contact(id, {"customFields": None}).custom_fields == {"Score": 7}
    assert full.history(id)[-1].before == {"custom_fields": {"Birthday": date(1990, 5, 17)}}
    assert full.history(id)[-1].after == {"custom_fields": {"Birthday": None}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"firstName": "Ana", "emails": [ANA, BOB], "phones": [PHONE]},
        {"labels": ["vip", "custom.lead"]},
        {"Score": 5.0, "customFields": {"note": " red "}},
        {"loginEmail": None},
        ContactInfo(),
        ContactInfo(last_name="Diaz"),
    ],
)
def test_no_real_change_is_none(full: CRM, clock, changes) -> None:
    """U4, U6: no revision, no time and no entry."""
    id = ana_of(full)
    before = full.get_contact(id)
    clock.move(hours=1)
    assert full.update_contact(id, changes) == before
    assert len(full.history(id)) == 1


def test_a_contact_info_names_what_it_was_given(full: CRM) -> None:
    """U6, A4: what stands in it as when nothing is given is not named; a blank text clears."""
    id = ana_of(full)
    info = ContactInfo(first_name="", emails=[CY], custom_fields={"Note": None})
    after = full.update_contact(id, info)
    assert (after.first_name, after.last_name, after.emails) == (None, "Diaz", (CY,))
    assert (after.phones, after.labels) == ((PHONE,), ("VIP", "Lead"))
    assert "Note" not in after.custom_fields
    assert full.update_contact(id, ContactInfo(other_members={"Score": ""})).custom_fields == {
        "Birthday": date(1990, 5, 17)
    }


def test_the_newer_shapes_name_what_they_have(full: CRM) -> None:
    """Section 8, U6: half a name does not clear the other half."""
    id = ana_of(full)
    changes = {"info": {"name": {"last": "Gomez"}, "emails": [{"email": CY}], "phone": None}}
    after = full.update_contact(id, changes, policy=LENIENT)
    assert (after.first_name, after.last_name) == ("Ana", "Gomez")
    assert (after.emails, after.phones) == ((CY,), ())
    with pytest.raises(InvalidContactInfo, match="newer contacts API"):
        full.update_contact(id, changes)


def test_one_address_or_number_must_be_left(full: CRM) -> None:
    """U6, C1: a placeholder and a login email are none."""
    id = ana_of(full)
    full.register_member(id, CY)
    for changes in ({"emails": [], "phones": []}, {"emails": None, "phones": ["0000000000"]}):
        with pytest.raises(InsufficientContactInfo, match="at least one email"):
            full.update_contact(id, changes)
    assert full.get_contact(id).emails == (ANA, BOB)
    full.update_contact(id, {"emails": []})
    with pytest.raises(InsufficientContactInfo):
        full.update_contact(id, {"phones": []})


def test_a_member_is_edited_but_for_the_login_email(full: CRM) -> None:
    """U6, G1: MemberEmailLocked for another one and for none; the same in any spelling is none."""
    id = ana_of(full)
    full.register_member(id, CY)
    assert full.update_contact(id, {"firstName": "Anna"}).first_name == "Anna"
    for login in (BOB, None, ""):
        with pytest.raises(MemberEmailLocked, match="leave loginEmail out"):
            full.update_contact(id, {"firstName": "Bea", "loginEmail": login})
    same = full.update_contact(id, {"loginEmail": "CY@Example.com"})
    assert (same.login_email, same.first_name) == (CY, "Anna")


def test_a_login_email_makes_a_member(full: CRM) -> None:
    """G2: as wherever it is given; it belongs to one member."""
    id = ana_of(full)
    other = full.create_contact({"emails": [CY]})
    assert full.update_contact(other, {"loginEmail": CY}).is_member
    with pytest.raises(LoginEmailTaken):
        full.update_contact(id, {"loginEmail": "CY@example.com"})


def test_an_address_of_another_contact_may_be_given(full: CRM) -> None:
    """U6, M2: both have it then, and the older one is found by it."""
    other = full.create_contact({"emails": [CY]})
    assert full.update_contact(other, {"emails": [CY, ANA]}).emails == (CY, ANA)
    assert full.find_contact(email=ANA).id == ana_of(full)
    assert full.upsert_contact({"emails": [ANA], "lastName": "Lee"}).also_matched == (other,)


def test_a_stale_revision_is_refused(full: CRM) -> None:
    """U6: whoever saw an older state must look again; nothing is changed, not even in part."""
    id = ana_of(full)
    seen = full.get_contact(id).revision
    full.update_contact(id, {"firstName": "Anna"}, expected_revision=seen)
    with pytest.raises(StaleRevision) as caught:
        full.update_contact(id, {"firstName": "Bea"}, expected_revision=seen)
    assert caught.value.code == "CONTACT_ALREADY_CHANGED"
    assert caught.value.details == {"contact_id": id, "revision": 2, "expected_revision": 1}
    assert full.get_contact(id).first_name == "Anna"
    with pytest.raises(StaleRevision):
        full.update_contact(id, {}, expected_revision=seen)


def test_two_windows_that_change_different_members_lose_nothing(full: CRM) -> None:
    """Fault 35, U6: each edit is of its members alone, in one transaction with its reading."""
    id = ana_of(full)
    one, other = full.get_contact(id), full.get_contact(id)
    full.update_contact(one.id, {"firstName": "Anna", "Note": "blue"})
    full.update_contact(other.id, {"lastName": "Gomez", "Score": 6})
    after = full.get_contact(id)
    assert (after.first_name, after.last_name) == ("Anna", "Gomez")
    assert (after.custom_fields["Note"], after.custom_fields["Score"]) == ("blue", 6)


def test_two_windows_that_change_one_member(full: CRM) -> None:
    """Fault 35, U6: with the revision that was read, the second one is told; nothing is lost."""
    id = ana_of(full)
    one, other = full.get_contact(id), full.get_contact(id)
    full.update_contact(id, {"firstName": "Anna"}, expected_revision=one.revision)
    with pytest.raises(StaleRevision):
        full.update_contact(id, {"firstName": "Bea"}, expected_revision=other.revision)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"labels": ["Nope"]}, LabelNotFound),
        ({"customFields": {"Nope": "x"}}, CustomFieldNotFound),
        ({"customFields": {"Nope": None}}, CustomFieldNotFound),
        ({"Nope": "x"}, UnknownMember),
        ({"Nope": ""}, UnknownMember),
        ({5: "x"}, UnknownMember),
        ({"firstName": "x", "first_name": "x"}, InvalidContactInfo),
        ({"Note": None, "customFields": {"note": "x"}}, InvalidContactInfo),
        ({"emails": ANA}, InvalidMemberType),
        ({"customFields": 5}, InvalidMemberType),
        ({"customFields": {str(place): "x" for place in range(101)}}, ValueTooLong),
        ({"emails": [f"{place}@example.com" for place in range(51)]}, ValueTooLong),
        (ContactInfo(other_members=5), InvalidMemberType),
        (None, InvalidMemberType),
    ],
)
def test_mistakes_are_refused_as_create_contact_refuses_them(full: CRM, changes, error) -> None:
    """U6, G3, G5, C5: and a misspelt member that was to be cleared is one."""
    id = ana_of(full)
    before = full.get_contact(id)
    with pytest.raises(error):
        full.update_contact(id, changes)
    assert full.get_contact(id) == before


def test_every_mistake_is_told_at_once(full: CRM) -> None:
    """C5: with its place, unknown names too."""
    with pytest.raises(InvalidContactInfo) as caught:
        full.update_contact(
            ana_of(full), {"emails": ["nobody"], "labels": ["Nope"], "fistName": None}
        )
    assert [problem["path"] for problem in caught.value.details["problems"]] == [
        "emails[0]",
        "labels[0]",
        "fistName",
    ]


def test_unknown_names_go_by_the_policy(full: CRM) -> None:
    """G3, G5: left out with a warning, or made; a list of unknown labels is not given."""
    id = ana_of(full)
    changes = {"labels": ["Nope"], "customFields": {"Gone": ""}, "firstName": "Anna"}
    with pytest.warns(WixCRMWarning, match="Nope; customFields: Gone"):
        after = full.update_contact(id, changes, policy=Policy(unknown_names="ignore"))
    assert (after.labels, after.first_name) == (("VIP", "Lead"), "Anna")
    after = full.update_contact(id, changes, policy=Policy(unknown_names="create"))
    assert after.labels == ("Nope",)
    assert "Gone" not in [field.name for field in full.custom_fields.list()]


def test_nobody_is_not_updated(crm: CRM) -> None:
    """U6: ContactNotFound, as from every verb that takes an id."""
    with pytest.raises(ContactNotFound):
        crm.update_contact("nobody", {"firstName": "Ana"})


def test_the_camel_case_name_is_the_same_function() -> None:
    """A1: as of every verb that Wix has."""
    assert CRM.updateContact is CRM.update_contact


names = st.none() | st.sampled_from(["", "Ana", "Bea"])
edits = st.fixed_dictionaries(
    {},
    optional={
        "firstName": names,
        "lastName": names,
        "emails": st.lists(st.sampled_from([ANA, BOB, CY]), min_size=1, max_size=3),
        "labels": st.lists(st.sampled_from(["VIP", "Lead"]), max_size=2),
        "Note": names,
        "Score": st.none() | st.integers(-1, 1),
    },
)


@settings(max_examples=60)
@given(lives=st.lists(edits, max_size=6))
def test_what_is_named_is_what_the_contact_has_then(
    open_crm: Callable[[], CRM], lives: list
) -> None:
    """U6: member by member, whatever came before; to_wix of it changes nothing more."""
    with open_crm() as crm:
        crm.labels.create("VIP")
        crm.labels.create("Lead")
        crm.custom_fields.create("Note")
        crm.custom_fields.create("Score", "number")
        id = crm.create_contact({"emails": [ANA]})
        for changes in lives:
            before = crm.get_contact(id)
            after = crm.update_contact(id, changes)
            wanted = before.to_wix()
            fields = wanted.pop("customFields", {})
            for name, value in changes.items():
                place = fields if name in ("Note", "Score") else wanted
                place[name] = list(dict.fromkeys(value)) if isinstance(value, list) else value
            kept = {name: value for name, value in fields.items() if value not in (None, "")}
            wanted = {name: value for name, value in wanted.items() if value}
            assert after.to_wix() == (wanted | {"customFields": kept} if kept else wanted)
            assert crm.update_contact(id, after.to_wix()) == after
