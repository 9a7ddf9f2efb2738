"""What update_contact reads: which members are named, and what they are to be (U6)."""

from __future__ import annotations

import pytest

from wixcrm_local import ContactInfo, InsufficientContactInfo, Policy, wire
from wixcrm_local.edits import Edit, read, refuse_without_identity
from wixcrm_local.model import Keyed, Profile
from wixcrm_local.problems import Problems


def edit_of(given: object, policy: Policy | None = None) -> Edit:
    problems = Problems()
    edit = read(given, str, problems, policy or Policy())
    problems.raise_if_any()
    return edit


def test_only_what_is_given_is_named() -> None:
    """U6: a blank is named as well as a value is."""
    edit = edit_of({"firstName": "", "last_name": "Diaz", "emails": []})
    assert edit.named == {"first_name", "last_name", "emails"}
    assert edit.draft.profile == Profile(last_name="Diaz")


def test_custom_fields_are_no_named_member() -> None:
    """U6, U3: each has its value, or the mark that clears it."""
    edit = edit_of({"customFields": {"a": " ", "b": 5}, "Flat": None, "Other": "x"})
    assert edit.named == frozenset()
    assert edit.draft.custom_fields == {"a": wire.CLEARED, "b": 5}
    assert edit.draft.other_members == {"Flat": wire.CLEARED, "Other": "x"}


def test_a_contact_info_that_is_as_when_nothing_is_given_names_nothing() -> None:
    """U6, A4: also under the shapes of the newer APIs."""
    for policy in (Policy(), Policy(shapes="any")):
        assert edit_of(ContactInfo(), policy).named == frozenset()
        assert edit_of(ContactInfo(first_name="", labels=[""]), policy).named == {
            "first_name",
            "labels",
        }


def test_a_documented_member_wins_over_a_field_of_its_name() -> None:
    """G5: as in createContact."""
    edit = edit_of(ContactInfo(first_name="Ana", other_members={"firstName": "Bea"}))
    assert edit.draft.profile.first_name == "Ana"


def test_what_has_an_identity_is_let_through() -> None:
    """C1: an email, or a number that is no placeholder."""
    refuse_without_identity(Profile(emails=(Keyed("a@b.test", "a@b.test"),)))
    refuse_without_identity(Profile(phones=(Keyed("0000000000", None), Keyed("1", "+1"))))
    with pytest.raises(InsufficientContactInfo):
        refuse_without_identity(Profile(phones=(Keyed("0000000000", None),)))
