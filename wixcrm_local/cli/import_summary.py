"""What an import tells people: counts, what to do about the rest, and a line for each row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from itertools import islice
from typing import Any

from wixcrm_local.cli import output
from wixcrm_local.formats.csv_cells import guarded
from wixcrm_local.formats.csv_writing import Encoded
from wixcrm_local.transfer import files
from wixcrm_local.transfer.report import ImportReport, RowOutcome, UndoneImport

_ACTIONS = ("created", "updated", "unchanged", "kept", "skipped")
_TITLES = {
    "csv": "a table",
    "wix": "a table of Wix",
    "google": "a table of Google",
    "outlook": "a table of Outlook",
    "vcard": "vCards",
}
_SHOWN = 5  # skipped rows; thousands of lines would hide what matters
_HEADINGS = ("row", "action", "contact_id", "code", "reason", "shared_with")
_FIRST_LINE = codecs.BOM_UTF8 + ",".join(_HEADINGS).encode()


def write(report: ImportReport, command: str, *, has_report: bool) -> None:
    """Writes the summary for people; `command` is the program as it was called."""
    began = "would be taken in" if report.dry_run else "taken in"
    output.write(f"{_rows(report.rows)} of {_TITLES[report.format]} {began}")
    if report.resumed_rows:
        output.write(f"  {_rows(report.resumed_rows)} of them by a run that broke off")
    for action in _ACTIONS:
        if count := getattr(report, action):
            output.write(f"  {action:<10}{count:>9,}{_remark(report, action)}")
    for sentence in _further(report):
        output.write(output.printable(sentence))
    if report.skipped:
        _write_skipped(report, has_report)
    if report.receipt is not None:
        output.write(f"receipt: {report.receipt}")
        output.write(f"to take all of it back: {command} imports undo {report.receipt}")


def write_rows(path: str, report: ImportReport, store_path: str | None) -> None:
    """Writes a table with a line for each row, safe to open in a spreadsheet."""
    with files.writing(path, store_path, overwrite=True) as file:
        file.write(codecs.BOM_UTF8)
        table = csv.writer(Encoded(file))
        table.writerow(_HEADINGS)
        table.writerows(map(_cells, report.outcomes))


def is_replaceable(path: str) -> bool:
    """Whether a report may go there: to a new place, or over another report."""
    try:
        with open(path, "rb") as file:
            begin = file.read(len(_FIRST_LINE))
    except OSError:  # nothing is there; or it can't be read, and writing tells
        return True
    return begin in (b"", _FIRST_LINE)


def as_data(report: ImportReport) -> dict[str, Any]:
    """For programs: all but the rows that went well, of which there may be millions."""
    data: dict[str, Any] = {
        "receipt": report.receipt,
        "format": report.format,
        "dryRun": report.dry_run,
        "rows": report.rows,
        **{action: getattr(report, action) for action in _ACTIONS},
        "sharedPhones": report.shared_phones,
        "columns": dict(report.columns),
        "leftOut": list(report.left_out),
        "newLabels": list(report.new_labels),
        "newFields": list(report.new_fields),
        "resumedRows": report.resumed_rows,
    }
    data["remarks"] = [output.as_data(each) for each in _remarkable(report)]
    return data


def undone_as_data(done: UndoneImport) -> dict[str, Any]:
    return {**output.as_data(done), "left": [output.as_data(each) for each in done.left]}


def _further(report: ImportReport) -> Iterator[str]:
    if report.new_labels:
        yield f"new labels: {', '.join(report.new_labels)}"
    if report.new_fields:
        yield f"new custom fields: {', '.join(report.new_fields)}"
    if report.left_out:
        what = "columns left out" if report.columns else "left out"
        yield f"{what}: {', '.join(report.left_out)}"
        if any(report.columns.get(header, "other") == "other" for header in report.left_out):
            yield "  --fields keeps those with people's own values as custom fields"


def _write_skipped(report: ImportReport, has_report: bool) -> None:
    output.write("skipped:")
    skipped = (each for each in _remarkable(report) if each.action == "skipped")
    for each in islice(skipped, _SHOWN):
        output.write(output.printable(f"  row {each.row}: {each.reason} [{each.code}]"))
    hidden = report.skipped - _SHOWN
    if hidden > 0:
        where = "" if has_report else "; --report FILE.csv has a line for each"
        output.write(f"  and {hidden:,} more{where}")


def _remark(report: ImportReport, action: str) -> str:
    if action == "created" and report.shared_phones:
        share = "shares" if report.shared_phones == 1 else "share"
        return f"   {report.shared_phones:,} of them {share} a telephone with another first name"
    return "   site members, whom no import changes" if action == "kept" else ""


def _remarkable(report: ImportReport) -> Iterator[RowOutcome]:
    return (report.outcomes[place] for place in report.outcomes.remarks)


def _cells(each: RowOutcome) -> tuple[str, ...]:
    texts = (each.contact_id, each.code, each.reason, " ".join(each.shared_with))
    return (str(each.row), each.action, *(guarded(text or "") for text in texts))


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"
