"""Parses and keys one email address, so that one mailbox is one contact (E1, E2).

Law: pure, and a key is its own key: `email_match_key(key) == key`.
"""

from __future__ import annotations

import re
import unicodedata

from wixcrm_local import errors
from wixcrm_local.text import clean, kind_of, shortened

_LONGEST_TEXT = 320  # characters (C6); far more would keep email-validator busy for seconds
_LONGEST_ADDRESS = 254  # octets (RFC 5321 with errata), as email-validator has it
_LONGEST_LOCAL_PART = 64  # octets (RFC 5321)
_LONGEST_REASON = 200

# Domains no longer than this leave room for every local part. Only they are remembered: so
# the verdicts on the two halves of an address don't depend on each other.
_LONGEST_KNOWN_DOMAIN = _LONGEST_ADDRESS - 1 - _LONGEST_LOCAL_PART
_MOST_KNOWN_DOMAINS = 65_536
_known_domains: dict[str, str] = {}  # as given: as lower-case A-labels

# What email-validator surely accepts. All else is left to it: importing it costs 36 ms.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # "..--" is Punycode or reserved
_PLAIN_DOMAIN = re.compile(
    rf"(?:{_LABEL}\.)+(?!(?i:arpa|onion)\Z){_LABEL}(?<=[A-Za-z])|(?i:localhost)", re.ASCII
)

# Names for tests and private use (RFC 2606, 6761, 6762). Offline tests live on them (E1).
_RESERVED_NAMES = frozenset({"test", "example", "invalid", "local", "localhost"})
_LAST_NAME = re.compile(r"(?<=[.。．｡@])[^.。．｡@>]+(?=>?\Z)")

_ADDRESS_INSIDE = r'[^\s<>()\[\],;:"@]+@[^\s<>()\[\],;:"@?]+'
# "Ana <a@x.com>", "mailto:a@x.com?subject=Hi", "'a@x.com'", but not "ana b@x.com".
_OTHER_FORM = rf"(?:[^@]*[<:]\s*)?({_ADDRESS_INSIDE})[^@]*\Z"
_MISSING_IN_JAVASCRIPT = frozenset({"undefined", "null"})


def email_match_key(text: str) -> str | None:
    """The key under which a raw text finds its contact, or `None` where it is no address.

    The text is trimmed and NFC-normalized first. Never raises for a `str` (P4).
    """
    trimmed = text.strip()
    if len(trimmed) > 4 * _LONGEST_TEXT:  # NFC makes no text shorter than a quarter
        return None
    try:
        return _key(clean(trimmed))
    except ValueError:
        return None


def key_of_email(text: str) -> str:
    """The match key of a text that `text.clean` has cleaned: `str` to `str` (E2).

    Quoted local parts (`"ana"@x.com`) and domain literals (`ana@[192.0.2.1]`) are refused
    as `email-validator` refuses them unless told otherwise. A local part has at most 64
    octets of UTF-8, both as given and in its key. Raises `errors.InvalidEmail` (E1).
    """
    try:
        return _key(text)
    except ValueError as error:
        reason = _plain_words(str(error))
    raise errors.InvalidEmail(
        f"{shortened(text)} is no email address: {reason}; {_remedy(text)}",
        details={"email": text[:_LONGEST_TEXT], "reason": reason},
    )


def checked_address(address: object, argument: str) -> str:
    """The address that mail is to come from, or go to, cleaned.

    Raises `InvalidArgument`, which names `argument`.
    """
    if not isinstance(address, str):
        raise errors.InvalidArgument(
            f"{argument} must be a text, not {kind_of(address)}; pass one address such as "
            "'shop@example.com'",
            details={"argument": argument},
        )
    try:
        cleaned = clean(address)
        key_of_email(cleaned)
    except errors.InvalidEmail as error:
        reason = str(error)
    except ValueError as error:
        reason = f"it {error}; pass one address such as 'shop@example.com'"
    else:
        return cleaned
    raise errors.InvalidArgument(
        f"{argument} can't be used: {reason}", details={"argument": argument}
    )


