"""Collects everything that is wrong with a contactInfo, so that one error can say it all (C5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from wixcrm_local.errors import InvalidContactInfo


class Problem(NamedTuple):
    """One mistake: the error it would be alone, where it is (`emails[1]`), and the sentence."""

    error: type[InvalidContactInfo]
    path: str
    sentence: str
    details: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        return {
            "code": self.error.default_code,
            "path": self.path,
            "message": self.sentence,
            **self.details,
        }


_MOST_SHOWN = 20


class Problems(list[Problem]):
    """The mistakes found so far, in the order of finding.

    `where` turns the place of a value in the documented shape into its place in what was given,
    where these differ.
    """

    where: Callable[[str], str] | None = None

    @property
    def next_is_shown(self) -> bool:
        """Whether the message has room for one more: only then is it worth a costly sentence."""
        return len(self) < _MOST_SHOWN

    def add(
        self, error: type[InvalidContactInfo], path: str, sentence: str, **details: Any
    ) -> None:
        self.append(Problem(error, self.where(path) if self.where else path, sentence, details))

    def raise_if_any(self) -> None:
        """Raises one error for all: of the kind they share, else `InvalidContactInfo`."""
        if not self:
            return
        kinds = {problem.error for problem in self}
        kind = kinds.pop() if len(kinds) == 1 else InvalidContactInfo
        details = {**self[0].details} if len(self) == 1 else {}
        details["problems"] = [problem.as_data() for problem in self]
        raise kind(self._message(), details=details)

    def _message(self) -> str:
        sentences = [
            f"{problem.path}: {problem.sentence}" if problem.path else problem.sentence
            for problem in self
        ]
        if len(sentences) == 1:
            return sentences[0]
        shown = sentences[:_MOST_SHOWN]
        listed = "; ".join(f"({place}) {text}" for place, text in enumerate(shown, 1))
        hidden = len(sentences) - len(shown)
        more = f"; and {hidden} more in details" if hidden else ""
        return f"contactInfo has {len(sentences)} problems: {listed}{more}"
