"""The contract of phone keys (semantics.md C3, C4, P1-P4; reliability.md 19-22 and 77)."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from wixcrm_local.errors import InvalidArgument, InvalidPhone
from wixcrm_local.phone_fast_path import forced_key, library_key
from wixcrm_local.phone_number import (
    checked_region,
    key_of_phone,
    needs_region,
    phone_match_key,
)

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
EXAMPLES = [
    (region, number)
    for region in REGIONS
    for kind in PhoneNumberType.values()
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
GOOGLE = "+16502530000"


@pytest.mark.parametrize(
    "text",
    [
        "+16502530000",
        "+1 (650) 253-0000",
        "+1.650.253.0000",
        "+1 650/253/0000",
        "+1-650-253-0000",
        "+ 1 650 253 0000",
        "++1 650 253 0000",
        "(+1) 650 253 0000",
        "+1 [650] 253 0000",
        "  +1 650 253 0000  ",
        "+1\u00a0650\u00a0253\u00a00000",
        "+1\u202f650\u2009253\u30000000",
        "+1\u2010650\u2011253\u20120000",
        "+1\u2013650\u2014253\u20150000",
        "+1\u2212650\uff0d253\ufe580000",
        "\u202a+1 650 253 0000\u202c",
        "\u200e+1\u200b650\u2060253\ufeff0000",
        "+1\u00ad650253\u200d0000",
        "+1_650_253_0000",
        "+1*650*253*0000",
        "＋１ （６５０） ２５３－００００",
        "+١٦٥٠٢٥٣٠٠٠٠",
        "+۱۶۵۰۲۵۳۰۰۰۰",
        "+१६५०२५३००००",
        "001 650 253 0000",
        "+001 650 253 0000",
        "tel:+1-650-253-0000",
        "TEL:+16502530000",
        "tel:+1-650-253-0000;isub=12345",
        "tel:253-0000;phone-context=+1-650",
        "Tel.: +1 650 253 0000",
        "電話：+1 650 253 0000",
        "'+16502530000",
        "+1 650 253 0000 (mobile)",
        "+1 650 253 0000 (mobile) [work]",
        "(mobile) +1 650 253 0000",
        "+1 650 253 0000 （携帯）",
        "+1 650 253 0000#",
        "+1 650 253 0000.",
    ],
)
def test_spellings(text: str) -> None:
    """P3, fault 19: every usual spelling of a number has its E.164 form as key."""
    assert phone_match_key(text) == GOOGLE
    assert phone_match_key(text, "DE") == GOOGLE


@pytest.mark.parametrize(
    ("text", "region", "key"),
    [
        ("650-253-0000", "US", GOOGLE),
        ("1-650-253-0000", "US", GOOGLE),
        ("1 (650) 253 0000", "CA", GOOGLE),
        ("(650) 253-0000", "us", GOOGLE),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("00 44 20 7946 0958", "US", "+442079460958"),
        ("0044 20 7946 0958", None, "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("+44(0)2079460958", "US", "+442079460958"),
        ("01534 456789", "JE", "+441534456789"),
        ("01534 456789", "GB", "+441534456789"),
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 06 698 12345", None, "+390669812345"),
        ("06 698 12345", "VA", "+390669812345"),
        ("030/1234567", "DE", "+49301234567"),
        ("030 / 1234567", "DE", "+49301234567"),
        ("+49 33203 / 123456", None, "+4933203123456"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("8 800 555 35 35", "RU", "+78005553535"),
        ("+7 800 555 35 35", None, "+78005553535"),
        ("(0xx11) 2345-6789", "BR", "+551123456789"),
        ("11 98765-4321", "BR", "+5511987654321"),
        ("0 31 11 2345 6789", "BR", "+551123456789"),
        ("00777 012345", "JP", "typed:+777012345"),
        ("+800 1234 5678", None, "+80012345678"),
    ],
)
def test_regions(text: str, region: str | None, key: str) -> None:
    """P1: + and 00 need no region, anything else is read in the region given."""
    assert phone_match_key(text, region) == key


@pytest.mark.parametrize(
    ("text", "region", "key"),
    [
        ("+52 55 1234 5678", None, "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("+52 1 55 1234 5678", None, "typed:+5215512345678"),
        ("044 55 1234 5678", "MX", "typed:MX:0445512345678"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+54 9 11 2345 6789", None, "+5491123456789"),
        ("+54 11 15 2345 6789", None, "+5491123456789"),
        ("11 2345-6789", "AR", "+541123456789"),
    ],
)
def test_mexico_and_argentina(text: str, region: str | None, key: str) -> None:
    """P3: the 1 of Mexican mobiles is no longer read, the Argentine 15 is the 9."""
    assert phone_match_key(text, region) == key


@pytest.mark.parametrize(
    "text",
    [
        "650-253-0000 x1234",
        "650-253-0000x1234",
        "650-253-0000 e\u200bxt\u200f1234",
        "650-253-0000 ext 1234",
        "650-253-0000 Ext. 1234",
        "650-253-0000, ext: 1234",
        "650-253-0000 extn 1234",
        "650-253-0000 extension 1234",
        "650-253-0000 extensión 1234",
        "650-253-0000 extensio\u0301n 1234",
        "650-253-0000 доб. 1234",
        "650-253-0000 ДОБ 1234",
        "650-253-0000 anexo 1234",
        "650-253-0000 int 1234",
        "650-253-0000 #1234",
        "650-253-0000 ~ 1234",
        "650-253-0000 1234#",
        "650-253-0000,1234",
        "650-253-0000,,1234",
        "650-253-0000,,1234#",
        "650-253-0000;1234",
        "650-253-0000;ext=1234",
        "650-253-0000 (ext 1234)",
        "650-253-0000 x1234 (office)",
        "６５０ ２５３ ００００ ｘ１２３４",
        "tel:+1-650-253-0000;ext=1234",
        "tel:253-0000;ext=1234;phone-context=+1-650",
        "(650) 253-0000 x 1234",
    ],
)
def test_extensions(text: str) -> None:
    """P1, P3, fault 21: the extension is part of the key, however it is marked."""
    assert phone_match_key(text, "US") == GOOGLE + ";ext=1234"


def test_extensions_as_phonenumbers() -> None:
    """P3: what is taken for an extension is what phonenumbers takes for one."""
    marks = [" x", "ext", " ext. ", ", extension: ", " доб ", " anexo ", " int ", "#", ",,", ";"]
    for mark in marks:
        for digits in ("1", "0", "01", "98765", "123456789"):
            text = f"+16502530000{mark}{digits}"
            expected = phonenumbers.parse(text, None).extension
            key = phone_match_key(text)
            if mark != ";" or len(digits) < 7:
                assert key == f"{GOOGLE};ext={expected}", text


@pytest.mark.parametrize("key", [GOOGLE + ";ext=1", GOOGLE + ";ext=" + "12345678901234567890"])
def test_keys_with_extension_are_their_own_keys(key: str) -> None:
    """P1: a valid key with an extension, given as text, is its own key."""
    for region in (None, "US", "DE"):
        assert phone_match_key(key, region) == key


def test_other_extension_other_key() -> None:
    """P1, fault 21: two extensions of one number are two identities."""
    keys = {phone_match_key(GOOGLE + end) for end in ("", " x1", " x2", " x01")}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("text", "region", "key"),
    [
        ("555-0100", "US", "typed:US:5550100"),
        ("555 0100 x7", "us", "typed:US:5550100;ext=7"),
        ("555-0100", "CA", "typed:CA:5550100"),
        ("650-253-0000", None, "typed:ZZ:6502530000"),
        ("٦٥٠-٢٥٣-٠٠٠٠", None, "typed:ZZ:6502530000"),
        ("６５０ ２５３ ００００", None, "typed:ZZ:6502530000"),
        ("118 118 7", "DE", "typed:DE:1181187"),
        ("+999 4738 2910", None, "typed:+99947382910"),
        ("+999 4738 2910", "US", "typed:+99947382910"),
        ("00 999 4738 2910", "US", "typed:+99947382910"),
        ("+0 650 253 0000", "US", "typed:+06502530000"),
        ("+011 44 20 7946 0958", "US", "typed:+011442079460958"),
        ("+44 20 79", "GB", None),
        ("+44 20 79461", "GB", "typed:+442079461"),
        ("0044 20 79461", None, "typed:+442079461"),
        ("#31#6502530000", "US", "typed:US:316502530000"),
    ],
)
def test_typed_numbers(text: str, region: str | None, key: str | None) -> None:
    """P2, fault 22: no valid number is keyed by digits and region, or by + alone."""
    assert phone_match_key(text, region) == key


@pytest.mark.parametrize(
    "text",
    [
        "0000000000",
        "000 000 0000 x5",
        "٠٠٠٠٠٠٠٠٠٠",
        "1234567",
        "7654321",
        "0123456789",
        "9876543210",
        "123-456-7890",
        "8901234",
        "2109876",
        "112",
        "911",
        "1",
        "5555",
        "555-555-5555",
        "+1 000 000 0000",
        "+1 555 555 5555",
        "+1 123 456 7890",
        "1-000-000-0000",
        "001 000 000 0000",
        "+00000000",
        "00000",
    ],
)
def test_placeholders(text: str) -> None:
    """P2: placeholders are kept as text and have no key, so strangers do not meet on them."""
    assert phone_match_key(text, "US") is None
    assert key_of_phone(text, "US") is None


def test_valid_numbers_are_no_placeholders() -> None:
    """P2: only what is not valid is looked at as a placeholder."""
    assert phone_match_key("+55 11 99999-9999") == "+5511999999999"
    assert phone_match_key("4002", "NU") == "+6834002"


def test_all_examples_agree_on_what_is_typed() -> None:
    """P2: keys of the two kinds never meet, and typed + keys do not depend on the region."""
    for _, number in EXAMPLES[::7]:
        cut = phonenumbers.format_number(number, PhoneNumberFormat.E164)[:-3]
        keys = {phone_match_key(cut, region) for region in (None, "US", "DE", "IT", "JP")}
        assert len(keys) == 1
        key = keys.pop()
        assert key is None or key.startswith("typed:+") or phone_match_key(key) == key


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no digit"),
        ("-", "no digit"),
        ("+", "no digit"),
        ("n/a", "no digit"),
        ("undefined", "no digit"),
        ("FLOWERS", "no digit"),
        ("5550100.0", "spreadsheet"),
        ("5550100.00", "spreadsheet"),
        ("650253000.0", "spreadsheet"),
        ("+16502530000.0", "spreadsheet"),
        ("５５５０１００.０", "spreadsheet"),
        ("6.5e9", "spreadsheet"),
        ("6.5E+09", "spreadsheet"),
        ("6,5E+09", "spreadsheet"),
        ("1E10", "spreadsheet"),
        ("650-253-0000 / 650-253-1111", "more than one"),
        ("650-253-0000/650-253-1111", "more than one"),
        ("650-253-0000; 650-253-1111", "more than one"),
        ("650-253-0000;6502531111", "more than one"),
        ("+16502530000;16502531111", "more than one"),
        ("650-253-0000, 650-253-1111", "more than one"),
        ("6502530000,6502531111", "more than one"),
        ("650-253-0000、650-253-1111", "more than one"),
        ("650-253-0000 or 650-253-1111", "more than one"),
        ("650-253-0000 und 650-253-1111", "more than one"),
        ("650-253-0000 | 650-253-1111", "more than one"),
        ("650-253-0000 & 650-253-1111", "more than one"),
        ("650-253-0000 650-253-1111", "more than one"),
        ("650-253-0000 - 650-253-1111", "more than one"),
        ("+1 650 253 0000 +1 650 253 1111", "more than one"),
        ("+1 650 253 0000 home", "letters"),
        ("+49 30 12345 home", "letters"),
        ("650-253-0000 ask for Bob", "letters"),
        ("650-253-0000 mobile", "letters"),
        ("650-253-0000 (mobile", "letters"),
        ("650-253-0000 (mobile 2)", "letters"),
        ("650-253-0000 (ext) 12", "letters"),
        ("650-253-0000 m", "letters"),
        ("650-253-0000 Büro", "letters"),
        ("650-253-0000 自宅", "letters"),
        ("call 650-253-0000", "letters"),
        ("x1234", "letters"),
        ("6502530000@txt.example", "letters"),
        ("650-253-000²", "letters"),
        ("tel:253-0000;phone-context=a!b", "phone-context"),
    ],
)
def test_no_number(text: str, word: str) -> None:
    """P2, P3: what is no number is refused, with the reason and a remedy."""
    with pytest.raises(InvalidPhone) as caught:
        key_of_phone(text, "US")
    assert word in caught.value.details["reason"]
    assert caught.value.details["phone"] == text
    assert not caught.value.message.endswith(".")
    assert phone_match_key(text, "US") is None


def test_two_numbers_with_a_valid_whole() -> None:
    """P3: two German numbers together could be one of theirs, and are refused all the same."""
    with pytest.raises(InvalidPhone, match="one number per item"):
        key_of_phone("030 1234567 / 030 7654321", "DE")
    with pytest.raises(InvalidPhone, match="one number per item"):
        key_of_phone("650-253-0000 / 650-253-1111", None)


def test_messages_are_short() -> None:
    """C5: a refused text is shown shortened."""
    with pytest.raises(InvalidPhone) as caught:
        key_of_phone("a" * 10_000, None)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("text", "region", "key"),
    [
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("1-800-flowers", "US", "+18003569377"),
        ("1-800-GO-FEDEX", "US", "+18004633339"),
        ("800-GOT-JUNK?", "US", "+18004685865"),
        ("+1-800-FLOWERS", None, "+18003569377"),
        ("1-800-ＦＬＯＷＥＲＳ", "US", "+18003569377"),
        ("1-800-FLOWERS ext 5", "US", "+18003569377;ext=5"),
        ("1-800-356-9377 (FLOWERS)", "US", "+18003569377"),
        ("(650) 253-CAFE", "US", "+16502532233"),
        ("0800 FLOWERS", "DE", "+498003569377"),
        ("1300 FLOWER", "AU", "+611300356937"),
    ],
)
def test_vanity_numbers(text: str, region: str | None, key: str) -> None:
    """P2, P3: letters are digits where the text is a vanity number as a whole."""
    assert phone_match_key(text, region) == key


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("1-800-FLOWERS", None),
        ("1-800-FLOWERSHOP", "US"),
        ("1 FLOWERS", "US"),
        ("1-800-BÜROS12", "US"),
        ("0221 call Bob", "DE"),
        ("07400 call me", "GB"),
        ("0800 1234567 home", "DE"),
        ("0800 FLOWERS now", "DE"),
    ],
)
def test_remarks_never_become_digits(text: str, region: str | None) -> None:
    """P2: letters after a number, or where no region tells, are no digits."""
    with pytest.raises(InvalidPhone, match="letters"):
        key_of_phone(text, region)


@pytest.mark.parametrize("region", ["XX", "UK", "ZZ", "001", "", "USA", "U", "ÜS", "ßs"])
def test_unknown_regions(region: str) -> None:
    """P4: an unknown region is the caller's mistake, whatever the text."""
    for text in ("650-253-0000", GOOGLE, ""):
        with pytest.raises(InvalidArgument):
            phone_match_key(text, region)
    with pytest.raises(InvalidArgument):
        checked_region(region)


