"""--sender and --from: who takes the mail, and the password that belongs to it.

Law: a password comes from the environment or from a question without echo, is given to the sender,
and stands nowhere else; a URL that holds one is refused before anything is asked.
"""

from __future__ import annotations

import os
import sys

import attrs
import click

from wixcrm_local import errors
from wixcrm_local.cli import output
from wixcrm_local.cli.command import PASSWORD_VARIABLE, SENDER_VARIABLE
from wixcrm_local.cli.options import Command
from wixcrm_local.cli.session import Session
from wixcrm_local.senders import ConsoleSender, MemorySender, OutboxSender, Sender, sender_from_url

_EXAMPLE = "smtps://user@mail.example.com"
# A rehearsal asks nobody, but a sender is not made without its password.
_UNUSED_PASSWORD = "no password is needed here"


def sender_options(command: Command) -> Command:
    """--sender as the argument `url`, and --from, which the session takes."""
    sender = click.option(
        "--sender",
        "url",
        metavar="URL",
        callback=_take_url,
        help=f"Who takes the mails: {_EXAMPLE} (TLS), smtp://user@host (STARTTLS), eml:FOLDER, "
        "maildir:FOLDER, console:.  [default: $WIXCRM_SENDER]",
    )
    address = click.option(
        "--from",
        metavar="ADDRESS",
        expose_value=False,
        callback=_take_from_address,
        help="Address to send from, for mails whose Triggered Email names none.",
    )
    return sender(address(command))


def required_url(url: str | None) -> str:
    """The URL. Raises `UsageError` where there is none."""
    if url is None:
        raise click.UsageError(
            f"No sender is given, so nothing was sent: give --sender URL, such as --sender "
            f"{_EXAMPLE}, or --sender eml:mails to look at the mails first, or set "
            f"{SENDER_VARIABLE[0]}."
        )
    return url


def sender_of(url: str, *, is_rehearsal: bool = False, is_quiet: bool = False) -> Sender:
    """The sender of a URL, with its password.

    `is_quiet` keeps stdout free of what it prints. Raises `UsageError`.
    """
    try:
        sender = _made(url, is_rehearsal)
    except errors.InvalidArgument as error:
        raise click.BadParameter(
            output.printable(f"{_in_our_words(error)}."), param_hint="'--sender'"
        ) from None
    if isinstance(sender, OutboxSender | MemorySender):
        raise click.BadParameter(
            f"{sender.name} takes no mail out of this program; give one that does, such as "
            f"{_EXAMPLE} or eml:mails.",
            param_hint="'--sender'",
        )
    if is_quiet and isinstance(sender, ConsoleSender):
        return attrs.evolve(sender, stream=sys.stderr)
    return sender


def prints_mails(sender: Sender) -> bool:
    """Whether the mails themselves appear on the terminal."""
    return isinstance(sender, ConsoleSender)


def _made(url: str, is_rehearsal: bool) -> Sender:
    """First without a password, which most senders don't want; they say so where they do."""
    try:
        return sender_from_url(url)
    except errors.InvalidArgument as error:
        if error.details.get("argument") != "password":
            raise
    return sender_from_url(url, password=_UNUSED_PASSWORD if is_rehearsal else _password(url))


def _password(url: str) -> str:
    name, _ = PASSWORD_VARIABLE
    if found := os.environ.get(name):
        return found
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError(
            f"The sender's user has no password: set {name}, as nobody can be asked here."
        )
    import getpass  # here, as few commands ask for one

    try:
        given = getpass.getpass(output.printable(f"Password for {url}: "), stream=sys.stderr)
    except EOFError:
        output.write_error("")
        given = ""
    if not given:
        raise click.UsageError(f"No password was given: type it, or set {name}.")
    return given


def _in_our_words(error: errors.InvalidArgument) -> str:
    if error.details.get("reason") == "password":
        return (
            "a URL can't hold a password, for URLs end up in logs and lists of processes; take it "
            f"out, and set {PASSWORD_VARIABLE[0]}, or let the terminal ask for it"
        )
    return error.message


def _take_url(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    context.ensure_object(Session).sender_url = url
    return url or os.environ.get(SENDER_VARIABLE[0]) or None


def _take_from_address(
    context: click.Context, parameter: click.Parameter, address: str | None
) -> None:
    if address is not None:
        context.ensure_object(Session).from_address = address
