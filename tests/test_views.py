"""The views `people` and `messages`: quick, harmless, for looking only, and what the verbs say."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import OpenCRM
from hypothesis import given, settings
from hypothesis import strategies as st
from store_fixtures import integrity, rows
from view_laws import assert_views_agree, looked_up, seen

from wixcrm_local import CRM, PermanentFailure, salvage, schema

FIXTURES = Path(__file__).with_name("fixtures")
# A scan of what a subquery has gathered reads no table.
SCAN = re.compile(r"SCAN (?!\(?subquery)")
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9)
VALUES: st.SearchStrategy[Any] = (
    st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | NAMES
)


@pytest.fixture
def store(tmp_path: Path, open_crm: OpenCRM) -> Iterator[CRM]:
    """A store with something of everything that a view shows."""
    with open_crm(tmp_path / "x.db", from_address="shop@example.com") as crm:
        for name in ('Comma, "quoted"', "Back\\slash", "Zürich"):
            crm.labels.create(name)
        for name, kind in (("Note", "text"), ("Score", "number"), ("Day", "date")):
            crm.custom_fields.create(name, kind)
        ana = crm.create_contact(
            {
                "firstName": "Ana",
                "lastName": "Diaz",
                "emails": ["Ana@Example.com", "a@example.org"],
                "phones": ["(650) 253-0000", "0000000000"],
                "labels": ["Zürich", 'Comma, "quoted"', "Back\\slash"],
                "customFields": {"Note": 'a\n"b"\t\\n', "Score": 5.0, "Day": date(2026, 1, 31)},
            }
        )
        crm.create_contact({"phones": ["0800 1111 11"], "customFields": {"Note": "5", "Score": 5}})
        gone = crm.create_contact({"lastName": "Gone", "emails": ["gone@example.com"]})
        crm.triggered_emails.save(
            "hi", subject="Hi ${a}", text="${a}", html="<p>${b}</p>", variables={"a": "", "b": "x"}
        )
        for id in (ana, gone):
            crm.email_contact("hi", id, {"variables": {"a": "<1>"}})
        crm.deliver(refuse, include_stale=True)
        crm.email_contact("hi", ana)
        crm.delete_contact(gone)
        yield crm


def refuse(message: object) -> None:
    raise PermanentFailure("550 5.1.1 no such user; drop it")


def text_of(view: str) -> str:
    """What makes a view, without its comments and the texts in it."""
    return re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--.*", "", schema.views()[view]))


# What they show.


def test_a_row_of_people(store: CRM) -> None:
    """Issue: one row a contact, with its lists as they were typed, and NULL for what is not."""
    ana, phone_only = seen(store, "people", "contact_id")
    assert ana["name"] == "Ana Diaz"
    assert ana["emails"] == "Ana@Example.com, a@example.org"
    assert ana["phones"] == "(650) 253-0000, 0000000000"
    assert ana["labels"] == ["Zürich", 'Comma, "quoted"', "Back\\slash"]
    assert ana["custom_fields"] == {"Note": 'a\n"b"\t\\n', "Score": 5.0, "Day": "2026-01-31"}
    assert isinstance(ana["custom_fields"]["Score"], float)
    assert (ana["mails"], ana["subscription"]) == (2, "not_set")
    assert phone_only["custom_fields"] == {"Note": "5", "Score": 5}
    assert isinstance(phone_only["custom_fields"]["Score"], int)
    assert phone_only["phones"] == "0800 1111 11"
    for name in ("name", "first_name", "last_name", "emails", "login_email", "labels", "picture"):
        assert phone_only[name] is None, name


def test_a_row_of_messages(store: CRM) -> None:
    """Issue: one row a mail, with what the sender answered last, and who the contact is now."""
    to_ana, to_gone, queued = seen(store, "messages", "id")
    assert (to_ana["status"], to_ana["reason"], to_ana["attempts"]) == ("failed", "refused", 1)
    assert (to_ana["to_address"], to_ana["contact_name"]) == ("Ana@Example.com", "Ana Diaz")
    assert to_ana["last_response"] == "550 5.1.1 no such user; drop it"
    assert to_ana["last_attempt_at"] == "2026-01-31T12:00:00.000000Z"
    assert (to_ana["variables"], to_ana["fell_back"]) == ({"a": "<1>", "b": "x"}, ["b"])
    assert (to_gone["to_name"], to_gone["contact_name"]) == ("Gone", None)
    assert (queued["last_response"], queued["last_attempt_at"]) == (None, None)


def test_they_agree_with_the_verbs(store: CRM) -> None:
    """Issue: with iter_contacts and the outbox; also behind merging, erasing and the trash."""
    assert_views_agree(store)
    (trashed,) = store.list_trash()
    store.restore_contact(trashed.contact.id)
    ana, phone_only, gone = store.iter_contacts()
    store.merge_contacts(phone_only.id, ana.id)
    assert_views_agree(store)
    store.erase_contact(gone.id)
    assert_views_agree(store)
    (erased,) = [row for row in seen(store, "messages", "id") if row["status"] == "erased"]
    for name in ("to_address", "to_name", "subject", "text", "html", "variables", "last_response"):
        assert erased[name] is None, name


@settings(max_examples=60)
@given(
    labels=st.lists(NAMES, max_size=3),
    fields=st.lists(st.tuples(NAMES, VALUES), max_size=3),
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=3),
)
def test_whatever_names_and_values_hold(
    open_crm: OpenCRM, labels: list[str], fields: list[tuple[str, Any]], texts: list[str]
) -> None:
    """Issue: JSON that is put together by hand is JSON, with any quote, slash and number in it."""
    with open_crm() as crm:
        given = [crm.labels.create(f"l{name}", exist_ok=True).name for name in labels]
        values: dict[str, Any] = {}
        for number, (name, value) in enumerate(fields):
            kind = "text" if isinstance(value, str) else "number"
            values[crm.custom_fields.create(f"{number}{name}", kind).name] = value
        for number, text in enumerate(texts):
            kept = "".join(
                it for it in text if it in "\n\t" or not re.match(r"[\0-\x1f\x7f-\x9f]", it)
            )
            values[crm.custom_fields.create(f"t{number}", "text").name] = f"x{kept}"
        person = {"emails": ["ana@example.com"], "labels": given, "customFields": values}
        crm.create_contact(person)
        assert_views_agree(crm)


# What they cost, and what they do without.


@pytest.mark.parametrize(
    ("query", "scanned"),
    [
        ("SELECT * FROM people WHERE contact_id = ?1", 0),
        ("SELECT * FROM people LIMIT ?1", 1),
        ("SELECT * FROM people ORDER BY contact_id DESC LIMIT ?1", 1),
        ("SELECT * FROM messages WHERE id = ?1", 0),
        ("SELECT * FROM messages WHERE contact_id = ?1", 0),
        ("SELECT * FROM messages WHERE status = ?1", 0),
        ("SELECT * FROM messages ORDER BY id DESC LIMIT ?1", 1),
    ],
)
def test_no_look_reads_more_than_it_shows(store: CRM, query: str, scanned: int) -> None:
    """Issue: everything is found by an index; LIMIT ends the only scan, and nothing is sorted."""
    lines = [
        row["detail"]
        for row in store._store.read(lambda it: looked_up(it, f"EXPLAIN QUERY PLAN {query}", None))
    ]
    assert [line.split()[1] for line in lines if SCAN.match(line)] == (
        [] if not scanned else ["contacts" if "people" in query else "outbox"]
    )
    assert not [line for line in lines if "TEMP B-TREE" in line]


@pytest.mark.parametrize("view", schema.views())
def test_they_call_what_every_sqlite_has(view: str) -> None:
    """Issue: SQLite 3.37 knows them, and none is refused where trusted_schema is off."""
    called = set(re.findall(r"(\w+)\(", text_of(view)))
    assert called <= {"coalesce", "count", "group_concat", "replace", "char", "typeof", "nullif"}
    assert not re.search(r"group_concat\([^)]*ORDER BY", text_of(view))


@pytest.mark.parametrize("view", schema.views())
def test_nothing_is_written_through_them(store: CRM, tmp_path: Path, view: str) -> None:
    """Issue: they are for looking; SQLite refuses the rest."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        for statement in (
            f"DELETE FROM {view}",
            f"UPDATE {view} SET created_at = ''",
            f"INSERT INTO {view} (created_at) VALUES ('')",
        ):
            with pytest.raises(sqlite3.OperationalError, match="view"):
                connection.execute(statement)


