"""The schema: a new file is schema.sql, and an older one gets there whole or not at all."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from store_fixtures import info, integrity, program, rows, snapshot

from wixcrm_local import CRM, errors, schema
from wixcrm_local import connection as connections
from wixcrm_local.migrations import STEPS, Migration

FIXTURES = Path(__file__).with_name("fixtures")
LANDED = sorted(FIXTURES.glob("schema_*.sql"))

NOTES = "-- Notes.\nCREATE TABLE notes (note TEXT) STRICT;\nINSERT INTO notes VALUES ('first');\n"


def entries(path: object) -> set[tuple[str, ...]]:
    """What stands in a file's schema, white space aside."""
    found = rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_schema")
    return {(*names, " ".join((sql or "").split())) for *names, sql in found}


def state(path: object) -> list[str]:
    """All that a file holds: its version, its schema and its rows."""
    with closing(sqlite3.connect(os.fspath(path))) as connection:  # type: ignore[call-overload]
        return [f"version {schema.version_of(connection)}", *connection.iterdump()]


def version(path: object) -> int:
    return int(rows(path, "PRAGMA user_version")[0][0])


def soon() -> float:
    return time.monotonic() + 30


def writer(path: Path) -> sqlite3.Connection:
    """A writing connection, made as an open store makes its own."""
    return connections.connect_file(str(path), "normal", deadline=soon(), newest_version=99)


def upgrade(path: Path, *migrations: Migration) -> None:
    with closing(writer(path)) as connection:
        try:
            schema.bring_up_to_date(connection, str(path), soon(), migrations)
        finally:
            assert not connection.in_transaction
            assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A store of version 1."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "schema_1.sql").read_text("utf-8"))
    yield path
    integrity(path)


# A new file.


def test_a_new_store_is_what_schema_sql_says(tmp_path) -> None:
    """Promise 10: schema.sql is the single source of truth."""
    path, plain = tmp_path / "x.db", tmp_path / "plain.db"
    CRM(path).close()
    with closing(sqlite3.connect(plain)) as connection:
        connection.executescript(schema.read_schema())
    assert entries(path) == entries(plain)
    for name in ("application_id", "user_version"):
        assert rows(path, f"PRAGMA {name}") == rows(plain, f"PRAGMA {name}") != [(0,)]


def test_the_version_has_one_meaning() -> None:
    """Promise 10: the number in schema.sql, that of the migrations and that of the code agree."""
    text = schema.read_schema()
    assert re.findall(r"^PRAGMA user_version = (\d+);$", text, re.M) == [str(schema.VERSION)]
    assert re.findall(r"^PRAGMA application_id = (\d+);$", text, re.M) == [
        str(connections.APPLICATION_ID)
    ]
    assert len(STEPS) + 1 == schema.VERSION


# Splitting a script.


def test_a_script_is_split_into_statements_with_the_comments_inside() -> None:
    """Promise 10: what a table's text explains stays in the file."""
    script = """-- Above.
CREATE TABLE a (
    -- a comment; with an end
    x TEXT DEFAULT ';' -- not here;
);

PRAGMA user_version = 7;
INSERT INTO a VALUES ('one;
-- no comment
two');
DELETE FROM a; -- and gone
DROP TABLE a;
"""
    found = list(schema.split(script))
    assert [text.split()[0] for text in found] == ["CREATE", "PRAGMA", "INSERT", "DELETE", "DROP"]
    assert "-- a comment; with an end" in found[0]
    with closing(sqlite3.connect(":memory:")) as connection:
        for text in found[:3]:
            connection.execute(text)
        assert connection.execute("SELECT x FROM a").fetchall() == [("one;\n-- no comment\ntwo",)]
        for text in found[3:]:
            connection.execute(text)


def test_a_trigger_is_one_statement() -> None:
    """Promise 10: the semicolons inside BEGIN … END end nothing."""
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\n  SELECT 1;\nEND"
    assert list(schema.split(f"{trigger};\nSELECT 2;\n")) == [trigger, "SELECT 2"]


