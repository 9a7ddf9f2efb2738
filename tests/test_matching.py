"""Who is meant: M1 to M4, against a plain model that knows nothing of keys, rows or indexes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import CRM, MemberContact, Policy
from wixcrm_local.matching import lookups, ranked
from wixcrm_local.model import Keyed, Profile

ANA, BOB, CY = "ana@example.com", "bob@example.com", "cy@example.com"
ONE, TWO = "+16502530000", "+16502530001"


# The rules, one by one.


@pytest.mark.parametrize(
    ("info", "matched_by"),
    [
        ({"emails": [CY, ANA]}, "email"),
        ({"phones": [TWO, ONE]}, "phone"),
        ({"emails": [ANA], "phones": [ONE]}, "email_and_phone"),
        ({"emails": [CY], "phones": [ONE]}, "phone"),
        ({"emails": [ANA], "phones": [TWO]}, "email"),
        ({"emails": [CY], "phones": [TWO]}, None),
    ],
)
def test_any_given_address_or_number_matches(any_crm: CRM, info: dict, matched_by: str) -> None:
    """M1: an existing contact matches if it has any of the given emails or phones."""
    id = any_crm.create_contact({"emails": [BOB, ANA], "phones": [ONE]})
    result = any_crm.upsert_contact(info)
    assert result.matched_by == matched_by
    assert (result.contact_id == id) is (matched_by is not None)


def test_names_do_not_match(crm: CRM) -> None:
    """M1: nothing but addresses and numbers identifies."""
    one = crm.create_contact({"firstName": "Ana", "lastName": "Diaz", "emails": [ANA]})
    other = crm.create_contact({"firstName": "Ana", "lastName": "Diaz", "emails": [BOB]})
    assert one != other


def test_a_login_email_takes_part_on_both_sides(crm: CRM) -> None:
    """M1: given or stored, a member's loginEmail is an address."""
    member = crm.create_contact({"phones": [ONE], "loginEmail": ANA})
    with pytest.raises(MemberContact) as caught:  # having ANA among the emails would be new
        crm.create_contact({"emails": [ANA]})
    assert caught.value.contact_id == member
    other = crm.create_contact({"emails": [BOB]})
    assert crm.upsert_contact({"phones": [TWO], "loginEmail": BOB}).contact_id == other


def test_both_kinds_come_before_one(crm: CRM) -> None:
    """M2: the one that matches by both kinds comes first, then by email, then by phone."""
    by_phone = crm.create_contact({"phones": [ONE]})
    by_email = crm.create_contact({"emails": [ANA]})
    both = crm.create_contact({"emails": [BOB], "phones": [TWO]})
    result = crm.upsert_contact({"emails": [ANA, BOB], "phones": [ONE, TWO]})
    assert result.contact_id == both
    assert result.also_matched == (by_email, by_phone)


def test_email_comes_before_phone(crm: CRM) -> None:
    """M2, fault 23: the email of A and the phone of B mean A; B keeps its phone."""
    b = crm.create_contact({"firstName": "B", "phones": [ONE]})
    a = crm.create_contact({"firstName": "A", "emails": [ANA]})
    result = crm.upsert_contact({"emails": [ANA], "phones": [ONE]})
    assert (result.contact_id, result.matched_by, result.also_matched) == (a, "email", (b,))
    assert crm.get_contact(a).phones == (ONE,)
    assert crm.get_contact(b).to_wix() == {"firstName": "B", "phones": [ONE]}


def test_the_oldest_comes_first_whatever_the_clock_and_the_ids_say(open_crm, clock) -> None:
    """M2, A6: the oldest is the one created first, in the order of the rows."""
    ids = iter(["c", "b", "a"])
    with open_crm(clock=clock, new_id=lambda: next(ids)) as crm:
        for email in (ANA, BOB, CY):
            crm.create_contact({"emails": [email]})
            clock.move(days=-1)
        result = crm.upsert_contact({"emails": [CY, BOB, ANA]})
    assert (result.contact_id, result.also_matched) == ("c", ("b", "a"))


