"""The same work with sqlite-utils at its defaults; its user normalizes with the two libraries."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from people import Person
from sqlite_utils import Database

from contenders import contents
from contenders.normalizing import Keyed, keyed


class SqliteUtilsAlone:
    name = "sqlite-utils alone"

    def open(self, path: str, durability: str) -> None:
        """`durability` is left alone: the defaults are a rollback journal, synchronous FULL."""
        self.database = Database(path)
        if self.database.table_names():
            return
        table = self.database.table
        table("contacts").create(
            {
                "id": int,
                "contact_id": str,
                "first_name": str,
                "last_name": str,
                "revision": int,
                "created_at": str,
                "updated_at": str,
            },
            pk="id",
        )
        table("contacts").create_index(["contact_id"], unique=True)
        owner = [("contact", "contacts", "id")]
        for name in ("emails", "phones"):
            columns = {"id": int, "contact": int, "typed": str, "key": str}
            table(name).create(columns, pk="id", foreign_keys=owner)
            table(name).create_index(["key"])
            table(name).create_index(["contact"])
        columns = {"id": int, "contact": int, "changed_at": str, "before": str, "after": str}
        table("changes").create(columns, pk="id", foreign_keys=owner)
        table("changes").create_index(["contact"])

    def create(self, person: Person) -> str:
        info = person.info
        emails, phones = keyed(info)
        with self.database.atomic():
            found = self._owners("emails", emails) or self._owners("phones", phones)
            if found:
                return self._update(min(found), info, emails, phones)
            return self._insert(info, emails, phones)

    def _owners(self, table: str, items: Keyed) -> list[int]:
        if not items:
            return []
        places = ", ".join("?" for _ in items)
        keys = [key for _, key in items]
        rows = self.database.table(table).rows_where(f"key in ({places})", keys, select="contact")
        return [row["contact"] for row in rows]

    def _insert(self, info: dict[str, Any], emails: Keyed, phones: Keyed) -> str:
        id, now = str(uuid.uuid4()), datetime.now(UTC).isoformat()
        contact = {
            "contact_id": id,
            "first_name": info["firstName"],
            "last_name": info["lastName"],
            "revision": 1,
            "created_at": now,
            "updated_at": now,
        }
        number = self.database.table("contacts").insert(contact).last_pk
        self._add("emails", number, emails)
        self._add("phones", number, phones)
        return id

    def _add(self, table: str, number: int, items: Keyed) -> None:
        if items:
            self.database.table(table).insert_all(
                {"contact": number, "typed": text, "key": key} for text, key in items
            )

    def _update(self, number: int, info: dict[str, Any], emails: Keyed, phones: Keyed) -> str:
        row = self.database.table("contacts").get(number)
        given = {"first_name": info["firstName"], "last_name": info["lastName"]}
        after: dict[str, Any] = {name: text for name, text in given.items() if row[name] != text}
        before = {name: row[name] for name in after}
        columns = dict(after)
        for table, items in (("emails", emails), ("phones", phones)):
            kept = list(self.database.table(table).rows_where("contact = ?", [number]))
            known = {item["key"] for item in kept}
            new = [item for item in items if item[1] not in known]
            if new:
                before[table] = [item["typed"] for item in kept]
                after[table] = [*before[table], *(text for text, _ in new)]
                self._add(table, number, new)
        if after:
            now = datetime.now(UTC).isoformat()
            columns |= {"updated_at": now, "revision": row["revision"] + 1}
            self.database.table("contacts").update(number, columns)
            change = {"contact": number, "changed_at": now}
            change |= {"before": json.dumps(before), "after": json.dumps(after)}
            self.database.table("changes").insert(change)
        return str(row["contact_id"])

    def contents(self) -> tuple[int, int]:
        return contents(
            self.database.conn.execute(
                "SELECT contact, key FROM emails UNION ALL SELECT contact, key FROM phones "
                "ORDER BY 1, 2"
            )
        )

    def close(self) -> None:
        self.database.close()
