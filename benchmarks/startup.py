"""How long a program waits before its first call."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

# What may be loaded only once it is needed.
LATER = ("email_validator", "phonenumbers", "sqlite_utils", "asyncio")

_BARE = "pass"
_IMPORT = "import wixcrm_local"
_FIRST_MATCH = """
import sys
from wixcrm_local import CRM
with CRM(sys.argv[1]) as crm:
    crm.find_contact(email="First@Example.com")
    crm.find_contact(phone="(212) 555-0123")
"""


def measure(folder: str, repeats: int = 20) -> dict[str, Any]:
    """Milliseconds, each the median of interleaved repeats."""
    from wixcrm_local import CRM

    path = os.path.join(folder, "startup.db")
    with CRM(path, default_region="US") as crm:
        crm.create_contact({"emails": ["first@example.com"], "phones": ["212-555-0123"]})

    # Bytecode as an installed package has it, kept out of the checkout.
    os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(folder, "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    processes: dict[str, list[float]] = {_BARE: [], _IMPORT: [], _FIRST_MATCH: []}
    for program in processes:
        _python(program, path)  # writes the bytecode
    for _ in range(repeats):
        for program, taken in processes.items():
            taken.append(_milliseconds(lambda program=program: _python(program, path)))
    bare = median(processes[_BARE])
    return {
        "import over bare Python": median(processes[_IMPORT]) - bare,
        "bare Python": bare,
        "import, open a file, first find by email and by phone, over bare Python": (
            median(processes[_FIRST_MATCH]) - bare
        ),
        "a fresh CRM() in memory after the first": _median_of(lambda: CRM().close()),
        "opening an existing file after the first": _median_of(lambda: CRM(path).close()),
        "loaded too early": _loaded_early(),
    }


def _loaded_early() -> list[str]:
    program = f"import sys, wixcrm_local; print(*(set({LATER!r}) & set(sys.modules)))"
    return _python(program).stdout.split()


def _python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def _milliseconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def _median_of(work: Callable[[], object], repeats: int = 200) -> float:
    work()
    return median(_milliseconds(work) for _ in range(repeats))