@pytest.mark.parametrize("script", ["SELECT 1", "SELECT 1;\nSELECT 'x;\n", "CREATE TABLE a (\n"])
def test_an_unfinished_statement_is_refused(script) -> None:
    """Promise 10: a script that was cut off is never run in part."""
    with pytest.raises(ValueError, match="without its end"):
        list(schema.split(script))


# Stores of every version that landed.


def test_every_version_that_landed_has_its_fixture() -> None:
    """Promise 10: schema_N.sql for each N up to this version."""
    assert {path.name for path in LANDED} == {
        f"schema_{number}.sql" for number in range(1, schema.VERSION + 1)
    }


@pytest.fixture(params=LANDED, ids=lambda path: path.stem)
def landed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store of each version in turn."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text("utf-8"))
    return path


def test_each_fixture_has_rows_in_every_table(landed: Path) -> None:
    """Promise 10: no table's migration goes untested."""
    for (name,) in rows(landed, "SELECT name FROM sqlite_schema WHERE type = 'table'"):
        assert rows(landed, f"SELECT count(*) FROM {name}") > [(0,)], name


def test_a_store_of_every_version_opens_and_reads_right(tmp_path, landed) -> None:
    """Promise 10, fault 63: whatever the path, the end is schema.sql, and nothing is lost."""
    path = landed
    with CRM(path) as crm:
        assert crm.default_region == "GB"
        ana, phone_only, ben = crm.iter_contacts()
        assert (ana.first_name, ana.last_name) == ("Anna", "O'Neill")
        assert ana.emails[0].lower() == "ana@example.com"
        assert "ana.second@example.com" in ana.emails
        assert ana.phones == ("020 7946 0018", "0000000000")
        assert ana.labels == ("Customer", "Zürich; 'quoted'")
        assert (ana.language, ana.picture) == ("de", "https://example.com/ana.png")
        assert ana.custom_fields == {
            "Note": "5",
            "Lead score": 5.0,
            "Birthday": date(1990, 2, 28),
            "Site": "https://example.com/",
        }
        assert isinstance(ana.custom_fields["Lead score"], float)
        assert isinstance(phone_only.custom_fields["Lead score"], int)
        assert phone_only.phones == ("+1 212 555 2368",)
        assert (ben.is_member, ben.login_email) == (True, "Ben.Login@example.com")
        assert crm.find_contact(phone="+44 20 7946 0018") == ana
        assert crm.find_contact(email="BEN.LOGIN@example.com") == ben
        created, changed = crm.history(ana.id)
        assert (created.id, created.at) == (None, ana.created_at)
        assert (changed.at, changed.after["first_name"]) == (ana.updated_at, "Anna")
        assert [label.name for label in crm.labels.list()] == ["Customer", "Zürich; 'quoted'"]
        kinds = {field.name: field.type for field in crm.custom_fields.list()}
        assert kinds == {"Note": "text", "Lead score": "number", "Birthday": "date", "Site": "url"}
        (welcome,) = crm.triggered_emails.list()
        assert (welcome.id, welcome.variables) == ("welcome", {"name": "friend", "code": None})
        (mail,) = crm.outbox
        assert (mail.subject, mail.contact_id, mail.status) == ("Hi friend", ana.id, "queued")
        assert mail.text == "Hi friend,\nyour code is A;1'"
        assert crm.create_contact(info("new")) not in {ana.id, phone_only.id, ben.id}
    fresh = tmp_path / "fresh.db"
    CRM(fresh).close()
    assert entries(path) == entries(fresh)
    assert version(path) == schema.VERSION
    integrity(path)


