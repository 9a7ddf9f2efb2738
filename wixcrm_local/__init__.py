"""Wix's contact list and Triggered Emails as an embedded library on one SQLite file.

`CRM` is the synchronous door, `AsyncCRM` the awaitable one. Not affiliated with Wix.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from wixcrm_local.crm import CRM
from wixcrm_local.email_address import email_match_key
from wixcrm_local.errors import (
    CannotUndo,
    ChangeNotFound,
    ContactHasNoEmail,
    ContactNotFound,
    ContactUnsubscribed,
    CustomFieldExists,
    CustomFieldNotFound,
    DeliveryFailure,
    EmailNotSent,
    FromAddressMissing,
    IdempotencyConflict,
    ImportNotFound,
    InsufficientContactInfo,
    InvalidArgument,
    InvalidContactInfo,
    InvalidCustomFieldValue,
    InvalidEmail,
    InvalidEmailOptions,
    InvalidMemberType,
    InvalidPhone,
    InvalidText,
    InvalidTriggeredEmail,
    InvalidVariable,
    LabelExists,
    LabelNotFound,
    LoginEmailTaken,
    MemberContact,
    MemberEmailLocked,
    MergeConflict,
    MessageNotFound,
    MissingVariable,
    NotAStore,
    PermanentFailure,
    RegionMismatch,
    SenderUnavailable,
    StaleRevision,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreError,
    StoreFailed,
    StoreForked,
    StoreFull,
    StoreNotFound,
    StoreReadOnly,
    StoreReplaced,
    StoreTooNew,
    StoreUnsupported,
    TemporaryFailure,
    TriggeredEmailNotFound,
    UncertainDelivery,
    UnknownMember,
    UnknownVariable,
    UnmailableMessage,
    UnreadableFile,
    ValueTooLong,
    WixCRMError,
    WixCRMWarning,
    WrongMessageStatus,
)
from wixcrm_local.model import (
    Change,
    Contact,
    CustomField,
    ErasureReceipt,
    Label,
    MatchResult,
    MergeResult,
    Suppression,
    TrashedContact,
    TriggeredEmail,
    UpsertResult,
)
from wixcrm_local.phone_number import phone_match_key
from wixcrm_local.policy import IMPORT, LENIENT, STRICT, Policy
from wixcrm_local.wire import ContactInfo

if TYPE_CHECKING:
    from wixcrm_local.aio import AsyncCRM
    from wixcrm_local.answers import ContactPage, Duplicates, Event, EventPage
    from wixcrm_local.backup import Backup
    from wixcrm_local.checking import CheckReport, Finding
    from wixcrm_local.listening import Subscription
    from wixcrm_local.message import (
        Attempt,
        DeliveryPreview,
        DeliveryReport,
        OutboxMessage,
        OutboxStats,
        PlannedMail,
    )
    from wixcrm_local.page_of_person import person_page
    from wixcrm_local.rekeying import RekeyReport
    from wixcrm_local.rendering import RenderedEmail

__version__ = "0.1.0"

__all__ = [
    "CRM",
    "IMPORT",
    "LENIENT",
    "STRICT",
    "AsyncCRM",
    "Attempt",
    "Backup",
    "CannotUndo",
    "Change",
    "ChangeNotFound",
    "CheckReport",
    "Contact",
    "ContactHasNoEmail",
    "ContactInfo",
    "ContactNotFound",
    "ContactPage",
    "ContactUnsubscribed",
    "CustomField",
    "CustomFieldExists",
    "CustomFieldNotFound",
    "DeliveryFailure",
    "DeliveryPreview",
    "DeliveryReport",
    "Duplicates",
    "EmailNotSent",
    "ErasureReceipt",
    "Event",
    "EventPage",
    "Finding",
    "FromAddressMissing",
    "IdempotencyConflict",
    "ImportNotFound",
    "InsufficientContactInfo",
    "InvalidArgument",
    "InvalidContactInfo",
    "InvalidCustomFieldValue",
    "InvalidEmail",
    "InvalidEmailOptions",
    "InvalidMemberType",
    "InvalidPhone",
    "InvalidText",
    "InvalidTriggeredEmail",
    "InvalidVariable",
    "Label",
    "LabelExists",
    "LabelNotFound",
    "LoginEmailTaken",
    "MatchResult",
    "MemberContact",
    "MemberEmailLocked",
    "MergeConflict",
    "MergeResult",
    "MessageNotFound",
    "MissingVariable",
    "NotAStore",
    "OutboxMessage",
    "OutboxStats",
    "PermanentFailure",
    "PlannedMail",
    "Policy",
    "RegionMismatch",
    "RekeyReport",
    "RenderedEmail",
    "SenderUnavailable",
    "StaleRevision",
    "StoreBusy",
    "StoreClosed",
    "StoreDamaged",
    "StoreError",
    "StoreFailed",
    "StoreForked",
    "StoreFull",
    "StoreNotFound",
    "StoreReadOnly",
    "StoreReplaced",
    "StoreTooNew",
    "StoreUnsupported",
    "Subscription",
    "Suppression",
    "TemporaryFailure",
    "TrashedContact",
    "TriggeredEmail",
    "TriggeredEmailNotFound",
    "UncertainDelivery",
    "UnknownMember",
    "UnknownVariable",
    "UnmailableMessage",
    "UnreadableFile",
    "UpsertResult",
    "ValueTooLong",
    "WixCRMError",
    "WixCRMWarning",
    "WrongMessageStatus",
    "__version__",
    "email_match_key",
    "person_page",
    "phone_match_key",
]

_LATER = {
    "AsyncCRM": "aio",
    "Backup": "backup",
    "ContactPage": "answers",
    "Duplicates": "answers",
    "Event": "answers",
    "EventPage": "answers",
    "CheckReport": "checking",
    "Finding": "checking",
    "Attempt": "message",
    "DeliveryPreview": "message",
    "DeliveryReport": "message",
    "OutboxMessage": "message",
    "OutboxStats": "message",
    "PlannedMail": "message",
    "RekeyReport": "rekeying",
    "Subscription": "listening",
    "RenderedEmail": "rendering",
    "person_page": "page_of_person",
}


def __getattr__(name: str) -> object:
    """Loads what most programs never need, such as `AsyncCRM` and asyncio with it, when it is
    first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"wixcrm_local.{_LATER[name]}"), name)
