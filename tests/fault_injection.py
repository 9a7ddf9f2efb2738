"""Faults of the system, one call at a time: strace kills a process at a call, or fails the call.

Law: each case is a child forked from one process that has everything imported. strace counts
calls by process, so a child that first makes some idle ones meets the fault, which is set to
one number for all of them, at the call that is its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from store_fixtures import PRELUDE, info, integrity

from wixcrm_local import CRM

# What changes a disk. The question mark: not every machine has every call.
CHANGING = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "chmod", "fchmod")
CHANGING += ("unlink", "unlinkat", "rename", "renameat", "openat")

# Who the scenarios store, in the source of each: two addresses and a number, all or nothing.
PERSON = """
def person(name):
    emails = [f"{name}@example.com", f"{name}.second@example.com"]
    return {"firstName": name, "emails": emails, "phones": [f"+1 650 253 {ord(name[0]):04}"]}
"""

_CASES = """
import fcntl, json, mmap, traceback
import email_validator, phonenumbers
{scenario}
def quietly(call, *arguments):
    try:
        call(*arguments)
    except OSError:
        pass
IDLE = {{
    "write": lambda told: os.write(told, b""),
    "pwrite64": lambda told: os.pwrite(told, b"", 0),
    "pread64": lambda told: os.pread(told, 0, 0),
    "fsync": os.fsync,
    "fdatasync": os.fdatasync,
    "ftruncate": lambda told: os.ftruncate(told, 0),
    "fchmod": lambda told: os.fchmod(told, 0o600),
    "chmod": lambda told: quietly(os.chmod, "/nowhere/at/all", 0o600),
    "unlink": lambda told: quietly(os.unlink, "/nowhere/at/all"),
    "rename": lambda told: quietly(os.rename, "/nowhere/at/all", "/nowhere"),
    "openat": lambda told: quietly(os.open, "/nowhere/at/all", os.O_RDONLY),
    "newfstatat": lambda told: quietly(os.stat, "/nowhere/at/all"),
    "readlink": lambda told: quietly(os.readlink, "/nowhere/at/all"),
    "access": lambda told: os.access("/nowhere/at/all", os.W_OK),
    "lseek": lambda told: os.lseek(told, 0, os.SEEK_CUR),
    "fcntl": lambda told: fcntl.fcntl(told, fcntl.F_GETFD),
    "mmap": lambda told: mmap.mmap(-1, 4096).close(),
}}
IDLE |= {{"unlinkat": IDLE["unlink"], "renameat": IDLE["rename"], "faccessat": IDLE["access"]}}
IDLE |= {{"fstat": os.fstat, "readlinkat": IDLE["readlink"]}}
with CRM() as warm:  # whatever is imported late
    warm.triggered_emails.save("warm", subject="s", text="t")
    id = warm.create_contact({{**info("warm"), "phones": ["+1 650 253 0000"]}})
    warm.email_contact("warm", id)
    list(warm.iter_contacts())
def attend(case):
    told = os.open(case["told"], os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
    for _ in range(case["idle"]):
        IDLE[case["call"]](told)
    scenario(case["path"], lambda *words: os.write(told, (" ".join(words) + "\\n").encode()))
ends = []
for case in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        try:
            attend(case)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(ends))
