"""The contract of help: every command has a page, the page is true, and its examples run.

Run as a program, it writes the pages into docs/command-line.md.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import shlex
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from delivery_fixtures import Postman

from wixcrm_local import CRM
from wixcrm_local.cli import main
from wixcrm_local.cli.command import Command
from wixcrm_local.cli.policies import PRESETS, SWITCHES, choices

PAGE = Path(__file__).resolve().parent.parent / "docs" / "command-line.md"
MARK = "## All commands\n"

Words = tuple[str, ...]


def commands(group: click.Group = main, words: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    """Every command that does something, by its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = dict(commands())
ALL_PAGES = [(), *COMMANDS, *dict.fromkeys(words[:1] for words in COMMANDS if len(words) > 1)]


def page_of(words: Words, width: int = 80) -> str:
    """What --help shows, on a terminal of this width."""
    result = ask([*words, "--help"], width)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def ask(arguments: list[str], width: int = 80) -> Result:
    """What the program answers under its own name."""
    return CliRunner().invoke(main, arguments, prog_name="wixcrm-local", terminal_width=width)


def section(title: str, page: str) -> str:
    """The lines below a title; nothing where there is none."""
    found = re.search(rf"^{title}:\n((?:  .*\n)+)", page, re.MULTILINE)
    return found[1] if found else ""


def examples_of(words: Words) -> list[str]:
    page = page_of(words)
    listed = section("Example", page) or section("Examples", page)
    return [line.strip() for line in listed.splitlines()]


