"""Site members: G1 and G2."""

from __future__ import annotations

import pytest

from wixcrm_local import (
    CRM,
    ContactNotFound,
    InvalidEmail,
    LoginEmailTaken,
    MemberContact,
    MemberEmailLocked,
    Policy,
)

ANA, BOB = "ana@example.com", "bob@example.com"


@pytest.fixture
def member(any_crm: CRM) -> str:
    """The id of a site member."""
    return any_crm.create_contact({"firstName": "Ana", "emails": [ANA], "loginEmail": ANA})


def test_a_contact_with_a_login_email_is_a_member(any_crm: CRM, member: str) -> None:
    """G1, G2: by loginEmail on creation."""
    contact = any_crm.get_contact(member)
    assert contact.is_member
    assert contact.login_email == ANA


@pytest.mark.parametrize(
    "change",
    [
        {"firstName": "Bea"},
        {"phones": ["+1 650 253 0000"]},
        {"emails": [ANA, BOB]},
        {"loginEmail": BOB},
    ],
)
def test_create_contact_can_t_update_a_member(any_crm: CRM, member: str, change: dict) -> None:
    """G1: MemberContact, which carries the contact's id; the member stays as it was."""
    before = any_crm.get_contact(member)
    with pytest.raises(MemberContact) as caught:
        any_crm.create_contact({"emails": [ANA], **change})
    assert caught.value.code == "CANNOT_UPDATE_MEMBER"
    assert caught.value.contact_id == member
    assert "members='keep'" in caught.value.message
    assert any_crm.get_contact(member) == before


@pytest.mark.parametrize(
    "info",
    [
        {"emails": [ANA]},
        {"firstName": "Ana", "emails": [ANA], "loginEmail": "ANA@example.com"},
        {"emails": [ANA], "lastName": "", "phones": [None]},
    ],
)
def test_a_call_that_would_change_nothing_returns_the_id(
    any_crm: CRM, member: str, info: dict
) -> None:
    """G1: members included: repeating a call is always safe."""
    result = any_crm.upsert_contact(info)
    assert (result.contact_id, result.action) == (member, "unchanged")


def test_members_kept(any_crm: CRM, member: str) -> None:
    """G1: policy members="keep": unchanged, id returned."""
    result = any_crm.upsert_contact(
        {"firstName": "Bea", "emails": [ANA]}, policy=Policy(members="keep")
    )
    assert (result.contact_id, result.action) == (member, "kept")
    assert (result.changed, result.replaced) == ((), {})
    assert any_crm.get_contact(member).first_name == "Ana"


def test_a_matched_contact_becomes_a_member(any_crm: CRM) -> None:
    """G2: by loginEmail given for a matched non-member."""
    id = any_crm.create_contact({"emails": [ANA]})
    result = any_crm.upsert_contact({"emails": [ANA], "loginEmail": BOB})
    assert (result.contact_id, result.changed) == (id, ("login_email",))
    assert any_crm.get_contact(id).is_member


def test_register_member(any_crm: CRM) -> None:
    """G2: by register_member(id, login_email); again with the same address changes nothing."""
    id = any_crm.create_contact({"phones": ["+1 650 253 0000"]})
    contact = any_crm.register_member(id, " Ana@Example.com ")
    assert (contact.login_email, contact.is_member, contact.revision) == (
        "Ana@Example.com",
        True,
        2,
    )
    assert contact == any_crm.get_contact(id)
    assert any_crm.register_member(id, ANA) == contact
    assert any_crm.history(id)[-1].verb == "register_member"
    with pytest.raises(MemberEmailLocked):
        any_crm.register_member(id, BOB)
    with pytest.raises(ContactNotFound):
        any_crm.register_member("nobody", BOB)


def test_a_login_email_is_unique_among_members(any_crm: CRM, member: str) -> None:
    """G2: LoginEmailTaken names the other member; on creation, on update, on registering."""
    other = any_crm.create_contact({"emails": [BOB], "phones": ["+1 650 253 0000"]})
    by_phone = Policy(match_on="phone")
    for call in (
        lambda: any_crm.register_member(other, "ANA@example.com"),
        lambda: any_crm.create_contact(
            {"emails": [BOB], "phones": ["6502530000"], "loginEmail": ANA}, policy=by_phone
        ),
        lambda: any_crm.create_contact(
            {"phones": ["+44 20 7031 3000"], "loginEmail": ANA}, policy=by_phone
        ),
    ):
        with pytest.raises(LoginEmailTaken) as caught:
            call()
        assert caught.value.details["contact_id"] == member
    assert not any_crm.get_contact(other).is_member
    assert any_crm.count_contacts() == 2


def test_an_email_of_a_member_may_be_anyone_s(crm: CRM) -> None:
    """G2: unique is the login email, not the address: a non-member may have it among theirs."""
    one = crm.create_contact({"emails": [BOB, ANA]})
    other = crm.create_contact({"phones": ["+1 650 253 0000"]})
    crm.register_member(other, ANA)
    assert crm.create_contact({"emails": [BOB, ANA]}) == one


@pytest.mark.parametrize("login", ["", "none", "a\0@x.com", None, 5, "a@x.com, b@x.com"])
def test_a_login_email_is_valid(crm: CRM, login: object) -> None:
    """G2: an address like any other."""
    id = crm.create_contact({"emails": [ANA]})
    with pytest.raises(InvalidEmail):
        crm.register_member(id, login)
    assert not crm.get_contact(id).is_member


def test_a_bad_login_email_is_a_problem_of_its_own(crm: CRM) -> None:
    """C5, G2: with its path."""
    with pytest.raises(InvalidEmail, match=r"^loginEmail: "):
        crm.create_contact({"emails": [ANA], "loginEmail": "none"})
