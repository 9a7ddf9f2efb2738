"""The web around the rules: a WSGI application, which any server of Python can run.

Law: mistakes of visitors get a page that says what is wrong; no page holds a traceback, or what
is nobody's business.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from wixcrm_local import InvalidContactInfo, WixCRMError

import pages
from seals import BrokenSeal
from service import SignUps

Answer = tuple[HTTPStatus, str]
LONGEST_FORM = 10_000  # octets
HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'"),
    ("Referrer-Policy", "no-referrer"),  # addresses hold tokens
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
]


class Refused(Exception):
    """A request that has no answer but a status."""


class Web:
    """Calls of this are requests."""

    def __init__(self, sign_ups: SignUps) -> None:
        self._sign_ups = sign_ups

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        kind = "text/html; charset=utf-8"
        if environ["PATH_INFO"] == "/style.css":
            status, body, kind = HTTPStatus.OK, pages.STYLE, "text/css; charset=utf-8"
        else:
            status, body = self._answer(environ)
        octets = body.encode()
        length = ("Content-Length", str(len(octets)))
        start(f"{status.value} {status.phrase}", [("Content-Type", kind), length, *HEADERS])
        return [octets]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        route = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        try:
            token = _first(_fields(environ.get("QUERY_STRING", "")), "token")
            return self._routed(route, token, environ)
        except Refused as error:
            status: HTTPStatus = error.args[0]
            return status, pages.message(status.phrase, status.description)
        except BrokenSeal as error:
            return HTTPStatus.BAD_REQUEST, pages.message("That did not work", str(error))
        except WixCRMError as error:  # a full disk, a busy file: for the owner, not for visitors
            print(f"{route}: {error.code}: {error}", file=sys.stderr)
            text = "Nothing was stored. Please try again in a moment."
            return HTTPStatus.SERVICE_UNAVAILABLE, pages.message("That did not work", text)

    def _routed(self, route: str, token: str, environ: WSGIEnvironment) -> Answer:
        match route:
            case "GET /":
                return HTTPStatus.OK, pages.form()
            case "POST /sign-up":
                return self._sign_up(_posted(environ))
            case "GET /confirm":
                page = pages.question("One more step", "/confirm", token, "Yes, send it to me")
            case "POST /confirm":
                name = self._sign_ups.confirm(token).first_name
                title = f"Welcome, {name}" if name else "Welcome"
                page = pages.message(title, "You are on our list.")
            case "GET /leave":
                page = pages.question("Leave us?", "/leave", token, "Unsubscribe me")
            case "POST /leave":
                self._sign_ups.leave(token)
                page = pages.question("You get no more mail", "/come-back", token, "I stay")
            case "POST /come-back":
                self._sign_ups.come_back(token)
                page = pages.message("Good to have you back", "You are on our list again.")
            case _:
                raise Refused(HTTPStatus.NOT_FOUND)
        return HTTPStatus.OK, page

    def _sign_up(self, fields: dict[str, list[str]]) -> Answer:
        name, email = _first(fields, "name"), _first(fields, "email")
        try:
            self._sign_ups.ask(name, email)
        except InvalidContactInfo as error:
            problem = "; ".join(each["message"] for each in error.details.get("problems", []))
            return HTTPStatus.BAD_REQUEST, pages.form(name, email, problem or str(error))
        text = (
            "We sent you a link. It works for two days. Nothing came? "
            "If you left us once, the link in an older mail brings you back."
        )
        return HTTPStatus.OK, pages.message("Look into your mail", text)


def _posted(environ: WSGIEnvironment) -> dict[str, list[str]]:
    """The fields of the form that was sent."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST) from None
    if not 0 <= length <= LONGEST_FORM:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _fields(environ["wsgi.input"].read(length).decode("latin-1"))


def _fields(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, max_num_fields=20, errors="strict")
    except ValueError:  # no UTF-8, or a hundred fields
        raise Refused(HTTPStatus.BAD_REQUEST) from None


def _first(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0].strip()
