"""The model's contacts: matching, updating, members, history (sections 4 to 6)."""

from __future__ import annotations

import unicodedata
from copy import deepcopy
from datetime import datetime
from typing import Any

from model_reading import ATTRIBUTES, CLEARED, Reading, clean, email_key, phone_key, shown
from model_registers import CustomFields, Labels, fit, given_back, refuse, type_for

from wixcrm_local import (
    ContactNotFound,
    CustomFieldNotFound,
    InvalidArgument,
    InvalidEmail,
    LabelNotFound,
    LoginEmailTaken,
    MemberContact,
    MemberEmailLocked,
    Policy,
    UnknownMember,
    ValueTooLong,
)

Stored = dict[str, Any]
LISTS = ("emails", "phones", "labels")
MOST = {"emails": 50, "phones": 50, "labels": 2_000, "custom_fields": 100}
NOTHING: Stored = dict.fromkeys(ATTRIBUTES.values()) | {
    "emails": [],
    "phones": [],
    "labels": [],
    "custom_fields": {},
}
ON_CREATION = {"revision": 1, "subscription": "not_set"}


class Contacts:
    """The verbs on contacts; `Model` keeps the state."""

    region: str | None
    policy: Policy
    next_id: str
    state: dict[str, Any]
    reports_ignored: bool
    reports_region: bool
    labels: Labels
    custom_fields: CustomFields

    def now(self) -> datetime:
        raise NotImplementedError

    def create_contact(self, info: Any, *, policy: Policy | None = None) -> str:
        return self.upsert_contact(info, policy=policy)["contact_id"]

    def match_contact(self, info: Any, *, policy: Policy | None = None) -> Stored:
        before = deepcopy(self.state)
        answer = self.upsert_contact(info, policy=policy)
        self.state, self.reports_ignored, self.reports_region = before, False, False
        return answer | {"contact_id": answer["contact_id"] if answer["matched_by"] else None}

    def upsert_contact(self, info: Any, *, policy: Policy | None = None) -> Stored:
        policy = policy or self.policy
        asked, ignored = self._asked(Reading(info, self.region, policy), policy)
        self.reports_ignored = bool(ignored)
        keys = map(self._phone_key, asked.get("phones", ()))
        needs_region = any(key and key.startswith("typed:ZZ:") for key in keys)  # P1
        found = self._matches(asked, policy.match_on)
        matches = self._told_apart(found, asked, policy)
        passed_over = [match for match in found if match not in matches]
        answer = {
            "contact_id": self.next_id,
            "action": "created",
            "matched_by": None,
            "also_matched": tuple(contact["id"] for _, contact in [*matches[1:], *passed_over]),
            "changed": tuple(name for name in ATTRIBUTES.values() if asked.get(name)),
            "replaced": {},
            "ignored": tuple(ignored),
        }
        if not matches:
            self._create(asked)
        else:
            kinds, contact = matches[0]
            answer |= self._update(contact, asked, policy) | {"matched_by": kinds}
        self.reports_region = needs_region and answer["action"] in ("created", "updated")
        return answer

    def get_contact(self, id: Any) -> Stored:
        return self._shown(self.contact(id))

    def find_contact(self, *, email: Any = None, phone: Any = None) -> Stored | None:
        if (email is None) == (phone is None):
            raise InvalidArgument("")
        if isinstance(phone, int) and not isinstance(phone, bool):
            phone = str(phone)
        given = phone if email is None else email
        if not isinstance(given, str):
            raise InvalidArgument("")
        asked = {"phones": [given]} if email is None else {"emails": [given]}
        matches = self._matches(asked, "email_or_phone")
        return self._shown(matches[0][1]) if matches else None

    def count_contacts(self) -> int:
        return len(self.state["contacts"])

    def iter_contacts(self) -> list[Stored]:
        return [self._shown(contact) for contact in self.state["contacts"]]

    def register_member(self, id: Any, login_email: Any) -> Stored:
        try:
            address = clean(login_email)
        except (AttributeError, ValueError):
            address = ""
        if email_key(address) is None:
            raise InvalidEmail("")
        contact = self.contact(id)
        login = contact["login_email"]
        if login is None:
            self._refuse_taken_login(address)
            self.change(contact, {"login_email": address}, "register_member")
        elif email_key(login) != email_key(address):
            raise MemberEmailLocked("")
        return self._shown(contact)

    def history(self, id: Any) -> list[Stored]:
        contact = self.contact(id)
        creation = {"id": None, "at": contact["created_at"], "verb": "create_contact"}
        creation |= {"before": {}, "after": contact["as_created"]}
        return [
            {
                **entry,
                "contact_id": contact["id"],
                "before": self._members(entry["before"]),
                "after": self._members(entry["after"]),
            }
            for entry in (creation, *contact["history"])
        ]

    def contact(self, id: Any) -> Stored:
        """A6: ids are lower-case, and found in either case."""
        if not isinstance(id, str):
            raise InvalidArgument("")
        wanted = id.strip().lower()
        for contact in self.state["contacts"]:
            if contact["id"] == wanted:
                return contact
        raise ContactNotFound("")

    def change(self, contact: Stored, members: Stored, verb: str) -> None:
        """U5: a real change, with its entry; a clock that went back makes nobody younger."""
        before = {name: contact[name] for name in members}
        if "custom_fields" in members:
            old, new = contact["custom_fields"], members["custom_fields"]
            keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
            before["custom_fields"] = {key: old.get(key) for key in keys}
            after = members | {"custom_fields": {key: new.get(key) for key in keys}}
        else:
            after = dict(members)
        for each in (before, after):
            if each.get("subscription") == "not_set":
                each["subscription"] = None
        self.state["changes"] += 1
        at = max(self.now(), contact["updated_at"])
        entry = {"id": self.state["changes"], "at": at, "verb": verb}
        contact["history"].append(deepcopy(entry | {"before": before, "after": after}))
        contact.update(deepcopy(members), updated_at=at, revision=contact["revision"] + 1)

    def take_from_all(self, kind: str, key: str) -> None:
        """G4: what is deleted is taken from whoever has it."""
        for contact in self.state["contacts"]:
            if key in contact[kind]:
                kept = [one for one in contact[kind] if one != key]
                if kind == "custom_fields":
                    kept = {one: contact[kind][one] for one in kept}
                self.change(contact, {kind: kept}, f"delete_{kind.removesuffix('s')}")

    def _asked(self, reading: Reading, policy: Policy) -> tuple[Stored, list[str]]:
        """What is given, with labels and fields by their keys (G3, G5), and what is ignored."""
        asked, problems, ignored = reading.asked, reading.problems, []
        keys: dict[str, None] = {}
        for name, path in reading.labels.items():
            label = self.labels.find(name)
            if label is None and policy.unknown_names == "create":
                label = self.labels.add(name)
            if label is not None:
                keys[label["key"]] = None
            elif policy.unknown_names == "ignore":
                ignored.append(f"labels: {name}")
            else:
                problems.append((LabelNotFound, path))
        values: dict[str, Any] = {}
        for name, (value, path) in reading.fields.items():
            field = self.custom_fields.find(clean(name, is_name=True))
            if field is None and policy.unknown_names == "create":
                if value is CLEARED:
                    continue
                field = self.custom_fields.add(clean(name, is_name=True), type=type_for(value))
            if field is not None:
                fit(field, value, path, values, problems)
            elif policy.unknown_names == "ignore":
                ignored.append(f"customFields: {name}")
            else:
                problems.append((CustomFieldNotFound, path))
        for name, value, path in reading.flat:
            field = self.custom_fields.find(clean(name, is_name=True))
            if field is None and policy.unknown_names == "ignore":
                ignored.append(shown(name))
            elif field is None:
                problems.append((UnknownMember, path))
            else:
                fit(field, value, path, values, problems)
        refuse(problems)
        found = {"labels": list(keys), "custom_fields": values}
        return asked | {name: value for name, value in found.items() if value}, ignored

    def _identity(self, members: Stored) -> tuple[set[str], set[str]]:
        """The keys that a contact, or what is given, can be known by (M1)."""
        emails = (*members.get("emails", ()), members.get("login_email") or "")
        phones = members.get("phones", ())
        return {email_key(text) for text in emails} - {None}, {
            self._phone_key(number) for number in phones
        } - {None}

    def _phone_key(self, number: str) -> str | None:
        return phone_key(number, self.region)

    def _matches(self, asked: Stored, match_on: str) -> list[tuple[str, Stored]]:
        """M2: who matches, and by what; the first is the one to be updated."""
        emails, phones = self._identity(asked)
        if match_on in ("phone", "none"):
            emails = set()
        if match_on in ("email", "none") or (match_on == "email_then_phone" and emails):
            phones = set()
        found: dict[str, list[Stored]] = {"email_and_phone": [], "email": [], "phone": []}
        for contact in self.state["contacts"]:
            own_emails, own_phones = self._identity(contact)
            by_email, by_phone = bool(emails & own_emails), bool(phones & own_phones)
            if by_email or by_phone:
                kinds = "email_and_phone" if by_email and by_phone else None
                found[kinds or ("email" if by_email else "phone")].append(contact)
        return [(kinds, contact) for kinds, those in found.items() for contact in those]

    def _told_apart(
        self, found: list[tuple[str, Stored]], asked: Stored, policy: Policy
    ) -> list[tuple[str, Stored]]:
        """M3: of those with the same phone only, who has the same first name, then who has none."""
        name = asked.get("first_name")
        if policy.shared_phones == "match" or not name or any(by != "phone" for by, _ in found):
            return found
        same = [each for each in found if _bare(each[1]["first_name"] or "") == _bare(name)]
        return same + [each for each in found if not each[1]["first_name"]]

    def _create(self, asked: Stored) -> None:
        if "login_email" in asked:
            self._refuse_taken_login(asked["login_email"])
        everybody = [*self.state["contacts"], *self.state["removed"]]
        self.state["contacts"].append(
            deepcopy(NOTHING | asked)
            | {
                "id": self.next_id,
                "created_at": self.now(),
                "updated_at": self.now(),
                **ON_CREATION,
                "as_created": deepcopy(asked),
                "history": [],
                "pruned": 0,
                "in_trash": None,
                "merged_into": None,
                "merged_contacts": [],
                "number": 1 + max([each["number"] for each in everybody], default=0),
            }
        )

    def _update(self, contact: Stored, asked: Stored, policy: Policy) -> Stored:
        after = self._merged(contact, asked, policy.arrays)
        members = {name: after[name] for name in after if after[name] != contact[name]}
        nothing = {"contact_id": contact["id"], "changed": (), "replaced": {}}
        if not members:
            return nothing | {"action": "unchanged"}
        if contact["login_email"] is not None:
            if policy.members == "keep":
                return nothing | {"action": "kept"}
            raise MemberContact("", details={"contact_id": contact["id"]})
        refuse([
            (ValueTooLong, wix)
            for wix, name in ATTRIBUTES.items()
            if name in MOST and len(after[name]) > MOST[name]
        ])  # fmt: skip
        if "login_email" in members:
            self._refuse_taken_login(members["login_email"])
        replaced = self._replaced(contact, members)
        self.change(contact, members, "create_contact")
        changed = tuple(name for name in ATTRIBUTES.values() if name in members)
        return nothing | {"action": "updated", "changed": changed, "replaced": replaced}

    def _merged(self, contact: Stored, asked: Stored, arrays: str) -> Stored:
        """U1 to U4: what the members are after an update."""
        after = {name: contact[name] for name in ATTRIBUTES.values()}
        keys = {"emails": email_key, "labels": str}
        keys["phones"] = lambda number: self._phone_key(number) or f"text:{number}"
        for name, value in asked.items():
            if name in LISTS:
                kept = {keys[name](item): item for item in contact[name]}
                given = {keys[name](item): item for item in value}
                if arrays == "replace":
                    after[name] = [kept.get(key, item) for key, item in given.items()]
                else:
                    after[name] = list(kept.values())
                    after[name] += [item for key, item in given.items() if key not in kept]
            elif name == "custom_fields":
                real = {key: one for key, one in value.items() if contact[name].get(key) != one}
                after[name] = contact[name] | real
            elif name != "login_email" or email_key(value) != email_key(contact[name] or ""):
                after[name] = value
        return after

    def _replaced(self, contact: Stored, members: Stored) -> Stored:
        """U1: the values that were overridden; what was only added to lost none."""
        lost: Stored = {}
        for name, value in members.items():
            old = contact[name]
            if name == "custom_fields":
                lost[name] = {key: one for key, one in old.items() if value.get(key) != one}
            elif name not in LISTS or value[: len(old)] != old:
                lost[name] = old
        return self._members({name: old for name, old in lost.items() if old})

    def _refuse_taken_login(self, address: str) -> None:
        """G2: a login email is unique among members."""
        for contact in self.state["contacts"]:
            if contact["login_email"] and email_key(contact["login_email"]) == email_key(address):
                raise LoginEmailTaken("", details={"contact_id": contact["id"]})

    def _shown(self, contact: Stored) -> Stored:
        """A4: a stored contact as callers see it."""
        members = self._members({name: contact[name] for name in ATTRIBUTES.values()})
        names = ("id", "created_at", "updated_at", *ON_CREATION)
        is_member = contact["login_email"] is not None
        return members | {name: contact[name] for name in names} | {"is_member": is_member}

    def _members(self, members: Stored) -> Stored:
        """Labels and fields by their names; what was deleted keeps its key for a name."""
        seen = dict(members)
        for name in (*LISTS, "merged_contacts"):
            if name in seen:
                seen[name] = tuple(seen[name])
        if "labels" in seen:
            named = [(key, self.labels.with_key(key)) for key in seen["labels"]]
            seen["labels"] = tuple(label["name"] if label else key for key, label in named)
        if "custom_fields" in seen:
            fields = {}
            for key, value in seen["custom_fields"].items():
                field = self.custom_fields.with_key(key) or {"name": key, "type": "text"}
                fields[field["name"]] = given_back(value, field["type"])
            seen["custom_fields"] = fields
        return seen


def _bare(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
