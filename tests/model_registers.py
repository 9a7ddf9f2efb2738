"""The model's registers of labels and custom fields, and what fits a field (G3 to G6)."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

from model_reading import CLEARED, clean, folded

from wixcrm_local import (
    CustomFieldExists,
    CustomFieldNotFound,
    InvalidArgument,
    InvalidContactInfo,
    InvalidCustomFieldValue,
    LabelExists,
    LabelNotFound,
)

Entry = dict[str, Any]


class Register:
    """What labels and custom fields share; `model` is whoever keeps contacts and time."""

    kind: str
    longest: int
    not_found: type[Exception]
    exists: type[Exception]

    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def entries(self) -> list[Entry]:
        return self._model.state[self.kind]

    def get(self, name: Any) -> Entry:
        found = self.find(self._checked(name))
        if found is None:
            raise self.not_found("")
        return dict(found)

    def list(self) -> list[Entry]:
        return [dict(entry) for entry in self.entries]

    def rename(self, name: Any, new_name: Any) -> Entry:
        cleaned = self._checked(new_name)
        key = self.get(name)["key"]
        other = self._named(cleaned)
        if other is not None and other["key"] != key:
            raise self.exists("")
        entry = self.with_key(key)
        entry["name"] = cleaned
        return dict(entry)

    def delete(self, name: Any) -> None:
        key = self.get(name)["key"]
        self._model.take_from_all(self.kind, key)
        self._model.state[self.kind] = [entry for entry in self.entries if entry["key"] != key]

    def find(self, name: str) -> Entry | None:
        """G4: by name in any case, then by key."""
        return self._named(name) or self.with_key(name)

    def with_key(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry["key"] == key), None)

    def add(self, name: str, **extra: str) -> Entry:
        word = "-".join(re.findall(r"[^\W_]+", folded(name))) or "unnamed"
        key, number = f"custom.{word}", 2
        while self.with_key(key):
            key, number = f"custom.{word}-{number}", number + 1
        self.entries.append({"key": key, "name": name, **extra, "created_at": self._model.now()})
        return self.entries[-1]

    def _named(self, name: str) -> Entry | None:
        return next((one for one in self.entries if folded(one["name"]) == folded(name)), None)

    def _create(self, name: Any, exist_ok: bool, **extra: str) -> Entry:
        cleaned = self._checked(name)
        found = self._named(cleaned)
        if found is None:
            return dict(self.add(cleaned, **extra))
        if not exist_ok or not extra.items() <= found.items():
            raise self.exists("")
        return dict(found)

    def _checked(self, name: Any) -> str:
        try:
            cleaned = clean(name, is_name=True)
        except (TypeError, ValueError):
            cleaned = ""
        if not cleaned or len(cleaned) > self.longest:
            raise InvalidArgument("")
        return cleaned


class Labels(Register):
    """G4: the labels."""

    kind, longest = "labels", 180
    not_found, exists = LabelNotFound, LabelExists

    def create(self, name: Any, *, exist_ok: bool = False) -> Entry:
        return self._create(name, exist_ok)


class CustomFields(Register):
    """G5: the custom fields, each with its type."""

    kind, longest = "custom_fields", 150
    not_found, exists = CustomFieldNotFound, CustomFieldExists

    def create(self, name: Any, type: Any = "text", *, exist_ok: bool = False) -> Entry:
        if type not in ("text", "number", "date", "url"):
            raise InvalidArgument("")
        return self._create(name, exist_ok, type=type)


def type_for(value: Any) -> str:
    """The type of a field that is made for its first value (G3)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return "date" if isinstance(value, date) else "text"


def fitted(value: Any, kind: str) -> str | int | float:
    """G6: the value as it is kept, dates as ISO text; ValueError where it does not fit."""
    if kind == "number":
        return _number(value)
    if kind == "date":
        return _date(value).isoformat()
    if not isinstance(value, str) or len(value) > 10_000:
        raise ValueError
    text = clean(value.replace("\r\n", "\n").replace("\r", "\n"), breaks="\t\n")
    if kind == "url" and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", text):
        raise ValueError
    return text


def _number(value: Any) -> int | float:
    if isinstance(value, str):
        value = int(value) if re.fullmatch(r"\s*[+-]?\d+\s*", value) else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _date(value: Any) -> date:
    if isinstance(value, str):
        text = value.strip()
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    if not isinstance(value, date):
        raise ValueError
    return value


def given_back(kept: Any, kind: str) -> Any:
    """A kept value as callers see it; a text that is no date stays one under any field."""
    if kind == "date" and isinstance(kept, str):
        try:
            return _date(kept)
        except ValueError:
            return kept
    return kept


def fit(field: Entry, value: Any, path: str, values: Entry, problems: list[Any]) -> None:
    """G6: a value for a field that may have one only once."""
    if field["key"] in values:
        problems.append((InvalidContactInfo, path))
        return
    try:
        is_cleared = value is CLEARED
        values[field["key"]] = None if is_cleared else fitted(value, field["type"])
    except ValueError:
        problems.append((InvalidCustomFieldValue, path))


def refuse(problems: list[tuple[type[InvalidContactInfo], str]]) -> None:
    """C5: one error for all, of the kind they share."""
    if problems:
        kinds = {error for error, _ in problems}
        listed = [{"code": error.default_code, "path": path} for error, path in problems]
        kind = kinds.pop() if len(kinds) == 1 else InvalidContactInfo
        raise kind("", details={"problems": listed})
