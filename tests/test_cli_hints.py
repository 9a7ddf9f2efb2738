"""The contract of hints: a refusal on the command line says what to type, not what to call."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from delivery_fixtures import Postman

from wixcrm_local import CRM, errors
from wixcrm_local.cli import hints, main

Run = Callable[..., Result]

# What belongs into a program, and would only puzzle who types commands.
PYTHON = re.compile(r"crm\.|CRM\(|Policy|policy with|=LENIENT|\w='|\w=\[|\w=\{|_contact\b|\{\"")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that reads numbers as in Britain, with somebody without an email address."""
    path = tmp_path / "people.db"
    ids = iter(["id-no-email", "id-member", "id-uncertain", "id-mail"])
    with CRM(path, default_region="GB", new_id=lambda: next(ids)) as crm:
        crm.labels.create("Customer")
        crm.custom_fields.create("Lead score")
        crm.create_contact({"phones": ["020 7946 0958"]})
        crm.create_contact({"emails": ["m@demo.example"], "loginEmail": "m@demo.example"})
        crm.triggered_emails.save("welcome", subject="Hi", text="${code}", required=["code"])
        crm.deliver(Postman())
        crm.email_contact("welcome", "id-member", {"variables": {"code": "1"}})
        crm.deliver(Postman("uncertain"))
        crm.email_contact("welcome", "id-member", {"variables": {"code": "1"}})
    return path


@pytest.fixture
def run(store: Path) -> Run:
    """Runs one command on the store of the test."""

    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(
            main, ["--store", str(store), *arguments], input=input, prog_name="wixcrm-local"
        )

    return run


REFUSALS = {
    "contact create --email a@b.example --label Custmer": (
        "LABEL_NOT_FOUND",
        "did you mean 'Customer'? make it with PROGRAM label create Custmer, once",
    ),
    "contact delete id-member": (
        "CANNOT_UPDATE_MEMBER",
        "contact id-member is a site member; give --members to delete it, too",
    ),
    "contact update id-member --first-name A --revision 7": (
        "CONTACT_ALREADY_CHANGED",
        "has revision 1 by now, not 7; look with PROGRAM contact show id-member",
    ),
    "contact undo 77": (
        "CHANGE_NOT_FOUND",
        "there is no change 77; PROGRAM contact history CONTACT shows",
    ),
    "contact create --email a@b.example --label 'so new'": (
        "LABEL_NOT_FOUND",
        "make it with PROGRAM label create 'so new', once",
    ),
    "contact match --email a@b.example --field 'Lead scor=1'": (
        "CUSTOM_FIELD_NOT_FOUND",
        "did you mean 'Lead score'? make it with PROGRAM field create 'Lead scor', once",
    ),
    "contact create --email a@b.example --label One --field Two=2": (
        "INVALID_CONTACT_INFO",
        "contactInfo has 2 problems: (1) labels[0]: there is no label 'One'; make it with PROGRAM "
        "label create One, once; (2) customFields['Two']: there is no custom field 'Two'; "
        "make it with PROGRAM field create Two, once",
    ),
    "label show Custmer": ("LABEL_NOT_FOUND", "'Customer'? PROGRAM label list shows all"),
    "field delete Size --yes": ("CUSTOM_FIELD_NOT_FOUND", "PROGRAM field list shows all"),
    "template create a --subject 'Hi ${name}' --text x": (
        "INVALID_TRIGGERED_EMAIL",
        "subject has the placeholder ${name}, but no variable of that name is declared; "
        "add --var name=FALLBACK, or --required name",
    ),
    "template create a --subject Hi": ("INVALID_TRIGGERED_EMAIL", "give one of them"),
    "email send welcom id-member": (
        "TRIGGERED_EMAIL_NOT_FOUND",
        "did you mean 'welcome'? make it with PROGRAM template create welcom",
    ),
    "email send welcome nobody": ("CONTACT_NOT_FOUND", "PROGRAM contact list shows all ids"),
    "email send welcome m@demo.example": (
        "CONTACT_NOT_FOUND",
        "PROGRAM contact show m@demo.example tells whose id it is",
    ),
    "email send welcome id-no-email --var code=1": (
        "CONTACT_HAS_NO_EMAIL",
        "give it one with PROGRAM contact create --phone NUMBER --email ADDRESS",
    ),
    "email send welcome id-member": ("MISSING_VARIABLE", "give --var code=VALUE"),
    "email preview welcome": ("MISSING_VARIABLE", "give --var code=VALUE"),
    "contact create --email m@demo.example --first-name M": (
        "CANNOT_UPDATE_MEMBER",
        "give --policy members=keep",
    ),
    "contact list --region US": ("REGION_MISMATCH", "rekey US"),
    "email preview welcome --var code=1 --var x=2": ("UNKNOWN_VARIABLE", "it has: code"),
    "contact create --email a@b": ("INVALID_EMAIL", "emails[0]"),
    "contact create --first-name A": ("INSUFFICIENT_CONTACT_DATA", ""),
    "label create customer": ("LABEL_ALREADY_EXISTS", "choose another name"),
    "label create ''": ("INVALID_ARGUMENT", "give a text"),
    "outbox show nothing": ("MESSAGE_NOT_FOUND", ""),
    "outbox cancel nothing": ("MESSAGE_NOT_FOUND", "PROGRAM outbox list --limit 0 shows all"),
    "outbox retry id-uncertain": (
        "WRONG_MESSAGE_STATUS",
        "PROGRAM outbox resolve id-uncertain sent, or resend",
    ),
    "outbox resolve id-mail sent": (
        "WRONG_MESSAGE_STATUS",
        "can't resolve mail id-mail, which is queued; resolve is for mails that are uncertain",
    ),
    "outbox eml id-mail": ("FROM_ADDRESS_MISSING", "give --from ADDRESS"),
    "deliver --sender eml:mails": ("FROM_ADDRESS_MISSING", "give --from ADDRESS"),
    "suppress add nobody": ("INVALID_ARGUMENT", ""),
    "contact unsubscribe nobody": ("CONTACT_NOT_FOUND", "PROGRAM contact list shows all ids"),
}


