"""import_contacts beside a script by hand, and how long readers wait meanwhile.

Each program is a process of its own: a table in, a store out, start and libraries included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from time import perf_counter
from typing import Any

import crowd

from wixcrm_local import CRM

_PROGRAMS = {
    "wixcrm-local, import_contacts": "ours",
    "hand-written, without matching": "handwritten",
    "create_contact in a loop": "one_by_one",
}
_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "import_contenders")
_EXPORTED = ("csv", "vcard")


def measure(folder: str, rows: int, repeats: int, *, few: bool) -> dict[str, Any]:
    """Seconds and memory of each program, in turns, on a table of so many rows."""
    source = os.path.join(folder, "crowd.csv")
    crowd.write(source, rows)
    programs = dict(list(_PROGRAMS.items())[: 2 if few else None])
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in programs}
    for turn in range(repeats):
        for name, program in programs.items():
            target = os.path.join(folder, f"{program}.db")
            _remove(target)
            os.sync()
            found[name].append({"turn": turn, **_run(program, source, target)})
    ours = os.path.join(folder, "ours.db")
    return {
        "rows": rows,
        "octets": os.path.getsize(source),
        "programs": {name: _best(times) for name, times in found.items()},
        "readers": _readers(folder, source),
        "exports": {format: _export(folder, ours, format) for format in _EXPORTED},
    }


def _run(program: str, source: str, target: str) -> dict[str, Any]:
    command = [sys.executable, os.path.join(_FOLDER, f"{program}.py"), source, target, crowd.HOME]
    start = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    contacts, skipped = map(int, told.split())
    return {
        "seconds": perf_counter() - start,
        "mebibytes": usage.ru_maxrss / 1024,
        "contacts": contacts,
        "skipped": skipped,
    }


def _readers(folder: str, source: str) -> dict[str, Any]:
    """Another process imports the same table again into its store; this one reads meanwhile."""
    target = os.path.join(folder, "ours.db")
    _remove(target)
    with CRM(target, default_region=crowd.HOME) as crm:
        crm.create_contact({"firstName": "Ana", "emails": ["ana@example.org"]})
        command = [sys.executable, os.path.join(_FOLDER, "ours.py"), source, target, crowd.HOME]
        importing = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        ended = threading.Event()
        threading.Thread(target=lambda: (importing.wait(), ended.set()), daemon=True).start()
        times: list[float] = []
        while not ended.wait(0.002):
            start = perf_counter()
            crm.find_contact(email="ana@example.org")
            times.append((perf_counter() - start) * 1000)
    times.sort()
    return {"reads": len(times), "p99": times[int(len(times) * 0.99)], "worst": times[-1]}


def _export(folder: str, store: str, format: str) -> dict[str, Any]:
    with CRM(store) as crm:
        start = perf_counter()
        report = crm.export_contacts(os.path.join(folder, f"out.{format}"), format)
        return {"seconds": perf_counter() - start, "contacts": report.contacts}


def _best(times: list[dict[str, Any]]) -> dict[str, Any]:
    best = min(times, key=lambda each: each["seconds"])
    return {**best, "all_seconds": [each["seconds"] for each in times]}


def _remove(path: str) -> None:
    for side in ("", "-wal", "-shm"):
        if os.path.exists(path + side):
            os.remove(path + side)
