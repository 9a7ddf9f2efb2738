"""Assertions on mails that explain themselves (issue 5, 1)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import InvalidArgument, Policy
from wixcrm_local.senders.contract import sample_message
from wixcrm_local.testing import CRMForTests, FailingSender, OutboxForTests
from wixcrm_local.testing.explaining import nothing_fits
from wixcrm_local.testing.wanted import Wanted


@pytest.fixture
def shop() -> CRMForTests:
    """A store with two Triggered Emails."""
    crm = CRMForTests()
    crm.triggered_emails.save(
        "confirm", subject="Your code, ${name}", text="${code}", required=["name", "code"]
    )
    crm.triggered_emails.save("receipt", subject="Order ${number}", text="-", required=["number"])
    return crm


def confirm(crm: CRMForTests, name: str, /, **variables: str) -> str:
    """Sends `confirm` to a contact of this name, and gives the contact's id."""
    id = crm.create_contact({"firstName": name, "emails": [f"{name.lower()}@example.com"]})
    crm.emailContact("confirm", id, {"variables": {"name": name, "code": "482913", **variables}})
    return id


def complaint(assertion: Callable[[], object]) -> str:
    """What an assertion says that fails."""
    with pytest.raises(AssertionError) as caught:
        assertion()
    return str(caught.value)


# What fits.


def test_a_mail_that_is_as_expected_is_given_back(shop: CRMForTests) -> None:
    """Issue 5, 1: each expectation alone and all together; of several mails the newest."""
    ana = confirm(shop, "Ana")
    confirm(shop, "Bo")
    first, second = shop.outbox
    assert shop.outbox.assert_sent() == second
    assert shop.outbox.assert_sent(email_id="confirm") == second
    assert shop.outbox.assert_sent(to=" ANA@Example.com") == first
    assert shop.outbox.assert_sent(to=ana) == first
    assert shop.outbox.assert_sent(to=re.compile("^ana@")) == first
    assert shop.outbox.assert_sent(to=shop.get_contact(ana)) == first
    assert shop.outbox.assert_sent(subject="Your code, Ana") == first
    assert shop.outbox.assert_sent(variables={"name": "Ana"}) == first
    assert shop.outbox.assert_sent(variables={"name": "Bo", "code": ANY}) == second
    assert shop.outbox.assert_sent(subject=re.compile("^Your .*Ana$")) == first
    assert shop.outbox.assert_sent(
        to="ana@example.com",
        email_id="confirm",
        variables={"code": re.compile(r"^\d{6}$")},
        subject="Your code, Ana",
        times=1,
    )
    assert shop.outbox.only(to=ana) == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "cy@example.com"},
        {"to": "not an address @"},
        {"to": "00000000-0000-7000-8000-000000000099"},
        {"email_id": "receipt"},
        {"subject": "Your code, ana"},
        {"subject": re.compile("^code")},
        {"variables": {"name": "ana"}},
        {"variables": {"age": "7"}},
        {"variables": {"code": 482913}},
    ],
)
def test_what_is_otherwise_does_not_fit(shop: CRMForTests, wrong: dict) -> None:
    """Issue 5, 1: each expectation counts, and text is not a number."""
    confirm(shop, "Ana")
    right = {"to": "ana@example.com", "email_id": "confirm", "subject": ANY, "variables": {}}
    shop.outbox.assert_sent(**right)
    with pytest.raises(AssertionError):
        shop.outbox.assert_sent(**right | wrong)
    with pytest.raises(AssertionError):
        shop.outbox.only(**right | wrong)
    shop.outbox.assert_nothing_sent(**right | wrong)


def test_what_counts_as_sent(shop: CRMForTests) -> None:
    """T10: what emailContact fulfilled counts, unless it failed, or somebody took it back."""
    confirm(shop, "Ana")
    first = shop.outbox.only()
    assert first.status == "queued"
    shop.outbox.cancel(first.id)
    shop.outbox.assert_nothing_sent()
    shop.outbox.retry(first.id)
    shop.deliver(FailingSender("uncertain"), include_stale=True)
    assert shop.outbox.only().status == "uncertain"
    shop.outbox.resolve(first.id, "resend")
    shop.deliver(FailingSender("permanent"))
    assert (shop.outbox.sent, len(shop.outbox)) == ((), 1)
    shop.outbox.retry(first.id)
    shop.deliver(FailingSender())
    assert shop.outbox.only().status == "sent"
    shop.unsubscribe("bo@example.com")
    confirm(shop, "Bo")
    assert shop.outbox.only().to == "ana@example.com"
    assert len(shop.outbox) == 2
    shop.erase_contact(shop.find_contact(email="ana@example.com").id)
    assert len(shop.outbox) == 2
    shop.outbox.assert_nothing_sent()


