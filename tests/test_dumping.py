"""A whole store as text (issue 5, 4): stable to the byte, and its diff is what a reviewer reads."""

from __future__ import annotations

import difflib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OpenCRM, StillClock
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import CRM, AsyncCRM, SenderUnavailable, TemporaryFailure, dump_lines, schema

GOLDEN = Path(__file__).parent / "fixtures" / "dump.txt"
SCRIPT = """
import itertools
from datetime import UTC, datetime
from wixcrm_local import CRM

count = itertools.count(1)
crm = CRM(clock=lambda: datetime(2026, 1, 31, 12, tzinfo=UTC), new_id=lambda: f"id-{next(count)}")
for name in ("B", "a", "Ä", "c"):
    crm.labels.create(name)
    crm.create_contact({"emails": [f"{name}@example.com"], "labels": [name]})
    crm.suppressions.add(f"{name}@example.org")
print(ascii(crm.dump()))
"""


def fill(crm: CRM) -> str:
    """Makes a store that has something of everything, and gives the id of its contact."""
    crm.labels.create("Customer")
    crm.custom_fields.create("Lead score", "number")
    crm.custom_fields.create("Since", "date")
    crm.custom_fields.create("Story")
    crm.triggered_emails.save(
        "welcome",
        subject="Hi ${name}",
        html="<p>Dear ${name},\n\tyour code is <b>${code}</b>.</p>\n",
        variables={"name": "friend"},
        required=["code"],
        from_address="shop@example.com",
    )
    ana = crm.create_contact(
        {
            "firstName": "Ana",
            "emails": ["Ana@example.com", "ana@example.org"],
            "phones": ["(650) 253-0000"],
            "labels": ["Customer"],
            "customFields": {"Lead score": 85, "Since": "2026-01-31", "Story": 'a\n\n"b" \\n'},
        }
    )
    crm.register_member(ana, "ana@example.com")
    crm.send_email("welcome", ana, {"variables": {"code": "1234"}}, idempotency_key="k-1")
    crm.deliver(_defers, include_stale=True)
    crm.suppressions.add("bo@example.com", "complained", note="by telephone,\ntwice")
    crm.send_email("welcome", ana, {"variables": {"code": "5678"}}, expires_in=60)
    crm.deliver(_is_away, include_stale=True)
    crm.unsubscribe(ana)
    return ana


def _defers(message: object) -> None:
    raise TemporaryFailure("greylisted; wait", details={"smtp_code": 450, "stage": "rcpt"})


def _is_away(message: object) -> None:
    raise SenderUnavailable("nobody is there; look", details={"stage": "connect"})


def diff(before: str, after: str) -> list[str]:
    """The lines that differ, as a reviewer sees them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_dump_is_the_golden_one(any_crm: CRM) -> None:
    """Issue 5, 4: all of a store, in memory as on a file, to the byte what stands in the file."""
    fill(any_crm)
    assert any_crm.dump() == GOLDEN.read_text("utf-8")


def test_an_empty_store_is_one_line(open_crm: OpenCRM) -> None:
    """Issue 5, 4: what there is none of takes no line."""
    with open_crm(default_region=None) as crm:
        assert crm.dump() == f"wixcrm-local store, schema {schema.VERSION}\n"


def test_imports_stand_in_a_dump(any_crm: CRM) -> None:
    """Issue 7: receipts, what became of the rows, the names that were made; nothing of the file."""
    file = io.BytesIO(b"Email,Labels\nana@example.com,VIP\nnobody,\n")
    receipt = any_crm.import_contacts(file).receipt
    lines = any_crm.dump().splitlines()
    place = lines.index("imports")
    assert lines[place + 1 : place + 6] == [
        f"  {receipt}",
        "    format: csv",
        "    created: 1",
        "    skipped: 1",
        '    made label: "custom.vip"',
    ]


def test_two_runs_of_a_script_are_byte_identical() -> None:
    """Issue 5, 4: on a fixed clock and ids, whatever the order of Python's hashes."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert b"a@example.com" in runs[0]


