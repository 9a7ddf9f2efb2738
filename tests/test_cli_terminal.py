"""What the command line writes is right for any terminal, encoding and reader."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from wixcrm_local import CRM
from wixcrm_local.cli import output, table
from wixcrm_local.cli.progress import Progress


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with names, and a mail, that are hard to show."""
    path = tmp_path / "people.db"
    with CRM(path) as crm:
        for first_name in ("Łucja", "李小龙", "Zoë"):
            email = f"p{crm.count_contacts()}@demo.example"
            id = crm.create_contact({"firstName": first_name, "emails": [email]})
        crm.triggered_emails.save(
            "hi", subject="Hi", text="a\x1b[2Jb\tc\r\nd\x9be\u202ef ${x}", variables={"x": ""}
        )
        crm.email_contact("hi", id, {"variables": {"x": "\x1b]0;title\x07"}})
    return path


def run(store: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """One command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "wixcrm_local", "--store", store, *arguments],
        capture_output=True,
        env={**os.environ, "WIXCRM_STORE": "", **environment},
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8", "utf-16"])
def test_any_encoding_shows_what_it_can(store: Path, encoding: str) -> None:
    """A character that an encoding lacks is replaced; nothing crashes, the rest stays."""
    for arguments in (("contact", "list"), ("outbox", "show"), ("demo",), ("--help",)):
        done = run(store, *arguments, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        done.stdout.decode(encoding)
    shown = run(store, "contact", "list", PYTHONIOENCODING=encoding).stdout.decode(encoding)
    for name in ("Łucja", "李小龙", "Zoë"):
        assert name.encode(encoding, "replace").decode(encoding) in shown


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_is_exact_in_any_encoding(store: Path, encoding: str) -> None:
    """What an encoding lacks stands in JSON as an escape, so programs get every letter."""
    done = run(store, "contact", "list", "--json", PYTHONIOENCODING=encoding)
    lines = done.stdout.decode(encoding).splitlines()
    assert [json.loads(line)["firstName"] for line in lines] == ["Łucja", "李小龙", "Zoë"]


def test_no_control_character_reaches_the_terminal(store: Path) -> None:
    """Mail text may hold anything; what would steer a terminal is shown as an escape."""
    steering = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
    text = run(store, "outbox", "show", PYTHONIOENCODING="utf-8").stdout.decode()
    assert not steering.search(text.replace(os.linesep, "\n"))
    assert "a\\x1b[2Jb\tc" in text
    assert "d\\x9be\\u202ef \\x1b]0;title\\x07" in text
    exact = run(store, "outbox", "show", "--json", PYTHONIOENCODING="utf-8").stdout.decode()
    assert not steering.search(exact.replace(os.linesep, "\n"))
    assert json.loads(exact)["text"] == "a\x1b[2Jb\tc\r\nd\x9be\u202ef \x1b]0;title\x07"


def test_control_characters_in_arguments_and_paths_stay_in_one_line(tmp_path: Path) -> None:
    """An error that repeats what was given repeats it on one line."""
    done = run(tmp_path / "a\nb\x1b[31m.db", "contact", "list")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert b"\x1b" not in done.stderr


def test_a_reader_that_goes_away_ends_the_program_quietly(tmp_path: Path) -> None:
    """`| head -1` takes its line, and no traceback follows."""
    store = tmp_path / "people.db"
    with CRM(store) as crm, crm.transaction():
        for number in range(3_000):
            crm.create_contact({"emails": [f"p{number}@demo.example"]})
    command = [sys.executable, "-m", "wixcrm_local", "--store", store]
    with subprocess.Popen(
        [*command, "contact", "list", "--limit", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["emails"] == ["p0@demo.example"]
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_an_answer_that_cant_be_written_is_one_line_on_stderr(store: Path) -> None:
    """A full disk behind stdout is a refusal, not a traceback."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wixcrm_local", "--store", store, "contact", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error [INPUT_OUTPUT_FAILED]: ")
    assert len(done.stderr.splitlines()) == 1


def in_terminal(columns: int, *command: object, **environment: str) -> str:
    """What a command writes to a terminal of this width, stdout and stderr together."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    settings = {"TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment}
    kept = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "wixcrm_local", *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
        env={**kept, **settings},
    )
    os.close(follower)
    text = b""
    try:
        while chunk := os.read(leader, 65_536):
            text += chunk
    except OSError:
        pass  # the terminal's other end is closed
    os.close(leader)
    process.wait()
    return text.decode().replace("\r\n", "\n")


def test_colour_is_for_terminals_and_for_who_wants_it(store: Path) -> None:
    """A terminal gets colour, NO_COLOR none, and neither does a file."""
    assert "\x1b[" in in_terminal(80, "--store", store, "demo")
    for arguments in (("demo",), ("contact", "list"), ("contact", "show", "nobody")):
        assert "\x1b" not in in_terminal(80, "--store", store, *arguments, NO_COLOR="1")
        done = run(store, *arguments)
        assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("columns", [200, 80, 60, 40])
def test_a_list_fits_the_terminal(store: Path, columns: int) -> None:
    """No line of a list is wider than the terminal; its first columns stay readable."""
    for arguments in (("contact", "list"), ("outbox", "list")):
        lines = in_terminal(columns, "--store", store, *arguments, NO_COLOR="1").splitlines()
        assert max(map(table.width, lines)) <= columns
        assert lines[0].startswith("id")
    if columns >= 80:
        assert "p0@demo.example" in in_terminal(columns, "--store", store, "contact", "list")


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    """A long file has a bar on a terminal, which is gone at the end; elsewhere there is none."""
    people = tmp_path / "people.jsonl"
    people.write_text(
        "".join(f'{{"emails": ["p{number}@demo.example"]}}\n' for number in range(3_000))
    )
    text = in_terminal(80, "--store", tmp_path / "a.db", "contact", "create", people)
    assert re.search(r"\r\[#*-*\] +\d+%  [\d,]+ records", text)
    assert re.search(r"\r +\r3,000 records: 3,000 created", text)
    assert b"\r" not in run(tmp_path / "b.db", "contact", "create", str(people)).stderr.replace(
        os.linesep.encode(), b"\n"
    )


def test_a_bar_outlives_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 6: a terminal that was closed does not end the job, nor make a mail uncertain."""
    leader, follower = pytest.importorskip("pty").openpty()
    screen = os.fdopen(follower, "w")
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with Progress() as bar:
        os.close(leader)
        bar.reach(1, 2, 1)
        bar.reach(2, 2, 2)
    with suppress(OSError):
        screen.close()


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("李小龙", 6, "李小龙"),
        ("李小龙", 5, "李小…"),
        ("李小龙", 4, "李…"),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
        ("", 0, ""),
    ],
)
def test_cells_are_cut_by_what_a_terminal_shows(text: str, room: int, expected: str) -> None:
    """Wide letters take two columns, accents none, and a cut cell keeps its room."""
    assert table.cut(text, room) == expected
    assert table.width(expected) <= room


def test_printable_leaves_ordinary_text_alone() -> None:
    """Letters of all scripts and emoji pass; breaks stay only where lines are meant."""
    for text in ("Zoë 李 👩‍👩‍👧 می‌خواهم", "c:\\people"):
        assert output.printable(text) == output.printable_lines(text) == text
    assert output.printable("a\nb") == "a\\x0ab"
    assert output.printable_lines("a\r\nb\rc") == "a\nb\\x0dc"
