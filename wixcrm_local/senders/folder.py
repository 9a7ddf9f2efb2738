"""Writes each mail as one .eml file, which every mail program opens."""

from __future__ import annotations

import os

import attrs

from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders import files
from wixcrm_local.senders.sender import Receipt, optional_address


@attrs.frozen(eq=False)
class FolderSender:
    """Writes mails into `folder`, which is made where its parent exists.

    A file is named after the moment and the id of its mail, such as
    `20260131T120000.000000Z-<id>.eml`, so that names sort by time; characters of an id that some
    system can't spell stand as %2f. It holds the bytes that would go over the wire. Handing over
    a mail again finds it there and changes nothing. Names that begin with a dot are unfinished.
    """

    folder: str = attrs.field(converter=files.absolute_folder)
    from_address: str | None = attrs.field(default=None, kw_only=True, converter=optional_address)

    @property
    def name(self) -> str:
        return f"eml:{files.shown_path(self.folder)}"

    def send(self, message: OutboxMessage) -> Receipt:
        """Writes the mail and answers with the name of its file.

        Raises `SenderUnavailable` where the folder can't be written, `PermanentFailure` where
        another file has the name, `TemporaryFailure` where a file may not be so large,
        `FromAddressMissing` and `UnmailableMessage`.
        """
        data = message.as_bytes(self.from_address)
        moment = f"{message.created_at:%Y%m%dT%H%M%S.%fZ}"
        name = f"{moment}-{files.safe_name(message.id)}.eml"
        path = os.path.join(self.folder, name)
        unfinished = os.path.join(self.folder, files.unfinished_name())
        try:
            files.ensure_folder(self.folder)
            is_new = files.write_once(path, unfinished, data)
        except OSError as error:
            raise files.failure(error, path, message.id) from error
        return Receipt(sender=self.name, response=name if is_new else f"{name} was there already")
