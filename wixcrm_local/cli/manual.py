"""`help`: the page of any command, as its --help shows it."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from wixcrm_local.cli import output
from wixcrm_local.cli.command import Command, argument


def _next_names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """The commands below what stands on the line already."""
    try:
        found = page_context(context, context.params.get(parameter.name or "") or ()).command
    except click.UsageError:
        return []
    names = found.commands if isinstance(found, click.Group) else ()
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command(
    name="help",
    cls=Command,
    examples=["wixcrm-local help contact create", "wixcrm-local help"],
)
@argument(
    "command",
    "Words of a command, such as contact create.",
    nargs=-1,
    required=False,
    shell_complete=_next_names,
)
@click.pass_context
def help_command(context: click.Context, command: tuple[str, ...]) -> None:
    """Show the page of a command, or this program's own."""
    page = page_context(context, command)
    output.write(page.command.get_help(page))


def page_context(context: click.Context, words: tuple[str, ...]) -> click.Context:
    """The context in which the command of these words explains itself.

    Raises `UsageError` where there is none.
    """
    found = context.find_root()
    for word in words:
        group = found.command
        command = group.get_command(found, word) if isinstance(group, click.Group) else None
        if command is None:
            raise click.UsageError(f"There is no command {' '.join(words)!r}.", context)
        found = click.Context(command, parent=found, info_name=word)
    return found
