"""The contract of `import` and `imports`: what is told, what is asked, and the exit codes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM, errors
from wixcrm_local.cli import import_summary, main
from wixcrm_local.transfer import importing

TABLE = """\
First Name,Email 1,Phone 1,Labels,Company
Ana,ana@example.com,(650) 253-0000,Customer; VIP,Acme
Ben,,650-253-0000,Customer,
,not-an-address,,,
Cleo,cleo@example.com,4.47911E+11,,
"""
GOOD = "First Name,Email 1\nAna,ana@example.com\nBo,bo@example.com\n"
Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "people.db"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def run(store: Path) -> Run:
    def run(*arguments: object, stdin: str | None = None) -> Result:
        words = ["--store", str(store), "--region", "US", *map(str, arguments)]
        return CliRunner().invoke(main, words, input=stdin)

    return run


def test_a_summary_that_a_person_can_act_on(run: Run, table: Path, store: Path) -> None:
    """Issue 7, 7: counts, what was skipped and why, what was left out, and the way back."""
    done = run("import", table)
    assert done.exit_code == 1
    assert done.stderr.startswith("error [RECORDS_REFUSED]: 2 of 4 rows were skipped")
    lines = done.stdout.splitlines()
    assert lines[0] == "4 rows of a table taken in"
    assert lines[1].split() == ["created", "2", *lines[1].split()[2:]]
    assert "1 of them shares a telephone with another first name" in lines[1]
    assert lines[2].split() == ["skipped", "2"]
    assert "new labels: Customer, VIP" in lines
    assert "columns left out: Company" in lines
    assert [line for line in lines if line.startswith("  row 4: emails[0]: 'not-an-address'")]
    assert [line for line in lines if line.startswith("  row 5: a spreadsheet has spoilt")]
    with CRM(store) as crm:
        (receipt,) = (each.receipt for each in crm.imports())
    assert lines[-2] == f"receipt: {receipt}"
    assert lines[-1].endswith(f"imports undo {receipt}")


def test_a_dry_run_stores_nothing(run: Run, table: Path, store: Path) -> None:
    """Issue 7, 7: the same summary without a receipt, and no file is made."""
    done = run("import", table, "--dry-run")
    assert (done.exit_code, store.exists()) == (1, False)
    assert done.stdout.splitlines()[0] == "4 rows of a table would be taken in"
    assert "receipt" not in done.stdout
    run("import", table)
    before = run("contact", "list").stdout
    again = run("import", table, "--dry-run")
    assert [line.split() for line in again.stdout.splitlines()][1] == ["unchanged", "2"]
    assert run("contact", "list").stdout == before


def test_a_dry_run_warns_of_nothing_that_it_stores_not(store: Path, tmp_path: Path) -> None:
    """Issue 7, 7: the warning of numbers without a country is the real run's."""
    path = tmp_path / "numbers.csv"
    path.write_text("First Name,Phone\nAna,020 7946 0018\n")
    words = ["--store", str(store), "import", str(path)]
    assert CliRunner().invoke(main, [*words, "--dry-run"]).stderr == ""
    assert "this store has no region" in CliRunner().invoke(main, words).stderr


def test_a_report_has_a_line_for_each_row(run: Run, table: Path, tmp_path: Path) -> None:
    """Issue 7, 7: what became of it and why, safe in a spreadsheet."""
    table.write_text(TABLE + '"=cmd|x",dee@,,,\n')
    report = tmp_path / "rows.csv"
    assert f"see {report}" in run("import", table, "--report", report).stderr
    with open(report, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["action"], row["code"]) for row in rows] == [
        ("2", "created", ""),
        ("3", "created", "SHARED_PHONE"),
        ("4", "skipped", "INVALID_EMAIL"),
        ("5", "skipped", "SPREADSHEET_DAMAGE"),
        ("6", "skipped", "INVALID_EMAIL"),
    ]
    assert rows[1]["shared_with"] == rows[0]["contact_id"] != ""
    assert not any(cell.startswith(tuple("=+-@")) for row in rows for cell in row.values())


