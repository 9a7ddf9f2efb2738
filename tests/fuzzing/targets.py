"""What is fuzzed: each target reads a value from bytes, hands it in, and checks what came of it.

Law: an `AssertionError`, or any error that the library does not document, is a finding.
"""

from __future__ import annotations

import html
import json
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from typing import Any

import attrs
import phonenumbers

from fuzzing import words
from fuzzing.source import Source
from wixcrm_local import (
    CRM,
    LENIENT,
    STRICT,
    ContactInfo,
    InvalidArgument,
    Policy,
    RenderedEmail,
    WixCRMError,
    email_match_key,
    phone_match_key,
)
from wixcrm_local.phone_fast_path import SUPPORTED_REGIONS
from wixcrm_local.text import is_storable

_MOST_SECONDS = 1.0  # of the processor, for one call; a usual one takes microseconds
_LONGEST_MESSAGE = 20_000
_REGIONS = (*sorted(SUPPORTED_REGIONS), None)
_FIELDS = (("Score", "number"), ("Note", "text"), ("Birthday", "date"), ("Site", "url"))


@contextmanager
def _bounded() -> Iterator[None]:
    """Fault 77: no input keeps the processor busy."""
    start = time.thread_time()
    yield
    taken = time.thread_time() - start
    assert taken < _MOST_SECONDS, "took more than a second of the processor"


def _check_error(error: WixCRMError) -> None:
    """Section 9: one sentence without a full stop, a code, and details that JSON can hold."""
    assert type(error) is not WixCRMError
    assert re.fullmatch("[A-Z_]+", error.code)
    assert not error.message.endswith("."), "a message ends with a full stop"
    assert 0 < len(error.message) < _LONGEST_MESSAGE, "a message shows a whole value"
    assert is_storable(error.message), "a message can't be printed"
    assert json.loads(json.dumps(error.details)) == error.details, "details are not JSON's"


def email(source: Source) -> None:
    """`email_match_key`: never raises, and a key is its own key (E2, faults 10 to 18)."""
    text = source.text(words.EMAIL)
    with _bounded():
        key = email_match_key(text)
    if key is None:
        return
    local_part, _, domain = key.rpartition("@")
    assert email_match_key(key) == key, "a key is not its own key"
    assert key == key.lower(), "a key has capitals"
    assert domain.isascii(), "a domain is no A-label"
    assert max(len(local_part.encode()) + 190, len(key.encode())) <= 254, "a key is too long"
    for spelling in (f" {text}\n", unicodedata.normalize("NFD", text)):
        assert email_match_key(spelling) == key, "another spelling has another key"


def phone(source: Source) -> None:
    """`phone_match_key` in all regions: never raises, and a key is its own key (P1, P2)."""
    region = source.pick(_REGIONS)
    text = _phone_text(source, region)
    with _bounded():
        key = phone_match_key(text, region)
    if key is None:
        return
    assert re.fullmatch(r"(\+|typed:(\+|[A-Z]{2}:))\d+(;ext=\d+)?", key), "a key of no known kind"
    typed = key.rpartition(":")[2]  # what a person would type to get it
    assert phone_match_key(typed, region) == key, "a key is not its own key"
    if key.startswith("+"):
        assert phone_match_key(key) == key, "a valid number needs a region"
    for spelling in (f" {text} ", unicodedata.normalize("NFD", text)):
        assert phone_match_key(spelling, region) == key, "another spelling has another key"


def region(source: Source) -> None:
    """`phone_match_key` with any region: `InvalidArgument`, or one of phonenumbers' (P1)."""
    given: Any = source.anything(1)
    try:
        phone_match_key("650 253 0000", given)
    except InvalidArgument as error:
        _check_error(error)
    else:
        assert given is None or given.upper() in SUPPORTED_REGIONS


def contact(source: Source) -> None:
    """`ContactInfo.from_wix` of anything; what it gives is a fixed point (A5, faults 1 to 25)."""
    policy = source.pick((STRICT, LENIENT))
    given = _contact_info(source)
    try:
        with _bounded():
            info = ContactInfo.from_wix(given, policy=policy)
    except WixCRMError as error:
        return _check_error(error)
    documented = info.to_wix()
    again = ContactInfo.from_wix(documented, policy=policy)
    assert again.to_wix() == documented, "no fixed point"
    if not info.custom_fields and not info.other_members:
        assert again == info, "no fixed point"
    return None


def upsert(source: Source) -> None:
    """`upsert_contact` of anything: all or nothing, and a second call changes nothing (G1, U4)."""
    crm, policy = _crm(STRICT), source.pick((STRICT, LENIENT))
    calls = [_contact_info(source) for _ in range(1 + source.number(3))]
    with _undone(crm):
        for given in calls:
            stored = crm.count_contacts()
            try:
                with _bounded():
                    done = crm.upsert_contact(given, policy=policy)
            except WixCRMError as error:
                _check_error(error)
                assert crm.count_contacts() == stored, "an error left something behind"
                continue
            again = crm.upsert_contact(given, policy=policy)
            assert again.contact_id == done.contact_id, "a second call found another contact"
            assert again.action in ("unchanged", "kept"), "a second call changed something"
            found = crm.get_contact(done.contact_id).to_wix()
            assert ContactInfo.from_wix(found).to_wix() == found, "no fixed point"
            json.dumps(found, allow_nan=False).encode()


