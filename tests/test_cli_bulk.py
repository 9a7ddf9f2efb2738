"""The contract of `contact create FILE`: every line is stored, or refused for a stated reason."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM, errors
from wixcrm_local.cli import main
from wixcrm_local.cli.bulk import create_contacts
from wixcrm_local.cli.json_lines import contact_info, read_batches

# What createContact is given on real sites, told with invented people: the line, and what
# becomes of it.
CALLS: tuple[tuple[str, str], ...] = (
    ('{"firstName": "Ines", "lastName": "Roth", "emails": ["ines@shop.example"]}', "created"),
    ('{"firstName": "Ines", "emails": ["INES@shop.example"], "phones": [""]}', "unchanged"),
    ('{"emails": ["ines@shop.example"], "phones": ["+44 20 7946 0011"]}', "updated"),
    ('{"firstName": "Tom", "phones": ["0044 20 7946 0011"]}', "updated"),
    (
        '{"firstName": "Kai", "emails": ["kai@shop.example"], "labels": ["Newslettr"]}',
        "LABEL_NOT_FOUND",
    ),
    ('{"firstName": "Kai", "emails": ["kai@shop.example"], "labels": ["newsletter"]}', "created"),
    ('{"emails": ["undefined"]}', "INVALID_EMAIL"),
    ('{"firstName": "Mia", "emails": [null], "phones": []}', "INSUFFICIENT_CONTACT_DATA"),
    ('{"name": {"first": "Mia"}, "emails": ["mia@shop.example"]}', "UNKNOWN_MEMBER"),
    ('{"emails": {"items": [{"email": "mia@shop.example"}]}}', "INVALID_MEMBER_TYPE"),
    ('{"info": {"emails": ["mia@shop.example"]}}', "INVALID_CONTACT_INFO"),
    ('{"emails": "mia@shop.example"}', "INVALID_MEMBER_TYPE"),
    ('{"emails": ["mia@shop.example"], "customFields": {"Size": 7}}', "CUSTOM_FIELD_NOT_FOUND"),
    ('["mia@shop.example"]', "NOT_A_JSON_OBJECT"),
    ("firstName,email", "NOT_A_JSON_OBJECT"),
    ('{"emails": ["a@shop.example"], "emails": ["b@shop.example"]}', "NOT_A_JSON_OBJECT"),
    ('{"emails": ["mia@shop.example"], "firstName": "Mi\\u0000a"}', "INVALID_TEXT"),
    ("   ", ""),
)


def create(store: Path, source: str | bytes, *arguments: str) -> Result:
    """Runs `contact create -` on the store, with this standard input."""
    result = CliRunner().invoke(
        main, ["--store", str(store), "contact", "create", "-", *arguments], input=source
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_calls_of_real_sites_are_stored_or_explained(tmp_path: Path, line_break: str) -> None:
    """Each line has the outcome of createContact, and each refusal its line and message."""
    store = tmp_path / "people.db"
    with CRM(store) as crm:
        crm.labels.create("Newsletter")
    result = create(store, line_break.join(line for line, _ in CALLS), "--json")
    summary = json.loads(result.stdout)
    expected = Counter(outcome for _, outcome in CALLS if outcome)
    for action in ("created", "updated", "unchanged"):
        assert summary[action] == expected.pop(action)
    assert {reason["code"]: reason["count"] for reason in summary["reasons"]} == expected
    for reason in summary["reasons"]:
        for example in reason["first"]:
            assert CALLS[example["line"] - 1][1] == reason["code"]
            assert example["message"]
    assert result.exit_code == 1
    assert result.stderr == (
        f"error [RECORDS_REFUSED]: {expected.total()} of {len(CALLS) - 1} records were refused\n"
    )


def test_the_summary_for_people_groups_reasons_and_names_lines(tmp_path: Path) -> None:
    """Reasons stand with their counts, the most frequent first, and the first three lines."""
    bad = '{"emails": ["undefined"]}\n'
    result = create(
        tmp_path / "people.db", bad * 5 + "nonsense\n" + '{"phones": ["+442079460958"]}'
    )
    lines = result.stdout.splitlines()
    assert lines[0] == "7 records: 1 created, 0 updated, 0 unchanged, 6 refused"
    assert lines[1] == "  5 INVALID_EMAIL"
    assert lines[2].startswith("    lines 1, 2, 3: emails[0]: 'undefined' is no email address")
    assert lines[3] == "    and 2 more"
    assert lines[4] == "  1 NOT_A_JSON_OBJECT"
    assert lines[5].startswith("    line 6: the line is no JSON (")


def generated(count: int) -> list[dict[str, Any]]:
    """People of a shop: some come again, some are given wrongly."""
    dice = random.Random(7)
    shop = []
    for number in range(count):
        person: dict[str, Any] = {"firstName": f"Name {number}"}
        if dice.random() < 0.9:
            person["emails"] = [f"P{dice.randrange(count)}@shop.example"]
        if dice.random() < 0.5:
            person["phones"] = [dice.choice(["", f"+44 20 7946 {dice.randrange(10_000):04}"])]
        if dice.random() < 0.05:
            person["labels"] = ["Unknown"]
        if dice.random() < 0.05:
            person["emails"] = ["undefined"]
        shop.append(person)
    return shop


def test_two_thousand_records_add_up_with_the_store(tmp_path: Path) -> None:
    """Through a real process: every record is counted once, and the counts are the store's."""
    store = tmp_path / "people.db"
    everyone = generated(2_000)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "wixcrm_local",
            "--store",
            store,
            "contact",
            "create",
            "-",
            "--json",
        ],
        input="".join(json.dumps(person) + "\n" for person in everyone),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    summary = json.loads(done.stdout)
    counted = sum(summary[name] for name in ("created", "updated", "unchanged", "refused"))
    assert counted == summary["records"] == 2_000
    assert sum(reason["count"] for reason in summary["reasons"]) == summary["refused"] > 0
    assert done.returncode == 1
    with CRM(store) as crm, CRM() as other:
        assert crm.count_contacts() == summary["created"]
        actions: Counter[str] = Counter()
        for person in everyone:
            try:
                actions[other.upsert_contact(person).action] += 1
            except errors.WixCRMError as error:
                actions[error.code] += 1
        assert [contact.to_wix() for contact in crm.iter_contacts()] == [
            contact.to_wix() for contact in other.iter_contacts()
        ]
    reported = {name: summary[name] for name in ("created", "updated", "unchanged")}
    reported |= {reason["code"]: reason["count"] for reason in summary["reasons"]}
    assert {name: count for name, count in reported.items() if count} == actions


