"""The command line `wixcrm-local`: a thin door over `CRM`, one module for each group of commands.

Law: it decides nothing that the library decides, and answers with exit code 0, 1 (refused, one
line on stderr), 2 (not understood) or one of those that `command` lists.
"""

from __future__ import annotations

from wixcrm_local.cli.program import main

__all__ = ["main"]
