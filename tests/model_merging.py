"""The model's merging: several contacts become one (U8, M5)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from model_contacts import LISTS, Stored
from model_reading import ATTRIBUTES, email_key
from model_trash import Trash

from wixcrm_local import CannotUndo, InvalidArgument, MergeConflict

SINGLES = ("first_name", "last_name", "picture", "language")
ANSWERS = ["unsubscribed", "pending", "subscribed", "not_set"]


class Merging(Trash):
    """Merged contacts stand in `removed`, each with the id that it was merged into."""

    def preview_merge(self, target: Any, *sources: Any) -> Stored:
        before = deepcopy(self.state)
        answer = self.merge_contacts(target, *sources)
        self.state = before
        return answer | {"change_id": None}

    def merge_contacts(self, target: Any, *sources: Any) -> Stored:
        contact = self.contact(target)
        if not sources:
            raise InvalidArgument("")
        others: list[Stored] = []
        for source in sources:
            other = self.contact(source)
            if other is contact and source.strip().lower() == contact["id"]:
                raise InvalidArgument("")
            if other is not contact and other not in others:
                others.append(other)
        if not others:
            return self._merge_result(contact, [], [], {}, None)
        if sum(each["login_email"] is not None for each in (contact, *others)) > 1:
            raise MergeConflict("")
        after = self._united(contact, others)
        self.refuse_contact(after)
        left_out = self._left_out(after, others)
        answers = [each["subscription"] for each in (contact, *others)]
        after["subscription"] = min(answers, key=ANSWERS.index)
        merged = [*contact["merged_contacts"], *(other["id"] for other in others)]
        after["merged_contacts"] = sorted(merged, key=self._number_of)
        changed = {name: after[name] for name in after if after[name] != contact[name]}
        for other in others:
            self._take_out(other)
            other["merged_into"] = contact["id"]
        self.change(contact, changed, "merge_contacts")
        change = contact["history"][-1]["id"]
        return self._merge_result(contact, others, changed, left_out, change)

    def _united(self, contact: Stored, others: list[Stored]) -> Stored:
        after = {name: deepcopy(contact[name]) for name in ATTRIBUTES.values()}
        keys = {"emails": email_key, "labels": str}
        keys["phones"] = lambda number: self._phone_key(number) or f"text:{number}"
        for other in others:
            for name in (*SINGLES, "login_email"):
                after[name] = after[name] or other[name]
            for name in LISTS:
                known = {keys[name](item) for item in after[name]}
                after[name] += [item for item in other[name] if keys[name](item) not in known]
            after["custom_fields"] = other["custom_fields"] | after["custom_fields"]
        return after

    def _left_out(self, after: Stored, others: list[Stored]) -> Stored:
        left: Stored = {}
        fields: Stored = {}
        for other in others:
            for name in SINGLES:
                if other[name] not in (None, after[name], *left.get(name, ())):
                    left.setdefault(name, []).append(other[name])
            seen = self._members({"custom_fields": other["custom_fields"]})["custom_fields"]
            for (name, value), kept in zip(
                seen.items(), other["custom_fields"].items(), strict=True
            ):
                if after["custom_fields"].get(kept[0]) != kept[1]:
                    fields.setdefault(name, []).append(value)
        told = {name: tuple(values) for name, values in left.items()}
        unique = {name: tuple(dict.fromkeys(values)) for name, values in fields.items()}
        return told | ({"custom_fields": unique} if fields else {})

    def _merge_result(
        self, contact: Stored, others: Any, changed: Any, left_out: Stored, change: int | None
    ) -> Stored:
        return {
            "contact": self._shown(contact),
            "merged": tuple(other["id"] for other in others),
            "changed": tuple(name for name in ATTRIBUTES.values() if name in changed),
            "left_out": left_out,
            "change_id": change,
        }

    def _number_of(self, id: str) -> int:
        everybody = [*self.state["contacts"], *self.removed]
        return next(each["number"] for each in everybody if each["id"] == id)

    def _undo_move(self, contact: Stored, entry: Stored) -> Stored | None:
        if contact in self.removed and contact["merged_into"] is not None:
            raise CannotUndo("")
        return super()._undo_move(contact, entry)

    def _merge_again(self, contact: Stored, entry: Stored) -> None:
        """The undoing of an undoing: who came back since leaves again."""
        before, after = (entry[side].get("merged_contacts") or [] for side in ("before", "after"))
        for id in [id for id in before if id not in after]:
            other = next((each for each in self.state["contacts"] if each["id"] == id), None)
            if other is None or any(one["id"] > entry["id"] for one in other["history"]):
                raise CannotUndo("")
            self._take_out(other)
            other["merged_into"] = contact["id"]

    def _let_go(self, entry: Stored) -> None:
        """The undoing of a merge: its sources come back as they were."""
        before, after = (entry[side].get("merged_contacts") or [] for side in ("before", "after"))
        for id in [id for id in after if id not in before]:
            other = next(each for each in self.removed if each["id"] == id)
            self._before(other, {name: other[name] for name in ("labels", "custom_fields")})
            if other["login_email"]:
                self._refuse_taken_login(other["login_email"])
            other["merged_into"] = None
            self._put_back(other)
