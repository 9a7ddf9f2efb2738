"""Section 9: every error is one sentence with its remedy, has data, and a builtin parent."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

import pytest

from wixcrm_local import (
    CRM,
    ContactInfo,
    OutboxMessage,
    Policy,
    WixCRMError,
    WixCRMWarning,
    errors,
)
from wixcrm_local.senders import MemorySender

ANA, BOB = "ana@example.com", "bob@example.com"

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, WixCRMError)
]
WIX_CODES = {
    "InsufficientContactInfo": "INSUFFICIENT_CONTACT_DATA",
    "ContactNotFound": "CONTACT_NOT_FOUND",
    "StaleRevision": "CONTACT_ALREADY_CHANGED",
    "MemberContact": "CANNOT_UPDATE_MEMBER",
    "InvalidCustomFieldValue": "INVALID_EXTENDED_FIELD_VALUE",
}
PARENTS = {
    "InvalidArgument": ValueError,
    "InvalidContactInfo": ValueError,
    "InsufficientContactInfo": ValueError,
    "InvalidMemberType": TypeError,
    "InvalidEmail": ValueError,
    "InvalidPhone": ValueError,
    "LabelNotFound": LookupError,
    "CustomFieldNotFound": LookupError,
    "ContactNotFound": LookupError,
    "TriggeredEmailNotFound": LookupError,
    "MessageNotFound": LookupError,
    "UnknownVariable": LookupError,
    "MissingVariable": LookupError,
    "InvalidEmailOptions": TypeError,
    "InvalidVariable": ValueError,
    "ContactHasNoEmail": ValueError,
    "LoginEmailTaken": ValueError,
    "RegionMismatch": ValueError,
    "IdempotencyConflict": ValueError,
    "WrongMessageStatus": ValueError,
    "StoreError": OSError,
    "StoreBusy": OSError,
}


@pytest.mark.parametrize("kind", CLASSES)
def test_a_code_is_a_stable_word_of_its_own(kind: type[WixCRMError]) -> None:
    """Section 9: UPPER_SNAKE, Wix's own where it has one, no two alike."""
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", kind.default_code)
    assert [other.default_code for other in CLASSES].count(kind.default_code) == 1
    assert WIX_CODES.get(kind.__name__, kind.default_code) == kind.default_code


@pytest.mark.parametrize(("name", "parent"), PARENTS.items())
def test_builtin_parents(name: str, parent: type) -> None:
    """Section 9: ValueError, LookupError, TypeError or OSError where natural."""
    assert issubclass(getattr(errors, name), parent)


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_survives_pickling(kind: type[WixCRMError]) -> None:
    """Section 9: class, code and details stay, as between processes."""
    error = kind("a sentence", "A_CODE", {"contact_id": "1", "nearest": ["a"]})
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.message, again.code, again.details) == (
        "a sentence",
        "A_CODE",
        {"contact_id": "1", "nearest": ["a"]},
    )
    assert str(again) == "a sentence"
    assert repr(again) == f"{kind.__name__}('a sentence', code='A_CODE')"
    assert kind("a sentence").code == kind.default_code
    assert kind("a sentence").details == {}


def test_warnings_are_user_warnings() -> None:
    """Section 9: shown unless someone silences them; a stable code and a sentence; it pickles."""
    assert issubclass(WixCRMWarning, UserWarning)
    with CRM() as crm, pytest.warns(WixCRMWarning) as caught:
        crm.create_contact({"phones": ["020 7946 0958"]})
    warning = pickle.loads(pickle.dumps(caught[0].message))
    assert warning.code == "REGION_MISSING"
    assert str(warning).startswith("a phone number without its country code was stored")
    assert "crm.rekey('US')" in str(warning)


# One call for each mistake, on a store with something of everything.


def creating(**info: object) -> Callable[[CRM], object]:
    return lambda crm: crm.create_contact(info)


def mailing(**variables: object) -> Callable[[CRM], object]:
    """A mail to Bob."""
    return lambda crm: crm.email_contact(
        "welcome", crm.find_contact(email=BOB).id, {"variables": variables}
    )


def mailing_to_nowhere(crm: CRM) -> None:
    crm.email_contact("welcome", crm.create_contact({"phones": ["6502530000"]}))


def mailing_to_who_unsubscribed(crm: CRM) -> None:
    id = crm.create_contact({"emails": [ANA]})
    crm.triggered_emails.save("plain", subject="Hi", text="Hi")
    crm.unsubscribe(id)
    crm.email_contact("plain", id, policy=Policy(unsubscribed="error"))


