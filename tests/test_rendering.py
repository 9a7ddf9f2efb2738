"""Filling a Triggered Email: T2 to T5, with html_text.py."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    InvalidVariable,
    MissingVariable,
    RenderedEmail,
    TriggeredEmail,
    UnknownVariable,
)
from wixcrm_local.html_text import outline, text_of
from wixcrm_local.rendering import keeps_its_tags, one_line, parse, render

TIME = datetime(2026, 1, 31, tzinfo=UTC)


def email(subject: str = "Hi", html: str | None = None, text: str | None = None, **variables):
    """A Triggered Email that was saved."""
    return TriggeredEmail(
        id="welcome",
        subject=subject,
        html=html,
        text=text,
        variables=variables,
        from_address=None,
        revision=1,
        created_at=TIME,
        updated_at=TIME,
    )


# Placeholders.


def test_values_and_fallbacks() -> None:
    """T2, T3: a missing key gives the fallback; '' is a value and stays empty."""
    template = email("Hi ${name}", text="${name}|${city}|${code}", name="friend", city="X", code="")
    assert render(template, {"city": "", "code": "7"}) == RenderedEmail(
        subject="Hi friend",
        html=None,
        text="friend||7",
        variables={"name": "friend", "city": "", "code": "7"},
        fell_back=("name",),
    )


@pytest.mark.parametrize(
    ("source", "filled"),
    [
        ("$5 and $name", "$5 and $name"),
        ("$${name}", "${name}"),
        ("$$${name}", "$${name}"),
        ("${name}${name}", "AnaAna"),
        ("{name} %(name)s {0} {{name}}", "{name} %(name)s {0} {{name}}"),
        ("a ${a-b_1} b", "a dash b"),
        ("$", "$"),
        ("", ""),
    ],
)
def test_placeholders(source: str, filled: str) -> None:
    """T2: `$5` and `$name` are plain text; `$${` writes `${`."""
    assert parse(source).filled({"name": "Ana", "a-b_1": "dash"}) == filled


@pytest.mark.parametrize(
    "source", ["${", "${}", "${ name}", "${1}", "${a.b}", "${name", "a ${é} b"]
)
def test_what_is_no_placeholder_is_refused(source: str) -> None:
    """T2: a typing error must not be mailed; the reason shows both ways out."""
    with pytest.raises(ValueError, match=r"write \$\{name\}, or \$\$\{"):
        parse(source)


marks = st.sampled_from(
    ["${a}", "${b}", "$${", "${", "}", "$", "\0a\0", "<", ">", '"', "'", "&", " "]
)
values = st.lists(marks | st.text(max_size=4), max_size=6).map("".join)
clean_values = values.map(lambda value: value.replace("\0", ""))


@given(a=clean_values, b=clean_values)
def test_a_value_is_never_expanded_again(a: str, b: str) -> None:
    """T2, fault 74: one pass; what a value holds is only text."""
    template = email("${a}${b}", html="<p>${a}${b}</p>", text="${b}-${a}", a="", b="")
    mail = render(template, {"a": a, "b": b})
    assert mail.text == f"{b}-{a}"
    assert mail.html == f"<p>{html.escape(a + b)}</p>"
    assert mail.subject == one_line(a + b)


def test_format_on_a_value_reaches_nothing() -> None:
    """Fault 74: no str.format, no %, no eval."""
    evil = "{0.__class__} %(name)s ${name} {{7*7}}"
    assert render(email(text="${name}", name=""), {"name": evil}).text == evil


# Values.


@pytest.mark.parametrize(
    "value", [5, 1.5, True, date(2026, 1, 1), b"x", ["a"], {"a": "b"}, object()]
)
def test_a_value_must_be_a_text(value: object) -> None:
    """T3: InvalidVariable names the variable and shows str(value)."""
    with pytest.raises(InvalidVariable) as caught:
        render(email(text="${age}", age=""), {"age": value})
    assert caught.value.message.startswith("the variable 'age' must be a text, not ")
    assert "str(value)" in caught.value.message
    assert caught.value.details == {"email_id": "welcome", "variable": "age"}


def test_none_is_no_value() -> None:
    """T3: and str(None) is no remedy."""
    with pytest.raises(InvalidVariable) as caught:
        render(email(text="${age}", age=""), {"age": None})
    assert "leave it out for its fallback" in caught.value.message
    assert "str(" not in caught.value.message


@pytest.mark.parametrize("value", ["a\0b", "a\ud800b"])
def test_what_no_mail_can_carry(value: str) -> None:
    """T5: NUL and lone surrogates in a value are InvalidVariable."""
    with pytest.raises(InvalidVariable, match=r"U\+\w{4} at position 1"):
        render(email(text="${a}", a=""), {"a": value})


def test_a_value_has_a_limit() -> None:
    """Fault 4: a value of megabytes is refused, by a short sentence that says the limit."""
    assert render(email(text="${a}", a=""), {"a": "x" * 100_000}).text == "x" * 100_000
    with pytest.raises(InvalidVariable, match="at most 100,000") as caught:
        render(email(text="${a}", a=""), {"a": "x" * 30_000_000})
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 8, tzinfo=UTC), "2026-01-31T08:00:00+00:00"),
        (None, "fallback"),
        ("", ""),
    ],
)
def test_values_converted(value: object, text: str) -> None:
    """T3: policy variables="convert": numbers, bools and dates become text, None is missing."""
    assert render(email(text="${a}", a="fallback"), {"a": value}, convert=True).text == text


@pytest.mark.parametrize("value", [["a"], {"a": 1}, b"x", object()])
def test_what_can_t_be_converted(value: object) -> None:
    """T3: a list or mapping is no text under any policy."""
    with pytest.raises(InvalidVariable):
        render(email(text="${a}", a=""), {"a": value}, convert=True)


def test_an_unknown_key_names_the_nearest() -> None:
    """T4: UnknownVariable with the nearest name, and all there are."""
    template = email(text="${firstName} ${total}", firstName="", total="")
    with pytest.raises(UnknownVariable) as caught:
        render(template, {"First_Name": "Ana"})
    assert "'First_Name'" in caught.value.message
    assert "did you mean 'firstName'?" in caught.value.message
    assert "it has: firstName, total" in caught.value.message
    assert caught.value.details["nearest"] == ["firstName"]


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(10**5_000, id="huge"),
        None,
        pytest.param("x" * 1_000_000, id="huge text"),
        "\ud800",
        ("a",),
    ],
)
def test_any_key_may_be_unknown(key: object) -> None:
    """T4, fault 4: shortly said."""
    with pytest.raises(UnknownVariable) as caught:
        render(email(text="${a}", a=""), {key: "x"})
    assert len(caught.value.message) < 250
    assert caught.value.message.isprintable()


def test_a_required_variable() -> None:
    """T2: MissingVariable, with the options that mend it."""
    template = email(text="${code}", code=None)
    with pytest.raises(MissingVariable) as caught:
        render(template, {})
    assert 'pass {"variables": {"code": "…"}}' in caught.value.message
    assert render(template, {"code": "7"}).text == "7"
    assert render(template, {"code": ""}).text == ""


# The parts.


def test_values_are_escaped_in_the_html_part_only() -> None:
    """T5: `<` stays `<` in subject and text."""
    evil = "<b>\"A\" & 'B'</b>"
    mail = render(email("${a}", html="<p title='${a}'>${a}</p>", text="${a}", a=""), {"a": evil})
    escaped = "&lt;b&gt;&quot;A&quot; &amp; &#x27;B&#x27;&lt;/b&gt;"
    assert mail.html == f"<p title='{escaped}'>{escaped}</p>"
    assert (mail.subject, mail.text) == (evil, evil)


@given(source=st.text())
def test_a_subject_is_one_clean_line(source: str) -> None:
    """T5, fault 73: no control characters, no breaks of any kind, and cleaning is idempotent."""
    line = one_line(source)
    assert one_line(line) == line
    assert line == line.strip()
    assert "  " not in line
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(character) == "Cc" for character in line)


def test_a_header_can_t_be_injected() -> None:
    """T5, fault 73: each run of white space and control characters becomes one space."""
    mail = render(
        email("Hi ${a}", text="x", a=""), {"a": "Ana\r\nBcc: eve@example.com\x0b\u2028\x00"[:-1]}
    )
    assert mail.subject == "Hi Ana Bcc: eve@example.com"


class Tags(HTMLParser):
    """What a browser would make of a mail: its tags and attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list = []
        self.texts: list[str] = []
        self.links: list[str | None] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, [name for name, _ in attrs]))
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


