"""`demo`: the main job told step by step, each Python call beside what it answered.

Law: what is shown as a call is the very text that ran, and what is shown as its result is what it
returned; on a file that knows the demo already, too.
"""

from __future__ import annotations

import os
import textwrap
from pprint import pformat
from typing import Any

import attrs
import click

from wixcrm_local import errors
from wixcrm_local.cli import output
from wixcrm_local.cli.command import Command
from wixcrm_local.cli.options import pass_session, store_options
from wixcrm_local.cli.session import Session
from wixcrm_local.crm import CRM

_ADDRESS = "ana.lopez@demo.example"
_WIDTH = 79
_INDENT = "   "


@attrs.frozen
class Step:
    """A call, with a sentence before it where a new chapter begins.

    `name` is what later calls know the result by.
    """

    call: str
    story: str = ""
    name: str = ""


STEPS = (
    Step(
        story="1. Ana fills in a form. createContact stores her and answers with her id.",
        name="ana",
        call="""crm.create_contact({"firstName": "Ana",
    "emails": ["Ana.Lopez@demo.example"], "phones": ["+44 20 7946 0417"]})""",
    ),
    Step(
        story="2. Weeks later she writes both differently. She is still one contact.",
        name="again",
        call="""crm.create_contact({"lastName": "López",
    "emails": ["ana.lopez@DEMO.example"], "phones": ["0044 (20) 7946-0417"]})""",
    ),
    Step("again == ana"),
    Step(
        story="3. Labels and custom fields must exist before they are used ...",
        call='crm.labels.create("Demo customer", exist_ok=True).name',
    ),
    Step('crm.custom_fields.create("Demo score", "number", exist_ok=True).type'),
    Step(
        story="   ... so a slip of the pen is refused, and nothing of that call is stored:",
        call="""crm.create_contact({"emails": ["ana.lopez@demo.example"],
    "labels": ["Demo custmer"]})""",
    ),
    Step(
        story="   Spelled right, the call is taken. This is what the store knows of her then:",
        call="""crm.upsert_contact({"emails": ["ana.lopez@demo.example"],
    "labels": ["Demo customer"], "customFields": {"Demo score": 85}}).action""",
    ),
    Step("crm.get_contact(ana).to_wix()"),
    Step(
        story="4. A Triggered Email is saved once; emailContact fills a copy for the outbox.",
        call="""crm.triggered_emails.save("demo-welcome", subject="Welcome, ${name}!",
    html="<p>Dear ${name}, your code is <b>${code}</b>.</p>",
    variables={"name": "friend", "code": "HELLO5"}).id""",
    ),
    Step('crm.email_contact("demo-welcome", ana, {"variables": {"name": "Ana"}})'),
    Step("crm.outbox.last().text"),
    Step("crm.outbox.last().status"),
)


@click.command(cls=Command, examples=["wixcrm-local demo"])
@store_options
@pass_session
def demo(session: Session) -> None:
    """Show what this is, step by step, on a store that is kept.

    Running it again on the same store is fine. What it stores has names of its own: a contact
    Ana at demo.example, a label, a field and a Triggered Email that begin with demo.
    """
    with session.writing() as crm:
        _write_opening(crm)
        known: dict[str, Any] = {"crm": crm}
        for step in STEPS:
            _take(step, known)
        _write_ending(crm, session)


def _write_opening(crm: CRM) -> None:
    _tell("One person, two spellings, one mail: createContact and emailContact, offline.")
    if crm.find_contact(email=_ADDRESS) is not None:
        _tell(
            "(This store knows Ana from an earlier run: she keeps her id, and only the outbox "
            "grows.)"
        )


def _take(step: Step, known: dict[str, Any]) -> None:
    """Tells one step: the sentence, the call, and what came of it."""
    if step.story:
        output.write()
        output.write(click.style(step.story, bold=True))
    try:
        result = eval(step.call, known)  # our own text above, so that what is shown is what ran
    except errors.LabelNotFound as error:
        answer, colour = f"{type(error).__name__}: {error}", "red"
    else:
        known[step.name or "_"] = result
        answer, colour = pformat(result, width=_WIDTH - 7, sort_dicts=False), "green"
    call = f"{step.name} = {step.call}" if step.name else step.call
    _write_call(textwrap.indent(call, _INDENT).split("\n"), _wrapped(answer), colour)


def _write_call(call: list[str], answer: list[str], colour: str) -> None:
    """A call and its answer, which stands beside it if there is room, else below it."""
    *first, last = call
    for line in first:
        output.write(click.style(line, fg="cyan"))
    lead = click.style(last, fg="cyan")
    if len(answer) == 1 and len(f"{last}  -> {answer[0]}") <= _WIDTH:
        lead += "  -> "
    else:
        output.write(lead)
        lead = f"{_INDENT}-> "
    for line in answer:
        output.write(lead + click.style(line, fg=colour))
        lead = " " * len(f"{_INDENT}-> ")


def _wrapped(answer: str) -> list[str]:
    lines: list[str] = []
    for line in output.printable_lines(answer).split("\n"):
        lines += textwrap.wrap(line, _WIDTH - 6, drop_whitespace=False)
    return [line.rstrip() for line in lines]


def _write_ending(crm: CRM, session: Session) -> None:
    contacts, mails = _counted(crm.count_contacts(), "contact"), _counted(len(crm.outbox), "mail")
    output.write()
    _tell(f"Nothing left this computer. One file keeps it all, now {contacts} and {mails}:")
    output.write(output.printable(_INDENT + os.path.abspath(session.path)))
    _tell("Look at it:")
    output.write(
        output.printable(f"{_INDENT}{session.command()} contact show {_ADDRESS} --history")
    )
    output.write(output.printable(f"{_INDENT}{session.command()} outbox show"))
    output.write(output.printable(f"{_INDENT}{session.command()} browse"))
    output.write(output.printable(f"Use it in Python: crm = wixcrm_local.CRM({session.path!r})"))


def _tell(sentence: str) -> None:
    output.write(textwrap.fill(sentence, _WIDTH))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
