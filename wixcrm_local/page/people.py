"""The people of a page: each with what is stored of them, the match keys and the history, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from wixcrm_local import changes, history, opt_outs, removals, rows
from wixcrm_local.model import Change, Keyed
from wixcrm_local.page.texts import member_words, shown
from wixcrm_local.rows import StoredContact

_PAGE = 500
Data = dict[str, Any]


def newest(connection: sqlite3.Connection, limit: int | None) -> list[Data]:
    """The people who came last, the newest first."""
    show = history.shown_by(connection)
    after = 0 if limit is None else rows.newest_left_out(connection, "contact", limit)
    found: list[Data] = []
    page: list[StoredContact] | None = None
    while page is None or len(page) == _PAGE:
        page = rows.contacts_after(connection, page[-1].number if page else after, _PAGE)
        found += [_person(connection, kept, show) for kept in page]
    return found[::-1]


def trash(connection: sqlite3.Connection) -> list[Data]:
    """Who is in the trash, as long in it first."""
    return [
        {
            "id": removed.id,
            "name": _name(removed.members.get("first_name"), removed.members.get("last_name")),
            "emails": removed.members.get("emails", []),
            "deleted": removed.removed_at,
        }
        for removed in removals.trashed(connection)
    ]


def briefly(connection: sqlite3.Connection, contact_id: str) -> Data:
    """What tells a person of a list from others."""
    kept = rows.contact_by_id(connection, contact_id)
    if kept is None:
        return {"id": contact_id, "name": "", "emails": [], "phones": []}
    return {
        "id": kept.id,
        "name": _name(kept.profile.first_name, kept.profile.last_name),
        "emails": [item.text for item in kept.profile.emails],
        "phones": [item.text for item in kept.profile.phones],
    }


def _person(connection: sqlite3.Connection, kept: StoredContact, show: history.Show) -> Data:
    contact, profile = kept.contact(), kept.profile
    state = changes.present(connection, kept)
    told = history.told(connection, kept.number, kept.id, kept.created_at, state, show)
    types = dict(kept.fields.values())
    return {
        "id": kept.id,
        "first": profile.first_name or "",
        "last": profile.last_name or "",
        "name": _name(profile.first_name, profile.last_name),
        "picture": profile.picture,
        "language": profile.language,
        "emails": [_address(connection, item) for item in profile.emails],
        "login": None if profile.login_email is None else _address(connection, profile.login_email),
        "phones": [{"text": item.text, "match": item.match_key} for item in profile.phones],
        "labels": list(contact.labels),
        "fields": [
            {"name": name, "value": shown(value), "type": types[name]}
            for name, value in contact.custom_fields.items()
        ],
        "subscription": kept.subscription,
        "revision": kept.revision,
        "created": kept.created_at,
        "updated": kept.updated_at,
        "merged": list(state.get("merged_contacts", ())),
        "history": [_change(each) for each in told],
    }


def _name(first: str | None, last: str | None) -> str:
    return " ".join(part for part in (first, last) if part)


def _address(connection: sqlite3.Connection, item: Keyed) -> Data:
    """An address, and why it gets no mail where that is so."""
    entry = opt_outs.find(connection, item.match_key or "")
    return {
        "text": item.text,
        "match": item.match_key,
        "suppressed": None if entry is None else entry[2],
    }


def _change(change: Change) -> Data:
    return {
        "id": change.id,
        "at": change.at.isoformat(),
        "verb": change.verb,
        "changed": list(_differences(change.before, change.after)),
    }


def _differences(before: Any, after: Any) -> Iterator[Data]:
    """What changed, member by member; of custom fields, field by field."""
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if name != "custom_fields":
            yield {"member": member_words(name), "before": shown(old), "after": shown(new)}
            continue
        for field in {**(old or {}), **(new or {})}:
            values = ((old or {}).get(field), (new or {}).get(field))
            yield {"member": field, "before": shown(values[0]), "after": shown(values[1])}