def test_what_schema_1_recorded_is_held_back(old: Path) -> None:
    """Schema 2: nothing was ever delivered from such a file, so its mail is a prototype's."""
    asked: list[object] = []
    with CRM(old, from_address="shop@example.com") as crm:
        assert crm.deliver(asked.append).stale == 1
        assert asked == []
        assert crm.deliver(asked.append, include_stale=True).sent == 1
        assert (crm.outbox[0].ready_at, crm.outbox[0].attempts) == (crm.outbox[0].created_at, 1)


def test_a_store_of_schema_2_knows_its_deliveries(tmp_path: Path) -> None:
    """Schema 2: attempts, suppressions, consent, breakers and the trash are in its fixture."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "schema_2.sql").read_text("utf-8"))
    with CRM(path) as crm:
        (mail,) = crm.outbox
        assert [attempt.response for attempt in crm.outbox.attempts(mail.id)] == ["451 later; wait"]
        addresses = [entry.address for entry in crm.suppressions.list()]
        assert addresses == ["Gone@Example.net", None]
        assert crm.suppressions.check("DI@example.com").reason == "unsubscribed"
        assert crm.find_contact(email="ben@example.com").subscription == "unsubscribed"
        (cy,) = crm.list_trash()
        assert crm.restore_contact(cy.contact.id).emails == ("cy@example.com",)
    assert rows(path, "SELECT failures, response FROM breakers") == [(1, "nobody; wait")]


# Migrations that exist only here.


def add_note(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO notes VALUES ('second')")


def test_a_migration_changes_tables_data_and_version_together(old) -> None:
    """Promise 10: after a verified backup beside the file, which holds the old state."""
    before = state(old)
    upgrade(old, Migration(NOTES, add_note))
    assert rows(old, "SELECT note FROM notes") == [("first",), ("second",)]
    assert version(old) == 2
    assert set(before[1:-1]) < set(state(old))
    backup = old.with_name("x.db.backup-v1")
    assert set(os.listdir(old.parent)) == {"x.db", backup.name}
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    integrity(backup)
    assert state(backup) == before
    with CRM(backup) as crm:
        assert crm.count_contacts() == 3


def test_only_the_steps_that_are_missing_run(old) -> None:
    """Promise 10: one after another, from the file's own version on."""
    steps = [Migration(NOTES), Migration("DROP TABLE notes;"), Migration(NOTES, add_note)]
    upgrade(old, steps[0])
    upgrade(old, *steps)
    assert version(old) == 4
    assert rows(old, "SELECT count(*) FROM notes") == [(2,)]
    assert version(old.with_name("x.db.backup-v2")) == 2
    upgrade(old, *steps)
    assert not old.with_name("x.db.backup-v4").exists()


def raise_error(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM outbox")
    raise RuntimeError("in the middle")


DANGLING = "INSERT INTO contact_labels VALUES (1, 99, 12345);"


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([Migration(f"{NOTES}INSERT INTO nowhere VALUES (1);")], sqlite3.OperationalError),
        ([Migration(f"{NOTES}DROP TABLE outbox")], ValueError),
        ([Migration(NOTES, raise_error)], RuntimeError),
        ([Migration(NOTES, add_note), Migration(NOTES)], sqlite3.OperationalError),
        ([Migration(NOTES), Migration(DANGLING)], errors.StoreDamaged),
    ],
    ids=["statement", "cut off", "data", "second step", "dangling reference"],
)
def test_a_migration_that_fails_changes_nothing(old, steps, error) -> None:
    """Promise 10: version, schema and rows stay, the backup is there, the store opens."""
    before = state(old)
    with pytest.raises(error):
        upgrade(old, *steps)
    assert state(old) == before
    assert state(old.with_name("x.db.backup-v1")) == before
    with CRM(old) as crm:
        assert crm.count_contacts() == 3


