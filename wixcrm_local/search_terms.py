"""What a search looks at, and how well a contact answers it: words, marks and ranks. Pure.

Law: one folding for what is stored and for what is asked; any text at all is a query; `rank` alone
decides what is found, and the grams only narrow down whom to ask it about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

# How well a word is answered, best first.
EXACT, PREFIX, INSIDE, NOT_AT_ALL = 0, 1, 2, 9

# Letters that no decomposition makes plain, and what people type for typographic marks.
PLAIN = str.maketrans(
    "łøđħŧðıŀŋ’‘ʼ‐‑‒–—",
    "lodhtdiln'''-----",
) | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
# Marks that change which letter it is, in kana and in Indic scripts (their combining classes).
_PART_OF_A_LETTER = (7, 8, 9)
_START = re.compile(r"[^\W_]+|@")
_BETWEEN_DIGITS = str.maketrans("", "", " -.()+/")
_GRAM = 3
_RUN = 4  # of digits: a number has so many threes that they tell too little
_DIGITS = re.compile(f"[0-9]{{{_RUN},}}")
_MOST_CHARACTERS = 200  # of a query: what is behind them narrows nothing down any more
_MOST_GRAMS = 4  # of a query that are looked up
_COMMONPLACE, _RARE = 300, 9  # contacts of a thousand; no sample tells of less than ten
_FEW = 1e-7  # of all contacts, were letters independent of each other; they are not
_PLACES = 20  # where digits may stand in a contact's numbers, roughly
_LONGEST_NUMBER = 15  # digits (E.164): more are several numbers

# The index takes its text apart at blanks and ASCII punctuation: that stands there as letters.
# Where they are letters of a text, too, the index names somebody too many.
_AS_LETTERS = {mark: 0x180 + mark for mark in range(128) if not chr(mark).isalnum()}
_BEGINS, _ENDS, _IS = "\u0101", "\u0103", "\u0105"


class Word(NamedTuple):
    """One word of a query, folded."""

    text: str

    @property
    def is_digits(self) -> bool:
        return self.text.isascii() and self.text.isdigit()


class Texts(NamedTuple):
    """What of a contact is searched, folded: the words of its names, addresses, and numbers."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]


def fold(text: str) -> str:
    """The text without case, diacritics and widths, in any script; digits are 0 to 9."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(PLAIN)
    kept = [_digit(letter) for letter in plain if not is_stripped(letter)]
    return unicodedata.normalize("NFC", "".join(kept))


def is_stripped(letter: str) -> bool:
    """Whether folding takes a letter away: accents, and what is not typed, such as joiners."""
    mark = unicodedata.combining(letter)
    if mark:
        return mark not in _PART_OF_A_LETTER
    return unicodedata.category(letter) == "Cf"


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a query; what looks like a telephone number is one word, without its spaces."""
    folded = fold("".join(map(_searchable, text[:_MOST_CHARACTERS])))
    words: list[str] = []
    digits: list[str] = []
    for piece in [*folded.split(), ""]:
        bare = piece.translate(_BETWEEN_DIGITS)
        if bare.isascii() and bare.isdigit():
            digits.append(bare)
            continue
        if digits and piece and not bare:  # a dash between two groups
            continue
        if digits:
            joined = "".join(digits)
            words += [joined] if len(joined) <= _LONGEST_NUMBER else digits
            digits = []
        if piece:
            words.append(piece)
    return tuple(Word(word) for word in dict.fromkeys(words))


def _searchable(letter: str) -> str:
    """Controls and lone surrogates stand in no stored name."""
    if letter.isspace():
        return " "
    return "" if unicodedata.category(letter) in ("Cc", "Cs") else letter


def texts_of(
    names: Iterable[str | None],
    addresses: Iterable[str],
    numbers: Iterable[tuple[str, str | None]],
) -> Texts:
    """What is searched of a contact; a number comes with its match key."""
    words = [word for name in names if name for word in fold(name).split()]
    words += [fold(address) for address in addresses]
    digits: list[str] = []
    for text, key in numbers:
        digits.append("".join(re.findall("[0-9]", fold(text))))
        if key is not None and key.startswith("+"):
            digits.append(key[1:].partition(";")[0])
    return Texts(
        tuple(dict.fromkeys(words)), tuple(dict.fromkeys(number for number in digits if number))
    )


def rank(words: Sequence[Word], texts: Texts) -> int:
    """How well a contact answers all the words: its worst one counts."""
    worst = EXACT
    for word in words:
        found = min((_rank_in(word, text) for text in texts.words), default=NOT_AT_ALL)
        if word.is_digits:
            found = min([found, *(_rank_in_number(word, number) for number in texts.numbers)])
        if found == NOT_AT_ALL:
            return NOT_AT_ALL
        worst = max(worst, found)
    return worst


def _rank_in(word: Word, text: str) -> int:
    asked = word.text
    place = text.find(asked)
    if place < 0:
        return NOT_AT_ALL
    if len(asked) == len(text):
        return EXACT
    while place >= 0:
        if place in starts(text):
            return PREFIX
        place = text.find(asked, place + 1)
    return INSIDE if len(asked) >= _GRAM else NOT_AT_ALL


def _rank_in_number(word: Word, number: str) -> int:
    asked = word.text
    if asked == number:
        return EXACT
    if number.startswith(asked) or (len(asked) > 1 and number.endswith(asked)):
        return PREFIX
    return INSIDE if len(asked) >= _GRAM and asked in number else NOT_AT_ALL


