"""The register of Triggered Emails: T1, T2."""

from __future__ import annotations

import pytest

from wixcrm_local import (
    CRM,
    InvalidArgument,
    InvalidTriggeredEmail,
    InvalidVariable,
    TriggeredEmail,
    TriggeredEmailNotFound,
    UnknownVariable,
)

ANA = "ana@example.com"


def test_save_and_get(any_crm: CRM, clock) -> None:
    """T1: everything that is saved is given back."""
    saved = any_crm.triggered_emails.save(
        "welcome",
        subject="Hi ${name}",
        html="<p>Hi ${name}</p>",
        text="Hi ${name}",
        variables={"name": "friend", "unused": ""},
        required=["code"],
        from_address="shop@example.com",
    )
    assert saved == TriggeredEmail(
        id="welcome",
        subject="Hi ${name}",
        html="<p>Hi ${name}</p>",
        text="Hi ${name}",
        variables={"name": "friend", "unused": "", "code": None},
        from_address="shop@example.com",
        revision=1,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert saved.required == ("code",)
    assert any_crm.triggered_emails.get(" welcome ") == saved
    assert any_crm.triggered_emails.list() == (saved,)


def test_saving_an_id_again_replaces_it(any_crm: CRM, clock) -> None:
    """T1: all of it, the variables too; its revision grows."""
    start = clock.now
    any_crm.triggered_emails.save("x", subject="a ${a}", text="a", variables={"a": "1"})
    clock.move(hours=1)
    saved = any_crm.triggered_emails.save("x", subject="b", html="<b>b</b>")
    assert (saved.subject, saved.html, saved.text, saved.variables) == ("b", "<b>b</b>", None, {})
    assert (saved.revision, saved.created_at, saved.updated_at) == (2, start, clock.now)
    assert len(any_crm.triggered_emails.list()) == 1


def test_ids_keep_their_case_and_order(crm: CRM) -> None:
    """T1: as Wix's own tokens do; oldest first."""
    for id in ("V1eKE5W", "v1eke5w", "order-1001", "orden número 5"):
        crm.triggered_emails.save(id, subject=id, text="x")
    ids = [email.id for email in crm.triggered_emails.list()]
    assert ids == ["V1eKE5W", "v1eke5w", "order-1001", "orden número 5"]
    assert crm.triggered_emails.get("orden nu\u0301mero 5").subject == "orden número 5"


def test_an_unknown_id_names_the_nearest(any_crm: CRM) -> None:
    """T1: TriggeredEmailNotFound with the nearest ids, and the call that makes it."""
    any_crm.triggered_emails.save("welcome_email", subject="Hi", text="Hi")
    id = any_crm.create_contact({"emails": [ANA]})
    for call in (
        lambda: any_crm.email_contact("welcome-email", id),
        lambda: any_crm.triggered_emails.get("welcome-email"),
        lambda: any_crm.triggered_emails.delete("welcome-email"),
        lambda: any_crm.triggered_emails.preview("welcome-email"),
    ):
        with pytest.raises(TriggeredEmailNotFound) as caught:
            call()
        assert "did you mean 'welcome_email'" in caught.value.message
        assert "crm.triggered_emails.save(" in caught.value.message
        assert caught.value.details["nearest"] == ["welcome_email"]


@pytest.mark.parametrize(
    "id", ["", "\0", "\ud800", pytest.param("x" * 1_000_000, id="huge text"), "' OR 1=1"]
)
def test_any_text_may_be_asked_for(crm: CRM, id: str) -> None:
    """Faults 4, 8 and 71: it is found or it is not."""
    with pytest.raises(TriggeredEmailNotFound) as caught:
        crm.triggered_emails.get(id)
    assert len(caught.value.message) < 250


@pytest.mark.parametrize("id", [None, 5, ["welcome"]])
def test_an_id_is_a_text(crm: CRM, id: object) -> None:
    """Section 9: another type is InvalidArgument, or InvalidTriggeredEmail when saving."""
    with pytest.raises(InvalidArgument):
        crm.triggered_emails.get(id)
    with pytest.raises(InvalidTriggeredEmail):
        crm.triggered_emails.save(id, subject="x", text="x")


def test_deleting_leaves_the_mails_that_were_made(any_crm: CRM) -> None:
    """T9: the outbox keeps what was recorded."""
    any_crm.triggered_emails.save("x", subject="Hi", text="Hi", variables={"a": "1"})
    id = any_crm.create_contact({"emails": [ANA]})
    any_crm.email_contact("x", id)
    any_crm.triggered_emails.delete("x")
    assert any_crm.triggered_emails.list() == ()
    assert any_crm.outbox[0].subject == "Hi"


@pytest.mark.parametrize(
    ("argument", "bad"),
    [
        ("id", {"id": ""}),
        ("id", {"id": "a\0"}),
        ("id", {"id": "x" * 201}),
        ("subject", {"subject": " "}),
        ("subject", {"subject": None}),
        ("subject", {"subject": "Hi ${name}"}),
        ("subject", {"subject": "Hi ${}"}),
        ("html", {"html": None, "text": None}),
        ("html", {"html": ""}),
        ("html", {"html": "<p>${name}</p>"}),
        ("html", {"html": "<p>${ name }</p>"}),
        ("html", {"html": "a\0"}),
        ("html", {"html": b"<p>"}),
        ("text", {"text": "\ud800"}),
        ("text", {"text": "${"}),
        ("text", {"text": "${1a}"}),
        ("variables", {"variables": {"name": None}}),
        ("variables", {"variables": {"name": 5}}),
        ("variables", {"variables": {"first name": ""}}),
        ("variables", {"variables": {"name\n": ""}}),
        ("variables", {"variables": {"é": ""}}),
        ("variables", {"variables": {5: ""}}),
        ("variables", {"variables": {"name": "a\0"}}),
        ("variables", {"variables": ["name"]}),
        ("required", {"required": "name"}),
        ("required", {"required": 5}),
        ("required", {"required": [["name"]]}),
        ("required", {"required": ["1"]}),
        ("required", {"required": ["name"], "variables": {"name": ""}}),
        ("from_address", {"from_address": "no address"}),
        ("from_address", {"from_address": "Shop <shop@example.com>"}),
        ("from_address", {"from_address": 5}),
    ],
)
def test_what_can_t_be_saved(crm: CRM, argument: str, bad: dict) -> None:
    """T1, T2: InvalidTriggeredEmail names the argument; nothing is saved."""
    right = {"id": "x", "subject": "Hi", "html": "<p>Hi</p>"}
    arguments = {**right, **bad}
    with pytest.raises(InvalidTriggeredEmail) as caught:
        crm.triggered_emails.save(arguments.pop("id"), **arguments)
    assert caught.value.details["argument"] == argument
    assert caught.value.message.startswith(argument)
    assert caught.value.message.isprintable()
    assert crm.triggered_emails.list() == ()


def test_an_undeclared_placeholder_shows_how_to_declare_it(crm: CRM) -> None:
    """T2: the message holds the missing argument."""
    with pytest.raises(InvalidTriggeredEmail) as caught:
        crm.triggered_emails.save("x", subject="Hi ${name}", text="Hi")
    assert 'add variables={"name": "its fallback"}' in caught.value.message


def test_a_variable_without_fallback_shows_both_ways(crm: CRM) -> None:
    """T2: a fallback, or required."""
    with pytest.raises(InvalidTriggeredEmail) as caught:
        crm.triggered_emails.save("x", subject="Hi", text="Hi", variables={"name": None})
    assert "'' for nothing" in caught.value.message
    assert "required=['name']" in caught.value.message


@pytest.mark.parametrize(
    "html",
    [
        "<a href=${url}>here</a>",
        "<a href=https://example.com/${url}>here</a>",
        "<${url}>here</p>",
        "<p ${url}>here</p>",
        "<p class='a'${url}>here</p>",
    ],
)
def test_a_value_must_have_a_place_it_can_t_leave(crm: CRM, html: str) -> None:
    """T5: outside of quotes a blank would make new attributes; the message says to quote."""
    with pytest.raises(InvalidTriggeredEmail, match="put quotes around it"):
        crm.triggered_emails.save("x", subject="Hi", html=html, variables={"url": ""})


def test_preview_records_nothing(crm: CRM) -> None:
    """T2 to T5: the mail these values would make, with the same errors."""
    crm.triggered_emails.save("x", subject="Hi ${a}", text="${a}", variables={"a": "you"})
    assert crm.triggered_emails.preview("x").subject == "Hi you"
    assert crm.triggered_emails.preview("x", {"a": "me"}).text == "me"
    with pytest.raises(UnknownVariable, match="'variables'"):
        crm.triggered_emails.preview("x", {"variables": {"a": "me"}})
    with pytest.raises(InvalidVariable, match="must be a mapping"):
        crm.triggered_emails.preview("x", ["a"])
    assert len(crm.outbox) == 0


def test_snippet_is_the_call_to_copy(crm: CRM) -> None:
    """The documentation: each Triggered Email shows the code that sends it, with every key."""
    email = crm.triggered_emails.save(
        "welcome", subject="Hi", text="Hi", variables={"name": ""}, required=["code"]
    )
    contact_id = crm.create_contact({"emails": [ANA]})
    eval(email.snippet())
    assert crm.outbox[0].variables == {"name": "…", "code": "…"}
    plain = crm.triggered_emails.save("plain", subject="Hi", text="Hi")
    assert plain.snippet() == 'crm.email_contact("plain", contact_id)'
    eval(plain.snippet())
    assert crm.outbox.last().contact_id == contact_id
    quoted = crm.triggered_emails.save('the "new" one', subject="Hi", text="Hi")
    eval(quoted.snippet())
    assert crm.outbox.last().email_id == quoted.id


# A template is read again only where it may have changed.


def subject_now(crm: CRM) -> str:
    """The subject that a mail has now."""
    (contact,) = crm.iter_contacts()
    return crm.send_email("a", contact.id).subject


def test_the_newest_template_is_filled(any_crm: CRM) -> None:
    """T9: saved anew, deleted, saved in a transaction that stays or in one that is undone."""
    any_crm.create_contact({"emails": ["ana@example.com"]})
    any_crm.triggered_emails.save("a", subject="1", text="1")
    assert subject_now(any_crm) == "1"
    any_crm.triggered_emails.save("a", subject="2", text="2")
    assert subject_now(any_crm) == "2"
    with any_crm.transaction():
        any_crm.triggered_emails.save("a", subject="3", text="3")
        assert subject_now(any_crm) == "3"
        with pytest.raises(ZeroDivisionError), any_crm.transaction():  # noqa: PT012
            any_crm.triggered_emails.save("a", subject="undone", text="undone")
            assert subject_now(any_crm) == "undone"
            raise ZeroDivisionError
        assert subject_now(any_crm) == "3"
    with pytest.raises(ZeroDivisionError), any_crm.transaction():  # noqa: PT012
        any_crm.triggered_emails.delete("a")
        any_crm.triggered_emails.save("a", subject="undone", text="undone")
        assert subject_now(any_crm) == "undone"
        raise ZeroDivisionError
    assert subject_now(any_crm) == "3"
    any_crm.triggered_emails.delete("a")
    with pytest.raises(TriggeredEmailNotFound):
        subject_now(any_crm)


def test_what_another_program_saved_is_filled(tmp_path, open_crm) -> None:
    """T9: two windows on one file, and neither knows of the other."""
    with open_crm(tmp_path / "x.db") as one, open_crm(tmp_path / "x.db", new_id=None) as other:
        one.create_contact({"emails": ["ana@example.com"]})
        one.triggered_emails.save("a", subject="1", text="1")
        assert [subject_now(one), subject_now(other)] == ["1", "1"]
        other.triggered_emails.save("a", subject="2", text="2")
        assert [subject_now(one), subject_now(other)] == ["2", "2"]
        with one.transaction():
            one.triggered_emails.save("a", subject="3", text="3")
        assert [subject_now(other), subject_now(one)] == ["3", "3"]


def test_any_number_of_templates_may_be_sent(crm: CRM) -> None:
    """T1: what is remembered of them is bounded."""
    ana = crm.create_contact({"emails": ["ana@example.com"]})
    for number in range(600):
        crm.triggered_emails.save(f"mail {number}", subject=f"{number}", text="Hi")
    for _ in range(2):
        with crm.transaction():
            for number in range(600):
                assert crm.send_email(f"mail {number}", ana).subject == f"{number}"
    assert len(crm._store.remembered) <= 256
