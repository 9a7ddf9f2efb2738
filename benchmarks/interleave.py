"""Runs contenders in turns, block by block, so that a slow minute of the machine hits them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter_ns
from typing import Any

from contenders import Contender, most_calls

BLOCK = 200


@dataclass
class Timings:
    """Nanoseconds of each call of one contender, in order."""

    name: str
    calls: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Calls in a second of the contender's own time."""
        return self.rate_of_first(len(self.calls))

    def rate_of_first(self, count: int) -> float:
        """The same of the first calls, to compare with who made only these."""
        return count * 1e9 / sum(self.calls[:count])

    def microseconds(self, quantile: float) -> float:
        """The time that this part of the calls stays below; 1.0 for the worst."""
        ordered = sorted(self.calls)
        return ordered[min(int(quantile * len(ordered)), len(ordered) - 1)] / 1000

    def blocks(self) -> list[int]:
        return [sum(self.calls[at : at + BLOCK]) for at in range(0, len(self.calls), BLOCK)]

    def ratio_to(self, other: Timings) -> float:
        """How many times the other's rate this one's is: the median over blocks that both ran."""
        pairs = zip(other.blocks(), self.blocks(), strict=False)
        return median(theirs / mine for theirs, mine in pairs)


def run(
    contenders: Sequence[Contender], items: Sequence[Any], verb: str = "create"
) -> list[Timings]:
    """Every contender does the same to the same items, one call each, in turns of a block.

    `verb` names its method. Who takes no more than `most_calls` stops after them.
    """
    timings = [Timings(contender.name) for contender in contenders]
    pairs = list(zip(contenders, timings, strict=True))
    for turn, at in enumerate(range(0, len(items), BLOCK)):
        first = turn % len(pairs)  # nobody always follows the same
        for contender, timing in pairs[first:] + pairs[:first]:
            end = min(at + BLOCK, most_calls(contender) or len(items))
            _time(getattr(contender, verb), items[at:end], timing.calls)
    return timings


def _time(work: Callable[[Any], object], items: Sequence[Any], calls: list[int]) -> None:
    for item in items:
        start = perf_counter_ns()
        work(item)
        calls.append(perf_counter_ns() - start)