@pytest.mark.skipif(os.name == "nt", reason="names are quoted as a POSIX shell reads them")
@pytest.mark.parametrize(("line", "expected"), REFUSALS.items(), ids=REFUSALS)
def test_a_refusal_says_what_to_type(
    run: Run, store: Path, line: str, expected: tuple[str, str]
) -> None:
    """One line with the code, whose remedy is a command or an option, with the store it names."""
    result = run(*shlex.split(line))
    assert (result.exit_code, result.stdout) == (1, "")
    [said] = result.stderr.splitlines()
    code, remedy = expected
    assert said.startswith(f"error [{code}]: ")
    said = re.sub(rf"\S*wixcrm-local --store {re.escape(str(store))}", "PROGRAM", said)
    assert remedy in said
    assert not PYTHON.search(said), said


@pytest.mark.skipif(os.name == "nt", reason="the command is taken apart as a POSIX shell does")
def test_the_remedy_can_be_pasted(run: Run) -> None:
    """The command that a refusal names is the one that mends it, whatever the name is."""
    name = 'it\'s $HOME, "quoted"'
    person = ("contact", "create", "--email", "a@b.example", "--label", name)
    said = run(*person).stderr
    found = re.search(r"make it with (.*), once$", said)
    assert found
    assert run(*shlex.split(found[1])[1:]).exit_code == 0
    assert run(*person).exit_code == 0


def test_a_file_gets_the_same_hints(run: Run) -> None:
    """What is said of a line of a file can be typed, too."""
    lines = (
        '{"emails": ["a@b.example"], "labels": ["One"]}\n'
        '{"emails": ["a@b.example"], "customFields": {"Size": 7}}\n'
        '{"emails": ["a@b.example"], "name": {"first": "A"}}\n'
        '{"emails": ["m@demo.example"], "firstName": "M"}\n'
    )
    said = run("contact", "create", "-", input=lines).stdout
    assert "label create One, once" in said
    assert "field create Size --type number, once" in said
    assert "--policy lenient" in said
    assert "--policy members=keep" in said
    assert not PYTHON.search(said), said


def test_what_has_no_rule_is_said_as_the_library_says_it() -> None:
    """Every error has a message; a name that can't be one, and details that are missing, too."""
    for kind in errors.WixCRMError, errors.ContactNotFound, errors.LabelNotFound:
        assert hints.message(kind("as it is")) == "as it is"
    problem = {"code": "CUSTOM_FIELD_NOT_FOUND", "path": "customFields", "message": "is blank"}
    error = errors.CustomFieldNotFound("customFields: is blank", details={"problems": [problem]})
    assert hints.message(error) == error.message


def test_a_warning_speaks_command_line_too(tmp_path: Path) -> None:
    """P5: the remedy of a number without a region is a command, not a call."""
    create = ["--store", str(tmp_path / "new.db"), "contact", "create"]
    done = CliRunner().invoke(main, [*create, "--phone", "020 7946 0958"])
    assert " rekey US" in done.output
    assert not PYTHON.search(done.output)
