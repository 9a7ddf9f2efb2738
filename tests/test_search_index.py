"""The index behind a search: what it takes in, forgets, and survives (issue 6)."""

from __future__ import annotations

import pytest
from store_fixtures import info, integrity, rows

from wixcrm_local import CRM, search_index


def found(crm: CRM, text: str) -> list[str]:
    return [contact.emails[0] for contact in crm.search_contacts(text)]


def forget(crm: CRM) -> None:
    crm._store.write(search_index.forget_all)


@pytest.fixture
def file(tmp_path, open_crm):
    with open_crm(tmp_path / "x.db") as crm:
        for name in ("ana", "bob", "cy"):
            crm.create_contact(info(name))
        crm.prepare_search()
        yield crm
    integrity(tmp_path / "x.db")


def test_this_python_has_what_it_takes() -> None:
    """Issue 6: the tests of the index are not those of its stand-in."""
    assert search_index.is_possible()


def test_a_new_file_has_no_index(open_crm, tmp_path) -> None:
    """schema.sql: derived, so it is made by the first search that needs it."""
    with open_crm(tmp_path / "x.db") as crm:
        crm.create_contact(info("ana"))
        assert found(crm, "ana") == ["ana@example.com"]
    names = [name for (name,) in rows(tmp_path / "x.db", "SELECT name FROM sqlite_schema")]
    assert not [name for name in names if name.startswith("search")]


def test_a_number_that_is_given_again_is_new(file) -> None:
    """Issue 6: after the newest contacts are gone, whoever gets their numbers is found."""

    def remove(connection) -> None:
        for number in (2, 3):
            connection.execute("DELETE FROM contacts WHERE contact_number = ?", (number,))

    file._store.write(remove)
    assert found(file, "cy") == []
    file.create_contact(info("dora"))
    assert rows(file.path, "SELECT max(contact_number) FROM contacts") == [(2,)]
    assert found(file, "dora") == ["dora@example.com"]
    file.prepare_search()
    assert found(file, "dora") == ["dora@example.com"]


def test_forgetting_leaves_no_letter(file) -> None:
    """U7: an erased person's letters are gone from the file, and searching goes on."""
    forget(file)
    assert file._store.read(search_index.progress).contact_number == 0
    blocks = rows(file.path, "SELECT CAST(block AS TEXT) FROM search_index_data")
    assert not [block for (block,) in blocks if "bob" in block]
    assert found(file, "bob") == ["bob@example.com"]
    file.prepare_search()
    assert found(file, "bob") == ["bob@example.com"]


def test_changes_of_other_members_are_passed_over(file) -> None:
    """Issue 6: a label changes nothing that is searched, and adds nothing to the index."""
    before = rows(file.path, "SELECT sum(length(block)) FROM search_index_data")
    file.labels.create("VIP")
    file.create_contact({**info("ana"), "labels": ["VIP"]})
    file.prepare_search()
    assert rows(file.path, "SELECT sum(length(block)) FROM search_index_data") == before
    assert file._store.read(search_index.progress).change_number == 1


def test_a_contact_that_changes_often_is_found_once(file) -> None:
    """Issue 6: its older letters stay in the index and find nobody."""
    for number in range(30):
        file.create_contact({**info("ana"), "firstName": f"Name{number}"})
        file.prepare_search()
    assert found(file, "name29") == found(file, "ana") == ["ana@example.com"]
    assert found(file, "name28") == []
    with CRM(file.path) as again:
        assert found(again, "name29") == ["ana@example.com"]


def test_an_index_of_another_format_is_made_anew(file, monkeypatch) -> None:
    """Issue 6: what an older version of the library left behind misleads no search."""
    monkeypatch.setattr(search_index, "_FORMAT", 3)
    assert file._store.read(search_index.progress) == search_index.Progress()
    assert found(file, "bob") == ["bob@example.com"]
    file.prepare_search()
    seen = file._store.read(search_index.progress)
    assert (seen.contact_number, search_index.shares(seen.common)) == (3, {"": 3})
    assert found(file, "bob") == ["bob@example.com"]


def test_a_backup_has_the_index(file, tmp_path) -> None:
    """Issue 6: a copy is a store, and its search is as current."""
    file.backup(tmp_path / "copy.db")
    with CRM(tmp_path / "copy.db") as copy:
        assert copy._store.read(search_index.progress).contact_number == 3
        assert found(copy, "bob") == ["bob@example.com"]
        assert copy.check().ok


def test_what_is_common_is_learnt_as_a_file_grows(crm: CRM, monkeypatch) -> None:
    """Issue 6: lists of nearly everybody are known, so that a search need not read them."""
    monkeypatch.setattr(search_index, "_SAMPLED_EVERY", 5)
    for number in range(4):
        crm.create_contact(info(f"p{number}"))
    crm.prepare_search()
    assert "exa" not in crm._store.read(search_index.progress).common
    crm.create_contact(info("p4"))
    crm.prepare_search()
    assert '"exa": 1000' in crm._store.read(search_index.progress).common
    assert len(found(crm, "p example.com")) == 5
