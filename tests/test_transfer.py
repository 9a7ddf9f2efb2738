"""Issue 7: an import as a whole: tried out, watched, in a transaction, in the background."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import attrs
import pytest
from store_fixtures import info, snapshot
from transfer_fixtures import contents, in_chunks_of, people, table

from wixcrm_local import CRM, AsyncCRM, errors
from wixcrm_local.policy import IMPORT, LENIENT, STRICT


@pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")
@pytest.mark.parametrize("policy", [IMPORT, STRICT, LENIENT])
def test_a_dry_run_is_the_run(any_crm: CRM, tmp_path: Path, policy: Any, monkeypatch: Any) -> None:
    """Issue 7: the same counts and outcomes, and not an octet is changed, nor a file left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    os.mkdir(tmp_path / "temporary")
    in_chunks_of(monkeypatch, 2)
    any_crm.labels.create("VIP")
    any_crm.import_contacts(io.BytesIO(people(2)))
    any_crm.register_member(any_crm.find_contact(email="n1@example.com").id, "n1@example.com")
    rows = [
        *(("A", "", "n0@example.com", "", "VIP"), ("M", "", "n1@example.com", "", "")),
        *(("F", "", "", "212 555 2368", "New"), ("G", "", "", "+12125552368", "New")),
        *(("X", "", "no address", "", "Other"), ("F", "", "f@example.com", "", "")),
    ]
    headers = ("First Name", "Color", "Email", "Phone", "Labels")
    before, files = contents(any_crm), snapshot(tmp_path)
    given = {"policy": policy, "unknown_columns": "fields"}
    told = any_crm.import_contacts(table(rows, headers), dry_run=True, **given)
    assert contents(any_crm) == before
    assert snapshot(tmp_path).keys() == files.keys()
    assert snapshot(tmp_path).get("x.db") == files.get("x.db")
    assert os.listdir(tmp_path / "temporary") == []
    assert len(any_crm.imports()) == 1
    done = any_crm.import_contacts(table(rows, headers), **given)
    assert told.dry_run
    assert told.receipt is None
    same = attrs.evolve(told, dry_run=False, receipt=done.receipt, outcomes=done.outcomes)
    assert same == done
    made = {
        each.contact_id: f"row-{each.row}" for each in done.outcomes if each.action == "created"
    }
    for rehearsed, real in zip(told.outcomes, done.outcomes, strict=True):
        shared = tuple(made.get(id, id) for id in real.shared_with)
        id = made.get(real.contact_id, real.contact_id)
        assert attrs.evolve(rehearsed, reason=None) == attrs.evolve(
            real, contact_id=id, shared_with=shared, reason=None
        )


def test_a_dry_run_looks_at_what_is_stored(crm: CRM) -> None:
    """Issue 7: inside a transaction there is more than that, so it is refused."""
    with crm.transaction(), pytest.raises(errors.InvalidArgument, match="leave the transaction"):
        crm.import_contacts(io.BytesIO(people(1)), dry_run=True)


def test_progress_is_told_between_chunks(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: rows that are stored by then, and a share that grows to 1."""
    in_chunks_of(monkeypatch, 2)
    told: list[tuple[int, float | None]] = []

    def progress(rows: int, share: float | None) -> None:
        assert any_crm.count_contacts() == rows
        told.append((rows, share))

    any_crm.import_contacts(io.BytesIO(people(5)), progress=progress)
    assert [rows for rows, _ in told] == [2, 4, 5]
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[-1][1] == 1.0


def test_the_first_chunks_are_small(open_crm: Any, tmp_path: Any) -> None:
    """Issue 7: who waits soon sees that it goes on, while a large file is stored in large parts."""
    told: list[int] = []
    with open_crm(tmp_path / "x.db") as crm:
        report = crm.import_contacts(
            io.BytesIO(people(3500)), progress=lambda rows, share: told.append(rows)
        )
    assert told == [1000, 3000, 3500]
    assert report.created == 3500


def test_progress_tells_how_much_of_a_large_file_is_read(crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: the share is of what is read for the contacts, not of what is read to know it."""
    in_chunks_of(monkeypatch, 500)
    rows = [("N", "x" * 900, f"n{n}@example.com", "", "") for n in range(4000)]
    shares: list[float] = []
    crm.import_contacts(table(rows), progress=lambda rows, share: shares.append(share or 0))
    assert len(shares) == 8
    assert 0 < shares[0] < 0.6
    assert shares[-1] == 1.0


def test_progress_may_end_the_import(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: what it raises arrives, what is stored stays, and the same file goes on."""
    in_chunks_of(monkeypatch, 2)
    with pytest.raises(ZeroDivisionError):
        any_crm.import_contacts(io.BytesIO(people(5)), progress=lambda rows, share: 1 / 0)
    assert any_crm.count_contacts() == 2
    report = any_crm.import_contacts(io.BytesIO(people(5)))
    assert (report.resumed_rows, report.created, any_crm.count_contacts()) == (2, 5, 5)


def test_inside_a_transaction(any_crm: CRM, monkeypatch: Any) -> None:
    """A7: with what else is in it, all of the import is stored or nothing, with its receipt."""
    in_chunks_of(monkeypatch, 2)

    def undone() -> None:
        with any_crm.transaction():
            any_crm.create_contact(info("ana"))
            assert any_crm.import_contacts(io.BytesIO(people(5))).created == 5
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert (any_crm.count_contacts(), any_crm.imports()) == (0, ())
    with any_crm.transaction():
        any_crm.create_contact(info("n1"))
        report = any_crm.import_contacts(io.BytesIO(people(5)))
    assert (report.created, report.updated, any_crm.count_contacts()) == (4, 1, 5)


async def test_the_other_door(tmp_path: Path) -> None:
    """A2: AsyncCRM imports, exports and takes back without blocking the loop."""
    async with AsyncCRM(tmp_path / "x.db", durability="normal") as crm:
        importing = asyncio.create_task(crm.import_contacts(io.BytesIO(people(30))))
        report = await importing
        assert report.created == 30
        target = io.BytesIO()
        assert (await crm.export_contacts(target)).contacts == 30
        assert (await crm.preview_export("vcard")).contacts == 30
        assert [each.receipt for each in await crm.imports()] == [report.receipt]
        assert (await crm.undo_import(report.receipt)).trashed == 30
