"""What spreadsheets do to the values of a table when they open it and save it again. Pure.

Law: a value is called damaged only where that is certain.
"""

from __future__ import annotations

import re

from wixcrm_local.errors import InvalidPhone
from wixcrm_local.formats.records import Refusal
from wixcrm_local.phone_number import key_of_phone

SPREADSHEET_DAMAGE = "SPREADSHEET_DAMAGE"

_ERRORS = frozenset(
    (
        *("#NAME?", "#VALUE!", "#REF!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!"),
        *("#WERT!", "#BEZUG!", "#NV", "#ZAHL!"),
        *("#NOM?", "#VALEUR!", "#NOMBRE!"),
        *("#¿NOMBRE?", "#¡VALOR!", "#¡REF!", "#NOME?", "#VALOR!"),
        *("#VALORE!", "#RIF!", "#NAAM?", "#WAARDE!", "#VERW!"),
    )
)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DECIMAL = re.compile(r"\+?\d{5,}[.,]00?")
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"(?:{_YEAR}-{_MONTH}-{_DAY}|{_DAY}([./-]){_MONTH}\1{_YEAR}|{_MONTH}/{_DAY}/{_YEAR})"
    r"(?:[ T]\d\d?:\d\d(?::\d\d)?)?"
)
_SERIAL = re.compile(r"[1-9]\d{4}(?:[.,]\d+)?")
_LAST_SERIAL = 73_050  # the year 2100
_FEWEST_DIGITS_WITH_CALLING_CODE = 11


def error_value(cell: str) -> str | None:
    """What a spreadsheet's own cry for help says, such as `#NAME?`; half a sentence, or None.

    `cell` is trimmed and begins with `#`.
    """
    if cell in _ERRORS:
        return f"{cell}, the error of a formula"
    if len(cell) > 2 and not cell.strip("#"):
        return f"{cell[:5]}, which stands for a value that was too wide to be shown"
    return None


def spoilt_number(cell: str) -> str | None:
    """What a spreadsheet made of a telephone number; half a sentence, or None."""
    if cell.replace(" ", "").removeprefix("+").isdigit():
        return None  # as nearly always
    if _SCIENTIFIC.fullmatch(cell) or _DECIMAL.fullmatch(cell):
        return f"{cell}, a telephone number that was turned into a decimal number"
    if _DATE.fullmatch(cell):
        return f"{cell}, a telephone number that was turned into a date"
    return None


def damage(header: str, what: str) -> Refusal:
    """The refusal of a row for what its column `header` holds."""
    return Refusal(
        SPREADSHEET_DAMAGE,
        f"a spreadsheet has spoilt column {header!r}: it holds {what}; "
        "format that column as text, fill it again and save the file anew",
    )


def looks_stripped(number: str, region: str | None) -> str | None:
    """The sentence that tells of a number which has lost its leading `+` or `0`, or None.

    Only digits alone are doubted, of which phonenumbers makes no valid number in the region, and
    does with the `0`, or with the `+` where there are enough of them to have a calling code.

    Raises `InvalidArgument` for an unknown region.
    """
    if not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return None
    if _is_valid(number, region):
        return None
    whole = [each for each in _with_what_may_be_lost(number) if _is_valid(each, region)]
    if not whole:
        return None
    return (
        f"{number!r} seems to have lost its beginning to a spreadsheet: "
        f"{' or '.join(map(repr, whole))} would be a telephone number; "
        "write it so, in a column formatted as text"
    )


def looks_like_serial(text: str) -> bool:
    """Whether a text looks like the number by which spreadsheets count a day, such as 44927.

    Five digits, of days from 1927 to 2100; a time of day may follow as a fraction.
    """
    text = text.strip()
    return bool(_SERIAL.fullmatch(text)) and int(text[:5]) < _LAST_SERIAL


def _with_what_may_be_lost(number: str) -> tuple[str, ...]:
    if len(number) < _FEWEST_DIGITS_WITH_CALLING_CODE:
        return (f"0{number}",)
    return (f"+{number}", f"0{number}")


def _is_valid(number: str, region: str | None) -> bool:
    try:
        key = key_of_phone(number, region)
    except InvalidPhone:
        return False
    return key is not None and key.startswith("+")