def test_without_a_backup_no_migration_begins(old) -> None:
    """Promise 10: a documented error where the backup can't be placed, and nothing changes."""
    old.with_name("x.db.backup-v1").mkdir()
    before, begun = state(old), []
    with pytest.raises(errors.StoreError):
        upgrade(old, Migration(NOTES, begun.append))
    assert (state(old), begun) == (before, [])
    assert set(os.listdir(old.parent)) == {"x.db", "x.db.backup-v1"}


def test_a_migration_that_is_killed_changes_nothing(old) -> None:
    """Fault 42: who looks next finds the old version, and can begin again."""
    before = state(old)
    script = """
import time
from wixcrm_local import connection, schema
from wixcrm_local.migrations import Migration
writer = connection.connect_file(path, "full", deadline=0, newest_version=2)
writer.execute("PRAGMA cache_size=1")  # so that much of it reaches the log
def data(connection):
    for number in range(2000):
        connection.execute("INSERT INTO notes VALUES (?)", ("half done" * 20,))
    os._exit(7)
step = Migration("CREATE TABLE notes (note TEXT) STRICT;", data)
schema.bring_up_to_date(writer, path, time.monotonic() + 30, [step])
"""
    with program(script, old) as other:
        assert other.end() == 7
    assert old.with_name("x.db-wal").stat().st_size > 100_000
    assert state(old) == before
    assert state(old.with_name("x.db.backup-v1")) == before
    upgrade(old, Migration(NOTES))
    assert version(old) == 2


def test_the_rest_of_a_killed_backup_is_replaced(old) -> None:
    """Fault 42: a half copy never stands under the backup's name, and stands in nobody's way."""
    before = state(old)
    for side in ("", "-journal", "-wal"):
        old.with_name(f"x.db.backup-v1.unfinished{side}").write_text("half a copy")
    old.with_name("x.db.backup-v1").write_text("of an earlier attempt")
    upgrade(old, Migration(NOTES))
    assert set(snapshot(old.parent)) == {"x.db", "x.db.backup-v1"}
    assert state(old.with_name("x.db.backup-v1")) == before


def test_of_two_threads_one_migrates(old) -> None:
    """Fault 28: who comes second looks again, and finds the work done."""
    before, ran, failed = state(old), [], []
    together = threading.Barrier(2, timeout=30)

    def work(connection: sqlite3.Connection) -> None:
        together.wait()
        try:
            schema.bring_up_to_date(
                connection, str(old), soon(), [Migration(NOTES, lambda _: ran.append(1))]
            )
        except Exception as error:
            failed.append(error)

    with closing(writer(old)) as one, closing(writer(old)) as two:
        threads = [threading.Thread(target=work, args=(each,)) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (ran, failed) == ([1], [])
    assert version(old) == 2
    assert state(old.with_name("x.db.backup-v1")) == before


def test_of_two_processes_one_migrates(old) -> None:
    """Fault 28: the second waits for the first, which is in the middle, and does nothing."""
    before = state(old)
    script = """
import time
from wixcrm_local import connection, schema
from wixcrm_local.migrations import Migration
deadline = time.monotonic() + 30
writer = connection.connect_file(path, "full", deadline=deadline, newest_version=2)
def data(connection):
    tell("inside")
    hear()
    connection.execute("INSERT INTO runs VALUES (?)", (os.getpid(),))
step = Migration("CREATE TABLE IF NOT EXISTS runs (pid INTEGER) STRICT;", data)
tell("ready")
hear()
schema.bring_up_to_date(writer, path, deadline, [step])
tell(schema.version_of(writer))
hear()  # who closes has the file for itself for a moment
"""
    with program(script, old) as one, program(script, old) as two:
        one.expect("ready")
        two.expect("ready")
        one.tell()
        one.expect("inside")
        two.tell()
        one.tell()
        one.expect("2")
        two.expect("2")
        one.tell()
        one.end()
        two.tell()
        assert (one.end(), two.end()) == (0, 0)
        assert rows(old, "SELECT pid FROM runs") == [(one.pid,)]
    assert state(old.with_name("x.db.backup-v1")) == before
