"""queries.sql is the only place with SQL: every statement is valid, reasoned, quick and used."""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeGuard

import pytest

import wixcrm_local
from wixcrm_local import connection as connections
from wixcrm_local import filters, mending, schema
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.labels import Labels
from wixcrm_local.queries import SQL, parse, read_package_text

PACKAGE = Path(wixcrm_local.__file__).parent
# What the braces of a name such as f"insert_{table}" stand for, by their text.
EXPANSIONS = {
    "self.noun": (Labels.noun, CustomFields.noun),  # register.py
    "register.noun": (Labels.noun, CustomFields.noun),  # transfer/undoing.py
    "orphaned": mending.ORPHANED,
    "register": (Labels.noun, CustomFields.noun),  # mending.py, page/gathering.py
    "numbered": ("contact", "message"),  # rows.py
    "listed": ("email", "phone", "contact_label"),
    "table": ("email", "phone", "contact_label"),  # rows.py
}
# A scan of rows that the statement brings along reads no table.
SCAN = re.compile(r"SCAN (?!CONSTANT ROW|\d+ CONSTANT ROWS?|\(?subquery)")
SQL_INSIDE = re.compile(
    r"\bSELECT\b.*\bFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bREPLACE\s+INTO\b"
    r"|\bUPDATE\b.*\bSET\b|\bDELETE\s+FROM\b|\bCREATE\s+(UNIQUE\s+)?(TABLE|INDEX)\b",
    re.DOTALL,
)
# In any case of letters, where a text begins like a statement: prose begins otherwise.
SQL_AT_START = re.compile(
    r"\s*(select\s.*\sfrom\s|(insert|replace)\s+into\s|update\s+\S+\s+set\s|delete\s+from\s"
    r"|create\s+(table|index)\s)",
    re.DOTALL | re.IGNORECASE,
)


def reasons() -> dict[str, str]:
    """The comment of each statement of queries.sql."""
    _, *pieces = re.split(r"^-- name: (\w+)$", read_package_text("queries.sql"), flags=re.MULTILINE)
    return {
        name: " ".join(re.findall(r"^-- (.*)$", body, re.MULTILINE))
        for name, body in zip(pieces[::2], pieces[1::2], strict=True)
    }


def plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    """How SQLite runs a statement, line by line; its parameters are all NULL."""
    named = re.findall(r":(\w+)", statement)
    values = dict.fromkeys(named) if named else (None,) * statement.count("?")
    found = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
    return [row[3] for row in found]


@pytest.fixture(scope="module")
def store() -> Iterator[sqlite3.Connection]:
    with closing(connections.connect_memory()) as connection:
        schema.create(connection)
        filters.teach(connection)
        for name in ("create_search_index", "create_search_progress"):  # when first searched
            connection.execute(SQL[name])
        yield connection


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def docstrings(tree: ast.AST) -> set[int]:
    """Which nodes of a file are no values but texts that explain."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a file without docstrings; a place in an f-string stands as {its source}."""
    left_out = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out.update(map(id, node.values))
            yield "".join(
                str(part.value)
                if isinstance(part, ast.Constant)
                else "{" + ast.unparse(part.value) + "}"  # type: ignore[attr-defined]
                for part in node.values
            )
        elif is_text(node) and id(node) not in left_out:
            yield node.value


def expanded(text: str) -> Iterator[str]:
    """The names that a text of the package stands for."""
    for place, words in EXPANSIONS.items():
        if "{" + place + "}" in text:
            yield from (text.replace("{" + place + "}", word) for word in words)
            return
    yield text


@pytest.mark.parametrize("name", SQL)
def test_every_statement_is_valid_and_announces_what_it_scans(store, name) -> None:
    """House: what reads a whole table says "Scans" or "Walks"; all else is found by an index."""
    scans = [line for line in plan(store, SQL[name]) if SCAN.match(line)]
    assert not scans or re.search(r"\b(Scans|Walks)\b", reasons()[name]), scans


def test_create_contacts_look_up_is_three_searches(store) -> None:
    """M1: candidates_by_key costs one search in each of the three normalized indexes."""
    lines = plan(store, SQL["candidates_by_key"])
    work = [line for line in lines if re.match("SCAN|SEARCH|USE TEMP", line)]
    assert all(line.startswith("SEARCH") for line in work)
    assert [re.findall(r"INDEX (\w+)", line) for line in work] == [
        ["contact_emails_by_match_key"],
        ["contacts_by_login_email"],
        ["contact_phones_by_match_key"],
    ]


@pytest.mark.parametrize("name", ["claim_due", "claim_stale", "has_work", "queued_counts"])
def test_what_waits_is_found_by_its_own_index(store, name) -> None:
    """email.md: one of 100,000 ready mails is claimed without looking at the others."""
    lines = plan(store, SQL[name])
    assert any("outbox_by_status (status=?" in line for line in lines)
    assert not any("TEMP B-TREE" in line for line in lines)


def test_every_statement_has_its_reason() -> None:
    """House: each statement stands once, under a comment that says why it is there."""
    names = re.findall(r"^-- name: (.*)$", read_package_text("queries.sql"), re.MULTILINE)
    assert names == list(SQL)
    assert [name for name, reason in reasons().items() if len(reason.split()) < 3] == []


def test_every_statement_has_a_caller() -> None:
    """House: a statement that nothing runs is deleted."""
    used = {name for _, tree in trees() for text in texts(tree) for name in expanded(text)}
    assert SQL.keys() - used == set()


def test_every_name_that_is_looked_up_exists() -> None:
    """House: no caller asks for a statement that queries.sql hasn't."""
    asked = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            key = None
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "SQL":
                key = node.slice
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "rows.run",
                "rows.first",
            }:
                key = node.args[1]
            if isinstance(key, ast.Constant | ast.JoinedStr):
                asked.update(name for text in texts(key) for name in expanded(text))
    assert len(asked) > 30
    assert asked - SQL.keys() == set()


def test_no_sql_stands_in_python() -> None:
    """House: SQL has one home; PRAGMA, BEGIN, COMMIT and savepoints are no queries.

    One module composes it of fragments of its own, and has its tests in test_filters.py; another
    copies tables of any version by their names, in test_salvaging.py.
    """
    found = [
        f"{path.name}: {text}"
        for path, tree in trees()
        if path.name not in ("filters.py", "salvaging.py")
        for text in texts(tree)
        if SQL_INSIDE.search(text) or SQL_AT_START.match(text)
    ]
    assert found == []


def test_comments_are_no_part_of_a_statement() -> None:
    """House: SQLite, and its cache of statements, sees the statement alone."""
    assert parse("-- of all\n-- name: a\n-- Why.\nSELECT 1,\n-- mind\n2;\n\n-- name: b\nx") == {
        "a": "SELECT 1,\n2",
        "b": "x",
    }
