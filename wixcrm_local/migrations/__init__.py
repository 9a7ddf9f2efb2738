"""The steps from each schema that ever landed to the next; schema.sql is where they end.

Law: a step that landed never changes. Step N leads from user_version N to N + 1.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from wixcrm_local.queries import read_package_text


class Migration(NamedTuple):
    """One step: SQL statements, then, where SQL is not enough, a function over the data.

    Both run inside the one transaction of the upgrade and must not commit.
    """

    script: str
    data: Callable[[sqlite3.Connection], None] | None = None


# A new step is a file beside this one, NNNN_what_it_does.sql, listed here by hand: a frozen
# or zipped program can't list a folder. They are read when an older file is opened.
STEPS = ("0002_delivery.sql", "0003_imports.sql", "0004_views.sql")


def migrations_of(steps: tuple[str, ...]) -> tuple[Migration, ...]:
    """The steps, in order."""
    return tuple(Migration(read_package_text(f"migrations/{name}")) for name in steps)
