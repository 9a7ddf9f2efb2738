"""Commands that explain themselves: their help is laid out like a page of the manual.

Law: what a page says of exit codes and of the environment is the same on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells count

EXIT_CODES = (
    ("0", "Done."),
    ("1", "Refused; stderr tells why in one line: error [CODE]: what is wrong, and the remedy."),
    ("2", "Not understood; stderr tells how the command is used."),
    (str(INTERRUPTED), "Interrupted by Ctrl-C."),
)
STORE_VARIABLE = ("WIXCRM_STORE", "The store's file, where --store is not given.")
NO_COLOR_VARIABLE = ("NO_COLOR", "Set to anything, it keeps colour away from terminals, too.")


class Argument(click.Argument):
    """An argument with its explanation."""

    def __init__(self, *names: Any, explanation: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.explanation = explanation


def argument(name: str, explanation: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """As `click.argument`; help explains it."""
    return click.argument(name, cls=Argument, explanation=explanation, **settings)


class Command(click.Command):
    """A command with examples: whole lines, as they are typed."""

    def __init__(self, *names: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.examples = tuple(examples)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        write_arguments(self.get_params(ctx), formatter)
        self.format_options(ctx, formatter)
        write_examples(self.examples, formatter)
        write_surroundings(self.params, formatter)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)


def write_arguments(parameters: Iterable[click.Parameter], formatter: click.HelpFormatter) -> None:
    """The section on arguments, if there are any."""
    rows = [
        (parameter.human_readable_name, parameter.explanation)
        for parameter in parameters
        if isinstance(parameter, Argument)
    ]
    _write_list("Arguments", rows, formatter)


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """The section on examples; their lines are never wrapped, so that they can be copied."""
    if examples:
        with formatter.section("Example" if len(examples) == 1 else "Examples"):
            for line in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def write_surroundings(
    parameters: Iterable[click.Parameter], formatter: click.HelpFormatter
) -> None:
    """The sections on exit codes and on the environment."""
    _write_list("Exit codes", EXIT_CODES, formatter)
    takes_store = any(parameter.name == "store" for parameter in parameters)
    variables = (STORE_VARIABLE, NO_COLOR_VARIABLE) if takes_store else (NO_COLOR_VARIABLE,)
    _write_list("Environment", variables, formatter)


def _write_list(
    title: str, rows: Sequence[tuple[str, str]], formatter: click.HelpFormatter
) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)
