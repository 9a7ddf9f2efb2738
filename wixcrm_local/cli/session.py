"""One run of the program: which store it works on, and what it has to say beside its answer.

Law: a command that only reads never makes a file.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import click

from wixcrm_local import errors, upgrading
from wixcrm_local.cli.progress import Progress
from wixcrm_local.crm import CRM
from wixcrm_local.policy import STRICT

DEFAULT_PATH = os.path.join(os.curdir, "contacts.db")
_MOST_NOTES = 20


class Session:
    """The store's path, region and policy as they were asked for, and the notes for stderr.

    Notes are written at the end of a command, and become part of the one line of a refused one.
    """

    def __init__(self) -> None:
        self.given_path: str | None = None
        self.region: str | None = None
        self.policy = STRICT
        self.sender_url: str | None = None  # as it was typed, not from the environment
        self.from_address: str | None = None
        self._notes: Counter[str] = Counter()
        self._command: str | None = None

    @property
    def path(self) -> str:
        """--store, else WIXCRM_STORE, else contacts.db in this folder."""
        return self.given_path or os.environ.get("WIXCRM_STORE") or DEFAULT_PATH

    def note(self, sentence: str) -> None:
        """Keeps a sentence for stderr; what is said again is only counted."""
        self._notes[sentence] += 1

    @property
    def notes(self) -> list[str]:
        """The notes taken so far, each once; of thousands, the first are enough."""
        shown = [
            sentence if times == 1 else f"{sentence} ({times:,} times)"
            for sentence, times in islice(self._notes.items(), _MOST_NOTES)
        ]
        hidden = len(self._notes) - len(shown)
        return [*shown, f"and {hidden:,} more notes"] if hidden else shown

    def with_notes(self, message: str) -> str:
        """The message of an error with the notes taken so far."""
        return f"{message} ({'; '.join(self.notes)})" if self.notes else message

    @contextmanager
    def reading(self) -> Iterator[CRM]:
        """The store, which must be there. Raises `StoreNotFound`."""
        if not os.path.exists(self.path):
            raise errors.StoreNotFound(
                f"there is no store at {os.path.abspath(self.path)}; make one with "
                f"{self.command()} demo or contact create, or name another with --store",
                details={"path": os.path.abspath(self.path)},
            )
        with self._open() as crm:
            yield crm

    @contextmanager
    def writing(self) -> Iterator[CRM]:
        """The store, which is made if there is none; then a note says so."""
        is_new = not os.path.exists(self.path)
        try:
            crm = self._open()
        finally:  # a region that is refused leaves an empty store behind
            if is_new and os.path.exists(self.path):
                self.note(f"made a new store, {os.path.abspath(self.path)}")
        with crm:
            yield crm

    @contextmanager
    def rehearsing(self) -> Iterator[CRM]:
        """The store for what only looks; an empty one in memory where there is none yet."""
        if os.path.exists(self.path):
            with self._open() as crm:
                yield crm
            return
        with CRM(default_region=self.region, policy=self.policy) as crm:
            yield crm

    def command(self) -> str:
        """The program as it was called, with its store where the command line named one."""
        if self._command is None:
            self._command = self._as_called()
        return self._command

    def _open(self) -> CRM:
        if os.path.isfile(self.path):
            self._upgrade()
        return CRM(
            self.path,
            default_region=self.region,
            policy=self.policy,
            from_address=self.from_address,
        )

    def _upgrade(self) -> None:
        """A long upgrade shows how far it is, and says what it kept."""
        with Progress(unit="steps") as bar:
            done = upgrading.upgrade(
                self.path, progress=lambda number, total: bar.reach(number, total, number)
            )
        if done.backup is not None:
            self.note(f"upgraded from schema {done.before}; as it was before: {done.backup}")

    def _as_called(self) -> str:
        name = click.get_current_context().find_root().info_name or "wixcrm-local"
        if shutil.which(name) is None and os.path.basename(sys.argv[0]).startswith(name):
            name = _quoted(sys.argv[0])  # an environment that is not activated
        return f"{name} --store {_quoted(self.given_path)}" if self.given_path else name


def _quoted(path: str) -> str:
    """A path as both a POSIX shell and a Windows prompt read it."""
    return f'"{path}"' if any(not (c.isalnum() or c in "-_./\\:~") for c in path) else path
