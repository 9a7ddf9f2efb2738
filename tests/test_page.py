"""The page of a store (issue 9, 1): all of it is there, as data that can't become anything else."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import logging
import os
import re
import shutil
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import OpenCRM, StillClock
from hypothesis import example, given
from hypothesis import strategies as st

from wixcrm_local import CRM, AsyncCRM, InvalidArgument, StoreError, TemporaryFailure, search_terms
from wixcrm_local.page import composing, folding, mails, redaction
from wixcrm_local.page.texts import shown

HTML = '<p>Dear ${name}, <a href="https://example.com">look</a></p>'


def defers(message: object) -> None:
    raise TemporaryFailure("451 later, said <mx@example.net>", details={"smtp_code": 451})


def furnish(crm: CRM) -> str:
    """Makes a store with something of everything, and gives the id of Ana."""
    crm.labels.create("Customer")
    crm.custom_fields.create("Score", "number")
    crm.triggered_emails.save(
        "welcome", subject="Hi ${name}", html=HTML, variables={"name": "friend"}
    )
    ana = crm.create_contact(
        {
            "firstName": "Ana",
            "emails": ["Ana@example.com"],
            "phones": ["(650) 253-0000", "0000000000"],
            "labels": ["Customer"],
            "customFields": {"Score": 2**62},
        }
    )
    crm.update_contact(ana, {"lastName": "Diaz"})
    bo = crm.create_contact({"emails": ["bo@example.com"], "phones": ["12345"]})
    crm.update_contact(bo, {"phones": ["+1 650 253 0000"]})
    crm.email_contact("welcome", ana, {"variables": {"name": "Ana (650) 253-0000"}})
    crm.email_contact("welcome", bo)
    crm.deliver(defers, include_stale=True)
    crm.unsubscribe("bo@example.com")
    crm.delete_contact(crm.create_contact({"firstName": "Eve", "emails": ["eve@example.com"]}))
    return ana


class Blocks(html.parser.HTMLParser):
    """What stands in the elements of a page, as a browser takes it apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.policy = ""
        self._inside: dict[str, str | None] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "script":
            self.scripts.append((given, ""))
            self._inside = given
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            attributes, before = self.scripts[-1]
            self.scripts[-1] = (attributes, before + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = None


def data_of(path: Path) -> dict[str, Any]:
    """The data that a page holds."""
    (_, block), _ = Blocks(path.read_text("utf-8")).scripts
    found: dict[str, Any] = json.loads(block)
    return found


def test_everything_in_the_store_is_on_the_page(crm: CRM, tmp_path: Path) -> None:
    """Issue 9, 1: people with keys, history and fields; mails and what became of them; the rest."""
    ana = furnish(crm)
    report = crm.write_page(tmp_path / "page.html")
    assert (report.people, report.mails, report.people_left_out) == (2, 2, 0)
    data = data_of(tmp_path / "page.html")
    bo, found = data["people"]
    assert found["id"] == ana
    assert found["name"] == "Ana Diaz"
    assert found["emails"] == [
        {"text": "Ana@example.com", "match": "ana@example.com", "suppressed": None}
    ]
    assert found["phones"] == [
        {"text": "(650) 253-0000", "match": "+16502530000"},
        {"text": "0000000000", "match": None},
    ]
    assert found["fields"] == [{"name": "Score", "value": str(2**62), "type": "number"}]
    assert [each["verb"] for each in found["history"]] == ["create_contact", "update_contact"]
    assert found["history"][1]["changed"] == [
        {"member": "last name", "before": None, "after": "Diaz"}
    ]
    assert bo["emails"][0]["suppressed"] == "unsubscribed"
    second, first = data["mails"]
    assert (first["status"], first["reason"]) == ("queued", "deferred")
    assert first["answers"][0]["response"].startswith("451 later")
    assert first["variables"] == [
        {"name": "name", "value": "Ana (650) 253-0000", "fellBack": False}
    ]
    assert second["variables"][0]["fellBack"]
    assert dict(first["headers"])["Date"] == "Sat, 31 Jan 2026 12:00:00 +0000"
    assert data["templates"][0]["variables"] == [{"name": "name", "fallback": "friend"}]
    assert [(each["name"], each["people"]) for each in data["labels"]] == [("Customer", 1)]
    assert [(each["name"], each["type"], each["people"]) for each in data["fields"]] == [
        ("Score", "number", 1)
    ]
    assert [(each["kind"], each["count"]) for each in data["duplicates"]] == [("phone", 2)]
    assert data["trash"][0]["name"] == "Eve"
    assert data["suppressions"][0]["address"] == "bo@example.com"


def test_a_large_store_shows_its_newest_and_says_so(crm: CRM, tmp_path: Path) -> None:
    """Issue 9, 1: --limit, and a note of what was left out; None shows all."""
    crm.triggered_emails.save("hi", subject="s", text="t")
    for number in range(7):
        crm.email_contact("hi", crm.create_contact({"emails": [f"p{number}@example.com"]}))
    report = crm.write_page(tmp_path / "page.html", limit=3)
    assert (report.people, report.people_left_out) == (3, 4)
    assert (report.mails, report.mails_left_out) == (3, 4)
    data = data_of(tmp_path / "page.html")
    assert [each["emails"][0]["text"] for each in data["people"]] == [
        f"p{number}@example.com" for number in (6, 5, 4)
    ]
    assert [each["to"] for each in data["mails"]] == [
        f"p{number}@example.com" for number in (6, 5, 4)
    ]
    assert data["leftOut"]["people"] == 4
    assert crm.write_page(tmp_path / "page.html", limit=None).people == 7
    assert crm.write_page(tmp_path / "page.html", limit=7).people_left_out == 0


def test_more_than_a_browser_opens_is_left_out_of_the_oldest() -> None:
    """Issue 9, 1: the texts of the newest mails stay, and the number of the others is told."""
    found = [
        {"text": "x" * 40, "html": None},
        {"text": "y", "html": "z" * 70},
        {"text": "", "html": ""},
    ]
    assert mails.without_old_bodies(found, 100) == 2
    assert found[0]["text"] == "x" * 40
    assert found[1] == {"text": None, "html": None}


@given(st.dictionaries(st.text(), st.text() | st.just("</script><!--<script>]]>\u2028")))
@example({"</SCRIPT >": "<!--"})
def test_no_text_ends_the_block_of_data(data: dict[str, str]) -> None:
    """The law of composing: what is put in is what a browser takes out, whatever it holds."""
    block = composing.as_block(data)
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == data


def test_only_our_own_script_may_run_and_nothing_is_fetched(crm: CRM, tmp_path: Path) -> None:
    """Issue 9, 2: a strict policy inside the file names the one script by its hash."""
    crm.create_contact({"firstName": "{{script}}{{policy}}", "emails": ["a@example.com"]})
    crm.write_page(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    page = Blocks(text)
    (kind, _), (plain, script) = page.scripts
    assert (kind["type"], plain) == ("application/json", {})
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.policy
    assert page.policy.startswith("default-src 'none';")
    assert not re.search(r"unsafe-eval|script-src[^;]*unsafe-inline|https?:|\*", page.policy)
    assert "{{" not in script
    assert data_of(tmp_path / "page.html")["people"][0]["first"] == "{{script}}{{policy}}"
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="', text)


def test_an_older_page_is_replaced_and_no_other_file(crm: CRM, tmp_path: Path) -> None:
    """A caller's mistake changes nothing: the way to replace any file is overwrite."""
    target = tmp_path / "page.html"
    target.write_text("my notes")
    with pytest.raises(InvalidArgument, match=r"path .*page.html exists already") as refused:
        crm.write_page(target)
    assert refused.value.details["argument"] == "path"
    assert target.read_text() == "my notes"
    crm.write_page(target, overwrite=True)
    crm.create_contact({"emails": ["a@example.com"]})
    assert crm.write_page(str(target)).people == 1
    assert os.name == "nt" or stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


def test_the_store_itself_is_never_replaced(open_crm: OpenCRM, tmp_path: Path) -> None:
    """A page under the name of the store, or of its log, is refused, with overwrite too."""
    with open_crm(tmp_path / "contacts.db") as crm:
        for name in ("contacts.db", "contacts.db-wal"):
            with pytest.raises(InvalidArgument, match="is the store itself"):
                crm.write_page(tmp_path / name, overwrite=True)


@pytest.mark.parametrize(
    ("terms", "argument"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"reload_every": 0.1}, "reload_every"),
        ({"reload_every": True}, "reload_every"),
        ({"reload_every": float("nan")}, "reload_every"),
        ({"path": None}, "path"),
        ({"path": "a\0"}, "path"),
    ],
)
def test_a_mistake_names_its_argument(
    crm: CRM, tmp_path: Path, terms: dict[str, Any], argument: str
) -> None:
    """A caller's mistake is one documented error, and no file."""
    path = terms.pop("path", tmp_path / "page.html")
    with pytest.raises(InvalidArgument) as refused:
        crm.write_page(path, **terms)
    assert refused.value.details["argument"] == argument
    assert not list(tmp_path.iterdir())