def test_one_change_is_a_few_telling_lines(crm: CRM, clock: StillClock) -> None:
    """Issue 5, 4: the diff of two dumps shows what changed, and nothing else."""
    fill(crm)
    before = crm.dump()
    clock.move(hours=1)
    bo = {"firstName": "Bo", "emails": ["bo@example.com"], "customFields": {"Lead score": 1}}
    id = crm.create_contact(bo)
    created = crm.dump()
    assert diff(before, created) == [
        f"+  {id}",
        '+    first_name: "Bo"',
        '+    email: "bo@example.com"',
        '+    field "Lead score": 1',
        "+    revision: 1",
        "+    created_at: 2026-01-31T13:00:00Z",
    ]
    clock.move(minutes=1)
    crm.create_contact({**bo, "firstName": "Bob", "phones": ["650 253 0001"]})
    assert diff(created, crm.dump()) == [
        '-    first_name: "Bo"',
        '+    first_name: "Bob"',
        '+    phone: "650 253 0001"',
        "-    revision: 1",
        "+    revision: 2",
        "+    updated_at: 2026-01-31T13:01:00Z",
        "+    changed 2026-01-31T13:01:00Z by create_contact",
        '+      first_name: "Bo" -> "Bob"',
        '+      phones: [] -> ["650 253 0001"]',
    ]


def test_a_mail_s_fate_is_a_few_telling_lines(crm: CRM, clock: StillClock) -> None:
    """Issue 5, 4: what a sender said is read off the diff."""
    crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    crm.email_contact("hi", crm.create_contact({"emails": ["ana@example.com"]}))
    crm.deliver(lambda message: None)
    before = crm.dump()
    clock.move(seconds=1.5)
    crm.deliver(lambda message: "250 taken\x07", include_stale=True)
    assert [line for line in diff(before, crm.dump()) if "sender:" not in line] == [
        "-    status: queued (stale)",
        "+    status: sent",
        "+    updated_at: 2026-01-31T12:00:01.500000Z",
        "+    attempt 1, 2026-01-31T12:00:01.500000Z: sent",
        '+      response: "250 taken\\\\x07"',
    ]


def test_many_contacts_and_mails_come_in_the_order_of_their_creation(crm: CRM) -> None:
    """Issue 5, 4: nothing is lost or turned round between two pages."""
    crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    with crm.transaction():
        for number in range(1_003):
            id = crm.create_contact({"emails": [f"{number}@example.com"]})
            crm.send_email("hi", id)
    dump = crm.dump()
    emails = [line for line in dump.splitlines() if line.startswith("    email: ")]
    assert emails == [f'    email: "{number}@example.com"' for number in range(1_003)]
    assert [line for line in dump.splitlines() if line.startswith("    to: ")] == [
        line.replace("email", "to") for line in emails
    ]


@pytest.mark.parametrize("text", ["\x1b[31m", "a\u202eb", "\x9f", "a\rb", "\\x1b", "\u2028"])
def test_no_value_steers_a_terminal_or_leaves_its_line(text: str) -> None:
    """Issue 5, 4: control characters and marks of direction are escapes, and so are backslashes."""
    for lines in ([*dump_lines.member("name", text)], [*dump_lines.member("name", f"\n{text}")]):
        assert all(line.isprintable() for line in lines)
        assert len([line for written in lines for line in written.splitlines()]) == len(lines)


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_texts_give_different_lines(one: str, other: str) -> None:
    """Issue 5, 4: what a dump does not show, a golden file can't hold to."""
    assert (one == other) == ([*dump_lines.member("n", one)] == [*dump_lines.member("n", other)])


async def test_the_awaitable_door_dumps_the_same(open_crm: OpenCRM, tmp_path: Path) -> None:
    """A2: `AsyncCRM.dump` is the same text."""
    with open_crm(tmp_path / "x.db") as crm:
        fill(crm)
        async with AsyncCRM(tmp_path / "x.db") as mirror:
            assert await mirror.dump() == crm.dump()
