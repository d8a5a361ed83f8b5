"""The house keeps its shape: sizes of modules, names of rooms, declared surfaces."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "sealyard"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 400
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_is_short_and_says_what_it_is(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text)), "a module starts by saying what it is"


def test_every_room_has_a_name_of_its_own() -> None:
    assert not [path for path in MODULES if NAMELESS & {*path.parts, path.stem}]


def test_what_a_package_declares_is_there() -> None:
    for module in MODULES:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        declared = {
            name.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and any(
                isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
            )
            and isinstance(node.value, (ast.List, ast.Tuple))
            for name in node.value.elts
            if isinstance(name, ast.Constant)
        }
        if not declared:
            continue
        defined = (
            {getattr(node, "name", "") for node in ast.walk(tree) if hasattr(node, "name")}
            | {
                alias.asname or alias.name
                for node in tree.body
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            | {
                target.id
                for node in tree.body
                if isinstance(node, (ast.Assign, ast.AnnAssign))
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
                if isinstance(target, ast.Name)
            }
        )
        assert declared <= defined, module


def test_a_module_takes_only_public_names_from_another() -> None:
    taken = [
        f"{module.relative_to(SOURCE)}: {node.module}.{alias.name}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sealyard")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert not taken


def test_a_package_that_gives_names_to_others_lists_them() -> None:
    for package in SOURCE.rglob("__init__.py"):
        tree = ast.parse(package.read_text(encoding="utf-8"))
        gives = any(
            isinstance(node, (ast.Import, ast.ImportFrom)) and node_gives(node)
            for node in tree.body
        )
        lists = any(
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
            for node in tree.body
        )
        assert lists or not gives, package


def node_gives(node: ast.Import | ast.ImportFrom) -> bool:
    return not (isinstance(node, ast.ImportFrom) and node.module in {"__future__", "typing"})
