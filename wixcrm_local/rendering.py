"""Fills a Triggered Email: `${name}` becomes its value, once and in one pass (T2 to T5). Pure.

Law: a value is never expanded again, and no value can leave its place in the html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import attrs

from wixcrm_local import errors, naming, text
from wixcrm_local.model import ReadOnlyDict, TriggeredEmail

# Patterns are compiled by `re` at their first use: few programs send mail at their start.
LONGEST_MAIL = 10_000_000  # characters of one part; servers take 10 to 50 MB
LONGEST_VALUE = 100_000  # characters of one variable: a long letter, and no memory of 30 MB
LONGEST_URL = 900  # characters; a header's line has at most 998 (RFC 5322)
VARIABLE_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
# `$${`, a placeholder, or a `${` that is neither.
_MARK = r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}|\$\{"
_REFUSED = "[\0\ud800-\udfff]"
_HTML_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)
_SUBJECT_SPACE = r"[\s\x00-\x1f\x7f-\x9f]+"


@attrs.frozen(kw_only=True)
class RenderedEmail:
    """A mail's content with its variables filled in; `fell_back` names those not given."""

    subject: str
    html: str | None
    text: str
    variables: Mapping[str, str] = attrs.field(hash=False)
    fell_back: tuple[str, ...]
    unsubscribe_url: str | None = None


class Template(NamedTuple):
    """One part of a mail, split once: texts and, between them, names of variables."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    size: int  # of the texts, in characters

    def length(self, values: Mapping[str, str]) -> int:
        """How many characters `filled` would give."""
        return self.size + sum([len(values[name]) for name in self.names])

    def filled(self, values: Mapping[str, str]) -> str:
        pieces = [""] * (2 * len(self.names) + 1)
        pieces[::2] = self.texts
        pieces[1::2] = [values[name] for name in self.names]
        return "".join(pieces)


def template(texts: Sequence[str], names: Sequence[str]) -> Template:
    """A template of its pieces."""
    return Template(tuple(texts), tuple(names), sum(map(len, texts)))


def parse(source: str) -> Template:
    """Splits a template at its placeholders.

    Raises `ValueError`, half a sentence, for a `${` that begins no placeholder.
    """
    texts: list[str] = []
    names: list[str] = []
    pieces: list[str] = []  # of the text up to the next placeholder
    end = 0
    for mark in re.finditer(_MARK, source):
        pieces.append(source[end : mark.start()])
        end = mark.end()
        if mark[1]:
            names.append(mark[1])
            texts.append("".join(pieces))
            pieces = []
        elif mark[0] == "$${":
            pieces.append("${")
        else:
            shown = text.shortened(source[mark.start() : mark.start() + 30])
            raise ValueError(
                f"has {shown}, which is no placeholder; "
                "write ${name}, or $${ where the text itself shall show ${"
            )
    texts.append("".join(pieces) + source[end:])
    return template(texts, names)


def render(
    email: TriggeredEmail, given: Mapping[str, Any] | None, *, convert: bool = False
) -> RenderedEmail:
    """The mail that these values of variables make.

    `convert` is the policy variables="convert". Raises `InvalidVariable`, `UnknownVariable`
    and `MissingVariable`.
    """
    if given is not None and not isinstance(given, (dict, Mapping)):  # Mapping's check is slow
        raise errors.InvalidVariable(
            f'variables must be a mapping, not {type(given).__name__}; pass {{"name": "value"}}',
            details={"email_id": email.id},
        )
    values = _values(email, given or {}, convert)
    complete, fell_back = _completed(email, values)
    subject, html_part, text_part = _templates(email.subject, email.html, email.text)
    in_html = _escaped(complete) if html_part else {}
    _refuse_endless(email, subject, complete)
    _refuse_endless(email, text_part, complete)
    if html_part:
        _refuse_endless(email, html_part, in_html)
    return RenderedEmail(
        subject=one_line(subject.filled(complete)),
        html=html_part.filled(in_html) if html_part else None,
        text=text_part.filled(complete),
        variables=ReadOnlyDict(complete),
        fell_back=fell_back,
        unsubscribe_url=_filled_url(email, complete) if email.unsubscribe_url else None,
    )


def _filled_url(email: TriggeredEmail, values: Mapping[str, str]) -> str:
    """Each value percent-encoded, so that it stays in its place."""
    from urllib.parse import quote

    parsed = _parsed_url(email.unsubscribe_url or "")
    url = parsed.filled({name: quote(values[name], safe="") for name in parsed.names})
    if len(url) > LONGEST_URL:
        raise errors.InvalidVariable(
            f"the values would make an unsubscribe_url of {len(url):,} characters of Triggered "
            f"Email {email.id!r}, and at most {LONGEST_URL} can be sent; shorten them",
            details={"email_id": email.id, "limit": LONGEST_URL},
        )
    return url


def _completed(
    email: TriggeredEmail, values: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Every variable's value, and which of them are fallbacks. Raises `MissingVariable`."""
    complete: dict[str, str] = {}
    fell_back: list[str] = []
    missing: list[str] = []
    for name, fallback in email.variables.items():
        value = values.get(name)
        if value is None:
            (missing if fallback is None else fell_back).append(name)
            value = fallback or ""
        complete[name] = value
    if missing:
        raise errors.MissingVariable(
            f"Triggered Email {email.id!r} needs the variable {missing[0]!r}, which has no "
            f'fallback; pass {{"variables": {{"{missing[0]}": "…"}}}}',
            details={"email_id": email.id, "missing": missing},
        )
    return complete, tuple(fell_back)


