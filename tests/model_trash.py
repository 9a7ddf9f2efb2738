"""The model's trash: deleting, restoring, purging (U7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from model_contacts import Stored
from model_histories import Histories
from model_registers import fitted

from wixcrm_local import ContactNotFound, InvalidArgument, MemberContact


class Trash(Histories):
    """Contacts that left the list stand in `removed`, and come back to their old place."""

    @property
    def removed(self) -> list[Stored]:
        return self.state["removed"]

    def delete_contact(self, id: Any, *, delete_members: bool = False) -> Stored:
        contact = self.contact(id)
        if contact["login_email"] is not None and not delete_members:
            raise MemberContact("", details={"contact_id": contact["id"]})
        self._to_trash(contact, "delete_contact")
        return self._trashed(contact)

    def restore_contact(self, id: Any) -> Stored:
        try:
            return self._shown(self.contact(id))
        except ContactNotFound:
            contact = self._stands_for(id)
            if contact is None:
                raise
            return self._from_trash(contact, "restore_contact")

    def list_trash(self) -> list[Stored]:
        trash = [each for each in self.removed if each["merged_into"] is None]
        trash.sort(key=lambda each: (each["removed_at"], each["number"]))
        return [self._trashed(each) for each in trash]

    def purge_trash(self, older_than_days: Any = 90) -> int:
        if type(older_than_days) not in (int, float) or not 0 <= older_than_days <= 36_525:
            raise InvalidArgument("")
        limit = self.now() - timedelta(days=older_than_days)
        gone = [
            each
            for each in self.removed
            if each["merged_into"] is None and each["removed_at"] < limit
        ]
        for each in gone:
            self._forget(each)
        return len(gone)

    def _forget(self, contact: Stored) -> None:
        self.removed.remove(contact)
        for other in [each for each in self.removed if each["merged_into"] == contact["id"]]:
            self._forget(other)

    def contact(self, id: Any) -> Stored:
        """M5: the id of a contact that was merged stands for the one that took it in."""
        try:
            return super().contact(id)
        except ContactNotFound:
            found = self.in_list(id)
            if found is None:
                raise
            return found

    def in_list(self, id: str) -> Stored | None:
        """Who is in the list under this id, or under that of whom it was merged into."""
        found = self._stands_for(id)
        return None if found in self.removed else found

    def _stands_for(self, id: str) -> Stored | None:
        wanted: Any = id.strip().lower()
        while wanted is not None:
            everybody = [*self.state["contacts"], *self.removed]
            found = next((each for each in everybody if each["id"] == wanted), None)
            if found is None or found["merged_into"] is None:
                return found
            wanted = found["merged_into"]
        return None

    def _to_trash(self, contact: Stored, verb: str) -> None:
        self.change(contact, {"in_trash": True}, verb)
        self._take_out(contact)

    def _take_out(self, contact: Stored) -> None:
        contact["removed_at"] = self.now()
        self.state["contacts"].remove(contact)
        self.removed.append(contact)

    def _put_back(self, contact: Stored) -> None:
        self.removed.remove(contact)
        self.state["contacts"].append(contact)
        self.state["contacts"].sort(key=lambda each: each["number"])

    def _from_trash(self, contact: Stored, verb: str) -> Stored:
        if contact["login_email"] is not None:
            self._refuse_taken_login(contact["login_email"])
        labels = [key for key in contact["labels"] if self.labels.with_key(key)]
        fields = {}
        for key, value in contact["custom_fields"].items():
            field = self.custom_fields.with_key(key)
            try:
                fields[key] = fitted(value, field["type"]) if field else None
            except ValueError:
                fields[key] = None
        fields = {key: value for key, value in fields.items() if value is not None}
        there = {"labels": labels, "custom_fields": fields}
        lost = {name: value for name, value in there.items() if value != contact[name]}
        self._put_back(contact)
        self.change(contact, {"in_trash": None} | lost, verb)
        return self._shown(contact)

    def _undo_move(self, contact: Stored, entry: Stored) -> Stored | None:
        """The undoing of a way into the trash, or out of it."""
        if contact in self.removed:
            if contact["merged_into"] is None and entry["after"].get("in_trash"):
                return self._from_trash(contact, "undo")
            raise ContactNotFound("")
        if entry["before"].get("in_trash"):
            self._to_trash(contact, "undo")
            return self._shown(contact)
        return None

    def _trashed(self, contact: Stored) -> Stored:
        entries = contact["history"]
        return {
            "contact": self._shown(contact),
            "deleted_at": contact["removed_at"],
            "change_id": entries[-1]["id"] if entries else None,
        }
