"""merge_contacts: several contacts become one, and can be several again (U8, M5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    CannotUndo,
    ContactNotFound,
    IdempotencyConflict,
    InvalidArgument,
    LoginEmailTaken,
    MergeConflict,
    ValueTooLong,
)
from wixcrm_local.senders import MemorySender

ANA, BOB, CY = "ana@example.com", "bob@example.com", "cy@example.com"
PHONE, OTHER = "+1 650 253 0000", "+44 20 7031 3000"


@pytest.fixture
def three(any_crm: CRM) -> tuple[str, str, str]:
    """The ids of three contacts of one person."""
    for name in ("VIP", "Lead"):
        any_crm.labels.create(name)
    any_crm.custom_fields.create("Note")
    any_crm.custom_fields.create("Birthday", "date")
    infos: list[dict[str, Any]] = [
        {"firstName": "Ana", "emails": [ANA], "labels": ["VIP"], "Note": "red"},
        {"firstName": "Anna", "lastName": "Diaz", "phones": [PHONE], "Note": "blue"},
        {
            "lastName": "Gomez",
            "language": "es",
            "emails": [BOB, "ANA@Example.com"],
            "phones": ["6502530000", OTHER],
            "labels": ["Lead", "VIP"],
            "Birthday": "1990-05-17",
        },
    ]
    made = [any_crm.create_contact({"emails": [f"{place}@example.com"]}) for place in range(3)]
    for id, info in zip(made, infos, strict=True):
        any_crm.update_contact(id, {"emails": [], **info})
    ana, anna, gomez = made
    return ana, anna, gomez


def wix(crm: CRM, *ids: str) -> list[dict[str, Any]]:
    return [crm.get_contact(id).to_wix() for id in ids]


def test_the_target_gets_what_it_has_not(any_crm: CRM, three, clock) -> None:
    """U8: nothing of it is overwritten, lists are united, gaps filled in the sources' order."""
    clock.move(hours=1)
    ana, anna, gomez = three
    result = any_crm.merge_contacts(ana, anna, gomez)
    assert result.contact == any_crm.get_contact(ana)
    assert result.contact.to_wix() == {
        "firstName": "Ana",
        "lastName": "Diaz",
        "emails": [ANA, BOB],
        "phones": [PHONE, OTHER],
        "labels": ["VIP", "Lead"],
        "language": "es",
        "customFields": {"Note": "red", "Birthday": "1990-05-17"},
    }
    assert result.merged == (anna, gomez)
    changed = ("last_name", "emails", "phones", "labels", "language", "custom_fields")
    assert result.changed == changed
    assert result.left_out == {
        "first_name": ("Anna",),
        "last_name": ("Gomez",),
        "custom_fields": {"Note": ("blue",)},
    }
    assert (result.contact.revision, result.contact.updated_at) == (3, clock.now)
    assert any_crm.count_contacts() == 1
    assert any_crm.find_contact(phone=OTHER).id == ana


def test_the_order_of_the_sources_decides(any_crm: CRM, three) -> None:
    """U8: who comes first fills a gap first."""
    ana, anna, gomez = three
    assert any_crm.merge_contacts(ana, gomez, anna).contact.last_name == "Gomez"


def test_the_preview_is_the_merge_without_its_effects(any_crm: CRM, three) -> None:
    """U8: the same answer, but for the change that is not there; nothing is stored."""
    ana, anna, gomez = three
    before = any_crm.dump()
    would = any_crm.preview_merge(ana, anna, gomez)
    assert any_crm.dump() == before
    done = any_crm.merge_contacts(ana, anna, gomez)
    assert (would.contact, would.merged, would.changed) == (done.contact, done.merged, done.changed)
    assert (would.left_out, would.change_id) == (done.left_out, None)


