"""Everything that a page shows, from one state of the store, as JSON-able data."""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import Any

from wixcrm_local import __version__, duplicates, import_rows, mail_rows, rows
from wixcrm_local.context import Context
from wixcrm_local.page import mails, people

MOST_GROUPS = 500  # of possible duplicates
Data = dict[str, Any]


def gather(context: Context, limit: int | None) -> Data:
    """What there is; at most `limit` people and mails, the newest. None: all of them."""
    return context.store.read(lambda connection: _all(context, connection, limit))


def _all(context: Context, connection: sqlite3.Connection, limit: int | None) -> Data:
    persons, messages = people.newest(connection, limit), mails.newest(connection, limit)
    groups = list(islice(duplicates.found_in(connection), MOST_GROUPS + 1))
    counts = {
        "people": rows.count_contacts(connection),
        "mails": mail_rows.count_messages(connection),
    }
    left_out = {
        "people": counts["people"] - len(persons),
        "mails": counts["mails"] - len(messages),
        "bodies": mails.without_old_bodies(messages),
        "groups": len(groups) > MOST_GROUPS,
    }
    return {
        "store": _store(context, connection),
        "counts": counts,
        "leftOut": left_out,
        "people": persons,
        "mails": messages,
        "templates": mails.triggered_emails(connection),
        "labels": _names(connection, "label"),
        "fields": _names(connection, "custom_field"),
        "duplicates": [_group(connection, each) for each in groups[:MOST_GROUPS]],
        "suppressions": _suppressions(connection),
        "trash": people.trash(connection),
        "imports": [_import(connection, each) for each in import_rows.everything(connection)],
        "breakers": _breakers(connection),
    }


def _store(context: Context, connection: sqlite3.Connection) -> Data:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return {
        "path": context.store.path or ":memory:",
        "schema": version,
        "program": __version__,
        "region": context.store.default_region,
        "written": context.now(),
        "statuses": dict(rows.run(connection, "count_by_status")),
    }


def _names(connection: sqlite3.Connection, register: str) -> list[Data]:
    """Labels or custom fields, each with how many contacts have it."""
    counts: dict[int, int] = dict(rows.run(connection, f"contacts_by_{register}"))
    named = rows.run(connection, f"all_{register}s")
    return [
        {
            "name": name,
            "key": key,
            "type": next(iter(kind), None),
            "created": created_at,
            "people": counts.get(number, 0),
        }
        for number, key, name, *kind, created_at in named
    ]


def _group(connection: sqlite3.Connection, group: Any) -> Data:
    return {
        "kind": group.kind,
        "match": group.key,
        "count": group.count,
        "proposed": group.proposed,
        "people": [people.briefly(connection, each) for each in group.contact_ids],
    }


def _suppressions(connection: sqlite3.Connection) -> list[Data]:
    return [
        {"address": address, "reason": reason, "note": note, "created": created_at}
        for _, address, reason, note, created_at in rows.run(connection, "all_suppressions")
    ]


def _import(connection: sqlite3.Connection, found: import_rows.Import) -> Data:
    counts = import_rows.counts(connection, found.number)
    return {
        "receipt": found.receipt,
        "format": found.format,
        "rows": {action: count for action, count in counts.items() if count},
        "started": found.started_at,
        "finished": found.finished_at,
        "undone": found.undone_at,
    }


def _breakers(connection: sqlite3.Connection) -> list[Data]:
    return [
        {"sender": sender, "failures": failures, "until": until, "response": response}
        for sender, failures, until, response in rows.run(connection, "all_breakers")
    ]
