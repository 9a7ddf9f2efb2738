"""The shapes of Wix's newer contact APIs: refused with the way out, or read (section 8)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    LENIENT,
    STRICT,
    ContactInfo,
    InsufficientContactInfo,
    InvalidContactInfo,
    InvalidMemberType,
    Policy,
    WixCRMError,
    WixCRMWarning,
)

ANA = "ana@example.com"
BO = "bo@example.com"
PHONE = "(650) 253-0000"
TURKISH = "0532 123 45 67"
ANY = Policy(shapes="any")

# What live sites pass: the shape, what STRICT says besides the path, and what LENIENT keeps.
SHAPES: list[Any] = [
    ({"name": {"first": "Ana", "last": "Diaz"}, "emails": [ANA]},
     "firstName and lastName, two texts",
     {"firstName": "Ana", "lastName": "Diaz", "emails": [ANA]}),
    ({"name": {"first": "Li", "last": ""}, "emails": [ANA], "phones": []},
     "firstName and lastName, two texts",
     {"firstName": "Li", "emails": [ANA]}),
    ({"emails": [{"tag": "MAIN", "email": ANA}]},
     "give the text alone, 'ana@example.com'",
     {"emails": [ANA]}),
    ({"emails": [{"email": BO}, {"email": ANA, "primary": True}]},
     "give the text alone, 'bo@example.com'",
     {"emails": [ANA, BO]}),
    ({"emails": {"items": [{"email": ANA, "tag": "WORK"}]}},
     "write ['ana@example.com']",
     {"emails": [ANA]}),
    ({"emails": ANA}, "write ['ana@example.com']", {"emails": [ANA]}),
    ({"firstName": "Ayse", "email": ANA, "phone": PHONE},
     "createContact has emails, a list of texts",
     {"firstName": "Ayse", "emails": [ANA], "phones": [PHONE]}),
    ({"email": ANA, "emails": [BO]},
     "createContact has emails, a list of texts",
     {"emails": [ANA, BO]}),
    ({"phones": [{"phone": PHONE, "countryCode": "US", "tag": "MOBILE"}]},
     "give the text alone, '(650) 253-0000'",
     {"phones": [PHONE]}),
    ({"phones": [{"phone": TURKISH, "countryCode": "TR"}]},
     "give the text alone, '0532 123 45 67'",
     {"phones": ["+905321234567"]}),
    ({"phones": [{"e164Phone": "+905321234567"}]},
     "give the text alone",
     {"phones": ["+905321234567"]}),
    ({"phones": [{"phone": "", "e164Phone": "+905321234567"}]},
     "give the text alone",
     {"phones": ["+905321234567"]}),
    ({"emails": {"items": [{"email": ANA}], "email": BO}},
     "write ['ana@example.com']",
     {"emails": [BO, ANA]}),
    ({"phones": 6502530000}, "write ['+44 20 7946 0958']", {"phones": ["6502530000"]}),
    ({"emails": [ANA], "labels": "VIP"}, "write ['VIP']", {"emails": [ANA], "labels": ["VIP"]}),
    ({"emails": [ANA], "labelKeys": ["custom.vip"]},
     "createContact has labels, a list of texts",
     {"emails": [ANA], "labels": ["VIP"]}),
    ({"emails": [ANA], "labelKeys": {"items": ["custom.vip"]}},
     "createContact has labels, a list of texts",
     {"emails": [ANA], "labels": ["VIP"]}),
    ({"emails": [ANA], "extendedFields": {"custom.score": 72}},
     "createContact has customFields, a mapping",
     {"emails": [ANA], "customFields": {"Score": 72}}),
    ({"emails": [ANA], "extendedFields": {"items": {"custom.score": 72}}},
     "createContact has customFields, a mapping",
     {"emails": [ANA], "customFields": {"Score": 72}}),
    ({"info": {"name": {"first": "A"}, "emails": {"items": [{"email": ANA}]}}},
     "its members themselves, without the wrapper",
     {"firstName": "A", "emails": [ANA]}),
    ({"contact": {"name": {"first": "Maria"}, "emails": [{"email": ANA}]}},
     "its members themselves, without the wrapper",
     {"firstName": "Maria", "emails": [ANA]}),
    ({"primaryInfo": {"email": ANA, "phone": PHONE}},
     "emails and phones, two lists of texts",
     {"emails": [ANA], "phones": [PHONE]}),
    ({"emails": [ANA], "phones": [None], "lastName": None}, None, {"emails": [ANA]}),
]  # fmt: skip


def store(policy: Policy = STRICT) -> CRM:
    crm = CRM(default_region="US", policy=policy)
    crm.labels.create("VIP")
    crm.custom_fields.create("Score", "number")
    return crm


@pytest.mark.parametrize(("shape", "remedy", "_"), SHAPES)
def test_strict_says_how_to_mend_each_shape(shape: Any, remedy: str | None, _: Any) -> None:
    """Section 8: a shape that STRICT refuses gets a message that alone is enough to mend it."""
    with store() as crm:
        if remedy is None:
            crm.create_contact(shape)
            return
        with pytest.raises(InvalidContactInfo) as caught:
            crm.create_contact(shape)
        assert remedy in caught.value.message
        assert crm.count_contacts() == 0


@pytest.mark.parametrize(("shape", "_", "kept"), SHAPES)
def test_lenient_reads_each_shape(shape: Any, _: Any, kept: dict[str, Any]) -> None:
    """Section 8: bare values and the newer APIs' shapes are accepted, for a store or one call."""
    with store() as crm, store(LENIENT) as lenient:
        assert crm.get_contact(crm.create_contact(shape, policy=LENIENT)).to_wix() == kept
        assert lenient.get_contact(lenient.create_contact(shape)).to_wix() == kept


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ({"emails": {"items": [{"email": ANA}, {"email": "bo@"}]}}, "emails.items[1].email"),
        ({"info": {"emails": [{"email": "bo@"}]}}, "info.emails[0].email"),
        ({"email": "bo@"}, "email"),
        ({"contact": {"name": {"first": 5}, "emails": [ANA]}}, "contact.name.first"),
        ({"primaryInfo": {"phone": "none"}}, "primaryInfo.phone"),
        ({"emails": [{"email": ANA}], "labelKeys": {"items": ["VIB"]}}, "labelKeys.items[0]"),
        ({"emails": [ANA], "extendedFields": {"scoer": 5}}, "extendedFields['scoer']"),
        ({"emails": [{"email": ANA, "primary": True}, {"tag": "MAIN"}]}, "emails[1]"),
        ({"emails": [{"address": BO}]}, "emails[0]"),
        ({"phones": [{"number": PHONE}]}, "phones[0]"),
    ],
)
def test_a_problem_is_named_where_the_caller_wrote_it(shape: Any, path: str) -> None:
    """C5: the path is that of the shape that was given, not of the one it is read as."""
    with store(ANY) as crm:
        with pytest.raises(InvalidContactInfo) as caught:
            crm.create_contact(shape)
        assert [problem["path"] for problem in caught.value.details["problems"]] == [path]
        assert crm.count_contacts() == 0


