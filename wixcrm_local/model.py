"""What the library remembers and answers with: frozen values without behaviour of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import attrs

CustomFieldValue = str | int | float | date | datetime


class ReadOnlyDict(dict[str, Any]):
    """A mapping inside a frozen value: reads, compares, pickles and dumps as JSON like a dict."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is read-only; make a dict(…) of it to change a copy")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))


class Keyed(NamedTuple):
    """An address or number as typed, and the match key it is compared by (None: a placeholder)."""

    text: str
    match_key: str | None

    @property
    def identity(self) -> str:
        """What makes two spellings one: the match key, or the text where there is none (P2)."""
        return self.match_key or f"text:{self.text}"


class Profile(NamedTuple):
    """All that a contact holds, in the form in which it is compared and stored.

    Labels and custom fields stand as the numbers of their rows, field values as they are stored.
    What is asked for, what is kept and what a change leaves are all of this one shape.
    """

    first_name: str | None = None
    last_name: str | None = None
    picture: str | None = None
    emails: tuple[Keyed, ...] = ()
    login_email: Keyed | None = None
    phones: tuple[Keyed, ...] = ()
    labels: tuple[int, ...] = ()
    language: str | None = None
    custom_fields: Mapping[int, str | int | float] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class Contact:
    """A stored contact: the documented members, and what the store knows beside them (A4).

    Times are aware datetimes in UTC. `labels` are display names, `custom_fields` maps display
    names to values.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    revision: int
    is_member: bool
    subscription: str
    first_name: str | None = None
    last_name: str | None = None
    picture: str | None = None
    emails: tuple[str, ...] = ()
    login_email: str | None = None
    phones: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    language: str | None = None
    custom_fields: Mapping[str, CustomFieldValue] = attrs.field(factory=ReadOnlyDict, hash=False)

    def to_wix(self) -> dict[str, Any]:
        """The documented members that have a value, ready for JSON (A5)."""
        return documented_members(self)


@attrs.frozen(kw_only=True)
class UpsertResult:
    """What `upsert_contact` did (A3).

    `action` is created, updated, unchanged or kept (a site member left as it was).
    `matched_by` is email, phone, email_and_phone, or None for a new contact; `also_matched`
    holds the ids of further contacts that match, in the order of M2. `changed` names the
    members that differ now, `replaced` gives the values they had, and `ignored` lists what a
    lenient policy left out.
    """

    contact_id: str
    action: str
    matched_by: str | None = None
    also_matched: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    replaced: Mapping[str, Any] = attrs.field(default=ReadOnlyDict(), hash=False)
    ignored: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class MatchResult:
    """What `upsert_contact` would do with a contactInfo just now (A3); see `UpsertResult`.

    `contact_id` is None where a contact would be created.
    """

    contact_id: str | None
    action: str
    matched_by: str | None
    also_matched: tuple[str, ...]
    changed: tuple[str, ...]
    replaced: Mapping[str, Any] = attrs.field(hash=False)
    ignored: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Change:
    """One entry of a contact's history (U5). The first, with id None, is the creation."""

    id: int | None
    contact_id: str
    at: datetime
    verb: str
    before: Mapping[str, Any] = attrs.field(factory=ReadOnlyDict, hash=False)
    after: Mapping[str, Any] = attrs.field(factory=ReadOnlyDict, hash=False)


@attrs.frozen(kw_only=True)
class MergeResult:
    """What `merge_contacts` did, or `preview_merge` says that it would do (U8).

    `contact` is the target then, `merged` the ids it took in, `changed` names its members that
    differ now. `left_out` has the values of sources for which the target has others, by member.
    `change_id` is the change that `undo` takes back; None in a preview.
    """

    contact: Contact
    merged: tuple[str, ...]
    changed: tuple[str, ...]
    left_out: Mapping[str, Any] = attrs.field(hash=False)
    change_id: int | None = None


@attrs.frozen(kw_only=True)
class ErasureReceipt:
    """What `erase_contact` removed (U7).

    `contacts`, `changes`, `mails`, `attempts` and `suppressions` count what is gone; of `mails` the
    rows are left, blank. `hashes_kept` are addresses that are still known as wanting no mail.
    `file_is_clean` tells that no page of the file and its log holds the person's text any more.
    `not_reached` names what was, or may be, elsewhere.
    """

    contact_id: str
    merged_ids: tuple[str, ...]
    erased_at: datetime
    contacts: int
    changes: int
    mails: int
    attempts: int
    suppressions: int
    hashes_kept: int
    file_is_clean: bool
    not_reached: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TrashedContact:
    """A contact in the trash, as it was when it was deleted (U7).

    `change_id` is the change that `undo` takes back; None, where its history was pruned.
    """

    contact: Contact
    deleted_at: datetime
    change_id: int | None


@attrs.frozen(kw_only=True)
class Label:
    """A label: `key` stays for good, `name` is what people see (G4)."""

    key: str
    name: str
    created_at: datetime


@attrs.frozen(kw_only=True)
class CustomField:
    """A custom field; `type` is text, number, date or url (G5)."""

    key: str
    name: str
    type: str
    created_at: datetime


@attrs.frozen(kw_only=True)
class TriggeredEmail:
    """A saved Triggered Email. `variables` maps each name to its fallback, None if required."""

    id: str
    subject: str
    html: str | None
    text: str | None
    variables: Mapping[str, str | None] = attrs.field(hash=False)
    from_address: str | None
    revision: int
    created_at: datetime
    updated_at: datetime
    unsubscribe_url: str | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The variables that have no fallback and must be given with each mail (T2)."""
        return tuple(name for name, fallback in self.variables.items() if fallback is None)

    def snippet(self) -> str:
        """The call that sends this mail, as Wix shows it beside each Triggered Email."""
        id = json.dumps(self.id, ensure_ascii=False)
        if not self.variables:
            return f"crm.email_contact({id}, contact_id)"
        lines = "".join(f'        "{name}": "…",\n' for name in self.variables)
        return f'crm.email_contact({id}, contact_id, {{\n    "variables": {{\n{lines}    }}\n}})'


@attrs.frozen(kw_only=True)
class Suppression:
    """An address that gets no mail, whoever has it (T8).

    `reason` is unsubscribed, bounced, complained or manual; `note` says more, such as what a
    server answered. `address` is None where an erased person is meant, whose address is not kept.
    """

    address: str | None
    reason: str
    note: str
    created_at: datetime


# The documented members in the documentation's order: attribute name → documented name.
WIX_NAMES: Mapping[str, str] = {
    "first_name": "firstName",
    "last_name": "lastName",
    "picture": "picture",
    "emails": "emails",
    "login_email": "loginEmail",
    "phones": "phones",
    "labels": "labels",
    "language": "language",
    "custom_fields": "customFields",
}


def documented_members(value: object) -> dict[str, Any]:
    """The documented members of a ContactInfo or Contact that have a value, JSON-able (A5)."""
    members: dict[str, Any] = {}
    for name, wix_name in WIX_NAMES.items():
        given: Any = getattr(value, name)
        if not given:
            continue
        if name == "custom_fields":
            given = {key: _jsonable(item) for key, item in given.items()}
        elif not isinstance(given, str):
            given = list(given)
        members[wix_name] = given
    return members


def _jsonable(value: CustomFieldValue) -> str | int | float:
    return value.isoformat() if isinstance(value, date) else value
