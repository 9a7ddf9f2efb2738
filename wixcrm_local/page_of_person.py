"""A page of what export_person gives, for the person whom it is about. Pure.

Law: plain text that steers no terminal; whatever the data holds stands on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wixcrm_local.printable import printable

_TITLES = {
    "contact": "What is stored of you",
    "history": "What changed, and when",
    "merged": "Contacts that were found to be you",
    "mails": "Mails to you",
    "suppressions": "Addresses that get no mail",
}
_INDENT = "  "


def person_page(data: Mapping[str, Any]) -> str:
    """The data of `CRM.export_person` as text: one thing a line, lists and parts indented."""
    lines = [f"Personal data, as of {printable(str(data['exportedAt']))}"]
    if data.get("inTrash"):
        lines.append("The contact is in the trash: it is to be deleted.")
    if data.get("mergedIds"):
        lines.append(f"Earlier ids: {printable(', '.join(data['mergedIds']))}")
    for name, title in _TITLES.items():
        lines += ["", title, "=" * len(title)]
        found = list(_lines(data.get(name)))
        lines += found or ["Nothing."]
    return "\n".join(lines) + "\n"


def _lines(value: Any) -> Iterator[str]:
    """What stands under a title; entries of a list are set apart by empty lines."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _member(printable(str(name)), item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if place and isinstance(item, Mapping):
                yield ""
            yield from _lines(item)
    elif not _is_nothing(value):
        yield from (printable(line) for line in str(value).split("\n"))


def _member(name: str, value: Any) -> Iterator[str]:
    if _is_nothing(value):
        return
    lines = list(_lines(value))
    if not lines:
        return
    if len(lines) == 1 and not isinstance(value, Mapping):
        yield f"{name}: {lines[0]}"
        return
    yield f"{name}:"
    yield from (f"{_INDENT}{line}" if line else "" for line in lines)


def _is_nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}
