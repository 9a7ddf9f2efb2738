"""A sign-up form that mails a link to confirm, and lets people go again. Standard library only.

    python examples/sign_up
    python examples/sign_up --store people.db --port 8000

It serves on this machine alone and prints its address, and each mail instead of sending it: sign
up in a browser, and follow the link that appears here. The store is in memory unless it is named.

`seals.py` makes links that can't be forged, `service.py` has the rules, `web.py` and `pages.py`
the web around them; `test_sign_up.py` tests them with the library's test kit.
"""

from __future__ import annotations

import argparse
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from wixcrm_local import CRM
from wixcrm_local.senders import ConsoleSender

from service import SignUps
from web import Web


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each visitor: the store can be used from any."""


class Handler(WSGIRequestHandler):
    timeout = 5  # seconds until a visitor who says nothing is left alone

    def handle(self) -> None:
        with suppress(TimeoutError, ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Tells nothing: requests hold tokens, and people's addresses."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A sign-up form on this machine.")
    parser.add_argument("--store", default=":memory:", help="a file that is kept")
    parser.add_argument("--port", type=int, default=0, help="8000, say; else any that is free")
    parser.add_argument("--address", help="where visitors reach it, such as https://shop.example")
    asked = parser.parse_args()

    # Links outlive the program only where the secret does.
    secret = os.environ.get("SIGN_UP_SECRET", "").encode() or secrets.token_bytes(32)
    with (
        CRM(asked.store, sender=ConsoleSender(), from_address="news@shop.example") as crm,
        Server(("127.0.0.1", asked.port), Handler) as server,
    ):
        here = asked.address or f"http://127.0.0.1:{server.server_port}"
        sign_ups = SignUps(crm, secret, here.rstrip("/"), now=lambda: datetime.now(UTC))
        server.set_app(Web(sign_ups))
        print(f"Sign up at {here}/ (Ctrl-C ends it)", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
