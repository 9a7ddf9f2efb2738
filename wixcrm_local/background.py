"""Delivers on a thread of its own, every so many seconds, for programs that stay open."""

from __future__ import annotations

import threading

from wixcrm_local import errors, log, relay
from wixcrm_local.context import Context
from wixcrm_local.interval import checked_interval
from wixcrm_local.senders.sender import Sender


class Background:
    """The thread that runs `deliver`; there is at most one for each open CRM."""

    def __init__(self, context: Context, sender: Sender | None) -> None:
        self._context = context
        self._sender = sender
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self, interval: float) -> None:
        """Delivers now and then every `interval` seconds; nothing happens if it runs already.

        Raises `InvalidArgument`.
        """
        interval = checked_interval(interval, 30)
        if self._sender is None:
            raise errors.InvalidArgument(
                "start_delivery needs a sender; pass one to CRM(…), such as "
                "sender=SMTPSender.from_url(…)",
                details={"argument": "sender"},
            )
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._run,
                args=(self._sender, interval, self._stop),
                name="wixcrm-local delivery",
                daemon=True,
            )
            self._thread.start()

    def stop(self, timeout: float | None) -> bool:
        """Ends the thread after the mail in hand; False where `timeout` seconds did not do."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self, sender: Sender, interval: float, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                relay.deliver(self._context, sender, stop=stop)
            except (errors.StoreClosed, errors.StoreForked):
                return
            except Exception as error:  # the thread lives on: the next run may do better
                code = error.code if isinstance(error, errors.WixCRMError) else type(error).__name__
                log.warning("a delivery ended with %s", code)
            stop.wait(interval)
