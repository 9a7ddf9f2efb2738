"""Which server a sender uses, and as whom: checked once, and named without its password.

Law: a password shows in no name, repr or message, and one inside a URL is refused unread.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import NoReturn
from urllib.parse import quote, unquote

import attrs

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.text import is_storable, kind_of, shortened

SCHEMES = {"tls": "smtps", "starttls": "smtp", "plain": "smtp+plain"}
_PORTS = {"tls": 465, "starttls": 587, "plain": 25}
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:/?#\[\]]*)(?::([0-9]{1,5}))?/?")
_FORM = "smtps://user@host:465, smtp://user@host:587 or smtp+plain://host:25"
_LONGEST_INNOCENT_WORD = 5  # characters: shorter ones stand in many a password by chance


@attrs.frozen(kw_only=True)
class Account:
    """Host, port, security (tls, starttls or plain), user and password, all of them checked."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The account as a URL: without its password, nor a user that is the password."""
        shown = self.user if self.user and self.user != self.password else None
        user = f"{quote(shown, safe='')}@" if shown else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{SCHEMES[self.security]}://{user}{host}:{self.port}"

    def plain(self) -> str:
        """The response of AUTH PLAIN (RFC 4616)."""
        return _encoded(f"\0{self.user}\0{self.password}")

    def login(self) -> tuple[str, str]:
        """The two responses of AUTH LOGIN."""
        return _encoded(self.user or ""), _encoded(self.password or "")

    def is_told_in(self, text: str) -> bool:
        """Whether a server's text repeats the password, or part of what it was sent as."""
        if self.password is None:
            return False
        if self.password in text:
            return True
        secrets = (self.password, self.plain(), self.login()[1])
        return any(
            word in secret
            for word in re.findall(r"[A-Za-z0-9+/=]+", text)
            if len(word) > _LONGEST_INNOCENT_WORD
            for secret in secrets
        )


def checked_account(
    host: object, port: object, security: object, user: object, password: object
) -> Account:
    """The account of these arguments; `port` may be None. Raises `InvalidArgument`."""
    if not isinstance(security, str) or security not in _PORTS:
        _refuse("security", f"must be one of {', '.join(_PORTS)}; pass 'tls' unless told otherwise")
    if port is None:
        port = _PORTS[security]
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65_536:
        _refuse("port", "must be a number from 1 to 65535; leave it out for the usual one")
    user = _credential(user, "user")
    password = _credential(password, "password")
    if password is not None and security == "plain":
        _refuse(
            "password",
            "is never sent without TLS; use smtps:// or smtp://, or leave it and user out",
        )
    if user is not None and security == "plain":
        _refuse("user", "can't log in without TLS; use smtps:// or smtp://, or leave it out")
    if user is not None and password is None:
        _refuse("password", "is missing for this user; pass password= from an environment variable")
    if password is not None and user is None:
        _refuse("user", "is missing for this password; pass user=, or name it in the URL")
    return Account(
        host=_checked_host(host), port=port, security=security, user=user, password=password
    )


def account_of_url(url: object, password: object) -> Account:
    """The account that a URL names. Raises `InvalidArgument`, which never repeats the URL."""
    if not isinstance(url, str):
        _refuse("url", f"must be a text, not {kind_of(url)}; pass {_FORM}")
    scheme, separator, rest = url.strip().partition("://")
    securities = [name for name, known in SCHEMES.items() if known == scheme.lower()]
    if not separator or not securities:
        _refuse("url", f"names no mail server; pass {_FORM}")
    user, at, place = rest.rpartition("@")
    if ":" in user:
        _refuse(
            "url",
            "can't hold a password, for URLs end up in logs; take it out, and pass password= "
            "from an environment variable",
            reason="password",
        )
    found = _HOST_AND_PORT.fullmatch(place)
    if not found or (at and not user):
        _refuse("url", f"can't be read; pass {_FORM}")
    host, port = found[1].removeprefix("[").removesuffix("]"), found[2]
    return checked_account(
        host, int(port) if port else None, securities[0], unquote(user) if at else None, password
    )


def _checked_host(host: object) -> str:
    if not isinstance(host, str):
        _refuse("host", f"must be a text, not {kind_of(host)}; pass one such as smtp.example.com")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not host or not host.isprintable() or re.search(r"[\s:/?#@%\[\]]", host):
        _refuse("host", "is no name of a server; pass one such as smtp.example.com, and port=")
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:  # an empty label, or one of more than 63 characters
        _refuse("host", f"can't be {shortened(host)}; pass a name such as smtp.example.com")


def _credential(value: object, argument: str) -> str | None:
    """A user or password; the message never shows it."""
    if value is None:
        return None
    if not isinstance(value, str):
        _refuse(argument, f"must be a text, not {kind_of(value)}; pass a str")
    if not value or "\0" in value or not is_storable(value):
        _refuse(argument, "is empty, or holds characters that can't be sent; check where it's from")
    return value


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _refuse(argument: str, sentence: str, **details: str) -> NoReturn:
    raise InvalidArgument(f"{argument} {sentence}", details={"argument": argument, **details})
