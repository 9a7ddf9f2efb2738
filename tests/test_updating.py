"""What an update changes and what it leaves: U1 to U4."""

from __future__ import annotations

from datetime import date

import pytest

from wixcrm_local import CRM, Policy, UpsertResult
from wixcrm_local.model import Keyed, Profile
from wixcrm_local.updating import changed_members, merged

ANA, BOB = "ana@example.com", "bob@example.com"
PHONE = "+1 650 253 0000"


def test_what_is_given_overrides_and_what_is_not_stays(any_crm: CRM, clock) -> None:
    """U1: the value it had before is in `replaced`."""
    id = any_crm.create_contact(
        {"firstName": "Ana", "lastName": "Diaz", "language": "es", "emails": [ANA]}
    )
    clock.move(hours=1)
    result = any_crm.upsert_contact({"lastName": "Gomez", "picture": "p.png", "emails": [ANA]})
    assert result == UpsertResult(
        contact_id=id,
        action="updated",
        matched_by="email",
        changed=("last_name", "picture"),
        replaced={"last_name": "Diaz"},
    )
    contact = any_crm.get_contact(id)
    assert contact.to_wix() == {
        "firstName": "Ana",
        "lastName": "Gomez",
        "picture": "p.png",
        "emails": [ANA],
        "language": "es",
    }
    assert contact.revision == 2
    assert contact.updated_at == clock.now > contact.created_at


def test_lists_are_added_to(any_crm: CRM) -> None:
    """U2: what the contact does not have yet comes after the stored ones."""
    any_crm.labels.create("VIP")
    any_crm.labels.create("Customer")
    id = any_crm.create_contact({"emails": [ANA], "phones": [PHONE], "labels": ["VIP"]})
    result = any_crm.upsert_contact(
        {
            "emails": [BOB, "ANA@example.com"],
            "phones": ["+44 20 7031 3000", "6502530000"],
            "labels": ["Customer", "VIP"],
        }
    )
    assert result.changed == ("emails", "phones", "labels")
    assert result.replaced == {}
    contact = any_crm.get_contact(id)
    assert contact.emails == (ANA, BOB)
    assert contact.phones == (PHONE, "+44 20 7031 3000")
    assert contact.labels == ("VIP", "Customer")


def test_arrays_replace(any_crm: CRM) -> None:
    """U2: the given list becomes the list, in stored spellings; a dropped address is gone."""
    replace = Policy(arrays="replace")
    id = any_crm.create_contact({"emails": [ANA, BOB], "phones": [PHONE]})
    result = any_crm.upsert_contact(
        {"emails": ["cy@example.com", "BOB@example.com"]}, policy=replace
    )
    assert result.contact_id == id
    assert result.replaced == {"emails": (ANA, BOB)}
    contact = any_crm.get_contact(id)
    assert contact.emails == ("cy@example.com", BOB)
    assert contact.phones == (PHONE,)
    assert any_crm.find_contact(email=ANA) is None


def test_arrays_replace_ignores_a_blank_list(crm: CRM) -> None:
    """C2, U2: a blank never erases, under any policy."""
    id = crm.create_contact({"emails": [ANA], "phones": [PHONE]})
    info = {"emails": [ANA], "phones": [""], "labels": []}
    assert crm.upsert_contact(info, policy=Policy(arrays="replace")).action == "unchanged"
    assert crm.get_contact(id).phones == (PHONE,)


def test_custom_fields_merge_per_key(any_crm: CRM) -> None:
    """U3: a field that is not given stays; the value it had before is in `replaced`."""
    any_crm.custom_fields.create("Colour")
    any_crm.custom_fields.create("Birthday", "date")
    birthday = date(1990, 5, 17)
    id = any_crm.create_contact(
        {"emails": [ANA], "customFields": {"Colour": "red", "Birthday": birthday}}
    )
    result = any_crm.upsert_contact({"emails": [ANA], "customFields": {"colour": "blue"}})
    assert result.changed == ("custom_fields",)
    assert result.replaced == {"custom_fields": {"Colour": "red"}}
    assert any_crm.get_contact(id).custom_fields == {"Colour": "blue", "Birthday": birthday}


@pytest.mark.parametrize(
    "info",
    [
        {"emails": [ANA]},
        {"firstName": " Ana", "emails": ["ANA@Example.com"]},
        {"phones": ["(650) 253-0000"]},
        {"emails": [ANA], "labels": ["vip"]},
        {"emails": [ANA], "customFields": {"score": 5.0}},
        {"emails": [ANA], "custom.score": "5"},
        {"emails": [ANA], "firstName": "", "phones": [None]},
    ],
)
def test_no_real_change(any_crm: CRM, clock, info: dict) -> None:
    """U4: `unchanged`, no revision bump, updated_at stays, and so does the stored spelling."""
    any_crm.labels.create("VIP")
    any_crm.custom_fields.create("Score", "number")
    id = any_crm.create_contact(
        {
            "firstName": "Ana",
            "emails": [ANA],
            "phones": [PHONE],
            "labels": ["VIP"],
            "customFields": {"Score": 5},
        }
    )
    before = any_crm.get_contact(id)
    clock.move(hours=1)
    result = any_crm.upsert_contact(info)
    assert (result.action, result.changed, result.replaced) == ("unchanged", (), {})
    assert any_crm.get_contact(id) == before
    assert len(any_crm.history(id)) == 1


def test_a_number_of_equal_value_keeps_its_type(any_crm: CRM) -> None:
    """U4, G6: 5.0 given for a stored 5 is no change, even where something else changes."""
    any_crm.custom_fields.create("Score", "number")
    id = any_crm.create_contact({"emails": [ANA], "Score": 5})
    result = any_crm.upsert_contact({"firstName": "Ana", "emails": [ANA], "Score": 5.0})
    assert result.changed == ("first_name",)
    assert repr(any_crm.get_contact(id).custom_fields["Score"]) == "5"


def test_case_of_a_name_is_a_change(crm: CRM) -> None:
    """U1, U4: a name has no key; what is typed is what is kept."""
    crm.create_contact({"firstName": "ana", "emails": [ANA]})
    assert crm.upsert_contact({"firstName": "Ana", "emails": [ANA]}).replaced == {
        "first_name": "ana"
    }


def test_a_placeholder_is_added_once(crm: CRM) -> None:
    """P2, U4: kept as text, and the same text again is no change."""
    id = crm.create_contact({"emails": [ANA], "phones": ["0000000000"]})
    assert crm.upsert_contact({"emails": [ANA], "phones": ["0000000000"]}).action == "unchanged"
    crm.create_contact({"emails": [ANA], "phones": ["000-000-0000"]})
    assert crm.get_contact(id).phones == ("0000000000", "000-000-0000")


def test_merging_is_pure() -> None:
    """U4: an equal profile comes back where nothing changes, and none is changed in place."""
    kept = Profile(first_name="Ana", emails=(Keyed(ANA, ANA),), custom_fields={1: 5})
    same = Profile(first_name="Ana", emails=(Keyed(ANA.upper(), ANA),), custom_fields={1: 5.0})
    assert merged(kept, same, "add") == kept
    other = Profile(first_name="Bea", custom_fields={2: "x"})
    after = merged(kept, other, "add")
    assert changed_members(kept, after) == ("first_name", "custom_fields")
    assert kept.custom_fields == {1: 5}
    assert after.custom_fields == {1: 5, 2: "x"}
