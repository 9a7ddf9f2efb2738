"""What a person takes from a mail: the links to click and the codes to type in. Pure.

Law: everything comes in the order in which it is read, each once, and in a time that grows with the
mail's length, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from wixcrm_local.html_text import Parser

_BARE = re.compile(r"https?://[^\s<>\"'`«»“”]+", re.IGNORECASE)
_BARE_PLACE = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}/\S*", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_ENDS_A_SENTENCE = ".,;:!?…。、，"
_UNSEEN = frozenset(["head", "script", "style", "template", "title"])
# Tags that stand inside a line; every other one begins a new line.
_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|data|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|"
    "strong|sub|sup|time|tt|u|var|wbr"
)
# What a code is often set in, to stand out of its line.
_SET_OFF = re.compile("b|big|code|kbd|mark|samp|strong|tt")
# Marks of where that begins and ends; no text that is read holds them.
_SET_OFF_FROM, _SET_OFF_TO = "\x01", "\x02"
_INVISIBLE = re.compile("[\x00-\x02]")

_SPACES = " \t\u00a0\u2007\u2009\u202f"
_GROUP = rf"\d+(?:(?:[{_SPACES}./:,–-]|\) ?|\)-| \()\d+)*"
_FIGURES = re.compile(rf"[+(]{{0,2}}{_GROUP}")
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_MONEY = "$€£¥₹₽₩₪₺₴฿₫¢%‰"
_MONEY_WORDS = re.compile(
    r"(?:usd|eur|gbp|jpy|chf|cad|aud|inr|pln|czk|sek|nok|dkk|kr|zł|руб|percent)\b", re.IGNORECASE
)
_MONEY_WORD_BEFORE = re.compile(rf"(?<![^\W\d_]){_MONEY_WORDS.pattern}\.?$", re.IGNORECASE)
# What stands before the number of something else: of an order, a place, a year.
_NUMBER_OF = re.compile(
    r"(?:#|№|(?<![^\W_])(?:no|nr|num|núm)\."
    r"|(?<![^\W_])(?:order|invoice|ticket|booking|bestellung|rechnung|commande|facture|pedido"
    r"|factura|ordine|fattura)(?: (?:number|no|id|nr|nummer))?:?)$",
    re.IGNORECASE,
)
_STATE = re.compile(r", [A-Z]{2}$")
_DAY = re.compile(
    r"(?:©|\(c\)|copyright|(?<![^\W_])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
    r"\.?(?: \d{1,2},?)?)$",
    re.IGNORECASE,
)
_WORDS_FOR_CODE = re.compile(
    r"cod|kod|pin\b|otp\b|tan\b|pass|password|verif|token|key\b|код|парол|κωδικ|קוד|رمز|كود|کد|"
    r"कोड|รหัส|コード|番号|码|碼|코드|인증",
    re.IGNORECASE,
)
_YEARS = range(1900, 2100)
_MOST_LETTERS = 16
_OPENING_QUOTES, _CLOSING_QUOTES = frozenset("\"'“‘«„「『"), frozenset("\"'”’“»」』")
_COLONS = frozenset(":：")


def links(html: str | None, text: str) -> tuple[str, ...]:
    """The addresses a reader can open: hrefs and bare URLs of the html, then those of the text.

    mailto:, tel: and the like, and places inside the mail, are no such addresses.
    """
    found: dict[str, None] = {}
    if html is not None:
        for piece in _read(html):
            found.update(dict.fromkeys([piece.href] if piece.href else _bare(piece.text)))
    found.update(dict.fromkeys(_bare(text)))
    return tuple(found)


def codes(subject: str, html: str | None, text: str) -> tuple[str, ...]:
    """The one-time codes of a mail: its subject's first, then those of the text that is seen.

    A code is 4 to 8 digits, also as two groups such as "123 456" or one by one, which are joined;
    or letters and digits set apart: alone, in bold, quoted, behind a colon, or capitals in a line
    that speaks of a code. Phone numbers, dates, times, prices, percentages, years and numbers of
    orders are none, and neither is anything inside of a URL or an email address.
    """
    parts = [_INVISIBLE.sub("", subject)]
    if html is not None:
        parts.append("".join(piece.text for piece in _read(html)))
    parts.append(_INVISIBLE.sub("", text))
    found: dict[str, None] = {}
    for part in parts:
        plain = part
        for no_code_inside in (_BARE, _BARE_PLACE, _ADDRESS):
            plain = no_code_inside.sub("\x00", plain)
        for line in plain.split("\n"):
            found.update(dict.fromkeys(_codes_of_line(line)))
    return tuple(found)


def _read(html: str) -> Sequence[_Piece]:
    reader = _Reader()
    reader.read(html)
    return reader.in_order()


class _Piece:
    """Text that is seen, or where a link leads to."""

    __slots__ = ("href", "text")

    def __init__(self, text: str, href: str = "") -> None:
        self.text, self.href = text, href


class _Reader(Parser):
    """Takes the text that is seen, one line for each block, and the hrefs between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[_Piece] = []
        self._run: list[str] = []
        self._unseen = 0

    def in_order(self) -> Sequence[_Piece]:
        """The pieces, in the order in which they are read."""
        self._end_run()
        return self._pieces

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":  # it ends a head that was not closed
            self._unseen = 0
        elif tag in _UNSEEN:
            self._unseen += 1
        if tag in ("a", "area") and not self._unseen:
            href = re.sub(r"[\t\r\n]", "", dict(attrs).get("href") or "").strip()
            if _SCHEME.match(href):
                self._end_run()
                self._pieces.append(_Piece("", href))
        self._mark(tag, _SET_OFF_FROM)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        self._mark(tag, _SET_OFF_TO)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._run.append(re.sub(r"[ \t\r\n\f\x00-\x02]+", " ", data))

    def _mark(self, tag: str, edge: str) -> None:
        if _SET_OFF.fullmatch(tag):
            self._run.append(edge)
        elif not _INLINE.fullmatch(tag):
            self._run.append("\n")

    def _end_run(self) -> None:
        if self._run:
            self._pieces.append(_Piece("".join(self._run)))
            self._run = []


