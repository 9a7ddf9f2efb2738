"""One connection to an SMTP server, driven stage by stage so that each failure tells its stage.

Law: certificate and host name are verified, no password goes out without TLS, and nothing that
was read before TLS is believed after it. Every stage ends in its time, and no answer fills memory.
"""

from __future__ import annotations

import os
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from wixcrm_local.senders.smtp_account import Account
from wixcrm_local.senders.smtp_failures import Lost, Refused, Reply, Trouble, Unfit
from wixcrm_local.senders.smtp_timeouts import Stage, Timeouts

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from wixcrm_local.mime import Envelope

_LONGEST_REPLY = 65_536  # octets
_BLOCK = 65_536  # octets of a mail that are given `Timeouts.body` seconds
_REPLY_LINE = re.compile(rb"[2-5][0-9]{2}(?:[ -]|\r?\n)")


class Connection(smtplib.SMTP):
    """An open connection; whoever has it is its only user. Its methods raise `Trouble`.

    Of smtplib it uses EHLO's parsing and the assembling of commands. Sending and reading are its
    own: smtplib's raise one exception for a hang and a closed connection, know no limit for an
    answer of many lines, and hand what is sent, log-in included, to audit hooks.
    """

    ehlo_msg = "EHLO"

    def __init__(self, account: Account, timeouts: Timeouts) -> None:
        super().__init__(local_hostname="")  # a given one, so that none is looked up
        self.account = account
        self.timeouts = timeouts
        self._process = os.getpid()
        self._received = b""
        self._begin("connect")

    def open(self, context: Callable[[], ssl.SSLContext]) -> None:
        """Connects, encrypts unless the account's security is plain, and logs in."""
        self._dial()
        if self.account.security == "tls":
            self._encrypt(context())
        self._begin("greeting")
        self._take(self._reply(), 2)
        self._greet()
        if self.account.security == "starttls":
            self._start_tls(context())
        if self.account.password is not None:
            self._log_in()

    @property
    def is_ours(self) -> bool:
        """Whether this process made it: a parent goes on using what a fork left to its child."""
        return self._process == os.getpid()

    def hand_over(self, envelope: Envelope, data: bytes) -> Reply:
        """Gives the server one mail; its answer when it has taken it."""
        self._begin("mail")
        options = self._options(envelope, len(data))
        self._introduce(
            {
                "mail": f"MAIL FROM:<{envelope.sender}>{options}",
                "rcpt": f"RCPT TO:<{envelope.recipient}>",
                "data": "DATA",
            }
        )
        self._send_body(data)
        self._begin("dot")
        return self._take(self._reply(), 2)

    def reset(self) -> bool:
        """Whether the connection can carry another mail after one that was refused."""
        if self.sock is None:
            return False
        self._begin("quit")
        try:
            self.putcmd("RSET")
            self._take(self._reply(), 2)
        except Trouble:
            self.close()
        return self.sock is not None

    def part(self) -> None:
        """Says good-bye where there still is a connection, and closes it."""
        if self.sock is None or not self.is_ours:
            self.close()
            return
        self._begin("quit")
        try:
            self.putcmd("QUIT")
            self._reply()
        except Trouble:
            pass  # every mail has its answer already
        finally:
            self.close()

    def _begin(self, stage: Stage) -> None:
        self._stage: Stage = stage
        self._deadline = monotonic() + self.timeouts.of(stage)

    def _dial(self) -> None:
        place = (self.account.host, self.account.port)
        try:
            self.sock = socket.create_connection(place, self.timeouts.connect)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            here = self.sock.getsockname()[0]
        except OSError as error:
            lost = self._lost(error)
        else:
            # RFC 5321, section 4.1.3: who has no public name says its address.
            self.local_hostname = f"[IPv6:{here}]" if ":" in here else f"[{here}]"
            return
        raise lost

    def _greet(self) -> None:
        self._begin("ehlo")
        code, raw = self.ehlo()
        if code >= 500:  # RFC 5321, section 3.2: older servers know HELO alone
            self.putcmd("HELO", self.local_hostname)
            code, raw = self.getreply()
        self._take(Reply.of(code, raw), 2)

    def _start_tls(self, context: ssl.SSLContext) -> None:
        self._begin("starttls")
        if not self.has_extn("starttls"):
            raise Unfit("starttls", "does not offer encryption")
        self.putcmd("STARTTLS")
        self._take(self._reply(), 2)
        if self._received:  # somebody on the line would have it taken for encrypted
            raise self._useless("sent more than its answer")
        self._encrypt(context)
        self._greet()

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self._begin("tls")
        try:
            self.sock = context.wrap_socket(self._bounded(), server_hostname=self.account.host)
        except OSError as error:
            lost = self._lost(error)
        else:
            return
        raise lost

    def _log_in(self) -> None:
        self._begin("auth")
        offered = self.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            answers: tuple[str, ...] = (f"AUTH PLAIN {self.account.plain()}",)
        elif "LOGIN" in offered:
            answers = ("AUTH LOGIN", *self.account.login())
        else:
            raise Unfit("auth", "offers no way to log in that is known here (PLAIN, LOGIN)")
        for answer in answers[:-1]:
            self.putcmd(answer)
            self._take(self._reply(), 3)
        self.putcmd(answers[-1])
        self._take(self._reply(), 2)

    def _options(self, envelope: Envelope, size: int) -> str:
        """What MAIL is told of the mail (RFC 1870, 6531)."""
        options = ""
        if self.has_extn("size"):
            limit = self.esmtp_features["size"]
            if limit.isascii() and limit.isdecimal() and 0 < int(limit[:20]) < size:
                raise Unfit("mail", f"takes no more than {limit} octets, and this mail has {size}")
            options = f" SIZE={size}"
        if envelope.needs_smtputf8:
            if not self.has_extn("smtputf8"):
                raise Unfit("mail", "takes no address with letters beyond ASCII before the @-sign")
            options += " BODY=8BITMIME SMTPUTF8"
        return options

    def _introduce(self, commands: dict[Stage, str]) -> None:
        """Says the commands, all at once where the server allows it (RFC 2920)."""
        at_once = self.has_extn("pipelining")
        if at_once:
            self.send("".join([f"{command}\r\n" for command in commands.values()]))
        refusal: Trouble | None = None
        for stage, command in commands.items():
            self._begin(stage)
            try:
                if not at_once:
                    self.putcmd(command)
                self._take(self._reply(), 3 if stage == "data" else 2)
            except Trouble as trouble:
                refusal = refusal or trouble
                if not at_once or isinstance(trouble, Lost):
                    break
            else:
                if stage == "data" and refusal:
                    self.close()  # it waits for the mail, with nobody to give it to
        if refusal:
            raise refusal

    def _send_body(self, data: bytes) -> None:
        stuffed = data.replace(b"\n.", b"\n..")  # RFC 5321, section 4.5.2
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        payload = memoryview(stuffed + end)
        for start in range(0, len(payload), _BLOCK):
            self._begin("body")
            self.send(payload[start : start + _BLOCK])

    def send(self, s: ReadableBuffer | str) -> None:
        """Sends within the stage's time. Raises `Lost`."""
        try:
            self._bounded().sendall(s.encode() if isinstance(s, str) else s)
        except OSError as error:
            lost = self._lost(error)
        else:
            return
        raise lost

    def getreply(self) -> tuple[int, bytes]:
        """The code and the joined lines of an answer, within the stage's time. Raises `Lost`."""
        lines: list[bytes] = []
        room = _LONGEST_REPLY
        while True:
            line = self._line(room)
            if not _REPLY_LINE.match(line):
                raise self._useless("answered something that is not SMTP")
            lines.append(line[4:].strip())
            room -= len(line)
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)

    def _line(self, room: int) -> bytes:
        while b"\n" not in self._received:
            if len(self._received) > room:
                raise self._useless("gave an answer without an end")
            try:
                more = self._bounded().recv(8192)
            except OSError as error:
                lost = self._lost(error)
            else:
                if more:
                    self._received += more
                    continue
                lost = self._useless("closed the connection")
            raise lost
        line, end, self._received = self._received.partition(b"\n")
        return line + end

    def _bounded(self) -> socket.socket:
        """The socket, which may take no longer than what is left to the stage."""
        left = self._deadline - monotonic()
        if self.sock is None:
            raise ConnectionError
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        return self.sock

    def _reply(self) -> Reply:
        return Reply.of(*self.getreply())

    def _take(self, reply: Reply, hundreds: int) -> Reply:
        """The reply, where it is of the kind that is due. Raises `Refused` and `Lost`."""
        if reply.code // 100 == hundreds:
            return reply
        if self.account.is_told_in(reply.text):
            reply = Reply(reply.code, "")
        if reply.code < 400:
            raise self._useless(f"answered {reply}, which is no answer to this")
        if reply.code == 421:  # RFC 5321, section 3.8: it is about to close the connection
            self.close()
        raise Refused(self._stage, reply)

    def _useless(self, what: str) -> Lost:
        self.close()
        return Lost(self._stage, what)

    def _lost(self, error: OSError) -> Lost:
        """Closes what is left of the connection, and says what happened in plain words."""
        self.close()
        if isinstance(error, TimeoutError):
            seconds = self.timeouts.of(self._stage)
            return Lost(self._stage, f"gave no answer within {seconds:g} s", timed_out=True)
        if isinstance(error, ssl.SSLCertVerificationError):
            what = f"shows a certificate that can't be trusted ({error.verify_message})"
        elif isinstance(error, ssl.SSLError) and self._stage == "tls":
            what = f"does not speak TLS as it should ({error.reason or error.strerror})"
        elif self._stage == "connect":
            what = f"can't be reached ({error.strerror or type(error).__name__})"
        else:
            what = f"lost the connection ({error.strerror or type(error).__name__})"
        return Lost(self._stage, what)
