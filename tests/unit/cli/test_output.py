from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jmespath
import pytest

from sealyard.cli.output import Format, render

if TYPE_CHECKING:
    from sealyard.cli.output import Columns

RECORD: dict[str, Any] = {
    "name": "registry",
    "id": "/the/id",
    "enabled": True,
    "nothing": None,
    "many": [1, 2],
    "inner": {"a": 1},
}


def printed(
    result: object, form: Format, query: str | None = None, columns: Columns | None = None
) -> str:
    compiled = None if query is None else jmespath.compile(query)
    return render(result, form, query=compiled, columns=columns)


def test_json_is_sorted_and_keeps_letters() -> None:
    assert printed({"b": "ü", "a": 1}, Format.JSON) == '{\n  "a": 1,\n  "b": "ü"\n}\n'


def test_yaml_is_in_blocks() -> None:
    assert printed({"b": [1], "a": "ü"}, Format.YAML) == "a: ü\nb:\n- 1\n"


# The expectations are what knack's formatter, which az prints with, makes of the same values.
@pytest.mark.parametrize(
    ("result", "query", "text"),
    [
        ("text", None, "text\n"),
        (True, None, "true\n"),
        (RECORD, "name", "registry\n"),
        (RECORD, "enabled", "true\n"),
        (RECORD, "missing", ""),
        (RECORD, None, "True\t/the/id\t\t2\tregistry\tNone\n"),
        (RECORD, "[name, id]", "registry\n/the/id\n"),
        (RECORD, "{z: name, a: id}", "registry\t/the/id\n"),
        ([RECORD, RECORD], "[].name", "registry\nregistry\n"),
        ([RECORD, RECORD], "[].[name, many]", "registry\t2\nregistry\t2\n"),
        ([RECORD], "[].{z: name, a: enabled}", "registry\tTrue\n"),
        ([], None, ""),
    ],
)
def test_tsv_is_what_az_prints(result: object, query: str | None, text: str) -> None:
    assert printed(result, Format.TSV, query) == text


@pytest.mark.parametrize("form", [Format.JSON, Format.TSV, Format.YAML, Format.TABLE])
def test_nothing_that_a_server_sends_acts_on_a_terminal(form: Format) -> None:
    shown = render({"name": "a\x1b[2J\x9b31m\u202eb\r"}, form, colour=True)
    assert shown.replace("\n", "").isprintable()


def test_scripts_get_what_there_is() -> None:
    assert printed("\x9b31m", Format.JSON) == '"\\u009b31m"\n'
    assert printed("-----BEGIN\nabc\x1b", Format.TSV) == "-----BEGIN\nabc\x1b\n"


def test_a_table_has_the_columns_of_its_command() -> None:
    columns = {"NAME": "name", "A": "inner.a", "NOTHING": "nothing"}
    table = printed([RECORD], Format.TABLE, columns=columns)
    assert table == "NAME      A\n--------  -\nregistry  1\n"


def test_a_table_without_columns_shows_what_fits_in_a_cell() -> None:
    assert printed(RECORD, Format.TABLE) == "Enabled  Name\n-------  --------\nTrue     registry\n"


def test_a_query_chooses_the_columns_of_a_table() -> None:
    table = printed([RECORD], Format.TABLE, "[].{z: name, y: enabled}", {"Other": "id"})
    assert table == "Z         Y\n--------  ----\nregistry  True\n"
    assert printed(["a", "b"], Format.TABLE) == "Result\n------\na\nb\n"
    assert printed([["a", "b"]], Format.TABLE) == "Column1  Column2\n-------  -------\na        b\n"


def test_a_cell_does_not_move_the_cursor() -> None:
    assert "\x1b" not in printed({"name": "\x1b[2Jgone"}, Format.TABLE)


@pytest.mark.parametrize("form", list(Format))
def test_nothing_prints_nothing(form: Format) -> None:
    assert printed(None, form) == ""
    assert printed(RECORD, form, "missing") == ""


def test_none_prints_nothing_at_all() -> None:
    assert printed(RECORD, Format.NONE) == ""


def test_colours_are_for_terminals() -> None:
    assert "\x1b[" not in printed(RECORD, Format.JSONC)
    assert "\x1b[" in render(RECORD, Format.JSONC, colour=True)
    assert "\x1b[" not in render(RECORD, Format.JSON, colour=True)
