"""The address book of examples/, as people use it: on a screen, by its keys, with a file."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from store_fixtures import integrity

from wixcrm_local import CRM

PROGRAM = Path(__file__).resolve().parent.parent / "examples" / "address_book"
PATIENCE = 60  # seconds until a window that does not do its part fails the test
TOOLS = ("Xvfb", "xdotool")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
if importlib.util.find_spec("tkinter") is None or importlib.util.find_spec("_tkinter") is None:
    MISSING.append("tkinter")

pytestmark = [
    pytest.mark.storm,
    pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)} here"),
]


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    """The environment of programs that are to appear on a screen of the tests' own."""
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1100x760x24"]
    with subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[theirs]) as server:
        os.close(theirs)
        with os.fdopen(ours) as told:
            display = told.readline().strip()
        assert display, "the screen ended without a word"
        try:
            yield {**os.environ, "DISPLAY": f":{display}"}
        finally:
            server.terminate()


class Book:
    """The running program, its keys, and its title, which tells what it shows."""

    def __init__(self, process: subprocess.Popen[str], screen: dict[str, str]) -> None:
        self.process = process
        self._screen = screen
        self._window = self.focus("people")

    def focus(self, name: str) -> str:
        """Waits for the window with this in its title, and has it get the keys from now on."""
        found = self._xdotool("search", "--sync", "--onlyvisible", "--name", name).split()[0]
        self._xdotool("windowfocus", "--sync", found)
        return found

    def press(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "1", text)

    @property
    def title(self) -> str:
        return self._xdotool("getwindowname", self._window).strip()

    def shows(self, pattern: str) -> None:
        """Waits until the title is so."""
        until(lambda: re.fullmatch(f"{pattern}", self.title), lambda: self.title)

    def ended(self) -> None:
        """Waits until the program has closed itself."""
        self.process.wait(PATIENCE)

    def choose_file(self, path: Path) -> None:
        self.press("ctrl+o")
        self.focus("Import")
        self.type(str(path))
        self.press("Return")
        self._xdotool("windowfocus", "--sync", self._window)

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._screen,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout


def until(answer: Callable[[], object], shown: Callable[[], object]) -> None:
    """Asks until the answer is yes; each question takes a while, as another program is asked."""
    end = time.monotonic() + PATIENCE
    while not answer():
        assert time.monotonic() < end, shown()


@contextmanager
def running(screen: dict[str, str], store: Path, *more: str) -> Iterator[Book]:
    """The program on a file. Closed in the end, it has said nothing and left the file sound."""
    command = [sys.executable, "-W", "error", str(PROGRAM), str(store), *more]
    with subprocess.Popen(command, env=screen, stderr=subprocess.PIPE, text=True) as process:
        try:
            book = Book(process, screen)
            yield book
            if process.poll() is None:
                book.press("ctrl+q")
            _, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, "")
    assert not store.with_name(f"{store.name}-wal").exists()
    integrity(store)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A file with three people, and a mail that can be sent."""
    path = tmp_path / "people.db"
    with CRM(path, default_region="GB") as crm:
        for name in ("Ana", "Bo", "Cy"):
            crm.create_contact({"firstName": name, "emails": [f"{name}@example.com"]})
        crm.triggered_emails.save(
            "hello", subject="Hello ${name}", text="Hi ${name}", variables={"name": "you"}
        )
    return path


def test_typing_narrows_the_list(screen: dict[str, str], store: Path) -> None:
    """The window comes, what is typed finds people, and Escape brings all of them back."""
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.press("ctrl+f")
        book.type("ana")
        book.shows("Address book – 1 of 3 people")
        book.press("Escape")
        book.shows("Address book – 3 people")


def test_a_new_person_is_in_the_file(screen: dict[str, str], store: Path) -> None:
    """By the keyboard alone; what can't be stored is said, changes nothing, and can be mended."""
    with running(screen, store) as book:
        book.press("ctrl+n")
        for text in ("Dee", "Okafor", "dee.example.com"):
            book.type(text)
            book.press("Tab")
        book.type("020 7946 0958")
        book.shows(r"\* Address book – 3 people")
        book.press("ctrl+s")
        book.press("shift+Tab", "ctrl+Home", "Delete", "Delete", "Delete")
        book.type("dee@")
        book.press("Delete")
        book.press("ctrl+s")
        book.shows("Address book – 4 people")
    with CRM(store) as crm:
        dee = crm.find_contact(phone="+44 20 7946 0958")
        assert dee is not None
        assert (dee.first_name, dee.last_name) == ("Dee", "Okafor")
        assert dee.emails == ("dee@example.com",)


def test_a_person_is_changed_and_taken_back(screen: dict[str, str], store: Path) -> None:
    """Return saves what was typed, Escape takes back what was not saved."""
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.press("ctrl+f")
        book.type("bo@")
        book.shows("Address book – 1 of 3 people")
        book.press("Down", "Return", "Tab")
        book.type("Ray")
        book.shows(r"\* .*")
        book.press("Return")
        book.shows("Address book – 1 of 3 people")
        book.type("mond")
        book.shows(r"\* .*")
        book.press("Escape")
        book.shows("Address book – 1 of 3 people")
    with CRM(store) as crm:
        assert [contact.last_name for contact in crm.iter_contacts()] == [None, "Ray", None]


