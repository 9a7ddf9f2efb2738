"""What happened to a contact: U5."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import CRM, Change, ContactNotFound, InvalidArgument

ANA = "ana@example.com"


def test_every_real_change_adds_one_entry(any_crm: CRM, clock) -> None:
    """U5: when, which verb, the members before and after; the first entry is the creation."""
    start = clock.now
    id = any_crm.create_contact({"firstName": "Ana", "emails": [ANA]})
    clock.move(hours=1)
    any_crm.create_contact({"emails": [ANA]})
    any_crm.create_contact({"firstName": "Bea", "lastName": "Diaz", "emails": [ANA]})
    first, second = any_crm.history(id)
    assert first == Change(
        id=None,
        contact_id=id,
        at=start,
        verb="create_contact",
        after={"first_name": "Ana", "emails": (ANA,)},
    )
    assert second == Change(
        id=second.id,
        contact_id=id,
        at=start + timedelta(hours=1),
        verb="create_contact",
        before={"first_name": "Ana", "last_name": None},
        after={"first_name": "Bea", "last_name": "Diaz"},
    )
    assert isinstance(second.id, int)


def test_labels_and_fields_stand_by_name(any_crm: CRM) -> None:
    """U5: as callers know them, dates as dates."""
    any_crm.labels.create("VIP")
    any_crm.custom_fields.create("Birthday", "date")
    any_crm.custom_fields.create("Note")
    birthday = date(1990, 5, 17)
    id = any_crm.create_contact({"emails": [ANA], "Birthday": birthday})
    any_crm.create_contact({"emails": [ANA], "Note": "red", "labels": ["VIP"]})
    created, changed = any_crm.history(id)
    assert created.after == {"emails": (ANA,), "custom_fields": {"Birthday": birthday}}
    assert changed.before == {"labels": (), "custom_fields": {"Note": None}}
    assert changed.after == {"labels": ("VIP",), "custom_fields": {"Note": "red"}}
    any_crm.labels.rename("VIP", "Very")
    assert any_crm.history(id)[1].after["labels"] == ("Very",)


def test_what_was_deleted_keeps_its_key_for_a_name(any_crm: CRM) -> None:
    """U5, G4: history outlives labels and fields."""
    any_crm.labels.create("VIP")
    any_crm.custom_fields.create("Birthday", "date")
    id = any_crm.create_contact({"emails": [ANA], "labels": ["VIP"], "Birthday": "1990-05-17"})
    any_crm.labels.delete("VIP")
    any_crm.custom_fields.delete("Birthday")
    created, without_label, without_field = any_crm.history(id)
    assert created.after["labels"] == ("custom.vip",)
    assert created.after["custom_fields"] == {"custom.birthday": "1990-05-17"}
    assert (without_label.before, without_label.after) == (
        {"labels": ("custom.vip",)},
        {"labels": ()},
    )
    assert without_field.verb == "delete_custom_field"
    assert without_field.after == {"custom_fields": {"custom.birthday": None}}


def test_becoming_a_member_is_a_change(crm: CRM) -> None:
    """U5, G2: as any other."""
    id = crm.create_contact({"emails": [ANA]})
    crm.register_member(id, ANA)
    change = crm.history(id)[-1]
    assert (change.verb, change.before, change.after) == (
        "register_member",
        {"login_email": None},
        {"login_email": ANA},
    )


def test_nobody_has_no_history(crm: CRM) -> None:
    """U5: ContactNotFound, as every verb that takes an id."""
    with pytest.raises(ContactNotFound):
        crm.history("nobody")


calls = st.lists(
    st.fixed_dictionaries(
        {"emails": st.lists(st.sampled_from(["b@example.com", "c@example.com"]), max_size=2)},
        optional={
            "firstName": st.sampled_from(["Ana", "Bea", "Cy"]),
            "labels": st.lists(st.sampled_from(["VIP", "Lead"]), max_size=2),
            "Note": st.sampled_from(["red", "blue"]),
        },
    ),
    max_size=5,
)


@settings(max_examples=60)
@given(calls=calls)
def test_the_entries_lead_from_the_creation_to_now(open_crm, calls: list) -> None:
    """U5: put together, they tell the whole life of a contact."""
    with open_crm() as crm:
        for name in ("VIP", "Lead"):
            crm.labels.create(name)
        crm.custom_fields.create("Note")
        id = crm.create_contact({"emails": [ANA]})
        for call in calls:
            crm.create_contact({**call, "emails": [ANA, *call["emails"]]})
        created, *changes = crm.history(id)
        assert created.after == {"emails": (ANA,)}
        now = dict(created.after)
        for change in changes:
            assert change.before.keys() == change.after.keys()
            for name, before in change.before.items():
                if name != "custom_fields":
                    assert (now.get(name) or None) == (before or None)
            fields = {**now.get("custom_fields", {}), **change.after.get("custom_fields", {})}
            now = {**now, **change.after, "custom_fields": fields}
        contact = crm.get_contact(id)
        assert contact.revision == 1 + len(changes)
        for name, value in now.items():
            assert getattr(contact, name) == value


# A contact at a moment.


def test_a_contact_as_it_was_at_a_moment(any_crm: CRM, clock) -> None:
    """U5: from its creation on; what changed at that very moment had changed."""
    any_crm.labels.create("VIP")
    created = clock.now
    id = any_crm.create_contact({"firstName": "Ana", "emails": [ANA], "labels": ["VIP"]})
    seen = {created: any_crm.get_contact(id)}
    for changes in ({"firstName": "Bea"}, {"labels": [], "language": "es"}, {"firstName": ""}):
        clock.move(hours=1)
        seen[clock.now] = any_crm.update_contact(id, changes)
    clock.move(hours=1)
    any_crm.unsubscribe(id)
    for when, contact in seen.items():
        assert any_crm.contact_at(id, when) == contact
        assert any_crm.contact_at(id, when + timedelta(minutes=59)) == contact
    assert any_crm.contact_at(id, clock.now) == any_crm.get_contact(id)
    with pytest.raises(ContactNotFound, match=r"no contact .* yet"):
        any_crm.contact_at(id, created - timedelta(seconds=1))


def test_membership_at_a_moment(crm: CRM, clock) -> None:
    """U5, G1: before it, the contact was no member."""
    id = crm.create_contact({"emails": [ANA]})
    begun = clock.now
    clock.move(hours=1)
    crm.register_member(id, ANA)
    before, after = crm.contact_at(id, begun), crm.contact_at(id, clock.now)
    assert (before.is_member, before.login_email, after.is_member) == (False, None, True)


# Pruning.


def test_pruning_forgets_what_is_old(any_crm: CRM, clock) -> None:
    """U5: what remains still leads from the first entry, which is derived, to the present."""
    id = any_crm.create_contact({"firstName": "Ana", "emails": [ANA]})
    any_crm.unsubscribe(id)
    any_crm.update_contact(id, {"firstName": "Bea"})
    clock.move(days=10)
    any_crm.update_contact(id, {"lastName": "Diaz"})
    assert any_crm.prune_history(10) == 0
    clock.move(hours=1)
    assert any_crm.prune_history(10) == 2
    first, last = any_crm.history(id)
    assert first.after == {
        "first_name": "Bea",
        "emails": (ANA,),
        "subscription": "unsubscribed",
    }
    assert (last.before, last.after) == ({"last_name": None}, {"last_name": "Diaz"})
    assert any_crm.undo(last.id).last_name is None
    clock.move(hours=1)
    assert any_crm.prune_history(0) == 2
    assert any_crm.history(id)[0].after == first.after
    assert any_crm.contact_at(id, first.at).first_name == "Bea"


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf"), 10**9, "90", True, None])
def test_days_are_a_number(crm: CRM, days) -> None:
    """U5: what is no number of days forgets nothing."""
    with pytest.raises(InvalidArgument, match="older_than_days"):
        crm.prune_history(days)
