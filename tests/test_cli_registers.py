"""The contract of the commands that show, rename and delete labels, custom fields and templates."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM
from wixcrm_local.cli import main

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store in which two contacts of three have a label and a value."""
    path = tmp_path / "people.db"
    with CRM(path) as crm:
        crm.labels.create("Customer")
        crm.custom_fields.create("Lead score", "number")
        for name in ("ana", "bo"):
            crm.create_contact(
                {
                    "emails": [f"{name}@demo.example"],
                    "labels": ["Customer"],
                    "customFields": {"Lead score": 0},
                }
            )
        crm.create_contact({"emails": ["cy@demo.example"]})
        crm.triggered_emails.save(
            "welcome",
            subject="Hi ${name}",
            html="<p>Dear ${name}, ${code}</p>",
            variables={"name": "friend"},
            required=["code"],
            from_address="shop@demo.example",
        )
    return path


@pytest.fixture
def run(store: Path) -> Run:
    """Runs one command on the store of the test."""

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, ["--store", str(store), *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def names(store: Path) -> list[str]:
    """All that can be deleted here."""
    with CRM(store) as crm:
        entries = [*crm.labels.list(), *crm.custom_fields.list()]
        return [entry.name for entry in entries] + [each.id for each in crm.triggered_emails.list()]


@pytest.mark.parametrize(
    ("group", "name", "key"),
    [
        ("label", "customer", "custom.customer"),
        ("field", "custom.lead-score", "custom.lead-score"),
    ],
)
def test_an_entry_is_shown_with_how_many_have_it(run: Run, group: str, name: str, key: str) -> None:
    """G4: found by name in any case, or by key; the number of contacts stands beside it."""
    data = json.loads(run(group, "show", name, "--json").stdout)
    assert (data["key"], data["contacts"]) == (key, 2)
    shown = dict(line.split(maxsplit=1) for line in run(group, "show", name).stdout.splitlines())
    assert (shown["key"], shown["contacts"]) == (key, "2")


def test_a_rename_keeps_key_and_contacts(run: Run, store: Path) -> None:
    """G4: another name, the same key, and the contacts carry it on."""
    result = run("label", "rename", "CUSTOMER", "Good customer")
    assert result.stdout == (
        "renamed the label CUSTOMER to Good customer; its key stays custom.customer\n"
    )
    data = json.loads(run("field", "rename", "Lead score", "Score", "--json").stdout)
    assert (data["name"], data["key"], data["type"]) == ("Score", "custom.lead-score", "number")
    with CRM(store) as crm:
        ana = crm.find_contact(email="ana@demo.example")
        assert ana is not None
        assert (ana.labels, ana.custom_fields) == (("Good customer",), {"Score": 0})


def test_a_rename_to_a_taken_name_is_refused(run: Run) -> None:
    """G4: two labels can't have one name."""
    run("label", "create", "VIP")
    result = run("label", "rename", "VIP", "customer")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error [LABEL_ALREADY_EXISTS]: ")


@pytest.mark.parametrize(
    ("group", "name", "expected"),
    [
        ("label", "customer", "deleted the label Customer; 2 contacts lost it\n"),
        ("field", "lead score", "deleted the custom field Lead score; 2 contacts lost it\n"),
    ],
)
def test_deleting_takes_it_from_the_contacts_and_says_how_many(
    run: Run, store: Path, group: str, name: str, expected: str
) -> None:
    """G4: the entry goes, the contacts stay without it, and the answer counts them."""
    assert run(group, "delete", name, "--yes").stdout == expected
    with CRM(store) as crm:
        assert crm.count_contacts() == 3
        kept = [{**each.custom_fields, "labels": each.labels} for each in crm.iter_contacts()]
        assert ("Lead score" in kept[0], bool(kept[0]["labels"])) == (
            group != "field",
            group != "label",
        )
    again = run(group, "delete", name, "--yes")
    assert again.exit_code == 1
    assert f"{group} list shows all" in again.stderr


def test_deleting_answers_in_json_too(run: Run) -> None:
    """What was deleted, and from how many contacts it was taken."""
    data = json.loads(run("label", "delete", "Customer", "--yes", "--json").stdout)
    assert (data["name"], data["contacts"]) == ("Customer", 2)
    assert json.loads(run("template", "delete", "welcome", "-y", "--json").stdout)["id"] == (
        "welcome"
    )


DELETIONS = [("label", "Customer"), ("field", "Lead score"), ("template", "welcome")]


@pytest.mark.parametrize(("group", "name"), DELETIONS)
def test_a_script_must_say_yes(run: Run, store: Path, group: str, name: str) -> None:
    """Where nobody can be asked, deleting without --yes is a usage error and deletes nothing."""
    before = names(store)
    result = run(group, "delete", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--yes" in result.stderr
    assert names(store) == before


# With Ctrl-C as a terminal's own: what runs in the background begins with it ignored.
PROGRAM = """
import signal
from wixcrm_local.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


def at_terminal(
    store: Path, arguments: list[str], answer: bytes | signal.Signals
) -> tuple[int, str]:
    """The exit code, and what stands on the screen, when a person answers the question."""
    pty = pytest.importorskip("pty", reason="needs a terminal that a program can hold")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--store", store, *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "NO_COLOR": "1"},
    )
    os.close(follower)
    screen = b""
    while b"[y/N] " not in screen:
        screen += (more := os.read(leader, 1_000))
        assert more, screen
    if isinstance(answer, bytes):
        os.write(leader, answer)
    else:
        process.send_signal(answer)
    try:
        while more := os.read(leader, 1_000):
            screen += more
    except OSError:
        pass  # the terminal's other end is closed
    os.close(leader)
    return process.wait(), screen.decode(errors="replace").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("deletion", "answer"),
    [*((deletion, b"n\n") for deletion in DELETIONS)]
    + [(DELETIONS[0], answer) for answer in (b"\n", b"\x04", b"yet\n", b"\xff\n")],
)
def test_a_person_is_asked_and_may_say_no(
    store: Path, deletion: tuple[str, str], answer: bytes
) -> None:
    """The question tells what will be lost; anything but y or yes keeps it, with exit code 1."""
    group, name = deletion
    before = names(store)
    code, screen = at_terminal(store, [group, "delete", name], answer)
    assert code == 1
    assert name in screen
    assert ("2 contacts" in screen) == (group != "template")
    assert "error [NOT_CONFIRMED]: nothing was changed" in screen.splitlines()[-1]
    assert names(store) == before


def test_a_person_may_say_yes(store: Path) -> None:
    """y deletes, and the answer follows the question."""
    for group, name in DELETIONS:
        code, screen = at_terminal(store, [group, "delete", name], b"Yes\n")
        assert code == 0
        assert screen.splitlines()[-1].startswith("deleted the ")
    assert names(store) == []


def test_ctrl_c_at_the_question_ends_quietly(store: Path) -> None:
    """Ctrl-C is exit code 130, without a word, and deletes nothing."""
    before = names(store)
    code, screen = at_terminal(store, ["label", "delete", "Customer"], signal.SIGINT)
    assert code == 130
    assert screen.rstrip().endswith("[y/N]")
    assert names(store) == before


def test_a_template_is_shown_with_the_call_to_copy(run: Run) -> None:
    """T1, T2: subject, parts, what stands for each variable, and the call that sends it."""
    text = run("template", "show", "welcome").stdout
    for part in (
        "subject        Hi ${name}",
        "from           shop@demo.example",
        "variable name  falls back to 'friend'",
        "variable code  is required",
        "html:\n<p>Dear ${name}, ${code}</p>\n",
        'crm.email_contact("welcome", contact_id, {',
    ):
        assert part in text
    data = json.loads(run("template", "show", "welcome", "--json").stdout)
    assert data["variables"] == {"name": "friend", "code": None}
    assert data["snippet"] in text


def test_deleting_a_template_keeps_its_mails(run: Run, store: Path) -> None:
    """T9: what was recorded stays."""
    with CRM(store) as crm:
        ana = crm.find_contact(email="ana@demo.example")
        assert ana is not None
        crm.email_contact("welcome", ana.id, {"variables": {"code": "1"}})
    assert run("template", "delete", "welcome", "--yes").stdout == (
        "deleted the Triggered Email welcome\n"
    )
    assert "Dear friend, 1" in run("outbox", "show").stdout
    assert run("template", "show", "welcome").exit_code == 1


def test_a_missing_store_is_not_made(tmp_path: Path) -> None:
    """To rename, delete or show something needs a store."""
    path = tmp_path / "none.db"
    for line in ("label show a", "field rename a b", "template delete a -y", "label delete a -y"):
        result = CliRunner().invoke(main, ["--store", str(path), *line.split()])
        assert result.exit_code == 1
        assert result.stderr.startswith("error [STORE_NOT_FOUND]: ")
    assert not path.exists()


def test_a_template_may_say_where_readers_leave(run: Run, store: Path) -> None:
    """RFC 8058: saved, shown, and refused in one line where it can be no header."""
    arguments = ("template", "create", "news", "--subject", "News", "--text", "New: ${n}")
    url = "https://demo.example/leave?who=${n}"
    assert run(*arguments, "--var", "n=you", "--unsubscribe-url", url).exit_code == 0
    assert f"unsubscribe  {url}" in " ".join(run("template", "show", "news").stdout.split(" "))
    refused = run(*arguments, "--var", "n=you", "--unsubscribe-url", "http://demo.example")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "unsubscribe_url is no https: or mailto: URL" in refused.stderr


def test_a_mail_may_wait_expire_and_be_asked_for_again(run: Run, store: Path) -> None:
    """email.md: --key, --at and --expires-in are the library's own terms."""
    with CRM(store) as crm:
        (ana, *_) = [contact.id for contact in crm.iter_contacts()]
    arguments = ("email", "send", "welcome", ana, "--var", "code=1", "--json")
    terms = ("--key", "k", "--at", "2090-01-31T09:00+01:00", "--expires-in", "60")
    first, again = (json.loads(run(*arguments, *terms).stdout) for _ in range(2))
    assert first == again
    assert first["readyAt"].startswith("2090-01-31T08:00:00")
    assert first["expiresAt"].startswith("2090-01-31T08:01:00")
    here = json.loads(run(*arguments, "--at", "2090-01-31T09:00").stdout)
    expected = datetime(2090, 1, 31, 9).astimezone()
    assert datetime.fromisoformat(here["readyAt"]) == expected
    for value in ("soon", "2090-13-01", ""):
        assert run(*arguments, "--at", value).exit_code == 2
    assert run("email", "send", "welcome", ana, "--var", "code=2", "--key", "k").exit_code == 1
