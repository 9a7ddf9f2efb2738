"""The contract of the commands for a contact's life: change, undo, trash, merge, export, erase."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM
from wixcrm_local.cli import main

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with Ana, Bo and a member; a label and a field."""
    path = tmp_path / "people.db"
    ids = iter(["ana", "bo", "member"])
    with CRM(path, default_region="US", new_id=lambda: next(ids)) as crm:
        crm.labels.create("VIP")
        crm.custom_fields.create("Note")
        crm.create_contact(
            {"firstName": "Ana", "emails": ["ana@example.com"], "labels": ["VIP"], "Note": "red"}
        )
        crm.create_contact({"firstName": "Bo", "phones": ["(650) 253-0000"]})
        crm.create_contact({"emails": ["m@example.com"], "loginEmail": "m@example.com"})
    return path


@pytest.fixture
def run(store: Path) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--store", str(store), *arguments])

    return run


def data(result: Result) -> list[dict]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_what_is_given_is_set_and_what_is_empty_is_cleared(run: Run) -> None:
    """U6: by id, address or number; the contact as it is then is the answer."""
    done = run("contact", "update", "ana@example.com", "--last-name", "Diaz", "--field", "Note=")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].split(None, 1) == ["name", "Ana Diaz"]
    [contact] = data(run("contact", "update", "ana", "--first-name", "", "--label", "", "--json"))
    assert (contact["firstName"], contact["lastName"]) == (None, "Diaz")
    assert (contact["labels"], contact["customFields"]) == ([], {})
    [contact] = data(run("contact", "update", "6502530000", "--email", "bo@example.com", "--json"))
    assert (contact["id"], contact["emails"]) == ("bo", ["bo@example.com"])


def test_an_update_says_what_is_wrong(run: Run) -> None:
    """U6: nothing to change, nobody, another revision, nothing left to be found by."""
    assert run("contact", "update", "ana").exit_code == 2
    assert "error [CONTACT_NOT_FOUND]" in run("contact", "update", "x", "--language", "e").stderr
    stale = run("contact", "update", "ana", "--language", "es", "--revision", "2")
    assert "error [CONTACT_ALREADY_CHANGED]" in stale.stderr
    last = run("contact", "update", "ana", "--email", "")
    assert "error [INSUFFICIENT_CONTACT_DATA]" in last.stderr
    assert run("contact", "update", "ana", "--language", "es", "--revision", "1").exit_code == 0


def test_a_history_tells_the_numbers_that_undo_takes(run: Run) -> None:
    """U5: each change with its number, and --json an object a line."""
    run("contact", "update", "ana", "--first-name", "Bea", "--field", "Note=blue")
    run("contact", "unsubscribe", "ana")
    shown = run("contact", "history", "ana").stdout.splitlines()
    assert shown[0].endswith("create_contact")
    assert "update_contact  (change 1)" in "\n".join(shown)
    assert "  firstName: Bea (was Ana)" in shown
    assert "  subscription: unsubscribed" in shown
    changes = data(run("contact", "history", "ana", "--json"))
    assert [change["id"] for change in changes] == [None, 1, 2]
    assert changes[1]["after"] == {"firstName": "Bea", "customFields": {"Note": "blue"}}
    [contact] = data(run("contact", "undo", "1", "--json"))
    assert (contact["firstName"], contact["customFields"]) == ("Ana", {"Note": "red"})
    again = run("contact", "undo", "1")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "error [CANNOT_UNDO]" in again.stderr
    assert "undo those first" in again.stderr
    assert "history CONTACT shows" in run("contact", "undo", "77").stderr


def test_deleted_contacts_are_in_the_trash_and_come_back(run: Run) -> None:
    """U7: of several all or none; a hint tells how to bring one back."""
    refused = run("contact", "delete", "ana", "member")
    assert "give --members to delete it, too" in refused.stderr
    assert run("contact", "trash").stderr == "note: the trash is empty\n"
    done = run("contact", "delete", "ana@example.com", "member", "--members")
    assert done.stdout.splitlines() == [
        "moved into the trash: ana Ana; contact restore ana brings it back",
        "moved into the trash: member; contact restore member brings it back",
    ]
    hint = run("contact", "show", "ana").stderr
    assert "contact ana is in the trash; wixcrm-local" in hint
    assert "contact restore ana brings it back" in hint
    headings, *rows = run("contact", "trash").stdout.splitlines()
    assert headings.split() == ["id", "name", "deleted", "emails", "phones"]
    assert [row.split()[0] for row in rows] == ["ana", "member"]
    listed = data(run("contact", "trash", "--json"))
    assert [each["contact"]["id"] for each in listed] == ["ana", "member"]
    assert run("contact", "undo", str(listed[1]["changeId"])).exit_code == 0
    [contact] = data(run("contact", "restore", "ana", "--json"))
    assert contact["labels"] == ["VIP"]
    assert run("contact", "restore", "ana").stdout.startswith("name")
    [deleted] = data(run("contact", "delete", "bo", "--json"))
    assert deleted["contact"]["firstName"] == "Bo"


