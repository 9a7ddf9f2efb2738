"""Reads values from bytes, so that a fuzzer that only knows bytes can make any Python value.

Law: the same bytes always make the same value, and no bytes are refused.
"""

from __future__ import annotations

import itertools
from collections import ChainMap, OrderedDict, UserDict, deque
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")

# Characters that have broken programs before, each with its fault of the catalogue.
TRAPS = (
    *("\0", "\x1b", "\x7f", "\x85", "\t", "\r\n", "\u2028"),  # 7, 9
    *("\ud800", "\udfff", "\U0010ffff", "\ufffe"),  # 8
    *("e\u0301", "\u212b", "\u1e9b\u0323", "\u0344", "\ufb2c"),  # 10: NFC moves them
    *("İ", "ı", "ß", "ẞ", "ς", "ǰ", "K"),  # 11, 16
    *("＠", "．", "。", "０", "＋", "ａ", "٣", "𝟗", "²"),  # 12
    *("а", "ο", "\u0301", "\u0489"),  # 13
    *("\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u061c", "\xa0", "\u3000"),  # 15
    *("\U0001f469\u200d\U0001f4bb", "👍🏽", "क्ष", "می‌خواهم"),
    *("'", '"', "<", ">", "&", "\\", "%s", "{0.__class__}", "${x}", "`", ";--"),  # 71, 74
)
_REPEATS = (2, 9, 64, 330, 5_000)
_LONGEST_REPEATED = 40_000


class _Word(str):
    """A text that is not quite a `str`, as many libraries hand out."""


class _Color(str, Enum):  # noqa: UP042 - its str() is not its value: that is the trap
    RED = "red@example.com"


class _Array:
    """Compares item by item, as numpy's arrays do: the answer has no truth value."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")


class _Shy:
    """Nothing to print: whoever shows a value in a message meets this."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


def _endless_list() -> list[Any]:
    inside: list[Any] = ["ana@example.com"]
    inside.append(inside)
    return inside


def _endless_dict() -> dict[str, Any]:
    inside: dict[str, Any] = {"emails": ["ana@example.com"]}
    inside["customFields"] = inside
    return inside


def _deep(levels: int) -> Any:
    inside: Any = "ana@example.com"
    for level in range(levels):
        inside = [inside] if level % 2 else {"items": inside}
    return inside


HOSTILE: tuple[Callable[[], Any], ...] = (
    *(lambda: None, lambda: True, lambda: False, lambda: b"ana@example.com", lambda: bytearray(9)),
    *(lambda: 2**63, lambda: -(2**63) - 1, lambda: 10**49, lambda: 10**50, lambda: 10**5_000),
    *(lambda: 0.0, lambda: -0.0, lambda: 5e-324, lambda: float("nan"), lambda: float("inf")),
    *(lambda: 1e308, lambda: 6.5e9, lambda: Decimal("NaN"), lambda: Fraction(1, 3), lambda: 1j),
    *(lambda: date.min, lambda: datetime.max, lambda: datetime.max.replace(tzinfo=UTC), time),
    *(lambda: _Word("ana@example.com"), lambda: _Color.RED, lambda: UUID(int=1), lambda: Ellipsis),
    *(lambda: {"ana@example.com"}, lambda: range(3), lambda: deque(["x"]), lambda: iter("x")),
    *(
        lambda: (letter for letter in "ana"),
        lambda: map(str, ()),
        object,
        lambda: str,
        _Array,
        _Shy,
    ),
    *(lambda: MappingProxyType({"email": "a@b.co"}), lambda: UserDict({"phone": "1"})),
    *(lambda: ChainMap({}, {"first": "Ana"}), lambda: OrderedDict(items=["a@b.co"])),
    *(_endless_list, _endless_dict, lambda: _deep(90), lambda: _deep(20_000)),
    *(lambda: ["x"] * 20_000, lambda: "x" * 1_000_000, lambda: "\u0301" * 100_000),
    *(lambda: dict.fromkeys(map(str, range(5_000)), "x"), lambda: {None: 1, 2: 3, (): 4}),
    lambda: [f"{number}@example.com" for number in range(60)],
)


class Source:
    """Gives values for as long as there are bytes, and the plainest ones after."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, below: int) -> int:
        """A whole number from 0 to under `below`."""
        size = 1 if below <= 1 << 8 else 3
        piece = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(piece, "little") % below

    def often(self) -> bool:
        """True three times of four."""
        return self.number(4) != 3

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number(len(options))]

    def text(self, words: Sequence[str] = TRAPS) -> str:
        """A text of the words of its subject, of traps, of any characters, some many times."""
        pieces = [""]
        for _ in range(self.number(14)):
            match self.number(8):
                case 0 | 1 | 2 | 3:
                    pieces.append(self.pick(words))
                case 4:
                    pieces.append(self.pick(TRAPS))
                case 5:
                    pieces.append(self._ascii())
                case 6:
                    pieces.append(chr(self.number(0x110000)))
                case 7:
                    pieces.append((pieces[-1][:60] * self.pick(_REPEATS))[:_LONGEST_REPEATED])
        return "".join(pieces)

    def _ascii(self) -> str:
        length = self.number(24)
        taken = self._data[self._at : self._at + length]
        self._at += length
        return "".join(chr(byte & 0x7F) for byte in taken)

    def anything(self, depth: int = 3) -> Any:
        """JSON's values, and those that no JSON has."""
        match self.number(8 if depth else 5):
            case 0 | 1:
                return self.text()
            case 2:
                return self.number(1 << 24) - self.number(1 << 24)
            case 3:
                return self.number(1 << 24) / (1 + self.number(1_000))
            case 4:
                return self.pick(HOSTILE)()
            case 5 | 6:
                return self.some(lambda: self.anything(depth - 1))
            case _:
                return {key: self.anything(depth - 1) for key in self.some(self.text)}

    def some(self, make: Callable[[], T]) -> list[T]:
        """Up to five of what `make` gives."""
        return [make() for _ in itertools.repeat(None, self.number(6))]
