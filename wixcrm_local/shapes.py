"""Reads the shapes of Wix's newer contact APIs as the documented ones (section 8, shapes="any"),
and says of each, where it is refused, which API it belongs to. Pure.

Law: no email address or phone number of a shape is lost in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from wixcrm_local import errors, naming
from wixcrm_local.cleaning import PhoneKey, is_blank
from wixcrm_local.model import WIX_NAMES
from wixcrm_local.phone_number import phone_match_key
from wixcrm_local.problems import Problems
from wixcrm_local.text import as_path, kind_of, shortened

# Members of Wix's newer contact APIs, and what createContact has in their place.
_NEWER = {
    "name": "firstName and lastName, two texts",
    "email": "emails, a list of texts",
    "phone": "phones, a list of texts",
    "labelKeys": "labels, a list of texts",
    "extendedFields": "customFields, a mapping",
    "info": "its members themselves, without the wrapper",
    "contact": "its members themselves, without the wrapper",
    "primaryInfo": "emails and phones, two lists of texts",
}
_WRAPPERS = ("info", "contact")
_LISTS = {"emails": "emails", "email": "emails", "phones": "phones", "phone": "phones"}
_LISTS |= {"labels": "labels", "labelKeys": "labels"}
_MAPPINGS = {"customFields": "customFields", "extendedFields": "customFields"}
_NAMES = {"first": "firstName", "last": "lastName"}
_SNAKE_CASE = {name: wix for name, wix in WIX_NAMES.items() if name != wix}
_SNAKE_CASE |= {
    "label_keys": "labelKeys",
    "extended_fields": "extendedFields",
    "primary_info": "primaryInfo",
}


def is_newer_member(name: str) -> bool:
    """Whether a member belongs to Wix's newer contact APIs."""
    return name in _NEWER


def newer_api_hint(name: str) -> str:
    """What to say where a member of Wix's newer contact APIs is given (section 8)."""
    return (
        "belongs to Wix's newer contacts API (v4 and later); "
        f"createContact has {_NEWER[name]}, in its place; or pass policy=LENIENT, which reads it"
    )


def explain_unknown(
    name: str, value: object, problems: Problems, nearest: Sequence[str] = ()
) -> None:
    """Adds the problem of a member that is neither documented nor the name of a custom field."""
    if is_newer_member(name):
        problems.add(errors.UnknownMember, name, newer_api_hint(name))
        return
    fits = (
        "" if isinstance(value, (str, int, float, date)) else f", and its value is {kind_of(value)}"
    )
    problems.add(
        errors.UnknownMember,
        as_path(name),
        f"is no member of contactInfo and no custom field{fits}; "
        f"{naming.suggestion(nearest)}leave it out, or make a custom field of that name",
        nearest=list(nearest),
    )


