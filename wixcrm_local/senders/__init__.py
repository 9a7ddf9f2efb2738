"""Senders: who takes a recorded mail to the world. One protocol, one file each.

Law: importing this package loads no sender; each comes when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wixcrm_local.senders.allow_list import AllowListSender
    from wixcrm_local.senders.any_callable import CallableSender, as_sender
    from wixcrm_local.senders.console import ConsoleSender
    from wixcrm_local.senders.folder import FolderSender
    from wixcrm_local.senders.from_url import sender_from_url
    from wixcrm_local.senders.maildir import MaildirSender
    from wixcrm_local.senders.memory import MemorySender
    from wixcrm_local.senders.outbox import OutboxSender
    from wixcrm_local.senders.redirect import RedirectSender
    from wixcrm_local.senders.sender import Receipt, Sender, hand_over
    from wixcrm_local.senders.smtp import SMTPSender
    from wixcrm_local.senders.tee import TeeSender

_MODULES = {
    "AllowListSender": "allow_list",
    "CallableSender": "any_callable",
    "ConsoleSender": "console",
    "FolderSender": "folder",
    "MaildirSender": "maildir",
    "MemorySender": "memory",
    "OutboxSender": "outbox",
    "Receipt": "sender",
    "RedirectSender": "redirect",
    "SMTPSender": "smtp",
    "Sender": "sender",
    "TeeSender": "tee",
    "as_sender": "any_callable",
    "hand_over": "sender",
    "sender_from_url": "from_url",
}

__all__ = [
    "AllowListSender",
    "CallableSender",
    "ConsoleSender",
    "FolderSender",
    "MaildirSender",
    "MemorySender",
    "OutboxSender",
    "Receipt",
    "RedirectSender",
    "SMTPSender",
    "Sender",
    "TeeSender",
    "as_sender",
    "hand_over",
    "sender_from_url",
]


def __getattr__(name: str) -> object:
    """Loads a sender's module when its name is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
