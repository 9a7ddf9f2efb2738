"""docs/security.md is true: the tests that it names exist, and what no other proves is here."""

from __future__ import annotations

import ast
import logging
import os
import re
import stat
from pathlib import Path

import pytest
from store_fixtures import info

from wixcrm_local import CRM

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NEEDLE = "Needleman"


def test_the_tests_that_the_page_names_exist() -> None:
    """Issue 8, 6: each threat that something stands against has a test that proves it."""
    known = {
        node.name
        for path in (ROOT / "tests").glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    threats = PAGE.partition("## What is protected")[2].partition("## What is not")[0]
    rows = [line for line in threats.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= known


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
@pytest.mark.parametrize("format", ["csv", "google", "outlook", "vcard", "vcard4"])
def test_an_export_is_private_whatever_the_umask(tmp_path: Path, umask: int, format: str) -> None:
    """Promise 9, fault 58: nobody else may read an export."""
    path = tmp_path / "out"
    with CRM() as crm:
        crm.create_contact(info("ana"))
        before = os.umask(umask)
        try:
            crm.export_contacts(path, format)
        finally:
            os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) & 0o177 == 0


def test_logs_hold_ids_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Promise 9: whatever is called, no name, address or number of anybody is logged."""
    with caplog.at_level(logging.DEBUG), CRM(tmp_path / "x.db", from_address="s@x.test") as crm:
        person = {"firstName": NEEDLE, "emails": [f"{NEEDLE}@x.test"], "phones": ["+16502530000"]}
        id = crm.create_contact(person)
        crm.triggered_emails.save("a", subject=f"Hi {NEEDLE}", text="Hi ${n}", variables={"n": "x"})
        crm.deliver(lambda mail: None)
        mail = crm.send_email("a", id, {"variables": {"n": NEEDLE}})
        crm.deliver(lambda mail: 1 / 0)
        crm.outbox.resolve(mail.id, "resend")
        crm.search_contacts(NEEDLE)
        crm.unsubscribe(id)
        crm.update_contact(id, {"lastName": NEEDLE})
        crm.undo(crm.history(id)[-1].id or 0)
        crm.export_contacts(tmp_path / "out.csv")
        crm.import_contacts(tmp_path / "out.csv")
        crm.delete_contact(id)
        crm.erase_contact(id)
        crm.check()
    assert caplog.records
    for part in (NEEDLE.lower(), "2530000", "x.test"):
        assert part not in caplog.text.lower().replace("s@x.test", "")
