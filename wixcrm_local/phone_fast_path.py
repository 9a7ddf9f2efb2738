"""Reads bare digits as phonenumbers does, the usual ones without the cost of its parser.

Law: `forced_key` answers only where the answer of `library_key` is forced, and then the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import SUPPORTED_REGIONS as SUPPORTED_REGIONS
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

# Without it, metadata of more than some sixty regions thrashes the cache of `re`: 12 times slower.
phonenumbers.enable_pattern_cache()

_Match = Callable[[str], "re.Match[str] | None"]

# A valid number is of one of these types; the usual ones stand first to be found sooner.
_TYPES = (
    "fixed_line",
    "mobile",
    "toll_free",
    "shared_cost",
    "premium_rate",
    "voip",
    "uan",
    "personal_number",
    "pager",
    "voicemail",
)


class _Region(NamedTuple):
    """The numbering plan of one region, as far as usual numbers need it."""

    calling_code: str
    lengths: frozenset[int]
    is_general: _Match
    is_valid: _Match
    international_prefix: _Match
    national_prefix: _Match
    leading_digits: _Match | None


class _CallingCode(NamedTuple):
    """A calling code, its main region and all its regions in the library's order."""

    digits: str
    main: _Region
    regions: tuple[str, ...]


def forced_key(number: str, region: str | None) -> str | None:
    """The E.164 form of a valid number given as ASCII digits, or as `+` and ASCII digits.

    `None` means that the library has to decide, also where it will find the number invalid.
    """
    if number.startswith("+"):
        return _international(number[1:])
    if number.startswith("00"):
        return _international(number[2:])
    return None if region is None else _national(number, region)


def valid_key(number: str, region: str | None) -> str | None:
    """The E.164 form of a number given as in `forced_key`; `None` for what is not valid (P1)."""
    return forced_key(number, region) or library_key(number, region)


def library_key(number: str, region: str | None) -> str | None:
    """As `valid_key`, by phonenumbers alone."""
    for written, place in _readings(number, region):
        key = _e164(written, place)
        # A few forms are read back as another number, since a prefix that is part of them is
        # taken off again: no key, for a key must be its own key.
        if key is not None and _e164(key, None) == key:
            return key
    return None


def national_part(number: str, region: str | None) -> str | None:
    """What follows the calling code or trunk prefix, where phonenumbers can tell."""
    reading = next(_readings(number, region), None)
    if reading is None:
        return None
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(*reading))
    except phonenumbers.NumberParseException:
        return None


def is_used_in_letters(key: str) -> bool:
    """Whether a valid number is of a kind that is written in letters: services, and all of +1."""
    number = phonenumbers.parse(key, None)
    return number.country_code == 1 or phonenumbers.number_type(number) in (
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
    )


def _readings(number: str, region: str | None) -> Iterator[tuple[str, str | None]]:
    """What to have parsed, and in which region, until one is valid (P1)."""
    if number.startswith("+"):
        yield number, None  # given a region, the library would read an unknown code in it
        return
    if number.startswith("00"):
        yield "+" + number[2:], None
    if region is not None:
        yield number, region


