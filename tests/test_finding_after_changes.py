"""What is found of contacts that were changed, deleted, merged and erased (issue 6, M5, U5 to U8):
searches, queries, duplicates and the feed follow all that happens to a contact."""

from __future__ import annotations

from pathlib import Path

import pytest

from wixcrm_local import CRM, search_index


def named(first: str, last: str) -> dict[str, object]:
    return {"firstName": first, "lastName": last, "emails": [f"{first}@example.com".lower()]}


def found(crm: CRM, text: str) -> list[str | None]:
    """First names of who is found."""
    return [contact.first_name for contact in crm.search_contacts(text)]


@pytest.fixture
def ana(any_crm: CRM) -> str:
    """A contact that the index has seen."""
    id = any_crm.create_contact(named("Ana", "Diaz"))
    any_crm.prepare_search()
    assert found(any_crm, "diaz") == ["Ana"]
    return id


def test_a_change_is_found_though_its_history_is_forgotten(any_crm: CRM, ana: str, clock) -> None:
    """U5: pruning lets the index take in first what the forgotten changes said."""
    any_crm.update_contact(ana, {"lastName": "Quince"})
    clock.move(days=1)
    assert any_crm.prune_history(older_than_days=0) == 1
    for number in range(150):  # more than a search would read one by one
        any_crm.create_contact(named(f"Other{number}", "Person"))
    assert found(any_crm, "quince") == ["Ana"]
    assert found(any_crm, "diaz") == []


def test_the_trash_is_never_found(any_crm: CRM, ana: str) -> None:
    """M5, U7: nor counted, asked for or called a duplicate; and found again once it is back."""
    twin = any_crm.create_contact({"emails": ["twin@example.com"], "phones": ["+1 650 253 0000"]})
    any_crm.update_contact(ana, {"phones": ["+1 650 253 0000"]})
    assert [group.count for group in any_crm.find_duplicates()] == [2]
    any_crm.delete_contact(ana)
    assert found(any_crm, "diaz") == []
    assert found(any_crm, "0000") == [None]
    assert list(any_crm.find_duplicates()) == []
    assert any_crm.query_contacts({"lastName": "Diaz"}).contacts == ()
    assert any_crm.count_contacts({"not": {"lastName": "Diaz"}}) == 1
    assert [contact.id for contact in any_crm.iter_contacts({})] == [twin]
    any_crm.restore_contact(ana)
    assert found(any_crm, "diaz") == ["Ana"]
    assert [contact.id for contact in any_crm.query_contacts({"lastName": "Diaz"}).contacts] == [
        ana
    ]


def test_who_was_indexed_by_nobody_is_found_once_back(any_crm: CRM, ana: str) -> None:
    """U7: the index went past a contact's number while that was in the trash."""
    bo = any_crm.create_contact(named("Bo", "Quince"))
    any_crm.delete_contact(bo)
    any_crm.create_contact(named("Cy", "Later"))
    any_crm.prepare_search()
    any_crm.restore_contact(bo)
    any_crm.prepare_search()
    assert found(any_crm, "quince") == ["Bo"]


@pytest.mark.parametrize("is_indexed", [True, False])
def test_who_was_merged_is_found_again_once_that_is_undone(any_crm, ana, is_indexed: bool) -> None:
    """U8: a merge moves what is found to the target, and undoing it moves it back."""
    bo = any_crm.create_contact(named("Bo", "Quince"))
    if is_indexed:
        any_crm.prepare_search()
    merge = any_crm.merge_contacts(ana, bo)
    any_crm.create_contact(named("Cy", "Later"))
    any_crm.prepare_search()
    assert found(any_crm, "bo@example") == ["Ana"]
    assert found(any_crm, "quince") == []
    any_crm.undo(merge.change_id)
    assert found(any_crm, "quince") == ["Bo"]
    assert found(any_crm, "bo@example") == ["Bo"]


def test_an_erased_person_leaves_no_letter_in_the_index(any_crm: CRM, ana: str) -> None:
    """U7: it is emptied, and the next search builds it of those who are left."""
    any_crm.create_contact(named("Bo", "Quince"))
    any_crm.prepare_search()
    any_crm.erase_contact(ana)
    assert any_crm._store.read(search_index.progress) == search_index.Progress()
    for path in [] if any_crm.path is None else [any_crm.path, f"{any_crm.path}-wal"]:
        held = Path(path).read_bytes().lower()
        for letters in (b"diaz", b"iaz", b"ana@"):
            assert letters not in held
    assert (found(any_crm, "diaz"), found(any_crm, "quince")) == ([], ["Bo"])


def test_the_feed_tells_of_leaving_and_coming_back(any_crm: CRM, ana: str) -> None:
    """Issue 6: who follows the store hears of it though the contact is not in the list."""
    start = any_crm.changes_since("now").next_cursor
    bo = any_crm.create_contact(named("Bo", "Quince"))
    any_crm.delete_contact(ana)
    page = any_crm.changes_since(start)
    assert [(event.kind, event.contact_id) for event in page.events] == [
        ("created", bo),
        ("deleted", ana),
    ]
    any_crm.restore_contact(ana)
    any_crm.merge_contacts(ana, bo)
    page = any_crm.changes_since(page.next_cursor)
    assert [(event.kind, event.contact_id) for event in page.events] == [
        ("restored", ana),
        ("merged", ana),
    ]
    assert any_crm.changes_since(page.next_cursor).events == ()


def test_the_feed_says_nothing_twice_of_the_newest_contact(any_crm: CRM, ana: str) -> None:
    """Issue 6: a cursor at a contact stays where it is while that is in the trash."""
    bo = any_crm.create_contact(named("Bo", "Quince"))
    cursor = any_crm.changes_since("now").next_cursor
    any_crm.delete_contact(bo)
    page = any_crm.changes_since(cursor)
    assert [event.kind for event in page.events] == ["deleted"]
    any_crm.restore_contact(bo)
    assert [event.kind for event in any_crm.changes_since(page.next_cursor).events] == ["restored"]


def test_the_feed_is_silent_about_the_erased(any_crm: CRM, ana: str) -> None:
    """U7: no event names who was erased, nor a mail to them."""
    any_crm.triggered_emails.save("a", subject="Hi", text="Hi")
    any_crm.send_email("a", ana)
    any_crm.delete_contact(ana)
    any_crm.erase_contact(ana)
    assert any_crm.changes_since().events == ()
