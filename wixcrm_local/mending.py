"""repair: mends what can be worked out from the text as typed: keys, places, orphans, the search,
and views that are missing.

Law: no text that somebody gave is changed or lost; a page is one transaction, and what `check`
would still find afterwards is in the answer.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import attrs

from wixcrm_local import checking, rows, schema, search_index, text
from wixcrm_local.checking import CheckReport, Progress
from wixcrm_local.context import Context
from wixcrm_local.email_address import email_match_key
from wixcrm_local.model import Keyed, ReadOnlyDict
from wixcrm_local.queries import SQL
from wixcrm_local.rows import Row
from wixcrm_local.soundness import Item, PhoneKey

_PAGE = 200
_BEFORE_ALL = -(2**63)
# What points at rows that are gone, by the table it stands in.
ORPHANED = (
    "contact_emails",
    "contact_phones",
    "contact_labels",
    "contact_custom_fields",
    "triggered_email_variables",
    "outbox_attempts",
    "outbox_settlements",
    "import_chunks",
)


@attrs.frozen(kw_only=True)
class RepairReport:
    """What `repair` did: `mended` counts by what was wrong, as codes of `check`; `left` is what
    `check` finds now, where that could not be mended."""

    mended: Mapping[str, int] = attrs.field(hash=False)
    left: CheckReport


def mend(context: Context, progress: Progress | None = None) -> RepairReport:
    """Mends a store that can be opened, while others use it. Raises the errors of the file."""
    counts = Counter[str]()
    context.store.write(lambda it: counts.update(_orphans(it)))
    context.store.write(lambda it: counts.update(_views(it)))
    for noun in ("label", "custom_field"):
        context.store.write(partial(_mend_register, counts, noun))
    _in_pages(context, "contacts_after", counts, _contacts)
    _in_pages(context, "messages_to_check", counts, _messages)
    context.store.write(search_index.forget_all)
    left = checking.check(context.store, progress)
    return RepairReport(mended=ReadOnlyDict(counts), left=left)


_Mend = Callable[[sqlite3.Connection, list[Row]], Iterable[str]]


def _in_pages(context: Context, query: str, counts: Counter[str], mend_page: _Mend) -> None:
    after: int | None = _BEFORE_ALL

    def work(connection: sqlite3.Connection) -> int | None:
        with checking.any_text(connection):
            page = rows.run(connection, query, after, _PAGE)
            sound = [row for row in page if text.is_storable("".join(filter(_is_text, row)))]
        counts.update(mend_page(connection, sound))
        return page[-1][0] if len(page) == _PAGE else None

    while after is not None:
        after = context.store.write(work)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _orphans(connection: sqlite3.Connection) -> Counter[str]:
    removed = 0
    for orphaned in ORPHANED:
        removed += connection.execute(SQL[f"delete_orphaned_{orphaned}"]).rowcount
    return Counter({"DANGLING_REFERENCE": removed} if removed else {})


def _views(connection: sqlite3.Connection) -> list[str]:
    missing = schema.missing_views(connection)
    for name in missing:  # what somebody else gave that name is left alone
        connection.execute(schema.views()[name])
    return ["VIEW_MISSING"] * len(missing)


def _mend_register(counts: Counter[str], register: str, connection: sqlite3.Connection) -> None:
    for row in rows.run(connection, f"{register}s_to_check", _BEFORE_ALL, -1):
        number, _, name, folded_name, _ = row
        if text.folded(name) != folded_name:
            rows.run(connection, f"rename_{register}", name, text.folded(name), number)
            counts["FOLDED_NAME_MISFIT"] += 1


def _messages(connection: sqlite3.Connection, page: list[Row]) -> list[str]:
    found = []
    for number, _, to_address, to_key, _, _, _, _, status in page:
        key = email_match_key(to_address)
        if status != "erased" and key is not None and key != to_key:
            rows.run(connection, "set_to_key", key, number)
            found.append("EMAIL_KEY_MISFIT")
    return found


def _contacts(connection: sqlite3.Connection, page: list[Row]) -> list[str]:
    if not page:
        return []
    phone_key = checking.phone_key_of(connection)
    lists = checking.items_of(connection, page)
    found: list[str] = []
    for row in page:
        found += _contact(connection, row, lists[row[0]], phone_key)
    return found


def _contact(
    connection: sqlite3.Connection, row: Row, items: list[Item], phone_key: PhoneKey | None
) -> list[str]:
    number, login, login_key = row[0], row[6], row[7]
    found: list[str] = []
    key = None if login is None else email_match_key(login)
    if key is not None and key != login_key:
        rows.run(connection, "set_login_key", key, number)
        found.append("EMAIL_KEY_MISFIT")
    found += _list(connection, number, "email", items, email_match_key)
    found += _list(connection, number, "phone", items, phone_key or (lambda _: ""))
    found += _list(connection, number, "contact_label", items, None)
    return found


def _list(
    connection: sqlite3.Connection,
    number: int,
    listed: str,
    items: list[Item],
    key_of: PhoneKey | None,
) -> list[str]:
    """Writes a list anew with the keys of its texts, each once, counted from 0."""
    table = f"{listed}s" if listed.startswith("contact_") else f"contact_{listed}s"
    before = sorted(item for item in items if item.table == table)
    keyed = [Keyed(item.value, _key(item, key_of)) for item in before]
    kept: dict[str, Keyed] = {}
    for each in keyed:
        kept.setdefault(each.identity, each)
    after = list(kept.values())
    found = (
        [f"{listed.upper()}_KEY_MISFIT"]
        if [it.match_key for it in before] != [it.match_key for it in keyed]
        else []
    )
    if len(after) < len(keyed):
        found.append("REPEATED_ITEM")
    if [item.position for item in before] != list(range(len(before))):
        found.append("POSITION_GAP")
    if found:
        rows.run(connection, f"delete_{listed}s", number)
        for place, (value, key) in enumerate(after):
            more = () if key_of is None else (key,)
            rows.run(connection, f"insert_{listed}", number, place, value, *more)
    return found


def _key(item: Item, key_of: PhoneKey | None) -> str | None:
    """The key of a text; the stored one where it has none any more."""
    if key_of is None:
        return item.match_key
    key = key_of(item.value)
    return item.match_key if key == "" or (key is None and item.table == "contact_emails") else key
