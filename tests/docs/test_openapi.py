"""The description of the server: every route, every body, and nothing that is not there."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sealyard.api.distribution.paths import Endpoint, place
from sealyard.api.trust.paths import Kind, parse
from sealyard.bootstrap.application import Application
from sealyard.bootstrap.description import bodies, data_plane
from sealyard.bootstrap.description.document import handler
from sealyard.bootstrap.description.reference import reference
from sealyard.bootstrap.prepare import prepare
from sealyard.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.routing import Route

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
OPEN = (
    "/oauth2/", "/metadata/", "/{tenant}/", "/device", "/sign-in/", "/healthz", "/readyz",
    "/metrics", "/_notary_server/health",
)  # fmt: skip


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reference())
    return found


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Route]]:
    folder = str(tmp_path_factory.mktemp("server"))
    given = {"data_dir": folder, "tls": "off", "password_checks": "1"}
    settings = load(given, {"SEALYARD_ADMIN_PASSWORD": "nobody ever signs in"}, None)
    assert prepare(settings, lambda _text: None) == 0
    application = Application(settings)
    yield application.routes()
    application.close()


def test_the_page_is_what_the_routes_say(described: dict[str, Any]) -> None:
    assert json.loads(PAGE.read_text()) == described, "make reference"


def test_every_handler_that_reads_a_body_has_it_described(routes: list[Route]) -> None:
    names = {handler(route) for route in routes}
    for route in routes:
        source, name = inspect.getsource(inspect.unwrap(route.endpoint)), handler(route)
        if "json_body(" in source:
            assert name in bodies.JSON
        if "form_body(" in source or "read_form(" in source:
            assert name in bodies.FORMS
    assert {*bodies.JSON, *bodies.FORMS} <= names, "a body of a handler that is gone"


def test_every_operation_says_what_it_is_and_who_may_ask(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path}"
            is_open = path.startswith(OPEN)
            assert ("security" in operation) is not is_open, f"{method} {path}"


@pytest.mark.parametrize("row", data_plane.ROUTES, ids=lambda row: f"{row.method} {row.path}")
def test_the_paths_of_the_data_plane_are_ones_that_are_known(row: data_plane.DataRoute) -> None:
    path = re.sub(r"\{(\w+)\}", _example, row.path)
    if "/_trust/" in path:
        assert parse(path).kind is not Kind.NOTHING
    else:
        assert place(path)[0] is not Endpoint.NONE


def test_every_endpoint_of_the_data_plane_is_described() -> None:
    described = {
        place(re.sub(r"\{(\w+)\}", _example, row.path))[0]
        for row in data_plane.ROUTES
        if "/_trust/" not in row.path
    }
    assert described == set(Endpoint) - {Endpoint.NONE}
    kinds = {
        parse(re.sub(r"\{(\w+)\}", _example, row.path)).kind
        for row in data_plane.ROUTES
        if "/_trust/" in row.path
    }
    assert kinds == set(Kind) - {Kind.NOTHING}


def _example(match: re.Match[str]) -> str:
    digest = "sha256:" + "0" * 64
    known = {"digest": digest, "reference": "v1", "file": "root", "role": "timestamp", "id": "1"}
    return known.get(match[1], "team/app")