def _refuse_endless(email: TriggeredEmail, part: Template, values: Mapping[str, str]) -> None:
    """Many placeholders of one long value make a mail that no server takes."""
    if part.size + len(part.names) * 6 * LONGEST_VALUE <= LONGEST_MAIL:
        return  # however long they are, and every letter of them escaped
    length = part.length(values)
    if length > LONGEST_MAIL:
        raise errors.InvalidVariable(
            f"the values would make a part of {length:,} characters of Triggered Email "
            f"{email.id!r}, and at most {LONGEST_MAIL:,} can be sent; shorten them",
            details={"email_id": email.id, "limit": LONGEST_MAIL},
        )


def keeps_its_tags(html_source: str) -> bool:
    """Whether no value can leave its place: as in `<a href=${url}>`, where a blank ends it (T5)."""
    from wixcrm_local.html_text import outline

    parsed = parse(html_source)
    first, second = (
        outline(parsed.filled(_escaped(dict.fromkeys(parsed.names, value))))
        for value in ("x", "x y=/z>")
    )
    return first == second


def one_line(subject: str) -> str:
    """White space and control characters as single spaces, none at the ends (T5)."""
    if subject.isascii() and subject.isprintable() and "  " not in subject:
        return subject.strip()
    return re.sub(_SUBJECT_SPACE, " ", subject).strip()


@lru_cache(maxsize=256)
def _parsed_url(url: str) -> Template:
    return parse(url)


@lru_cache(maxsize=256)
def _templates(
    subject: str, html_source: str | None, text_source: str | None
) -> tuple[Template, Template | None, Template]:
    html_part = None if html_source is None else parse(html_source)
    text_part = parse(text_source or "")
    if text_source is None and html_part is not None:
        text_part = _as_text(html_part)
    return parse(subject), html_part, text_part


def _as_text(html_part: Template) -> Template:
    """What a reader of the html part sees, with the same placeholders and no others.

    They are marked by NUL, which no template holds: `&#36;{x}` must not become one.
    """
    from wixcrm_local.html_text import text_of  # its parser takes 4 ms to import

    marked = html_part.filled({name: f"\0{name}\0" for name in html_part.names})
    pieces = text_of(marked).split("\0")
    return template(pieces[::2], pieces[1::2])


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    """The values as the html part shows them; each once, however often its name stands there."""
    return {name: value.translate(_HTML_ESCAPES) for name, value in values.items()}


def _values(email: TriggeredEmail, given: Mapping[str, Any], convert: bool) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in given.items():
        if name not in email.variables:
            if not convert:
                _refuse_unknown(email, name)
            continue
        if convert:
            value = converted(value)
        if value is None and convert:
            continue
        if not isinstance(value, str):
            remedy = "" if value is None else "pass a str, such as str(value), or "
            raise errors.InvalidVariable(
                f"the variable {name!r} must be a text, not {type(value).__name__}; "
                f"{remedy}leave it out for its fallback",
                details={"email_id": email.id, "variable": name},
            )
        if not value.isascii() or len(value) > LONGEST_VALUE or "\0" in value:
            refuse_unmailable(name, value, email.id)
        values[name] = value
    return values


def unknown_variables(email: TriggeredEmail, given: Mapping[str, Any] | None) -> list[str]:
    """What a policy that converts leaves out, as a warning shows it (T4)."""
    unknown = [name for name in given or () if name not in email.variables]
    return [text.shortened(it) if isinstance(it, str) else text.kind_of(it) for it in unknown[:20]]


def refuse_unmailable(name: str, value: str, email_id: str) -> None:
    """Raises `InvalidVariable` for what no mail can carry: NUL, lone surrogates (T5), a book."""
    if len(value) > LONGEST_VALUE:
        raise errors.InvalidVariable(
            f"the variable {name!r} has {len(value):,} characters, and at most "
            f"{LONGEST_VALUE:,} can be sent; shorten it",
            details={"email_id": email_id, "variable": name, "limit": LONGEST_VALUE},
        )
    found = re.search(_REFUSED, value)
    if found:
        raise errors.InvalidVariable(
            f"the variable {name!r} holds the character U+{ord(found[0]):04X} at position "
            f"{found.start()}, which no mail can carry; remove it",
            details={"email_id": email_id, "variable": name},
        )


def _refuse_unknown(email: TriggeredEmail, name: object) -> None:
    shown = name[:200] if isinstance(name, str) else text.kind_of(name)
    found = naming.nearest(shown, email.variables)
    known = ", ".join(email.variables) or "none"
    raise errors.UnknownVariable(
        f"Triggered Email {email.id!r} has no variable {text.shortened(shown)}; "
        f"{naming.suggestion(found)}it has: {known}; "
        "pass only those, or declare it when saving",
        details={"email_id": email.id, "variable": shown, "nearest": found},
    )


def converted(value: Any) -> Any:
    """T3: numbers, bools and dates as text (bools as JavaScript writes them)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else value
