"""Contacts that may be one person (M2; issue 6)."""

from __future__ import annotations

import attrs
import pytest
from store_fixtures import info

from wixcrm_local import CRM, Policy, duplicates

NEW = Policy(match_on="none")


def groups(crm: CRM) -> list[tuple[str, str, list[str | None], bool]]:
    return [
        (
            found.kind,
            found.key,
            [crm.get_contact(id).first_name for id in found.contact_ids],
            found.proposed,
        )
        for found in crm.find_duplicates()
    ]


def person(crm: CRM, first: str, last: str | None = None, **members: object) -> str:
    return crm.create_contact({"firstName": first, "lastName": last, **members}, policy=NEW)


def test_same_keys_on_several_contacts(any_crm: CRM) -> None:
    """M2: an address or number in any spelling that two have; each group by its key."""
    person(any_crm, "Ana", emails=["ana@b.com"], phones=["(212) 555-2368"])
    person(any_crm, "Bea", emails=["bea@b.com"], phones=["+1 212 555 2368"])
    person(any_crm, "Cy", emails=["ANA@b.com"])
    person(any_crm, "Dan", emails=["dan@b.com"])
    assert groups(any_crm) == [
        ("email", "ana@b.com", ["Ana", "Cy"], True),
        ("phone", "+12125552368", ["Ana", "Bea"], True),
    ]


def test_a_login_email_counts_as_an_address(any_crm: CRM) -> None:
    """M1: on both sides; a group that is found by addresses is told once."""
    member = person(any_crm, "Ana", emails=["a@b.com"])
    any_crm.register_member(member, "login@b.com")
    person(any_crm, "Bea", emails=["login@b.com"])
    assert groups(any_crm) == [("email", "login@b.com", ["Ana", "Bea"], True)]
    person(any_crm, "Cy", emails=["login@b.com"])
    assert groups(any_crm) == [("email", "login@b.com", ["Ana", "Bea", "Cy"], True)]


def test_one_contact_is_no_duplicate_of_itself(crm: CRM) -> None:
    """M2: the same address as log-in and in the list, and placeholders of strangers, are none."""
    id = person(crm, "Ana", emails=["a@b.com"], phones=["0000000000"])
    crm.register_member(id, "A@b.com")
    person(crm, "Bea", emails=["x@y.com"], phones=["0000000000"])
    assert groups(crm) == []


def test_what_many_share_is_told_and_not_proposed(crm: CRM) -> None:
    """Issue 6: the number of an office makes nobody one person."""
    for place in range(12):
        person(crm, f"P{place}", emails=[f"someone{place * 11}@b.com"], phones=["(212) 555-2368"])
    (found,) = crm.find_duplicates()
    assert (found.count, found.proposed, len(found.contact_ids)) == (12, False, 10)


def test_one_name_with_near_addresses(crm: CRM) -> None:
    """Issue 6: a hint behind the keys; the same name alone is none."""
    person(crm, "Ana", "Díaz", emails=["ana.diaz@gmail.com"])
    person(crm, "ANA", "Diaz", emails=["anadiaz@gmial.com"])
    person(crm, "Ana", "Diaz", emails=["someone@else.com"])
    person(crm, "Bob", "Diaz", emails=["ana.diaz@gmai.com"])
    person(crm, "Ana", emails=["ana.diaz@gmail.co"])
    assert groups(crm) == [("name", "ana diaz", ["Ana", "ANA"], True)]


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("ana@b.com", "ana@c.org", True),
        ("a.na+x@b.com", "ana@b.com", True),
        ("anna@b.com", "ana@b.com", True),
        ("ana@gmial.com", "bna@gmial.com", True),
        ("naa@b.com", "ana@b.com", True),
        ("ana@b.com", "ana@b.com", False),
        ("ana@b.com", "bob@b.com", False),
        ("ana@b.com", "annna@b.com", False),
        ("ab@c.de", "ba@cd.e", False),
    ],
)
def test_near_addresses(one, other, near) -> None:
    """Issue 6: a slip of the keys, or one local part; in both directions."""
    assert duplicates.are_near(one, other) is duplicates.are_near(other, one) is near


def test_many_groups_come_page_by_page(crm: CRM, monkeypatch) -> None:
    """Issue 6: bounded memory; every group once, and the store is free between two."""
    monkeypatch.setattr(duplicates, "_PAGE", 2)
    for name in "abcde":
        person(crm, name, "Ä", emails=[f"{name}@x.com"])
        person(crm, name, "a", emails=[f"{name}@x.com"])
        person(crm, f"{name}1", "b", emails=[f"near.{name}@y.com"])
        person(crm, f"{name}1", "B", emails=[f"near.{name}@z.com"])
    keys = []
    for found in crm.find_duplicates():
        crm.create_contact(info(f"while{len(keys)}"))
        keys.append(found.key)
    assert keys == [f"{name}@x.com" for name in "abcde"] + [f"{name}1 b" for name in "abcde"]


def test_a_group_is_a_frozen_value(crm: CRM) -> None:
    """A4: like all that the library answers with."""
    person(crm, "Ana", emails=["ana@b.com"])
    person(crm, "Bea", emails=["ana@b.com"])
    (found,) = crm.find_duplicates()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.key = "x"
