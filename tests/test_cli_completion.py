"""The contract of the Tab key: what a shell is offered, and that asking leaves no trace."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest
from click.testing import CliRunner
from delivery_fixtures import Postman

from wixcrm_local import CRM
from wixcrm_local.cli import main
from wixcrm_local.cli.shells import SHELLS

Offers = Callable[..., list[str]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that WIXCRM_STORE names, with a bit of everything."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("WIXCRM_STORE", str(path))
    ids = iter(["contact-ana", "contact-bo", "mail-uncertain", "mail-sent", "mail-queued", "gone"])
    ids = chain(ids, ["receipt-old", "receipt-undone", "receipt-new"])
    with CRM(path, new_id=lambda: next(ids)) as crm:
        for name in ("Customer", "Good, customer", "Zoë's"):
            crm.labels.create(name)
        crm.custom_fields.create("Lead score", "number")
        crm.triggered_emails.save("welcome", subject="Hi", text="x")
        crm.triggered_emails.save("receipt", subject="Hi", text="x")
        crm.create_contact({"firstName": "Ana", "lastName": "Díaz", "emails": ["a@b.example"]})
        crm.create_contact({"emails": ["bo@b.example"]})
        crm.suppressions.add("dead@b.example")
        crm.deliver(Postman())
        for answers in (["uncertain"], ["sent"], []):
            crm.email_contact("welcome", "contact-bo")
            if answers:
                crm.deliver(Postman(*answers))
        crm.delete_contact(crm.create_contact({"emails": ["gone@b.example"]}))
        for _ in ("receipt-old", "receipt-undone", "receipt-new"):
            crm.import_contacts(io.StringIO("Email\nbo@b.example\n"))
        crm.undo_import("receipt-undone")
    return path


def ask(*words: str, shell: str = "bash", **environment: str) -> str:
    """What the program answers to a shell whose cursor stands in the last word."""
    asked = {
        "_WIXCRM_LOCAL_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "\n".join(["wixcrm-local", *words]),
        "COMP_CWORD": str(len(words)),
        **environment,
    }
    result = CliRunner().invoke(main, env=asked, prog_name="wixcrm-local")
    assert result.stderr == ""
    return result.stdout


def offers(*words: str) -> list[str]:
    """The values that bash is offered."""
    lines = ask(*words).splitlines()
    return [line.removeprefix("plain,") for line in lines if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["la"], ["label"]),
        (["label", "re"], ["rename"]),
        (["label", "delete", "--y"], ["--yes"]),
        (["label", "show", ""], ["Customer", r"Good,\ customer", r"Zoë\'s"]),
        (["label", "show", "go"], [r"Good,\ customer"]),
        (["label", "show", '"go'], ["Good, customer"]),
        (["label", "rename", "C"], ["Customer"]),
        (["label", "rename", "Customer", ""], []),
        (["contact", "create", "--label", "C"], ["Customer"]),
        (["contact", "match", "--field", "l"], [r"Lead\ score="]),
        (["field", "delete", ""], [r"Lead\ score"]),
        (["email", "send", ""], ["welcome", "receipt"]),
        (["email", "send", "welcome", "contact-"], ["contact-ana", "contact-bo"]),
        (["contact", "show", ""], ["contact-ana", "contact-bo"]),
        (["outbox", "list", "--contact", "contact-b"], ["contact-bo"]),
        (["contact", "merge", "contact-ana", "contact-b"], ["contact-bo"]),
        (["contact", "restore", ""], ["gone"]),
        (["outbox", "list", "--email-id", "w"], ["welcome"]),
        (["template", "show", "r"], ["receipt"]),
        (["outbox", "show", "m"], ["mail-queued", "mail-sent", "mail-uncertain"]),
        (["outbox", "cancel", ""], ["mail-queued"]),
        (["outbox", "resolve", ""], ["mail-uncertain"]),
        (["outbox", "resolve", "mail-uncertain", "r"], ["resend"]),
        (["outbox", "list", "--status", "su"], ["suppressed"]),
        (["imports", "undo", ""], ["receipt-new", "receipt-old"]),
        (["imports", "undo", "receipt-o"], ["receipt-old"]),
        (["suppress", "remove", ""], ["dead@b.example"]),
        (["suppress", "add", "a@b.example", "--reason", "b"], ["bounced"]),
        (["contact", "unsubscribe", "contact-a"], ["contact-ana"]),
        (["contact", "list", "--region", "fr"], ["FR"]),
        (["contact", "create", "--policy", "l"], ["lenient"]),
        (["contact", "create", "--policy", "mem"], ["members=error", "members=keep"]),
        (["contact", "create", "--policy", "members", "=", "k"], ["keep"]),
        (["contact", "create", "--policy", "lenient,members", "="], ["error", "keep"]),
        (["help", "contact", "m"], ["match", "merge"]),
        (["help", "demo", ""], []),
        (["completion", ""], list(SHELLS)),
    ],
    ids=" ".join,
)
def test_values_are_offered(store: Path, words: list[str], expected: list[str]) -> None:
    """Commands, options and values complete; names as bash must read them, in any case."""
    assert offers(*words) == expected


def test_other_shells_get_a_word_on_each_value(store: Path) -> None:
    """zsh and fish quote by themselves, and show who or what it is."""
    in_zsh = ask("contact", "show", "", shell="zsh").splitlines()
    assert in_zsh[:3] == ["plain", "contact-ana", "Ana Díaz"]
    in_fish = ask("label", "show", "", shell="fish", COMP_CWORD="").splitlines()
    assert "plain,Good, customer\tcustom.good-customer" in in_fish


def test_the_store_may_be_named_on_the_line(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--store counts where it stands before the value, as bash splits it, too; ~ is home."""
    monkeypatch.setenv("WIXCRM_STORE", str(store.parent / "none.db"))
    monkeypatch.setenv("HOME", str(store.parent))
    monkeypatch.setenv("USERPROFILE", str(store.parent))
    assert offers("template", "show", "w") == []
    for option in (["--store", store.as_posix()], ["--store", "=", store.as_posix()]):
        assert offers(*option, "template", "show", "w") == ["welcome"]
        assert offers("template", "show", *option, "w") == ["welcome"]
    assert offers("--store", f"~/{store.name}", "template", "show", "w") == ["welcome"]
    assert ask("--store", "").startswith("file")