def test_how_often_is_counted(shop: CRMForTests) -> None:
    """Issue 5, 1: `times` is how many mails fit, `only` is for one, and none is another verb."""
    confirm(shop, "Ana")
    confirm(shop, "Ana")
    confirm(shop, "Bo")
    shop.outbox.assert_sent(to="ana@example.com", times=2)
    said = complaint(lambda: shop.outbox.assert_sent(to="ana@example.com", times=1))
    assert said == (
        "1 mail should have been sent with to='ana@example.com', and 2 were\n\n"
        "These 2 mails, oldest first:\n"
        "  1  queued  confirm  ana@example.com  'Your code, Ana'\n"
        "  2  queued  confirm  ana@example.com  'Your code, Ana'"
    )
    with pytest.raises(InvalidArgument, match="assert_nothing_sent"):
        shop.outbox.assert_sent(times=0)
    with pytest.raises(InvalidArgument, match="mapping"):
        shop.outbox.assert_sent(variables="Ana")  # type: ignore[arg-type]


def test_the_outbox_is_still_an_outbox(shop: CRMForTests) -> None:
    """Issue 5, 1: `outbox` has all that crm.outbox has."""
    confirm(shop, "Ana")
    assert isinstance(shop.outbox, OutboxForTests)
    assert shop.outbox[-1] in shop.outbox
    assert shop.outbox.where(status="queued") == shop.outbox.sent


# What is said.


def test_the_nearest_miss_is_shown_field_by_field(shop: CRMForTests) -> None:
    """Issue 5, 1: what fits, what differs and where, and what is there."""
    confirm(shop, "Anna")
    confirm(shop, "Bo")
    said = complaint(
        lambda: shop.outbox.assert_sent(
            to="ana@example.com", email_id="confirm", variables={"name": "Ana", "age": "7"}
        )
    )
    assert said == (
        "no mail was sent with to='ana@example.com', email_id='confirm', "
        "variables={'name': 'Ana', 'age': '7'}\n\n"
        "The nearest is mail 1:\n"
        "  - to                 'ana@example.com'   wanted\n"
        "  +                    'anna@example.com'  found\n"
        "                          ^\n"
        "    email_id           'confirm'\n"
        "  - variables['name']  'Ana'   wanted\n"
        "  +                    'Anna'  found\n"
        "                          ^\n"
        "  - variables['age']   '7'                          wanted\n"
        "  +                    not a variable of this mail  found\n\n"
        "All 2 mails, oldest first:\n"
        "  1  queued  confirm  anna@example.com  'Your code, Anna'\n"
        "  2  queued  confirm  bo@example.com    'Your code, Bo'"
    )


def test_the_right_person_is_nearer_than_the_right_subject(shop: CRMForTests) -> None:
    """Issue 5, 1: the nearest is the mail that was meant, not the one with the most fields."""
    ana = confirm(shop, "Ana")
    bo = shop.create_contact({"emails": ["bo@example.com"]})
    options = {"variables": {"name": "Anna", "code": "1"}}
    shop.emailContact("confirm", bo, options)
    said = complaint(
        lambda: shop.outbox.assert_sent(to=ana, subject="Your code, Anna", variables={"code": "1"})
    )
    assert "The nearest is mail 1:" in said


def test_a_mark_stands_only_where_texts_are_alike(shop: CRMForTests) -> None:
    """Issue 5, 1: under the first letter that differs, and under none where all do."""
    confirm(shop, "Ana")
    assert "^" in complaint(lambda: shop.outbox.assert_sent(subject="Your code; Ana"))
    assert "^" not in complaint(lambda: shop.outbox.assert_sent(subject="Zig, zag"))


def test_a_miss_that_was_suppressed_is_shown_with_its_reason(shop: CRMForTests) -> None:
    """T8: the mail is there, and says why it does not count."""
    shop.unsubscribe("ana@example.com")
    confirm(shop, "Ana")
    for assertion in (shop.outbox.assert_sent, shop.outbox.only):
        said = complaint(lambda verb=assertion: verb(to="ana@example.com"))
        assert said == (
            "no mail was sent with to='ana@example.com'\n\n"
            "Mail 1 is the one, but it was not sent: it is suppressed, since the contact or its "
            "address has unsubscribed; crm.resubscribe takes that back.\n\n"
            "The only mail:\n"
            "  1  suppressed (unsubscribed)  confirm  ana@example.com  'Your code, Ana'"
        )
    said = complaint(lambda: shop.outbox.assert_sent(to="ana@example.com", subject="Hi"))
    assert "The nearest is mail 1, which was not sent: it is suppressed, since" in said


@pytest.mark.parametrize(
    ("reason", "words"),
    [("bounced", "as bounced"), ("complained", "as complained"), ("manual", "crm.suppressions.")],
)
def test_each_reason_has_its_words(shop: CRMForTests, reason: str, words: str) -> None:
    """T8: each reason why a mail was not sent is told in a sentence."""
    shop.suppressions.add("ana@example.com", reason)
    confirm(shop, "Ana")
    assert words in complaint(lambda: shop.outbox.assert_sent(to="ana@example.com"))