def test_only_the_first_is_updated(crm: CRM) -> None:
    """M2: nothing is merged, nothing is taken from the others."""
    one = crm.create_contact({"emails": [ANA]})
    other = crm.create_contact({"firstName": "Bob", "emails": [BOB]})
    before = crm.get_contact(other)
    crm.create_contact({"emails": [BOB, ANA], "lastName": "Diaz"})
    assert crm.get_contact(other) == before
    assert crm.get_contact(one).first_name is None
    assert crm.get_contact(one).emails == (ANA, BOB)


# Match policies.


@pytest.mark.parametrize(
    ("match_on", "finds"),
    [
        ("email_or_phone", {"email": "a", "phone": "b", "both": "a"}),
        ("email_then_phone", {"email": "a", "phone": "b", "both": "a", "phone of b": None}),
        ("email", {"email": "a", "phone": None, "both": "a", "phone of b": None}),
        ("phone", {"email": None, "phone": "b", "both": "b", "phone of b": "b"}),
        ("none", {"email": None, "phone": None, "both": None, "phone of b": None}),
    ],
)
def test_match_on(open_crm, match_on: str, finds: dict) -> None:
    """M3: which of the given addresses look for a contact."""
    infos = {
        "email": {"emails": [ANA]},
        "phone": {"phones": [ONE]},
        "both": {"emails": [ANA], "phones": [ONE]},
        "phone of b": {"emails": [CY], "phones": [ONE]},
    }
    for asked, found in finds.items():
        with open_crm(policy=Policy(match_on=match_on)) as crm:
            ids = {
                "a": crm.create_contact({"emails": [ANA]}),
                "b": crm.create_contact({"phones": [ONE]}),
            }
            result = crm.upsert_contact(infos[asked])
            assert result.contact_id == ids.get(found, result.contact_id)
            assert (result.action == "created") is (found is None)


def test_families_share_a_telephone(crm: CRM) -> None:
    """M3: email_then_phone makes two contacts of two addresses and one number."""
    policy = Policy(match_on="email_then_phone")
    one = crm.create_contact({"emails": [ANA], "phones": [ONE]}, policy=policy)
    other = crm.create_contact({"emails": [BOB], "phones": [ONE]}, policy=policy)
    assert one != other
    assert crm.create_contact({"phones": [ONE]}, policy=policy) == one


SEPARATE = Policy(shared_phones="separate")


@pytest.mark.parametrize(
    ("stored", "given_name", "whose"),
    [
        (["Ana"], "Ben", None),
        (["Ana"], "ANA", 0),
        (["José"], "jose", 0),
        (["Ana"], None, 0),
        ([None], "Ben", 0),
        (["Ana", None, "Ben"], "Ben", 2),
        (["Ana", None, "Ben"], "Cleo", 1),
        (["Ana", "Ben"], "Cleo", None),
    ],
)
def test_who_only_shares_a_telephone(crm: CRM, stored: list, given_name: Any, whose: Any) -> None:
    """M3: another first name behind one telephone is somebody else, and the others are told."""
    ids = []
    for number, name in enumerate(stored):
        info = {"firstName": name, "emails": [f"{number}@example.com"], "phones": [ONE]}
        ids.append(crm.create_contact(info, policy=Policy(match_on="email")))
    result = crm.upsert_contact({"firstName": given_name, "phones": [ONE]}, policy=SEPARATE)
    if whose is None:
        assert (result.action, result.also_matched) == ("created", tuple(ids))
        again = crm.upsert_contact({"firstName": given_name, "phones": [ONE]}, policy=SEPARATE)
        assert again.contact_id == result.contact_id
    else:
        assert result.contact_id == ids[whose]
        assert set(result.also_matched) == set(ids) - {ids[whose]}


def test_an_email_is_of_one_person_whatever_the_name(crm: CRM) -> None:
    """M3: only telephones are shared."""
    ana = crm.create_contact({"firstName": "Ana", "emails": [ANA], "phones": [ONE]})
    info = {"firstName": "Ben", "emails": [ANA], "phones": [ONE]}
    assert crm.create_contact(info, policy=SEPARATE) == ana


# Pure.


