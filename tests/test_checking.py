"""A check finds what should not be in a store, says what it means, and finds nothing else."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from conftest import OpenCRM, StillClock
from hypothesis import given, settings
from hypothesis import strategies as st
from store_fixtures import info, program, rows, snapshot

from wixcrm_local import CRM, AsyncCRM, CheckReport, Finding, Policy, WixCRMError, errors, soundness

FAST = {"durability": "normal"}
ANA = "00000000-0000-7000-8000-000000000001"
BO = "00000000-0000-7000-8000-000000000002"
CY = "00000000-0000-7000-8000-000000000003"
MAIL = "00000000-0000-7000-8000-000000000004"


@pytest.fixture
def path(tmp_path: Path, open_crm: OpenCRM, clock: StillClock) -> Path:
    """A closed store with something in every table."""
    path = tmp_path / "x.db"
    with open_crm(path, clock=clock) as crm:
        for name in ("Customer", "Straße; ÄÖÜ", "123"):
            crm.labels.create(name)
        for kind in ("text", "number", "date", "url"):
            crm.custom_fields.create(f"A {kind}", kind)
        ana = crm.create_contact(
            {
                "firstName": "Ana",
                "emails": ["Ana@Example.com", "ana@bücher.de"],
                "phones": ["(650) 253-0000", "0000000000", "555 0100"],
                "labels": ["Customer", "123"],
                "loginEmail": "ana@login.example",
                "customFields": {
                    "A text": "x",
                    "A number": 5,
                    "A date": date(2026, 1, 31),
                    "A url": "https://example.com/",
                },
            }
        )
        bo = crm.create_contact({"lastName": "Bo", "phones": ["+44 20 7946 0958", "1111111"]})
        crm.create_contact({"lastName": "Bob", "phones": ["+44 20 7946 0958"]})  # a change
        assert crm.create_contact(info("cy")) == CY
        crm.triggered_emails.save(
            "hi", subject="Hi", text="${a} ${b}", variables={"a": "", "b": ""}
        )
        crm.triggered_emails.save("ho", subject="Ho", text="Ho")
        clock.move(days=1)
        crm.email_contact("hi", ana, {"variables": {"a": "1"}})
        assert (ana, bo) == (ANA, BO)
    return path


def damage(path: Path, *statements: str, **pragmas: object) -> None:
    """What another program does to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")
        for statement in statements:
            connection.execute(statement)


def checked(path: Path) -> CheckReport:
    with CRM(path, **FAST) as crm:
        return crm.check()


def found(report: CheckReport) -> list[tuple[str, str | None, str | None]]:
    return [(each.code, each.table, each.id) for each in report.findings]


# Nothing is found where nothing is wrong.


def test_a_sound_store_is_ok(path: Path) -> None:
    """Check: a store made by the library alone has no findings, and the check changes no byte."""
    before = snapshot(path.parent)
    assert checked(path) == CheckReport(contacts=3)
    assert checked(path).ok
    assert snapshot(path.parent) == before


def test_a_check_sees_what_its_transaction_sees(any_crm: CRM) -> None:
    """A7: inside a transaction, too, and in memory as on a file."""
    assert any_crm.check() == CheckReport(contacts=0)
    with any_crm.transaction():
        any_crm.create_contact(info("ana"))
        assert any_crm.check() == CheckReport(contacts=1)