def writing_without_a_sender(crm: CRM) -> None:
    crm.triggered_emails.save("plain", subject="Hi", text="Hi")
    crm.send_email("plain", crm.create_contact({"emails": [ANA]})).as_bytes()


def mailing_to_who_is_refused(crm: CRM) -> None:
    def refuse(message: OutboxMessage) -> None:
        raise errors.PermanentFailure("no such user; give another address")

    with CRM(sender=refuse) as own:
        own.triggered_emails.save("plain", subject="Hi", text="Hi")
        own.send_email("plain", own.create_contact({"emails": [ANA]}))


def mailing_another_under_one_key(crm: CRM) -> None:
    crm.triggered_emails.save("plain", subject="Hi", text="Hi")
    for address in (ANA, BOB):
        id = crm.create_contact({"emails": [address]})
        crm.send_email("plain", id, idempotency_key="1")


def delivering_without_a_from(crm: CRM) -> None:
    crm.triggered_emails.save("plain", subject="Hi", text="Hi")
    crm.send_email("plain", crm.create_contact({"emails": [ANA]}))
    crm.deliver(MemorySender(), include_stale=True)


def cancelling_what_was_sent(crm: CRM) -> None:
    crm.triggered_emails.save("plain", subject="Hi", text="Hi", from_address=BOB)
    message = crm.send_email("plain", crm.create_contact({"emails": [ANA]}))
    crm.deliver(MemorySender(), include_stale=True)
    crm.outbox.cancel(message.id)


def resolving_what_is_certain(crm: CRM) -> None:
    crm.triggered_emails.save("plain", subject="Hi", text="Hi")
    message = crm.send_email("plain", crm.create_contact({"emails": [ANA]}))
    crm.outbox.resolve(message.id, "sent")


def bob(crm: CRM) -> str:
    """The id of the member whom every store of these tests has."""
    return crm.find_contact(email=BOB).id


def undoing_what_changed_again(crm: CRM) -> None:
    for name in ("Bo", "Bob"):
        crm.update_contact(bob(crm), {"firstName": name})
    crm.undo(crm.history(bob(crm))[-2].id)


def undoing_what_was_deleted(crm: CRM) -> None:
    crm.update_contact(bob(crm), {"labels": ["VIP"]})
    crm.labels.delete("VIP")
    crm.undo(crm.history(bob(crm))[-1].id)


def reading_what_is_in_the_trash(crm: CRM) -> None:
    crm.get_contact(crm.delete_contact(bob(crm), delete_members=True).contact.id)


def merging_two_members(crm: CRM) -> None:
    crm.merge_contacts(crm.create_contact({"emails": [ANA], "loginEmail": ANA}), bob(crm))


def registering_twice(crm: CRM) -> None:
    crm.register_member(crm.create_contact({"emails": [ANA]}), BOB)


