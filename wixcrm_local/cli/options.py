"""The options that several commands share, and how NAME=VALUE is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from wixcrm_local.cli.completion import regions
from wixcrm_local.cli.policies import PolicyType
from wixcrm_local.cli.session import Session
from wixcrm_local.connection import MEMORY
from wixcrm_local.policy import Policy

Command = TypeVar("Command", bound=Callable[..., Any])

pass_session = click.make_pass_decorator(Session, ensure=True)


def store_options(command: Command) -> Command:
    """--store and --region, before a command's name or behind it; the last one counts."""
    store = click.option(
        "--store",
        type=click.Path(),
        metavar="PATH",
        expose_value=False,
        callback=_take_store,
        help="The store's file.  [default: $WIXCRM_STORE, else ./contacts.db]",
    )
    region = click.option(
        "--region",
        metavar="XX",
        expose_value=False,
        callback=_take_region,
        shell_complete=regions,
        help="Country of phone numbers without country code, such as US; a property of the file.",
    )
    return store(region(command))


json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for programs.")

yes_option = click.option("--yes", "-y", "is_sure", is_flag=True, help="Do not ask first.")

policy_option = click.option(
    "--policy",
    type=PolicyType(),
    metavar="POLICY",
    expose_value=False,
    callback=lambda context, parameter, policy: _take_policy(context, policy),
    help="How strictly the call is read: strict or lenient, or switches such as "
    "members=keep,unknown_names=create, or lenient,arrays=replace.  [default: strict]",
)


def limit_option(what: str) -> Callable[[Command], Command]:
    """--limit, 0 for no limit."""
    return click.option(
        "--limit",
        type=click.IntRange(min=0),
        default=50,
        show_default=True,
        metavar="N",
        help=f"{what}; 0 shows all.",
    )


def pairs_option(*names: str, metavar: str, **settings: Any) -> Callable[[Command], Command]:
    """An option given many times as NAME=VALUE; the command gets a dict."""
    return click.option(*names, multiple=True, metavar=metavar, callback=_pairs, **settings)


def _pairs(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in given:
        name, mark, value = item.partition("=")
        if not mark or not name.strip():
            raise click.BadParameter(f"{item!r} is not of the form NAME=VALUE.")
        if name in pairs:
            raise click.BadParameter(f"{name!r} is given twice.")
        pairs[name] = value
    return pairs


def _take_store(context: click.Context, parameter: click.Parameter, path: str | None) -> None:
    if path is None:
        return
    if not path.strip() or path == MEMORY:
        raise click.BadParameter("give the path of a file: a store must outlast the command.")
    context.ensure_object(Session).given_path = path


def _take_region(context: click.Context, parameter: click.Parameter, region: str | None) -> None:
    if region is not None:
        context.ensure_object(Session).region = region


def _take_policy(context: click.Context, policy: Policy | None) -> None:
    if policy is not None:
        context.ensure_object(Session).policy = policy


class Moment(click.ParamType[datetime]):
    """A point in time in ISO 8601; without an offset it is one of this computer's clock."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time; write 2030-01-31T09:00, or with +01:00", param, ctx)