def _e164(number: str, region: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _international(digits: str) -> str | None:
    code = _calling_code(digits[:3])
    return None if code is None else _in_calling_code(code, digits[len(code.digits) :])


def _national(digits: str, region: str) -> str | None:
    plan = _region(region)
    if plan is None or plan.international_prefix(digits):
        return None
    if digits.startswith(plan.calling_code) and not _is_general(plan, digits):
        return _with_calling_code(plan, digits)
    prefix = plan.national_prefix(digits)
    if prefix and prefix.end():
        if prefix.lastindex is not None:  # a carrier code, or digits to be rewritten
            return None
        digits = digits[prefix.end() :]
        if not _is_general(plan, digits):  # then the library may keep the prefix
            return None
    code = _calling_code(plan.calling_code)
    return None if code is None else _in_calling_code(code, digits)


def _with_calling_code(plan: _Region, digits: str) -> str | None:
    """Reads 1 650 253 0000: too much for a national number, right after its calling code."""
    rest = digits[len(plan.calling_code) :]
    if not _is_general(plan, rest) or _has_prefix(plan, rest):
        return None
    return _international(digits)


def _in_calling_code(code: _CallingCode, national: str) -> str | None:
    main = code.main
    # A prefix here could be taken off when the E.164 form is read again.
    if _has_prefix(main, national):
        return None
    if len(code.regions) == 1:
        is_valid = main.is_valid(national) is not None
    else:  # the main region comes first, and nearly every number is its
        is_valid = (main.leading_digits is None and main.is_valid(national) is not None) or (
            _is_valid_in_one(code.regions, national)
        )
    return f"+{code.digits}{national}" if is_valid else None


def _is_valid_in_one(regions: tuple[str, ...], national: str) -> bool:
    for name in regions:
        plan = _region(name)
        if plan is None:
            return False
        if plan.leading_digits is None:
            if plan.is_valid(national):
                return True
        elif plan.leading_digits(national):  # the library looks no further
            return plan.is_valid(national) is not None
    return False


def _is_general(plan: _Region, digits: str) -> bool:
    return len(digits) in plan.lengths and plan.is_general(digits) is not None


def _has_prefix(plan: _Region, digits: str) -> bool:
    prefix = plan.national_prefix(digits)
    return prefix is not None and prefix.end() > 0


@cache
def _calling_code(digits: str) -> _CallingCode | None:
    """The plan of the calling code that these first three digits begin with."""
    for length in (1, 2, 3):
        code = digits[:length]
        regions = _regions_behind(code)
        if regions:
            main = _region(regions[0])
            return None if main is None else _CallingCode(code, main, regions)
    return None


def _regions_behind(code: str) -> tuple[str, ...]:
    if not code or code[0] == "0":
        return ()
    return phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())


@cache
def _region(name: str) -> _Region | None:
    """The plan of a region; `None` for one unknown, or with metadata not as expected here."""
    try:
        metadata = PhoneMetadata.metadata_for_region(name)
        return None if metadata is None else _plan(metadata)
    except (AttributeError, TypeError, ValueError, re.error):
        return None


def _plan(metadata: PhoneMetadata) -> _Region:
    general = metadata.general_desc
    if general is None or not general.national_number_pattern or not metadata.country_code:
        raise ValueError("metadata without calling code or general description")
    types = [getattr(metadata, name) for name in _TYPES]
    if metadata.same_mobile_and_fixed_line_pattern:  # then the library skips the second
        types.remove(metadata.mobile)
    any_type = "|".join(dict.fromkeys(_pattern(kind) for kind in types if _has_numbers(kind)))
    return _Region(
        calling_code=str(metadata.country_code),
        lengths=frozenset(general.possible_length) - {*general.possible_length_local_only},
        is_general=re.compile(general.national_number_pattern).fullmatch,
        is_valid=re.compile(rf"(?={_pattern(general)}\Z)(?:{any_type})").fullmatch,
        international_prefix=_prefix(metadata.international_prefix),
        national_prefix=_prefix(metadata.national_prefix_for_parsing),
        leading_digits=_prefix(metadata.leading_digits) if metadata.leading_digits else None,
    )


def _has_numbers(kind: PhoneNumberDesc | None) -> bool:
    return kind is not None and bool(kind.national_number_pattern)


def _pattern(kind: PhoneNumberDesc) -> str:
    return f"{_of_length(kind.possible_length)}(?:{kind.national_number_pattern})"


def _of_length(lengths: tuple[int, ...]) -> str:
    """Looks ahead for one of the lengths; -1 stands for a type without numbers."""
    choices = "|".join(rf"\d{{{length}}}\Z" if length > 0 else "(?!)" for length in lengths)
    return f"(?={choices})" if lengths else ""


def _prefix(pattern: str | None) -> _Match:
    return re.compile(pattern or r"(?!)").match
