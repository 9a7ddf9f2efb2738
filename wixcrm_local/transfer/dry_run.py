"""A copy of the store on which an import can be tried out: it is gone afterwards.

Law: the copy is private, and nobody waits for it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from wixcrm_local import backup, errors
from wixcrm_local.context import Context
from wixcrm_local.store import Store


@contextmanager
def copied(context: Context) -> Iterator[Context]:
    """What stands for the open store, with its clock and policy.

    Raises `InvalidArgument` inside a transaction, of which a copy would know nothing.
    """
    if context.store.in_transaction:
        raise errors.InvalidArgument(
            "leave the transaction before a dry run: it looks at a copy of what is stored",
            details={"argument": "dry_run"},
        )
    with tempfile.TemporaryDirectory(prefix="wixcrm-dry-run-") as folder:
        path = os.path.join(folder, "store.db")
        backup.take(context.store, path, now=context.now)
        store = Store(path, durability="none")
        try:
            yield attrs.evolve(context, store=store, warned=set())
        finally:
            store.close()
