"""The sign-up service on the test kit: a store in memory, a clock that stands still, no network."""

from __future__ import annotations

import pytest
from wixcrm_local.testing import CRMForTests, FakeClock, OutboxForTests

from conftest import Browser

ANA = {"name": "Ana", "email": "ana@example.com"}


def confirmed(browser: Browser, outbox: OutboxForTests) -> str:
    """Signs Ana up, presses the button behind the link, and gives the link to leave."""
    browser.post("/sign-up", **ANA)
    (link,) = outbox.only(email_id="confirm").links()
    browser.post(browser.get(link).action)
    (leave,) = outbox.only(email_id="welcome").links()
    return leave


def test_who_follows_the_link_is_on_the_list(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests, crm_clock: FakeClock
) -> None:
    """The whole way: form, mail, link, button, welcome."""
    assert 'action="/sign-up"' in browser.get("/").html
    assert "Look into your mail" in browser.post("/sign-up", **ANA).html
    (link,) = outbox.only(to="ana@example.com", email_id="confirm").links()
    assert "Welcome, Ana" in browser.post(browser.get(link).action).html

    ana = crm.find_contact(email="ana@example.com")
    assert ana is not None
    assert (ana.first_name, ana.labels, ana.subscription) == ("Ana", ("Newsletter",), "subscribed")
    assert ana.id == "00000000-0000-7000-8000-000000000001"
    assert ana.created_at == crm_clock.now
    welcome = outbox.only(to=ana, email_id="welcome", subject="Welcome, Ana")
    assert welcome.unsubscribe_url == welcome.links()[0]


