"""What the verbs that find and follow answer with: frozen values, loaded when first used."""

from __future__ import annotations

from datetime import datetime

import attrs

from wixcrm_local.model import Contact


@attrs.frozen(kw_only=True)
class ContactPage:
    """Some contacts of a query, and the cursor that asks for the next; None at the end."""

    contacts: tuple[Contact, ...]
    next_cursor: str | None = None


@attrs.frozen(kw_only=True)
class Duplicates:
    """Contacts that may be one person.

    `kind` is email or phone, where all have the same `key`, or name, a weaker hint: the same name,
    without case and diacritics, and addresses that are a slip apart. `count` is how many there
    are, of which `contact_ids` holds the oldest, at most ten. What more than five share is not
    `proposed`: it is an office's number rather than a person's.
    """

    kind: str
    key: str
    contact_ids: tuple[str, ...]
    count: int
    proposed: bool


@attrs.frozen(kw_only=True)
class Event:
    """Something that was stored, as `changes_since` and `subscribe` tell it.

    `kind` is created, updated, deleted, restored or merged for contacts, recorded or settled for
    mails. `verb` is the call that did it, `change_id` that of the history's entry, `message_id`
    the mail's, and `status` what became of it.
    """

    kind: str
    at: datetime
    contact_id: str
    verb: str | None = None
    change_id: int | None = None
    message_id: str | None = None
    status: str | None = None


@attrs.frozen(kw_only=True)
class EventPage:
    """Some events, oldest first, and the cursor that asks for what comes after them."""

    events: tuple[Event, ...]
    next_cursor: str
