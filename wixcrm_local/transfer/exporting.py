"""export_contacts: contacts into a file that other programs take, and our own import, too."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple, Protocol

from wixcrm_local import contacts, errors, querying
from wixcrm_local.context import Context
from wixcrm_local.model import Contact, ReadOnlyDict
from wixcrm_local.transfer import files
from wixcrm_local.transfer.report import ExportReport

FORMATS = ("csv", "google", "outlook", "vcard", "vcard4")
_TABLES = ("csv", "google", "outlook")


class _Writer(Protocol):
    def write(self, contact: Contact) -> None: ...


class _Needs(NamedTuple):
    """What the contacts need of a table, and what the format can't give back of them."""

    contacts: int
    emails: int
    phones: int
    fields: tuple[str, ...]
    pictures: bool
    not_held: Mapping[str, int]


class _Outgrown(Exception):
    """A contact came to need more columns while others were written."""


def preview(context: Context, format: object, where: Mapping[str, Any] | None) -> ExportReport:
    """What `write` would write, and what of it the format can't give back."""
    checked = _checked(format)
    needs = _needs(context, checked, where)
    return ExportReport(format=checked, contacts=needs.contacts, not_held=needs.not_held)


def write(
    context: Context,
    target: object,
    format: object,
    where: Mapping[str, Any] | None,
    *,
    overwrite: bool,
) -> ExportReport:
    """Writes the contacts that fit; see `CRM.export_contacts`."""
    checked = _checked(format)
    if not isinstance(target, str | os.PathLike):
        return _written(context, files.as_writable(target), checked, where, None)
    with files.writing(target, context.store.path, overwrite=overwrite) as file:
        path = os.path.abspath(os.fspath(target))
        return _written(context, file, checked, where, path)


def _written(
    context: Context,
    stream: BinaryIO,
    format: str,
    where: Mapping[str, Any] | None,
    path: str | None,
) -> ExportReport:
    while True:
        needs = _needs(context, format, where)
        start = files.place(stream)
        try:
            count, lost = _write_all(context, _writer(stream, format, needs), format, where, needs)
        except _Outgrown:
            if start is None:
                raise _changed_meanwhile() from None
            stream.seek(start)
            stream.truncate()
            continue
        return ExportReport(format=format, contacts=count, not_held=ReadOnlyDict(lost), path=path)


def _write_all(
    context: Context,
    writer: _Writer,
    format: str,
    where: Mapping[str, Any] | None,
    needs: _Needs,
) -> tuple[int, Counter[str]]:
    count, lost = 0, Counter[str]()
    for contact in _chosen(context, where):
        if format in _TABLES and not _fits(contact, needs):
            raise _Outgrown
        writer.write(contact)
        lost.update(_not_held(contact, format, context.store.default_region))
        count += 1
    return count, lost


def _changed_meanwhile() -> errors.StoreBusy:
    return errors.StoreBusy(
        "contacts came to need more columns while they were written to a file that can't be begun "
        "anew; export to a path, or try again"
    )


def _needs(context: Context, format: str, where: Mapping[str, Any] | None) -> _Needs:
    """One look at all of them: a table says how many columns it has before its first row."""
    emails = phones = count = 0
    fields: dict[str, None] = {}
    pictures = False
    lost = Counter[str]()
    for contact in _chosen(context, where):
        count += 1
        emails = max(emails, len(contact.emails))
        phones = max(phones, len(contact.phones))
        fields.update(dict.fromkeys(contact.custom_fields))
        pictures = pictures or contact.picture is not None
        lost.update(_not_held(contact, format, context.store.default_region))
    return _Needs(count, emails, phones, tuple(fields), pictures, ReadOnlyDict(lost))


def _chosen(context: Context, where: Mapping[str, Any] | None) -> Iterator[Contact]:
    if where is None:
        return contacts.iterate(context)
    return querying.iterate(context, where)


def _fits(contact: Contact, needs: _Needs) -> bool:
    return (
        len(contact.emails) <= needs.emails
        and len(contact.phones) <= needs.phones
        and contact.custom_fields.keys() <= set(needs.fields)
        and (needs.pictures or contact.picture is None)
    )


def _not_held(contact: Contact, format: str, region: str | None) -> tuple[str, ...]:
    if format in _TABLES:
        from wixcrm_local.formats import csv_losses

        return csv_losses.not_held(contact, format, region)
    from wixcrm_local.formats import vcard_writing

    return vcard_writing.not_held(contact)


def _writer(stream: BinaryIO, format: str, needs: _Needs) -> _Writer:
    if format in _TABLES:
        from wixcrm_local.formats.csv_layouts import layout
        from wixcrm_local.formats.csv_writing import CsvWriter

        columns = layout(format, needs.emails, needs.phones, needs.fields, needs.pictures)
        return CsvWriter(stream, columns)
    from wixcrm_local.formats.vcard_writing import VCardWriter

    return VCardWriter(stream, "4.0" if format == "vcard4" else "3.0")


def _checked(format: object) -> str:
    if not isinstance(format, str) or format not in FORMATS:
        raise errors.InvalidArgument(
            f"format can't be {format!r}; choose one of {', '.join(FORMATS)}",
            details={"argument": "format", "choices": list(FORMATS)},
        )
    return format