def test_checked_region() -> None:
    """P1: a region is kept in upper case."""
    assert checked_region("gb") == "GB"
    assert all(checked_region(region) == region for region in REGIONS)


def test_text_of_another_type() -> None:
    """P4: a number that is no text is the caller's mistake."""
    with pytest.raises(InvalidArgument):
        phone_match_key(6502530000, "US")  # type: ignore[arg-type]


def test_needs_region() -> None:
    """P1, fault 20: the key of a national number without region tells that it is one."""
    assert needs_region(key_of_phone("650-253-0000", None) or "")
    assert not needs_region(key_of_phone("650-253-0000", "US") or "")
    assert not needs_region(key_of_phone("555-0100", "US") or "")
    assert not needs_region(key_of_phone("+999 4738 2910", None) or "")


@pytest.mark.parametrize(
    "text",
    [
        "1" * 10_000_000,
        "+1 650 253 0000" + " " * 36 + "x1",
        "(" * 1_000_000,
        "\u0958" * 30 + "1",
        "1-" * 5_000_000,
    ],
)
def test_length(text: str) -> None:
    """C6, fault 77: more than 50 characters are no phone number, decided before any parsing."""
    start = time.perf_counter()
    assert phone_match_key(text, "US") is None
    assert time.perf_counter() - start < 0.2


