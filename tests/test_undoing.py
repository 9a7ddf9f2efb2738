"""undo: one change is taken back, and nothing later is lost (U5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    CannotUndo,
    ChangeNotFound,
    InsufficientContactInfo,
    LoginEmailTaken,
    Policy,
)

ANA, BOB, CY = "ana@example.com", "bob@example.com", "cy@example.com"
PHONE = "+1 650 253 0000"


@pytest.fixture
def ana(any_crm: CRM) -> str:
    """The id of a contact with a label and a field."""
    any_crm.labels.create("VIP")
    any_crm.custom_fields.create("Note")
    any_crm.custom_fields.create("Birthday", "date")
    return any_crm.create_contact(
        {"firstName": "Ana", "emails": [ANA], "labels": ["VIP"], "Note": "red"}
    )


def last_change(crm: CRM, id: str) -> int:
    change = crm.history(id)[-1].id
    assert change is not None
    return change


@pytest.mark.parametrize(
    "changes",
    [
        {"firstName": "Bea", "lastName": "Diaz", "language": "es"},
        {"firstName": ""},
        {"emails": ["ANA@Example.com", BOB], "phones": [PHONE, "0000000000"]},
        {"emails": [BOB]},
        {"labels": [], "Note": None},
        {"Note": "blue", "Birthday": date(1990, 5, 17)},
    ],
)
def test_the_members_of_a_change_get_back_what_they_had(any_crm, ana, changes) -> None:
    """U5: every member alike; what finds the contact is put right, too."""
    before = any_crm.get_contact(ana)
    any_crm.update_contact(ana, changes)
    after = any_crm.undo(last_change(any_crm, ana))
    assert after == any_crm.get_contact(ana)
    assert after.to_wix() == before.to_wix()
    assert any_crm.find_contact(email=ANA) == after
    assert any_crm.find_contact(email=BOB) is any_crm.find_contact(phone=PHONE) is None


def test_undoing_is_a_change_that_can_be_undone(any_crm: CRM, ana: str, clock) -> None:
    """U5: with its entry, revision and time; undone twice is done again."""
    any_crm.update_contact(ana, {"firstName": "Bea", "Note": "blue"})
    clock.move(hours=1)
    first = last_change(any_crm, ana)
    assert any_crm.undo(first).revision == 3
    change = any_crm.history(ana)[-1]
    assert (change.verb, change.at) == ("undo", clock.now)
    assert change.before == {"first_name": "Bea", "custom_fields": {"Note": "blue"}}
    assert change.after == {"first_name": "Ana", "custom_fields": {"Note": "red"}}
    again = any_crm.undo(last_change(any_crm, ana))
    assert (again.first_name, again.custom_fields) == ("Bea", {"Note": "blue"})
    assert any_crm.undo(first).first_name == "Ana"


def test_other_members_may_have_changed_since(any_crm: CRM, ana: str) -> None:
    """U5: what came later and is of other members, or other fields, stays."""
    any_crm.update_contact(ana, {"firstName": "Bea", "Note": "blue"})
    change = last_change(any_crm, ana)
    any_crm.update_contact(ana, {"lastName": "Diaz", "Birthday": "1990-05-17"})
    after = any_crm.undo(change)
    assert (after.first_name, after.last_name) == ("Ana", "Diaz")
    assert after.custom_fields == {"Note": "red", "Birthday": date(1990, 5, 17)}


def test_later_changes_of_the_same_members_stand_in_the_way(any_crm: CRM, ana: str) -> None:
    """U5: the error names them; undone from the last one on, all go."""
    any_crm.update_contact(ana, {"firstName": "Bea", "lastName": "Diaz"})
    any_crm.update_contact(ana, {"firstName": "Cy"})
    any_crm.update_contact(ana, {"language": "es"})
    any_crm.create_contact({"emails": [ANA], "firstName": "Di"})
    first, second, _, last = [change.id for change in any_crm.history(ana)[1:]]
    with pytest.raises(CannotUndo, match=f"firstName.*: {second}, {last}; undo those") as caught:
        any_crm.undo(first)
    assert caught.value.details == {
        "change_id": first,
        "contact_id": ana,
        "reason": "later_changes",
        "members": ["firstName"],
        "later_changes": [second, last],
    }
    assert any_crm.get_contact(ana).first_name == "Di"
    for change in (last, second, first):
        any_crm.undo(change)
    assert any_crm.get_contact(ana).to_wix() == {
        "firstName": "Ana",
        "emails": [ANA],
        "labels": ["VIP"],
        "language": "es",
        "customFields": {"Note": "red"},
    }


def test_a_field_that_changed_again_is_told(any_crm: CRM, ana: str) -> None:
    """U5: fields one by one."""
    any_crm.update_contact(ana, {"Note": "blue", "Birthday": "1990-05-17"})
    change = last_change(any_crm, ana)
    any_crm.update_contact(ana, {"Note": "green"})
    with pytest.raises(CannotUndo) as caught:
        any_crm.undo(change)
    assert caught.value.details["later_changes"] == [last_change(any_crm, ana)]


def test_what_was_deleted_since_is_told(any_crm: CRM, ana: str) -> None:
    """U5: a label and a field; once made again, their values come back."""
    any_crm.labels.delete("VIP")
    any_crm.custom_fields.delete("Note")
    without_label, without_field = [change.id for change in any_crm.history(ana)[1:]]
    with pytest.raises(CannotUndo, match=r"label custom\.vip; make them again") as caught:
        any_crm.undo(without_label)
    assert caught.value.details["missing"] == ["label custom.vip"]
    with pytest.raises(CannotUndo, match=r"custom field custom\.note"):
        any_crm.undo(without_field)
    any_crm.labels.create("VIP")
    any_crm.custom_fields.create("Note", "date")
    assert any_crm.undo(without_label).labels == ("VIP",)
    with pytest.raises(CannotUndo, match="with a type that its value fits"):
        any_crm.undo(without_field)
    any_crm.custom_fields.delete("Note")
    any_crm.custom_fields.create("Note")
    assert any_crm.undo(without_field).custom_fields == {"Note": "red"}


def test_something_to_be_found_by_must_be_left(any_crm: CRM, ana: str) -> None:
    """U5, C1: the last address is not taken by an undo, either."""
    any_crm.update_contact(ana, {"phones": [PHONE]})
    change = last_change(any_crm, ana)
    any_crm.update_contact(ana, {"emails": []})
    with pytest.raises(InsufficientContactInfo):
        any_crm.undo(change)


def test_membership_is_undone_and_login_emails_stay_unique(any_crm: CRM, ana: str) -> None:
    """U5, G2: LoginEmailTaken where another member has it by now."""
    any_crm.register_member(ana, CY)
    assert not any_crm.undo(last_change(any_crm, ana)).is_member
    undone = last_change(any_crm, ana)
    other = any_crm.create_contact({"emails": [BOB], "loginEmail": CY})
    with pytest.raises(LoginEmailTaken) as caught:
        any_crm.undo(undone)
    assert caught.value.details["contact_id"] == other


def test_a_no_to_mail_is_undone(any_crm: CRM, ana: str) -> None:
    """U5, T8: it is a change as any other."""
    any_crm.unsubscribe(ana)
    assert any_crm.undo(last_change(any_crm, ana)).subscription == "not_set"
    assert any_crm.history(ana)[-1].after == {"subscription": None}
    assert any_crm.undo(last_change(any_crm, ana)).subscription == "unsubscribed"


def test_an_upsert_and_its_lists_are_undone(any_crm: CRM, ana: str) -> None:
    """U5: any verb's change, also one that replaced a list."""
    any_crm.create_contact({"emails": [BOB, ANA]}, policy=Policy(arrays="replace"))
    assert any_crm.undo(last_change(any_crm, ana)).emails == (ANA,)