"""


class Case(NamedTuple):
    """One run of a scenario in a folder of its own, with a fault at its `number`-th `call`."""

    call: str
    number: int
    folder: Path
    end: int = 0  # its exit code, or the signal that killed it, negative

    @property
    def path(self) -> Path:
        return self.folder / "x.db"

    @property
    def told(self) -> list[list[str]]:
        """What it acknowledged, line by line; one that was cut off does not count."""
        text = self.folder.with_suffix(".told").read_text("utf-8")
        return [line.split(" ") for line in text.split("\n")[:-1]]

    def __str__(self) -> str:
        return f"{self.call} {self.number}"


@cache
def _can_trace() -> bool:
    strace = shutil.which("strace") if sys.platform == "linux" else None
    if strace is None:
        return False
    probe = [strace, "-f", "-o", "/dev/null", "-e", "inject=fsync:error=EIO"]
    return subprocess.run([*probe, "true"], capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(not _can_trace(), reason="needs Linux, and strace")


class Calls(NamedTuple):
    """How often each call was made: before the first fork, and by the scenario."""

    before: Counter[str]
    inside: Counter[str]


def calls_of(scenario: str, base: Path, room: Path, calls: tuple[str, ...]) -> Calls:
    """What the scenario calls when it runs once, without a fault."""
    traced, _ = record(scenario, base, room, calls)
    return Calls(_counted(traced.before), _counted(traced.inside))


class Trace(NamedTuple):
    """The calls that strace printed: of the process before it forks, and of the scenario."""

    before: list[str]
    inside: list[str]


def record(
    scenario: str, base: Path, room: Path, calls: tuple[str, ...], *options: str
) -> tuple[Trace, Case]:
    """The calls of one run, and the run."""
    case = _placed(Case("write", 0, room / "recorded"), base)
    log = room / "recorded.trace"
    traced = _names(("execve", *calls))  # by which the first process begins
    (end,) = _run(scenario, [case], {}, "-o", str(log), "-e", traced, *options)
    assert end == 0
    lines = [line.split(maxsplit=1) for line in log.read_text("utf-8").splitlines()]
    first = lines[0][0]
    return Trace(
        [line for process, line in lines if process == first],
        [line for process, line in lines if process != first],
    ), case


def run_with_fault(
    scenario: str, base: Path, room: Path, fault: str, calls: Calls, *, every: int = 1
) -> list[Case]:
    """Runs the scenario once for each of its `calls`, and lets `fault` happen there.

    `fault` is in strace's words, such as "signal=SIGKILL"; each run has a copy of the folder
    `base`. With `every=5` only each fifth call is met.
    """
    cases = [
        _placed(Case(call, number, room / f"{call}-{number}"), base)
        for call, count in calls.inside.items()
        for number in range(1, count + 1, every)
    ]
    limits = {
        call: max(count, calls.before[call] + _MORE) + 1 for call, count in calls.inside.items()
    }
    options = ["-o", "/dev/null", "-e", _names(tuple(limits))]
    for call, limit in limits.items():
        options += ["-e", f"inject={call}:{fault}:when={limit}"]
    idle = {case: limits[case.call] - case.number for case in cases}
    ends = _run(scenario, cases, idle, *options)
    return [case._replace(end=end) for case, end in zip(cases, ends, strict=True)]


# The first process itself must not meet the fault, should it call somewhat oftener this time.
_MORE = 50
TIMEOUT = 300


def _placed(case: Case, base: Path) -> Case:
    shutil.copytree(base, case.folder)
    return case


def _names(calls: tuple[str, ...]) -> str:
    return "trace=" + ",".join(f"?{call}" for call in calls)


def _run(scenario: str, cases: list[Case], idle: dict[Case, int], *options: str) -> list[int]:
    """How each case ended."""
    orders = [
        {
            "call": case.call,
            "idle": idle.get(case, 0),
            "path": str(case.path),
            "told": str(case.folder.with_suffix(".told")),
        }
        for case in cases
    ]
    script = PRELUDE.replace("path = sys.argv[1]", "") + PERSON + _CASES.format(scenario=scenario)
    done = subprocess.run(
        ["strace", "-f", "-qq", *options, sys.executable, "-c", script],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return [int(end) for end in json.loads(done.stdout)]


def _counted(lines: list[str]) -> Counter[str]:
    return Counter(found[1] for line in lines if (found := re.match(r"(\w+)\(", line)))


_PAIRS = ("vw", "cd")  # who is stored in one transaction


def stands_by_its_word(path: Path, told: list[list[str]], known: tuple[str, ...] = ()) -> None:
    """Fails unless a store opens after a fault, holds what was told, and no half of anything."""
    with CRM(path, durability="normal", busy_timeout=5) as crm:
        contacts = {contact.id: contact for contact in crm.iter_contacts()}
        firsts = [contact.emails[0].split("@")[0] for contact in contacts.values()]
        assert len(set(firsts)) == len(firsts)
        assert set(known) <= set(firsts)
        assert [pair[0] in firsts for pair in _PAIRS] == [pair[1] in firsts for pair in _PAIRS]
        for contact in contacts.values():
            whole = (1, 0) if contact.first_name in known else (2, 1)
            assert (len(contact.emails), len(contact.phones)) == whole
            assert crm.find_contact(email=contact.emails[-1]) == contact
            assert bool(contact.labels) == (contact.first_name == "Newer")
            assert len(crm.history(contact.id)) == contact.revision
        for kind, *words in told:
            match kind:
                case "contact":
                    assert words[0] in contacts
                case "pair":
                    assert set(words) <= set(contacts)
                case "first_name":
                    assert contacts[words[0]].first_name == words[1]
                case "mail":
                    assert crm.outbox.get(words[0]).text == "Hi x"
                case "found":
                    assert words == [str(len(contacts))]
        assert crm.create_contact(info("afterwards")) not in contacts
    integrity(path)
    assert os.listdir(path.parent) == [path.name]


@contextmanager
def told_where(place: object) -> Iterator[None]:
    """Adds to what fails inside where the fault was."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"after a fault at {place}")
        raise
