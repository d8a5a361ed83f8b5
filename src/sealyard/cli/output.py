"""How answers are printed: az's formats, to the byte where scripts depend on it.

``--query`` takes a JMESPath expression first. An answer that is nothing prints nothing.
"""

from __future__ import annotations

import io
import json
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import jmespath

from sealyard.client.printable import printable, printable_json, printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jmespath.parser import ParsedResult

# Left out of a table that nobody has chosen the columns of, as az does.
_NOT_IN_TABLES: Final = frozenset({"id", "type", "etag"})


class Format(StrEnum):
    """The formats of ``--output``."""

    JSON = "json"
    JSONC = "jsonc"
    TABLE = "table"
    TSV = "tsv"
    YAML = "yaml"
    YAMLC = "yamlc"
    NONE = "none"


Columns = Mapping[str, "str | Callable[[dict[str, Any]], object]"]
"""The columns of a command's table: heading, and the JMESPath or function of its value."""


def render(
    result: Any,  # noqa: ANN401 (plain JSON values)
    form: Format,
    *,
    query: ParsedResult | None = None,
    columns: Columns | None = None,
    colour: bool = False,
) -> str:
    """Return the text that stands for ``result``; ``columns`` is for tables without a query.

    With ``colour`` it is for a terminal. Otherwise tsv and yaml hold what they stand for as it is,
    for scripts; JSON has escapes for what would act on a terminal and means the same.
    """
    if query is not None:
        # Hashes that the query makes keep its order in tables and tsv; others are sorted.
        result = query.search(result, jmespath.Options(dict_cls=OrderedDict))
    if result is None or form is Format.NONE:
        return ""
    if form is Format.TABLE and columns is not None and query is None:
        result = [_picked(row, columns) for row in _rows(result)]
    return _WRITERS[form](result) if not colour else _for_terminal(result, form)


def _json(result: Any) -> str:  # noqa: ANN401 (plain JSON values)
    return printable_json(json.dumps(result, ensure_ascii=False, indent=2, sort_keys=True)) + "\n"


def _yaml(result: Any) -> str:  # noqa: ANN401 (plain JSON values)
    import yaml  # noqa: PLC0415 (only where it is used: a start is to be quick)

    plain = json.loads(json.dumps(result))
    return yaml.safe_dump(plain, default_flow_style=False, allow_unicode=True)


def _tsv(result: Any) -> str:  # noqa: ANN401 (plain JSON values)
    return "".join("\t".join(_tsv_cells(row)) + "\n" for row in _rows(result))


def _tsv_cells(row: Any) -> Iterable[str]:  # noqa: ANN401 (plain JSON values)
    if isinstance(row, OrderedDict):
        return [_tsv_cell(value) for value in row.values()]
    if isinstance(row, dict):
        return [_tsv_cell(value) for _, value in sorted(row.items())]
    if isinstance(row, list):
        return [_tsv_cell(value) for value in row]
    return [str(row).lower() if isinstance(row, bool) else _tsv_cell(row)]


def _tsv_cell(value: Any) -> str:  # noqa: ANN401 (plain JSON values)
    if isinstance(value, list):
        return str(len(value))
    return "" if isinstance(value, dict) else str(value)


def _table(result: Any) -> str:  # noqa: ANN401 (plain JSON values)
    rows = [_table_cells(row) for row in _rows(result)]
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    if not headings:
        return ""
    lines = [headings, *([_shown(row.get(name)) for name in headings] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(headings))]
    lines.insert(1, ["-" * width for width in widths])
    return "".join(_line(cells, widths) for cells in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip() + "\n"


def _table_cells(row: Any) -> dict[str, Any]:  # noqa: ANN401 (plain JSON values)
    if isinstance(row, list):
        return {f"Column{number}": value for number, value in enumerate(row, 1)}
    if not isinstance(row, dict):
        return {"Result": row}
    entries = row.items() if isinstance(row, OrderedDict) else sorted(row.items())
    return {
        name[:1].upper() + name[1:]: value
        for name, value in entries
        if name not in _NOT_IN_TABLES and value is not None and not isinstance(value, (list, dict))
    }


def _shown(value: Any) -> str:  # noqa: ANN401 (plain JSON values)
    """Write a cell; what a server sends must not move the cursor of a terminal."""
    return "" if value is None else printable(str(value))


def _picked(row: Any, columns: Columns) -> OrderedDict[str, Any]:  # noqa: ANN401 (plain JSON values)
    return OrderedDict(
        (name, jmespath.search(path, row) if isinstance(path, str) else path(row))
        for name, path in columns.items()
    )


def _rows(result: Any) -> list[Any]:  # noqa: ANN401 (plain JSON values)
    if isinstance(result, dict) and len(result) == 1:  # {"value": […]}: a list that says so
        (result,) = result.values()
    return result if isinstance(result, list) else [result]


def _nothing(_result: Any) -> str:  # noqa: ANN401 (plain JSON values)
    return ""


_WRITERS: Final[dict[Format, Callable[[Any], str]]] = {
    Format.JSON: _json,
    Format.JSONC: _json,
    Format.TABLE: _table,
    Format.TSV: _tsv,
    Format.YAML: _yaml,
    Format.YAMLC: _yaml,
    Format.NONE: _nothing,
}
_LEXERS: Final = {Format.JSONC: "json", Format.YAMLC: "yaml"}


def _for_terminal(result: Any, form: Format) -> str:  # noqa: ANN401 (plain JSON values)
    text = printable_lines(_WRITERS[form](result))
    if form not in _LEXERS:
        return text
    from rich.console import Console  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from rich.syntax import Syntax  # noqa: PLC0415 (only where it is used: a start is to be quick)

    written = io.StringIO()
    console = Console(file=written, force_terminal=True, soft_wrap=True)
    console.print(Syntax(text.rstrip("\n"), _LEXERS[form], background_color="default"))
    return written.getvalue()
