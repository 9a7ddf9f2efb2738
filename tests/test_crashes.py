"""Promises 1 and 3 at every system call: a process is killed there, or the power fails there."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fault_injection import (
    CHANGING,
    PERSON,
    calls_of,
    needs_strace,
    record,
    run_with_fault,
    stands_by_its_word,
    told_where,
)
from simulated_disk import FULLY, Disk
from store_fixtures import info, integrity, program, rows

from wixcrm_local import CRM, schema

CREATING = """
def scenario(path, tell):
    crm = CRM(path, default_region="US")
    for name in "xyz":
        tell("contact", crm.create_contact(person(name)))
"""

USING = """
def scenario(path, tell):
    crm = CRM(path)
    for name in "xy":
        id = crm.create_contact(person(name))
        tell("contact", id)
        crm.create_contact(person(name) | {"firstName": "Newer", "labels": ["Customer"]})
        tell("first_name", id, "Newer")
        tell("mail", crm.send_email("welcome", id).id)
    with crm.transaction():
        pair = [crm.create_contact(person(name)) for name in "vw"]
    tell("pair", *pair)
"""

CHECKPOINTING = """
def scenario(path, tell):
    crm = CRM(path)
    tell("contact", crm.create_contact(person("x")))
    crm._store._empty_log()
    tell("contact", crm.create_contact(person("y")))
"""

CLOSING = """
def scenario(path, tell):
    crm = CRM(path)
    tell("contact", crm.create_contact(person("x")))
    crm.count_contacts()
    crm.close()
"""

# The log of a killed process is recovered by the first to open, and emptied at its closing.
RECOVERING = """
def scenario(path, tell):
    crm = CRM(path)
    tell("found", str(crm.count_contacts()))
    crm.close()
"""

SCENARIOS = {
    "creating": CREATING,
    "using": USING,
    "checkpointing": CHECKPOINTING,
    "closing": CLOSING,
    "recovering": RECOVERING,
}

_KNOWN = ("ana", "ben", "cem")


def base_of(name: str, room: Path) -> Path:
    """A folder as the scenario of this name finds it."""
    base = room / "base"
    base.mkdir()
    if name == "creating":
        return base
    with CRM(base / "x.db") as crm:
        crm.labels.create("Customer")
        crm.triggered_emails.save(
            "welcome", subject="Hi", text="Hi ${name}", variables={"name": "x"}
        )
        for known in _KNOWN:
            crm.create_contact({**info(known), "firstName": known})
    if name == "recovering":
        leave_a_log(base / "x.db")
    return base


def leave_a_log(path: Path) -> None:
    """Ends a process without closing its store."""
    script = (
        'crm = CRM(path)\nfor name in "xyz":\n    crm.create_contact(person(name))\nos._exit(0)'
    )
    with program(PERSON + script, path) as other:
        assert other.end() == 0
    assert os.path.getsize(f"{path}-wal") > 0


def kill_at_each_call(name: str, room: Path, *, every: int = 1) -> int:
    """How many kills a scenario was put through."""
    scenario, base = SCENARIOS[name], base_of(name, room)
    calls = calls_of(scenario, base, room, CHANGING)
    cases = run_with_fault(scenario, base, room, "signal=SIGKILL", calls, every=every)
    known = () if name == "creating" else _KNOWN
    for case in cases:
        assert case.end == -9, case
        with told_where(case):
            stands_by_its_word(case.path, case.told, known)
    return len(cases)


@needs_strace
@pytest.mark.storm
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_kill_at_any_system_call(tmp_path, name):
    """Faults 40, 41: whichever write, sync, truncate, unlink or open a process is killed at, the
    next opening works, what returned is there, and nothing is there in part."""
    assert kill_at_each_call(name, tmp_path) > 20


@needs_strace
@pytest.mark.parametrize("name", ["creating", "using"])
def test_a_kill_at_some_system_calls(tmp_path, name):
    """Faults 40, 41: the same at a few calls of each kind."""
    assert kill_at_each_call(name, tmp_path, every=20) > 8


UPGRADING = """
def scenario(path, tell):
    CRM(path).close()
    tell("upgraded")
