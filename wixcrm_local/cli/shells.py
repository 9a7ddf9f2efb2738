"""`completion`: the script that teaches a shell to complete our commands with the Tab key."""

from __future__ import annotations

import os
import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from wixcrm_local.cli import output
from wixcrm_local.cli.command import Command, argument

PROGRAM = "wixcrm-local"
VARIABLE = "_WIXCRM_LOCAL_COMPLETE"


class Bash(BashComplete):
    """Bash splits words at `=`, too, and takes what it is offered without quoting it."""

    source_template = BashComplete.source_template.replace("read type", "read -r type").replace(
        "COMPREPLY+=($value)",
        'COMPREPLY+=("$value"); [[ $value == *= ]] && compopt -o nospace',
    )
    _kept = ""  # what stands in the word already, before what bash will replace
    _is_quoted = False

    def source(self) -> str:
        return self.source_template % self.source_vars()  # click's runs a bash to ask its version

    def get_completion_args(self) -> tuple[list[str], str]:
        words, last = super().get_completion_args()
        *whole, word = _joined_at_marks([*words, last])
        self._kept = word[: word.rfind("=") + 1] if word != last or last == "=" else ""
        as_typed = os.environ["COMP_WORDS"].split("\n")[int(os.environ["COMP_CWORD"]) :]
        self._is_quoted = bool(as_typed) and as_typed[0].startswith(("'", '"'))
        return whole, word

    def format_completion(self, item: CompletionItem[str]) -> str:
        if item.type != "plain":
            return super().format_completion(item)
        rest = item.value.removeprefix(self._kept)
        return f"plain,{rest if self._is_quoted else _escaped(rest)}"


class Fish(FishComplete):
    """Click's script loses what follows a comma in a value."""

    source_template = FishComplete.source_template.replace(
        'string split "," $completion', 'string split --max 1 "," $completion'
    )


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": Fish}
for _shell, _class in SHELLS.items():
    add_completion_class(_class, _shell)


@click.command(cls=Command, examples=["wixcrm-local completion bash"])
@argument("shell", "Yours: bash, zsh or fish.", metavar="SHELL", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets the Tab key complete our commands.

    It completes options, too, and values: labels, custom fields, Triggered Emails, contacts, mails
    and suppressed addresses of the store, countries and policies. Let your shell read the script
    when it starts:

    \b
    bash  eval "$(wixcrm-local completion bash)"      in ~/.bashrc (4.4 or newer)
    zsh   eval "$(wixcrm-local completion zsh)"       in ~/.zshrc, below compinit
    fish  wixcrm-local completion fish | source       in ~/.config/fish/config.fish
    """
    program = context.find_root().command
    output.write(SHELLS[shell](program, {}, PROGRAM, VARIABLE).source())


def _escaped(value: str) -> str:
    return re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", value)


def _joined_at_marks(words: list[str]) -> list[str]:
    """The words as they were typed, where bash made three words of `name=value`."""
    typed: list[str] = []
    for word in words:
        if typed and (word.strip("=") == "" != word or typed[-1].endswith("=")):
            typed[-1] += word
        else:
            typed.append(word)
    return typed