EXAMPLES = [(words, line) for words in COMMANDS for line in examples_of(words)]
STARTING = re.findall(r"^  [A-Z][a-z ]+: +(wixcrm-local .*)$", page_of(()), re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples speak of: a store, people, and templates."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda url: True)  # not on a developer's screen
    for name in ("WIXCRM_STORE", "WIXCRM_SENDER", "WIXCRM_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    known = [
        "RECEIPT",
        "IMPORTED_ID",
        "CONTACT_ID",
        "MESSAGE_ID",
        "UNCERTAIN_ID",
        "OTHER_ID",
        "TRASHED_ID",
    ]
    ids = itertools.chain(known, (f"id-{number}" for number in itertools.count()))
    with CRM("contacts.db", new_id=lambda: next(ids), durability="normal") as crm:
        crm.import_contacts(io.StringIO("Email\nbea@example.com\n"))
        crm.labels.create("Customer")
        crm.custom_fields.create("Lead score", "number")
        crm.create_contact(
            {
                "firstName": "Ana",
                "emails": ["ana@example.com"],
                "phones": ["+44 20 7946 0417"],
                "labels": ["Customer"],
                "customFields": {"Lead score": 7},
            }
        )
        crm.triggered_emails.save(
            "welcome",
            subject="Hi ${name}",
            text="Hello",
            variables={"name": "friend"},
            from_address="shop@example.com",
        )
        crm.email_contact("welcome", "CONTACT_ID")
        crm.deliver(Postman())  # the first delivery, which holds that mail back
        crm.email_contact("welcome", "CONTACT_ID")
        crm.deliver(Postman("uncertain"))
        crm.suppressions.add("press@example.net")
        crm.update_contact("CONTACT_ID", {"language": "en"})
        crm.create_contact({"emails": ["ana.diaz@example.org"]})
        crm.delete_contact(crm.create_contact({"emails": ["gone@example.org"]}))
        crm.backup("older-backup.db")
    Path("people.jsonl").write_text('{"emails": ["bo@example.com"]}\n')
    Path("contacts.csv").write_text("First Name,Email 1\nCy,cy@example.com\n")
    Path("people.csv").write_text("Reach at,Member no.\n+44 20 7946 0418,7\n")
    Path("phone.vcf").write_text("BEGIN:VCARD\nFN:Di\nEMAIL:di@example.com\nEND:VCARD\n")
    Path("news.html").write_text("<p>Dear ${name}</p>")
    Path("bill.html").write_text("<p>No. ${number}</p>")
    return tmp_path


def run(line: str) -> Result:
    """Runs a line as a shell would take it apart."""
    command, _, source = line.partition(" < ")
    program, *arguments = shlex.split(command)
    assert program == "wixcrm-local"
    return CliRunner().invoke(main, arguments, input=Path(source).read_bytes() if source else None)


@pytest.mark.parametrize(("words", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_every_example_runs(folder: Path, words: Words, line: str) -> None:
    """What a page shows as an example is a call of that command, and succeeds."""
    assert line.startswith(" ".join(("wixcrm-local", *words)))
    assert "$" not in line  # which a shell would replace
    result = run(line)
    assert result.exit_code == 0, result.output
    assert result.stdout


def test_the_first_page_starts_people_off(folder: Path) -> None:
    """Each line that the program's own page tells to start with runs."""
    assert len(STARTING) == 7
    for line in STARTING:
        assert run(line).exit_code == 0, line


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_page_is_whole(words: Words) -> None:
    """A page has a sentence, every argument and option, examples, exit codes, the environment."""
    page = page_of(words)
    command = COMMANDS[words]
    assert page.startswith(f"Usage: {' '.join(('wixcrm-local', *words))}")
    assert re.search(r"^  [A-Z].*[.:]$", page, re.MULTILINE)
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            assert f"  {parameter.human_readable_name}  " in section("Arguments", page)
        else:
            assert parameter.opts[-1] in section("Options", page)
            assert isinstance(parameter, click.Option)
            assert parameter.help
    assert 1 <= len(examples_of(words)) <= 3
    codes = re.findall(r"^  (\d+)", section("Exit codes", page), re.MULTILINE)
    assert isinstance(command, Command)
    own = {code for code, _ in command.exit_codes}
    assert codes == sorted({"0", "1", "2", "130", *own}, key=int)
    for variable in ("NO_COLOR", *(name for name, _ in command.variables)):
        assert variable in section("Environment", page)
    takes_store = any(parameter.name == "store" for parameter in command.params)
    assert ("WIXCRM_STORE" in section("Environment", page)) == takes_store


# `demo` tells a story, and the others print what is made to be read as it is.
NO_DATA = {("demo",), ("help",), ("completion",), ("outbox", "eml")}


@pytest.mark.parametrize("words", sorted(COMMANDS.keys() - NO_DATA), ids=" ".join)
def test_every_command_that_prints_data_can_print_json(words: Words) -> None:
    """--json is an option of each command that answers with data."""
    assert "--json" in section("Options", page_of(words))


@pytest.mark.parametrize("words", ALL_PAGES, ids=" ".join)
@pytest.mark.parametrize("width", [50, 80])
def test_pages_follow_the_terminal(words: Words, width: int) -> None:
    """A page is plain ASCII without colour; only lines made to be copied pass its width."""
    page = page_of(words, width)
    assert page.isascii()
    assert "\x1b" not in page
    wide = [line for line in page.splitlines() if len(line) > width]
    assert all("wixcrm-local " in line for line in wide)


@pytest.mark.parametrize(("columns", "most"), [(60, 60), (90, 90), (300, 100)])
def test_pages_are_as_wide_as_the_terminal(columns: int, most: int) -> None:
    """The terminal's width is taken, up to the 100 columns that an eye can follow."""
    done = subprocess.run(
        [sys.executable, "-m", "wixcrm_local", "help", "label", "delete"],
        env={**os.environ, "COLUMNS": str(columns)},
        capture_output=True,
        text=True,
    )
    assert most - 25 < max(map(len, done.stdout.splitlines())) <= most


@pytest.mark.parametrize("words", ALL_PAGES, ids=" ".join)
def test_help_can_be_asked_for_in_three_ways(words: Words) -> None:
    """`help COMMAND`, `COMMAND --help` and `COMMAND -h` answer the same."""
    expected = page_of(words)
    for arguments in (["help", *words], [*words, "-h"]):
        assert ask(arguments).stdout == expected


@pytest.mark.parametrize("words", [["nope"], ["contact", "nope"], ["demo", "nope"]])
def test_help_on_nothing_is_a_usage_error(words: list[str]) -> None:
    """A command that does not exist has no page, and exit code 2."""
    result = CliRunner().invoke(main, ["help", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nope" in result.stderr


def test_the_page_on_the_web_says_what_help_says() -> None:
    """docs/command-line.md holds the page of every command, word for word.

    `python tests/test_cli_help.py` writes them anew.
    """
    assert PAGE.read_text("utf-8").partition(MARK)[2] == all_pages()


def test_the_page_on_the_web_lists_every_policy() -> None:
    """docs/command-line.md names each preset, each switch and all its choices."""
    text = PAGE.read_text("utf-8")
    for preset in PRESETS:
        assert f"`{preset}`" in text
    for switch in SWITCHES:
        assert f"| `{switch}` | {', '.join(f'`{choice}`' for choice in choices(switch))} |" in text


def all_pages() -> str:
    """The part of docs/command-line.md below the mark: what differs between the pages."""
    text = io.StringIO()
    for words in COMMANDS:
        page, _, _ = page_of(words).partition("\nExit codes:")
        text.write(f"\n### {' '.join(words)}\n\n```text\n{page.strip()}\n```\n")
    return text.getvalue()


if __name__ == "__main__":
    before, mark, _ = PAGE.read_text("utf-8").partition(MARK)
    PAGE.write_text(before + mark + all_pages(), "utf-8", newline="\n")
