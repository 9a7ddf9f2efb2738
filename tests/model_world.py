"""A small world for comparing a store with the model: few people, in which calls meet often, and
the mistakes that callers make."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from wixcrm_local import LENIENT, STRICT, ContactInfo, Policy

Strategy = st.SearchStrategy[Any]
one = st.sampled_from

ANA, BO, CY = "ana@example.com", "bo@example.com", "cy@example.com"
ALL_EMAILS = [
    ANA, "ANA@Example.com", " ana@example.com ", BO, "Bo@example.com", CY, "cy+x@example.com",
    "müller@bücher.test", "MÜLLER@xn--bcher-kva.test",
]  # fmt: skip
EMAILS = one(ALL_EMAILS)
ALL_PHONES: list[Any] = [
    "+1 650 253 0000", "(650) 253-0000", "001 650-253-0000", 16502530000, "6502530000",
    "+44 20 7031 3000", "020 7031 3000", "+442070313000", "650 253 0001 ext. 5", "555 01009",
    "0000000000", "1234567", "123", "+44 20 7012",
]  # fmt: skip
PHONES = one(ALL_PHONES)
FIRST_NAMES = one(["Ana", "Bo", "ana ", "\u200fAna", "", None])
LAST_NAMES = one(["Diaz", "Lee", " ", None])
LANGUAGES = one(["es", "pt-BR", None])
PICTURES = one(["https://example.com/a.png", "b.png"])
LABELS = one(["VIP", "vip", " Lead ", "lead", "Größe", "custom.grösse", "", None])
NEW_LABELS = one(["VIP", "Lead", "lead", "Größe", "GRÖSSE", "custom.vip", "Not yet", " \u200e"])
FIELDS = {"Score": "number", "Note": "text", "Birthday": "date", "Site": "url"}
TYPES = one(["text", "number", "date", "url"])
BERLIN = timezone(timedelta(hours=1))
VALUES = {
    "Score": one([5, 5.0, "5", 0, -1.5, " 1e3 ", 2**62, None]),
    "Note": one(["red", "blue", " red ", "two\r\nlines", "2026-01-31", ""]),
    "Birthday": one([
        date(1990, 5, 17), "1990-05-17", datetime(1990, 5, 17, 8, 30),
        datetime(1990, 5, 17, 8, 30, tzinfo=BERLIN), "1990-05-17T08:30+01:00",
    ]),
    "Site": one(["https://example.com/", "mailto:ana@example.com"]),
}  # fmt: skip
NUMBERS = st.integers(0, 60)

SOME_EMAILS = st.lists(EMAILS, min_size=1, max_size=3)
SOME_PHONES = st.lists(PHONES, min_size=1, max_size=3)
BLANKS = one([None, "", [], [None, " "]])
SOME_FIELDS: Strategy = st.fixed_dictionaries({}, optional=VALUES) | st.fixed_dictionaries(
    {}, optional={"score": VALUES["Score"], "custom.note": VALUES["Note"]}
)

_FEW: dict[str, Strategy] = {
    "firstName": FIRST_NAMES,
    "lastName": LAST_NAMES,
    "labels": st.lists(LABELS, max_size=3),
    "customFields": SOME_FIELDS,
}
_OTHERS: dict[str, Strategy] = {
    "firstName": FIRST_NAMES,
    "language": LANGUAGES,
    "picture": PICTURES,
    "labels": st.lists(LABELS, max_size=3),
    "Note": VALUES["Note"],
    "score": VALUES["Score"],
}
_MANY = st.builds(lambda at: [f"m{n}@example.com" for n in range(at, at + 30)], NUMBERS)

GOOD: Strategy = st.one_of(
    st.fixed_dictionaries({"emails": SOME_EMAILS}, optional=_FEW | {"phones": BLANKS}),
    st.fixed_dictionaries({"phones": SOME_PHONES}, optional=_FEW | {"emails": BLANKS}),
    st.fixed_dictionaries({"emails": SOME_EMAILS, "phones": SOME_PHONES}, optional=_FEW),
    st.fixed_dictionaries({"emails": SOME_EMAILS, "phones": SOME_PHONES}, optional=_OTHERS),
    st.fixed_dictionaries(
        {"phones": SOME_PHONES, "loginEmail": EMAILS}, optional=_OTHERS | {"emails": SOME_EMAILS}
    ),
)
CROWDED: Strategy = st.builds(lambda email, more: {"emails": [email, *more]}, EMAILS, _MANY)

PEOPLE: list[Any] = [
    {"firstName": "Ana", "emails": [ANA], "phones": ["+1 650 253 0000"], "labels": ["Lead"]},
    {"emails": [BO], "labels": ["VIP"], "Note": "red"},
    {"phones": ["+44 20 7031 3000"], "loginEmail": CY},
]
WELCOME: Any = {
    "subject": "Hi ${name}",
    "html": "<p>${name}</p>",
    "variables": {"name": "you"},
    "unsubscribe_url": "https://example.com/leave?who=${name}",
}
FIRST_MAILS = [{"variables": {"name": "<b>${name}"}}, None, {}]

MISTAKES = one([
    {"emails": [ANA, "nobody"]}, {"emails": ANA}, {"emails": 5}, {"emails": [5, None, "nobody"]},
    {"emails": {"a": 1}}, {"emails": [{"email": ANA}]}, {"emails": ["x" * 320 + "@example.com"]},
    {"emails": ["a\0@example.com"]}, {"emails": [f"m{n}@example.com" for n in range(51)]},
    {"emails": []}, {"emails": "", "phones": [None]}, {"emails": [" "], "phones": ["0000000000"]},
    {"phones": ["call me"]}, {"phones": [6.5]}, {"phones": [True]}, {"phones": ["6.5e9"]},
    {"phones": ["1" * 51]}, {"phones": 6502530000}, {"phones": ["+1 650 253 0000 / 650 253 0001"]},
    {"phones": [-5]}, {"firstName": 5}, {"firstName": "x" * 1_001}, {"lastName": "A\0"},
    {"firstName": "Ana", "first_name": "Ana"}, {"picture": "p" * 2_049}, {"language": ["es"]},
    {"loginEmail": "none"}, {"loginEmail": 5}, {"loginEmail": "  "},
    {"labels": ["Nope", "nope", "Never"]}, {"labels": "VIP"}, {"labels": [5]},
    {"labels": ["x" * 181, "Lead"]}, {"labels": ["VIP", "V\0"]},
    {"customFields": {"Nope": 1}}, {"customFields": {"Nope": None}}, {"customFields": 5},
    {"customFields": {"Score": "many", "Note": 5}}, {"customFields": {"Score": True}},
    {"customFields": {"Birthday": "1990-02-30"}}, {"customFields": {"Score": float("nan")}},
    {"customFields": {"Score": 2**63}}, {"customFields": {"Note": "x" * 10_001}},
    {"customFields": {"Score": 1, "custom.score": 2}}, {"customFields": {"Site": "no url"}},
    {"customFields": {str(n): n for n in range(101)}},
    {"customFields": {"Later": date(2026, 1, 31)}},
    {"Score": "many"}, {"Score": [1]}, {"Nope": "x"}, {"Nope": ["x"]}, {"Nope": None},
    {"Lead score": 5}, {5: "x"}, {"A\0": "x"},
    {"email": BO}, {"name": {"first": "Ana"}}, {"info": {"emails": [BO]}},
])  # fmt: skip
CLEARING: Strategy = st.fixed_dictionaries(
    {},
    optional={
        "firstName": FIRST_NAMES,
        "last_name": LAST_NAMES,
        "picture": one(["", None, "c.png"]),
        "language": LANGUAGES,
        "emails": BLANKS | SOME_EMAILS,
        "phones": BLANKS | SOME_PHONES,
        "labels": BLANKS | st.lists(LABELS, max_size=3),
        "customFields": one([None, {}, {"Score": None}, {"note": "", "Score": 5}, {"Nope": ""}]),
        "Birthday": one([None, "", "1990-05-17"]),
        "loginEmail": one([None, ""]) | EMAILS,
    },
)
NO_INFO = one([None, ANA, 5, [], {}, [("emails", [ANA])]])


def _item(texts: Strategy, inner: str) -> Strategy:
    return texts | st.fixed_dictionaries({inner: texts}, optional={"primary": st.booleans()})


def _lists(texts: Strategy, inner: str) -> Strategy:
    items = st.lists(_item(texts, inner), max_size=3)
    return texts | items | items.map(lambda found: {"items": found})


_TURKISH = st.just({"phone": "0532 123 45 67", "countryCode": "TR"})
_SHAPED: Strategy = st.fixed_dictionaries(
    {},
    optional={
        "emails": _lists(EMAILS | st.just("nobody"), "email"),
        "email": EMAILS,
        "phones": _lists(PHONES, "phone") | st.lists(_TURKISH, min_size=1, max_size=1),
        "phone": PHONES,
        "primaryInfo": st.fixed_dictionaries({}, optional={"email": EMAILS, "phone": PHONES}),
        "name": st.fixed_dictionaries({}, optional={"first": FIRST_NAMES, "last": LAST_NAMES}),
        "firstName": FIRST_NAMES,
        "first_name": FIRST_NAMES,
        "labels": _lists(LABELS, "key"),
        "labelKeys": _lists(LABELS, "displayName"),
        "extendedFields": SOME_FIELDS | SOME_FIELDS.map(lambda fields: {"items": fields}),
        "Nope": one(["x", ""]),
    },
)
SHAPED = (
    _SHAPED | _SHAPED.map(lambda info: {"info": info}) | _SHAPED.map(lambda info: {"contact": info})
)


def _as_contact_info(info: dict[Any, Any]) -> ContactInfo:
    members = {"emails": info.get("emails", ()), "phones": info.get("phones", ())}
    members |= {"first_name": info.get("firstName"), "labels": info.get("labels", ())}
    others = {name: info[name] for name in ("Note", "score", "Nope") if name in info}
    return ContactInfo(**members, other_members=others)


def _mistaken(info: Any, mistakes: list[Any]) -> Any:
    for mistake in mistakes:
        info = info | mistake
    return info


def _of_two_shapes(newer: dict[str, Any], documented: dict[str, Any]) -> dict[str, Any]:
    return newer | documented


INFOS: Strategy = st.one_of(
    GOOD,
    GOOD,
    GOOD,
    GOOD.map(_as_contact_info),
    st.builds(_mistaken, GOOD, st.lists(MISTAKES, min_size=1, max_size=2)),
    CROWDED,
    SHAPED,
    st.builds(_of_two_shapes, SHAPED, GOOD),
    NO_INFO,
)

EDITS: Strategy = st.one_of(
    CLEARING,
    CLEARING,
    CLEARING.map(lambda info: {name: info[name] for name in list(info)[:2]}),
)
REVISIONS = one([None, None, None, None, 0, 0, 1, "1", True])

DAYS = one([0, 0.02, 0.5, 1, 1, 30, 90, 90, -1, True, "90", 10**9])

ARRAYS = one(["add", "replace"])
SHARED_PHONES = one(["match", "separate", "separate"])
MATCH_ON = one(["email_or_phone", "email_then_phone", "email_then_phone", "email", "phone", "none"])
ANY_POLICY = st.builds(
    Policy,
    arrays=ARRAYS,
    match_on=MATCH_ON,
    unknown_names=one(["error", "ignore", "create"]),
    members=one(["error", "keep"]),
    variables=one(["strict", "convert"]),
    unsubscribed=one(["suppress", "error"]),
    shapes=one(["documented", "any"]),
    shared_phones=SHARED_PHONES,
)
STORE_POLICIES = st.just(STRICT) | st.just(LENIENT) | ANY_POLICY
POLICIES = (
    st.none()
    | STORE_POLICIES
    | st.builds(Policy, arrays=ARRAYS, match_on=MATCH_ON, shared_phones=SHARED_PHONES)
)

VARIABLES: Strategy = one([
    None, {}, {"name": "Ana"}, {"name": ""}, {"name": "<b>${code}</b> & 'x'", "code": "1"},
    {"name": "Ana\r\nBcc: x"}, {"name": 5}, {"name": None}, {"code": True}, {"nmae": "Ana"},
    {"code": date(2026, 1, 31), "name": 1.5}, {"name": "\0"}, {"code": ["x"]}, {"x": 1, "name": 5},
    "name", 5,
])  # fmt: skip
GOOD_OPTIONS = one([{"variables": {"name": name}} for name in ("Ana", "", "<b>", "${name}&")])
OPTIONS = st.one_of(
    GOOD_OPTIONS,
    VARIABLES.map(lambda given: {"variables": given}),
    one([None, {}, {"name": "Ana"}, {"variables": {}, "subject": "Hi"}, "Hi", ["x"]]),
)
EMAIL_IDS = one(
    ["welcome", "welcome", "welcome", " welcome ", "news", "nobody's", "", "a\0", 5, None]
)
BODIES: Strategy = one([
    {"text": "Hello ${name}, $5 $name $${name}"},
    {"html": "<p>Hello <b>${name}</b> 5 &lt; 6 ${code}</p>"},
    {"html": "<p>${name}</p>", "text": "${code}"},
    {"text": "no placeholder"},
])  # fmt: skip
GOOD_TEMPLATES: Strategy = st.builds(
    lambda *parts: {name: part[name] for part in parts for name in part},
    st.just({"subject": "Hi ${name}\t!", "variables": {"name": "friend"}}),
    BODIES,
    one([
        {"variables": {"name": "friend", "code": "${name}"}},
        {"variables": {"code": "<0>"}, "required": ["name"]},
        {"variables": {"name": "", "code": "0", "spare": "?"}, "from_address": "shop@example.com"},
        {"variables": None, "required": ["code", "name"], "from_address": " Shop@Bücher.test "},
    ]),
)  # fmt: skip
BAD_TEMPLATES: Strategy = one([
    {"subject": " "}, {"subject": 5}, {"html": None, "text": None}, {"text": "${"}, {"text": ""},
    {"text": "${other}"}, {"variables": {"name": None}}, {"variables": {"a b": ""}},
    {"required": "name"}, {"required": ["name"], "variables": {"name": ""}}, {"variables": 5},
    {"from_address": "nobody"}, {"from_address": 5}, {"html": "\0"}, {"required": 5},
])  # fmt: skip
TEMPLATES = st.one_of(
    GOOD_TEMPLATES,
    GOOD_TEMPLATES,
    st.builds(lambda good, bad: good | bad, GOOD_TEMPLATES, BAD_TEMPLATES),
)

ANSWERS: Strategy = st.lists(
    one(
        ["sent", "sent", "temporary", "permanent", "dead", "uncertain", "uncertain", "unavailable"]
    ),
    max_size=5,
)
LIMITS = one([None, None, None, 1, 2, 0, True, "1"])
MINUTES = one([1, 2, 14, 16, 16, 60, 5 * 60, 25 * 60, 3 * 24 * 60, 6 * 24 * 60, -30])
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEYS = one(["a", "a", " a", "b", "b", "", "a\0", "x" * 201, 5])
TERMS: Strategy = st.fixed_dictionaries(
    {},
    optional={
        "idempotency_key": KEYS,
        "send_at": one(
            [
                NOON,
                NOON + timedelta(hours=2),
                NOON.astimezone(BERLIN),
                "noon",
                NOON.replace(tzinfo=None),
            ]
        ),
        "expires_in": one([60, 600.0, timedelta(days=1), timedelta(days=30), 0, True, "1"]),
    },
)
ADDRESSES = one(
    [ANA, " ANA@example.com", BO, CY, "müller@xn--bcher-kva.test", "nobody", "a@", "", 5]
)
REASONS = one(["manual", "unsubscribed", "bounced", "complained", "angry"])


# What is typed into a search: beginnings, parts of addresses, and digits of the numbers above.
SEARCHED = ["a", "00", "an", "ana", "na", "@ex", "example", "com", "bob", "b", "é", "Jos", "ö", "-"]
SEARCHED += ["650", "253", "0000", "+1 650", "(650) 253-0000", "20", "5551", "x", "ana@example.com"]

# Queries, each with what it says of a contact as it is shown.
QUERIES: list[tuple[Any, Any]] = [
    ({"firstName": None}, lambda one: not one["first_name"]),
    ({"isMember": True}, lambda one: one["is_member"]),
    ({"subscription": "unsubscribed"}, lambda one: one["subscription"] == "unsubscribed"),
    ({"revision": {"more_than": 1}}, lambda one: one["revision"] > 1),
    ({"labels": None}, lambda one: not one["labels"]),
    ({"phones": {"is_blank": False}}, lambda one: bool(one["phones"])),
    (
        {"emails": {"contains": "@EXAMPLE."}},
        lambda one: "@example." in " ".join(one["emails"]).lower(),
    ),
    ({"language": {"not_equals": "de"}}, lambda one: one["language"] != "de"),
    (
        {"phones": {"ends_with": "00"}},
        lambda one: any(_digits(each).endswith("00") for each in one["phones"]),
    ),
]


def _digits(number: str) -> str:
    return "".join(str(unicodedata.digit(each)) for each in number if each.isdecimal())
