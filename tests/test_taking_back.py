"""What a contact was before a change, by its history alone (U5)."""

from __future__ import annotations

from typing import Any

from wixcrm_local.taking_back import changed_again, take_back, touches


def test_what_had_no_value_is_gone_again() -> None:
    """U5: members and single fields; what the change was not of stays."""
    state: dict[str, Any] = {"first_name": "Bea", "custom_fields": {"a": 1, "b": 2}, "emails": "x"}
    take_back(state, {"first_name": None, "custom_fields": {"a": None}})
    assert state == {"custom_fields": {"b": 2}, "emails": "x"}
    take_back(state, {"custom_fields": {"b": None, "c": 3}, "labels": []})
    assert state == {"custom_fields": {"c": 3}, "emails": "x"}
    take_back(state, {"custom_fields": {"c": None}})
    assert state == {"emails": "x"}


def test_a_member_changed_again_when_it_is_not_what_the_change_made_it() -> None:
    """U5: fields one by one; an empty list is as none, and 5.0 is no other value than 5."""
    state = {"first_name": "Bea", "custom_fields": {"a": 5.0, "b": 2}}
    after = {"first_name": "Bea", "labels": [], "custom_fields": {"a": 5, "c": None}}
    assert changed_again(state, after) == {}
    after = {"first_name": None, "emails": ["x"], "custom_fields": {"a": 5, "b": 3}}
    assert changed_again(state, after) == {
        "first_name": None,
        "emails": ["x"],
        "custom_fields": {"b": 3},
    }


def test_a_change_touches_members_and_single_fields() -> None:
    """U5: another field of the same contact is another matter."""
    after = {"first_name": None, "custom_fields": {"a": 1}}
    assert touches(after, {"first_name": "x"})
    assert touches(after, {"custom_fields": {"a": 2, "b": 2}})
    assert not touches(after, {"custom_fields": {"b": 2}, "last_name": "x"})
