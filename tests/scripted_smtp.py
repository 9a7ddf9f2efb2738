"""An SMTP server on loopback that does what its script says: every fault of real ones, at will.

A script has, for any stage, one answer or a list of them, of which each connection in turn takes
the next; without an entry the server does what a good one does. It waits for its clients and for
nothing else, so that no test depends on time.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Self

Answer = bytes | str  # what is sent, or the name of one of the misdeeds below
Script = Mapping[str, Answer | Sequence[Answer]]

HANG = "hang"  # never answers
DROP = "drop"  # closes the connection
RESET = "reset"  # closes it as a crashed server's machine does
DRIP = "drip"  # answers one octet at a time, then closes
ENDLESS = "endless"  # answers one line after the other, without an end
HOLD = "hold"  # takes a mail, and says so when `released` is set

GOOD_ANSWERS = {
    "greeting": b"220 mx.example ESMTP",
    "helo": b"250 mx.example",
    "starttls": b"220 2.0.0 go ahead",
    "auth": b"235 2.7.0 welcome",
    "mail": b"250 2.1.0 sender ok",
    "rcpt": b"250 2.1.5 recipient ok",
    "data": b"354 end with a dot",
    "dot": b"250 2.0.0 Ok: queued as 4F1",
    "rset": b"250 2.0.0 ok",
    "quit": b"221 2.0.0 bye",
}


class ConnectionEnded(Exception):
    """The conversation is over."""


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 from its making until the end of its `with` block.

    - `script`: see above; stages are those of `GOOD_ANSWERS`, ehlo, and body (in mid-mail)
    - `offers`: the extensions it tells of; `STARTTLS` is added where `starttls` is given
    - `tls`, `starttls`: the context for TLS from the start, or from STARTTLS

    `conversations` has the commands of each connection, `mails` the bytes of each mail that was
    answered with a 250, dots unstuffed, and `unfinished` of each that was left without its end.
    `holding` is set when an answer is held.
    """

    allow_reuse_address = False
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        script: Script | None = None,
        *,
        offers: Sequence[str] = ("AUTH PLAIN LOGIN",),
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.script = dict(script or {})
        self.offers = [*offers, *(["STARTTLS"] if starttls else [])]
        self.tls = tls
        self.starttls = starttls
        self.conversations: list[list[str]] = []
        self.mails: list[bytes] = []
        self.unfinished: list[bytes] = []
        self.holding = threading.Event()
        self.released = threading.Event()
        self.turns = threading.Lock()
        self._used: dict[str, int] = {}
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def answer(self, stage: str) -> Answer:
        """What the script has for the stage now."""
        with self.turns:
            scripted = self.script.get(stage)
            if isinstance(scripted, bytes | str):
                return scripted
            turn = self._used.get(stage, 0)
            self._used[stage] = turn + 1
        if scripted and turn < len(scripted):
            return scripted[turn]
        if stage == "ehlo":
            lines = ["mx.example", *self.offers]
            marks = ["-"] * (len(lines) - 1) + [" "]
            return "\r\n".join(f"250{m}{x}" for m, x in zip(marks, lines, strict=True)).encode()
        return GOOD_ANSWERS.get(stage, b"502 5.5.1 unknown command")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Conversation(socketserver.BaseRequestHandler):
    """One connection."""

    server: ScriptedServer

    def handle(self) -> None:
        self.socket: socket.socket = self.request
        self.commands: list[str] = []
        self.server.conversations.append(self.commands)
        try:
            if self.server.tls:
                self.encrypt(self.server.tls)
            self.lines = self.socket.makefile("rb")
            self.do("greeting")
            while self.obey(self.lines.readline()):
                pass
        except (ConnectionEnded, OSError):
            pass
        finally:
            self.end()

    def obey(self, line: bytes) -> bool:
        """Answers one command; whether there may be another."""
        if not line:
            return False
        command = line.decode().rstrip("\r\n")
        self.commands.append(command)
        verb = command.split(" ")[0].lower()
        code = self.do(verb)
        if verb == "starttls" and code == b"220" and self.server.starttls:
            self.encrypt(self.server.starttls)
            self.lines = self.socket.makefile("rb")
        elif verb == "auth":
            while code == b"334":
                self.commands.append(self.lines.readline().decode().rstrip("\r\n"))
                code = self.do("auth")
        elif verb == "data" and code == b"354":
            self.take_mail()
        return verb != "quit"

    def take_mail(self) -> None:
        if "body" in self.server.script:
            self.lines.read(1)
            self.do("body")
        lines = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                self.server.unfinished.append(b"".join(lines))
                raise ConnectionEnded
            lines.append(line.removeprefix(b"."))
        answer = self.server.answer("dot")
        if answer == HOLD:
            self.server.holding.set()
            self.server.released.wait()
            answer = GOOD_ANSWERS["dot"]
        if answer[:3] == b"250":
            self.server.mails.append(b"".join(lines))
        self.say(answer)

    def do(self, stage: str) -> bytes:
        """Answers as the script has it; the code of the answer."""
        return self.say(self.server.answer(stage))

    def say(self, answer: Answer) -> bytes:
        if isinstance(answer, str):
            self.misbehave(answer)
            raise ConnectionEnded
        self.socket.sendall(answer if answer.endswith(b"\n") else answer + b"\r\n")
        return answer[:3]

    def misbehave(self, misdeed: str) -> None:
        if misdeed == HANG:
            while self.socket.recv(65_536):
                pass
        elif misdeed == RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif misdeed == ENDLESS:
            while True:
                self.socket.sendall(b"250-more\r\n" * 100)
        elif misdeed == DRIP:
            self.socket.settimeout(0.02)
            for _ in range(200):
                self.socket.sendall(b"2")
                try:
                    if not self.socket.recv(65_536):
                        return
                except TimeoutError:
                    pass

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def end(self) -> None:
        """Closes every handle on the connection, so that the client sees its end."""
        if hasattr(self, "lines"):
            self.lines.close()
        self.socket.close()

    def finish(self) -> None:
        """Nothing is left to be done."""
