"""Issue 8, 2: what is readable of a damaged file comes into a new one; the damaged one stays."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_fixtures import integrity, snapshot

from wixcrm_local import (
    CRM,
    InvalidArgument,
    NotAStore,
    StoreBusy,
    StoreDamaged,
    StoreNotFound,
    salvage,
)

PAGE = 4096
PEOPLE = 600
FIXTURES = Path(__file__).with_name("fixtures")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "x.db"
    with CRM(path, default_region="US", durability="normal") as crm:
        crm.labels.create("VIP")
        with crm.transaction():
            for number in range(PEOPLE):
                crm.create_contact(
                    {
                        "firstName": f"P{number}",
                        "emails": [f"p{number}@example.com"],
                        "phones": [f"+1212555{number:04}"],
                        "labels": ["VIP"],
                    }
                )
    return path.read_bytes()


def page_of(path: Path, table: str) -> int:
    """A leaf of a table, by SQLite's own account of its pages; the middle one."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
        try:
            pages = [number for (number,) in connection.execute(query, (table,))]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")
    return pages[len(pages) // 2]


def damage(path: Path, *pages: int) -> None:
    with open(path, "r+b") as file:
        for number in pages:
            file.seek((number - 1) * PAGE)
            file.write(b"\xff" * PAGE)


def test_a_whole_store_comes_over_whole(tmp_path: Path, whole: bytes) -> None:
    """Issue 8, 2: where nothing is damaged nothing is lost."""
    path, new = tmp_path / "x.db", tmp_path / "new.db"
    path.write_bytes(whole)
    found = salvage(path, new)
    assert (found.path, found.rows["contacts"], found.rows["labels"]) == (str(new), PEOPLE, 1)
    with CRM(path) as before, CRM(new) as after:
        assert list(before.iter_contacts()) == list(after.iter_contacts())
        assert after.check().ok
        assert after.default_region == "US"
    integrity(new)


@pytest.mark.parametrize("table", ["contacts", "contact_emails", "contact_phones"])
def test_a_page_costs_the_rows_on_it(tmp_path: Path, whole: bytes, table: str) -> None:
    """Issue 8, 2: those alone; what pointed at them is mended, and the rest is sound."""
    path, new = tmp_path / "x.db", tmp_path / "new.db"
    path.write_bytes(whole)
    damage(path, page_of(path, table))
    before = snapshot(tmp_path)
    found = salvage(path, new)
    assert PEOPLE - 120 < found.rows[table] < PEOPLE
    assert found.rows["labels"] == 1
    assert {name: octets for name, octets in snapshot(tmp_path).items() if name in before} == before
    with CRM(new) as crm:
        report = crm.repair()
        assert set(report.left.counts) <= {"NO_IDENTITY"}
        assert crm.count_contacts() == found.rows["contacts"]
        assert crm.create_contact({"emails": ["new@example.com"]})
    integrity(new)


@pytest.mark.parametrize("table", ["contact_emails_by_match_key", "sqlite_autoindex_contacts_1"])
def test_a_page_of_an_index_costs_nothing(tmp_path: Path, whole: bytes, table: str) -> None:
    """Issue 8, 2: an index is made anew from the rows."""
    path, new = tmp_path / "x.db", tmp_path / "new.db"
    path.write_bytes(whole)
    damage(path, page_of(path, table))
    assert salvage(path, new).rows["contacts"] == PEOPLE
    with CRM(new) as crm:
        assert crm.find_contact(email="p300@example.com").first_name == "P300"
        assert crm.repair().mended == {}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_damaged(tmp_path: Path, whole: bytes, seed: int) -> None:
    """Issue 8, 2: a sound store comes out, or a documented error, and never anything made up."""
    path, new = tmp_path / "x.db", tmp_path / "new.db"
    path.write_bytes(whole)
    chance = random.Random(seed)
    damage(path, *chance.sample(range(2, len(whole) // PAGE + 1), 1 + seed * 4))
    with CRM(":memory:", default_region="US") as crm:
        pass
    try:
        salvage(path, new)
    except StoreDamaged:
        assert not new.exists()
        return
    with CRM(new) as crm:
        assert set(crm.repair().left.counts) <= {"NO_IDENTITY"}
        for contact in crm.iter_contacts():
            assert contact.emails in ((f"p{contact.first_name[1:]}@example.com",), ())


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("schema_*.sql")), ids=lambda it: it.stem)
def test_a_store_of_an_older_version_is_upgraded_afterwards(tmp_path: Path, fixture: Path) -> None:
    """Issue 8, 2: its own tables come over, and opening does the rest."""
    path, new = tmp_path / "old.db", tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(fixture.read_text("utf-8"))
    salvage(path, new)
    with CRM(new) as crm:
        assert [contact.first_name for contact in crm.iter_contacts()] == ["Anna", None, "Ben"]
        assert crm.check().ok


def test_what_a_killed_program_left_in_its_log_is_read(tmp_path: Path, whole: bytes) -> None:
    """Issue 8, 2: the log is part of the store."""
    path = tmp_path / "x.db"
    path.write_bytes(whole)
    program = (
        "import os, sys; from wixcrm_local import CRM; crm = CRM(sys.argv[1]);"
        "crm.create_contact({'emails': ['late@example.com']}); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert salvage(path, tmp_path / "new.db").rows["contacts"] == PEOPLE + 1


def test_what_can_be_no_store_and_no_place(tmp_path: Path, whole: bytes) -> None:
    """Issue 8, 2: each mistake has its error, and leaves nothing."""
    path, new, text = tmp_path / "x.db", tmp_path / "new.db", tmp_path / "text"
    path.write_bytes(whole)
    text.write_text("hello" * 2000)
    with CRM(path) as crm:
        crm.count_contacts()
        with pytest.raises(StoreBusy):
            salvage(path, new)
    with pytest.raises(NotAStore):
        salvage(text, new)
    with pytest.raises(StoreNotFound):
        salvage(tmp_path / "nowhere.db", new)
    with pytest.raises(InvalidArgument):
        salvage(path, text)
    damage(path, 1)
    with pytest.raises(NotAStore):
        salvage(path, new)
    assert not new.exists()