SAFE = '<p class="a ${a}">${a} <a href=\'${a}\' title="${b}">${b}</a><!-- ${a} --></p><br/>${b}'


@given(a=clean_values, b=clean_values)
def test_the_html_part_has_the_same_tags_whatever_the_values(a: str, b: str) -> None:
    """T5: no value can leave its place in the html."""
    template = email(html=SAFE, a="", b="")
    tags = Tags(render(template, {"a": a, "b": b}).html)
    assert tags.tags == Tags(render(template, {"a": "x", "b": "y"}).html).tags
    assert tags.links == [a]
    assert "".join(tags.texts) == f"{a} {b}{b}"


def test_places_a_value_could_leave() -> None:
    """T5: found by trying, when a template is saved."""
    assert keeps_its_tags(SAFE)
    assert keeps_its_tags("<p>${a} = ${b}</p> $${c}")
    assert not keeps_its_tags("<a href=${a}>x</a>")
    assert not keeps_its_tags("<${a}>")


def test_outline() -> None:
    """T5: tags in their order, with the names of their attributes."""
    assert outline("<p a=1 b>x<br/></p><!-- <i> -->") == [
        ("p", "a", "b"),
        ("br",),
        ("/br",),
        ("/p",),
    ]


# The text part.


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<h1>Hi</h1><p>one</p><p>two</p>", "Hi\n\none\n\ntwo"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("  a \n  b  ", "a b"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ('<a href="https://example.com/">here</a>', "here (https://example.com/)"),
        ('<a href="https://x.com">https://x.com</a>', "https://x.com"),
        ('<a href="mailto:a@x.com">a@x.com</a>', "a@x.com"),
        ('<a href="#top">up</a>', "up"),
        ('<img alt="Logo" src="x.png">', "Logo"),
        ("<style>p {}</style><script>x()</script><p>seen</p>", "seen"),
        ("<head><title>x</title></head><body>seen</body>", "seen"),
        ("<head><title>x</title><body>seen", "seen"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("a &amp; b &lt;c&gt; &eacute;", "a & b <c> é"),
        ("a<hr>b", "a\n---\nb"),
        ("<!-- unseen -->x", "x"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)
def test_text_of_html(source: str, text: str) -> None:
    """T5: what a reader without HTML sees."""
    assert text_of(source) == text


def test_a_text_part_is_made_where_none_is_given() -> None:
    """T5: from the html, with the values unescaped, links with their targets."""
    template = email(html='<p>Hi ${a}</p><p><a href="${url}">Pay</a></p>', a="", url="")
    mail = render(template, {"a": "<Ana> & Co", "url": "https://x.com/?a=1&b=2"})
    assert mail.text == "Hi <Ana> & Co\n\nPay (https://x.com/?a=1&b=2)"


@pytest.mark.parametrize(
    "source",
    ["&#36;{x}", "$<b>{x}</b>", "$<!-- -->{x}", "&dollar;{x}", "$${x}", "<i>$</i>{x}"],
)
def test_the_text_part_has_no_placeholders_of_its_own(source: str) -> None:
    """T2: what shows `${x}` in html shows it in text, and is never expanded."""
    mail = render(email(html=f"<p>{source} ${{a}}</p>", a=""), {"a": "1"})
    assert mail.text == "${x} 1"


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a href='${a}'>",
                "</a>",
                "<li>",
                "<br>",
                "${a}",
                "${b}",
                "text",
                "&amp;",
                "<",
                "<style>",
                "</style>",
                "<!--",
                "-->",
                "<td>",
                "$",
                "{b}",
                "<img alt='${b}'>",
                "<head>",
                "<body>",
            ]
        ),
        max_size=12,
    )
)
def test_any_html_makes_a_text(pieces: list[str]) -> None:
    """T5: whatever the html, the text holds no placeholder of it, and no value is lost to marks."""
    source = "".join(pieces).replace("$${", "$ ${")
    mail = render(email(html=source, a="", b=""), {"a": "VALUE-A", "b": "VALUE-B"})
    assert "\0" not in mail.text
    assert mail.text.count("VALUE-A") <= source.count("${a}")
    assert mail.text.count("VALUE-B") <= source.count("${b}")


def test_many_places_of_a_long_value_make_no_endless_mail() -> None:
    """Fault 4: a thousand placeholders of 100,000 characters are refused before they are joined."""
    template = email(html="<p>${a}</p>" * 200, a="")
    with pytest.raises(InvalidVariable, match="20,000,398 characters"):
        render(template, {"a": "x" * 100_000})
    with pytest.raises(InvalidVariable, match="shorten them"):
        render(email(text="${a}" * 101, a=""), {"a": "x" * 100_000})
    assert len(render(email(text="${a}" * 100, a=""), {"a": "x" * 100_000}).text) == 10_000_000


def test_a_template_of_marks_alone_is_read_in_one_go() -> None:
    """Fault 77, found by fuzzing: joining piece by piece copied the text at each mark anew."""
    assert parse("$${" * 100_000).texts == ("${" * 100_000,)
    assert parse("a${b}$${c").texts == ("a", "${c")
