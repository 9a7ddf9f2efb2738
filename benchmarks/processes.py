"""Several processes on one file: four that write at once, and two that read beside one that writes.

Each counts its own calls for some seconds, from a start they wait for together. Nobody's calls
are repeated but those that found the file locked, which only plain sqlite3 lets its user see.
"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from time import perf_counter, perf_counter_ns
from typing import Any

import people
from contenders import load
from contenders.handwritten import Handwritten

WRITERS = 4
READERS = 2
_KNOWN = 1_000  # contacts that are there before, for the readers
_MOST_A_SECOND = 6_000  # people prepared for each writer
_APART = 100_000  # between the numbers of two writers' people
_PATIENCE = 60.0  # seconds until a process that does not come is given up

Report = dict[str, Any]


class BusyHandler(Handwritten):
    """As the sqlite3 module begins by itself: BEGIN without a lock, which writing then asks for."""

    name = "hand-written, plain BEGIN"
    BEGIN = "BEGIN"


class Immediate(Handwritten):
    """The write lock first, and SQLite's own waiting for as long as ours."""

    name = "hand-written, BEGIN IMMEDIATE + busy_timeout"

    def open(self, path: str, durability: str) -> None:
        super().open(path, durability)
        self.database.execute("PRAGMA busy_timeout = 30000")


def measure(folder: str, durability: str, seconds: float) -> Report:
    """Of each contender: four writers at once, a writer alone, and readers beside a writer."""
    makers = [("ours", "Ours"), ("processes", "BusyHandler"), ("processes", "Immediate")]
    report: Report = {"durability": durability, "seconds": seconds, "writers": [], "readers": []}
    for module, name in makers:
        path = os.path.join(folder, f"writers-{name}-{durability}.db")
        found = _together(module, name, path, durability, seconds, ["write"] * WRITERS)
        report["writers"].append(_of_writers(found))
    for module, name in (makers[0], makers[2]):
        path = os.path.join(folder, f"readers-{name}-{durability}.db")
        alone = _together(module, name, path, durability, seconds, ["write"])
        found = _together(module, name, path, durability, seconds, ["write", *["read"] * READERS])
        report["readers"].append(_of_readers(alone, found))
    return report


def _of_writers(found: list[Report]) -> Report:
    calls = [one["calls"] for one in found]
    return {
        "name": found[0]["name"],
        "rate": sum(one["rate"] for one in found),
        "shares": sorted(count / sum(calls) for count in calls),
        "longest": max(one["longest"] for one in found),
        "p99": max(one["p99"] for one in found),
        "locked": sum(one["locked"] for one in found),
        "lost": found[0]["lost"],
    }


def _of_readers(alone: list[Report], found: list[Report]) -> Report:
    writer, *readers = found
    return {
        "name": writer["name"],
        "writes alone": alone[0]["rate"],
        "writes": writer["rate"],
        "longest write": writer["longest"],
        "reads": sum(one["rate"] for one in readers),
        "longest read": max(one["longest"] for one in readers),
    }


def _together(
    module: str, name: str, path: str, durability: str, seconds: float, roles: Sequence[str]
) -> list[Report]:
    """What each process reports, after they all began at once."""
    before = _prepare(module, name, path, durability)
    context = multiprocessing.get_context("spawn")  # as on every system; no store is inherited
    start, reports = context.Barrier(len(roles)), context.Queue()
    # Everybody writes people of their own, also in a second round on the same file.
    processes = [
        context.Process(
            target=_work,
            args=(module, name, path, durability, seconds, role, before + number * _APART),
            kwargs={"start": start, "reports": reports},
        )
        for number, role in enumerate(roles)
    ]
    for process in processes:
        process.start()
    try:
        found = [reports.get(timeout=seconds + _PATIENCE) for _ in processes]
    finally:
        for process in processes:
            process.join(timeout=_PATIENCE)
            process.terminate()
    found.sort(key=lambda report: (roles.index(report["role"]), report["calls"]))
    written = sum(report["calls"] for report in found if report["role"] == "write")
    found[0]["lost"] = before + written - _count(module, name, path, durability)
    return found


def _prepare(module: str, name: str, path: str, durability: str) -> int:
    """A file with contacts to be read; how many it holds."""
    contender = _load(module, name)
    contender.open(path, durability)
    count = contender.contents()[0]
    for number in range(count, _KNOWN):
        contender.create(people.newcomer(number))
    contender.close()
    return max(count, _KNOWN)


def _count(module: str, name: str, path: str, durability: str) -> int:
    contender = _load(module, name)
    contender.open(path, durability)
    count: int = contender.contents()[0]
    contender.close()
    return count


def _work(
    module: str,
    name: str,
    path: str,
    durability: str,
    seconds: float,
    role: str,
    first: int,
    *,
    start: Barrier,
    reports: Queue[Report],
) -> None:
    """One process: its calls for some seconds, each timed, waiting included."""
    contender = _load(module, name)
    contender.open(path, durability)
    if role == "write":
        call = contender.create
        crowd = [people.newcomer(first + at) for at in range(int(_MOST_A_SECOND * seconds))]
    else:
        call = contender.find
        crowd = [people.newcomer(at) for at in range(_KNOWN)] * int(100 * seconds)
    _until_not_locked(call, crowd.pop())  # what the libraries load at first
    calls, locked = [], 0
    start.wait(_PATIENCE)
    begin = perf_counter()
    for person in crowd:
        before = perf_counter_ns()
        locked += _until_not_locked(call, person)
        calls.append(perf_counter_ns() - before)
        if perf_counter() - begin > seconds:
            break
    taken = perf_counter() - begin
    contender.close()
    ordered = sorted(calls)
    reports.put(
        {
            "name": contender.name,
            "role": role,
            "calls": len(calls) + 1,
            "rate": len(calls) / taken,
            "longest": ordered[-1] / 1e6,
            "p99": ordered[int(0.99 * len(ordered))] / 1e6,
            "locked": locked,
        }
    )


def _until_not_locked(call: Any, person: people.Person) -> int:
    """How often the call was refused before it was done, as plain sqlite3 may do."""
    refused = 0
    while True:
        try:
            call(person)
            return refused
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            refused += 1


def _load(module: str, name: str) -> Any:
    own = globals().get(name)
    return own() if own is not None else load(module, name)
