"""Commands that explain themselves: their help is laid out like a page of the manual.

Law: what a page says of exit codes and of the environment is the same on every page, but for what
one command alone has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells count
TERMINATED = 143  # the same of SIGTERM; it stands for SIGHUP and Windows's Ctrl-Break, too
SOME_FAILED = 3
SENDER_UNAVAILABLE = 4
UNDECIDED = 5

# Those of errors that have one of their own; all others have 1.
EXIT_CODES_OF_ERRORS = {
    "MAILS_FAILED": SOME_FAILED,
    "SENDER_UNAVAILABLE": SENDER_UNAVAILABLE,
    "MAILS_UNDECIDED": UNDECIDED,
    "INTERRUPTED": INTERRUPTED,
    "TERMINATED": TERMINATED,
}

EXIT_CODES = (
    ("0", "Done."),
    ("1", "Refused; stderr tells why in one line: error [CODE]: what is wrong, and the remedy."),
    ("2", "Not understood; stderr tells how the command is used."),
    (str(INTERRUPTED), "Interrupted by Ctrl-C."),
)
DELIVERY_EXIT_CODES = (
    (str(SOME_FAILED), "Mails failed for good in this run."),
    (str(SENDER_UNAVAILABLE), "The sender could not be reached, or let nobody in."),
    (str(UNDECIDED), "Uncertain mails wait for a decision, by outbox resolve."),
    (
        str(INTERRUPTED),
        "Interrupted by Ctrl-C: the first one lets the mail in hand be finished, a second does "
        "not.",
    ),
    (str(TERMINATED), "The same by SIGTERM. With --watch that is the way to end it: exit code 0."),
)
STORE_VARIABLE = ("WIXCRM_STORE", "The store's file, where --store is not given.")
SENDER_VARIABLE = ("WIXCRM_SENDER", "The sender's URL, where --sender is not given.")
PASSWORD_VARIABLE = (
    "WIXCRM_PASSWORD",
    "The password of the sender's user; without it a terminal is asked.",
)
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
    """A command with examples: whole lines, as they are typed.

    `exit_codes` and `variables` are what it has beside those that all commands have.
    """

    def __init__(
        self,
        *names: Any,
        examples: Sequence[str] = (),
        exit_codes: Sequence[tuple[str, str]] = (),
        variables: Sequence[tuple[str, str]] = (),
        **settings: Any,
    ) -> None:
        super().__init__(*names, **settings)
        self.examples = tuple(examples)
        self.exit_codes = tuple(exit_codes)
        self.variables = tuple(variables)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        write_arguments(self.get_params(ctx), formatter)
        self.format_options(ctx, formatter)
        write_examples(self.examples, formatter)
        write_surroundings(self.params, formatter, self.exit_codes, self.variables)


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
    parameters: Iterable[click.Parameter],
    formatter: click.HelpFormatter,
    exit_codes: Sequence[tuple[str, str]] = (),
    variables: Sequence[tuple[str, str]] = (),
) -> None:
    """The sections on exit codes and on the environment; what is given joins what all have."""
    own = dict(exit_codes)  # a code that all have may mean more here
    codes = sorted({**dict(EXIT_CODES), **own}.items(), key=lambda row: int(row[0]))
    _write_list("Exit codes", codes, formatter)
    takes_store = any(parameter.name == "store" for parameter in parameters)
    store = [STORE_VARIABLE] if takes_store else []
    _write_list("Environment", [*store, *variables, NO_COLOR_VARIABLE], formatter)


def _write_list(
    title: str, rows: Sequence[tuple[str, str]], formatter: click.HelpFormatter
) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)
