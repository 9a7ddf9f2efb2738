"""The contract of the command line: its answers, its refusals and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM, __version__
from wixcrm_local.cli import main

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the store of a test is, or will be."""
    return tmp_path / "people.db"


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command on the store of the test."""
    monkeypatch.setenv("WIXCRM_STORE", str(store))
    monkeypatch.delenv("WIXCRM_SENDER", raising=False)

    def run(*arguments: str, **extra: object) -> Result:
        result = CliRunner().invoke(main, arguments, **extra)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def ana(store: Path) -> str:
    """The id of one contact in the store."""
    with CRM(store) as crm:
        crm.labels.create("Customer")
        return crm.create_contact(
            {
                "firstName": "Ana",
                "emails": ["Ana@demo.example"],
                "phones": ["+44 20 7946 0958"],
                "labels": ["Customer"],
            }
        )


READING = (
    ("contact", "show", "ana@demo.example"),
    ("contact", "list"),
    ("label", "list"),
    ("field", "list"),
    ("template", "list"),
    ("email", "send", "welcome", "1"),
    ("email", "preview", "welcome"),
    ("outbox", "list"),
    ("outbox", "show"),
    ("outbox", "stats"),
    ("outbox", "eml", "1"),
    ("outbox", "retry", "1"),
    ("deliver", "--dry-run"),
    ("deliver", "--sender=eml:mails"),
    ("suppress", "list"),
    ("suppress", "add", "ana@demo.example"),
    ("contact", "unsubscribe", "1"),
)


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_reading_commands_refuse_a_missing_file_and_make_none(
    run: Run, store: Path, command: tuple[str, ...]
) -> None:
    """A command that only reads names the missing file in one line, and makes none."""
    result = run(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("error [STORE_NOT_FOUND]: ")
    assert str(store) in line
    assert "demo" in line
    assert list(store.parent.iterdir()) == []


def test_create_makes_the_file_and_says_so_on_stderr(run: Run, store: Path) -> None:
    """The first command that writes makes the store, and stderr tells where."""
    result = run("contact", "create", "--email", "ana@demo.example")
    assert result.exit_code == 0
    assert str(store) in result.stderr
    assert result.stdout.startswith("created ")
    assert run("contact", "create", "--email", "bo@demo.example").stderr == ""


def test_a_refusal_is_one_line_on_stderr_on_a_new_file_too(run: Run) -> None:
    """Whatever else is to be said stands in the one line of a refused command."""
    result = run("contact", "create", "--first-name", "Ana", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("error [INSUFFICIENT_CONTACT_DATA]: ")
    assert "made a new store" in line


def test_the_store_is_named_before_or_behind_the_command(run: Run, tmp_path: Path) -> None:
    """--store wins over the environment, wherever it stands."""
    other = str(tmp_path / "other.db")
    assert run("--store", other, "label", "create", "One").exit_code == 0
    assert run("label", "create", "Two", "--store", other).exit_code == 0
    with CRM(other) as crm:
        assert [label.name for label in crm.labels.list()] == ["One", "Two"]


def test_without_store_and_environment_the_file_is_contacts_db_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default is contacts.db in the folder the program runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIXCRM_STORE", "")
    result = CliRunner().invoke(main, ["label", "create", "One"])
    assert result.exit_code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["contacts.db"]
    assert str(tmp_path / "contacts.db") in result.stderr


@pytest.mark.parametrize("path", ["", " ", ":memory:"])
def test_a_store_that_would_end_with_the_command_is_a_usage_error(run: Run, path: str) -> None:
    """A store in memory or without a name is not understood."""
    assert run("--store", path, "demo").exit_code == 2


def test_all_options_of_a_person_are_stored(run: Run, store: Path) -> None:
    """Each option of contact create reaches its member."""
    run("label", "create", "VIP")
    run("field", "create", "Lead score", "--type", "number")
    given = {
        "--first-name": ["Ana"],
        "--last-name": ["López"],
        "--email": ["a@demo.example", "b@demo.example"],
        "--phone": ["+442079460958"],
        "--label": ["VIP"],
        "--language": ["es"],
        "--picture": ["https://x.example/p"],
        "--login-email": ["a@demo.example"],
        "--field": ["Lead score=85"],
    }
    options = [text for name, values in given.items() for value in values for text in (name, value)]
    result = run("contact", "create", *options, "--json")
    answer = json.loads(result.stdout)
    assert answer["action"] == "created"
    assert "loginEmail" in answer["changed"]
    with CRM(store) as crm:
        assert crm.get_contact(answer["contactId"]).to_wix() == {
            "firstName": "Ana",
            "lastName": "López",
            "picture": "https://x.example/p",
            "emails": ["a@demo.example", "b@demo.example"],
            "loginEmail": "a@demo.example",
            "phones": ["+442079460958"],
            "labels": ["VIP"],
            "language": "es",
            "customFields": {"Lead score": 85},
        }


def test_an_update_says_what_changed_and_what_it_was(run: Run, ana: str) -> None:
    """A second create of the same person is an update that names the old value."""
    result = run("contact", "create", "--phone", "0044 2079460958", "--first-name", "Anna")
    assert result.stdout.splitlines() == [
        f"updated {ana} (same phone): firstName changed",
        "  firstName was Ana",
    ]
    again = run("contact", "create", "--phone", "0044 2079460958", "--first-name", "Anna")
    assert again.stdout == f"unchanged {ana} (same phone): nothing changed\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("contact", "create"),
        ("contact", "create", "-", "--email", "a@demo.example"),
        ("contact", "create", "no-such-file.jsonl"),
        ("contact", "create", "--field", "Score"),
        ("contact", "create", "--email", "a@demo.example", "--field", "A=1", "--field", "A=2"),
        ("contact", "list", "--limit", "-1"),
        ("field", "create", "Score", "--type", "money"),
        ("outbox", "list", "--status", "lost"),
        ("template", "create", "a", "--subject", "s", "--html", "-", "--html-text", "x"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_what_is_not_understood_has_exit_code_2(
    run: Run, store: Path, arguments: tuple[str, ...]
) -> None:
    """Usage errors are click's own, and make no store."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error" in result.stderr
    assert not store.exists()