def test_giving_a_file_twice_changes_nothing(tmp_path: Path) -> None:
    """A file is read as UTF-8 with or without byte order mark; repeating it is safe."""
    given = tmp_path / "people.jsonl"
    given.write_text('\ufeff{"firstName": "Zoë", "emails": ["zoe@shop.example"]}', "utf-8")
    answers = [
        CliRunner().invoke(
            main, ["--store", str(tmp_path / "a.db"), "contact", "create", str(given), "--json"]
        )
        for _ in range(2)
    ]
    assert [answer.exit_code for answer in answers] == [0, 0]
    assert [json.loads(answer.stdout)["unchanged"] for answer in answers] == [0, 1]
    with CRM(tmp_path / "a.db") as crm:
        assert next(crm.iter_contacts()).first_name == "Zoë"


@pytest.mark.parametrize(
    "line",
    [
        b'{"firstName": "\xff"}',
        b'\xff\xfe{\x00"\x00',
        b"[" * 100_000,
        b"9" * 5_000,
        b"NaN",
        b"null",
        b'"text"',
        b"{",
        b'{"a": 1}{"a": 2}',
    ],
    ids=repr,
)
def test_a_line_that_is_no_json_object_is_refused_alone(tmp_path: Path, line: bytes) -> None:
    """A bad line, whatever is wrong with it, does not keep the next one from being stored."""
    good = b'{"emails": ["ana@shop.example"]}'
    result = create(tmp_path / "people.db", b"\n".join((line, b"", good)), "--json")
    summary = json.loads(result.stdout)
    [reason] = summary["reasons"]
    assert (summary["created"], summary["records"], reason["code"]) == (1, 2, "NOT_A_JSON_OBJECT")
    assert reason["first"][0]["line"] == 1


def test_nothing_to_store_is_no_error(tmp_path: Path) -> None:
    """An empty input is counted as nothing."""
    result = create(tmp_path / "people.db", "\n \n")
    assert result.exit_code == 0
    assert result.stdout.startswith("0 records: 0 created")


