"""A file that a command reads, or standard input."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

import click


class InputFile(click.File):
    """Bytes to read; a standard input that was closed is as good as a file that is not there."""

    def __init__(self) -> None:
        super().__init__("rb")

    def convert(
        self,
        value: str | os.PathLike[str] | IO[Any],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> IO[Any]:
        if value == "-" and sys.stdin is None:
            self.fail(
                "standard input is closed; name a file, or let a program pipe into it.", param
            )
        return super().convert(value, param, ctx)