def test_white_space_around_does_not_count() -> None:
    """C6: the limit is that of the trimmed text."""
    assert phone_match_key(" " * 100_000 + GOOGLE + "\n" * 100) == GOOGLE


@pytest.mark.parametrize("character", "( x,;-0.#[~+/E\u200b")
def test_slow_text(character: str) -> None:
    """Fault 77: no text of 50 characters takes long."""
    for text in (character * 50, "1" + character * 48 + "1", f"1{character}" * 25):
        phone_match_key(text, "US")
        start = time.perf_counter()
        phone_match_key(text, "US")
        assert time.perf_counter() - start < 0.05


@pytest.mark.parametrize("text", ["+1650\x00253000", "+1650\ud800253", "650\t253 0000", "1\n2"])
def test_control_characters(text: str) -> None:
    """C3: a text with control characters has no key."""
    assert phone_match_key(text, "US") is None


def test_phonenumbers_is_imported_by_the_first_phone() -> None:
    """performance.md: the library is imported when first needed, with its pattern cache on."""
    program = (
        "import sys; from wixcrm_local.phone_number import phone_match_key as key\n"
        "assert 'phonenumbers' not in sys.modules\n"
        "assert key('+16502530000') == '+16502530000'\n"
        "from phonenumbers import re_util; assert re_util._COMPILED_PATTERNS is not None"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


example_numbers = st.sampled_from(EXAMPLES)
gaps = st.sampled_from(
    [" ", "-", ".", "", "(", ")", "\u00a0", "\u2013", "\u200b", "\u200f", "\u2060", " - ", "_"]
)
digit_shifts = st.sampled_from([0x30, 0x660, 0x6F0, 0x966, 0xFF10])


@given(example_numbers, st.data())
def test_separators_do_not_matter(
    example: tuple[str, phonenumbers.PhoneNumber], data: st.DataObject
) -> None:
    """P3, fault 19: separators and scripts of digits change no key."""
    region, number = example
    form = data.draw(st.sampled_from([PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL]))
    plain = phonenumbers.format_number(number, form)
    digits = [sign for sign in plain if sign in "+0123456789"]
    zero = data.draw(digit_shifts)
    written = "".join(
        (sign if sign == "+" else chr(zero + int(sign))) + data.draw(gaps) for sign in digits[:-2]
    )
    written += "".join(chr(zero + int(sign)) for sign in digits[-2:])  # `.0` would be a decimal
    if len(written) <= 50:
        assert phone_match_key(written, region) == phone_match_key("".join(digits), region)


@given(example_numbers, st.sampled_from(REGIONS), st.sampled_from(["", "1", "0042", "9" * 15]))
def test_valid_keys_are_their_own_keys(
    example: tuple[str, phonenumbers.PhoneNumber], region: str, extension: str
) -> None:
    """P1: a valid key given as text is its own key, whatever the region."""
    key = phonenumbers.format_number(example[1], PhoneNumberFormat.E164)
    key += f";ext={extension}" if extension else ""
    assert phone_match_key(key) == key
    assert phone_match_key(key, region) == key


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="+0123456789 ()-./,;x#extélm:=*&８٤\u200b", max_size=50),
    ),
    st.sampled_from([None, "US", "DE", "IT", "AR", "BR"]),
)
def test_any_text(text: str, region: str | None) -> None:
    """P4: no text raises, and an E.164 key is its own key."""
    key = phone_match_key(text, region)
    if key is not None and key.startswith("+"):
        assert phone_match_key(key, None) == key
        assert phone_match_key(f" {text} ", region) == key
    else:
        assert key is None or key.startswith("typed:")


