"""`python -m wixcrm_local` is the command line, where its script is not on the path."""

from __future__ import annotations

from wixcrm_local.cli import main

if __name__ == "__main__":
    main()
