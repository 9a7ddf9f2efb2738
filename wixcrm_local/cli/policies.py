"""--policy: how strictly calls are read, as one text: `lenient,arrays=replace`.

Law: it knows no switch and no choice by name; `Policy` itself tells them.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import click
from click.shell_completion import CompletionItem

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.policy import IMPORT, LENIENT, STRICT, Policy

PRESETS: Mapping[str, Policy] = {"strict": STRICT, "lenient": LENIENT, "import": IMPORT}
SWITCHES = tuple(attribute.name for attribute in attrs.fields(Policy))


def choices(switch: str) -> tuple[str, ...]:
    """What a switch can be set to, its default first."""
    try:
        Policy(**{switch: ""})
    except InvalidArgument as error:
        return tuple(error.details["choices"])
    raise TypeError(f"Policy takes anything for {switch}")


class PolicyType(click.ParamType[Policy]):
    """A preset, or switches, or both; what stands further behind counts."""

    name = "policy"

    def __init__(self, base: Policy = STRICT) -> None:
        self._base = base  # what switches alone are on top of

    def convert(
        self, value: str | Policy, param: click.Parameter | None, ctx: click.Context | None
    ) -> Policy:
        if isinstance(value, Policy):
            return value
        policy = self._base
        for part in value.split(","):
            name, mark, choice = (piece.strip() for piece in part.partition("="))
            if not mark and name in PRESETS:
                policy = PRESETS[name]
            elif mark and name in SWITCHES and choice in choices(name):
                policy = attrs.evolve(policy, **{name: choice})
            else:
                self.fail(_explain(part, name, bool(mark)), param, ctx)
        return policy

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        before, comma, last = incomplete.rpartition(",")
        settings = [f"{switch}={choice}" for switch in SWITCHES for choice in choices(switch)]
        return [
            CompletionItem(f"{before}{comma}{text}")
            for text in (*PRESETS, *settings)
            if text.startswith(last)
        ]


def _explain(part: str, name: str, is_setting: bool) -> str:
    """What is wrong with one part, and all that could stand in its place."""
    if is_setting and name in SWITCHES:
        return f"{part!r}: {name} is one of {', '.join(choices(name))}."
    listed = "; ".join(f"{switch}={'|'.join(choices(switch))}" for switch in SWITCHES)
    return f"{part!r} is no policy; choose {' or '.join(PRESETS)}, or set a switch: {listed}."
