"""createContact as a whole, and reading contacts: A4, A5, A8, C2, M4 and the laws that tie the
rules together. Each rule alone is tested in the file of its module."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, timedelta, timezone

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import CRM, Contact, ContactInfo, InvalidArgument

ANA = "ana@example.com"

# A small world, in which calls often meet: spellings of few addresses, few numbers, few names.
ADDRESSES = ["ana@example.com", "Ana@Example.COM", "bob@example.com", "cy@bücher.de"]
NUMBERS = [
    "+1 650 253 0000",
    "(650) 253-0000",
    "020 555",
    "+44 20 7031 3000",
    "0000000000",
    5550100,
]
LABELS = ["VIP", "vip", "Customer", "custom.newsletter"]

texts = st.sampled_from([None, "", "Ana", " Ana ", "José", "👩\u200d🚀"])
lists = {
    "emails": st.lists(st.sampled_from([*ADDRESSES, "", None]), max_size=3),
    "phones": st.lists(st.sampled_from([*NUMBERS, " "]), max_size=3),
    "labels": st.lists(st.sampled_from(LABELS), max_size=2),
}
offsets = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
field_values = st.fixed_dictionaries(
    {},
    optional={
        "Note": st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=10),
        "Lead score": st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, width=64).filter(lambda value: abs(value) != float("inf")),
        "Birthday": st.dates() | st.datetimes(timezones=st.none() | st.just(UTC) | offsets),
        "Site": st.sampled_from(["https://example.com/", "mailto:ana@example.com"]),
    },
)
infos = st.fixed_dictionaries(
    {},
    optional={"firstName": texts, "picture": texts, **lists, "customFields": field_values},
).filter(lambda info: any(info.get("emails", [])) or any(map(is_number, info.get("phones", []))))


def is_number(item: object) -> bool:
    return item not in (" ", "0000000000")


@pytest.fixture(scope="session")
def furnished(open_crm: Callable[..., CRM]) -> Callable[[], CRM]:
    """Opens a store with the labels and custom fields that `infos` use."""

    def open_one() -> CRM:
        crm = open_crm()
        for name in ("VIP", "Customer", "Newsletter"):
            crm.labels.create(name)
        for name, kind in [
            ("Note", "text"),
            ("Lead score", "number"),
            ("Birthday", "date"),
            ("Site", "url"),
        ]:
            crm.custom_fields.create(name, kind)
        return crm

    return open_one


def everybody(crm: CRM) -> list[Contact]:
    return list(crm.iter_contacts())


# The main job.


def test_create_then_update(any_crm: CRM) -> None:
    """The documentation: no match makes a contact, a match updates it and keeps all else."""
    id = any_crm.create_contact(
        {"firstName": "Ana", "lastName": "Diaz", "emails": [ANA], "phones": ["(650) 253-0000"]}
    )
    again = any_crm.create_contact({"lastName": "Gomez", "phones": ["+16502530000"]})
    assert again == id
    assert any_crm.count_contacts() == 1
    assert any_crm.get_contact(id).to_wix() == {
        "firstName": "Ana",
        "lastName": "Gomez",
        "emails": [ANA],
        "phones": ["(650) 253-0000"],
    }


def test_everything_documented_is_kept(any_crm: CRM) -> None:
    """A5: to_wix() gives the documented members that have a value, ready for JSON."""
    any_crm.labels.create("Customer")
    any_crm.custom_fields.create("Birthday", "date")
    info = {
        "firstName": "Ana",
        "lastName": "Diaz",
        "picture": "https://example.com/ana.png",
        "emails": [ANA, "ana@work.example"],
        "loginEmail": ANA,
        "phones": ["+1 650 253 0000"],
        "labels": ["Customer"],
        "language": "es",
        "customFields": {"Birthday": date(1990, 5, 17)},
    }
    contact = any_crm.get_contact(any_crm.create_contact(info))
    wix = {**info, "customFields": {"Birthday": "1990-05-17"}}
    assert contact.to_wix() == wix
    assert list(contact.to_wix()) == list(wix)
    assert json.loads(json.dumps(contact.to_wix())) == wix
    assert contact.custom_fields == {"Birthday": date(1990, 5, 17)}


def test_what_else_a_contact_has_are_attributes_only(crm: CRM, clock) -> None:
    """A4, A5: id, times, revision, is_member and subscription."""
    id = crm.create_contact({"emails": [ANA]})
    contact = crm.get_contact(id)
    assert contact.to_wix() == {"emails": [ANA]}
    assert contact == Contact(
        id=id,
        created_at=clock.now,
        updated_at=clock.now,
        revision=1,
        is_member=False,
        subscription="not_set",
        emails=(ANA,),
    )


def test_values_are_parameters(any_crm: CRM) -> None:
    """Fault 71: no text of a caller's is ever read as SQL."""
    evil = "'; DROP TABLE contacts; --"
    any_crm.labels.create(evil)
    any_crm.custom_fields.create(evil)
    info = {"firstName": evil, "emails": [ANA], "labels": [evil], "customFields": {evil: evil}}
    id = any_crm.create_contact(info)
    assert any_crm.get_contact(id).to_wix() == info
    assert any_crm.find_contact(email=evil) is None


