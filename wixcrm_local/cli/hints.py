"""Says the library's errors in the words of the command line: what to type, not what to call.

Law: it goes by an error's class and details, never by its sentence; what has no rule here is
said as the library says it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import click

from wixcrm_local import errors, naming, text
from wixcrm_local.cli.session import Session
from wixcrm_local.formats.csv_columns import ROLES, shown_headers
from wixcrm_local.problems import Problems
from wixcrm_local.shapes import is_newer_member

Details = Mapping[str, Any]


def message(error: errors.WixCRMError) -> str:
    """The error's sentence, with a remedy that can be typed."""
    if "problems" in error.details:
        return _all_problems(error.details["problems"])
    rule = _RULES.get(type(error))
    return (rule(error.details) if rule else None) or error.message


def note(warning: Warning | str) -> str:
    """The warning's sentence, with a remedy that can be typed."""
    if getattr(warning, "code", None) == "REGION_MISSING":
        return (
            "a phone number without its country code was stored, and this store has no region: "
            "its other spellings will not be known as the same number; say once which country they "
            f"are of, with {_command()} rekey US, or your own country's code"
        )
    return str(warning)


def _all_problems(problems: list[Details]) -> str:
    """What is wrong with a contactInfo, laid out as the library does it."""
    again = Problems()
    for problem in problems:
        rule = _PROBLEM_RULES.get(problem["code"])
        sentence = (rule(problem) if rule else None) or problem["message"]
        again.add(errors.InvalidContactInfo, problem["path"], sentence)
    try:
        again.raise_if_any()
    except errors.InvalidContactInfo as error:
        return error.message
    raise ValueError("an error without a problem")


def _label(details: Details) -> str | None:
    return _missing_name("label", details, "label")


def _field(details: Details) -> str | None:
    return _missing_name("custom field", details, "field")


def _missing_name(title: str, details: Details, noun: str) -> str | None:
    if "name" not in details:  # what was given can't be a name at all
        return None
    name, kind = details["name"], details.get("type", "text")
    missing = f"there is no {title} {text.shortened(name)}; {naming.suggestion(details['nearest'])}"
    if "path" not in details:  # it was to be shown, renamed or deleted
        return f"{missing}{_command()} {noun} list shows all"
    option = "" if kind == "text" else f" --type {kind}"
    return f"{missing}make it with {_command()} {noun} create {typed(name)}{option}, once"


def _unknown_member(problem: Details) -> str | None:
    if not is_newer_member(problem["path"]):
        return None
    return (
        "belongs to Wix's newer contacts API (v4 and later); write createContact's own members "
        "in its place, or give --policy lenient, which reads it"
    )


def _template(details: Details) -> str:
    id = details["email_id"]
    return (
        f"there is no Triggered Email {text.shortened(id)}; "
        f"{naming.suggestion(details['nearest'])}make it with {_command()} template create "
        f"{typed(id)} --subject TEXT --text TEXT before it is sent"
    )


def _undeclared(details: Details) -> str | None:
    if "placeholder" not in details:
        return None
    name = details["placeholder"]
    return (
        f"{details['argument']} has the placeholder ${{{name}}}, but no variable of that name is "
        f"declared; add --var {name}=FALLBACK, or --required {name}"
    )


def _contact(details: Details) -> str | None:
    if "contact_id" not in details:
        return None
    given = details["contact_id"]
    if details.get("in_trash"):
        return (
            f"contact {given} is in the trash; {_command()} contact restore {given} brings it back"
        )
    sentence = f"there is no contact with the id {text.shortened(given)}; "
    if "@" in given:
        shown = f"{_command()} contact show {typed(given)}"
        return f"{sentence}that looks like an email address: {shown} tells whose id it is"
    return f"{sentence}{_command()} contact list shows all ids"


def _member(details: Details) -> str:
    if details.get("verb") == "delete_contact":
        return f"contact {details['contact_id']} is a site member; give --members to delete it, too"
    return (
        f"contact {details['contact_id']} is a site member, whom createContact can't update; "
        "leave such people out, or give --policy members=keep to keep them unchanged"
    )


def _stale(details: Details) -> str:
    return (
        f"contact {details['contact_id']} has revision {details['revision']} by now, not "
        f"{details['expected_revision']}; look with {_command()} contact show "
        f"{details['contact_id']}, and decide anew"
    )


def _change(details: Details) -> str:
    return (
        f"there is no change {details['change_id']}; {_command()} contact history CONTACT shows "
        "the numbers of changes, of which old ones may have been pruned"
    )


def _import(details: Details) -> str:
    given = text.shortened(details["receipt"])
    why = "was taken back already" if details["undone"] else "is none that this store knows"
    return f"import {given} {why}; {_command()} imports list shows all receipts"


