"""Issue 8, 2: repair mends what can be worked out from the text as typed, and says what is left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_fixtures import rows

from wixcrm_local import CRM, AsyncCRM

# What breaks a rule of ours that SQLite doesn't know, and what `check` calls it.
BREAKS = {
    "EMAIL_KEY_MISFIT": "UPDATE contact_emails SET match_key = 'x' WHERE position = 1",
    "PHONE_KEY_MISFIT": "UPDATE contact_phones SET match_key = '+1999' WHERE contact_number = 1",
    "POSITION_GAP": "UPDATE contact_emails SET position = 7 WHERE position = 1",
    "REPEATED_ITEM": "INSERT INTO contact_labels VALUES (1, 2, 1)",
    "FOLDED_NAME_MISFIT": "UPDATE labels SET folded_name = key",
    "DANGLING_REFERENCE": "INSERT INTO contact_labels VALUES (99, 0, 1)",
    "VIEW_MISSING": "DROP VIEW people",
}
MORE = {
    "login": "UPDATE contacts SET login_email_key = 'x' WHERE login_email IS NOT NULL",
    "mail": "UPDATE outbox SET to_key = 'x'",
    "view": "DROP VIEW messages",
    "orphan": "INSERT INTO outbox_settlements VALUES (NULL, 99, 'sent', '')",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store of two contacts, of which one is a member, with lists and a mail."""
    path = tmp_path_factory.mktemp("whole") / "x.db"
    with CRM(path, default_region="US", from_address="shop@example.com") as crm:
        crm.labels.create("VIP")
        crm.labels.create("Old")
        for number, name in enumerate(("ana", "ben")):
            info = {
                "emails": [f"{name}@example.com", f"{name}@example.org"],
                "phones": [f"(212) 555-010{number}", "0000000000"],
                "labels": ["VIP", "Old"],
            }
            id = crm.create_contact(info)
        crm.register_member(id, "login@example.com")
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.email_contact("hi", id)
    return path.read_bytes()


def broken(path: Path, whole: bytes, *statements: str) -> None:
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def contents(crm: CRM) -> list[object]:
    return [*crm.iter_contacts(), *crm.labels.list(), *crm.outbox]


@pytest.mark.parametrize("code", BREAKS)
def test_what_check_finds_is_mended(tmp_path: Path, whole: bytes, code: str) -> None:
    """Issue 8, 2: each fault that can be worked out is gone, and everybody is as they were."""
    sound, path = tmp_path / "sound.db", tmp_path / "x.db"
    sound.write_bytes(whole)
    broken(path, whole, BREAKS[code])
    with CRM(path) as crm, CRM(sound) as other:
        assert code in crm.check().counts
        report = crm.repair()
        assert set(report.mended) == {code}
        assert report.left.ok
        assert crm.check().ok
        assert contents(crm) == contents(other)
        assert crm.repair().mended == {}


@pytest.mark.parametrize("name", MORE)
def test_keys_of_members_and_mails(tmp_path: Path, whole: bytes, name: str) -> None:
    """Issue 8, 2: a member is found by the login email again, a mail by its recipient."""
    path = tmp_path / "x.db"
    broken(path, whole, MORE[name])
    with CRM(path) as crm:
        assert sum(crm.repair().mended.values()) == 1
        assert crm.find_contact(email="LOGIN@example.com").is_member
        assert len(crm.outbox.where(to="ana@example.com") + crm.outbox.where(to="ben@example.com"))
        assert crm.check().ok


@settings(deadline=None, max_examples=25)
@given(names=st.sets(st.sampled_from([*BREAKS, *MORE]), min_size=1))
def test_many_faults_at_once(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, names: set[str]
) -> None:
    """Issue 8, 2: whatever comes together, nothing is left of it."""
    path = tmp_path_factory.mktemp("many") / "x.db"
    broken(path, whole, *((BREAKS | MORE)[name] for name in sorted(names)))
    with CRM(path) as crm:
        assert crm.repair().left.ok


def test_what_cannot_be_worked_out_is_told(tmp_path: Path, whole: bytes) -> None:
    """Issue 8, 2: no text is made up; what is left stands in the report."""
    path = tmp_path / "x.db"
    broken(path, whole, "UPDATE contacts SET created_at = 'yesterday' WHERE contact_number = 1")
    with CRM(path) as crm:
        report = crm.repair()
    assert (report.mended, set(report.left.counts)) == ({}, {"INVALID_TIME"})
    assert rows(path, "SELECT created_at FROM contacts WHERE contact_number = 1") == [
        ("yesterday",)
    ]


def test_the_search_begins_anew(tmp_path: Path, whole: bytes) -> None:
    """Issue 8, 2: an index that lost somebody finds them again."""
    path = tmp_path / "x.db"
    path.write_bytes(whole)
    with CRM(path) as crm:
        crm.prepare_search()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
        connection.commit()
    with CRM(path) as crm:
        assert crm.search_contacts("ana") == ()
        crm.repair()
        assert [found.emails[0] for found in crm.search_contacts("ana")] == ["ana@example.com"]


async def test_awaited(tmp_path: Path, whole: bytes) -> None:
    """A2: the awaitable door has it, too."""
    (tmp_path / "x.db").write_bytes(whole)
    async with AsyncCRM(tmp_path / "x.db") as crm:
        assert (await crm.repair()).left.ok