# Looking up.


def test_find_contact_in_any_spelling(any_crm: CRM) -> None:
    """A8: by address or number, in any spelling."""
    id = any_crm.create_contact({"emails": [ANA], "phones": ["(650) 253-0000"]})
    assert any_crm.find_contact(email=" ANA@Example.com ").id == id
    assert any_crm.find_contact(phone="+1 650 253 0000").id == id
    assert any_crm.find_contact(phone=6502530000).id == id


@pytest.mark.parametrize(
    "wanted",
    [
        {"email": "nobody@example.com"},
        {"email": "no address"},
        {"email": ""},
        {"email": "\ud800@example.com"},
        {"phone": "call me"},
        {"phone": ""},
        {"phone": "0000000000"},
        {"phone": "é" * 1_000_000},
    ],
    ids=lambda wanted: next(iter(wanted)),
)
def test_find_contact_answers_none_for_nobody(crm: CRM, wanted: dict) -> None:
    """A8: None for nobody, and for text that is no address or number."""
    crm.create_contact({"emails": [ANA], "phones": ["0000000000"]})
    assert crm.find_contact(**wanted) is None


def test_find_contact_gives_the_first_of_several(crm: CRM) -> None:
    """A8: several have it, M2's order decides: the oldest."""
    one = crm.create_contact({"emails": [ANA]})
    crm.create_contact({"emails": ["bob@example.com"]})
    crm.create_contact({"emails": ["bob@example.com", ANA], "phones": ["+1 650 253 0000"]})
    assert crm.find_contact(email=ANA).id == one


def test_find_contact_finds_a_member_by_login_email(crm: CRM) -> None:
    """M1: a login email is an address, too."""
    id = crm.create_contact({"phones": ["6502530000"], "loginEmail": ANA})
    assert crm.find_contact(email=ANA).id == id


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"email": ANA, "phone": "1"},
        {"email": 5},
        {"phone": 5.0},
        {"phone": True},
        {"phone": []},
    ],
    ids=str,
)
def test_find_contact_takes_one_text(crm: CRM, wanted: dict) -> None:
    """Section 9: which argument is wrong, and how it is right."""
    with pytest.raises(InvalidArgument):
        crm.find_contact(**wanted)


def test_iter_contacts_is_oldest_first_and_free_between_items(any_crm: CRM) -> None:
    """A6, fault 33: nothing is held open, so the store can be written while it is read."""
    for number in range(3):
        any_crm.create_contact({"emails": [f"{number}@example.com"]})
    seen = []
    for contact in any_crm.iter_contacts():
        seen.append(contact.emails[0])
        any_crm.create_contact({"emails": [contact.emails[0]], "firstName": "Seen"})
    assert seen == ["0@example.com", "1@example.com", "2@example.com"]
    assert {contact.first_name for contact in any_crm.iter_contacts()} == {"Seen"}