MISTAKES: list[tuple[str, Callable[[CRM], object]]] = [
    ("InsufficientContactInfo", creating()),
    ("InvalidMemberType", creating(emails=ANA)),
    ("InvalidMemberType", creating(emails=[{"email": ANA}])),
    ("InvalidMemberType", lambda crm: ContactInfo.from_wix("x")),
    ("UnknownMember", creating(emails=[ANA], name={"first": "Ana"})),
    ("UnknownMember", creating(emails=[ANA], frstName="Ana")),
    ("InvalidText", creating(emails=[ANA], firstName="A\0B")),
    ("ValueTooLong", creating(emails=[ANA], firstName="A" * 1_001)),
    ("InvalidEmail", creating(emails=["none"])),
    ("InvalidPhone", creating(phones=["none"])),
    ("InvalidContactInfo", creating(phones=["none"], emails=["none"])),
    ("LabelNotFound", creating(emails=[ANA], labels=["VPI"])),
    ("CustomFieldNotFound", creating(emails=[ANA], customFields={"scor": 1})),
    ("InvalidCustomFieldValue", creating(emails=[ANA], Score="high")),
    ("MemberContact", creating(emails=[BOB], firstName="Bob")),
    ("LoginEmailTaken", registering_twice),
    ("MemberEmailLocked", lambda crm: crm.register_member(crm.find_contact(email=BOB).id, ANA)),
    ("StaleRevision", lambda crm: crm.update_contact(bob(crm), {}, expected_revision=2)),
    ("InvalidArgument", lambda crm: crm.update_contact(bob(crm), {}, expected_revision="1")),
    ("MemberEmailLocked", lambda crm: crm.update_contact(bob(crm), {"loginEmail": ANA})),
    ("InsufficientContactInfo", lambda crm: crm.update_contact(bob(crm), {"emails": []})),
    ("InvalidMemberType", lambda crm: crm.update_contact(bob(crm), [])),
    ("MemberContact", lambda crm: crm.delete_contact(bob(crm))),
    ("ContactNotFound", reading_what_is_in_the_trash),
    ("InvalidArgument", lambda crm: crm.purge_trash("90")),
    ("MergeConflict", merging_two_members),
    ("InvalidArgument", lambda crm: crm.merge_contacts(bob(crm), bob(crm))),
    ("ContactNotFound", lambda crm: crm.erase_contact("nobody")),
    ("ContactNotFound", lambda crm: crm.export_person("nobody")),
    ("ChangeNotFound", lambda crm: crm.undo(77)),
    ("CannotUndo", lambda crm: crm.undo(None)),
    ("CannotUndo", undoing_what_changed_again),
    ("CannotUndo", undoing_what_was_deleted),
    ("InvalidArgument", lambda crm: crm.undo("1")),
    ("InvalidArgument", lambda crm: crm.prune_history(-1)),
    ("UnreadableFile", lambda crm: crm.import_contacts(StringIO("Height,Weight\n1,2\n"))),
    ("UnreadableFile", lambda crm: crm.import_contacts(StringIO(""))),
    ("UnreadableFile", lambda crm: crm.import_contacts("nowhere.csv")),
    ("UnreadableFile", lambda crm: crm.import_contacts(StringIO("x"), "vcard")),
    ("InvalidArgument", lambda crm: crm.import_contacts(5)),
    ("InvalidArgument", lambda crm: crm.import_contacts(StringIO("a"), "xml")),
    ("InvalidArgument", lambda crm: crm.import_contacts(StringIO("a"), on_error="perhaps")),
    ("InvalidArgument", lambda crm: crm.import_contacts(StringIO("Email\n"), None, {"E": "x"})),
    ("InvalidArgument", lambda crm: crm.export_contacts(5)),
    ("InvalidArgument", lambda crm: crm.export_contacts("people.xml", "xml")),
    ("ImportNotFound", lambda crm: crm.undo_import("nothing")),
    ("InvalidArgument", lambda crm: crm.undo_import(5)),
    ("InvalidArgument", lambda crm: crm.contact_at(bob(crm), "now")),
    ("ContactNotFound", lambda crm: crm.contact_at(bob(crm), datetime(1999, 1, 1, tzinfo=UTC))),
    ("ContactNotFound", lambda crm: crm.get_contact("nobody")),
    ("InvalidArgument", lambda crm: crm.get_contact(None)),
    ("InvalidArgument", lambda crm: crm.find_contact()),
    ("InvalidArgument", lambda crm: crm.custom_fields.create("x", "string")),
    ("InvalidArgument", lambda crm: crm.labels.create("")),
    ("InvalidArgument", lambda crm: crm.outbox.where(status="x")),
    ("InvalidArgument", lambda crm: Policy(members="x")),
    ("InvalidArgument", lambda crm: CRM(default_region="XX")),
    ("LabelExists", lambda crm: crm.labels.create("vip")),
    ("CustomFieldExists", lambda crm: crm.custom_fields.create("score")),
    ("InvalidTriggeredEmail", lambda crm: crm.triggered_emails.save("x", subject="${a}", text="x")),
    ("TriggeredEmailNotFound", lambda crm: crm.email_contact("wellcome", "x")),
    ("InvalidEmailOptions", lambda crm: crm.email_contact("welcome", "x", {"name": "Ana"})),
    ("InvalidVariable", mailing(name=5)),
    ("UnknownVariable", mailing(nmae="Ana")),
    ("MissingVariable", mailing()),
    ("ContactHasNoEmail", mailing_to_nowhere),
    ("ContactUnsubscribed", mailing_to_who_unsubscribed),
    ("FromAddressMissing", writing_without_a_sender),
    ("FromAddressMissing", delivering_without_a_from),
    ("EmailNotSent", mailing_to_who_is_refused),
    ("IdempotencyConflict", mailing_another_under_one_key),
    ("WrongMessageStatus", cancelling_what_was_sent),
    ("WrongMessageStatus", resolving_what_is_certain),
    ("InvalidArgument", lambda crm: crm.outbox.resolve("x", "arrived")),
    ("InvalidArgument", lambda crm: crm.start_delivery()),
    ("InvalidArgument", lambda crm: crm.deliver(limit=0)),
    ("InvalidArgument", lambda crm: crm.unsubscribe("nobody@")),
    ("InvalidArgument", lambda crm: crm.suppressions.add(ANA, "angry")),
    ("InvalidArgument", lambda crm: crm.send_email("x", "x", send_at="noon")),
    ("InvalidArgument", lambda crm: crm.send_email("x", "x", expires_in=0)),
    ("InvalidArgument", lambda crm: crm.send_email("x", "x", idempotency_key="")),
    ("MessageNotFound", lambda crm: crm.outbox.get("x")),
]


