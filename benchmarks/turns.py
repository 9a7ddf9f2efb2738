"""Runs pieces of work in turns, block by block, and compares them block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter_ns
from typing import Any, TypeVar

T = TypeVar("T")

Times = dict[str, list[int]]  # nanoseconds of each block, by the name of the work


def in_turns(
    works: Mapping[str, Callable[[Sequence[T]], object]], items: Sequence[T], block: int
) -> Times:
    """Every work is given the same blocks of items."""
    times: Times = {name: [] for name in works}
    for turn, at in enumerate(range(0, len(items), block)):
        for name in rotated(list(works), turn):
            times[name].append(timed(works[name], items[at : at + block]))
    return times


def rotated(items: Sequence[T], turn: int) -> list[T]:
    """The order of a turn: nobody always follows the same."""
    first = turn % len(items)
    return [*items[first:], *items[:first]]


def timed(work: Callable[..., object], *arguments: object) -> int:
    """The nanoseconds that a piece of work takes."""
    start = perf_counter_ns()
    work(*arguments)
    return perf_counter_ns() - start


def rows(times: Times, block: int) -> list[dict[str, Any]]:
    """Of each work its rate, and how many times its rate the first one's is: over all blocks, and
    of the middle one, which what happens now and then moves less."""
    first = next(iter(times.values()))
    return [
        {
            "name": name,
            "rate": len(blocks) * block * 1e9 / sum(blocks),
            "first_to_it": sum(blocks) / sum(first),
            "first_to_it_median": median(
                its / ours for its, ours in zip(blocks, first, strict=True)
            ),
        }
        for name, blocks in times.items()
    ]
