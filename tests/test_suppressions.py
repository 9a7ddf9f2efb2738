"""suppressions.py: who gets no mail (T8), and that nothing but a person's word changes that."""

from __future__ import annotations

import pytest
from delivery_fixtures import Postman, prepare
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    ContactNotFound,
    ContactUnsubscribed,
    InvalidArgument,
    PermanentFailure,
    Policy,
    Suppression,
)

ANA = "ana@example.com"
REASONS = ["unsubscribed", "bounced", "complained", "manual"]


def dead() -> PermanentFailure:
    """What a sender raises for an address that does not exist (email.md, 5.1.1)."""
    return PermanentFailure("550 5.1.1 who?; give another address", details={"suppress": True})


@pytest.fixture
def ana(any_crm: CRM) -> str:
    any_crm.deliver(Postman())
    any_crm.triggered_emails.save("a", subject="Hi", text="Hi")
    return any_crm.create_contact({"emails": [ANA]})


# The list.


@pytest.mark.parametrize("spelling", [ANA, " ANA@Example.COM ", "ana@EXAMPLE.com"])
def test_an_address_is_found_in_any_spelling(any_crm: CRM, spelling: str, clock) -> None:
    """T8, E2: the list is kept by match key, and gives back what was typed."""
    added = any_crm.suppressions.add(spelling, "complained", note="by telephone")
    assert added == Suppression(
        address=spelling.strip(), reason="complained", note="by telephone", created_at=clock.now
    )
    assert any_crm.suppressions.check(ANA) == added
    assert any_crm.suppressions.list() == (added,)
    assert any_crm.suppressions.remove("Ana@Example.com") is True
    assert any_crm.suppressions.remove(ANA) is False
    assert any_crm.suppressions.check(ANA) is None


@pytest.mark.parametrize("first", REASONS)
@pytest.mark.parametrize("second", REASONS)
def test_what_is_known_first_stays(crm: CRM, clock, first: str, second: str) -> None:
    """T8: an address that is on the list already keeps its reason, note and time."""
    added = crm.suppressions.add(ANA, first, note="first")
    clock.move(days=1)
    assert crm.suppressions.add(ANA, second, note="second") == added
    assert crm.suppressions.list() == (added,)


def test_entries_are_listed_oldest_first(crm: CRM, clock) -> None:
    """T8: in the order in which they came, whatever their letters."""
    for address in ("c@example.com", "a@example.com", "b@example.com"):
        crm.suppressions.add(address)
        clock.move(seconds=1)
    assert [entry.address[0] for entry in crm.suppressions.list()] == ["c", "a", "b"]


@pytest.mark.parametrize(
    "address", ["", "no address", "a@b", None, 5, "a@example.com\nb", "\ud800"]
)
def test_what_is_no_address_is_refused(crm: CRM, address: object) -> None:
    """Section 9: with the argument's name; nothing is stored."""
    with pytest.raises(InvalidArgument) as caught:
        crm.suppressions.add(address)  # type: ignore[arg-type]
    assert caught.value.details["argument"] == "address"
    assert crm.suppressions.list() == ()


@pytest.mark.parametrize("note", [None, 5, b"x", "x" * 1_001, "a\0b", "\ud800", "\x1b[2J"])
def test_notes_that_are_none(crm: CRM, note: object) -> None:
    """C3, section 9: a note is a short text without control characters."""
    with pytest.raises(InvalidArgument) as caught:
        crm.suppressions.add(ANA, note=note)  # type: ignore[arg-type]
    assert caught.value.details["argument"] == "note"
    assert crm.suppressions.list() == ()


@pytest.mark.parametrize("reason", ["", "Bounced", None, 5, ["manual"]])
def test_reasons_that_are_none(crm: CRM, reason: object) -> None:
    """Section 9: the four reasons are named in the error."""
    with pytest.raises(InvalidArgument) as caught:
        crm.suppressions.add(ANA, reason)  # type: ignore[arg-type]
    assert caught.value.details["choices"] == REASONS


@pytest.mark.parametrize("address", [None, 5, b"a@example.com"])
def test_looking_up_what_is_no_text(crm: CRM, address: object) -> None:
    """Section 9: a caller's mistake, and not an address that is not listed."""
    for verb in (crm.suppressions.check, crm.suppressions.remove):
        with pytest.raises(InvalidArgument):
            verb(address)  # type: ignore[arg-type]


