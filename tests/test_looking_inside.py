"""docs/how-to-look-inside-with-sql.md is true: its commands and queries give what it shows."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "how-to-look-inside-with-sql.md").read_text("utf-8")
_BLOCK = re.compile(r"^```(\w+)( skip)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    (language, code, shown)
    for (language, skipped, code), (after, _, shown) in zip(
        _BLOCK.findall(PAGE), [*_BLOCK.findall(PAGE)[1:], ("", "", "")], strict=True
    )
    if language in ("sh", "sql") and not skipped and after == "text"
]
COMMANDS = [(code, shown) for language, code, shown in BLOCKS if language == "sh"]
QUERIES = [(code, shown) for language, code, shown in BLOCKS if language == "sql"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the store that the page makes at its beginning."""
    folder = tmp_path_factory.mktemp("looking")
    (program,) = [code for kind, _, code in _BLOCK.findall(PAGE)[:1] if kind == "python"]
    with contextlib.chdir(folder):
        exec(compile(program, "the page", "exec"), {})
    return folder


def test_the_page_shows_all_of_it() -> None:
    """What is tested below is what stands on the page: nothing was passed over in silence."""
    assert (len(COMMANDS), len(QUERIES)) == (4, 7)
    assert PAGE.count("```sh") == len(COMMANDS) + 1  # the one that starts a server
    assert PAGE.count("```sql") == len(QUERIES)


@pytest.mark.parametrize(("commands", "shown"), COMMANDS, ids=[code[:40] for code, _ in COMMANDS])
def test_a_command_prints_what_the_page_shows(folder: Path, commands: str, shown: str) -> None:
    """Issue 9, 4: sqlite-utils and Datasette, as they are installed, on a file of ours."""
    told = "".join(run(folder, line) for line in commands.splitlines())
    assert [line.rstrip() for line in told.strip().splitlines()] == shown.strip().splitlines()


def test_datasette_counts_as_the_page_says(folder: Path) -> None:
    """Issue 9, 4: the facets that the page names, of people by label and of mails by state."""
    counts = {}
    for path in re.findall(r"`(/contacts/\w+)\?([^`&]+)", PAGE):
        answer = json.loads(run(folder, f'datasette contacts.db --get "{path[0]}.json?{path[1]}"'))
        found = answer["facet_results"]
        (facet,) = found.get("results", found).values()  # Datasette 1.0 puts them one deeper
        counts[path[0]] = {each["value"]: each["count"] for each in facet["results"]}
    assert counts == {
        "/contacts/people": {"Newsletter": 2, "Customer": 1},
        "/contacts/messages": {"sent": 1, "failed": 1},
    }


def run(folder: Path, line: str) -> str:
    """What a command prints, run as a shell would take it apart."""
    program, *arguments = shlex.split(line)
    module = {"sqlite-utils": "sqlite_utils", "datasette": "datasette"}[program]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("query", "shown"), QUERIES, ids=[code[:50] for code, _ in QUERIES])
def test_a_query_answers_what_the_page_shows(folder: Path, query: str, shown: str) -> None:
    """Issue 9, 4: in any program that speaks SQLite, on a connection that can only read."""
    with contextlib.closing(
        sqlite3.connect(f"{(folder / 'contacts.db').as_uri()}?mode=ro", uri=True)
    ) as connection:
        rows = ["|".join(map(str, row)) for row in connection.execute(query)]
    assert rows == shown.splitlines()


def test_looking_leaves_the_store_as_it_was(folder: Path) -> None:
    """None of these programs changed anything: the store is sound, and has three people."""
    from wixcrm_local import CRM

    with CRM(folder / "contacts.db") as crm:
        assert crm.check().ok
        assert crm.count_contacts() == 3
