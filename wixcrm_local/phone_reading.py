"""Reads a text that is more than a plain valid number: remarks, extensions, letters, half numbers.

Law: what is no valid number never has the key of one, and no remark ever becomes digits.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from wixcrm_local.errors import InvalidPhone
from wixcrm_local.phone_fast_path import is_used_in_letters, national_part, valid_key
from wixcrm_local.text import shortened

KEY_WITHOUT_REGION = "typed:ZZ:"  # ZZ is phonenumbers' own name of the unknown region
_FEWEST_DIGITS = 5  # under it a number is a placeholder (P2)
_DIGITS_OF_A_WHOLE_NUMBER = 7  # from here on a second number is thought of

# Each: why a text is no phone number, and what to do about it.
_NO_DIGIT = ("it has no digit", "give the number or leave the phone out")
_LETTERS = (
    "it has letters that are no part of a number",
    "give the number alone, and a number in letters only where its region is known",
)
_SPREADSHEET = (
    "a spreadsheet seems to have turned it into a decimal number",
    "format that column as text and give all its digits",
)
_SEVERAL = ("it holds more than one number", "give one number per item")
_CONTEXT = ("its phone-context is no number or domain", "give the number with + instead")

_DECIMAL = re.compile(r"\+?\d{5,}\.00?|[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_EDGES = re.compile(r"^[^\w+]+|[^\w#]+$")  # the # at an end may belong to an extension
_PLUSES = re.compile(r"^\+\W+")
_LABEL = re.compile(r"[^\W\d_][^\d:+]*:")
_REMARK = r"[(\[][^()\[\]\d]*[)\]]"
_REMARKS_AT_THE_ENDS = re.compile(rf"^(?:\s*{_REMARK})+|(?:{_REMARK}\s*)+$")
_CARRIER_DUMMY = re.compile(r"(?<=0) ?xx ?(?=\d\d)", re.IGNORECASE)  # (0xx11) of Brazil
_CONTEXT_PARAMETER = re.compile(r";phone-context=([^;]*).*$", re.IGNORECASE)
_CONTEXT_VALUE = re.compile(r"\+[\d.()-]*\d[\d.()-]*|[a-z\d][a-z\d.-]*", re.IGNORECASE)
_SUBADDRESS_PARAMETER = re.compile(r";isub=.*$", re.IGNORECASE)
_LIST_MARK = re.compile(r"[,;|&\\]|(?<!^)\+")

# The marks of an extension that phonenumbers knows, and how many digits it takes after each.
_EXTENSION = re.compile(
    r"""(?: ;ext= (\d{1,20})
      | [ ,]* (?: e?xt (?: ensi[oó]n? | n )? | доб | anexo ) [:.]? [ ,-]* (\d{1,20}) \#?
      | [ ,]* (?: [x\#~] | int ) [:.]? [ ,-]* (\d{1,9}) \#?
      | [ -]+ (?P<before_hash> \d{1,6} ) \#
      | [ ]* ,, [:.]? [ ,-]* (\d{1,15}) \#?
      | [ ]* ; [:.]? [ ,-]* (?: (?P<after_semicolon> \d{1,15} ) | (\d{1,15}) \# )
      | [ ]* , [:.]? [ -]* (?: (?P<after_comma> \d{1,9} ) | (\d{1,9}) \# )
    )$""",
    re.VERBOSE | re.IGNORECASE,
)

_KEYPAD = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999" * 2
)


def careful_key(text: str, region: str | None) -> str | None:
    """The key of any text, `None` for a placeholder (P2). Raises `InvalidPhone`."""
    plain = _plain(text)
    if _DECIMAL.fullmatch(plain):
        raise _refusal(text, _SPREADSHEET)
    if not _digits(plain):
        raise _refusal(text, _NO_DIGIT)
    bare = _without_uri_parameters(text, _bare(plain))
    written, extension, may_be_second = _parts(bare, region)
    if _LETTER.search(written):
        if not _is_vanity(written, region):
            raise _refusal(text, _SEVERAL if _has_several_groups(written) else _LETTERS)
        written = written.translate(_KEYPAD)
    elif _LIST_MARK.search(written):
        raise _refusal(text, _SEVERAL)
    key = _valid_key(written, region)
    if _holds_two(written, key is not None, region):
        raise _refusal(text, _SEVERAL)
    if may_be_second and _is_second(extension, written, region):
        raise _refusal(text, _SEVERAL)
    if key is None:
        key = _typed_key(written, region)
    return f"{key};ext={extension}" if key and extension else key


def _refusal(text: str, reason_and_remedy: tuple[str, str]) -> InvalidPhone:
    reason, remedy = reason_and_remedy
    return InvalidPhone(
        f"{shortened(text)} is no phone number: {reason}; {remedy}",
        details={"phone": text, "reason": reason},
    )


def _plain(text: str) -> str:
    """The text with ASCII digits and signs, without marks that nobody sees."""
    if not text.isascii():
        text = "".join(map(_plain_character, text))
    return text.replace("_", "-")


def _plain_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":  # the full-width forms of ASCII
        return chr(ord(character) - 0xFEE0)
    match unicodedata.category(character):
        case "Cf":  # zero-width, bidi, soft hyphen, byte order mark
            return ""
        case "Zs":
            return " "
        case "Pd":
            return "-"
    return _SIGNS.get(character, character)


_SIGNS = dict(zip("−ー⁄∕、،؛∼⁓", "--//,,;~~", strict=True))


def _bare(plain: str) -> str:
    """The plain text without remark, label and what else stands around the number."""
    bare = _EDGES.sub("", _REMARKS_AT_THE_ENDS.sub("", plain))
    bare = _EDGES.sub("", _LABEL.sub("", bare, count=1)) if _LABEL.match(bare) else bare
    return _CARRIER_DUMMY.sub("", bare)


def _without_uri_parameters(text: str, bare: str) -> str:
    """A `tel:` number with its context put ahead, as RFC 3966 has it."""
    context = _CONTEXT_PARAMETER.search(bare)
    if context:
        if not _CONTEXT_VALUE.fullmatch(context[1]):
            raise _refusal(text, _CONTEXT)
        bare = (context[1] if context[1].startswith("+") else "") + bare[: context.start()]
    return _SUBADDRESS_PARAMETER.sub("", bare)


def _parts(bare: str, region: str | None) -> tuple[str, str, bool]:
    """The number, its extension, and whether the latter could be a second number."""
    found = _EXTENSION.search(bare)
    if found is None or len(_digits(bare[: found.start()])) < 3:
        return _number_alone(bare), "", False
    ahead = _number_alone(bare[: found.start()])
    # A # that ends the dialling of a whole number makes no extension of its tail.
    if found["before_hash"] and not _valid_key(ahead, region):
        return _number_alone(bare), "", False
    extension = next(group for group in found.groups() if group)
    return ahead, extension, bool(found["after_semicolon"] or found["after_comma"])


def _number_alone(written: str) -> str:
    return _PLUSES.sub("+", _EDGES.sub("", written).rstrip("#"))


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)


def _has_several_groups(written: str) -> bool:
    """Whether there is a number on both sides of a word, as in `… or …`."""
    return sum(len(_digits(part)) >= _FEWEST_DIGITS for part in _WORD.split(written)) > 1


def _compact(written: str) -> str:
    """`+` and digits, or digits alone. `+00` and `0000` are a plus said twice or more often:
    no calling code begins with a 0."""
    digits = _digits(written)
    if written.startswith("+") or digits.startswith("0000"):
        return "+" + re.sub("^(?:00)+", "", digits)
    return digits


def _valid_key(written: str, region: str | None) -> str | None:
    return valid_key(_compact(written), region)


def _typed_key(written: str, region: str | None) -> str | None:
    """The key of what is no valid number, `None` for a placeholder (P2)."""
    number = _compact(written)
    is_international = number.startswith(("+", "00"))
    digits = number.removeprefix("+" if number.startswith("+") else "00")
    parts = (digits, national_part(number, region))
    if any(part is not None and _is_placeholder(part) for part in parts):
        return None
    if is_international:
        return f"typed:+{digits}"
    return f"{KEY_WITHOUT_REGION}{digits}" if region is None else f"typed:{region}:{digits}"


def _is_placeholder(digits: str) -> bool:
    """Whether it is short, one digit repeated, or a run (where 0 follows 9) up or down."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    return len(digits) < _FEWEST_DIGITS or steps in ({0}, {1}, {9})


def _is_vanity(written: str, region: str | None) -> bool:
    """Whether the letters belong to the number: see `phone_match_key`.

    `0221 call Bob` would be a valid number of Cologne: remarks are more usual than words in
    numbers of places and people, so outside +1 only numbers for services count.
    """
    words = list(_WORD.finditer(written))
    if not written.isascii() or sum(len(word[0]) for word in words) < 3:
        return False
    if len(_digits(written[: words[0].start()])) < 3 or _LIST_MARK.search(written):
        return False
    key = _valid_key(written.translate(_KEYPAD), region)
    if key is None or not is_used_in_letters(key):
        return False
    beginnings = (written[: word.start()].translate(_KEYPAD) for word in words)
    return not any(_valid_key(beginning, region) for beginning in beginnings)


def _holds_two(written: str, is_valid: bool, region: str | None) -> bool:
    """Whether two whole numbers stand side by side.

    A slash is usual inside of one number (030/123456), so the two sides decide, and so they
    do between blanks, where a valid number is never doubted.
    """
    for gap in re.finditer(r"\D+", written):
        sides = written[: gap.start()], written[gap.end() :]
        if any(len(_digits(side)) < _DIGITS_OF_A_WHOLE_NUMBER for side in sides):
            continue
        is_slash = "/" in gap[0]
        if is_slash and not is_valid:
            return True
        if (is_slash or not is_valid) and all(_valid_key(side, region) for side in sides):
            return True
    return False


def _is_second(extension: str, written: str, region: str | None) -> bool:
    """Whether `…; 6502531111` is a number like the one ahead, and no extension."""
    if len(extension) < _DIGITS_OF_A_WHOLE_NUMBER:
        return False
    return (
        len(extension) == len(_digits(written))
        or _valid_key(extension, region) is not None
        or _valid_key("+" + extension, region) is not None
    )
