"""How a command is made of a function: the function answers, this prints and reports failures.

A command's function takes the ``Terminal`` first and then its own options, and returns plain JSON
values or ``None``. Every command gets ``--output`` and ``--query`` besides.
"""

from __future__ import annotations

import inspect
import sys
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import jmespath
import typer
from jmespath.exceptions import JMESPathError

from sealyard.cli.output import Columns, Format, render
from sealyard.cli.terminal import Terminal
from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jmespath.parser import ParsedResult

F = TypeVar("F", bound="Callable[..., Any]")

Output = Annotated[
    Format,
    typer.Option(
        "--output", "-o", case_sensitive=False, help="How the answer is printed.", metavar="FORMAT"
    ),
]
Query = Annotated[
    str | None,
    typer.Option("--query", help="A JMESPath expression for a part of the answer."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether that is meant.")]


def group(help_text: str) -> typer.Typer:
    """Make a group of commands."""
    return typer.Typer(
        help=help_text, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )


def command(app: typer.Typer, name: str, columns: Columns | None = None) -> Callable[[F], F]:
    """Make the decorated function the command ``name`` of ``app``; ``columns`` is its table."""

    def decorate(function: F) -> F:
        app.command(name)(_runner(function, columns))
        return function

    return decorate


def _runner(function: Callable[..., Any], columns: Columns | None) -> Callable[..., None]:
    @wraps(function)
    def run(context: typer.Context, **values: Any) -> None:  # noqa: ANN401 (plain JSON values)
        form, query = values.pop("output"), _compiled(values.pop("query"))
        try:
            result = function(context.obj or Terminal(), **values)
        except (SealyardError, OSError) as error:  # a full disk, a folder that cannot be made
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(1) from error
        colour = sys.stdout.isatty()
        sys.stdout.write(render(result, form, query=query, columns=columns, colour=colour))
        sys.stdout.flush()

    parameters = _parameters(function)
    run.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined] # typer reads it
    run.__annotations__ = {name: one.annotation for name, one in parameters.items()}
    return run


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return the options of ``function`` without its terminal, and those that all have."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    kind = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("context", kind, annotation=typer.Context)
    output = inspect.Parameter("output", kind, default=Format.JSON, annotation=Output)
    query = inspect.Parameter("query", kind, default=None, annotation=Query)
    return {one.name: one.replace(kind=kind) for one in (context, *own, output, query)}


def _compiled(query: str | None) -> ParsedResult | None:
    if query is None:
        return None
    try:
        return jmespath.compile(query)
    except JMESPathError as error:
        message = f"--query is no JMESPath expression: {error}"
        raise typer.BadParameter(message) from error
