"""Files that somebody doctored: their schema runs in SQLite, and reaches nothing outside of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from store_fixtures import info

from wixcrm_local import CRM, errors

_AFTER_INSERT = "CREATE TRIGGER evil AFTER INSERT ON contacts BEGIN SELECT {}; END"
_LABELS = "CREATE VIEW labels AS SELECT 1 label_number, {} key, 'a' name, 'a' folded_name, '' at"

CALLS: dict[str, Callable[[CRM], Any]] = {
    "create": lambda crm: crm.create_contact(info("ben")),
    "find": lambda crm: crm.find_contact(email="ana@example.com"),
    "labels": lambda crm: crm.labels.list(),
    "query": lambda crm: crm.query_contacts({"firstName": {"contains": "x"}}),
    "search": lambda crm: crm.search_contacts("ana"),
    "check": lambda crm: crm.check(),
}


def doctored(path: Path, *statements: str) -> Path:
    """A store with something in its schema that is not ours."""
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def outcomes(path: Path) -> dict[str, str]:
    """What each call comes to; anything but a documented error fails."""
    found = {}
    for name, call in CALLS.items():
        with CRM(path) as crm:
            try:
                call(crm)
                found[name] = "done"
            except errors.WixCRMError as error:
                found[name] = type(error).__name__
    return found


@pytest.mark.parametrize("reach", ["load_extension('/tmp/evil')", "fts3_tokenizer('simple')"])
def test_a_trigger_that_reaches_outside_is_refused(tmp_path: Path, reach: str) -> None:
    """Promise 4, security: a function that is more than arithmetic is called by no trigger of a
    file; the write is a documented error and nothing is stored."""
    path = doctored(tmp_path / "x.db", _AFTER_INSERT.format(reach))
    assert outcomes(path) == dict.fromkeys(CALLS, "done") | {"create": "StoreFailed"}
    with CRM(path) as crm:
        assert crm.count_contacts() == 1


@pytest.mark.parametrize("reach", ["load_extension('/tmp/evil')", "folded('x')"])
def test_a_view_that_reaches_outside_is_refused(tmp_path: Path, reach: str) -> None:
    """Promise 4, security: neither by a view in the place of a table, also where the function is
    one that the library itself teaches SQLite."""
    path = doctored(tmp_path / "x.db", "ALTER TABLE labels RENAME TO other", _LABELS.format(reach))
    found = outcomes(path)
    assert set(found.values()) <= {"done", "StoreFailed"}
    assert found["labels"] == "StoreFailed"


@pytest.mark.parametrize(
    "statement",
    [
        _AFTER_INSERT.format("RAISE(ABORT, 'evil')"),
        "CREATE TRIGGER evil BEFORE INSERT ON contacts BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TRIGGER evil AFTER INSERT ON contacts BEGIN DELETE FROM contacts; END",
        "DROP TABLE contact_emails",
    ],
)
def test_whatever_a_schema_does_the_errors_are_documented(tmp_path: Path, statement: str) -> None:
    """Promise 4, security: no error of the driver comes out of a doctored file."""
    assert "done" in outcomes(doctored(tmp_path / "x.db", statement)).values()


@pytest.mark.parametrize("cut", ["4869e5", "c3", "ff"])
def test_a_text_that_ends_within_a_letter_is_damage(tmp_path: Path, cut: str) -> None:
    """Fault 56: SQLite gives such a text as it is, and whoever reads it learns what to do."""
    path = doctored(tmp_path / "x.db", f"UPDATE contacts SET first_name = CAST(x'{cut}' AS TEXT)")
    with CRM(path) as crm:
        is_damage(crm, lambda: list(crm.iter_contacts()))
        is_damage(crm, lambda: crm.write_page(tmp_path / "page.html"))
    assert not (tmp_path / "page.html").exists()


def test_a_column_whose_name_ends_within_a_letter_is_damage(tmp_path: Path) -> None:
    """Fault 56: of a name Python says less than of a value, and its error is no sqlite3 error."""
    path = doctored(
        tmp_path / "x.db",
        "UPDATE sqlite_schema SET sql = CAST(replace(CAST(sql AS BLOB), 'expires_at ', "
        "CAST(x'65787069726573e5' AS BLOB) || ' ') AS TEXT) WHERE name = 'outbox'",
    )
    with CRM(path) as crm:
        is_damage(crm, lambda: list(crm.outbox))


def is_damage(crm: CRM, read: Callable[[], object]) -> None:
    """What is read is said to be damaged, inside a transaction and outside."""
    with pytest.raises(errors.StoreDamaged):
        read()
    with pytest.raises(errors.StoreDamaged), crm.transaction():
        read()
