"""The contract of interrupted, closed and broken streams: the right exit code, and no traceback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from wixcrm_local import CRM
from wixcrm_local.cli import main

PROGRAM = [sys.executable, "-m", "wixcrm_local"]
posix = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the descriptors")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "people.db"
    with CRM(path) as crm:
        crm.create_contact({"emails": ["ana@demo.example"]})
    return path


def in_shell(redirection: str, store: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """One command whose streams a shell has changed, such as closed."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *PROGRAM, "--store", store, *arguments],
        capture_output=True,
    )


@posix
def test_a_closed_stdin_is_a_usage_error_where_it_is_read(store: Path) -> None:
    """Nothing can be read from a standard input that is closed: exit code 2, no traceback."""
    for arguments in (
        ("contact", "create", "-"),
        ("template", "create", "a", "--subject", "s", "--html", "-"),
        ("label", "delete", "a"),
    ):
        done = in_shell("<&-", store, *arguments)
        assert (done.returncode, done.stdout) == (2 if arguments[0] != "label" else 1, b"")
        assert b"Traceback" not in done.stderr
    assert in_shell("<&-", store, "contact", "list").returncode == 0


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_answer_is_no_error(store: Path, closed: str) -> None:
    """Who closes stdout or stderr wants no answer there, and the work is done all the same."""
    for arguments in (("contact", "list", "--json"), ("label", "create", "A")):
        done = in_shell(closed, store, *arguments)
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr
    with CRM(store) as crm:
        assert [label.name for label in crm.labels.list()] == ["A"]


def to_nobody(store: Path, *arguments: str) -> tuple[int, bytes]:
    """Exit code and stderr of a command whose reader has gone before its first word."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, "--store", store, *arguments], stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "line",
    ["--help", "help contact create", "--version", "contact list", "completion bash", "demo"],
)
def test_a_reader_that_is_gone_ends_every_command_quietly(store: Path, line: str) -> None:
    """A broken pipe is exit code 1, without a word."""
    assert to_nobody(store, *line.split()) == (1, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("line", ["--help", "help label", "--version", "completion zsh"])
def test_help_that_cant_be_written_is_one_line_on_stderr(store: Path, line: str) -> None:
    """A full disk behind stdout is a refusal for help as for answers."""
    done = in_shell(">/dev/full", store, *line.split())
    assert done.returncode == 1
    [said] = done.stderr.splitlines()
    assert said.startswith(b"error [INPUT_OUTPUT_FAILED]: ")


class Interrupted(io.BytesIO):
    """A file at whose end the person at the terminal presses Ctrl-C."""

    def read1(self, size: int | None = -1) -> bytes:
        return self.read(size)

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        if chunk or size == 0:
            return chunk
        raise KeyboardInterrupt


def test_ctrl_c_is_exit_code_130(store: Path) -> None:
    """Ctrl-C ends a command without a word, and a long one with what is stored."""
    named = ["--store", str(store)]
    template = ["template", "create", "a", "--subject", "s", "--html", "-"]
    quiet = CliRunner().invoke(main, [*named, *template], input=Interrupted())
    assert (quiet.exit_code, quiet.output) == (130, "")
    people = Interrupted(b'{"emails": ["bo@demo.example"]}\n')
    bulk = CliRunner().invoke(main, [*named, "contact", "create", "-", "--json"], input=people)
    assert bulk.exit_code == 130
    assert json.loads(bulk.stdout)["created"] == 1
    [line] = bulk.stderr.splitlines()
    assert line.startswith("error [INTERRUPTED]: stopped after line 1; ")


@posix
def test_arguments_that_are_no_text_are_refused_in_one_line(store: Path) -> None:
    """Fault 8: bytes that are no UTF-8 reach no store, and the refusal can be written."""
    for encoding, arguments in (
        ("utf-8", ["label", "create", b"\xff"]),
        ("ascii", ["contact", "create", "--email", b"a\xff@b.example"]),
        ("utf-8", ["template", "create", "a", "--subject", b"\xff", "--text", "x"]),
        ("ascii", ["contact", "show", b"\xff"]),
    ):
        done = subprocess.run(
            [*PROGRAM, "--store", store, *arguments],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding},
        )
        assert (done.returncode, done.stdout) == (1, b"")
        [line] = done.stderr.splitlines()
        assert line.startswith(b"error [")
        line.decode(encoding)


def test_files_that_are_no_utf_8_are_named(store: Path, tmp_path: Path) -> None:
    """A template in a Windows code page is a usage error, a line of a file is refused alone."""
    page = tmp_path / "page.html"
    page.write_bytes("<p>Zoë</p>".encode("cp1252"))
    named = ["--store", str(store)]
    template = ["template", "create", "a", "--subject", "s", "--html", str(page)]
    result = CliRunner().invoke(main, [*named, *template])
    assert result.exit_code == 2
    assert "save the file as UTF-8" in result.stderr
    lines = '{"emails": ["zoë@demo.example"]}\n'.encode("cp1252") + b'{"emails": ["c@d.example"]}\n'
    bulk = CliRunner().invoke(main, [*named, "contact", "create", "-"], input=lines)
    assert bulk.exit_code == 1
    assert "1 created" in bulk.stdout
    assert "line 1: the line is no UTF-8 text" in bulk.stdout


@pytest.mark.parametrize("argument", ["a\x1b[31mb", "--\x1b[2J", "a\u202eb"])
def test_usage_errors_hold_nothing_that_steers_a_terminal(argument: str) -> None:
    """Fault 9: what was typed is repeated with its control characters as escapes."""
    for words in ([argument], ["contact", argument], ["contact", "list", argument]):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 2
        assert "\x1b" not in result.stderr
        assert "\u202e" not in result.stderr
