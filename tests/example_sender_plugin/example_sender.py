"""A sender as another project would ship it: one line of JSON in a file for each mail."""

from __future__ import annotations

import base64
import json
import os
import threading

from wixcrm_local.errors import InvalidArgument, SenderUnavailable
from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders import Receipt


class JSONLinesSender:
    """Appends each mail to a file, with its bytes in base64."""

    def __init__(self, path: str, *, from_address: str | None = None) -> None:
        self.path = os.path.abspath(path)
        self.from_address = from_address
        self._appending = threading.Lock()

    @property
    def name(self) -> str:
        return f"jsonl:{self.path}"

    def send(self, message: OutboxMessage) -> Receipt:
        data = base64.b64encode(message.as_bytes(self.from_address)).decode()
        line = json.dumps({"id": message.id, "to": message.to, "mail": data})
        try:
            with self._appending, open(self.path, "a", encoding="ascii") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise SenderUnavailable(
                f"mail {message.id} can't be appended ({error.strerror}); see to the file",
                details={"stage": "file", "errno": error.errno},
            ) from error
        return Receipt(sender=self.name, response="appended")


def from_url(url: str, *, from_address: str | None = None) -> JSONLinesSender:
    """What the entry point `jsonl` names: `jsonl:path` becomes a sender."""
    path = url.partition(":")[2]
    if not path:
        raise InvalidArgument("jsonl: names no file; write its path behind it")
    return JSONLinesSender(path, from_address=from_address)
