"""emailContact: T3 to T7, T9 and T10 through the door; what a mail holds is rendering's work."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from wixcrm_local import (
    CRM,
    LENIENT,
    STRICT,
    ContactHasNoEmail,
    ContactNotFound,
    ContactUnsubscribed,
    InvalidArgument,
    InvalidEmailOptions,
    InvalidVariable,
    MissingVariable,
    OutboxMessage,
    Policy,
    UnknownVariable,
    WixCRMWarning,
)
from wixcrm_local.message import message_id_header

ANA = "ana@example.com"


@pytest.fixture
def mail_crm(any_crm: CRM) -> CRM:
    """A store with one Triggered Email."""
    any_crm.triggered_emails.save(
        "welcome",
        subject="Hi ${name}",
        html="<p>Hi ${name}</p>",
        variables={"name": "friend", "orderNumber": ""},
    )
    return any_crm


@pytest.fixture
def ana(mail_crm: CRM) -> str:
    """A contact's id."""
    return mail_crm.create_contact({"firstName": "Ana", "lastName": "Diaz", "emails": [ANA]})


def test_a_mail_is_recorded_with_all_it_holds(mail_crm: CRM, ana: str, clock) -> None:
    """T10: fulfilled when the message is durably written to the outbox, as `queued`."""
    clock.move(minutes=5)
    assert mail_crm.email_contact("welcome", ana, {"variables": {"name": "<Ana>"}}) is None
    id = "00000000-0000-7000-8000-000000000002"
    assert mail_crm.outbox[0] == OutboxMessage(
        id=id,
        message_id=f"<{id}@wixcrm-local.invalid>",
        email_id="welcome",
        contact_id=ana,
        to=ANA,
        to_name="Ana Diaz",
        from_address=None,
        subject="Hi <Ana>",
        html="<p>Hi &lt;Ana&gt;</p>",
        text="Hi <Ana>",
        variables={"name": "<Ana>", "orderNumber": ""},
        fell_back=("orderNumber",),
        status="queued",
        reason=None,
        created_at=clock.now,
        updated_at=clock.now,
        ready_at=clock.now,
        due_at=clock.now,
    )


@pytest.mark.parametrize("options", [None, {}, {"variables": None}, {"variables": {}}])
def test_options_may_be_left_out(mail_crm: CRM, ana: str, options: object) -> None:
    """T6: options is None or a mapping with `variables`; every fallback is inserted."""
    mail = mail_crm.send_email("welcome", ana, options)
    assert (mail.subject, mail.fell_back) == ("Hi friend", ("name", "orderNumber"))


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"orderNumber": "1001"}, ["wrap the values: {\"variables\": {'orderNumber': …}}"]),
        ({"subject": "Hi", "body": "x"}, ["'subject'", "belong to the Triggered Email"]),
        ({"body": "x"}, ["'body'", '{"variables": {"name": "value"}}']),
        ({"variables": {}, "cc": "x"}, ["'cc'", '{"variables": {"name": "value"}}']),
        ("Hi", ["type str", '{"variables": {"name": "value"}}']),
        (5, ["type int"]),
        ([("variables", {})], ["type list"]),
        ({"variables": "Ana"}, ["options['variables']", "type str"]),
        ({"variables": ["Ana"]}, ["options['variables']", "type list"]),
        ({5: "x"}, ["type int"]),
        ({"x" * 1_000_000: "x"}, ["'xxx"]),
    ],
)
def test_other_options_show_the_right_form(
    mail_crm: CRM, ana: str, options: object, parts: list[str]
) -> None:
    """T6: the wrapper is forgotten, a string is passed, subject and body are passed."""
    with pytest.raises(InvalidEmailOptions) as caught:
        mail_crm.email_contact("welcome", ana, options)
    for part in parts:
        assert part in caught.value.message
    assert len(caught.value.message) < 300
    assert len(mail_crm.outbox) == 0


@pytest.mark.parametrize("options", [{"variables": {"name": "Ana"}}, {"subject": "Hi"}, {}])
def test_options_in_the_contact_s_place(mail_crm: CRM, options: dict) -> None:
    """T6: the contact was left out; the message shows the whole call."""
    with pytest.raises(InvalidEmailOptions) as caught:
        mail_crm.email_contact("welcome", options)
    assert "the second argument must be a contact's id" in caught.value.message
    assert 'email_contact(email_id, contact_id, {"variables": {…}})' in caught.value.message


