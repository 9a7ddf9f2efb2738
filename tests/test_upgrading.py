"""Issue 8, 1: an upgrade whose progress is told; killed or refused, the file is the old one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from store_fixtures import integrity, rows, snapshot

from wixcrm_local import (
    CRM,
    InvalidArgument,
    NotAStore,
    StoreNotFound,
    StoreTooNew,
    schema,
    upgrade,
)
from wixcrm_local.cli import main

FIXTURES = Path(__file__).with_name("fixtures")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of schema 1."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "schema_1.sql").read_text("utf-8"))
    return path


def test_the_steps_are_told(old: Path) -> None:
    """Issue 8, 1: from the first to the last, of a number that stays; the backup is named."""
    told: list[tuple[int, int]] = []
    done = upgrade(old, progress=lambda *step: told.append(step))
    assert (done.path, done.before) == (str(old), 1)
    assert told == [(number, len(told)) for number in range(1, len(told) + 1)]
    assert len(told) > 10
    assert rows(old, "PRAGMA user_version") == [(schema.VERSION,)]
    assert rows(done.backup, "PRAGMA user_version") == [(1,)]
    integrity(old)


def test_what_needs_none_gets_none(old: Path, tmp_path: Path) -> None:
    """Issue 8, 1: a second time, of a store of today, and of an empty file nothing is done."""
    upgrade(old)
    (tmp_path / "empty.db").touch()
    before = snapshot(tmp_path)
    told: list[object] = []
    for path in (old, tmp_path / "empty.db"):
        assert upgrade(path, progress=lambda *step: told.append(step)).backup is None
    assert told == []
    assert snapshot(tmp_path) == before


def test_what_progress_raises_ends_it(old: Path) -> None:
    """Issue 8, 1: the file is the old one, and the next opening goes on."""

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        upgrade(old, progress=stop)
    assert rows(old, "PRAGMA user_version") == [(1,)]
    integrity(old)
    with CRM(old) as crm:
        assert crm.count_contacts() == 3


def test_what_cannot_be_upgraded(old: Path, tmp_path: Path) -> None:
    """Issue 8, 1: each mistake has its error, and nothing is touched."""
    text = tmp_path / "text"
    text.write_text("hello" * 300)
    newer = tmp_path / "newer.db"
    CRM(newer).close()
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version=9999")
    for path, error in (
        (text, NotAStore),
        (newer, StoreTooNew),
        (tmp_path / "nowhere.db", StoreNotFound),
        (":memory:", StoreNotFound),
    ):
        with pytest.raises(error):
            upgrade(path)
    with pytest.raises(InvalidArgument):
        upgrade(old, progress="loud")


def test_the_command_line_tells_of_it(old: Path) -> None:
    """Issue 8, 1: a note says what was kept; afterwards there is none."""
    done = CliRunner().invoke(main, ["--store", str(old), "contact", "list"])
    assert done.exit_code == 0
    assert f"upgraded from schema 1; as it was before: {old}.backup-v1" in done.stderr
    assert CliRunner().invoke(main, ["--store", str(old), "contact", "list"]).stderr == ""
