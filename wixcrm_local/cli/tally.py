"""What became of many records: counted, and explained where they were refused.

Law: created + updated + unchanged + kept + refused is the number of records.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs

from wixcrm_local.cli import output

_EXAMPLES = 3  # of each reason; thousands of lines would hide the reasons themselves


@attrs.define
class Reason:
    """Why records were refused: how many, and the first of them as line number and message."""

    count: int = 0
    first: list[tuple[int, str]] = attrs.field(factory=list)

    def by_message(self) -> dict[str, list[int]]:
        """The lines of the first ones under what they have in common."""
        lines: dict[str, list[int]] = {}
        for line, message in self.first:
            lines.setdefault(message, []).append(line)
        return lines


@attrs.define
class Tally:
    """Counts so far. `last_line` is the last one stored; `pending` is what is being stored."""

    actions: Counter[str] = attrs.field(factory=Counter)
    reasons: dict[str, Reason] = attrs.field(factory=dict)
    last_line: int = 0
    pending: tuple[int, int] | None = None

    @property
    def refused(self) -> int:
        return sum(reason.count for reason in self.reasons.values())

    @property
    def records(self) -> int:
        return self.actions.total() + self.refused

    def count(self, action: str) -> None:
        """Counts a record that createContact took."""
        self.actions[action] += 1

    def refuse(self, line: int, code: str, message: str) -> None:
        """Counts a record that was refused."""
        self._refuse(code, 1, [(line, message)])

    def add(self, other: Tally) -> None:
        """Takes over the counts of a batch."""
        self.actions.update(other.actions)
        for code, reason in other.reasons.items():
            self._refuse(code, reason.count, reason.first)

    def as_data(self) -> dict[str, Any]:
        """The summary for programs."""
        return {
            "records": self.records,
            **self._counts(),
            "reasons": [
                {
                    "code": code,
                    "count": reason.count,
                    "first": [{"line": line, "message": text} for line, text in reason.first],
                }
                for code, reason in self._sorted_reasons()
            ],
        }

    def write(self) -> None:
        """The summary for people."""
        counts = ", ".join(f"{number:,} {name}" for name, number in self._counts().items())
        output.write(f"{self.records:,} records: {counts}")
        for code, reason in self._sorted_reasons():
            output.write(f"  {reason.count:,} {code}")
            for text, lines in reason.by_message().items():
                title = "line" if len(lines) == 1 else "lines"
                numbers = ", ".join(map(str, lines))
                output.write(f"    {title} {numbers}: {output.printable(text)}")
            if reason.count > len(reason.first):
                output.write(f"    and {reason.count - len(reason.first):,} more")

    def _refuse(self, code: str, count: int, first: list[tuple[int, str]]) -> None:
        reason = self.reasons.setdefault(code, Reason())
        reason.count += count
        reason.first = (reason.first + first)[:_EXAMPLES]

    def _counts(self) -> dict[str, int]:
        always = {name: self.actions[name] for name in ("created", "updated", "unchanged")}
        return {**always, **self.actions, "refused": self.refused}

    def _sorted_reasons(self) -> list[tuple[str, Reason]]:
        return sorted(self.reasons.items(), key=lambda item: -item[1].count)
