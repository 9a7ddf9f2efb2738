"""Loads the named statements of queries.sql; the rest of the library calls SQL by these names."""

from __future__ import annotations

import pkgutil

_NAME = "-- name: "


def read_package_text(name: str) -> str:
    """A text file of this package, also out of a zip or a frozen program."""
    data = pkgutil.get_data("wixcrm_local", name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode("utf-8")


def parse(text: str) -> dict[str, str]:
    """The statements of a .sql file by name, without their comments."""
    _, *pieces = text.split(_NAME)
    named = (piece.partition("\n") for piece in pieces)
    return {name: _without_comments(body) for name, _, body in named}


def _without_comments(body: str) -> str:
    lines = (line for line in body.strip().splitlines() if not line.startswith("--"))
    return "\n".join(lines).rstrip().rstrip(";")


SQL = parse(read_package_text("queries.sql"))