def test_an_address_in_the_contact_s_place(mail_crm: CRM, ana: str) -> None:
    """T7: it gets a hint and is never looked up in silence."""
    with pytest.raises(ContactNotFound) as caught:
        mail_crm.email_contact("welcome", ANA)
    assert f"there is no contact '{ANA}'" in caught.value.message
    assert "find_contact(email=…).id" in caught.value.message
    assert len(mail_crm.outbox) == 0


def test_no_contact_at_all(mail_crm: CRM) -> None:
    """T7: undefined, after a query that found nobody."""
    with pytest.raises(InvalidArgument, match="not None: did a look-up find nobody"):
        mail_crm.email_contact("welcome", None)


def test_an_unknown_contact(mail_crm: CRM) -> None:
    """T7: ContactNotFound."""
    with pytest.raises(ContactNotFound, match="pass the id that create_contact returned"):
        mail_crm.email_contact("welcome", "4f7c8a52-1111-4f6b-9b9e-0c2e5f0a1b11")


@pytest.mark.parametrize(
    ("info", "to"),
    [
        ({"emails": [ANA, "bob@example.com"]}, ANA),
        ({"emails": [ANA], "loginEmail": "bob@example.com"}, ANA),
        ({"phones": ["6502530000"], "loginEmail": "Bob@example.com"}, "Bob@example.com"),
    ],
)
def test_the_mail_goes_to_the_first_email_else_the_login_email(
    mail_crm: CRM, info: dict, to: str
) -> None:
    """T7: first email, else the login email."""
    assert mail_crm.send_email("welcome", mail_crm.create_contact(info)).to == to


def test_a_contact_without_an_address(mail_crm: CRM) -> None:
    """T7: else ContactHasNoEmail, and nothing is recorded."""
    id = mail_crm.create_contact({"phones": ["6502530000"]})
    with pytest.raises(ContactHasNoEmail) as caught:
        mail_crm.email_contact("welcome", id)
    assert caught.value.details == {"contact_id": id}
    assert len(mail_crm.outbox) == 0


@pytest.mark.parametrize(
    ("variables", "error"),
    [({"name": 5}, InvalidVariable), ({"nmae": "Ana"}, UnknownVariable)],
)
def test_a_refused_mail_is_not_recorded(
    mail_crm: CRM, ana: str, variables: dict, error: type
) -> None:
    """T3, T4: refused before anything is stored."""
    with pytest.raises(error):
        mail_crm.email_contact("welcome", ana, {"variables": variables})
    assert len(mail_crm.outbox) == 0


def test_a_missing_variable_is_told_before_anything_is_stored(mail_crm: CRM, ana: str) -> None:
    """T2: MissingVariable."""
    mail_crm.triggered_emails.save("code", subject="${code}", text="x", required=["code"])
    with pytest.raises(MissingVariable):
        mail_crm.email_contact("code", ana)
    assert len(mail_crm.outbox) == 0


def test_variables_converted(mail_crm: CRM, ana: str) -> None:
    """T3: by the policy of the call."""
    options = {"variables": {"name": None, "orderNumber": 1001}}
    mail = mail_crm.send_email("welcome", ana, options, policy=Policy(variables="convert"))
    assert mail.variables == {"name": "friend", "orderNumber": "1001"}


def test_an_unknown_variable_is_left_out_with_a_warning(mail_crm: CRM, ana: str) -> None:
    """T4: under variables="convert", and the mail is sent; in a preview too."""
    options = {"variables": {"nmae": "Ana", "name": "Bo"}}
    with pytest.warns(WixCRMWarning, match="not in Triggered Email 'welcome'.*: 'nmae'"):
        mail = mail_crm.send_email("welcome", ana, options, policy=Policy(variables="convert"))
    assert mail.subject == "Hi Bo"
    with CRM(policy=LENIENT) as crm:
        crm.triggered_emails.save("x", subject="x", text="x")
        with pytest.warns(WixCRMWarning, match="'nmae'"):
            crm.triggered_emails.preview("x", options["variables"])


def test_a_recorded_mail_is_final(mail_crm: CRM, ana: str) -> None:
    """T9: later edits of the template or the contact do not change it."""
    mail = mail_crm.send_email("welcome", ana)
    mail_crm.triggered_emails.save("welcome", subject="Bye", text="Bye")
    mail_crm.create_contact({"firstName": "Bea", "emails": [ANA]})
    mail_crm.triggered_emails.delete("welcome")
    assert mail_crm.outbox[0] == mail