async def test_the_awaited_door_checks_too(path: Path) -> None:
    """A2: `await crm.check()`."""
    damage(path, "UPDATE contacts SET created_at = 'yesterday' WHERE contact_number = 2")
    async with AsyncCRM(path, **FAST) as crm:
        report = await crm.check()
    assert found(report) == [("INVALID_TIME", "contacts", BO)]


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
PEOPLE = st.sampled_from(["ana", "BO", "cÿ", "d.e", "f+g"])
ADDRESSES = st.builds(
    "{}@{}".format, PEOPLE, st.sampled_from(["x.com", "X.com", "bücher.de", "a.test"])
)
NUMBERS = st.sampled_from(
    [
        "650 253 0000",
        "+1 (650) 253-0000",
        "0000000000",
        "5550100",
        "٦٥٠٢٥٣٠٠٠٠",
        "1-800-FLOWERS",
        "+54 11 15 2345 6789",
        "+49 30 901820",
        "020 7946 0958 ext. 7",
        "12345678",
        "+39 06 698 82",
    ]
)
VALUES = st.one_of(
    NAMES,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([UTC, None])),
)
INFOS = st.fixed_dictionaries(
    {},
    optional={
        "firstName": NAMES,
        "emails": st.lists(ADDRESSES, max_size=4),
        "phones": st.lists(NUMBERS, max_size=4),
        "labels": st.lists(NAMES, max_size=4),
        "loginEmail": ADDRESSES,
        "customFields": st.dictionaries(NAMES, VALUES, max_size=3),
    },
)
VERBS = st.one_of(
    st.tuples(st.just("create"), INFOS),
    st.tuples(st.just("replace"), INFOS),
    st.tuples(st.just("send"), st.dictionaries(st.just("a"), NAMES)),
    st.tuples(st.just("rename"), NAMES),
    st.tuples(st.just("delete"), st.integers(0, 5)),
    st.tuples(st.just("move"), st.integers(-(10**6), 10**6)),
)


@settings(max_examples=60)
@given(st.sampled_from([None, "US", "DE"]), st.lists(VERBS, max_size=12))
@pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")
def test_whatever_the_library_stores_is_sound(
    open_crm: OpenCRM, region: str | None, verbs: list[tuple[str, Any]]
) -> None:
    """Check: no sequence of calls, refused ones among them, leaves anything to be found."""
    clock = StillClock()
    with open_crm(default_region=region, clock=clock) as crm:
        crm.triggered_emails.save("hi", subject="${a}", text="${a}", variables={"a": "x"})
        for verb, argument in verbs:
            try:
                act(crm, clock, verb, argument)
            except WixCRMError:
                continue
        assert found(crm.check()) == []


def act(crm: CRM, clock: StillClock, verb: str, argument: Any) -> None:
    people = list(crm.iter_contacts())
    registers = (crm.labels, crm.custom_fields)
    names = [(register, each.name) for register in registers for each in register.list()]  # type: ignore[attr-defined]
    if verb in ("create", "replace"):
        arrays = "add" if verb == "create" else "replace"
        crm.create_contact(argument, policy=Policy(unknown_names="create", arrays=arrays))
    elif verb == "move":
        clock.move(seconds=argument)
    elif verb == "send" and people:
        crm.email_contact("hi", people[-1].id, {"variables": argument})
    elif verb == "rename" and names:
        names[0][0].rename(names[0][1], argument)
    elif verb == "delete" and argument < len(names):
        names[argument][0].delete(names[argument][1])


# Each kind of damage is found, and nothing else.