def test_changes_are_not_lost_when_the_window_is_closed(
    screen: dict[str, str], store: Path
) -> None:
    """It asks first; Escape goes on with them, Return saves and closes."""
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.press("Down", "Return", "Tab")
        book.type("Diaz")
        book.shows(r"\* .*")
        book.press("ctrl+q")
        book.focus("Not saved")
        book.press("Escape")
        book.focus("people")
        book.shows(r"\* .*")
        book.press("ctrl+q")
        book.focus("Not saved")
        book.press("Return")
        book.ended()
    with CRM(store) as crm:
        assert [contact.last_name for contact in crm.iter_contacts()] == ["Diaz", None, None]


def test_a_file_is_imported(screen: dict[str, str], store: Path, tmp_path: Path) -> None:
    """A table that is chosen in the dialog is in the list, and in the file, row by row."""
    table = tmp_path / "table.csv"
    table.write_text("Name,Email\nDee Okafor,dee@example.com\nBo Ray,bo@example.com\n,no address\n")
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.choose_file(table)
        book.shows("Address book – 4 people")
    with CRM(store) as crm:
        assert crm.imports()[0].skipped == 1
        assert [contact.last_name for contact in crm.iter_contacts()] == [
            None,
            "Ray",
            None,
            "Okafor",
        ]


def test_a_mail_is_in_the_outbox(screen: dict[str, str], store: Path) -> None:
    """Tab leads to the button, and the mail is recorded for the person whose card is shown."""
    with running(screen, store) as book, CRM(store) as crm:
        book.shows("Address book – 3 people")
        book.press("ctrl+f")
        book.type("cy")
        book.shows("Address book – 1 of 3 people")
        book.press("Down", "Return", *["Tab"] * 5)
        book.press("Return")
        until(lambda: len(crm.outbox), lambda: crm.outbox)
        mail = crm.outbox[0]
        assert (mail.to, mail.subject, mail.status) == ("Cy@example.com", "Hello Cy", "queued")


def test_a_sender_that_is_named_takes_the_mail(
    screen: dict[str, str], store: Path, tmp_path: Path
) -> None:
    """With --sender a mail leaves, here into a folder."""
    more = ("--sender", f"eml:{tmp_path / 'mails'}", "--from", "me@shop.example")
    with running(screen, store, *more) as book, CRM(store) as crm:
        book.shows("Address book – 3 people")
        book.press("Down", "Return", *["Tab"] * 5)
        book.press("Return")
        until(lambda: crm.outbox.where(status="sent"), lambda: crm.outbox[:])
    assert len(list((tmp_path / "mails").rglob("*.eml"))) == 1


def test_what_another_program_does_is_shown(screen: dict[str, str], store: Path) -> None:
    """Nobody has to press a key to see it."""
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        with CRM(store) as crm:
            crm.create_contact({"emails": ["dee@example.com"]})
        book.shows("Address book – 4 people")


def test_nobody_overwrites_what_another_program_changed(
    screen: dict[str, str], store: Path
) -> None:
    """Saving is refused then, and taking back what was typed shows the other's change."""
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.press("Down", "Return")
        book.type("x")
        book.shows(r"\* .*")
        with CRM(store) as crm:
            ana = crm.update_contact(
                crm.search_contacts("ana")[0].id, {"firstName": "Anna", "lastName": "Diaz"}
            )
            crm.create_contact({"emails": ["dee@example.com"]})
        book.shows(r"\* Address book – 4 people")
        book.press("ctrl+s", "Escape")
        book.shows("Address book – 4 people")
        book.type("y")
        book.shows(r"\* .*")
        book.press("Return")
        book.shows("Address book – 4 people")
    with CRM(store) as crm:
        names = crm.get_contact(ana.id)
        assert (names.first_name, names.last_name) == ("Annay", "Diaz")


def test_the_window_answers_while_a_large_file_comes_in(
    screen: dict[str, str], store: Path, tmp_path: Path
) -> None:
    """An import takes seconds; meanwhile keys are answered at once, and a search finds people."""
    table = tmp_path / "table.csv"
    rows = (f"P{number},p{number}@example.com\n" for number in range(60_000))
    table.write_text("First name,Email\n" + "".join(rows))
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.choose_file(table)
        book.shows(".* – importing")
        book.press("ctrl+f")
        book.type("ana")
        book.shows("Address book – 1 of .* people – importing")
        book.press("Down", "Return")
        times = 0
        while book.title.endswith("importing"):
            for key, pattern in (("x", r"\* .*"), ("Escape", "Address .*")):
                begun = time.monotonic()
                book.press(key)
                book.shows(pattern)
                assert time.monotonic() - begun < 2
            times += 1
        assert times >= 3
        book.press("ctrl+f", "BackSpace")
        book.shows("Address book – 60,003 people")


def test_closing_the_window_ends_an_import_between_two_chunks(
    screen: dict[str, str], store: Path, tmp_path: Path
) -> None:
    """Nobody waits for the rest of a large file; what was stored is whole, and can be gone on
    with."""
    table = tmp_path / "table.csv"
    rows = (f"P{number},p{number}@example.com\n" for number in range(100_000))
    table.write_text("First name,Email\n" + "".join(rows))
    with running(screen, store) as book:
        book.shows("Address book – 3 people")
        book.choose_file(table)
        book.shows(".* – importing")
    with CRM(store) as crm:
        (broken_off,) = crm.imports()
        assert broken_off.finished_at is None
        assert 0 < broken_off.rows == crm.count_contacts() - 3 < 100_000
