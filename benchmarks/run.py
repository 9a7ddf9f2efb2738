"""The benchmarks, in one command: python benchmarks/run.py [--contacts 1000000] [--quick].

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
from datetime import date
from time import perf_counter
from typing import Any

import beside
import creating
import startup

# Of the rate of hand-written code at each durability, and of the others' at their defaults.
TARGETS = {
    ("hand-written sqlite3", "full"): 0.8,
    ("hand-written sqlite3", "normal"): 0.6,
    ("sqlite-utils alone", "full"): 2.5,
    ("sqlite-utils alone", "normal"): 2.5,
    ("Django ORM", "full"): 3.0,
    ("Django ORM", "normal"): 3.0,
}
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
    }
    print(f"{report['date']}, Python {report['python']}, SQLite {report['sqlite']}")
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="wixcrm-benchmark-") as folder:
        if options.preloaded:
            start = perf_counter()
            creating.preload(folder, options.preloaded)
            print(f"preloaded {options.preloaded:,} contacts in {perf_counter() - start:.0f} s")
        else:
            report["startup"] = startup.measure(folder, 5 if options.quick else 20)
            _print_startup(report["startup"])
        report["create_contact"] = []
        for durability in options.durability:
            table = creating.measure(
                folder, durability, options.calls, options.preloaded, not options.few
            )
            report["create_contact"].append(table)
            _print_table(table)
        if not options.preloaded:
            report["beside"] = beside.measure(folder, "normal", 500 if options.quick else 3_000)
            _print_beside(report["beside"])
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    if not all(table["same_contents"] for table in report["create_contact"]):
        sys.exit("the contenders do not hold the same contacts: nothing above can be compared")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--contacts",
        type=int,
        default=10_000,
        help="10,000 are made from nothing; more are preloaded before the timed calls",
    )
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


def _print_table(table: dict[str, Any]) -> None:
    before = f" on {table['preloaded']:,} contacts" if table["preloaded"] else ""
    print(f"\ncreate_contact, durability {table['durability']}, {table['calls']:,} calls{before}")
    print(
        f"{'':26}{'calls/s':>9}{'ours/its':>10}{'(median)':>10}{'target':>8}"
        f"{'p50 µs':>9}{'p99 µs':>10}{'worst µs':>11}"
    )
    for row in table["rows"]:
        target = TARGETS.get((row["name"], table["durability"]), "")
        print(
            f"{row['name']:26}{row['rate']:9,.0f}{row['ours_to_it']:10.2f}"
            f"{row['ours_to_it_median']:10.2f}{target:>8}"
            f"{row['p50']:9,.0f}{row['p99']:10,.0f}{row['worst']:11,.0f}"
        )
    for sentence in table["missing"]:
        print(sentence)
    if table["same_contents"]:
        print(f"all of them hold the same {table['contacts']:,} contacts")
    else:
        print(f"they hold DIFFERENT contacts (count, sum over keys): {table['contents']}")


def _print_startup(found: dict[str, Any]) -> None:
    print("\nstart-up, milliseconds (median)")
    for name, value in found.items():
        if name != "loaded too early":
            print(f"{value:9.2f}  {name}")
    print(f"           loaded too early: {', '.join(found['loaded too early']) or 'nothing'}")


def _print_beside(found: dict[str, Any]) -> None:
    print(f"\nwithout a target, durability {found['durability']}")
    for name, value in found.items():
        if name != "durability":
            print(f"{value:9,.2f}  {name}" if value < 10 else f"{value:9,.0f}  {name}")


if __name__ == "__main__":
    main()