PLANTED: list[tuple[str, str | None, str | None, str]] = [
    ("DANGLING_REFERENCE", "contact_labels", None, "INSERT INTO contact_labels VALUES (3, 0, 77)"),
    ("DANGLING_REFERENCE", "contact_labels", None, "DELETE FROM labels WHERE name = '123'"),
    ("DANGLING_REFERENCE", "contact_labels", None, "DELETE FROM labels WHERE name = 'Customer'"),
    (
        "DANGLING_REFERENCE",
        "contact_emails",
        None,
        "INSERT INTO contact_emails VALUES (9, 0, 'a@b.de', 'a@b.de')",
    ),
    (
        "DANGLING_REFERENCE",
        "contact_changes",
        "1",
        "UPDATE contact_changes SET contact_number = 77",
    ),
    (
        "DANGLING_REFERENCE",
        "contact_custom_fields",
        None,
        "INSERT INTO contact_custom_fields VALUES (1, 77, 5)",
    ),
    (
        "UNREADABLE_TEXT",
        "contacts",
        ANA,
        "UPDATE contacts SET first_name = CAST(x'41ff' AS TEXT) WHERE contact_number = 1",
    ),
    (
        "UNREADABLE_TEXT",
        "contacts",
        ANA,
        "UPDATE contact_emails SET address = CAST(x'ff' AS TEXT) WHERE position = 1",
    ),
    (
        "UNREADABLE_TEXT",
        "labels",
        None,
        "UPDATE labels SET name = CAST(x'ff' AS TEXT) WHERE name = '123'",
    ),
    ("UNREADABLE_TEXT", "outbox", MAIL, "UPDATE outbox SET to_address = CAST(x'ff' AS TEXT)"),
    (
        "UNREADABLE_TEXT",
        "triggered_emails",
        "\\udcff",
        "UPDATE triggered_emails SET email_id = CAST(x'ff' AS TEXT) WHERE email_id = 'ho'",
    ),
    ("UNKNOWN_REGION", "settings", "default_region", "UPDATE settings SET value = 'Narnia'"),
    ("UNKNOWN_REGION", "settings", "default_region", "UPDATE settings SET value = 'us'"),
    (
        "EMAIL_KEY_MISFIT",
        "contact_emails",
        ANA,
        "UPDATE contact_emails SET match_key = 'x@Example.com' WHERE position = 1",
    ),
    (
        "EMAIL_KEY_MISFIT",
        "contact_emails",
        ANA,
        "UPDATE contact_emails SET address = 'nobody' WHERE position = 1",
    ),
    (
        "EMAIL_KEY_MISFIT",
        "contacts",
        ANA,
        "UPDATE contacts SET login_email_key = 'bo@login.example' WHERE contact_number = 1",
    ),
    ("EMAIL_KEY_MISFIT", "outbox", MAIL, "UPDATE outbox SET to_key = 'x'"),
    (
        "PHONE_KEY_MISFIT",
        "contact_phones",
        ANA,
        "UPDATE contact_phones SET match_key = '+16502530001' WHERE number LIKE '(650)%'",
    ),
    (
        "PHONE_KEY_MISFIT",
        "contact_phones",
        ANA,
        "UPDATE contact_phones SET match_key = NULL WHERE contact_number = 1 AND position = 0",
    ),
    (
        "PHONE_KEY_MISFIT",
        "contact_phones",
        ANA,
        "UPDATE contact_phones SET match_key = '+1' WHERE number = '0000000000'",
    ),
    (
        "PHONE_KEY_MISFIT",
        "contact_phones",
        ANA,
        "UPDATE contact_phones SET number = 'nobody' WHERE number = '0000000000'",
    ),
    ("PHONE_KEY_MISFIT", "contact_phones", ANA, "UPDATE settings SET value = 'CA'"),
    ("NO_IDENTITY", "contacts", BO, "DELETE FROM contact_phones WHERE contact_number = 2"),
    (
        "NO_IDENTITY",
        "contacts",
        BO,
        "UPDATE contact_phones SET number = '11111111', match_key = NULL WHERE number LIKE '+44%'",
    ),
    (
        "POSITION_GAP",
        "contact_emails",
        ANA,
        "UPDATE contact_emails SET position = 2 WHERE contact_number = 1 AND position = 1",
    ),
    (
        "POSITION_GAP",
        "contact_phones",
        ANA,
        "DELETE FROM contact_phones WHERE contact_number = 1 AND position = 0",
    ),
    ("POSITION_GAP", "contact_labels", ANA, "UPDATE contact_labels SET position = position - 1"),
    (
        "POSITION_GAP",
        "triggered_email_variables",
        "hi",
        "DELETE FROM triggered_email_variables WHERE position = 0",
    ),
    (
        "REPEATED_ITEM",
        "contact_emails",
        ANA,
        "INSERT INTO contact_emails VALUES (1, 2, 'ANA@example.com', 'ana@example.com')",
    ),
    (
        "REPEATED_ITEM",
        "contact_phones",
        ANA,
        "INSERT INTO contact_phones VALUES (1, 3, '0000000000', NULL)",
    ),
    ("REPEATED_ITEM", "contact_labels", ANA, "INSERT INTO contact_labels VALUES (1, 2, 1)"),
    (
        "FIELD_VALUE_MISFIT",
        "contact_custom_fields",
        ANA,
        "UPDATE contact_custom_fields SET value = '5' WHERE field_number = 2",
    ),
    (
        "FIELD_VALUE_MISFIT",
        "contact_custom_fields",
        ANA,
        "UPDATE contact_custom_fields SET value = 5 WHERE field_number = 1",
    ),
    (
        "FIELD_VALUE_MISFIT",
        "contact_custom_fields",
        ANA,
        "UPDATE contact_custom_fields SET value = 'someday' WHERE field_number = 3",
    ),
    (
        "FIELD_VALUE_MISFIT",
        "contact_custom_fields",
        ANA,
        "UPDATE contact_custom_fields SET value = x'ff' WHERE field_number = 4",
    ),
    (
        "INVALID_TIME",
        "contacts",
        ANA,
        "UPDATE contacts SET updated_at = '2026-01-31 12:00:00' WHERE contact_number = 1",
    ),
    (
        "INVALID_TIME",
        "contacts",
        ANA,
        "UPDATE contacts SET created_at = '2026-02-31T12:00:00.000000Z' WHERE contact_number = 1",
    ),
    (
        "INVALID_TIME",
        "labels",
        "custom.customer",
        "UPDATE labels SET created_at = '' WHERE name = 'Customer'",
    ),
    (
        "INVALID_TIME",
        "custom_fields",
        "custom.a-url",
        "UPDATE custom_fields SET created_at = '2026-01-31T12:00:00.000000+' WHERE type = 'url'",
    ),
    (
        "INVALID_TIME",
        "triggered_emails",
        "ho",
        "UPDATE triggered_emails SET updated_at = '1' WHERE email_id = 'ho'",
    ),
    ("INVALID_TIME", "outbox", MAIL, "UPDATE outbox SET created_at = '1'"),
    ("INVALID_TIME", "contact_changes", "1", "UPDATE contact_changes SET changed_at = '1'"),
    (
        "FOLDED_NAME_MISFIT",
        "labels",
        "custom.customer",
        "UPDATE labels SET name = 'Guest' WHERE name = 'Customer'",
    ),
    (
        "FOLDED_NAME_MISFIT",
        "custom_fields",
        "custom.a-url",
        "UPDATE custom_fields SET folded_name = 'A url' WHERE type = 'url'",
    ),
    (
        "REGISTER_KEY_MISFIT",
        "labels",
        "Customer",
        "UPDATE labels SET key = 'Customer' WHERE name = 'Customer'",
    ),
    (
        "REGISTER_KEY_MISFIT",
        "custom_fields",
        "custom.A",
        "UPDATE custom_fields SET key = 'custom.A' WHERE type = 'url'",
    ),
    ("VIEW_MISSING", "people", None, "DROP VIEW people"),
    ("INVALID_JSON", "contact_changes", "1", "UPDATE contact_changes SET before = '{'"),
    ("INVALID_JSON", "contact_changes", "1", "UPDATE contact_changes SET after = '[]'"),
    ("INVALID_JSON", "outbox", MAIL, "UPDATE outbox SET variables = '{\"a\": 1}'"),
    ("INVALID_JSON", "outbox", MAIL, "UPDATE outbox SET fell_back = '{}'"),
    (
        "STRUCTURE_DAMAGED",
        None,
        None,
        "UPDATE contacts SET subscription = 'maybe' WHERE contact_number = 2",
    ),
]


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("DANGLING_REFERENCE", "UPDATE removed_contacts SET merged_into = 77"),
        ("INVALID_TIME", "UPDATE removed_contacts SET removed_at = 'today'"),
        ("INVALID_JSON", "UPDATE removed_contacts SET members = '[]'"),
        ("UNREADABLE_TEXT", "UPDATE removed_contacts SET members = CAST(x'41ff' AS TEXT)"),
    ],
)
def test_damage_in_the_trash_is_found(path: Path, code: str, statement: str) -> None:
    """Check, U7: a contact in the trash is to come back whole."""
    with CRM(path, **FAST) as crm:
        crm.delete_contact(CY)
        assert crm.check() == CheckReport(contacts=2)
    damage(path, statement)
    assert found(checked(path)) == [(code, "removed_contacts", CY)]


