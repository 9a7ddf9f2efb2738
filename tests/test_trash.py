"""delete_contact and the trash: found by no verb, and not yet lost (U7, M5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    CannotUndo,
    ContactNotFound,
    InvalidArgument,
    LoginEmailTaken,
    MemberContact,
)
from wixcrm_local.senders import MemorySender

ANA, BOB, CY = "ana@example.com", "bob@example.com", "cy@example.com"
PHONE = "+1 650 253 0000"
FULL = {
    "firstName": "Ana",
    "lastName": "Diaz",
    "picture": "a.png",
    "language": "es",
    "emails": [ANA, BOB],
    "phones": [PHONE, "0000000000"],
    "labels": ["VIP", "Lead"],
    "customFields": {"Note": "red", "Score": 5, "Birthday": date(1990, 5, 17)},
}


@pytest.fixture
def ana(any_crm: CRM) -> str:
    """The id of a contact that has everything but a login email."""
    for name in ("VIP", "Lead"):
        any_crm.labels.create(name)
    any_crm.custom_fields.create("Note")
    any_crm.custom_fields.create("Score", "number")
    any_crm.custom_fields.create("Birthday", "date")
    return any_crm.create_contact(FULL)


BY_ID: dict[str, Callable[[CRM, str], object]] = {
    "get_contact": lambda crm, ana: crm.get_contact(ana),
    "get_contact in capitals": lambda crm, ana: crm.get_contact(f" {ana.upper()} "),
    "update_contact": lambda crm, ana: crm.update_contact(ana, {"firstName": "Bea"}),
    "delete_contact": lambda crm, ana: crm.delete_contact(ana),
    "register_member": lambda crm, ana: crm.register_member(ana, CY),
    "history": lambda crm, ana: crm.history(ana),
    "contact_at": lambda crm, ana: crm.contact_at(ana, crm.list_trash()[0].deleted_at),
    "unsubscribe": lambda crm, ana: crm.unsubscribe(ana),
    "send_email": lambda crm, ana: crm.send_email("hi", ana),
}


@pytest.mark.parametrize("verb", BY_ID)
def test_no_verb_finds_what_is_in_the_trash(any_crm: CRM, ana: str, verb: str) -> None:
    """U7, M5: and the error says how to bring it back."""
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    any_crm.delete_contact(ana)
    with pytest.raises(ContactNotFound, match=f"trash.*restore_contact.'{ana}'") as caught:
        BY_ID[verb](any_crm, ana)
    assert caught.value.details == {"contact_id": ana, "in_trash": True}


def test_what_is_in_the_trash_neither_counts_nor_matches(any_crm: CRM, ana: str) -> None:
    """U7, M5: the same address makes a contact of its own."""
    any_crm.delete_contact(ana)
    assert any_crm.count_contacts() == 0
    assert list(any_crm.iter_contacts()) == []
    assert any_crm.find_contact(email=ANA) is any_crm.find_contact(phone=PHONE) is None
    assert any_crm.labels.count_contacts("VIP") == any_crm.custom_fields.count_contacts("Note") == 0
    assert any_crm.match_contact({"emails": [ANA]}).contact_id is None
    other = any_crm.upsert_contact({"emails": [ANA], "phones": [PHONE]})
    assert (other.action, other.contact_id == ana) == ("created", False)


def test_the_trash_is_listed(any_crm: CRM, ana: str, clock) -> None:
    """U7: as long in it first, each as it was, with the change that undo takes back."""
    contact = any_crm.get_contact(ana)
    bob = any_crm.create_contact({"emails": [CY]})
    clock.move(hours=1)
    deleted = any_crm.delete_contact(bob)
    clock.move(hours=1)
    any_crm.unsubscribe(ana)
    any_crm.delete_contact(ana)
    first, second = any_crm.list_trash()
    assert first == deleted
    assert (first.contact.id, second.deleted_at) == (bob, clock.now)
    assert second.contact.to_wix() == contact.to_wix()
    assert (second.contact.subscription, second.contact.revision) == ("unsubscribed", 3)
    assert any_crm.undo(second.change_id) == any_crm.get_contact(ana)


def test_restoring_brings_back_what_was(any_crm: CRM, ana: str, clock) -> None:
    """U7: id, members, place in the list and what it is found by; its history tells the way."""
    before = any_crm.get_contact(ana)
    any_crm.create_contact({"emails": [CY]})
    clock.move(hours=1)
    any_crm.delete_contact(ana)
    clock.move(hours=1)
    after = any_crm.restore_contact(ana.upper())
    assert after == any_crm.get_contact(ana) == any_crm.find_contact(phone=PHONE)
    assert after.to_wix() == before.to_wix()
    assert (after.created_at, after.updated_at) == (before.created_at, clock.now)
    assert after.revision == 3
    assert next(any_crm.iter_contacts()).id == ana
    assert [change.verb for change in any_crm.history(ana)] == [
        "create_contact",
        "delete_contact",
        "restore_contact",
    ]
    assert any_crm.list_trash() == ()
    assert any_crm.restore_contact(ana) == after


def test_the_newest_contact_comes_back_to_its_place(any_crm: CRM, ana: str) -> None:
    """U7, A6: whoever came while it was away stands behind it."""
    any_crm.delete_contact(ana)
    bob = any_crm.create_contact({"emails": [BOB]})
    any_crm.restore_contact(ana)
    assert [each.id for each in any_crm.iter_contacts()] == [ana, bob]
    assert any_crm.upsert_contact({"emails": [BOB]}).contact_id == ana  # the older one (M2)


def test_a_time_in_the_trash_has_no_contact(any_crm: CRM, ana: str, clock) -> None:
    """U5, U7: contact_at tells it; before and after it there is one."""
    created = clock.now
    clock.move(hours=1)
    any_crm.delete_contact(ana)
    clock.move(hours=1)
    any_crm.restore_contact(ana)
    assert any_crm.contact_at(ana, created).revision == 1
    with pytest.raises(ContactNotFound, match="in the trash at that time"):
        any_crm.contact_at(ana, clock.now - timedelta(minutes=30))


def test_deleting_and_restoring_are_undone(any_crm: CRM, ana: str) -> None:
    """U7: each is a change, and so is the undoing of each."""
    deleted = any_crm.delete_contact(ana).change_id
    assert any_crm.undo(deleted).to_wix() == any_crm.get_contact(ana).to_wix()
    with pytest.raises(CannotUndo):
        any_crm.undo(deleted)
    back = any_crm.history(ana)[-1]
    assert (back.verb, back.before, back.after) == ("undo", {"in_trash": True}, {"in_trash": None})
    assert any_crm.undo(back.id).id == ana
    assert [each.contact.id for each in any_crm.list_trash()] == [ana]
    any_crm.restore_contact(ana)
    restored = any_crm.history(ana)[-1].id
    any_crm.update_contact(ana, {"firstName": "Bea"})
    assert any_crm.undo(restored).first_name == "Bea"
    assert any_crm.count_contacts() == 0


def test_other_changes_of_what_is_in_the_trash_are_not_undone(any_crm: CRM, ana: str) -> None:
    """U5, U7: first it is brought back."""
    any_crm.update_contact(ana, {"firstName": "Bea"})
    change = any_crm.history(ana)[-1].id
    any_crm.delete_contact(ana)
    with pytest.raises(ContactNotFound, match="in the trash"):
        any_crm.undo(change)
    any_crm.restore_contact(ana)
    assert any_crm.undo(change).first_name == "Ana"


def test_a_member_is_deleted_when_members_may_be(any_crm: CRM, ana: str) -> None:
    """U7, G1: else MemberContact; its login email is free meanwhile."""
    any_crm.register_member(ana, CY)
    with pytest.raises(MemberContact, match="delete_members=True") as caught:
        any_crm.delete_contact(ana)
    assert caught.value.contact_id == ana
    any_crm.delete_contact(ana, delete_members=True)
    other = any_crm.create_contact({"emails": ["di@example.com"], "loginEmail": CY})
    with pytest.raises(LoginEmailTaken) as taken:
        any_crm.restore_contact(ana)
    assert taken.value.details["contact_id"] == other
    any_crm.delete_contact(other, delete_members=True)
    assert any_crm.restore_contact(ana).login_email == CY


def test_labels_and_fields_that_were_deleted_meanwhile_are_left_out(any_crm, ana) -> None:
    """U7, G4: deleting takes them from whoever has them; the history tells it."""
    any_crm.delete_contact(ana)
    any_crm.labels.delete("VIP")
    for name in ("Note", "Score"):
        any_crm.custom_fields.delete(name)
    any_crm.custom_fields.create("Note", "number")
    after = any_crm.restore_contact(ana)
    assert after.labels == ("Lead",)
    assert after.custom_fields == {"Birthday": date(1990, 5, 17)}
    change = any_crm.history(ana)[-1]
    assert change.before == {
        "in_trash": True,
        "labels": ("custom.vip", "Lead"),
        "custom_fields": {"Note": "red", "custom.score": 5},
    }
    assert change.after["labels"] == ("Lead",)
    assert any_crm.check().ok


def test_mails_that_wait_are_not_sent_to_who_was_deleted(any_crm: CRM, ana: str) -> None:
    """U7, T8: looked at in the moment of sending, so restoring in time lets them go."""
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="a@example.com")
    bob = any_crm.create_contact({"emails": [CY]})
    first, second, third = (any_crm.send_email("hi", id).id for id in (ana, bob, ana))
    any_crm.delete_contact(bob)
    any_crm.delete_contact(ana)
    sender = MemorySender()
    assert any_crm.deliver(sender, limit=1, include_stale=True).suppressed == 3
    assert sender.messages == []
    mails = [any_crm.outbox.get(id) for id in (first, second, third)]
    assert {(mail.status, mail.reason) for mail in mails} == {("suppressed", "deleted")}
    any_crm.restore_contact(ana)
    any_crm.outbox.retry(first)
    any_crm.deliver(sender)
    assert [mail.id for mail in sender.messages] == [first]


def test_purging_forgets_for_good(any_crm: CRM, ana: str, clock) -> None:
    """U7: what is in the trash for longer; mails stay as a record, and are not sent any more."""
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="a@example.com")
    any_crm.send_email("hi", ana)
    any_crm.delete_contact(ana)
    clock.move(days=90)
    bob = any_crm.create_contact({"emails": [CY]})
    any_crm.delete_contact(bob)
    assert any_crm.purge_trash() == 0
    clock.move(seconds=1)
    assert any_crm.purge_trash() == 1
    assert [each.contact.id for each in any_crm.list_trash()] == [bob]
    with pytest.raises(ContactNotFound, match="pass the id"):
        any_crm.restore_contact(ana)
    assert any_crm.deliver(MemorySender(), include_stale=True).suppressed == 1
    assert [mail.reason for mail in any_crm.outbox.where(contact_id=ana)] == ["deleted"]
    assert any_crm.purge_trash(0) == 1
    assert any_crm.check().ok


@pytest.mark.parametrize("days", [-1, float("nan"), "90", True])
def test_days_are_a_number(crm: CRM, days) -> None:
    """U7: what is no number of days purges nothing."""
    with pytest.raises(InvalidArgument, match="older_than_days"):
        crm.purge_trash(days)


def test_nobody_is_neither_deleted_nor_restored(crm: CRM) -> None:
    """U7: ContactNotFound; what is no text is InvalidArgument."""
    for verb in (crm.delete_contact, crm.restore_contact):
        with pytest.raises(ContactNotFound):
            verb("nobody")
        with pytest.raises(InvalidArgument):
            verb(None)


def test_an_id_that_was_given_to_another_meanwhile(open_crm: Callable[..., CRM]) -> None:
    """A6, U7: ids of one's own must be new; restoring says so, and changes nothing."""
    with open_crm(new_id=lambda: "same") as crm:
        crm.create_contact({"emails": [ANA]})
        crm.delete_contact("same")
        crm.create_contact({"emails": [BOB]})
        change = crm.list_trash()[0].change_id
        with pytest.raises(InvalidArgument, match="in use"):
            crm.undo(change)
        assert crm.get_contact("same").emails == (BOB,)