# Files in which somebody has been.


@pytest.fixture
def of_schema_3(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "schema_3.sql").read_text("utf-8"))
    return path


def did(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def remarks(crm: CRM) -> list[str]:
    return [each.sentence for each in crm.examine() if each.code == "VIEWS"]


@pytest.mark.parametrize(
    "own",
    [
        "CREATE TABLE people (mine TEXT)",
        "CREATE VIEW people AS SELECT 'mine' AS mine",
    ],
    ids=["table", "view"],
)
def test_what_somebody_called_people_stays(of_schema_3: Path, own: str) -> None:
    """Issue: the upgrade goes on, theirs is kept, and doctor says how to have ours."""
    did(of_schema_3, own)
    with CRM(of_schema_3) as crm:
        assert crm.count_contacts() == 3
        assert crm.check().ok
        (sentence,) = remarks(crm)
        assert sentence.startswith("people: not the view of this version")
        assert crm.repair().mended == {}
        assert len(seen(crm, "messages", "id")) == 1
    assert rows(of_schema_3, "SELECT sql FROM sqlite_schema WHERE name = 'people'") == [(own,)]
    did(of_schema_3, own.split("(")[0].split(" AS ")[0].replace("CREATE", "DROP"))
    with CRM(of_schema_3) as crm:
        assert crm.repair().mended == {"VIEW_MISSING": 1}
        assert remarks(crm) == []
        assert_views_agree(crm)
    integrity(of_schema_3)


def test_a_store_does_without_them(store: CRM, tmp_path: Path) -> None:
    """Issue: nothing of ours reads a view, so one that is gone or spoilt keeps nobody from work."""
    did(
        tmp_path / "x.db",
        "DROP VIEW people",
        "DROP VIEW messages",
        "CREATE VIEW messages AS SELECT them FROM nowhere",
    )
    store.create_contact({"emails": ["new@example.com"]})
    store.email_contact("hi", store.find_contact(email="new@example.com").id)
    store.backup(tmp_path / "copy.db")
    store.dump()
    assert set(store.check().counts) == {"VIEW_MISSING"}
    assert store.repair().left.ok
    assert store.scrub_file()
    (sentence,) = remarks(store)
    assert sentence.startswith("messages: ")


def test_copies_have_them(store: CRM, tmp_path: Path) -> None:
    """Issue: a backup has what the file has; what is salvaged has them, whatever the file had."""
    store.backup(tmp_path / "backup.db")
    store.close()
    did(tmp_path / "x.db", "DROP VIEW people")
    salvage(tmp_path / "x.db", tmp_path / "salvaged.db")
    for name in ("backup.db", "salvaged.db"):
        with CRM(tmp_path / name) as crm:
            assert_views_agree(crm)
            assert crm.check().ok


def test_what_is_salvaged_of_an_older_file_has_them(of_schema_3: Path, tmp_path: Path) -> None:
    """Issue: its own tables come over first, the upgrade brings the views."""
    salvage(of_schema_3, tmp_path / "new.db")
    with CRM(tmp_path / "new.db") as crm:
        assert_views_agree(crm)
        assert len(seen(crm, "people", "contact_id")) == 3
