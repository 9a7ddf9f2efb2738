"""Issue 7: undo_import takes back what an import did, and nothing that somebody built on it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from store_fixtures import info
from transfer_fixtures import contents, in_chunks_of, octets, people, table

from wixcrm_local import CRM, errors
from wixcrm_local.transfer import undoing

ANA = "ana@example.com"
_LIVING = ("contacts", "contact_emails", "contact_phones", "contact_labels")


def in_list(crm: CRM) -> dict[str, Any]:
    """Who is in the list with what, without when it became so."""
    return {contact.id: (contact.to_wix(), contact.subscription) for contact in crm.iter_contacts()}


def email(crm: CRM, name: object) -> str:
    """The id of whom the address of this name leads to."""
    found = crm.find_contact(email=f"{name}@example.com")
    assert found is not None
    return found.id


@pytest.fixture
def receipt(any_crm: CRM, monkeypatch: Any) -> str:
    """Of an import of n0 to n4 in chunks of two."""
    in_chunks_of(monkeypatch, 2)
    receipt = any_crm.import_contacts(io.BytesIO(people(5))).receipt
    assert receipt is not None
    return receipt


def test_everything_goes_back(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: who was made is in the trash, who was changed is as before, and what only the
    import had named is gone."""
    in_chunks_of(monkeypatch, 2)
    any_crm.labels.create("VIP")
    any_crm.create_contact({"firstName": "Ana", **info("ana"), "labels": ["VIP"]})
    any_crm.create_contact(info("ben"))
    before, tables = in_list(any_crm), contents(any_crm)
    rows = [
        *(("Anna", "Lee", ANA, "212 555 2368", "VIP;New"), ("Cy", "", "cy@example.com", "", "New")),
        *(("", "Ng", "ben@example.com", "", ""), ("", "Oh", "ben@example.com", "", "Newer")),
        *(("Dee", "", "dee@example.com", "", ""), ("Dee", "Di", "dee@example.com", "", "VIP")),
    ]
    report = any_crm.import_contacts(table(rows))
    assert (report.created, report.updated) == (2, 4)
    undone = any_crm.undo_import(report.receipt)
    assert (undone.receipt, undone.trashed, undone.reverted) == (report.receipt, 2, 3)
    assert (undone.left, undone.pruned, undone.removed_names) == ((), 0, ("New", "Newer"))
    assert in_list(any_crm) == before
    assert contents(any_crm)["labels"] == tables["labels"]
    assert [len(any_crm.history(id)) for id in before] == [3, 5]
    assert any_crm.history(email(any_crm, "ana"))[-1].verb == "undo_import"
    assert any_crm.check().ok


def test_a_no_to_mail_that_came_with_a_file_goes_back(any_crm: CRM) -> None:
    """Issue 7: undoing what the file said is undoing its no, too; nobody else's."""
    any_crm.create_contact(info("ana"))
    other = any_crm.create_contact(info("ben"))
    any_crm.unsubscribe(other)
    headers = ("Email", "Email subscriber status")
    rows = [(ANA, "Unsubscribed"), ("ben@example.com", "Unsubscribed")]
    report = any_crm.import_contacts(table(rows, headers))
    assert any_crm.undo_import(report.receipt).reverted == 1
    assert any_crm.find_contact(email=ANA).subscription == "not_set"
    assert any_crm.get_contact(other).subscription == "unsubscribed"


def test_who_was_built_on_is_left_and_named(any_crm: CRM, receipt: str) -> None:
    """Issue 7: changed since, a member, merged, in the trash: left as it is, and why."""
    ids = [email(any_crm, f"n{n}") for n in range(5)]
    target = any_crm.create_contact(info("target"))
    any_crm.update_contact(ids[0], {"lastName": "Lee"})
    any_crm.register_member(ids[1], "n1@example.com")
    any_crm.merge_contacts(target, ids[2])
    any_crm.delete_contact(ids[3])
    before = in_list(any_crm)
    undone = any_crm.undo_import(receipt)
    assert undone.trashed == 1
    assert {left.contact_id: left.reason for left in undone.left} == {
        ids[0]: "somebody changed it since",
        ids[1]: "it is a site member by now",
        ids[2]: f"it was merged into {target}",
        ids[3]: "it is in the trash already",
    }
    del before[ids[4]]
    assert in_list(any_crm) == before