def test_what_failed_for_good_is_told(shop: CRMForTests) -> None:
    """T10: a mail that its sender refused does not count, and says so; so does a cancelled one."""
    confirm(shop, "Ana")
    shop.deliver(FailingSender("permanent"), include_stale=True)
    assert "refused it for good" in complaint(lambda: shop.outbox.assert_sent())
    confirm(shop, "Bo")
    shop.outbox.cancel(shop.outbox[-1].id)
    assert "it is cancelled" in complaint(lambda: shop.outbox.assert_sent(to="bo@example.com"))


def test_an_id_that_does_not_exist_is_told(shop: CRMForTests) -> None:
    """Issue 5, 1: the nearest id is named; one that exists was not sent, and that is all."""
    said = complaint(lambda: shop.outbox.assert_sent(email_id="confrim"))
    assert said == (
        "no mail was sent with email_id='confrim'\n\n"
        "There is no Triggered Email 'confrim'; did you mean 'confirm'?\n\n"
        "No mail was recorded at all."
    )
    assert "There is no" not in complaint(lambda: shop.outbox.assert_sent(email_id="receipt"))
    said = complaint(lambda: shop.outbox.assert_sent(email_id="zzz"))
    assert "There is no Triggered Email 'zzz'\n" in said


def test_nothing_and_only_list_what_is_there(shop: CRMForTests) -> None:
    """Issue 5, 1: a mail too many is named, with all the others there are."""
    assert complaint(lambda: shop.outbox.only()) == (
        "1 mail should have been sent, and none was\n\nNo mail was recorded at all."
    )
    confirm(shop, "Ana")
    assert complaint(lambda: shop.outbox.assert_nothing_sent()) == (
        "no mail should have been sent, and 1 was\n\n"
        "The only mail:\n"
        "  1  queued  confirm  ana@example.com  'Your code, Ana'"
    )
    confirm(shop, "Bo")
    assert complaint(lambda: shop.outbox.only()) == (
        "1 mail should have been sent, and 2 were\n\n"
        "All 2 mails, oldest first:\n"
        "  1  queued  confirm  ana@example.com  'Your code, Ana'\n"
        "  2  queued  confirm  bo@example.com   'Your code, Bo'"
    )


def test_a_long_outbox_and_long_values_stay_on_a_screen(shop: CRMForTests) -> None:
    """Issue 5, 1: the newest mails of many, and of long texts the place where they part."""
    long = "Lorem ipsum dolor sit amet, " * 40
    for number in range(30):
        confirm(shop, f"N{number}")
    confirm(shop, "Zoe", name=f"{long}end of it{long}")
    said = complaint(lambda: shop.outbox.assert_sent(subject=f"Your code, {long}End of it{long}"))
    assert "…sum dolor sit amet, End of it" in said
    assert "…sum dolor sit amet, end of it" in said
    assert "All 31 mails, of which the newest are:\n  12  " in said
    assert len(said.splitlines()) < 35
    assert max(map(len, said.splitlines())) < 200


def test_the_nearest_of_many_is_found_in_a_moment() -> None:
    """Issue 5, 1: of 5,000 mails, the one that differs by a letter, if it is among the newest."""
    messages = [
        sample_message(subject=f"{number} {'Lorem ipsum ' * 80}", id=str(number))
        for number in range(5_000)
    ]
    begun = time.process_time()
    nearest = Wanted(subject=f"499_ {'Lorem ipsum ' * 80}").nearest(messages)
    assert nearest is not None
    assert nearest.id[:3] == "499"
    assert time.process_time() - begun < 3
    assert Wanted(subject="x").nearest([]) is None


def test_a_mail_s_text_steers_no_terminal(shop: CRMForTests) -> None:
    """Issue 5, 1: control characters of a mail are shown as escapes."""
    policy = Policy(variables="convert")
    id = shop.create_contact({"emails": ["ana@example.com"]})
    shop.emailContact("receipt", id, {"variables": {"number": "a\u202eb"}}, policy=policy)
    said = complaint(lambda: shop.outbox.assert_sent(subject="a", variables={"number": "\x1b[31m"}))
    assert all(line.isprintable() for line in said.splitlines())


words = st.text(alphabet="ab\u202e\n'\"", max_size=12)


@given(words, words, st.lists(words, max_size=3))
def test_whatever_differs_a_sentence_comes(to: str, subject: str, subjects: list[str]) -> None:
    """Issue 5, 1: an assertion that fails never fails to say why."""
    messages = [sample_message(subject=text, id=str(at)) for at, text in enumerate(subjects)]
    said = nothing_fits(Wanted(to=to, subject=subject, variables={"a": to}), messages)
    assert said.startswith("no mail was sent with ")
    assert all(line.isprintable() for line in said.splitlines())
