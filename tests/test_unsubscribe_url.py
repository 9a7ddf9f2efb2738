"""unsubscribe_url.py: the List-Unsubscribe header of a mail (RFC 2369, 8058; email.md)."""

from __future__ import annotations

from email import message_from_bytes
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import CRM, InvalidTriggeredEmail, InvalidVariable, OutboxMessage

ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80)


def sent(crm: CRM, url: str | None, **values: str) -> OutboxMessage:
    """A mail whose template has this URL."""
    crm.triggered_emails.save(
        "a",
        subject="Hi",
        text="Hi",
        variables={"token": "none"},
        unsubscribe_url=url,
        from_address="shop@example.com",
    )
    ana = crm.create_contact({"emails": ["ana@example.com"]})
    return crm.send_email("a", ana, {"variables": values})


def header(mail: OutboxMessage, name: str = "List-Unsubscribe") -> str | None:
    return message_from_bytes(mail.as_bytes())[name]


def test_without_one_there_is_no_header(any_crm: CRM) -> None:
    """email.md: `List-Unsubscribe` where configured."""
    mail = sent(any_crm, None)
    assert mail.unsubscribe_url is None
    assert header(mail) is None
    assert header(mail, "List-Unsubscribe-Post") is None


def test_an_https_url_can_be_called_with_one_click(any_crm: CRM) -> None:
    """RFC 8058: filled with the mail's own values, and recorded with it."""
    mail = sent(any_crm, " https://example.com/leave?who=${token}&n=1 ", token="a b&c=ü")
    assert mail.unsubscribe_url == "https://example.com/leave?who=a%20b%26c%3D%C3%BC&n=1"
    assert any_crm.outbox.get(mail.id) == mail
    assert header(mail) == f"<{mail.unsubscribe_url}>"
    assert header(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_a_mail_address_is_no_click(any_crm: CRM) -> None:
    """RFC 2369: a mail to an address, which no server can send by itself."""
    mail = sent(any_crm, "mailto:leave@example.com?subject=${token}", token="Ana, 1")
    assert header(mail) == "<mailto:leave@example.com?subject=Ana%2C%201>"
    assert header(mail, "List-Unsubscribe-Post") is None


@given(value=ANYTHING)
def test_a_value_stays_in_its_place(open_crm, value: str) -> None:
    """Fault 73: it changes neither the host nor another part, and adds no header."""
    with open_crm() as crm:
        mail = sent(crm, "https://example.com/leave?who=${token}&n=1", token=value)
        assert mail.unsubscribe_url is not None
        parts = urlsplit(mail.unsubscribe_url)
        assert (parts.scheme, parts.netloc, parts.path) == ("https", "example.com", "/leave")
        read = parse_qs(parts.query, keep_blank_values=True, errors="strict")
        assert read == {"who": [value], "n": ["1"]}
        assert header(mail) == f"<{mail.unsubscribe_url}>"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (5, "must be a text"),
        ("", "https: or mailto:"),
        ("http://example.com/leave", "https: or mailto:"),
        ("javascript:alert(1)", "https: or mailto:"),
        ("example.com/leave", "https: or mailto:"),
        ("https://example.com/a b", "https: or mailto:"),
        ("https://example.com/>", "https: or mailto:"),
        ("https://example.com/\r\nBcc: x", "https: or mailto:"),
        ("https://bücher.example/", "https: or mailto:"),
        ("https://example.com/{token}", "https: or mailto:"),
        ("https://example.com/?a=${other}", "no variable of that name"),
        ("https://${token}.example.com/", "host"),
        ("https://example.com${token}", "host"),
        ("https:${token}", "host"),
        ("mailto:${token}@example.com", "host"),
        ("https://example.com/" + "x" * 900, "shorten"),
    ],
)
def test_what_can_t_be_a_header_is_refused(crm: CRM, url: object, told: str) -> None:
    """Section 9: when the template is saved, and not when a mail is sent."""
    with pytest.raises(InvalidTriggeredEmail, match=told) as caught:
        crm.triggered_emails.save("a", subject="Hi", text="Hi", unsubscribe_url=url)  # type: ignore[arg-type]
    assert caught.value.details["argument"] == "unsubscribe_url"
    assert crm.triggered_emails.list() == ()


def test_a_value_that_is_too_long_for_a_header(any_crm: CRM) -> None:
    """RFC 5322: a line has at most 998 characters; nothing is recorded."""
    with pytest.raises(InvalidVariable, match="unsubscribe_url"):
        sent(any_crm, "https://example.com/leave?who=${token}", token="ü" * 200)
    assert len(any_crm.outbox) == 0
    assert sent(any_crm, "https://example.com/leave?who=${token}", token="x" * 800).status
