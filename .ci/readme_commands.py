"""Prints one of the two commands on README's first screen, so that CI runs the very same line."""

from __future__ import annotations

import pathlib
import re
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"


def commands() -> dict[str, str]:
    """README's command lines for a POSIX shell: `run` the main job, `test` the suite."""
    lines = re.findall(r"^python3 -m venv \.venv && .+$", README.read_text("utf-8"), re.MULTILINE)
    if len(lines) != 2:
        raise SystemExit(f"README.md must hold exactly two command lines, not {len(lines)}")
    return dict(zip(("run", "test"), lines, strict=True))


if __name__ == "__main__":
    print(commands()[sys.argv[1]])
