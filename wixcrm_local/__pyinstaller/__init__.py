"""Tells PyInstaller, by the entry point `pyinstaller40`, where the hook of this package stands.

Law: nothing imports it but PyInstaller; a frozen program does not hold it.
"""

from __future__ import annotations

import os


def get_hook_dirs() -> list[str]:
    """The folders with hooks: this one."""
    return [os.path.dirname(__file__)]
