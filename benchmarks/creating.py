"""create_contact, one durable call each, beside what a user would pick instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import interleave
import people
from contenders import CONTENDERS, Contender, load, most_calls
from contenders.handwritten import Handwritten
from contenders.our_schema import OnOurSchema

# What the libraries load at their first few calls is part of the start-up, not of the rate.
WARM_UP = 110
_CHUNK = 20_000


def contenders(named: Iterable[tuple[str, str]]) -> tuple[list[Contender], list[str]]:
    """Of those named by module and class those that can run, and a sentence on each that can't."""
    found: list[Contender] = []
    missing: list[str] = []
    for module, name in named:
        try:
            found.append(load(module, name))
        except ImportError as error:
            missing.append(f"{name} was not measured: {error}")
    return found, missing


def measure(
    folder: str, durability: str, calls: int, preloaded: int, everyone: bool
) -> dict[str, Any]:
    """One table: every contender on a file of its own in `folder`, in turns."""
    running, missing = contenders(CONTENDERS if everyone and not preloaded else CONTENDERS[:3])
    for contender in running:
        path = os.path.join(folder, f"{type(contender).__name__}-{durability}.db")
        if preloaded:
            source = "handwritten.db" if type(contender) is Handwritten else "ours.db"
            shutil.copyfile(os.path.join(folder, source), path)
        contender.open(path, durability)
    os.sync()  # copies still on their way to the disk would slow whoever comes first
    everybody = list(people.calls(preloaded, WARM_UP + calls))
    for contender in running:
        for person in everybody[:WARM_UP]:
            contender.create(person)
    timings = interleave.run(running, everybody[WARM_UP:])
    contents = {contender.name: contender.contents() for contender in running}
    wanted = {contender.name: _wanted(contender, running[0], everybody) for contender in running}
    for contender in running:
        contender.close()
    return {
        "durability": durability,
        "calls": calls,
        "preloaded": preloaded,
        "contacts": next(iter(contents.values()))[0],
        "same_contents": contents == wanted,
        "contents": contents,
        "missing": missing,
        "rows": [row(timing, timings[0]) for timing in timings],
    }


def row(timing: interleave.Timings, ours: interleave.Timings) -> dict[str, Any]:
    """One line of a table."""
    return {
        "name": timing.name,
        "calls": len(timing.calls),
        "rate": timing.rate,
        "ours_to_it": ours.rate_of_first(len(timing.calls)) / timing.rate,
        "ours_to_it_median": ours.ratio_to(timing),
        "p50": timing.microseconds(0.5),
        "p99": timing.microseconds(0.99),
        "worst": timing.microseconds(1.0),
    }


def _wanted(contender: Contender, ours: Contender, everybody: list[people.Person]) -> object:
    """What it has to hold at the end: what ours holds, or hand-written code after fewer calls."""
    most = most_calls(contender)
    if most is None:
        return ours.contents()
    reference = Handwritten()
    reference.open(":memory:", "normal")
    for person in everybody[: WARM_UP + most]:
        reference.create(person)
    found = reference.contents()
    reference.close()
    return found


def preload(folder: str, count: int) -> None:
    """Two files with `count` contacts, to be copied for each contender; part of no measurement.

    Rows go in by executemany with all indexes standing, so that their pages are as full as if
    the contacts had come one by one.
    """
    ours, plain = OnOurSchema(), Handwritten()
    _make_store(os.path.join(folder, "ours.db"))
    ours.open(os.path.join(folder, "ours.db"), "normal")
    plain.open(os.path.join(folder, "handwritten.db"), "normal")
    writers = (ours, plain)
    for writer in writers:
        writer.database.execute("PRAGMA cache_size = -400000")
        writer.database.execute("BEGIN")
    newcomers = ((number + 1, people.newcomer(number)) for number in range(count))
    for chunk in _chunks(newcomers):
        for writer in writers:
            writer.preload(chunk, "2026-01-01T00:00:00.000000Z")
    for writer in writers:
        writer.database.execute("COMMIT")
        writer.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.close()


def _chunks(items: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(items, _CHUNK)):
        yield chunk


def _make_store(path: str) -> None:
    """The library itself makes its file, with its region."""
    from wixcrm_local import CRM

    CRM(path, default_region=people.HOME).close()