def test_show_finds_by_id_address_and_number(run: Run, ana: str) -> None:
    """A contact is shown by its id, or by an address or number in any spelling."""
    shown = {
        run("contact", "show", wanted).stdout
        for wanted in (ana, ana.upper(), "ANA@DEMO.EXAMPLE", "0044 20 7946 0958")
    }
    [text] = shown
    assert "Customer" in text
    assert ana in text


@pytest.mark.parametrize("wanted", ["bo@demo.example", "020", "nobody", ""])
def test_show_refuses_whom_nobody_knows(run: Run, ana: str, wanted: str) -> None:
    """An unknown id, address or number is CONTACT_NOT_FOUND, in one line."""
    result = run("contact", "show", wanted, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("error [CONTACT_NOT_FOUND]: ")


def test_show_with_history_tells_what_happened(run: Run, ana: str) -> None:
    """--history adds each change with the value before it, in both forms."""
    run("contact", "create", "--email", "ana@demo.example", "--first-name", "Anna")
    text = run("contact", "show", ana, "--history").stdout
    assert "firstName: Anna (was Ana)" in text
    data = json.loads(run("contact", "show", ana, "--history", "--json").stdout)
    created, changed = data["history"]
    assert created["after"]["firstName"] == "Ana"
    assert (changed["before"], changed["after"]) == ({"firstName": "Ana"}, {"firstName": "Anna"})
    assert datetime.fromisoformat(changed["at"]).utcoffset() is not None


def test_list_is_limited_and_says_how_many_more(run: Run, store: Path) -> None:
    """The first contacts stand on stdout, the number of the others on stderr."""
    with CRM(store) as crm, crm.transaction():
        for number in range(7):
            crm.create_contact({"emails": [f"p{number}@demo.example"]})
    result = run("contact", "list", "--limit", "3", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["emails"] for each in found] == [[f"p{n}@demo.example"] for n in range(3)]
    assert result.stderr.startswith("note: 4 more; --limit 0 shows all, --cursor ")
    everyone = run("contact", "list", "--limit", "0")
    assert (len(everyone.stdout.splitlines()), everyone.stderr) == (1 + 7, "")


def test_labels_and_fields_are_created_once_and_listed(run: Run) -> None:
    """The registers answer with key and name, and refuse a name that exists."""
    assert json.loads(run("label", "create", "Customer", "--json").stdout)["name"] == "Customer"
    assert "Lead score" in run("field", "create", "Lead score", "--type", "number").stdout
    refused = run("label", "create", "customer")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error [LABEL_ALREADY_EXISTS]: ")
    [label] = json.loads(run("label", "list", "--json").stdout)
    [field] = json.loads(run("field", "list", "--json").stdout)
    assert (label["key"], field["type"]) == ("custom.customer", "number")
    assert "custom.lead-score" in run("field", "list").stdout


def test_a_mail_goes_from_template_to_outbox(run: Run, ana: str, tmp_path: Path) -> None:
    """A template is saved from a file, previewed, sent and read again."""
    page = tmp_path / "welcome.html"
    page.write_text("\ufeff<p>Dear ${name}, ¡hola! ${code}</p>", encoding="utf-8")
    saved = run(
        *("template", "create", "welcome", "--subject", "Hi ${name}", "--html", str(page)),
        *("--var", "name=friend", "--required", "code", "--from", "shop@demo.example"),
    )
    assert 'crm.email_contact("welcome", contact_id, {' in saved.stdout
    assert (
        "Dear friend, ¡hola! A=1" in run("email", "preview", "welcome", "--var", "code=A=1").stdout
    )
    sent = run("email", "send", "welcome", ana, "--var", "name=Ana", "--var", "code=7", "--json")
    message = json.loads(sent.stdout)
    assert (message["status"], message["subject"]) == ("queued", "Hi Ana")
    assert message["variables"] == {"name": "Ana", "code": "7"}
    assert message["fromAddress"] == "shop@demo.example"
    for arguments in ((message["id"],), ()):
        assert "Dear Ana, ¡hola! 7" in run("outbox", "show", *arguments).stdout
    [template] = json.loads(run("template", "list", "--json").stdout)
    assert template["variables"] == {"name": "friend", "code": None}
    assert template["html"].startswith("<p>")


def test_refusals_of_mail_carry_the_librarys_hint(run: Run, ana: str) -> None:
    """An address in place of an id, and a missing variable, are refused with what helps."""
    run("template", "create", "welcome", "--subject", "s", "--text", "${a}", "--required", "a")
    by_address = run("email", "send", "welcome", "ana@demo.example", "--var", "a=1")
    assert by_address.stderr.startswith("error [CONTACT_NOT_FOUND]: ")
    assert "looks like an email address" in by_address.stderr
    assert run("email", "send", "welcome", ana).stderr.startswith("error [MISSING_VARIABLE]: ")
    assert run("email", "preview", "welcom").stderr.startswith("error [TRIGGERED_EMAIL_NOT_FOUND]")
    assert run("outbox", "show").stderr.startswith("error [MESSAGE_NOT_FOUND]: ")


def test_the_outbox_is_narrowed_and_shows_the_newest(run: Run, ana: str, store: Path) -> None:
    """Filters work alone and together; the newest mails are shown, the newest last."""
    with CRM(store) as crm:
        crm.triggered_emails.save("hi", subject="Hi ${n}", text="x", variables={"n": ""})
        crm.triggered_emails.save("bye", subject="Bye", text="x")
        for number in range(5):
            crm.email_contact("hi", ana, {"variables": {"n": str(number)}})
        crm.email_contact("bye", ana)

    def subjects(*filters: str) -> list[str]:
        lines = run("outbox", "list", "--json", *filters).stdout.splitlines()
        return [json.loads(line)["subject"] for line in lines]

    assert subjects("--limit", "2") == ["Hi 4", "Bye"]
    assert subjects("--email-id", "bye", "--to", "ANA@demo.example") == ["Bye"]
    assert len(subjects("--contact", ana, "--status", "queued")) == 6
    assert subjects("--status", "sent") == []
    assert (
        run("outbox", "list", "--limit", "2").stderr == "note: 4 older ones; --limit 0 shows all\n"
    )


def test_a_warning_of_the_library_is_one_note(run: Run) -> None:
    """What the library warns of is told as a note, without lines of source."""
    result = run("contact", "create", "--phone", "020 7946 0958")
    assert result.exit_code == 0
    assert "wixcrm_local" not in result.stderr
    notes = result.stderr.splitlines()
    assert all(note.startswith("note: ") for note in notes)
    assert any("country code" in note and " rekey US, or" in note for note in notes)
    known = run("--region", "GB", "contact", "show", "020 7946 0958")
    assert known.stderr.startswith("error [REGION_MISMATCH]: ")


@pytest.mark.parametrize("command", [(), *READING, ("contact", "create"), ("demo",)], ids=" ".join)
def test_help_is_everywhere_and_can_be_said_in_ascii(run: Run, command: tuple[str, ...]) -> None:
    """--help answers on every command, in letters that every terminal has."""
    result = run(*command[:2], "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    assert result.stdout.isascii()


def test_version_is_the_packages() -> None:
    """--version says the program and its version."""
    assert CliRunner().invoke(main, ["--version"]).stdout == f"wixcrm-local {__version__}\n"


def test_importing_the_library_does_not_import_click() -> None:
    """The library pays nothing for its command line, and that nothing for sqlite-utils."""
    for module, unwanted in (
        ("wixcrm_local", ("click", "tabulate", "sqlite_utils")),
        ("wixcrm_local.cli", ("tabulate", "sqlite_utils")),
    ):
        code = f"import sys, {module}; print([m for m in {unwanted} if m in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout == "[]\n"
