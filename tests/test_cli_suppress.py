"""The contract of `suppress`, `contact unsubscribe` and `contact resubscribe`: who gets no mail."""

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
    """A store with Ana, and an address that bounced."""
    path = tmp_path / "people.db"
    with CRM(path, new_id=lambda: "ana") as crm:
        crm.create_contact({"firstName": "Ana", "emails": ["ana@example.com"]})
        crm.suppressions.add("dead@example.com", "bounced", note="550 5.1.1\n\u202egone")
    return path


@pytest.fixture
def run(store: Path) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--store", str(store), *arguments])

    return run


def listed(store: Path) -> dict[str, str]:
    with CRM(store) as crm:
        return {entry.address: entry.reason for entry in crm.suppressions.list()}


def test_addresses_are_put_on_the_list(run: Run, store: Path) -> None:
    """T8: several at once, with reason and note; what stands there already stays."""
    done = run(
        *("suppress", "add", "bo@example.com", "DEAD@example.com"),
        *("--reason", "complained", "--note", "by telephone"),
    )
    assert done.stdout.splitlines() == [
        "no mail goes to bo@example.com (complained)",
        "no mail goes to dead@example.com (bounced)",
    ]
    assert listed(store) == {"dead@example.com": "bounced", "bo@example.com": "complained"}


def test_of_several_addresses_all_are_added_or_none(run: Run, store: Path) -> None:
    """T8: an address that can't be one is a refusal, and nothing of the command is stored."""
    refused = run("suppress", "add", "bo@example.com", "nobody")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert run("suppress", "add", "bo@example.com", "--reason", "whim").exit_code == 2
    assert listed(store) == {"dead@example.com": "bounced"}


def test_the_list_is_shown_safely(run: Run) -> None:
    """Fault 9: a note is a server's text, shown on one line without what steers a terminal."""
    [headings, line] = run("suppress", "list").stdout.splitlines()
    assert headings.split() == ["address", "reason", "since", "note"]
    assert "bounced" in line
    assert line.endswith("550 5.1.1 \\u202egone")
    [entry] = [json.loads(each) for each in run("suppress", "list", "--json").stdout.splitlines()]
    assert (entry["address"], entry["reason"]) == ("dead@example.com", "bounced")


def test_addresses_are_taken_off_the_list(run: Run, store: Path) -> None:
    """T8: in any spelling; one that is not there is told, and no error."""
    done = run("suppress", "remove", "Dead@EXAMPLE.com", "bo@example.com")
    assert (done.exit_code, done.stdout) == (
        0,
        "took off the list: Dead@EXAMPLE.com\nwas not on the list: bo@example.com\n",
    )
    assert listed(store) == {}
    assert run("suppress", "list").stderr == "note: no address is suppressed\n"
    gone = run("suppress", "remove", "dead@example.com", "--json")
    assert json.loads(gone.stdout) == {"address": "dead@example.com", "removed": False}


def test_check_answers_a_script(run: Run) -> None:
    """Issue 6: exit code 0 where mail may go, 1 with the reason where none goes."""
    free = run("suppress", "check", "ana@example.com")
    assert (free.exit_code, free.stdout, free.stderr) == (0, "mail may go to ana@example.com\n", "")
    dead = run("suppress", "check", "DEAD@example.com", "--json")
    data = json.loads(dead.stdout)
    assert (dead.exit_code, data["suppressed"], data["entry"]["reason"]) == (1, True, "bounced")
    [line] = dead.stderr.splitlines()
    assert line.startswith("error [ADDRESS_SUPPRESSED]: ")
    assert run("suppress", "check", "nobody").stderr.startswith("error [INVALID_ARGUMENT]: ")


def test_check_knows_contacts_that_left(run: Run) -> None:
    """T8: an address that is on no list gets no mail where its contact has unsubscribed."""
    run("contact", "unsubscribe", "ana")
    left = run("suppress", "check", "Ana@example.com", "--json")
    assert (left.exit_code, json.loads(left.stdout)["suppressed"]) == (1, True)
    assert "contact resubscribe" in left.stderr


def test_a_contact_leaves_and_comes_back(run: Run, store: Path) -> None:
    """T8: by id the contact itself, whatever its addresses are."""
    assert "contact ana, whatever" in run("contact", "unsubscribe", "ana").stdout
    with CRM(store) as crm:
        assert crm.get_contact("ana").subscription == "unsubscribed"
    back = json.loads(run("contact", "resubscribe", "ana", "--json").stdout)
    assert back == {"contactId": "ana", "getsMail": True, "reason": None}
    with CRM(store) as crm:
        assert crm.get_contact("ana").subscription == "subscribed"
    assert run("contact", "unsubscribe", "bo").stderr.startswith("error [CONTACT_NOT_FOUND]: ")


def test_an_address_leaves_and_comes_back(run: Run, store: Path) -> None:
    """T8: by address whoever has it; one that bounced stays on the list, which is said."""
    assert "whoever has it" in run("contact", "unsubscribe", "bo@example.com").stdout
    assert listed(store)["bo@example.com"] == "unsubscribed"
    assert run("contact", "resubscribe", "BO@example.com").stdout.startswith("mail may go to")
    stays = run("contact", "resubscribe", "dead@example.com")
    assert stays.stdout.startswith("no more mail goes to dead@example.com")
    assert "suppress remove takes it off" in stays.stderr
    assert listed(store) == {"dead@example.com": "bounced"}