"""
OLD = Path(__file__).with_name("fixtures") / "schema_1.sql"


def kill_an_upgrade(room: Path, *, every: int) -> int:
    """Opens an old file again and again, and dies of it; how often."""
    base = room / "base"
    base.mkdir()
    with closing(sqlite3.connect(base / "x.db")) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    calls = calls_of(UPGRADING, base, room, CHANGING)
    cases = run_with_fault(UPGRADING, base, room, "signal=SIGKILL", calls, every=every)
    for case in cases:
        assert case.end == -9, case
        with told_where(case):
            is_old_or_new(case.path, is_upgraded=bool(case.told))
    return len(cases)


def is_old_or_new(path: Path, *, is_upgraded: bool) -> None:
    """Fails unless the file is what it was or what it shall be, and opens as that."""
    (version,) = rows(path, "PRAGMA user_version")
    assert version in [(schema.VERSION,)] + [(1,)] * (not is_upgraded)
    integrity(path)
    backup = path.with_name("x.db.backup-v1")
    if version != (1,):
        assert rows(backup, "PRAGMA user_version") == [(1,)]
    with CRM(path, durability="normal") as crm:
        assert [contact.first_name for contact in crm.iter_contacts()] == ["Anna", None, "Ben"]
        assert [mail.subject for mail in crm.outbox] == ["Hi friend"]
        crm.create_contact(info("afterwards"))
    assert rows(path, "PRAGMA user_version") == [(schema.VERSION,)]
    integrity(backup)
    assert set(os.listdir(path.parent)) == {"x.db", backup.name}


@needs_strace
@pytest.mark.storm
def test_an_upgrade_killed_at_any_system_call(tmp_path):
    """Fault 42: the file is of the old schema or of the new one, and the next opening goes on."""
    assert kill_an_upgrade(tmp_path, every=1) > 50


@needs_strace
def test_an_upgrade_killed_at_some_system_calls(tmp_path):
    """Fault 42: the same at a few calls of each kind."""
    assert kill_an_upgrade(tmp_path, every=40) > 8


POWERED = """
def scenario(path, tell):
    for names in ("xy", "ab"):
        crm = CRM(path, default_region="US", durability=DURABILITY)
        for name in names:
            id = crm.create_contact(person(name))
            tell("contact", id)
        if names == "xy":
            crm.labels.create("Customer")
        crm.create_contact(person(name) | {"firstName": "Newer", "labels": ["Customer"]})
        tell("first_name", id, "Newer")
        crm._store._empty_log()
        with crm.transaction():
            pair = [crm.create_contact(person(name)) for name in ("vw" if names == "xy" else "cd")]
        tell("pair", *pair)
        crm.close()
"""


def cut_power_everywhere(durability: str, room: Path, *, every: int, rounds: int) -> int:
    """Records a run, then opens what each of its moments may have left on the disk."""
    base = room / "base"
    base.mkdir()
    scenario = f"DURABILITY = {durability!r}\n{POWERED}"
    trace, case = record(scenario, base, room, CHANGING, *FULLY)
    disk, rng, told, cuts = Disk(case.folder), random.Random(43), 0, 0
    for moment, line in enumerate(trace.inside):
        if line.startswith("write("):
            told += 1  # each word is one call
        else:
            disk.follow(line)
        if moment % every:
            continue
        chances = (0.0, 1.0) + (0.5,) * rounds
        for chance in chances:
            cuts += 1
            folder = room / f"cut-{cuts}"
            disk.lay_out(folder, lambda chance=chance: rng.random() < chance)
            believed = case.told[:told] if durability == "full" else []
            with told_where(f"call {moment}, {line[:60]}"):
                stands_by_its_word(folder / "x.db", believed)
    assert told == len(case.told) == 8
    return cuts


@needs_strace
@pytest.mark.storm
@pytest.mark.parametrize("durability", ["full", "normal"])
def test_a_power_cut_at_any_moment(tmp_path, durability):
    """Fault 43: what was not synced is lost, or arrives, or arrives in torn pieces and in any
    order. Under "full" all that returned is there; under "normal" the file is sound."""
    assert cut_power_everywhere(durability, tmp_path, every=1, rounds=2) > 1000


@needs_strace
def test_a_power_cut_at_some_moments(tmp_path):
    """Fault 43: the same at a few moments."""
    assert cut_power_everywhere("full", tmp_path, every=37, rounds=1) > 20