@pytest.mark.parametrize(("name", "call"), MISTAKES)
def test_each_mistake_is_answered_in_one_sentence(
    open_crm: Callable[[], CRM], name: str, call: Callable[[CRM], object]
) -> None:
    """Section 9: a sentence that ends with the remedy, a code, JSON-able details; it pickles."""
    with open_crm() as crm:
        crm.labels.create("VIP")
        crm.custom_fields.create("Score", "number")
        crm.triggered_emails.save(
            "welcome",
            subject="Hi ${name} ${code}",
            text="x",
            variables={"name": ""},
            required=["code"],
        )
        crm.create_contact({"emails": [BOB], "loginEmail": BOB})
        with pytest.raises(WixCRMError) as caught:
            call(crm)
    error = caught.value
    assert type(error).__name__ == name
    assert error.code == type(error).default_code
    assert 20 < len(error.message) < 400
    assert error.message.isprintable()
    assert ";" in error.message or ":" in error.message, "what is wrong, then what to do"
    assert json.loads(json.dumps(error.details)) == error.details
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.message, again.code, again.details) == (
        type(error),
        error.message,
        error.code,
        error.details,
    )


def test_every_error_of_the_rules_is_provoked_above() -> None:
    """Section 9: no class without a way to it; those of the file are tested with the store."""
    provoked = {name for name, _ in MISTAKES}
    others = {"WixCRMError", "RegionMismatch", "UnmailableMessage"}
    others |= {kind.__name__ for kind in CLASSES if issubclass(kind, errors.DeliveryFailure)}
    assert {
        kind.__name__ for kind in CLASSES if not issubclass(kind, errors.StoreError)
    } - others == provoked


# Shapes that real callers pass, invented anew.


@pytest.mark.parametrize(
    ("info", "parts"),
    [
        (
            {"name": {"first": "Noa", "last": ""}, "emails": ["noa@example.com"], "phones": [None]},
            ["name: ", "firstName and lastName"],
        ),
        (
            {"firstName": "Li", "email": "li@example.com", "phone": "05321234567"},
            ["emails, a list", "phones, a list", "at least one email address or phone number"],
        ),
        (
            {"firstName": "", "emails": [{"email": "q@example.com", "tag": "WORK"}]},
            ["emails[0]: ", "'q@example.com'"],
        ),
        ({"emails": {"items": [{"email": "a@example.com"}]}}, ["emails: must be a list", "newer"]),
        ({"info": {"emails": {"items": []}}}, ["info: ", "without the wrapper"]),
        ({"emails": ["undefined"]}, ["emails[0]: ", "JavaScript"]),
        (
            {"emails": ["m@example.com"], "labels": ["Quiz done", None, "Explorer"]},
            ["labels[0]: ", "labels[2]: ", "crm.labels.create('Quiz done')"],
        ),
        (
            {"emails": ["m@example.com"], "customFields": {"leadScore": "85", "visits": 3}},
            [
                "crm.custom_fields.create('leadScore')",
                "crm.custom_fields.create('visits', 'number')",
            ],
        ),
        (
            {"emails": ["m@example.com"], "addresses": [{"street": "1 Main"}]},
            ["addresses: ", "leave it out"],
        ),
        (
            {
                "emails": ["m@example.com"],
                "labelKeys": ["custom.vip"],
                "extendedFields": {"a": "b"},
            },
            ["labels, a list", "customFields, a mapping"],
        ),
    ],
)
def test_the_message_alone_is_enough_to_mend_the_call(crm: CRM, info: dict, parts: list) -> None:
    """Section 9: position, nearest name and remedy stand in the message."""
    with pytest.raises(WixCRMError) as caught:
        crm.create_contact(info)
    for part in parts:
        assert part in caught.value.message
