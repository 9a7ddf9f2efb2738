"""Lets mails through to the addresses and domains on a list, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from wixcrm_local.email_address import email_match_key
from wixcrm_local.errors import InvalidArgument, PermanentFailure
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.sender import Receipt, hand_over
from wixcrm_local.senders.wrapping import WrappingSender
from wixcrm_local.text import kind_of, shortened


class AllowListSender(WrappingSender):
    """Hands to `sender` only mails to one of `allowed`: addresses, and whole domains such as
    "example.com", without those below them.

    They are compared by match key (E2): letter case and the spelling of an international domain
    make no difference. Every other mail fails for good, with the reason `not_allowed`.
    """

    def __init__(self, allowed: Iterable[str], sender: object) -> None:
        if isinstance(allowed, str) or not isinstance(allowed, Iterable):
            raise _refused(f"must be a list, not {kind_of(allowed)}")
        self._keys = frozenset(_key(item) for item in allowed)
        super().__init__(sender)

    @property
    def name(self) -> str:
        return f"allow_list({self.sender.name})"

    def send(self, message: OutboxMessage) -> Receipt:
        """Sends the mail if it may be sent. Raises `PermanentFailure` if not, and what `sender`
        raises."""
        key = email_match_key(message.to) or ""
        if not self._keys & {key, key.rpartition("@")[2]}:
            raise PermanentFailure(
                f"mail {message.id} is for an address that is not on the allow-list; add the "
                "address or its domain, and retry the mail",
                details={"stage": "allow_list", "reason": "not_allowed", "id": message.id},
            )
        return self.receipt(hand_over(self.sender, message).response)


def _key(item: object) -> str:
    """The match key of an address, or the domain as match keys have it."""
    if not isinstance(item, str):
        raise _refused(f"must hold texts, not {kind_of(item)}")
    domain = item.strip().removeprefix("@")
    key = email_match_key(item) if "@" in domain else email_match_key(f"any@{domain}")
    if key is None:
        raise _refused(f"holds {shortened(item)}, which is no address or domain")
    return key if "@" in domain else key.rpartition("@")[2]


def _refused(sentence: str) -> InvalidArgument:
    return InvalidArgument(
        f"allowed {sentence}; pass a list such as ['ana@example.com', 'example.org']",
        details={"argument": "allowed"},
    )
