"""Issue 7, promises 1 and 3: an import that is killed, raced or out of room leaves whole chunks,
and the same file finishes it."""

from __future__ import annotations

import io
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from fault_injection import CHANGING, calls_of, needs_strace, run_with_fault, told_where
from store_fixtures import integrity, program
from test_disks import needs_mount, on_a_small_disk
from transfer_fixtures import in_chunks_of, octets, people

from wixcrm_local import CRM, errors

_SIZE = 7
IMPORTING = f"""
from wixcrm_local.transfer import importing
importing._CHUNK = {_SIZE}
file = sys.argv[2]
crm = CRM(path, default_region="US", durability="normal")
"""

IN_STEP = "crm.import_contacts(file, progress=lambda rows, share: (tell(rows), hear()))"


def mixed(count: int) -> bytes:
    """A table whose rows make people, change them, are refused, and make labels."""
    rows = []
    for n in range(count):
        email = "no address" if n % 11 == 5 else f"n{n % 40}@example.com"
        rows.append((f"N{n % 3}", "Lee" if n % 2 else "", email, "", f"L{n % 5}"))
    return octets(rows)


def shown(crm: CRM) -> list[Any]:
    """Everybody, with what happened to them, without ids and times."""
    return [
        (contact.to_wix(), contact.revision, [(each.verb, each.after) for each in history])
        for contact in crm.iter_contacts()
        if (history := crm.history(contact.id))
    ]


def undisturbed(open_crm: Any, file: Path, patch: Any) -> tuple[list[Any], list[Any]]:
    """What an import comes to that nobody disturbs: its actions, and the list."""
    in_chunks_of(patch, _SIZE)
    with open_crm() as crm:
        report = crm.import_contacts(file)
        return [(each.row, each.action) for each in report.outcomes], shown(crm)


def whole_chunks(path: Path) -> int:
    """How many rows are done; fails where a chunk is there in part."""
    integrity(path)
    with CRM(path, durability="normal") as crm:
        done = crm.imports()
        assert sum(each.created for each in done) == crm.count_contacts()
        rows = sum(each.rows for each in done)
        assert rows % _SIZE == 0 or all(each.finished_at for each in done)
        return rows


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(6))
def test_an_import_that_is_killed_again_and_again(
    tmp_path: Path, open_crm: Any, monkeypatch: Any, seed: int
) -> None:
    """Issue 7: what is acknowledged is there, in whole chunks; each run goes on where the one
    before was killed, and at the end all is as if nothing had happened."""
    path, file = tmp_path / "x.db", tmp_path / "people.csv"
    file.write_bytes(mixed(200))
    CRM(path, default_region="US").close()
    actions, expected = undisturbed(open_crm, file, monkeypatch)
    rng, acknowledged, kills = random.Random(seed), 0, 0
    while acknowledged < 150:
        script = (
            IMPORTING + "crm.import_contacts(file, progress=lambda *done: (tell(done[0]), hear()))"
        )
        with program(script, path, file) as other:
            for _ in range(rng.randint(1, 5)):
                acknowledged = int(other.hear())
                other.tell()
            for _ in range(rng.randrange(60_000)):  # some way into the next one
                pass
            other.signal(signal.SIGKILL)
            other.end()
        kills += 1
        assert whole_chunks(path) >= acknowledged
    assert kills > 4
    in_chunks_of(monkeypatch, _SIZE)
    with CRM(path, durability="normal") as crm:
        report = crm.import_contacts(file)
        assert report.resumed_rows >= acknowledged
        assert [(each.row, each.action) for each in report.outcomes] == actions
        assert shown(crm) == expected
        assert [each.finished_at is not None for each in crm.imports()] == [True]
        assert crm.undo_import(report.receipt).left == ()
        assert crm.count_contacts() == 0


SCENARIO = f"""
from wixcrm_local.transfer import importing
importing._CHUNK = {_SIZE}
def scenario(path, tell):
    crm = CRM(path, durability="normal")
    file = os.path.join(os.path.dirname(path), "people.csv")
    crm.import_contacts(file, progress=lambda rows, share: tell("rows", str(rows)))
    crm.close()
"""


def kill_at_each_call(room: Path, expected: list[Any], *, every: int) -> int:
    base = room / "base"
    base.mkdir()
    (base / "people.csv").write_bytes(mixed(3 * _SIZE))
    CRM(base / "x.db", default_region="US").close()
    calls = calls_of(SCENARIO, base, room, CHANGING)
    cases = run_with_fault(SCENARIO, base, room, "signal=SIGKILL", calls, every=every)
    for case in cases:
        with told_where(case):
            assert case.end == -9
            acknowledged = max([int(rows) for _, rows in case.told], default=0)
            assert whole_chunks(case.path) >= acknowledged
            with CRM(case.path, durability="normal") as crm:
                report = crm.import_contacts(case.folder / "people.csv")
                assert report.rows == 3 * _SIZE
                assert shown(crm)[: len(expected)] == expected or report.resumed_rows == 0
    return len(cases)