def test_a_redacted_page_has_no_address_and_no_number(crm: CRM, tmp_path: Path) -> None:
    """Issue 9, 1: masked wherever they stand: keys, history, mails, answers, notes, duplicates."""
    furnish(crm)
    crm.suppressions.add("gone@example.org", "bounced", note="550 <gone@example.org> is unknown")
    crm.write_page(tmp_path / "page.html", redact=True)
    text = (tmp_path / "page.html").read_text("utf-8")
    data = data_of(tmp_path / "page.html")
    for told in ("ana@example", "bo@example", "mx@example", "gone@example", "eve@example"):
        assert told not in text.lower(), told
    without_ids = re.sub("0{8}-[0-9-]{27}", "", json.dumps({**data, "folding": None}))
    for told in ("253-0000", "6502530000", "253 0000", "12345", "0000000000"):
        assert told not in without_ids, told
    found = data["people"][1]
    assert found["name"] == "Ana Diaz"
    assert found["emails"][0]["text"] == "A•••@e•••.com"
    assert found["phones"][0] == {"text": "•••00", "match": "•••00"}
    assert data["mails"][1]["html"] is None
    assert "•••" in data["mails"][1]["text"]


LOCALS = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9._+-]{0,20}[a-zA-Z0-9]", fullmatch=True)
DOMAINS = st.from_regex(r"[a-z0-9]{2,12}(\.[a-z0-9]{2,8}){0,2}\.[a-z]{2,5}", fullmatch=True)


