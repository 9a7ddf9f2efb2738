"""How it looks: the system's own theme on Windows and macOS, a quiet one elsewhere."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterable
from tkinter import font, ttk
from typing import Any
from zlib import crc32

INK, QUIET, PAPER, DESK = "#1f2933", "#667380", "#ffffff", "#eef1f4"
ACCENT, LINE, ALARM = "#1f6f8b", "#c9d0d7", "#a32118"
FACES = ("#1f6f8b", "#8a5a9e", "#3d7a4f", "#a8582f", "#4a62a8", "#8c6d1f")


def dress(root: tk.Tk) -> None:
    """Fonts, and where the system has no theme of its own, colours."""
    plain = font.nametofont("TkDefaultFont")
    size = 11 if root.tk.call("tk", "windowingsystem") == "x11" else plain.actual("size")
    for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont"):
        font.nametofont(name).configure(size=size)
    family = plain.actual("family")
    for name, more, weight in (("Title", 9, "bold"), ("Face", 5, "bold"), ("Small", -2, "normal")):
        options = ("-family", family, "-size", size + more, "-weight", weight)
        root.tk.call("font", "create", name, *options)
    style = ttk.Style(root)
    if root.tk.call("tk", "windowingsystem") == "x11":
        style.theme_use("clam")
        _colour(root, style)
    style.configure("Title.TLabel", font="Title")
    style.configure("Alarm.TLabel", foreground=ALARM)
    style.configure("Treeview", rowheight=int(plain.metrics("linespace") * 1.7))


def _colour(root: tk.Tk, style: ttk.Style) -> None:
    root.configure(background=DESK)
    style.configure(".", background=DESK, foreground=INK, bordercolor=LINE, lightcolor=DESK)
    style.configure(".", darkcolor=DESK, troughcolor=DESK, focuscolor=ACCENT)
    style.configure("Card.TFrame", background=PAPER)
    style.configure("Card.TLabel", background=PAPER)
    style.configure("Title.TLabel", background=PAPER)
    style.configure("Name.Card.TLabel", foreground=QUIET, font="Small")
    style.configure("TEntry", fieldbackground=PAPER, padding=6, lightcolor=PAPER)
    style.map("TEntry", bordercolor=[("focus", ACCENT)], lightcolor=[("focus", ACCENT)])
    style.configure("TCombobox", fieldbackground=PAPER, padding=6, arrowsize=14)
    style.map("TCombobox", fieldbackground=[("readonly", PAPER)])
    style.configure("TButton", background=PAPER, padding=(14, 6), lightcolor=PAPER)
    style.map("TButton", background=[("disabled", DESK), ("active", "#e3e9ee")])
    style.configure("Main.TButton", background=ACCENT, foreground=PAPER, lightcolor=ACCENT)
    style.map("Main.TButton", background=[("disabled", DESK), ("active", "#185a71")])
    style.map("Main.TButton", lightcolor=[("disabled", DESK)])
    style.configure("Treeview", background=PAPER, fieldbackground=PAPER, lightcolor=PAPER)
    style.map("Treeview", background=[("selected", ACCENT)], foreground=[("selected", PAPER)])
    style.configure("Treeview.Heading", background=DESK, foreground=QUIET, relief="flat")
    style.configure("Treeview.Heading", padding=(6, 4), font="Small")
    style.configure("TProgressbar", background=ACCENT, troughcolor=LINE)


def table(parent: tk.Misc, columns: Iterable[tuple[str, str, int]], **how: Any) -> ttk.Treeview:
    """Rows of columns, each with its name, its title and its width."""
    columns = tuple(columns)
    names = [name for name, _, _ in columns]
    tree = ttk.Treeview(parent, columns=names, show="headings", selectmode="browse", **how)
    for name, title, width in columns:
        tree.heading(name, text=title, anchor="w")
        tree.column(name, width=width, minwidth=60)
    return tree


def lines(parent: tk.Misc, height: int) -> tk.Text:
    """A field for several lines that looks like the others, and that Tab leaves."""
    text = tk.Text(parent, height=height, width=20, font="TkTextFont", relief="flat", undo=True)
    text.configure(background=PAPER, foreground=INK, insertbackground=INK, padx=6, pady=5)
    text.configure(highlightthickness=1, highlightbackground=LINE, highlightcolor=ACCENT)

    # The window's keys come first: a Text takes Ctrl+O for a line break.
    text.bindtags((str(text), str(text.winfo_toplevel()), "Text", "all"))

    def go(event: tk.Event[tk.Text], forward: bool) -> str:
        there = event.widget.tk_focusNext() if forward else event.widget.tk_focusPrev()
        if there is not None:
            there.focus_set()
        return "break"

    text.bind("<<NextWindow>>", lambda event: go(event, True))
    text.bind("<<PrevWindow>>", lambda event: go(event, False))
    return text


class Face(tk.Canvas):
    """A disc with the beginnings of a name, in a colour that a person keeps."""

    SIZE = 56

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent, width=self.SIZE, height=self.SIZE, highlightthickness=0)
        self.configure(background=ttk.Style(parent).lookup("Card.TFrame", "background") or PAPER)

    def show(self, name: str, id: str) -> None:
        self.delete("all")
        colour = FACES[crc32(id.encode()) % len(FACES)]
        self.create_oval(1, 1, self.SIZE - 1, self.SIZE - 1, fill=colour, outline=colour)
        letters = "".join(word[0] for word in name.split()[:2]).upper()
        self.create_text(self.SIZE / 2, self.SIZE / 2, text=letters, fill=PAPER, font="Face")
