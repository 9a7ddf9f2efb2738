"""Labels, and what all registers have in common: G3, G4, with naming.py and register.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import (
    CRM,
    InvalidArgument,
    InvalidCustomFieldValue,
    InvalidEmail,
    Label,
    LabelExists,
    LabelNotFound,
    Policy,
    WixCRMWarning,
)
from wixcrm_local.naming import key_from_name, nearest, suggestion

ANA = "ana@example.com"


def test_a_label_must_exist(any_crm: CRM) -> None:
    """G3: LabelNotFound names the label, its place, the nearest names and the mend."""
    any_crm.labels.create("Newsletter")
    with pytest.raises(LabelNotFound) as caught:
        any_crm.create_contact({"emails": [ANA], "labels": [None, "Newsleter"]})
    error = caught.value
    assert isinstance(error, LookupError)
    assert error.message == (
        "labels[1]: there is no label 'Newsleter'; did you mean 'Newsletter'? "
        "make it with crm.labels.create('Newsleter'), once"
    )
    assert error.details["name"] == "Newsleter"
    assert error.details["nearest"] == ["Newsletter"]
    assert any_crm.count_contacts() == 0


def test_nothing_is_suggested_where_nothing_is_like_it(crm: CRM) -> None:
    """G3: a wild guess helps nobody."""
    crm.labels.create("Newsletter")
    with pytest.raises(LabelNotFound) as caught:
        crm.create_contact({"emails": [ANA], "labels": ["VIP"]})
    assert "did you mean" not in caught.value.message


@pytest.mark.parametrize(
    "name", ["My Label", "my label", "MY LABEL", " My Label ", "custom.my-label"]
)
def test_a_label_is_found_by_name_then_case_then_key(any_crm: CRM, name: str) -> None:
    """G4: by its display name, case-insensitively, or by its key."""
    any_crm.labels.create("My Label")
    id = any_crm.create_contact({"emails": [ANA], "labels": [name]})
    assert any_crm.get_contact(id).labels == ("My Label",)
    assert any_crm.labels.get(name).key == "custom.my-label"


def test_a_name_goes_before_a_key(crm: CRM) -> None:
    """G4: the display name comes first, even if it reads like another label's key."""
    crm.labels.create("VIP")
    crm.labels.create("custom.vip")
    assert crm.labels.get("custom.vip").name == "custom.vip"


def test_one_text_is_one_label(crm: CRM) -> None:
    """G4: commas are not split."""
    crm.labels.create("a")
    crm.labels.create("b")
    with pytest.raises(LabelNotFound, match="'a, b'"):
        crm.create_contact({"emails": [ANA], "labels": ["a, b"]})
    crm.labels.create("a, b")
    id = crm.create_contact({"emails": [ANA], "labels": ["a, b"]})
    assert crm.get_contact(id).labels == ("a, b",)


def test_two_names_of_one_label_are_one(crm: CRM) -> None:
    """G4: a contact carries a label once."""
    crm.labels.create("VIP")
    id = crm.create_contact({"emails": [ANA], "labels": ["vip", "custom.vip", "VIP"]})
    assert crm.get_contact(id).labels == ("VIP",)


def test_renaming_keeps_the_key_and_the_contacts(any_crm: CRM) -> None:
    """G4: the key is made from the first name; renaming keeps it."""
    any_crm.labels.create("Lead")
    id = any_crm.create_contact({"emails": [ANA], "labels": ["Lead"]})
    renamed = any_crm.labels.rename("lead", "Prospect")
    assert (renamed.key, renamed.name) == ("custom.lead", "Prospect")
    assert any_crm.get_contact(id).labels == ("Prospect",)
    assert any_crm.get_contact(id).revision == 1
    with pytest.raises(LabelNotFound):
        any_crm.labels.get("Lead")
    assert any_crm.labels.rename("Prospect", "PROSPECT").name == "PROSPECT"


def test_deleting_takes_the_label_from_its_contacts(any_crm: CRM, clock) -> None:
    """G4, U5: a real change of each contact that had it, with its entry in the history."""
    for name in ("VIP", "Lead"):
        any_crm.labels.create(name)
    id = any_crm.create_contact({"emails": [ANA], "labels": ["VIP", "Lead"]})
    other = any_crm.create_contact({"emails": ["bob@example.com"], "labels": ["Lead"]})
    clock.move(hours=1)
    any_crm.labels.delete("vip")
    assert [label.name for label in any_crm.labels.list()] == ["Lead"]
    contact = any_crm.get_contact(id)
    assert (contact.labels, contact.revision, contact.updated_at) == (("Lead",), 2, clock.now)
    assert any_crm.history(id)[-1].verb == "delete_label"
    assert any_crm.get_contact(other).revision == 1


def test_create_get_list(any_crm: CRM, clock) -> None:
    """G4: names are unique without regard to case, and listed oldest first."""
    made = any_crm.labels.create(" VIP ")
    assert made == Label(key="custom.vip", name="VIP", created_at=clock.now)
    any_crm.labels.create("Another")
    assert [label.name for label in any_crm.labels.list()] == ["VIP", "Another"]
    with pytest.raises(LabelExists) as caught:
        any_crm.labels.create("vip")
    assert caught.value.details == {"name": "VIP", "key": "custom.vip"}
    assert any_crm.labels.create("vip", exist_ok=True) == made