def test_a_change_that_was_built_on_is_left_and_named(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7, U5: a later change of the same member stays; another one's does not matter."""
    ids = [any_crm.create_contact(info(name)) for name in ("ana", "ben", "cy")]
    rows = [(name, "", f"{name.lower()}@example.com", "", "") for name in ("Ana", "Ben", "Cy")]
    report = any_crm.import_contacts(table(rows))
    any_crm.update_contact(ids[0], {"firstName": "Anna"})
    any_crm.update_contact(ids[1], {"lastName": "Lee"})
    any_crm.delete_contact(ids[2])
    undone = any_crm.undo_import(report.receipt)
    assert (undone.reverted, undone.trashed) == (1, 0)
    assert [left.contact_id for left in undone.left] == [ids[2], ids[0]]
    assert "later changes are of the same members" in undone.left[1].reason
    assert any_crm.get_contact(ids[0]).first_name == "Anna"
    ben = any_crm.get_contact(ids[1])
    assert (ben.first_name, ben.last_name) == (None, "Lee")


def test_a_number_that_was_given_anew_is_somebody_else(any_crm: CRM, clock: Any) -> None:
    """Issue 7: who was purged leaves a number to somebody who has nothing to do with the file."""
    report = any_crm.import_contacts(io.BytesIO(people(2)))
    for name in ("n0", "n1"):
        any_crm.delete_contact(email(any_crm, name))
    clock.move(days=1)
    assert any_crm.purge_trash(0) == 2
    stranger = any_crm.create_contact(info("stranger"))
    undone = any_crm.undo_import(report.receipt)
    assert (undone.trashed, undone.left) == (0, ())
    assert any_crm.get_contact(stranger)
    any_crm.delete_contact(stranger)


def test_what_is_pruned_is_told(any_crm: CRM, clock: Any) -> None:
    """Issue 7: changes that prune_history forgot can't be undone, and are counted."""
    for name in ("ana", "ben"):
        any_crm.update_contact(any_crm.create_contact(info(name)), {"language": "en"})
    clock.move(days=1)
    rows = [("Ana", "", ANA, "", ""), ("Ben", "", "ben@example.com", "", "")]
    report = any_crm.import_contacts(table(rows))
    clock.move(days=1)
    any_crm.prune_history(0.5)
    undone = any_crm.undo_import(report.receipt)
    assert (undone.reverted, undone.pruned) == (0, 2)
    assert any_crm.find_contact(email=ANA).first_name == "Ana"


def test_what_was_pruned_before_is_nothing_to_an_import(any_crm: CRM, clock: Any) -> None:
    """Issue 7: changes that were forgotten before the import are none of it."""
    id = any_crm.create_contact(info("ana"))
    for language in ("en", "de", "pt"):
        any_crm.update_contact(id, {"language": language})
    clock.move(days=1)
    any_crm.prune_history(0)
    report = any_crm.import_contacts(table([("Ana", "", ANA, "", "")]))
    undone = any_crm.undo_import(report.receipt)
    assert (undone.reverted, undone.pruned) == (1, 0)


def test_names_that_somebody_uses_stay(any_crm: CRM) -> None:
    """Issue 7: labels and fields that it made go if nobody has them, whatever they are called
    by then; those from before stay."""
    any_crm.labels.create("Old")
    headers = ("Email", "Labels", "Color", "Size")
    rows = [(ANA, "Old;New;Used;Renamed;Deleted", "red", "42")]
    report = any_crm.import_contacts(table(rows, headers), unknown_columns="fields")
    assert report.new_labels == ("New", "Used", "Renamed", "Deleted")
    assert report.new_fields == ("Color", "Size")
    any_crm.create_contact({**info("b"), "labels": ["Used"], "customFields": {"Size": "1"}})
    any_crm.labels.rename("Renamed", "Another")
    undone_label = any_crm.labels.create("custom.deleted", exist_ok=True)
    undone = any_crm.undo_import(report.receipt)
    assert undone.removed_names == ("New", "Another", "Deleted", "Color")
    assert undone_label in any_crm.labels.list()
    assert [label.name for label in any_crm.labels.list()] == ["Old", "Used", "custom.deleted"]
    assert [field.name for field in any_crm.custom_fields.list()] == ["Size"]


def test_a_second_time_there_is_nothing_to_undo(any_crm: CRM, receipt: str) -> None:
    """Issue 7: ImportNotFound, which says that it was taken back; the list tells so, too."""
    any_crm.undo_import(f" {receipt.upper()} ")
    with pytest.raises(errors.ImportNotFound, match="was taken back already") as caught:
        any_crm.undo_import(receipt)
    assert caught.value.details["undone"] is True
    (summary,) = any_crm.imports()
    assert summary.undone_at is not None
    again = any_crm.import_contacts(io.BytesIO(people(5)))
    assert (again.created, again.resumed_rows) == (5, 0)


@pytest.mark.parametrize("wrong", ["", "nothing", "1", "x" * 9999])
def test_a_receipt_of_nothing(crm: CRM, wrong: str) -> None:
    """Issue 7: ImportNotFound, in one line."""
    with pytest.raises(errors.ImportNotFound, match="there is no import") as caught:
        crm.undo_import(wrong)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("wrong", [None, 1, b"x", ["x"]])
def test_what_is_no_receipt(crm: CRM, wrong: Any) -> None:
    """Issue 7: InvalidArgument, which says where a receipt is found."""
    with pytest.raises(errors.InvalidArgument, match=r"report\.receipt"):
        crm.undo_import(wrong)


def test_an_import_that_broke_off_goes_back(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: what is unfinished can be undone; the same file then is a new import."""
    in_chunks_of(monkeypatch, 2)
    with pytest.raises(ZeroDivisionError):
        any_crm.import_contacts(io.BytesIO(people(5)), progress=lambda rows, share: 1 / 0)
    (broken,) = any_crm.imports()
    assert any_crm.undo_import(broken.receipt).trashed == 2
    assert any_crm.count_contacts() == 0
    again = any_crm.import_contacts(io.BytesIO(people(5)))
    assert (again.receipt != broken.receipt, again.created, again.resumed_rows) == (True, 5, 0)


def test_an_import_that_is_undone_meanwhile_stops(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: whoever is at it gets StoreBusy at the next chunk, and nothing more is stored."""
    in_chunks_of(monkeypatch, 2)

    def undo(rows: int, share: float | None) -> None:
        assert any_crm.undo_import(any_crm.imports()[0].receipt).trashed == 2

    with pytest.raises(errors.StoreBusy, match="took it back"):
        any_crm.import_contacts(io.BytesIO(people(5)), progress=undo)
    assert any_crm.count_contacts() == 0


@pytest.fixture
def half_undone(any_crm: CRM, receipt: str, monkeypatch: Any) -> str:
    """An import whose undoing died behind its last chunk."""
    real, calls = undoing._Undoing._take_back, []

    def dying(self: Any, chunk: Any, connection: Any) -> None:
        calls.append(chunk)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(self, chunk, connection)

    with monkeypatch.context() as patch:
        patch.setattr(undoing._Undoing, "_take_back", dying)
        with pytest.raises(KeyboardInterrupt):
            any_crm.undo_import(receipt)
    assert any_crm.count_contacts() == 4
    return receipt


def test_an_undoing_that_broke_off_goes_on(any_crm: CRM, half_undone: str) -> None:
    """Issue 7: the same call takes back what is left."""
    undone = any_crm.undo_import(half_undone)
    assert (undone.trashed, undone.left) == (4, ())
    assert any_crm.count_contacts() == 0


def test_what_is_half_undone_is_not_gone_on_with(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: the file of an unfinished import of which a part was taken back is a new import,
    which finds nobody missing."""
    in_chunks_of(monkeypatch, 2)

    def second_fails(rows: int, share: float | None) -> None:
        if rows == 4:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        any_crm.import_contacts(io.BytesIO(people(5)), progress=second_fails)
    (broken,) = any_crm.imports()
    real = undoing._Undoing._take_back

    def only_the_last(self: Any, chunk: Any, connection: Any) -> None:
        if chunk.number == 1:
            raise KeyboardInterrupt
        real(self, chunk, connection)

    with monkeypatch.context() as patch:
        patch.setattr(undoing._Undoing, "_take_back", only_the_last)
        with pytest.raises(KeyboardInterrupt):
            any_crm.undo_import(broken.receipt)
    report = any_crm.import_contacts(io.BytesIO(people(5)))
    assert (report.created, report.unchanged, report.resumed_rows) == (3, 2, 0)
    assert any_crm.count_contacts() == 5


@pytest.mark.parametrize("later_first", [True, False])
def test_two_imports_go_back(any_crm: CRM, monkeypatch: Any, later_first: bool) -> None:
    """Issue 7: the later one first, and all is as before; the earlier one leaves what the later
    one built on it."""
    in_chunks_of(monkeypatch, 2)
    first = any_crm.import_contacts(io.BytesIO(people(3))).receipt
    rows = [(f"Other{n}", "", f"n{n}@example.com", "", "") for n in range(4)]
    second = any_crm.import_contacts(io.BytesIO(octets(rows))).receipt
    if later_first:
        assert any_crm.undo_import(second).reverted == 3
        assert any_crm.undo_import(first).trashed == 3
        assert any_crm.count_contacts() == 0
    else:
        undone = any_crm.undo_import(first)
        assert (undone.trashed, len(undone.left)) == (0, 3)
        assert [contact.first_name for contact in any_crm.iter_contacts()] == [
            "Other0", "Other1", "Other2", "Other3"
        ]  # fmt: skip