def profile(emails: Iterable[str] = (), phones: Iterable[str] = (), login: str | None = None):
    return Profile(
        emails=tuple(Keyed(key, key) for key in emails),
        phones=tuple(Keyed(key, key) for key in phones),
        login_email=Keyed(login, login) if login else None,
    )


def test_lookups_are_as_few_as_the_lists_allow() -> None:
    """M1: each key is looked for once, an email and a phone in one go."""
    given_profile = profile(["a", "b"], ["1"], login="c")
    assert list(lookups(given_profile, "email_or_phone")) == [("a", "1"), ("b", ""), ("c", "")]
    assert list(lookups(profile(phones=["1"]), "email_then_phone")) == [("", "1")]
    assert list(lookups(given_profile, "none")) == []


def test_a_placeholder_is_not_looked_for() -> None:
    """P2: what has no key finds nobody."""
    given_profile = Profile(emails=(Keyed("a", "a"),), phones=(Keyed("0000000000", None),))
    assert list(lookups(given_profile, "email_or_phone")) == [("a", None)]


@given(
    found=st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["email", "phone"]))),
    data=st.data(),
)
def test_ranking_does_not_depend_on_the_order_of_finding(found: list, data: st.DataObject) -> None:
    """M2: same store and same input, same answer."""
    assert ranked(found) == ranked(data.draw(st.permutations(found)))


# The oracle.


@attrs.define
class Person:
    """A contact as M1 and M2 speak of it."""

    id: str
    emails: set[str]
    phones: set[str]


def expected(people: list[Person], emails: set[str], phones: set[str]) -> list[tuple[str, str]]:
    """M1 and M2 said once more: who matches and by what, first the one to be updated."""
    by_both = [p for p in people if p.emails & emails and p.phones & phones]
    by_email = [p for p in people if p.emails & emails and not p.phones & phones]
    by_phone = [p for p in people if not p.emails & emails and p.phones & phones]
    return [
        *((person.id, "email_and_phone") for person in by_both),
        *((person.id, "email") for person in by_email),
        *((person.id, "phone") for person in by_phone),
    ]


SPELLINGS = {
    "a": [ANA, "ANA@EXAMPLE.COM", "Ana@Example.com"],
    "b": [BOB, "Bob@example.com"],
    "c": ["cy@bücher.de", "CY@xn--bcher-kva.de"],
    "d": ["d@example.test"],
    "1": [ONE, "(650) 253-0000", "0016502530000"],
    "2": ["+44 20 7031 3000", "+44 (0)20 7031 3000"],
    "3": ["555 0100", "5550100"],
}


def spelled(names: str):
    """Lists of up to three of these, in any spelling."""
    one = st.sampled_from(names).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(SPELLINGS[name]))
    )
    return st.lists(one, max_size=3)


calls = st.tuples(spelled("abcd"), spelled("123")).filter(any)


@settings(max_examples=200)
@given(history=st.lists(calls, min_size=1, max_size=8))
def test_matching_is_what_the_rules_say(open_crm, history: list) -> None:
    """M1, M2, U2: against the plain model, over small worlds in which calls often meet."""
    people: list[Person] = []
    with open_crm() as crm:
        for emails, phones in history:
            email_names, phone_names = {n for n, _ in emails}, {n for n, _ in phones}
            matches = expected(people, email_names, phone_names)
            result = crm.upsert_contact(
                {"emails": [text for _, text in emails], "phones": [text for _, text in phones]}
            )
            if not matches:
                assert (result.action, result.matched_by) == ("created", None)
                people.append(Person(result.contact_id, email_names, phone_names))
                continue
            chosen, *others = matches
            assert (result.contact_id, result.matched_by) == chosen
            assert result.also_matched == tuple(id for id, _ in others)
            person = next(person for person in people if person.id == result.contact_id)
            is_new = not (email_names <= person.emails and phone_names <= person.phones)
            assert result.action == ("updated" if is_new else "unchanged")
            person.emails |= email_names
            person.phones |= phone_names
        for person, contact in zip(people, crm.iter_contacts(), strict=True):
            assert contact.id == person.id
            assert len(contact.emails) == len(person.emails)
            assert len(contact.phones) == len(person.phones)
