"""The region in which national phone numbers are read: a property of the file (P1)."""

from __future__ import annotations

import sqlite3

from wixcrm_local import errors, rows
from wixcrm_local.store import REGION, Store


def settle(store: Store, region: str | None) -> None:
    """Makes `region` the file's, if no phone was read in another one yet.

    None asks for nothing. Raises `RegionMismatch`.
    """
    if region is None or region == store.default_region:
        return

    def work(connection: sqlite3.Connection) -> None:
        found = store.default_region
        if found == region:
            return
        if found is not None or rows.first(connection, "any_phone") is not None:
            raise errors.RegionMismatch(
                f"this store reads national phone numbers in the region {found or 'of none'}, "
                f"not {region}, and match keys made so can't be mixed; open it with "
                f"default_region={found!r}, or change them all with rekey({region!r})",
                details={"region": found, "asked": region},
            )
        rows.run(connection, "set_setting", REGION, region)

    store.write(work)
    store.default_region = region