def compact(text: str) -> str:
    return "".join(sign for sign in text if sign in "+0123456789")


def disagreement(number: str, region: str | None) -> str | None:
    """What the fast path answers against phonenumbers, if it does."""
    fast = forced_key(number, region)
    slow = library_key(number, region) if fast is not None else None
    return f"{number} in {region}: {fast}, not {slow}" if fast != slow else None


def direct_key(text: str, region: str) -> str | None:
    """The E.164 form that phonenumbers gives for the text as it stands, if it is valid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mutated(number: str, chance: random.Random) -> str:
    signs = list(number)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(signs[0] == "+", len(signs) + 1)
        if chance.random() < 0.4 and place < len(signs):
            signs[place] = chance.choice("0123456789")
        elif chance.random() < 0.5:
            signs.insert(place, chance.choice("0123456789"))
        elif place < len(signs) and len(signs) > 3:
            del signs[place]
    return "".join(signs)


def forms(region: str, number: phonenumbers.PhoneNumber) -> Iterator[str]:
    for form in FORMATS:
        yield phonenumbers.format_number(number, form)
    yield "00" + phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    yield phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    yield phonenumbers.national_significant_number(number)
    for caller in (region, "US", "AU", "RU"):  # with the prefix that is dialled there
        yield phonenumbers.format_out_of_country_calling_number(number, caller)


def test_every_example_number() -> None:
    """P1: every region's example numbers have the key that phonenumbers gives, in every form."""
    chance = random.Random(1)
    for region, number in EXAMPLES:
        for text in forms(region, number):
            digits = compact(text)
            if digits.startswith("+"):
                assert phone_match_key(text) == direct_key(text, region)
            elif not digits.startswith("00") and (key := direct_key(text, region)):
                assert phone_match_key(text, region) == key
            for place in (region, chance.choice(REGIONS), None):
                assert disagreement(digits, place) is None
            assert disagreement(mutated(digits, chance), region) is None