def test_the_ids_of_the_sources_stand_for_the_target(any_crm: CRM, three) -> None:
    """U8, M5: in every verb that takes an id, through further merges, and in any case."""
    ana, anna, gomez = three
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    any_crm.merge_contacts(anna, gomez)
    any_crm.merge_contacts(ana, anna)
    for id in (anna, gomez, f" {gomez.upper()} "):
        assert any_crm.get_contact(id).id == ana
        assert any_crm.history(id) == any_crm.history(ana)
        assert any_crm.contact_at(id, any_crm.get_contact(ana).updated_at).id == ana
        assert any_crm.update_contact(id, {"language": id[:3]}).id == ana
        assert any_crm.send_email("hi", id).contact_id == ana
        any_crm.unsubscribe(id)
        assert any_crm.get_contact(ana).subscription == "unsubscribed"
        any_crm.resubscribe(id)
    assert any_crm.register_member(gomez, CY).id == ana
    assert any_crm.merge_contacts(ana, gomez).merged == ()
    assert any_crm.delete_contact(gomez, delete_members=True).contact.id == ana
    with pytest.raises(ContactNotFound, match=f"contact {ana} is in the trash"):
        any_crm.get_contact(gomez)
    assert any_crm.restore_contact(anna).id == ana


def test_the_stricter_answer_to_mail_wins(any_crm: CRM, three) -> None:
    """U8, T8: who is unsubscribed in one of them stays so; a yes is only a filled gap."""
    ana, anna, gomez = three
    any_crm.resubscribe(anna)
    assert any_crm.merge_contacts(ana, anna).contact.subscription == "subscribed"
    any_crm.unsubscribe(gomez)
    assert any_crm.merge_contacts(ana, gomez).contact.subscription == "unsubscribed"
    any_crm.undo(any_crm.history(ana)[-1].id)
    assert any_crm.get_contact(ana).subscription == "subscribed"
    assert any_crm.get_contact(gomez).subscription == "unsubscribed"


def test_mails_stay_with_the_ids_they_were_sent_to(any_crm: CRM, three) -> None:
    """U8, T9: those that wait go on, unless the target is unsubscribed by then."""
    ana, _, gomez = three
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="a@example.com")
    mail = any_crm.send_email("hi", gomez, idempotency_key="1")
    any_crm.merge_contacts(ana, gomez)
    assert any_crm.outbox.where(contact_id=gomez) == (mail,)
    assert any_crm.outbox.where(contact_id=ana) == ()
    for id in (ana, gomez):  # the same mail again, whichever id it is asked for by
        assert any_crm.send_email("hi", id, idempotency_key="1") == mail
    other = any_crm.create_contact({"emails": ["di@example.com"]})
    with pytest.raises(IdempotencyConflict):
        any_crm.send_email("hi", other, idempotency_key="1")
    sender = MemorySender()
    any_crm.deliver(sender, include_stale=True)
    assert [each.id for each in sender.messages] == [mail.id]


def test_mails_go_by_the_answer_of_the_target(any_crm: CRM, three) -> None:
    """U8, T8: looked up in the moment of sending."""
    ana, _, gomez = three
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="a@example.com")
    any_crm.send_email("hi", gomez)
    any_crm.merge_contacts(ana, gomez)
    any_crm.unsubscribe(ana)
    assert any_crm.deliver(MemorySender(), include_stale=True).suppressed == 1
    assert any_crm.outbox[0].reason == "unsubscribed"


def test_one_member_among_them_is_kept(any_crm: CRM, three) -> None:
    """U8, G2: two of them have each a login email, which one contact can't have."""
    ana, anna, gomez = three
    any_crm.register_member(anna, CY)
    assert any_crm.merge_contacts(ana, anna).contact.login_email == CY
    any_crm.undo(any_crm.history(ana)[-1].id)
    assert not any_crm.get_contact(ana).is_member
    assert any_crm.find_contact(email=CY).id == anna
    any_crm.register_member(gomez, BOB)
    with pytest.raises(MergeConflict, match="no more than one member") as caught:
        any_crm.merge_contacts(ana, anna, gomez)
    assert caught.value.details == {"contact_ids": [anna, gomez]}
    assert any_crm.count_contacts() == 3