def test_purging_needs_a_yes(run: Run) -> None:
    """U7: it can't be undone; where nobody can be asked, --yes is needed."""
    run("contact", "delete", "ana", "bo")
    asked = run("contact", "purge", "--older-than", "0")
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "Give --yes to forget for good" in asked.stderr
    assert run("contact", "purge", "--yes").stdout == "forgot 0 contacts\n"
    assert data(run("contact", "purge", "--older-than", "0", "--yes", "--json")) == [{"purged": 2}]
    assert "error [CONTACT_NOT_FOUND]" in run("contact", "restore", "ana").stderr


def test_contacts_are_merged_after_a_look(run: Run) -> None:
    """U8: --dry-run tells the same and stores nothing."""
    look = run("contact", "merge", "ana", "6502530000", "--dry-run").stdout.splitlines()
    assert look == [
        "would merge bo into ana: phones changed",
        "  firstName is left out: Bo",
    ]
    assert run("contact", "show", "bo").stdout.split()[1] == "Bo"
    done = run("contact", "merge", "ana", "bo").stdout.splitlines()
    assert done[0] == "merged bo into ana: phones changed"
    assert done[-1] == "  contact undo 1 takes it back"
    assert run("contact", "show", "bo").stdout == run("contact", "show", "ana").stdout
    assert run("contact", "undo", "1").exit_code == 0
    [result] = data(run("contact", "merge", "ana", "member", "bo", "--json"))
    assert (result["merged"], result["changeId"]) == (["member", "bo"], 3)
    assert result["contact"]["loginEmail"] == "m@example.com"


def test_all_that_is_stored_of_a_person_is_printed(run: Run) -> None:
    """U7: as a page, and as JSON; of the trash by its id."""
    page = run("contact", "export", "ana@example.com").stdout
    assert "What is stored of you" in page
    assert "firstName: Ana" in page
    [export] = data(run("contact", "export", "ana", "--json"))
    assert export["contact"]["emails"] == ["ana@example.com"]
    run("contact", "delete", "ana")
    [export] = data(run("contact", "export", "ana", "--json"))
    assert export["inTrash"]


def test_erasing_needs_a_yes_and_gives_a_receipt(run: Run, store: Path) -> None:
    """U7: for good, also of the trash; the receipt counts, and names what it can't reach."""
    run("contact", "update", "ana", "--last-name", "Diaz")
    asked = run("contact", "erase", "ana")
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "Give --yes to erase contact ana" in asked.stderr
    done = run("contact", "erase", "ana@example.com", "--yes")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:3] == ["erased contact ana", "  contacts: 1", "  changes: 1"]
    assert "  backups and other copies of the file" in lines
    run("contact", "delete", "bo")
    [receipt] = data(run("contact", "erase", "bo", "--yes", "--json"))
    assert (receipt["contactId"], receipt["fileIsClean"]) == ("bo", True)
    assert b"Diaz" not in store.read_bytes()
    assert "error [CONTACT_NOT_FOUND]" in run("contact", "erase", "ana", "--yes").stderr


def test_the_suppression_list_shows_erased_people_without_their_address(run: Run) -> None:
    """U7, T8: that there is one, and why."""
    run("contact", "unsubscribe", "ana@example.com")
    run("contact", "erase", "ana", "--yes")
    assert run("suppress", "list").stdout.splitlines()[1].split()[:2] == [
        "(erased)",
        "unsubscribed",
    ]
    added = run("suppress", "add", "ana@example.com")
    assert added.stdout == "no mail goes to this address (unsubscribed)\n"
    checked = run("suppress", "check", "ana@example.com")
    assert (checked.exit_code, checked.stdout) == (
        1,
        "no mail goes to ana@example.com: unsubscribed\n",
    )


@pytest.mark.parametrize("command", ["history", "export", "update", "merge", "erase", "delete"])
def test_nobody_is_told_in_one_line(run: Run, command: str) -> None:
    """House: one line on stderr, with the remedy."""
    more = {"update": ["--language", "es"], "merge": ["ana"], "erase": ["--yes"]}.get(command, [])
    refused = run("contact", command, "nobody@example.com", *more)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1
    assert "error [CONTACT_NOT_FOUND]" in refused.stderr
