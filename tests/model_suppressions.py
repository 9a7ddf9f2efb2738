"""The model's suppression list, and contacts that want no mail (T8)."""

from __future__ import annotations

from typing import Any

from model_reading import clean, email_key

from wixcrm_local import Contact, InvalidArgument

Stored = dict[str, Any]


class Suppressions:
    """T8: addresses that get no mail, by match key; `model` is whoever keeps state and time."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def _entries(self) -> dict[str, Stored]:
        return self._model.state["suppressions"]

    def add(self, address: Any, reason: Any = "manual", *, note: Any = "") -> Stored:
        try:
            cleaned, said = clean(address), clean(note.replace("\r", "\n"), breaks="\t\n")
        except (AttributeError, ValueError):
            raise InvalidArgument("") from None
        is_reason = reason in ("unsubscribed", "bounced", "complained", "manual")
        if email_key(cleaned) is None or not is_reason or len(note) > 1_000:
            raise InvalidArgument("")
        entry = {"address": cleaned, "reason": reason, "note": said}
        entry["created_at"] = self._model.now()
        return self._entries.setdefault(email_key(cleaned), entry)

    def remove(self, address: Any) -> bool:
        return self._entries.pop(self._key(address), None) is not None

    def check(self, address: Any) -> Stored | None:
        return self._entries.get(self._key(address))

    def list(self) -> list[Stored]:
        def age(item: tuple[str, Stored]) -> Any:
            key, entry = item
            is_hash = entry["address"] is None
            return entry["created_at"], is_hash, entry["reason"] if is_hash else key

        return [entry for _, entry in sorted(self._entries.items(), key=age)]

    def reason(self, contact: Stored | None, address: str) -> str | None:
        """Why a mail must not go; what is known of the address says more than the contact."""
        entry = self._entries.get(email_key(address))
        if entry is not None:
            return entry["reason"]
        if contact is None:
            return "deleted"  # U7
        return "unsubscribed" if contact["subscription"] == "unsubscribed" else None

    def unsubscribe(self, who: Any) -> None:
        if isinstance(who, str) and "@" in who:
            self.add(who, "unsubscribed")
        else:
            self._subscribe(who, "unsubscribed", "unsubscribe")

    def resubscribe(self, who: Any) -> None:
        if not (isinstance(who, str) and "@" in who):
            self._subscribe(who, "subscribed", "resubscribe")
        elif (self.check(who) or {}).get("reason") == "unsubscribed":
            self.remove(who)

    def _subscribe(self, who: Any, subscription: str, verb: str) -> None:
        contact = self._model.contact(who.id if isinstance(who, Contact) else who)
        if contact["subscription"] != subscription:
            self._model.change(contact, {"subscription": subscription}, verb)

    def _key(self, address: Any) -> str | None:
        if not isinstance(address, str):
            raise InvalidArgument("")
        return email_key(address)
