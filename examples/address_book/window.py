"""The window: a list to search, a card, and a line that says what happened.

Law: it asks the desk and goes on; what it shows, it was given by `hand_over`.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import filedialog, messagebox, ttk
from typing import Any

from wixcrm_local import CRM, Contact, OutboxMessage, WixCRMError

import book
import look
from card import CardView
from desk import Desk

POLL = 20  # milliseconds between two looks for answers: too short to be noticed
NEWS = 1000  # and between two looks for what others did
COLUMNS = (("name", "Name", 175), ("address", "Address", 190))
FILES = (("Tables and vCards", "*.csv *.tsv *.txt *.vcf"), ("All files", "*"))


class Window:
    """The address book on a root window of Tk."""

    def __init__(self, root: tk.Tk, open_store: Callable[[], CRM], greeting: str) -> None:
        self._root = root
        self._desk = Desk(open_store, self._failed)
        self._news = book.News()
        self._listing: book.Listing | None = None
        self._wanted: str | None = None  # whose card is shown, or on its way
        self._importing = False
        self._build()
        self._bind()
        self._say(greeting)
        self._look()
        self._hand_over()
        self._look_for_news()

    def _build(self) -> None:
        self._root.geometry("980x640")
        self._root.minsize(720, 520)
        look.dress(self._root)
        top = ttk.Frame(self._root, padding=(16, 14))
        top.pack(fill="x")
        ttk.Label(top, text="Search").pack(side="left", padx=(0, 8))
        self._text = tk.StringVar()
        self._search = ttk.Entry(top, textvariable=self._text, width=34)
        self._search.pack(side="left")
        new = ttk.Button(top, text="New person", command=self._new)  # before the other for Tab
        ttk.Button(top, text="Import …", command=self._import).pack(side="right")
        new.pack(side="right", padx=8)

        bottom = ttk.Frame(self._root, padding=(16, 8))
        bottom.pack(side="bottom", fill="x")
        self._bar = ttk.Progressbar(bottom, length=160)
        self._status = ttk.Label(bottom, width=1)
        self._status.pack(side="left", fill="x", expand=True)
        self._status.bind("<Configure>", lambda it: self._status.configure(wraplength=it.width - 8))

        middle = ttk.PanedWindow(self._root, orient="horizontal")
        middle.pack(fill="both", expand=True, padx=16)
        people = ttk.Frame(middle)
        self._people = look.table(people, COLUMNS)
        scroll = ttk.Scrollbar(people, command=self._people.yview)
        self._people.configure(yscrollcommand=scroll.set)
        scroll.pack(side="right", fill="y")
        self._people.pack(fill="both", expand=True)
        self._card = CardView(middle, self._save, self._send, self._title)
        middle.add(people, weight=1)
        middle.add(self._card, weight=2)
        self._card.revert()

    def _bind(self) -> None:
        mac = self._root.tk.call("tk", "windowingsystem") == "aqua"
        for key, act in (
            ("f", self._go_to_search),
            ("n", self._new),
            ("o", self._import),
            ("s", self._save),
            ("q", self._close),
        ):
            self._root.bind(f"<{'Command' if mac else 'Control'}-{key}>", partial(_done, act))
        self._root.bind_class("TButton", "<Return>", _press)
        self._root.bind("<Escape>", lambda _: self._card.revert())
        self._search.bind("<Escape>", partial(_done, lambda: self._text.set("")))
        for key in ("<Return>", "<Down>"):
            self._search.bind(key, partial(_done, self._go_to_list))
        self._people.bind("<Return>", partial(_done, self._card.first.focus_set))
        self._people.bind("<<TreeviewSelect>>", lambda _: self._selected())
        self._text.trace_add("write", lambda *_: self._look())
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        if mac:  # its own menu has a Quit
            self._root.tk.createcommand("::tk::mac::Quit", self._close)
        self._search.focus_set()

    # What somebody does.

    def _look(self) -> None:
        text = self._text.get()
        self._desk.ask(lambda crm: book.search(crm, text), self._show_people, topic="search")

    def _go_to_search(self) -> None:
        self._search.focus_set()
        self._search.select_range(0, "end")

    def _go_to_list(self) -> None:
        self._people.focus_set()
        if self._listing and self._listing.found:
            self._select(self._listing.found[0].id)

    def _selected(self) -> None:
        for id in self._people.selection():
            if id != self._wanted:
                self._leave_card(partial(self._open, id), stay=self._reselect)

    def _open(self, id: str) -> None:
        self._wanted = id
        self._desk.ask(lambda crm: book.card(crm, id), self._show_card, topic="card")

    def _new(self) -> None:
        self._leave_card(self._open_new)

    def _open_new(self) -> None:
        self._wanted = None
        self._reselect()
        self._card.show_new()

    def _save(self, then: Callable[[], object] | None = None) -> None:
        if self._card.changed:
            contact, members = self._card.contact, self._card.members()
            saved = partial(self._saved, members, then)
            self._desk.ask(lambda crm: book.save(crm, contact, members), saved)

    def _leave_card(
        self, then: Callable[[], object], stay: Callable[[], object] = lambda: None
    ) -> None:
        """Goes on with `then`, once it is clear what becomes of changes that are not saved."""
        if not self._card.changed:
            then()
            return
        keep = messagebox.askyesnocancel("Not saved", "Save the changes first?", default="yes")
        if keep is None:
            stay()
        elif keep:
            stay()  # until they are saved, and if they can't be
            self._save(then)
        else:
            self._card.revert()
            then()

    def _send(self, email_id: str) -> None:
        contact = self._card.contact
        if contact is not None:
            self._desk.ask(lambda crm: book.send(crm, email_id, contact), self._sent, long=True)

    def _import(self) -> None:
        if self._importing:
            return
        path = filedialog.askopenfilename(parent=self._root, title="Import", filetypes=FILES)
        if path:
            self._set_importing(True)
            self._say("Importing …")
            self._desk.ask(
                lambda crm: book.import_file(crm, path, self._on_the_way),
                self._imported,
                failed=self._not_imported,
                long=True,
            )

    def _on_the_way(self, rows: int, part: float | None) -> None:
        """Of an import, on its thread."""
        if self._desk.ending:
            raise book.Stopped
        self._desk.tell(partial(self._show_progress, rows, part))

    def _close(self) -> None:
        self._leave_card(self._end)

    def _end(self) -> None:
        self._root.withdraw()  # gone at once; what is under way ends behind it
        self._desk.close()
        self._root.destroy()

    # What the desk answers.

    def _hand_over(self) -> None:
        try:
            self._desk.hand_over()
        finally:
            if not self._desk.ending:
                self._root.after(POLL, self._hand_over)

    def _look_for_news(self) -> None:
        self._desk.ask(self._news.there, self._refresh, topic="news")
        self._root.after(NEWS, self._look_for_news)

    def _refresh(self, news: bool) -> None:
        if news:
            self._look()
            if self._wanted is not None:
                self._open(self._wanted)

    def _show_people(self, listing: book.Listing) -> None:
        if listing == self._listing:
            return
        first, self._listing = self._listing is None, listing
        place = self._people.yview()[0]
        self._people.delete(*self._people.get_children())
        for contact in listing.found:
            address = next(iter((*contact.emails, *contact.phones)), "")
            name = book.name_of(contact)
            self._people.insert("", "end", contact.id, values=(name, address))
        self._people.yview_moveto(place)
        if first and listing.found:
            self._select(listing.found[0].id)
        else:
            self._reselect()
        self._title()

    def _show_card(self, card: book.Card) -> None:
        if self._wanted is None:
            return  # a new person's card was opened meanwhile
        shown = self._card.contact
        if not self._card.changed:
            self._wanted = card.contact.id  # another one, if the person was merged
            self._card.show(card)
        elif shown is not None and shown.id == card.contact.id:
            self._card.keep(card)
        else:  # somebody typed before it came
            self._wanted = shown.id if shown else None
            self._reselect()

    def _saved(
        self,
        members: dict[str, Any],
        then: Callable[[], object] | None,
        answer: tuple[Contact, str],
    ) -> None:
        contact, sentence = answer
        self._say(sentence)
        self._card.saved(contact, members)
        self._look()
        (then or partial(self._open, contact.id))()

    def _sent(self, mail: OutboxMessage) -> None:
        self._say(f"The mail to {mail.to} is {mail.status}.")
        if mail.contact_id == self._wanted:
            self._open(mail.contact_id)

    def _show_progress(self, rows: int, part: float | None) -> None:
        self._say(f"Importing … {rows:,} rows so far")
        if part is not None:
            self._bar.stop()
            self._bar.configure(mode="determinate", value=100 * part)

    def _imported(self, sentence: str) -> None:
        self._set_importing(False)
        self._say(sentence)
        self._look()

    def _not_imported(self, error: Exception) -> None:
        self._set_importing(False)
        self._failed(error)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, WixCRMError):
            raise error  # a mistake of this program
        self._say(str(error), "Alarm.TLabel")

    # What is seen of it.

    def _select(self, id: str | None) -> None:
        if id is not None and self._people.exists(id):
            self._people.focus(id)
            self._people.selection_set(id)
            self._people.see(id)
        else:
            self._people.selection_set()

    def _reselect(self) -> None:
        self._select(self._wanted)

    def _say(self, sentence: str, style: str = "TLabel") -> None:
        self._status.configure(text=sentence, style=style)

    def _set_importing(self, importing: bool) -> None:
        self._importing = importing
        if importing:
            self._bar.configure(mode="indeterminate")
            self._bar.pack(side="right", padx=(8, 0))
            self._bar.start(15)
        else:
            self._bar.stop()
            self._bar.pack_forget()
        self._title()

    def _title(self) -> None:
        listing = self._listing or book.Listing((), 0)
        people = f"{listing.total:,} {'person' if listing.total == 1 else 'people'}"
        if self._text.get().strip():
            more = " or more" if len(listing.found) == book.MOST_SHOWN else ""
            people = f"{len(listing.found)}{more} of {people}"
        star = "* " if self._card.changed else ""
        importing = " – importing" if self._importing else ""
        self._root.title(f"{star}Address book – {people}{importing}")


def _press(event: tk.Event[tk.Misc]) -> None:
    """Return does to a button what the space bar does."""
    if isinstance(event.widget, ttk.Button):
        event.widget.invoke()


def _done(act: Callable[[], object], _: object) -> str:
    """What a key does, and nothing else that the key would do."""
    act()
    return "break"
