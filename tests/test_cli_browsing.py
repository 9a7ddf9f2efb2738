"""The contract of `browse` (issue 9, 1): a page, where it stands, and what opens it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_page import data_of

from wixcrm_local import CRM
from wixcrm_local.cli import main

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "people.db"
    with CRM(path) as crm:
        crm.triggered_emails.save("hi", subject="s", text="t")
        for name in ("ana", "bo"):
            crm.email_contact("hi", crm.create_contact({"emails": [f"{name}@example.com"]}))
    return path


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, [*map(str, arguments)])

    return run


def test_the_page_stands_beside_the_store(run: Run, store: Path) -> None:
    """Its path and what is on it are the answer; the store may be named either way."""
    for arguments in (("browse", store), ("--store", store, "browse")):
        done = run(*arguments, "--no-open")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == f"2 people and 2 mails: {store}.html\n"
    assert len(data_of(Path(f"{store}.html"))["people"]) == 2


def test_what_is_left_out_is_told(run: Run, store: Path, tmp_path: Path) -> None:
    """--limit, 0 for all; JSON for programs; --redact."""
    page = tmp_path / "page.html"
    done = run("browse", store, "--no-open", "--to", page, "--limit", 1)
    assert done.stdout == f"1 person and 1 mail, 2 older ones left out: {page}\n"
    done = run("browse", store, "--no-open", "--to", page, "--limit", 0, "--json")
    assert json.loads(done.stdout) == {
        "path": str(page), "people": 2, "mails": 2,
        "peopleLeftOut": 0, "mailsLeftOut": 0, "bodiesLeftOut": 0,
    }  # fmt: skip
    run("browse", store, "--no-open", "--to", page, "--redact")
    assert "ana@example.com" not in page.read_text("utf-8")


def test_a_file_that_is_no_page_stays(run: Run, store: Path, tmp_path: Path) -> None:
    """The remedy is one of the command line."""
    mine = tmp_path / "notes.txt"
    mine.write_text("mine")
    refused = run("browse", store, "--no-open", "--to", mine)
    assert (refused.exit_code, mine.read_text()) == (1, "mine")
    assert refused.stderr == (
        f"error [INVALID_ARGUMENT]: {mine} exists already and is no page of a store; choose "
        "another file with --to, or give --overwrite to replace it\n"
    )
    assert run("browse", store, "--no-open", "--to", mine, "--overwrite").exit_code == 0


def test_looking_makes_no_store(run: Run, tmp_path: Path) -> None:
    """Who looks into what is not there is told so, and nothing is made."""
    refused = run("browse", tmp_path / "none.db", "--no-open")
    assert refused.exit_code == 1
    assert "[STORE_NOT_FOUND]" in refused.stderr
    assert list(tmp_path.glob("none*")) == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
def test_without_a_screen_no_browser_is_asked(run: Run, store: Path) -> None:
    """A browser for text would take the terminal: the path is told instead."""
    done = run("browse", store)
    assert done.exit_code == 0
    assert done.stderr == "note: no browser was found here; open the page in one\n"


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the browser")
def test_the_systems_browser_is_given_the_page(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a screen, the browser of $BROWSER opens the page once, by its address."""
    told = tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" >> "{told}"\n')
    browser.chmod(0o700)
    environment = {**os.environ, "DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    command = [sys.executable, "-m", "wixcrm_local", "browse", str(store)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert told.read_text() == f"{Path(f'{store}.html').as_uri()}\n"


@pytest.mark.skipif(os.name == "nt", reason="a signal of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_watched_page_ends_by_a_signal(store: Path, number: signal.Signals) -> None:
    """--watch: a line each time, the last page loads itself no more, and the end is no error."""
    page = Path(f"{store}.html")
    command = [sys.executable, "-m", "wixcrm_local", "browse", str(store), "--no-open", "--watch"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stdout.readline() == f"2 people and 2 mails: {page}\n"
        assert data_of(page)["reloadEvery"] == 2
        with CRM(store) as crm:
            crm.create_contact({"emails": ["cy@example.com"]})
        assert watching.stdout.readline() == f"3 people and 2 mails: {page}\n"
        watching.send_signal(number)
        assert watching.wait(30) == 0
        assert watching.stderr.read().splitlines()[-1] == "stopped"
    assert data_of(page)["reloadEvery"] is None
