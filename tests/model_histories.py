"""The model's histories: undo, a contact at a moment, pruning (U5)."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from model_contacts import NOTHING, Stored
from model_edits import Edits
from model_registers import fitted

from wixcrm_local import CannotUndo, ChangeNotFound, ContactNotFound, InvalidArgument


class Histories(Edits):
    """What was, and the way back to it."""

    def undo(self, change_id: Any) -> Stored:
        if change_id is None:
            raise CannotUndo("")
        if type(change_id) is not int:
            raise InvalidArgument("")
        contact, entry = self._entry(change_id)
        moved = self._undo_move(contact, entry)
        if moved is not None:
            return moved
        if _now(contact, entry["after"]) != _plain(entry["after"]):
            raise CannotUndo("")
        self._merge_again(contact, entry)
        members = self._before(contact, entry["before"])
        after = contact | members
        if "login_email" in members and after["login_email"]:
            self._refuse_taken_login(after["login_email"])
        self.refuse_contact(after)
        if any(contact[name] != value for name, value in members.items()):
            self.change(contact, members, "undo")
        self._let_go(entry)
        return self._shown(contact)

    def contact_at(self, id: Any, when: Any) -> Stored:
        if not isinstance(when, datetime) or when.tzinfo is None:
            raise InvalidArgument("")
        contact = self.contact(id)
        if when < contact["created_at"]:
            raise ContactNotFound("")
        entries = [entry for entry in contact["history"] if entry["at"] <= when]
        if len(entries) == len(contact["history"]):
            return self._shown(contact)
        state = deepcopy(
            NOTHING | {"merged_contacts": [], "subscription": "not_set"} | contact["as_created"]
        )
        for entry in entries:
            _go_on(state, entry["after"])
        if state.pop("in_trash", None):
            raise ContactNotFound("")
        state["subscription"] = state["subscription"] or "not_set"
        at = entries[-1]["at"] if entries else contact["created_at"]
        revision = 1 + contact["pruned"] + len(entries)
        return self._shown(contact | state | {"updated_at": at, "revision": revision})

    def prune_history(self, older_than_days: Any) -> int:
        if type(older_than_days) not in (int, float) or not 0 <= older_than_days <= 36_525:
            raise InvalidArgument("")
        limit = self.now() - timedelta(days=older_than_days)
        pruned = 0
        for contact in [*self.state["contacts"], *self.state["removed"]]:
            old = [entry for entry in contact["history"] if entry["at"] < limit]
            for entry in old:
                _go_on(contact["as_created"], entry["after"])
            contact["as_created"] = {
                name: value for name, value in contact["as_created"].items() if value
            }
            contact["history"] = contact["history"][len(old) :]
            contact["pruned"] += len(old)
            pruned += len(old)
        return pruned

    def _undo_move(self, contact: Stored, entry: Stored) -> Stored | None:
        raise NotImplementedError

    def _merge_again(self, contact: Stored, entry: Stored) -> None:
        raise NotImplementedError

    def _let_go(self, entry: Stored) -> None:
        raise NotImplementedError

    def _entry(self, change_id: int) -> tuple[Stored, Stored]:
        for contact in [*self.state["contacts"], *self.state["removed"]]:
            for entry in contact["history"]:
                if entry["id"] == change_id:
                    return contact, entry
        raise ChangeNotFound("")

    def _before(self, contact: Stored, before: Stored) -> Stored:
        """The members as they are to be; what they had may be deleted."""
        members = deepcopy(before)
        if any(self.labels.with_key(key) is None for key in members.get("labels", ())):
            raise CannotUndo("")
        if "custom_fields" in members:
            values = contact["custom_fields"] | members["custom_fields"]
            for key, value in members["custom_fields"].items():
                if value is None:
                    del values[key]
                    continue
                try:
                    values[key] = fitted(value, self.custom_fields.with_key(key)["type"])
                except (TypeError, ValueError):
                    raise CannotUndo("") from None
            members["custom_fields"] = values
        if "subscription" in members:
            members["subscription"] = members["subscription"] or "not_set"
        return members


def _plain(members: Stored) -> Stored:
    """Members of which none is an empty list, so that they can be compared."""
    return {name: value or None for name, value in members.items()}


def _now(contact: Stored, after: Stored) -> Stored:
    """What the members of a change are now."""
    now = {name: contact[name] for name in after}
    if now.get("subscription") == "not_set":
        now["subscription"] = None
    if "custom_fields" in after:
        fields = after["custom_fields"]
        now["custom_fields"] = {key: now["custom_fields"].get(key) for key in fields}
    return _plain(now)


def _go_on(state: Stored, after: Stored) -> None:
    """Turns the members before a change into those after it."""
    for name, value in deepcopy(after).items():
        if name == "custom_fields":
            fields = {**state.get(name, {}), **value}
            value = {key: item for key, item in fields.items() if item is not None}
        state[name] = value