@needs_strace
def test_an_import_killed_at_some_system_calls(
    tmp_path: Path, open_crm: Any, monkeypatch: Any
) -> None:
    """Issue 7: whichever write, sync or open it dies at, the same file makes it whole."""
    (tmp_path / "people.csv").write_bytes(mixed(3 * _SIZE))
    _, expected = undisturbed(open_crm, tmp_path / "people.csv", monkeypatch)
    assert kill_at_each_call(tmp_path, expected, every=12) > 3


@needs_strace
@pytest.mark.storm
def test_an_import_killed_at_any_system_call(
    tmp_path: Path, open_crm: Any, monkeypatch: Any
) -> None:
    """Issue 7: the same at all of them."""
    (tmp_path / "people.csv").write_bytes(mixed(3 * _SIZE))
    _, expected = undisturbed(open_crm, tmp_path / "people.csv", monkeypatch)
    assert kill_at_each_call(tmp_path, expected, every=1) > 30


RACING = """
tell("ready")
hear()
try:
    report = crm.import_contacts(file)
    assert report.rows == 300
    tell("done")
except StoreBusy:
    tell("busy")
"""


def test_two_programs_import_the_same_file(tmp_path: Path) -> None:
    """Issue 7, M4: one finishes, the other may be told StoreBusy; nobody is there twice."""
    path, file = tmp_path / "x.db", tmp_path / "people.csv"
    file.write_bytes(people(300))
    CRM(path, default_region="US").close()
    script = IMPORTING + RACING
    with program(script, path, file) as one, program(script, path, file) as other:
        for each in (one, other):
            each.expect("ready")
        for each in (one, other):
            each.tell()
        said = [one.hear(), other.hear()]
        assert [one.end(), other.end()] == [0, 0]
    assert "done" in said
    assert set(said) <= {"done", "busy"}
    with CRM(path) as crm:
        assert crm.count_contacts() == 300
        assert sum(each.created for each in crm.imports()) == 300
        assert all(each.finished_at for each in crm.imports())
    integrity(path)


def test_whoever_comes_second_takes_over(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: the second run of one file goes on, and the first stops at its next chunk."""
    in_chunks_of(monkeypatch, 2)
    reports = []

    def import_it_too(rows: int, share: float | None) -> None:
        if not reports:
            reports.append(any_crm.import_contacts(file_of(5)))

    with pytest.raises(errors.StoreBusy, match="in other hands") as caught:
        any_crm.import_contacts(file_of(5), progress=import_it_too)
    assert caught.value.details == {"receipt": reports[0].receipt, "rows": 2}
    assert (reports[0].created, reports[0].resumed_rows) == (5, 2)
    assert any_crm.count_contacts() == 5


def file_of(count: int) -> io.BytesIO:
    return io.BytesIO(people(count))


def test_a_row_that_was_skipped_before_is_told_without_its_reason(
    any_crm: CRM, monkeypatch: Any
) -> None:
    """Issue 7: outcomes of all rows are told by the run that finishes, with whom they came to."""
    in_chunks_of(monkeypatch, 3)
    rows = [("", "", "no address", "", ""), ("", "", "a@example.com", "", "")]
    rows += [(f"N{n}", "", f"n{n}@example.com", "", "") for n in range(3)]
    with pytest.raises(ZeroDivisionError):
        any_crm.import_contacts(io.BytesIO(octets(rows)), progress=lambda rows, share: 1 / 0)
    report = any_crm.import_contacts(io.BytesIO(octets(rows)))
    assert [each.row for each in report.outcomes] == [2, 3, 4, 5, 6]
    assert [each.action for each in report.outcomes] == ["skipped"] + ["created"] * 4
    assert report.outcomes[0].code == "SKIPPED_BEFORE"
    ids = [contact.id for contact in any_crm.iter_contacts()]
    assert [each.contact_id for each in report.outcomes[1:]] == ids


@needs_mount
def test_a_disk_that_fills_up_meanwhile(tmp_path: Path) -> None:
    """Fault 47, promise 8: StoreFull; whole chunks are there, and the same file goes on once
    there is room."""
    said = on_a_small_disk(
        """
from wixcrm_local.transfer import importing
importing._CHUNK = 20
import io
rows = "".join(f"N{n},n{n}@example.com,{'x' * 900}\\r\\n" for n in range(2000))
file = ("First Name,Email,Last Name\\r\\n" + rows).encode()
crm = CRM(path, default_region="US")
tell(refused(lambda: crm.import_contacts(io.BytesIO(file))))
(broken,) = crm.imports()
assert broken.finished_at is None and 0 < broken.created == crm.count_contacts() < 2000
assert broken.created % 20 == 0
crm.close()
subprocess.run(["mount", "-o", "remount,size=20m", folder], check=True)
with CRM(path) as crm:
    report = crm.import_contacts(io.BytesIO(file))
    assert (report.resumed_rows, report.created) == (broken.rows, 2000)
    assert crm.check().ok
    tell(crm.count_contacts())
""",
        tmp_path,
    )
    assert said == ["StoreFull", "2000"]
