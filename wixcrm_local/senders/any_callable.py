"""Makes a sender of any callable of one argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import attrs

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders.sender import Receipt, Sender, breach, guarded
from wixcrm_local.text import kind_of


@attrs.frozen(eq=False, repr=False)
class CallableSender:
    """Hands each mail to `call`, whose return means that the mail was taken.

    It answers None, a text (the response) or a `Receipt`, or raises one of the four failures.
    Any other answer or error leaves unknown what became of the mail: `UncertainDelivery`. The
    name is that of the function, with its module.
    """

    call: Callable[[OutboxMessage], object]

    @property
    def name(self) -> str:
        named = getattr(self.call, "func", self.call)  # what a functools.partial is of
        if not hasattr(named, "__qualname__"):
            named = type(named)
        module = getattr(named, "__module__", None)  # of a builtin method: none
        words = [module, named.__qualname__] if module else [named.__qualname__]
        return f"callable:{'.'.join(words)}"

    def __repr__(self) -> str:
        return f"<CallableSender {self.name}>"

    def send(self, message: OutboxMessage) -> Receipt:
        answer = guarded(self.call, message, self.name)
        if isinstance(answer, Receipt):
            return answer
        if answer is None or isinstance(answer, str):
            return Receipt(sender=self.name, response=answer or "")
        raise breach(self.name, message, f"answered {kind_of(answer)}, which is no Receipt or text")


def as_sender(value: object) -> Sender:
    """The sender that a caller means: a sender itself, or any callable of one argument.

    Raises `InvalidArgument` for what is neither, for a class in place of a sender, and for
    coroutine functions, which would never run.
    """
    if isinstance(value, type):
        raise _refused(f"must be a sender, not the class {value.__name__}; call it to make one")
    if isinstance(value, str):
        raise _refused("must be a sender, not a text; make one of a URL with sender_from_url")
    send = getattr(value, "send", None)
    if callable(send):
        if not isinstance(getattr(value, "name", None), str):
            raise _refused("must have a name; give it one that stays the same, without secrets")
        _refuse_what_cannot_be_called(send)
        return cast(Sender, value)
    if not callable(value):
        raise _refused(
            f"must be a sender or a callable, not {kind_of(value)}; pass one such as "
            "FolderSender('mails')"
        )
    _refuse_what_cannot_be_called(value)
    return CallableSender(value)


def _refuse_what_cannot_be_called(send: Callable[..., Any]) -> None:
    import inspect

    runs = send if inspect.isroutine(send) else type(send).__call__
    if inspect.iscoroutinefunction(runs) or inspect.iscoroutinefunction(send):
        raise _refused(
            "must not be a coroutine function, which nobody would await; pass a plain one"
        )
    try:
        inspect.signature(send).bind(None)
    except ValueError:  # a builtin that does not tell
        return
    except TypeError:
        raise _refused("must take one argument, the mail; pass lambda message: …") from None


def _refused(sentence: str) -> InvalidArgument:
    return InvalidArgument(f"sender {sentence}", details={"argument": "sender"})
