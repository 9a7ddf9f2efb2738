"""One person by options: what `contact create` and `contact match` make a contactInfo of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from wixcrm_local.cli import completion
from wixcrm_local.cli.options import pairs_option
from wixcrm_local.model import WIX_NAMES

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--first-name", metavar="TEXT", help="First name."),
    click.option("--last-name", metavar="TEXT", help="Last name."),
    click.option(
        "--email",
        "emails",
        multiple=True,
        metavar="ADDRESS",
        help="An address. May be given again.",
    ),
    click.option(
        "--phone", "phones", multiple=True, metavar="NUMBER", help="A number. May be given again."
    ),
    click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="NAME",
        shell_complete=completion.labels,
        help="A label that exists. May be given again.",
    ),
    click.option("--language", metavar="TEXT", help="Language, such as en."),
    click.option("--picture", metavar="TEXT", help="Source of an image."),
    click.option("--login-email", metavar="ADDRESS", help="Makes the contact a site member."),
    pairs_option(
        "--field",
        "custom_fields",
        metavar="NAME=VALUE",
        shell_complete=completion.field_assignments,
        help="Value of a custom field that exists. May be given again.",
    ),
)


def person_options(command: Command) -> Command:
    """The members of a contactInfo, each as an option."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def contact_info(members: Mapping[str, Any]) -> dict[str, Any]:
    """The contactInfo that the options make; what was not given is not in it."""
    return {WIX_NAMES[name]: value for name, value in members.items() if value}
