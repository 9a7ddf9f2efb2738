"""A real headless Chromium for tests of the page, driven through ChromeDriver (W3C WebDriver).

Law: nothing of the page is imitated; keys are pressed, and what the browser shows is read.
"""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER), reason="needs Chromium and ChromeDriver"
)
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # which root, as in CI, can't have; what is loaded is our own file
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
)


class Browser:
    """One window, and how it is looked at."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def look(self, *, width: int = 1280, height: int = 860, dark: bool = False) -> None:
        """A window of this size, by day or by night."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, page: Path, place: str = "") -> None:
        """Loads the page anew."""
        self.driver.get("about:blank")
        self.driver.get(page.as_uri() + place)

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other, wherever the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def rows(self) -> list[str]:
        """The titles of the list as they stand there."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll('#rows .title')].map((e) => e.textContent)"
        )
        return found

    def text(self, selector: str) -> str:
        """What a reader sees of an element."""
        found: str = self.run("return document.querySelector(arguments[0]).innerText", selector)
        return found

    def focused(self) -> str:
        """The text, or the id, of what has the focus."""
        found: str = self.run(
            "const e = document.activeElement; return e.id || e.innerText || e.tagName"
        )
        return found

    def complaints(self) -> list[str]:
        """What the browser said of errors, and of what its policy kept from happening."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with a profile of its own."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=CHROMEDRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


class Listener:
    """A port of this machine that notes who comes; what is fetched from it leaves the page."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    self.asked.append(connection.recv(200))
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                except OSError:
                    self.asked.append(b"connected")

    def close(self) -> None:
        self._socket.close()