def test_a_mail_belongs_to_the_caller_s_transaction(mail_crm: CRM) -> None:
    """T9: contact and mail are stored together, or neither is."""
    with pytest.raises(RuntimeError), mail_crm.transaction():  # noqa: PT012
        mail_crm.email_contact("welcome", mail_crm.create_contact({"emails": ["b@example.com"]}))
        raise RuntimeError
    assert (mail_crm.count_contacts(), len(mail_crm.outbox)) == (0, 0)
    with mail_crm.transaction():
        mail_crm.email_contact("welcome", mail_crm.create_contact({"emails": ["b@example.com"]}))
    assert (mail_crm.count_contacts(), len(mail_crm.outbox)) == (1, 1)


def test_who_unsubscribed_gets_no_mail(open_crm) -> None:
    """T8: the call returns normally and the outbox tells why; the policy can make it an error."""
    with open_crm(policy=Policy(unsubscribed="error")) as crm:
        crm.triggered_emails.save("welcome", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": [ANA]})
        crm.unsubscribe(ana)
        with pytest.raises(ContactUnsubscribed) as caught:
            crm.email_contact("welcome", ana)
        assert caught.value.details == {"contact_id": ana, "reason": "unsubscribed"}
        assert len(crm.outbox) == 0
        assert crm.email_contact("welcome", ana, policy=STRICT) is None
        assert (crm.outbox[-1].status, crm.outbox[-1].reason) == ("suppressed", "unsubscribed")
        assert crm.outbox.where(status="queued") == ()


@pytest.mark.parametrize("reason", ["unsubscribed", "bounced", "complained", "manual"])
def test_a_suppressed_address_gets_no_mail(mail_crm: CRM, ana: str, reason: str) -> None:
    """T8: whoever has it, however it is spelled, and an upsert never lifts it."""
    mail_crm.suppressions.add(ANA.upper(), reason)
    mail_crm.create_contact({"emails": [ANA], "phones": ["6502530000"]})
    mail = mail_crm.send_email("welcome", ana)
    assert (mail.status, mail.reason, mail.due_at) == ("suppressed", reason, None)
    with pytest.raises(ContactUnsubscribed) as caught:
        mail_crm.email_contact("welcome", ana, policy=Policy(unsubscribed="error"))
    assert caught.value.details["reason"] == reason
    assert len(mail_crm.outbox) == 1


def test_when_and_how_long(mail_crm: CRM, ana: str, clock) -> None:
    """email.md: send_at, and expires_in, which is counted from then; created_at is the Date."""
    hour, at = timedelta(hours=1), clock.now + timedelta(days=1)
    mail = mail_crm.send_email("welcome", ana, send_at=at, expires_in=hour, idempotency_key=" k ")
    assert mail == mail_crm.outbox[0]
    assert (mail.created_at, mail.ready_at, mail.due_at) == (clock.now, at, at)
    assert (mail.expires_at, mail.idempotency_key) == (at + hour, "k")
    with pytest.raises(InvalidArgument):
        mail_crm.send_email("welcome", ana, expires_in=0)
    assert len(mail_crm.outbox) == 1


def test_the_sender_s_address(open_crm) -> None:
    """T1: the Triggered Email's own, else that of the CRM; its domain makes the Message-ID."""
    with open_crm(from_address="shop@example.com") as crm:
        id = crm.create_contact({"emails": [ANA]})
        crm.triggered_emails.save("a", subject="x", text="x")
        crm.triggered_emails.save("b", subject="x", text="x", from_address="news@bücher.de")
        one, other = crm.send_email("a", id), crm.send_email("b", id)
    assert (one.from_address, other.from_address) == ("shop@example.com", "news@bücher.de")
    assert one.message_id == f"<{one.id}@example.com>"
    assert other.message_id == f"<{other.id}@xn--bcher-kva.de>"


def test_message_ids_are_ascii() -> None:
    """Fault 46: a header holds ASCII, and never the name of this computer."""
    assert message_id_header("1", None) == "<1@wixcrm-local.invalid>"
    assert message_id_header("1", "a@日本.example").isascii()


def test_a_name_can_t_break_a_header(mail_crm: CRM) -> None:
    """Fault 73: a name with a line separator of Unicode's is one line in a mail."""
    id = mail_crm.create_contact({"firstName": "Ana\u2028Bcc:", "emails": [ANA]})
    assert mail_crm.send_email("welcome", id).to_name == "Ana Bcc:"


def test_the_log_names_nobody(mail_crm: CRM, ana: str, caplog: pytest.LogCaptureFixture) -> None:
    """Privacy: ids are logged, never addresses, names or values."""
    with caplog.at_level(logging.DEBUG, "wixcrm_local"):
        mail_crm.email_contact("welcome", ana, {"variables": {"name": "Secret"}})
    assert ana in caplog.text
    for private in (ANA, "Diaz", "Secret"):
        assert private not in caplog.text