@pytest.mark.parametrize(("code", "table", "id", "statement"), PLANTED)
def test_damage_is_found_and_nothing_else(
    path: Path, code: str, table: str | None, id: str | None, statement: str
) -> None:
    """Check: what another program's SQL breaks is one finding, with its place and remedy."""
    damage(path, statement, ignore_check_constraints="ON")
    report = checked(path)
    assert found(report) == [(code, table, id)]
    assert not report.ok
    assert report.counts == {code: 1}
    message = report.findings[0].message
    assert message.startswith(f"{table or 'the file'}: {soundness.MEANINGS[code]}")
    assert not re.search("@|Ana|650|7946|nobody|narnia", message)  # promise 9


def test_every_code_has_its_damage() -> None:
    """Check: no kind of finding is without a test that plants it."""
    assert {code for code, *_ in PLANTED} == set(soundness.MEANINGS)


def test_every_code_is_documented() -> None:
    """Docs: docs/backup.md has each code with what it means, and the remedy."""
    page = (Path(__file__).parent.parent / "docs" / "backup.md").read_text("utf-8")
    assert [f"| `{code}` | {meaning} |" for code, meaning in soundness.MEANINGS.items()] == [
        line for line in page.splitlines() if line.startswith("| `")
    ]


def test_meanings_end_with_their_remedy() -> None:
    """Errors: a finding is one sentence, `what it means; what to do`, without a full stop."""
    for meaning in soundness.MEANINGS.values():
        assert re.fullmatch(r"[^;]+; [^;]+[^.;]", meaning)


