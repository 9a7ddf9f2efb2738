"""update_contact and merge_contacts, one durable call each, on a file that is full already.

Beside them stand hand-written code, whose keys come normalized, and Django's ORM at its defaults.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

import creating
import edits
import interleave

CONTENDERS = (
    ("ours_changing", "OursChanging"),
    ("handwritten_changing", "HandwrittenChanging"),
    ("django_changing", "DjangoChanging"),
)


def measure(
    folder: str, contacts: int, calls: int, durabilities: Sequence[str], everyone: bool
) -> Iterator[dict[str, Any]]:
    """Two tables for each durability, on files with this many contacts in `folder`."""
    creating.preload(folder, contacts)
    running, missing = creating.contenders(CONTENDERS if everyone else CONTENDERS[:2])
    sources = [contender.prepare(folder) for contender in running]
    for durability in durabilities:
        table = _measure(running, sources, durability, contacts, calls)
        yield {**table, "missing": missing}


def _measure(
    running: list[Any], sources: list[str], durability: str, contacts: int, calls: int
) -> dict[str, Any]:
    for contender, source in zip(running, sources, strict=True):
        path = source.replace(".db", f"-{durability}.db")
        shutil.copyfile(source, path)
        contender.open(path, durability)
    os.sync()  # copies still on their way to the disk would slow whoever comes first
    all_calls = creating.WARM_UP + calls
    verbs = [
        _verb("update_contact", "update", running, list(edits.edits(contacts, all_calls))),
        _verb("merge_contacts", "merge", running, list(edits.merges(contacts, all_calls))),
    ]
    contents = {contender.name: contender.contents() for contender in running}
    for contender in running:
        contender.close()
    left = contacts - all_calls  # each merge takes one away
    return {
        "durability": durability,
        "preloaded": contacts,
        "verbs": verbs,
        "contacts": left,
        "same_contents": len(set(contents.values())) == 1 and contents[running[0].name][0] == left,
        "contents": contents,
    }


def _verb(name: str, method: str, running: list[Any], items: list[Any]) -> dict[str, Any]:
    """What one verb took each contender."""
    for contender in running:
        for item in items[: creating.WARM_UP]:
            getattr(contender, method)(item)
    timings = interleave.run(running, items[creating.WARM_UP :], method)
    rows = [creating.row(timing, timings[0]) for timing in timings]
    return {"verb": name, "calls": len(items) - creating.WARM_UP, "rows": rows}