# Who unsubscribed.


def test_a_contact_gets_no_mail_at_any_address(any_crm: CRM, ana: str) -> None:
    """T8: `unsubscribe` of a contact is about the person, wherever they move."""
    any_crm.unsubscribe(ana)
    assert any_crm.get_contact(ana).subscription == "unsubscribed"
    assert any_crm.suppressions.list() == ()
    any_crm.create_contact({"emails": [ANA, "ana@work.example"]}, policy=Policy(arrays="replace"))
    mail = any_crm.send_email("a", ana)
    assert (mail.status, mail.reason) == ("suppressed", "unsubscribed")


def test_an_address_gets_no_mail_whoever_has_it(any_crm: CRM, ana: str) -> None:
    """T8: `unsubscribe` of an address goes before the contact that has it."""
    any_crm.unsubscribe("New@Example.com")
    new = any_crm.create_contact({"emails": ["new@example.com"]})
    assert any_crm.get_contact(new).subscription == "not_set"
    assert any_crm.send_email("a", new).reason == "unsubscribed"
    assert any_crm.send_email("a", ana).status == "queued"


def test_a_contact_may_be_given_in_place_of_its_id(any_crm: CRM, ana: str) -> None:
    """T8: whatever is at hand."""
    any_crm.unsubscribe(any_crm.get_contact(ana))
    assert any_crm.send_email("a", ana).status == "suppressed"
    any_crm.resubscribe(any_crm.get_contact(ana))
    assert any_crm.send_email("a", ana).status == "queued"


def test_consent_is_in_the_history(any_crm: CRM, ana: str, clock) -> None:
    """U4, U5: each change of mind is one entry and one revision; saying it again is none."""
    for verb in (any_crm.unsubscribe, any_crm.unsubscribe, any_crm.resubscribe):
        clock.move(days=1)
        verb(ana)
    _, left, came = any_crm.history(ana)
    assert (left.verb, left.before) == ("unsubscribe", {"subscription": None})
    assert left.after == {"subscription": "unsubscribed"}
    assert (came.verb, came.before) == ("resubscribe", {"subscription": "unsubscribed"})
    assert (any_crm.get_contact(ana).revision, came.at) == (3, clock.now)


@pytest.mark.parametrize("info", [{"firstName": "Ana"}, {"emails": [ANA, "b@example.com"]}])
def test_an_upsert_never_lifts_it(any_crm: CRM, ana: str, info: dict) -> None:
    """T8: neither of the contact nor of its address."""
    any_crm.unsubscribe(ana)
    any_crm.suppressions.add(ANA, "complained")
    any_crm.create_contact({"emails": [ANA], **info})
    assert any_crm.get_contact(ana).subscription == "unsubscribed"
    assert any_crm.send_email("a", ana).reason == "complained"


@pytest.mark.parametrize("reason", REASONS)
def test_resubscribing_an_address_takes_back_its_own_word_only(crm: CRM, reason: str) -> None:
    """T8: a dead address stays dead, however much its owner wants mail."""
    crm.suppressions.add(ANA, reason)
    crm.resubscribe("ANA@example.com")
    assert (crm.suppressions.check(ANA) is None) == (reason == "unsubscribed")


@pytest.mark.parametrize("who", [None, 5, "", "nobody", "\ud800", "0" * 36])
def test_who_is_neither(crm: CRM, who: object) -> None:
    """Section 9: as of any id that is none."""
    for verb in (crm.unsubscribe, crm.resubscribe):
        with pytest.raises((ContactNotFound, InvalidArgument)):
            verb(who)  # type: ignore[arg-type]


def test_an_address_that_is_none(crm: CRM) -> None:
    """Section 9: what has an @ is meant to be an address, and told what is wrong with it."""
    with pytest.raises(InvalidArgument):
        crm.unsubscribe("ana@@example.com")


# What becomes of mails.


@pytest.mark.parametrize("reason", REASONS)
def test_a_suppressed_mail_is_recorded_with_its_reason(any_crm, ana, reason: str) -> None:
    """T8: the call returns normally, no sender is asked, and the outbox tells why."""
    any_crm.suppressions.add(ANA, reason)
    mail = any_crm.send_email("a", ana)
    assert (mail.status, mail.reason, mail.due_at) == ("suppressed", reason, None)
    postman = Postman()
    assert any_crm.deliver(postman).sent == 0
    assert postman.asked == []