def test_a_broken_index_is_found(path: Path) -> None:
    """Fault 56: an index that lacks a row would hide a contact; SQLite's own check tells."""
    damage(
        path,
        "UPDATE sqlite_schema SET sql = 'CREATE INDEX contact_emails_by_match_key "
        "ON contact_emails (match_key) WHERE match_key IS NULL' "
        "WHERE name = 'contact_emails_by_match_key'",
        writable_schema="ON",
    )
    damage(path, "INSERT INTO contact_emails VALUES (1, 2, 'c@x.com', 'c@x.com')")
    damage(
        path,
        "UPDATE sqlite_schema SET sql = 'CREATE INDEX contact_emails_by_match_key "
        "ON contact_emails (match_key)' WHERE name = 'contact_emails_by_match_key'",
        writable_schema="ON",
    )
    report = checked(path)
    assert set(report.counts) == {"STRUCTURE_DAMAGED"}
    assert "contact_emails_by_match_key" in report.findings[0].message


@pytest.mark.parametrize("table", ["contacts", "contact_emails", "outbox", "contact_changes"])
def test_damaged_pages_are_findings_and_no_error(tmp_path: Path, table: str) -> None:
    """Fault 56: what can still be read is looked at, and the file is left as it is."""
    path = tmp_path / "x.db"
    with CRM(path, **FAST) as crm:
        crm.labels.create("Customer")
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        with crm.transaction():
            for number in range(300):
                id = crm.create_contact(info(number))
                crm.create_contact({**info(number), "firstName": "x" * 100})
                crm.email_contact("hi", id)
    damage(path, "UPDATE labels SET created_at = ''")
    page = rows(path, f"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'")[0][0]
    damaged = bytearray(path.read_bytes())
    damaged[(page - 1) * 4096 : page * 4096] = b"\x07" * 4096
    path.write_bytes(damaged)
    report = checked(path)
    assert {"STRUCTURE_DAMAGED", "INVALID_TIME"} <= set(report.counts)
    assert path.read_bytes() == bytes(damaged)