class Documented:
    """A contactInfo of any shape, brought into the documented one.

    `members` is what `wire.read` takes; `paths` tells for a place in it where the value stood in
    what was given.
    """

    def __init__(self, given: Mapping[Any, Any], phone_key: PhoneKey, problems: Problems) -> None:
        self.members: dict[Any, Any] = {}
        self.paths: dict[str, str] = {}
        self._primary: dict[str, list[tuple[bool, str, Any]]] = {}
        self._phone_key = phone_key
        self._problems = problems
        self._take_all(given, "")
        for name, found in self._primary.items():
            found.sort(key=lambda item: not item[0])  # a primary address is written to first
            self.members[name] = [value for _, _, value in found]
            self.paths |= {f"{name}[{place}]": path for place, (_, path, _) in enumerate(found)}

    def path(self, place: str) -> str:
        """Where the value at a place of the documented shape stood: emails.items[0].email."""
        if place in self.paths:
            return self.paths[place]
        member, bracket, rest = place.partition("[")
        return self.paths.get(member, member) + bracket + rest

    def _take_all(self, given: Mapping[Any, Any], at: str) -> None:
        for key, value in given.items():
            self._take(_SNAKE_CASE.get(key, key) if isinstance(key, str) else key, value, at)

    def _take(self, key: Any, value: Any, at: str) -> None:
        path = f"{at}{as_path(key) if isinstance(key, str) else kind_of(key)}"
        if key in _LISTS:
            self._take_list(_LISTS[key], value, path)
        elif key in _WRAPPERS and isinstance(value, Mapping) and not at:
            self._take_all(value, f"{path}.")
        elif key == "name" and isinstance(value, Mapping):
            for part in filter(value.__contains__, _NAMES):
                self._set(_NAMES[part], value.get(part), f"{path}.{part}")
        elif key == "primaryInfo" and isinstance(value, Mapping):
            for name in filter(value.__contains__, ("email", "phone")):
                self._take_list(_LISTS[name], value.get(name), f"{path}.{name}")
        elif key in _MAPPINGS:
            self._take_mapping(_MAPPINGS[key], value, path)
        else:
            self._set(key, value, path)

    def _set(self, name: Any, value: Any, path: str) -> None:
        """A single value; given in two shapes it must be the same, or be blank in one."""
        kept = self.members.get(name)
        if is_blank(kept):
            self.members[name] = value
            if isinstance(name, str):
                self.paths[as_path(name)] = path
        elif not is_blank(value) and not _are_same(value, kept):
            self._explain_two(path, name)

    def _explain_two(self, path: str, place: str) -> None:
        self._problems.add(
            errors.InvalidContactInfo,
            path,
            f"is given in two shapes with two values, also as {self.path(place)}; keep one",
        )

    def _take_mapping(self, name: str, value: Any, path: str) -> None:
        if is_blank(value):
            return
        if not isinstance(value, Mapping):
            self._problems.add(
                errors.InvalidMemberType,
                path,
                f'must be a mapping, not {kind_of(value)}; write {{"Lead score": 85}}',
            )
            return
        items = value.get("items")
        if len(value) == 1 and isinstance(items, Mapping):
            value, path = items, f"{path}.items"
        kept = self.members.setdefault(name, {})
        self.paths.setdefault(name, path)
        for key, item in value.items():
            place = f"[{shortened(key)}]" if isinstance(key, str) else ""
            if is_blank(kept.get(key)):
                kept[key] = item
                self.paths[name + place] = path + place
            elif not is_blank(item) and not _are_same(item, kept[key]):
                self._explain_two(path + place, name + place)

    def _take_list(self, name: str, value: Any, path: str) -> None:
        found = self._primary.setdefault(name, [])
        for item_path, item in _items(value, path):
            if not isinstance(item, Mapping):
                found.append((False, item_path, item))
                continue
            inner, text = self._text_of(name, item)
            if inner is None:
                self._explain_item(name, item, item_path)
            else:
                found.append((item.get("primary") is True, f"{item_path}.{inner}", text))

    def _text_of(self, name: str, item: Mapping[Any, Any]) -> tuple[str | None, Any]:
        """The member of an item that holds its address, and the address."""
        given = [inner for inner in _INNER[name] if inner in item]
        filled = [inner for inner in given if not is_blank(item[inner])]
        for inner in filled or given:
            text = item[inner]
            if inner == "phone":
                text = _with_country(text, item.get("countryCode"), self._phone_key)
            return inner, text
        return None, None

    def _explain_item(self, name: str, item: Mapping[Any, Any], path: str) -> None:
        if all(is_blank(value) for value in item.values()):
            return
        wanted = " or ".join(_INNER[name])
        self._problems.add(
            errors.InvalidMemberType,
            path,
            f"is {kind_of(item)} without {wanted}, so nothing of it can be kept; "
            f'give the text alone, or {{"{_INNER[name][0]}": "…"}}',
        )


_INNER = {"emails": ("email",), "phones": ("phone", "e164Phone"), "labels": ("key", "displayName")}


def _are_same(one: object, other: object) -> bool:
    """Of containers only itself is the same: comparing what a caller nested may never end."""
    return one is other or (
        isinstance(one, (str, int, float)) and isinstance(other, (str, int, float)) and one == other
    )


def _items(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """What a list holds, a bare value as its one item, each with its path."""
    if isinstance(value, Mapping) and "items" in value:
        rest = {key: item for key, item in value.items() if key != "items"}
        if rest:  # whatever else stands there is an item of its own, or a mistake
            yield path, rest
        value, path = value["items"], f"{path}.items"
    if isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield f"{path}[{place}]", item
    elif not is_blank(value):
        yield path, value


def _with_country(text: Any, country: Any, phone_key: PhoneKey) -> Any:
    """A national number of another country than the store's in its E.164 form (P1).

    The country is no part of what is kept, so a number that needs it would be read in the
    store's region.
    """
    if not isinstance(text, str) or not isinstance(country, str):
        return text
    key = _tried(lambda: phone_match_key(text, country))
    if key is None or not key.startswith("+") or key == _tried(lambda: phone_key(text.strip())):
        return text
    return key


def _tried(key: Callable[[], str | None]) -> str | None:
    try:
        return key()
    except ValueError:  # an unknown country, or no phone number: cleaning will say so
        return None
