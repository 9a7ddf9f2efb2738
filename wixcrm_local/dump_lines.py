"""How the lines of a dump are written: one thing a line, so that a diff can be read. Pure.

Law: different values give different lines, and no value breaks out of its line, or steers a
terminal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from wixcrm_local.printable import printable

_as_json = json.JSONEncoder(ensure_ascii=False).encode
_INDENT = "  "


def shown(value: object) -> str:
    """A value on one line: texts in quotes, numbers bare, nothing as `nothing`."""
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, datetime | date):
        value = value.isoformat()
    return printable(_as_json(value))


def member(name: str, value: object) -> Iterator[str]:
    """`name: value`; no line where there is none, and one line each for those of a long text."""
    if value is None or value == "":
        return
    if not isinstance(value, str) or "\n" not in value:
        yield f"{name}: {shown(value)}"
        return
    yield f"{name}:"
    for line in value.split("\n"):
        escaped = printable(_as_json(line)[1:-1].replace('\\"', '"'))
        yield f"{_INDENT}| {escaped}" if escaped else f"{_INDENT}|"


def change(name: str, before: object, after: object) -> str:
    """`name: before -> after`."""
    return f"{name}: {shown(before)} -> {shown(after)}"


def time(name: str, moment: str | datetime | None) -> Iterator[str]:
    """`name: time`, without a fraction that is none."""
    if moment is not None:
        yield f"{name}: {stamp(moment)}"


def stamp(moment: str | datetime) -> str:
    """A time as it is stored or as callers get it, in UTC."""
    text = moment if isinstance(moment, str) else moment.isoformat()
    return text.replace("+00:00", "Z").replace(".000000", "")


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A title and what belongs to it, which stands a step to the right."""
    yield title
    for line in lines:
        yield f"{_INDENT}{line}" if line else ""
