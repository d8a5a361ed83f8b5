"""The page ``docs/reference/cli.md``, made from the commands themselves: ``make reference``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from sealyard.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION: Final = """\
# Commands

This page is made by `make reference` out of the commands themselves.

The commands for administration have the nouns, verbs and options of Azure's `az`, so that scripts
written for it run with `alias az=sealyard`. Every one of them takes `--output` (`-o`) and
`--query`, a [JMESPath](https://jmespath.org) expression:

| `--output` | what is printed |
|---|---|
| `json`, `jsonc` | JSON with sorted names; `jsonc` in colours on a terminal |
| `yaml`, `yamlc` | the same as YAML |
| `table` | the columns that people want, or those of the query |
| `tsv` | values with tabs between them, one line for each entry: for scripts |
| `none` | nothing |

Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 refused or
failed, 2 wrong usage. An error says its cause and then the next step.

Who is signed in is kept in `$SEALYARD_CONFIG_DIR` (default `~/.config/sealyard`), in a file that
only its owner can read. A password is never an option, because every process of the machine could
read it there: it comes from standard input (`--password-stdin`), from a file (`--password-file`),
or is asked for.
"""
# Their options are rows of a table that has a page of its own.
_ELSEWHERE: Final = {"sealyard serve": "Its options are the settings: see [settings](settings.md)."}
# They are the same for every command and are told above.
_EVERYWHERE: Final = frozenset({"output", "query", "help"})


def reference() -> str:
    """Return the text of the page."""
    root = typer.main.get_command(app)
    sections = [_section(path, command) for path, command in _commands("sealyard", root)]
    return "\n".join([_INTRODUCTION, *sections])


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 (typer's own)
    """Yield the commands below ``command``, in the order in which the help shows them."""
    context = typer.Context(command)
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(context):
        yield from _commands(f"{path} {name}", command.get_command(context, name))


def _section(path: str, command: Any) -> str:  # noqa: ANN401 (typer's own)
    lines = [f"## {path}", "", *_paragraphs(command.help or ""), ""]
    if path in _ELSEWHERE:
        return "\n".join([*lines, _ELSEWHERE[path], ""])
    rows = [
        _row(parameter)
        for parameter in command.params
        if parameter.name not in _EVERYWHERE and not getattr(parameter, "hidden", False)
    ]
    if rows:
        lines += ["| option | | what it does |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _paragraphs(text: str) -> list[str]:
    """Return the help as Markdown: its lines without the indentation of the code."""
    return [line.strip() for line in text.strip().splitlines()]


def _row(parameter: Any) -> str:  # noqa: ANN401 (typer's own)
    if parameter.param_type_name == "argument":
        names = f"`{parameter.name.upper()}`"
    else:
        names = ", ".join(f"`{name}`" for name in sorted(parameter.opts, key=len))
    needed = "required" if parameter.required else ""
    text = (parameter.help or "").replace("|", "\\|")
    return f"| {names} | {needed} | {text} |"
