"""What the views must say of any store: the same as the verbs do, in SQL's own types."""

from __future__ import annotations

import json
import math
import sqlite3
from datetime import date, datetime
from typing import Any

from wixcrm_local import CRM

Rows = list[dict[str, Any]]


def looked_up(connection: sqlite3.Connection, query: str, *values: object) -> Rows:
    """The rows of a query, each by the names of its columns."""
    found = connection.execute(query, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def seen(crm: CRM, view: str, order: str) -> Rows:
    """All that a view shows of an open store; what is JSON is read."""
    shown: Rows = crm._store.read(
        lambda it: looked_up(it, f"SELECT * FROM {view} ORDER BY {order}")
    )
    for row in shown:
        for name in ("labels", "custom_fields", "variables", "fell_back"):
            if row.get(name) is not None:
                row[name] = json.loads(row[name])
    return shown


def people(crm: CRM) -> Rows:
    """What `people` must show, by the verbs."""
    return sorted(
        (
            {
                "contact_id": it.id,
                "name": " ".join(filter(None, (it.first_name, it.last_name))) or None,
                "first_name": it.first_name,
                "last_name": it.last_name,
                "emails": ", ".join(it.emails) or None,
                "phones": ", ".join(it.phones) or None,
                "login_email": it.login_email,
                "labels": list(it.labels) or None,
                "custom_fields": dict(it.custom_fields) or None,
                "subscription": it.subscription,
                "language": it.language,
                "picture": it.picture,
                "mails": len(crm.outbox.where(contact_id=it.id)),
                "created_at": it.created_at,
                "updated_at": it.updated_at,
            }
            for it in crm.iter_contacts()
        ),
        key=lambda row: str(row["contact_id"]),
    )


def messages(crm: CRM) -> Rows:
    """What `messages` must show, by the verbs."""
    names = {row["contact_id"]: row["name"] for row in people(crm)}
    expected = []
    for it in crm.outbox:
        answers = crm.outbox.attempts(it.id)
        expected.append(
            {
                "id": it.id,
                "status": it.status,
                "reason": it.reason,
                "to_address": it.to or None,
                "to_name": it.to_name or None,
                "subject": it.subject or None,
                "email_id": it.email_id,
                "contact_id": it.contact_id,
                "contact_name": names.get(it.contact_id),
                "attempts": it.attempts,
                "last_response": answers[-1].response or None if answers else None,
                "last_attempt_at": answers[-1].at if answers else None,
                "created_at": it.created_at,
                "due_at": it.due_at,
                "ready_at": it.ready_at,
                "text": it.text or None,
                "html": it.html,
                "variables": dict(it.variables) or None,
                "fell_back": list(it.fell_back) or None,
                "unsubscribe_url": it.unsubscribe_url,
            }
        )
    return sorted(expected, key=lambda row: str(row["id"]))


def is_same(shown: Any, expected: Any) -> bool:
    """Whether a view shows a value; it shows 15 digits of a number with a point."""
    if isinstance(expected, dict):
        return shown.keys() == expected.keys() and all(
            is_same(shown[name], value) for name, value in expected.items()
        )
    if isinstance(expected, float):
        digits = float(f"{expected:.15g}")  # SQLite rounds the last one in its own way
        return isinstance(shown, float) and (
            math.isclose(shown, digits, rel_tol=1e-14) or abs(shown - digits) < 1e-300
        )
    return type(shown) is type(expected) and bool(shown == expected)


def stamped(row: dict[str, Any]) -> dict[str, Any]:
    """Its columns' times as the store has them; a field's dates as they are given back."""
    fields = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in (row.get("custom_fields") or {}).items()
    }
    columns = {
        name: f"{value:%Y-%m-%dT%H:%M:%S.%f}Z" if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    return columns | ({"custom_fields": fields} if fields else {})


def assert_views_agree(crm: CRM) -> None:
    """The law: for any store, both views say what `iter_contacts` and `outbox` do, and no more."""
    for view, order, expected in (
        ("people", "contact_id", people(crm)),
        ("messages", "id", messages(crm)),
    ):
        shown = seen(crm, view, order)
        assert len(shown) == len(expected), view
        for row, wanted in zip(shown, map(stamped, expected), strict=True):
            assert list(row) == list(wanted), view
            wrong = [name for name in row if not is_same(row[name], wanted[name])]
            assert not wrong, [(name, row[name], wanted[name]) for name in wrong]