def folder_of(path: Path) -> dict[str, bytes]:
    """Each file beside a path, with its bytes."""
    return {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}


def foreign(path: Path) -> None:
    """Another program's database."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE labels (label_number, key, name, created_at)")
        other.execute("INSERT INTO labels VALUES (1, 'a', 'Foreign', '')")
        other.commit()


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(4_000)),
        lambda path: path.write_text("some text"),
        lambda path: path.mkdir(),
        foreign,
    ],
    ids=["missing", "empty", "damaged", "text", "folder", "foreign"],
)
def test_what_is_no_store_is_left_alone_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object]
) -> None:
    """Completing makes no file, changes none, and is never an error."""
    path = tmp_path / "inner" / "people.db"
    path.parent.mkdir()
    make(path)
    monkeypatch.setenv("WIXCRM_STORE", str(path))
    names = sorted(os.listdir(path.parent))
    before = folder_of(path) if not path.is_dir() else {}
    assert offers("label", "show", "") == []
    assert sorted(os.listdir(path.parent)) == names
    assert (folder_of(path) if not path.is_dir() else {}) == before


def test_a_store_that_nobody_has_open_is_read_as_it_lies(store: Path) -> None:
    """No side file is left beside it, and not a byte of it changes."""
    before = folder_of(store)
    assert list(before) == [store.name]
    assert "Customer" in offers("label", "show", "")
    assert folder_of(store) == before


def test_a_store_in_use_is_read_without_waiting(store: Path) -> None:
    """What was stored a moment ago is offered, while another holds the write lock."""
    with CRM(store) as crm, closing(sqlite3.connect(store, isolation_level=None)) as writer:
        crm.labels.create("Newest")
        writer.execute("BEGIN IMMEDIATE")
        assert "Newest" in offers("label", "show", "")


def test_a_line_that_makes_no_sense_is_no_error(store: Path) -> None:
    """Whatever stands on the line, and whatever the shell says, nothing is written on stderr."""
    for words in (["nope", "nope", ""], ["contact", "show", '"a'], ["--store", "", "label"]):
        ask(*words)
    assert ask("label", COMP_CWORD="no number") == ""
    assert ask("label", shell="csh") == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_each_script_asks_the_program(shell: str) -> None:
    """The script names the program, and the variable by which it asks it."""
    result = CliRunner().invoke(main, ["completion", shell])
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"_WIXCRM_LOCAL_COMPLETE={shell}_complete" in result.stdout
    assert "wixcrm-local" in result.stdout
    expected = {"bash": ["read -r", "nospace"], "zsh": ["compdef"], "fish": ["--max 1"]}
    for part in expected[shell]:  # what we put in place of click's own
        assert part in result.stdout


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="needs a bash")
def test_bash_itself_completes(store: Path, tmp_path: Path) -> None:
    """A real bash reads the script, asks, and gets whole values."""
    version = subprocess.check_output(["bash", "-c", "echo $BASH_VERSINFO"], text=True)
    if int(version) < 5:
        pytest.skip("needs bash 5, and click's script at least 4.4")
    program = tmp_path / "bin" / "wixcrm-local"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wixcrm_local "$@"\n')
    program.chmod(0o755)
    script = """
        eval "$(wixcrm-local completion bash)" || exit
        compopt() { :; }
        COMP_WORDS=(wixcrm-local label show 'Go'); COMP_CWORD=3
        _wixcrm_local_completion wixcrm-local
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("Good,\\ customer\n", "")