def test_a_transaction_that_fails_deletes_nothing(any_crm: CRM, ana: str) -> None:
    """A7: deleting and purging are undone with the rest."""
    before = any_crm.get_contact(ana)

    def deleting() -> None:
        with any_crm.transaction():
            any_crm.delete_contact(ana)
            assert any_crm.count_contacts() == 0
            raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        deleting()
    assert any_crm.get_contact(ana) == before


def test_the_trash_is_in_dump_backup_and_check(open_crm, tmp_path: Path) -> None:
    """Issue 6: what looks at a whole store sees it, too."""
    with open_crm() as crm:
        id = crm.create_contact({"firstName": "Ana", "emails": [ANA]})
        crm.delete_contact(id)
        assert "removed contacts\n" in crm.dump()
        assert "in the trash since" in crm.dump()
        assert 'first_name: "Ana"' in crm.dump()
        crm.backup(tmp_path / "copy.db")
        assert crm.check().ok
    with CRM(tmp_path / "copy.db") as copy:
        assert copy.restore_contact(id).first_name == "Ana"


def test_the_camel_case_name_is_the_same_function() -> None:
    """A1: as of every verb that Wix has."""
    assert CRM.deleteContact is CRM.delete_contact


moves = st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=12)


@settings(max_examples=60)
@given(moves=moves)
def test_whoever_comes_back_is_who_left(open_crm: Callable[[], CRM], moves: list) -> None:
    """U7: whatever the order, members, order of creation and histories stay whole."""
    with open_crm() as crm:
        ids = [crm.create_contact({"emails": [f"{place}@example.com"]}) for place in range(3)]
        wix = {id: crm.get_contact(id).to_wix() for id in ids}
        gone: set[str] = set()
        for place, deletes in moves:
            if deletes and ids[place] not in gone:
                crm.delete_contact(ids[place])
                gone.add(ids[place])
            elif not deletes:
                crm.restore_contact(ids[place])
                gone.discard(ids[place])
            assert [each.id for each in crm.iter_contacts()] == [id for id in ids if id not in gone]
            assert {each.contact.id for each in crm.list_trash()} == gone
        for id in gone:
            crm.restore_contact(id)
        assert {each.id: each.to_wix() for each in crm.iter_contacts()} == wix
        for each in crm.iter_contacts():
            assert each.revision == len(crm.history(each.id))
