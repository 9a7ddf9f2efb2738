"""Reads contactInfos from bytes, one as JSON a line, in batches of what is there to be read.

Law: a line that is no JSON object is refused alone; nothing in a line is lost in silence.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from io import BufferedIOBase
from typing import Any

import attrs

from wixcrm_local import errors

# Some 500 people. Less where a pipe holds less: a slow writer's lines are stored as they come.
_CHUNK = 64 * 1024


@attrs.frozen
class Batch:
    """Whole lines, the number of the first, and how many bytes were read for them."""

    first_line: int
    lines: list[bytes]
    size: int


def read_batches(source: BufferedIOBase) -> Iterator[Batch]:
    """All lines of the source; a byte order mark before the first is left out."""
    number = 1
    unfinished: list[bytes] = []
    while chunk := source.read1(_CHUNK):
        head, line_break, tail = chunk.rpartition(b"\n")
        if line_break:
            lines = b"".join([*unfinished, head]).split(b"\n")
            yield _batch(number, lines, len(chunk))
            number += len(lines)
            unfinished = []
        unfinished.append(tail)
    if last := b"".join(unfinished):
        yield _batch(number, [last], 0)


def contact_info(line: bytes) -> dict[str, Any]:
    """The JSON object on a line. Raises `InvalidContactInfo` with the code NOT_A_JSON_OBJECT."""
    try:
        value = json.loads(line.decode(), object_pairs_hook=_without_repeats)
    except UnicodeDecodeError:
        raise _refused("is no UTF-8 text; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise _refused(f"is no JSON ({error.msg}, column {error.colno}); {_REMEDY}") from None
    except (ValueError, RecursionError) as error:
        raise _refused(f"can't be read as JSON ({error}); {_REMEDY}") from None
    if not isinstance(value, dict):
        raise _refused(f"is JSON, but no object; {_REMEDY}")
    return value


_REMEDY = 'write one such as {"firstName": "Ana", "emails": ["ana@example.com"]} on each line'


def _batch(number: int, lines: list[bytes], size: int) -> Batch:
    if number == 1:
        lines[0] = lines[0].removeprefix(BOM_UTF8)
    return Batch(number, lines, size)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; Python would keep the last of two members of one name, and lose the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {twice[:60]!r} is given twice")
    return found


def _refused(reason: str) -> errors.InvalidContactInfo:
    return errors.InvalidContactInfo(f"the line {reason}", code="NOT_A_JSON_OBJECT")
