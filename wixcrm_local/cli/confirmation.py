"""Asks before something is taken away: on a terminal a question, in a script --yes."""

from __future__ import annotations

import sys

import click

from wixcrm_local import errors
from wixcrm_local.cli import output


def confirm(deed: str) -> None:
    """Returns if the person at the terminal agrees to the deed, such as "delete the label VIP".

    Raises `WixCRMError` if they do not, and `UsageError` where there is nobody to ask.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError(f"Give --yes to {output.printable(deed)}: nobody can be asked here.")
    output.write_prompt(f"{output.printable(deed)}? [y/N] ")
    answer = sys.stdin.buffer.readline()
    if not answer:  # Ctrl-D leaves the cursor behind the question
        output.write_error("")
    if answer.strip().lower() not in (b"y", b"yes"):
        raise errors.WixCRMError(
            "nothing was changed; answer y, or give --yes", code="NOT_CONFIRMED"
        )
