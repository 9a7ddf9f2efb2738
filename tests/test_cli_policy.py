"""The contract of --policy, and of `contact match`, which tells what would be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM, LENIENT, STRICT, Policy
from wixcrm_local.cli import main
from wixcrm_local.cli.policies import SWITCHES, PolicyType, choices

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a contact, and a member of the site."""
    path = tmp_path / "people.db"
    ids = iter(["id-ana", "id-bo", "id-member"])
    with CRM(path, new_id=lambda: next(ids)) as crm:
        crm.create_contact({"firstName": "Ana", "emails": ["ana@demo.example"]})
        crm.create_contact({"emails": ["bo@demo.example"], "phones": ["+44 20 7946 0958"]})
        crm.create_contact({"emails": ["m@demo.example"], "loginEmail": "m@demo.example"})
        crm.triggered_emails.save("hi", subject="Hi ${a}", text="x", variables={"a": "you"})
    return path


@pytest.fixture
def run(store: Path) -> Run:
    """Runs one command on the store of the test."""

    def run(*arguments: str, input: str | None = None) -> Result:
        result = CliRunner().invoke(main, ["--store", str(store), *arguments], input=input)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strict", STRICT),
        ("lenient", LENIENT),
        ("members=keep,unknown_names=create", Policy(members="keep", unknown_names="create")),
        ("lenient,arrays=replace", attrs.evolve(LENIENT, arrays="replace")),
        ("lenient, members = error", attrs.evolve(LENIENT, members="error")),
        ("members=keep,strict", STRICT),
        *[
            (f"{switch}={choice}", Policy(**{switch: choice}))
            for switch in SWITCHES
            for choice in choices(switch)
        ],
    ],
)
def test_a_policy_is_a_preset_and_switches(text: str, expected: Policy) -> None:
    """Section 8: every preset and every switch can be said, what stands further behind counts."""
    assert PolicyType().convert(text, None, None) == expected


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("", ["strict", "lenient", "arrays=add|replace"]),
        ("lax", ["strict", "lenient", "members=error|keep"]),
        ("lenient,", ["strict", "lenient"]),
        ("member=keep", ["members=error|keep"]),
        ("members=no", ["error", "keep"]),
        ("members", ["members=error|keep"]),
        ("strict=members", ["strict", "lenient"]),
        ("members=keep=keep", ["error", "keep"]),
    ],
)
@pytest.mark.parametrize("command", ["contact create --email a@b.example", "email send hi id-ana"])
def test_a_wrong_policy_is_a_usage_error_that_lists_the_choices(
    run: Run, command: str, text: str, listed: list[str]
) -> None:
    """A wrong name or value has exit code 2, and the message is enough to mend it."""
    result = run(*command.split(), "--policy", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert all(choice in result.stderr for choice in listed)


def test_create_follows_the_policy(run: Run, store: Path) -> None:
    """G1, G3, G5, U2: the same person is refused, kept, taken without, or with new names."""
    label = ("--email", "ana@demo.example", "--label", "New")
    assert run("contact", "create", *label).exit_code == 1
    ignoring = run("contact", "create", *label, "--policy", "lenient")
    assert ignoring.stdout == "unchanged id-ana (same email): nothing changed\n"
    assert ignoring.stderr == "note: not stored, since it is unknown: labels: New\n"
    assert run("contact", "create", *label, "--policy", "unknown_names=create").exit_code == 0
    replacing = ("--email", "bo@demo.example", "--phone", "+44 20 7946 0011")
    run("contact", "create", *replacing, "--policy", "arrays=replace")
    member = ("--email", "m@demo.example", "--first-name", "M")
    assert "--policy members=keep" in run("contact", "create", *member).stderr
    assert run("contact", "create", *member, "--policy", "members=keep").stdout.startswith("kept ")
    with CRM(store) as crm:
        assert crm.get_contact("id-ana").labels == ("New",)
        assert crm.get_contact("id-bo").phones == ("+44 20 7946 0011",)
        assert crm.get_contact("id-member").first_name is None


def test_a_file_follows_the_policy(run: Run) -> None:
    """Section 8: under lenient, a file may hold the shapes of the newer APIs."""
    line = '{"name": {"first": "Di"}, "email": "di@demo.example", "labels": ["None"]}\n'
    assert "1 refused" in run("contact", "create", "-", input=line).stdout
    taken = run("contact", "create", "-", "--policy", "lenient", input=line * 3)
    assert "1 created, 0 updated, 2 unchanged" in taken.stdout
    assert taken.stderr == "note: not stored, since it is unknown: labels: None (3 times)\n"


def test_thousands_of_notes_are_few_lines(run: Run) -> None:
    """A file full of unknown names doesn't bury its summary."""
    lines = "".join(
        f'{{"emails": ["p{number}@demo.example"], "labels": ["L{number}"]}}\n'
        for number in range(100)
    )
    notes = run("contact", "create", "-", "--policy", "lenient", input=lines).stderr.splitlines()
    assert len(notes) == 21
    assert notes[-1] == "note: and 80 more notes"


def test_mail_follows_the_policy(run: Run, store: Path) -> None:
    """T4: variables that the template lacks are refused, or ignored."""
    for command in (["send", "hi", "id-ana"], ["preview", "hi"]):
        refused = run("email", *command, "--var", "b=1")
        assert refused.stderr.startswith("error [UNKNOWN_VARIABLE]: ")
        taken = run("email", *command, "--var", "b=1", "--policy", "variables=convert")
        assert "Hi you" in taken.stdout


MATCHES = {
    "--email new@demo.example --first-name N": [
        "would create a contact: firstName, emails",
    ],
    "--email ANA@demo.example --first-name Anna": [
        "would update id-ana (same email): firstName",
        "  firstName is Ana now",
    ],
    "--email ana@demo.example": ["would leave unchanged id-ana (same email)"],
    "--email ana@demo.example --phone +442079460958": [
        "would update id-ana (same email): phones",
        "  also matches id-bo, which would be left alone",
    ],
    "--phone +442079460958 --label New --policy lenient": [
        "would leave unchanged id-bo (same phone)",
        "  unknown, and would be left out: labels: New",
    ],
    "--email m@demo.example --first-name M --policy members=keep": [
        "would keep as it is, being a site member, id-member (same email)",
    ],
}


@pytest.mark.parametrize(("options", "expected"), MATCHES.items())
def test_match_tells_what_create_would_do(
    run: Run, store: Path, options: str, expected: list[str]
) -> None:
    """A3: which contact, by what, who else, and what would change; nothing is stored."""
    before = store.read_bytes()
    result = run("contact", "match", *options.split())
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == expected
    assert store.read_bytes() == before


@pytest.mark.parametrize("options", MATCHES)
def test_match_and_create_agree(run: Run, options: str) -> None:
    """A3: what was foretold happens, but for the id of a contact that is not there yet."""
    foretold = json.loads(run("contact", "match", *options.split(), "--json").stdout)
    done = json.loads(run("contact", "create", *options.split(), "--json").stdout)
    assert foretold.pop("contactId") == (done["contactId"] if done["matchedBy"] else None)
    del done["contactId"]
    assert foretold == done


def test_match_refuses_what_create_refuses(run: Run, tmp_path: Path) -> None:
    """A3: the same errors and exit codes; and no store is made."""
    assert run("contact", "match", "--first-name", "A").stderr.startswith(
        "error [INSUFFICIENT_CONTACT_DATA]: "
    )
    assert run("contact", "match").exit_code == 2
    nowhere = tmp_path / "none.db"
    result = run("contact", "match", "--email", "a@b.example", "--store", str(nowhere))
    assert result.stderr.startswith("error [STORE_NOT_FOUND]: ")
    assert not nowhere.exists()