def _key(text: str) -> str:
    """The match key. Raises `ValueError` with the reason, as email-validator's own errors are."""
    local_part, _, domain = text.rpartition("@")
    ascii_domain = _known_domains.get(domain) or _plain_domain(domain)
    if (
        ascii_domain
        and len(local_part) <= _LONGEST_LOCAL_PART
        and _PLAIN_LOCAL_PART.fullmatch(local_part)
    ):
        return f"{local_part.lower()}@{ascii_domain}"
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"it has {len(text)} characters, of which {_LONGEST_TEXT} are allowed")
    return _key_by_library(text)


def _plain_domain(domain: str) -> str | None:
    if len(domain) > _LONGEST_KNOWN_DOMAIN or not _PLAIN_DOMAIN.fullmatch(domain):
        return None
    return _remembered(domain, domain.lower())


def _remembered(domain: str, ascii_domain: str) -> str:
    if len(_known_domains) >= _MOST_KNOWN_DOMAINS:
        _known_domains.clear()
    _known_domains[domain] = ascii_domain
    return ascii_domain


def _key_by_library(text: str) -> str:
    from email_validator import validate_email  # here, because most programs never need it

    permitted, reserved_name = _with_stand_in(text)
    # Every option is given: the library's defaults are globals that a program may change.
    accepted = validate_email(
        permitted,
        allow_smtputf8=True,
        allow_empty_local=False,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        strict=True,  # counts characters where the limit is in octets: see below
        check_deliverability=False,
        test_environment=False,
        globally_deliverable=True,
    )
    ascii_domain = accepted.ascii_domain
    if reserved_name:
        ascii_domain = ascii_domain[: -len(reserved_name)] + reserved_name
    key = unicodedata.normalize("NFC", accepted.local_part.lower())
    _check_length("before the @-sign ", _LONGEST_LOCAL_PART, accepted.local_part, key)
    _check_length("", _LONGEST_ADDRESS, text, f"{key}@{ascii_domain}")
    domain = text.rpartition("@")[2]
    if max(map(_octets, (domain, accepted.domain, ascii_domain))) <= _LONGEST_KNOWN_DOMAIN:
        _remembered(domain, ascii_domain)
    return f"{key}@{ascii_domain}"


def _with_stand_in(text: str) -> tuple[str, str]:
    """The text as email-validator takes it, and the reserved name that was replaced, or ''.

    The stand-in is as long as the name, so that all limits and all else stay the library's,
    and its list of special-use names is left alone.
    """
    found = _LAST_NAME.search(text)
    if not found:
        return text, ""
    name = unicodedata.normalize("NFKC", found[0]).casefold()
    alone = text[found.start() - 1] == "@"
    if name not in _RESERVED_NAMES or (alone and name != "localhost"):
        return text, ""
    stand_in = "x.xxxxxxx" if alone else "x" * len(name)
    return text[: found.start()] + stand_in + text[found.end() :], name


def _check_length(where: str, limit: int, given: str, key: str) -> None:
    """Both forms keep the limit: some letters, as İ, grow when lower-cased, and a key is a key."""
    excess = max(_octets(given), _octets(key)) - limit
    if excess > 0:
        raise ValueError(f"it is too long {where}by {excess} octets of UTF-8")


def _octets(text: str) -> int:
    return len(text.encode())


def _plain_words(reason: str) -> str:
    """The library's reason as part of a sentence; it may name hundreds of characters."""
    words = reason[:1].lower() + reason[1:].rstrip(".").replace(". It ", ": it ")
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"


def _remedy(text: str) -> str:
    if text in _MISSING_IN_JAVASCRIPT:
        return "JavaScript writes a missing value so: fill it, or leave the item out"
    beginning = text[:_LONGEST_TEXT]
    if len(re.findall(_ADDRESS_INSIDE, beginning)) > 1:
        return "give each address as an item of its own"
    found = re.match(_OTHER_FORM, beginning)
    bare = found[1].strip(".'") if found else text
    if bare != text and email_match_key(bare):
        return f"give only {shortened(bare, _LONGEST_TEXT)}"
    return "give one bare address such as 'ana@example.com'"
