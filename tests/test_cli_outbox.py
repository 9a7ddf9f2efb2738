"""The contract of `outbox` on the command line: mails looked at, taken out, and decided about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import StillClock, counting_ids
from delivery_fixtures import SHOP, Postman, prepare, statuses

from wixcrm_local import CRM, PermanentFailure
from wixcrm_local.cli import main
from wixcrm_local.cli.message_words import next_step

Run = Callable[..., Result]
DEAD = {
    "stage": "rcpt",
    "smtp_code": 550,
    "enhanced_code": "5.1.1",
    "response": "550-5.1.1 nobody\n550 5.1.1 of this name",
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a mail of each kind: stale, sent, failed, uncertain twice and once, queued."""
    path = tmp_path / "mail.db"
    clock = StillClock()
    clock.now = datetime.now(UTC) - timedelta(hours=1)
    with CRM(path, clock=clock, new_id=counting_ids(), from_address=SHOP) as crm:
        crm.triggered_emails.save("a", subject="Hi ${n}", text="Hi ${n}", variables={"n": "you"})
        contact = crm.create_contact({"firstName": "Ana", "emails": ["ana@example.com"]})

        def record(number: int) -> str:
            return crm.send_email("a", contact, {"variables": {"n": str(number)}}).id

        record(0)
        crm.deliver(Postman())
        record(1)
        record(2)
        record(3)
        crm.deliver(
            Postman("sent", PermanentFailure("it said no; mend it", details=DEAD), "uncertain")
        )
        clock.move(minutes=20)
        crm.deliver(Postman("uncertain"))
        record(4)
        clock.now = datetime.now(UTC)
        crm.deliver(Postman("uncertain"))
        record(5)
    return path


@pytest.fixture
def mails(store: Path) -> list[str]:
    """Their ids, in that order."""
    with CRM(store) as crm:
        return [mail.id for mail in crm.outbox]


@pytest.fixture
def run(store: Path) -> Run:
    def run(*arguments: str, **extra: object) -> Result:
        given = ["--store", str(store), "outbox", *arguments]
        return CliRunner().invoke(main, given, prog_name="wixcrm-local", **extra)  # type: ignore[arg-type]

    return run


def now(store: Path) -> list[str]:
    with CRM(store) as crm:
        return statuses(crm)


def test_the_list_tells_how_each_mail_stands(run: Run, mails: list[str]) -> None:
    """Issue 6: status with its reason, what comes next, and how often a sender answered."""
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["id", "to", "status", "subject", "next", "attempts", "recorded"]
    for id, words in zip(
        mails,
        (
            "queued (stale)  Hi 0 held back 0",
            "sent Hi 1 - 1",
            "failed (refused) Hi 2 - 1",
            "uncertain (undecided) Hi 3 your decision 2",
            "uncertain (unanswered) Hi 4 2",
            "queued Hi 5 2",
        ),
        strict=True,
    ):
        [line] = [line for line in lines if line.startswith(id)]
        assert " ".join(words.split()) in " ".join(line.split())


@pytest.mark.parametrize(
    "status", ["queued", "sent", "failed", "uncertain", "claimed", "cancelled"]
)
def test_every_status_can_be_asked_for(run: Run, status: str) -> None:
    """Issue 6: the filter knows all statuses, and --json has one object a line."""
    found = [
        json.loads(line) for line in run("list", "--status", status, "--json").stdout.splitlines()
    ]
    assert {mail["status"] for mail in found} == ({status} if found else set())
    assert len(found) == {"queued": 2, "sent": 1, "failed": 1, "uncertain": 2}.get(status, 0)


def test_a_mail_is_shown_with_what_senders_answered(run: Run, mails: list[str]) -> None:
    """Issue 6: headers, state, and each attempt on a line of its own; in JSON as `answers`."""
    text = run("show", mails[2]).stdout
    for line in (
        f"From: {SHOP}",
        "To: Ana <ana@example.com>",
        f"Message-ID: <{mails[2]}@example.com>",
        "Status: failed (refused)",
        "Attempts: 1",
    ):
        assert f"{line}\n" in text
    assert (
        "postman:  permanent (rcpt, 550, 5.1.1)  550-5.1.1 nobody 550 5.1.1 of this name\n" in text
    )
    data = json.loads(run("show", mails[3], "--json").stdout)
    assert data["attempts"] == 2
    assert [answer["outcome"] for answer in data["answers"]] == ["uncertain", "uncertain"]
    assert "Next: your decision" in run("show", mails[3]).stdout


