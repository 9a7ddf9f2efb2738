"""Delivers mails into a Maildir, as a mail server does for the programs that read it."""

from __future__ import annotations

import os

import attrs

from wixcrm_local.message import OutboxMessage
from wixcrm_local.senders import files
from wixcrm_local.senders.sender import Receipt, optional_address

_PARTS = ("tmp", "new", "cur")
_LINE_END = os.linesep.encode()


@attrs.frozen(eq=False)
class MaildirSender:
    """Delivers mails into `new` of the Maildir `folder`, which is made where its parent exists.

    Names are `seconds.Mmicroseconds_id.wixcrm-local`, of the moment when the mail was recorded,
    without `:` or `!`: readers on any system add their own mark. Lines end as the system's do,
    which is how Maildirs hold mail. Handing over a mail again changes nothing while it stands in
    `new`; one that a reader has taken out meanwhile comes once more, with the same Message-ID.
    """

    folder: str = attrs.field(converter=files.absolute_folder)
    from_address: str | None = attrs.field(default=None, kw_only=True, converter=optional_address)

    @property
    def name(self) -> str:
        return f"maildir:{files.shown_path(self.folder)}"

    def send(self, message: OutboxMessage) -> Receipt:
        """Delivers the mail and answers with its name in the Maildir.

        Raises `SenderUnavailable` where the folder can't be written, `PermanentFailure` where
        another file has the name, `TemporaryFailure` where a file may not be so large,
        `FromAddressMissing` and `UnmailableMessage`.
        """
        data = message.as_bytes(self.from_address).replace(b"\r\n", _LINE_END)
        moment = message.created_at
        name = (
            f"{int(moment.timestamp())}.M{moment.microsecond:06}_{files.safe_name(message.id)}"
            ".wixcrm-local"
        )
        path = os.path.join(self.folder, "new", name)
        unfinished = os.path.join(self.folder, "tmp", name + files.unfinished_name())
        try:
            for folder in ("", *_PARTS):
                files.ensure_folder(os.path.join(self.folder, folder))
            is_new = files.write_once(path, unfinished, data)
        except OSError as error:
            raise files.failure(error, path, message.id) from error
        return Receipt(sender=self.name, response=name if is_new else f"{name} was there already")