def test_columns_find_their_places(run: Run, tmp_path: Path, store: Path) -> None:
    """Issue 7, 2: --map says where a column goes, --fields keeps the rest."""
    path = tmp_path / "members.csv"
    path.write_text("Wer,Erreichbar,Nr.,Geheim\nAna Diaz,ana@example.com,7,x\n")
    assert run("import", path).exit_code == 1  # nobody could be reached
    places = ("--map", "Wer=name", "--map", "Erreichbar=emails", "--map", "Geheim=none")
    done = run("import", path, *places, "--fields")
    assert (done.exit_code, done.stderr.startswith("note: made a new store")) == (0, False)
    assert "new custom fields: Nr." in done.stdout
    with CRM(store) as crm:
        (ana,) = crm.iter_contacts()
    assert (ana.first_name, ana.last_name, ana.custom_fields) == ("Ana", "Diaz", {"Nr.": "7"})
    wrong = run("import", path, "--map", "Wer=nmae")
    assert wrong.exit_code == 1
    assert "name" in wrong.stderr


def test_one_policy_or_another(run: Run, table: Path) -> None:
    """Issue 7, 1: switches on top of what imports do by themselves."""
    done = run("import", table, "--policy", "import,shared_phones=match,unknown_names=ignore")
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:3]] == [
        ["created", "1"],
        ["updated", "1"],
    ]
    assert "new labels" not in done.stdout


def test_a_switch_alone_leaves_families_apart(run: Run, table: Path) -> None:
    """Issue 7, 1: what is not said stays as imports do it, not as createContact does."""
    done = run("import", table, "--policy", "members=error")
    assert done.stdout.splitlines()[1].split()[:2] == ["created", "2"]


def test_the_first_refused_row_can_end_it(run: Run, table: Path) -> None:
    """Issue 7, 1: --stop; what stood before it is stored."""
    done = run("import", table, "--stop")
    assert done.exit_code == 1
    assert done.stderr.startswith("error [INVALID_EMAIL]: row 4: ")
    assert run("contact", "list", "--json").stdout.count("\n") == 2


def test_standard_input_and_vcards(run: Run) -> None:
    """Issue 7, 7: - reads what another program writes; the format is recognized."""
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nEMAIL:ana@example.com\nEND:VCARD\n"
    done = run("import", "-", stdin=card)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "1 row of vCards taken in")
    assert run("import", "-", "--format", "vcard", stdin=card).stdout.splitlines()[1].split() == [
        "unchanged",
        "1",
    ]


def test_for_programs(run: Run, table: Path) -> None:
    """Issue 7, 7: --json has the counts, the columns, and the rows with something to say of."""
    data = json.loads(run("import", table, "--json").stdout)
    assert (data["rows"], data["created"], data["skipped"], data["sharedPhones"]) == (4, 2, 2, 1)
    assert data["columns"]["Company"] == "other"
    assert [each["code"] for each in data["remarks"]] == [
        "SHARED_PHONE",
        "INVALID_EMAIL",
        "SPREADSHEET_DAMAGE",
    ]
    (listed,) = map(json.loads, run("imports", "list", "--json").stdout.splitlines())
    assert (listed["receipt"], listed["undoneAt"]) == (data["receipt"], None)


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "UNREADABLE_FILE"), ("Height,Weight\n1,2\n", "UNREADABLE_FILE")],
)
def test_files_that_are_none(run: Run, tmp_path: Path, content: str, code: str) -> None:
    """Issue 7, 2: one line that says what is wrong, and the remedy."""
    path = tmp_path / "x.csv"
    path.write_text(content)
    done = run("import", path)
    assert (done.exit_code, done.stderr.splitlines()[0].split("]")[0]) == (1, f"error [{code}")
    assert run("import", tmp_path / "nowhere.csv").exit_code == 1


def test_an_import_is_listed_and_taken_back(run: Run, tmp_path: Path) -> None:
    """Issue 7, 4: by its receipt, once, and not without being sure."""
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    assert run("imports", "list").exit_code == 1  # no store yet
    receipt = json.loads(run("import", path, "--json").stdout)["receipt"]
    assert run("imports", "undo", receipt).exit_code == 2  # nobody can be asked
    done = run("imports", "undo", receipt, "--yes")
    assert done.stdout == "2 contacts are in the trash\n"
    assert "undone" in run("imports", "list").stdout
    again = run("imports", "undo", receipt, "--yes")
    assert (again.exit_code, "IMPORT_NOT_FOUND" in again.stderr) == (1, True)