@given(LOCALS, DOMAINS, st.sampled_from(["{}", "<{}>", "a,{}", "mailto:{}", "?to={}&x", "“{}”"]))
def test_no_address_outlives_its_mask(local: str, domain: str, around: str) -> None:
    """The law of redaction: also in URLs, and among marks."""
    for at in ("@", "%40", "&#64;"):
        masked = redaction.mask(around.format(f"{local}{at}{domain}"))
        assert local[1:] not in masked.replace(redaction.MASK, " ") or len(local) < 4
        assert domain not in masked


@given(st.lists(st.sampled_from("0123456789"), min_size=7, max_size=15), st.data())
def test_no_number_outlives_its_mask(digits: list[str], data: st.DataObject) -> None:
    """The law of redaction: with whatever people put between the digits."""
    gaps = data.draw(
        st.lists(
            st.sampled_from(["", "", " ", "-", ".", ") ", " / ", "\u00a0"]),
            min_size=len(digits) - 1,
            max_size=len(digits) - 1,
        )
    )
    typed = digits[0] + "".join(gap + digit for gap, digit in zip(gaps, digits[1:], strict=True))
    masked = redaction.mask(f"call {typed}, please")
    assert masked == f"call {redaction.MASK}{''.join(digits[-2:])}, please"


def test_the_browser_learns_our_folding() -> None:
    """One folding for what is stored and asked, in the browser too: its tables say what ours do."""
    tables = folding.tables()
    marks = re.compile(
        "[" + re.sub(r"\\u\{(\w+)\}", lambda f: f"\\U{f[1]:0>8}", tables["marks"]) + "]"
    )
    for letter in "a\u0301\u064b\u200f\u05b0\u0e38\u3099\u094d\u093cß1":
        assert bool(marks.match(letter)) == search_terms.is_stripped(letter), ascii(letter)
    assert tables["folds"]["ß"] == "ss"
    assert tables["plain"]["ł"] == "l"
    assert "٠" in tables["zeros"]


@pytest.mark.parametrize(
    ("value", "text"), [(None, None), (True, "yes"), (5, "5"), (5.0, "5.0"), (("a", "b"), "a, b")]
)
def test_values_are_shown_as_texts(value: object, text: str | None) -> None:
    """Numbers, too, as those of a browser are less exact."""
    assert shown(value) == text


