"""What the tests share: the kit's fixtures, the service on a store in memory, and a browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from wixcrm_local.testing import CRMForTests, FakeClock

from service import SignUps
from web import Web

pytest_plugins = ["wixcrm_local.pytest_plugin"]


class Page(NamedTuple):
    status: int
    html: str

    @property
    def action(self) -> str:
        """Where the page's button leads."""
        return unescape(self.html.split('action="')[1].split('"')[0])


class Browser:
    """Asks the application itself: no port, no thread, and the rules of WSGI are checked."""

    def __init__(self, web: Web) -> None:
        self._ask: Callable[..., Any] = validator(web)

    def get(self, url: str) -> Page:
        return self._request("GET", url, b"")

    def post(self, url: str, **form: str) -> Page:
        return self._request("POST", url, urlencode(form).encode())

    def _request(self, method: str, url: str, body: bytes) -> Page:
        parts = urlsplit(url)
        environ = {"REQUEST_METHOD": method, "PATH_INFO": parts.path, "QUERY_STRING": parts.query}
        environ |= {"SCRIPT_NAME": "", "CONTENT_LENGTH": str(len(body))}
        given: dict[str, object] = {**environ, "wsgi.input": io.BytesIO(body)}
        setup_testing_defaults(given)
        said: list[str] = []
        answer = self._ask(given, lambda status, headers, error=None: said.append(status))
        html = b"".join(answer).decode()
        answer.close()
        return Page(int(said[0].split()[0]), html)


@pytest.fixture
def browser(crm: CRMForTests, crm_clock: FakeClock) -> Browser:
    """A visitor of the service, whose secret, ids and times are the same at every run."""
    return Browser(Web(SignUps(crm, b"a secret of the tests", "https://shop.example", crm_clock)))