def test_a_merge_is_undone_whole(any_crm: CRM, three, clock) -> None:
    """U8: sources come back as they were, ids, times and histories included."""
    ana, anna, gomez = three
    before = [any_crm.get_contact(id) for id in (anna, gomez)]
    histories = [any_crm.history(id) for id in (anna, gomez)]
    was = any_crm.get_contact(ana).to_wix()
    clock.move(hours=1)
    result = any_crm.merge_contacts(ana, anna, gomez)
    change = any_crm.history(ana)[-1]
    assert (change.id, change.verb) == (result.change_id, "merge_contacts")
    assert change.before["merged_contacts"] == ()
    assert change.after["merged_contacts"] == (anna, gomez)
    clock.move(hours=1)
    assert any_crm.undo(result.change_id).to_wix() == was
    assert [any_crm.get_contact(id) for id in (anna, gomez)] == before
    assert [any_crm.history(id) for id in (anna, gomez)] == histories
    assert [each.id for each in any_crm.iter_contacts()] == [ana, anna, gomez]
    assert any_crm.check().ok


def test_an_undone_merge_is_done_again(any_crm: CRM, three) -> None:
    """U5, U8: unless who came back has changed since."""
    ana, anna, gomez = three
    done = any_crm.merge_contacts(ana, anna, gomez)
    any_crm.undo(done.change_id)
    undone = any_crm.history(ana)[-1].id
    assert any_crm.undo(undone).to_wix() == done.contact.to_wix()
    assert any_crm.get_contact(gomez).id == ana
    any_crm.undo(any_crm.history(ana)[-1].id)
    any_crm.update_contact(anna, {"firstName": "Bea"})
    with pytest.raises(CannotUndo, match=f"contact {anna} changed") as caught:
        any_crm.undo(any_crm.history(ana)[-1].id)
    assert caught.value.details["reason"] == "later_changes"
    assert any_crm.count_contacts() == 3


def test_later_changes_stand_in_the_way_of_undoing_a_merge(any_crm: CRM, three) -> None:
    """U8: of the members it filled, and later merges; others do not."""
    ana, anna, gomez = three
    first = any_crm.merge_contacts(ana, anna).change_id
    any_crm.update_contact(ana, {"firstName": "Bea"})
    second = any_crm.merge_contacts(ana, gomez).change_id
    with pytest.raises(CannotUndo) as caught:
        any_crm.undo(first)
    assert caught.value.details["members"] == ["phones", "merged_contacts"]
    assert caught.value.details["later_changes"] == [second]
    any_crm.undo(second)
    assert any_crm.undo(first).first_name == "Bea"
    assert any_crm.count_contacts() == 3


def test_what_came_in_by_a_merge_is_not_undone_alone(any_crm: CRM, three) -> None:
    """U8: the changes of a source wait until it is a contact again."""
    ana, anna, _ = three
    change = any_crm.history(anna)[-1].id
    merge = any_crm.merge_contacts(ana, anna).change_id
    with pytest.raises(CannotUndo, match=f"merged into {ana}") as caught:
        any_crm.undo(change)
    assert caught.value.details["reason"] == "merged"
    any_crm.undo(merge)
    assert any_crm.undo(change).emails == ("1@example.com",)


def test_names_that_were_deleted_since_are_told(any_crm: CRM, three) -> None:
    """U8, U5: a label of a source must be there again before the merge is undone."""
    ana, _, gomez = three
    merge = any_crm.merge_contacts(ana, gomez).change_id
    any_crm.custom_fields.delete("Birthday")
    with pytest.raises(CannotUndo):
        any_crm.undo(merge)
    any_crm.custom_fields.create("Birthday", "date")
    any_crm.undo(any_crm.history(ana)[-1].id)
    any_crm.undo(merge)
    assert any_crm.get_contact(gomez).custom_fields == {"Birthday": date(1990, 5, 17)}


def test_a_label_that_both_had_is_told_too(any_crm: CRM, three) -> None:
    """U8, U5: the source would come back without it, and nobody would know."""
    ana, anna, _ = three
    any_crm.update_contact(anna, {"labels": ["VIP"]})
    merge = any_crm.merge_contacts(ana, anna).change_id
    any_crm.labels.delete("VIP")
    with pytest.raises(CannotUndo, match=r"label custom\.vip") as caught:
        any_crm.undo(merge)
    assert caught.value.details["reason"] == "deleted_names"
    assert any_crm.count_contacts() == 2
    any_crm.labels.create("VIP")
    any_crm.undo(merge)
    assert any_crm.get_contact(anna).labels == ("VIP",)


