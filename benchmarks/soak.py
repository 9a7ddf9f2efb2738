"""A soak: processes call all kinds of verbs on one file and are killed at random; then the books.

python benchmarks/soak.py --minutes 60 --processes 6 [--seed N] [--folder F]

Needs the package alone. Each worker journals what is acknowledged to it, and is started anew when
it was killed. At the end everything acknowledged must be where it was put, everyone once, and every
mail accounted for; what is not stands in the summary, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from soaking.books import MIB, Books
from soaking.goods import WELCOME
from soaking.ledger import SCORE
from soaking.verbs import SHARED, shared_address
from soaking.worker import FROM

from wixcrm_local import CRM

_PATIENCE = 300.0  # seconds until a worker that was told to stop hangs
_LOOK = 0.1  # seconds between looks at the workers
Workers = list["subprocess.Popen[bytes]"]


class Soak:
    """The processes, and who kills them."""

    def __init__(self, folder: str, processes: int, seed: int, kill_every: float) -> None:
        self.folder, self.seed, self.kill_every = folder, seed, kill_every
        self.path = os.path.join(folder, "soak.db")
        self.kills = 0
        self.most_log = 0
        self.wrong: list[str] = []
        self._random = random.Random(seed)
        self._slots = range(processes)

    def run(self, minutes: float) -> Books:
        self._prepare()
        workers = [self._start(slot) for slot in self._slots]
        try:
            self._kill_until(time.monotonic() + 60 * minutes, workers)
            self._stop(workers)
        finally:
            for worker in workers:
                worker.kill()
        books = Books(self.folder, len(self._slots), self.kills)
        books.wrong += self.wrong
        if not self.wrong:
            books.balance()
        return books

    def _prepare(self) -> None:
        for name in ("journals", "mails", "asked", "imports", "exports", "backups"):
            os.mkdir(os.path.join(self.folder, name))
        with CRM(self.path, default_region="US", from_address=FROM) as crm:
            for label in ("Customer", "Friend"):
                crm.labels.create(label)
            crm.custom_fields.create(SCORE, "number")
            crm.triggered_emails.save(
                WELCOME, subject="Hi ${name}", text="Hi ${name}", variables={"name": "friend"}
            )
            for number in range(SHARED):
                crm.create_contact({"emails": [shared_address(number)], "firstName": "first"})
            crm.deliver(lambda mail: None)  # what is recorded before the first one is held back

    def _start(self, slot: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "soaking.worker", self.folder, str(slot), str(self.seed)]
        here = Path(__file__).resolve().parent
        paths = [str(here.parent), str(here), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        return subprocess.Popen(command, env=environment)

    def _kill_until(self, end: float, workers: Workers) -> None:
        begin = time.monotonic()
        next_kill, next_line = begin + self._wait(), begin + 60
        while (now := time.monotonic()) < end and not self.wrong:
            if now > next_kill:
                slot = self._random.choice(self._slots)
                workers[slot].kill()
                workers[slot].wait()
                self.kills += 1
                workers[slot] = self._start(slot)
                next_kill = now + self._wait()
            if now > next_line:
                print(f"minute {(now - begin) / 60:.0f}: {self._standing()}", flush=True)
                next_line += 60
            self._look(workers)
            time.sleep(_LOOK)

    def _wait(self) -> float:
        return self._random.expovariate(1 / self.kill_every)

    def _look(self, workers: Workers) -> None:
        """Nobody ends but by a kill; the log is measured."""
        for slot, worker in enumerate(workers):
            if worker.poll() is not None:
                self.wrong.append(f"worker {slot} ended by itself with {worker.returncode}")
        log = f"{self.path}-wal"
        self.most_log = max(self.most_log, os.path.getsize(log) if os.path.exists(log) else 0)

    def _standing(self) -> str:
        with CRM(self.path) as crm:
            contacts, mails = crm.count_contacts(), len(crm.outbox)
        size = os.path.getsize(self.path) / MIB
        return (
            f"{contacts:,} contacts, {mails:,} mails, {self.kills} kills, file {size:.0f} MiB, "
            f"log at most {self.most_log / MIB:.0f} MiB"
        )

    def _stop(self, workers: Workers) -> None:
        Path(self.folder, "stop").touch()
        for slot, worker in enumerate(workers):
            try:
                code = worker.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                code = None
            if code != 0:
                self.wrong.append(f"worker {slot} did not stop well: {code}")


def main() -> None:
    options = _options()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}, {options.processes} processes, {options.minutes:g} minutes", flush=True)
    with tempfile.TemporaryDirectory(prefix="wixcrm-soak-") as temporary:
        folder = options.folder or temporary
        os.makedirs(folder, exist_ok=True)
        soak = Soak(folder, options.processes, seed, options.kill_every)
        books = soak.run(options.minutes)
        _print(soak, books)
    if books.wrong:
        sys.exit(1)


def _print(soak: Soak, books: Books) -> None:
    figures: dict[str, Any] = {"kills": soak.kills, **books.figures}
    figures["log at most, MiB"] = round(soak.most_log / MIB, 1)
    for name, value in figures.items():
        print(f"{name}: {value}")
    calls: Counter[str] = sum((each.calls for each in books.ledgers), Counter())
    for name, count in sorted(calls.items()):
        print(f"  {count:7,} {name}")
    for sentence in books.wrong:
        print(f"WRONG: {sentence}")
    print("the books do not balance" if books.wrong else "the books balance")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--processes", type=int, default=6, choices=range(1, 11))
    parser.add_argument("--seed", type=int, help="of what is called, and who is killed when")
    parser.add_argument("--folder", help="an empty one that is kept; else a temporary one")
    parser.add_argument("--kill-every", type=float, default=3, help="seconds, on average")
    return parser.parse_args()


if __name__ == "__main__":
    main()
