"""The benchmarks, in one command.

python benchmarks/run.py [--contacts 1000000] [--mail | --search | --change] [--quick]

Beside the package they need benchmarks/requirements.txt. docs/performance.md says what is
measured and what came out.
"""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import sys
import tempfile
from contextlib import suppress
from datetime import date
from importlib import metadata
from time import perf_counter
from typing import Any

import beside
import changing
import creating
import importing
import mail
import processes
import searching
import startup
import tables

_PACKAGES = ("django", "django-mailer", "django-post-office", "peewee", "phonenumbers")
_PACKAGES += ("sqlalchemy", "sqlite-utils", "tinydb", "zodb")
# 11 calls make 10 contacts: one person in eleven comes back.
CALLS = 11_000
CALLS_ON_MANY = 10_000
QUICK_CALLS = 2_200


def main() -> None:
    options = _options()
    report: dict[str, Any] = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": _versions(),
    }
    print(f"{report['date']}, Python {report['python']}, SQLite {report['sqlite']}")
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="wixcrm-benchmark-") as folder:
        if options.mail:
            _measure_mail(folder, options, report)
        elif options.search:
            report["search"] = searching.measure(
                folder, options.contacts, options.calls, options.durability
            )
            tables.print_search(report["search"])
        elif options.bring_in:
            rows = options.contacts // 5 if options.quick else options.contacts
            repeats = 3 if rows <= 200_000 else 1
            report["import"] = importing.measure(folder, rows, repeats, few=options.few)
            tables.print_import(report["import"])
        elif options.change:
            _measure_changing(folder, options, report)
        else:
            _measure_contacts(folder, options, report)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    compared = [*report.get("create_contact", []), *report.get("mail", {}).get("queues", [])]
    compared += report.get("change", [])
    if not all(table["same_contents"] for table in compared):
        sys.exit("the contenders do not hold the same: nothing above can be compared")


def _measure_mail(folder: str, options: argparse.Namespace, report: dict[str, Any]) -> None:
    calls, ready = (400, 10_000) if options.quick else (2_000, 100_000)
    report["mail"] = mail.measure(folder, options.durability, calls, ready)
    tables.print_mail(report["mail"])


def _measure_changing(folder: str, options: argparse.Namespace, report: dict[str, Any]) -> None:
    calls = 800 if options.quick else 4_000
    report["change"] = []
    for table in changing.measure(
        folder, options.contacts, calls, options.durability, not options.few
    ):
        report["change"].append(table)
        tables.print_changing(table)


def _measure_contacts(folder: str, options: argparse.Namespace, report: dict[str, Any]) -> None:
    if options.preloaded:
        start = perf_counter()
        creating.preload(folder, options.preloaded)
        print(f"preloaded {options.preloaded:,} contacts in {perf_counter() - start:.0f} s")
    else:
        report["startup"] = startup.measure(folder, 5 if options.quick else 20)
        tables.print_startup(report["startup"])
    report["create_contact"] = []
    for durability in options.durability:
        table = creating.measure(
            folder, durability, options.calls, options.preloaded, not options.few
        )
        report["create_contact"].append(table)
        tables.print_creating(table)
    if options.preloaded:
        return
    report["beside"] = beside.measure(folder, "normal", 500 if options.quick else 3_000)
    tables.print_beside(report["beside"])
    seconds = 2.0 if options.quick else 6.0
    report["processes"] = [
        processes.measure(folder, durability, seconds) for durability in options.durability
    ]
    for found in report["processes"]:
        tables.print_processes(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--contacts",
        type=int,
        default=10_000,
        help="10,000 are made from nothing; more are preloaded before the timed calls",
    )
    parser.add_argument("--mail", action="store_true", help="measure mail instead of contacts")
    parser.add_argument(
        "--import", dest="bring_in", action="store_true", help="measure bringing in a table"
    )
    parser.add_argument("--search", action="store_true", help="measure finding instead")
    parser.add_argument("--change", action="store_true", help="measure changing and merging")
    parser.add_argument("--quick", action="store_true", help="a fifth of the calls")
    parser.add_argument("--few", action="store_true", help="ours and hand-written code only")
    parser.add_argument(
        "--durability", nargs="*", choices=("full", "normal"), default=("full", "normal")
    )
    parser.add_argument("--folder", help="where the files are made; else the temporary folder")
    parser.add_argument("--json", help="write all numbers to this file as well")
    options = parser.parse_args()
    options.preloaded = options.contacts if options.contacts > 10_000 else 0
    options.calls = CALLS_ON_MANY if options.preloaded else CALLS
    if options.quick:
        options.calls = QUICK_CALLS
    return options


def _versions() -> dict[str, str]:
    """Of the packages that are compared with, those that are there."""
    found = {}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


if __name__ == "__main__":
    main()