def test_what_stays_is_listed(run: Run, tmp_path: Path) -> None:
    """Issue 7, 4: who was changed since is named with the reason."""
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    receipt = json.loads(run("import", path, "--json").stdout)["receipt"]
    run("contact", "update", "bo@example.com", "--last-name", "Berg")
    done = run("imports", "undo", receipt, "--yes")
    assert done.stdout.splitlines()[0] == "1 contact is in the trash"
    assert "somebody changed it since" in done.stdout
    data = json.loads(run("imports", "list", "--json").stdout)
    assert data["undoneAt"]


def test_an_interrupted_import_tells_how_to_go_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 7, 6: Ctrl-C leaves whole chunks; the same command finishes it."""
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    monkeypatch.setattr(importing, "_CHUNK", 1)
    stored = importing.Import._store_next

    def interrupted(self: importing.Import, *given: object) -> bool:
        if self._chunk:
            raise KeyboardInterrupt
        return stored(self, *given)

    monkeypatch.setattr(importing.Import, "_store_next", interrupted)
    done = run("import", path)
    assert done.exit_code == 130
    assert "1 row is stored; the same command goes on from there" in done.stderr
    monkeypatch.setattr(importing.Import, "_store_next", stored)
    lines = run("import", path).stdout.splitlines()
    assert lines[:3] == [
        "2 rows of a table taken in",
        "  1 row of them by a run that broke off",
        "  created           2",
    ]


def test_a_bar_is_for_terminals_alone(tmp_path: Path) -> None:
    """Issue 7, 7: nothing but the answer goes to a pipe or file."""
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    words = ["--store", str(tmp_path / "x.db"), "import", str(path)]
    done = subprocess.run(
        [sys.executable, "-m", "wixcrm_local", *words], capture_output=True, text=True, check=True
    )
    assert done.stderr.startswith("note: made a new store")
    assert "\r" not in done.stdout + done.stderr


def broken_off(
    run: Run, monkeypatch: pytest.MonkeyPatch, *arguments: object, after: int = 1
) -> Result:
    """An import by chunks of one row, with Ctrl-C behind so many of them."""
    stored = importing.Import._store_next
    left = [after]

    def interrupted(self: importing.Import, *given: object) -> bool:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return stored(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "_CHUNK", 1)
        patched.setattr(importing.Import, "_store_next", interrupted)
        return run("import", *arguments)


def test_an_interrupted_import_names_its_own_receipt(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 7, 6: of several that broke off, the one that ran just now is told."""
    receipts = []
    for name in ("a", "b"):
        rows = "".join(f"{name}{number}@example.com\n" for number in range(4))
        (tmp_path / f"{name}.csv").write_text(f"Email\n{rows}")
        broken_off(run, monkeypatch, tmp_path / f"{name}.csv")
        listed = run("imports", "list", "--json").stdout.splitlines()
        receipts.append(json.loads(listed[-1])["receipt"])
    done = broken_off(run, monkeypatch, tmp_path / "a.csv")
    assert "2 rows are stored; the same command goes on from there" in done.stderr
    assert f"imports undo {receipts[0]} " in done.stderr
    assert receipts[1] not in done.stderr
    early = broken_off(run, monkeypatch, tmp_path / "b.csv", after=0)
    assert early.exit_code == 130
    assert not [receipt for receipt in receipts if receipt in early.stderr]


def test_a_pipe_that_broke_off_begins_anew(
    run: Run, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 7, 6: what can't be read twice does not go on, and nothing promises that it does."""
    words = [sys.executable, "-c", PIPED, "--store", str(store), "import", "-"]
    done = subprocess.run(words, input=GOOD, capture_output=True, text=True)
    assert done.returncode == 130
    assert "1 row is stored; the same command begins anew" in done.stderr


PIPED = """
import sys
from wixcrm_local.cli import import_summary, main
from wixcrm_local.transfer import importing
importing._CHUNK = 1
stored = importing.Import._store_next
def interrupted(self, *given):
    if self._chunk:
        raise KeyboardInterrupt
    return stored(self, *given)
importing.Import._store_next = interrupted
main(sys.argv[1:])
"""


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["real", "dry run"])
def test_a_report_never_replaces_what_is_imported(
    run: Run, table: Path, store: Path, dry: tuple[str, ...]
) -> None:
    """Issue 7, 7: the file of people is refused as the place of the report, before a row."""
    done = run("import", table, "--report", table, *dry)
    assert done.exit_code == 1
    assert done.stderr.startswith("error [INVALID_ARGUMENT]: --report ")
    assert table.read_text() == TABLE
    assert not store.exists()


