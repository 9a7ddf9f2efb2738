"""What createContact did, or would do, in the fewest words."""

from __future__ import annotations

from wixcrm_local.cli import output
from wixcrm_local.cli.members import shown
from wixcrm_local.model import WIX_NAMES, MatchResult, UpsertResult

_WOULD = {
    "created": "would create a contact",
    "updated": "would update",
    "unchanged": "would leave unchanged",
    "kept": "would keep as it is, being a site member,",
}


def write_done(result: UpsertResult) -> None:
    """Writes what `contact create` did."""
    line = f"{result.action} {result.contact_id}"
    if result.matched_by:
        line += f" ({_reason(result)}): {_members(result) or 'nothing'} changed"
    output.write(output.printable(line))
    for name, value in result.replaced.items():
        output.write(output.printable(f"  {WIX_NAMES[name]} was {shown(value)}"))
    for id in result.also_matched:
        output.write(output.printable(f"  also matches {id}, which was left alone"))


def write_rehearsal(result: MatchResult) -> None:
    """Writes what `contact match` found that would be done."""
    line = _WOULD[result.action]
    if result.matched_by:
        line += f" {result.contact_id} ({_reason(result)})"
    if names := _members(result):
        line += f": {names}"
    output.write(output.printable(line))
    for name, value in result.replaced.items():
        output.write(output.printable(f"  {WIX_NAMES[name]} is {shown(value)} now"))
    for id in result.also_matched:
        output.write(output.printable(f"  also matches {id}, which would be left alone"))
    for ignored in result.ignored:
        output.write(output.printable(f"  unknown, and would be left out: {ignored}"))


def _reason(result: UpsertResult | MatchResult) -> str:
    return f"same {(result.matched_by or '').replace('_', ' ')}"


def _members(result: UpsertResult | MatchResult) -> str:
    return ", ".join(WIX_NAMES[name] for name in result.changed)