def test_numbers_that_are_read_back_as_others() -> None:
    """P1: a key that would not be its own key is none, though phonenumbers calls it valid."""
    number = phonenumbers.parse("88101923457", "BY")
    assert phonenumbers.is_valid_number(number)
    assert phone_match_key("88101923457", "BY") == "typed:BY:88101923457"


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("0800123456", "JE"),  # the shorter rest is no number of Jersey: the 0 may stay
        ("0117518012345667", "GA"),  # the prefix is rewritten, not taken off
        ("011152335456789", "AR"),
        ("62800234567", "ID"),  # begins with the calling code, and is long enough without
        ("468123456", "SE"),
        ("88101923457", "BY"),
    ],
)
def test_what_the_fast_path_has_to_leave(number: str, region: str) -> None:
    """P1: where prefixes are ambiguous, the library decides."""
    assert disagreement(number, region) is None


def test_the_fast_path_takes_most() -> None:
    """performance.md: nine of ten example numbers never reach the library's parser."""
    numbers = [phonenumbers.format_number(number, PhoneNumberFormat.E164) for _, number in EXAMPLES]
    assert sum(forced_key(number, None) is not None for number in numbers) > 0.9 * len(numbers)


@pytest.mark.storm
def test_the_fast_path_against_the_library() -> None:
    """P1: over 300,000 seeded cases the fast path never answers otherwise than phonenumbers."""
    chance = random.Random(20)
    written = [
        (region, [compact(text) for text in forms(region, number)]) for region, number in EXAMPLES
    ]
    differences = []
    for _ in range(300_000):
        region, texts = chance.choice(written)
        number = chance.choice(texts)
        number = mutated(number, chance) if chance.random() < 0.8 else number
        place = chance.choice([region, region, region, chance.choice(REGIONS), None])
        if found := disagreement(number, place):
            differences.append(found)
    assert differences == []