def template(source: Source) -> None:
    """`triggered_emails.save` and `preview`: one pass, and no value leaves its place (T1 to T5)."""
    crm = _crm(source.pick((STRICT, LENIENT)))
    parts = {part: _part(source) for part in ("subject", "html", "text")}
    variables, required = _declared(source)
    given = _variables(source) if source.often() else source.anything(2)
    with _undone(crm):
        try:
            with _bounded():
                crm.triggered_emails.save("x", variables=variables, required=required, **parts)
            with _bounded():
                mail = crm.triggered_emails.preview("x", given)
        except WixCRMError as error:
            return _check_error(error)
    return _check_mail(parts, mail)


def _check_mail(parts: dict[str, Any], mail: RenderedEmail) -> None:
    values = dict(mail.variables)
    if parts["text"] is not None:
        assert mail.text == _filled(parts["text"], values), "not one pass"
    if mail.html is not None:
        escaped = {name: html.escape(value) for name, value in values.items()}
        assert mail.html == _filled(parts["html"], escaped), "a value is not escaped once"
        harmless = _filled(parts["html"], dict.fromkeys(values, "x"))
        assert _Tags(mail.html).seen == _Tags(harmless).seen, "a value became markup"
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]|\s\s|^\s|\s$", mail.subject), "not one line"
    assert is_storable(f"{mail.subject}{mail.html}{mail.text}"), "no file can hold it"


def _filled(source: str, values: dict[str, str]) -> str:
    """T2 in one expression: what `rendering` must come to."""
    mark = r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}"
    return re.sub(mark, lambda found: values[found[1]] if found[1] else "${", source)


class _Tags(HTMLParser):
    """The tags of a page, and the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, ...]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append((f"/{tag}",))

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        return self.parse_bogus_comment(i)  # Python 3.11 raises for those it doesn't know


def _part(source: Source) -> Any:
    match source.number(8):
        case 0:
            return None
        case 1:
            return source.anything(1)
        case _:
            return source.text(words.TEMPLATE)


def _declared(source: Source) -> tuple[Any, Any]:
    """Variables with fallbacks and those without; the templates use all of them."""
    match source.number(4):
        case 0:
            return source.anything(2), ()
        case 1:
            return None, (*words.VARIABLES, *source.some(lambda: source.pick(words.VARIABLES)))
        case _:
            return {name: source.text(words.VALUE) for name in words.VARIABLES}, ()


def _variables(source: Source) -> dict[str, str]:
    names = source.some(lambda: source.pick(words.VARIABLES))
    return {name: source.text(words.VALUE) for name in names}


def _phone_text(source: Source, region: str | None) -> str:
    examples = _examples(region) if source.often() else ()
    return source.text((*examples, *words.PHONE))


@cache
def _examples(region: str | None) -> tuple[str, ...]:
    """A region's own example numbers, as they are dialled at home and abroad."""
    types, forms = phonenumbers.PhoneNumberType, phonenumbers.PhoneNumberFormat
    found = [
        phonenumbers.example_number_for_type(region or "US", type)
        for type in (types.FIXED_LINE, types.MOBILE)
    ]
    return tuple(
        phonenumbers.format_number(number, form)
        for number in found
        if number is not None
        for form in (forms.NATIONAL, forms.INTERNATIONAL, forms.RFC3966)
    )


def _contact_info(source: Source) -> Any:
    """Mostly a mapping with members, now and then anything at all."""
    if source.number(12) == 11:
        return source.anything()
    members: dict[Any, Any] = {}
    for _ in range(1 + source.number(7)):
        name = source.pick(words.MEMBERS) if source.often() else source.anything(0)
        if isinstance(name, str | int | float | None):
            members[name] = _member(source, name)
    if source.number(10) == 9:
        known = {field.name for field in attrs.fields(ContactInfo)} & members.keys()
        return ContactInfo(**{name: members[name] for name in known})
    return members


def _member(source: Source, name: object) -> Any:
    """What often fits the member of this name."""
    if not source.often():
        return source.anything()
    match name:
        case "emails":
            return source.some(lambda: source.text(words.EMAIL)) or ["ana@example.com"]
        case "phones":
            return source.some(lambda: _phone_text(source, "US"))
        case "loginEmail" | "login_email":
            return source.text(words.EMAIL)
        case "labels":
            return source.some(lambda: source.pick(("Customer", "customer ", "VIP", "")))
        case "customFields" | "custom_fields":
            return {source.pick(("Score", "Note", "score", "Site")): source.anything(1)}
        case _:
            return source.text()


@cache
def _crm(policy: Policy) -> CRM:
    """A store in memory with a label, a field of each type and a contact."""
    crm = CRM(default_region="US", policy=policy)
    crm.labels.create("Customer")
    for name, type in _FIELDS:
        crm.custom_fields.create(name, type)
    crm.create_contact({"emails": ["ana@example.com"], "phones": ["650 253 0000"]})
    return crm


class _Undo(Exception):
    """Ends a transaction without a trace."""


@contextmanager
def _undone(crm: CRM) -> Iterator[None]:
    try:
        with crm.transaction():
            yield
            raise _Undo
    except _Undo:
        return


TARGETS: dict[str, Callable[[Source], None]] = {
    target.__name__: target for target in (email, phone, region, contact, upsert, template)
}
