"""Every error of the library, each one sentence that ends with the remedy.

Law: nothing else is raised at a caller's mistake or a fault of the file (semantics.md, section 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class WixCRMError(Exception):
    """The base of all errors.

    `message` is a sentence for people, `code` a stable UPPER_SNAKE word for programs and
    `details` JSON-able data about what went wrong.
    """

    default_code: ClassVar[str] = "WIXCRM_ERROR"

    def __init__(
        self,
        message: str,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message
        self.code = code or self.default_code
        self.details = dict(details or {})
        self.args = (message, self.code, self.details)  # so that pickle rebuilds it

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, code={self.code!r})"


class WixCRMWarning(UserWarning):
    """Something was accepted that deserves a look, such as a national number without a region.

    `code` is a stable word: REGION_MISSING, NAMES_IGNORED, VARIABLES_IGNORED, UNSAFE_PLACE.
    """

    def __init__(self, message: str, code: str = "WARNING") -> None:
        super().__init__(message, code)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class InvalidArgument(WixCRMError, ValueError):
    """An argument of a verb, or of `CRM` itself, has no meaning."""

    default_code = "INVALID_ARGUMENT"


class InvalidContactInfo(WixCRMError, ValueError):
    """A contactInfo can't be taken; `details["problems"]` lists every reason (C5)."""

    default_code = "INVALID_CONTACT_INFO"


class InsufficientContactInfo(InvalidContactInfo):
    """Neither an email address nor a phone number is left after cleaning (C1)."""

    default_code = "INSUFFICIENT_CONTACT_DATA"


class InvalidMemberType(InvalidContactInfo, TypeError):
    """A member has a value of the wrong type, such as a text where a list belongs (C4, C5)."""

    default_code = "INVALID_MEMBER_TYPE"


class InvalidText(InvalidContactInfo):
    """A text holds NUL, a lone surrogate or a control character (C3)."""

    default_code = "INVALID_TEXT"


class ValueTooLong(InvalidContactInfo):
    """A text, number or list passes its limit (C6)."""

    default_code = "VALUE_TOO_LONG"


class UnknownMember(InvalidContactInfo):
    """A member that contactInfo does not have and no custom field is named after (G5)."""

    default_code = "UNKNOWN_MEMBER"


class InvalidEmail(InvalidContactInfo):
    """An email address that no mailbox can have (E1)."""

    default_code = "INVALID_EMAIL"


class InvalidPhone(InvalidContactInfo):
    """A text that is no phone number of any kind (P2)."""

    default_code = "INVALID_PHONE"


class LabelNotFound(InvalidContactInfo, LookupError):
    """No label has this name (G3)."""

    default_code = "LABEL_NOT_FOUND"


class CustomFieldNotFound(InvalidContactInfo, LookupError):
    """No custom field has this name (G5)."""

    default_code = "CUSTOM_FIELD_NOT_FOUND"


class InvalidCustomFieldValue(InvalidContactInfo):
    """A value does not fit the type of its custom field (G6)."""

    default_code = "INVALID_EXTENDED_FIELD_VALUE"


class ContactNotFound(WixCRMError, LookupError):
    """No contact has this id (T7)."""

    default_code = "CONTACT_NOT_FOUND"


class ChangeNotFound(WixCRMError, LookupError):
    """No history has a change with this id; perhaps it was pruned (U5)."""

    default_code = "CHANGE_NOT_FOUND"


class CannotUndo(WixCRMError, ValueError):
    """A change can't be taken back, since what it left is not there any more (U5)."""

    default_code = "CANNOT_UNDO"


class MergeConflict(WixCRMError, ValueError):
    """Contacts can't become one, since several of them are site members (U8)."""

    default_code = "MERGE_CONFLICT"


class MemberContact(WixCRMError):
    """createContact can't update a site member (G1); `contact_id` names the member."""

    default_code = "CANNOT_UPDATE_MEMBER"

    @property
    def contact_id(self) -> str:
        return str(self.details["contact_id"])


class LoginEmailTaken(WixCRMError, ValueError):
    """Another member logs in with this address (G2)."""

    default_code = "LOGIN_EMAIL_TAKEN"


class MemberEmailLocked(WixCRMError, ValueError):
    """A member's login email can't be changed (U6)."""

    default_code = "MEMBER_EMAIL_LOCKED"


class StaleRevision(WixCRMError, ValueError):
    """The contact is not as the caller last saw it: its revision is another one (U6)."""

    default_code = "CONTACT_ALREADY_CHANGED"


class LabelExists(WixCRMError, ValueError):
    """A label of this name exists already (G4)."""

    default_code = "LABEL_ALREADY_EXISTS"


class CustomFieldExists(WixCRMError, ValueError):
    """A custom field of this name exists already (G5)."""

    default_code = "CUSTOM_FIELD_ALREADY_EXISTS"


class TriggeredEmailNotFound(WixCRMError, LookupError):
    """No Triggered Email has this id (T1)."""

    default_code = "TRIGGERED_EMAIL_NOT_FOUND"


class InvalidTriggeredEmail(WixCRMError, ValueError):
    """A Triggered Email can't be saved as given (T1, T2)."""

    default_code = "INVALID_TRIGGERED_EMAIL"