def test_a_watched_page_follows_the_store(open_crm: OpenCRM, tmp_path: Path) -> None:
    """Issue 9, 1: written anew when another program stored something, and once more at the end."""
    page, stop, turns = tmp_path / "page.html", threading.Event(), []
    with open_crm(tmp_path / "contacts.db") as crm, open_crm(tmp_path / "contacts.db") as other:
        calls: list[Callable[[], object]] = [
            lambda: other.create_contact({"emails": ["a@example.com"]}),
            lambda: other.labels.create("New"),
            lambda: crm.triggered_emails.save("hi", subject="s", text="t"),
            stop.set,
        ]

        def written(report: object) -> None:
            turns.append(data_of(page))
            calls.pop(0)()

        crm.watch_page(page, stop=stop, interval=0.01, written=written)
    assert [len(turn["people"]) for turn in turns] == [0, 1, 1, 1]
    assert [len(turn["labels"]) for turn in turns] == [0, 0, 1, 1]
    assert {turn["reloadEvery"] for turn in turns} == {2.0}
    assert data_of(page)["reloadEvery"] is None
    assert len(data_of(page)["templates"]) == 1


def test_what_passes_does_not_end_a_watch(open_crm: OpenCRM, tmp_path: Path) -> None:
    """A folder that is away for a moment, or a full disk: told in the log, and tried again."""
    folder, stop, turns = tmp_path / "pages", threading.Event(), []
    folder.mkdir()

    class Mender(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            turns.append(record.getMessage())
            folder.mkdir(exist_ok=True)

    def written(report: Any) -> None:
        turns.append(report.people)
        if report.people:
            stop.set()
        else:
            crm.create_contact({"emails": ["a@example.com"]})
            shutil.rmtree(folder)

    mender = Mender()
    logging.getLogger("wixcrm_local").addHandler(mender)
    try:
        with open_crm(tmp_path / "contacts.db") as crm:
            crm.watch_page(folder / "page.html", stop=stop, interval=0.01, written=written)
    finally:
        logging.getLogger("wixcrm_local").removeHandler(mender)
    assert turns == [0, "the page could not be written: STORE_NOT_FOUND", 1]
    with open_crm() as crm, pytest.raises(StoreError):
        crm.watch_page(tmp_path / "none" / "page.html", stop=threading.Event())


def test_a_store_in_memory_is_watched_too(crm: CRM, tmp_path: Path) -> None:
    """Issue 9, 1: a test run follows its own store."""
    stop, seen = threading.Event(), []

    def written(report: Any) -> None:
        seen.append(report.people)
        if report.people:
            stop.set()
        else:
            crm.create_contact({"emails": ["a@example.com"]})

    crm.watch_page(tmp_path / "page.html", stop=stop, interval=0.01, written=written)
    assert seen == [0, 1]


def test_a_page_is_one_state_of_the_store(open_crm: OpenCRM, tmp_path: Path) -> None:
    """What is stored while the page is made is on the next one, in all its parts."""
    with open_crm(tmp_path / "contacts.db") as other:

        def clock() -> datetime:  # is asked in the middle of it
            other.labels.create("Late", exist_ok=True)
            return datetime(2026, 1, 31, tzinfo=UTC)

        with open_crm(tmp_path / "contacts.db", clock=clock) as crm:
            crm.write_page(tmp_path / "one.html")
            crm.write_page(tmp_path / "two.html")
    assert [len(data_of(tmp_path / name)["labels"]) for name in ("one.html", "two.html")] == [0, 1]


async def test_it_can_be_awaited(tmp_path: Path) -> None:
    """The mirror: the same verbs, awaited."""
    async with AsyncCRM(tmp_path / "contacts.db") as crm:
        await crm.create_contact({"emails": ["a@example.com"]})
        assert (await crm.write_page(tmp_path / "page.html")).people == 1
        stop = threading.Event()
        await crm.watch_page(
            tmp_path / "page.html", stop=stop, interval=0.01, written=lambda report: stop.set()
        )


def test_the_same_store_gives_the_same_page(open_crm: OpenCRM, tmp_path: Path) -> None:
    """Repeatable ids and times make a page that is an artefact: the same bytes each time."""
    pages = []
    for name in ("one.html", "two.html"):
        with open_crm(clock=StillClock()) as crm:
            furnish(crm)
            crm.write_page(tmp_path / name)
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
