"""The model's erasing: no trace of a person is left but a hash of who wanted no mail (U7)."""

from __future__ import annotations

from typing import Any

from model_contacts import Stored
from model_merging import Merging
from model_reading import email_key

from wixcrm_local import ContactNotFound

OPTED_OUT = ("unsubscribed", "complained", "manual")


class Erasing(Merging):
    """What is erased is gone from the state, in which no page can hold it."""

    depth: int

    def erase_contact(self, id: Any) -> Stored:
        try:
            contact = self.contact(id)
        except ContactNotFound:
            contact = self._stands_for(id)
            if contact is None:
                raise
        people = [contact, *self._all_merged(contact)]
        keys, left = self._addresses(people)
        is_unsubscribed = any(each["subscription"] == "unsubscribed" for each in people)
        mails, answers = self._blank_mails({each["id"] for each in people}, keys)
        removed, kept = self._forget_suppressions(keys, left if is_unsubscribed else set())
        for each in people:
            place = self.removed if each in self.removed else self.state["contacts"]
            place.remove(each)
        return {
            "contact_id": contact["id"],
            "merged_ids": tuple(each["id"] for each in people[1:]),
            "erased_at": self.now(),
            "contacts": len(people),
            "changes": sum(len(each["history"]) for each in people),
            "mails": mails,
            "attempts": answers,
            "suppressions": removed,
            "hashes_kept": kept,
            "file_is_clean": not self.depth,
        }

    def _all_merged(self, contact: Stored) -> list[Stored]:
        found = [each for each in self.removed if each["merged_into"] == contact["id"]]
        found.sort(key=lambda each: each["number"])
        return found + [one for other in found for one in self._all_merged(other)]

    def _addresses(self, people: list[Stored]) -> tuple[set[str], set[str]]:
        """The keys of all addresses they ever had, and of those they have."""
        had: set[Any] = set()
        have: set[Any] = set()
        for each in people:
            have |= {*each["emails"], each["login_email"]}
            for entry in each["history"]:
                for side in (entry["before"], entry["after"]):
                    had |= {*(side.get("emails") or ()), side.get("login_email")}
        keys = [{email_key(text) for text in texts - {None}} for texts in (had | have, have)]
        return keys[0], keys[1]

    def _blank_mails(self, ids: set[str], keys: set[str]) -> tuple[int, int]:
        known = {each["id"] for each in [*self.state["contacts"], *self.removed]}
        mails = answers = 0
        for mail in self.state["outbox"]:
            is_orphan = mail["contact_id"] not in known and email_key(mail["to"]) in keys
            if mail["status"] == "erased" or not (mail["contact_id"] in ids or is_orphan):
                continue
            blank = dict.fromkeys(("contact_id", "to", "to_name", "subject", "text"), "")
            gone = ("html", "unsubscribe_url", "idempotency_key", "reason", "due_at")
            mail |= blank | dict.fromkeys(gone)
            mail |= {"status": "erased", "variables": {}, "fell_back": ()}
            mail["updated_at"] = self.now()
            mails += 1
            for answer in self.state["attempts"].get(mail["id"], []):
                answer["response"] = ""
                answers += 1
        return mails, answers

    def _forget_suppressions(self, keys: set[str], unsubscribed: set[str]) -> tuple[int, int]:
        entries = self.state["suppressions"]
        removed = kept = 0
        for key in keys:
            entry = entries.get(key)
            is_plain = entry is not None and entry["address"] is not None
            removed += is_plain
            reason = entry["reason"] if is_plain else ""
            since = entry["created_at"] if is_plain else self.now()
            if is_plain:
                del entries[key]
            if reason not in OPTED_OUT and key in unsubscribed:
                reason, since = "unsubscribed", self.now()
            if reason in OPTED_OUT:
                hashed = {"address": None, "reason": reason, "note": "", "created_at": since}
                entries.setdefault(key, hashed)
                kept += 1
        return removed, kept