def test_a_report_replaces_nothing_but_a_report(run: Run, table: Path, tmp_path: Path) -> None:
    """Issue 7, 7: a slip of the pen costs no file; the same command twice is fine."""
    notes, rows = tmp_path / "notes.csv", tmp_path / "rows.csv"
    notes.write_text("row,mine\n")
    done = run("import", table, "--report", notes, "--dry-run")
    assert done.exit_code == 1
    assert "is no report of an import; give another path" in done.stderr
    assert notes.read_text() == "row,mine\n"
    rows.touch()
    for option in (["--dry-run"], []):
        run("import", table, "--report", rows, *option)
    assert "row-" not in rows.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "First Name=nose"], "--map sends column 'First Name' to 'nose'; "),
        (["--map", "Emial 1=emails"], "which --map names; did you mean 'Email 1'? it has 'First"),
    ],
)
def test_a_misfit_map_is_told_in_the_words_of_the_command_line(
    run: Run, tmp_path: Path, options: list[str], said: str
) -> None:
    """Issue 7, 7: the remedy is what to type, not what to pass to a function."""
    file = tmp_path / "people.csv"
    file.write_text("First Name,Email 1\nAna,ana@example.com\n")
    done = run("import", file, *options)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "mapping" not in done.stderr


def test_a_file_that_reaches_nobody_says_how_to_map(run: Run, tmp_path: Path) -> None:
    """Issue 7, 7: --map, with the file's own headers to choose from."""
    file = tmp_path / "people.csv"
    file.write_text("A,B\n1,2\n")
    done = run("import", file)
    assert "say which one does, with --map 'HEADER=emails'" in done.stderr
    assert "it has 'A', 'B'" in done.stderr


def test_a_report_that_has_no_place_is_refused_before_a_row_is_stored(
    run: Run, table: Path, tmp_path: Path, store: Path
) -> None:
    """Issue 7, 7: a folder that is not there is told first."""
    for place in (tmp_path / "none" / "rows.csv", tmp_path):
        done = run("import", table, "--report", place)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith("error [INVALID_ARGUMENT]: --report ")
    assert not store.exists()


def test_the_receipt_is_told_where_the_report_fails(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 7, 7: a disk that is full by then does not hide the way back."""

    def full(*_: object) -> None:
        raise errors.StoreFull(
            "rows.csv: the disk is full, so nothing was written; free some space"
        )

    monkeypatch.setattr(import_summary, "write_rows", full)
    done = run("import", table, "--report", table.parent / "rows.csv")
    assert done.exit_code == 1
    assert "error [STORE_FULL]" in done.stderr
    assert "imports undo" in done.stdout


def test_where_a_refused_row_ends_it_the_way_back_is_told(run: Run, table: Path) -> None:
    """Issue 7, 1: --stop names the receipt of what stands before the row."""
    done = run("import", table, "--stop")
    receipt = json.loads(run("imports", "list", "--json").stdout)["receipt"]
    assert f"imports undo {receipt}" in done.stderr


def test_one_change_is_one_change(run: Run, tmp_path: Path) -> None:
    """Issue 7, 4: an undo speaks of what it did, and of one in the singular."""
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    run("import", path)
    path.write_text("First Name,Email 1\nAnna,ana@example.com\n")
    receipt = json.loads(run("import", path, "--json").stdout)["receipt"]
    done = run("imports", "undo", receipt, "--yes")
    assert done.stdout == "1 change of others is undone\n"


def test_an_unknown_receipt_has_a_remedy_that_can_be_typed(run: Run, table: Path) -> None:
    """Issue 7, 4: `imports list` shows which there are."""
    run("import", table)
    done = run("imports", "undo", "nope", "--yes")
    assert done.exit_code == 1
    assert "imports list" in done.stderr
    assert "crm." not in done.stderr