class InvalidEmailOptions(WixCRMError, TypeError):
    """The options of emailContact are not of the form {"variables": {...}} (T6)."""

    default_code = "INVALID_EMAIL_OPTIONS"


class InvalidVariable(WixCRMError, ValueError):
    """The value of a variable is not a text (T3) or can't stand in a mail (T5)."""

    default_code = "INVALID_VARIABLE"


class UnknownVariable(WixCRMError, LookupError):
    """A key that the Triggered Email does not have (T4)."""

    default_code = "UNKNOWN_VARIABLE"


class MissingVariable(WixCRMError, LookupError):
    """A required variable was not given (T2)."""

    default_code = "MISSING_VARIABLE"


class ContactHasNoEmail(WixCRMError, ValueError):
    """The contact has no address a mail could go to (T7)."""

    default_code = "CONTACT_HAS_NO_EMAIL"


class ContactUnsubscribed(WixCRMError, ValueError):
    """The contact has unsubscribed, and the policy says that mail to them is an error (T8)."""

    default_code = "CONTACT_UNSUBSCRIBED"


class UnmailableMessage(WixCRMError, ValueError):
    """A mail can't be written as a message that others would read as the same."""

    default_code = "UNMAILABLE_MESSAGE"


class FromAddressMissing(WixCRMError, ValueError):
    """Neither the Triggered Email nor the CRM nor the sender names an address to send from."""

    default_code = "FROM_ADDRESS_MISSING"


class DeliveryFailure(WixCRMError):
    """The base of what a sender raises; `details` may hold stage, smtp_code and enhanced_code."""

    default_code = "DELIVERY_FAILURE"


class TemporaryFailure(DeliveryFailure):
    """This mail was not taken now, and may be later."""

    default_code = "TEMPORARY_FAILURE"


class PermanentFailure(DeliveryFailure):
    """This mail will never be taken."""

    default_code = "PERMANENT_FAILURE"


class UncertainDelivery(DeliveryFailure):
    """The connection was lost when the mail may have been taken already."""

    default_code = "UNCERTAIN_DELIVERY"


class SenderUnavailable(DeliveryFailure):
    """The sender could not be reached, or was not let in; it says nothing about the mail."""

    default_code = "SENDER_UNAVAILABLE"


class EmailNotSent(WixCRMError):
    """A mail was recorded, and its sender refused it for good; `details["id"]` is the mail's."""

    default_code = "EMAIL_NOT_SENT"


class IdempotencyConflict(WixCRMError, ValueError):
    """A mail with this idempotency key is there already, and it is another one."""

    default_code = "IDEMPOTENCY_CONFLICT"


class WrongMessageStatus(WixCRMError, ValueError):
    """A mail's status doesn't allow what was asked, such as to cancel one that was sent."""

    default_code = "WRONG_MESSAGE_STATUS"


class MessageNotFound(WixCRMError, LookupError):
    """The outbox holds no message of this id."""

    default_code = "MESSAGE_NOT_FOUND"


class RegionMismatch(WixCRMError, ValueError):
    """The file reads national numbers in another region than the one asked for (P1)."""

    default_code = "REGION_MISMATCH"


class UnreadableFile(WixCRMError, ValueError):
    """A file to import is of no known format, or has no column of addresses or numbers."""

    default_code = "UNREADABLE_FILE"


class ImportNotFound(WixCRMError, LookupError):
    """The store knows no import of this receipt, or it was taken back already."""

    default_code = "IMPORT_NOT_FOUND"


class StoreError(WixCRMError, OSError):
    """The base of all errors of the file itself."""

    default_code = "STORE_ERROR"


class StoreBusy(StoreError):
    """Another writer kept the store for longer than `busy_timeout`: try again."""

    default_code = "STORE_BUSY"


class StoreFull(StoreError):
    """The disk, or the space allowed to the file, is used up; what is stored stays readable."""

    default_code = "STORE_FULL"


class StoreFailed(StoreError):
    """The disk failed; the outcome is unknown and calling again is safe."""

    default_code = "STORE_FAILED"


class StoreDamaged(StoreError):
    """Pages of the file contradict each other; the file is left as it is."""

    default_code = "STORE_DAMAGED"


class StoreReadOnly(StoreError):
    """The file, its folder or its disk can't be written."""

    default_code = "STORE_READ_ONLY"


class StoreTooNew(StoreError):
    """A newer version of the library wrote this file; it is left untouched."""

    default_code = "STORE_TOO_NEW"


class NotAStore(StoreError):
    """The path holds something that is not a store of ours; it is left untouched."""

    default_code = "NOT_A_STORE"


class StoreNotFound(StoreError):
    """The file's folder does not exist, or the path can't be opened at all."""

    default_code = "STORE_NOT_FOUND"


class StoreReplaced(StoreError):
    """The file was deleted, moved or replaced while it was open."""

    default_code = "STORE_REPLACED"


class StoreClosed(StoreError):
    """The store was closed before this call."""

    default_code = "STORE_CLOSED"


class StoreForked(StoreError):
    """A child process used the store it inherited over fork."""

    default_code = "STORE_FORKED"


class StoreUnsupported(StoreError):
    """The SQLite library of this Python lacks what the store needs."""

    default_code = "STORE_UNSUPPORTED"
