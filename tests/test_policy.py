"""Policies: section 8. What each switch does is tested with the rule it belongs to."""

from __future__ import annotations

import pickle

import attrs
import pytest

from wixcrm_local import STRICT, InvalidArgument, Policy


def test_strict_is_the_default() -> None:
    """Section 8: the documentation to the letter."""
    assert Policy() == STRICT
    assert attrs.asdict(STRICT) == {
        "arrays": "add",
        "match_on": "email_or_phone",
        "unknown_names": "error",
        "members": "error",
        "variables": "strict",
        "unsubscribed": "suppress",
        "shapes": "documented",
        "shared_phones": "match",
    }


def test_a_policy_is_a_frozen_printable_value() -> None:
    """Section 8: frozen, printable; evolve changes one switch."""
    keep = attrs.evolve(STRICT, members="keep")
    assert (keep.members, STRICT.members) == ("keep", "error")
    assert eval(repr(keep)) == keep == pickle.loads(pickle.dumps(keep))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        keep.members = "error"


@pytest.mark.parametrize("switch", [field.name for field in attrs.fields(Policy)])
@pytest.mark.parametrize("value", ["", "perhaps", None, 5, ["add"]])
def test_a_switch_has_few_positions(switch: str, value: object) -> None:
    """Section 8: validated; the message lists the positions there are."""
    with pytest.raises(InvalidArgument) as caught:
        Policy(**{switch: value})
    assert f"Policy has no {switch}={value!r}; choose one of " in caught.value.message
    assert getattr(STRICT, switch) in caught.value.details["choices"]