def test_a_link_that_is_only_opened_does_nothing(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """Mail filters open every link; what counts is the button behind it."""
    browser.post("/sign-up", **ANA)
    (link,) = outbox.only().links()
    browser.get(link)
    assert crm.count_contacts({"labels": "Newsletter"}) == 0
    leave = confirmed(browser, outbox)
    browser.get(leave)
    assert crm.count_contacts({"subscription": "subscribed"}) == 1


def test_confirming_twice_is_one_welcome(browser: Browser, outbox: OutboxForTests) -> None:
    """Who presses the button again reads the same page, and gets no second mail."""
    confirmed(browser, outbox)
    (link,) = outbox.only(email_id="confirm").links()
    assert "Welcome, Ana" in browser.post(link).html
    outbox.assert_sent(email_id="welcome", times=1)


def test_nobody_changes_somebody_else(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """Who types Ana's address can't rename her, and learns nothing of her."""
    ana = crm.create_contact({"firstName": "Ana", "emails": ["ana@example.com"]})
    before = crm.get_contact(ana)
    known = browser.post("/sign-up", name="Mallory", email="ANA@example.com")
    assert crm.get_contact(ana) == before
    assert "Mallory" not in outbox.only(to=ana).text
    assert known == browser.post("/sign-up", name="Mallory", email="nobody@example.com")


def test_members_sign_up_as_anybody_does(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """Who has an account is subscribed by the link, and otherwise left as they are."""
    ana = crm.create_contact({"firstName": "Ana", "emails": ["ana@example.com"]})
    crm.register_member(ana, "ana@example.com")
    page = browser.post("/sign-up", name="Annie", email="ana@example.com")
    assert page == browser.post("/sign-up", name="Annie", email="nobody@example.com")
    browser.post(outbox.only(to=ana).links()[0])
    member = crm.get_contact(ana)
    assert (member.first_name, member.subscription) == ("Ana", "subscribed")


def test_nobody_floods_a_mailbox(
    browser: Browser, outbox: OutboxForTests, crm_clock: FakeClock
) -> None:
    """Asking again sends nothing for ten minutes."""
    browser.post("/sign-up", **ANA)
    crm_clock.move(minutes=9)
    browser.post("/sign-up", **ANA)
    outbox.assert_sent(email_id="confirm", times=1)
    crm_clock.move(minutes=1)
    browser.post("/sign-up", **ANA)
    outbox.assert_sent(email_id="confirm", times=2)


def test_leaving_and_coming_back(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """The link in a mail unsubscribes, after any time, and the page behind it takes that back."""
    leave = confirmed(browser, outbox)
    crm.clock.move(days=400)
    left = browser.post(browser.get(leave).action)
    assert crm.count_contacts({"subscription": "unsubscribed"}) == 1
    browser.post("/sign-up", **ANA)
    outbox.assert_sent(email_id="confirm", times=1)  # who left gets none
    browser.post(left.action)
    assert crm.count_contacts({"subscription": "subscribed"}) == 1


def test_the_button_of_a_mail_program_unsubscribes(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """RFC 8058: one POST to the address in the mail's header is enough."""
    confirmed(browser, outbox)
    url = outbox.only(email_id="welcome").unsubscribe_url
    assert url is not None
    browser.post(url, **{"List-Unsubscribe": "One-Click"})
    assert crm.count_contacts({"subscription": "unsubscribed"}) == 1


def test_a_wrong_address_is_explained_beside_what_was_typed(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """The page has the library's sentence, and the form as it was; nothing is stored."""
    page = browser.post("/sign-up", name="Ana", email="ana.example.com")
    assert page.status == 400
    assert "&#x27;ana.example.com&#x27; is no email address" in page.html
    assert 'value="Ana"' in page.html
    assert crm.count_contacts() == 0
    outbox.assert_nothing_sent()


def test_what_is_typed_is_never_markup(browser: Browser, outbox: OutboxForTests) -> None:
    """Names with tags and quotes come back as text, on pages and in mails."""
    name = '"><script>alert(1)</script>'
    assert "<script" not in browser.post("/sign-up", name=name, email="no address").html
    browser.post("/sign-up", name=name, email="ana@example.com")
    (link,) = outbox.only().links()
    page = browser.post(link).html
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in str(outbox.only(email_id="welcome").html)
    assert "<script" not in browser.get('/leave?token="><script>').html


def test_links_can_t_be_forged_and_end(
    browser: Browser, crm: CRMForTests, outbox: OutboxForTests
) -> None:
    """A link that was changed, is for something else, or is too old, says so and does nothing."""
    browser.post("/sign-up", **ANA)
    (link,) = outbox.only().links()
    broken = [link[:-2], link.replace("token=", "token=x"), link.replace(".", ""), "/confirm"]
    for url in [*broken, "/confirm?token=ü.ü", link.replace("confirm", "leave")]:
        page = browser.post(url)
        assert (page.status, "not complete" in page.html) == (400, True), url
    crm.clock.move(days=2, seconds=1)
    assert "too old" in browser.post(link).html
    assert crm.count_contacts({"labels": "Newsletter"}) == 0


@pytest.mark.parametrize("verb", ["create_contact", "email_contact"])
def test_a_full_disk_makes_no_half_contact(
    browser: Browser,
    crm: CRMForTests,
    outbox: OutboxForTests,
    capsys: pytest.CaptureFixture[str],
    verb: str,
) -> None:
    """Visitors read that they may try again, the owner reads why, and nothing is stored."""
    crm.fail_next(verb, "full")
    page = browser.post("/sign-up", **ANA)
    assert page.status == 503
    assert "try again" in page.html
    assert "STORE_FULL" in capsys.readouterr().err
    assert crm.count_contacts() == 0
    outbox.assert_nothing_sent()
    browser.post("/sign-up", **ANA)  # and the next one gets in
    outbox.only(to="ana@example.com")


def test_requests_that_make_no_sense(browser: Browser) -> None:
    """They get a page with the right number, whatever they hold."""
    assert browser.get("/nowhere").status == 404
    assert browser.get("/sign-up").status == 404
    assert browser.get("/confirm?token=%ff").status == 400
    assert browser.post("/sign-up", name="x" * 10_001).status == 413
    assert browser.post("/sign-up").status == 400
    assert browser.get("/style.css").status == 200