def test_two_shapes_of_one_value() -> None:
    """Section 8: a value given in two shapes must be the same in both, or be blank in one."""
    with store(ANY) as crm:
        info: dict[str, Any] = {"emails": [ANA], "firstName": "Ana", "name": {"first": "Ana"}}
        crm.create_contact(info)
        crm.create_contact({**info, "firstName": ""})
        crm.create_contact({**info, "name": {"first": None}})
        with pytest.raises(InvalidContactInfo, match="in two shapes with two values") as caught:
            crm.create_contact({**info, "firstName": "Anna"})
        assert "name.first" in caught.value.message
        assert "firstName" in caught.value.message


def test_what_holds_itself_is_read_once() -> None:
    """Fault 6: a structure without an end is refused or left out, and nothing recurses."""
    endless: list[Any] = []
    endless.append(endless)
    mapping: dict[str, Any] = {"email": ANA}
    mapping["info"] = mapping["contact"] = mapping["emails"] = mapping
    with store(LENIENT) as crm:
        with pytest.raises(WixCRMError):
            crm.create_contact({"x": endless, "info": {"x": [endless], "emails": endless}})
        with pytest.raises(WixCRMError):
            crm.create_contact({"emails": {"items": endless}, "name": {"first": endless}})
        with pytest.warns(WixCRMWarning):
            assert crm.get_contact(crm.create_contact(mapping)).emails == (ANA,)


