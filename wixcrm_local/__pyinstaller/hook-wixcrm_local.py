"""What PyInstaller can't see by itself: modules that are loaded by name, and the SQL.

Left out is what a program imports by itself, or not at all: the command line and the test kit.
"""

from __future__ import annotations

import os

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, get_package_paths

_LEFT_OUT = ("__main__", "__pyinstaller", "cli", "pytest_plugin", "testing")


def _is_loaded_by_name(module: str) -> bool:
    return module.split(".")[1:2] not in [[name] for name in _LEFT_OUT]


hiddenimports = collect_submodules("wixcrm_local", filter=_is_loaded_by_name)
# Each region's numbers are a module that phonenumbers loads when the first one is read.
hiddenimports += collect_submodules("phonenumbers.data")
hiddenimports += collect_submodules("phonenumbers.shortdata")

datas = collect_data_files("wixcrm_local", includes=["**/*.sql", "page/*"])
_checkout, _package = get_package_paths("wixcrm_local")
if not os.path.exists(os.path.join(_package, "schema.sql")):
    datas += [(os.path.join(_checkout, "schema.sql"), "wixcrm_local")]