def _cannot_undo(details: Details) -> str | None:
    if details.get("reason") == "creation":
        return f"a creation can't be undone; {_command()} contact delete is for that"
    if details.get("reason") != "deleted_names":
        return None
    return (
        f"this can't be undone, since there is none of these any more: "
        f"{', '.join(details['missing'])}; make them again with {_command()} label create or "
        f"{_command()} field create first"
    )


def _argument(details: Details) -> str | None:
    if "column" not in details:
        return None
    column = text.shortened(details["column"])
    if "role" in details:
        near = naming.suggestion(naming.nearest(details["role"], ROLES))
        return (
            f"--map sends column {column} to {text.shortened(details['role'])}; {near}give one of "
            f"{', '.join(ROLES)}, 'other:New name' or none"
        )
    near = naming.suggestion(naming.nearest(details["column"], details["columns"]))
    headers = shown_headers(details["columns"])
    return f"the file has no column {column}, which --map names; {near}it has {headers}"


def _unreadable_file(details: Details) -> str | None:
    if "columns" not in details:
        return None
    return (
        "no column of the file is known to hold addresses or numbers; say which one does, with "
        f"--map 'HEADER=emails' or 'HEADER=phones'; it has {shown_headers(details['columns'])}"
    )


def _no_email(details: Details) -> str:
    return (
        f"contact {details['contact_id']} has no email address; give it one with {_command()} "
        "contact create --phone NUMBER --email ADDRESS, the number being the contact's own"
    )


def _unsubscribed(details: Details) -> str:
    return (
        f"contact {details['contact_id']} has unsubscribed; leave them out, or give --policy "
        "unsubscribed=suppress to record the mail without sending it"
    )


def _missing_variable(details: Details) -> str:
    name = details["missing"][0]
    return (
        f"Triggered Email {details['email_id']!r} needs the variable {name!r}, which has no "
        f"fallback; give --var {name}=VALUE"
    )


def _wrong_status(details: Details) -> str | None:
    if "verb" not in details:
        return None
    id, status, verb = details["id"], details["status"], details["verb"]
    remedies = {
        "uncertain": f"say what became of it with {_command()} outbox resolve {id} sent, or resend",
        "claimed": "a program has it in hand: wait until it is settled",
        "sending": "a program has it in hand: wait until it is settled",
    }
    remedy = remedies.get(status, f"{verb} is for mails that are {', '.join(details['allowed'])}")
    return f"can't {verb} mail {id}, which is {status}; {remedy}"


def _message(details: Details) -> str | None:
    if "id" not in details:
        return None
    shown = text.shortened(details["id"])
    return f"the outbox holds no mail {shown}; {_command()} outbox list --limit 0 shows all"


def _from_address(details: Details) -> str:
    which = f"mail {details['id']}" if "id" in details else "a mail"
    return (
        f"{which} has no address to be sent from; give --from ADDRESS, such as --from "
        "shop@example.com"
    )


def _region(details: Details) -> str:
    found, asked = details["region"], details["asked"]
    if found is None:
        return (
            f"this store has phone numbers that were read without a region, and can't take up "
            f"{asked} so; leave --region out, or change them all with {_command()} rekey {asked}"
        )
    return (
        f"this store reads national phone numbers in the region {found}, not {asked}, and match "
        f"keys made so can't be mixed; leave --region out, or change them all with {_command()} "
        f"rekey {asked}"
    )


_RULES: Mapping[type[errors.WixCRMError], Callable[[Details], str | None]] = {
    errors.LabelNotFound: _label,
    errors.CustomFieldNotFound: _field,
    errors.TriggeredEmailNotFound: _template,
    errors.InvalidTriggeredEmail: _undeclared,
    errors.ContactNotFound: _contact,
    errors.MemberContact: _member,
    errors.StaleRevision: _stale,
    errors.ChangeNotFound: _change,
    errors.CannotUndo: _cannot_undo,
    errors.ImportNotFound: _import,
    errors.ContactHasNoEmail: _no_email,
    errors.ContactUnsubscribed: _unsubscribed,
    errors.MissingVariable: _missing_variable,
    errors.WrongMessageStatus: _wrong_status,
    errors.MessageNotFound: _message,
    errors.FromAddressMissing: _from_address,
    errors.RegionMismatch: _region,
    errors.InvalidArgument: _argument,
    errors.UnreadableFile: _unreadable_file,
}
_PROBLEM_RULES: Mapping[str, Callable[[Details], str | None]] = {
    errors.LabelNotFound.default_code: _label,
    errors.CustomFieldNotFound.default_code: _field,
    errors.UnknownMember.default_code: _unknown_member,
}


def _command() -> str:
    context = click.get_current_context(silent=True)
    session = context.find_object(Session) if context else None
    return session.command() if session else "wixcrm-local"


def typed(name: str) -> str:
    """A value as this system's shell reads it."""
    return subprocess.list2cmdline([name]) if os.name == "nt" else shlex.quote(name)