def test_another_label_s_name_is_refused(crm: CRM) -> None:
    """G4: renaming never makes two of one name."""
    crm.labels.create("VIP")
    crm.labels.create("Lead")
    with pytest.raises(LabelExists):
        crm.labels.rename("Lead", "vip")
    assert crm.labels.get("Lead").name == "Lead"


@pytest.mark.parametrize("name", [None, 5, "", " ", "\ufeff", "a\0", "\ud800", "x" * 181, ["VIP"]])
def test_what_can_t_be_a_name(crm: CRM, name: object) -> None:
    """C3, C6: a name is a clean, visible, short text."""
    for verb in (crm.labels.create, crm.labels.get, crm.labels.delete):
        with pytest.raises(InvalidArgument, match="the name of a label"):
            verb(name)


@pytest.mark.parametrize("verb", ["get", "delete"])
def test_an_unknown_name_is_not_found(crm: CRM, verb: str) -> None:
    """G3: with the nearest, as in createContact."""
    crm.labels.create("Newsletter")
    with pytest.raises(LabelNotFound, match="did you mean 'Newsletter'"):
        getattr(crm.labels, verb)("newsletters")


# Policies.


def test_unknown_labels_ignored(any_crm: CRM) -> None:
    """G3: left out, the rest is saved; they stand in `ignored` and in a warning."""
    any_crm.labels.create("VIP")
    info = {"emails": [ANA], "labels": ["Nope", "VIP"]}
    with pytest.warns(WixCRMWarning, match="labels: Nope"):
        result = any_crm.upsert_contact(info, policy=Policy(unknown_names="ignore"))
    assert result.ignored == ("labels: Nope",)
    assert any_crm.get_contact(result.contact_id).labels == ("VIP",)


def test_a_list_of_only_unknown_labels_counts_as_not_given(crm: CRM) -> None:
    """G3: even where given lists replace the stored ones."""
    crm.labels.create("VIP")
    id = crm.create_contact({"emails": [ANA], "labels": ["VIP"]})
    policy = Policy(unknown_names="ignore", arrays="replace")
    with pytest.warns(WixCRMWarning):
        result = crm.upsert_contact({"emails": [ANA], "labels": ["Nope"]}, policy=policy)
    assert result.action == "unchanged"
    assert crm.get_contact(id).labels == ("VIP",)


def test_unknown_labels_created(crm: CRM) -> None:
    """G3: the policy "create" makes them."""
    policy = Policy(unknown_names="create")
    id = crm.create_contact({"emails": [ANA], "labels": ["New One"]}, policy=policy)
    assert crm.get_contact(id).labels == ("New One",)
    assert crm.labels.get("new one").key == "custom.new-one"


def test_a_refused_call_creates_no_label(crm: CRM) -> None:
    """C5: nothing is written where anything is wrong."""
    policy = Policy(unknown_names="create")
    with pytest.raises(InvalidEmail):
        crm.create_contact({"emails": ["none"], "labels": ["New"]}, policy=policy)
    crm.custom_fields.create("Score", "number")
    with pytest.raises(InvalidCustomFieldValue):
        crm.create_contact({"emails": [ANA], "labels": ["New"], "Score": "high"}, policy=policy)
    assert crm.labels.list() == ()


# Names, pure.


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("My Label", "custom.my-label"),
        ("  VIP!!", "custom.vip"),
        ("GFE_Lead #2", "custom.gfe-lead-2"),
        ("Straße", "custom.strasse"),
        ("ПРИВЕТ мир", "custom.привет-мир"),
        ("🚀", "custom.unnamed"),
    ],
)
def test_key_from_name(name: str, key: str) -> None:
    """G4: custom.my-label, made from the first name."""
    assert key_from_name(name, lambda key: False) == key


def test_a_taken_key_gets_a_number() -> None:
    """G4: two names may make one word, never one key."""
    taken = {"custom.vip", "custom.vip-2"}
    assert key_from_name("VIP!", taken.__contains__) == "custom.vip-3"


def test_nearest_knows_no_case_and_gives_the_best_first() -> None:
    """G3: what a typing error, a plural or another case would make of a name."""
    names = ["Newsletter", "News", "Customer"]
    assert nearest("NEWSLETTERS", names) == ["Newsletter"]
    assert nearest("custmer", names) == ["Customer"]
    assert nearest("zzz", names) == []


@given(name=st.text(max_size=300), names=st.lists(st.text(max_size=10), max_size=5))
def test_nearest_names_are_some_of_the_names(name: str, names: list[str]) -> None:
    """G3: only what there is, is suggested."""
    assert set(nearest(name, names)) <= set(names)


def test_suggestion() -> None:
    """G3: the middle of a sentence, or nothing."""
    assert suggestion(["a", "b"]) == "did you mean 'a' or 'b'? "
    assert suggestion([]) == ""
