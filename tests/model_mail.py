"""The model's Triggered Emails, and the mails that they make (T1 to T7)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from model_reading import clean, email_key

from wixcrm_local import (
    InvalidArgument,
    InvalidTriggeredEmail,
    InvalidVariable,
    MissingVariable,
    TriggeredEmailNotFound,
    UnknownVariable,
)

Stored = dict[str, Any]
NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
MARK = rf"\$\$\{{|\$\{{({NAME})\}}"


def names_in(source: str) -> set[str]:
    """T2: the placeholders of a text; ValueError for a `${` that begins none."""
    if "${" in re.sub(MARK, "", source):
        raise ValueError
    return {mark[1] for mark in re.finditer(MARK, source) if mark[1]}


def filled(source: str, values: Mapping[str, str]) -> str:
    """T2: in one pass; `$${` writes `${`."""
    return re.sub(MARK, lambda mark: values[mark[1]] if mark[1] else "${", source)


def text_of(source: str) -> tuple[str, dict[str, str]]:
    """T5: the text of simple html, each placeholder as one letter, and what the letters mean."""
    letters: dict[str, str] = {}

    def marked(mark: re.Match[str]) -> str:
        letter = chr(0xE000 + len(letters))
        letters[letter] = mark[0]
        return letter

    bare = re.sub(r"<[^>]*>", "", re.sub(MARK, marked, source))
    return html.unescape(bare).strip(), letters


def rendered(email: Stored, given: Any, policy: str) -> Stored:
    """T2 to T5: the mail that these values make."""
    fallbacks = email["variables"]
    values = _values(fallbacks, given, converts=policy == "convert")
    if any(fallback is None and name not in values for name, fallback in fallbacks.items()):
        raise MissingVariable("")
    complete = {name: values.get(name, fallback) for name, fallback in fallbacks.items()}
    escaped = {name: html.escape(value) for name, value in complete.items()}
    if email["text"] is not None:
        text = filled(email["text"], complete)
    else:
        bare, letters = text_of(email["html"])
        text = "".join(filled(letters.get(letter, letter), complete) for letter in bare)
    subject, url = filled(email["subject"], complete), email["unsubscribe_url"]
    if url is not None:
        url = filled(url, {name: quote(value, safe="") for name, value in complete.items()})
        if len(url) > 900:
            raise InvalidVariable("")
    return {
        "subject": re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", subject).strip(),
        "html": None if email["html"] is None else filled(email["html"], escaped),
        "text": text,
        "variables": complete,
        "fell_back": tuple(name for name in fallbacks if name not in values),
        "unsubscribe_url": url,
    }


def _values(fallbacks: Stored, given: Any, *, converts: bool) -> dict[str, str]:
    """T3, T4: the values that are given, by the names that the mail has."""
    if given is not None and not isinstance(given, Mapping):
        raise InvalidVariable("")
    values = {}
    for name, value in (given or {}).items():
        if name not in fallbacks:
            if not converts:
                raise UnknownVariable("")
            continue
        if converts:
            value = _converted(value)
            if value is None:
                continue
        if not isinstance(value, str) or re.search("[\0\ud800-\udfff]", value):
            raise InvalidVariable("")
        values[name] = value
    return values


def values_asked(names: Iterable[str], given: Any, policy: str) -> Stored:
    """What a call gives a mail of these variables, to tell whether another gives the same."""
    return {
        name: str(_converted(value))
        for name, value in (given or {}).items()
        if value is not None and (policy != "convert" or name in names)
    }


def _converted(value: Any) -> Any:
    """T3: numbers, bools and dates become text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else value


class TriggeredEmails:
    """T1: the templates; `model` is whoever keeps state and time."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def _saved(self) -> dict[str, Stored]:
        return self._model.state["triggered_emails"]

    def save(
        self,
        id: Any,
        *,
        subject: Any,
        html: Any = None,
        text: Any = None,
        variables: Any = None,
        required: Any = (),
        from_address: Any = None,
        unsubscribe_url: str | None = None,
    ) -> Stored:
        try:
            id = clean(id)
            declared = _declared(variables, required)
            parts = [part for part in (subject, html, text) if part is not None]
            is_whole = all(part.strip() and "\0" not in part for part in parts)
            is_declared = set().union(*map(names_in, parts)) <= set(declared)
            from_address = None if from_address is None else clean(from_address)
        except (AttributeError, TypeError, ValueError):
            raise InvalidTriggeredEmail("") from None
        has_body = subject is not None and (html is not None or text is not None)
        has_sender = from_address is None or email_key(from_address) is not None
        is_named = 0 < len(id) <= 200
        if not (is_named and is_whole and is_declared and has_body and has_sender):
            raise InvalidTriggeredEmail("")
        now = self._model.now()
        old = self._saved.get(id, {"revision": 0, "created_at": now, "updated_at": now})
        self._saved[id] = {
            "id": id,
            "subject": subject,
            "html": html,
            "text": text,
            "variables": declared,
            "from_address": from_address,
            "unsubscribe_url": unsubscribe_url,
            "revision": old["revision"] + 1,
            "created_at": old["created_at"],
            "updated_at": max(now, old["updated_at"]),
        }
        return self._saved[id]

    def get(self, id: Any) -> Stored:
        if not isinstance(id, str):
            raise InvalidArgument("")
        if id.strip() not in self._saved:
            raise TriggeredEmailNotFound("")
        return self._saved[id.strip()]

    def list(self) -> list[Stored]:
        return list(self._saved.values())

    def delete(self, id: Any) -> None:
        del self._saved[self.get(id)["id"]]

    def preview(self, id: Any, variables: Any = None) -> Stored:
        email = self.get(id)
        mail = rendered(email, variables, self._model.policy.variables)
        self._model.reports_ignored = bool(set(variables or ()) - set(email["variables"]))
        return mail


def _declared(variables: Any, required: Any) -> Stored:
    """T2: each variable with its fallback, None where it is required; ValueError otherwise."""
    if isinstance(required, str) or not isinstance(required, Iterable):
        raise ValueError
    fallbacks = {} if variables is None else dict(variables.items())
    if not all(isinstance(one, str) and "\0" not in one for one in fallbacks.values()):
        raise ValueError
    if set(fallbacks) & set(required):
        raise ValueError
    declared = fallbacks | dict.fromkeys(required)
    if not all(re.fullmatch(NAME, name) for name in declared):
        raise ValueError
    return declared