@pytest.mark.parametrize("reason", REASONS)
def test_the_policy_may_refuse_instead(any_crm: CRM, ana: str, reason: str) -> None:
    """T8: `unsubscribed="error"` raises, and records nothing."""
    any_crm.suppressions.add(ANA, reason)
    with pytest.raises(ContactUnsubscribed) as caught:
        any_crm.email_contact("a", ana, policy=Policy(unsubscribed="error"))
    assert caught.value.details == {"contact_id": ana, "reason": reason}
    assert len(any_crm.outbox) == 0


@pytest.mark.parametrize("word", ["contact", "address", "manual"])
def test_it_is_looked_at_again_when_the_mail_is_sent(any_crm, ana, word: str) -> None:
    """T8: never too late, for a mail that was recorded before."""
    mail = any_crm.send_email("a", ana)
    if word == "manual":
        any_crm.suppressions.add(ANA)
    else:
        any_crm.unsubscribe(ana if word == "contact" else ANA)
    postman = Postman()
    assert any_crm.deliver(postman).suppressed == 1
    assert postman.asked == []
    assert any_crm.outbox.get(mail.id).status == "suppressed"


def test_a_mail_to_who_came_back_is_sent_by_retry(any_crm: CRM, ana: str) -> None:
    """T8: a person's decision, which looks at the list once more."""
    any_crm.unsubscribe(ana)
    mail = any_crm.send_email("a", ana)
    any_crm.outbox.retry(mail.id)
    assert any_crm.deliver(Postman()).suppressed == 1
    any_crm.resubscribe(ana)
    any_crm.outbox.retry(mail.id)
    assert any_crm.deliver(Postman()).sent == 1


def test_a_dead_address_joins_the_list(any_crm: CRM, ana: str, clock) -> None:
    """T8, email.md: `bounced`, with what the server said; other mails to it stay here."""
    any_crm.send_email("a", ana)
    any_crm.send_email("a", ana)
    report = any_crm.deliver(Postman(dead()))
    assert (report.failed, report.suppressed) == (1, 1)
    entry = any_crm.suppressions.check(ANA)
    assert entry == Suppression(
        address=ANA,
        reason="bounced",
        note="550 5.1.1 who?; give another address",
        created_at=clock.now,
    )


def test_a_refusal_of_another_kind_does_not(any_crm: CRM, ana: str) -> None:
    """email.md: never for 5.7.x, which is about the sender."""
    any_crm.send_email("a", ana)
    assert any_crm.deliver(Postman("permanent")).failed == 1
    assert any_crm.suppressions.list() == ()


@given(st.lists(st.sampled_from(["add", "remove", "unsubscribe", "resubscribe"]), max_size=12))
def test_an_address_is_on_the_list_or_not(open_crm, verbs: list[str]) -> None:
    """T8: whatever came before, the last word that counts decides."""
    listed = None
    with open_crm() as crm:
        for verb in verbs:
            if verb == "add":
                crm.suppressions.add(ANA)
                listed = listed or "manual"
            elif verb == "remove":
                assert crm.suppressions.remove(ANA) == (listed is not None)
                listed = None
            elif verb == "unsubscribe":
                crm.unsubscribe(ANA)
                listed = listed or "unsubscribed"
            else:
                crm.resubscribe(ANA)
                listed = None if listed == "unsubscribed" else listed
            entry = crm.suppressions.check(ANA)
            assert (entry and entry.reason) == listed


def test_it_outlives_the_program(tmp_path, open_crm) -> None:
    """T8: the list is part of the file."""
    with open_crm(tmp_path / "x.db") as crm:
        [ana] = prepare(crm)
        crm.unsubscribe(ana)
        crm.suppressions.add("b@example.com")
    with open_crm(tmp_path / "x.db") as crm:
        assert crm.get_contact(ana).subscription == "unsubscribed"
        assert crm.suppressions.check("b@example.com") is not None
        assert prepare(crm) == [ana]
        assert crm.send_email("a", ana).status == "suppressed"
