"""The program itself: its groups of commands, and what becomes of errors, warnings and notes.

Law: a refused command writes exactly one line on stderr, `error [CODE]: message`.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from wixcrm_local import __version__, errors
from wixcrm_local.cli import (
    browsing,
    care,
    changing,
    contacts,
    decisions,
    deliver,
    emails,
    exporting,
    fields,
    finding,
    following,
    hints,
    importing,
    labels,
    leaving,
    outbox,
    output,
    personal_data,
    repairing,
    subscriptions,
    suppress,
    templates,
)
from wixcrm_local.cli.command import (
    EXIT_CODES_OF_ERRORS,
    INTERRUPTED,
    Group,
    write_surroundings,
)
from wixcrm_local.cli.demo import demo
from wixcrm_local.cli.manual import help_command
from wixcrm_local.cli.options import store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.cli.shells import VARIABLE, completion


class Refused(click.ClickException):
    """A command that was refused, or ended with something to be said; mostly exit code 1."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.exit_code = EXIT_CODES_OF_ERRORS.get(code, 1)  # type: ignore[misc]  # click reads it

    def show(self, file: object = None) -> None:
        title = click.style("error", fg="red", bold=True)
        output.write_error(f"{title} [{self.code}]: {output.printable(self.message)}")


class Program(Group):
    """A group whose commands may raise the library's errors and take notes."""

    def main(self, *args: Any, **extra: Any) -> Any:
        output.prepare()
        extra.setdefault("complete_var", VARIABLE)
        try:
            return super().main(*args, **extra)
        except Exception as error:
            if os.environ.get(VARIABLE):
                sys.exit(1)  # the shell asked, and who pressed Tab can't use an explanation
            if not isinstance(error, OSError):
                raise
            output.abandon(sys.stdout)  # help could not be written
            if error.errno != errno.EINVAL:  # Windows's name for a reader that went away
                Refused("INPUT_OUTPUT_FAILED", _reason(error)).show()
            sys.exit(1)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _printable_usage_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        session = ctx.ensure_object(Session)
        try:
            with _noting_warnings(session), _printable_usage_errors():
                result = super().invoke(ctx)
        except errors.WixCRMError as error:
            raise Refused(error.code, session.with_notes(hints.message(error))) from error
        except KeyboardInterrupt:
            if sys.stderr.isatty():
                output.write_error("")  # behind the ^C
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader went away: click ends quietly
            output.abandon(sys.stdout)
            raise Refused("INPUT_OUTPUT_FAILED", session.with_notes(_reason(error))) from error
        for sentence in session.notes:
            output.write_error(f"note: {output.printable(sentence)}")
        return result

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help(ctx, formatter)
        write_surroundings(self.params, formatter)


@contextmanager
def _noting_warnings(session: Session) -> Iterator[None]:
    """The library's warnings become notes; Python would show them with a line of our source."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", errors.WixCRMWarning)
        show = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if issubclass(category, errors.WixCRMWarning):
                session.note(hints.note(message))
            else:
                show(message, category, *place)

        warnings.showwarning = note  # type: ignore[assignment]  # `place` is what it passes on
        yield


@contextmanager
def _printable_usage_errors() -> Iterator[None]:
    """What was typed stands in the message, and may hold characters that steer a terminal."""
    try:
        yield
    except click.UsageError as error:
        message = error.format_message()
        if message == output.printable_lines(message):
            raise
        raise click.UsageError(output.printable_lines(message), error.ctx) from None


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

    Nothing leaves this computer: mail stays in the outbox of the file, until `deliver` is told
    who shall take it.

    \b
    Start here:   wixcrm-local demo
    Store people: wixcrm-local contact create --first-name Ana --email ana@example.com
    From a file:  wixcrm-local import contacts.csv
    Look:         wixcrm-local contact list
    In a browser: wixcrm-local browse
    Send mail:    wixcrm-local deliver --sender eml:mails --from shop@example.com
    Learn more:   wixcrm-local help contact create

    `wixcrm-local completion` teaches the Tab key of your shell our commands and your names.
    """


outbox.outbox.add_command(decisions.cancel)
outbox.outbox.add_command(decisions.retry)
outbox.outbox.add_command(decisions.resolve)
for command in (
    changing.update,
    leaving.delete,
    leaving.restore,
    leaving.trash,
    leaving.purge,
    changing.merge,
    changing.history,
    changing.undo,
    personal_data.export,
    personal_data.erase,
):
    contacts.contact.add_command(command)
contacts.contact.add_command(finding.search)
contacts.contact.add_command(finding.list_contacts)
contacts.contact.add_command(finding.duplicates)
contacts.contact.add_command(subscriptions.unsubscribe)
contacts.contact.add_command(subscriptions.resubscribe)

main.add_command(demo)
main.add_command(contacts.contact)
main.add_command(labels.label)
main.add_command(fields.field)
main.add_command(templates.template)
main.add_command(emails.email)
main.add_command(outbox.outbox)
main.add_command(deliver.deliver)
main.add_command(suppress.suppress)
main.add_command(importing.import_command)
main.add_command(importing.imports)
main.add_command(exporting.export)
main.add_command(browsing.browse)
main.add_command(following.changes)
main.add_command(following.rekey)
main.add_command(care.backup)
main.add_command(care.restore)
main.add_command(care.check)
main.add_command(care.doctor)
main.add_command(repairing.repair)
main.add_command(completion)
main.add_command(help_command)
