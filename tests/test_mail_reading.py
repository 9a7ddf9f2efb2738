"""What people take from a mail (issue 5, 3): links, one-time codes, a preview."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import CRM
from wixcrm_local.mail_reading import codes, links
from wixcrm_local.senders.contract import sample_message

# Real-looking lines, each with the codes in it.
LINES = {
    # Digits.
    "Your code is 482913. It expires in 10 minutes.": ["482913"],
    "482913": ["482913"],
    "PIN 0042, or 00000042": ["0042", "00000042"],
    "Use 482913, or 771204, before 10:30": ["482913", "771204"],
    "It (482913) goes with [771204]/<0042>.": ["482913", "771204", "0042"],
    "Backup codes: 123456 654321 112233": ["123456", "654321", "112233"],
    "您的验证码是482913，请勿泄露": ["482913"],
    "認証コード：４８２９１３": ["４８２９１３"],
    "رمز التحقق ٤٨٢٩١٣": ["٤٨٢٩١٣"],
    "three digits: 123, nine: 123456789": [],
    # Groups.
    "Your code is 123 456": ["123456"],
    "Your code is 123\u202f456.": ["123456"],
    "4829 1034 opens the door": ["48291034"],
    "type 123-456": ["123-456"],
    "type 0 4 8 2 9 1": ["048291"],
    "1 2 3 or 1-2-3-4": [],
    "1 234 567 people": [],
    "card 4111 1111 1111 1111": [],
    # Letters and digits, set apart.
    "G-482913 is your verification code.": ["G-482913"],
    "Use AB12-CD34 as your code": ["AB12-CD34"],
    "Code: a1b2c3": ["a1b2c3"],
    "AB12-CD34": ["AB12-CD34"],
    "Type “x7k9q2” there": ["x7k9q2"],
    "the room A1234, flight BA2490, SHA-256, mp3": [],
    "your code expires at 10AM": [],
    "code 123e4567-e89b-42d3-a456-426614174000": [],
    # What is no code.
    "2026-11-27, 27.11.2026, 11/27/2026 at 10:30": [],
    "On 27 November 2026 in Rome": [],
    "© 2026 Example Ltd": [],
    "2026": ["2026"],
    "Your PIN is 1999": ["1999"],
    "+1 650 253 0000, (650) 253-0000, 020 7946 0958, 07700 900123": [],
    "+49 301234 or (030) 12345": [],
    "Order number: 10013, invoice 10014, Rechnung 10015, order ID 10016": [],
    "88 Colin Street, San Francisco, CA 94107": [],
    "Your PIN is 0042, sent Nov 27, 2026, or November 2026. © 2026 Acme": ["0042"],
    "€1,234.00 or $5000 or 5000 USD or EUR 5000 or 1234%": [],
    "order #10013, invoice No. 10014, Rechnung Nr. 10015, № 10016": [],
    "192.168.10.10 and 3.14159": [],
    "ana1234@example.com, @user1234, user_1234, v1234, 4000px": [],
    "open shop.example/482913, or type 771204": ["771204"],
    "https://shop.example/482913?code=771204#1234 or http://x.example/9999.": [],
}


@pytest.mark.parametrize(("line", "expected"), LINES.items())
def test_codes_of_a_line(line: str, expected: list[str]) -> None:
    """Issue 5, 3: runs of 4 to 8 digits, and letters and digits set apart; nothing else."""
    assert codes("", None, line) == tuple(expected)
    assert codes(line, None, "") == tuple(expected)
    assert codes("", f"<p>{line}</p>", "") == tuple(expected)


def test_codes_come_in_order_and_once() -> None:
    """Issue 5, 3: those of the subject first, and a code that stands in all parts once."""
    html = "<p>Take 111111</p><p>then <b>x7k9q2</b>, then 222222</p>"
    text = "Take 111111, then 222222, then 333333"
    assert codes("222222 is yours", html, text) == ("222222", "111111", "x7k9q2", "333333")


def test_codes_are_taken_from_what_is_seen() -> None:
    """Issue 5, 3: from visible text, so not from styles, comments, attributes or hrefs."""
    html = (
        "<head><title>1111</title><style>p{width:2222px;color:#333333}</style></head><body>"
        '<!-- 4444 --><script>5555</script><img alt="6666" width=7777>'
        '<a href="https://shop.example/8888">open</a>'
        "<table><tr><td>Code</td><td>987654</td><td>1984</td></tr></table>&#52;&#56;29</body>"
    )
    assert codes("", html, "") == ("987654", "1984", "4829")


LINKED = (
    '<p>See <a href="https://shop.example/a?x=1&amp;y=2">this</a>, https://shop.example/b. '
    "Or (https://shop.example/wiki/A_(b)), or <a href=' https://shop.example/c\n?z '>that</a> "
    'or <a href="https://shop.example/a?x=1&amp;y=2">this again</a>.</p>'
    '<a href="mailto:ana@example.com">mail</a> <a href="tel:+16502530000">call</a> '
    '<a href="#top">up</a> <a href="/relative">?</a> <a>none</a> <a href="shop://open/7">app</a>'
    '<map><area href="https://shop.example/d"></map>'
    '<style>@import "https://shop.example/no";</style><img src="https://shop.example/no.gif">'
)


def test_links_come_in_reading_order_and_once() -> None:
    """Issue 5, 3: hrefs and bare URLs of the html, entities decoded, then those of the text."""
    assert links(LINKED, "Go to https://shop.example/e!, or HTTPS://shop.example/b") == (
        "https://shop.example/a?x=1&y=2",
        "https://shop.example/b",
        "https://shop.example/wiki/A_(b)",
        "https://shop.example/c?z",
        "shop://open/7",
        "https://shop.example/d",
        "https://shop.example/e",
        "HTTPS://shop.example/b",
    )


def test_links_of_a_mail_without_html() -> None:
    """Issue 5, 3: bare URLs stand without the marks around them."""
    text = (
        "a <https://a.example/>, [https://b.example/x], “https://c.example/y”: https://d.example?"
    )
    assert links(None, text) == (
        "https://a.example/",
        "https://b.example/x",
        "https://c.example/y",
        "https://d.example",
    )
    assert links(None, "https:// and http://.") == ()


def test_a_mail_of_the_outbox_is_read(crm: CRM) -> None:
    """Issue 5, 3: links, codes and preview are methods of each mail, as it was sent."""
    crm.triggered_emails.save(
        "confirm",
        subject="${code} is your code",
        html='<p>Dear ${name},</p><p><a href="https://shop.example/?t=${token}&amp;a=1">Confirm</a>',
        variables={"name": "friend"},
        required=["code", "token"],
        from_address="shop@example.com",
    )
    ana = crm.create_contact({"firstName": "Ana", "emails": ["ana@example.com"]})
    message = crm.send_email("confirm", ana, {"variables": {"code": "482913", "token": "x77777"}})
    assert message.codes() == ("482913",)
    assert message.links() == ("https://shop.example/?t=x77777&a=1",)
    assert message.preview() == (
        "From: shop@example.com\nTo: Ana <ana@example.com>\nSubject: 482913 is your code\n\n"
        "Dear friend,\n\nConfirm (https://shop.example/?t=x77777&a=1)\n"
    )


def test_a_preview_steers_no_terminal() -> None:
    """Issue 5, 3: a name or text with control characters shows them as escapes."""
    message = sample_message(
        to_name="A\x1b[31m", subject="a\u202eb", text="x\x07\ny", from_address=None
    )
    assert message.preview() == (
        "To: A\\x1b[31m <ana@example.com>\nSubject: a\\u202eb\n\nx\\x07\ny\n"
    )


@pytest.mark.storm
@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a href=",
        "<b>",
        "<!--",
        "<![if",
        "&#",
        "https://",
        "https://x.example/(",
        "(",
        "1",
        "1-",
        "1 ",
        "2026, ",
        "2026 ",
        "+1 ",
        "A1-",
        "A1B2C3 ",
        "a@",
        "a.",
        "ab.cd/",
        "\x01",
        "<p>2026",
        "<b>2026</b> ",
    ],
)
def test_reading_takes_a_time_that_grows_with_the_length(piece: str) -> None:
    """Issue 5, 3: no mail keeps a reader busy: 200 KB of each trap take no more than a moment."""
    hostile = piece * (200_000 // len(piece))
    begun = time.process_time()
    codes(hostile, hostile, hostile)
    links(hostile, hostile)
    assert time.process_time() - begun < 10


@given(st.text(), st.none() | st.text(), st.text())
def test_any_text_can_be_read(subject: str, html: str | None, text: str) -> None:
    """Issue 5, 3: each code and link is there once, and stands in the mail."""
    for found in (codes(subject, html, text), links(html, text)):
        assert len(found) == len(set(found))
    assert all(4 <= len(code.replace("-", "")) <= 16 for code in codes(subject, html, text))


@given(st.integers(0, 99_999_999), st.integers(4, 8))
def test_a_code_after_a_word_for_it_is_always_found(number: int, length: int) -> None:
    """Issue 5, 3: no value of a code is taken for a year or a price, so no test fails by chance."""
    code = f"{number:0{length}}"[-length:]
    assert codes("", None, f"Your code is {code}.") == (code,)
    assert codes("", f"<p>Your code:</p><h1>{code}</h1><p>© 2026 Example</p>", "") == (code,)
