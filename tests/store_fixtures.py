"""What the tests of the store room share: other processes, and a look at files from outside."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PRELUDE = """
import os, sys
from wixcrm_local import *
path = sys.argv[1]
def tell(word): print(word, flush=True)
def hear(): return sys.stdin.readline().strip()
def info(name): return {"emails": [f"{name}@example.com"]}
"""

_PATIENCE = 60.0  # seconds until a process that says nothing is killed, and its test fails


def info(name: object) -> dict[str, Any]:
    """The smallest contactInfo, a person known by one address."""
    return {"emails": [f"{name}@example.com"]}


class Program:
    """Another process, which talks with its test line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid

    def hear(self) -> str:
        """The next line the process says."""
        timer = threading.Timer(_PATIENCE, self.process.kill)
        timer.start()
        assert self.process.stdout is not None
        try:
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
            timer.join()
        assert line, "the process ended, or was killed, without a word"
        return line.strip()

    def expect(self, word: str) -> None:
        heard = self.hear()
        assert heard == word, f"heard {heard!r} instead of {word!r}"

    def tell(self, word: str = "go") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def end(self) -> int:
        """Waits for the end of the process and gives its exit code."""
        return self.process.wait(_PATIENCE)


@contextmanager
def program(
    script: str, *arguments: object, before: tuple[str, ...] = (), **options: Any
) -> Iterator[Program]:
    """A running process of `script`, whose first argument is usually a path; killed at the end."""
    command = [*before, sys.executable, "-c", PRELUDE + script, *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


def run(script: str, *arguments: object, **options: Any) -> list[str]:
    """What a process said until its successful end."""
    with program(script, *arguments, **options) as other:
        said, _ = other.process.communicate(timeout=_PATIENCE)
        assert other.process.returncode == 0
        return said.splitlines()


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Every name in a folder with what it holds."""
    return {
        entry.name: entry.read_bytes() if entry.is_file() else "folder"
        for entry in sorted(folder.iterdir())
    }


def descriptors() -> list[str]:
    """The files this process holds open."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue  # the one that listed them
    return sorted(found)


def rows(path: object, query: str) -> list[Any]:
    """What another program reads from the file."""
    with closing(sqlite3.connect(os.fspath(path))) as connection:  # type: ignore[call-overload]
        return list(connection.execute(query))


def integrity(path: object) -> None:
    """Fails where the file contradicts itself."""
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