# While others write, and much of it.


@pytest.fixture
def long(tmp_path: Path) -> Iterator[CRM]:
    """A store of several pages of contacts, each with two changes."""
    with CRM(tmp_path / "x.db", **FAST) as crm:
        crm.labels.create("Customer")
        with crm.transaction():
            for number in range(450):
                crm.create_contact({**info(number), "labels": ["Customer"]})
                crm.create_contact({**info(number), "firstName": "x"})
        yield crm


def test_progress_ends_at_the_whole(long: CRM) -> None:
    """Check: `progress` hears of rows done, which only grow, and of rows in all."""
    told: list[tuple[int, int]] = []
    long.check(progress=lambda *numbers: told.append(numbers))
    assert told == sorted(told)
    assert told[-1] == (900, 900)
    with pytest.raises(errors.InvalidArgument, match="progress"):
        long.check(progress=5)  # type: ignore[arg-type]


def test_what_others_do_meanwhile_is_no_finding(long: CRM, tmp_path: Path) -> None:
    """Check: contacts that come, change and vanish between two pages are nobody's fault."""
    turn = iter(range(10_000))

    def meddle(done: int, total: int) -> None:
        number = next(turn)
        long.create_contact(info(f"new-{number}"))
        long.create_contact({**info(number), "lastName": "y"})
        for table in ("contact_changes", "contacts"):
            damage(
                tmp_path / "x.db",
                f"DELETE FROM {table} "
                f"WHERE contact_number BETWEEN {430 - number} AND {440 - number}",
                foreign_keys="ON",
            )
        if number == 1:
            long.labels.delete("Customer")

    report = long.check(progress=meddle)
    assert report.ok
    assert next(turn) > 8  # pages


def test_a_check_of_a_busy_store_finds_nothing(long: CRM) -> None:
    """Check: another process writes at full speed, and each page is one state of the file."""
    script = """
crm = CRM(path, durability="normal")
number = 0
while True:
    crm.create_contact({**info(f"n-{number}"), "phones": [f"+1 650 253 {number:04}"]})
    crm.create_contact({"emails": [f"{number % 450}@example.com"], "lastName": str(number)})
    number += 1
    if number == 3: tell("going")
"""
    with program(script, long.path) as other:
        other.expect("going")
        for _ in range(3):
            assert long.check().ok


def test_no_page_is_held_while_progress_is_told(long: CRM, tmp_path: Path) -> None:
    """Fault 32: between two pages the log can be emptied, so a long check keeps nothing back."""
    results = []

    def empty_log(done: int, total: int) -> None:
        long.create_contact(info(done))
        with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
            results.append(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())

    long.check(progress=empty_log)
    assert len(results) > 8  # pages
    assert all(busy == 0 for busy, _, _ in results)


def test_of_one_kind_the_first_hundred_are_listed_and_all_counted(long: CRM) -> None:
    """Check: a million findings take no more memory than a hundred."""
    assert long.path is not None
    damage(Path(long.path), "UPDATE contact_emails SET position = 3", "UPDATE labels SET key = 'x'")
    report = long.check()
    assert report.counts == {"POSITION_GAP": 450, "REGISTER_KEY_MISFIT": 1}
    assert len(report.findings) == 101
    assert len({each.id for each in report.findings}) == 101
    assert report.contacts == 450
    assert isinstance(report.findings[0], Finding)


def test_a_negative_number_hides_nothing(path: Path) -> None:
    """Check: the walk begins before all numbers that a row can have."""
    damage(
        path,
        "UPDATE contacts SET contact_number = -5, created_at = '' WHERE contact_number = 3",
        "UPDATE contact_emails SET contact_number = -5 WHERE contact_number = 3",
    )
    report = checked(path)
    assert found(report) == [("INVALID_TIME", "contacts", CY)]
    assert report.contacts == 3
