"""Loads the named statements of queries.sql; the rest of the library calls SQL by these names."""

from __future__ import annotations

import pkgutil
import re

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def read_package_text(name: str) -> str:
    """A text file of this package, also out of a zip or a frozen program."""
    data = pkgutil.get_data("wixcrm_local", name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode("utf-8")


def parse(text: str) -> dict[str, str]:
    """The statements of a .sql file by name, without their comments."""
    _, *pieces = _NAME.split(text)
    return {
        name: _without_comments(body) for name, body in zip(pieces[::2], pieces[1::2], strict=True)
    }


def _without_comments(body: str) -> str:
    lines = (line for line in body.strip().splitlines() if not line.startswith("--"))
    return "\n".join(lines).rstrip().rstrip(";")


SQL = parse(read_package_text("queries.sql"))
