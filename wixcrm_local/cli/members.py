"""Members with their values, a line each, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from wixcrm_local.cli import output


def write_members(members: Mapping[str, object]) -> None:
    """Writes the members that have a value, the values below each other."""
    lines = {name: shown(value) for name, value in members.items()}
    lines = {name: value for name, value in lines.items() if value}
    longest = max(map(len, lines), default=0)
    for name, value in lines.items():
        output.write(output.printable(f"{name.ljust(longest)}  {value}"))


def shown(value: object) -> str:
    """A member's value on one line; nothing for none."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} = {shown(item) or 'none'}" for name, item in value.items())
    return "" if value is None else str(value)
