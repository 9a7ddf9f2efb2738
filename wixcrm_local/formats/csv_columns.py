"""Decides where each column of a table goes: by what the caller says, else by its header. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from wixcrm_local.errors import InvalidArgument, UnreadableFile
from wixcrm_local.formats import csv_headers
from wixcrm_local.formats.csv_cells import unguarded
from wixcrm_local.formats.csv_headers import NOT_TAKEN, OTHER, PAIR, Role, plain
from wixcrm_local.naming import nearest, suggestion
from wixcrm_local.text import folded, shortened

ROLES = (
    *("firstName", "lastName", "name", "emails", "phones", "labels"),
    *("language", "picture", "subscription", OTHER),
)

_MOST_SHOWN = 8
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"\+?(?:\d[\s()./-]*){7,}")
_SNAKE = {"first_name": "firstName", "last_name": "lastName"}

# `Name` beside these is the last name, as `nom` is beside any first name.
_FIRST_NAMES_BESIDE_NAME = {"vorname", "prenom", "voornaam"}


class Column(NamedTuple):
    """One column: its header, different from all others, and its role.

    `name` is what the file calls the values of an 'other' column. `beside` is the place of the
    column that tells of what kind a telephone is, or what a custom field is called (PAIR).
    """

    header: str
    role: Role
    name: str
    beside: int | None = None


def columns_of(
    cells: Sequence[str],
    format: str,
    mapping: Mapping[str, str | None],
    known_fields: Collection[str],
) -> tuple[Column, ...]:
    """The columns under a row of headers.

    Raises `InvalidArgument` for a mapping of headers or roles that there are not, and
    `UnreadableFile` where no column has addresses or numbers.
    """
    headers = headers_of(cells)
    roles = _recognised(headers, format, known_fields)
    if not _reaches(roles) and not any(header in headers for header in mapping):
        _refuse_values(headers)
    unique = _unique(headers)
    names = list(unique)
    for header, target in mapping.items():
        role, name = _target(str(header), target)
        for place in _places(str(header), headers):
            roles[place], names[place] = role, name or unique[place]
    if not _reaches(roles):
        raise _nobody_to_reach(headers)
    return tuple(map(Column, unique, roles, names, _places_beside(headers, roles)))


def headers_of(cells: Iterable[str]) -> list[str]:
    """The headers as texts: trimmed, and without what guards a formula."""
    return [unguarded(cell.strip()) for cell in cells]


def _refuse_values(headers: Sequence[str]) -> None:
    """Raises `UnreadableFile` where somebody's address or number stands in place of a header."""
    for place, header in enumerate(headers, 1):
        if _ADDRESS.fullmatch(header) or _NUMBER.fullmatch(header):
            raise UnreadableFile(
                "the file has no row of headers: its first row holds an address or a number in "
                f"column {place:,}; put a row ahead that names the columns, such as "
                "First Name,Last Name,Email,Phone",
                details={"column": place},
            )


def _reaches(roles: Collection[Role]) -> bool:
    return "emails" in roles or "phones" in roles


def _recognised(headers: list[str], format: str, known_fields: Collection[str]) -> list[Role]:
    roles = [csv_headers.role_of(header, format) for header in headers]
    if format == "csv":
        roles = _told_by_the_others([plain(header) for header in headers], roles)
    fields = set(map(folded, known_fields))
    return [
        OTHER if role == NOT_TAKEN and folded(header) in fields else role
        for header, role in zip(headers, roles, strict=True)
    ]


def _told_by_the_others(words: list[str], roles: list[Role]) -> list[Role]:
    """The roles, where words for a name mean one part of it beside a column for the other."""
    has_first, has_last = "firstName" in roles, "lastName" in roles
    meant: dict[str, Role] = {}
    if has_last and not has_first:
        meant = {"nome": "firstName", "nombre": "firstName"}
    if has_first and not has_last:
        meant = {"nom": "lastName"}
        if _FIRST_NAMES_BESIDE_NAME.intersection(words):
            meant |= {"name": "lastName", "naam": "lastName"}
    return [meant.get(word, role) for word, role in zip(words, roles, strict=True)]


def _places(wanted: str, headers: list[str]) -> list[int]:
    """Where a header of the mapping stands: spelled exactly so, else in whatever case."""
    exact = [place for place, header in enumerate(headers) if header == wanted]
    alike = [place for place, header in enumerate(headers) if folded(header) == folded(wanted)]
    if not alike:
        raise InvalidArgument(
            f"the file has no column {shortened(wanted)}, which the mapping names; "
            f"{suggestion(nearest(wanted, headers))}give headers of the file: "
            f"{shown_headers(headers)}",
            details={"column": wanted, "columns": headers},
        )
    return exact or alike


def _target(header: str, target: str | None) -> tuple[Role, str]:
    """The role of a mapping's entry, and another name for what it holds, or ''."""
    role, colon, name = (NOT_TAKEN if target is None else str(target)).partition(":")
    role = _SNAKE.get(role, role)
    if (role in (*ROLES, NOT_TAKEN) and not colon) or (role == OTHER and name.strip()):
        return role, name.strip()
    raise InvalidArgument(
        f"the mapping sends column {shortened(header)} to {shortened(str(target))}; "
        f"{suggestion(nearest(role, ROLES))}give one of {', '.join(ROLES)}, "
        "'other:' with a name, or None for a column that is not taken",
        details={"column": header, "role": str(target)},
    )


def _places_beside(headers: list[str], roles: list[Role]) -> list[int | None]:
    """For each of Google's values the place of its type, or label."""
    place_of = {plain(header): place for place, header in enumerate(headers)}
    beside: list[int | None] = []
    for header, role in zip(headers, roles, strict=True):
        words = plain(header).removesuffix(" value")
        found = place_of.get(f"{words} label", place_of.get(f"{words} type"))
        beside.append(found if role in (PAIR, "phones") else None)
    return beside


def _unique(headers: list[str]) -> list[str]:
    """The headers, those that are blank or stand twice with their column's number."""
    times = Counter(headers)
    return [
        header if header and times[header] == 1 else f"{header} (column {place})".strip()
        for place, header in enumerate(headers, 1)
    ]


def shown_headers(headers: Sequence[str]) -> str:
    """The first headers of a file, for a message."""
    named = [shortened(header) for header in headers if header]
    more = f" and {len(named) - _MOST_SHOWN:,} more" if len(named) > _MOST_SHOWN else ""
    return ", ".join(named[:_MOST_SHOWN]) + more


def _nobody_to_reach(headers: Sequence[str]) -> UnreadableFile:
    example = next(filter(None, headers), "Contact")
    return UnreadableFile(
        f"no column of the file is known to hold addresses or numbers; its headers are "
        f"{shown_headers(headers)}; give a mapping such as {{{example[:60]!r}: 'emails'}}",
        details={"columns": list(headers)},
    )