def _bare(text: str) -> Iterator[str]:
    """The URLs that stand in a text, without what ends the sentence around them."""
    for found in _BARE.finditer(_INVISIBLE.sub("", text)):
        url = found[0]
        surplus = {shut: url.count(shut) - url.count(opened) for shut, opened in _CLOSING.items()}
        end = len(url)
        while end:
            last = url[end - 1]
            if surplus.get(last, 0) > 0:
                surplus[last] -= 1
            elif last not in _ENDS_A_SENTENCE:
                break
            end -= 1
        if _SCHEME.fullmatch(url[:end]) is None:
            yield url[:end]


class _Line:
    """One line, and what is looked at again for each code in it: once for all, in a long one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = _INVISIBLE.sub(" ", text)  # of the same length
        self.stripped = self.plain.strip()

    @cached_property
    def speaks_of_codes(self) -> bool:
        return _WORDS_FOR_CODE.search(self.plain) is not None

    def is_set_off(self, start: int, end: int) -> bool:
        """Whether a part of it stands alone, or in bold and the like."""
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        is_marked = before == _SET_OFF_FROM and after == _SET_OFF_TO
        return is_marked or end - start == len(self.stripped)


def _codes_of_line(text: str) -> Iterator[str]:
    line = _Line(text)
    found = sorted([*_digit_codes(line), *_mixed_codes(line)])
    yield from (code for _, code in found)


def _digit_codes(line: _Line) -> Iterator[tuple[int, str]]:
    """Codes of digits alone, each with its place."""
    plain = line.plain
    for found in _FIGURES.finditer(plain):
        if found[0].startswith("+") or _is_part_of_word(plain, found.start(), found.end()):
            continue
        for place, group in _plain_groups(found[0]):
            at = found.start() + place
            if _is_counted_or_paid(plain, at, at + len(group)):
                continue
            for offset, code in _codes_of_group(group):
                start = at + offset
                is_a_code = not _is_like_a_year(code) or line.is_set_off(start, start + 4)
                if is_a_code or line.speaks_of_codes:
                    yield start, code


def _plain_groups(figures: str) -> Iterator[tuple[int, str]]:
    """The parts of a run of figures between what is a date, a time, a price or an address."""
    start, end = -1, 0
    for found in re.finditer(rf"[^{_SPACES}]+", figures):
        if re.search(r"\d[./:,–]\d|\d-\d+-\d", found[0]):
            if start >= 0:
                yield start, figures[start:end]
            start = -1
        else:
            start = found.start() if start < 0 else start
            end = found.end()
    if start >= 0:
        yield start, figures[start:end]


def _codes_of_group(group: str) -> Iterator[tuple[int, str]]:
    groups = [(found.start(), found[0]) for found in re.finditer(r"\d+", group)]
    lengths = [len(digits) for _, digits in groups]
    if ")" in group or " (" in group:
        return  # a phone number
    are_single = set(lengths) == {1} and 4 <= len(lengths) <= 8
    if lengths in ([3, 3], [4, 4]) or (are_single and "-" not in group):
        yield 0, group if "-" in group else "".join(digits for _, digits in groups)
        return
    if "-" in group or (len(groups) > 1 and sum(lengths) > 8 and min(lengths) < 6):
        return  # a phone number, or one of a card
    yield from ((place, digits) for place, digits in groups if 4 <= len(digits) <= 8)


def _is_part_of_word(line: str, start: int, end: int) -> bool:
    """Whether letters of a script that has words, or such as `_`, touch the digits."""
    for beside in (line[start - 1 : start], line[end : end + 1]):
        if beside and (beside in "_@&=" or beside.lower() != beside.upper()):
            return True
    before, after = line[max(0, start - 2) : start], line[end : end + 2]
    return bool(re.fullmatch(r"[^\W_]-", before) or re.fullmatch(r"-[^\W_]", after))


def _is_counted_or_paid(line: str, start: int, end: int) -> bool:
    before, after = line[max(0, start - 24) : start].rstrip(_SPACES), line[end : end + 12]
    after = after.lstrip(_SPACES)
    return bool(
        before.endswith(tuple(_MONEY))
        or after.startswith(tuple(_MONEY))
        or _NUMBER_OF.search(before)
        or (end - start == 5 and _STATE.search(before))
        or (end - start == 4 and _is_like_a_year(line[start:end]) and _DAY.search(before))
        or _MONEY_WORD_BEFORE.search(before)
        or _MONEY_WORDS.match(after)
    )


def _is_like_a_year(code: str) -> bool:
    return len(code) == 4 and int(code) in _YEARS


def _mixed_codes(line: _Line) -> Iterator[tuple[int, str]]:
    """Codes of letters and digits, each with its place."""
    text = line.text
    for found in _TOKEN.finditer(text):
        token = found[0]
        size = len(token) - token.count("-")
        if not 4 <= size <= _MOST_LETTERS or not _is_mixed(token):
            continue
        before = text[max(0, found.start() - 3) : found.start()]
        after = text[found.end() : found.end() + 2]
        if re.search(r"[\w.@/&=+-]$", before) or re.match(r"[\w@/&=+]|[.,:-]\w", after):
            continue  # part of something longer
        in_sight = size > 4 and token == token.upper() and line.speaks_of_codes
        alone = line.is_set_off(found.start(), found.end())
        if in_sight or alone or _is_quoted(before, after):
            yield found.start(), token


def _is_mixed(token: str) -> bool:
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token))


def _is_quoted(before: str, after: str) -> bool:
    """Whether it stands between quotation marks, or behind a colon."""
    quoted = before[-1:] in _OPENING_QUOTES and after[:1] in _CLOSING_QUOTES
    return quoted or before.rstrip(" \u00a0")[-1:] in _COLONS
