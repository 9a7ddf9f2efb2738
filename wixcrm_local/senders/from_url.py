"""Makes a sender of one line of text, as a setting or the command line gives it.

Law: a URL may hold a password, so no error shows more of it than its scheme.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from wixcrm_local.errors import InvalidArgument, WixCRMError
from wixcrm_local.naming import nearest, suggestion
from wixcrm_local.senders.any_callable import as_sender
from wixcrm_local.senders.sender import Sender
from wixcrm_local.text import kind_of

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PLUGINS = "wixcrm_local.senders"  # the entry-point group
_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]+")  # one letter alone is a drive of Windows
_DRIVE = re.compile("/[A-Za-z]:")

Factory = Callable[..., object]


def sender_from_url(url: str, **options: object) -> Sender:
    """The sender that `url` describes; `options` are passed to what makes it.

    | URL | sender |
    |---|---|
    | `smtps://user@host:465`, `smtp://…`, `smtp+plain://…` | `SMTPSender.from_url(url, …)` |
    | `eml:mails`, `eml:/var/mails`, `eml:C:\\mails` | `FolderSender`, in that folder |
    | `maildir:Mail` | `MaildirSender`, in that folder |
    | `console:`, `memory:`, `outbox:` | `ConsoleSender`, `MemorySender`, `OutboxSender` |

    A path stands behind its scheme exactly as the system spells it, blanks, `%` and `#`
    included; nothing is decoded. `eml:///var/mails` and `eml:///C:/mails` are read as the
    absolute paths they look like. Any other scheme is the name of an entry point of the group
    `wixcrm_local.senders`: a function of the URL and the options that answers with a sender.

    Raises `InvalidArgument`, and what the sender itself raises for its URL.
    """
    scheme = _scheme(url)
    given = {name: value for name, value in options.items() if value is not None}
    if scheme in _SMTP:
        from wixcrm_local.senders.smtp import SMTPSender

        return _called(SMTPSender.from_url, scheme, url, given)
    if scheme in _BUILT_IN:
        return _called(_BUILT_IN[scheme], scheme, url, given)
    return _by_plugin(_plugin(scheme), scheme, url, given)


def _called(make: Factory, scheme: str, url: str, options: dict[str, object]) -> Sender:
    """What the factory makes. Raises `InvalidArgument` where it doesn't know an option."""
    import inspect

    try:
        inspect.signature(make).bind(url, **options)
    except TypeError as error:  # it names options, never their values
        raise _refused(
            f"of the scheme {scheme} can't be made with the options {sorted(options)}: {error}; "
            "leave out what it does not know",
            scheme,
        ) from None
    except ValueError:  # a builtin that does not tell
        pass
    return as_sender(make(url, **options))


def _folder(url: str, *, from_address: str | None = None) -> Sender:
    from wixcrm_local.senders.folder import FolderSender

    return FolderSender(_path(url), from_address=from_address)


def _maildir(url: str, *, from_address: str | None = None) -> Sender:
    from wixcrm_local.senders.maildir import MaildirSender

    return MaildirSender(_path(url), from_address=from_address)


def _console(url: str, *, from_address: str | None = None) -> Sender:
    from wixcrm_local.senders.console import ConsoleSender

    _refuse_rest(url)
    return ConsoleSender(from_address=from_address)


def _memory(url: str, *, from_address: str | None = None) -> Sender:
    from wixcrm_local.senders.memory import MemorySender

    _refuse_rest(url)
    return MemorySender(from_address=from_address)


def _outbox(url: str) -> Sender:
    from wixcrm_local.senders.outbox import OutboxSender

    _refuse_rest(url)
    return OutboxSender()


_SMTP = ("smtps", "smtp", "smtp+plain")
_BUILT_IN: dict[str, Factory] = {
    "eml": _folder,
    "maildir": _maildir,
    "console": _console,
    "memory": _memory,
    "outbox": _outbox,
}


def _scheme(url: object) -> str:
    if not isinstance(url, str):
        raise _refused(f"must be a text, not {kind_of(url)}; pass one such as 'eml:mails'")
    scheme, colon, _ = url.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        raise _refused("has no scheme; write one before it, such as eml: for a folder")
    return scheme.lower()


def _path(url: str) -> str:
    """The path behind the scheme, as it is."""
    scheme, _, path = url.partition(":")
    if path.startswith("///"):
        path = path[2:]
        return path[1:] if os.name == "nt" and _DRIVE.match(path) else path
    if not path or path.startswith("//"):  # behind two would stand a host
        raise _refused(
            f"names no folder; write its path right behind the scheme, as in {scheme}:mails or "
            f"{scheme}:/var/mails",
            scheme,
        )
    return path


def _refuse_rest(url: str) -> None:
    scheme, _, rest = url.partition(":")
    if rest not in ("", "//"):
        raise _refused(f"has more than its scheme; write {scheme}: alone", scheme)


def _plugin(scheme: str) -> EntryPoint:
    """The one entry point for a scheme."""
    from importlib.metadata import entry_points

    known = tuple(entry_points(group=PLUGINS))
    # One distribution that is found twice on the path is one.
    found = {point.value: point for point in known if point.name.lower() == scheme}
    if not found:
        names = [*_SMTP, *_BUILT_IN, *(point.name for point in known)]
        raise _refused(
            f"has the unknown scheme {scheme}; {suggestion(nearest(scheme, names))}"
            f"choose one of {', '.join(dict.fromkeys(names))}, or install its plug-in",
            scheme,
        )
    if len(found) > 1:
        raise _refused(
            f"has the scheme {scheme}, which several plug-ins claim: {', '.join(sorted(found))}; "
            "uninstall all but one",
            scheme,
        )
    return next(iter(found.values()))


def _by_plugin(point: EntryPoint, scheme: str, url: str, options: dict[str, object]) -> Sender:
    """What a plug-in makes; whatever is wrong with it, the error names it."""
    try:
        make = point.load()
    except Exception as error:
        raise _broken(point, scheme, f"can't be loaded ({type(error).__name__})") from error
    if not callable(make):
        raise _broken(point, scheme, "is no function of a URL")
    try:
        return _called(make, scheme, url, options)
    except WixCRMError as error:
        if error.details.get("argument") == "sender":  # what it made is no sender
            raise _broken(point, scheme, f"made something else: {error}") from None
        raise
    except Exception as error:
        # Its words may repeat the URL, and so a password: a traceback does not show them.
        raise _broken(point, scheme, f"failed with {type(error).__name__}") from None


def _broken(point: EntryPoint, scheme: str, what: str) -> InvalidArgument:
    owner = f" of {point.dist.name}" if point.dist else ""
    return _refused(
        f"of the scheme {scheme} needs the plug-in {point.value}{owner}, which {what}; "
        "mend or uninstall that plug-in",
        scheme,
    )


def _refused(sentence: str, scheme: str | None = None) -> InvalidArgument:
    return InvalidArgument(
        f"the sender's URL {sentence}", details={"argument": "url", "scheme": scheme}
    )
