"""The card of one person: the fields, the buttons below them, and the person's mails."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Any, TypeVar

from wixcrm_local import Contact

import book
import look

W = TypeVar("W", bound=tk.Widget)
COLUMNS = (("subject", "Subject", 190), ("when", "When", 165), ("status", "Status", 120))


class CardView(ttk.Frame):
    """Shows a card, and calls back when somebody saves, sends, or changes what stands there."""

    def __init__(
        self,
        parent: tk.Misc,
        on_save: Callable[[], object],
        on_send: Callable[[str], object],
        on_change: Callable[[], object],
    ) -> None:
        super().__init__(parent, style="Card.TFrame", padding=20)
        self.contact: Contact | None = None  # None: a person who is not stored yet
        self._newest: Contact | None = None  # by now; somebody else may have changed it
        self._on_change = on_change
        self._stored: dict[str, Any] = {}
        self.columnconfigure(1, weight=1)
        self.rowconfigure(7, weight=1)

        self._face = look.Face(self)
        self._face.grid(row=0, column=0, sticky="w", pady=(0, 14))
        self._title = ttk.Label(self, style="Title.TLabel", width=1)  # as wide as there is room
        self._title.grid(row=0, column=1, sticky="ew", pady=(0, 14))

        self.first = self._field(1, "First name", ttk.Entry(self))
        self._last = self._field(2, "Last name", ttk.Entry(self))
        self._emails = self._field(3, "Emails\none a line", look.lines(self, 2))
        self._phones = self._field(4, "Phones\none a line", look.lines(self, 2))
        for entry in (self.first, self._last):
            entry.bind("<Return>", lambda _: on_save())
        for field in (self.first, self._last, self._emails, self._phones):
            for event in ("<KeyRelease>", "<<Paste>>", "<<Cut>>", "<<Undo>>"):
                field.bind(event, lambda _: self.after_idle(self._look_for_changes), add=True)

        buttons = ttk.Frame(self, style="Card.TFrame")
        buttons.grid(row=5, column=1, sticky="w", pady=(10, 18))
        self._save = ttk.Button(buttons, text="Save", style="Main.TButton", command=on_save)
        self._revert = ttk.Button(buttons, text="Revert", command=self.revert)
        self._save.grid(row=0, column=0, padx=(0, 8))
        self._revert.grid(row=0, column=1)

        mail = self._field(6, "Mail", ttk.Frame(self, style="Card.TFrame"))
        mail.columnconfigure(0, weight=1)
        self._template = ttk.Combobox(mail, state="readonly", width=12)
        self._template.grid(row=0, column=0, sticky="ew", padx=(0, 8))
        self._send = ttk.Button(mail, text="Send", command=lambda: on_send(self._template.get()))
        self._send.grid(row=0, column=1)
        self._mails = look.table(self, COLUMNS, height=3, takefocus=False)
        self._mails.grid(row=7, column=0, columnspan=2, sticky="nsew", pady=(8, 0))

    def show(self, card: book.Card) -> None:
        """Another person, or the same one as stored by now."""
        self._template.configure(values=[template.id for template in card.templates])
        if card.templates and not self._template.get():
            self._template.set(card.templates[0].id)
        self._mails.delete(*self._mails.get_children())
        for mail in card.mails:
            when = f"{mail.created_at.astimezone():%d %b %Y, %H:%M}"
            status = f"{mail.status} ({mail.reason})" if mail.reason else mail.status
            self._mails.insert("", "end", values=(mail.subject, when, status))
        self._fill(card.contact)

    def show_new(self) -> None:
        """An empty card."""
        self._mails.delete(*self._mails.get_children())
        self._fill(None)
        self.first.focus_set()

    def saved(self, contact: Contact, members: dict[str, Any]) -> None:
        """These members are stored now; what was typed since then stays, as a change."""
        self.contact = self._newest = contact
        self._stored = members
        self._look_for_changes()

    def revert(self) -> None:
        """Shows again what is stored."""
        self._fill(self._newest)

    def keep(self, card: book.Card) -> None:
        """The same person as stored by now, to be shown when what was typed is taken back."""
        self._newest = card.contact

    def members(self) -> dict[str, Any]:
        """What stands in the fields; what is blank is to be cleared."""
        return {
            "firstName": self.first.get().strip(),
            "lastName": self._last.get().strip(),
            "emails": _lines(self._emails),
            "phones": _lines(self._phones),
        }

    @property
    def changed(self) -> bool:
        return self.members() != self._stored

    def _fill(self, contact: Contact | None) -> None:
        self.contact = self._newest = contact
        name = book.name_of(contact) if contact else "New person"
        self._title.configure(text=name)
        self._face.show(name if contact else "+", contact.id if contact else "")
        for entry, text in (
            (self.first, contact and contact.first_name),
            (self._last, contact and contact.last_name),
        ):
            entry.delete(0, "end")
            entry.insert(0, text or "")
        for lines, items in (
            (self._emails, contact.emails if contact else ()),
            (self._phones, contact.phones if contact else ()),
        ):
            lines.delete("1.0", "end")
            lines.insert("1.0", "\n".join(items))
            lines.edit_reset()
        self._stored = self.members()
        self._look_for_changes()

    def _look_for_changes(self) -> None:
        for button in (self._save, self._revert):
            button.state(["!disabled" if self.changed else "disabled"])
        can_send = self.contact and self.contact.emails and self._template.get()
        self._send.state(["!disabled" if can_send else "disabled"])
        self._on_change()

    def _field(self, row: int, name: str, widget: W) -> W:
        label = ttk.Label(self, text=name, style="Name.Card.TLabel")
        label.grid(row=row, column=0, sticky="nw", padx=(0, 14), pady=8)
        widget.grid(row=row, column=1, sticky="ew", pady=4)
        return widget


def _lines(text: tk.Text) -> list[str]:
    return [line.strip() for line in text.get("1.0", "end").splitlines() if line.strip()]