def test_eml_is_the_mail_byte_for_byte(store: Path, mails: list[str], tmp_path: Path) -> None:
    """Issue 6: what goes over the wire, on stdout or in a private file that is not overwritten."""
    with CRM(store) as crm:
        expected = crm.outbox[1].as_bytes()
    program = [
        sys.executable,
        "-m",
        "wixcrm_local",
        "--store",
        str(store),
        "outbox",
        "eml",
        mails[1],
    ]
    done = subprocess.run(program, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")
    target = tmp_path / "mail.eml"
    assert subprocess.run([*program, "-o", target], capture_output=True).returncode == 0
    assert target.read_bytes() == expected
    if os.name != "nt":
        assert target.stat().st_mode & 0o777 == 0o600
    target.write_bytes(b"mine, and longer than any mail" * 1000)
    refused = subprocess.run([*program, "-o", target], capture_output=True)
    assert (refused.returncode, b"--overwrite" in refused.stderr) == (1, True)
    subprocess.run([*program, "-o", target, "--overwrite"], check=True, capture_output=True)
    assert target.read_bytes() == expected


def test_eml_needs_a_from_address(tmp_path: Path) -> None:
    """email.md: a mail without one is not written, unless an option gives it."""
    path = tmp_path / "new.db"
    with CRM(path) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        id = crm.send_email("a", crm.create_contact({"emails": ["a@example.com"]})).id
    eml = ["--store", str(path), "outbox", "eml", id]
    refused = CliRunner().invoke(main, eml)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "give --from ADDRESS" in refused.stderr
    assert (
        f"From: {SHOP}\r\n".encode()
        in CliRunner().invoke(main, [*eml, "--from", SHOP]).stdout_bytes
    )


def test_mails_are_given_up_and_queued_again(run: Run, store: Path, mails: list[str]) -> None:
    """Issue 6: cancel and retry take several ids, and say how each mail stands then."""
    cancelled = run("cancel", mails[0], mails[5])
    assert [line.split()[:2] for line in cancelled.stdout.splitlines()] == [
        ["cancelled", mails[0]],
        ["cancelled", mails[5]],
    ]
    retried = run("retry", mails[2], mails[5], "--json")
    assert [json.loads(line)["status"] for line in retried.stdout.splitlines()] == ["queued"] * 2
    assert now(store) == ["cancelled", "sent", "queued", "uncertain", "uncertain", "queued"]


def test_of_several_mails_all_are_decided_or_none(run: Run, store: Path, mails: list[str]) -> None:
    """Issue 6: a refusal is one line with the command that helps, and changes nothing."""
    before = now(store)
    for verb, id, remedy in (
        ("cancel", mails[1], "cancel is for mails that are queued, claimed"),
        ("retry", mails[3], f"{store} outbox resolve {mails[3]} sent, or resend"),
        ("retry", "nothing", f"{store} outbox list --limit 0 shows all"),
    ):
        refused = run(verb, mails[5], id)
        assert (refused.exit_code, refused.stdout) == (1, "")
        [line] = refused.stderr.splitlines()
        assert line.endswith(remedy)
        assert now(store) == before


def test_a_backlog_is_given_up_at_once(run: Run, store: Path) -> None:
    """email.md, stale-backlog guard: --stale needs --yes where nobody can be asked."""
    assert run("cancel", "--stale").exit_code == 2
    assert run("cancel").exit_code == run("cancel", "--stale", "x").exit_code == 2
    assert run("cancel", "--stale", "--yes", "--json").stdout == '{"cancelled": 1}\n'
    assert now(store)[0] == "cancelled"
    assert "nothing is held back" in run("cancel", "--stale", "--yes").stderr


@pytest.mark.parametrize(("outcome", "status"), [("sent", "sent"), ("resend", "queued")])
def test_a_person_says_what_became_of_a_mail(
    run: Run, store: Path, mails: list[str], outcome: str, status: str
) -> None:
    """email.md, uncertain: `resolve` says that it arrived, or sends it again; nothing else fits."""
    assert run("resolve", mails[3], "maybe").exit_code == 2
    assert run("resolve", mails[1], outcome).stderr.startswith("error [WRONG_MESSAGE_STATUS]: ")
    done = run("resolve", mails[3], outcome)
    assert f"resolved {mails[3]} for ana@example.com, now {status}" in done.stdout
    assert now(store)[3] == status


def test_stats_count_by_status_and_say_what_to_do(run: Run, store: Path) -> None:
    """Issue 6: what is due, held back, undecided, and which sender is left alone until when."""
    with CRM(store) as crm:
        crm.deliver(Postman("unavailable", name="smtps://mail.example:465"))
    text = run("stats").stdout
    for name, value in (("queued", "2"), ("uncertain", "2"), ("due now", "1"), ("held back", "1")):
        assert [
            line.split()[len(name.split())] for line in text.splitlines() if line.startswith(name)
        ] == [value]
    assert "outbox resolve ID sent|resend" in text
    assert "left alone smtps://mail.example:465" in text
    data = json.loads(run("stats", "--json").stdout)
    assert (data["byStatus"]["sent"], data["stale"], data["undecided"]) == (1, 1, 1)
    assert datetime.fromisoformat(data["leftAlone"]["smtps://mail.example:465"]) > datetime.now(UTC)


def test_an_empty_outbox_is_said(tmp_path: Path) -> None:
    """Issue 6: numbers of nothing are one note."""
    path = tmp_path / "new.db"
    CRM(path).close()
    done = CliRunner().invoke(main, ["--store", str(path), "outbox", "stats"])
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "note: no mail yet\n")
    nothing = CliRunner().invoke(main, ["--store", str(path), "outbox", "show"])
    assert (nothing.exit_code, "with email send" in nothing.stderr) == (1, True)


def test_a_mail_in_hand_says_so(crm: CRM) -> None:
    """email.md, leases: the end of a lease is no time at which the mail goes."""
    [contact] = prepare(crm, 1)
    crm.send_email("a", contact)
    seen: list[str] = []
    crm.deliver(Postman(lambda: seen.append(next_step(crm.outbox[-1])) or "sent"))
    assert seen == ["in hand"]