def test_a_login_email_that_was_given_to_another_since(any_crm: CRM, three) -> None:
    """U8, G2: then the source can't come back with it."""
    ana, anna, gomez = three
    any_crm.register_member(anna, CY)
    merge = any_crm.merge_contacts(ana, anna).change_id
    any_crm.delete_contact(ana, delete_members=True)
    any_crm.register_member(gomez, CY)
    with pytest.raises(LoginEmailTaken):
        any_crm.restore_contact(ana)
    with pytest.raises(ContactNotFound):
        any_crm.undo(merge)


def test_lists_that_would_be_too_long(any_crm: CRM) -> None:
    """C6: fifty addresses are the most that a contact has."""
    many = [
        any_crm.create_contact({"emails": [f"{name}{place}@example.com" for place in range(26)]})
        for name in "ab"
    ]
    with pytest.raises(ValueTooLong):
        any_crm.merge_contacts(*many)
    assert any_crm.count_contacts() == 2


def test_what_can_t_be_merged(any_crm: CRM, three) -> None:
    """U8: itself, nobody, and what is in the trash."""
    ana, anna, _ = three
    with pytest.raises(InvalidArgument, match="at least one more"):
        any_crm.merge_contacts(ana)
    with pytest.raises(InvalidArgument, match="into itself"):
        any_crm.merge_contacts(ana, anna, ana.upper())
    with pytest.raises(ContactNotFound):
        any_crm.merge_contacts(ana, "nobody")
    any_crm.delete_contact(anna)
    with pytest.raises(ContactNotFound, match="in the trash"):
        any_crm.preview_merge(ana, anna)
    assert any_crm.merge_contacts(three[2], ana, ana).merged == (ana,)


def test_purging_the_target_forgets_its_sources(any_crm: CRM, three, clock) -> None:
    """U7, U8: their ids stood for it, and their histories go with it."""
    ana, anna, gomez = three
    any_crm.merge_contacts(anna, gomez)
    any_crm.merge_contacts(ana, anna)
    any_crm.delete_contact(ana)
    clock.move(seconds=1)
    assert any_crm.purge_trash(0) == 1
    for id in three:
        with pytest.raises(ContactNotFound, match="pass the id"):
            any_crm.restore_contact(id)
    assert any_crm.check().ok
    assert "merged" not in any_crm.dump()


def test_merged_contacts_are_in_the_dump(any_crm: CRM, three) -> None:
    """Issue 6: what looks at a whole store sees them."""
    ana, anna, _ = three
    any_crm.merge_contacts(ana, anna)
    assert f"merged into {ana} since" in any_crm.dump()
    assert any_crm.check().ok


steps = st.lists(
    st.tuples(st.sampled_from(["merge", "merge", "undo", "edit"]), st.integers(0, 3),
              st.integers(0, 3)),
    max_size=8,
)  # fmt: skip


@settings(max_examples=60)
@given(steps=steps)
def test_no_address_and_no_id_is_ever_lost(open_crm: Callable[[], CRM], steps: list) -> None:
    """U8: each id finds a contact that has what the id's own contact had."""
    with open_crm() as crm:
        ids = [crm.create_contact({"emails": [f"{place}@example.com"]}) for place in range(4)]
        for step, one, other in steps:
            if step == "edit":
                crm.update_contact(ids[one], {"firstName": f"Name {other}"})
            elif step == "undo":
                changes = [each for each in crm.history(ids[one]) if each.verb != "create_contact"]
                for change in changes[-1:]:
                    try:
                        crm.undo(change.id)
                    except CannotUndo:
                        continue
            elif crm.get_contact(ids[one]).id != crm.get_contact(ids[other]).id:
                crm.merge_contacts(ids[one], ids[other])
            found = {crm.get_contact(id).id for id in ids}
            assert found == {each.id for each in crm.iter_contacts()}
            for place, id in enumerate(ids):
                assert f"{place}@example.com" in crm.get_contact(id).emails
        assert crm.check().ok