def starts(text: str) -> set[int]:
    """Where a word begins: at the text's own beginning, at an @, and behind what is no letter."""
    return {0, *[found.start() for found in _START.finditer(text)]}


def entry(texts: Texts) -> str:
    """What a contact stands under in the index: beginnings, ends, wholes, and all by threes.

    Digits stand there by fours, too. With blanks between; some stand there twice, which the index
    doesn't mind and a set would cost.
    """
    found = [_of_name(text) if text.isalpha() else _of_text(text) for text in texts.words]
    for number in texts.numbers:
        found.append(_in_pieces(number, _GRAM) + _in_pieces(number, _RUN))
        found.append(_beginnings(number, (0,)) + _whole(number))
        found.append(f"{_ENDS}{number[-2:]} {_ENDS}{number[-_GRAM:]}")
    return " ".join(found)


def _of_text(text: str) -> str:
    """Of a word or an address; the domain stands by itself, as many have the same."""
    head, at, domain = text.rpartition("@")
    if not at:
        return _of_piece(text, "") + _whole(text)
    return (
        _of_piece(head, (at + domain[:1]).translate(_AS_LETTERS))
        + _of_domain(domain)
        + _whole(text)
    )


@lru_cache(4096)
def _of_domain(domain: str) -> str:
    return _of_piece("@" + domain, "")


def _of_piece(text: str, behind: str) -> str:
    """All that begins in a piece of a text, of which two letters more are known."""
    is_plain = text.isalnum()
    marked = (text if is_plain else text.translate(_AS_LETTERS)) + behind
    found = _in_pieces(marked, _GRAM) + _beginnings(marked, (0,) if is_plain else starts(text))
    for digits in _DIGITS.findall(text):
        found += _in_pieces(digits, _RUN)
    return found


def _in_pieces(text: str, size: int) -> str:
    """So many neighbours each and a blank: laid into each other, as a loop takes longer by half."""
    count = len(text) - size + 1
    if count < 1:
        return ""
    laid = [" "] * (count * (size + 1))
    for place in range(size):
        laid[place :: size + 1] = text[place : place + count]
    return "".join(laid)


def _beginnings(text: str, places: Iterable[int]) -> str:
    found = ""
    for place in places:
        first = _BEGINS + text[place : place + 1]
        second = text[place + 1 : place + 2]
        found += f"{first} {first}{second} {first}{second}{text[place + 2 : place + _GRAM]} "
    return found


_of_name = lru_cache(4096)(_of_text)  # names come again and again


def lookup(words: Sequence[Word], wanted: int, common: Mapping[str, int]) -> str | None:
    """The index's query for whom `rank` may rank as `wanted`; None where it can rank nobody so.

    `common` tells of the common grams in how many contacts of a thousand they stand. As many are
    asked for as narrow it down: of each word in turn the rarest, since two words together are rarer
    than one looked up twice, and what most contacts have takes long to read for nothing.
    """
    if wanted == INSIDE and all(len(word.text) < _GRAM for word in words):
        return None
    of_words = [_rarest_first(word, wanted, common) for word in words]
    in_turn = [gram for grams in zip_longest(*of_words) for gram in grams if gram is not None]
    telling = [gram for gram in in_turn if gram[0] <= _COMMONPLACE] or [min(in_turn)]
    chosen: dict[str, None] = {}
    share = 1.0
    for share_of_gram, gram in telling[:_MOST_GRAMS]:
        if share > _FEW:
            chosen[gram] = None
            share *= max(share_of_gram, _RARE) / 1000
    return " AND ".join(f"({gram})" for gram in chosen)


def share(words: Sequence[Word], common: Mapping[str, int]) -> float:
    """About which part of all contacts answers: digits are spread evenly, letters are not."""
    found = 1.0
    for word in words:
        if word.is_digits:
            found *= min(1.0, _PLACES * 10.0 ** -len(word.text))
        else:
            rarest, _ = _rarest_first(word, INSIDE, common)[0]
            found *= max(rarest, _RARE) / 1000
    return found


def _rarest_first(word: Word, wanted: int, common: Mapping[str, int]) -> list[tuple[int, str]]:
    """Each with its share; of equally rare ones those first that tell where they stand."""
    grams = [
        (sum(common.get(gram, 0) for gram in alternatives), " OR ".join(map(_quoted, alternatives)))
        for alternatives in _grams_of(word, wanted)
    ]
    return sorted(grams, key=itemgetter(0))


def _quoted(gram: str) -> str:
    return f'"{gram}"'


def _grams_of(word: Word, wanted: int) -> Iterator[tuple[str, ...]]:
    """What a contact stands under that has the word so; of alternatives, under one."""
    if wanted == EXACT:
        yield (_whole(word.text),)
        return
    marked = word.text.translate(_AS_LETTERS)
    if wanted == PREFIX or len(marked) < _GRAM:
        beginning = (_BEGINS + marked[:_GRAM],)
        can_end = word.is_digits and len(marked) > 1
        yield (*beginning, _ENDS + marked[-_GRAM:]) if can_end else beginning
    size = _RUN if word.is_digits and len(marked) >= _RUN else _GRAM
    last = len(marked) - size  # digits stand at the end, and are rare; neighbours tell the same
    for place in sorted(range(last + 1), key=lambda place: ((last - place) % size, -place)):
        yield (marked[place : place + size],)


def _whole(text: str) -> str:
    return f"{_IS}{crc32(text.encode()) & 0xFFFFF:05x}"
