"""Parses and keys one phone number: the key is what the index holds and what is compared.

Law: pure, and a number in another spelling has the same key; what is no valid number never
has the key of one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.text import clean, kind_of, shortened

# phone_fast_path and phone_reading, and phonenumbers with them, are imported by the first phone:
# 20 ms that a program without phones does not pay.

MOST_CHARACTERS = 50  # C6

_KEY_WITHOUT_REGION = "typed:ZZ:"

# What stands between the digits of nearly every number.
_USUAL_SEPARATORS = str.maketrans("", "", " -.()\xa0")


def phone_match_key(text: str, region: str | None = None) -> str | None:
    """The match key of a phone number (P4), the same for all spellings of one number.

    `region` is the two-letter country code that a number without `+` or `00` is read in; the
    key of one without region begins with `typed:ZZ:` and tells nothing across spellings (P1).

    A valid number's key is its E.164 form, with `;ext=` where it has an extension (P1). What
    is no valid number is keyed by its digits as typed: `typed:US:5550100`, or `typed:+4420123`
    where it was typed internationally, whatever the region (P2). What counts as valid is what
    phonenumbers says, so the Mexican `+52 1 …` of old is none, and the Argentine `15` is the
    same number as `+54 9 …` (P3). `None` for text longer than 50 characters, for what is no
    phone number, and for placeholders: one digit repeated, a run up or down, under five
    digits, in all or after the calling code (P2).

    Letters are digits only in a vanity number as a whole (`1-800-FLOWERS`): a number for
    services, or one of +1, that is valid with them and of which no beginning is a number. A
    remark in brackets at an end (`(mobile)`) and a label with a colon ahead (`Tel.:`) are
    ignored; any other letters, two numbers in one text, and what a spreadsheet made of a
    number (`6.5e9`) are no phone number (P2, P3).

    Raises `InvalidArgument` for an unknown region, or for text that is no `str`.
    """
    if not isinstance(text, str):
        raise InvalidArgument(
            f"a phone number must be a text, not {type(text).__name__}; give a str"
        )
    known_region = None if region is None else checked_region(region)
    try:
        # NFC makes at most one character of four, so a huge text is refused before it.
        trimmed = text.strip()
        cleaned = clean(trimmed) if len(trimmed) <= 4 * MOST_CHARACTERS else trimmed
        return key_of_phone(cleaned, known_region) if len(cleaned) <= MOST_CHARACTERS else None
    except ValueError:  # of clean(), or InvalidPhone
        return None


def key_of_phone(text: str, region: str | None) -> str | None:
    """The key of a text that is trimmed, NFC and free of control characters (C3).

    `None` for a placeholder (P2). Raises `InvalidPhone` for what is no phone number at all,
    and `InvalidArgument` where an unknown region is needed.
    """
    # Only a valid number is decided here, and none that a spreadsheet may have spoilt.
    number = text.translate(_USUAL_SEPARATORS)
    if number.isascii() and number.removeprefix("+").isdigit() and not text.endswith((".0", ".00")):
        key = _forced_key()(number, region)
        if key is not None:
            return key
    from wixcrm_local.phone_reading import careful_key

    return careful_key(text, None if region is None else checked_region(region))


def needs_region(key: str) -> bool:
    """Whether the key is of a national number read without a region (P1)."""
    return key.startswith(_KEY_WITHOUT_REGION)


def checked_region(region: str) -> str:
    """The two-letter country code in upper case (P1).

    Raises `InvalidArgument` for one that phonenumbers does not support.
    """
    if isinstance(region, str) and len(region) == 2 and region.isascii():
        from wixcrm_local.phone_fast_path import SUPPORTED_REGIONS

        if region.upper() in SUPPORTED_REGIONS:
            return region.upper()
    shown = shortened(region) if isinstance(region, str) else kind_of(region)
    raise InvalidArgument(
        f"{shown} is no region that phone numbers are read in; "
        "give a two-letter country code such as 'US' or 'GB'"
    )


@cache
def _forced_key() -> Callable[[str, str | None], str | None]:
    """The fast path, imported once: an import statement in each call takes as long as a match."""
    from wixcrm_local.phone_fast_path import forced_key

    return forced_key
