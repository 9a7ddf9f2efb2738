"""The program itself: its groups of commands, and what becomes of errors, warnings and notes.

Law: a refused command writes exactly one line on stderr, `error [CODE]: message`.
"""

from __future__ import annotations

import errno
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from wixcrm_local import __version__, errors
from wixcrm_local.cli import contacts, emails, fields, labels, outbox, output, templates
from wixcrm_local.cli.demo import demo
from wixcrm_local.cli.options import store_options
from wixcrm_local.cli.session import Session


class Refused(click.ClickException):
    """A command that the library refused; click gives it exit code 1."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def show(self, file: object = None) -> None:
        title = click.style("error", fg="red", bold=True)
        output.write_error(f"{title} [{self.code}]: {output.printable(self.message)}")


class Program(click.Group):
    """A group whose commands may raise the library's errors and take notes."""

    def main(self, *args: Any, **extra: Any) -> Any:
        output.prepare()
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        session = ctx.ensure_object(Session)
        try:
            with _noting_warnings(session):
                result = super().invoke(ctx)
        except errors.WixCRMError as error:
            raise Refused(error.code, session.with_notes(error.message)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader went away: click ends quietly
            output.abandon(sys.stdout)
            raise Refused("INPUT_OUTPUT_FAILED", session.with_notes(_reason(error))) from error
        for sentence in session.notes:
            output.write_error(f"note: {output.printable(sentence)}")
        return result


@contextmanager
def _noting_warnings(session: Session) -> Iterator[None]:
    """The library's warnings become notes; Python would show them with a line of our source."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", errors.WixCRMWarning)
        try:
            yield
        finally:
            for warning in found:
                if issubclass(warning.category, errors.WixCRMWarning):
                    session.note(str(warning.message))


def _reason(error: OSError) -> str:
    return f"reading the input or writing the answer failed: {error.strerror or error}"


@click.group(
    cls=Program,
    name="wixcrm-local",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="wixcrm-local", message="%(prog)s %(version)s")
@store_options
def main() -> None:
    """Wix's contact list and Triggered Emails on one SQLite file.

    Nothing leaves this computer: mail stays in the outbox of the file.

    \b
    Start here:   wixcrm-local demo
    Store people: wixcrm-local contact create --first-name Ana --email ana@example.com
    From a file:  wixcrm-local contact create people.jsonl
    Look:         wixcrm-local contact list
    """


main.add_command(demo)
main.add_command(contacts.contact)
main.add_command(labels.label)
main.add_command(fields.field)
main.add_command(templates.template)
main.add_command(emails.email)
main.add_command(outbox.outbox)
