"""An SMTP server that takes every mail and keeps none: as little as a client can speak with.

aiosmtpd takes a millisecond for a mail, twice as long as all that is measured beside it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

_PATIENCE = 30.0  # seconds


@contextmanager
def running() -> Iterator[dict[bool, int]]:
    """The ports of a server in a process of its own: with PIPELINING (True) and without."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    try:
        if not ours.poll(_PATIENCE):
            raise TimeoutError("the SMTP server did not start")
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _run(parent: Connection) -> None:
    asyncio.run(_serve(parent))


async def _serve(parent: Connection) -> None:
    loop = asyncio.get_running_loop()
    servers = {
        pipelining: await loop.create_server(partial(_Session, pipelining), "127.0.0.1")
        for pipelining in (True, False)
    }
    parent.send({it: server.sockets[0].getsockname()[1] for it, server in servers.items()})
    await asyncio.gather(*(server.serve_forever() for server in servers.values()))


class _Session(asyncio.Protocol):
    def __init__(self, pipelining: bool) -> None:
        extensions = ("PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8")
        offered = extensions if pipelining else extensions[1:]
        lines = [f"250-{name}\r\n" for name in ("localhost", *offered[:-1])]
        self._greeting = ("".join(lines) + f"250 {offered[-1]}\r\n").encode()
        self._received = b""
        self._in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 localhost ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answers all that has come at once."""
        self._received += data
        answers = b""
        while True:
            end = b"\r\n.\r\n" if self._in_mail else b"\r\n"
            item, found, rest = self._received.partition(end)
            if not found:
                break
            self._received = rest
            answers += self._answer(item)
        if answers:
            self._transport.write(answers)
        if answers.startswith(b"221"):
            self._transport.close()

    def _answer(self, item: bytes) -> bytes:
        if self._in_mail:
            self._in_mail = False
            return b"250 2.0.0 Ok: queued\r\n"
        verb = item[:4].upper()
        if verb == b"EHLO":
            return self._greeting
        if verb == b"DATA":
            self._in_mail = True
            return b"354 End data with <CR><LF>.<CR><LF>\r\n"
        return b"221 2.0.0 Bye\r\n" if verb == b"QUIT" else b"250 2.0.0 Ok\r\n"
