"""The model's update_contact: what is named, and what it becomes (U6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_contacts import MOST, NOTHING, Contacts, Stored
from model_reading import (
    ATTRIBUTES,
    CLEARED,
    DOCUMENTED,
    NEWER_LISTS,
    Reading,
    email_key,
    is_blank,
)
from model_registers import refuse

from wixcrm_local import (
    ContactInfo,
    InsufficientContactInfo,
    InvalidArgument,
    MemberEmailLocked,
    Policy,
    StaleRevision,
    ValueTooLong,
)


class EditReading(Reading):
    """The same reading, but that blanks are told apart from what is not there."""

    def __init__(self, given: Any, region: str | None, policy: Policy) -> None:
        if isinstance(given, ContactInfo):
            plain = ContactInfo()
            others = given.other_members if isinstance(given.other_members, Mapping) else {}
            members = {wix: getattr(given, name) for wix, name in ATTRIBUTES.items()}
            empty = {wix: getattr(plain, name) for wix, name in ATTRIBUTES.items()}
            given = {**others} | {
                wix: value for wix, value in members.items() if value != empty[wix]
            }
        self.named: set[str] = set()
        if isinstance(given, Mapping):
            names = _any_names(given, "") if policy.shapes == "any" else map(DOCUMENTED.get, given)
            self.named = {ATTRIBUTES[name] for name in names if name in ATTRIBUTES}
        super().__init__(given, region, policy)

    def _has_identity(self) -> bool:
        return True

    def _take_fields(self, value: Any, path: str) -> None:
        if isinstance(value, Mapping) and len(value) <= 100:
            for name, item in value.items():
                if is_blank(item) and is_blank(self.fields.get(name, (None, ""))[0]):
                    self.fields[name] = (CLEARED, f"{path}[{name!r}]")
                elif self.fields.get(name, (None, ""))[0] is CLEARED:
                    del self.fields[name]
        super()._take_fields(value, path)

    def _take_flat(self, key: Any, value: Any, at: str) -> None:
        super()._take_flat(key, CLEARED if is_blank(value) else value, at)


def _any_names(given: Mapping[Any, Any], at: str) -> Iterator[str]:
    """The members that one of the newer shapes names."""
    for key, value in given.items():
        name = DOCUMENTED.get(key, key)
        if name in ("info", "contact") and isinstance(value, Mapping) and not at:
            yield from _any_names(value, name)
        elif name == "name" and isinstance(value, Mapping):
            yield from (f"{part}Name" for part in ("first", "last") if part in value)
        elif name == "primaryInfo" and isinstance(value, Mapping):
            yield from (f"{part}s" for part in ("email", "phone") if part in value)
        else:
            yield NEWER_LISTS.get(name, name)


class Edits(Contacts):
    """U6: the verb that edits by id, and takes away."""

    def update_contact(
        self,
        id: Any,
        changes: Any,
        *,
        expected_revision: Any = None,
        policy: Policy | None = None,
    ) -> Stored:
        policy = policy or self.policy
        if expected_revision is not None and type(expected_revision) is not int:
            raise InvalidArgument("")
        reading = EditReading(changes, self.region, policy)
        if reading.problems:
            self._asked(reading, policy)
        contact = self.contact(id)
        if expected_revision not in (None, contact["revision"]):
            raise StaleRevision("")
        asked, ignored = self._asked(reading, policy)
        after = self._edited(contact, reading, asked)
        members = {name: value for name, value in after.items() if value != contact[name]}
        if members:
            self._refuse_edit(contact, contact | members, members)
            self.change(contact, members, "update_contact")
        keys = map(self._phone_key, asked.get("phones", ()))
        needs_region = any(key and key.startswith("typed:ZZ:") for key in keys)
        self.reports_ignored = bool(ignored)
        self.reports_region = needs_region and bool(members)
        return self._shown(contact)

    def _edited(self, contact: Stored, reading: EditReading, asked: Stored) -> Stored:
        """What the members that are named become."""
        after = {name: asked.get(name, NOTHING[name]) for name in reading.named}
        if reading.labels and not asked.get("labels"):
            del after["labels"]  # G3: only unknown ones
        login = after.get("login_email")
        if login and contact["login_email"] and _same(login, contact["login_email"]):
            del after["login_email"]
        values, given = contact["custom_fields"], asked.get("custom_fields", {})
        real = {key: value for key, value in given.items() if values.get(key) != value}
        merged = {key: value for key, value in (values | real).items() if value is not None}
        return after | {"custom_fields": merged}

    def _refuse_edit(self, contact: Stored, after: Stored, members: Stored) -> None:
        if "login_email" in members:
            if contact["login_email"] is not None:
                raise MemberEmailLocked("")
            self._refuse_taken_login(after["login_email"])
        self.refuse_contact(after)

    def refuse_contact(self, after: Stored) -> None:
        """C1 and C6 hold for what a contact has."""
        refuse([
            (ValueTooLong, wix)
            for wix, name in ATTRIBUTES.items()
            if name in MOST and len(after[name]) > MOST[name]
        ])  # fmt: skip
        if not (after["emails"] or any(map(self._phone_key, after["phones"]))):
            refuse([(InsufficientContactInfo, "")])


def _same(one: str, other: str) -> bool:
    return email_key(one) == email_key(other)