class Dribble:
    """A source that gives a few bytes at a time, as a pipe may."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def read1(self, most: int) -> bytes:
        given, self._content = self._content[: self._size], self._content[self._size :]
        return given


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_lines_are_whole_and_numbered_however_they_arrive(size: int) -> None:
    """The bytes of a pipe may be cut anywhere; lines, numbers and sizes stay the same."""
    content = b'\xef\xbb\xbf{"a": 1}\n\n{"b": "\xc3\xa9"}\r\nlast'
    batches = list(read_batches(Dribble(content, size)))  # type: ignore[arg-type]
    numbered = [
        (number, line)
        for batch in batches
        for number, line in enumerate(batch.lines, batch.first_line)
    ]
    assert [number for number, _ in numbered] == [1, 2, 3, 4]
    assert [line.strip() for _, line in numbered] == content[3:].replace(b"\r", b"").split(b"\n")
    assert contact_info(numbered[0][1]) == {"a": 1}


class Chunks:
    """A source of prepared chunks; a callable among them is called when its turn comes."""

    def __init__(self, *chunks: bytes | Callable[[], object]) -> None:
        self._chunks = iter(chunks)

    def read1(self, most: int) -> bytes:
        for chunk in self._chunks:
            if isinstance(chunk, bytes):
                return chunk
            chunk()
        return b""


def people(*numbers: int) -> bytes:
    """Lines of JSON for these people."""
    return b"".join(b'{"emails": ["p%d@shop.example"]}\n' % number for number in numbers)


def stopped(crm: CRM, source: Chunks) -> errors.WixCRMError:
    """How a job ends that can't come to its end."""
    with pytest.raises(errors.WixCRMError) as caught:
        create_contacts(crm, source, as_json=True)  # type: ignore[arg-type]
    return caught.value


def interrupt() -> None:
    """Ctrl-C, as the operating system tells it."""
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_while_reading_keeps_what_was_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines read so far are stored and counted; the rest is not read."""
    with CRM(tmp_path / "people.db") as crm:
        error = stopped(crm, Chunks(people(1, 2), interrupt, people(3)))
        assert (error.code, crm.count_contacts()) == ("INTERRUPTED", 2)
    assert "after line 2" in error.message
    assert json.loads(capsys.readouterr().out)["created"] == 2


def test_ctrl_c_while_storing_finishes_the_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch is stored whole before the job stops, and is counted."""
    ids = iter(["one", "two", "three", "four"])

    def new_id() -> str:
        made = next(ids)
        if made == "two":
            interrupt()
        return made

    with CRM(tmp_path / "people.db", new_id=new_id) as crm:
        error = stopped(crm, Chunks(people(1, 2, 3), people(4)))
        assert (error.code, crm.count_contacts()) == ("INTERRUPTED", 3)
    assert "after line 3" in error.message
    assert json.loads(capsys.readouterr().out)["created"] == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_undoes_the_batch_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who can't wait for the batch is told which lines are not stored."""

    def new_id() -> str:
        if crm.count_contacts() == 2:
            interrupt()
            interrupt()
        return str(uuid.uuid4())

    with CRM(tmp_path / "people.db", new_id=new_id) as crm:
        error = stopped(crm, Chunks(people(1, 2), b"\n" + people(3)))
        assert (error.code, crm.count_contacts()) == ("INTERRUPTED", 2)
    assert "after line 2; lines 3 to 4 were not stored" in error.message
    assert json.loads(capsys.readouterr().out)["created"] == 2


def test_a_fault_of_the_store_leaves_a_true_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is counted is stored; the lines that met the fault are named with it."""
    store = tmp_path / "people.db"
    with CRM(store, busy_timeout=0.05) as crm:
        other = sqlite3.connect(store, isolation_level=None)
        lock = partial(other.execute, "BEGIN IMMEDIATE")
        error = stopped(crm, Chunks(people(1, 2), lock, people(3, 4), people(5)))
        other.close()
        assert (error.code, crm.count_contacts()) == ("STORE_BUSY", 2)
    assert error.message.endswith("; lines 3 to 4 were not stored")
    assert json.loads(capsys.readouterr().out)["records"] == 2


def test_a_fault_of_the_input_leaves_a_summary_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An input that can't be read on is reported behind the summary."""

    def fail() -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with CRM(tmp_path / "people.db") as crm:
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            create_contacts(crm, Chunks(people(1), fail), as_json=True)  # type: ignore[arg-type]
        assert crm.count_contacts() == 1
    assert json.loads(capsys.readouterr().out)["created"] == 1
