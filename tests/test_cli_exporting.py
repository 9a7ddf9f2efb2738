"""The contract of `export`: a file that other programs take, and what it can't hold."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM
from wixcrm_local.cli import main

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "people.db"
    with CRM(path) as crm:
        crm.labels.create("Customer")
        crm.custom_fields.create("Score", "number")
        info = {"firstName": "=Ana", "emails": ["ana@example.com"], "labels": ["Customer"]}
        crm.create_contact({**info, "Score": 5})
        crm.create_contact({"emails": ["m@example.com"], "loginEmail": "m@example.com"})
    return path


@pytest.fixture
def run(store: Path) -> Run:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["--store", str(store), *map(str, arguments)])

    return run


def test_all_contacts_go_to_a_private_file(run: Run, tmp_path: Path) -> None:
    """Issue 7, 5: its path and number are the answer; what it can't hold is a note."""
    target = tmp_path / "out.csv"
    done = run("export", target)
    assert (done.exit_code, done.stdout) == (0, f"2 contacts: {target}\n")
    assert done.stderr == "note: loginEmail of 1 contact can't be held by csv\n"
    assert "'=Ana" in target.read_text("utf-8-sig")
    assert os.name == "nt" or stat.S_IMODE(target.stat().st_mode) == 0o600


def test_it_must_be_said_that_a_file_is_replaced(run: Run, tmp_path: Path) -> None:
    """Issue 7, 5: the remedy is one of the command line."""
    target = tmp_path / "out.csv"
    target.write_text("mine")
    refused = run("export", target)
    assert (refused.exit_code, target.read_text()) == (1, "mine")
    assert "--overwrite" in refused.stderr
    assert run("export", target, "--overwrite").exit_code == 0


@pytest.mark.parametrize("format", ["csv", "google", "outlook", "vcard", "vcard4"])
def test_every_format_comes_back(run: Run, tmp_path: Path, format: str) -> None:
    """Issue 7, 5: what was written is taken in again as it was."""
    target = tmp_path / "out"
    assert run("export", target, "--format", format).exit_code == 0
    again = run("import", target)
    assert [line.split()[0] for line in again.stdout.splitlines()[1:3]] == [
        "unchanged",
        "receipt:",
    ] or ("columns" in again.stdout)
    assert "created" not in again.stdout


def test_a_dry_run_tells_what_would_be_lost(run: Run, tmp_path: Path) -> None:
    """Issue 7, 5: beforehand, by member; nothing is written."""
    done = run("export", tmp_path / "out.csv", "--format", "outlook", "--dry-run", "--json")
    data = json.loads(done.stdout)
    assert (data["contacts"], data["path"]) == (2, None)
    assert data["notHeld"] == {"custom_fields": 1, "login_email": 1}
    assert not (tmp_path / "out.csv").exists()


def test_those_who_fit(run: Run, tmp_path: Path) -> None:
    """Issue 7, 1: --where is the filter of contact list."""
    where = json.dumps({"labels": {"contains": "Customer"}})
    done = run("export", tmp_path / "out.vcf", "--format", "vcard", "--where", where)
    assert done.stdout.startswith("1 contact: ")
    assert run("export", tmp_path / "x", "--where", "{").exit_code == 2


def test_standard_output(run: Run) -> None:
    """Issue 7, 7: - is for pipes; what is said of it goes to stderr."""
    done = run("export", "-", "--format", "vcard")
    assert done.stdout.startswith("BEGIN:VCARD")
    assert "note: 2 contacts" in done.stderr
