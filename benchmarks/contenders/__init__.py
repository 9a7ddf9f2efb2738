"""What is measured: one class a file, all of one shape.

`open(path, durability)`, `create(person)` for one durable call of createContact, `close()`, and
`contents()` to compare what they hold at the end. `CONTENDERS` names them in the tables' order.
Those with a `most_calls` are too slow for more, and are measured on the first calls alone.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable
from typing import Protocol

from people import Person

# Module and class; those that can't be imported are reported, not left out in silence.
CONTENDERS = (
    ("ours", "Ours"),
    ("handwritten", "Handwritten"),
    ("our_schema", "OnOurSchema"),
    ("sqlite_utils_alone", "SqliteUtilsAlone"),
    ("django_orm", "DjangoOrm"),
    ("peewee_orm", "Peewee"),
    ("sqlalchemy_orm", "SqlAlchemy"),
    ("zodb_index", "Zodb"),
    ("tiny_db", "TinyDb"),
)


class Contender(Protocol):
    """The shape of all contenders."""

    name: str

    def open(self, path: str, durability: str) -> None: ...

    def create(self, person: Person) -> object: ...

    def contents(self) -> tuple[int, int]: ...

    def close(self) -> None: ...


def load(module: str, name: str) -> Contender:
    """A contender by its name. Raises `ImportError` where its package is missing."""
    made: Contender = getattr(importlib.import_module(f"contenders.{module}"), name)()
    return made


def most_calls(contender: Contender) -> int | None:
    """How many calls it is measured on; None for all."""
    return getattr(contender, "most_calls", None)


def contents(contacts_and_keys: Iterable[tuple[object, str]]) -> tuple[int, int]:
    """How many contacts there are, and a sum over which keys belong together.

    The (contact, key) pairs are ordered by both; numbers of rows don't enter the sum.
    """
    count, total, current = 0, 0, None
    keys: list[str] = []
    for contact, key in contacts_and_keys:
        if contact != current:
            total += _sum_of(keys)
            count, current, keys = count + 1, contact, []
        keys.append(key)
    return count, (total + _sum_of(keys)) % (1 << 64)


def _sum_of(keys: list[str]) -> int:
    return zlib.crc32("\n".join(keys).encode()) if keys else 0
