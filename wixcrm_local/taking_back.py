"""What a contact was before a change, by its history. Pure.

Members stand in the form that the history keeps: JSON-able, labels and fields by their keys, and
none that has no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Members = dict[str, Any]
_NOTHING: tuple[Any, ...] = (None, [], {})


def take_back(state: Members, before: Mapping[str, Any]) -> None:
    """Turns the members after a change into those before it."""
    for name, value in before.items():
        if name == "custom_fields":
            fields = {**state.get(name, {}), **value}
            value = {key: item for key, item in fields.items() if item is not None}
        if value in _NOTHING:
            state.pop(name, None)
        else:
            state[name] = value


def changed_again(state: Mapping[str, Any], after: Mapping[str, Any]) -> Members:
    """The members of `after` that are not any more what a change made them."""
    changed: Members = {}
    for name, value in after.items():
        if name == "custom_fields":
            now = state.get(name, {})
            value = {key: item for key, item in value.items() if now.get(key) != item}
            is_other = bool(value)
        else:
            is_other = _or_nothing(state.get(name)) != _or_nothing(value)
        if is_other:
            changed[name] = value
    return changed


def touches(after: Mapping[str, Any], members: Mapping[str, Any]) -> bool:
    """Whether a change was of any of these members, or fields."""
    for name, value in members.items():
        if name in after and (name != "custom_fields" or after[name].keys() & value.keys()):
            return True
    return False


def _or_nothing(value: object) -> object:
    return None if value in _NOTHING else value
