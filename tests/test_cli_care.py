"""`backup` and `check` on the command line: their answers, exit codes and progress."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_fixtures import info, integrity, snapshot
from test_cli_terminal import in_terminal

from wixcrm_local import CRM


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two contacts."""
    path = tmp_path / "people.db"
    with CRM(path, durability="normal") as crm:
        for name in ("ana", "bo"):
            crm.create_contact(info(name))
    return path


def run(store: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "wixcrm_local", "--store", store, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=store.parent,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def damage(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE contact_emails SET position = 7 WHERE contact_number = 2")


def test_backup_says_what_it_kept_and_where(store: Path) -> None:
    """Exit code 0 and one line; relative paths are of the folder the command runs in."""
    done = run(store, "backup", "copy.db")
    target = os.path.realpath(store.parent / "copy.db")
    size = os.path.getsize(target)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"2 contacts, {size:,} bytes: {target}\n"
    integrity(target)


def test_backup_under_json_gives_the_value(store: Path) -> None:
    """--json: the members of `Backup` in Wix's spelling."""
    made = json.loads(run(store, "backup", "copy.db", "--json").stdout)
    assert list(made) == ["path", "contacts", "bytes", "takenAt"]
    assert made["contacts"] == 2


def test_backup_refuses_in_one_line_and_in_the_command_lines_words(store: Path) -> None:
    """Exit code 1: what stands there stays, unless --overwrite is given."""
    (store.parent / "diary.txt").write_text("Dear diary")
    assert run(store, "backup", "copy.db").returncode == 0
    before = snapshot(store.parent)
    for target, code, word in (
        ("copy.db", "INVALID_ARGUMENT", "--overwrite"),
        ("people.db", "INVALID_ARGUMENT", "the store itself"),
        ("nowhere/copy.db", "STORE_NOT_FOUND", "folder"),
    ):
        done = run(store, "backup", target)
        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(rf"error \[{code}\]: .*{word}.*\n", done.stderr)
        assert "overwrite=True" not in done.stderr
    done = run(store, "backup", "diary.txt", "--overwrite")
    assert done.stderr.startswith("error [NOT_A_STORE]: ")
    assert snapshot(store.parent) == before
    assert run(store, "backup", "copy.db", "--overwrite").returncode == 0


def test_without_a_store_there_is_nothing_to_keep_or_check(tmp_path: Path) -> None:
    """Exit code 1, and no file is made."""
    for arguments in (("backup", "copy.db"), ("check",)):
        done = run(tmp_path / "none.db", *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("error [STORE_NOT_FOUND]: ")
    assert snapshot(tmp_path) == {}


def test_check_of_a_sound_store(store: Path) -> None:
    """Exit code 0 and one line; --json gives the report."""
    done = run(store, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 contacts, and nothing that should not be\n"
    done = run(store, "check", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"ok": True, "contacts": 2, "findings": [], "counts": {}}


def test_check_lists_what_it_finds_and_has_exit_code_1(store: Path) -> None:
    """Findings are the answer, on stdout; that there are some is one line on stderr."""
    damage(store)
    done = run(store, "check")
    assert done.returncode == 1
    assert done.stderr.startswith("error [FAULTS_FOUND]: the check found 1 fault; ")
    assert len(done.stderr.splitlines()) == 1
    assert re.search(
        r"^POSITION_GAP +\S+ +contact_emails: .*; call crm\.repair\(\)$", done.stdout, re.M
    )
    done = run(store, "check", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert (report["ok"], report["counts"]) == (False, {"POSITION_GAP": 1})
    assert list(report["findings"][0]) == ["code", "table", "id", "message"]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A store that takes several steps to copy and to check."""
    path = tmp_path / "large.db"
    with CRM(path, durability="normal") as crm:
        crm.custom_fields.create("Story")
        with crm.transaction():
            for number in range(1500):
                crm.create_contact({**info(number), "Story": "x" * 10_000})
    return path


@pytest.mark.storm
def test_progress_is_a_bar_on_a_terminal(large: Path, tmp_path: Path) -> None:
    """A long backup or check shows how far it is, which is gone at the end."""
    text = in_terminal(80, "--store", large, "backup", tmp_path / "copy.db")
    assert re.search(r"\r\[#*-*\] +\d+%  [\d,]+ MiB", text)
    assert re.search(r"\r +\r1,500 contacts, [\d,]+ bytes", text)
    text = in_terminal(80, "--store", large, "check")
    assert re.search(r"\r\[#*-*\] +\d+%  [\d,]+ records", text)
    assert re.search(r"\r +\r1,500 contacts, and nothing", text)


@pytest.mark.storm
@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_leaves_nothing_of_a_backup(large: Path, tmp_path: Path) -> None:
    """Exit code 130: the unfinished file is removed, and the store is as it was."""
    before = sorted(os.listdir(tmp_path))
    command = [sys.executable, "-m", "wixcrm_local", "--store", large, "backup", "copy.db"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        while not list(tmp_path.glob("copy.db.unfinished-*")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert sorted(os.listdir(tmp_path)) == before
    integrity(large)
