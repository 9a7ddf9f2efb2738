"""docs/how-to-look-inside-with-sql.md: every command, address and query of the page is run."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from store_fixtures import integrity, rows
from test_readme import FENCE, ROOT

from wixcrm_local import CRM, StoreBusy, restore, schema

PAGE = ROOT / "docs" / "how-to-look-inside-with-sql.md"
TEXT = PAGE.read_text("utf-8")
BIN = Path(sys.executable).parent  # where the programs of this environment are
LOCAL = "http://127.0.0.1:8001"


class Block(NamedTuple):
    """A block of the page, and what the page shows behind it."""

    language: str
    code: str
    shown: str | None


def blocks() -> Iterator[Block]:
    found = FENCE.findall(TEXT)
    for (language, code), (following, shown) in zip(found, [*found[1:], ("", "")], strict=True):
        if language != "text":
            yield Block(language, code, shown if following == "text" else None)


def name_of(block: object) -> str:
    return block.code.strip()[:60] if isinstance(block, Block) else ""


def of(language: str) -> list[Block]:
    return [block for block in blocks() if block.language == language]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's store, made by its first program."""
    folder = tmp_path_factory.mktemp("shop")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        names: dict[str, Any] = {}
        exec(compile(of("python")[0].code, PAGE.name, "exec"), names)
    return folder


def run(folder: Path, *command: str) -> str:
    """What a program of this environment, or of the system, prints until its successful end."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def got(folder: Path, served: str, url: str) -> str:
    """What Datasette, started as the page says, answers; it needs no port for that."""
    return run(folder, "bash", "-c", f'{served} --get "$0"', url.removeprefix(LOCAL))


def serving() -> str:
    """The command by which the page serves the store."""
    (command,) = [
        it.code.strip() for it in of("sh") if it.code.startswith("datasette contacts.db --s")
    ]
    return command


def is_serving(line: str) -> bool:
    return line.startswith("datasette ") and " --get " not in line


def stripped(text: str) -> str:
    """A table without the spaces at the ends of its lines, which no editor keeps."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


@pytest.mark.skipif(os.name != "posix", reason="the page's commands are for a POSIX shell")
@pytest.mark.parametrize("block", of("sh"), ids=name_of)
def test_commands_print_what_the_page_shows(shop: Path, block: Block) -> None:
    """Docs: each line runs for real; what would serve for ever is asked for its first page."""
    if block.code.startswith("sqlite3 ") and not shutil.which("sqlite3"):
        pytest.skip("the system has no sqlite3 shell")
    printed = ""
    for line in block.code.splitlines():
        if is_serving(line):
            assert "contacts" in got(shop, line, "/") or "copy" in got(shop, line, "/")
        else:
            printed += run(shop, "bash", "-c", line)
    if block.shown is not None:
        assert stripped(printed) == stripped(block.shown)


@pytest.mark.storm
@pytest.mark.skipif(os.name != "posix", reason="the page's commands are for a POSIX shell")
@pytest.mark.parametrize("block", of("url"), ids=name_of)
def test_addresses_answer(shop: Path, block: Block) -> None:
    """Docs: Datasette has every page that is shown, with the people and mails in it."""
    for url in block.code.split():
        assert url.startswith(LOCAL)
        answer = got(shop, serving(), url)
        assert block.shown is None or answer.strip() == block.shown.strip()
        assert any(word in answer for word in ("acme.example", "gone.example", "suppressed"))
        assert "is-error" not in answer


@pytest.mark.parametrize("block", of("sql"), ids=name_of)
def test_queries_print_what_the_page_shows(shop: Path, block: Block) -> None:
    """Docs: by sqlite-utils, and by a connection that trusts no schema."""
    printed = run(shop, "sqlite-utils", "contacts.db", block.code, "--table")
    assert block.shown is not None
    assert stripped(printed) == stripped(block.shown)
    with closing(sqlite3.connect(shop / "contacts.db")) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        assert connection.execute(block.code).fetchall()


def test_the_page_names_every_column() -> None:
    """Docs: the table of the views is the views'."""
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.create(connection)
        for view in schema.views():
            found = connection.execute(f"SELECT * FROM {view}").description
            names = ", ".join(f"`{column[0]}`" for column in found)
            assert f"| `{view}` | {names} |" in TEXT


@pytest.mark.storm
def test_looking_changes_nothing(shop: Path) -> None:
    """Docs: behind all of the above the store is the one it was, and sound."""
    for block in of("sql"):
        run(shop, "sqlite-utils", "contacts.db", block.code)
    got(shop, serving(), "/contacts/people.json")
    integrity(shop / "contacts.db")
    with CRM(shop / "contacts.db") as crm:
        assert crm.check().ok
        assert (crm.count_contacts(), len(crm.outbox)) == (4, 3)
        assert all(each.code != "VIEWS" for each in crm.examine())


def test_who_looks_sees_what_was_stored_last(tmp_path: Path) -> None:
    """Docs: also while a program has the store open, when it stands in the log."""
    with CRM(tmp_path / "x.db") as crm:
        crm.create_contact({"firstName": "New", "emails": ["new@example.com"]})
        printed = run(tmp_path, "sqlite-utils", "x.db", "SELECT name FROM people", "--csv")
        assert printed.split() == ["name", "New"]
        crm.create_contact({"firstName": "Newer", "emails": ["newer@example.com"]})
    assert rows(tmp_path / "x.db", "SELECT count(*) FROM people") == [(2,)]


def test_who_looks_keeps_others_from_restoring(tmp_path: Path) -> None:
    """Docs: a program that has it open for reading holds the file."""
    with CRM(tmp_path / "x.db") as crm:
        crm.backup(tmp_path / "copy.db")
    with closing(sqlite3.connect(f"file:{tmp_path}/x.db?mode=ro", uri=True)) as looking:
        looking.execute("SELECT * FROM people").fetchall()
        with pytest.raises(StoreBusy):
            restore(tmp_path / "copy.db", tmp_path / "x.db", overwrite=True)
