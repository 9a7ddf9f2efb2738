"""What the command line writes: text that is safe on any terminal, and JSON for programs.

Law: no character that steers a terminal leaves this module as it is, and what an encoding can't
say is replaced, never a crash.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TextIO

import attrs
import click

from wixcrm_local.model import WIX_NAMES
from wixcrm_local.printable import printable as printable
from wixcrm_local.printable import printable_lines as printable_lines

# Of what steers a terminal, what the json module leaves as it is.
_STEERING_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Values whose keys or items are names of members, in Python's spelling.
_NAMES_OF_MEMBERS = ("changed", "replaced", "before", "after")


def prepare() -> None:
    """Makes stdout replace what its encoding lacks; a choice of the user's own stays.

    A stream that was closed before the program began becomes one that takes all and gives none.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    if getattr(sys.stdout, "errors", None) == "strict" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def write(text: str = "") -> None:
    """Writes a line on stdout. Whatever comes from a store or caller is made printable first."""
    _write(text, sys.stdout)


def write_error(text: str) -> None:
    """Writes a line on stderr."""
    _write(text, sys.stderr)


def write_prompt(question: str) -> None:
    """Writes a question on stderr; the answer is typed behind it."""
    click.echo(question, file=sys.stderr, nl=False)


def write_json(value: object) -> None:
    """Writes one JSON value on a line of its own."""
    can_say_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not can_say_all)
    write(_STEERING_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def write_bytes(data: bytes) -> None:
    """Writes bytes on stdout as they are; whoever gives them knows that they steer no terminal."""
    sys.stdout.flush()
    with _broken_pipes():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def as_data(value: Any) -> dict[str, Any]:
    """A value of the library as JSON-able data with the camelCase names of Wix."""
    data: dict[str, Any] = {}
    for attribute in attrs.fields(type(value)):
        item = _jsonable(getattr(value, attribute.name))
        if attribute.name in _NAMES_OF_MEMBERS:
            item = _with_wix_names(item)
        data[_camel_case(attribute.name)] = item
    return data


def moment(at: datetime) -> str:
    """A time as people read it."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def abandon(stream: TextIO) -> None:
    """Lets go of what a broken stream could not write, or Python tries again when it exits."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        pass  # a stream without a descriptor has nothing to flush


def _write(text: str, stream: TextIO) -> None:
    colour = False if os.environ.get("NO_COLOR") else None  # None: on a terminal only
    with _broken_pipes():
        # click.echo would write UTF-8 where it is not told the stream and finds ASCII.
        click.echo(text, file=stream, color=colour)


@contextmanager
def _broken_pipes() -> Iterator[None]:
    """A reader that went away is the same error on every system."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EINVAL:  # Windows's name for it
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        raise


def _jsonable(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    return [_jsonable(item) for item in value] if isinstance(value, tuple) else value


def _with_wix_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {WIX_NAMES.get(name, name): item for name, item in value.items()}
    return [WIX_NAMES.get(name, name) for name in value]


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
