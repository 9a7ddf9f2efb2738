"""Runs targets on bytes for a time, guided by coverage where atheris is installed, else at random.

Law: a finding never ends a run; each is reported once, by where it came from, and made short.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

Target = Callable[[Any], None]

_LONGEST_INPUT = 600  # bytes: more only repeats what fewer can say
_SHORTENING_SECONDS = 10.0


class Finding(NamedTuple):
    """The shortest bytes known to break a rule, and how."""

    data: bytes
    story: str


class Findings(dict[str, Finding]):
    """Of one target: one finding for each place that errors came from."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.inputs = 0

    def test(self, data: bytes) -> None:
        """Hands the bytes to the target."""
        self.inputs += 1
        found = broken_by(self.target, data)
        if found is not None:
            place, story = found
            if place not in self or len(data) < len(self[place].data):
                self[place] = Finding(data, story)

    def shorten(self) -> None:
        """Leaves out of each finding what it does not need."""
        for place, finding in self.items():
            end = time.monotonic() + _SHORTENING_SECONDS
            shortest, tried = finding.data, True
            while tried and time.monotonic() < end:
                tried = False
                for shorter in _shorter(shortest):
                    found = broken_by(self.target, shorter)
                    if found is not None and found[0] == place:
                        shortest, tried = shorter, True
                        self[place] = Finding(shorter, found[1])
                        break
                    if time.monotonic() > end:
                        break


def broken_by(target: Target, data: bytes) -> tuple[str, str] | None:
    """Where an error came from, and its traceback; None where all is well."""
    from fuzzing.source import Source

    try:
        target(Source(data))
    except Exception as error:
        return _place(error), "".join(traceback.format_exception(error, limit=-6))
    return None


def at_random(target: Target, seconds: float, seed: int = 0) -> Findings:
    """Random bytes, the same ones for the same seed."""
    findings = Findings(target)
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        findings.test(chance.randbytes(chance.randrange(1, _LONGEST_INPUT // 2)))
    findings.shorten()
    return findings


def guided(name: str, seconds: float, corpus: str, done: Callable[[Findings], None]) -> None:
    """Bytes that atheris finds by the branches they take; ends the process when time is up."""
    import atheris

    with atheris.instrument_imports(include=["wixcrm_local", "email_validator", "phonenumbers"]):
        from fuzzing.targets import TARGETS
    findings = Findings(TARGETS[name])
    end = time.monotonic() + seconds

    def one(data: bytes) -> None:
        findings.test(data)
        if time.monotonic() > end:
            findings.shorten()
            done(findings)
            os._exit(0)  # libFuzzer would end without a word to Python

    options = [f"-max_len={_LONGEST_INPUT}", "-timeout=300", "-rss_limit_mb=4096", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, corpus], one)
    atheris.Fuzz()


def _place(error: Exception) -> str:
    """The last line of the library that the error passed, or else of the target."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "wixcrm_local" in Path(frame.filename).parts]
    frame = (own or frames)[-1]
    says = f": {str(error).splitlines()[:1]}" if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}{says}"


def _shorter(data: bytes) -> Iterator[bytes]:
    """The bytes without each of their parts, large parts first, then with zeros in their place."""
    size = len(data)
    while size:
        for at in range(0, len(data), size):
            yield data[:at] + data[at + size :]
        size //= 2
    for at, byte in enumerate(data):
        if byte:
            yield data[:at] + b"\0" + data[at + 1 :]


def main() -> None:
    """The command line: all targets in turn, each in a process of its own."""
    parser = argparse.ArgumentParser(description="Fuzzes the library; see docs/performance.md.")
    parser.add_argument("--minutes", type=float, default=5.0, help="for all targets together")
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--corpus", help="a folder that keeps what was learnt for the next run")
    parser.add_argument("--replay", metavar="HEX", help="a finding's bytes, run once uncaught")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.child:
        return _child(options.child, options.minutes * 60, options.corpus)
    from fuzzing.targets import TARGETS

    names = options.target or list(TARGETS)
    if options.replay is not None:
        return _replay(TARGETS[names[0]], options.replay)
    with tempfile.TemporaryDirectory() as folder:
        failed = [
            _run(name, options.minutes / len(names), options.corpus or folder) for name in names
        ]
    sys.exit(any(failed))


def _replay(target: Target, data: str) -> None:
    from fuzzing.source import Source

    target(Source(bytes.fromhex(data)))


def _run(name: str, minutes: float, corpus: str) -> bool:
    """One target in a child, so that what kills it is seen; tells what came out."""
    folder = Path(corpus) / name
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, sys.argv[0], "--child", name, "--minutes", str(minutes)]
    child = subprocess.run(
        [*command, "--corpus", str(folder)],
        capture_output=True,
        text=True,
    )
    lines = [line for line in child.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"{name}: DIED with {child.returncode}\n{child.stderr[-3000:]}", flush=True)
        return True
    report = json.loads(lines[-1])
    print(f"{name}: {report['inputs']:,} inputs {report['how']}, {len(report['found'])} findings")
    for place, (data, story) in report["found"].items():
        print(f"\n  {place}\n  --target {name} --replay {data}\n{story}")
    sys.stdout.flush()
    return bool(report["found"])


def _child(name: str, seconds: float, corpus: str) -> None:
    def tell(how: str) -> Callable[[Findings], None]:
        def done(findings: Findings) -> None:
            found = {place: (item.data.hex(), item.story) for place, item in findings.items()}
            print(json.dumps({"inputs": findings.inputs, "how": how, "found": found}), flush=True)

        return done

    try:
        guided(name, seconds, corpus, tell("guided by coverage"))
    except ImportError:
        from fuzzing.targets import TARGETS

        tell("at random")(at_random(TARGETS[name], seconds, seed=time.time_ns()))
