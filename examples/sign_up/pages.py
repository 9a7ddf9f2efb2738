"""The pages. Law: what people typed is escaped here, and nowhere else."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

STYLE = """\
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 12vh auto; max-width: 26rem;
       padding: 0 1.5rem; color: #223; background: #f6f5f2; }
h1 { font-size: 1.9rem; line-height: 1.2; }
label { display: block; margin: 1rem 0; }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem .8rem;
                border: 1px solid #99a; border-radius: .5rem; background: #fff; }
button { margin-top: .5rem; color: #fff; background: #24527a; border-color: #24527a; }
[role=alert] { padding: .6rem .8rem; border-left: .3rem solid #b3261e; background: #fff; }
"""


def form(name: str = "", email: str = "", problem: str = "") -> str:
    """The form, with what was typed and what is wrong with it."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "Our newsletter",
        f"""{alert}<form method="post" action="/sign-up">
<label>Your first name <input name="name" value="{escape(name)}" autocomplete="given-name"></label>
<label>Your email address <input name="email" type="email" required value="{escape(email)}"
autocomplete="email"></label>
<button>Sign up</button></form>""",
    )


def message(title: str, text: str) -> str:
    """A page that says something."""
    return _page(title, f"<p>{escape(text)}</p>")


def question(title: str, action: str, token: str, button: str) -> str:
    """A page with one button. Links only lead here: filters open them before people do."""
    where = escape(f"{action}?token={quote(token)}")
    return _page(
        title, f'<form method="post" action="{where}"><button>{escape(button)}</button></form>'
    )


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><link rel="stylesheet" href="/style.css">
<h1>{escape(title)}</h1>
{body}
"""
