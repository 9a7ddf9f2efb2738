"""A whole store as text: for golden files, and for a reviewer who reads the diff of two.

Law: it is one state of the store; the same calls with the same clock and ids give the same bytes on
any system; no number of a row, match key or lease stands in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from wixcrm_local import (
    changes,
    delivery_rows,
    history,
    import_rows,
    mail_rows,
    opt_outs,
    removals,
    rows,
)
from wixcrm_local.dump_lines import change, member, section, shown, stamp, time
from wixcrm_local.import_rows import Import
from wixcrm_local.message import Attempt, OutboxMessage
from wixcrm_local.model import ReadOnlyDict, TriggeredEmail
from wixcrm_local.removals import Removed
from wixcrm_local.rows import Row, StoredContact
from wixcrm_local.store import Store

_PAGE = 500
Lines = Iterator[str]
Numbered = TypeVar("Numbered", StoredContact, Removed)


def _paged(read: Callable[[int, int], list[Numbered]]) -> Iterator[Numbered]:
    """All, page by page; `read` gives those behind a number, and how many at most."""
    page: list[Numbered] | None = None
    while page is None or len(page) == _PAGE:
        page = read(page[-1].number if page else 0, _PAGE)
        yield from page


def dump(store: Store) -> str:
    """All that a store holds, one thing a line, in an order that stays the same."""

    def work(connection: sqlite3.Connection) -> str:
        return "".join(f"{line}\n" for line in _lines(connection))

    return store.read(work)


def _lines(connection: sqlite3.Connection) -> Lines:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    yield f"wixcrm-local store, schema {version}"
    parts: tuple[tuple[str, Callable[[sqlite3.Connection], Lines]], ...] = (
        ("settings", _settings),
        ("labels", _labels),
        ("custom fields", _custom_fields),
        ("triggered emails", _triggered_emails),
        ("contacts", _contacts),
        ("removed contacts", _removed_contacts),
        ("imports", _imports),
        ("outbox", _outbox),
        ("suppressions", _suppressions),
        ("senders left alone", _breakers),
    )
    for title, part in parts:
        lines = list(part(connection))
        if lines:
            yield ""
            yield from section(title, lines)


def _settings(connection: sqlite3.Connection) -> Lines:
    for name, value in rows.run(connection, "all_settings"):
        if name == opt_outs.KEY:  # a secret, and random
            continue
        yield f"{name}: {stamp(value) if name.endswith('_at') else shown(value)}"


def _labels(connection: sqlite3.Connection) -> Lines:
    for _, key, name, created_at in rows.run(connection, "all_labels"):
        yield f"{shown(name)}, key {key}, created {stamp(created_at)}"


def _custom_fields(connection: sqlite3.Connection) -> Lines:
    for _, key, name, kind, created_at in rows.run(connection, "all_custom_fields"):
        yield f"{shown(name)}, {kind}, key {key}, created {stamp(created_at)}"


def _triggered_emails(connection: sqlite3.Connection) -> Lines:
    for email in mail_rows.all_triggered_emails(connection):
        yield from section(shown(email.id), _triggered_email(email))


def _triggered_email(email: TriggeredEmail) -> Lines:
    yield f"subject: {shown(email.subject)}"
    yield from member("text", email.text)
    yield from member("html", email.html)
    for name, fallback in email.variables.items():
        yield f"variable {name}: {'required' if fallback is None else shown(fallback)}"
    yield from member("from_address", email.from_address)
    yield from member("unsubscribe_url", email.unsubscribe_url)
    yield from _revised(email.revision, stamp(email.created_at), stamp(email.updated_at))


def _revised(revision: int, created_at: str, updated_at: str) -> Lines:
    yield f"revision: {revision}"
    yield f"created_at: {created_at}"
    if updated_at != created_at:
        yield f"updated_at: {updated_at}"


def _contacts(connection: sqlite3.Connection) -> Lines:
    show = history.shown_by(connection)
    for kept in _paged(partial(rows.contacts_after, connection)):
        yield from section(kept.id, _contact(connection, kept, show))


def _contact(
    connection: sqlite3.Connection,
    kept: StoredContact,
    show: Callable[[dict[str, Any]], ReadOnlyDict],
) -> Lines:
    profile = kept.profile
    for name in ("first_name", "last_name", "picture", "language"):
        yield from member(name, getattr(profile, name))
    for address in profile.emails:
        yield f"email: {shown(address.text)}"
    if profile.login_email is not None:
        yield f"login_email: {shown(profile.login_email.text)}"
    for number in profile.phones:
        yield f"phone: {shown(number.text)}"
    for label in profile.labels:
        yield f"label: {shown(kept.label_names[label])}"
    for field, value in profile.custom_fields.items():
        yield from member(f"field {shown(kept.fields[field][0])}", value)
    if kept.subscription != "not_set":
        yield f"subscription: {kept.subscription}"
    yield from _revised(kept.revision, stamp(kept.created_at), stamp(kept.updated_at))
    yield from _history(connection, kept.number, show)


def _history(
    connection: sqlite3.Connection, number: int, show: Callable[[dict[str, Any]], ReadOnlyDict]
) -> Lines:
    for entry in changes.entries(connection, number):
        lines = _changed(show(entry.before), show(entry.after))
        yield from section(f"changed {stamp(entry.at)} by {entry.verb}", lines)


def _removed_contacts(connection: sqlite3.Connection) -> Lines:
    show = history.shown_by(connection)
    for removed in _paged(partial(removals.after, connection)):
        yield from section(removed.id, _removed_contact(connection, removed, show))


def _removed_contact(
    connection: sqlite3.Connection,
    removed: Removed,
    show: Callable[[dict[str, Any]], ReadOnlyDict],
) -> Lines:
    where = "in the trash"
    if removed.merged_into is not None:
        where = f"merged into {_id_of(connection, removed.merged_into)}"
    yield f"{where} since {stamp(removed.removed_at)}"
    for name, value in show(removed.members).items():
        yield from member(name, value)
    yield from _revised(removed.revision, stamp(removed.created_at), stamp(removed.updated_at))
    yield from _history(connection, removed.number, show)


def _id_of(connection: sqlite3.Connection, number: int) -> str:
    removed = removals.by_number(connection, number)
    return rows.contact_id_of(connection, number) if removed is None else removed.id


def _changed(before: ReadOnlyDict, after: ReadOnlyDict) -> Lines:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if name != "custom_fields":
            yield change(name, old, new)
            continue
        for field in {**(old or {}), **(new or {})}:
            yield change(f"field {shown(field)}", (old or {}).get(field), (new or {}).get(field))


def _imports(connection: sqlite3.Connection) -> Lines:
    for found in import_rows.everything(connection):
        yield from section(found.receipt, _import(connection, found))


def _import(connection: sqlite3.Connection, found: Import) -> Lines:
    yield f"format: {found.format}"
    for action, count in import_rows.counts(connection, found.number).items():
        yield from member(action, count or None)
    for noun, keys in found.new_names.items():
        for key in keys:
            yield f"made {noun}: {shown(key)}"
    for name in ("started_at", "finished_at", "undone_at"):
        yield from time(name, getattr(found, name))


def _outbox(connection: sqlite3.Connection) -> Lines:
    number, page = 0, None
    while page is None or len(page) == _PAGE:
        page = mail_rows.messages_after(connection, number, _PAGE)
        for number, message in page:  # noqa: B007
            attempts = delivery_rows.attempts(connection, message.id)
            yield from section(message.id, _message(message, attempts))


def _message(message: OutboxMessage, attempts: tuple[Attempt, ...]) -> Lines:
    reason = f" ({message.reason})" if message.reason else ""
    yield f"status: {message.status}{reason}"
    for name in ("email_id", "contact_id", "to", "to_name", "from_address", "subject"):
        yield from member(name, getattr(message, name))
    yield from member("text", message.text)
    yield from member("html", message.html)
    for name, value in message.variables.items():
        fell_back = ", its fallback" if name in message.fell_back else ""
        yield f"variable {name}: {shown(value)}{fell_back}"
    for name in ("unsubscribe_url", "idempotency_key", "message_id"):
        yield from member(name, getattr(message, name))
    yield from time("created_at", message.created_at)
    for name in ("updated_at", "ready_at", "due_at", "expires_at"):
        if getattr(message, name) != message.created_at:
            yield from time(name, getattr(message, name))
    for attempt in attempts:
        title = f"attempt {attempt.number}, {stamp(attempt.at)}: {attempt.outcome}"
        yield from section(title, _attempt(attempt))


def _attempt(attempt: Attempt) -> Lines:
    for name in ("sender", "stage", "smtp_code", "enhanced_code", "response"):
        yield from member(name, getattr(attempt, name))


def _suppressions(connection: sqlite3.Connection) -> Lines:
    found: list[Row] = rows.run(connection, "all_suppressions")
    for _, address, reason, note, created_at in found:
        lines = [*member("note", note), f"created_at: {stamp(created_at)}"]
        whose = "an erased person" if address is None else shown(address)
        yield from section(f"{whose}: {reason}", lines)


def _breakers(connection: sqlite3.Connection) -> Lines:
    for sender, failures, open_until, response in rows.run(connection, "all_breakers"):
        lines = [f"failures: {failures}", f"until: {stamp(open_until)}"]
        yield from section(shown(sender), [*lines, *member("response", response)])