def test_a_creation_is_deleted_and_not_undone(any_crm: CRM, ana: str) -> None:
    """U5: the derived first entry has no id."""
    with pytest.raises(CannotUndo, match="delete_contact is for that"):
        any_crm.undo(any_crm.history(ana)[0].id)


@pytest.mark.parametrize("change_id", [0, -1, 77, 2**70, -(2**70)])
def test_a_change_that_there_is_not(any_crm: CRM, change_id: int) -> None:
    """U5: ChangeNotFound, whatever the number."""
    with pytest.raises(ChangeNotFound):
        any_crm.undo(change_id)


names = st.none() | st.sampled_from(["Ana", "Bea"])
edits = st.fixed_dictionaries(
    {},
    optional={
        "firstName": names,
        "emails": st.lists(st.sampled_from([ANA, BOB, CY, "Cy@example.com"]), min_size=1),
        "phones": st.lists(st.sampled_from([PHONE, "0000000000", "6502530000"])),
        "labels": st.lists(st.sampled_from(["VIP", "Lead"])),
        "Note": names,
        "Score": st.none() | st.integers(-1, 1),
    },
)


@settings(max_examples=60)
@given(lives=st.lists(edits, min_size=1, max_size=6), data=st.data())
def test_undo_always_restores(open_crm: Callable[[], CRM], lives: list, data) -> None:
    """U5: undone from the last to the first, a contact is as it was created; histories keep all."""
    with open_crm() as crm:
        for name in ("VIP", "Lead"):
            crm.labels.create(name)
        crm.custom_fields.create("Note")
        crm.custom_fields.create("Score", "number")
        id = crm.create_contact({"emails": [ANA], "Note": "red"})
        states = [crm.get_contact(id).to_wix()]
        for changes in lives:
            crm.update_contact(id, changes)
            if crm.get_contact(id).to_wix() != states[-1]:
                states.append(crm.get_contact(id).to_wix())
        made = [change.id for change in crm.history(id)[1:]]
        for change in reversed(made):
            assert crm.get_contact(id).to_wix() == states.pop()
            crm.undo(change)
        assert [crm.get_contact(id).to_wix()] == states
        for change in reversed([change.id for change in crm.history(id)[1 + len(made) :]]):
            crm.undo(change)
        assert len(crm.history(id)) == 1 + 3 * len(made)
        assert crm.check().ok
