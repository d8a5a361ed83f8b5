"""How a command is made of a function: the function answers, this prints and reports failures.

A command's function takes the ``Terminal`` first and then its own options. One in az's grammar
(``command``) returns plain JSON values or ``None`` and gets ``--output`` and ``--query`` besides;
one in docker's grammar (``plain``) prints its lines itself, as scripts look for them.
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
from sealyard.client.printable import printable_lines
from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from collections.abc import Callable

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


def command(
    app: typer.Typer,
    name: str,
    columns: Columns | None = None,
    **settings: Any,  # noqa: ANN401 (typer's own)
) -> Callable[[F], F]:
    """Make the decorated function the command ``name`` of ``app``; ``columns`` is its table.

    ``settings`` are those of Typer's ``command``.
    """

    def decorate(function: F) -> F:
        app.command(name, **settings)(_runner(function, columns))
        return function

    return decorate


def plain(app: typer.Typer, name: str, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401 (typer's own)
    """Make the decorated function the command ``name`` of ``app``, in docker's grammar.

    A failure is printed as docker prints it, the sentence alone, and ends the command with 1.
    ``settings`` are those of Typer's ``command``.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def run(context: typer.Context, **values: Any) -> None:  # noqa: ANN401 (plain values)
            try:
                function(context.obj or Terminal(), **values)
            except (SealyardError, OSError) as error:
                print(printable_lines(str(error)), file=sys.stderr)
                raise typer.Exit(1) from error
            sys.stdout.flush()

        _expose(run, _own_parameters(function))
        app.command(name, **settings)(run)
        return function

    return decorate


def _runner(function: Callable[..., Any], columns: Columns | None) -> Callable[..., None]:
    @wraps(function)
    def run(context: typer.Context, **values: Any) -> None:  # noqa: ANN401 (plain JSON values)
        form, query = values.pop("output"), _compiled(values.pop("query"))
        try:
            result = function(context.obj or Terminal(), **values)
        except (SealyardError, OSError) as error:  # a full disk, a folder that cannot be made
            print(f"error: {printable_lines(str(error))}", file=sys.stderr)
            raise typer.Exit(1) from error
        colour = sys.stdout.isatty()
        sys.stdout.write(render(result, form, query=query, columns=columns, colour=colour))
        sys.stdout.flush()

    kind = inspect.Parameter.KEYWORD_ONLY
    output = inspect.Parameter("output", kind, default=Format.JSON, annotation=Output)
    query = inspect.Parameter("query", kind, default=None, annotation=Query)
    _expose(run, [*_own_parameters(function), output, query])
    return run


def _own_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return Typer's context and the options of ``function``, without its terminal."""
    kind = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("context", kind, annotation=typer.Context)
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    return [context, *(one.replace(kind=kind) for one in own)]


def _expose(run: Callable[..., None], parameters: list[inspect.Parameter]) -> None:
    """Give ``run`` the signature that Typer makes the command of."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
    run.__annotations__ = {one.name: one.annotation for one in parameters}


def _compiled(query: str | None) -> ParsedResult | None:
    if query is None:
        return None
    try:
        return jmespath.compile(query)
    except JMESPathError as error:
        message = f"--query is no JMESPath expression: {error}"
        raise typer.BadParameter(message) from error