def test_iter_contacts_passes_the_end_of_a_page(crm: CRM) -> None:
    """A6: every contact once, however many there are."""
    with crm.transaction():
        for number in range(1_001):
            crm.create_contact(
                {"emails": [f"{number}@example.com"], "phones": [f"+1650253{number:04}"]}
            )
    addresses = [contact.emails for contact in crm.iter_contacts()]
    assert addresses == [(f"{number}@example.com",) for number in range(1_001)]
    assert crm.count_contacts() == 1_001


# Laws.


@settings(max_examples=60)
@given(calls=st.lists(infos, min_size=1, max_size=5))
def test_the_same_call_again_changes_nothing(furnished: Callable[[], CRM], calls: list) -> None:
    """U4, G1: repeating a call is always safe: the second is `unchanged`, of the same contact."""
    with furnished() as crm:
        for info in calls:
            first = crm.upsert_contact(info)
            stored = everybody(crm)
            second = crm.upsert_contact(info)
            assert (second.contact_id, second.action) == (first.contact_id, "unchanged")
            assert second.changed == ()
            assert everybody(crm) == stored


@settings(max_examples=60)
@given(calls=st.lists(infos, min_size=1, max_size=6))
def test_nothing_is_ever_taken_away(furnished: Callable[[], CRM], calls: list) -> None:
    """Section 5: createContact never takes anything away."""
    with furnished() as crm:
        before: dict[str, Contact] = {}
        for info in calls:
            crm.create_contact(info)
            now = {contact.id: contact for contact in everybody(crm)}
            for id, was in before.items():
                for name in ("emails", "phones", "labels"):
                    kept = getattr(was, name)
                    assert getattr(now[id], name)[: len(kept)] == kept
                assert was.custom_fields.keys() <= now[id].custom_fields.keys()
                assert now[id].first_name or not was.first_name
            before = now


@settings(max_examples=60)
@given(calls=st.lists(infos, min_size=1, max_size=4))
def test_what_comes_out_can_go_in_again(furnished: Callable[[], CRM], calls: list) -> None:
    """A5: from_wix(to_wix()) is always valid, and creating from it changes nothing."""
    with furnished() as crm:
        for info in calls:
            contact = crm.get_contact(crm.create_contact(info))
            again = ContactInfo.from_wix(json.loads(json.dumps(contact.to_wix())))
            result = crm.upsert_contact(again)
            # Another contact may have the same addresses, and then comes first (M2).
            if result.contact_id == contact.id:
                assert result.action == "unchanged"
                assert crm.get_contact(contact.id) == contact


@settings(max_examples=60)
@given(calls=st.lists(infos, max_size=3), last=infos, data=st.data())
def test_the_order_of_a_list_says_nothing_about_who_is_meant(
    furnished: Callable[[], CRM], calls: list, last: dict, data: st.DataObject
) -> None:
    """M1, M2: any of the given addresses matches, in whatever order they are given."""
    shuffled = {
        name: data.draw(st.permutations(value)) if isinstance(value, list) else value
        for name, value in last.items()
    }
    answers = []
    for info in (last, shuffled):
        with furnished() as crm:
            for call in calls:
                crm.create_contact(call)
            answers.append(attrs.evolve(crm.upsert_contact(info), changed=(), replaced={}))
    assert answers[0] == answers[1]


@settings(max_examples=60)
@given(one=infos, other=infos)
def test_calls_about_different_people_can_come_in_any_order(
    furnished: Callable[[], CRM], one: dict, other: dict
) -> None:
    """M1: where nothing is shared, what becomes of one call does not depend on the other."""
    other = {
        **other,
        "emails": [f"other.{item}" for item in other.get("emails", []) if item],
        "phones": [f"{item} ext. 7" for item in other.get("phones", []) if is_number(item)],
    }
    outcomes = []
    for calls in ((one, other), (other, one)):
        with furnished() as crm:
            for call in calls:
                crm.create_contact(call)
            outcomes.append(sorted([json.dumps(it.to_wix()) for it in crm.iter_contacts()]))
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 2
