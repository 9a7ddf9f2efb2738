"""The soak for seconds instead of an hour: benchmarks/soak.py, and that its books notice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wixcrm_local import CRM

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"

BALANCE = """
import sys
from soaking.books import Books
print(*Books(sys.argv[1], slots=3, kills=1000).balance(), sep="\\n")
"""

pytestmark = pytest.mark.storm


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join((str(ROOT), str(BENCHMARKS)))
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_books_of_a_soak_balance(tmp_path: Path) -> None:
    """Issue 8, 4: processes with all kinds of verbs on one file are killed at random; what was
    acknowledged is where it was put, and what is not the books notice."""
    options = ("--minutes", 0.35, "--processes", 3, "--kill-every", 0.7, "--folder", tmp_path)
    soak = run(BENCHMARKS / "soak.py", *options)
    assert soak.returncode == 0, soak.stdout[-3000:] + soak.stderr[-3000:]
    assert "the books balance" in soak.stdout
    with CRM(tmp_path / "soak.db") as crm:
        own = next(each for each in crm.iter_contacts() if each.emails[0].startswith("w"))
        other = crm.find_contact(email="shared1@soak.example")
        assert other is not None
        crm.update_contact(other.id, {"emails": [*other.emails, *own.emails]})
        crm.delete_contact(own.id)
        lost = next(each for each in crm.outbox if each.status == "sent")
    (sent,) = (tmp_path / "mails").glob(f"*{lost.id}.eml")
    sent.unlink()
    told = run("-c", BALANCE, tmp_path)
    assert not told.stderr
    found = told.stdout
    assert f"id='{own.id}'" in found
    assert "is not in the list" in found
    assert f"{lost.id} is sent, and nowhere" in found