def test_fields_of_both_shapes_are_united() -> None:
    """U3: customFields and extendedFields are one mapping."""
    with store(ANY) as crm:
        crm.custom_fields.create("Note")
        id = crm.create_contact(
            {"email": ANA, "customFields": {"Note": "x"}, "extendedFields": {"Score": 1}}
        )
        assert crm.get_contact(id).custom_fields == {"Note": "x", "Score": 1}


def test_members_that_createContact_has_not_are_left_out_with_a_warning() -> None:
    """Section 8: under LENIENT what is unknown is ignored, reported, and warned of by name."""
    info = {
        "email": ANA,
        "addresses": [{"street": "12 Elm St"}],
        "subscriptionStatus": "NOT_SET",
        "labels": ["VIP", None, "website"],
        "customFields": {"priority": "high"},
    }
    with store(LENIENT) as crm:
        with pytest.warns(WixCRMWarning, match="labels: website; customFields: priority; addresse"):
            result = crm.upsert_contact(info)
        assert result.ignored == (
            "labels: website",
            "customFields: priority",
            "addresses",
            "subscriptionStatus",
        )
        assert crm.get_contact(result.contact_id).labels == ("VIP",)


def test_a_shape_without_an_address_is_insufficient() -> None:
    """C1: Wix itself makes a contact without an email of some of these; here it is an error."""
    with store(LENIENT) as crm:
        for info in ({"name": {"first": "Ana"}}, {"contact": {"emails": []}}, {"info": {}}, {}):
            with pytest.raises(InsufficientContactInfo):
                crm.create_contact(info)


@pytest.mark.parametrize("given", [None, 5, ANA, [ANA], [("emails", [ANA])]])
def test_what_is_no_mapping_is_none_under_any_policy(given: Any) -> None:
    """C5: the shapes are shapes of a mapping."""
    with store(LENIENT) as crm, pytest.raises(InvalidMemberType, match="must be a mapping"):
        crm.create_contact(given)


def test_a_contact_info_may_hold_bare_values() -> None:
    """A4: a ContactInfo is read under the same policy as a mapping."""
    with store(LENIENT) as crm:
        info = ContactInfo(emails=ANA, first_name="Ana", other_members={"phone": PHONE})
        contact = crm.get_contact(crm.create_contact(info))
        assert (contact.emails, contact.phones, contact.first_name) == ((ANA,), (PHONE,), "Ana")


def test_from_wix_takes_a_policy() -> None:
    """A5: the documented form of any shape, ready for STRICT."""
    info = ContactInfo.from_wix({"info": {"email": ANA, "name": {"last": "Diaz"}}}, policy=LENIENT)
    assert info.to_wix() == {"lastName": "Diaz", "emails": [ANA]}
    assert ContactInfo.from_wix(info.to_wix()) == info


_EMAILS = st.integers(0, 99).map(lambda number: f"user{number}@example.com")
_PHONES = st.integers(2_530_000, 2_539_999).map(lambda number: f"+1650{number}")


def _items(texts: st.SearchStrategy[str], inner: str) -> st.SearchStrategy[Any]:
    item = texts | texts.map(lambda text: {inner: text, "tag": "MAIN"})
    lists = st.lists(item, max_size=4)
    return item | lists | lists.map(lambda items: {"items": items})


_INFOS = st.fixed_dictionaries(
    {},
    optional={
        "emails": _items(_EMAILS, "email"),
        "email": _EMAILS,
        "phones": _items(_PHONES, "phone"),
        "phone": _PHONES,
        "primaryInfo": st.fixed_dictionaries({}, optional={"email": _EMAILS, "phone": _PHONES}),
        "name": st.just({"first": "Ana"}),
    },
)


def _texts_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_texts_in(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts_in, value))
    return {value} if isinstance(value, str) and ("@" in value or "+" in value) else set()


@given(_INFOS | _INFOS.map(lambda info: {"info": info}) | _INFOS.map(lambda i: {"contact": i}))
def test_no_shape_loses_an_address(info: Any) -> None:
    """Section 8: every email and phone of a shape is kept, or the call is refused."""
    with store(LENIENT) as crm:
        try:
            contact = crm.get_contact(crm.create_contact(info))
        except WixCRMError:
            assert not _texts_in(info)
            return
        assert {*contact.emails, *contact.phones} == _texts_in(info)
