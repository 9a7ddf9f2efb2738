"""The values that callers get: frozen, comparable, picklable, ready for JSON."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date

import attrs
import pytest

from wixcrm_local import CRM, Contact, ContactInfo
from wixcrm_local.model import WIX_NAMES, Keyed, ReadOnlyDict

ANA = "ana@example.com"

CHANGES = [
    lambda it: it.__setitem__("a", 2),
    lambda it: it.__delitem__("a"),
    lambda it: it.update(a=2),
    lambda it: it.pop("a"),
    lambda it: it.popitem(),
    lambda it: it.setdefault("b", 2),
    lambda it: it.clear(),
    lambda it: it.__ior__({"b": 2}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_read_only_dict_can_t_be_changed(change) -> None:
    """A4: frozen all through; the error says how to get a copy."""
    kept = ReadOnlyDict(a=1)
    with pytest.raises(TypeError, match=r"make a dict\(…\)"):
        change(kept)
    assert kept == {"a": 1}


def test_a_read_only_dict_is_a_dict_otherwise() -> None:
    """A4: it reads, compares, copies, pickles and dumps as JSON like one."""
    kept = ReadOnlyDict(a=1)
    assert json.dumps(kept) == '{"a": 1}'
    for twin in (pickle.loads(pickle.dumps(kept)), copy.copy(kept), copy.deepcopy(kept)):
        assert twin == kept
        assert type(twin) is ReadOnlyDict
    changed = dict(kept)
    changed["b"] = 2
    assert kept | {"b": 2} == changed


def values(crm: CRM) -> list[object]:
    """One of each kind of value."""
    label = crm.labels.create("VIP")
    field = crm.custom_fields.create("Birthday", "date")
    email = crm.triggered_emails.save("x", subject="x", text="${a}", variables={"a": ""})
    info = ContactInfo(emails=[ANA], labels=["VIP"], custom_fields={"Birthday": date(1990, 5, 17)})
    result = crm.upsert_contact(info)
    crm.create_contact({"emails": [ANA], "firstName": "Ana"})
    contact = crm.get_contact(result.contact_id)
    return [label, field, email, info, result, contact, *crm.history(contact.id)]


def test_values_are_frozen_and_picklable(crm: CRM) -> None:
    """A4: equal after pickling and copying, hashable, and not to be changed."""
    for value in values(crm):
        assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)
        assert hash(value) == hash(copy.deepcopy(value))
        name = attrs.fields(type(value))[0].name
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, None)


def test_the_documented_members_in_the_documentation_s_order() -> None:
    """A4: ContactInfo and Contact have all nine, in snake_case."""
    assert list(WIX_NAMES.values()) == [
        "firstName",
        "lastName",
        "picture",
        "emails",
        "loginEmail",
        "phones",
        "labels",
        "language",
        "customFields",
    ]
    for kind in (ContactInfo, Contact):
        assert WIX_NAMES.keys() <= {field.name for field in attrs.fields(kind)}


def test_to_wix_of_little(crm: CRM) -> None:
    """A5: only the members that have a value."""
    assert ContactInfo().to_wix() == {}
    assert crm.get_contact(crm.create_contact({"phones": ["6502530000"]})).to_wix() == {
        "phones": ["6502530000"]
    }


def test_to_wix_is_a_copy_to_do_with_as_one_likes(crm: CRM) -> None:
    """A5: lists are lists, and changing them changes no contact."""
    contact = crm.get_contact(crm.create_contact({"emails": [ANA]}))
    contact.to_wix()["emails"].append("x")
    assert contact.emails == (ANA,)


def test_identity_of_what_has_no_key() -> None:
    """P2: two placeholders are one only where they are written alike."""
    assert Keyed("a", "key").identity == Keyed("b", "key").identity
    assert Keyed("a", None).identity != Keyed("b", None).identity
